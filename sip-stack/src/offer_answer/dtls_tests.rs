//! DTLS-SRTP in descriptions (RFC 5763, RFC 8842).

use super::tests::{exchange, local, rng};
use super::*;
use crate::sdp::SessionDescription;

fn certificate(octet: u8) -> Fingerprint {
    Fingerprint::new(FingerprintHash::Sha256, vec![octet; 32]).unwrap()
}

fn with(policy: SrtpPolicy, octet: u8, offer: bool) -> Negotiation {
    let dtls = Some(LocalDtls { fingerprint: certificate(octet), offer });
    Negotiation::new(LocalMedia { dtls, ..local(&[CodecKind::Pcma], policy) }, false, &mut rng())
}

/// Sides that offer: policy and whether by DTLS.
fn pair(a: (SrtpPolicy, bool), b: (SrtpPolicy, bool)) -> (Negotiation, Negotiation) {
    (with(a.0, 1, a.1), with(b.0, 2, b.1))
}

fn edit(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    text.replace(from, to).into_bytes()
}

const REQUIRED: SrtpPolicy = SrtpPolicy::Required;
const OPTIONAL: SrtpPolicy = SrtpPolicy::Optional;

#[test]
fn certificates_are_named_and_the_answerer_begins() {
    for policy in [REQUIRED, OPTIONAL] {
        let (mut a, mut b) = pair((policy, true), (OPTIONAL, false));
        let offer = String::from_utf8(a.offer(false, &mut rng())).unwrap();
        let protocol = if policy == REQUIRED { "UDP/TLS/RTP/SAVP" } else { "RTP/AVP" };
        for line in
            [&format!("m=audio 4000 {protocol} 8"), "a=setup:actpass\r\n", "a=fingerprint:sha-256 01:01:", "a=rtcp-mux"]
        {
            assert!(offer.contains(line), "{line} in {offer}");
        }
        assert!(!offer.contains("a=crypto"), "{offer}");
        a.withdraw();
        let (ours, theirs) = exchange(&mut a, &mut b, false).unwrap();
        let dtls = |active, octet| Some(DtlsMedia { active, remote: vec![certificate(octet)] });
        assert_eq!((&ours.media.dtls, &theirs.media.dtls), (&dtls(false, 2), &dtls(true, 1)));
        assert!(ours.media.is_encrypted() && ours.media.srtp.is_none() && ours.media.is_muxed());
    }
}

#[test]
fn the_role_follows_what_the_peer_says() {
    for (says, active) in [("active", false), ("passive", true), ("actpass", true)] {
        let (mut a, mut b) = pair((REQUIRED, true), (OPTIONAL, true));
        let offer = edit(&a.offer(false, &mut rng()), "setup:actpass", &format!("setup:{says}"));
        let (answer, outcome) = b.answer(&offer, &mut rng()).unwrap();
        assert_eq!(outcome.media.dtls.unwrap().active, active, "{says}");
        let word = if active { "a=setup:active\r\n" } else { "a=setup:passive\r\n" };
        assert!(String::from_utf8(answer).unwrap().contains(word), "{says}");
    }
    // RFC 4145 §4: without the word who offers is active.
    let (mut a, mut b) = pair((REQUIRED, true), (OPTIONAL, true));
    let offer = edit(&a.offer(false, &mut rng()), "a=setup:actpass\r\n", "");
    assert!(!b.answer(&offer, &mut rng()).unwrap().1.media.dtls.unwrap().active);
    let offer = edit(&a.offer(false, &mut rng()), "setup:actpass", "setup:holdconn");
    assert_eq!(with(OPTIONAL, 2, true).answer(&offer, &mut rng()).unwrap_err(), Unacceptable::EncryptionNotUsable);
}

#[test]
fn hold_resume_and_offers_of_either_side_keep_the_association() {
    let (mut a, mut b) = pair((REQUIRED, true), (REQUIRED, true));
    let (first, theirs) = exchange(&mut a, &mut b, false).unwrap();
    for hold in [true, false] {
        let (ours, _) = exchange(&mut a, &mut b, hold).unwrap();
        assert_eq!(ours.media.dtls, first.media.dtls);
    }
    // RFC 8842 §5.3: the part that each had stays, although the offer leaves it open.
    let (back, forth) = exchange(&mut b, &mut a, true).unwrap();
    assert_eq!((back.media.dtls, forth.media.dtls), (theirs.media.dtls, first.media.dtls));
}

#[test]
fn certificates_of_the_session_count_for_its_media() {
    let (mut a, mut b) = pair((REQUIRED, true), (OPTIONAL, true));
    let offer = a.offer(false, &mut rng());
    let line = format!("a=fingerprint:{}\r\n", certificate(1));
    let without = edit(&edit(&offer, &line, ""), "a=setup:actpass\r\n", "");
    let whole = edit(&without, "t=0 0\r\n", &format!("t=0 0\r\na=setup:actpass\r\n{line}"));
    let outcome = b.answer(&whole, &mut rng()).unwrap().1;
    assert_eq!(outcome.media.dtls, Some(DtlsMedia { active: true, remote: vec![certificate(1)] }));
    assert!(OfferFacts::of(&whole).unwrap().srtp);
    assert_eq!(with(OPTIONAL, 2, true).answer(&without, &mut rng()).unwrap_err(), Unacceptable::EncryptionNotUsable);
}

#[test]
fn policies_meet() {
    let of = |a, b| {
        let (mut a, mut b) = pair(a, b);
        exchange(&mut a, &mut b, false).map(|(ours, _)| (ours.media.dtls.is_some(), ours.media.srtp.is_some()))
    };
    let off = (SrtpPolicy::Off, true);
    assert_eq!(of((OPTIONAL, true), off), Ok((false, false)), "plain where the peer has none");
    assert_eq!(of((REQUIRED, true), off), Err(Unacceptable::EncryptionNotUsable));
    assert_eq!(of(off, (REQUIRED, true)), Err(Unacceptable::EncryptionRequired));
    assert_eq!(
        of((REQUIRED, false), (REQUIRED, true)),
        Ok((false, true)),
        "keys are taken where only they are offered"
    );
    // A machine without a certificate cannot do it.
    let mut bare = Negotiation::new(local(&[CodecKind::Pcma], OPTIONAL), false, &mut rng());
    let offer = with(REQUIRED, 1, true).offer(false, &mut rng());
    assert_eq!(bare.answer(&offer, &mut rng()).unwrap_err(), Unacceptable::EncryptionNotUsable);
}

#[test]
fn an_answer_may_not_bring_what_was_not_offered_nor_take_away_what_is() {
    let (mut a, mut b) = pair((REQUIRED, true), (REQUIRED, true));
    let offer = a.offer(false, &mut rng());
    let (answer, _) = b.answer(&offer, &mut rng()).unwrap();
    let plain = with(OPTIONAL, 1, false);
    let mut plain = plain;
    plain.offer(false, &mut rng());
    let unasked = edit(&answer, "UDP/TLS/RTP/SAVP", "RTP/AVP");
    assert!(!plain.accept_answer(&unasked).unwrap().media.is_encrypted());

    a.accept_answer(&answer).unwrap();
    a.settle();
    let offer = a.offer(true, &mut rng());
    let (answer, _) = b.answer(&offer, &mut rng()).unwrap();
    let line = format!("a=fingerprint:{}\r\n", certificate(2));
    let bare = edit(&edit(&answer, &line, ""), "UDP/TLS/RTP/SAVP", "RTP/AVP");
    assert_eq!(a.accept_answer(&bare).unwrap_err(), Unacceptable::EncryptionRequired);
    assert!(a.media().unwrap().dtls.is_some(), "what was agreed stands");
    let sdp = SessionDescription::parse(&offer).unwrap();
    assert_eq!(sdp.setup_of(sdp.audio().unwrap().1), Some(crate::sdp::Setup::ActPass));
}
