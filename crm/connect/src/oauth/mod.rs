//! Signing in with a browser: OAuth 2.0 authorization code with PKCE (RFC 6749 §4.1, RFC 7636) and a redirect to this machine
//! (RFC 8252 §7.3), and a session that renews itself.
//!
//! ```text
//! SignIn::begin ── binds the port, then ──► url() ──► browser ──► vendor ──► localhost:port/callback
//!       └─ finish: one answer with our state ─► token request ─► Tokens ─► Session
//! ```

mod callback;
mod pkce;
mod session;
mod tokens;

use std::time::Duration;

use url::Url;

use crate::http::{self, is_loopback};
use crate::secret::Secret;

pub use callback::Pages;
pub(crate) use session::Anew;
pub use session::{Session, SessionError, Vault, VaultError};
pub(crate) use tokens::code_of;
pub use tokens::{AccessToken, TokenError, Tokens};

use callback::{Callback, Said};
use pkce::Pkce;

/// How a vendor ends a grant.
#[derive(Clone, Debug)]
pub enum Revocation {
    /// The refresh token is posted here (RFC 7009).
    Posted(Url),
    /// What lies here under the refresh token's own name is deleted.
    Deleted(Url),
}

impl Revocation {
    fn address(&self) -> &Url {
        match self {
            Self::Posted(url) | Self::Deleted(url) => url,
        }
    }

    fn address_mut(&mut self) -> &mut Url {
        match self {
            Self::Posted(url) | Self::Deleted(url) => url,
        }
    }
}

/// How a vendor signs in, as its documentation fixes it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Where the browser goes.
    pub authorize: Url,
    /// Where tokens are asked for. It comes from a list in the program or from an administrator, never from an answer.
    pub token: Url,
    /// Where and how a grant is ended, if the vendor has that.
    pub revoke: Option<Revocation>,
    /// The client's public name at the vendor.
    pub client_id: String,
    /// Its secret, where the vendor insists on one.
    pub client_secret: Option<Secret>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// Parameters of the vendor's own for [`Self::authorize`].
    pub extra: Vec<(String, String)>,
    /// Path of the redirect, such as `/callback`.
    pub redirect_path: String,
    /// Ports of the redirect that are registered at the vendor, in order of liking; 0 means any.
    pub redirect_ports: Vec<u16>,
    /// Domains that an answer may name for the records: the domain itself and what lies below it.
    pub record_domains: Vec<String>,
    /// Hosts that the answer in the browser may choose for tokens, where a vendor has several data centres: its own, all of them.
    pub token_hosts: Vec<String>,
}

/// Why a sign-in did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// An address of the provider is neither https nor on this machine.
    #[error("the address is not safe")]
    UnsafeAddress,
    /// All ports of the redirect are taken by other programs; the browser was not opened.
    #[error("the port is taken")]
    PortTaken,
    /// The system gives no random numbers, no socket or no client.
    #[error("the system refuses")]
    System,
    /// The vendor answered that the person or the organisation does not want it; the vendor's code.
    #[error("denied: {0}")]
    Denied(String),
    /// Nobody came back in time. `strangers` visits had another state, path or method and were turned away.
    #[error("nobody came back")]
    TimedOut {
        /// Visits that were turned away.
        strangers: u32,
    },
    /// The vendor gave no tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// A sign-in that waits for the browser.
#[derive(Debug)]
pub struct SignIn {
    provider: Provider,
    pkce: Pkce,
    callback: Callback,
}

/// A sign-in that succeeded.
#[derive(Debug)]
pub struct SignedIn {
    /// The tokens.
    pub tokens: Tokens,
    /// How to go on: the provider, at the server that was chosen.
    pub provider: Provider,
    /// Visits that were turned away meanwhile: another program or page tried to answer.
    pub strangers: u32,
}

impl SignIn {
    /// Takes the port. Only then may the browser be opened: nobody else can be listening there.
    ///
    /// # Errors
    /// An unsafe address, a taken port, or the system refuses.
    pub async fn begin(provider: Provider) -> Result<Self, SignInError> {
        if !provider.is_safe() {
            return Err(SignInError::UnsafeAddress);
        }
        let pkce = Pkce::new().ok_or(SignInError::System)?;
        let callback = Callback::bind(&provider.redirect_ports, &provider.redirect_path, pkce.state()).await?;
        Ok(Self { provider, pkce, callback })
    }

    /// What the browser opens.
    pub fn url(&self) -> Url {
        let mut url = self.provider.authorize.clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.provider.client_id)
                .append_pair("redirect_uri", &self.callback.address())
                .append_pair("state", self.pkce.state())
                .append_pair("code_challenge", &self.pkce.challenge())
                .append_pair("code_challenge_method", "S256");
            if !self.provider.scopes.is_empty() {
                query.append_pair("scope", &self.provider.scopes.join(" "));
            }
            for (name, value) in &self.provider.extra {
                query.append_pair(name, value);
            }
        }
        url
    }

    /// Waits for the browser and asks for tokens. The port is free again when it returns.
    ///
    /// # Errors
    /// Denied, timed out, or no tokens.
    pub async fn finish(self, pages: Pages, limit: Duration) -> Result<SignedIn, SignInError> {
        let Self { mut provider, pkce, callback } = self;
        let redirect = callback.address();
        let (said, strangers) = callback.wait(&pages, limit).await;
        let code = match said {
            Some(Said::Code { code, server }) => {
                if let Some(server) = server.filter(|_| !provider.token_hosts.is_empty()) {
                    provider.choose(&server)?;
                }
                code
            }
            Some(Said::Denied(code)) => return Err(SignInError::Denied(code)),
            None => return Err(SignInError::TimedOut { strangers }),
        };
        let http = http::client().map_err(|_| SignInError::System)?;
        let tokens = tokens::exchange(&http, &provider, &code, &redirect, pkce.verifier()).await?;
        Ok(SignedIn { tokens, provider, strangers })
    }
}

impl Provider {
    /// Secrets travel over https, or stay on this machine.
    fn is_safe(&self) -> bool {
        [&self.authorize, &self.token]
            .into_iter()
            .chain(self.revoke.as_ref().map(Revocation::address))
            .all(|url| url.scheme() == "https" || self.is_local(url))
    }

    /// The vendor says in the browser at which of its servers the code is good: one of the list, and nothing but a server.
    fn choose(&mut self, server: &str) -> Result<(), SignInError> {
        let server = Url::parse(server).map_err(|_| SignInError::Token(TokenError::ForeignAddress))?;
        let bare = server.path() == "/" && server.query().is_none() && server.username().is_empty();
        let known = server.host_str().is_some_and(|host| self.token_hosts.iter().any(|one| one == host));
        let vendor = known && server.scheme() == "https" && server.port().is_none();
        let here = self.is_local(&server) && self.is_local(&self.token);
        if !bare || !(vendor || here) {
            return Err(SignInError::Token(TokenError::ForeignAddress));
        }
        for own in [&mut self.token].into_iter().chain(self.revoke.as_mut().map(Revocation::address_mut)) {
            let mut moved = server.clone();
            moved.set_path(own.path());
            *own = moved;
        }
        Ok(())
    }

    fn is_local(&self, url: &Url) -> bool {
        url.scheme() == "http" && is_loopback(url)
    }

    /// Whether an answer may send us to this address for records. An address of this machine only if the provider is there.
    pub(crate) fn may_keep_records(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let known = self.record_domains.iter().any(|domain| {
            host == domain || host.strip_suffix(domain.as_str()).is_some_and(|below| below.ends_with('.'))
        });
        known && (url.scheme() == "https" || (self.is_local(url) && self.is_local(&self.token)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(token: &str) -> Provider {
        Provider {
            authorize: Url::parse("https://login.example.com/authorize").unwrap(),
            token: Url::parse(token).unwrap(),
            revoke: Some(Revocation::Posted(Url::parse("https://login.example.com/revoke").unwrap())),
            client_id: "timbre".into(),
            client_secret: None,
            scopes: vec![],
            extra: vec![],
            redirect_path: "/callback".into(),
            redirect_ports: vec![0],
            record_domains: vec!["example.com".into(), "localhost".into()],
            token_hosts: vec!["login.example.com".into(), "login.example.eu".into()],
        }
    }

    #[test]
    fn secrets_travel_encrypted_or_not_at_all() {
        for (address, safe) in [
            ("https://login.example.com/token", true),
            ("http://login.example.com/token", false),
            ("http://localhost:9/token", true),
            ("http://127.0.0.1:9/token", true),
            ("http://localhost.example.com/token", false),
        ] {
            assert_eq!(provider(address).is_safe(), safe, "{address}");
        }
    }

    #[test]
    fn an_answer_chooses_only_among_known_servers() {
        for (server, chosen) in [
            ("https://login.example.eu", Some("https://login.example.eu/token")),
            ("https://login.example.com/", Some("https://login.example.com/token")),
            ("https://login.example.eu.evil.net", None),
            ("https://evil.net/login.example.eu", None),
            ("https://login.example.eu/elsewhere", None),
            ("https://login.example.eu:8443", None),
            ("https://a@login.example.eu", None),
            ("http://login.example.eu", None),
            ("http://localhost:1", None),
            ("login.example.eu", None),
        ] {
            let mut vendor = provider("https://login.example.com/token");
            let told = vendor.choose(server);
            assert_eq!(told.is_ok(), chosen.is_some(), "{server}");
            assert_eq!(vendor.token.as_str(), chosen.unwrap_or("https://login.example.com/token"), "{server}");
            assert_eq!(
                vendor.revoke.unwrap().address().host(),
                vendor.token.host(),
                "a grant is ended where it was given"
            );
        }
    }

    #[test]
    fn an_answer_chooses_only_among_known_domains() {
        let vendor = provider("https://login.example.com/token");
        for (address, known) in [
            ("https://org.my.example.com", true),
            ("https://example.com/", true),
            ("http://org.my.example.com", false),
            ("https://evilexample.com", false),
            ("https://example.com.evil.net", false),
            ("https://user@evil.net", false),
            ("http://localhost:1", false),
        ] {
            assert_eq!(vendor.may_keep_records(&Url::parse(address).unwrap()), known, "{address}");
        }
        let here = provider("http://localhost:9/token");
        assert!(here.may_keep_records(&Url::parse("http://localhost:1").unwrap()));
    }
}
