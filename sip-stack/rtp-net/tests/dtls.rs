//! DTLS-SRTP between two sessions on loopback, on one port and on two.
#![allow(clippy::unwrap_used)] // a test fails by panicking

mod common;

use common::{Raw, Side, facing, plain};
use rtp::srtp::Suite;
use rtp_net::{DtlsConfig, Fingerprint, Role, RtpNet, SessionConfig, Standing};

const UP: Standing = Standing::Up(Suite::AesCm128HmacSha1_80);

/// Reports often enough to be waited for.
fn net() -> RtpNet {
    RtpNet::start_reporting_every(std::time::Duration::from_millis(50)).unwrap()
}

fn towards(peer: &Side, role: Role, fingerprint: &Fingerprint, muxed: bool) -> SessionConfig {
    let dtls = Some(DtlsConfig { role, fingerprints: vec![fingerprint.clone()] });
    let facing = facing(&peer.session);
    let remote_rtcp = if muxed { facing.remote } else { facing.remote_rtcp };
    SessionConfig { dtls, remote_rtcp, ..facing }
}

struct Call {
    one: Side,
    two: Side,
    of_one: SessionConfig,
    of_two: SessionConfig,
}

fn call(muxed: bool) -> Call {
    let (a, b) = (net(), net());
    let (one, two) = (Side::open(&a), Side::open(&b));
    let of_one = towards(&two, Role::Client, b.fingerprint().unwrap(), muxed);
    let of_two = towards(&one, Role::Server, a.fingerprint().unwrap(), muxed);
    Call { one, two, of_one, of_two }
}

impl Call {
    fn speak(&mut self, timestamp: u32) {
        self.one.send(timestamp, b"uno");
        assert_eq!(&self.two.receive().payload[..], b"uno");
        self.two.send(timestamp, b"dos");
        assert_eq!(&self.one.receive().payload[..], b"dos");
    }
}

#[test]
fn keys_come_by_dtls_on_one_port_and_on_two() {
    for muxed in [true, false] {
        let mut call = call(muxed);
        // The peer's first flight comes before our side knows what was agreed.
        call.one.configure(call.of_one.clone());
        call.one.stats_when("the handshake", |stats| stats.dtls == Standing::Waiting);
        call.two.configure(call.of_two.clone());
        for side in [&call.one, &call.two] {
            side.stats_when("the keys", |stats| stats.dtls == UP);
        }
        call.speak(160);
        for side in [&call.one, &call.two] {
            side.stats_when("reports", |stats| stats.rtcp_received > 0);
        }
    }
}

#[test]
fn hold_and_another_address_keep_the_association() {
    let mut call = call(true);
    call.one.configure(call.of_one.clone());
    call.two.configure(call.of_two.clone());
    for side in [&call.one, &call.two] {
        side.stats_when("the keys", |stats| stats.dtls == UP);
    }
    call.speak(160);
    let before = call.two.stats().rejected_by_srtp;
    call.one.configure(SessionConfig { receive: false, ..call.of_one.clone() });
    call.one.configure(call.of_one.clone());
    // A wrong address, as of a proxy that moved: the old association serves until the packets show the new one.
    let elsewhere = Raw::bind().address();
    call.two.configure(SessionConfig { remote: elsewhere, remote_rtcp: elsewhere, ..call.of_two.clone() });
    let held = call.two.stats_when("the other address", |stats| stats.remote == Some(elsewhere));
    assert_eq!(held.dtls, UP);
    call.speak(320);
    assert_eq!(call.two.stats().rejected_by_srtp, before, "the keys are the same");
}

#[test]
fn nothing_leaves_or_is_taken_in_the_clear() {
    let b = net();
    let mut two = Side::open(&b);
    let peer = Raw::bind();
    let stranger = Fingerprint { digest: vec![7; 32], ..b.fingerprint().unwrap().clone() };
    let dtls = Some(DtlsConfig { role: Role::Server, fingerprints: vec![stranger] });
    two.configure(SessionConfig { dtls, ..plain(peer.address(), peer.address()) });
    two.stats_when("the configuration", |stats| stats.remote.is_some());
    two.send(160, b"secreto");
    peer.rtp(two.session.local, 7, 1);
    let stats = two.stats_when("both", |stats| stats.unsent_packets == 1 && stats.dropped == 1);
    assert_eq!((stats.sent_packets, stats.received_packets), (0, 0));
    assert_eq!(stats.dtls, Standing::Waiting);
}

#[test]
fn a_stranger_is_told_and_never_heard() {
    let call = call(true);
    let mut expected = call.of_one.clone();
    for fingerprint in &mut expected.dtls.as_mut().unwrap().fingerprints {
        fingerprint.digest[0] ^= 1;
    }
    call.one.configure(expected);
    call.two.configure(call.of_two.clone());
    let stats = call.one.stats_when("the stranger", |stats| stats.dtls == Standing::Unproven);
    assert_eq!((stats.sent_packets, stats.received_packets), (0, 0));
}
