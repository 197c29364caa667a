//! One side does not hear the other: since when, and why.

use std::net::IpAddr;
use std::time::Instant;

use agent_api::event::NoticeCode;
use sip_stack::ua::NegotiatedMedia;

use crate::port::clock::Now;
use crate::port::media::{Handshake, Instead, MediaStats};

/// Silence that is worth a word, ms. Figures come once a second, so it is told within three.
const SILENCE_MS: u64 = 2000;

/// What was told of a call.
#[derive(Debug, Default)]
pub(super) struct OneWay {
    in_told: bool,
    out_told: bool,
}

impl OneWay {
    /// Answers what is to be said now: each silence once. `sounds_since` is none while nobody should hear anybody.
    pub fn look(
        &mut self,
        now: Now,
        sounds_since: Option<Instant>,
        agreed: Option<&NegotiatedMedia>,
        stats: &MediaStats,
    ) -> Vec<NoticeCode> {
        let talked_ms = sounds_since.map(|at| now.mono.saturating_duration_since(at).as_millis());
        // Silence before the answer is nobody's fault: ringing is mostly made here.
        let long = |ms: Option<u64>| {
            let limit = u128::from(SILENCE_MS);
            ms.is_some_and(|ms| ms >= SILENCE_MS) && talked_ms.is_some_and(|talked| talked >= limit)
        };
        let silent = long(stats.no_audio_ms);
        let mute = long(stats.nothing_sent_ms);
        let no_in = (silent && !self.in_told).then(|| why_nothing_is_heard(agreed, stats));
        // Without keys nothing leaves either: one word is enough.
        let locked = matches!(stats.handshake, Handshake::Waiting | Handshake::Stranger | Handshake::Failed);
        let no_out = (mute && !self.out_told && !(locked && silent)).then_some(NoticeCode::NoAudioOut);
        (self.in_told, self.out_told) = (silent, mute);
        no_in.into_iter().chain(no_out).collect()
    }
}

fn why_nothing_is_heard(agreed: Option<&NegotiatedMedia>, stats: &MediaStats) -> NoticeCode {
    match stats.handshake {
        Handshake::Stranger => return NoticeCode::NoAudioStranger,
        Handshake::Waiting | Handshake::Failed => return NoticeCode::NoAudioHandshake,
        Handshake::None | Handshake::Done(_) => {}
    }
    match stats.instead {
        Instead::OtherCodec => return NoticeCode::NoAudioInOtherCodec,
        Instead::Undecipherable => return NoticeCode::NoAudioInKeys,
        Instead::Nothing => {}
    }
    // An address that sound came to before is not the fault.
    let Some(agreed) = agreed.filter(|_| stats.rx_packets == 0) else { return NoticeCode::NoAudioIn };
    match (reach(agreed.local_rtp.ip()), reach(agreed.remote_rtp.ip())) {
        (Reach::Network, Reach::Internet) => NoticeCode::NoAudioInOurAddress,
        (Reach::Network | Reach::Internet, Reach::Machine) | (Reach::Internet, Reach::Network) => {
            NoticeCode::NoAudioInTheirAddress
        }
        _ => NoticeCode::NoAudioIn,
    }
}

/// From where an address can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// From its machine only.
    Machine,
    /// From its network only.
    Network,
    /// From everywhere, unless something forbids it.
    Internet,
}

/// RFC 1918, RFC 3927, RFC 4193, RFC 4291 §2.5.6, and RFC 6598 (behind the NAT of a provider).
fn reach(address: IpAddr) -> Reach {
    let private = match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xC0 == 64;
            v4.is_private() || v4.is_link_local() || shared
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if address.to_canonical().is_loopback() {
        Reach::Machine
    } else if private {
        Reach::Network
    } else {
        Reach::Internet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_reach_as_far_as_the_rfcs_say() {
        let of = |text: &str| reach(text.parse().unwrap());
        for text in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(text), Reach::Machine, "{text}");
        }
        let own = ["10.1.2.3", "172.31.0.1", "192.168.1.9", "169.254.1.1", "100.64.0.1", "100.127.255.254", "fd00::1"];
        for text in own.into_iter().chain(["fe80::1", "::ffff:10.0.0.1"]) {
            assert_eq!(of(text), Reach::Network, "{text}");
        }
        for text in ["172.32.0.1", "100.63.255.255", "100.128.0.1", "8.8.8.8", "2001:4860::1"] {
            assert_eq!(of(text), Reach::Internet, "{text}");
        }
    }
}
