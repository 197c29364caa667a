//! Why nothing is heard, or nothing leaves.

mod common;

use std::time::{Duration, Instant};

use common::{Raw, Side, facing, plain};
use rtp::srtp::{MasterKey, Suite};
use rtp_net::{Instead, RtpNet, SessionConfig, SrtpConfig};

/// RFC 3551 §6.
const COMFORT_NOISE: u8 = 13;

#[test]
fn a_codec_that_was_not_agreed_is_told_until_sound_comes() {
    let net = RtpNet::start().unwrap();
    let mut side = Side::open(&net);
    let peer = Raw::bind();
    side.configure(plain(peer.address(), peer.address()));
    peer.rtp_of(COMFORT_NOISE, side.session.local, 1, 1);
    let stats = side.stats_when("the comfort noise", |stats| stats.dropped == 1);
    assert_eq!(stats.came_instead(), Instead::Nothing, "a pause is no wrong codec");
    peer.rtp_of(18, side.session.local, 1, 2);
    let stats = side.stats_when("the packet of G.729", |stats| stats.dropped == 2);
    assert_eq!(stats.came_instead(), Instead::OtherCodec);
    assert!(stats.no_audio_for(Instant::now()).is_some());
    peer.rtp(side.session.local, 1, 3);
    assert_eq!(side.receive().sequence, 3);
    let stats = side.stats_when("the sound", |stats| stats.received_packets == 1);
    assert_eq!(stats.came_instead(), Instead::Nothing);
}

#[test]
fn keys_that_open_nothing_are_told() {
    let net = RtpNet::start().unwrap();
    let (mut one, two) = (Side::open(&net), Side::open(&net));
    let keys = |local: u8, remote: u8| {
        let key = |fill: u8| MasterKey::new(Suite::AesCm128HmacSha1_80, &[fill; 30]).unwrap();
        Some(SrtpConfig { local: key(local), remote: key(remote) })
    };
    one.configure(SessionConfig { srtp: keys(1, 2), ..facing(&two.session) });
    two.configure(SessionConfig { srtp: keys(2, 3), ..facing(&one.session) });
    for side in [&one, &two] {
        side.stats_when("the configuration", |stats| stats.remote.is_some());
    }
    one.send(0, b"under another key");
    let stats = two.stats_when("the packet", |stats| stats.rejected_by_srtp == 1);
    assert_eq!(stats.came_instead(), Instead::Undecipherable);
}

#[test]
fn what_the_system_refuses_to_send_has_not_left() {
    let net = RtpNet::start().unwrap();
    let mut side = Side::open(&net);
    let peer = Raw::bind();
    // A socket of loopback cannot reach a documentation address of IPv6, so each send fails at once.
    let nowhere = "[2001:db8::1]:4000".parse().unwrap();
    side.configure(plain(nowhere, nowhere));
    let begun = side.stats_when("the configuration", |stats| stats.remote.is_some()).sending_since.unwrap();
    side.send(0, b"to nowhere");
    let later = begun + Duration::from_secs(3);
    let stats = side.stats_when("the refusal", |stats| stats.unsent_packets == 1);
    assert_eq!(stats.nothing_sent_for(later), Some(Duration::from_secs(3)));
    side.configure(plain(peer.address(), peer.address()));
    side.stats_when("the new address", |stats| stats.remote == Some(peer.address()));
    side.send(160, b"to the peer");
    let stats = side.stats_when("what left", |stats| stats.sent_packets == 1);
    assert!(stats.nothing_sent_for(later) < Some(Duration::from_secs(3)));
    side.configure(SessionConfig { send: false, ..plain(peer.address(), peer.address()) });
    side.stats_when("the hold", |stats| stats.nothing_sent_for(later).is_none());
}
