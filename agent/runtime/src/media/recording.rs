//! Recordings, in the engine's words; their key; and files that are there already.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use agent::port::media::{RecordingProblem, RecordingWish};
use agent::port::recordings::{FilesError, Looked, RecordingFiles};
use agent::port::secret::{Entry, SecretStore};
use agent_api::recording::RecordingFormat;
use audio_engine::{Format, KeySource, RecordingError, RecordingId, RecordingKey, copy_recording, look_at_recording};
use crm::store::Peaks;
use sip_stack::ua::Secret;

/// One key is made, not two at a time.
static MAKING: Mutex<()> = Mutex::new(());

/// The engine's wish.
pub fn wish(id: RecordingId, wish: RecordingWish, secrets: &Arc<dyn SecretStore>) -> audio_engine::RecordingWish {
    audio_engine::RecordingWish {
        id,
        path: wish.file.0,
        format: match wish.format {
            RecordingFormat::Opus => Format::Opus,
            RecordingFormat::Wav => Format::Wav,
        },
        key: wish.sealed.then(|| made_key(secrets)),
        consent_tone: wish.consent_tone,
    }
}

/// The agent's word.
pub fn problem(problem: audio_engine::RecordingProblem) -> RecordingProblem {
    use audio_engine::RecordingProblem as Engine;
    match problem {
        Engine::Full => RecordingProblem::Full,
        Engine::Denied => RecordingProblem::Denied,
        Engine::Locked => RecordingProblem::Locked,
        Engine::Other(reason) => RecordingProblem::Other(reason),
    }
}

/// The books' word.
pub fn peaks(peaks: audio_engine::Peaks) -> Peaks {
    Peaks { column_ms: peaks.column_ms, left: peaks.left, right: peaks.right }
}

/// The key for what is to be recorded; where there is none it is made, and durable before it is used.
fn made_key(secrets: &Arc<dyn SecretStore>) -> KeySource {
    let secrets = Arc::clone(secrets);
    Arc::new(move || {
        let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept_key(secrets.as_ref())? {
            return Ok(key);
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        secrets.set(Entry::Recordings, &Secret::new(hex)).map_err(|error| error.to_string())?;
        Ok(RecordingKey::new(bytes))
    })
}

/// The key for what was recorded.
pub fn key(secrets: &Arc<dyn SecretStore>) -> KeySource {
    let secrets = Arc::clone(secrets);
    Arc::new(move || kept_key(secrets.as_ref())?.ok_or_else(|| "there is no key of recordings".to_owned()))
}

fn kept_key(secrets: &dyn SecretStore) -> Result<Option<RecordingKey>, String> {
    let secret = secrets.get(Entry::Recordings).map_err(|error| error.to_string())?;
    let Some(secret) = secret else { return Ok(None) };
    let hex = secret.reveal();
    let byte = |at: usize| hex.get(2 * at..2 * at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
    let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
    let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).filter(|_| hex.len() == 64);
    bytes.map(|bytes| Some(RecordingKey::new(bytes))).ok_or_else(|| "the key of recordings is damaged".to_owned())
}

/// Files of recordings, with the key of this agent.
pub(crate) struct Files(pub Arc<dyn SecretStore>);

impl RecordingFiles for Files {
    fn look(&self, file: &Path) -> Result<Looked, FilesError> {
        let facts = look_at_recording(file, Some(&key(&self.0))).map_err(failed)?;
        Ok(Looked { length_ms: facts.length_ms, peaks: peaks(facts.peaks) })
    }

    fn copy(&self, file: &Path, to: &Path) -> Result<PathBuf, FilesError> {
        copy_recording(file, Some(&key(&self.0)), to).map_err(failed)
    }
}

fn failed(error: RecordingError) -> FilesError {
    match error {
        RecordingError::Read(error) => match error.kind() {
            ErrorKind::NotFound => FilesError::Gone,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FilesError::Full,
            _ => FilesError::Other(error.to_string()),
        },
        other => FilesError::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use agent::port::secret::MemorySecrets;

    use super::*;

    #[test]
    fn a_key_is_made_once_kept_and_never_replaced() {
        let secrets: Arc<dyn SecretStore> = Arc::new(MemorySecrets::default());
        assert!(key(&secrets)().is_err(), "what was recorded needs the key that it was recorded with");
        let first = made_key(&secrets)().unwrap();
        assert!(made_key(&secrets)().unwrap() == first && key(&secrets)().unwrap() == first);
        for damaged in ["", "zz", &"g".repeat(64), &"0".repeat(66)] {
            secrets.set(Entry::Recordings, &Secret::new(damaged)).unwrap();
            assert!(made_key(&secrets)().is_err(), "{damaged:?} is not written over");
        }
    }
}
