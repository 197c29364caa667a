//! Details of calls, in memory.

use super::MemoryStore;
use crate::id::CallId;
use crate::store::{DETAILS_LEN_MAX, DETAILS_MAX, Details, StoreError};

impl MemoryStore {
    /// Calls with details, the newest first.
    fn detailed(&self) -> Vec<CallId> {
        let mut calls: Vec<(i64, CallId)> =
            self.details.keys().filter_map(|id| Some((self.cards.get(id)?.record.started_at_ms, *id))).collect();
        calls.sort_unstable_by(|a, b| b.cmp(a));
        calls.into_iter().map(|(_, id)| id).collect()
    }
}

impl Details for MemoryStore {
    fn keep_details(&mut self, call: CallId, text: &str) -> Result<(), StoreError> {
        if text.len() > DETAILS_LEN_MAX {
            return Err(StoreError::WrongState);
        }
        self.card_mut(call)?;
        self.details.insert(call, text.to_owned());
        for old in self.detailed().into_iter().skip(DETAILS_MAX as usize) {
            self.details.remove(&old);
        }
        Ok(())
    }

    fn details(&mut self, call: CallId) -> Result<Option<String>, StoreError> {
        Ok(self.details.get(&call).cloned())
    }

    fn last_details(&mut self, limit: u32) -> Result<Vec<(CallId, String)>, StoreError> {
        let last = self.detailed().into_iter().take(limit as usize);
        Ok(last.filter_map(|id| Some((id, self.details.get(&id)?.clone()))).collect())
    }
}
