//! «Informar de un problema».

use agent_api::error::{ApiError, ErrorCode};
use agent_api::report::ReportView;
use agent_api::settings::FileSaved;

use crate::agent::Agent;
use crate::desk::details::read;
use crate::desk::{Ask, Reply};
use crate::report::{self, Sources};

impl Agent {
    /// Makes the report and keeps it, so that what was read is what is saved.
    pub(crate) async fn do_make_report(&self) -> Result<ReportView, ApiError> {
        let Reply::Trace(trace) = self.ask(Ask::Trace).await? else { return Err(ApiError::new(ErrorCode::Internal)) };
        let snapshot = self.overview().await?;
        let settings = self.inner.settings.lock().await.now.clone();
        // A store that cannot be read is what a report may be about.
        let kept = self.books(|store| store.last_details(report::EARLIER_MAX)).await.unwrap_or_default();
        let kept: Vec<_> = kept.iter().filter_map(|(_, text)| read(text)).collect();
        let around = self.inner.around.clone();
        let now_ms = self.inner.clock.now().utc_ms;
        let text = tokio::task::spawn_blocking(move || {
            let (snapshot, settings, trace, around) = (&snapshot, &settings, &trace, &around);
            report::write(&Sources { snapshot, settings, trace, kept: &kept, around, now_ms })
        });
        let text = text.await.map_err(|_| ApiError::new(ErrorCode::Internal))?;
        let made = ReportView { text, file_name: report::file_name("report", "txt", now_ms) };
        *self.inner.report.lock().await = Some(made.clone());
        Ok(made)
    }

    /// Puts the report that was made last into the folder of downloads. Once saved it is found there again.
    pub(crate) async fn do_save_report(&self) -> Result<FileSaved, ApiError> {
        let made = self.inner.report.lock().await.clone();
        let made = made.ok_or(ApiError::about(ErrorCode::NotFound, "report"))?;
        self.put_among_downloads(made.file_name, made.text.into_bytes()).await
    }
}
