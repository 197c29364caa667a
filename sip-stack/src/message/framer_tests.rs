use super::*;
use crate::message::StatusCode;

const OPTIONS: &str =
    "OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\nl: 4\r\n\r\nbody";

fn drain(framer: &mut StreamFramer) -> Vec<Framed> {
    std::iter::from_fn(|| framer.take().unwrap()).collect()
}

#[test]
fn every_cut_gives_the_same_messages() {
    let stream = format!("\r\n\r\n{OPTIONS}{OPTIONS}\r\n{OPTIONS}");
    for cut in 0..stream.len() {
        let mut framer = StreamFramer::new();
        let mut got = Vec::new();
        for part in [&stream.as_bytes()[..cut], &stream.as_bytes()[cut..]] {
            framer.feed(part);
            got.extend(drain(&mut framer));
        }
        let bodies = got.iter().filter(|f| **f == Framed::Message(OPTIONS.into())).count();
        assert_eq!((bodies, framer.buffered()), (3, 0), "cut at {cut}");
    }
}

#[test]
fn byte_by_byte() {
    let mut framer = StreamFramer::new();
    let mut got = Vec::new();
    for byte in OPTIONS.as_bytes() {
        framer.feed(&[*byte]);
        got.extend(drain(&mut framer));
    }
    assert!(matches!(&got[..], [Framed::Message(_)]));
}

#[test]
fn keep_alives() {
    let mut framer = StreamFramer::new();
    framer.feed(b"\r\n\r\n");
    assert_eq!(framer.take(), Ok(Some(Framed::Ping)));
    framer.feed(b"\r\n");
    assert_eq!(framer.take(), Ok(Some(Framed::Pong)));
    assert_eq!(framer.take(), Ok(None));
}

#[test]
fn a_missing_length_ends_the_stream_with_an_answer() {
    let mut framer = StreamFramer::new();
    framer.feed(OPTIONS.replace("l: 4\r\n", "").as_bytes());
    let error = framer.take().unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::ContentLength(LengthError::Missing));
    assert_eq!(error.reply.unwrap().status, StatusCode::BAD_REQUEST);
    framer.feed(OPTIONS.as_bytes());
    assert!(framer.take().is_err());
    assert_eq!(framer.buffered(), 0);
}

#[test]
fn a_wrong_message_with_a_known_end_does_not_end_the_stream() {
    let mut framer = StreamFramer::new();
    framer.feed(OPTIONS.replace("SIP/2.0\r", "SIP/7.0\r").as_bytes());
    framer.feed(OPTIONS.as_bytes());
    let Ok(Some(Framed::Message(wrong))) = framer.take() else { panic!("the stream ended") };
    let error = crate::message::parse::datagram(&wrong).unwrap_err();
    assert_eq!(error.reply.unwrap().status, StatusCode::VERSION_NOT_SUPPORTED);
    assert!(matches!(framer.take(), Ok(Some(Framed::Message(_)))));
}

#[test]
fn bounded() {
    let mut endless = StreamFramer::new();
    endless.feed(b"OPTIONS sip:a@h SIP/2.0\r\n");
    let error = (0..200).find_map(|n| {
        endless.feed(format!("X-{n}: {}\r\n", "y".repeat(1000)).as_bytes());
        endless.take().err()
    });
    assert_eq!(error.unwrap().kind, ParseErrorKind::TooLarge);
    let mut huge = StreamFramer::new();
    huge.feed(OPTIONS.replace("l: 4", "l: 99999999999999999999999").as_bytes());
    assert_eq!(huge.take().unwrap_err().kind, ParseErrorKind::TooLarge);
}
