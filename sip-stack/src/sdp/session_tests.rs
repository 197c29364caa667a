use super::*;
use crate::sdp::{CodecKind, Crypto, CryptoSuite, PayloadFormat, Protocol};

fn parse(lines: &str) -> SessionDescription {
    SessionDescription::parse(lines.replace('\n', "\r\n").as_bytes()).unwrap_or_else(|e| panic!("{e}"))
}

const PBX: &str = "v=0\no=- 99999999999999999999 7 IN IP4 192.0.2.5\ns=call\nc=IN IP4 192.0.2.5\nt=0 0\na=sendonly\n\
    m=audio 49170 RTP/SAVP 107 0 101 8 18\nc=IN IP6 2001:db8::1\na=rtpmap:107 OPUS/48000/2\n\
    a=fmtp:107 useinbandfec=1; maxaveragebitrate=24000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\n\
    a=ptime:20\na=maxptime:60\na=rtcp:53020 IN IP4 126.16.64.4\na=rtcp-mux\na=label:1\n\
    a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\na=crypto:x broken\n\
    m=video 3227 RTP/AVP 31\na=rtpmap:31 LPC/90000\n";

#[test]
fn fields() {
    let sdp = parse(PBX);
    assert_eq!((sdp.origin.session_id.as_str(), sdp.origin.version), ("99999999999999999999", 7));
    let (at, audio) = sdp.audio().unwrap();
    assert_eq!((at, audio.port, &audio.protocol), (0, 49170, &Protocol::RtpSavp));
    assert_eq!(sdp.address_of(audio), Some(&Address::Ip("2001:db8::1".parse().unwrap())));
    assert_eq!(sdp.direction_of(audio), Direction::SendOnly);
    let codecs: Vec<_> = audio.formats.iter().map(PayloadFormat::codec).collect();
    assert_eq!(codecs, [Some(CodecKind::Opus), Some(CodecKind::Pcmu), None, Some(CodecKind::Pcma), None]);
    let opus = audio.format_of(CodecKind::Opus).unwrap();
    assert_eq!((opus.payload_type, opus.parameter("MaxAverageBitrate")), (107, Some("24000")));
    assert_eq!(audio.telephone_event(48_000).map(|f| f.payload_type), Some(101));
    assert_eq!((audio.ptime_ms, audio.maxptime_ms, audio.rtcp_mux), (Some(20), Some(60), true));
    assert_eq!(audio.rtcp.as_ref().map(|r| r.port), Some(53020));
    assert_eq!(audio.crypto.len(), 1);
    assert!(audio.crypto[0].is_usable());
    assert_eq!(audio.attributes, [("label".to_owned(), Some("1".to_owned()))]);
    assert!(matches!(&sdp.media[1], Media::Other(video) if video.media == "video" && video.refused().port == 0));
}

#[test]
fn prints_what_it_parses() {
    let sdp = parse(PBX);
    assert_eq!(SessionDescription::parse(&sdp.print()).unwrap(), sdp);
    let mut own = SessionDescription::new(1, 2, "192.0.2.1".parse().unwrap());
    let mut audio = AudioMedia::new(4000, Protocol::RtpAvp);
    audio.formats = vec![
        PayloadFormat::of(CodecKind::Opus, 96).with_fmtp("useinbandfec=1"),
        PayloadFormat::telephone_event(97, 48_000),
    ];
    audio.direction = Some(Direction::RecvOnly);
    audio.crypto.push(Crypto::new(1, CryptoSuite::AesCm128HmacSha1_80, (0..30).collect()));
    own.media.push(Media::Audio(audio));
    assert_eq!(SessionDescription::parse(&own.print()).unwrap(), own);
    let text = String::from_utf8(own.print()).unwrap();
    assert!(text.contains("o=- 1 2 IN IP4 192.0.2.1\r\n") && text.contains("t=0 0\r\n"), "{text}");
    assert!(text.contains("m=audio 4000 RTP/AVP 96 97\r\n") && text.contains("a=rtpmap:96 opus/48000/2\r\n"), "{text}");
}

#[test]
fn refused_media_and_garbage() {
    let mut refused = AudioMedia::new(0, Protocol::RtpAvp);
    refused.formats.clear();
    let mut sdp = SessionDescription::new(1, 1, "::1".parse().unwrap());
    sdp.media.push(Media::Audio(refused));
    let back = SessionDescription::parse(&sdp.print()).unwrap();
    assert_eq!(back.audio().map(|(_, a)| a.port), Some(0));
    assert!(matches!(SessionDescription::parse(b"nonsense"), Err(SdpError::Syntax(_))));
    assert_eq!(SessionDescription::parse(&[b'x'; MAX_BYTES + 1]), Err(SdpError::TooLarge));
    let many = format!("v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\n{}", "m=audio 1 RTP/AVP 0\n".repeat(MAX_MEDIA + 1));
    assert_eq!(SessionDescription::parse(many.as_bytes()), Err(SdpError::TooLarge));
}

#[test]
fn directions() {
    assert_eq!(Direction::SendOnly.reversed(), Direction::RecvOnly);
    assert_eq!(Direction::Inactive.reversed(), Direction::Inactive);
    assert_eq!(Direction::new(true, false), Direction::SendOnly);
}
