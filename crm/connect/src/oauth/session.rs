//! A session that keeps itself signed in: one renewal at a time, and no refresh token lost on the way.
//!
//! A vendor that rotates refresh tokens gives a new one with each renewal and forgets the old one. So a renewal is never cut
//! off by a caller who stops waiting, and the new refresh token is kept before the access token is used.

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

/// A connection that is signed in.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    provider: Provider,
    http: Client,
    /// Where the grant of a person lies; none for a program that signs in as itself.
    vault: Option<Arc<dyn Vault>>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    access: Option<AccessToken>,
    /// A refresh token that the vault has not taken yet.
    unkept: Option<Secret>,
}

impl Session {
    /// A session on the refresh token in the vault.
    ///
    /// # Errors
    /// The system gives no client.
    pub fn resume(provider: Provider, vault: Arc<dyn Vault>) -> Result<Self, SignInError> {
        Self::new(provider, Some(vault))
    }

    /// A session of a program that signs in as itself, with the provider's client id and secret (RFC 6749 §4.4).
    ///
    /// # Errors
    /// An unsafe address, or the system gives no client.
    pub fn of_client(provider: Provider) -> Result<Self, SignInError> {
        if !provider.is_safe() {
            return Err(SignInError::UnsafeAddress);
        }
        Self::new(provider, None)
    }

    fn new(provider: Provider, vault: Option<Arc<dyn Vault>>) -> Result<Self, SignInError> {
        let http = http::client(&provider.token).map_err(|_| SignInError::System)?;
        let state = Arc::default();
        Ok(Self { inner: Arc::new(Inner { provider, http, vault, state }) })
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

    /// Ends the grant at the vendor's; the session is of no use afterwards. False where the vendor has no way of it, or did not
    /// confirm it.
    pub async fn revoke(&self) -> bool {
        let (Some(vault), Some(address)) = (self.inner.vault.clone(), self.inner.provider.revoke.clone()) else {
            return false;
        };
        // Not beside a renewal, which would leave another token behind.
        let mut state = Arc::clone(&self.inner.state).lock_owned().await;
        state.access = None;
        let token = match state.unkept.take() {
            Some(token) => Some(token),
            None => blocking(move || vault.read()).await.unwrap_or_default(),
        };
        match token {
            Some(token) => tokens::revoke(&self.inner.http, &self.inner.provider, address, &token).await,
            None => false,
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
        let Some(vault) = self.vault.clone() else {
            let tokens = tokens::as_client(&self.http, &self.provider).await.map_err(judged)?;
            state.access = Some(tokens.access.clone());
            return Ok(tokens.access);
        };
        self.keep(&mut state).await?;
        let refresh = blocking(move || vault.read()).await?.ok_or(SessionError::SignIn)?;
        let tokens = tokens::renew(&self.http, &self.provider, &refresh).await.map_err(judged)?;
        state.unkept = tokens.refresh;
        failpoint!("renewed");
        self.keep(&mut state).await?;
        failpoint!("renewal_kept");
        state.access = Some(tokens.access.clone());
        Ok(tokens.access)
    }

    /// Puts the new refresh token into the vault; if that fails it stays here and the next renewal begins with it.
    async fn keep(&self, state: &mut State) -> Result<(), VaultError> {
        let (Some(token), Some(vault)) = (state.unkept.clone(), self.vault.clone()) else { return Ok(()) };
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
