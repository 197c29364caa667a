//! From packets to what is heard of one session.

use std::time::Instant;

use audio::codec::CodecKind;
use audio::jitter::{JitterBuffer, Playout, PlayoutStats, comfort};
use audio::level::LevelMeter;
use rtp::packet::InPacket;
use rtp::telephone_event::{Heard, Hearing, Key};
use rtrb::Consumer;

use crate::session_config::SessionConfig;

/// A key whose end never came is over after this many blocks of 10 ms.
const KEY_BLOCKS: u32 = 50;

/// What came of a block.
#[derive(Default)]
pub(crate) struct Arrivals {
    /// The first packet that could be decoded is among them.
    pub first: bool,
    /// A key that ended, and its length in ms.
    pub key: Option<(Key, u32)>,
}

/// The receiving half of a session.
pub(crate) struct Incoming {
    packets: Consumer<InPacket>,
    /// What is sent, and most likely comes.
    agreed: CodecKind,
    /// What comes.
    codec: CodecKind,
    dtmf_payload_types: [Option<u8>; 2],
    playout: Option<JitterBuffer>,
    /// Figures of earlier codecs.
    before: PlayoutStats,
    hearing: Hearing,
    /// A key that is down, and for how many blocks.
    down: Option<(Key, u32)>,
    meter: LevelMeter,
    receive: bool,
    pub received: u64,
    refused: u64,
    heard_any: bool,
}

impl Incoming {
    pub fn new(packets: Consumer<InPacket>, config: &SessionConfig) -> Self {
        Self {
            packets,
            agreed: config.codec,
            codec: config.codec,
            dtmf_payload_types: key_payload_types(config),
            playout: JitterBuffer::new(config.codec).ok(),
            before: PlayoutStats::default(),
            hearing: Hearing::default(),
            down: None,
            meter: LevelMeter::default(),
            receive: config.receive,
            received: 0,
            refused: 0,
            heard_any: false,
        }
    }

    pub fn reconfigure(&mut self, config: &SessionConfig) {
        self.dtmf_payload_types = key_payload_types(config);
        if self.agreed != config.codec {
            self.agreed = config.codec;
            self.change_codec(config.codec);
        }
        self.set_receive(config.receive);
    }

    pub fn set_receive(&mut self, receive: bool) {
        if receive
            && !self.receive
            && let Some(playout) = &mut self.playout
        {
            playout.restart();
        }
        self.receive = receive;
    }

    /// Takes what the ring holds.
    pub fn take(&mut self) -> Arrivals {
        let mut arrivals = Arrivals::default();
        if let Some((key, blocks)) = &mut self.down {
            *blocks += 1;
            if *blocks > KEY_BLOCKS {
                arrivals.key = Some((*key, *blocks * 10));
                self.down = None;
            }
        }
        while arrivals.key.is_none() {
            let Ok(packet) = self.packets.pop() else { break };
            self.received += 1;
            if self.dtmf_payload_types.contains(&Some(packet.payload_type)) {
                arrivals.key = self.hear_key(&packet);
            } else if packet.payload_type == comfort::PAYLOAD_TYPE {
                self.playout.iter_mut().for_each(|playout| playout.rest(&packet));
            } else {
                arrivals.first |= self.hear_sound(&packet);
            }
        }
        arrivals
    }

    /// The next 10 ms at the codec's rate; false if nothing of this session is to be heard.
    pub fn pull(&mut self, now: Instant, block: &mut Vec<f32>) -> bool {
        let Some(playout) = self.playout.as_mut().filter(|_| self.receive) else {
            self.meter.push(&[]);
            return false;
        };
        block.clear();
        block.resize(playout.sample_rate_hz() as usize / 100, 0.0);
        playout.pull(now, block);
        self.meter.push(block);
        true
    }

    /// Rate of what [`Self::pull`] gives, Hz.
    pub fn rate_hz(&self) -> u32 {
        self.codec.sample_rate_hz()
    }

    pub fn level_dbfs(&self) -> f32 {
        self.meter.dbfs()
    }

    /// Figures over all codecs, and packets that no decoder wanted.
    pub fn stats(&self) -> PlayoutStats {
        let now = self.playout.as_ref().map(Playout::stats).unwrap_or_default();
        let mut sum = add(self.before, now);
        sum.refused += self.refused;
        sum
    }

    fn hear_key(&mut self, packet: &InPacket) -> Option<(Key, u32)> {
        match self.hearing.receive(packet.timestamp, &packet.payload)? {
            Heard::Pressed(key) => {
                let before = self.down.replace((key, 0));
                before.map(|(key, blocks)| (key, blocks * 10))
            }
            Heard::Released(key, ticks) => {
                self.down = None;
                Some((key, (u64::from(ticks) * 1000 / u64::from(self.codec.rtp_clock_hz())) as u32))
            }
        }
    }

    /// True for the first packet that is understood.
    fn hear_sound(&mut self, packet: &InPacket) -> bool {
        let Some(codec) = self.codec_of(packet.payload_type) else {
            self.refused += 1;
            return false;
        };
        if codec != self.codec {
            self.change_codec(codec);
        }
        let Some(playout) = &mut self.playout else { return false };
        if !self.receive {
            return false;
        }
        playout.insert(packet);
        !std::mem::replace(&mut self.heard_any, true)
    }

    /// RFC 3264 §6.1: the other side may use any codec of the answer, so static payload types are taken as they are;
    /// dynamic ones are Opus if that was agreed.
    fn codec_of(&self, payload_type: u8) -> Option<CodecKind> {
        match CodecKind::of_static_payload_type(payload_type) {
            Some(codec) => Some(codec),
            None if payload_type >= 96 && self.agreed == CodecKind::Opus => Some(CodecKind::Opus),
            None => None,
        }
    }

    fn change_codec(&mut self, codec: CodecKind) {
        if let Some(playout) = &self.playout {
            self.before = add(self.before, playout.stats());
        }
        self.codec = codec;
        self.playout = JitterBuffer::new(codec).ok();
    }
}

fn key_payload_types(config: &SessionConfig) -> [Option<u8>; 2] {
    [config.dtmf_payload_type, config.receive_dtmf_payload_type]
}

fn add(before: PlayoutStats, now: PlayoutStats) -> PlayoutStats {
    PlayoutStats {
        late: before.late + now.late,
        duplicates: before.duplicates + now.duplicates,
        refused: before.refused + now.refused,
        concealed_ms: before.concealed_ms + now.concealed_ms,
        fec_ms: before.fec_ms + now.fec_ms,
        accelerated_ms: before.accelerated_ms + now.accelerated_ms,
        expanded_ms: before.expanded_ms + now.expanded_ms,
        buffer_ms: now.buffer_ms,
        target_ms: now.target_ms,
        depth_ms: now.depth_ms,
    }
}
