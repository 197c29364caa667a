//! Connections in `settings.toml`: their tables read and written.

use agent_api::connection::{ConnectionSetup, IdentityView, SalesforceLogin, SaveConnection};
use agent_api::id::ConnectionId;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};
use uuid::Uuid;

use super::read::{Reader, tables};
use super::write::{set, set_optional};
use super::{Connection, Settings, Warning, connection};

/// All connections of the file.
pub(super) fn read_connections(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    for (place, table) in tables(root, "connection", warnings).into_iter().enumerate() {
        let path = format!("connection.{}", place + 1);
        match read_connection(table, &path, warnings) {
            Some(one) if settings.connections.iter().any(|other| other.id == one.id) => {
                warnings.push(Warning::Wrong { key: format!("{path}.id") });
            }
            Some(one) => settings.connections.push(one),
            None => warnings.push(Warning::Incomplete { key: path }),
        }
    }
}

/// One connection; none if it lacks something or its address is not safe.
fn read_connection(table: &dyn TableLike, path: &str, warnings: &mut Vec<Warning>) -> Option<Connection> {
    let mut reader = Reader::of(table, path, warnings);
    let id = reader.checked("id", |text| Uuid::parse_str(text).ok());
    let kind = reader.checked("kind", |text| ["salesforce", "webhook"].contains(&text).then(|| text.to_owned()));
    let name = reader.text("name").unwrap_or_default();
    let login = reader.text("login").map(|login| match login.as_str() {
        "production" => SalesforceLogin::Production,
        "sandbox" => SalesforceLogin::Sandbox,
        _ => SalesforceLogin::Own { host: login },
    });
    let (client_id, url) = (reader.text("client_id"), reader.text("url"));
    let signed_in = reader.flag("signed_in").unwrap_or(false);
    let user = reader.text("user");
    let organisation = reader.text("organisation");
    let marker = reader.text("marker");
    reader.finish();
    let setup = match kind?.as_str() {
        "salesforce" => ConnectionSetup::Salesforce { login: login?, client_id: client_id? },
        _ => ConnectionSetup::Webhook { url: url? },
    };
    let id = ConnectionId(id?);
    let form = SaveConnection { id: Some(id), name, setup, secret: None };
    let identity = user.map(|user| IdentityView { user, organisation });
    Some(Connection { signed_in, identity, marker, ..connection::merged(None, id, &form).ok()? })
}

/// Connections are matched by id, so that comments and unknown keys stay with theirs.
pub(super) fn apply_connections(document: &mut DocumentMut, connections: &[Connection]) {
    let old = match document.remove("connection") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let mut tables = ArrayOfTables::new();
    for connection in connections {
        let id = connection.id.0.to_string();
        let known = old.iter().find(|table| table.get("id").and_then(Item::as_str) == Some(&id));
        let mut table = known.cloned().unwrap_or_default();
        apply_connection(&mut table, connection, &id);
        tables.push(table);
    }
    // What could not be read as a connection, such as a kind of a later version, is kept.
    for table in old.iter().filter(|table| read_connection(*table, "", &mut Vec::new()).is_none()) {
        tables.push(table.clone());
    }
    if !tables.is_empty() {
        document.insert("connection", Item::ArrayOfTables(tables));
    }
}

fn apply_connection(table: &mut Table, connection: &Connection, id: &str) {
    set(table, "id", id);
    match &connection.setup {
        ConnectionSetup::Salesforce { login, client_id } => {
            set(table, "kind", "salesforce");
            set(
                table,
                "login",
                match login {
                    SalesforceLogin::Production => "production",
                    SalesforceLogin::Sandbox => "sandbox",
                    SalesforceLogin::Own { host } => host,
                },
            );
            set(table, "client_id", client_id.as_str());
        }
        ConnectionSetup::Webhook { url } => {
            set(table, "kind", "webhook");
            set(table, "url", url.as_str());
        }
    }
    set(table, "name", connection.name.as_str());
    set(table, "signed_in", connection.signed_in);
    let identity = connection.identity.as_ref();
    set_optional(table, "user", identity.map(|identity| Value::from(identity.user.as_str())));
    let organisation = identity.and_then(|identity| identity.organisation.clone());
    set_optional(table, "organisation", organisation.map(Value::from));
    set_optional(table, "marker", connection.marker.clone().map(Value::from));
}

#[cfg(test)]
mod tests {
    use crate::settings::read_settings;
    use crate::settings::write::apply;

    #[test]
    fn connections_survive_with_their_comments_and_those_of_later_versions() {
        let text = "\
# mine
[[connection]]
id = \"01900000-0000-7000-8000-000000000001\"
kind = \"salesforce\"
login = \"sandbox\" # for now
client_id = \"3MVG9\"
later = 1

[[connection]]
id = \"01900000-0000-7000-8000-000000000002\"
kind = \"telepathy\"

[[connection]]
id = \"01900000-0000-7000-8000-000000000003\"
kind = \"webhook\"
url = \"http://evil.example/\"
";
        let (mut settings, warnings) = read_settings(text, "CR");
        assert_eq!(settings.connections.len(), 1, "{warnings:?}");
        assert!(!settings.connections[0].signed_in);
        settings.connections[0].signed_in = true;
        settings.connections[0].marker = Some("Softphone_Call_Id__c".to_owned());
        let mut document = text.parse().unwrap();
        apply(&mut document, &settings);
        let written = document.to_string();
        for kept in ["# mine", "# for now", "later = 1", "telepathy", "http://evil.example/", "signed_in = true"] {
            assert!(written.contains(kept), "{kept} in {written}");
        }
        assert_eq!(read_settings(&written, "CR").0.connections, settings.connections);
    }
}
