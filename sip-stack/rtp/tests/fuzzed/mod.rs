//! What the fuzz targets do, shared with the test that replays their corpus.
#![allow(dead_code)] // each target uses one

use rtp::header::{self, Kind};
use rtp::srtp::{MasterKey, Opener, Protector, Suite};
use rtp::telephone_event::{EventPayload, Hearing};
use rtp::{rtcp, srtp};

/// A packet that parses is written again with the same header and payload.
pub fn header(data: &[u8]) {
    if let Ok((header, payload)) = header::parse(data) {
        assert!(header::classify(data) != Kind::Other, "a packet that parses is a media packet");
        let mut again = Vec::new();
        header::write(header, payload, &mut again).expect("a parsed payload type fits");
        assert_eq!(header::parse(&again), Ok((header, payload)));
    }
}

/// A compound that parses keeps its bounds.
pub fn rtcp(data: &[u8]) {
    if let Ok(incoming) = rtcp::parse(data) {
        let report = incoming.reports.first().copied();
        let out = rtcp::Outgoing { ssrc: incoming.ssrc, cname: "c", sender: incoming.sender, report, bye: true };
        let again = rtcp::parse(&out.to_bytes()).expect("what we write parses");
        assert_eq!((again.sender, again.reports.first().copied()), (incoming.sender, report));
    }
}

/// Forged packets never open; the first byte chooses the suite, the second whether the bytes are spliced into a real packet.
pub fn srtp(data: &[u8]) {
    let [choice, splice, bytes @ ..] = data else { return };
    let suite = Suite::ALL[usize::from(*choice) % Suite::ALL.len()];
    let material = vec![0x42; suite.key_len() + suite.salt_len()];
    let key = MasterKey::new(suite, &material).expect("the suite's own length");
    let (mut protector, mut opener) =
        (Protector::new(&key).expect("a known suite"), Opener::new(&key).expect("a known suite"));
    if let Ok(mut protected) = protector.rtp(bytes) {
        if splice % 2 == 1 {
            let at = usize::from(*splice) % protected.len();
            protected[at] ^= 1;
            assert_eq!(opener.rtp(&protected), Err(srtp::SrtpError::NotAuthentic));
        } else {
            assert_eq!(opener.rtp(&protected).as_deref(), Ok(bytes));
        }
    }
    if let Ok(protected) = protector.rtcp(bytes) {
        assert_eq!(opener.rtcp(&protected).as_deref(), Ok(bytes));
        assert!(opener.rtcp(&protected).is_err(), "a replay");
    }
    assert!(opener.rtp(bytes).is_err() && opener.rtcp(bytes).is_err());
}

/// Packets of eight bytes: timestamp and payload.
pub fn telephone_event(data: &[u8]) {
    let mut hearing = Hearing::default();
    for packet in data.chunks(8) {
        let (timestamp, payload) = packet.split_at(packet.len().min(4));
        let timestamp = timestamp.iter().fold(0, |sum: u32, byte| sum << 8 | u32::from(*byte));
        hearing.receive(timestamp, payload);
        if let Some(event) = EventPayload::parse(payload) {
            assert_eq!(EventPayload::parse(&event.to_bytes()), Some(event));
        }
    }
}
