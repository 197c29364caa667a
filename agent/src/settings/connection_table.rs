//! Connections in `settings.toml`: their tables read and written.

use agent_api::connection::{IdentityView, SaveConnection};
use agent_api::connection_setup::{ConnectionSetup, DescriptionFile, HubspotSignIn, SalesforceLogin, ZohoCentre};
use agent_api::id::ConnectionId;
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};
use uuid::Uuid;

use super::table::{Reader, put, set, set_optional, tables};
use super::{Connection, Settings, Warning, connection};

const KINDS: [&str; 7] = ["salesforce", "zoho", "hubspot", "rest", "webhook", "ldap", "carddav"];

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
    let kind = reader.checked("kind", |text| KINDS.contains(&text).then(|| text.to_owned()));
    let name = reader.text("name").unwrap_or_default();
    let setup = read_setup(&mut reader, kind.as_deref().unwrap_or_default());
    let signed_in = reader.flag("signed_in").unwrap_or(false);
    let user = reader.text("user");
    let organisation = reader.text("organisation");
    let (marker, token_server) = (reader.text("marker"), reader.text("token_server"));
    let call_results = reader.flag("call_results").unwrap_or(true);
    reader.finish();
    let id = ConnectionId(id?);
    let form = SaveConnection { id: Some(id), name, setup: setup?, secret: None };
    let identity = user.map(|user| IdentityView { user, organisation });
    Some(Connection {
        signed_in,
        identity,
        marker,
        token_server,
        call_results,
        ..connection::merged(None, id, &form).ok()?
    })
}

/// What a kind needs to know; none if something of it is missing.
fn read_setup(reader: &mut Reader<'_>, kind: &str) -> Option<ConnectionSetup> {
    Some(match kind {
        "salesforce" => {
            let (login, client_id, user) = (reader.text("login"), reader.text("client_id"), reader.text("username"));
            let login = match login?.as_str() {
                "production" => SalesforceLogin::Production,
                "sandbox" => SalesforceLogin::Sandbox,
                host => SalesforceLogin::Own { host: host.to_owned() },
            };
            match user {
                Some(user) => ConnectionSetup::SalesforcePassword { login, user },
                None => ConnectionSetup::Salesforce { login, client_id: client_id? },
            }
        }
        "zoho" => {
            let of_code =
                |text: &str| ZohoCentre::ALL.iter().find(|(_, code)| *code == text).map(|(centre, _)| *centre);
            let (centre, client_id) = (reader.checked("centre", of_code), reader.text("client_id"));
            let local = reader.text("local");
            ConnectionSetup::Zoho { centre: centre?, client_id: client_id?, local }
        }
        "hubspot" => {
            let sign_in = match reader.text("client_id") {
                None => HubspotSignIn::Token,
                Some(client_id) => HubspotSignIn::Browser { client_id },
            };
            ConnectionSetup::Hubspot { sign_in, local: reader.text("local") }
        }
        "rest" => {
            let (shipped, own) = (reader.text("shipped"), reader.text("description"));
            let (address, settings) = (reader.text("address"), reader.texts("settings"));
            let (user, client_id) = (reader.text("username"), reader.text("client_id"));
            let file = match (own, shipped) {
                (Some(text), _) => DescriptionFile::Own { text },
                (None, name) => DescriptionFile::Shipped { name: name? },
            };
            ConnectionSetup::Rest { file, address, settings: settings.unwrap_or_default(), user, client_id }
        }
        "webhook" => ConnectionSetup::Webhook { url: reader.text("url")? },
        "ldap" => {
            let (address, user) = (reader.text("address"), reader.text("username"));
            let (base, authority) = (reader.text("base"), reader.text("authority"));
            ConnectionSetup::Ldap { address: address?, user, base, authority }
        }
        "carddav" => ConnectionSetup::Carddav { address: reader.text("address")?, user: reader.text("username")? },
        _ => return None,
    })
}

/// Connections are matched by id, so that comments and unknown keys stay with theirs.
pub(super) fn apply_connections(document: &mut DocumentMut, connections: &[Connection]) {
    let old = match document.remove("connection") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let mut tables = Vec::new();
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
    put(document, "connection", tables);
}

fn apply_connection(table: &mut Table, connection: &Connection, id: &str) {
    set(table, "id", id);
    apply_setup(table, &connection.setup);
    set(table, "name", connection.name.as_str());
    set(table, "signed_in", connection.signed_in);
    let identity = connection.identity.as_ref();
    set_optional(table, "user", identity.map(|identity| Value::from(identity.user.as_str())));
    let organisation = identity.and_then(|identity| identity.organisation.clone());
    set_optional(table, "organisation", organisation.map(Value::from));
    set_optional(table, "marker", connection.marker.clone().map(Value::from));
    set_optional(table, "token_server", connection.token_server.clone().map(Value::from));
    set_optional(table, "call_results", (!connection.call_results).then(|| false.into()));
}

fn apply_salesforce(table: &mut Table, login: &SalesforceLogin, client_id: Option<&String>, user: Option<&String>) {
    let login = match login {
        SalesforceLogin::Production => "production",
        SalesforceLogin::Sandbox => "sandbox",
        SalesforceLogin::Own { host } => host,
    };
    set(table, "kind", "salesforce");
    set(table, "login", login);
    set_optional(table, "client_id", client_id.map(Value::from));
    set_optional(table, "username", user.map(Value::from));
}

fn apply_setup(table: &mut Table, setup: &ConnectionSetup) {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    match setup {
        ConnectionSetup::Salesforce { login, client_id } => {
            apply_salesforce(table, login, Some(client_id), None);
        }
        ConnectionSetup::SalesforcePassword { login, user } => apply_salesforce(table, login, None, Some(user)),
        ConnectionSetup::Zoho { centre, client_id, local } => {
            set(table, "kind", "zoho");
            set(table, "centre", centre.code());
            set(table, "client_id", client_id.as_str());
            set_optional(table, "local", text(local));
        }
        ConnectionSetup::Hubspot { sign_in, local } => {
            let client_id = match sign_in {
                HubspotSignIn::Token => None,
                HubspotSignIn::Browser { client_id } => Some(Value::from(client_id.as_str())),
            };
            set(table, "kind", "hubspot");
            set_optional(table, "client_id", client_id);
            set_optional(table, "local", text(local));
        }
        ConnectionSetup::Rest { file, address, settings, user, client_id } => {
            let (shipped, own) = match file {
                DescriptionFile::Shipped { name } => (Some(name.as_str()), None),
                DescriptionFile::Own { text } => (None, Some(text.as_str())),
            };
            set(table, "kind", "rest");
            set_optional(table, "shipped", shipped.map(Value::from));
            set_optional(table, "description", own.map(Value::from));
            set_optional(table, "address", text(address));
            let filled: InlineTable = settings.iter().map(|(name, text)| (name, text.as_str())).collect();
            set_optional(table, "settings", (!filled.is_empty()).then(|| filled.into()));
            set_optional(table, "username", text(user));
            set_optional(table, "client_id", text(client_id));
        }
        ConnectionSetup::Webhook { url } => {
            set(table, "kind", "webhook");
            set(table, "url", url.as_str());
        }
        ConnectionSetup::Ldap { address, user, base, authority } => {
            set(table, "kind", "ldap");
            set(table, "address", address.as_str());
            set_optional(table, "username", text(user));
            set_optional(table, "base", text(base));
            set_optional(table, "authority", text(authority));
        }
        ConnectionSetup::Carddav { address, user } => {
            set(table, "kind", "carddav");
            set(table, "address", address.as_str());
            set(table, "username", user.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn each_kind_is_read_as_it_was_written() {
        let id = |n: u128| ConnectionId(Uuid::from_u128(n));
        let rest = |file| ConnectionSetup::Rest {
            file,
            address: Some("https://crm.example/".to_owned()),
            settings: [("database".to_owned(), "ventas".to_owned())].into(),
            user: Some("ana".to_owned()),
            client_id: Some("timbre".to_owned()),
        };
        let client_id = "1000.X".to_owned();
        let setups = [
            ConnectionSetup::SalesforcePassword { login: SalesforceLogin::Sandbox, user: "ana@example.com".to_owned() },
            ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id: client_id.clone(), local: None },
            ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Token, local: Some("http://localhost:9/".to_owned()) },
            ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Browser { client_id }, local: None },
            rest(DescriptionFile::Shipped { name: "odoo".to_owned() }),
            ConnectionSetup::Ldap {
                address: "ldaps://directory.example".to_owned(),
                user: Some("cn=Ana Mora,dc=example".to_owned()),
                base: Some("ou=All people,dc=example".to_owned()),
                authority: Some("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----".to_owned()),
            },
            ConnectionSetup::Carddav { address: "https://books.example/dav/".to_owned(), user: "ana".to_owned() },
            rest(DescriptionFile::Own { text: "format = 1\nname = \"Casa \\ 'x'\"\n\t# \"\"\"\n".to_owned() }),
        ];
        let mut settings = read_settings("", "CR").0;
        for (n, setup) in (1..).zip(setups) {
            let form = SaveConnection { id: None, name: String::new(), setup, secret: None };
            let made = connection::merged(None, id(n), &form).unwrap();
            let token_server = Some("https://accounts.zoho.in/".to_owned());
            settings.connections.push(Connection { signed_in: true, token_server, ..made });
        }
        let mut document = DocumentMut::new();
        apply(&mut document, &settings);
        let (again, warnings) = read_settings(&document.to_string(), "CR");
        assert_eq!((again.connections, warnings), (settings.connections.clone(), Vec::new()));

        settings.connections.rotate_left(2);
        let mut document: DocumentMut = document.to_string().parse().unwrap();
        apply(&mut document, &settings);
        let (again, _) = read_settings(&document.to_string(), "CR");
        assert_eq!(again.connections, settings.connections, "in another order");
    }
}
