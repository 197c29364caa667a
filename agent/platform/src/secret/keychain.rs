//! The system's keychain: Secret Service, Keychain Services, Credential Manager.

use keyring::{Entry, Error};

use super::{Secret, SecretError};
use crate::APPLICATION_ID;

#[derive(Debug)]
pub struct Keychain(());

impl Keychain {
    /// None if no keychain answers: asked for an entry that nobody made, a keychain says that there is none.
    pub fn open() -> Option<Self> {
        match Entry::new(APPLICATION_ID, "probe").and_then(|entry| entry.get_password()) {
            Ok(_) | Err(Error::NoEntry) => Some(Self(())),
            Err(error) => {
                tracing::debug!(error = kind(&error), "keychain");
                None
            }
        }
    }

    pub fn get(&self, entry: &str) -> Result<Option<Secret>, SecretError> {
        match Entry::new(APPLICATION_ID, entry).and_then(|entry| entry.get_password()) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    pub fn set(&self, entry: &str, secret: &Secret) -> Result<(), SecretError> {
        Entry::new(APPLICATION_ID, entry)
            .and_then(|entry| entry.set_password(secret.reveal()))
            .map_err(|error| refused(&error))
    }

    pub fn delete(&self, entry: &str) -> Result<(), SecretError> {
        match Entry::new(APPLICATION_ID, entry).and_then(|entry| entry.delete_credential()) {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

fn refused(error: &Error) -> SecretError {
    tracing::warn!(error = kind(error), "keychain");
    SecretError::Refused
}

/// The kind only: some errors carry the secret's bytes.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::PlatformFailure(_) => "platform failure",
        Error::NoStorageAccess(_) => "no access",
        Error::NoEntry => "no entry",
        Error::BadEncoding(_) => "not text",
        Error::TooLong(..) => "too long",
        Error::Invalid(..) => "invalid",
        Error::Ambiguous(_) => "several entries",
        _ => "other",
    }
}
