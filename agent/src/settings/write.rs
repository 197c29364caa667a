//! From [`Settings`] back to the document, touching only what differs.

use agent_api::account::{Dtmf, Srtp, SrtpKeys, Transport};
use agent_api::contact::{ContactField, ContactFieldKind};
use agent_api::pbx::PbxCodes;
use agent_api::settings::{CallCenter, Theme};
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value};

use super::connection_table::apply_connections;
use super::network::apply_network;
use super::read::read_contact_field;
use super::table::{put, set, set_optional, set_unless};
use super::{Account, Settings, colleague, recording};

/// What a new file begins with.
pub(super) const FRESH: &str = "\
# Settings of Timbre on this machine. Comments and unknown keys are kept.
# Passwords are not here: they are in the system's keychain.

[general]
# country = \"CR\"             # ISO 3166 region of numbers without a country code
# locale = \"es\"              # es, en, pt; absent follows the system
# theme = \"system\"           # system, light, dark
# ask_before_dialing = false # «Preguntar antes de marcar»
# front_on_answer = true     # «Traer Timbre al contestar»
# vip_passes = true          # contacts with a star ring although «No molestar» is on
# text_size_pct = 100        # 90 to 150
# user_digits = 7            # length of a user as the provider gives it out; 0 expects no form
# password_digits = 6        # the same of a password
# keep_history_months = 0    # calls older than so many months are forgotten; 0 keeps them
# link_domains = []          # domains besides the accounts' own that sip: links may dial

[audio]
# microphone = \"\"            # id of a device; absent follows the system; likewise speaker, ringer
# microphone_volume_pct = 100

# One [[account]] for each line; the first is the default.
# In it, echo = \"600\" names the extension that returns what is said, voicemail = \"*97\" the one that tells voice messages.
# In it, dtmf = \"auto\" says how keys pressed in a call travel: rfc4733, info (SIP INFO), inband (as sound), or auto, which takes what the other side can.
# In it, profile = \"asterisk\" names the kind of exchange, whose codes are known (docs/pbx-profiles.md): generic, asterisk, freeswitch,
# threecx, yeastar; codes = { park = \"700\" } gives others in their place, an empty one none.
# In it, realms = [\"asterisk\"] answers the password challenges of these realms alone; without it, of any.
# In it, gruu = true has calls name the address that the exchange hands out for this device (RFC 5627): for several exchanges of one name.
# In it, publish = true has the exchange told whether the agent can be reached.
# In it, record = true records its calls from the answer on.
# [recording] has format (opus, wav), consent_tone, encrypt, keep_days (0 keeps them), names and folder.
# [[call_center]] has name, color (#rrggbb) and numbers: called numbers, extensions, users of lines.
# [[contact_field]] has key, label, kind (text, number, date, choice), choices and required: the company's own fields of people.
# [[colleague]] has id, name, account (id of the line) and target: an extension or SIP address whose calls the exchange tells.
# [[connection]] has id, kind (salesforce, webhook), name, and login (production, sandbox or a host) with client_id, or url.
# [network] has proxy (system, none, own, script), proxy_address, proxy_exceptions, proxy_script, and authority (PEM).
# [[support]] has kind (email, whatsapp, chat, phone, web), label and target.
";

/// Makes `document` say what `settings` say.
pub(super) fn apply(document: &mut DocumentMut, settings: &Settings) {
    let preferences = &settings.preferences;
    let general = table(document, "general");
    set_optional(general, "locale", preferences.locale.clone().map(Value::from));
    set(general, "theme", theme(preferences.theme));
    let country = Some(preferences.country.as_str()).filter(|country| !country.is_empty());
    set_optional(general, "country", country.map(Value::from));
    set(general, "ask_before_dialing", preferences.ask_before_dialing);
    set(general, "front_on_answer", preferences.front_on_answer);
    set(general, "vip_passes", preferences.vip_passes);
    set(general, "text_size_pct", i64::from(preferences.text_size_pct));
    set(general, "user_digits", i64::from(preferences.user_digits.unwrap_or(0)));
    set(general, "password_digits", i64::from(preferences.password_digits.unwrap_or(0)));
    set_unless(general, "keep_history_months", i64::from(preferences.keep_history_months.unwrap_or(0)), 0);

    let audio = table(document, "audio");
    for (name, role) in [
        ("microphone", &settings.audio.microphone),
        ("speaker", &settings.audio.speaker),
        ("ringer", &settings.audio.ringer),
    ] {
        set_optional(audio, name, role.device.clone().map(Value::from));
        set(audio, &format!("{name}_volume_pct"), i64::from(role.volume_pct));
    }
    recording::apply(document, &settings.recording);
    apply_accounts(document, &settings.accounts);
    apply_call_centers(document, &settings.call_centers.list);
    apply_contact_fields(document, &settings.contact_fields.list);
    colleague::apply(document, &settings.colleagues);
    apply_connections(document, &settings.connections);
    apply_network(document, settings);
}

/// Call centres are matched by name, so that comments and unknown keys stay with theirs.
fn apply_call_centers(document: &mut DocumentMut, centers: &[CallCenter]) {
    let old = match document.remove("call_center") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let name = |table: &Table| table.get("name").and_then(Item::as_str).map(str::to_owned);
    let mut tables = Vec::new();
    for center in centers {
        let known = old.iter().find(|table| name(table).as_deref() == Some(center.name.as_str()));
        let mut table = known.cloned().unwrap_or_default();
        set(&mut table, "name", center.name.as_str());
        set_optional(&mut table, "color", center.color.clone().map(Value::from));
        set(&mut table, "numbers", center.numbers.iter().collect::<Array>());
        tables.push(table);
    }
    // What could not be read as a call centre is somebody's work in progress: it is kept.
    let unread = |table: &&Table| name(table).is_none() || !table.contains_key("numbers");
    for table in old.iter().filter(unread) {
        tables.push(table.clone());
    }
    put(document, "call_center", tables);
}

/// Fields of people are matched by key, so that comments and unknown keys stay with theirs.
fn apply_contact_fields(document: &mut DocumentMut, fields: &[ContactField]) {
    let old = match document.remove("contact_field") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let mut tables = Vec::new();
    for field in fields {
        let known = old.iter().find(|table| table.get("key").and_then(Item::as_str) == Some(field.key.as_str()));
        let mut table = known.cloned().unwrap_or_default();
        set(&mut table, "key", field.key.as_str());
        set(&mut table, "label", field.label.as_str());
        set(&mut table, "kind", contact_field_kind(field.kind));
        let choices = (!field.choices.is_empty()).then(|| field.choices.iter().collect::<Array>());
        set_optional(&mut table, "choices", choices.map(Value::from));
        set_unless(&mut table, "required", field.required, false);
        tables.push(table);
    }
    // What could not be read as a field is somebody's work in progress: it is kept.
    for table in old.iter().filter(|table| read_contact_field(*table, "", &mut Vec::new()).is_none()) {
        tables.push(table.clone());
    }
    put(document, "contact_field", tables);
}

/// Accounts are matched by id, so that comments and unknown keys stay with theirs.
fn apply_accounts(document: &mut DocumentMut, accounts: &[Account]) {
    let old = match document.remove("account") {
        Some(Item::ArrayOfTables(array)) => array,
        _ => ArrayOfTables::new(),
    };
    let mut tables = Vec::new();
    for account in accounts {
        let id = account.id.0.to_string();
        let mut table =
            old.iter().find(|table| table.get("id").and_then(Item::as_str) == Some(&id)).cloned().unwrap_or_default();
        apply_account(&mut table, account, &id);
        tables.push(table);
    }
    // What could not be read as an account is somebody's work in progress: it is kept.
    for table in old.iter() {
        let id = table.get("id").and_then(Item::as_str);
        if id.is_none_or(|id| uuid::Uuid::parse_str(id).is_err()) {
            tables.push(table.clone());
        }
    }
    put(document, "account", tables);
}

fn apply_account(table: &mut Table, account: &Account, id: &str) {
    let default = Account::new(account.id, "", "");
    set(table, "id", id);
    set(table, "label", account.label.as_str());
    set(table, "display_name", account.display_name.as_str());
    set(table, "user", account.user.as_str());
    set(table, "domain", account.domain.as_str());
    set_optional(table, "auth_user", account.auth_user.clone().map(Value::from));
    set(table, "transport", transport(account.transport));
    set_optional(table, "proxy", account.proxy.clone().map(Value::from));
    set_optional(table, "port", account.port.map(|port| Value::from(i64::from(port))));
    set(table, "srtp", srtp(account.srtp));
    set(table, "codecs", account.codecs.iter().collect::<Array>());
    set_unless(table, "srtp_keys", srtp_keys(account.srtp_keys), srtp_keys(default.srtp_keys));
    set_unless(table, "rtcp_mux", account.rtcp_mux, default.rtcp_mux);
    set_unless(table, "ice", account.ice.on, default.ice.on);
    for (key, text) in [("stun", &account.ice.stun), ("turn", &account.ice.turn), ("turn_user", &account.ice.turn_user)]
    {
        set_optional(table, key, text.clone().map(Value::from));
    }
    set_unless(table, "dtmf", dtmf(account.dtmf), dtmf(default.dtmf));
    set_unless(table, "register", account.register, default.register);
    set_unless(table, "register_expires", i64::from(account.register_expires_s), i64::from(default.register_expires_s));
    set_optional(table, "bind", account.bind.map(|bind| Value::from(bind.to_string())));
    let ports = account.media_ports.as_ref().map(|ports| format!("{}-{}", ports.start(), ports.end()));
    set_optional(table, "media_ports", ports.map(Value::from));
    set_optional(table, "dns", account.dns.map(|dns| Value::from(dns.to_string())));
    let networks = (!account.allow_from.is_empty()).then(|| account.allow_from.iter().collect::<Array>());
    set_optional(table, "allow_from", networks.map(Value::from));
    let realms = (!account.realms.is_empty()).then(|| account.realms.iter().collect::<Array>());
    set_optional(table, "realms", realms.map(Value::from));
    set_unless(table, "digest_min", account.digest_min.as_str(), default.digest_min.as_str());
    let files =
        [("tls_ca", &account.tls_ca), ("tls_certificate", &account.tls_certificate), ("tls_key", &account.tls_key)];
    for (key, file) in files {
        let path = file.as_ref().map(|path| path.to_string_lossy().into_owned());
        set_optional(table, key, path.map(Value::from));
    }
    set_unless(table, "tls_insecure", account.tls_insecure, false);
    set_unless(table, "auto_answer", account.auto_answer, false);
    set_optional(table, "echo", account.echo.clone().map(Value::from));
    set_optional(table, "voicemail", account.voicemail.clone().map(Value::from));
    set_unless(table, "profile", account.profile.as_str(), default.profile.as_str());
    set_optional(table, "codes", (!account.own_codes.is_empty()).then(|| own_codes(&account.own_codes)));
    set_unless(table, "gruu", account.gruu, false);
    set_unless(table, "publish", account.publish, false);
    set_unless(table, "record", account.record, false);
    set_unless(table, "practice", account.practice, false);
}

fn table<'a>(document: &'a mut DocumentMut, key: &str) -> &'a mut Table {
    let item = document.entry(key).or_insert_with(|| Item::Table(Table::new()));
    if !item.is_table() {
        *item = Item::Table(Table::new());
    }
    item.as_table_mut().expect("made a table above")
}

fn contact_field_kind(kind: ContactFieldKind) -> &'static str {
    match kind {
        ContactFieldKind::Text => "text",
        ContactFieldKind::Number => "number",
        ContactFieldKind::Date => "date",
        ContactFieldKind::Choice => "choice",
    }
}

fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "udp",
        Transport::Tcp => "tcp",
        Transport::Tls => "tls",
        Transport::Ws => "ws",
        Transport::Wss => "wss",
    }
}

fn own_codes(codes: &PbxCodes) -> Value {
    Value::InlineTable(codes.iter().map(|(code, keys)| (code.name(), keys.as_str())).collect())
}

fn srtp_keys(keys: SrtpKeys) -> &'static str {
    match keys {
        SrtpKeys::Sdes => "sdes",
        SrtpKeys::Dtls => "dtls",
    }
}

fn dtmf(dtmf: Dtmf) -> &'static str {
    match dtmf {
        Dtmf::Auto => "auto",
        Dtmf::Rfc4733 => "rfc4733",
        Dtmf::Info => "info",
        Dtmf::Inband => "inband",
    }
}

fn srtp(srtp: Srtp) -> &'static str {
    match srtp {
        Srtp::Off => "off",
        Srtp::Optional => "optional",
        Srtp::Required => "required",
    }
}
