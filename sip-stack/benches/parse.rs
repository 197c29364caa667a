//! A 726-byte INVITE with its five typed headers: ours beside rsip in one run. The bar: faster than rsip, under 5 µs.

#![allow(missing_docs)] // criterion's macro makes the public items

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rsip::headers::ToTypedHeader as _;
use rsip::message::HeadersExt as _;
use sip_stack::message::{Message, parse};

/// As a phone behind Kamailio sends it; every part in a form that both parsers read.
const INVITE: &str = "INVITE sip:2001@example.com:5060;transport=udp SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"Ana Mora\" <sip:2000@example.com>;tag=1928301774\r\n\
    To: \"Luis Rojas\" <sip:2001@example.com>\r\n\
    Call-ID: a84b4c76e66710@192.0.2.10\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:2000@192.0.2.10:5060>\r\n\
    Subject: urgent\r\n\
    User-Agent: Timbre/0.1.0\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK\r\n\
    Supported: replaces, timer\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 209\r\n\r\n\
    v=0\r\no=- 29739 7272939 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
    m=audio 49217 RTP/AVP 0 8 9 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\n";

fn ours(bytes: &[u8]) -> usize {
    let Ok(Message::Request(request)) = parse::datagram(bytes) else { unreachable!("the INVITE is valid") };
    let headers = &request.headers;
    let typed = (headers.top_via(), headers.from(), headers.to(), headers.cseq(), headers.contact());
    let (Ok(via), Ok(from), Ok(to), Ok(cseq), Ok(Some(contact))) = typed else { unreachable!("its headers are valid") };
    black_box((&via, &from, &to, &cseq, &contact));
    request.body.len()
}

fn rsips(bytes: &[u8]) -> usize {
    let Ok(rsip::SipMessage::Request(request)) = rsip::SipMessage::try_from(bytes) else { unreachable!("valid") };
    // Each header is found, then typed, as users of rsip do it.
    let Ok(Ok(via)) = request.via_header().map(|h| h.typed()) else { unreachable!("valid") };
    let Ok(Ok(from)) = request.from_header().map(|h| h.typed()) else { unreachable!("valid") };
    let Ok(Ok(to)) = request.to_header().map(|h| h.typed()) else { unreachable!("valid") };
    let Ok(Ok(cseq)) = request.cseq_header().map(|h| h.typed()) else { unreachable!("valid") };
    let Ok(Ok(contact)) = request.contact_header().map(|h| h.typed()) else { unreachable!("valid") };
    black_box((&via, &from, &to, &cseq, &contact));
    request.body.len()
}

fn parse_invite(c: &mut Criterion) {
    assert_eq!(INVITE.len(), 726);
    assert_eq!(ours(INVITE.as_bytes()), rsips(INVITE.as_bytes()));
    let mut group = c.benchmark_group("invite_726_bytes_five_typed_headers");
    group.bench_function("sip-stack", |b| b.iter(|| ours(black_box(INVITE.as_bytes()))));
    group.bench_function("sip-stack, frame only", |b| b.iter(|| parse::datagram(black_box(INVITE.as_bytes()))));
    group.bench_function("rsip", |b| b.iter(|| rsips(black_box(INVITE.as_bytes()))));
    group.finish();
}

criterion_group!(benches, parse_invite);
criterion_main!(benches);
