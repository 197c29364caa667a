//! ICE in offers and answers (RFC 8839).

use std::net::SocketAddr;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{
    Candidate, CandidateKind, CodecKind, IceDescription, LocalMedia, NegotiatedMedia, Negotiation, SrtpPolicy,
};

fn candidate(address: &str, kind: CandidateKind, priority: u32) -> Candidate {
    let address: SocketAddr = address.parse().unwrap();
    Candidate { foundation: kind.as_str().into(), component: 1, priority, address, kind, related: None }
}

/// A side that listens at this address and is seen at 203.0.113.7.
fn side(rtp: &str, ufrag: &str) -> LocalMedia {
    let candidates = vec![
        candidate(rtp, CandidateKind::Host, 2_130_706_431),
        candidate("203.0.113.7:6000", CandidateKind::ServerReflexive, 1_694_498_815),
    ];
    let ice =
        IceDescription { ufrag: ufrag.into(), pwd: format!("{ufrag}passwordpassword1234"), lite: false, candidates };
    LocalMedia {
        rtp: rtp.parse().unwrap(),
        codecs: vec![CodecKind::Pcma],
        srtp: SrtpPolicy::Off,
        dtls: None,
        ice: Some(ice),
        rtcp_mux: false,
        ptime_ms: 20,
    }
}

struct Pair {
    caller: Negotiation,
    callee: Negotiation,
    rng: StdRng,
}

fn pair(caller: LocalMedia, callee: LocalMedia) -> Pair {
    let mut rng = StdRng::seed_from_u64(1);
    Pair { caller: Negotiation::new(caller, false, &mut rng), callee: Negotiation::new(callee, false, &mut rng), rng }
}

impl Pair {
    /// One exchange, the offer changed on its way; what caller and callee then have.
    fn exchange(&mut self, on_the_way: impl Fn(String) -> String) -> (NegotiatedMedia, NegotiatedMedia, String) {
        let offer = on_the_way(String::from_utf8(self.caller.offer(false, &mut self.rng)).unwrap());
        let (answer, callee) = self.callee.answer(offer.as_bytes(), &mut self.rng).unwrap();
        let caller = self.caller.accept_answer(&answer).unwrap();
        self.caller.settle();
        (caller.media, callee.media, String::from_utf8(answer).unwrap())
    }
}

#[test]
fn both_sides_learn_of_the_other_and_the_caller_decides() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    let (caller, callee, answer) = pair.exchange(|offer| offer);
    let (ours, theirs) = (caller.ice.unwrap(), callee.ice.unwrap());
    assert_eq!((ours.controlling, theirs.controlling), (true, false));
    assert_eq!((ours.remote.ufrag.as_str(), theirs.remote.ufrag.as_str()), ("callee", "caller"));
    assert_eq!(ours.remote.candidates.len(), 2);
    assert!(caller.remote_rtp == caller.remote_rtcp && answer.contains("a=rtcp-mux"), "one component: {answer}");
    // A hold later: nothing changes, whoever asks.
    let (caller, callee, _) = pair.exchange(|offer| offer);
    assert_eq!((caller.ice.unwrap(), callee.ice.unwrap()), (ours, theirs));
}

#[test]
fn whoever_does_without_gets_plain_media() {
    let plain = LocalMedia { ice: None, ..side("10.0.0.2:4000", "callee") };
    let (caller, callee, answer) = pair(side("10.0.0.1:4000", "caller"), plain.clone()).exchange(|offer| offer);
    assert!(caller.ice.is_none() && callee.ice.is_none() && !answer.contains("ice-"), "{answer}");
    let (caller, callee, answer) = pair(plain, side("10.0.0.1:4000", "caller")).exchange(|offer| offer);
    assert!(caller.ice.is_none() && callee.ice.is_none() && !answer.contains("candidate"), "{answer}");
}

#[test]
fn rfc8839_5_4_an_address_that_was_changed_on_the_way_is_told() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    let (caller, callee, answer) = pair.exchange(|offer| offer.replace("c=IN IP4 10.0.0.1", "c=IN IP4 198.51.100.1"));
    assert!(caller.ice.is_none() && callee.ice.is_none());
    assert!(answer.contains("a=ice-mismatch") && !answer.contains("candidate"), "{answer}");
    assert_eq!(callee.remote_rtp.to_string(), "198.51.100.1:4000", "media goes where the description says");
}

#[test]
fn two_ports_get_no_ice() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    let (caller, callee, _) = pair.exchange(|offer| offer.replace("a=rtcp-mux\r\n", ""));
    assert!(caller.ice.is_none() && callee.ice.is_none());
}

#[test]
fn a_full_side_decides_where_the_other_is_lite() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    let (_, callee, _) = pair.exchange(|offer| offer.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n"));
    assert!(callee.ice.unwrap().controlling);
}

#[test]
fn another_network_goes_on_without() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    pair.exchange(|offer| offer);
    pair.caller.set_local_ip("192.0.2.5".parse().unwrap());
    let (caller, callee, _) = pair.exchange(|offer| offer);
    assert!(caller.ice.is_none() && callee.ice.is_none());
}

#[test]
fn hold_by_the_old_address_is_no_change_on_the_way() {
    let mut pair = pair(side("10.0.0.1:4000", "caller"), side("10.0.0.2:4000", "callee"));
    let before = pair.exchange(|offer| offer).1;
    let (caller, callee, answer) = pair.exchange(|offer| offer.replace("c=IN IP4 10.0.0.1", "c=IN IP4 0.0.0.0"));
    assert!(!answer.contains("ice-mismatch"), "{answer}");
    assert_eq!(callee.ice, before.ice, "the way stays");
    assert!(caller.ice.is_some() && !callee.send);
    let (_, callee, _) = pair.exchange(|offer| offer);
    assert_eq!((callee.ice, callee.send), (before.ice, true), "and serves again");
}
