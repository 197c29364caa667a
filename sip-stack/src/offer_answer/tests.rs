use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::sdp::SessionDescription;

pub(super) fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub(super) fn local(codecs: &[CodecKind], srtp: SrtpPolicy) -> LocalMedia {
    LocalMedia {
        rtp: "192.0.2.1:4000".parse().unwrap(),
        codecs: codecs.to_vec(),
        srtp,
        dtls: None,
        ice: None,
        rtcp_mux: false,
        ptime_ms: 20,
    }
}

fn pair(a: &[CodecKind], b: &[CodecKind], srtp: (SrtpPolicy, SrtpPolicy)) -> (Negotiation, Negotiation) {
    let mut theirs = local(b, srtp.1);
    theirs.rtp = "192.0.2.2:5000".parse().unwrap();
    (
        Negotiation::new(local(a, srtp.0), false, &mut rng()),
        Negotiation::new(theirs, true, &mut StdRng::seed_from_u64(8)),
    )
}

pub(super) fn exchange(
    from: &mut Negotiation,
    to: &mut Negotiation,
    hold: bool,
) -> Result<(Outcome, Outcome), Unacceptable> {
    let offer = from.offer(hold, &mut rng());
    let (answer, theirs) = to.answer(&offer, &mut StdRng::seed_from_u64(9))?;
    let ours = from.accept_answer(&answer)?;
    from.settle();
    Ok((ours, theirs))
}

const OFF: (SrtpPolicy, SrtpPolicy) = (SrtpPolicy::Off, SrtpPolicy::Off);

#[test]
fn the_answerer_prefers_by_its_own_order() {
    use CodecKind::{Opus, Pcma, Pcmu};
    let (mut a, mut b) = pair(&[Pcmu, Pcma, Opus], &[Opus, Pcma], OFF);
    let (ours, theirs) = exchange(&mut a, &mut b, false).unwrap();
    for media in [&ours.media, &theirs.media] {
        assert_eq!(
            (media.codec, media.payload_type, media.receive_payload_type, media.clock_hz),
            (Opus, 107, 107, 48_000)
        );
        assert_eq!((media.dtmf_payload_type, media.receive_dtmf_payload_type), (Some(110), Some(110)));
        assert!(media.send && media.receive && media.opus_to_peer.in_band_fec && media.srtp.is_none());
    }
    assert_eq!(ours.media.remote_rtp, theirs.media.local_rtp);
    assert_eq!(ours.media.remote_rtcp, "192.0.2.2:5001".parse().unwrap());
    assert!(theirs.media.keys_over_tls && !ours.media.keys_over_tls);
}

#[test]
fn hold_and_resume_keep_numbers_and_count_versions() {
    use CodecKind::{Opus, Pcma};
    let (mut a, mut b) = pair(&[Opus, Pcma], &[Opus, Pcma], OFF);
    exchange(&mut a, &mut b, false).unwrap();
    let offer = a.offer(true, &mut rng());
    let sdp = SessionDescription::parse(&offer).unwrap();
    assert_eq!((sdp.origin.version, sdp.audio().unwrap().1.direction), (2, Some(crate::sdp::Direction::SendOnly)));
    let (answer, theirs) = b.answer(&offer, &mut rng()).unwrap();
    assert!(theirs.held_by_remote && !theirs.media.send && theirs.media.receive);
    let ours = a.accept_answer(&answer).unwrap();
    a.settle();
    assert!(!ours.held_by_remote && !ours.media.send && !ours.media.receive && a.holds());
    // Both hold, one resumes: it may hear the other's music, and sends nothing.
    let (theirs, ours) = exchange(&mut b, &mut a, true).unwrap();
    assert!(ours.held_by_remote && theirs.held_by_remote && !ours.media.send && !theirs.media.receive);
    let (ours, theirs) = exchange(&mut a, &mut b, false).unwrap();
    assert!(ours.media.receive && !ours.media.send && ours.held_by_remote && !theirs.media.send);
    assert_eq!(ours.media.payload_type, 107);
    let (theirs, ours) = exchange(&mut b, &mut a, false).unwrap();
    assert!(ours.media.send && ours.media.receive && theirs.media.send && theirs.media.receive);
    assert!(!ours.held_by_remote && !theirs.held_by_remote);
}

#[test]
fn srtp_by_policy() {
    use SrtpPolicy::{Off, Optional, Required};
    let codecs = [CodecKind::Pcma];
    let keys = |a, b| {
        let (mut one, mut two) = pair(&codecs, &codecs, (a, b));
        exchange(&mut one, &mut two, false).map(|(ours, theirs)| {
            let (ours, theirs) = (ours.media.srtp, theirs.media.srtp);
            if let (Some(o), Some(t)) = (&ours, &theirs) {
                assert!(o.local == t.remote && o.remote == t.local && o.local != o.remote && o.suite == t.suite);
            }
            assert_eq!(ours.is_some(), theirs.is_some());
            ours.is_some()
        })
    };
    assert_eq!(keys(Optional, Optional), Ok(true));
    assert_eq!(keys(Optional, Off), Ok(false));
    assert_eq!(keys(Off, Optional), Ok(false));
    assert_eq!(keys(Required, Optional), Ok(true));
    assert_eq!(keys(Optional, Required), Ok(true));
    assert_eq!(keys(Required, Off), Err(Unacceptable::EncryptionNotUsable));
    assert_eq!(keys(Off, Required), Err(Unacceptable::EncryptionRequired));
}

#[test]
fn a_new_offer_keeps_the_keys_and_never_takes_them_away() {
    let codecs = [CodecKind::Pcma];
    let (mut a, mut b) = pair(&codecs, &codecs, (SrtpPolicy::Optional, SrtpPolicy::Optional));
    let (first, _) = exchange(&mut a, &mut b, false).unwrap();
    let (held, _) = exchange(&mut a, &mut b, true).unwrap();
    assert_eq!(first.media.srtp, held.media.srtp);
    let mut plain = Negotiation::new(local(&codecs, SrtpPolicy::Off), false, &mut rng());
    let offer = plain.offer(false, &mut rng());
    let before = b.media().cloned();
    assert_eq!(b.answer(&offer, &mut rng()).unwrap_err(), Unacceptable::Downgrade);
    assert_eq!(b.media().cloned(), before);
}

const PBX: &str = "v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\nm=video 6000 RTP/AVP 31\n\
    m=audio 6002 RTP/AVP 0 8 96\na=rtpmap:96 telephone-event/8000\na=rtcp:7003 IN IP4 192.0.2.10\na=ptime:30\nm=audio 6004 RTP/AVP 8\n";

fn pbx(change: (&str, &str)) -> String {
    PBX.replace(change.0, change.1).replace('\n', "\r\n")
}

#[test]
fn other_media_is_refused_in_its_place() {
    let mut us = Negotiation::new(local(&CodecKind::ALL, SrtpPolicy::Optional), false, &mut rng());
    let (answer, outcome) = us.answer(pbx(("", "")).as_bytes(), &mut rng()).unwrap();
    let text = String::from_utf8(answer).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(lines, ["m=video 0 RTP/AVP 31", "m=audio 4000 RTP/AVP 8 96", "m=audio 0 RTP/AVP 8"]);
    assert_eq!(outcome.media.remote_rtcp, "192.0.2.10:7003".parse().unwrap());
    assert_eq!((outcome.media.ptime_ms, outcome.media.dtmf_payload_type), (30, Some(96)));
}

#[test]
fn a_peer_that_shares_a_port_for_rtcp_gets_and_keeps_it() {
    let mut us = Negotiation::new(local(&[CodecKind::Pcma], SrtpPolicy::Off), false, &mut rng());
    let offer = pbx(("a=ptime:30", "a=rtcp-mux"));
    let (answer, outcome) = us.answer(offer.as_bytes(), &mut rng()).unwrap();
    let muxed = |body: &[u8]| {
        let text = String::from_utf8(body.to_vec()).unwrap();
        (text.contains("a=rtcp-mux\r\n"), text.contains("a=rtcp:"))
    };
    assert_eq!(muxed(&answer), (true, false));
    assert_eq!(outcome.media.remote_rtcp, outcome.media.remote_rtp);
    // A hold of ours keeps it, unless the peer's answer takes it back.
    assert_eq!(muxed(&us.offer(true, &mut rng())), (true, true));
    let kept = us.accept_answer(offer.as_bytes()).unwrap().media;
    assert_eq!(kept.remote_rtcp, kept.remote_rtp);
    let back = us.accept_answer(pbx(("", "")).as_bytes()).unwrap().media;
    assert_eq!(back.remote_rtcp, "192.0.2.10:7003".parse().unwrap());
    us.settle();
    assert_eq!(muxed(&us.offer(false, &mut rng())), (false, true));
    // Nobody may answer what was not offered.
    let alone = us.accept_answer(offer.as_bytes()).unwrap().media;
    assert_ne!(alone.remote_rtcp, alone.remote_rtp);
}

#[test]
fn an_account_that_shares_a_port_for_rtcp_offers_it_and_takes_either_answer() {
    let shares = LocalMedia { rtcp_mux: true, ..local(&[CodecKind::Pcma], SrtpPolicy::Off) };
    for (word, ours) in [("a=rtcp-mux", "192.0.2.9:6002"), ("a=ptime:20", "192.0.2.10:7003")] {
        let mut us = Negotiation::new(shares.clone(), false, &mut rng());
        let offer = String::from_utf8(us.offer(false, &mut rng())).unwrap();
        assert!(offer.contains("a=rtcp-mux\r\n") && offer.contains("a=rtcp:4001\r\n"), "{offer}");
        let media = us.accept_answer(pbx(("a=ptime:30", word)).as_bytes()).unwrap().media;
        assert_eq!(media.remote_rtcp, ours.parse().unwrap(), "{word}");
        assert_eq!(media.is_muxed(), word == "a=rtcp-mux");
    }
    let (mut a, mut b) =
        (Negotiation::new(shares.clone(), false, &mut rng()), Negotiation::new(shares, false, &mut rng()));
    let (ours, theirs) = exchange(&mut a, &mut b, false).unwrap();
    assert!(ours.media.is_muxed() && theirs.media.is_muxed());
}

#[test]
fn the_old_hold_and_unusable_offers() {
    let mut us = Negotiation::new(local(&[CodecKind::Pcma], SrtpPolicy::Off), false, &mut rng());
    let held = us.answer(pbx(("c=IN IP4 192.0.2.9", "c=IN IP4 0.0.0.0")).as_bytes(), &mut rng()).unwrap().1;
    assert!(held.held_by_remote && !held.media.send && held.media.receive);
    for (change, why) in [
        (("c=IN IP4 192.0.2.9", "c=IN IP4 media.example"), Unacceptable::Address),
        (("m=audio 6002 RTP/AVP 0 8 96", "m=audio 6002 RTP/AVP 18 96"), Unacceptable::NoCommonCodec),
        (("RTP/AVP 0 8 96", "RTP/SAVP 0 8 96"), Unacceptable::EncryptionNotUsable),
        (("m=audio", "m=image"), Unacceptable::NoAudio),
        (("v=0", "nonsense"), Unacceptable::Malformed),
    ] {
        assert_eq!(us.answer(pbx(change).as_bytes(), &mut rng()).unwrap_err(), why, "{change:?}");
    }
    assert_eq!(us.accept_answer(pbx(("", "")).as_bytes()).unwrap_err(), Unacceptable::NoOffer);
}
