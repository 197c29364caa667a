//! Which devices the server has, and that they changed.

use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use pulseaudio::protocol::{Command, ServerInfo, SinkInfo, SourceInfo, SubscriptionMask};

use super::PREFIX;
use super::connection::{Closer, Connection, Message, Refusal};
use crate::backend::{DeviceId, DeviceInfo};
use crate::catalog::Catalog;

/// Asks for the devices, and tells when it is time to ask again.
pub(crate) struct List {
    questions: Connection,
    news: Option<(Closer, JoinHandle<()>)>,
    /// News come no more: their connection has ended, whatever the other does.
    deaf: Arc<AtomicBool>,
}

impl List {
    /// Connects; `changed` is called from another thread whenever devices or defaults may have changed, and when the
    /// server goes. None without a server.
    pub fn open(changed: impl Fn() + Send + 'static) -> Option<Self> {
        match Self::try_open(changed) {
            Ok(list) => Some(list),
            Err(reason) => {
                tracing::debug!(%reason, "no sound server");
                None
            }
        }
    }

    fn try_open(changed: impl Fn() + Send + 'static) -> Result<Self, Refusal> {
        let questions = Connection::open()?;
        let mut news = Connection::open()?;
        let mask = SubscriptionMask::SINK | SubscriptionMask::SOURCE | SubscriptionMask::SERVER;
        news.send(&Command::Subscribe(mask))?;
        news.wait_for_ever()?;
        let closer = news.closer()?;
        let deaf = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&deaf);
        let thread = std::thread::Builder::new().name("sound-news".to_owned()).spawn(move || {
            while let Ok(message) = news.next() {
                if matches!(message, Message::Changed) {
                    changed();
                }
            }
            ended.store(true, Ordering::Release);
            changed();
        })?;
        Ok(Self { questions, news: Some((closer, thread)), deaf })
    }

    /// From now on asks by another connection. PipeWire keeps what it knows of defaults for each connection apart, and
    /// one may miss a change for good.
    pub fn renew(&mut self) {
        if let Ok(questions) = Connection::open() {
            self.questions = questions;
        }
    }

    /// The devices now; none if the server does not answer, or tells nothing any more.
    pub fn read(&mut self) -> Option<Catalog> {
        if self.deaf.load(Ordering::Acquire) {
            return None;
        }
        match self.try_read() {
            Ok(catalog) => Some(catalog),
            Err(reason) => {
                tracing::warn!(%reason, "the list of sound devices cannot be read");
                None
            }
        }
    }

    fn try_read(&mut self) -> Result<Catalog, Refusal> {
        let server: ServerInfo = self.questions.ask(&Command::GetServerInfo)?;
        let sinks: Vec<SinkInfo> = self.questions.ask(&Command::GetSinkInfoList)?;
        let sources: Vec<SourceInfo> = self.questions.ask(&Command::GetSourceInfoList)?;
        let device = |name: &CStr, description: Option<&CStr>, default: bool| DeviceInfo {
            id: DeviceId(format!("{PREFIX}{}", name.to_string_lossy())),
            name: description.unwrap_or(name).to_string_lossy().into_owned(),
            default,
        };
        let outputs = sinks.iter().map(|sink| {
            device(&sink.name, sink.description.as_deref(), server.default_sink_name.as_ref() == Some(&sink.name))
        });
        let inputs = sources.iter().filter_map(|source| {
            let default = server.default_source_name.as_ref() == Some(&source.name);
            // What a speaker plays is no microphone, unless the system says so.
            let of_speaker = source.name.to_bytes().ends_with(b".monitor");
            (default || !of_speaker).then(|| device(&source.name, source.description.as_deref(), default))
        });
        Ok(Catalog::sorted(inputs.collect(), outputs.collect()))
    }
}

impl Drop for List {
    fn drop(&mut self) {
        if let Some((closer, thread)) = self.news.take() {
            closer.close();
            // It only waits for the connection.
            let _ = thread.join();
        }
    }
}
