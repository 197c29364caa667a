//! The ways to CRMs, made of settings and secrets.

use std::sync::Arc;
use std::time::Duration;

use agent::port::connect::{Begun, Connect, Joined, Way};
use agent::port::practice::Pending;
use agent::port::secret::{Entry, SecretStore};
use agent::settings::Connection;
use agent_api::connection::{ConnectFault, ConnectPages, ConnectionSetup};
use agent_api::id::ConnectionId;
use crm::connector::{Connector, Fault};
use crm_connect::Secret;
use crm_connect::oauth::{Pages, Provider, Session, SessionError, SignIn, SignInError, TokenError, Vault, VaultError};
use crm_connect::salesforce::{self, Options, Salesforce};
use crm_connect::webhook::{Webhook, WebhookError};
use url::Url;

/// The port to which a browser comes back, as `docs/salesforce` has it registered. A server on this machine takes any.
const REDIRECT_PORTS: [u16; 1] = [1717];

/// Makes the real ones.
pub(crate) struct Ways {
    pub secrets: Arc<dyn SecretStore>,
}

/// The refresh token of a connection in the secret store.
struct Token {
    secrets: Arc<dyn SecretStore>,
    entry: Entry,
}

impl Vault for Token {
    fn read(&self) -> Result<Option<Secret>, VaultError> {
        let secret = self.secrets.get(self.entry).map_err(|_| VaultError)?;
        Ok(secret.map(|secret| Secret::new(secret.reveal())))
    }

    fn keep(&self, token: &Secret) -> Result<(), VaultError> {
        self.secrets.set(self.entry, &sip_stack::ua::Secret::new(token.reveal())).map_err(|_| VaultError)
    }
}

impl Ways {
    fn vault(&self, id: ConnectionId) -> Arc<dyn Vault> {
        Arc::new(Token { secrets: Arc::clone(&self.secrets), entry: Entry::Token(id) })
    }

    fn webhook(&self, connection: &Connection) -> Result<Way, ConnectFault> {
        let url = address(connection)?;
        let key = self.secrets.get(Entry::Key(connection.id)).map_err(|_| ConnectFault::SecretStore)?;
        let key = key.ok_or(ConnectFault::Secret)?;
        let webhook = Webhook::new(url, &Secret::new(key.reveal())).map_err(|error| match error {
            WebhookError::UnsafeAddress => ConnectFault::ForeignAddress,
            WebhookError::Key => ConnectFault::Secret,
            WebhookError::System => ConnectFault::System,
        })?;
        Ok(Way { connector: Arc::new(webhook), token_left: Arc::new(|| None) })
    }
}

fn address(connection: &Connection) -> Result<Url, ConnectFault> {
    Url::parse(&connection.address()).map_err(|_| ConnectFault::NotOffered)
}

fn salesforce_provider(connection: &Connection, client_id: &str) -> Result<Provider, ConnectFault> {
    let host = address(connection)?;
    let ports: &[u16] = if host.scheme() == "http" { &[0] } else { &REDIRECT_PORTS };
    salesforce::provider(&host, client_id, ports).ok_or(ConnectFault::NotOffered)
}

fn salesforce_way(session: Session, country: &str, external_id: Option<String>) -> Way {
    let options = Options { country: country.to_owned(), external_id };
    let ends = session.clone();
    let token_left = Arc::new(move || ends.token_left());
    Way { connector: Arc::new(Salesforce::new(session, options)) as Arc<dyn Connector>, token_left }
}

/// The sign-in's last step: tokens, a session on them, and what the organisation has for our mark.
async fn salesforce_joined(
    sign_in: SignIn,
    provider: Provider,
    vault: Arc<dyn Vault>,
    country: String,
    pages: ConnectPages,
    limit: Duration,
) -> Result<Joined, ConnectFault> {
    let pages = Pages { done: pages.done, refused: pages.refused };
    let signed = sign_in.finish(pages, limit).await.map_err(sign_in_fault)?;
    if signed.strangers > 0 {
        tracing::warn!(count = signed.strangers, "somebody else tried to answer a sign-in");
    }
    let session = Session::begin(provider, vault, signed.tokens).await.map_err(|error| match error {
        SessionError::SignIn => ConnectFault::SignIn,
        SessionError::Vault(_) => ConnectFault::SecretStore,
        SessionError::Token(error) => token_fault(error),
    })?;
    let options = Options { country: country.clone(), external_id: None };
    let marker = Salesforce::new(session.clone(), options).external_id().await.map_err(|fault| match fault {
        Fault::SignIn => ConnectFault::SignIn,
        Fault::Limit { .. } => ConnectFault::Limit,
        Fault::Busy { .. } => ConnectFault::Busy,
        Fault::Unreachable | Fault::Lost => ConnectFault::NotReached,
        Fault::Forbidden { code } | Fault::Invalid { code, .. } => ConnectFault::Forbidden { code },
        Fault::NotFound | Fault::NotOffered => ConnectFault::NotOffered,
        Fault::Duplicate { .. } | Fault::NotUnderstood => ConnectFault::NotUnderstood,
    })?;
    Ok(Joined { way: salesforce_way(session, &country, marker.clone()), marker })
}

fn sign_in_fault(error: SignInError) -> ConnectFault {
    match error {
        SignInError::UnsafeAddress => ConnectFault::ForeignAddress,
        SignInError::PortTaken => ConnectFault::PortTaken,
        SignInError::System => ConnectFault::System,
        SignInError::Denied(code) => ConnectFault::Denied { code },
        SignInError::TimedOut { strangers } => ConnectFault::TimedOut { strangers },
        SignInError::Token(error) => token_fault(error),
    }
}

fn token_fault(error: TokenError) -> ConnectFault {
    match error {
        TokenError::Unreached => ConnectFault::NotReached,
        TokenError::Busy { .. } => ConnectFault::Busy,
        TokenError::SignInAgain => ConnectFault::SignIn,
        TokenError::Refused(code) => ConnectFault::Refused { code },
        TokenError::NotUnderstood => ConnectFault::NotUnderstood,
        TokenError::ForeignAddress => ConnectFault::ForeignAddress,
    }
}

impl Connect for Ways {
    fn open(&self, connection: &Connection, country: &str) -> Result<Way, ConnectFault> {
        match &connection.setup {
            ConnectionSetup::Salesforce { client_id, .. } => {
                let provider = salesforce_provider(connection, client_id)?;
                let session = Session::resume(provider, self.vault(connection.id)).map_err(sign_in_fault)?;
                Ok(salesforce_way(session, country, connection.marker.clone()))
            }
            ConnectionSetup::Webhook { .. } => self.webhook(connection),
        }
    }

    fn begin<'a>(
        &'a self,
        connection: &'a Connection,
        country: &'a str,
        pages: ConnectPages,
        limit: Duration,
    ) -> Pending<'a, Result<Begun, ConnectFault>> {
        Box::pin(async move {
            match &connection.setup {
                ConnectionSetup::Salesforce { client_id, .. } => {
                    let provider = salesforce_provider(connection, client_id)?;
                    let sign_in = SignIn::begin(provider.clone()).await.map_err(sign_in_fault)?;
                    let url = Some(sign_in.url().into());
                    let (vault, country) = (self.vault(connection.id), country.to_owned());
                    let finish = salesforce_joined(sign_in, provider, vault, country, pages, limit);
                    Ok(Begun { url, finish: Box::pin(finish) })
                }
                ConnectionSetup::Webhook { .. } => {
                    let way = self.webhook(connection)?;
                    let joined = Joined { way, marker: None };
                    Ok(Begun { url: None, finish: Box::pin(std::future::ready(Ok(joined))) })
                }
            }
        })
    }
}
