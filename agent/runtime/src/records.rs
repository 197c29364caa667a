//! Opening the records: as they are, or in builds with `encrypted-store` under a key from the keychain.

use std::path::Path;

use crm_store::{OpenError, SqliteStore};

/// Opens the records of `data_dir`.
#[cfg(not(feature = "encrypted-store"))]
pub(crate) fn open(data_dir: &Path) -> Result<SqliteStore, OpenError> {
    SqliteStore::open(data_dir)
}

/// Opens the records of `data_dir`. A new or readable store gets a key; an encrypted one whose key is not found is left as
/// it is.
#[cfg(feature = "encrypted-store")]
pub(crate) fn open(data_dir: &Path) -> Result<SqliteStore, OpenError> {
    open_with(data_dir, &platform::secret::Secrets::open(data_dir))
}

#[cfg(feature = "encrypted-store")]
fn open_with(data_dir: &Path, secrets: &platform::secret::Secrets) -> Result<SqliteStore, OpenError> {
    let key = match sealed::kept(data_dir, secrets)? {
        Some(key) => key,
        // Another key than its own would only hide that its own is gone.
        None if crm_store::is_sealed(data_dir)? => return Err(OpenError::Sealed),
        None => sealed::make(data_dir, secrets)?,
    };
    SqliteStore::open_with(data_dir, &crm_store::Options { key: Some(key), ..crm_store::Options::default() })
}

#[cfg(feature = "encrypted-store")]
mod sealed {
    use std::io;
    use std::path::Path;

    use crm_store::{OpenError, StoreKey};
    use platform::secret::{Secret, Secrets, Strength};
    use zeroize::Zeroizing;

    /// The entry of the key among the secrets.
    const ENTRY: &str = "store";

    /// The key where it was put: in the keychain, or in the file from a time when no keychain answered.
    pub(super) fn kept(data_dir: &Path, secrets: &Secrets) -> Result<Option<StoreKey>, OpenError> {
        let found = match secrets.get(ENTRY).map_err(failed)? {
            None if secrets.strength() == Strength::Keychain => {
                Secrets::in_file(data_dir).get(ENTRY).map_err(failed)?
            }
            found => found,
        };
        found.map(|hex| StoreKey::read(hex.reveal()).ok_or(OpenError::Sealed)).transpose()
    }

    /// A new key, kept before anything is written with it.
    pub(super) fn make(data_dir: &Path, secrets: &Secrets) -> Result<StoreKey, OpenError> {
        std::fs::create_dir_all(data_dir)?;
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).map_err(|error| OpenError::Io(io::Error::other(error.to_string())))?;
        let key = StoreKey::new(&bytes);
        secrets.set(ENTRY, &Secret::new(key.reveal())).map_err(failed)?;
        Ok(key)
    }

    fn failed(error: platform::secret::SecretError) -> OpenError {
        OpenError::Io(io::Error::other(error.to_string()))
    }
}

#[cfg(all(test, feature = "encrypted-store"))]
mod tests {
    use crm::store::Store;
    use platform::secret::Secrets;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::in_file(folder.path());
        let dispositions = open_with(folder.path(), &secrets).unwrap().dispositions().unwrap();
        assert!(crm_store::is_sealed(folder.path()).unwrap());
        assert_eq!(open_with(folder.path(), &secrets).unwrap().dispositions().unwrap(), dispositions);
    }

    #[test]
    fn a_lost_key_is_told_and_no_new_one_made() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::in_memory();
        drop(open_with(folder.path(), &secrets).unwrap());
        let database = folder.path().join(crm_store::DATABASE_FILE);
        let before = std::fs::read(&database).unwrap();
        let emptied = Secrets::in_memory();
        assert!(matches!(open_with(folder.path(), &emptied), Err(OpenError::Sealed)));
        assert!(emptied.get("store").unwrap().is_none());
        assert_eq!(std::fs::read(&database).unwrap(), before);
        open_with(folder.path(), &secrets).unwrap();
    }

    #[test]
    fn readable_records_are_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        drop(SqliteStore::open(folder.path()).unwrap());
        open_with(folder.path(), &Secrets::in_memory()).unwrap();
        assert!(crm_store::is_sealed(folder.path()).unwrap());
    }
}
