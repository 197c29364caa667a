//! SIP accounts: create, change, remove, choose the default. Passwords go to the secret store and nowhere else.

use std::path::Path;
use std::sync::Arc;

use agent_api::account::{AccountView, Ice, SaveAccount, Transport};
use agent_api::call::DialOrigin;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::AccountId;
use agent_api::pbx::PbxCode;
use sip_stack::ua::Secret;

use crate::agent::Agent;
use crate::desk::{Ask, Input, Reply, certificates};
use crate::link::LinkContext;
use crate::party;
use crate::pbx;
use crate::port::clock::{Ids, RandomIds};
use crate::port::practice::PRACTICE_LINE;
use crate::port::secret::{Entry, SecretError, SecretStore};
use crate::settings::{Account, Settings, SettingsError, is_server};

impl Agent {
    pub(crate) async fn do_save_account(&self, request: SaveAccount) -> Result<AccountView, ApiError> {
        check(&request)?;
        let id = request.id.unwrap_or_else(|| AccountId(RandomIds.next(self.inner.clock.now().utc_ms)));
        self.check_files(&request).await?;
        if request.id.is_some() {
            // Nobody's password is stored.
            self.ask(Ask::Line(id)).await?;
        }
        let password = request.password.as_deref().filter(|password| !password.is_empty()).map(Secret::new);
        if let Some(password) = password {
            self.secrets(move |secrets| secrets.set(Entry::Password(id), &password)).await?;
        }
        let turn = request.turn_password.as_deref().filter(|password| !password.is_empty()).map(Secret::new);
        if let Some(password) = turn {
            self.secrets(move |secrets| secrets.set(Entry::Turn(id), &password)).await?;
        }
        let account = self.change_settings(|settings| {
            let place = settings.accounts.iter().position(|account| account.id == id);
            if request.id.is_some() && place.is_none() {
                return Err(ApiError::about(ErrorCode::NotFound, "account"));
            }
            let account = merged(place.map(|place| &settings.accounts[place]), id, request);
            match place {
                Some(place) => settings.accounts[place] = account.clone(),
                None => settings.accounts.push(account.clone()),
            }
            Ok(account)
        });
        self.put_line(account.await?).await
    }

    /// Whether the files of certificates that are new are where they are said to be. What is in them is seen when the line registers, and
    /// said there.
    async fn check_files(&self, request: &SaveAccount) -> Result<(), ApiError> {
        let Some(told) = request.certificates.clone() else { return Ok(()) };
        let stored =
            self.inner.settings.lock().await.now.accounts.iter().find(|one| Some(one.id) == request.id).cloned();
        let stored = stored.as_ref().map(certificates).unwrap_or_default();
        let fields = [
            ("authority", told.authority, stored.authority),
            ("own", told.own, stored.own),
            ("key", told.key, stored.key),
        ];
        let missing = move || {
            let there = |path: &String| Path::new(path).is_absolute() && Path::new(path).is_file();
            let is_missing = |new: Option<String>, old: Option<String>| {
                given(new).is_some_and(|path| Some(&path) != old.as_ref() && !there(&path))
            };
            fields.into_iter().find_map(|(field, new, old)| is_missing(new, old).then_some(field))
        };
        match tokio::task::spawn_blocking(missing).await {
            Ok(None) => Ok(()),
            Ok(Some(field)) => Err(ApiError::about(ErrorCode::Invalid, field)),
            Err(_) => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    pub(crate) async fn do_remove_account(&self, id: AccountId) -> Result<(), ApiError> {
        let removed = self.change_settings(|settings| {
            settings.accounts.retain(|account| account.id != id);
            settings.colleagues.retain(|colleague| colleague.account != id);
            Ok(())
        });
        removed.await?;
        self.tell(Input::LineGone(id));
        self.secrets(move |secrets| secrets.forget(Entry::Turn(id))).await?;
        self.secrets(move |secrets| secrets.forget(Entry::Password(id))).await
    }

    pub(crate) async fn do_default_account(&self, id: AccountId) -> Result<(), ApiError> {
        if id == PRACTICE_LINE {
            // It is the default where it is the only line, and never before a real one.
            return Err(ApiError::about(ErrorCode::WrongState, "practice"));
        }
        let moved = self.change_settings(|settings| {
            let place = settings.accounts.iter().position(|account| account.id == id);
            let place = place.ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
            let account = settings.accounts.remove(place);
            settings.accounts.insert(0, account);
            Ok(())
        });
        moved.await?;
        self.tell(Input::LinesReordered);
        Ok(())
    }

    /// Gives a line to the desk, with its password, and answers how it stands.
    pub(crate) async fn put_line(&self, account: Account) -> Result<AccountView, ApiError> {
        let id = account.id;
        let password = self.password_of(id).await;
        self.tell(Input::Line { account: Box::new(account), password });
        match self.ask(Ask::Line(id)).await? {
            Reply::Account(view) => Ok(*view),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    pub(crate) async fn password_of(&self, id: AccountId) -> Option<Secret> {
        let secrets = Arc::clone(&self.inner.secrets);
        match tokio::task::spawn_blocking(move || secrets.get(Entry::Password(id))).await {
            Ok(Ok(password)) => password,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a password could not be read");
                None
            }
            Err(_) => None,
        }
    }

    /// Changes settings, writes them and takes them over; or leaves everything as it was.
    pub(crate) async fn change_settings<T>(
        &self,
        change: impl FnOnce(&mut Settings) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let mut kept = self.inner.settings.lock().await;
        let mut settings = kept.now.clone();
        let answer = change(&mut settings)?;
        kept.file.write(&settings).map_err(|error| {
            tracing::warn!(%error, "settings are not stored");
            settings_error(&error)
        })?;
        kept.now = settings.clone();
        self.tell(Input::Settings(Box::new(settings)));
        Ok(answer)
    }

    pub(crate) async fn secrets(
        &self,
        work: impl FnOnce(&dyn SecretStore) -> Result<(), SecretError> + Send + 'static,
    ) -> Result<(), ApiError> {
        let secrets = Arc::clone(&self.inner.secrets);
        let done = tokio::task::spawn_blocking(move || work(secrets.as_ref())).await;
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the secret store refused");
                Err(ApiError::new(ErrorCode::SecretStore))
            }
            Err(_) => Err(ApiError::new(ErrorCode::Internal)),
        }
    }
}

/// The form over what the settings know and the form does not.
fn given(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn merged(old: Option<&Account>, id: AccountId, request: SaveAccount) -> Account {
    let base = old.cloned().unwrap_or_else(|| Account::new(id, "", ""));
    let files = request.certificates.unwrap_or_else(|| certificates(&base));
    let file = |path: Option<String>| given(path).map(Into::into);
    Account {
        label: request.label.trim().to_owned(),
        display_name: request.display_name.trim().to_owned(),
        user: request.user.trim().to_owned(),
        domain: request.domain.trim().to_owned(),
        auth_user: given(request.auth_user),
        transport: request.transport,
        port: request.port,
        proxy: given(request.proxy),
        srtp: request.srtp,
        srtp_keys: request.srtp_keys,
        rtcp_mux: request.rtcp_mux,
        ice: Ice {
            on: request.ice.on,
            stun: given(request.ice.stun),
            turn: given(request.ice.turn),
            turn_user: given(request.ice.turn_user),
        },
        dtmf: request.dtmf,
        auto_answer: request.auto_answer,
        voicemail: given(request.voicemail),
        tls_ca: file(files.authority),
        tls_certificate: file(files.own),
        tls_key: file(files.key),
        publish: request.publish.unwrap_or(base.publish),
        record: request.record.unwrap_or(base.record),
        profile: request.profile.unwrap_or(base.profile.clone()),
        own_codes: request.own_codes.unwrap_or(base.own_codes.clone()),
        codecs: if request.codecs.is_empty() { base.codecs.clone() } else { request.codecs },
        ..base
    }
}

fn check(request: &SaveAccount) -> Result<(), ApiError> {
    let user = request.user.trim();
    let domain = request.domain.trim();
    for (field, text) in [("user", user), ("domain", domain)] {
        if text.is_empty() {
            return Err(ApiError::about(ErrorCode::Required, field));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '@' | '<' | '>' | '"' | '/' | ';')) {
            return Err(ApiError::about(ErrorCode::Invalid, field));
        }
    }
    if request.codecs.iter().any(|codec| !["opus", "g722", "pcma", "pcmu"].contains(&codec.as_str())) {
        return Err(ApiError::about(ErrorCode::Invalid, "codecs"));
    }
    if request.port == Some(0) {
        return Err(ApiError::about(ErrorCode::Invalid, "port"));
    }
    for (field, server) in [("stun", &request.ice.stun), ("turn", &request.ice.turn)] {
        if !server.as_deref().map(str::trim).is_none_or(|server| server.is_empty() || is_server(server)) {
            return Err(ApiError::about(ErrorCode::Invalid, field));
        }
    }
    let home = LinkContext { country: "", own_domains: &[], allowed_domains: &[] };
    let dialled = |number: &str| party::read_target(number, DialOrigin::Keypad, &home).is_ok();
    if !request.voicemail.as_deref().map(str::trim).is_none_or(|number| number.is_empty() || dialled(number)) {
        return Err(ApiError::about(ErrorCode::Invalid, "voicemail"));
    }
    if request.profile.as_ref().is_some_and(|id| !pbx::profiles().iter().any(|profile| profile.id == *id)) {
        return Err(ApiError::about(ErrorCode::Invalid, "profile"));
    }
    let wrong = |(code, text): &(&PbxCode, &String)| **code == PbxCode::Voicemail || !pbx::is_own(**code, text);
    if let Some((code, _)) = request.own_codes.iter().flatten().find(wrong) {
        return Err(ApiError::about(ErrorCode::Invalid, code.name()));
    }
    if !request.proxy.as_deref().is_none_or(|proxy| leads(proxy.trim(), request.transport)) {
        return Err(ApiError::about(ErrorCode::Invalid, "proxy"));
    }
    Ok(())
}

/// A WebSocket is found by a URL of its own kind, so that nobody is led from `wss` to `ws`.
fn leads(proxy: &str, transport: Transport) -> bool {
    let lower = proxy.to_ascii_lowercase();
    match transport {
        Transport::Ws => proxy.is_empty() || lower.starts_with("ws://"),
        Transport::Wss => proxy.is_empty() || lower.starts_with("wss://"),
        Transport::Udp | Transport::Tcp | Transport::Tls => !lower.starts_with("ws://") && !lower.starts_with("wss://"),
    }
}

fn settings_error(error: &SettingsError) -> ApiError {
    match error {
        SettingsError::NotToml { .. } => ApiError::about(ErrorCode::Conflict, "settings"),
        SettingsError::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            ApiError::new(ErrorCode::DiskFull)
        }
        SettingsError::Io(_) => ApiError::about(ErrorCode::Internal, "settings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_websocket_is_led_to_by_a_url_of_its_own_kind() {
        for (transport, proxy, taken) in [
            (Transport::Wss, "wss://pbx.example:8089/ws", true),
            (Transport::Wss, "", true),
            (Transport::Wss, "ws://pbx.example/ws", false),
            (Transport::Wss, "sip:pbx.example", false),
            (Transport::Ws, "WS://pbx.example/ws", true),
            (Transport::Ws, "wss://pbx.example/ws", false),
            (Transport::Tls, "wss://pbx.example/ws", false),
            (Transport::Udp, "pbx.example:5070", true),
        ] {
            assert_eq!(leads(proxy, transport), taken, "{transport:?} {proxy}");
        }
    }
}
