//! RFC 4475 §3.3 and §3.4: well-formed messages that only the application can judge.

use sip_stack::message::parse::LengthError;
use sip_stack::message::validate;
use sip_stack::message::{HeaderError, HeaderName, Message, Method, ParseErrorKind, Uri, parse};

use crate::{PHONE, accepted, answer, bytes, contacts, dropped, raw, status};

#[test]
fn insuf_required_headers_are_missing() {
    assert_eq!(status("insuf"), 400);
    let answer = answer("insuf");
    assert_eq!(answer.headers.cseq().unwrap().number, 193_942);
    assert!(!answer.headers.has(&HeaderName::From));
}

#[test]
fn unkscm_an_unknown_scheme_in_the_request_uri() {
    assert_eq!(accepted("unkscm").uri.to_string(), "nobodyKnowsThisScheme:totallyopaquecontent");
    assert_eq!(status("unkscm"), 416);
}

#[test]
fn novelsc_a_known_scheme_that_is_not_ours() {
    assert_eq!(accepted("novelsc").uri.to_string(), "soap.beep://192.0.2.103:3002");
    assert_eq!(status("novelsc"), 416);
}

#[test]
fn unksm2_unknown_schemes_in_headers() {
    let request = accepted("unksm2");
    assert_eq!(request.headers.to().unwrap().uri.to_string(), "isbn:2983792873");
    let from = request.headers.from().unwrap();
    assert_eq!((from.uri.to_string().as_str(), from.tag()), ("http://www.example.com", Some("3234233")));
    assert!(matches!(&contacts(&request)[0].uri, Uri::Other(uri) if uri.scheme == "name"));
    assert_eq!(status("unksm2"), 405);
}

#[test]
fn bext01_extensions_that_nobody_supports() {
    assert_eq!(status("bext01"), 420);
    // Proxy-Require is for proxies; only what Require names is not supported.
    let unsupported = answer("bext01").headers.tokens(&HeaderName::Unsupported).unwrap();
    assert_eq!(unsupported, ["nothingSupportsThis", "nothingSupportsThisEither"]);
}

#[test]
fn invut_a_body_of_unknown_type() {
    assert_eq!(accepted("invut").body.len(), 40);
    assert_eq!(status("invut"), 415);
    assert_eq!(raw(&answer("invut").headers, "Accept"), "application/sdp");
}

#[test]
fn regaut01_an_unknown_authorization_scheme() {
    let request = accepted("regaut01");
    let authorization = raw(&request.headers, "Authorization");
    assert_eq!(authorization, "NoOneKnowsThisScheme opaque-data=here");
    assert_eq!(sip_stack::auth::Answer::parse(authorization.as_bytes()), None);
    assert_eq!(status("regaut01"), 405);
}

#[test]
fn multi01_several_of_what_may_be_there_once() {
    assert_eq!(status("multi01"), 400);
    let Ok(Message::Request(request)) = parse::datagram(bytes("multi01")) else { panic!("not read") };
    for error in [request.headers.from().err(), request.headers.to().err(), request.headers.cseq().err()] {
        assert!(matches!(error, Some(HeaderError::Repeated(_))), "{error:?}");
    }
    assert_eq!(request.headers.max_forwards(), Err(HeaderError::Repeated(HeaderName::MaxForwards)));
}

#[test]
fn mcl01_two_different_content_lengths() {
    let error = parse::datagram(bytes("mcl01")).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::ContentLength(LengthError::Conflict));
    assert_eq!(status("mcl01"), 400);
}

#[test]
fn bcast_a_response_with_a_second_via() {
    dropped("bcast");
}

#[test]
fn zeromf_max_forwards_of_zero_is_for_proxies() {
    let request = accepted("zeromf");
    assert_eq!(request.headers.max_forwards(), Ok(Some(0)));
    assert_eq!(validate::request(&request, &PHONE), Ok(()));
}

#[test]
fn cparam01_a_parameter_of_the_header() {
    let contact = contacts(&accepted("cparam01")).remove(0);
    assert!(contact.params.has("unknownparam"));
    assert_eq!(contact.uri.to_string(), "sip:+19725552222@gw1.example.net");
}

#[test]
fn cparam02_a_parameter_of_the_uri() {
    let contact = contacts(&accepted("cparam02")).remove(0);
    assert!(contact.params.is_empty());
    assert_eq!(contact.uri.to_string(), "sip:+19725552222@gw1.example.net;unknownparam");
}

#[test]
fn regescrt_an_escaped_header_in_a_contact() {
    let contact = contacts(&accepted("regescrt")).remove(0);
    let uri = contact.uri.as_sip().unwrap();
    assert_eq!(uri.headers.as_deref(), Some("Route=%3Csip:sip.example.com%3E"));
}

#[test]
fn sdp01_the_caller_accepts_nothing_that_we_speak() {
    assert_eq!(accepted("sdp01").method, Method::Invite);
    assert_eq!(status("sdp01"), 406);
}

#[test]
fn inv2543_an_invite_as_in_rfc_2543() {
    let request = accepted("inv2543");
    assert_eq!(request.headers.from().unwrap().tag(), None);
    assert_eq!(request.headers.top_via().unwrap().branch(), None);
    assert_eq!(request.headers.max_forwards(), Ok(None));
    let route = request.headers.addresses(&HeaderName::RecordRoute).unwrap().remove(0);
    assert_eq!(route.uri.as_sip().unwrap().params.get("maddr"), Some("ss1.example.com"));
    assert!(request.body.starts_with(b"v=0") && request.body.ends_with(b"RTP/AVP 0\r\n"));
    assert_eq!(validate::request(&request, &PHONE), Ok(()));
}
