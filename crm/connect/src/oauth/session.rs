//! A session that keeps itself signed in: one renewal at a time, and no refresh token lost on the way.
//!
//! A vendor that rotates refresh tokens gives a new one with each renewal and forgets the old one. So a renewal is never cut
//! off by a caller who stops waiting, and the new refresh token is kept before the access token is used.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use failpoint::failpoint;
use reqwest::Client;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::tokens::{self, AccessToken, TokenError, Tokens};
use super::{Provider, SignInError};
use crate::http;
use crate::secret::Secret;

/// Why the place of the refresh token did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the place of secrets refuses")]
pub struct VaultError;

/// Where the refresh token of one connection lies. Calls may block.
pub trait Vault: Send + Sync {
    /// The token, if there is one.
    ///
    /// # Errors
    /// The place refuses.
    fn read(&self) -> Result<Option<Secret>, VaultError>;

    /// Keeps a token in place of the older one; it is durable when this returns.
    ///
    /// # Errors
    /// The place refuses.
    fn keep(&self, token: &Secret) -> Result<(), VaultError>;
}

/// Why there is no access token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// The person must sign in (again).
    #[error("sign in")]
    SignIn,
    /// The refresh token cannot be read or kept; the session goes on when it can.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vendor gave no token this time.
    #[error(transparent)]
    Token(TokenError),
}

/// A sign-in that is made anew without a person.
pub(crate) trait Anew: Send + Sync {
    /// Signs in. After [`TokenError::SignInAgain`] and what is refused it is not tried again: vendors lock whoever goes on
    /// with a wrong password.
    fn sign_in<'a>(
        &'a self,
        http: &'a Client,
    ) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + 'a>>;

    /// Ends the session behind a token, and says whether the vendor confirmed it.
    fn sign_out<'a>(
        &'a self,
        http: &'a Client,
        token: &'a AccessToken,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;
}

/// What new tokens are asked for with.
enum Grant {
    /// What a person gave in the browser; the refresh token lies in the vault.
    Person { provider: Provider, vault: Arc<dyn Vault> },
    /// The program signs in as itself.
    Program(Provider),
    /// A password, whoever knows it.
    Password(Arc<dyn Anew>),
}

/// A connection that is signed in.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    grant: Grant,
    http: Client,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    access: Option<AccessToken>,
    /// A refresh token that the vault has not taken yet.
    unkept: Option<Secret>,
    /// Why a password is not tried again.
    refused: Option<TokenError>,
}

impl Session {
    /// A session on the refresh token in the vault.
    ///
    /// # Errors
    /// The system gives no client.
    pub fn resume(provider: Provider, vault: Arc<dyn Vault>) -> Result<Self, SignInError> {
        let http = http::client().map_err(|_| SignInError::System)?;
        Ok(Self::new(Grant::Person { provider, vault }, http))
    }

    /// A session of a program that signs in as itself, with the provider's client id and secret (RFC 6749 §4.4).
    ///
    /// # Errors
    /// An unsafe address, or the system gives no client.
    pub fn of_client(provider: Provider) -> Result<Self, SignInError> {
        if !provider.is_safe() {
            return Err(SignInError::UnsafeAddress);
        }
        let http = http::client().map_err(|_| SignInError::System)?;
        Ok(Self::new(Grant::Program(provider), http))
    }

    /// A session of somebody whose password is known.
    pub(crate) fn of_password(anew: Arc<dyn Anew>, http: Client) -> Self {
        Self::new(Grant::Password(anew), http)
    }

    fn new(grant: Grant, http: Client) -> Self {
        Self { inner: Arc::new(Inner { grant, http, state: Arc::default() }) }
    }

    /// A session on the tokens of a sign-in, whose refresh token is in the vault when this returns.
    ///
    /// # Errors
    /// The system gives no client, or the vault refuses.
    pub async fn begin(provider: Provider, vault: Arc<dyn Vault>, tokens: Tokens) -> Result<Self, SessionError> {
        let session = Self::resume(provider, vault).map_err(|_| VaultError)?;
        let mut state = Arc::clone(&session.inner.state).lock_owned().await;
        state.unkept = tokens.refresh;
        session.inner.keep(&mut state).await?;
        state.access = Some(tokens.access);
        drop(state);
        Ok(session)
    }

    /// A token that is good for a while, renewed if need be.
    ///
    /// # Errors
    /// Sign in again, or not now.
    pub async fn access(&self) -> Result<AccessToken, SessionError> {
        self.token(|access| access.is_good(Instant::now())).await
    }

    /// The vendor refused `used` (401): another one. If somebody renewed it meanwhile, that one.
    ///
    /// # Errors
    /// Sign in again, or not now.
    pub async fn instead_of(&self, used: &AccessToken) -> Result<AccessToken, SessionError> {
        self.token(|access| !access.is(used) && access.is_good(Instant::now())).await
    }

    /// In how long the token in use ends, if there is one and the vendor told.
    pub fn token_left(&self) -> Option<std::time::Duration> {
        let state = self.inner.state.try_lock().ok()?;
        let ends = state.access.as_ref()?.ends()?;
        Some(ends.saturating_duration_since(Instant::now()))
    }

    /// The client that this session's vendor is asked with.
    pub(crate) fn client(&self) -> Client {
        self.inner.http.clone()
    }

    /// Ends the grant at the vendor's, or the session that a password began; this one is of no use afterwards. False where the
    /// vendor has no way of it, or did not confirm it.
    pub async fn revoke(&self) -> bool {
        let (provider, vault) = match &self.inner.grant {
            Grant::Person { provider, vault } => (provider, vault),
            Grant::Program(_) => return false,
            Grant::Password(anew) => return self.sign_out(&**anew).await,
        };
        let Some(way) = &provider.revoke else { return false };
        let vault = Arc::clone(vault);
        // Not beside a renewal, which would leave another token behind.
        let mut state = Arc::clone(&self.inner.state).lock_owned().await;
        state.access = None;
        let token = match state.unkept.take() {
            Some(token) => Some(token),
            None => blocking(move || vault.read()).await.unwrap_or_default(),
        };
        match token {
            Some(token) => tokens::revoke(&self.inner.http, provider, way, &token).await,
            None => false,
        }
    }

    async fn sign_out(&self, anew: &dyn Anew) -> bool {
        let mut state = Arc::clone(&self.inner.state).lock_owned().await;
        state.refused = Some(TokenError::SignInAgain);
        match state.access.take() {
            Some(token) => anew.sign_out(&self.inner.http, &token).await,
            // There is none.
            None => true,
        }
    }

    async fn token(&self, good: impl Fn(&AccessToken) -> bool) -> Result<AccessToken, SessionError> {
        let state = Arc::clone(&self.inner.state).lock_owned().await;
        if let Some(access) = state.access.as_ref().filter(|access| good(access)) {
            return Ok(access.clone());
        }
        let inner = Arc::clone(&self.inner);
        // A task of its own: whoever waits may stop waiting, the renewal ends all the same.
        let renewal = tokio::spawn(async move { inner.renew(state).await });
        renewal.await.unwrap_or(Err(SessionError::Token(TokenError::Unreached)))
    }
}

impl Inner {
    async fn renew(&self, mut state: OwnedMutexGuard<State>) -> Result<AccessToken, SessionError> {
        let judged = |error| match error {
            TokenError::SignInAgain => SessionError::SignIn,
            other => SessionError::Token(other),
        };
        let access = match &self.grant {
            Grant::Program(provider) => tokens::as_client(&self.http, provider).await.map_err(judged)?.access,
            Grant::Password(anew) => self.with_password(&**anew, &mut state).await.map_err(judged)?,
            Grant::Person { provider, vault } => {
                self.keep(&mut state).await?;
                let vault = Arc::clone(vault);
                let refresh = blocking(move || vault.read()).await?.ok_or(SessionError::SignIn)?;
                let tokens = tokens::renew(&self.http, provider, &refresh).await.map_err(judged)?;
                state.unkept = tokens.refresh;
                failpoint!("renewed");
                self.keep(&mut state).await?;
                failpoint!("renewal_kept");
                tokens.access
            }
        };
        state.access = Some(access.clone());
        Ok(access)
    }

    /// A password that was refused is not tried again.
    async fn with_password(&self, anew: &dyn Anew, state: &mut State) -> Result<AccessToken, TokenError> {
        if let Some(refused) = &state.refused {
            return Err(refused.clone());
        }
        let told = anew.sign_in(&self.http).await;
        if let Err(error @ (TokenError::SignInAgain | TokenError::Refused(_) | TokenError::Forbidden(_))) = &told {
            state.refused = Some(error.clone());
        }
        told
    }

    /// Puts the new refresh token into the vault; if that fails it stays here and the next renewal begins with it.
    async fn keep(&self, state: &mut State) -> Result<(), VaultError> {
        let (Some(token), Grant::Person { vault, .. }) = (state.unkept.clone(), &self.grant) else { return Ok(()) };
        let vault = Arc::clone(vault);
        blocking(move || vault.keep(&token)).await?;
        state.unkept = None;
        Ok(())
    }
}

/// A keychain may ask the person: not on a thread that others wait for.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(VaultError))
}
