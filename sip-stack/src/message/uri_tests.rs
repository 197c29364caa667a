use super::*;

fn sip(text: &str) -> SipUri {
    SipUri::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn parts_are_kept_and_printed_back() {
    for text in [
        "sip:alice@example.com",
        "sips:alice:secret@example.com:5061;transport=tcp?subject=x&priority=urgent",
        "sip:%61lice@[2001:db8::1]:5070;lr",
        "sip:192.0.2.1",
        "sip:user;par=u%40example.net@example.com",
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com",
        "sip:*21#@pbx.example",
        "tel:+1-201-555-0123;phone-context=example.com",
        "soap.beep://192.0.2.103:3002",
        "nobodyKnowsThisScheme:totallyopaquecontent",
    ] {
        assert_eq!(Uri::parse(text.as_bytes()).unwrap().to_string(), text);
    }
}

#[test]
fn fields() {
    let uri = sip("SIPS:%61lice:pw@[2001:db8::1]:5070;lr;x=a%3Bb?h=v");
    assert_eq!(uri.scheme, Scheme::Sips);
    assert_eq!(uri.user_decoded().as_deref(), Some("alice"));
    assert_eq!(uri.password.as_deref(), Some("pw"));
    assert_eq!(uri.host, Host::V6("2001:db8::1".parse().unwrap()));
    assert_eq!(uri.port, Some(5070));
    assert!(uri.is_loose_router());
    assert_eq!(uri.headers.as_deref(), Some("h=v"));
}

#[test]
fn malformed_ones_are_refused() {
    for text in [
        "",
        ":",
        "sip:",
        "sip:@host",
        "sip:a@b@c",
        "sip:a@[::1",
        "sip:a@h:99999",
        "sip:a@h:",
        "sip:a@h:-1",
        "sip:a b@h",
        "sip:<a@h>",
        "sip:a@h;;p",
        "1sip:a",
        "tel:",
        "sip:a@ho st",
        "sip:\u{1}@h",
        "sip:a@h\r\nX: y",
        "sip::pw@h",
    ] {
        assert!(Uri::parse(text.as_bytes()).is_err(), "{text:?} was accepted");
    }
}

#[test]
fn bad_utf8_becomes_an_escape() {
    let uri = Uri::parse(b"sip:a\xffb@example.com").unwrap();
    assert_eq!(uri.to_string(), "sip:a%FFb@example.com");
}

#[test]
fn a_user_from_code_is_escaped() {
    let uri = SipUri::new(Host::parse(b"example.com").unwrap()).with_user("a@b #\r\n").with_port(Some(5070));
    assert_eq!(uri.to_string(), "sip:a%40b%20%23%0D%0A@example.com:5070");
}

#[test]
fn equivalence_follows_the_examples_of_rfc3261_19_1_4() {
    let same = [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
    ];
    for (a, b) in same {
        assert!(sip(a).equivalent(&sip(b)) && sip(b).equivalent(&sip(a)), "{a} / {b}");
    }
    let different = [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ];
    for (a, b) in different {
        assert!(!sip(a).equivalent(&sip(b)) && !sip(b).equivalent(&sip(a)), "{a} / {b}");
    }
}
