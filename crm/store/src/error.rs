//! What SQLite reports, made into the errors that callers decide by.

use crm::store::StoreError;
use rusqlite::ErrorCode;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another program holds the data directory.
    #[error("another program holds the data directory")]
    Locked,
    /// The database was written by a newer version; it was not touched.
    #[error("the database has version {found}, this program knows {known}")]
    Newer {
        /// Version of the file.
        found: u32,
        /// The latest version this program knows.
        known: u32,
    },
    /// The file is no database, not ours, or damaged.
    #[error("the database is damaged or of another program")]
    Corrupt,
    /// The database is encrypted and the key is another one, or there is none; it was not touched.
    #[error("the key does not open the database")]
    Sealed,
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// The directory or file cannot be read or written.
    #[error("the data directory cannot be used: {0}")]
    Io(#[from] std::io::Error),
    /// SQLite refused for another reason.
    #[error("the database cannot be opened: {0}")]
    Failed(String),
}

/// What a query's failure means.
pub(crate) fn store_error(error: rusqlite::Error) -> StoreError {
    match &error {
        rusqlite::Error::QueryReturnedNoRows => StoreError::NotFound,
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            ErrorCode::DiskFull => StoreError::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Locked,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt,
            // The message of SQLite can quote values; the number cannot.
            _ => StoreError::Failed(format!("sqlite {}", failure.extended_code)),
        },
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..) => StoreError::Corrupt,
        _ => StoreError::Failed("sqlite interface".into()),
    }
}

/// What a failure while opening means.
pub(crate) fn open_error(error: rusqlite::Error) -> OpenError {
    match store_error(error) {
        StoreError::Full => OpenError::Full,
        StoreError::Locked => OpenError::Locked,
        StoreError::Corrupt => OpenError::Corrupt,
        other => OpenError::Failed(other.to_string()),
    }
}
