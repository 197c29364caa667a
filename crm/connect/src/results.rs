//! The outcomes of calls as a CRM names them.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use crm::connector::{CallResult, Fault};

/// An outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// What is shown.
    pub result: CallResult,
    /// What is written.
    pub value: String,
}

/// What was read last; entries are written by it, so that they cost no request more.
#[derive(Default)]
pub(crate) struct Outcomes(Mutex<Option<Arc<[Outcome]>>>);

impl Outcomes {
    /// Keeps what was read, and gives what of it is shown.
    pub fn keep(&self, read: Vec<Outcome>) -> Vec<CallResult> {
        let shown = read.iter().map(|one| one.result.clone()).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(read.into());
        shown
    }

    /// What is written for the outcome of this name; none if the organisation has it not. Read if it never was.
    pub async fn value(
        &self,
        name: &str,
        read: impl Future<Output = Result<Vec<Outcome>, Fault>>,
    ) -> Result<Option<String>, Fault> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = match kept {
            Some(known) => known,
            None => {
                let known = read.await?;
                self.keep(known.clone());
                known.into()
            }
        };
        let wanted = crm::text::fold(name);
        Ok(known.iter().find(|one| crm::text::fold(&one.result.name) == wanted).map(|one| one.value.clone()))
    }
}
