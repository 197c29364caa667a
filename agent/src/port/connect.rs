//! Ways to companies' CRMs: signing in, and the connectors themselves.
//!
//! ```text
//! begin ─► Begun{ url ─► browser, finish } ─► Joined{ way, marker }     signed in by a person
//! open  ─► Way                                                         signed in by what the secret store keeps
//! ```

use std::sync::Arc;
use std::time::Duration;

use agent_api::connection::{ConnectFault, ConnectPages};
use agent_api::connection_setup::{DescriptionFile, DescriptionFlaw, DescriptionView, ShippedDescription};
use agent_api::network::{AuthorityView, Network, NetworkFault};
use crm::connector::{Abilities, Connector, Directory, Fault, Pull};

use super::practice::Pending;
use crate::settings::Connection;

/// A connection that can be used.
#[derive(Clone)]
pub struct Way {
    /// Is asked for people.
    pub directory: Arc<dyn Directory>,
    /// The same, where calls go there too; none for a phone book.
    pub connector: Option<Arc<dyn Connector>>,
    /// When the token in use ends, if the CRM told: in how long from now.
    pub token_left: Arc<dyn Fn() -> Option<Duration> + Send + Sync>,
    /// Ends the grant of the sign-in at the vendor's, and says whether the vendor confirmed it; none where a key lets in.
    pub revoke: Option<Revoke>,
    /// Copies its people; none where that cannot be done.
    pub copying: Option<Copying>,
}

/// Tells what changed among people, to be copied.
#[derive(Clone)]
pub struct Copying {
    /// The source.
    pub pull: Arc<dyn Pull>,
    /// ISO 3166 region in which numbers without country code are meant.
    pub country: String,
}

impl Way {
    /// To a CRM that a key lets into.
    pub fn to_crm(connector: Arc<dyn Connector>) -> Self {
        Self { connector: Some(Arc::clone(&connector)), ..Self::to_phone_book(connector) }
    }

    /// To people who can be looked for, and no more.
    pub fn to_phone_book(directory: Arc<dyn Directory>) -> Self {
        Self { directory, connector: None, token_left: Arc::new(|| None), revoke: None, copying: None }
    }

    /// The same, with people that are copied.
    #[must_use]
    pub fn copied(self, pull: Arc<dyn Pull>, country: &str) -> Self {
        Self { copying: Some(Copying { pull, country: country.to_owned() }), ..self }
    }

    /// What it can do.
    pub fn abilities(&self) -> Abilities {
        let phone_book = Abilities { people: true, ..Abilities::default() };
        self.connector.as_ref().map_or(phone_book, |connector| connector.abilities())
    }
}

/// Ends a grant at the vendor's.
pub type Revoke = Arc<dyn Fn() -> Pending<'static, bool> + Send + Sync>;

/// A connection that somebody has just signed in.
pub struct Joined {
    /// The connection; its tokens are in the secret store.
    pub way: Way,
    /// Name of the organisation's unique field for our mark, if it has one; kept in the settings.
    pub marker: Option<String>,
    /// The server that tokens come from, where the sign-in chose among the vendor's own; kept in the settings.
    pub token_server: Option<String>,
}

/// A sign-in that has begun: what the answer comes back to is ours already.
pub struct Begun {
    /// What the system's browser opens; none where nobody has to say anything.
    pub url: Option<String>,
    /// Waits for the person, then for the tokens. Dropped, it lets go of everything.
    pub finish: Pending<'static, Result<Joined, ConnectFault>>,
}

/// Makes connections of their settings. Secrets are those of the secret store under the connection's id.
pub trait Connect: Send + Sync {
    /// A connection that was signed in earlier; asks nobody. `country` is the region of numbers without a country code.
    ///
    /// # Errors
    /// The settings or the secret do not make one.
    fn open(&self, connection: &Connection, country: &str) -> Result<Way, ConnectFault>;

    /// Requests go out like this from now on; `has_login` says that the secret store knows what a proxy is told.
    ///
    /// # Errors
    /// The settings make no way out; the one that there was stays.
    fn go_out(&self, network: &Network, has_login: bool) -> Result<(), NetworkFault>;

    /// Whether these settings would make a way out at `now_ms` (UTC), and whether the script of them is reached now.
    ///
    /// # Errors
    /// They would not.
    fn judge<'a>(&'a self, network: &'a Network, now_ms: i64) -> Pending<'a, Result<bool, NetworkFault>>;

    /// Who stands in the certificates of the settings.
    fn authorities(&self, network: &Network) -> Vec<AuthorityView>;

    /// The descriptions of CRMs that come with the program.
    fn descriptions(&self) -> Vec<ShippedDescription>;

    /// What a description asks for.
    ///
    /// # Errors
    /// The first thing that is wrong in the file.
    fn read_description(&self, file: &DescriptionFile) -> Result<DescriptionView, DescriptionFlaw>;

    /// Begins to sign in; the person has `limit`.
    fn begin<'a>(
        &'a self,
        connection: &'a Connection,
        country: &'a str,
        pages: ConnectPages,
        limit: Duration,
    ) -> Pending<'a, Result<Begun, ConnectFault>>;
}

/// What a connector's fault is for a sign-in, a check or a lookup.
pub fn fault_of(fault: &Fault) -> ConnectFault {
    match fault {
        Fault::SignIn => ConnectFault::SignIn,
        Fault::Limit { .. } => ConnectFault::Limit,
        Fault::Busy { .. } => ConnectFault::Busy,
        Fault::Unreachable | Fault::Lost => ConnectFault::NotReached,
        Fault::ProxySignIn => ConnectFault::ProxySignIn,
        Fault::Forbidden { code } | Fault::Invalid { code, .. } => ConnectFault::Forbidden { code: code.clone() },
        Fault::NotFound | Fault::NotOffered => ConnectFault::NotOffered,
        Fault::Duplicate { .. } | Fault::Stale | Fault::NotUnderstood => ConnectFault::NotUnderstood,
    }
}

/// No ways anywhere, for programs that offer none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoConnect;

impl Connect for NoConnect {
    fn open(&self, _: &Connection, _: &str) -> Result<Way, ConnectFault> {
        Err(ConnectFault::NotOffered)
    }

    fn go_out(&self, _: &Network, _: bool) -> Result<(), NetworkFault> {
        Ok(())
    }

    fn judge<'a>(&'a self, _: &'a Network, _: i64) -> Pending<'a, Result<bool, NetworkFault>> {
        Box::pin(std::future::ready(Ok(true)))
    }

    fn authorities(&self, _: &Network) -> Vec<AuthorityView> {
        Vec::new()
    }

    fn descriptions(&self) -> Vec<ShippedDescription> {
        Vec::new()
    }

    fn read_description(&self, _: &DescriptionFile) -> Result<DescriptionView, DescriptionFlaw> {
        Err(DescriptionFlaw { line: 1, key: "file".to_owned(), what: "this program reads no descriptions".to_owned() })
    }

    fn begin<'a>(
        &'a self,
        _: &'a Connection,
        _: &'a str,
        _: ConnectPages,
        _: Duration,
    ) -> Pending<'a, Result<Begun, ConnectFault>> {
        Box::pin(std::future::ready(Err(ConnectFault::NotOffered)))
    }
}
