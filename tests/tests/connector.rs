//! `timbre-cli connector check`: a file that describes a CRM, tried against an emulator of it.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]
#![cfg(target_os = "linux")] // the emulators need Python by that name

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use acceptance::cli::program;
use serde_json::Value;

/// A Pipedrive on this machine; it ends with this.
struct Crm {
    process: Child,
    address: String,
}

impl Crm {
    fn start() -> Self {
        let script = connect().join("tests/emulators/pipedrive.py");
        let mut command = Command::new("python3");
        command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Crm {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn connect() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crm/connect")
}

/// The exit code and the lines.
fn check(file: &Path, key: &str, options: &[&str]) -> (i32, Vec<Value>) {
    let mut command = Command::new(program().unwrap());
    command
        .args(["--json", "connector", "check"])
        .arg(file)
        .args(options)
        .args(["--key-env", "CRM_KEY"])
        .env("CRM_KEY", key);
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(key.is_empty() || !said.contains(key), "a key is printed: {said}");
    let schema = Command::new(program().unwrap()).arg("schema").output().unwrap();
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let lines: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for line in &lines {
        acceptance::schema::fits(&schema, line).unwrap_or_else(|why| panic!("{line}: {why}"));
    }
    (output.status.code().unwrap(), lines)
}

fn step<'a>(lines: &'a [Value], operation: &str) -> &'a Value {
    lines.iter().find(|line| line["operation"] == operation).unwrap()
}

#[test]
fn a_file_that_describes_a_crm_is_tried_and_says_what_works() {
    let crm = Crm::start();
    let shipped = connect().join("rest/pipedrive.toml");
    let address = ["--address", &crm.address];
    let (code, lines) = check(&shipped, "0123456789abcdef", &address);
    assert_eq!(code, 0, "{lines:?}");
    assert_eq!((lines[0]["event"].as_str(), lines[0]["verified"].as_bool()), (Some("connector"), Some(false)));
    for operation in
        ["check", "create_contact", "find_created_contact", "find_by_number", "find_by_text", "log", "look_up"]
    {
        assert_eq!(step(&lines, operation)["result"], "works", "{operation}");
    }
    assert_eq!(step(&lines, "create_lead")["result"], "left_out");
    let last = lines.last().unwrap();
    assert_eq!(
        (last["event"].as_str(), last["ok"].as_bool(), last["fails"].as_u64()),
        (Some("connector_checked"), Some(true), Some(0))
    );

    let (code, lines) = check(&shipped, "a wrong key", &address);
    assert_eq!((code, step(&lines, "check")["code"].as_str()), (1, Some("sign_in")), "{lines:?}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.toml");
    let text = std::fs::read_to_string(&shipped).unwrap();
    std::fs::write(&file, text.replace("\"{answered}\"", "\"{anwsered}\"")).unwrap();
    let (code, lines) = check(&file, "0123456789abcdef", &address);
    let line = text.lines().position(|line| line.contains("{answered}")).unwrap() + 1;
    let detail = lines[0]["detail"].as_str().unwrap();
    assert_eq!((code, lines.len()), (2, 1));
    assert!(detail.contains(&format!("line {line}, log.body.outcome: no value is called {{anwsered}}")), "{detail}");
    // An address that is not safe, and one that nobody gave.
    assert_eq!(check(&shipped, "0123456789abcdef", &["--address", "http://crm.example/"]).0, 2);
    assert_eq!(check(&shipped, "0123456789abcdef", &[]).0, 2);
}
