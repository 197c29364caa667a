//! A connection to a CRM as the settings know it.

use agent_api::connection::{ConnectionKind, ConnectionSetup, IdentityView, SalesforceLogin, SaveConnection};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::ConnectionId;

/// The most characters of a name, host or client id.
const LONG: usize = 400;

/// A connection. Its tokens and keys are in the `SecretStore` under its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id; also its name in the outbox.
    pub id: ConnectionId,
    /// For the eye; may be empty.
    pub name: String,
    /// Where it leads.
    pub setup: ConnectionSetup,
    /// Somebody has signed in and not out again: calls go there.
    pub signed_in: bool,
    /// As whom, as last told.
    pub identity: Option<IdentityView>,
    /// The organisation's unique field for our mark, if it has one.
    pub marker: Option<String>,
}

impl Connection {
    /// As rows of the outbox carry it.
    pub fn key(&self) -> String {
        key(self.id)
    }

    /// For the eye.
    pub fn label(&self) -> &str {
        match (self.name.is_empty(), self.setup.kind()) {
            (false, _) => &self.name,
            (true, ConnectionKind::Salesforce) => "Salesforce",
            (true, ConnectionKind::Webhook) => "Webhook",
        }
    }

    /// Where people sign in, or where calls are posted.
    pub fn address(&self) -> String {
        match &self.setup {
            ConnectionSetup::Salesforce { login, .. } => login_address(login),
            ConnectionSetup::Webhook { url } => url.clone(),
        }
    }
}

/// How rows of the outbox name a connection.
pub fn key(id: ConnectionId) -> String {
    id.0.to_string()
}

/// The connection that a row of the outbox names.
pub fn of_key(key: &str) -> Option<ConnectionId> {
    uuid::Uuid::try_parse(key).ok().map(ConnectionId)
}

fn login_address(login: &SalesforceLogin) -> String {
    match login {
        SalesforceLogin::Production => "https://login.salesforce.com/".to_owned(),
        SalesforceLogin::Sandbox => "https://test.salesforce.com/".to_owned(),
        SalesforceLogin::Own { host } if host.contains("://") => host.clone(),
        SalesforceLogin::Own { host } => format!("https://{host}/"),
    }
}

/// The form over what the settings know, trimmed.
///
/// # Errors
/// Something is missing or has a wrong form; the detail is `name`, `host`, `client_id` or `url`.
pub fn merged(old: Option<&Connection>, id: ConnectionId, request: &SaveConnection) -> Result<Connection, ApiError> {
    let setup = match &request.setup {
        ConnectionSetup::Salesforce { login, client_id } => {
            let login = match login {
                SalesforceLogin::Own { host } => SalesforceLogin::Own { host: given("host", host)? },
                other => other.clone(),
            };
            ConnectionSetup::Salesforce { login, client_id: given("client_id", client_id)? }
        }
        ConnectionSetup::Webhook { url } => ConnectionSetup::Webhook { url: given("url", url)? },
    };
    let name = request.name.trim();
    if is_bad(name) {
        return Err(ApiError::about(ErrorCode::Invalid, "name"));
    }
    let same = old.filter(|old| old.setup == setup);
    if old.is_some_and(|old| old.setup.kind() != setup.kind()) {
        return Err(ApiError::about(ErrorCode::Invalid, "setup"));
    }
    let made = Connection {
        id,
        name: name.to_owned(),
        signed_in: same.is_some_and(|old| old.signed_in),
        identity: same.and_then(|old| old.identity.clone()),
        marker: same.and_then(|old| old.marker.clone()),
        setup,
    };
    if !is_safe(&made.address()) {
        let field = if made.setup.kind() == ConnectionKind::Webhook { "url" } else { "host" };
        return Err(ApiError::about(ErrorCode::Invalid, field));
    }
    Ok(made)
}

fn given(field: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    match () {
        () if text.is_empty() => Err(ApiError::about(ErrorCode::Required, field)),
        () if is_bad(text) || text.contains(char::is_whitespace) => Err(ApiError::about(ErrorCode::Invalid, field)),
        () => Ok(text.to_owned()),
    }
}

fn is_bad(text: &str) -> bool {
    text.chars().count() > LONG || text.chars().any(char::is_control)
}

/// https with a host and nobody's password in it; plain http on this machine alone.
pub fn is_safe(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if authority.is_empty() || !authority.chars().all(plain) {
        return false;
    }
    scheme == "https" || (scheme == "http" && ["localhost", "127.0.0.1", "[::1]"].contains(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(host: &str) -> SaveConnection {
        let setup = ConnectionSetup::Salesforce {
            login: SalesforceLogin::Own { host: host.to_owned() },
            client_id: " 3MVG9 ".to_owned(),
        };
        SaveConnection { id: None, name: String::new(), setup, secret: None }
    }

    #[test]
    fn only_safe_addresses_are_taken() {
        let id = ConnectionId(uuid::Uuid::from_u128(1));
        for (host, safe) in [
            ("empresa.my.salesforce.com", true),
            ("https://empresa.my.salesforce.com", true),
            ("http://localhost:8080/", true),
            ("http://127.0.0.1:8080", true),
            ("http://empresa.my.salesforce.com", false),
            ("http://localhost.evil.example", false),
            ("ana:secreto@evil.example", false),
            ("https://empresa.my.salesforce.com@evil.example", false),
            ("javascript://x", false),
        ] {
            let made = merged(None, id, &own(host));
            assert_eq!(made.is_ok(), safe, "{host}");
            assert!(safe || made == Err(ApiError::about(ErrorCode::Invalid, "host")));
        }
        let mut nameless = own("x.example");
        nameless.setup = ConnectionSetup::Webhook { url: " ".to_owned() };
        assert_eq!(merged(None, id, &nameless), Err(ApiError::about(ErrorCode::Required, "url")));
    }

    #[test]
    fn who_leads_elsewhere_is_signed_out() {
        let id = ConnectionId(uuid::Uuid::from_u128(1));
        let mut old = merged(None, id, &own("a.example")).unwrap();
        old.signed_in = true;
        let renamed = SaveConnection { name: " Ventas ".to_owned(), ..own("a.example") };
        let same = merged(Some(&old), id, &renamed).unwrap();
        assert_eq!((same.signed_in, same.label()), (true, "Ventas"));
        assert!(!merged(Some(&old), id, &own("b.example")).unwrap().signed_in);
    }
}
