//! One call's sound: what is said and what is heard.

use std::time::Instant;

use audio::mix;
use audio::resample::Resampler;
use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use crate::event::{Event, Events};
use crate::files::SpeakerFile;
use crate::incoming::Incoming;
use crate::outgoing::{Outgoing, Source};
use crate::port::{BLOCK, MIX_HZ};
use crate::recorder::Tap;
use crate::session_config::{SessionConfig, SessionId, Wake};
use crate::stats::{Levels, SessionStats};

/// One call's sound.
pub(crate) struct Session {
    id: SessionId,
    outgoing: Outgoing,
    incoming: Incoming,
    /// From the codec's rate to 48 kHz, made when it is needed.
    up: Option<(u32, Resampler)>,
    file: Option<SpeakerFile>,
    tap: Option<Box<Tap>>,
    /// What is said on its way into the recording: from the codec's rate to 48 kHz.
    said_up: Option<(u32, Resampler)>,
    /// 10 ms of it.
    said: Vec<f32>,
    answered: bool,
    joined: bool,
    /// 10 ms at the codec's rate.
    block: Vec<f32>,
    /// 10 ms at 48 kHz.
    mixed: Vec<f32>,
    /// The others of the conference.
    others: Vec<f32>,
}

impl Session {
    pub fn new(
        id: SessionId,
        config: SessionConfig,
        packets: Consumer<InPacket>,
        out: (Producer<OutPacket>, Wake),
        source: Source<'_>,
        file: Option<SpeakerFile>,
    ) -> Self {
        Self {
            id,
            outgoing: Outgoing::new(out.0, out.1, config, source),
            incoming: Incoming::new(packets, &config),
            up: None,
            file,
            tap: None,
            said_up: None,
            said: Vec::new(),
            answered: config.answered,
            joined: false,
            block: Vec::new(),
            mixed: vec![0.0; BLOCK],
            others: vec![0.0; BLOCK],
        }
    }

    pub fn reconfigure(&mut self, config: SessionConfig) {
        self.outgoing.reconfigure(config);
        self.incoming.reconfigure(&config);
        self.answered |= config.answered;
    }

    pub fn set_direction(&mut self, send: bool, receive: bool) {
        self.outgoing.set_send(send);
        self.incoming.set_receive(receive);
    }

    pub fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    pub fn answer(&mut self) {
        self.answered = true;
    }

    /// What is said and heard goes there; the recording before is over.
    pub fn record(&mut self, tap: Option<Box<Tap>>) {
        self.outgoing.remind(tap.as_ref().is_some_and(|tap| tap.consent_tone));
        self.tap = tap;
    }

    /// Silence is recorded until it goes on.
    pub fn pause_recording(&mut self, paused: bool) {
        let Some(tap) = &mut self.tap else { return };
        tap.set_paused(paused);
        self.outgoing.remind(tap.consent_tone && !paused);
    }

    /// Whether the microphone is wanted.
    pub fn listens(&self) -> bool {
        self.outgoing.listens()
    }

    /// Whether the others of the conference are heard there, and it by them.
    pub fn set_joined(&mut self, joined: bool) {
        self.joined = joined;
    }

    /// Adds what was heard in this tick to what the conference says.
    pub fn add_to(&self, together: &mut [f32]) {
        if self.joined {
            mix::add(together, &self.mixed, 1.0);
        }
    }

    /// Sends the next 10 ms: what is said here, and in a conference what the others say: `together` without this one.
    pub fn speak(&mut self, microphone: &[f32], together: &[f32], events: &Events) {
        let session = self.id;
        let others = if self.joined {
            self.others.copy_from_slice(together);
            mix::add(&mut self.others, &self.mixed, -1.0);
            Some(self.others.as_slice())
        } else {
            None
        };
        let spoken = self.outgoing.tick(microphone, others);
        if spoken.sent {
            (self.outgoing.wake)();
        }
        if let Some(key) = spoken.key {
            events.tell(Event::DtmfSent { session, digit: key.as_char() });
        }
        if spoken.clip_ended {
            events.tell(Event::MicFileFinished { session });
        }
        self.tap();
    }

    /// Records this tick.
    fn tap(&mut self) {
        let Some(tap) = &mut self.tap else { return };
        let (said, rate_hz) = self.outgoing.said();
        if self.said_up.as_ref().is_none_or(|(from_hz, _)| *from_hz != rate_hz) {
            self.said_up = Resampler::new(rate_hz, MIX_HZ).ok().map(|up| (rate_hz, up));
        }
        self.said.clear();
        if let Some((_, up)) = &mut self.said_up {
            up.process(said, &mut self.said);
        }
        self.said.resize(BLOCK, 0.0);
        let hide = self.outgoing.is_pressing();
        if !tap.push(&self.said, &self.mixed, hide) {
            self.tap = None;
            self.outgoing.remind(false);
        }
    }

    /// Hears the next 10 ms, and adds them to `speaker` (48 kHz) if there is one.
    pub fn hear(&mut self, now: Instant, speaker: Option<&mut [f32]>, events: &Events) {
        let session = self.id;
        let arrivals = self.incoming.take();
        if arrivals.first {
            events.tell(Event::FirstRtp { session });
        }
        if let Some((key, duration_ms)) = arrivals.key {
            events.tell(Event::DtmfReceived { session, digit: key.as_char(), duration_ms });
        }
        let heard = self.incoming.pull(now, &mut self.block);
        let recording = self.answered && self.file.is_some();
        if heard && (recording || self.tap.is_some() || self.joined || speaker.is_some()) {
            self.resample_block();
        } else {
            self.mixed.clear();
            self.mixed.resize(BLOCK, 0.0);
        }
        if let Some(speaker) = speaker.filter(|_| heard) {
            mix::add(speaker, &self.mixed, 1.0);
        }
        if let Some(file) = self.file.as_mut().filter(|_| recording)
            && let Err(reason) = file.write(&self.mixed)
        {
            self.file = None;
            events.tell(Event::SpeakerFileFailed { session, reason });
        }
    }

    fn resample_block(&mut self) {
        let rate_hz = self.incoming.rate_hz();
        if rate_hz == MIX_HZ {
            std::mem::swap(&mut self.block, &mut self.mixed);
            return;
        }
        if self.up.as_ref().is_none_or(|(from_hz, _)| *from_hz != rate_hz) {
            self.up = Resampler::new(rate_hz, MIX_HZ).ok().map(|up| (rate_hz, up));
        }
        self.mixed.clear();
        if let Some((_, up)) = &mut self.up {
            up.process(&self.block, &mut self.mixed);
        }
        self.mixed.resize(BLOCK, 0.0);
    }

    pub fn stats(&self) -> SessionStats {
        let heard = self.incoming.stats();
        SessionStats {
            received: self.incoming.received,
            sent: self.outgoing.sent,
            late: heard.late,
            duplicates: heard.duplicates,
            concealed_ms: heard.concealed_ms,
            fec_ms: heard.fec_ms,
            buffer_ms: heard.buffer_ms,
            target_ms: heard.target_ms,
            accelerated_ms: heard.accelerated_ms,
            expanded_ms: heard.expanded_ms,
            refused: heard.refused,
        }
    }

    pub fn levels(&self) -> Levels {
        Levels { microphone_dbfs: self.outgoing.level_dbfs(), remote_dbfs: self.incoming.level_dbfs() }
    }
}
