//! The engine as others see it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer, RingBuffer};

use audio::tones::Tone;

use crate::backend::{Backend, DeviceId, FileSink, FileSource, Role, RoleState};
use crate::command::{Command, KeeperOrder, VoiceLine, WatcherOrder};
use crate::event::{Event, Events};
use crate::files::{Clip, SpeakerFile};
use crate::keeper::Keeper;
use crate::playback::{self, Play, Playing, Reader};
use crate::recorder::{self, Recorder, RecordingProblem, RecordingWish, Tap};
use crate::session_config::{SessionConfig, SessionId, Wake};
use crate::shared::Shared;
use crate::stats::{Levels, SessionStats};
use crate::voice::{Microphone, Speaker, Voice, VoiceStart};
use crate::watch::DeviceWatcher;

/// The longest that [`EngineHandle::shutdown`] waits.
const SHUTDOWN: Duration = Duration::from_secs(1);

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The microphone file cannot be read.
    #[error("cannot read {path}: {reason}")]
    MicFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The speaker file cannot be written.
    #[error("cannot write {path}: {reason}")]
    SpeakerFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system gives no thread.
    #[error("cannot start the voice thread: {0}")]
    Thread(std::io::Error),
}

impl EngineError {
    fn gone() -> Self {
        Self::Thread(std::io::Error::other("the thread ended at once"))
    }
}

/// Starts engines.
pub struct Engine;

impl Engine {
    /// Starts the voice thread, which sleeps until something is to be done.
    ///
    /// `events` is called from threads of the engine, one call at a time; it must not block.
    ///
    /// # Errors
    /// A file of [`Backend::Files`] cannot be used, or the system gives no thread. A missing sound device is no error.
    pub fn start(backend: Backend, events: impl FnMut(Event) + Send + 'static) -> Result<EngineHandle, EngineError> {
        let plan = Plan::of(backend)?;
        let events = Events::new(events);
        let shared = Arc::new(Shared::new(&plan.devices, plan.volume_pct));
        let (commands, inbox) = channel();
        let (started, voice_thread) = sync_channel(1);
        let mut orders = BTreeMap::new();
        let mut inboxes = Vec::new();
        for (role, _) in &plan.devices {
            let (order, keeper_inbox) = channel();
            orders.insert(*role, order);
            inboxes.push(keeper_inbox);
        }
        let voice = Voice::new(VoiceStart {
            commands: inbox,
            events: events.clone(),
            shared: shared.clone(),
            microphone: plan.microphone,
            speaker: plan.speaker,
            first_file: plan.first_file,
            keepers: orders.clone(),
            volume_pct: plan.volume_pct,
        });
        let thread = spawn("voice", move || {
            let _ = started.send(std::thread::current());
            voice.run();
        })?;
        let line = VoiceLine::new(commands, voice_thread.recv().map_err(|_| EngineError::gone())?);
        let mut threads = vec![thread];
        let (watcher, looks) = channel();
        for ((role, chosen), inbox) in plan.devices.into_iter().zip(inboxes) {
            let keeper = Keeper::new(role, chosen, (line.clone(), watcher.clone()), shared.clone(), events.clone());
            threads.push(spawn(name_of(role), move || keeper.run(&inbox))?);
        }
        if !orders.is_empty() {
            let watch = DeviceWatcher {
                orders: looks,
                asks: watcher.clone(),
                keepers: orders.clone(),
                shared: shared.clone(),
                events: events.clone(),
            };
            threads.push(spawn("devices", move || watch.run())?);
        }
        let inner = Inner { line, orders, watcher, threads: Mutex::new(threads), shared, events };
        Ok(EngineHandle(Arc::new(inner)))
    }
}

/// What a backend means for the threads.
struct Plan {
    microphone: Microphone,
    speaker: Speaker,
    first_file: Option<SpeakerFile>,
    /// Roles with a device, and the device wished.
    devices: Vec<(Role, Option<DeviceId>)>,
    volume_pct: [u8; 3],
}

impl Plan {
    fn of(backend: Backend) -> Result<Self, EngineError> {
        let mut plan = Self {
            microphone: Microphone::Silence,
            speaker: Speaker::Null,
            first_file: None,
            devices: Vec::new(),
            volume_pct: [100; 3],
        };
        match backend {
            Backend::Devices(wishes) => {
                plan.volume_pct = wishes.volume_pct;
                plan.use_microphone(wishes.microphone);
                plan.use_speaker(wishes.speaker);
                plan.devices.push((Role::Ringer, wishes.ringer));
            }
            Backend::Files { mic, speaker } => {
                match mic {
                    FileSource::Wav(path) => {
                        let clip = Clip::open(&path).map_err(|reason| EngineError::MicFile { path, reason })?;
                        plan.microphone = Microphone::Clip(clip);
                    }
                    FileSource::Silence => {}
                    FileSource::Device(id) => plan.use_microphone(id),
                }
                match speaker {
                    FileSink::Wav(path) => {
                        let created = SpeakerFile::create(&path);
                        let unwritable = |reason| EngineError::SpeakerFile { path: path.clone(), reason };
                        plan.first_file = Some(created.map_err(unwritable)?);
                        plan.speaker = Speaker::File(path);
                    }
                    FileSink::Null => {}
                    FileSink::Device(id) => plan.use_speaker(id),
                }
            }
            Backend::Null => {}
        }
        Ok(plan)
    }

    fn use_microphone(&mut self, id: Option<DeviceId>) {
        self.microphone = Microphone::Device;
        self.devices.push((Role::Microphone, id));
    }

    fn use_speaker(&mut self, id: Option<DeviceId>) {
        self.speaker = Speaker::Device;
        self.devices.push((Role::Speaker, id));
    }
}

fn name_of(role: Role) -> &'static str {
    match role {
        Role::Microphone => "microphone",
        Role::Speaker => "speaker",
        Role::Ringer => "ringer",
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, EngineError> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map_err(EngineError::Thread)
}

struct Inner {
    line: VoiceLine,
    orders: BTreeMap<Role, Sender<KeeperOrder>>,
    watcher: Sender<WatcherOrder>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    shared: Arc<Shared>,
    events: Events,
}

impl Inner {
    /// A thread that ends by itself, and before [`EngineHandle::shutdown`] returns.
    fn spawn(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<Thread, EngineError> {
        let handle = spawn(name, run)?;
        let thread = handle.thread().clone();
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(handle);
        Ok(thread)
    }

    fn end(&self) {
        self.line.tell(Command::Shutdown);
        for keeper in self.orders.values() {
            let _ = keeper.send(KeeperOrder::End);
        }
        let _ = self.watcher.send(WatcherOrder::End);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.end();
    }
}

/// The engine as others see it. Clones speak to the same engine, which ends with the last of them. Calls about an
/// unknown session do nothing.
#[derive(Clone)]
pub struct EngineHandle(Arc<Inner>);

impl EngineHandle {
    /// Opens a session: packets from `packets` are heard, what is said goes to `out`, then `wake` is called.
    pub fn open(
        &self,
        id: SessionId,
        config: SessionConfig,
        packets: Consumer<InPacket>,
        out: Producer<OutPacket>,
        wake: Wake,
    ) {
        let mut sessions = self.0.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(id, (SessionStats::default(), Levels::SILENT));
        drop(sessions);
        self.tell(Command::Open { id, config, packets, out, wake });
    }

    /// Changes codec, payload types or packet length of a session (re-INVITE). Its `answered` is kept.
    pub fn reconfigure(&self, id: SessionId, config: SessionConfig) {
        self.tell(Command::Reconfigure { id, config });
    }

    /// The call is answered: the speaker file begins here.
    pub fn answered(&self, id: SessionId) {
        self.tell(Command::Answered { id });
    }

    /// Whether packets are sent, and what comes is heard (hold). A held session keeps its place in time.
    pub fn set_direction(&self, id: SessionId, send: bool, receive: bool) {
        self.tell(Command::Direction { id, send, receive });
    }

    /// Takes a session into the conference, or out of it: who is in it hears the agent and all others who are.
    pub fn join(&self, id: SessionId, joined: bool) {
        self.tell(Command::Join { id, joined });
    }

    /// Sends silence in the place of the microphone.
    pub fn mute(&self, id: SessionId, muted: bool) {
        self.tell(Command::Mute { id, muted });
    }

    /// The share of our packets that the other side says it lost of late, 0…1; told once a second, so that the codec can
    /// prepare for it.
    pub fn lost(&self, id: SessionId, share: f32) {
        self.tell(Command::Lost { id, share });
    }

    /// Queues digits `0-9*#A-D` for sending by RFC 4733: 100 ms each, 100 ms apart; `,` waits a second. Others are
    /// passed over, and so is everything when the far end takes no telephone-event.
    pub fn send_dtmf(&self, id: SessionId, digits: &str) {
        self.tell(Command::Dtmf { id, digits: digits.to_owned() });
    }

    /// Queues the same digits as sound in the place of what is said: 100 ms each, 70 ms of silence between; muting does
    /// not silence them. They wait while nothing is sent.
    pub fn sound_dtmf(&self, id: SessionId, digits: &str) {
        self.tell(Command::Sound { id, digits: digits.to_owned() });
    }

    /// Records what is said and heard in a session from now on; a recording that runs ends. [`Event::RecordingStarted`] and
    /// [`Event::RecordingEnded`] tell how it goes; whatever happens, the session goes on.
    pub fn record(&self, id: SessionId, wish: RecordingWish) {
        let (producer, ring) = RingBuffer::new(recorder::RING);
        let (recording, consent_tone) = (wish.id, wish.consent_tone);
        let task = Recorder { session: id, wish, ring, events: self.0.events.clone() };
        match self.0.spawn("recorder", move || task.run()) {
            Ok(thread) => {
                let tap = Box::new(Tap::new(producer, thread, consent_tone));
                self.tell(Command::Record { id, tap });
            }
            Err(error) => self.0.events.tell(Event::RecordingEnded {
                session: id,
                recording,
                length_ms: 0,
                peaks: audio::recording::Peaks::default(),
                problem: Some(RecordingProblem::Other(error.to_string())),
            }),
        }
    }

    /// While it is paused, silence is recorded, and what is said and heard is kept nowhere.
    pub fn pause_recording(&self, id: SessionId, paused: bool) {
        self.tell(Command::PauseRecording { id, paused });
    }

    /// Ends the recording of a session.
    pub fn stop_recording(&self, id: SessionId) {
        self.tell(Command::StopRecording { id });
    }

    /// Plays a recording on the speaker, in the place of the one that plays. Returns samples played so far, at 48 kHz and at the
    /// wished speed.
    pub fn play(&self, play: Play) -> Arc<AtomicU64> {
        let (producer, ring) = RingBuffer::new(playback::RING);
        let (played, number) = (Arc::new(AtomicU64::new(0)), play.playback);
        let task = Reader { play, ring: producer, events: self.0.events.clone() };
        match self.0.spawn("player", move || task.run()) {
            Ok(thread) => {
                let playing = Playing::new(ring, thread, number, Arc::clone(&played));
                self.tell(Command::Play(Some(Box::new(playing))));
            }
            Err(error) => {
                let problem = Some(error.to_string());
                self.0.events.tell(Event::PlaybackEnded { playback: number, problem });
            }
        }
        played
    }

    /// Ends what plays; no event tells of it.
    pub fn stop_playing(&self) {
        self.tell(Command::Play(None));
    }

    /// Ends a session; what its speaker file holds is complete when this has been done and [`Self::stats`] is none.
    pub fn close(&self, id: SessionId) {
        self.tell(Command::Close { id });
    }

    /// Plays a tone over and over on the speaker or the ringer, in the place of the one that plays there.
    pub fn play_tone(&self, tone: Tone, role: Role) {
        self.tell(Command::Tone { tone, role });
    }

    /// Ends the tone of a role.
    pub fn stop_tone(&self, role: Role) {
        self.tell(Command::StopTone { role });
    }

    /// Rings on the ringer until [`Self::stop_ring`].
    pub fn ring(&self) {
        self.play_tone(Tone::Ring, Role::Ringer);
    }

    /// Ends the ring.
    pub fn stop_ring(&self) {
        self.stop_tone(Role::Ringer);
    }

    /// Keeps the microphone open outside calls for its meter, [`Self::microphone_dbfs`].
    pub fn watch_microphone(&self, on: bool) {
        self.tell(Command::WatchMicrophone { on });
    }

    /// Wishes a device for a role; none follows the system's default.
    pub fn choose(&self, role: Role, id: Option<DeviceId>) {
        self.tell(Command::Choose { role, id });
    }

    /// 0 to 100.
    pub fn set_volume(&self, role: Role, percent: u8) {
        self.tell(Command::Volume { role, percent: percent.min(100) });
    }

    /// The roles with their devices; empty without sound devices.
    pub fn devices(&self) -> Vec<RoleState> {
        self.0.shared.roles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Figures of a session; none once it is closed.
    pub fn stats(&self, id: SessionId) -> Option<SessionStats> {
        self.0.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(|s| s.0)
    }

    /// Levels of a session; none once it is closed.
    pub fn levels(&self, id: SessionId) -> Option<Levels> {
        self.0.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&id).map(|s| s.1)
    }

    /// Loudness of the microphone, in and outside calls, dBFS; −100 while it is closed.
    pub fn microphone_dbfs(&self) -> f32 {
        f32::from_bits(self.0.shared.microphone_dbfs.load(Ordering::Relaxed))
    }

    /// Has the list of devices looked at now; [`Event::DevicesChanged`] follows if it is another one.
    pub fn look_for_devices(&self) {
        // Without devices there is nobody to look.
        let _ = self.0.watcher.send(WatcherOrder::Look);
    }

    /// Ends all sessions, closes devices and files, ends the threads. Files are complete when this returns; it waits at
    /// most a second for devices that hang. Not to be called from the events' closure.
    pub fn shutdown(&self) {
        self.0.end();
        let threads = std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let (done, all) = sync_channel(1);
        let waiter = spawn("shutdown", move || {
            for thread in threads {
                let _ = thread.join();
            }
            let _ = done.send(());
        });
        if waiter.is_ok() {
            let _ = all.recv_timeout(SHUTDOWN);
        }
    }

    fn tell(&self, command: Command) {
        self.0.line.tell(command);
    }
}
