//! Tidiness of the working copy: what a reviewer should not have to say twice.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

const MOST_LINES: usize = 1000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Files that are, or are about to be, committed.
fn files() -> Vec<String> {
    let out = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let listed = String::from_utf8(out.stdout).unwrap();
    let files: Vec<String> = listed.lines().filter(|f| root().join(f).is_file()).map(str::to_owned).collect();
    assert!(files.len() > 50, "git listed only {} files", files.len());
    files
}

fn text_of(file: &str) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(file)).ok()?).ok()
}

fn ends_with_any(file: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| file.ends_with(end))
}

fn is_code(file: &str) -> bool {
    ends_with_any(file, &[".rs", ".ts", ".svelte", ".mjs", ".js", ".css", ".html", ".sh", ".py", ".sql", ".nsh"])
}

/// Every line of the chosen files that matches, as `file:line: text`.
fn lines_with(pattern: &str, choose: impl Fn(&str) -> bool) -> Vec<String> {
    let pattern = Regex::new(pattern).unwrap();
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| choose(file)) {
        let Some(text) = text_of(&file) else { continue };
        for (number, line) in text.lines().enumerate() {
            if pattern.is_match(line) {
                found.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    found
}

fn assert_none(found: Vec<String>, rule: &str) {
    assert!(found.is_empty(), "{rule}\n{}", found.join("\n"));
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = files()
        .into_iter()
        // The bindings are made, not written.
        .filter(|file| is_code(file) && !file.starts_with("ui/src/bindings/"))
        .filter_map(|file| {
            let lines = text_of(&file)?.lines().count();
            (lines > MOST_LINES).then(|| format!("{file}: {lines} lines"))
        })
        .collect();
    assert_none(long, "files of more than 1000 lines");
}

#[test]
fn no_path_of_a_machine_is_committed() {
    // Written apart, so that this file does not find itself.
    let pattern = [r"(^|[^\w.])/(wo", r"rk|ro", r"ot|home/\w|Users/\w)/|\b[A-Z]:\\Use", r"rs\\"].concat();
    let found = lines_with(&pattern, |file| !file.ends_with(".lock") && !file.ends_with("package-lock.json"));
    assert_none(found, "paths of somebody's machine");
}

#[test]
fn nothing_is_left_to_do_in_a_comment() {
    let pattern = [r"\b(TO", r"DO|FIX", r"ME|XX", r"X)\b|\bto", r"do!|\bunimpl", r"emented!"].concat();
    assert_none(lines_with(&pattern, is_code), "unfinished places; open an issue instead");
}

#[test]
fn the_bridge_to_the_window_is_crossed_in_one_place() {
    let found = lines_with("@tauri-apps/", |file| {
        file.starts_with("ui/src/") && !file.starts_with("ui/src/ipc/") && !file.starts_with("ui/src/ipc.")
    });
    assert_none(found, "@tauri-apps is imported in ui/src/ipc and nowhere else");
}

#[test]
fn no_text_becomes_markup() {
    let found =
        lines_with(r"\{@html|\.innerHTML\s*=|insertAdjacentHTML|document\.write", |file| file.starts_with("ui/src/"));
    assert_none(found, "text from the network would become markup");
}

#[test]
fn tests_do_not_wait_by_the_clock() {
    let pattern = [r"thread::sle", r"ep\(|tokio::time::sle", r"ep\(|waitForTime", r"out\("].concat();
    let found = lines_with(&pattern, |file| {
        file.contains("/tests/") && ends_with_any(file, &[".rs", ".ts", ".mjs"]) && !file.starts_with("tests/src/")
    });
    assert_none(found, "wait for an event, never sleep and hope");
}

/// What stands between tags of a component, without expressions.
fn visible_text(component: &str) -> String {
    let blocks = Regex::new(r"(?s)<script.*?</script>|<style.*?</style>|<!--.*?-->").unwrap();
    let markup = blocks.replace_all(component, "");
    let mut text = String::new();
    let (mut braces, mut in_tag) = (0u32, false);
    for c in markup.chars() {
        match c {
            '{' => braces += 1,
            '}' => braces = braces.saturating_sub(1),
            '<' if braces == 0 => in_tag = true,
            '>' if braces == 0 && in_tag => {
                in_tag = false;
                text.push('\n');
            }
            _ if braces == 0 && !in_tag => text.push(c),
            _ => {}
        }
    }
    text
}

#[test]
fn words_stand_only_in_the_locales() {
    let word = Regex::new(r"\p{L}{2,}").unwrap();
    let spoken = Regex::new(r#"\s(aria-label|title|placeholder|alt)="[^"{]*\p{L}{2,}"#).unwrap();
    // The name of the program and of keys is the same in every language.
    let allowed = ["Timbre", "Esc", "Ctrl", "Enter", "SIP", "CRM", "VIP", "REC", "ext", "ms", "kHz", "https", "tel"];
    let mut found = Vec::new();
    for file in files().into_iter().filter(|f| f.starts_with("ui/src/") && f.ends_with(".svelte")) {
        let Some(component) = text_of(&file) else { continue };
        for line in visible_text(&component).lines() {
            if word.find_iter(line).any(|w| !allowed.contains(&w.as_str())) {
                found.push(format!("{file}: {}", line.trim()));
            }
        }
        found.extend(spoken.find_iter(&component).map(|m| format!("{file}: {}", m.as_str().trim())));
    }
    assert_none(found, "words belong to ui/src/locales");
}

/// The file's lines without comments and without what stands below its tests' heading.
fn code_of(file: &str) -> String {
    let text = text_of(file).unwrap_or_default();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).fold(String::new(), |all, line| all + line + "\n")
}

fn is_source_of(file: &str, rooms: &[&str]) -> bool {
    rooms.iter().any(|room| file.starts_with(&format!("{room}/src/")))
        && !file.ends_with("tests.rs")
        && !file.contains("/tests/")
}

#[test]
fn telephony_never_speaks_of_customers_nor_the_books_of_telephony() {
    let of = |rooms: &'static [&str], words: &str| -> Vec<String> {
        let pattern = Regex::new(&format!(r"\b(?:{words})\b")).unwrap();
        let sources = files().into_iter().filter(|file| is_source_of(file, rooms) && file.ends_with(".rs"));
        sources
            .filter_map(|file| {
                let code = code_of(&file);
                let found = pattern.find(&code)?.as_str();
                Some(format!("{file}: {found}"))
            })
            .collect()
    };
    let telephony = &["sip-stack", "sip-stack/net", "sip-stack/rtp", "sip-stack/rtp-net", "audio", "audio/engine"];
    assert_none(of(telephony, "(?i:crm|salesforce|customer)|Lead|ContactId|CallRecord"), "customers");
    let books = &["crm", "crm/store", "crm/connect"];
    assert_none(of(books, "(?i:sdp|rtp|srtp|register|sip_stack)|Invite|INVITE|UserAgent|CSeq"), "telephony");
}

#[test]
fn sentences_stand_only_in_the_locales() {
    // What a person reads has the letters of a language; English ones are found as two words that begin like a sentence.
    let literal = Regex::new(r#""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"#).unwrap();
    let spanish = Regex::new(r"[áéíóúñ¿¡ÁÉÍÓÚÑ]").unwrap();
    let sentence = Regex::new(r"^.[A-Z][a-z]+ [a-z]+ [a-z]+").unwrap();
    let mut found = Vec::new();
    for file in files() {
        let script = file.starts_with("ui/src/")
            && ends_with_any(&file, &[".ts", ".svelte"])
            && !file.starts_with("ui/src/locales/")
            && !file.starts_with("ui/src/bindings/");
        // The demo contact's name is one in every language, and the suite of the store is made of names.
        let names = ["agent/src/training_caller.rs", "crm/src/store/conformance"].iter().any(|at| file.starts_with(at));
        let core = !names
            && file.ends_with(".rs")
            && is_source_of(&file, &["agent", "agent/api", "agent/runtime", "crm", "src-tauri"]);
        if !script && !core {
            continue;
        }
        let code = code_of(&file);
        let read = literal.find_iter(&code).map(|text| text.as_str());
        let read = read.filter(|text| spanish.is_match(text) || (script && sentence.is_match(text)));
        found.extend(read.map(|text| format!("{file}: {text}")));
    }
    assert_none(found, "Rust sends codes, scripts ask the locales");
}

#[test]
fn visible_text_is_what_a_reader_sees() {
    let text =
        visible_text("<script>let a = 'no';</script><p class=\"no\" onclick={() => a > 1}>yes {a ? 'no' : ''}</p>");
    assert!(text.contains("yes") && !text.contains("no"), "{text}");
}

#[test]
fn pages_name_only_tests_that_exist() {
    let named = Regex::new(r"`(?:[a-z0-9_]+::)*([a-z0-9]+(?:_[a-z0-9]+){2,})`").unwrap();
    let function = Regex::new(r"\bfn\s+([a-z0-9_]+)").unwrap();
    let mut functions = BTreeSet::new();
    for file in files().into_iter().filter(|f| f.ends_with(".rs")) {
        let text = text_of(&file).unwrap_or_default();
        functions.extend(function.captures_iter(&text).map(|f| f[1].to_owned()));
    }
    let mut missing = Vec::new();
    for page in ["ARCHITECTURE.md", "SECURITY.md", "sip-stack/CONFORMANCE.md"] {
        let Some(text) = text_of(page) else { continue };
        let names = named.captures_iter(&text).map(|n| n[1].to_owned());
        missing.extend(names.filter(|name| !functions.contains(name)).map(|name| format!("{page}: {name}")));
    }
    assert_none(missing, "pages name tests that do not exist");
}

#[test]
fn pages_name_only_files_that_exist() {
    let named = Regex::new(r"`((?:[\w.-]+/)+[\w.-]*)`").unwrap();
    let rooms = ["sip-stack/", "audio/", "crm/", "agent/", "src-tauri/", "ui/", "tests/", "xtask/", "docs/"];
    let mut missing = Vec::new();
    for page in ["ARCHITECTURE.md", "SECURITY.md", "CONTRIBUTING.md", "README.md"] {
        let text = text_of(page).unwrap_or_default();
        let names = named.captures_iter(&text).map(|name| name[1].to_owned());
        let ours = names.filter(|name| rooms.iter().any(|room| name.starts_with(room)));
        missing.extend(ours.filter(|name| !root().join(name).exists()).map(|name| format!("{page}: {name}")));
    }
    assert_none(missing, "pages name files that do not exist");
}

#[test]
fn every_package_registers_the_same_schemes() {
    let schemes = ["tel", "callto", "sip", "sips"];
    let of = |file: &str| text_of(file).unwrap_or_else(|| panic!("{file} is there"));
    let list = format!("[{}]", schemes.map(|s| format!("\"{s}\"")).join(", "));
    for file in ["src-tauri/tauri.conf.json", "src-tauri/src/links.rs", "agent/platform/src/link/mod.rs"] {
        assert!(of(file).contains(&list), "{file} registers others than {list}");
    }
    let desktop = of("src-tauri/packaging/linux/timbre.desktop");
    let offered = schemes.map(|s| format!("x-scheme-handler/{s};")).concat();
    assert!(desktop.contains(&format!("MimeType={offered}\n")), "{desktop}");
    assert!(desktop.contains("Exec={{exec}} %u\n"), "without %u the number is lost: {desktop}");
    let hooks = of("src-tauri/packaging/windows/hooks.nsh");
    let written = Regex::new(r#"insertmacro TIMBRE_SCHEME "(\w+)""#).unwrap();
    assert_eq!(written.captures_iter(&hooks).map(|c| c[1].to_owned()).collect::<Vec<_>>(), schemes);
    // The MSI writes what the other installer writes.
    let fragment = of("src-tauri/packaging/windows/links.wxs");
    let written = Regex::new(r#"Name="(\w+)" Value="Timbre\.Url""#).unwrap();
    assert_eq!(written.captures_iter(&fragment).map(|c| c[1].to_owned()).collect::<Vec<_>>(), schemes);
    assert!(
        fragment.contains("[INSTALLDIR]timbre.exe&quot; &quot;%1&quot;"),
        "without %1 the number is lost: {fragment}"
    );
    for line in hooks.lines().filter(|line| line.trim_start().starts_with("WriteRegStr")) {
        let key = line.split('"').nth(1).unwrap();
        assert!(fragment.contains(&format!("Key=\"{key}\"")), "the MSI does not write {key}");
    }
    let config: serde_json::Value = serde_json::from_str(&of("src-tauri/tauri.conf.json")).unwrap();
    let wix = &config["bundle"]["windows"]["wix"];
    assert_eq!(wix["fragmentPaths"], serde_json::json!(["packaging/windows/links.wxs"]));
    let component = wix["componentRefs"][0].as_str().unwrap();
    assert!(fragment.contains(&format!("<Component Id=\"{component}\"")), "{component} is not in the fragment");
}

#[test]
fn every_linux_package_gives_rights_to_headsets() {
    let rule = "70-timbre-headset.rules";
    let config: serde_json::Value = serde_json::from_str(&text_of("src-tauri/tauri.conf.json").unwrap()).unwrap();
    for package in ["deb", "rpm"] {
        let package = &config["bundle"]["linux"][package];
        let ours = &package["files"][format!("/usr/lib/udev/rules.d/{rule}")];
        assert_eq!(*ours, format!("packaging/linux/{rule}"));
        assert_eq!(package["postInstallScript"], "packaging/linux/installed.sh");
    }
    let text = text_of(&format!("src-tauri/packaging/linux/{rule}")).unwrap();
    assert!(text.contains("TAG+=\"uaccess\"") && text.contains("!=\"*:030101:*\""), "never of keyboards: {text}");
    // systemd gives what is tagged in its rule 73.
    assert!(rule.as_bytes() < b"73".as_slice(), "{rule}");
}

#[test]
fn the_window_loads_and_reaches_nothing_but_its_own() {
    let text = text_of("src-tauri/tauri.conf.json").unwrap();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap();
    let policy = &config["app"]["security"]["csp"];
    for (directive, value) in [
        ("default-src", "'self'"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        ("connect-src", "ipc: http://ipc.localhost"),
        ("object-src", "'none'"),
        ("frame-src", "'none'"),
        ("base-uri", "'none'"),
        ("form-action", "'none'"),
    ] {
        assert_eq!(policy[directive], value, "{directive}");
    }
    for window in ["main", "incoming"] {
        let text = text_of(&format!("src-tauri/capabilities/{window}.json")).unwrap();
        let capability: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(capability["windows"], serde_json::json!([window]));
        assert!(capability.get("remote").is_none(), "{window} may be asked by pages of others");
        for permission in capability["permissions"].as_array().unwrap() {
            let name = permission.as_str().unwrap();
            let known = ["allow-api", "allow-shell", "core:event:allow-listen", "core:event:allow-unlisten"];
            assert!(
                known.contains(&name) || (window, name) == ("incoming", "core:window:allow-start-dragging"),
                "{window}: {name}"
            );
            assert!(window == "main" || name != "allow-shell", "the pop-up may not end the program");
        }
    }
}
