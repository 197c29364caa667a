//! The media side: joins RTP sockets and the audio engine call by call.
//!
//! ```text
//!   MediaCommand ─► task `media` ─► RtpNet (sockets, SRTP)      rings     AudioEngine (codecs, devices)
//!   MediaEvent   ◄─      ▲── engine events, figures once a second ◄── both
//! ```

mod figures;
mod map;
pub(crate) mod recording;
mod sounding;
mod ways;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use agent::port::media::{Digits, DigitsBy, IceWish, MediaCommand, MediaEvent};
use agent::port::secret::SecretStore;
use agent::recording::RecordingFile;
use agent_api::id::{CallId, RecordingId};
use agent_api::media::Levels;
use agent_api::recording::PlaybackView;
use audio_engine::{Country, EngineHandle, Event, Peaks, Play, RecordingProblem, RecordingWish, Role, SessionId};
use rtp_net::RtpNet;
use sip_stack::ua::NegotiatedMedia;
use tokio::sync::{broadcast, mpsc};

use self::figures::Window;
use self::sounding::Sounding;

/// One call's sound.
struct Leg {
    rtp: rtp_net::SessionId,
    engine: SessionId,
    /// The engine has it.
    open: bool,
    answered: bool,
    audible: bool,
    agreed: Option<Box<NegotiatedMedia>>,
    /// What shall be recorded as soon as the engine has the call, and whether it is paused.
    recording: Option<(RecordingWish, bool)>,
    window: Window,
}

/// The task `media`.
pub(crate) struct Media {
    rtp: RtpNet,
    engine: EngineHandle,
    events: mpsc::UnboundedSender<MediaEvent>,
    levels: broadcast::Sender<Levels>,
    legs: BTreeMap<CallId, Leg>,
    next: u64,
    watching: bool,
    sounding: Sounding,
    secrets: Arc<dyn SecretStore>,
    /// Recordings that run or are being finished.
    recordings: BTreeMap<audio_engine::RecordingId, RecordingId>,
    /// What plays, under the engine's number.
    playing: Option<(u64, RecordingId)>,
}

impl Media {
    pub fn new(
        rtp: RtpNet,
        engine: EngineHandle,
        events: mpsc::UnboundedSender<MediaEvent>,
        levels: broadcast::Sender<Levels>,
        country: Country,
        secrets: Arc<dyn SecretStore>,
    ) -> Self {
        let legs = BTreeMap::new();
        let sounding = Sounding::new(country);
        let recordings = BTreeMap::new();
        Self {
            rtp,
            engine,
            events,
            levels,
            legs,
            next: 1,
            watching: false,
            sounding,
            secrets,
            recordings,
            playing: None,
        }
    }

    /// Works until nobody can send commands any more, then closes what is open.
    pub async fn run(
        mut self,
        mut commands: mpsc::UnboundedReceiver<MediaCommand>,
        mut engine: mpsc::UnboundedReceiver<Event>,
    ) {
        if let Some(fingerprint) = self.rtp.fingerprint().and_then(map::fingerprint) {
            self.tell(MediaEvent::Certificate { fingerprint });
        }
        self.tell_devices();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let mut tenth = tokio::time::interval(Duration::from_millis(100));
        loop {
            let ends = self.sounding.ends();
            let hush = async move {
                match ends {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                Some(event) = engine.recv() => self.heard(event),
                _ = second.tick(), if !self.legs.is_empty() => self.tell_figures(),
                _ = tenth.tick(), if self.watching || !self.legs.is_empty() => self.tell_levels(),
                () = hush => self.sound(Sounding::pass),
            }
        }
        for call in self.legs.keys().copied().collect::<Vec<_>>() {
            self.close(call);
        }
        self.engine.shutdown();
    }

    fn obey(&mut self, command: MediaCommand) {
        match command {
            MediaCommand::Prepare { call, local, ports, ice } => self.prepare(call, local, ports, ice),
            MediaCommand::Configure { call, media, audible } => self.configure(call, media, audible),
            MediaCommand::Answered { call } => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    leg.answered = true;
                    self.engine.answered(leg.engine);
                }
            }
            MediaCommand::Audible { call, audible } => self.audible(call, audible),
            MediaCommand::Join { call, joined } => {
                if let Some(leg) = self.legs.get(&call) {
                    self.engine.join(leg.engine, joined);
                }
            }
            MediaCommand::Mute { call, muted } => {
                if let Some(leg) = self.legs.get(&call) {
                    self.engine.mute(leg.engine, muted);
                }
            }
            MediaCommand::Dtmf { call, digits, by } => {
                if let Some(leg) = self.legs.get(&call) {
                    match by {
                        DigitsBy::Events => self.engine.send_dtmf(leg.engine, &digits.0),
                        DigitsBy::Tones => self.engine.sound_dtmf(leg.engine, &digits.0),
                    }
                }
            }
            MediaCommand::Record { call, recording, wish } => {
                let id = audio_engine::RecordingId(self.number());
                self.recordings.insert(id, recording);
                let wish = recording::wish(id, wish, &self.secrets);
                match self.legs.get_mut(&call) {
                    Some(leg) if leg.open => self.engine.record(leg.engine, wish),
                    Some(leg) => leg.recording = Some((wish, false)),
                    None => self.recording_ended(id, 0, Peaks::default(), None),
                }
            }
            MediaCommand::PauseRecording { call, paused } => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    leg.recording.iter_mut().for_each(|waiting| waiting.1 = paused);
                    self.engine.pause_recording(leg.engine, paused);
                }
            }
            MediaCommand::StopRecording { call } => self.stop_recording(call),
            MediaCommand::Play { view, file, sealed } => self.play(view, file, sealed),
            MediaCommand::StopPlaying => {
                self.playing = None;
                self.engine.stop_playing();
            }
            MediaCommand::Signal(signal) => self.sound(|sounding, now| sounding.signal(signal, now)),
            MediaCommand::Close { call } => self.close(call),
            MediaCommand::WatchLevels(on) => {
                self.watching = on;
                self.engine.watch_microphone(on);
            }
            MediaCommand::Choose { role, device, volume_pct } => {
                let role = map::role(role);
                self.engine.choose(role, device.map(audio_engine::DeviceId));
                self.engine.set_volume(role, volume_pct);
                self.tell_devices();
            }
            MediaCommand::TestRinger => self.sound(Sounding::test),
            MediaCommand::Country(code) => {
                self.sound(|sounding, _| sounding.set_country(Country::of_iso(&code)));
            }
        }
    }

    /// A call that is prepared again (answered twice) keeps its port.
    fn prepare(&mut self, call: CallId, local: IpAddr, ports: Option<RangeInclusive<u16>>, ice: Option<IceWish>) {
        if self.legs.contains_key(&call) {
            return;
        }
        let session = match self.rtp.open(local, ports) {
            Ok(session) => session,
            Err(error) => {
                tracing::warn!(call = %call.0, %error, "no media port");
                return self.tell(MediaEvent::Prepared { call, local: None, ice: None });
            }
        };
        let engine = SessionId(self.next);
        self.next += 1;
        self.legs.insert(
            call,
            Leg {
                rtp: session.id,
                engine,
                open: false,
                answered: false,
                audible: true,
                agreed: None,
                recording: None,
                window: Window::default(),
            },
        );
        match ice.filter(|_| !session.local.ip().is_unspecified()) {
            None => self.tell(MediaEvent::Prepared { call, local: Some(session.local), ice: None }),
            Some(wish) => {
                let found = ways::find(self.rtp.clone(), session, wish, Arc::clone(&self.secrets));
                let events = self.events.clone();
                tokio::spawn(async move {
                    let ice = found.await;
                    // The agent is gone: the program is ending.
                    let _ = events.send(MediaEvent::Prepared { call, local: Some(session.local), ice });
                });
            }
        }
    }

    fn configure(&mut self, call: CallId, media: Box<NegotiatedMedia>, audible: bool) {
        let Some(leg) = self.legs.get_mut(&call) else { return };
        let Some(rtp) = map::rtp_config(&media, audible) else {
            tracing::error!(call = %call.0, "keys of a wrong length; the call stays silent");
            return;
        };
        self.rtp.configure(leg.rtp, rtp);
        let mut config = map::engine_config(&media, leg.answered);
        config.send &= audible;
        config.receive &= audible;
        leg.audible = audible;
        leg.agreed = Some(media);
        if leg.open {
            self.engine.reconfigure(leg.engine, config);
            self.engine.set_direction(leg.engine, config.send, config.receive);
        } else if let Some((packets, out)) = self.rtp.rings(leg.rtp) {
            leg.open = true;
            self.engine.open(leg.engine, config, packets, out, self.rtp.waker());
            if let Some((wish, paused)) = leg.recording.take() {
                self.engine.record(leg.engine, wish);
                self.engine.pause_recording(leg.engine, paused);
            }
        }
    }

    fn audible(&mut self, call: CallId, audible: bool) {
        let Some(leg) = self.legs.get_mut(&call) else { return };
        leg.audible = audible;
        let Some(agreed) = &leg.agreed else { return };
        if let Some(rtp) = map::rtp_config(agreed, audible) {
            self.rtp.configure(leg.rtp, rtp);
        }
        self.engine.set_direction(leg.engine, agreed.send && audible, agreed.receive && audible);
    }

    fn close(&mut self, call: CallId) {
        let Some(mut leg) = self.legs.remove(&call) else {
            return self.tell(MediaEvent::Closed { call, stats: None });
        };
        if let Some((wish, _)) = leg.recording.take() {
            self.recording_ended(wish.id, 0, Peaks::default(), None);
        }
        let heard = self.engine.stats(leg.engine);
        self.engine.close(leg.engine);
        let network = self.rtp.close(leg.rtp);
        let stats = match (&leg.agreed, network) {
            (Some(agreed), Some(network)) => {
                Some(Box::new(leg.window.figures(agreed, &network, heard.unwrap_or_default())))
            }
            _ => None,
        };
        self.tell(MediaEvent::Closed { call, stats });
    }

    /// Changes what sounds besides calls; what stays the same goes on as it is.
    fn sound(&mut self, change: impl FnOnce(&mut Sounding, tokio::time::Instant)) {
        let before = (self.sounding.rings(), self.sounding.tone());
        change(&mut self.sounding, tokio::time::Instant::now());
        let (rings, tone) = (self.sounding.rings(), self.sounding.tone());
        match rings {
            _ if rings == before.0 => {}
            true => self.engine.ring(),
            false => self.engine.stop_ring(),
        }
        match tone {
            _ if tone == before.1 => {}
            Some(tone) => self.engine.play_tone(tone, Role::Speaker),
            None => self.engine.stop_tone(Role::Speaker),
        }
    }

    fn heard(&mut self, event: Event) {
        let call_of =
            |session: SessionId| self.legs.iter().find(|(_, leg)| leg.engine == session).map(|(call, _)| *call);
        match event {
            Event::FirstRtp { session } => {
                if let Some(call) = call_of(session) {
                    self.tell(MediaEvent::FirstRtp { call });
                }
            }
            Event::DtmfReceived { session, digit, .. } => {
                if let Some(call) = call_of(session) {
                    self.tell(MediaEvent::DtmfReceived { call, digits: Digits(digit.to_string()) });
                }
            }
            Event::DtmfSent { session, digit } => {
                if let Some(call) = call_of(session) {
                    self.tell(MediaEvent::DtmfSent { call, digits: Digits(digit.to_string()) });
                }
            }
            Event::RecordingStarted { recording, path, .. } => {
                if let Some(recording) = self.recordings.get(&recording).copied() {
                    self.tell(MediaEvent::RecordingStarted { recording, file: RecordingFile(path) });
                }
            }
            Event::RecordingEnded { recording, length_ms, peaks, problem, .. } => {
                self.recording_ended(recording, length_ms, peaks, problem);
            }
            Event::PlaybackEnded { playback, problem } => {
                if let Some((_, recording)) = self.playing.take_if(|(number, _)| *number == playback) {
                    if let Some(reason) = &problem {
                        tracing::warn!(reason, "a recording cannot be played");
                    }
                    self.tell(MediaEvent::Played { recording, failed: problem.is_some() });
                }
            }
            Event::DeviceGone { role, .. } => self.tell(MediaEvent::DeviceGone { role: map::api_role(role) }),
            Event::DeviceUsed { role, device } => {
                let name = device.map(|device| device.name);
                self.tell(MediaEvent::DeviceUsed { role: map::api_role(role), name });
                self.tell_devices();
            }
            Event::DevicesChanged => self.tell_devices(),
            Event::MicFileFinished { .. } => {}
            Event::SpeakerFileFailed { reason, .. } => tracing::warn!(%reason, "the speaker file is incomplete"),
        }
    }

    /// A number that nothing of the engine has.
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    fn stop_recording(&mut self, call: CallId) {
        let Some(leg) = self.legs.get_mut(&call) else { return };
        self.engine.stop_recording(leg.engine);
        if let Some((wish, _)) = leg.recording.take() {
            self.recording_ended(wish.id, 0, Peaks::default(), None);
        }
    }

    fn recording_ended(
        &mut self,
        id: audio_engine::RecordingId,
        length_ms: u64,
        peaks: Peaks,
        problem: Option<RecordingProblem>,
    ) {
        let Some(recording) = self.recordings.remove(&id) else { return };
        let (peaks, problem) = (Box::new(recording::peaks(peaks)), problem.map(recording::problem));
        self.tell(MediaEvent::RecordingEnded { recording, length_ms, peaks, problem });
    }

    fn play(&mut self, view: PlaybackView, file: RecordingFile, sealed: bool) {
        let playback = self.number();
        self.playing = Some((playback, view.recording));
        self.engine.play(Play {
            playback,
            path: file.0,
            key: sealed.then(|| recording::key(&self.secrets)),
            from_ms: view.from_ms.into(),
            speed: f32::from(view.speed_pct) / 100.0,
        });
    }

    fn tell_figures(&mut self) {
        let mut told = Vec::new();
        for (call, leg) in &mut self.legs {
            let (Some(agreed), Some(network)) = (&leg.agreed, self.rtp.stats(leg.rtp)) else { continue };
            let heard = self.engine.stats(leg.engine).unwrap_or_default();
            if let Some(share) = network.remote_lost_recently {
                self.engine.lost(leg.engine, share);
            }
            let stats = Box::new(leg.window.figures(agreed, &network, heard));
            told.push(MediaEvent::Stats { call: *call, stats });
        }
        for event in told {
            self.tell(event);
        }
    }

    fn tell_levels(&self) {
        for (call, leg) in self.legs.iter().filter(|(_, leg)| leg.open && leg.audible) {
            if let Some(levels) = self.engine.levels(leg.engine) {
                // Nobody looking is no fault.
                let _ = self.levels.send(Levels {
                    call: Some(*call),
                    microphone_dbfs: levels.microphone_dbfs,
                    remote_dbfs: levels.remote_dbfs,
                });
            }
        }
        if self.watching {
            let microphone_dbfs = self.engine.microphone_dbfs();
            let _ = self.levels.send(Levels { call: None, microphone_dbfs, remote_dbfs: -100.0 });
        }
    }

    fn tell_devices(&self) {
        self.tell(MediaEvent::Devices(map::audio_view(&self.engine.devices())));
    }

    fn tell(&self, event: MediaEvent) {
        // The agent is gone: the program is ending.
        let _ = self.events.send(event);
    }
}
