//! How calls are recorded: `[recording]` in `settings.toml`.

use agent_api::recording::{RecordingFormat, RecordingSettings};
use toml_edit::{DocumentMut, Item, Table, Value};

use super::table::{Reader, set_optional, set_unless};
use super::{Settings, Warning};
use crate::recording::is_rule;

/// What the file says.
pub(super) fn read(root: &Table, settings: &mut Settings, warnings: &mut Vec<Warning>) {
    let mut reader = Reader::within(root, "recording", warnings);
    let default = RecordingSettings::default();
    settings.recording = RecordingSettings {
        format: reader.checked("format", format).unwrap_or(default.format),
        consent_tone: reader.flag("consent_tone").unwrap_or(default.consent_tone),
        encrypt: reader.flag("encrypt").unwrap_or(default.encrypt),
        keep_days: reader.number("keep_days", 0..=3650).filter(|days| *days > 0).map(|days| days as u16),
        names: reader.checked("names", |rule| is_rule(rule).then(|| rule.to_owned())).unwrap_or(default.names),
        folder: reader.checked("folder", |path| std::path::Path::new(path).is_absolute().then(|| path.to_owned())),
    };
    reader.finish();
}

/// A file that says nothing of it stays as it is until there is something to say.
pub(super) fn apply(document: &mut DocumentMut, settings: &RecordingSettings) {
    let default = RecordingSettings::default();
    if *settings == default && !document.contains_key("recording") {
        return;
    }
    let Some(table) = document.entry("recording").or_insert_with(|| Item::Table(Table::new())).as_table_mut() else {
        return;
    };
    set_unless(table, "format", format_name(settings.format), "opus");
    set_unless(table, "consent_tone", settings.consent_tone, default.consent_tone);
    set_unless(table, "encrypt", settings.encrypt, default.encrypt);
    set_unless(table, "keep_days", i64::from(settings.keep_days.unwrap_or(0)), 0);
    set_unless(table, "names", settings.names.as_str(), default.names.as_str());
    set_optional(table, "folder", settings.folder.clone().map(Value::from));
}

fn format(name: &str) -> Option<RecordingFormat> {
    [RecordingFormat::Opus, RecordingFormat::Wav].into_iter().find(|format| format_name(*format) == name)
}

fn format_name(format: RecordingFormat) -> &'static str {
    match format {
        RecordingFormat::Opus => "opus",
        RecordingFormat::Wav => "wav",
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::read_settings;
    use super::*;

    #[test]
    fn every_choice_comes_back_as_it_was_written() {
        let mut document = DocumentMut::new();
        let chosen = RecordingSettings {
            format: RecordingFormat::Wav,
            consent_tone: true,
            encrypt: true,
            keep_days: Some(90),
            names: "{date} {number}".to_owned(),
            folder: Some("/srv/calls".to_owned()),
        };
        for settings in [chosen, RecordingSettings::default()] {
            apply(&mut document, &settings);
            let (read, warnings) = read_settings(&document.to_string(), "CR");
            assert_eq!((read.recording, warnings), (settings, vec![]), "{document}");
        }
        let mut fresh = DocumentMut::new();
        apply(&mut fresh, &RecordingSettings::default());
        assert_eq!(fresh.to_string(), "");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let text = "[recording]\nnames = \"a/b\"\nfolder = \"calls\"\nformat = \"mp3\"\nkeep_days = -1\n";
        let (settings, warnings) = read_settings(text, "CR");
        assert_eq!(settings.recording, RecordingSettings::default());
        let places: Vec<_> = warnings.iter().map(Warning::place).collect();
        assert_eq!(places, ["format", "keep_days", "names", "folder"].map(|key| format!("recording.{key}")));
    }
}
