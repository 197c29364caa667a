//! How each kind lets somebody in, and what a session becomes there.

use std::sync::Arc;

use agent::port::connect::{Revoke, Way, fault_of};
use agent::port::practice::Pending;
use agent::settings::Connection;
use agent_api::connection::ConnectFault;
use agent_api::connection_setup::{ConnectionSetup, DescriptionFlaw, HubspotSignIn, ZohoCentre};
use crm::connector::{Connector, Fault};
use crm_connect::Secret;
use crm_connect::carddav::{self, CardDav, CardDavError};
use crm_connect::hubspot::{self, Access, HubSpot};
use crm_connect::ldap::{self, Ldap, LdapError, Login};
use crm_connect::oauth::{Provider, Session};
use crm_connect::rest::{self, Credentials, Description, Rest, SignInKind};
use crm_connect::salesforce::{self, Legacy, Salesforce};
use crm_connect::webhook::{Webhook, WebhookError};
use crm_connect::zoho::{self, CENTRES, Zoho};
use url::Url;

use super::described;

/// The port to which a browser comes back, as the pages of `docs` have it registered. A server on this machine takes any.
const REDIRECT_PORTS: [u16; 1] = [1717];

/// How one gets in.
pub(super) enum Entrance {
    /// With what the settings and the secret store hold.
    Open {
        /// The way.
        way: Way,
        /// What is to be made there once.
        prepare: Pending<'static, Result<(), Fault>>,
    },
    /// To Salesforce with a password.
    Password(Legacy),
    /// A person signs in in the browser, or did.
    Browser(Box<Provider>, Goal),
}

/// What a session is made into.
pub(super) enum Goal {
    Salesforce,
    Zoho,
    HubSpot(Url),
    Rest(Box<Description>, rest::Options),
}

fn ports(server: &Url) -> &'static [u16] {
    if server.scheme() == "http" { &[0] } else { &REDIRECT_PORTS }
}

fn parsed(address: &str) -> Result<Url, ConnectFault> {
    Url::parse(address).map_err(|_| ConnectFault::NotOffered)
}

fn of_session(session: &Session, connector: Arc<dyn Connector>) -> Way {
    let (ends, grant) = (session.clone(), session.clone());
    let revoke: Revoke = Arc::new(move || {
        let grant = grant.clone();
        Box::pin(async move { grant.revoke().await })
    });
    Way { token_left: Arc::new(move || ends.token_left()), revoke: Some(revoke), ..Way::to_crm(connector) }
}

fn of_key(connector: Arc<dyn Connector>) -> Entrance {
    Entrance::Open { way: Way::to_crm(connector), prepare: nothing() }
}

fn nothing() -> Pending<'static, Result<(), Fault>> {
    Box::pin(std::future::ready(Ok(())))
}

/// The entrance that the settings lead to, with the secret that a person gave.
pub(super) fn entrance(connection: &Connection, country: &str, key: Option<Secret>) -> Result<Entrance, ConnectFault> {
    match &connection.setup {
        ConnectionSetup::Salesforce { client_id, .. } => {
            let host = parsed(&connection.address().unwrap_or_default())?;
            let provider = salesforce::provider(&host, client_id, ports(&host)).ok_or(ConnectFault::NotOffered)?;
            Ok(Entrance::Browser(Box::new(provider), Goal::Salesforce))
        }
        ConnectionSetup::SalesforcePassword { user, .. } => {
            let host = parsed(&connection.address().unwrap_or_default())?;
            let password = key.ok_or(ConnectFault::Secret)?;
            Legacy::new(&host, user, password).map(Entrance::Password).ok_or(ConnectFault::NotOffered)
        }
        ConnectionSetup::Zoho { centre, client_id, local } => {
            let server = connection.token_server.clone().or_else(|| local.clone());
            let host = parsed(&server.unwrap_or_else(|| accounts(*centre)))?;
            let provider = zoho::provider(&host, client_id, ports(&host)).ok_or(ConnectFault::ForeignAddress)?;
            Ok(Entrance::Browser(Box::new(provider), Goal::Zoho))
        }
        ConnectionSetup::Hubspot { sign_in, local } => {
            let server = |vendor: &str| parsed(local.as_deref().unwrap_or(vendor));
            let (app, records) = (server(hubspot::APP)?, server(hubspot::RECORDS)?);
            let key = key.ok_or(ConnectFault::Secret)?;
            match sign_in {
                HubspotSignIn::Token => private_app(records, key, country),
                HubspotSignIn::Browser { client_id } => {
                    let provider = hubspot::provider(&app, &records, client_id, key, ports(&app));
                    Ok(Entrance::Browser(Box::new(provider.ok_or(ConnectFault::NotOffered)?), Goal::HubSpot(records)))
                }
            }
        }
        ConnectionSetup::Rest { .. } => of_description(&connection.setup, country, key),
        ConnectionSetup::Webhook { url } => {
            let webhook = Webhook::new(parsed(url)?, &key.ok_or(ConnectFault::Secret)?);
            let webhook = webhook.map_err(|error| match error {
                WebhookError::UnsafeAddress => ConnectFault::ForeignAddress,
                WebhookError::Key => ConnectFault::Secret,
                WebhookError::System => ConnectFault::System,
            })?;
            Ok(of_key(Arc::new(webhook)))
        }
        ConnectionSetup::Ldap { .. } => phone_book(&connection.setup, country, key),
        ConnectionSetup::Carddav { address, user } => {
            let password = key.ok_or(ConnectFault::Secret)?;
            let (user, address) = (user.clone(), parsed(address)?);
            let books = CardDav::new(carddav::Options { address, user, password, country: country.to_owned() });
            let books = Arc::new(books.map_err(|error| match error {
                CardDavError::Address => ConnectFault::ForeignAddress,
                CardDavError::Login => ConnectFault::Secret,
                CardDavError::System => ConnectFault::System,
            })?);
            let way = Way::to_phone_book(Arc::clone(&books) as _).copied(books, country);
            Ok(Entrance::Open { way, prepare: nothing() })
        }
    }
}

fn accounts(centre: ZohoCentre) -> String {
    let known = CENTRES.iter().find(|one| one.code == centre.code());
    known.map_or_else(String::new, |centre| format!("https://{}/", centre.accounts))
}

fn phone_book(setup: &ConnectionSetup, country: &str, password: Option<Secret>) -> Result<Entrance, ConnectFault> {
    let ConnectionSetup::Ldap { address, user, base, authority } = setup else {
        return Err(ConnectFault::NotOffered);
    };
    let options = ldap::Options {
        address: parsed(address)?,
        plain: false,
        base: base.clone(),
        authority: authority.as_ref().map(|pem| pem.clone().into_bytes()),
        country: country.to_owned(),
    };
    let login = match user {
        Some(user) => Some(Login { user: user.clone(), password: password.ok_or(ConnectFault::Secret)? }),
        None => None,
    };
    let ldap = Ldap::new(options, login).map_err(|error| match error {
        LdapError::Address => ConnectFault::NotOffered,
        LdapError::Authority => ConnectFault::Authority,
        LdapError::Login => ConnectFault::Secret,
    })?;
    Ok(Entrance::Open { way: Way::to_phone_book(Arc::new(ldap)), prepare: nothing() })
}

fn private_app(records: Url, token: Secret, country: &str) -> Result<Entrance, ConnectFault> {
    let hubspot = HubSpot::new(records, Access::Token(token), country).ok_or(ConnectFault::Secret)?;
    let hubspot = Arc::new(hubspot);
    let way = Way::to_crm(Arc::clone(&hubspot) as _).copied(Arc::clone(&hubspot) as _, country);
    Ok(Entrance::Open { way, prepare: Box::pin(async move { hubspot.prepare().await }) })
}

fn of_description(setup: &ConnectionSetup, country: &str, key: Option<Secret>) -> Result<Entrance, ConnectFault> {
    let ConnectionSetup::Rest { file, address, settings, user, client_id } = setup else {
        return Err(ConnectFault::NotOffered);
    };
    let description =
        described::read(file).map_err(|DescriptionFlaw { line, key, .. }| ConnectFault::Description { line, key })?;
    let address = address.as_deref().map(parsed).transpose()?;
    let options = rest::Options { address, settings: settings.clone(), country: country.to_owned() };
    let server = description.address(&options).map_err(described::fault)?;
    let provider = |secret: Option<Secret>| {
        let client_id = client_id.as_deref().ok_or(ConnectFault::Secret)?;
        description.provider(&options, client_id, secret, ports(&server)).map_err(described::fault)
    };
    let key = key.ok_or(ConnectFault::Secret);
    let mut session = None;
    let credentials = match &description.sign_in {
        SignInKind::Key { .. } | SignInKind::Bearer { .. } => Credentials::Key(key?),
        SignInKind::Basic => Credentials::Password { user: user.clone().ok_or(ConnectFault::Secret)?, password: key? },
        SignInKind::Program(authority) => {
            let provider = provider(authority.secret.then_some(key).transpose()?)?;
            let made = Session::of_client(provider).map_err(super::sign_in_fault)?;
            Credentials::Session(session.insert(made).clone())
        }
        SignInKind::Browser(authority) => {
            let provider = provider(authority.secret.then_some(key).transpose()?)?;
            return Ok(Entrance::Browser(Box::new(provider), Goal::Rest(Box::new(description), options)));
        }
    };
    let connector = Rest::new(description, &options, credentials).map_err(described::fault)?;
    Ok(match session {
        // The program's own secret lets it in: there is no grant of a person to end.
        Some(session) => Entrance::Open {
            way: Way { revoke: None, ..of_session(&session, Arc::new(connector)) },
            prepare: nothing(),
        },
        None => of_key(Arc::new(connector)),
    })
}

impl Goal {
    /// The answer in the browser says which of the vendor's servers gives the tokens.
    pub fn chooses_server(&self) -> bool {
        matches!(self, Self::Zoho)
    }

    /// Makes there what is to be made once; the organisation's unique field for our mark, if it has one.
    pub async fn prepared(&self, session: &Session, country: &str) -> Result<Option<String>, ConnectFault> {
        let (session, country) = (session.clone(), country.to_owned());
        let marker = match self {
            Self::Salesforce => salesforce_of(session, country, None).external_id().await,
            Self::Zoho => zoho_of(session, country, None).unique_field().await,
            Self::HubSpot(records) => hubspot_of(session, &country, records)?.prepare().await.map(|()| None),
            Self::Rest(..) => Ok(None),
        };
        marker.map_err(|fault| fault_of(&fault))
    }

    /// The way over a session.
    pub fn way(self, session: Session, country: &str, marker: Option<String>) -> Result<Way, ConnectFault> {
        let (of, country) = (session.clone(), country.to_owned());
        Ok(match self {
            Self::Salesforce => {
                let crm = Arc::new(salesforce_of(of, country.clone(), marker));
                of_session(&session, Arc::clone(&crm) as _).copied(crm, &country)
            }
            Self::Zoho => {
                let crm = Arc::new(zoho_of(of, country.clone(), marker));
                of_session(&session, Arc::clone(&crm) as _).copied(crm, &country)
            }
            Self::HubSpot(records) => {
                let crm = Arc::new(hubspot_of(of, &country, &records)?);
                of_session(&session, Arc::clone(&crm) as _).copied(crm, &country)
            }
            Self::Rest(description, options) => {
                let crm = Rest::new(*description, &options, Credentials::Session(of)).map_err(described::fault)?;
                of_session(&session, Arc::new(crm))
            }
        })
    }
}

fn salesforce_of(session: Session, country: String, external_id: Option<String>) -> Salesforce {
    Salesforce::new(session, salesforce::Options { country, external_id })
}

/// Salesforce with a password; `marker` is the organisation's external id for our mark.
pub(super) fn by_password(legacy: Legacy, country: &str, marker: Option<String>) -> Way {
    let (session, options) =
        (legacy.session().clone(), salesforce::Options { country: country.to_owned(), external_id: marker });
    let crm = Arc::new(Salesforce::with_password(legacy, options));
    of_session(&session, Arc::clone(&crm) as _).copied(crm, country)
}

/// The organisation's external id for our mark, asked with a password.
pub(super) async fn marker_by_password(legacy: Legacy, country: &str) -> Result<Option<String>, ConnectFault> {
    let options = salesforce::Options { country: country.to_owned(), external_id: None };
    let marker = Salesforce::with_password(legacy, options).external_id().await;
    marker.map_err(|fault| fault_of(&fault))
}

fn zoho_of(session: Session, country: String, unique_field: Option<String>) -> Zoho {
    Zoho::new(session, zoho::Options { country, unique_field })
}

fn hubspot_of(session: Session, country: &str, records: &Url) -> Result<HubSpot, ConnectFault> {
    HubSpot::new(records.clone(), Access::Session(session), country).ok_or(ConnectFault::NotOffered)
}
