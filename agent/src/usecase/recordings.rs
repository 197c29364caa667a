//! Recordings that are there: listed, heard, copied, deleted; those that nobody ended, and those whose time is over.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::{CallId, RecordingId};
use agent_api::recording::{
    PlayRecording, PlaybackView, RecordingSettings, RecordingSettingsView, RecordingView, Recordings,
};
use agent_api::settings::FileSaved;
use crm::store::{Recording, StoreError};

use crate::agent::Agent;
use crate::desk::{Ask, Input};
use crate::inbox::Inbox;
use crate::port::recordings::{FilesError, RecordingFiles};
use crate::recording::{self, Facts, RecordingFile};
use crate::store::StoreHandle;
use crate::view;

impl Agent {
    pub(crate) async fn do_list_recordings(&self, call: CallId) -> Result<Recordings, ApiError> {
        let id = view::crm_call(call);
        let list = self.books(move |store| store.recordings_of(id)).await?;
        Ok(Recordings { list: list.into_iter().map(recording_view).collect() })
    }

    pub(crate) async fn do_play_recording(&self, request: PlayRecording) -> Result<(), ApiError> {
        let recording = self.recording(request.recording).await?;
        let PlayRecording { recording: id, from_ms, speed_pct } = request;
        if !(50..=300).contains(&speed_pct) {
            return Err(ApiError::about(ErrorCode::Invalid, "speed_pct"));
        }
        let view = PlaybackView { recording: id, from_ms, speed_pct };
        let (file, sealed) = (RecordingFile(recording.file.into()), recording.sealed);
        self.ask(Ask::Play { view, file, sealed }).await?;
        Ok(())
    }

    pub(crate) async fn do_save_recording(&self, id: RecordingId) -> Result<FileSaved, ApiError> {
        let recording = self.recording(id).await?;
        let folder = self.inner.around.downloads.clone();
        let folder = folder.ok_or(ApiError::about(ErrorCode::FolderRefused, "downloads"))?;
        let from = PathBuf::from(recording.file);
        let name = from.file_name().unwrap_or_default().to_string_lossy().trim_end_matches(".sealed").to_owned();
        let files = Arc::clone(&self.inner.recordings);
        let copied = tokio::task::spawn_blocking(move || files.copy(&from, &folder.join(name))).await;
        match copied.map_err(|_| ApiError::new(ErrorCode::Internal))? {
            Ok(path) => Ok(FileSaved { path: path.to_string_lossy().into_owned() }),
            Err(FilesError::Gone) => Err(ApiError::about(ErrorCode::NotFound, "recording")),
            Err(FilesError::Full) => Err(ApiError::new(ErrorCode::DiskFull)),
            Err(FilesError::Other(_)) => Err(ApiError::about(ErrorCode::FolderRefused, "downloads")),
        }
    }

    pub(crate) async fn do_delete_recording(&self, id: RecordingId) -> Result<(), ApiError> {
        let recording = self.recording(id).await?;
        if recording.length_ms.is_none() {
            return Err(ApiError::new(ErrorCode::WrongState));
        }
        self.ask(Ask::StopPlaying).await?;
        remove(&self.inner.store, recording).await.map_err(|error| match error {
            RemoveError::Store(error) => view::store_error(&error),
            RemoveError::File => ApiError::about(ErrorCode::FolderRefused, "recording"),
        })?;
        self.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Recordings))));
        self.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
        Ok(())
    }

    pub(crate) async fn do_recording_settings(&self) -> RecordingSettingsView {
        let kept = self.inner.settings.lock().await;
        self.recording_view(kept.now.recording.clone())
    }

    pub(crate) async fn do_save_recording_settings(
        &self,
        request: RecordingSettings,
    ) -> Result<RecordingSettingsView, ApiError> {
        let folder = request.folder.map(|folder| folder.trim().to_owned()).filter(|folder| !folder.is_empty());
        let wished = RecordingSettings { folder, names: request.names.trim().to_owned(), ..request };
        if !recording::is_rule(&wished.names) {
            return Err(ApiError::about(ErrorCode::Invalid, "names"));
        }
        if wished.folder.as_deref().is_some_and(|folder| !Path::new(folder).is_absolute()) {
            return Err(ApiError::about(ErrorCode::Invalid, "folder"));
        }
        if wished.keep_days.is_some_and(|days| !(1..=3650).contains(&days)) {
            return Err(ApiError::about(ErrorCode::Invalid, "keep_days"));
        }
        let saved = wished.clone();
        let changed = self.change_settings(move |settings| {
            settings.recording = saved;
            Ok(())
        });
        changed.await?;
        Ok(self.recording_view(wished))
    }

    fn recording_view(&self, settings: RecordingSettings) -> RecordingSettingsView {
        let at_ms = self.inner.clock.now().utc_ms;
        let offset_min = (self.inner.utc_offset_min)(at_ms);
        let facts = Facts { at_ms, offset_min, line: "101", number: "+50622223333", incoming: true };
        let example = recording::name(&settings.names, facts) + recording::end(settings.format, settings.encrypt);
        let default_folder = self.inner.recordings_in.to_string_lossy().into_owned();
        RecordingSettingsView { settings, default_folder, example }
    }

    async fn recording(&self, id: RecordingId) -> Result<Recording, ApiError> {
        self.books(move |store| store.recording(crm::id::RecordingId(id.0))).await
    }

    /// Files of recordings go at once when their calls or people do.
    pub(crate) async fn let_recordings_go(&self) {
        let now_ms = self.inner.clock.now().utc_ms;
        let keep_days = self.inner.settings.lock().await.now.recording.keep_days;
        let_go(&self.inner.store, now_ms, keep_days, self.inner.inbox()).await;
    }

    /// Recordings in which an earlier run ended get the length of what can be heard.
    pub(crate) fn mend_recordings(&self, open: Vec<Recording>) {
        if open.is_empty() {
            return;
        }
        let (store, files) = (self.inner.store.clone(), Arc::clone(&self.inner.recordings));
        let inbox = self.inner.inbox().downgrade();
        tokio::spawn(async move {
            for recording in open {
                mend(&store, &files, recording).await;
            }
            if let Some(inbox) = inbox.upgrade() {
                inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Recordings))));
            }
        });
    }
}

/// A file that holds nothing goes; one that cannot be read now, because its disk or key is away, is looked at again at the next start.
async fn mend(store: &StoreHandle, files: &Arc<dyn RecordingFiles>, recording: Recording) {
    let (file, files) = (PathBuf::from(&recording.file), Arc::clone(files));
    let looked = tokio::task::spawn_blocking(move || files.look(&file)).await;
    let mended = match looked {
        Ok(Ok(looked)) if looked.length_ms > 0 => {
            let id = recording.id;
            store.run(move |store| store.end_recording(id, looked.length_ms, &looked.peaks)).await.is_ok()
        }
        Ok(Ok(_) | Err(FilesError::Gone)) => remove(store, recording).await.is_ok(),
        Ok(Err(_)) | Err(_) => false,
    };
    if !mended {
        tracing::warn!("a recording of an earlier run cannot be mended");
    }
}

/// Deletes files of recordings whose time is over, whose call is forgotten, or whose person was erased. What fails is tried again.
pub(crate) async fn let_go(store: &StoreHandle, now_ms: i64, keep_days: Option<u16>, inbox: &Inbox) {
    let before_ms = keep_days.map_or(i64::MIN, |days| now_ms - i64::from(days) * 24 * 60 * 60 * 1000);
    let Ok(condemned) = store.run(move |store| store.condemned_recordings(before_ms)).await else { return };
    let mut gone = 0;
    for recording in condemned {
        match remove(store, recording).await {
            Ok(()) => gone += 1,
            Err(_) => tracing::warn!("a recording cannot be deleted yet"),
        }
    }
    if gone > 0 {
        tracing::info!(gone, "recordings were deleted");
        inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Recordings))));
    }
}

enum RemoveError {
    File,
    Store(StoreError),
}

/// First the file, then what is known of it.
async fn remove(store: &StoreHandle, recording: Recording) -> Result<(), RemoveError> {
    let file = PathBuf::from(recording.file);
    let removed = tokio::task::spawn_blocking(move || std::fs::remove_file(file)).await;
    match removed {
        Ok(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(RemoveError::File),
        Err(_) => return Err(RemoveError::File),
        Ok(_) => {}
    }
    store.run(move |store| store.drop_recording(recording.id)).await.map_err(RemoveError::Store)
}

fn recording_view(recording: Recording) -> RecordingView {
    RecordingView {
        id: RecordingId(recording.id.0),
        call: CallId(recording.call.0),
        started_at_ms: recording.started_at_ms,
        length_ms: recording.length_ms.map(|length| u32::try_from(length).unwrap_or(u32::MAX)),
        encrypted: recording.sealed,
        column_ms: recording.peaks.column_ms,
        agent: recording.peaks.left,
        other: recording.peaks.right,
    }
}
