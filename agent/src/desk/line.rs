//! The lines: accounts with their registration.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use agent_api::account::{AccountView, Certificates, Registration, Srtp, SrtpKeys, Transport};
use agent_api::call::EndCause;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::EventBody;
use agent_api::id::AccountId;
use agent_api::pbx::PbxCode;
use sip_stack::ua::{
    self, AccountConfig, CodecKind, Command, DigestMin, Event, Fingerprint, LocalDtls, MessageSummary, Secret,
    SrtpPolicy, TlsOptions,
};

use super::{Desk, Effect, Reply, mailbox};
use crate::fact::{Fact, What};
use crate::party;
use crate::pbx;
use crate::port::clock::Now;
use crate::port::practice::PRACTICE_LINE;
use crate::settings::{Account, call_center};

/// One line.
pub(super) struct Line {
    pub account: Account,
    /// Its name at the user agent.
    pub key: ua::AccountId,
    pub registration: Registration,
    pub has_password: bool,
    /// What waits for it at the exchange, where that tells.
    pub mailbox: Option<MessageSummary>,
    /// Where media of this line should listen, as far as known.
    pub local: IpAddr,
}

impl Line {
    fn view(&self, default: bool) -> AccountView {
        let account = &self.account;
        AccountView {
            id: account.id,
            label: account.label().to_owned(),
            display_name: account.display_name.clone(),
            user: account.user.clone(),
            domain: account.domain.clone(),
            auth_user: account.auth_user.clone(),
            transport: account.transport,
            port: account.port,
            proxy: account.proxy.clone(),
            srtp: account.srtp,
            srtp_keys: account.srtp_keys,
            rtcp_mux: account.rtcp_mux,
            ice: account.ice.clone(),
            dtmf: account.dtmf,
            codecs: account.codecs.clone(),
            has_password: self.has_password,
            practice: account.practice,
            default,
            echo: account.echo.clone(),
            auto_answer: account.auto_answer,
            voicemail: account.voicemail.clone(),
            certificates: certificates(account),
            publish: account.publish,
            record: account.record,
            profile: account.profile.clone(),
            own_codes: account.own_codes.clone(),
            codes: pbx::codes(account),
            mailbox: self.mailbox.as_ref().map(|told| mailbox::view(account, told)),
            registration: self.registration.clone(),
        }
    }

    /// A call can be placed on it now.
    pub fn is_usable(&self) -> bool {
        matches!(self.registration, Registration::Registered { .. }) || !self.account.register
    }

    pub fn codecs(&self) -> Vec<CodecKind> {
        self.account
            .codecs
            .iter()
            .filter_map(|name| CodecKind::ALL.into_iter().find(|kind| kind.encoding().eq_ignore_ascii_case(name)))
            .collect()
    }

    /// DTLS as this line offers it, if the machine has a certificate.
    pub fn dtls(&self, certificate: Option<&Fingerprint>) -> Option<LocalDtls> {
        let offer = self.account.srtp_keys == SrtpKeys::Dtls;
        certificate.map(|fingerprint| LocalDtls { fingerprint: fingerprint.clone(), offer })
    }

    pub fn srtp(&self) -> SrtpPolicy {
        match self.account.srtp {
            Srtp::Off => SrtpPolicy::Off,
            Srtp::Optional => SrtpPolicy::Optional,
            Srtp::Required => SrtpPolicy::Required,
        }
    }
}

/// As the interface names them.
pub fn certificates(account: &Account) -> Certificates {
    let path = |file: &Option<PathBuf>| file.as_ref().map(|file| file.to_string_lossy().into_owned());
    Certificates { authority: path(&account.tls_ca), own: path(&account.tls_certificate), key: path(&account.tls_key) }
}

/// The lines in the order of the settings; the first live one is the default.
#[derive(Default)]
pub(super) struct Lines {
    list: Vec<Line>,
    next_key: u64,
}

impl Lines {
    pub fn get(&self, account: AccountId) -> Option<&Line> {
        self.list.iter().find(|line| line.account.id == account)
    }

    pub fn by_key(&self, key: ua::AccountId) -> Option<&Line> {
        self.list.iter().find(|line| line.key == key)
    }

    pub fn label(&self, account: AccountId) -> Option<&str> {
        self.get(account).map(|line| line.account.label())
    }

    pub fn views(&self) -> Vec<AccountView> {
        let default = self.default_line().map(|line| line.account.id);
        self.list.iter().map(|line| line.view(Some(line.account.id) == default)).collect()
    }

    pub fn view(&self, account: AccountId) -> Option<AccountView> {
        self.views().into_iter().find(|view| view.id == account)
    }

    /// The first of the settings; the practice line only where there is no other.
    pub fn default_line(&self) -> Option<&Line> {
        self.list.iter().min_by_key(|line| line.account.practice)
    }

    /// The line for an emergency: one that works, the wished one first; else the default is tried although the exchange
    /// does not know us. The practice line reaches nobody who could help.
    pub fn for_emergency(&self, wished: Option<AccountId>) -> Option<&Line> {
        let real = || self.list.iter().filter(|line| !line.account.practice);
        let wished = wished.and_then(|wished| real().find(|line| line.account.id == wished && line.is_usable()));
        wished.or_else(|| real().find(|line| line.is_usable())).or_else(|| real().next())
    }

    /// The line to dial on: the wished one, else the default, else any that works.
    pub fn to_dial(&self, wished: Option<AccountId>) -> Option<&Line> {
        // A demo number is nobody's on a real line.
        if wished == Some(PRACTICE_LINE) && self.get(PRACTICE_LINE).is_none() {
            return None;
        }
        // The line of an old call may have been removed: then the default has it.
        if let Some(wished) = wished.and_then(|wished| self.get(wished)) {
            return Some(wished).filter(|line| line.is_usable());
        }
        self.default_line()
            .filter(|line| line.is_usable())
            .or_else(|| self.list.iter().find(|line| line.is_usable() && !line.account.practice))
    }

    /// Another line that works, where the wished one is there but cannot call now. What was practised is not called
    /// elsewhere.
    pub fn instead(&self, wished: Option<AccountId>) -> Option<&Line> {
        let wished = self.get(wished?).filter(|line| !line.is_usable() && !line.account.practice)?;
        let works = |line: &&Line| line.is_usable() && !line.account.practice;
        self.list.iter().find(|line| line.account.id != wished.account.id && works(line))
    }

    /// Lines whose exchange is told whether the agent can be reached.
    pub fn that_publish(&self) -> Vec<ua::AccountId> {
        let tells = |line: &&Line| line.account.publish && line.account.register && !line.account.practice;
        self.list.iter().filter(tells).map(|line| line.key).collect()
    }

    pub fn any_registered(&self) -> bool {
        self.list.iter().any(Line::is_usable)
    }

    /// Whether any line stands like that.
    pub fn any(&self, stands: impl Fn(&Registration) -> bool) -> bool {
        self.list.iter().any(|line| stands(&line.registration))
    }

    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|line| line.account.domain.as_str())
    }

    /// The user part is one of our own lines.
    pub fn is_own(&self, user: &str) -> bool {
        self.list.iter().any(|line| line.account.user == user)
    }

    /// What was dialled tells the voice messages of one of our lines.
    pub fn is_mailbox(&self, dialled: &str) -> bool {
        self.list.iter().any(|line| pbx::codes(&line.account).get(&PbxCode::Voicemail).is_some_and(|it| it == dialled))
    }

    pub(super) fn by_key_mut(&mut self, key: ua::AccountId) -> Option<&mut Line> {
        self.list.iter_mut().find(|line| line.key == key)
    }
}

impl Desk {
    /// The line as a call's record keeps it: with the call centre of the number that was called, or else of the line.
    pub(super) fn line_of_record(&self, line: &Line, called: Option<&str>) -> crm::call::Line {
        let country = &self.settings.preferences.country;
        let numbers: Vec<&str> = called.into_iter().chain([line.account.user.as_str()]).collect();
        let center = call_center::of_numbers(&self.settings.call_centers, &numbers, country);
        crm::call::Line {
            account: crm::id::AccountId(line.account.id.0),
            label: line.account.label().to_owned(),
            called_number: called.map(|called| party::display(called, country)),
            call_center: center.map(|center| center.name.clone()),
            color: center.and_then(|center| center.color.clone()),
        }
    }

    /// Adds a line or takes its new settings, and registers it.
    pub(super) fn put_line(&mut self, _now: Now, account: Account, password: Option<Secret>) {
        let id = account.id;
        let has_password = password.is_some();
        let registration = if account.register { Registration::Registering } else { Registration::Off };
        let config = account_config(&account, password);
        let old = self.lines.list.iter().position(|line| line.account.id == id);
        let key = match old {
            Some(place) => self.lines.list[place].key,
            None => {
                self.lines.next_key += 1;
                ua::AccountId(self.lines.next_key)
            }
        };
        let local = account.bind.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |bind| bind.ip());
        // A line that keeps no binding is that of a test or of a trunk, which has no mailbox.
        let has_mailbox = account.register && !account.practice;
        let publishes = has_mailbox && account.publish;
        let line = Line { account, key, registration, has_password, mailbox: None, local };
        match old {
            Some(place) => self.lines.list[place] = line,
            None => self.lines.list.push(line),
        }
        self.order_lines();
        self.first_run = false;
        self.do_phone(Command::AddAccount { account: key, config: Box::new(config) });
        if has_mailbox {
            self.do_phone(mailbox::ask(key));
        }
        self.watch_over(id);
        if publishes {
            self.tell_presence(key);
        }
        self.show_lines();
    }

    pub(super) fn drop_line(&mut self, _now: Now, account: AccountId) {
        let Some(place) = self.lines.list.iter().position(|line| line.account.id == account) else { return };
        let line = self.lines.list.remove(place);
        self.do_phone(Command::RemoveAccount { account: line.key });
        self.watch_over(account);
        self.emit(EventBody::AccountGone(account));
        self.show_lines();
    }

    pub(super) fn register_now(&mut self, account: AccountId) -> Result<Reply, ApiError> {
        let line = self.lines.get(account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
        let key = line.key;
        self.do_phone(Command::Register { account: key });
        Ok(Reply::Done)
    }

    pub(super) fn line_view(&self, account: AccountId) -> Result<Reply, ApiError> {
        let view = self.lines.view(account).ok_or(ApiError::about(ErrorCode::NotFound, "account"))?;
        Ok(Reply::Account(Box::new(view)))
    }

    /// Follows the order of the settings, in which the first is the default.
    pub(super) fn order_lines(&mut self) {
        let order: Vec<_> = self.settings.accounts.iter().map(|account| account.id).collect();
        let place = |id: AccountId| order.iter().position(|other| *other == id).unwrap_or(usize::MAX);
        self.lines.list.sort_by_key(|line| place(line.account.id));
    }

    /// Pushes all lines: which one is the default may have changed.
    pub(super) fn show_lines(&mut self) {
        for view in self.lines.views() {
            self.emit(EventBody::Account(view));
        }
    }

    /// Registration events of the user agent.
    pub(super) fn registration(&mut self, now: Now, event: Event) {
        let (key, registration, what) = match event {
            Event::Registering { account } => (account, Registration::Registering, What::Registering),
            Event::Registered { account, expires_s, contact, flow } => {
                if let Some(line) = self.lines.by_key_mut(account) {
                    line.local = flow.local.ip();
                }
                let registration = Registration::Registered { confirmed_at_ms: now.utc_ms, expires_s };
                let flow = format!("{} {} -> {}", flow.transport, flow.local, flow.remote);
                (account, registration, What::Registered { expires_s, contact, flow })
            }
            Event::RegistrationFailed { account, status, reason, cause, retry_in } => {
                let cause = ua_cause(cause);
                let retry_ms = retry_in.map(|pause| pause.as_millis() as u64);
                let retry_at_ms = retry_ms.map(|pause| now.utc_ms + pause as i64);
                let registration = Registration::Failed { cause, sip_code: status, retry_at_ms };
                (account, registration, What::RegistrationFailed { code: status, reason, cause, retry_ms })
            }
            Event::Unregistered { account } => (account, Registration::Off, What::Unregistered),
            _ => return,
        };
        let Some(line) = self.lines.by_key_mut(key) else { return };
        line.registration = registration;
        let id = line.account.id;
        self.effects.push(Effect::Fact(Fact { account: Some(id), call: None, what }));
        if let Some(view) = self.lines.view(id) {
            self.emit(EventBody::Account(view));
        }
        self.show_colleagues();
    }
}

/// The account as the user agent wants it.
fn account_config(account: &Account, password: Option<Secret>) -> AccountConfig {
    let default = AccountConfig::new(account.user.clone(), account.domain.clone(), password.unwrap_or_default());
    AccountConfig {
        display_name: account.display_name.clone(),
        auth_user: account.auth_user.clone().unwrap_or_else(|| account.user.clone()),
        transport: match account.transport {
            Transport::Udp => ua::Transport::Udp,
            Transport::Tcp => ua::Transport::Tcp,
            Transport::Tls => ua::Transport::Tls,
            Transport::Ws => ua::Transport::Ws,
            Transport::Wss => ua::Transport::Wss,
        },
        proxy: account.proxy.clone(),
        port: account.port,
        takes_transfers: true,
        takes_messages: !account.practice,
        register: account.register,
        register_expires_s: account.register_expires_s,
        bind: account.bind,
        dns: account.dns,
        allow_from: account.allow_from.iter().filter_map(|network| network.parse().ok()).collect(),
        realms: account.realms.clone(),
        digest_min: match account.digest_min.as_str() {
            "SHA-256" => DigestMin::Sha256,
            "SHA-512-256" => DigestMin::Sha512_256,
            _ => DigestMin::Md5,
        },
        // RFC 5626 §4.1: a binding of an earlier run or address is replaced by ours, not joined by it.
        instance: Some(format!("urn:uuid:{}", account.id.0)),
        gruu: account.gruu,
        tls: TlsOptions {
            ca: account.tls_ca.clone(),
            certificate: account.tls_certificate.clone(),
            key: account.tls_key.clone(),
            insecure: account.tls_insecure,
        },
        ..default
    }
}

/// The boundary's word for the user agent's.
fn ua_cause(cause: ua::EndCause) -> EndCause {
    match cause {
        ua::EndCause::Normal => EndCause::Normal,
        ua::EndCause::Busy => EndCause::Busy,
        ua::EndCause::Declined => EndCause::Declined,
        ua::EndCause::NoAnswer => EndCause::NoAnswer,
        ua::EndCause::Cancelled => EndCause::Cancelled,
        ua::EndCause::NotFound => EndCause::NotFound,
        ua::EndCause::Auth => EndCause::Auth,
        ua::EndCause::Forbidden => EndCause::Forbidden,
        ua::EndCause::Dns => EndCause::Dns,
        ua::EndCause::Unreachable => EndCause::Unreachable,
        ua::EndCause::Timeout => EndCause::Timeout,
        ua::EndCause::Tls => EndCause::Tls,
        ua::EndCause::OwnCertificate => EndCause::OwnCertificate,
        ua::EndCause::WebSocket => EndCause::WebSocket,
        ua::EndCause::MediaIncompatible => EndCause::MediaIncompatible,
        ua::EndCause::Elsewhere => EndCause::Elsewhere,
        ua::EndCause::Internal => EndCause::Internal,
    }
}
