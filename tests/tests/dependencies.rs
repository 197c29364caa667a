//! Who may know whom, read from cargo and from the sources. The table is the one of `ARCHITECTURE.md`.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Each room and the rooms that it may know. Anything that does not stand here is forbidden.
const MAY_KNOW: &[(&str, &[&str])] = &[
    // shells
    ("timbre", &["runtime", "agent", "agent-api"]),
    ("timbre-cli", &["runtime", "agent", "agent-api"]),
    ("acceptance", &["runtime", "agent", "agent-api"]),
    // composition
    (
        "runtime",
        &[
            "agent",
            "sip-net",
            "rtp-net",
            "audio-engine",
            "crm-store",
            "crm-connect",
            "platform",
            "practice",
            "failpoint",
            // what these speak of, which the composition joins
            "agent-api",
            "sip-stack",
            "rtp",
            "audio",
            "crm",
            "headset",
        ],
    ),
    // application
    ("agent", &["agent-api", "sip-stack", "rtp", "audio", "crm", "headset", "failpoint"]),
    // adapters
    ("sip-net", &["sip-stack"]),
    ("rtp-net", &["rtp"]),
    ("audio-engine", &["audio", "rtp"]),
    ("crm-store", &["crm", "failpoint"]),
    ("crm-connect", &["crm", "failpoint"]),
    ("platform", &["headset"]),
    ("practice", &["sip-stack", "sip-net", "rtp", "rtp-net", "audio"]),
    // pure
    ("sip-stack", &[]),
    ("rtp", &[]),
    ("audio", &["rtp"]),
    ("headset", &[]),
    ("crm", &[]),
    ("agent-api", &[]),
    // nothing at all, unless a test turns it on
    ("failpoint", &[]),
    // the project's own commands: they write the interface's types
    ("xtask", &["agent-api"]),
];

/// Crates without sockets, files, threads, clock or random numbers of their own.
const PURE: &[&str] = &["sip-stack", "rtp", "audio", "headset", "crm", "agent-api"];

/// Foreign crates that would bring the outside world into a pure crate.
const WORLDLY: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "socket2",
    "hickory-resolver",
    "reqwest",
    "hyper",
    "rusqlite",
    "cpal",
    "tauri",
    "keyring",
    "fs4",
    "tempfile",
    "crossbeam-channel",
    "rayon",
    "getrandom",
];

fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn rooms(metadata: &Metadata) -> Vec<&Package> {
    metadata.workspace_packages()
}

#[test]
fn nobody_knows_a_room_above_or_beside_it() {
    let table: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let metadata = metadata();
    let names: BTreeSet<&str> = rooms(&metadata).iter().map(|room| room.name.as_str()).collect();
    let mut wrong = Vec::new();
    for room in rooms(&metadata) {
        let Some(allowed) = table.get(room.name.as_str()) else {
            wrong.push(format!("{} does not stand in the table", room.name));
            continue;
        };
        for dependency in &room.dependencies {
            let other = dependency.name.as_str();
            if names.contains(other) && !allowed.contains(&other) {
                wrong.push(format!("{} may not know {other} ({:?})", room.name, dependency.kind));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_table_itself_has_no_way_back_up() {
    // A topological order exists: take away rooms that know nobody who is left.
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        MAY_KNOW.iter().map(|(room, known)| (*room, known.iter().copied().collect())).collect();
    while let Some(leaf) =
        left.iter().find(|(_, known)| known.iter().all(|k| !MAY_KNOW.iter().any(|(room, _)| room == k)))
    {
        let leaf = *leaf.0;
        left.remove(leaf);
        left.values_mut().for_each(|known| {
            known.remove(leaf);
        });
    }
    assert!(left.is_empty(), "rooms that know each other in a circle: {:?}", left.keys());
}

#[test]
fn pure_rooms_have_no_worldly_dependency() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for room in rooms(&metadata).into_iter().filter(|room| PURE.contains(&room.name.as_str())) {
        for dependency in room.dependencies.iter().filter(|d| d.kind != DependencyKind::Development) {
            if WORLDLY.contains(&dependency.name.as_str()) {
                wrong.push(format!("{} depends on {}", room.name, dependency.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What a pure crate's list must forbid at the least.
const IMPURE_METHODS: &[&str] = &[
    "std::time::Instant::now",
    "std::time::SystemTime::now",
    "std::thread::spawn",
    "std::thread::sleep",
    "std::fs::read",
    "std::fs::write",
    "std::fs::File::open",
    "std::fs::File::create",
    "rand::rng",
    "rand::random",
    "std::time::Instant::elapsed",
    "std::time::SystemTime::elapsed",
    "std::thread::Builder::spawn",
    "std::thread::scope",
    "std::fs::read_to_string",
    "std::fs::OpenOptions::open",
    "std::fs::read_dir",
    "std::env::var",
    "std::env::var_os",
    "std::env::args",
    "std::process::exit",
    "rand::SeedableRng::from_os_rng",
    "uuid::Uuid::now_v7",
    "uuid::Uuid::new_v4",
];
const IMPURE_TYPES: &[&str] = &[
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::sync::Mutex",
    "std::net::TcpListener",
    "std::sync::RwLock",
    "std::sync::Condvar",
    "std::process::Command",
];

fn paths_of(list: &toml::Value) -> BTreeSet<&str> {
    let entries = list.as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().filter_map(|entry| entry.get("path").unwrap_or(entry).as_str()).collect()
}

#[test]
fn every_room_has_its_own_list_of_forbidden_things() {
    let metadata = metadata();
    let mut wrong = Vec::new();
    for room in rooms(&metadata) {
        // The nearest clippy.toml replaces the others, and a folder inside inherits its parent's: each room needs its own.
        let own = room.manifest_path.parent().unwrap().join("clippy.toml");
        let Ok(text) = std::fs::read_to_string(&own) else {
            wrong.push(format!("{} has no clippy.toml", room.name));
            continue;
        };
        let list: toml::Value = toml::from_str(&text).unwrap();
        let methods = list.get("disallowed-methods").map(paths_of).unwrap_or_default();
        if !methods.contains("std::thread::sleep") {
            wrong.push(format!("{} may sleep", room.name));
        }
        if PURE.contains(&room.name.as_str()) {
            let types = list.get("disallowed-types").map(paths_of).unwrap_or_default();
            // A list may name only what can be reached: random numbers and ids where their crates are known.
            let reachable = |path: &str| {
                let home = path.split("::").next().unwrap_or_default();
                home == "std"
                    || room.dependencies.iter().any(|d| d.name == home && d.kind != DependencyKind::Development)
            };
            let missing = IMPURE_METHODS.iter().filter(|m| !methods.contains(**m) && reachable(m));
            let missing = missing.chain(IMPURE_TYPES.iter().filter(|t| !types.contains(**t)));
            wrong.extend(missing.map(|path| format!("{} does not forbid {path}", room.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_room_takes_the_lints_of_the_workspace() {
    let metadata = metadata();
    for room in rooms(&metadata) {
        let manifest: toml::Value = toml::from_str(&std::fs::read_to_string(&room.manifest_path).unwrap()).unwrap();
        let inherits = manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "{} lacks `[lints] workspace = true`", room.name);
    }
}

/// Modules of `sip-stack` from the ground up; a module imports only from lower ranks.
const RANKS: &[&[&str]] =
    &[&["message", "sdp"], &["auth", "transport"], &["transaction"], &["dialog", "offer_answer"], &["ua"]];

fn rank(module: &str) -> Option<usize> {
    RANKS.iter().position(|rank| rank.contains(&module))
}

#[test]
fn modules_of_sip_stack_import_only_downwards() {
    let source = root().join("sip-stack/src");
    let import = regex::Regex::new(r"\bcrate::(\{[^;]*\}|[a-z_]+)").unwrap();
    let head = regex::Regex::new(r"(?:^\{|,)\s*([a-z_]+)").unwrap();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in rust_files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let module = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        let Some(own) = rank(module) else { continue };
        let text = std::fs::read_to_string(&file).unwrap();
        // Prose may point upwards; code may not.
        let text: String = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .fold(String::new(), |all, line| all + line + "\n");
        for found in import.captures_iter(&text) {
            let named = &found[1];
            // A group names several modules; what is nested in braces further in belongs to one of them.
            let flat = if named.starts_with('{') { outermost(named) } else { format!("{{{named}") };
            for other in head.captures_iter(&flat).map(|c| c[1].to_owned()) {
                seen += 1;
                if other != module && rank(&other).is_some_and(|other| other >= own) {
                    wrong.push(format!("{}: {module} imports {other}", inside.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 0 || !source.join("ua").exists(), "no import was read: the test reads wrongly");
}

fn outermost(group: &str) -> String {
    let mut depth = 0;
    group
        .chars()
        .filter(|c| {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => return depth <= 1,
            }
            depth <= 1 && *c == '{'
        })
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files
}
