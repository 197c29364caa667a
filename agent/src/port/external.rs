//! Opening things in the system's own programs.

/// The system refused to open an address.
#[derive(Debug, thiserror::Error)]
#[error("the system did not open the address")]
pub struct OpenError;

/// Opens addresses outside.
pub trait External: Send + Sync {
    /// Opens an `https:` or `mailto:` address in the system's program for it.
    ///
    /// # Errors
    /// The system refused.
    fn open(&self, url: &str) -> Result<(), OpenError>;
}

/// Opens nothing; for programs without a desktop.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoExternal;

impl External for NoExternal {
    fn open(&self, _url: &str) -> Result<(), OpenError> {
        Err(OpenError)
    }
}
