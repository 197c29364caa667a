//! Connections to CRMs: set up, sign in, check, sign out. Tokens and keys go to the secret store and nowhere else.

use std::sync::Arc;
use std::time::Duration;

use agent_api::connection::{
    CheckView, Connect, ConnectFault, ConnectionView, Disconnect, Disconnected, IdentityView, MoveConnection,
    SaveConnection, UseCallResults,
};
use agent_api::connection_setup::ConnectionSetup;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::ConnectionId;
use crm::connector::{Fault, Identity};
use failpoint::failpoint;
use sip_stack::ua::Secret;
use tokio::sync::oneshot;

use crate::agent::Agent;
use crate::desk::Input;
use crate::port::clock::{Ids, RandomIds};
use crate::port::connect::{Joined, fault_of};
use crate::port::secret::Entry;
use crate::settings::Connection;
use crate::settings::connection::{key, merged, moved};

/// How long the browser is waited for.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(10 * 60);
/// How long a vendor may take to end a grant: the person waits for it.
const REVOKE_LIMIT: Duration = Duration::from_secs(5);

impl Agent {
    /// Opens what was signed in when the program ended; asks nobody.
    pub(crate) async fn take_connections(&self) {
        let connections = self.inner.settings.lock().await.now.connections.clone();
        self.forget_strangers(&connections).await;
        for connection in connections {
            let has_secret = self.has_key(&connection).await;
            let signed_in = connection.signed_in;
            self.inner.connections.put(connection.clone(), has_secret);
            if signed_in {
                self.open_again(&connection).await;
            }
        }
    }

    /// People of a connection that somebody took out of the settings by hand are not known any more; what is left of them is
    /// overwritten when the store is next looked after.
    async fn forget_strangers(&self, connections: &[Connection]) {
        let known = connections.iter().filter(|one| one.signed_in).map(Connection::key).collect::<Vec<_>>();
        if let Err(error) = self.inner.store.run(move |store| store.keep_copies_of(&known)).await {
            tracing::warn!(%error, "copied people of connections that are gone stay for now");
        }
    }

    pub(crate) async fn do_save_connection(&self, request: SaveConnection) -> Result<ConnectionView, ApiError> {
        let id = request.id.unwrap_or_else(|| ConnectionId(RandomIds.next(self.inner.clock.now().utc_ms)));
        let old = self.inner.connections.settings(id);
        if request.id.is_some() && old.is_none() {
            return Err(ApiError::about(ErrorCode::NotFound, "connection"));
        }
        let request = self.filled(request)?;
        let made = merged(old.as_ref(), id, &request)?;
        let leads_elsewhere = old.as_ref().is_some_and(|old| old.setup != made.setup);
        if leads_elsewhere && old.is_some_and(|old| old.signed_in) {
            self.sign_out(id, false).await?;
        }
        let secret = request.secret.as_deref().map(str::trim).filter(|secret| !secret.is_empty());
        let has_new = secret.is_some();
        if let Some(secret) = secret.map(Secret::new) {
            self.secrets(move |secrets| secrets.set(Entry::Key(id), &secret)).await?;
        } else if leads_elsewhere && made.secret_lets_in() {
            // Nobody's secret goes to another server than the one that it was given for.
            self.secrets(move |secrets| secrets.forget(Entry::Key(id))).await?;
        }
        self.keep_connection(made.clone()).await?;
        let has_secret = has_new || self.has_key(&made).await;
        self.inner.connections.put(made.clone(), has_secret);
        if has_new && made.signed_in {
            self.open_again(&made).await;
        }
        let view = self.inner.connections.views().into_iter().find(|view| view.id == id);
        view.ok_or(ApiError::new(ErrorCode::Internal))
    }

    pub(crate) async fn do_move_connection(&self, request: MoveConnection) -> Result<(), ApiError> {
        let (id, place) = (request.connection, request.place as usize);
        self.inner.connections.settings(id).ok_or(ApiError::about(ErrorCode::NotFound, "connection"))?;
        self.put_settings(|list| moved(list, |one| one.id == id, place)).await?;
        self.inner.connections.order(id, place);
        Ok(())
    }

    /// Answers when the browser is open; why it is not is told with the connection.
    pub(crate) async fn do_connect(&self, request: Connect) -> Result<(), ApiError> {
        let (id, connections) = (request.connection, &self.inner.connections);
        let connection = connections.settings(id).ok_or(ApiError::about(ErrorCode::NotFound, "connection"))?;
        let country = self.country().await;
        // An earlier try holds the port.
        connections.not_signing(id, None);
        let begun = connections.connect.begin(&connection, &country, request.pages, SIGN_IN_LIMIT).await;
        let begun = match begun {
            Ok(begun) => begun,
            Err(fault) => {
                connections.not_signing(id, Some(fault));
                return Ok(());
            }
        };
        let (go, noted) = oneshot::channel::<()>();
        let weak = Arc::downgrade(&self.inner);
        let finish = begun.finish;
        let task = tokio::spawn(async move {
            // An error says that nobody waits for it any more.
            if noted.await.is_err() {
                return;
            }
            let joined = finish.await;
            if let Some(inner) = weak.upgrade() {
                Self { inner }.joined(id, joined).await;
            }
        });
        connections.signing(id, task.abort_handle());
        // The task is there: it waits for exactly this.
        let _ = go.send(());
        if let Some(url) = begun.url
            && self.open(url).await.is_err()
        {
            connections.not_signing(id, Some(ConnectFault::NoBrowser));
        }
        Ok(())
    }

    pub(crate) async fn do_cancel_connect(&self, id: ConnectionId) -> Result<(), ApiError> {
        let connections = &self.inner.connections;
        connections.not_signing(id, None);
        match connections.settings(id) {
            Some(settings) if !settings.signed_in => {
                self.secrets(move |secrets| secrets.forget(Entry::Token(id))).await
            }
            _ => Ok(()),
        }
    }

    pub(crate) async fn do_check_connection(&self, id: ConnectionId) -> Result<CheckView, ApiError> {
        let connections = &self.inner.connections;
        let connection = connections.settings(id).ok_or(ApiError::about(ErrorCode::NotFound, "connection"))?;
        let Some(way) = connections.way(id) else {
            return Ok(CheckView::Failed { fault: ConnectFault::SignIn });
        };
        match way.directory.check().await {
            Ok(identity) => {
                let identity = identity_view(identity);
                if connection.signed_in && connection.identity.as_ref() != Some(&identity) {
                    let connection = Connection { identity: Some(identity.clone()), ..connection };
                    self.keep_connection(connection.clone()).await?;
                    connections.with(id, |live| live.settings = connection);
                }
                connections.with(id, |live| (live.failure, live.trouble) = (None, None));
                connections.send_now(id);
                Ok(CheckView::Correct { identity })
            }
            Err(fault) => {
                let fault = fault_of(&fault);
                let told = Some(fault.clone());
                connections.with(id, |live| (live.failure, live.trouble) = (told.clone(), told));
                Ok(CheckView::Failed { fault })
            }
        }
    }

    pub(crate) fn do_send_now(&self, id: ConnectionId) -> Result<(), ApiError> {
        let sends = self.inner.connections.send_now(id);
        if sends { Ok(()) } else { Err(ApiError::about(ErrorCode::WrongState, "signed_out")) }
    }

    pub(crate) async fn do_use_call_results(&self, request: UseCallResults) -> Result<(), ApiError> {
        let connections = &self.inner.connections;
        let old = connections.settings(request.connection).ok_or(ApiError::about(ErrorCode::NotFound, "connection"))?;
        let made = Connection { call_results: request.on, ..old };
        self.keep_connection(made.clone()).await?;
        let has_secret = self.has_key(&made).await;
        connections.put(made, has_secret);
        Ok(())
    }

    pub(crate) async fn do_disconnect(&self, request: Disconnect) -> Result<Disconnected, ApiError> {
        let id = request.connection;
        let connection =
            self.inner.connections.settings(id).ok_or(ApiError::about(ErrorCode::NotFound, "connection"))?;
        let revoked = self.sign_out(id, request.confirmed).await?;
        let kept = self.put_settings(|list| {
            if request.forget {
                list.retain(|one| one.id != id);
            } else if let Some(one) = list.iter_mut().find(|one| one.id == id) {
                *one = one.clone().signed_out();
            }
        });
        kept.await?;
        if request.forget || connection.secret_lets_in() {
            self.secrets(move |secrets| secrets.forget(Entry::Key(id))).await?;
        }
        if request.forget {
            self.inner.connections.remove(id);
        } else {
            let has_secret = self.has_key(&connection).await;
            self.inner.connections.put(connection.signed_out(), has_secret);
        }
        Ok(Disconnected { revoked })
    }

    /// Stops what goes there, ends the grant at the vendor's, and forgets tokens and people. What waits stays here, if that was
    /// agreed. Whether the vendor confirmed the end, where there was a grant.
    async fn sign_out(&self, id: ConnectionId, confirmed: bool) -> Result<Option<bool>, ApiError> {
        let counts = self.books(move |store| store.push_counts(&key(id))).await?;
        if counts.waiting + counts.unknown + counts.stuck > 0 && !confirmed {
            return Err(ApiError::about(ErrorCode::Conflict, "waiting"));
        }
        let revoke = self.inner.connections.way(id).and_then(|way| way.revoke);
        self.inner.connections.leave(id).await;
        failpoint!("left");
        let revoked = match revoke {
            Some(revoke) => Some(tokio::time::timeout(REVOKE_LIMIT, revoke()).await.unwrap_or(false)),
            None => None,
        };
        failpoint!("revoked");
        self.secrets(move |secrets| secrets.forget(Entry::Token(id))).await?;
        failpoint!("token_forgotten");
        self.forget_records(id).await?;
        failpoint!("queue_kept_here");
        self.pushes_changed().await;
        self.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Contacts))));
        Ok(revoked)
    }

    /// What waits for a connection stays here; its people are not known any more, and what is left of them is overwritten.
    async fn forget_records(&self, id: ConnectionId) -> Result<(), ApiError> {
        self.books(move |store| store.forget_connector(&key(id))).await?;
        if let Err(error) = self.inner.store.run(|store| store.scrub()).await {
            tracing::warn!(%error, "what is left of copied people is overwritten later");
        }
        Ok(())
    }

    /// A sign-in is over.
    async fn joined(&self, id: ConnectionId, joined: Result<Joined, ConnectFault>) {
        let connections = &self.inner.connections;
        let joined = match joined {
            Ok(joined) => joined,
            Err(fault) => return connections.not_signing(id, Some(fault)),
        };
        let identity = match joined.way.directory.check().await {
            Ok(identity) => Some(identity_view(identity)),
            // The tokens are good; who it is comes later.
            Err(Fault::Busy { .. } | Fault::Limit { .. } | Fault::Unreachable | Fault::ProxySignIn | Fault::Lost) => {
                None
            }
            Err(fault) => {
                self.drop_token(id).await;
                return connections.not_signing(id, Some(fault_of(&fault)));
            }
        };
        if let Err(error) = self.take_joined(id, joined, identity).await {
            tracing::warn!(?error, "a sign-in is not kept");
            self.drop_token(id).await;
            connections.not_signing(id, Some(ConnectFault::System));
        }
    }

    async fn take_joined(
        &self,
        id: ConnectionId,
        joined: Joined,
        identity: Option<IdentityView>,
    ) -> Result<(), ApiError> {
        let Some(old) = self.inner.connections.settings(id) else { return Ok(()) };
        let organisation = |identity: &Option<IdentityView>| identity.as_ref().and_then(|one| one.organisation.clone());
        let (before, now) = (organisation(&old.identity), organisation(&identity));
        if before.is_some() && now.is_some() && before != now {
            // What waits for one organisation is not told to another, and its people are not there.
            self.inner.connections.leave(id).await;
            self.forget_records(id).await?;
        }
        let Joined { way, marker, token_server } = joined;
        let connection = Connection { signed_in: true, identity, marker, token_server, ..old };
        self.keep_connection(connection.clone()).await?;
        self.inner.connections.with(id, |live| live.settings = connection);
        self.inner.connections.take_way(id, way, &self.country().await).await;
        self.pushes_changed().await;
        Ok(())
    }

    async fn drop_token(&self, id: ConnectionId) {
        // A token that stays is of no use without the setting that says so.
        let _ = self.secrets(move |secrets| secrets.forget(Entry::Token(id))).await;
    }

    /// A way by what the secret store keeps.
    async fn open_again(&self, connection: &Connection) {
        let (id, country) = (connection.id, self.country().await);
        let (connect, settings) = (Arc::clone(&self.inner.connections.connect), connection.clone());
        let region = country.clone();
        let opened = tokio::task::spawn_blocking(move || connect.open(&settings, &region)).await;
        match opened.unwrap_or(Err(ConnectFault::System)) {
            Ok(way) => self.inner.connections.take_way(id, way, &country).await,
            Err(fault) => {
                tracing::warn!(?fault, "a connection does not open");
                self.inner.connections.trouble(id, Some(fault));
            }
        }
    }

    /// Directories learn whom the settings trust.
    pub(crate) async fn open_phone_books(&self) {
        let connections = self.inner.settings.lock().await.now.connections.clone();
        for connection in connections.iter().filter(|one| one.signed_in) {
            if matches!(connection.setup, ConnectionSetup::Ldap { .. }) {
                self.open_again(connection).await;
            }
        }
    }

    async fn has_key(&self, connection: &Connection) -> bool {
        if !connection.wants_secret() {
            return false;
        }
        let (id, secrets) = (connection.id, Arc::clone(&self.inner.secrets));
        matches!(tokio::task::spawn_blocking(move || secrets.get(Entry::Key(id))).await, Ok(Ok(Some(_))))
    }

    /// Writes one connection into the settings.
    async fn keep_connection(&self, connection: Connection) -> Result<(), ApiError> {
        let put = self.put_settings(|list| match list.iter_mut().find(|one| one.id == connection.id) {
            Some(one) => *one = connection,
            None => list.push(connection),
        });
        put.await
    }

    async fn put_settings(&self, change: impl FnOnce(&mut Vec<Connection>)) -> Result<(), ApiError> {
        let changed = self.change_settings(|settings| {
            change(&mut settings.connections);
            Ok(())
        });
        changed.await
    }
}

fn identity_view(identity: Identity) -> IdentityView {
    let short = |text: &str| crm::text::clean_label(text).unwrap_or_default();
    IdentityView { user: short(&identity.user), organisation: identity.organisation.as_deref().map(short) }
}
