//! The keychain as the agent's secret store.

use std::path::Path;

use agent::port::secret::{SecretError, SecretStore};
use agent_api::id::AccountId;
use platform::secret::{Secrets, Strength};
use sip_stack::ua::Secret;

/// One entry for each account.
pub(crate) struct Kept(Secrets);

impl Kept {
    pub fn open(data_dir: &Path) -> Self {
        Self(Secrets::open(data_dir))
    }
}

fn entry(account: AccountId) -> String {
    format!("account/{}", account.0)
}

fn failed(error: platform::secret::SecretError) -> SecretError {
    SecretError { reason: error.to_string() }
}

impl SecretStore for Kept {
    fn password(&self, account: AccountId) -> Result<Option<Secret>, SecretError> {
        let secret = self.0.get(&entry(account)).map_err(failed)?;
        Ok(secret.map(|secret| Secret::new(secret.reveal())))
    }

    fn set_password(&self, account: AccountId, password: &Secret) -> Result<(), SecretError> {
        self.0.set(&entry(account), &platform::secret::Secret::new(password.reveal())).map_err(failed)
    }

    fn forget(&self, account: AccountId) -> Result<(), SecretError> {
        self.0.delete(&entry(account)).map_err(failed)
    }

    fn is_weak(&self) -> bool {
        self.0.strength() == Strength::KeyBesideFile
    }
}
