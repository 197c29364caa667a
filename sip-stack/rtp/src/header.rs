//! RTP framing (RFC 3550 §5.1) over `rtp-rs`, and telling RTP from everything else on a port.

use rtp_rs::{RtpPacketBuilder, RtpReader, Seq};

/// What a datagram on a media port is, by its first bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RTP or SRTP.
    Rtp,
    /// RTCP or SRTCP.
    Rtcp,
    /// DTLS.
    Dtls,
    /// STUN.
    Stun,
    /// TURN channels, ZRTP, or noise.
    Other,
}

/// Sorts a datagram without trusting any of it.
pub fn classify(datagram: &[u8]) -> Kind {
    match datagram {
        // RFC 5761 §4: RTCP packet types 192–223 are what payload types 64–95 with marker would look like.
        [128..=191, 192..=223, ..] if datagram.len() >= 8 => Kind::Rtcp,
        [128..=191, _, ..] if datagram.len() >= RtpReader::MIN_HEADER_LEN => Kind::Rtp,
        [20..=63, ..] if datagram.len() >= DTLS_HEADER => Kind::Dtls,
        [0..=3, ..] if datagram.len() >= STUN_HEADER => Kind::Stun,
        _ => Kind::Other,
    }
}

/// RFC 6347 §4.1.
const DTLS_HEADER: usize = 13;
/// RFC 8489 §5.
const STUN_HEADER: usize = 20;

/// The fields of an RTP header that we use. CSRC and header extension are skipped when read and never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Payload type, 0–127.
    pub payload_type: u8,
    /// Marker bit.
    pub marker: bool,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in units of the codec's clock.
    pub timestamp: u32,
    /// Synchronisation source.
    pub ssrc: u32,
}

/// Bytes of the header that we write.
pub const HEADER_LEN: usize = RtpReader::MIN_HEADER_LEN;

/// Why bytes are no RTP packet, or a packet cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Too short, another version, or lengths that point outside.
    #[error("not an RTP packet")]
    Malformed,
    /// The payload type is above 127.
    #[error("payload type {0} does not fit")]
    PayloadType(u8),
}

/// Reads a plain (decrypted) packet into header and payload, padding removed.
///
/// # Errors
/// [`HeaderError::Malformed`] for anything but a well-formed RTP version 2 packet.
pub fn parse(packet: &[u8]) -> Result<(Header, &[u8]), HeaderError> {
    let reader = RtpReader::new(packet).map_err(|_| HeaderError::Malformed)?;
    let header = Header {
        payload_type: reader.payload_type(),
        marker: reader.mark(),
        sequence: reader.sequence_number().into(),
        timestamp: reader.timestamp(),
        ssrc: reader.ssrc(),
    };
    Ok((header, reader.payload()))
}

/// Replaces `packet` by header and payload.
///
/// # Errors
/// [`HeaderError::PayloadType`] when the payload type is above 127.
pub fn write(header: Header, payload: &[u8], packet: &mut Vec<u8>) -> Result<(), HeaderError> {
    packet.clear();
    packet.resize(HEADER_LEN + payload.len(), 0);
    RtpPacketBuilder::new()
        .payload_type(header.payload_type)
        .marked(header.marker)
        .sequence(Seq::from(header.sequence))
        .timestamp(header.timestamp)
        .ssrc(header.ssrc)
        .payload(payload)
        .build_into(packet)
        .map_err(|_| HeaderError::PayloadType(header.payload_type))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn datagrams_are_sorted_by_their_first_bytes() {
        let of = |first: u8, second: u8| classify(&[first, second, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(of(0x80, 0), Kind::Rtp);
        assert_eq!(of(0x80, 0x80 | 101), Kind::Rtp);
        assert_eq!(of(0x81, 200), Kind::Rtcp);
        assert_eq!(of(0x81, 203), Kind::Rtcp);
        let long = |first: u8| classify(&[&[first][..], &[0; 19]].concat());
        for (first, kind) in [
            (0, Kind::Stun),
            (3, Kind::Stun),
            (4, Kind::Other),
            (19, Kind::Other),
            (20, Kind::Dtls),
            (63, Kind::Dtls),
            (64, Kind::Other),
            (127, Kind::Other),
            (128, Kind::Rtp),
            (191, Kind::Rtp),
            (192, Kind::Other),
        ] {
            assert_eq!(long(first), kind, "{first}");
        }
        assert_eq!((of(0x00, 0x01), of(0x16, 0xFE)), (Kind::Other, Kind::Other), "too short");
        assert_eq!(classify(&[0x80, 0, 0]), Kind::Other, "too short");
    }

    #[test]
    fn csrc_extension_and_padding_are_skipped() {
        let packet = [
            0xB1, 0x88, 0, 7, 0, 0, 0, 9, 1, 2, 3, 4, // V=2 P X CC=1, marker, PT 8
            9, 9, 9, 9, // CSRC
            0xBE, 0xDE, 0, 1, 5, 5, 5, 5, // one word of extension
            0xAA, 0xBB, 0, 2, // payload and two bytes of padding
        ];
        let (header, payload) = parse(&packet).unwrap();
        let expected = Header { payload_type: 8, marker: true, sequence: 7, timestamp: 9, ssrc: 0x0102_0304 };
        assert_eq!((header, payload), (expected, &[0xAA, 0xBB][..]));
    }

    #[test]
    fn lengths_that_point_outside_are_malformed() {
        for packet in [
            &[0x80, 0][..],
            &[0x40, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],             // version 1
            &[0x8F, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],             // 15 CSRCs
            &[0x90, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], // extension of nine words
            &[0xA0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 200],        // 200 bytes of padding
            &[0xA0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],          // no bytes of padding
        ] {
            assert_eq!(parse(packet), Err(HeaderError::Malformed), "{packet:?}");
        }
    }

    #[test]
    fn a_payload_type_above_127_is_refused() {
        let header = Header { payload_type: 128, marker: false, sequence: 0, timestamp: 0, ssrc: 0 };
        assert_eq!(write(header, &[], &mut Vec::new()), Err(HeaderError::PayloadType(128)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(payload_type in 0u8..128, marker: bool, sequence: u16, timestamp: u32, ssrc: u32,
                                   payload in proptest::collection::vec(any::<u8>(), 0..1500)) {
            let header = Header { payload_type, marker, sequence, timestamp, ssrc };
            let mut packet = Vec::new();
            write(header, &payload, &mut packet).unwrap();
            prop_assert_eq!(parse(&packet), Ok((header, &payload[..])));
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..64), first in 0x80u8..0xC0) {
            let _ = parse(&bytes);
            let mut bytes = bytes;
            if let Some(byte) = bytes.first_mut() { *byte = first; }
            let _ = (classify(&bytes), parse(&bytes));
        }
    }
}
