//! Secrets: the system's keychain; where there is none an encrypted file, whose weakness is told; memory for tests.
//!
//! Calls may wait for a person to unlock the keychain: do not make them where something else is waiting.

mod file;
mod keychain;
mod memory;

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

/// A secret text. It is wiped when dropped and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How well secrets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// The system's keychain.
    Keychain,
    /// An encrypted file whose key lies beside it: it keeps secrets out of backups of one file and from a glance, but not
    /// from a program that runs as the same user.
    KeyBesideFile,
    /// Memory only; gone when the program ends.
    Memory,
}

/// Why a secret could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The keychain refused, or the person did.
    #[error("the keychain refused")]
    Refused,
    /// The file or its key cannot be read or written.
    #[error("the file of secrets: {0}")]
    File(#[from] std::io::Error),
    /// The file was changed by somebody, or its key does not fit.
    #[error("the file of secrets does not fit its key")]
    Broken,
    /// The name of an entry is empty, too long or has control characters.
    #[error("not a name of an entry")]
    BadEntry,
}

/// A place for secrets, each under the name of its entry.
#[derive(Debug)]
pub struct Secrets {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Keychain(keychain::Keychain),
    File(file::EncryptedFile),
    Memory(memory::Memory),
}

impl Secrets {
    /// The keychain if the system has one that answers, else an encrypted file in `folder`.
    pub fn open(folder: &Path) -> Self {
        let place = match keychain::Keychain::open() {
            Some(keychain) => Place::Keychain(keychain),
            None => {
                tracing::warn!("no keychain answers: secrets go to an encrypted file");
                Place::File(file::EncryptedFile::in_folder(folder))
            }
        };
        Self { place }
    }

    /// The encrypted file in `folder`, whether there is a keychain or not.
    pub fn in_file(folder: &Path) -> Self {
        Self { place: Place::File(file::EncryptedFile::in_folder(folder)) }
    }

    /// Memory only, for tests and throw-away runs.
    pub fn in_memory() -> Self {
        Self { place: Place::Memory(memory::Memory::default()) }
    }

    /// How well this place keeps them.
    pub fn strength(&self) -> Strength {
        match self.place {
            Place::Keychain(_) => Strength::Keychain,
            Place::File(_) => Strength::KeyBesideFile,
            Place::Memory(_) => Strength::Memory,
        }
    }

    /// The secret of an entry, if there is one.
    pub fn get(&self, entry: &str) -> Result<Option<Secret>, SecretError> {
        check(entry)?;
        match &self.place {
            Place::Keychain(keychain) => keychain.get(entry),
            Place::File(file) => file.get(entry),
            Place::Memory(memory) => Ok(memory.get(entry)),
        }
    }

    /// Keeps a secret, in place of an older one.
    pub fn set(&self, entry: &str, secret: &Secret) -> Result<(), SecretError> {
        check(entry)?;
        match &self.place {
            Place::Keychain(keychain) => keychain.set(entry, secret),
            Place::File(file) => file.set(entry, secret),
            Place::Memory(memory) => {
                memory.set(entry, secret);
                Ok(())
            }
        }
    }

    /// Forgets a secret; that there was none is well too.
    pub fn delete(&self, entry: &str) -> Result<(), SecretError> {
        check(entry)?;
        match &self.place {
            Place::Keychain(keychain) => keychain.delete(entry),
            Place::File(file) => file.delete(entry),
            Place::Memory(memory) => {
                memory.delete(entry);
                Ok(())
            }
        }
    }
}

fn check(entry: &str) -> Result<(), SecretError> {
    let fits = (1..=200).contains(&entry.len()) && !entry.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(SecretError::BadEntry) }
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretError, Secrets, Strength};

    fn keeps_and_forgets(secrets: &Secrets) {
        assert_eq!(secrets.get("account/1").unwrap(), None);
        secrets.set("account/1", &Secret::new("pässword\n")).unwrap();
        secrets.set("account/2", &Secret::new("")).unwrap();
        assert_eq!(secrets.get("account/1").unwrap(), Some(Secret::new("pässword\n")));
        secrets.set("account/1", &Secret::new("other")).unwrap();
        assert_eq!(secrets.get("account/1").unwrap().unwrap().reveal(), "other");
        secrets.delete("account/1").unwrap();
        secrets.delete("account/1").unwrap();
        assert_eq!(secrets.get("account/1").unwrap(), None);
        assert_eq!(secrets.get("account/2").unwrap(), Some(Secret::new("")));
        assert!(matches!(secrets.get(""), Err(SecretError::BadEntry)));
        assert!(matches!(secrets.set("a\nb", &Secret::new("x")), Err(SecretError::BadEntry)));
    }

    #[test]
    fn memory_keeps_and_forgets() {
        keeps_and_forgets(&Secrets::in_memory());
    }

    #[test]
    fn the_file_keeps_and_forgets_and_says_how_weak_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::in_file(folder.path());
        assert_eq!(secrets.strength(), Strength::KeyBesideFile);
        keeps_and_forgets(&secrets);
        assert_eq!(Secrets::in_file(folder.path()).get("account/2").unwrap(), Some(Secret::new("")));
    }

    #[test]
    fn a_secret_is_never_printed() {
        let text = format!("{:?} {:?}", Secret::new("hunter2"), Some(Secret::new("hunter2")));
        assert!(!text.contains("hunter2"), "{text}");
    }
}
