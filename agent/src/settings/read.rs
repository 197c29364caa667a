//! From text to [`Settings`], one warning for everything that does not count.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

use agent_api::account::{Dtmf, Ice, Srtp, SrtpKeys, Transport};
use agent_api::contact::{ContactField, ContactFieldKind, ContactFields};
use agent_api::id::AccountId;
use agent_api::pbx::PbxCode;
use agent_api::settings::{CallCenter, SupportChannel, Theme};
use toml_edit::{DocumentMut, Item, Table, TableLike};
use uuid::Uuid;

use super::connection_table::read_connections;
use super::network::read_network;
use super::table::{Reader, tables};
use super::{Account, RoleSettings, Settings, Warning, call_center, colleague, contact_field, digest_names, recording};
use crate::pbx;

const CODECS: [&str; 4] = ["opus", "g722", "pcma", "pcmu"];

/// What stands at the top of the file.
const TABLES: [&str; 10] = [
    "general",
    "audio",
    "recording",
    "account",
    "call_center",
    "contact_field",
    "colleague",
    "connection",
    "network",
    "support",
];

/// Reads the settings; what is missing or wrong is at its default for a machine in `country`.
pub fn read_settings(text: &str, country: &str) -> (Settings, Vec<Warning>) {
    let mut settings = Settings::for_country(country);
    let document: DocumentMut = match text.parse() {
        Ok(document) => document,
        Err(error) => return (settings, vec![Warning::NotToml { line: line_of(text, &error) }]),
    };
    let mut warnings = Vec::new();
    let root = document.as_table();
    read_general(&mut Reader::within(root, "general", &mut warnings), &mut settings);
    read_audio(root, &mut settings, &mut warnings);
    recording::read(root, &mut settings, &mut warnings);
    read_accounts(root, &mut settings, &mut warnings);
    read_call_centers(root, &mut settings, &mut warnings);
    read_contact_fields(root, &mut settings, &mut warnings);
    colleague::read(root, &mut settings, &mut warnings);
    read_connections(root, &mut settings, &mut warnings);
    read_network(root, &mut settings, &mut warnings);
    read_support(root, &mut settings, &mut warnings);
    for (key, _) in root {
        if !TABLES.contains(&key) {
            warnings.push(Warning::Unknown { key: key.to_owned() });
        }
    }
    (settings, warnings)
}

/// `host` or `host:port` of a STUN or TURN server.
fn ice_server(text: &str) -> Option<String> {
    super::account::is_server(text).then(|| text.to_owned())
}

/// What a file of the command line says of its account.
pub struct AccountFile {
    /// The account.
    pub account: Account,
    /// Its password.
    pub password: AccountSecret,
    /// The password of its TURN server.
    pub turn_password: Option<String>,
}

/// Where the password of an account file is.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountSecret {
    /// In the file itself.
    Given(String),
    /// In this variable of the environment.
    Environment(String),
    /// In the secret store.
    Stored,
}

/// Reads an account file of the command line: one `[account]`, its password, and warnings.
///
/// None if the file is not TOML or lacks user or domain; the warnings then say what.
pub fn read_account_file(text: &str, id: AccountId) -> (Option<AccountFile>, Vec<Warning>) {
    let document: DocumentMut = match text.parse() {
        Ok(document) => document,
        Err(error) => return (None, vec![Warning::NotToml { line: line_of(text, &error) }]),
    };
    let mut warnings = Vec::new();
    let Some(table) = document.get("account").and_then(Item::as_table_like) else {
        return (None, vec![Warning::Incomplete { key: "account".to_owned() }]);
    };
    let mut reader = Reader::of(table, "account", &mut warnings);
    let given = reader.text("password");
    let environment = reader.text("password_env");
    let turn_password = reader.text("turn_password");
    let account = read_account(&mut reader, id);
    reader.finish();
    let password = match (environment, given) {
        (Some(name), _) => AccountSecret::Environment(name),
        (None, Some(password)) => AccountSecret::Given(password),
        (None, None) => AccountSecret::Stored,
    };
    (account.map(|account| AccountFile { account, password, turn_password }), warnings)
}

fn read_general(reader: &mut Reader<'_>, settings: &mut Settings) {
    let preferences = &mut settings.preferences;
    if let Some(locale) = reader.checked("locale", |text| ["es", "en"].contains(&text).then(|| text.to_owned())) {
        preferences.locale = Some(locale);
    }
    if let Some(theme) = reader.checked("theme", theme) {
        preferences.theme = theme;
    }
    if let Some(country) = reader.checked("country", country) {
        preferences.country = country;
    }
    if let Some(ask) = reader.flag("ask_before_dialing") {
        preferences.ask_before_dialing = ask;
    }
    if let Some(front) = reader.flag("front_on_answer") {
        preferences.front_on_answer = front;
    }
    if let Some(passes) = reader.flag("vip_passes") {
        preferences.vip_passes = passes;
    }
    if let Some(size) = reader.number("text_size_pct", 90..=150) {
        preferences.text_size_pct = size as u16;
    }
    for (key, wanted) in
        [("user_digits", &mut preferences.user_digits), ("password_digits", &mut preferences.password_digits)]
    {
        if let Some(digits) = reader.number(key, 0..=32) {
            *wanted = (digits > 0).then_some(digits as u8);
        }
    }
    if let Some(months) = reader.number("keep_history_months", 0..=120) {
        preferences.keep_history_months = (months > 0).then_some(months as u16);
    }
    settings.link_domains = reader.list("link_domains", |text| Some(text.to_owned())).unwrap_or_default();
    reader.finish();
}

fn read_audio(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    let mut reader = Reader::within(root, "audio", warnings);
    let mut role = |name: &str, role: &mut RoleSettings| {
        role.device = reader.text(name).filter(|id| !id.is_empty());
        if let Some(volume) = reader.number(&format!("{name}_volume_pct"), 0..=100) {
            role.volume_pct = volume as u8;
        }
    };
    role("microphone", &mut settings.audio.microphone);
    role("speaker", &mut settings.audio.speaker);
    role("ringer", &mut settings.audio.ringer);
    reader.finish();
}

fn read_accounts(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    for (place, table) in tables(root, "account", warnings).into_iter().enumerate() {
        let path = format!("account.{}", place + 1);
        let mut reader = Reader::of(table, &path, warnings);
        let id = reader.checked("id", |text| Uuid::parse_str(text).ok());
        let account = read_account(&mut reader, AccountId(id.unwrap_or_default()));
        reader.finish();
        match (account, id) {
            (Some(account), Some(_)) => settings.accounts.push(account),
            (_, None) => warnings.push(Warning::Incomplete { key: format!("{path}.id") }),
            (None, Some(_)) => {}
        }
    }
}

fn read_account(reader: &mut Reader<'_>, id: AccountId) -> Option<Account> {
    let user = reader.text("user").filter(|user| !user.is_empty());
    let domain = reader.text("domain").filter(|domain| !domain.is_empty());
    let (Some(user), Some(domain)) = (user.clone(), domain.clone()) else {
        let missing = if user.is_none() { "user" } else { "domain" };
        reader.lacks(missing);
        return None;
    };
    let default = Account::new(id, user, domain);
    Some(Account {
        label: reader.text("label").unwrap_or_default(),
        display_name: reader.text("display_name").unwrap_or_default(),
        auth_user: reader.text("auth_user").filter(|user| !user.is_empty()),
        transport: reader.checked("transport", transport).unwrap_or(default.transport),
        proxy: reader.text("proxy").filter(|proxy| !proxy.is_empty()),
        port: reader.number("port", 1..=65535).map(|port| port as u16),
        register: reader.flag("register").unwrap_or(default.register),
        register_expires_s: reader
            .number("register_expires", 30..=86_400)
            .map_or(default.register_expires_s, |s| s as u32),
        srtp: reader.checked("srtp", srtp).unwrap_or(default.srtp),
        srtp_keys: reader.checked("srtp_keys", srtp_keys).unwrap_or(default.srtp_keys),
        dtmf: reader.checked("dtmf", dtmf).unwrap_or(default.dtmf),
        rtcp_mux: reader.flag("rtcp_mux").unwrap_or(false),
        ice: Ice {
            on: reader.flag("ice").unwrap_or(false),
            stun: reader.checked("stun", ice_server),
            turn: reader.checked("turn", ice_server),
            turn_user: reader.text("turn_user").filter(|user| !user.is_empty()),
        },
        codecs: reader.list("codecs", codec).filter(|codecs| !codecs.is_empty()).unwrap_or(default.codecs),
        bind: reader.checked("bind", |text| text.parse::<SocketAddr>().ok()),
        media_ports: reader.checked("media_ports", ports),
        dns: reader.checked("dns", |text| text.parse::<SocketAddr>().ok()),
        allow_from: reader.list("allow_from", network).unwrap_or_default(),
        realms: reader.list("realms", |text| Some(text.to_owned())).unwrap_or_default(),
        digest_min: reader.checked("digest_min", digest).unwrap_or(default.digest_min),
        tls_ca: reader.text("tls_ca").filter(|path| !path.is_empty()).map(Into::into),
        tls_certificate: reader.text("tls_certificate").filter(|path| !path.is_empty()).map(Into::into),
        tls_key: reader.text("tls_key").filter(|path| !path.is_empty()).map(Into::into),
        tls_insecure: reader.flag("tls_insecure").unwrap_or(false),
        auto_answer: reader.flag("auto_answer").unwrap_or(false),
        echo: reader.text("echo").filter(|echo| !echo.is_empty()),
        voicemail: reader.text("voicemail").filter(|number| !number.is_empty()),
        profile: reader.checked("profile", pbx_profile).unwrap_or(default.profile),
        own_codes: reader.checked_texts("codes", pbx_code),
        gruu: reader.flag("gruu").unwrap_or(false),
        publish: reader.flag("publish").unwrap_or(false),
        record: reader.flag("record").unwrap_or(false),
        practice: reader.flag("practice").unwrap_or(false),
        ..default
    })
}

fn read_call_centers(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    for (place, table) in tables(root, "call_center", warnings).into_iter().enumerate() {
        let path = format!("call_center.{}", place + 1);
        let mut reader = Reader::of(table, &path, warnings);
        let name = reader.text("name").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let color = reader.checked("color", |text| call_center::is_color(text).then(|| text.to_ascii_lowercase()));
        let numbers = reader.list("numbers", |text| Some(text.to_owned())).filter(|numbers| !numbers.is_empty());
        reader.finish();
        match (name, numbers) {
            (Some(name), Some(numbers)) => settings.call_centers.list.push(CallCenter { name, color, numbers }),
            _ => warnings.push(Warning::Incomplete { key: path }),
        }
    }
}

fn read_contact_fields(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    let list = &mut settings.contact_fields.list;
    for (place, table) in tables(root, "contact_field", warnings).into_iter().enumerate() {
        let path = format!("contact_field.{}", place + 1);
        match read_contact_field(table, &path, warnings) {
            Some(field) if list.iter().any(|other| other.key == field.key) => {
                warnings.push(Warning::Wrong { key: format!("{path}.key") });
            }
            Some(field) => list.push(field),
            None => warnings.push(Warning::Incomplete { key: path }),
        }
    }
}

/// One field of people; none if it lacks something or would not be taken from a form.
pub(super) fn read_contact_field(
    table: &dyn TableLike,
    path: &str,
    warnings: &mut Vec<Warning>,
) -> Option<ContactField> {
    let mut reader = Reader::of(table, path, warnings);
    let key = reader.checked("key", |text| contact_field::is_key(text).then(|| text.to_owned()));
    let label = reader.text("label");
    let kind = reader.checked("kind", contact_field_kind);
    let choices = reader.list("choices", |text| Some(text.to_owned())).unwrap_or_default();
    let required = reader.flag("required").unwrap_or(false);
    reader.finish();
    let field = ContactField { key: key?, label: label?, kind: kind?, choices, required };
    contact_field::checked(ContactFields { list: vec![field] }).ok()?.list.pop()
}

fn contact_field_kind(text: &str) -> Option<ContactFieldKind> {
    Some(match text {
        "text" => ContactFieldKind::Text,
        "number" => ContactFieldKind::Number,
        "date" => ContactFieldKind::Date,
        "choice" => ContactFieldKind::Choice,
        _ => return None,
    })
}

fn read_support(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    for (place, table) in tables(root, "support", warnings).into_iter().enumerate() {
        let path = format!("support.{}", place + 1);
        let mut reader = Reader::of(table, &path, warnings);
        let kind = reader.checked("kind", |text| {
            ["email", "whatsapp", "chat", "phone", "web"].contains(&text).then(|| text.to_owned())
        });
        let (label, target) = (reader.text("label"), reader.text("target"));
        reader.finish();
        match (kind, label, target) {
            (Some(kind), Some(label), Some(target)) => settings.support.push(SupportChannel { kind, label, target }),
            _ => warnings.push(Warning::Incomplete { key: path }),
        }
    }
}

fn line_of(text: &str, error: &toml_edit::TomlError) -> usize {
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn theme(text: &str) -> Option<Theme> {
    Some(match text {
        "system" => Theme::System,
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        _ => return None,
    })
}

fn country(text: &str) -> Option<String> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| text.to_owned())
}

fn transport(text: &str) -> Option<Transport> {
    Some(match text {
        "udp" => Transport::Udp,
        "tcp" => Transport::Tcp,
        "tls" => Transport::Tls,
        "ws" => Transport::Ws,
        "wss" => Transport::Wss,
        _ => return None,
    })
}

fn pbx_profile(text: &str) -> Option<String> {
    pbx::profiles().iter().any(|profile| profile.id == text).then(|| text.to_owned())
}

fn pbx_code(name: &str, text: &str) -> Option<(PbxCode, String)> {
    let code = PbxCode::ALL.into_iter().find(|code| code.name() == name)?;
    (code != PbxCode::Voicemail && pbx::is_own(code, text)).then(|| (code, text.to_owned()))
}

fn srtp(text: &str) -> Option<Srtp> {
    Some(match text {
        "off" => Srtp::Off,
        "optional" => Srtp::Optional,
        "required" => Srtp::Required,
        _ => return None,
    })
}

fn srtp_keys(text: &str) -> Option<SrtpKeys> {
    Some(match text {
        "sdes" => SrtpKeys::Sdes,
        "dtls" => SrtpKeys::Dtls,
        _ => return None,
    })
}

fn dtmf(text: &str) -> Option<Dtmf> {
    Some(match text {
        "auto" => Dtmf::Auto,
        "rfc4733" => Dtmf::Rfc4733,
        "info" => Dtmf::Info,
        "inband" => Dtmf::Inband,
        _ => return None,
    })
}

fn codec(text: &str) -> Option<String> {
    CODECS.contains(&text).then(|| text.to_owned())
}

fn digest(text: &str) -> Option<String> {
    digest_names().iter().find(|name| name.eq_ignore_ascii_case(text)).map(|name| (*name).to_owned())
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (low, high) = text.split_once('-')?;
    let (low, high) = (low.trim().parse::<u16>().ok()?, high.trim().parse::<u16>().ok()?);
    (low > 0 && low < high).then_some(low..=high)
}

fn network(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr = address.parse().ok()?;
    let widest = if address.is_ipv4() { 32 } else { 128 };
    let prefix: u8 = if prefix.is_empty() { widest } else { prefix.parse().ok()? };
    (prefix <= widest).then(|| format!("{address}/{prefix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_wrong_is_named_and_the_rest_counts() {
        let text = r#"
            [general]
            country = "CR"
            theme = "purple"
            user_digits = 0
            password_digits = 99
            later = 1
            [[account]]
            id = "0190b3f0-0000-7000-8000-000000000001"
            user = "8330101"
            domain = "pbx.example"
            port = 99999
            transport = "tls"
            [[account]]
            user = "x"
            domain = "y"
        "#;
        let (settings, warnings) = read_settings(text, "ES");
        assert_eq!(settings.preferences.country, "CR");
        assert_eq!((settings.preferences.user_digits, settings.preferences.password_digits), (None, Some(6)));
        assert_eq!(settings.accounts.len(), 1);
        assert_eq!(settings.accounts[0].transport, Transport::Tls);
        assert_eq!(settings.accounts[0].port, None);
        let places: Vec<_> = warnings.iter().map(Warning::place).collect();
        assert_eq!(
            places,
            ["general.theme", "general.password_digits", "general.later", "account.1.port", "account.2.id"]
        );
    }

    #[test]
    fn a_broken_file_leaves_defaults_and_names_the_line() {
        let (settings, warnings) = read_settings("[general]\ncountry = \n", "ES");
        assert_eq!(settings, Settings::for_country("ES"));
        assert_eq!(warnings, [Warning::NotToml { line: 2 }]);
    }

    #[test]
    fn an_account_file_is_read_as_the_contract_writes_it() {
        let text = r#"
            [account]
            display_name = "Alice"
            user = "8330101"
            domain = "pbx.example"
            auth_user = "8330101"
            password_env = "PW"
            transport = "udp"
            proxy = "sip:edge.example;lr"
            port = 5060
            register = true
            register_expires = 600
            srtp = "optional"
            codecs = ["opus", "g722", "pcma", "pcmu"]
            bind = "0.0.0.0:0"
            media_ports = "30000-30999"
            dns = "127.0.0.1:5353"
            allow_from = ["10.0.0.0/8"]
            digest_min = "MD5"
            tls_ca = "ca.pem"
            tls_insecure = false
        "#;
        let (account, warnings) = read_account_file(text, AccountId(Uuid::nil()));
        let AccountFile { account, password, .. } = account.expect("complete");
        assert_eq!(warnings, []);
        assert!(password == AccountSecret::Environment("PW".to_owned()));
        assert_eq!(account.media_ports, Some(30000..=30999));
        assert_eq!(account.allow_from, ["10.0.0.0/8"]);
        assert_eq!(account.proxy.as_deref(), Some("sip:edge.example;lr"));
    }
}
