//! A connection to a CRM as the settings know it.

use std::collections::BTreeMap;

use agent_api::connection::{IdentityView, SaveConnection};
use agent_api::connection_setup::{ConnectionKind, ConnectionSetup, HubspotSignIn, SalesforceLogin};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::ConnectionId;

/// The most characters of a name, host or client id.
const LONG: usize = 400;
/// The most bytes of certificates.
const PEM_MAX: usize = 64 * 1024;

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
    /// The server that tokens come from, where the sign-in chose among the vendor's own.
    pub token_server: Option<String>,
    /// The outcomes of calls are those that its CRM has, if it has any.
    pub call_results: bool,
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
            (true, ConnectionKind::Zoho) => "Zoho CRM",
            (true, ConnectionKind::Hubspot) => "HubSpot",
            (true, ConnectionKind::Rest) => "CRM",
            (true, ConnectionKind::Webhook) => "Webhook",
            (true, ConnectionKind::Ldap) => "LDAP",
            (true, ConnectionKind::Carddav) => "CardDAV",
        }
    }

    /// Where people sign in, or where calls are posted, if a person gave it; else the vendor's servers are known elsewhere.
    pub fn address(&self) -> Option<String> {
        match &self.setup {
            ConnectionSetup::Salesforce { login, .. } | ConnectionSetup::SalesforcePassword { login, .. } => {
                Some(login_address(login))
            }
            ConnectionSetup::Zoho { local, .. } | ConnectionSetup::Hubspot { local, .. } => local.clone(),
            ConnectionSetup::Rest { address, .. } => address.clone(),
            ConnectionSetup::Webhook { url } => Some(url.clone()),
            ConnectionSetup::Ldap { address, .. } | ConnectionSetup::Carddav { address, .. } => Some(address.clone()),
        }
    }

    /// Signed out: nothing that a sign-in told is known any more.
    pub fn signed_out(self) -> Self {
        Self { signed_in: false, identity: None, marker: None, token_server: None, ..self }
    }

    /// A person gives a secret for it, which is kept.
    pub fn wants_secret(&self) -> bool {
        !matches!(self.setup, ConnectionSetup::Salesforce { .. } | ConnectionSetup::Zoho { .. })
    }

    /// Calls go there; else it is a phone book.
    pub fn takes_calls(&self) -> bool {
        !matches!(self.setup.kind(), ConnectionKind::Ldap | ConnectionKind::Carddav)
    }

    /// Its secret lets somebody in there, so that it goes with the sign-in. The key of a webhook only signs.
    pub fn secret_lets_in(&self) -> bool {
        self.setup.kind() != ConnectionKind::Webhook
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

/// Moves one of a list to a place, from 0; beyond the last place it is the last. The others keep their order.
pub fn moved<T>(list: &mut Vec<T>, which: impl Fn(&T) -> bool, place: usize) {
    if let Some(at) = list.iter().position(which) {
        let one = list.remove(at);
        list.insert(place.min(list.len()), one);
    }
}

/// The form over what the settings know, trimmed.
///
/// # Errors
/// Something is missing or has a wrong form; the detail is `name`, `host`, `client_id`, `url`, `address`, `user`, `base`,
/// `authority`, `file` or `setting.` with a setting's name.
pub fn merged(old: Option<&Connection>, id: ConnectionId, request: &SaveConnection) -> Result<Connection, ApiError> {
    let setup = tidied(&request.setup)?;
    let name = request.name.trim();
    if is_bad(name) {
        return Err(ApiError::about(ErrorCode::Invalid, "name"));
    }
    if old.is_some_and(|old| old.setup.kind() != setup.kind()) {
        return Err(ApiError::about(ErrorCode::Invalid, "setup"));
    }
    let name = name.to_owned();
    let made = match old.filter(|old| old.setup == setup) {
        Some(same) => Connection { name, ..same.clone() },
        None => {
            let (identity, marker, token_server) = (None, None, None);
            let call_results = old.is_none_or(|old| old.call_results);
            Connection { id, name, setup, signed_in: false, identity, marker, token_server, call_results }
        }
    };
    let (field, is_good): (_, fn(&str) -> bool) = match made.setup.kind() {
        ConnectionKind::Salesforce => ("host", is_safe),
        ConnectionKind::Zoho | ConnectionKind::Hubspot => ("local", is_here),
        ConnectionKind::Rest => ("address", is_safe),
        ConnectionKind::Webhook => ("url", is_safe),
        ConnectionKind::Ldap => ("address", is_ldap),
        ConnectionKind::Carddav => ("address", is_safe),
    };
    if made.address().is_some_and(|address| !is_good(&address)) {
        return Err(ApiError::about(ErrorCode::Invalid, field));
    }
    Ok(made)
}

fn tidied(setup: &ConnectionSetup) -> Result<ConnectionSetup, ApiError> {
    let maybe = |field: &str, text: &Option<String>| {
        text.as_deref().filter(|text| !text.trim().is_empty()).map(|text| given(field, text)).transpose()
    };
    Ok(match setup {
        ConnectionSetup::Salesforce { login, client_id } => {
            ConnectionSetup::Salesforce { login: tidied_login(login)?, client_id: given("client_id", client_id)? }
        }
        ConnectionSetup::SalesforcePassword { login, user } => {
            ConnectionSetup::SalesforcePassword { login: tidied_login(login)?, user: given("user", user)? }
        }
        ConnectionSetup::Zoho { centre, client_id, local } => ConnectionSetup::Zoho {
            centre: *centre,
            client_id: given("client_id", client_id)?,
            local: maybe("local", local)?,
        },
        ConnectionSetup::Hubspot { sign_in, local } => {
            let sign_in = match sign_in {
                HubspotSignIn::Token => HubspotSignIn::Token,
                HubspotSignIn::Browser { client_id } => {
                    HubspotSignIn::Browser { client_id: given("client_id", client_id)? }
                }
            };
            ConnectionSetup::Hubspot { sign_in, local: maybe("local", local)? }
        }
        ConnectionSetup::Rest { file, address, settings, user, client_id } => {
            let value = |(name, text): (&String, &String)| Ok((name.clone(), given(&format!("setting.{name}"), text)?));
            ConnectionSetup::Rest {
                file: file.clone(),
                address: maybe("address", address)?,
                settings: settings.iter().map(value).collect::<Result<BTreeMap<_, _>, _>>()?,
                user: maybe("user", user)?,
                client_id: maybe("client_id", client_id)?,
            }
        }
        ConnectionSetup::Webhook { url } => ConnectionSetup::Webhook { url: given("url", url)? },
        ConnectionSetup::Ldap { address, user, base, authority } => ConnectionSetup::Ldap {
            address: given("address", address)?,
            // Names of entries have spaces.
            user: line("user", user)?,
            base: line("base", base)?,
            authority: certificate(authority)?,
        },
        ConnectionSetup::Carddav { address, user } => {
            let user = line("user", &Some(user.clone()))?.ok_or(ApiError::about(ErrorCode::Required, "user"))?;
            // The protocol has no way to write it.
            if user.contains(':') {
                return Err(ApiError::about(ErrorCode::Invalid, "user"));
            }
            ConnectionSetup::Carddav { address: given("address", address)?, user }
        }
    })
}

fn tidied_login(login: &SalesforceLogin) -> Result<SalesforceLogin, ApiError> {
    Ok(match login {
        SalesforceLogin::Own { host } => SalesforceLogin::Own { host: given("host", host)? },
        other => other.clone(),
    })
}

fn given(field: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    match () {
        () if text.is_empty() => Err(ApiError::about(ErrorCode::Required, field)),
        () if is_bad(text) || text.contains(char::is_whitespace) => Err(ApiError::about(ErrorCode::Invalid, field)),
        () => Ok(text.to_owned()),
    }
}

fn line(field: &str, text: &Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(is_bad) {
        return Err(ApiError::about(ErrorCode::Invalid, field));
    }
    Ok(text.map(str::to_owned))
}

/// Text in PEM; whether it is a certificate is seen when it is used.
fn certificate(text: &Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let is_pem = |text: &str| text.len() <= PEM_MAX && text.contains("-----BEGIN CERTIFICATE-----");
    if text.is_some_and(|text| !is_pem(text)) {
        return Err(ApiError::about(ErrorCode::Invalid, "authority"));
    }
    Ok(text.map(str::to_owned))
}

fn is_bad(text: &str) -> bool {
    text.chars().count() > LONG || text.chars().any(char::is_control)
}

/// A server's name behind `ldap:` or `ldaps:`, and nobody's password.
fn is_ldap(address: &str) -> bool {
    let host = address.strip_prefix("ldaps://").or_else(|| address.strip_prefix("ldap://"));
    host.is_some_and(|host| is_safe(&format!("https://{}", host.trim_end_matches('/'))))
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

/// Plain http on this machine.
fn is_here(address: &str) -> bool {
    address.starts_with("http://") && is_safe(address)
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
