//! Commands that read and write records: links, contacts, history, outbox.

use std::io::Write;
use std::path::{Path, PathBuf};

use agent::link::{Decision, LinkContext, judge};
use agent_api::id::CallId;
use anyhow::{Context, Result, bail};
use runtime::{Books, BooksError};
use serde_json::json;

use crate::args::{Command, Contacts, History, Outbox};
use crate::details;
use crate::line::Lines;

/// Runs one of them; true if it reached its goal.
pub async fn run(command: Command, data_dir: Option<PathBuf>, lines: &Lines) -> Result<bool> {
    let place = match data_dir {
        Some(place) => place,
        None => runtime::data_folder().context("this system names no folder for data: use --data-dir")?,
    };
    match command {
        Command::ParseLink { uri } => return Ok(parse_link(&uri, &place, lines)),
        Command::Contacts(Contacts::Find { text }) => find(&place, &text, lines)?,
        Command::Contacts(Contacts::Import { file }) => import(&place, &file, lines)?,
        Command::Contacts(Contacts::Export { file }) => {
            export(&file, lines, || Books::open(&place)?.contacts_csv())?;
        }
        Command::History(History::Export { file }) => export(&file, lines, || Books::open(&place)?.history_csv())?,
        Command::History(History::Details { call }) => {
            let kept = Books::open(&place)?.call_details(call.map(CallId))?;
            let Some(kept) = kept else {
                lines.error("not_found", "no details of that call");
                return Ok(false);
            };
            details::write(&kept, lines);
        }
        Command::Outbox(Outbox::List) => list_outbox(&place, lines)?,
        Command::Register(_) | Command::Call(_) | Command::Listen(_) | Command::Connector(_) | Command::Schema => {
            bail!("not a books command")
        }
    }
    Ok(true)
}

/// Prints a text as it is.
pub fn print(text: &str) {
    // Whoever reads has gone away: there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn parse_link(uri: &str, place: &Path, lines: &Lines) -> bool {
    let (country, own, allowed) = runtime::link_context(place);
    let context = LinkContext { country: &country, own_domains: &own, allowed_domains: &allowed };
    let (target, decision) = judge(uri, &context);
    let number = target.as_ref().and_then(|target| target.number.as_ref());
    let (policy, reason) = match decision {
        Decision::Dial => ("dial", None),
        Decision::Ask(reason) => ("ask", Some(json!(reason))),
        Decision::Refuse(reason) => ("refuse", Some(json!(reason))),
    };
    let ok = policy != "refuse";
    let fields = json!({
        "ok": ok,
        "dial": target.as_ref().map(|target| &target.dial),
        "e164": number.and_then(|number| number.e164()),
        "ext": number.and_then(|number| number.extension()),
        "policy": policy,
        "reason": reason,
    });
    lines.write("link", None, None, fields);
    ok
}

fn find(place: &Path, text: &str, lines: &Lines) -> Result<()> {
    for contact in Books::open(place)?.find(text)? {
        let fields = json!({
            "id": contact.id.0,
            "name": contact.name,
            "company": contact.company,
            "phone": contact.phone,
            "email": contact.email,
        });
        lines.write("contact", None, None, fields);
    }
    Ok(())
}

fn import(place: &Path, file: &Path, lines: &Lines) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
    let imported = Books::open(place)?.import_contacts(&bytes)?;
    for line in &imported.left_out {
        lines.error("internal", &format!("line {line} is left out: a field is missing or has a wrong form"));
    }
    lines.write("imported", None, None, json!({ "contacts": imported.contacts, "duplicates": imported.known.len() }));
    Ok(())
}

fn export(file: &Path, lines: &Lines, make: impl FnOnce() -> Result<(String, usize), BooksError>) -> Result<()> {
    let (text, rows) = make()?;
    std::fs::write(file, text).with_context(|| format!("{}", file.display()))?;
    lines.write("exported", None, None, json!({ "rows": rows }));
    Ok(())
}

fn list_outbox(place: &Path, lines: &Lines) -> Result<()> {
    for item in Books::open(place)?.outbox()? {
        let fields = json!({
            "id": item.id.0,
            "state": item.state,
            "connector": item.connector,
            "attempt": item.attempt,
            "next_at_ms": item.next_at_ms,
            "last_error": item.last_error,
        });
        lines.write("outbox_item", None, Some(item.call.0), fields);
    }
    Ok(())
}
