//! Passwords and tokens: they go in, and come out only to those who use them on the wire.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use agent_api::id::{AccountId, ConnectionId};
use sip_stack::ua::Secret;

/// The secret store refused.
#[derive(Debug, thiserror::Error)]
#[error("the secret store failed: {reason}")]
pub struct SecretError {
    /// The system's words, without the secret.
    pub reason: String,
}

/// What is kept, one entry each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// The password of a line.
    Password(AccountId),
    /// The password of a line's TURN server.
    Turn(AccountId),
    /// The refresh token of a connection.
    Token(ConnectionId),
    /// The key or client secret of a connection, as a person gave it.
    Key(ConnectionId),
    /// What a proxy is told when it asks: user, colon, password.
    Proxy,
    /// The key of encrypted recordings, 64 hexadecimal digits.
    Recordings,
}

/// One entry for each secret. Calls may block (a keychain may ask the user).
pub trait SecretStore: Send + Sync {
    /// A secret, if there is one.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn get(&self, entry: Entry) -> Result<Option<Secret>, SecretError>;

    /// Stores or replaces a secret; it is durable when this returns.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn set(&self, entry: Entry, secret: &Secret) -> Result<(), SecretError>;

    /// Forgets a secret; one that is not there is forgotten already.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn forget(&self, entry: Entry) -> Result<(), SecretError>;

    /// Secrets are in a file of our own instead of a keychain, which is weaker; the agent says so.
    fn is_weak(&self) -> bool;
}

/// Secrets of this process alone, for the command line's account files and tests.
#[derive(Default)]
pub struct MemorySecrets(Mutex<BTreeMap<Entry, Secret>>);

impl MemorySecrets {
    /// With these from the beginning.
    pub fn knowing(secrets: Vec<(Entry, Secret)>) -> Self {
        Self(Mutex::new(secrets.into_iter().collect()))
    }
}

impl SecretStore for MemorySecrets {
    fn get(&self, entry: Entry) -> Result<Option<Secret>, SecretError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&entry).cloned())
    }

    fn set(&self, entry: Entry, secret: &Secret) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entry, secret.clone());
        Ok(())
    }

    fn forget(&self, entry: Entry) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&entry);
        Ok(())
    }

    fn is_weak(&self) -> bool {
        false
    }
}
