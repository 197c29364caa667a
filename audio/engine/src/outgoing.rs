//! From what is said to packets of one session.

use std::collections::VecDeque;

use audio::codec::{Encoder, OpusSettings};
use audio::level::LevelMeter;
use audio::mix;
use audio::resample::Resampler;
use audio::tones::{KeyTone, Tone, ToneGenerator};
use rtp::packet::{MAX_PAYLOAD, OutPacket, Payload};
use rtp::telephone_event::{Key, Sending, Timing};
use rtrb::Producer;

use crate::files::{Clip, ClipPlayer};
use crate::port::MIX_HZ;
use crate::session_config::{SessionConfig, Wake};

/// Length of a key, and of the pause after it, ms.
const KEY_MS: u32 = 100;
/// Length of a `,`, ms.
const COMMA_MS: u32 = 1_000;
/// Length of a key as sound, and of the silence after it, ms: ITU-T Q.24 asks of receivers to take 40 of each.
const SOUND_MS: u32 = 100;
const SILENCE_MS: u32 = 70;

/// From this share of lost packets on the encoder prepares for more …
const LOSSY: f32 = 0.01;
/// … until this many seconds went without.
const CALM_S: u32 = 30;

/// What is said.
pub(crate) enum Voice {
    /// 10 ms from the microphone at 48 kHz come with every tick.
    Microphone,
    /// A recording at the codec's rate, and whether its end was told.
    Clip { player: Box<ClipPlayer>, told: bool },
    /// Nothing.
    Silence,
}

/// One step of a queue of keys.
enum KeyStep {
    Send(Key),
    Wait(u32),
}

/// One step of keys as sound, in blocks of 10 ms.
enum SoundStep {
    Sound {
        key: Key,
        tone: KeyTone,
        left_ms: u32,
    },
    Silence(u32),
    /// What is said goes on.
    Wait(u32),
}

/// What happened in a block.
#[derive(Default)]
pub(crate) struct Spoken {
    /// Packets were put into the ring.
    pub sent: bool,
    /// A key is out.
    pub key: Option<Key>,
    /// The recording has ended.
    pub clip_ended: bool,
}

/// The sending half of a session.
pub(crate) struct Outgoing {
    ring: Producer<OutPacket>,
    pub wake: Wake,
    config: SessionConfig,
    encoder: Option<Encoder>,
    /// Seconds for which the line still counts as one that loses.
    lossy_s: u32,
    voice: Voice,
    down: Option<Resampler>,
    /// The same for the others of a conference.
    others_down: Option<Resampler>,
    /// 10 ms of the others at the codec's rate.
    added: Vec<f32>,
    /// Sound that waits for a packet to be full, at the codec's rate.
    waiting: Vec<f32>,
    /// RTP timestamp of the next packet.
    timestamp: u32,
    /// The next packet begins a spurt.
    marker: bool,
    muted: bool,
    keys: VecDeque<KeyStep>,
    sending: Option<(Key, Sending)>,
    /// Keys as sound.
    sounding: VecDeque<SoundStep>,
    /// Tells the other side that it is recorded.
    reminder: Option<ToneGenerator>,
    /// The last 10 ms of what is said, at the codec's rate, without others and without keys.
    said: Vec<f32>,
    meter: LevelMeter,
    pub sent: u64,
}

impl Outgoing {
    pub fn new(ring: Producer<OutPacket>, wake: Wake, config: SessionConfig, source: Source<'_>) -> Self {
        let rate_hz = config.codec.sample_rate_hz();
        let voice = match source {
            Source::Microphone => Voice::Microphone,
            Source::Clip(clip) => match clip.player(rate_hz) {
                Ok(player) => Voice::Clip { player: Box::new(player), told: false },
                Err(reason) => {
                    tracing::warn!(reason, "the microphone file cannot be played any more");
                    Voice::Silence
                }
            },
            Source::Silence => Voice::Silence,
        };
        let mut outgoing = Self {
            ring,
            wake,
            config,
            encoder: None,
            lossy_s: 0,
            voice,
            down: None,
            others_down: None,
            added: Vec::new(),
            waiting: Vec::new(),
            timestamp: 0,
            marker: true,
            muted: false,
            keys: VecDeque::new(),
            sending: None,
            sounding: VecDeque::new(),
            reminder: None,
            said: Vec::new(),
            meter: LevelMeter::default(),
            sent: 0,
        };
        outgoing.prepare();
        outgoing
    }

    /// Another codec, payload type or packet length.
    pub fn reconfigure(&mut self, config: SessionConfig) {
        let before = self.config;
        self.config = config;
        if let Voice::Clip { player, .. } = &mut self.voice
            && before.codec != config.codec
        {
            player.set_rate(config.codec.sample_rate_hz());
        }
        if (before.codec, before.opus, before.ptime_ms) != (config.codec, config.opus, config.ptime_ms) {
            self.prepare();
        }
        if before.codec != config.codec {
            // A key of another rate would be another key; nobody has heard of those behind it yet, and they fit together.
            self.sounding.clear();
            self.remind(self.reminder.is_some());
        }
        self.marker |= config.send && !before.send;
    }

    pub fn set_send(&mut self, send: bool) {
        self.marker |= send && !self.config.send;
        self.config.send = send;
    }

    /// Whether the other side hears every 15 seconds that it is recorded.
    pub fn remind(&mut self, on: bool) {
        let rate_hz = self.config.codec.sample_rate_hz();
        self.reminder = on.then(|| ToneGenerator::new(Tone::Recorded, rate_hz));
    }

    /// The last 10 ms of what is said, at the codec's rate.
    pub fn said(&self) -> (&[f32], u32) {
        (&self.said, self.config.codec.sample_rate_hz())
    }

    /// Keys are on their way: they may be those of a card.
    pub fn is_pressing(&self) -> bool {
        self.sending.is_some() || !self.keys.is_empty() || !self.sounding.is_empty()
    }

    pub fn set_muted(&mut self, muted: bool) {
        self.muted = muted;
    }

    /// The share of packets that the other side lost of late; told once a second.
    pub fn lost(&mut self, share: f32) {
        let before = self.lossy_s > 0;
        self.lossy_s = if share >= LOSSY { CALM_S } else { self.lossy_s.saturating_sub(1) };
        let settings = self.settings();
        if before != (self.lossy_s > 0)
            && let Some(Err(error)) = self.encoder.as_mut().map(|encoder| encoder.adapt(&settings))
        {
            tracing::warn!(%error, "the encoder stays as it is");
        }
    }

    /// Queues keys; what is no key and no comma is passed over.
    pub fn press(&mut self, digits: &str) {
        if self.config.dtmf_payload_type.is_none() {
            return;
        }
        for digit in digits.chars() {
            if digit == ',' {
                self.keys.push_back(KeyStep::Wait(COMMA_MS));
            } else if let Some(key) = Key::from_char(digit) {
                self.keys.push_back(KeyStep::Send(key));
                self.keys.push_back(KeyStep::Wait(KEY_MS));
            }
        }
    }

    /// Queues keys as sound in the place of what is said; what is no key and no comma is passed over.
    pub fn sound(&mut self, digits: &str) {
        let rate_hz = self.config.codec.sample_rate_hz();
        for digit in digits.chars() {
            if digit == ',' {
                self.sounding.push_back(SoundStep::Wait(COMMA_MS));
            } else if let Some((key, tone)) = Key::from_char(digit).zip(KeyTone::new(digit, rate_hz)) {
                self.sounding.push_back(SoundStep::Sound { key, tone, left_ms: SOUND_MS });
                self.sounding.push_back(SoundStep::Silence(SILENCE_MS));
            }
        }
    }

    /// Whether the microphone is wanted.
    pub fn listens(&self) -> bool {
        matches!(self.voice, Voice::Microphone) && self.config.send
    }

    pub fn level_dbfs(&self) -> f32 {
        self.meter.dbfs()
    }

    /// The next 10 ms, at 48 kHz: from the microphone, and in a conference from the others.
    pub fn tick(&mut self, microphone: &[f32], others: Option<&[f32]>) -> Spoken {
        let mut spoken = Spoken::default();
        if self.config.send {
            let from = self.waiting.len();
            self.listen(microphone, &mut spoken);
            if let Some(reminder) = &mut self.reminder {
                reminder.add_to(&mut self.waiting[from..]);
                mix::limit(&mut self.waiting[from..]);
            }
            self.said.clear();
            self.said.extend_from_slice(&self.waiting[from..]);
            if let Some(others) = others {
                self.add(others, from);
            }
            self.sound_key(from, &mut spoken);
        } else {
            // Time goes on for the far end, too.
            self.said.clear();
            self.waiting.resize(self.waiting.len() + self.config.codec.sample_rate_hz() as usize / 100, 0.0);
            self.meter.push(&[]);
        }
        let packet = self.packet_samples();
        while self.waiting.len() >= packet {
            self.packet(packet, &mut spoken);
            self.waiting.drain(..packet);
            let ticks = self.config.codec.rtp_clock_hz() * self.config.ptime_ms / 1000;
            self.timestamp = self.timestamp.wrapping_add(ticks);
        }
        spoken
    }

    fn prepare(&mut self) {
        let settings = self.settings();
        self.encoder = match Encoder::new(self.config.codec, &settings) {
            Ok(encoder) => Some(encoder),
            Err(error) => {
                tracing::warn!(%error, "no encoder: the session stays silent");
                None
            }
        };
        let rate_hz = self.config.codec.sample_rate_hz();
        self.down = Resampler::new(MIX_HZ, rate_hz).ok().filter(|_| rate_hz != MIX_HZ);
        self.others_down = Resampler::new(MIX_HZ, rate_hz).ok().filter(|_| rate_hz != MIX_HZ);
        self.waiting.clear();
    }

    fn settings(&self) -> OpusSettings {
        if self.lossy_s > 0 { self.config.opus.against_loss() } else { self.config.opus }
    }

    fn packet_samples(&self) -> usize {
        (self.config.codec.sample_rate_hz() * self.config.ptime_ms.clamp(10, 60) / 1000) as usize
    }

    /// Appends 10 ms of what is said to `waiting`.
    fn listen(&mut self, microphone: &[f32], spoken: &mut Spoken) {
        let (from, block) = (self.waiting.len(), self.config.codec.sample_rate_hz() as usize / 100);
        match &mut self.voice {
            Voice::Microphone => match &mut self.down {
                Some(down) => down.process(microphone, &mut self.waiting),
                None => self.waiting.extend_from_slice(microphone),
            },
            Voice::Clip { player, told } => {
                if player.read(block, &mut self.waiting) {
                    spoken.clip_ended = !std::mem::replace(told, true);
                }
            }
            Voice::Silence => {}
        }
        self.waiting.resize(from + block, 0.0);
        if self.muted {
            self.waiting[from..].fill(0.0);
        }
        self.meter.push(&self.waiting[from..]);
    }

    /// Adds what the others say to the 10 ms that begin at `from`; the agent's mute is not theirs.
    fn add(&mut self, others: &[f32], from: usize) {
        let others = match &mut self.others_down {
            Some(down) => {
                self.added.clear();
                down.process(others, &mut self.added);
                self.added.as_slice()
            }
            None => others,
        };
        mix::add(&mut self.waiting[from..], others, 1.0);
        mix::limit(&mut self.waiting[from..]);
    }

    /// Puts the key that sounds in the place of the 10 ms that begin at `from`: neither voice nor mute are in it.
    fn sound_key(&mut self, from: usize, spoken: &mut Spoken) {
        let left_ms = match self.sounding.front_mut() {
            None => return,
            Some(SoundStep::Sound { key, tone, left_ms }) => {
                tone.write(&mut self.waiting[from..]);
                if *left_ms <= 10 {
                    spoken.key = Some(*key);
                }
                left_ms
            }
            Some(SoundStep::Silence(left_ms)) => {
                self.waiting[from..].fill(0.0);
                left_ms
            }
            Some(SoundStep::Wait(left_ms)) => left_ms,
        };
        *left_ms = left_ms.saturating_sub(10);
        if *left_ms == 0 {
            self.sounding.pop_front();
        }
    }

    /// One packet: a key if one is on its way, else sound.
    fn packet(&mut self, samples: usize, spoken: &mut Spoken) {
        if let Some(packet) = self.key_packet(spoken) {
            self.put(packet, spoken);
            self.marker = true;
            return;
        }
        if !self.config.send {
            return;
        }
        let Some(encoder) = &mut self.encoder else { return };
        let mut room = [0; MAX_PAYLOAD];
        let Ok(bytes) = encoder.encode(&self.waiting[..samples], &mut room) else { return };
        let Ok(payload) = Payload::try_from(&room[..bytes]) else { return };
        let marker = std::mem::replace(&mut self.marker, false);
        self.put(
            OutPacket { payload_type: self.config.payload_type, marker, timestamp: self.timestamp, payload },
            spoken,
        );
    }

    fn key_packet(&mut self, spoken: &mut Spoken) -> Option<OutPacket> {
        if self.sending.is_none() {
            self.next_key();
        }
        let (key, sending) = self.sending.as_mut()?;
        let key = *key;
        let packet = sending.next_packet();
        if packet.is_none() {
            spoken.key = Some(key);
            self.sending = None;
        }
        packet
    }

    fn next_key(&mut self) {
        let ptime_ms = self.config.ptime_ms;
        if let Some(KeyStep::Wait(ms)) = self.keys.front_mut() {
            *ms = ms.saturating_sub(ptime_ms);
            if *ms > 0 {
                return;
            }
            self.keys.pop_front();
        }
        let (Some(KeyStep::Send(key)), Some(payload_type)) = (self.keys.front(), self.config.dtmf_payload_type) else {
            return;
        };
        let timing = Timing {
            payload_type,
            clock_hz: self.config.codec.rtp_clock_hz(),
            duration_ms: KEY_MS,
            packet_ms: ptime_ms,
        };
        self.sending = Some((*key, Sending::start(*key, self.timestamp, timing)));
        self.keys.pop_front();
    }

    fn put(&mut self, packet: OutPacket, spoken: &mut Spoken) {
        // A full ring means that the network thread stands still: what cannot leave now is of no use later.
        if self.ring.push(packet).is_ok() {
            self.sent += 1;
            spoken.sent = true;
        }
    }
}

/// Where a session's voice comes from.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Microphone,
    Clip(&'a Clip),
    Silence,
}
