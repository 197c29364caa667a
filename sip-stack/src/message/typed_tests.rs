use super::*;

fn headers(lines: &[(&str, &[u8])]) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in lines {
        headers.push(*name, value.to_vec());
    }
    headers
}

#[test]
fn cseq_limits() {
    assert_eq!(CSeq::parse(b"0009  INVITE").unwrap(), CSeq { number: 9, method: Method::Invite });
    assert_eq!(CSeq::parse(b"2147483647 X").unwrap().number, i32::MAX as u32);
    for bad in
        [&b"2147483648 INVITE"[..], b"36893488147419103232 REGISTER", b"-1 INVITE", b"1", b"1 IN@VITE", b"INVITE", b""]
    {
        assert!(CSeq::parse(bad).is_err());
    }
}

#[test]
fn bad_utf8_costs_only_its_own_header() {
    let headers = headers(&[
        ("Subject", b"\xff\xfe"),
        ("Call-ID", b"\xffx"),
        ("From", b"\"\xff\" <sip:a@h>;tag=1"),
        ("To", b"<sip:b@h>"),
        ("CSeq", b"1 INVITE"),
    ]);
    assert!(matches!(headers.call_id(), Err(HeaderError::Malformed(HeaderName::CallId, ValueError::Encoding))));
    assert_eq!(headers.from().unwrap().tag(), Some("1"));
    assert_eq!(headers.from().unwrap().display_name.as_deref(), Some("\u{fffd}"));
    assert_eq!(headers.to().unwrap().uri.to_string(), "sip:b@h");
    assert_eq!(headers.cseq().unwrap().number, 1);
}

#[test]
fn unique_headers_may_not_be_repeated() {
    let headers = headers(&[("To", b"<sip:a@h>"), ("t", b"<sip:b@h>"), ("Content-Length", b"5"), ("l", b"5")]);
    assert_eq!(headers.to(), Err(HeaderError::Repeated(HeaderName::To)));
    assert_eq!(headers.content_length(), Ok(Some(5)));
    assert_eq!(headers.from(), Err(HeaderError::Missing(HeaderName::From)));
}

#[test]
fn contacts_split_and_star() {
    let list = headers(&[("m", br#""a, b" <sip:a@h;x=1>;expires=60, sip:b@h;q=0.5"#), ("Contact", b"<tel:+1>")]);
    let Contacts::Addresses(all) = list.contacts().unwrap() else { panic!("a star") };
    assert_eq!(all.iter().map(|c| c.uri.to_string()).collect::<Vec<_>>(), ["sip:a@h;x=1", "sip:b@h", "tel:+1"]);
    assert_eq!((all[0].expires(), all[1].q_thousandths()), (Some(60), 500));
    assert_eq!(headers(&[("Contact", b" * ")]).contacts(), Ok(Contacts::Star));
    assert!(headers(&[("Contact", b"*"), ("Contact", b"<sip:a@h>")]).contacts().is_err());
}

#[test]
fn lists_are_bounded() {
    let many = "<sip:h>,".repeat(MAX_LIST) + "<sip:h>";
    let headers = headers(&[("Route", many.as_bytes()), ("Supported", b"timer, , 100rel")]);
    let error = headers.addresses(&HeaderName::Route).unwrap_err();
    assert_eq!(error, HeaderError::Malformed(HeaderName::Route, ValueError::TooMany));
    assert_eq!(headers.tokens(&HeaderName::Supported).unwrap(), ["timer", "100rel"]);
    assert!(headers.has_token(&HeaderName::Supported, "100REL"));
}

#[test]
fn reasons_and_the_rest() {
    let headers = headers(&[
        ("Reason", br#"SIP;cause=200;text="Call completed elsewhere", Q.850 ;cause=16"#),
        ("Retry-After", b"120 (I am in a meeting);duration=3600"),
        ("Content-Type", b"application / sdp ; charset=utf-8"),
        ("Expires", b"10000000000000000000000000000000000"),
        ("Session-Expires", b"1800;refresher=uac"),
    ]);
    let reasons = headers.reasons();
    assert_eq!((reasons[0].cause, reasons[0].text.as_deref()), (Some(200), Some("Call completed elsewhere")));
    assert_eq!((reasons[1].protocol.as_str(), reasons[1].cause), ("Q.850", Some(16)));
    assert_eq!(headers.retry_after(), Ok(Some(120)));
    assert!(headers.content_type().unwrap().unwrap().is("application/sdp"));
    assert_eq!(headers.expires(), Ok(Some(u32::MAX)));
    let session = headers.parametrised(&HeaderName::SessionExpires).unwrap().unwrap();
    assert_eq!((session.value.as_str(), session.params.get("refresher")), ("1800", Some("uac")));
}
