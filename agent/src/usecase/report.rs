//! «Informar de un problema».

use std::io;
use std::path::{Path, PathBuf};

use agent_api::error::{ApiError, ErrorCode};
use agent_api::report::{ReportSaved, ReportView};

use crate::agent::Agent;
use crate::desk::{Ask, Reply};
use crate::report::{self, Sources};
use crate::whole_file::write_whole;

/// Files of one name that may stand in a folder before another is refused.
const SAME_NAME_MAX: u32 = 100;

impl Agent {
    /// Makes the report and keeps it, so that what was read is what is saved.
    pub(crate) async fn do_make_report(&self) -> Result<ReportView, ApiError> {
        let Reply::Trace(trace) = self.ask(Ask::Trace).await? else { return Err(ApiError::new(ErrorCode::Internal)) };
        let snapshot = self.overview().await?;
        let settings = self.inner.settings.lock().await.now.clone();
        let around = self.inner.around.clone();
        let now_ms = self.inner.clock.now().utc_ms;
        let text = tokio::task::spawn_blocking(move || {
            report::write(&Sources { snapshot: &snapshot, settings: &settings, trace: &trace, around: &around, now_ms })
        });
        let text = text.await.map_err(|_| ApiError::new(ErrorCode::Internal))?;
        let made = ReportView { text, file_name: report::file_name(now_ms) };
        *self.inner.report.lock().await = Some(made.clone());
        Ok(made)
    }

    /// Puts the report that was made last into the folder of downloads. Once saved it is found there again.
    pub(crate) async fn do_save_report(&self) -> Result<ReportSaved, ApiError> {
        let made = self.inner.report.lock().await.clone();
        let made = made.ok_or(ApiError::about(ErrorCode::NotFound, "report"))?;
        let folder = self.inner.around.downloads.clone();
        let folder = folder.ok_or(ApiError::about(ErrorCode::FolderRefused, "downloads"))?;
        let saved = tokio::task::spawn_blocking(move || save(&folder, &made.file_name, made.text.as_bytes())).await;
        let path = saved.map_err(|_| ApiError::new(ErrorCode::Internal))?.map_err(|error| {
            tracing::warn!(kind = ?error.kind(), "a report was not saved");
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ApiError::new(ErrorCode::DiskFull),
                _ => ApiError::about(ErrorCode::FolderRefused, "downloads"),
            }
        })?;
        Ok(ReportSaved { path: path.to_string_lossy().into_owned() })
    }
}

/// Writes it unless it is there already; another file of the same name is left alone.
fn save(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    for copy in 1..=SAME_NAME_MAX {
        let path = folder.join(if copy == 1 { name.to_owned() } else { format!("{stem}-{copy}.txt") });
        match std::fs::read(&path) {
            Ok(there) if there == bytes => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_whole(&path, bytes)?;
                return Ok(path);
            }
            // Something else stands there.
            _ => {}
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
