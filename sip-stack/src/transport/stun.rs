//! As much of STUN (RFC 5389) as a keep-alive needs: a Binding request, and the address that its answer tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// RFC 5389 §6: bytes 4 to 7 of every message.
const COOKIE: u32 = 0x2112_A442;
/// RFC 5389 §6, bytes.
const HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const BINDING_ERROR: u16 = 0x0111;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// RFC 5389 §6: chosen at random for each request.
pub type StunId = [u8; 12];

/// The answer to a Binding request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StunAnswer {
    /// Whose answer it is.
    pub id: StunId,
    /// Our address as the peer sees it; none in a refusal.
    pub mapped: Option<SocketAddr>,
}

/// Whether a datagram on a socket of SIP is STUN: no SIP message begins with a byte below 4 (RFC 5626 §8).
#[must_use]
pub fn is_stun(datagram: &[u8]) -> bool {
    datagram.len() >= HEADER && datagram[0] < 4 && read_u32(datagram, 4) == Some(COOKIE)
}

/// A Binding request without attributes: RFC 5626 §8 wants neither FINGERPRINT nor credentials.
#[must_use]
pub fn binding_request(id: &StunId) -> Vec<u8> {
    let mut request = Vec::with_capacity(HEADER);
    request.extend(BINDING_REQUEST.to_be_bytes());
    request.extend(0_u16.to_be_bytes());
    request.extend(COOKIE.to_be_bytes());
    request.extend(id);
    request
}

/// Reads an answer; `None` for requests, indications, other methods and whatever is damaged.
#[must_use]
pub fn read_answer(datagram: &[u8]) -> Option<StunAnswer> {
    let kind = read_u16(datagram, 0).filter(|_| is_stun(datagram))?;
    let id = datagram.get(8..HEADER)?.try_into().ok()?;
    let body = datagram.get(HEADER..)?;
    if body.len() != usize::from(read_u16(datagram, 2)?) {
        return None;
    }
    match kind {
        BINDING_ERROR => Some(StunAnswer { id, mapped: None }),
        BINDING_SUCCESS => Some(StunAnswer { id, mapped: Some(mapped(body, &id)?) }),
        _ => None,
    }
}

/// XOR-MAPPED-ADDRESS, or what servers of RFC 3489 say in its place.
fn mapped(mut body: &[u8], id: &StunId) -> Option<SocketAddr> {
    let mut plain = None;
    while let (Some(kind), Some(length)) = (read_u16(body, 0), read_u16(body, 2)) {
        let length = usize::from(length);
        let value = body.get(4..4 + length)?;
        match kind {
            XOR_MAPPED_ADDRESS => return address(value, Some(id)),
            MAPPED_ADDRESS => plain = address(value, None),
            _ => {}
        }
        // RFC 5389 §15: attributes begin at multiples of four.
        body = body.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    }
    plain
}

/// RFC 5389 §15.1 and §15.2.
fn address(value: &[u8], xor: Option<&StunId>) -> Option<SocketAddr> {
    let mut mask = [0; 16];
    if let Some(id) = xor {
        mask[..4].copy_from_slice(&COOKIE.to_be_bytes());
        mask[4..].copy_from_slice(id);
    }
    let port = read_u16(value, 2)? ^ u16::from_be_bytes([mask[0], mask[1]]);
    let masked = value.get(4..)?.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect::<Vec<_>>();
    let ip: IpAddr = match value.get(1)? {
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(masked.as_slice()).ok()?).into(),
        2 => Ipv6Addr::from(<[u8; 16]>::try_from(masked.as_slice()).ok()?).into(),
        _ => return None,
    };
    Some((ip, port).into())
}

fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5769 §2.2 and §2.3: the answers of the test vectors, with SOFTWARE before the address.
    const ID: StunId = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];
    const SOFTWARE: &[u8] = b"\x80\x22\x00\x0btest vector ";

    fn answer(kind: u16, attributes: &[&[u8]]) -> Vec<u8> {
        let mut answer = binding_request(&ID);
        answer[..2].copy_from_slice(&kind.to_be_bytes());
        let body = attributes.concat();
        answer[2..4].copy_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        answer.extend(body);
        answer
    }

    fn said(bytes: &[u8]) -> Option<String> {
        read_answer(bytes).and_then(|answer| answer.mapped).map(|mapped| mapped.to_string())
    }

    #[test]
    fn addresses_of_the_vectors_of_rfc5769() {
        let v4 = answer(BINDING_SUCCESS, &[SOFTWARE, b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"]);
        assert_eq!(said(&v4).as_deref(), Some("192.0.2.1:32853"));
        let v6 = b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9";
        let v6 = answer(BINDING_SUCCESS, &[SOFTWARE, v6]);
        assert_eq!(said(&v6).as_deref(), Some("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
        let plain = answer(BINDING_SUCCESS, &[b"\x00\x01\x00\x08\x00\x01\x80\x55\xc0\x00\x02\x01"]);
        assert_eq!(said(&plain).as_deref(), Some("192.0.2.1:32853"));
        let refused = answer(BINDING_ERROR, &[b"\x00\x09\x00\x04\x00\x00\x04\x00"]);
        assert_eq!(read_answer(&refused), Some(StunAnswer { id: ID, mapped: None }));
    }

    #[test]
    fn what_is_cut_or_no_answer_is_nothing() {
        let whole = answer(BINDING_SUCCESS, &[SOFTWARE, b"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"]);
        for length in 0..whole.len() {
            assert_eq!(read_answer(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(read_answer(&binding_request(&ID)), None);
        let longer = answer(BINDING_SUCCESS, &[b"\x00\x20\xff\xff\x00\x01\xa1\x47"]);
        assert_eq!(read_answer(&longer), None);
        assert!(!is_stun(b"REGISTER sip:pbx.example SIP/2.0\r\n") && !is_stun(b"\r\n\r\n"));
    }
}
