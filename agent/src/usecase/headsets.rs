//! Headsets: a report of a model that nobody knows.

use agent_api::error::{ApiError, ErrorCode};
use agent_api::headset::HeadsetId;
use agent_api::report::ReportView;

use crate::agent::Agent;
use crate::desk::{Ask, Reply};
use crate::report;

impl Agent {
    /// Makes it and keeps it, so that what was read is what is saved.
    pub(crate) async fn do_headset_report(&self, headset: HeadsetId) -> Result<ReportView, ApiError> {
        let Reply::Headset(facts) = self.ask(Ask::Headset(headset)).await? else {
            return Err(ApiError::new(ErrorCode::Internal));
        };
        let version = self.overview().await?.version;
        let now_ms = self.inner.clock.now().utc_ms;
        let text = report::headset::write(&facts, &self.inner.around, &version, now_ms);
        let made = ReportView { text, file_name: report::file_name("headset", "txt", now_ms) };
        *self.inner.report.lock().await = Some(made.clone());
        Ok(made)
    }
}
