//! Our messages as those of the crate `rsip`, and back (feature `rsip`).
//!
//! Both ways go over the printed message, so that each side's own reading counts: what rsip cannot read (compact or folded
//! headers that came so are printed long and in one line by us, but unknown methods and `tel:` Request-URIs stay what they are)
//! is an error here.

use ::rsip::SipMessage;

use super::{Message, ParseError, parse};

impl TryFrom<&Message> for SipMessage {
    type Error = ::rsip::Error;

    fn try_from(message: &Message) -> Result<Self, Self::Error> {
        Self::try_from(&message.print()[..])
    }
}

impl TryFrom<SipMessage> for Message {
    type Error = ParseError;

    fn try_from(message: SipMessage) -> Result<Self, Self::Error> {
        parse::datagram(&Vec::from(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:bob@h SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        f: Ana\r\n <sip:a@h>;tag=1\r\nt: <sip:bob@h>\r\ni: x\r\nCSeq: 7 INVITE\r\nContent-Length: 2\r\n\r\nhi";

    #[test]
    fn a_message_goes_there_and_back() {
        let ours = parse::datagram(INVITE).unwrap();
        assert!(SipMessage::try_from(INVITE).is_err(), "rsip reads no folded header");
        let theirs = SipMessage::try_from(&ours).unwrap();
        assert!(matches!(&theirs, SipMessage::Request(request) if request.method == ::rsip::Method::Invite));
        assert_eq!(Message::try_from(theirs).unwrap().print(), ours.print());
    }

    #[test]
    fn what_rsip_cannot_read_is_an_error() {
        let unknown = String::from_utf8_lossy(INVITE).replace("INVITE", "FROBNICATE");
        let ours = parse::datagram(unknown.as_bytes()).unwrap();
        assert!(SipMessage::try_from(&ours).is_err());
    }
}
