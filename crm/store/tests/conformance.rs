//! The suite of `crm`, against SQLite on the real disk.
#![allow(clippy::unwrap_used)] // tests

use std::ops::{Deref, DerefMut};

use crm_store::SqliteStore;

/// A store whose directory lives as long as it.
struct InDirectory {
    store: SqliteStore,
    _directory: tempfile::TempDir,
}

impl Deref for InDirectory {
    type Target = SqliteStore;
    fn deref(&self) -> &SqliteStore {
        &self.store
    }
}

impl DerefMut for InDirectory {
    fn deref_mut(&mut self) -> &mut SqliteStore {
        &mut self.store
    }
}

fn fresh() -> InDirectory {
    let directory = tempfile::tempdir().unwrap();
    InDirectory { store: SqliteStore::open(directory.path()).unwrap(), _directory: directory }
}

crm::conformance_tests!(fresh);

#[cfg(feature = "encrypted-store")]
mod encrypted {
    use super::*;
    use crm_store::{Options, StoreKey};

    fn fresh() -> InDirectory {
        let directory = tempfile::tempdir().unwrap();
        let options = Options { key: Some(StoreKey::new(&[7; 32])), ..Options::default() };
        InDirectory { store: SqliteStore::open_with(directory.path(), &options).unwrap(), _directory: directory }
    }

    crm::conformance_tests!(fresh);
}
