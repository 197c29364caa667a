//! Secrets in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Secret;

#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<String, Secret>>);

impl Memory {
    pub fn get(&self, entry: &str) -> Option<Secret> {
        self.entries().get(entry).cloned()
    }

    pub fn set(&self, entry: &str, secret: &Secret) {
        self.entries().insert(entry.to_owned(), secret.clone());
    }

    pub fn delete(&self, entry: &str) {
        self.entries().remove(entry);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
