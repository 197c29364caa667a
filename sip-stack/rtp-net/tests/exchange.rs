//! Two sessions on loopback exchange real packets.

mod common;

use std::time::{Duration, Instant};

use common::{LOOPBACK, Side, call, facing, plain};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rtp::srtp::{MasterKey, Suite};
use rtp_net::{OpenError, RtpNet, SessionConfig, SrtpConfig};

fn keys(suite: Suite, seed: u64) -> [SrtpConfig; 2] {
    let mut rng = StdRng::seed_from_u64(seed);
    let (one, two) = (MasterKey::generate(suite, &mut rng), MasterKey::generate(suite, &mut rng));
    [SrtpConfig { local: one.clone(), remote: two.clone() }, SrtpConfig { local: two, remote: one }]
}

fn talk(one: &mut Side, two: &mut Side, packets: u32) {
    for number in 0..packets {
        one.send(number * 160, &number.to_be_bytes());
        two.send(number * 160, &(number + 1000).to_be_bytes());
    }
    for (side, offset) in [(two, 0), (one, 1000)] {
        let heard: Vec<_> = (0..packets).map(|_| side.receive()).collect();
        for (number, packet) in (0..packets).zip(&heard) {
            assert_eq!(packet.payload[..], (number + offset).to_be_bytes());
            assert_eq!(packet.sequence, heard[0].sequence.wrapping_add(number as u16));
            assert_eq!(packet.timestamp.wrapping_sub(heard[0].timestamp), number * 160);
            assert_eq!((packet.payload_type, packet.ssrc), (8, heard[0].ssrc));
        }
    }
}

#[test]
fn packets_cross_in_order_with_their_arrival() {
    let net = RtpNet::start().unwrap();
    let (mut one, mut two) = call(&net, None);
    let before = Instant::now();
    talk(&mut one, &mut two, 50);
    one.send(9000, &[7]);
    let packet = two.receive();
    assert!(packet.arrival >= before && packet.arrival <= Instant::now());
    let stats = two.stats_when("51 packets", |stats| stats.received_packets == 51);
    assert_eq!((stats.lost_packets, stats.dropped, stats.overrun), (0, 0, 0));
    assert_eq!(stats.received_bytes, 50 * 4 + 1);
    assert_eq!(one.stats().sent_packets, 51);
}

#[test]
fn every_srtp_suite_crosses() {
    let net = RtpNet::start().unwrap();
    for (suite, seed) in Suite::ALL.into_iter().zip(1..) {
        let (mut one, mut two) = call(&net, Some(keys(suite, seed)));
        talk(&mut one, &mut two, 20);
        assert_eq!(two.stats().rejected_by_srtp, 0, "{suite:?}");
    }
}

#[test]
fn plain_packets_never_enter_a_secure_session() {
    let net = RtpNet::start().unwrap();
    let (mut one, two) = (Side::open(&net), Side::open(&net));
    one.configure(facing(&two.session));
    let [_, secure] = keys(Suite::AesCm128HmacSha1_80, 3);
    two.configure(SessionConfig { srtp: Some(secure), ..facing(&one.session) });
    one.send(0, &[1; 160]);
    let stats = two.stats_when("the refusal", |stats| stats.rejected_by_srtp == 1);
    assert_eq!(stats.received_packets, 0);
}

#[test]
fn hold_and_resume_keep_the_stream_and_the_keys() {
    let net = RtpNet::start().unwrap();
    let [mine, theirs] = keys(Suite::AesCm128HmacSha1_80, 5);
    let (mut one, mut two) = call(&net, Some([mine, theirs.clone()]));
    talk(&mut one, &mut two, 5);
    let held = SessionConfig { srtp: Some(theirs.clone()), send: false, receive: false, ..facing(&one.session) };
    two.configure(held.clone());
    assert_eq!(two.stats_when("the hold", |s| s.receiving_since.is_none()).no_audio_for(Instant::now()), None);
    one.send(1000, b"unheard");
    two.send(1000, b"unsent");
    let room = two.rings.1.buffer().capacity();
    common::until("the unsent packet to be dropped", || (two.rings.1.slots() == room).then_some(()));
    two.stats_when("the unheard packet", |stats| stats.received_packets == 6);
    two.configure(SessionConfig { send: true, receive: true, ..held });
    two.stats_when("the resumption", |stats| stats.receiving_since.is_some());
    talk(&mut one, &mut two, 5);
    assert_eq!(two.stats().rejected_by_srtp + one.stats().rejected_by_srtp, 0);
}

#[test]
fn a_new_key_begins_a_new_source() {
    let net = RtpNet::start().unwrap();
    let (mut one, mut two) = call(&net, Some(keys(Suite::AesCm128HmacSha1_80, 6)));
    one.send(0, &[1]);
    let before = two.receive().ssrc;
    let [mine, theirs] = keys(Suite::AesCm128HmacSha1_32, 7);
    one.configure(SessionConfig { srtp: Some(mine), ..facing(&two.session) });
    two.configure(SessionConfig { srtp: Some(theirs), ..facing(&one.session) });
    // What leaves before both have the new keys is lost.
    let after = common::until("a packet under the new key", || {
        one.send(0, &[2]);
        two.rings.0.pop().ok()
    });
    assert_eq!(after.payload[..], [2]);
    assert_ne!(after.ssrc, before);
}

#[test]
fn a_silent_peer_shows() {
    let net = RtpNet::start().unwrap();
    let (mut one, two) = call(&net, None);
    let now = two.stats_when("the configuration", |stats| stats.receiving_since.is_some());
    let later = Instant::now() + Duration::from_secs(5);
    assert!(now.no_audio_for(later).unwrap() >= Duration::from_secs(5));
    one.send(0, &[1]);
    let heard = two.stats_when("the packet", |stats| stats.last_received.is_some());
    assert!(
        heard.no_audio_for(heard.last_received.unwrap() + Duration::from_secs(1)).unwrap() == Duration::from_secs(1)
    );
}

#[test]
fn ports_are_even_pairs_of_the_range_and_come_back_when_closed() {
    let net = RtpNet::start().unwrap();
    let free = net.open(LOOPBACK, None).unwrap();
    net.close(free.id);
    let first = free.local.port();
    assert_eq!(first % 2, 0);
    let range = first..=first + 1;
    let again = common::until("the port to be free again", || net.open(LOOPBACK, Some(range.clone())).ok());
    assert_eq!(again.local.port(), first);
    assert_eq!(again.local_rtcp().port(), first + 1);
    let taken = net.open(LOOPBACK, Some(range)).unwrap_err();
    assert!(matches!(taken, OpenError::NoFreePorts { .. }), "{taken}");
    let odd = net.open(LOOPBACK, Some(first + 1..=first + 1)).unwrap_err();
    assert!(matches!(odd, OpenError::NoFreePorts { .. }), "{odd}");
}

#[test]
fn an_address_that_is_not_ours_is_an_error() {
    let net = RtpNet::start().unwrap();
    let error = net.open("192.0.2.1".parse().unwrap(), None).unwrap_err();
    assert!(matches!(error, OpenError::Bind { .. }), "{error}");
}

#[test]
fn a_closed_session_is_gone_and_the_voice_thread_can_see_it() {
    let net = RtpNet::start().unwrap();
    let side = Side::open(&net);
    side.configure(plain("127.0.0.1:9".parse().unwrap(), "127.0.0.1:9".parse().unwrap()));
    assert!(net.close(side.session.id).is_some());
    assert!(net.stats(side.session.id).is_none() && net.rings(side.session.id).is_none());
    common::until("the ring to be abandoned", || side.rings.0.is_abandoned().then_some(()));
    assert!(net.close(side.session.id).is_none());
}
