//! The file itself: read once, written whole and atomically, mode 0600.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::write::{FRESH, apply};
use super::{Settings, Warning, read_settings};
use crate::whole_file::write_whole;

/// Why the settings could not be stored.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is not TOML: it is not overwritten, somebody is editing it.
    #[error("the settings file is not TOML (line {line})")]
    NotToml {
        /// Line of the first fault.
        line: usize,
    },
    /// The file system refused.
    #[error("the settings file cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// `settings.toml` of one data directory.
#[derive(Debug)]
pub struct SettingsFile {
    path: Option<PathBuf>,
}

impl SettingsFile {
    /// The settings of a data directory.
    pub fn within(data_dir: &Path) -> Self {
        Self { path: Some(data_dir.join("settings.toml")) }
    }

    /// Settings that are forgotten.
    pub fn forgotten() -> Self {
        Self { path: None }
    }

    /// Reads; a file that is not there says nothing.
    pub fn read(&self, country: &str) -> (Settings, Vec<Warning>) {
        read_settings(&self.text(), country)
    }

    /// Writes what `settings` say into what stands in the file now.
    pub fn write(&self, settings: &Settings) -> Result<(), SettingsError> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut text = self.text();
        if text.trim().is_empty() {
            text = FRESH.to_owned();
        }
        let mut document: DocumentMut = text.parse().map_err(|_| {
            let (_, warnings) = read_settings(&text, "");
            let line = warnings.iter().find_map(|w| if let Warning::NotToml { line } = w { Some(*line) } else { None });
            SettingsError::NotToml { line: line.unwrap_or(1) }
        })?;
        apply(&mut document, settings);
        write_whole(path, document.to_string().as_bytes())?;
        Ok(())
    }

    fn text(&self) -> String {
        self.path.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use agent_api::id::AccountId;
    use agent_api::pbx::{PbxCode, PbxCodes};
    use uuid::Uuid;

    use super::*;
    use crate::pbx;
    use crate::settings::Account;

    #[test]
    fn comments_and_unknown_keys_survive_a_change() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::within(dir.path());
        let id = Uuid::from_u128(7);
        let text = format!(
            "# mine\n[general]\ncountry = \"CR\" # home\nfuture = 3\n\n# the office\n[[account]]\nid = \"{id}\"\nuser = \"1\"\ndomain = \"a.example\"\nnovel = true\n"
        );
        std::fs::write(dir.path().join("settings.toml"), text).unwrap();
        let (mut settings, _) = file.read("ES");
        settings.preferences.country = "ES".to_owned();
        settings.accounts[0].port = Some(5070);
        file.write(&settings).unwrap();

        let text = std::fs::read_to_string(dir.path().join("settings.toml")).unwrap();
        for kept in ["# mine", "country = \"ES\" # home", "future = 3", "# the office", "novel = true", "port = 5070"] {
            assert!(text.contains(kept), "{kept} missing in\n{text}");
        }
        assert_eq!(file.read("ES").0, settings);
    }

    #[test]
    fn a_fresh_file_reads_back_what_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::within(dir.path());
        let mut settings = Settings::for_country("PT");
        settings.accounts.push(Account::new(AccountId(Uuid::from_u128(1)), "8330101", "pbx.example"));
        settings.accounts.push(Account::new(AccountId(Uuid::from_u128(2)), "8330102", "pbx.example"));
        settings.accounts[1].dtmf = agent_api::account::Dtmf::Info;
        settings.accounts[1].realms = vec!["asterisk".to_owned()];
        settings.accounts[1].profile = "asterisk".to_owned();
        settings.accounts[1].own_codes.insert(PbxCode::Park, "700".to_owned());
        settings.accounts[1].own_codes.insert(PbxCode::Record, String::new());
        settings.audio.ringer.device = Some("usb".to_owned());
        file.write(&settings).unwrap();
        assert_eq!(file.read("ES"), (settings.clone(), vec![]));
        settings.accounts.remove(0);
        file.write(&settings).unwrap();
        assert_eq!(file.read("ES"), (settings, vec![]));
    }

    #[test]
    fn codes_that_are_none_are_warned_of_by_name_and_the_others_hold() {
        let dir = tempfile::tempdir().unwrap();
        let id = Uuid::from_u128(7);
        let codes = "{ park = \"700\", pickup = \"sip:x\", fly = \"*1\", voicemail = \"*97\" }";
        let text = format!(
            "[[account]]\nid = \"{id}\"\nuser = \"1\"\ndomain = \"a.example\"\nprofile = \"avaya\"\ncodes = {codes}\n"
        );
        std::fs::write(dir.path().join("settings.toml"), text).unwrap();
        let (settings, warnings) = SettingsFile::within(dir.path()).read("ES");
        let account = &settings.accounts[0];
        assert_eq!(account.profile, pbx::GENERIC);
        assert_eq!(account.own_codes, PbxCodes::from([(PbxCode::Park, "700".to_owned())]));
        let wrong = |key: &str| Warning::Wrong { key: format!("account.1.{key}") };
        assert_eq!(warnings, ["profile", "codes.fly", "codes.pickup", "codes.voicemail"].map(wrong));
    }

    #[test]
    fn a_file_that_is_not_toml_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let file = SettingsFile::within(dir.path());
        std::fs::write(dir.path().join("settings.toml"), "[general\n").unwrap();
        let error = file.write(&Settings::for_country("ES")).unwrap_err();
        assert!(matches!(error, SettingsError::NotToml { line: 1 }));
    }
}
