//! What a store keeps of how calls went technically. The text is whoever writes it's own: a store only bounds it.

use super::StoreError;
use crate::id::CallId;

/// Of so many calls, those that began last, details are kept.
pub const DETAILS_MAX: u32 = 200;
/// The longest text, bytes; a longer one is refused as [`StoreError::WrongState`].
pub const DETAILS_LEN_MAX: usize = 128 << 10;

/// The part of [`Store`](super::Store) about such details. They go with their call. Each method is one transaction.
pub trait Details {
    /// Keeps a call's details in the place of what was kept before, and forgets those of the oldest calls.
    fn keep_details(&mut self, call: CallId, text: &str) -> Result<(), StoreError>;
    /// A call's details; none if none are kept, or the call is not known.
    fn details(&mut self, call: CallId) -> Result<Option<String>, StoreError>;
    /// The details of the last calls, the newest first, at most `limit`.
    fn last_details(&mut self, limit: u32) -> Result<Vec<(CallId, String)>, StoreError>;
}
