//! RTCP between two sessions, with short intervals so that the tests need not wait for the RFC's.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod common;

use std::time::Duration;

use common::{Raw, Side, call, facing, plain, until};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rtp::rtcp;
use rtp::srtp::{MasterKey, Suite};
use rtp_net::{RtpNet, SrtpConfig};

fn quick() -> RtpNet {
    RtpNet::start_reporting_every(Duration::from_millis(40)).unwrap()
}

/// Both talk until both know a round trip.
fn talk_until_measured(one: &mut Side, two: &mut Side) {
    let mut timestamp = 0;
    until("a round trip on both sides", || {
        timestamp += 160;
        one.send(timestamp, &[1; 160]);
        two.send(timestamp, &[2; 160]);
        while one.rings.0.pop().is_ok() || two.rings.0.pop().is_ok() {}
        let measured = one.stats().round_trip.is_some() && two.stats().round_trip.is_some();
        measured.then_some(())
    });
}

#[test]
fn reports_cross_and_measure_the_round_trip() {
    let net = quick();
    let (mut one, mut two) = call(&net, None);
    talk_until_measured(&mut one, &mut two);
    for side in [&one, &two] {
        let stats = side.stats();
        assert!(stats.rtcp_sent >= 1 && stats.rtcp_received >= 1);
        assert!(stats.round_trip.unwrap() < Duration::from_secs(1), "{stats:?}");
        assert_eq!(stats.remote_lost_recently, Some(0.0));
        assert!(stats.remote_jitter.is_some());
    }
}

#[test]
fn reports_cross_encrypted_and_a_goodbye_is_heard() {
    let net = quick();
    let mut rng = StdRng::seed_from_u64(1);
    let (mine, theirs) = (
        MasterKey::generate(Suite::AesCm128HmacSha1_32, &mut rng),
        MasterKey::generate(Suite::AesCm128HmacSha1_32, &mut rng),
    );
    let keys = [SrtpConfig { local: mine.clone(), remote: theirs.clone() }, SrtpConfig { local: theirs, remote: mine }];
    let (mut one, mut two) = call(&net, Some(keys));
    talk_until_measured(&mut one, &mut two);
    assert!(!two.stats().remote_left);
    net.close(one.session.id);
    two.stats_when("the goodbye", |stats| stats.remote_left);
    assert_eq!(two.stats().rejected_by_srtp, 0);
}

#[test]
fn loss_shows_in_what_we_report() {
    let net = quick();
    let mut side = Side::open(&net);
    let (media, control) = (Raw::bind(), Raw::bind());
    side.configure(plain(media.address(), control.address()));
    for number in (1..=40).filter(|number| number % 4 != 0) {
        media.rtp(side.session.local, 5, number);
        side.receive();
    }
    let report = until("a report of the loss", || {
        let incoming = rtcp::parse(&control.read()).unwrap();
        incoming.reports.first().filter(|report| report.cumulative_lost > 0).copied()
    });
    // 1–39 were expected and nine of them left out; the report may have been made before the last came.
    assert!(report.ssrc == 5 && report.cumulative_lost <= 9, "{report:?}");
    let stats = side.stats_when("all packets", |stats| stats.received_packets == 30);
    assert_eq!(stats.lost_packets, 9);
}

#[test]
fn a_report_from_elsewhere_is_not_believed() {
    let net = quick();
    let (one, two) = (Side::open(&net), Side::open(&net));
    one.configure(plain("192.0.2.1:4000".parse().unwrap(), "192.0.2.1:4001".parse().unwrap()));
    two.configure(facing(&one.session));
    let stats = one.stats_when("the report to be dropped", |stats| stats.dropped >= 1);
    assert_eq!(stats.rtcp_received, 0);
}

#[test]
fn reports_share_the_port_when_both_say_so() {
    let net = quick();
    let (mut one, mut two) = (Side::open(&net), Side::open(&net));
    one.configure(plain(two.session.local, two.session.local));
    two.configure(plain(one.session.local, one.session.local));
    talk_until_measured(&mut one, &mut two);
}
