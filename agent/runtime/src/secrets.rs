//! The keychain as the agent's secret store.

use std::path::Path;

use agent::port::secret::{Entry, SecretError, SecretStore};
use platform::secret::{Secrets, Strength};
use sip_stack::ua::Secret;

/// One entry for each secret.
pub(crate) struct Kept(Secrets);

impl Kept {
    pub fn open(data_dir: &Path) -> Self {
        Self(Secrets::open(data_dir))
    }
}

fn name(entry: Entry) -> String {
    match entry {
        Entry::Password(account) => format!("account/{}", account.0),
        Entry::Turn(account) => format!("account/{}/turn", account.0),
        Entry::Token(connection) => format!("connection/{}/token", connection.0),
        Entry::Key(connection) => format!("connection/{}/key", connection.0),
        Entry::Proxy => "network/proxy".to_owned(),
        Entry::Recordings => "recordings/key".to_owned(),
    }
}

fn failed(error: platform::secret::SecretError) -> SecretError {
    SecretError { reason: error.to_string() }
}

impl SecretStore for Kept {
    fn get(&self, entry: Entry) -> Result<Option<Secret>, SecretError> {
        let secret = self.0.get(&name(entry)).map_err(failed)?;
        Ok(secret.map(|secret| Secret::new(secret.reveal())))
    }

    fn set(&self, entry: Entry, secret: &Secret) -> Result<(), SecretError> {
        self.0.set(&name(entry), &platform::secret::Secret::new(secret.reveal())).map_err(failed)
    }

    fn forget(&self, entry: Entry) -> Result<(), SecretError> {
        self.0.delete(&name(entry)).map_err(failed)
    }

    fn is_weak(&self) -> bool {
        self.0.strength() == Strength::KeyBesideFile
    }
}
