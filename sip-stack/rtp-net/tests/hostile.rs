//! Symmetric RTP, strangers and garbage.

mod common;

use common::{Raw, Side, facing, plain, until};
use rtp_net::RtpNet;

#[test]
fn media_follows_the_peer_s_real_address() {
    let net = RtpNet::start().unwrap();
    let mut side = Side::open(&net);
    let (announced, real) = (Raw::bind(), Raw::bind());
    side.configure(plain(announced.address(), announced.address()));
    side.send(0, b"to the announced address");
    assert!(announced.read().ends_with(b"to the announced address"));
    (1..=3).for_each(|number| real.rtp(side.session.local, 77, number));
    assert_eq!(side.receive().sequence, 3, "two packets of probation");
    assert_eq!(side.stats_when("the move", |s| s.received_packets == 1).remote, Some(real.address()));
    side.send(160, b"to the real address");
    assert!(real.read().ends_with(b"to the real address"));
}

#[test]
fn a_stranger_cannot_take_a_call_that_talks() {
    let net = RtpNet::start().unwrap();
    let mut side = Side::open(&net);
    let (peer, stranger) = (Raw::bind(), Raw::bind());
    side.configure(plain(peer.address(), peer.address()));
    for number in 1..=20 {
        peer.rtp(side.session.local, 1, number);
        stranger.rtp(side.session.local, 2, number);
        assert_eq!(side.receive().ssrc, 1);
    }
    let stats = side.stats_when("the stranger's packets", |stats| stats.dropped == 20);
    assert_eq!(stats.remote, Some(peer.address()));
}

#[test]
fn garbage_is_counted_and_forgotten() {
    let net = RtpNet::start().unwrap();
    let mut side = Side::open(&net);
    let peer = Raw::bind();
    side.configure(plain(peer.address(), peer.address()));
    let mut sent = 0;
    for first in 0..=255u8 {
        for length in [1, 4, 12, 13, 40, 1999] {
            // Payload type 3 is never one of the negotiated.
            let mut datagram = vec![first; length];
            if let Some(second) = datagram.get_mut(1) {
                *second = 3;
            }
            peer.0.send_to(&datagram, side.session.local).unwrap();
            sent += 1;
            until("the garbage to be counted", || (side.stats().dropped == sent).then_some(()));
        }
    }
    peer.rtp(side.session.local, 1, 1);
    assert_eq!(side.receive().payload[..], [0, 1]);
    assert_eq!(side.stats_when("the packet", |s| s.received_packets == 1).rtcp_received, 0);
}

#[test]
fn nothing_is_accepted_before_the_call_is_negotiated() {
    let net = RtpNet::start().unwrap();
    let side = Side::open(&net);
    let peer = Raw::bind();
    peer.rtp(side.session.local, 1, 1);
    assert_eq!(side.stats_when("the packet", |stats| stats.dropped == 1).received_packets, 0);
}

#[test]
fn a_ring_that_nobody_empties_loses_packets_but_nothing_else() {
    let net = RtpNet::start().unwrap();
    let (mut one, two) = (Side::open(&net), Side::open(&net));
    one.configure(facing(&two.session));
    two.configure(facing(&one.session));
    for number in 1..=200u64 {
        one.send(number as u32 * 160, &[1; 160]);
        two.stats_when("the packet", |stats| stats.received_packets == number);
    }
    let stats = two.stats();
    assert_eq!(stats.overrun, 200 - 128);
    assert_eq!(stats.lost_packets, 0, "the network lost nothing");
}
