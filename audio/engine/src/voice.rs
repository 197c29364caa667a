//! The voice thread: every session, every tone, every 10 ms.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use audio::level::{LevelMeter, SILENCE_DBFS};
use audio::mix;
use audio::tones::ToneGenerator;
use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use crate::backend::Role;
use crate::command::{Command, KeeperOrder};
use crate::event::{Event, Events};
use crate::files::{Clip, SpeakerFile, numbered};
use crate::outgoing::Source;
use crate::playback::Playing;
use crate::port::{BLOCK, MIX_HZ, MicrophonePort, SpeakerPort};
use crate::session::Session;
use crate::session_config::{SessionConfig, SessionId, Wake};
use crate::shared::Shared;

const TICK: Duration = Duration::from_millis(10);
/// Later than this the thread does not catch up: the machine slept.
const LOST: Duration = Duration::from_millis(200);

/// What is said when a session has no other wish.
pub(crate) enum Microphone {
    Device,
    Clip(Clip),
    Silence,
}

impl Microphone {
    fn source(&self) -> Source<'_> {
        match self {
            Self::Device => Source::Microphone,
            Self::Clip(clip) => Source::Clip(clip),
            Self::Silence => Source::Silence,
        }
    }
}

/// What takes what is heard.
pub(crate) enum Speaker {
    Device,
    File(PathBuf),
    Null,
}

/// An output device: its tone, its ring, its volume.
struct OutputSide {
    port: Option<Box<SpeakerPort>>,
    tone: Option<ToneGenerator>,
    gain: f32,
    wanted: bool,
}

impl OutputSide {
    fn new(volume_pct: u8) -> Self {
        Self { port: None, tone: None, gain: gain(volume_pct), wanted: false }
    }

    fn play(&mut self, block: &mut [f32]) {
        if let Some(tone) = &mut self.tone {
            tone.add_to(block);
        }
        if let Some(port) = &mut self.port {
            mix::limit(block);
            port.write(block, self.gain);
        }
    }
}

/// Volume as it is felt: −40 dB at 1 %, 0 dB at 100 %.
fn gain(percent: u8) -> f32 {
    match percent.min(100) {
        0 => 0.0,
        percent => 10_f32.powf((f32::from(percent) - 100.0) / 50.0),
    }
}

/// What the thread starts with.
pub(crate) struct VoiceStart {
    pub commands: Receiver<Command>,
    pub events: Events,
    pub shared: Arc<Shared>,
    pub microphone: Microphone,
    pub speaker: Speaker,
    /// The first recording, created before the thread so that an error can be told.
    pub first_file: Option<SpeakerFile>,
    /// Threads that keep devices, by role.
    pub keepers: BTreeMap<Role, Sender<KeeperOrder>>,
    /// Microphone, speaker, ringer.
    pub volume_pct: [u8; 3],
}

/// The voice thread's own.
pub(crate) struct Voice {
    start: VoiceStart,
    sessions: BTreeMap<SessionId, Session>,
    opened: u32,
    microphone: Option<Box<MicrophonePort>>,
    microphone_gain: f32,
    microphone_meter: LevelMeter,
    watching: bool,
    listening: bool,
    speaker: OutputSide,
    ringer: OutputSide,
    playing: Option<Box<Playing>>,
    heard: Vec<f32>,
    said: Vec<f32>,
    /// Everybody in the conference but the agent.
    together: Vec<f32>,
}

impl Voice {
    pub fn new(start: VoiceStart) -> Self {
        let [microphone, speaker, ringer] = start.volume_pct;
        Self {
            sessions: BTreeMap::new(),
            opened: 0,
            microphone: None,
            microphone_gain: gain(microphone),
            microphone_meter: LevelMeter::default(),
            watching: false,
            listening: false,
            speaker: OutputSide::new(speaker),
            ringer: OutputSide::new(ringer),
            playing: None,
            heard: vec![0.0; BLOCK],
            said: vec![0.0; BLOCK],
            together: vec![0.0; BLOCK],
            start,
        }
    }

    /// Runs until it is told to end. Without work it sleeps until a command wakes it.
    pub fn run(mut self) {
        crate::priority::raise();
        let mut next = Instant::now();
        loop {
            loop {
                match self.start.commands.try_recv() {
                    Ok(Command::Shutdown) => return,
                    Ok(command) => self.obey(command),
                    Err(_) => break,
                }
            }
            self.order_devices();
            if !self.has_work() {
                std::thread::park();
                next = Instant::now();
                continue;
            }
            let now = Instant::now();
            if now >= next + LOST {
                next = now;
            }
            if now < next {
                std::thread::park_timeout(next - now);
                continue;
            }
            self.tick(next);
            next += TICK;
        }
    }

    fn has_work(&self) -> bool {
        !self.sessions.is_empty()
            || self.watching
            || self.playing.is_some()
            || self.speaker.tone.is_some()
            || self.ringer.tone.is_some()
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Open { id, config, packets, out, wake } => self.open(id, config, packets, (out, wake)),
            Command::Close { id } => self.close(id),
            Command::Reconfigure { id, config } => self.with(id, |s| s.reconfigure(config)),
            Command::Answered { id } => self.with(id, Session::answer),
            Command::Direction { id, send, receive } => self.with(id, |s| s.set_direction(send, receive)),
            Command::Join { id, joined } => self.with(id, |s| s.set_joined(joined)),
            Command::Mute { id, muted } => self.with(id, |s| s.outgoing().set_muted(muted)),
            Command::Lost { id, share } => self.with(id, |s| s.outgoing().lost(share)),
            Command::Dtmf { id, digits } => self.with(id, |s| s.outgoing().press(&digits)),
            Command::Sound { id, digits } => self.with(id, |s| s.outgoing().sound(&digits)),
            Command::Record { id, tap } => self.with(id, |s| s.record(Some(tap))),
            Command::PauseRecording { id, paused } => self.with(id, |s| s.pause_recording(paused)),
            Command::StopRecording { id } => self.with(id, |s| s.record(None)),
            Command::Play(playing) => self.playing = playing,
            Command::Tone { tone, role } => {
                self.output(role).tone = Some(ToneGenerator::new(tone, MIX_HZ));
            }
            Command::StopTone { role } => self.output(role).tone = None,
            Command::WatchMicrophone { on } => self.watching = on && self.start.keepers.contains_key(&Role::Microphone),
            Command::Choose { role, id } => self.order(role, KeeperOrder::Choose(id)),
            Command::Volume { role, percent } => self.set_volume(role, percent),
            Command::Microphone(port) => self.microphone = port,
            Command::Speaker(role, port) => self.output(role).port = port,
            Command::Shutdown => {}
        }
    }

    fn with(&mut self, id: SessionId, act: impl FnOnce(&mut Session)) {
        if let Some(session) = self.sessions.get_mut(&id) {
            act(session);
        }
    }

    fn output(&mut self, role: Role) -> &mut OutputSide {
        if role == Role::Ringer { &mut self.ringer } else { &mut self.speaker }
    }

    fn open(
        &mut self,
        id: SessionId,
        config: SessionConfig,
        packets: Consumer<InPacket>,
        out: (Producer<OutPacket>, Wake),
    ) {
        self.opened += 1;
        let file = match &self.start.speaker {
            Speaker::File(path) if self.opened > 1 => match SpeakerFile::create(&numbered(path, self.opened)) {
                Ok(file) => Some(file),
                Err(reason) => {
                    self.start.events.tell(Event::SpeakerFileFailed { session: id, reason });
                    None
                }
            },
            _ => self.start.first_file.take(),
        };
        let session = Session::new(id, config, packets, out, self.start.microphone.source(), file);
        self.sessions.insert(id, session);
    }

    fn close(&mut self, id: SessionId) {
        // The file is complete before the figures go.
        drop(self.sessions.remove(&id));
        self.start.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn set_volume(&mut self, role: Role, percent: u8) {
        match role {
            Role::Microphone => self.microphone_gain = gain(percent),
            Role::Speaker => self.speaker.gain = gain(percent),
            Role::Ringer => self.ringer.gain = gain(percent),
        }
        self.order(role, KeeperOrder::Volume(percent));
    }

    fn order(&self, role: Role, order: KeeperOrder) {
        if let Some(keeper) = self.start.keepers.get(&role) {
            // A keeper ends only after this thread.
            let _ = keeper.send(order);
        }
    }

    /// Tells the keepers which devices are needed now.
    fn order_devices(&mut self) {
        let listening = self.watching || self.sessions.values().any(Session::listens);
        if listening != self.listening {
            self.listening = listening;
            self.order(Role::Microphone, KeeperOrder::Need(listening));
        }
        let speaking = !self.sessions.is_empty() || self.speaker.tone.is_some() || self.playing.is_some();
        if speaking != self.speaker.wanted {
            self.speaker.wanted = speaking;
            self.order(Role::Speaker, KeeperOrder::Need(speaking));
        }
        let ringing = self.ringer.tone.is_some();
        if ringing != self.ringer.wanted {
            self.ringer.wanted = ringing;
            self.order(Role::Ringer, KeeperOrder::Need(ringing));
        }
    }

    /// 10 ms that are due at `now`.
    fn tick(&mut self, now: Instant) {
        self.hear_microphone();
        let on_device = matches!(self.start.speaker, Speaker::Device);
        if on_device {
            self.heard.fill(0.0);
        }
        self.together.fill(0.0);
        for session in self.sessions.values_mut() {
            let speaker = on_device.then_some(self.heard.as_mut_slice());
            session.hear(now, speaker, &self.start.events);
            session.add_to(&mut self.together);
        }
        for session in self.sessions.values_mut() {
            session.speak(&self.said, &self.together, &self.start.events);
        }
        if let Some(playing) = &mut self.playing {
            let speaker = on_device.then_some(self.heard.as_mut_slice());
            if !playing.play(speaker, &self.start.events) {
                self.playing = None;
            }
        }
        if on_device {
            self.speaker.play(&mut self.heard);
        }
        if self.ringer.tone.is_some() {
            self.heard.fill(0.0);
            self.ringer.play(&mut self.heard);
        }
        let mut published = self.start.shared.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, session) in &self.sessions {
            published.insert(*id, (session.stats(), session.levels()));
        }
    }

    fn hear_microphone(&mut self) {
        let Some(port) = self.microphone.as_mut().filter(|_| self.listening) else {
            self.said.fill(0.0);
            self.start.shared.microphone_dbfs.store(SILENCE_DBFS.to_bits(), Ordering::Relaxed);
            return;
        };
        port.read(&mut self.said);
        let gain = self.microphone_gain;
        if gain != 1.0 {
            self.said.iter_mut().for_each(|s| *s *= gain);
        }
        self.microphone_meter.push(&self.said);
        self.start.shared.microphone_dbfs.store(self.microphone_meter.dbfs().to_bits(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
