//! Words of the scripted peer `P`.

use sip_stack::message::{CSeq, Method, Request, Response, StatusCode};

pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n\
    m=audio 7000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// An answer of P to a request of A, with its Contact, and a description if there is one.
pub fn answer(request: &Request, status: u16, tag: &str, sdp: Option<&str>) -> Response {
    let response = request.response(StatusCode::new(status).unwrap(), Some(tag)).with("Contact", "<sip:p@10.0.0.9>");
    match sdp {
        Some(sdp) => response.with_body("application/sdp", sdp.to_owned()),
        None => response,
    }
}

/// A call from P to A.
pub fn invite(call: &str, sdp: Option<&str>) -> Request {
    let request = Request::new(Method::Invite, "sip:alice@10.0.0.1".parse().unwrap())
        .with("Via", format!("SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK{call};rport"))
        .with("Max-Forwards", 70)
        .with("From", "\"Peer\" <sip:+50622220000@10.0.0.9>;tag=p1")
        .with("To", "<sip:alice@10.0.0.9>")
        .with("Call-ID", call)
        .with("CSeq", "1 INVITE")
        .with("Contact", "<sip:p@10.0.0.9>");
    match sdp {
        Some(sdp) => request.with_body("application/sdp", sdp.to_owned()),
        None => request,
    }
}

/// A request of P in the dialog that `ok` (A's 200 to P's INVITE) made.
pub fn in_dialog(ok: &Response, method: Method, cseq: u32) -> Request {
    let branch = format!("z9hG4bK{}{cseq}", method.as_str());
    let mut request = Request::new(method.clone(), ok.headers.contact().unwrap().unwrap().uri)
        .with("Via", format!("SIP/2.0/UDP 10.0.0.9:5060;branch={branch};rport"))
        .with("Max-Forwards", 70);
    for name in ["From", "To", "Call-ID"] {
        request.headers.copy(&name.into(), &ok.headers);
    }
    request.with("CSeq", CSeq { number: cseq, method }).with("Contact", "<sip:p@10.0.0.9>")
}

/// A request of P in the dialog of a call that A made: From and To turned round. `invite` is A's INVITE.
pub fn to_caller(invite: &Request, tag: &str, method: Method, cseq: u32) -> Request {
    let branch = format!("z9hG4bK{}{cseq}c", method.as_str());
    let from = invite.headers.to().unwrap().with_tag(tag);
    Request::new(method.clone(), invite.headers.contact().unwrap().unwrap().uri)
        .with("Via", format!("SIP/2.0/UDP 10.0.0.9:5060;branch={branch};rport"))
        .with("Max-Forwards", 70)
        .with("From", from)
        .with("To", invite.headers.from().unwrap())
        .with("Call-ID", invite.headers.call_id().unwrap())
        .with("CSeq", CSeq { number: cseq, method })
        .with("Contact", "<sip:p@10.0.0.9>")
}

/// SDP of P with this direction and version.
pub fn sdp(direction: &str) -> String {
    format!("{SDP}a={direction}\r\n")
}
