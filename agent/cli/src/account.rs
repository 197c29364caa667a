//! Account files.

use std::path::{Path, PathBuf};

use agent::settings::{Account, AccountFile, AccountSecret, Warning, read_account_file};
use agent_api::id::AccountId;
use anyhow::{Context, Result, bail};
use runtime::Secret;
use uuid::Uuid;

/// A line of this run, and what it proves itself with.
pub struct Line {
    pub account: Account,
    pub password: Option<Secret>,
    pub turn_password: Option<Secret>,
}

/// Reads the files; each is an account of this run. A file without a password uses the one that the data directory keeps
/// for the same user and domain, if there is one.
///
/// # Errors
/// A file cannot be read, is not TOML, lacks what is needed, or asks for what this version cannot do.
pub fn read(files: &[PathBuf], data_dir: Option<&Path>) -> Result<Vec<Line>> {
    files.iter().enumerate().map(|(place, file)| read_one(file, place, data_dir)).collect()
}

fn read_one(file: &Path, place: usize, data_dir: Option<&Path>) -> Result<Line> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{name}"))?;
    // Accounts of files are not stored: their ids only tell them apart within this run.
    let id = AccountId(Uuid::from_u128(place as u128 + 1));
    let (found, warnings) = read_account_file(&text, id);
    for warning in &warnings {
        match warning {
            Warning::Unknown { key } => tracing::warn!(%key, "unknown key in the account file"),
            Warning::NotToml { line } => bail!("{name}: not TOML, line {line}"),
            Warning::Wrong { key } => bail!("{name}: {key} has a wrong value"),
            Warning::Incomplete { key } => bail!("{name}: {key} is missing"),
        }
    }
    let Some(AccountFile { mut account, password, turn_password }) = found else { bail!("{name}: no account") };
    for path in [&mut account.tls_ca, &mut account.tls_certificate, &mut account.tls_key].into_iter().flatten() {
        if path.is_relative() {
            *path = file.parent().unwrap_or(Path::new(".")).join(&path);
        }
    }
    let password = match password {
        AccountSecret::Given(password) => Some(Secret::new(password)),
        AccountSecret::Environment(variable) => {
            let password = std::env::var(&variable).with_context(|| format!("{name}: the variable {variable}"))?;
            Some(Secret::new(password))
        }
        AccountSecret::Stored => {
            data_dir.and_then(|place| runtime::kept_password(place, &account.user, &account.domain))
        }
    };
    Ok(Line { account, password, turn_password: turn_password.map(Secret::new) })
}
