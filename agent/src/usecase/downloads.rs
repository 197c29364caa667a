//! Files that a person asked for, where people look for them.

use std::io;
use std::path::{Path, PathBuf};

use agent_api::error::{ApiError, ErrorCode};
use agent_api::settings::FileSaved;

use crate::agent::Agent;
use crate::whole_file::write_whole;

/// Files of one name that may stand in a folder before another is refused.
const SAME_NAME_MAX: u32 = 100;

impl Agent {
    /// Puts a file into the folder of downloads. What stands there already is found again, and nothing is overwritten.
    pub(crate) async fn put_among_downloads(&self, name: String, bytes: Vec<u8>) -> Result<FileSaved, ApiError> {
        let folder = self.inner.around.downloads.clone();
        let folder = folder.ok_or(ApiError::about(ErrorCode::FolderRefused, "downloads"))?;
        let saved = tokio::task::spawn_blocking(move || save(&folder, &name, &bytes)).await;
        let path = saved.map_err(|_| ApiError::new(ErrorCode::Internal))?.map_err(|error| {
            tracing::warn!(kind = ?error.kind(), "a file was not put among the downloads");
            match error.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ApiError::new(ErrorCode::DiskFull),
                _ => ApiError::about(ErrorCode::FolderRefused, "downloads"),
            }
        })?;
        Ok(FileSaved { path: path.to_string_lossy().into_owned() })
    }
}

/// Writes it unless it is there already; another file of the same name is left alone.
fn save(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (stem, kind) = name.rsplit_once('.').unwrap_or((name, "txt"));
    for copy in 1..=SAME_NAME_MAX {
        let path = folder.join(if copy == 1 { name.to_owned() } else { format!("{stem}-{copy}.{kind}") });
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
