//! Standing faults and things to say once.

use std::collections::BTreeMap;

use agent_api::event::{EventBody, Notice, NoticeCode, Severity};

use super::{Desk, Standing};

/// The faults that stand.
#[derive(Default)]
pub(super) struct Faults(BTreeMap<NoticeCode, Option<String>>);

impl Faults {
    /// The gravest first.
    pub fn list(&self) -> Vec<Notice> {
        let mut list: Vec<_> = self.0.iter().map(|(code, subject)| notice(*code, subject.clone())).collect();
        list.sort_by_key(|notice| std::cmp::Reverse(notice.severity));
        list
    }
}

impl Desk {
    /// Raises or lifts a standing fault; telling the same twice is silent.
    pub(super) fn stand(&mut self, code: NoticeCode, standing: Standing) {
        let changed = match standing {
            Standing::Yes(subject) => self.faults.0.insert(code, subject.clone()) != Some(subject),
            Standing::No => self.faults.0.remove(&code).is_some(),
        };
        if changed {
            self.emit(EventBody::Faults(self.faults.list()));
        }
    }

    /// The store takes writes again: its faults are over.
    pub(super) fn store_is_well(&mut self) {
        for code in [NoticeCode::DiskFull, NoticeCode::DatabaseLocked, NoticeCode::DatabaseFailed] {
            self.stand(code, Standing::No);
        }
    }

    /// Says something once.
    pub(super) fn say(&mut self, code: NoticeCode, subject: Option<String>) {
        self.emit(EventBody::Notice(notice(code, subject)));
    }
}

/// What is said, as grave as its code.
pub(crate) fn notice(code: NoticeCode, subject: Option<String>) -> Notice {
    let severity = match code {
        NoticeCode::DeviceUsed | NoticeCode::CardExpiring | NoticeCode::SettingsIgnored => Severity::Info,
        NoticeCode::MicrophoneGone
        | NoticeCode::SpeakerGone
        | NoticeCode::NoAudioIn
        | NoticeCode::TonesRefused
        | NoticeCode::NoAudioInOtherCodec
        | NoticeCode::NoAudioInKeys
        | NoticeCode::NoAudioStranger
        | NoticeCode::NoAudioHandshake
        | NoticeCode::NoAudioInOurAddress
        | NoticeCode::NoAudioInTheirAddress
        | NoticeCode::NoAudioOut
        | NoticeCode::RecordingFull
        | NoticeCode::RecordingDenied
        | NoticeCode::RecordingLocked
        | NoticeCode::RecordingFailed
        | NoticeCode::PlaybackFailed
        | NoticeCode::WeakSecretStore
        | NoticeCode::CardExpiringSoon => Severity::Warn,
        NoticeCode::NoMicrophone
        | NoticeCode::NoSpeaker
        | NoticeCode::DiskFull
        | NoticeCode::DatabaseLocked
        | NoticeCode::DatabaseFailed => Severity::Error,
    };
    Notice { code, severity, subject, call: None }
}
