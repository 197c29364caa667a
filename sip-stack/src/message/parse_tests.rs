use super::*;

fn request(bytes: &[u8]) -> Request {
    match datagram(bytes) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

const HEAD: &str = "OPTIONS sip:a@h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nCSeq: 1 OPTIONS\r\n";

#[test]
fn leading_line_ends_folds_and_spaces_before_the_colon() {
    let text = format!("\r\n\r\n{HEAD}Subject :  a\r\n  b\r\n\tc\r\nX:\r\n\r\nrest");
    let request = request(text.as_bytes());
    assert_eq!(request.headers.get(&HeaderName::Subject).unwrap().as_ref(), b"a b c");
    assert_eq!(request.headers.get(&"x".into()).unwrap().as_ref(), b"");
    assert_eq!(request.body.as_ref(), b"rest");
}

#[test]
fn content_length_rules_of_datagrams() {
    let with = |lines: &str| datagram(format!("{HEAD}{lines}\r\n12345").as_bytes());
    assert_eq!(with("l: 3\r\n").unwrap().body().as_ref(), b"123");
    assert_eq!(with("l: 3\r\nContent-Length: 003\r\n").unwrap().body().as_ref(), b"123");
    for (lines, error) in [
        ("l: 6\r\n", LengthError::Beyond),
        ("l: 3\r\nl: 4\r\n", LengthError::Conflict),
        ("l: -1\r\n", LengthError::Malformed),
        ("l: 1 2\r\n", LengthError::Malformed),
        ("l: 99999999999999999999999999\r\n", LengthError::Beyond),
    ] {
        let got = with(lines).unwrap_err();
        assert_eq!(got.kind, ParseErrorKind::ContentLength(error), "{lines}");
        assert_eq!(got.reply.unwrap().status, StatusCode::BAD_REQUEST);
    }
}

#[test]
fn start_lines() {
    for (line, kind) in [
        ("OPTIONS  sip:a@h SIP/2.0", ParseErrorKind::StartLine),
        ("OPTIONS sip:a@h", ParseErrorKind::StartLine),
        ("OPTIONS sip:a@h SIP/2.0 ", ParseErrorKind::StartLine),
        ("OPTIONS sip:a@h HTTP/1.1", ParseErrorKind::StartLine),
        ("OPT@ONS sip:a@h SIP/2.0", ParseErrorKind::StartLine),
        ("OPTIONS sip:a@h SIP/3.0", ParseErrorKind::Version),
        ("OPTIONS <sip:a@h> SIP/2.0", ParseErrorKind::RequestUri(ValueError::Scheme)),
        ("OPTIONS sip:a@h@h SIP/2.0", ParseErrorKind::RequestUri(ValueError::Uri)),
        ("SIP/2.0 99 x", ParseErrorKind::StatusCode),
        ("SIP/2.0 70000000000000000000000 x", ParseErrorKind::StatusCode),
        ("SIP/2.0 abc x", ParseErrorKind::StartLine),
        ("", ParseErrorKind::StartLine),
    ] {
        let text = format!("{line}\r\nVia: SIP/2.0/UDP h\r\nCSeq: 1 OPTIONS\r\n\r\n");
        let text = if line.is_empty() { text.replacen("\r\n", "junk\r\n", 1) } else { text };
        assert_eq!(datagram(text.as_bytes()).unwrap_err().kind, kind, "{line}");
    }
}

#[test]
fn answers_carry_what_came_and_acks_and_responses_get_none() {
    let bad = format!("{HEAD}Call-ID: 7\r\nTo: <sip:b@h>\r\nno colon here\r\n\r\n");
    let error = datagram(bad.as_bytes()).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::HeaderLine);
    let reply = error.reply.unwrap();
    assert_eq!(reply.headers.call_id(), Ok("7"));
    assert!(reply.headers.to().unwrap().tag().is_some());
    assert_eq!(datagram(bad.as_bytes()).unwrap_err().reply.unwrap(), reply, "the same request gets the same tag");
    for start in ["ACK sip:a@h SIP/2.0", "ACK sip:a@h SIP/9.0", "SIP/2.0 200 OK", "SIP/9.0 200 OK"] {
        let bad = bad.replacen("OPTIONS sip:a@h SIP/2.0", start, 1);
        assert_eq!(datagram(bad.as_bytes()).unwrap_err().reply, None, "{start}");
    }
}

#[test]
fn limits() {
    let many = HEAD.to_owned() + &"X: y\r\n".repeat(MAX_HEADERS) + "\r\n";
    assert_eq!(datagram(many.as_bytes()).unwrap_err().kind, ParseErrorKind::TooManyHeaders);
    let long = format!("{HEAD}X: {}\r\nY: z\r\n\r\n", "y".repeat(MAX_HEAD));
    assert_eq!(datagram(long.as_bytes()).unwrap_err().kind, ParseErrorKind::TooLarge);
    assert_eq!(datagram(&vec![b'x'; MAX_MESSAGE + 1]).unwrap_err().kind, ParseErrorKind::TooLarge);
    assert_eq!(datagram(HEAD.as_bytes()).unwrap_err().kind, ParseErrorKind::Truncated);
    assert_eq!(datagram(b"\r\n\r\n").unwrap_err().kind, ParseErrorKind::Empty);
}

#[test]
fn printing_normalises_and_reads_back() {
    let text = format!("{HEAD}s:x\r\nX-Own:  \u{fc} \r\nl: 3\r\n\r\nabcdef");
    let first = datagram(text.as_bytes()).unwrap();
    let printed = first.print();
    assert!(printed.starts_with(b"OPTIONS sip:a@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"));
    assert!(printed.ends_with(b"\r\nContent-Length: 3\r\n\r\nabc"));
    let again = datagram(&printed).unwrap();
    assert_eq!(again.print(), printed);
    assert_eq!(again.body(), first.body());
}

#[test]
fn a_bare_line_feed_ends_a_line() {
    let text = format!("{HEAD}l: 2\r\n\r\nab").replace("\r\n", "\n");
    let request = request(text.as_bytes());
    assert_eq!((request.body.as_ref(), request.headers.cseq().unwrap().number), (&b"ab"[..], 1));
    let mut framer = crate::message::StreamFramer::new();
    framer.feed(text.as_bytes());
    assert_eq!(framer.take(), Ok(Some(crate::message::framer::Framed::Message(text.into()))));
}
