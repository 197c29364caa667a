//! The way out in `settings.toml`. User and password of a proxy are in the secret store; here stands only that there are some.

use agent_api::network::{Network, ProxyChoice};
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::table::{Reader, set_optional, set_unless};
use super::{Settings, Warning};

const KINDS: [&str; 4] = ["system", "none", "own", "script"];

/// What the file says; what lacks its address is as the system says.
pub(super) fn read_network(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    let mut reader = Reader::within(root, "network", warnings);
    let kind = reader.checked("proxy", |text| KINDS.contains(&text).then(|| text.to_owned()));
    let (address, script) = (reader.text("proxy_address"), reader.text("proxy_script"));
    let exceptions = reader.list("proxy_exceptions", |text| Some(text.to_owned())).unwrap_or_default();
    let has_login = reader.flag("proxy_login").unwrap_or(false);
    let authority = reader.text("authority").filter(|pem| !pem.trim().is_empty());
    let proxy = match (kind.as_deref(), address, script) {
        (Some("none"), ..) => ProxyChoice::None,
        (Some("own"), Some(address), _) => ProxyChoice::Own { address, exceptions },
        (Some("script"), _, Some(place)) => ProxyChoice::Script { place },
        (Some(kind @ ("own" | "script")), ..) => {
            reader.lacks(if kind == "own" { "proxy_address" } else { "proxy_script" });
            ProxyChoice::System
        }
        _ => ProxyChoice::System,
    };
    reader.finish();
    (settings.network, settings.proxy_login) = (Network { proxy, authority }, has_login);
}

/// A file that says nothing of it stays as it is until there is something to say.
pub(super) fn apply_network(document: &mut DocumentMut, settings: &Settings) {
    let Network { proxy, authority } = &settings.network;
    let silent = *proxy == ProxyChoice::System && authority.is_none() && !settings.proxy_login;
    if silent && !document.contains_key("network") {
        return;
    }
    let Some(table) = document.entry("network").or_insert_with(|| Item::Table(Table::new())).as_table_mut() else {
        return;
    };
    let (kind, address, exceptions, script) = match proxy {
        ProxyChoice::System => ("system", None, None, None),
        ProxyChoice::None => ("none", None, None, None),
        ProxyChoice::Own { address, exceptions } => ("own", Some(address), Some(exceptions), None),
        ProxyChoice::Script { place } => ("script", None, None, Some(place)),
    };
    set_unless(table, "proxy", kind, "system");
    set_optional(table, "proxy_address", address.map(Value::from));
    let exceptions = exceptions.filter(|list| !list.is_empty()).map(|list| list.iter().collect::<Array>());
    set_optional(table, "proxy_exceptions", exceptions.map(Value::from));
    set_optional(table, "proxy_script", script.map(Value::from));
    set_unless(table, "proxy_login", settings.proxy_login, false);
    set_optional(table, "authority", authority.as_ref().map(Value::from));
}

#[cfg(test)]
mod tests {
    use super::super::read::read_settings;
    use super::super::write::apply;
    use super::*;

    fn written(settings: &Settings, before: &str) -> String {
        let mut document: DocumentMut = before.parse().unwrap();
        apply(&mut document, settings);
        document.to_string()
    }

    #[test]
    fn every_choice_comes_back_as_it_was_written() {
        let address = "http://proxy.company:3128".to_owned();
        let exceptions = vec!["*.lan".to_owned(), "10.0.0.0/8".to_owned()];
        let mut file = String::new();
        for (proxy, login) in [
            (ProxyChoice::Own { address, exceptions }, true),
            (ProxyChoice::Script { place: "http://wpad.lan/wpad.dat".into() }, false),
            (ProxyChoice::None, false),
            (ProxyChoice::System, false),
        ] {
            let mut settings = Settings::for_country("CR");
            let authority = Some("-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n".to_owned());
            (settings.network, settings.proxy_login) = (Network { proxy, authority }, login);
            file = written(&settings, &file);
            let (read, warnings) = read_settings(&file, "CR");
            assert_eq!((read, warnings), (settings, vec![]), "{file}");
        }
        assert!(!file.contains("wpad"), "nothing is left of an earlier choice: {file}");
        assert!(!written(&Settings::for_country("CR"), "").contains("[network]"));
    }

    #[test]
    fn a_choice_without_its_address_is_named() {
        let (settings, warnings) = read_settings("[network]\nproxy = \"own\"\nproxy_password = \"x\"\n", "CR");
        assert_eq!(settings.network.proxy, ProxyChoice::System);
        let places: Vec<_> = warnings.iter().map(Warning::place).collect();
        assert_eq!(places, ["network.proxy_address", "network.proxy_password"]);
    }
}
