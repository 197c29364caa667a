//! Figures of a call from what the sockets and the engine count.

use std::collections::VecDeque;
use std::time::Instant;

use agent::port::media::{Instead, MediaStats};
use rtp_net::SessionStats as Network;
use sip_stack::ua::NegotiatedMedia;

use crate::quality::{Conditions, mos};

/// Seconds over which quality is estimated.
const SECONDS: usize = 5;

/// Counters of the last seconds.
#[derive(Debug, Default)]
pub struct Window(VecDeque<Counted>);

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    received: u64,
    lost: u64,
    late: u64,
}

impl Window {
    /// Takes the counters of this second and answers the figures.
    pub fn figures(
        &mut self,
        agreed: &NegotiatedMedia,
        network: &Network,
        heard: audio_engine::SessionStats,
    ) -> MediaStats {
        let at = Instant::now();
        let now = Counted { received: network.received_packets, lost: network.lost_packets, late: heard.late };
        let before = if self.0.len() >= SECONDS { self.0.pop_front() } else { self.0.front().copied() };
        let before = before.unwrap_or_default();
        self.0.push_back(now);
        let recent_lost_pct = share(
            (now.lost.saturating_sub(before.lost)) + (now.late.saturating_sub(before.late)),
            now.received.saturating_sub(before.received) + now.lost.saturating_sub(before.lost),
        );
        let rtt_ms = network.round_trip.map(|time| time.as_secs_f32() * 1000.0);
        let delay_ms = rtt_ms.unwrap_or(0.0) / 2.0 + heard.buffer_ms as f32 + f32::from(agreed.ptime_ms);
        let conditions = Conditions { codec: agreed.codec, loss_pct: recent_lost_pct, delay_ms };
        MediaStats {
            rx_packets: network.received_packets,
            tx_packets: network.sent_packets,
            lost_pct: share(network.lost_packets, network.received_packets + network.lost_packets),
            recent_lost_pct,
            late: heard.late,
            concealed_ms: heard.concealed_ms,
            jitter_ms: network.jitter.as_secs_f32() * 1000.0,
            rtt_ms,
            buffer_ms: heard.buffer_ms,
            mos: (network.received_packets > 0).then(|| mos(conditions)),
            no_audio_ms: network.no_audio_for(at).map(|time| time.as_millis() as u64),
            instead: match network.came_instead() {
                rtp_net::Instead::Nothing => Instead::Nothing,
                rtp_net::Instead::OtherCodec => Instead::OtherCodec,
                rtp_net::Instead::Undecipherable => Instead::Undecipherable,
            },
            handshake: super::map::handshake(network.dtls),
            nothing_sent_ms: network.nothing_sent_for(at).map(|time| time.as_millis() as u64),
        }
    }
}

fn share(part: u64, whole: u64) -> f32 {
    if whole == 0 { 0.0 } else { (part as f64 * 100.0 / whole as f64).min(100.0) as f32 }
}
