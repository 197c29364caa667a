//! The ways to CRMs, made of settings and secrets.
//!
//! ```text
//! settings, secret ─► entrance ─┬─► Open(way)                        a key or a program's own secret lets in
//!                               ├─► Password(legacy) ─► way          Salesforce's old way, as long as it has it
//!                               └─► Browser(provider, goal) ─► session ─► goal ─► way
//! ```

mod described;
mod entrance;
mod outward;

use std::sync::Arc;
use std::time::Duration;

use agent::port::connect::{Begun, Connect, Joined, Way, fault_of};
use agent::port::practice::Pending;
use agent::port::secret::{Entry, SecretStore};
use agent::settings::Connection;
use agent_api::connection::{ConnectFault, ConnectPages};
use agent_api::connection_setup::{DescriptionFile, DescriptionFlaw, DescriptionView, ShippedDescription};
use agent_api::id::ConnectionId;
use agent_api::network::{AuthorityView, Network, NetworkFault};
use crm_connect::Secret;
use crm_connect::oauth::{Pages, Session, SessionError, SignIn, SignInError, TokenError, Vault, VaultError};

use entrance::{Entrance, Goal, by_password, entrance, marker_by_password};

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
}

/// The secret that a person gave for a connection.
fn key(secrets: &dyn SecretStore, id: ConnectionId) -> Result<Option<Secret>, ConnectFault> {
    let key = secrets.get(Entry::Key(id)).map_err(|_| ConnectFault::SecretStore)?;
    Ok(key.map(|key| Secret::new(key.reveal())))
}

impl Connect for Ways {
    fn open(&self, connection: &Connection, country: &str) -> Result<Way, ConnectFault> {
        match entrance(connection, country, key(&*self.secrets, connection.id)?)? {
            Entrance::Open { way, .. } => Ok(way),
            Entrance::Password(legacy) => Ok(by_password(legacy, country, connection.marker.clone())),
            Entrance::Browser(provider, goal) => {
                let session = Session::resume(*provider, self.vault(connection.id)).map_err(sign_in_fault)?;
                goal.way(session, country, connection.marker.clone())
            }
        }
    }

    fn go_out(&self, network: &Network, has_login: bool) -> Result<(), NetworkFault> {
        outward::go_out(&*self.secrets, network, has_login)
    }

    fn judge<'a>(&'a self, network: &'a Network, now_ms: i64) -> Pending<'a, Result<bool, NetworkFault>> {
        Box::pin(outward::judge(network, now_ms))
    }

    fn authorities(&self, network: &Network) -> Vec<AuthorityView> {
        outward::authorities(network)
    }

    fn descriptions(&self) -> Vec<ShippedDescription> {
        described::shipped()
    }

    fn read_description(&self, file: &DescriptionFile) -> Result<DescriptionView, DescriptionFlaw> {
        described::read(file).map(|description| described::view(&description))
    }

    fn begin<'a>(
        &'a self,
        connection: &'a Connection,
        country: &'a str,
        pages: ConnectPages,
        limit: Duration,
    ) -> Pending<'a, Result<Begun, ConnectFault>> {
        Box::pin(async move {
            let (id, secrets) = (connection.id, Arc::clone(&self.secrets));
            // A keychain may ask the person.
            let key = tokio::task::spawn_blocking(move || key(&*secrets, id)).await;
            match entrance(connection, country, key.unwrap_or(Err(ConnectFault::SecretStore))?)? {
                Entrance::Open { way, prepare } => {
                    let finish = async move {
                        prepare.await.map_err(|fault| fault_of(&fault))?;
                        Ok(Joined { way, marker: None, token_server: None })
                    };
                    Ok(Begun { url: None, finish: Box::pin(finish) })
                }
                Entrance::Password(legacy) => {
                    let country = country.to_owned();
                    let finish = async move {
                        let marker = marker_by_password(legacy.clone(), &country).await?;
                        Ok(Joined { way: by_password(legacy, &country, marker.clone()), marker, token_server: None })
                    };
                    Ok(Begun { url: None, finish: Box::pin(finish) })
                }
                Entrance::Browser(provider, goal) => {
                    let sign_in = SignIn::begin(*provider).await.map_err(sign_in_fault)?;
                    let url = Some(sign_in.url().into());
                    let (vault, country) = (self.vault(id), country.to_owned());
                    let finish = signed_in(sign_in, goal, vault, country, pages, limit);
                    Ok(Begun { url, finish: Box::pin(finish) })
                }
            }
        })
    }
}

/// The sign-in's last step: tokens, a session on them, and what the organisation has for our mark.
async fn signed_in(
    sign_in: SignIn,
    goal: Goal,
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
    let token_server = goal.chooses_server().then(|| signed.provider.token.origin().ascii_serialization());
    // The provider as the sign-in left it: tokens of one data centre are good at no other.
    let session = Session::begin(signed.provider, vault, signed.tokens).await.map_err(|error| match error {
        SessionError::SignIn => ConnectFault::SignIn,
        SessionError::Vault(_) => ConnectFault::SecretStore,
        SessionError::Token(error) => token_fault(error),
    })?;
    let marker = goal.prepared(&session, &country).await?;
    Ok(Joined { way: goal.way(session, &country, marker.clone())?, marker, token_server })
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
        TokenError::ProxySignIn => ConnectFault::ProxySignIn,
        TokenError::Busy { .. } => ConnectFault::Busy,
        TokenError::SignInAgain => ConnectFault::SignIn,
        TokenError::Refused(code) => ConnectFault::Refused { code },
        TokenError::Forbidden(code) => ConnectFault::Forbidden { code },
        TokenError::NotUnderstood => ConnectFault::NotUnderstood,
        TokenError::ForeignAddress => ConnectFault::ForeignAddress,
    }
}
