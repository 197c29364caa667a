//! Passwords and tokens: they go in, and come out only to those who use them on the wire.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use agent_api::id::AccountId;
use sip_stack::ua::Secret;

/// The secret store refused.
#[derive(Debug, thiserror::Error)]
#[error("the secret store failed: {reason}")]
pub struct SecretError {
    /// The system's words, without the secret.
    pub reason: String,
}

/// One entry for each account. Calls may block (a keychain may ask the user).
pub trait SecretStore: Send + Sync {
    /// The password of an account.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn password(&self, account: AccountId) -> Result<Option<Secret>, SecretError>;

    /// Stores or replaces the password of an account.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn set_password(&self, account: AccountId, password: &Secret) -> Result<(), SecretError>;

    /// Forgets the password of an account; one that is not there is forgotten already.
    ///
    /// # Errors
    /// The keychain is locked or absent.
    fn forget(&self, account: AccountId) -> Result<(), SecretError>;

    /// Secrets are in a file of our own instead of a keychain, which is weaker; the agent says so.
    fn is_weak(&self) -> bool;
}

/// Passwords of this process alone, for the command line's account files and tests.
#[derive(Default)]
pub struct MemorySecrets(Mutex<BTreeMap<AccountId, Secret>>);

impl SecretStore for MemorySecrets {
    fn password(&self, account: AccountId) -> Result<Option<Secret>, SecretError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned())
    }

    fn set_password(&self, account: AccountId, password: &Secret) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account, password.clone());
        Ok(())
    }

    fn forget(&self, account: AccountId) -> Result<(), SecretError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
        Ok(())
    }

    fn is_weak(&self) -> bool {
        false
    }
}
