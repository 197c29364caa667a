//! RFC 4475 §3.1.1: valid messages.

use sip_stack::message::{Method, Uri};

use crate::{accepted, accepted_response, bytes, contacts, raw, status};

#[test]
fn wsinv_a_short_tortuous_invite() {
    let request = accepted("wsinv");
    let headers = &request.headers;
    assert_eq!(request.uri.to_string(), "sip:vivekg@chair-dnrc.example.com;unknownparam");
    assert_eq!(headers.to().unwrap().tag(), Some("1918181833n"));
    let from = headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(headers.max_forwards(), Ok(Some(68)));
    let cseq = headers.cseq().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
    let vias: Vec<_> = headers.vias().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        vias,
        [
            "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw",
            "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8",
            "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239",
        ]
    );
    assert_eq!(raw(headers, "Subject"), "");
    assert_eq!(raw(headers, "NewFangledHeader"), "newfangled value continued newfangled value");
    assert_eq!(raw(headers, "UnknownHeaderWithUnusualValue"), ";;,,;;,;");
    let route = &headers.addresses(&"Route".into()).unwrap()[0];
    let route = route.uri.as_sip().unwrap();
    assert!(route.is_loose_router() && route.params.has("unknown-no-value"));
    let contact = &contacts(&request)[0];
    assert_eq!(contact.display_name.as_deref(), Some("Quoted string \"\""));
    assert_eq!((contact.params.get("newparam"), contact.q_thousandths()), (Some("newvalue"), 330));
    assert!(contact.params.has("secondparam"));
    assert_eq!(request.body.len(), 150);
}

#[test]
fn intmeth_wide_range_of_characters() {
    let request = accepted("intmeth");
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(request.method, Method::Other(method.into()));
    assert_eq!(request.headers.cseq().unwrap().method.as_str(), method);
    let uri = request.uri.as_sip().unwrap();
    assert_eq!(uri.user.as_deref(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password.as_deref(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    let to = request.headers.to().unwrap();
    assert_eq!(to.display_name.as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    assert_eq!(to.uri.user().unwrap(), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    let from = request.headers.from().unwrap();
    assert_eq!(from.display_name.as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from.params.get_unquoted("fromParam''~+*_!.-%").as_deref(), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(request.headers.call_id(), Ok("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"));
    assert_eq!(request.headers.max_forwards(), Ok(Some(255)));
    assert_eq!(raw(&request.headers, "extensionHeader-!.%*+_`'~"), "\u{feff}大停電");
    assert_eq!(status("intmeth"), 405);
}

#[test]
fn esc01_percent_escapes_that_hide_separators() {
    let request = accepted("esc01");
    let uri = request.uri.as_sip().unwrap();
    assert_eq!(
        (uri.user.as_deref(), uri.host.to_string().as_str()),
        (Some("sips%3Auser%40example.com"), "example.net")
    );
    assert_eq!(uri.user_decoded().unwrap(), "sips:user@example.com");
    assert_eq!(request.headers.to().unwrap().uri.user().unwrap(), "user");
    assert_eq!(request.headers.from().unwrap().uri.user().unwrap(), "I have spaces");
    let contact = contacts(&request).remove(0).uri;
    assert_eq!(contact.to_string(), "sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31");
    assert_eq!(contact.user().unwrap(), "caller");
    // An escaped "lr" is not the parameter "lr": RFC 3261 §25.1 escapes names for other characters only.
    assert!(!contact.as_sip().unwrap().is_loose_router());
    assert_eq!(request.headers.content_type().unwrap().unwrap().value, "application/sdp");
}

#[test]
fn escnull_escaped_nulls() {
    let request = accepted("escnull");
    assert_eq!(request.headers.to().unwrap().uri.user().unwrap(), "null-\0-null");
    let users: Vec<_> = contacts(&request).iter().map(|c| c.uri.user().unwrap().into_owned()).collect();
    assert_eq!(users, ["\0", "\0\0"]);
    assert_eq!(contacts(&request)[0].uri.to_string(), "sip:%00@host5.example.com");
}

#[test]
fn esc02_percent_where_it_is_no_escape() {
    let request = accepted("esc02");
    assert_eq!(request.method, Method::Other("RE%47IST%45R".into()));
    assert_eq!(request.headers.to().unwrap().display_name.as_deref(), Some("%Z%45"));
    assert_eq!(request.headers.top_via().unwrap().branch(), Some("z9hG4bK209%fzsnel234"));
    assert_eq!(contacts(&request).len(), 2, "C%6Fntact is another header");
    assert_eq!(raw(&request.headers, "C%6Fntact"), "<sip:alias2@host2.example.com>");
    assert_eq!(status("esc02"), 405);
}

#[test]
fn lwsdisp_no_space_before_the_bracket() {
    let from = accepted("lwsdisp").headers.from().unwrap();
    assert_eq!((from.display_name.as_deref(), from.tag()), (Some("caller"), Some("323")));
    assert_eq!(from.uri.to_string(), "sip:caller@example.com");
}

#[test]
fn longreq_long_values() {
    let request = accepted("longreq");
    let vias = request.headers.vias().unwrap();
    assert_eq!((vias.len(), vias[0].host.to_string().as_str()), (34, "sip33.example.com"));
    assert!(vias[33].branch().unwrap().starts_with("verylong") && vias[33].rfc3261_branch().is_none());
    let to = request.headers.to().unwrap();
    let uri = to.uri.as_sip().unwrap();
    assert_eq!((uri.port, uri.params.len()), (Some(6000), 3));
    assert!(to.display_name.unwrap().ends_with("extreme proportion"));
    assert!(request.headers.from().unwrap().tag().unwrap().len() > 150);
    assert_eq!((request.headers.content_length(), request.body.len()), (Ok(Some(150)), 150));
}

#[test]
fn dblreq_what_follows_content_length_is_dropped() {
    let request = accepted("dblreq");
    assert_eq!((request.method.clone(), request.body.len()), (Method::Register, 0));
    assert_eq!(request.headers.call_id(), Ok("dblreq.0ha0isndaksdj99sdfafnl3lk233412"));
    assert!(bytes("dblreq").windows(6).any(|w| w == b"INVITE"));
}

#[test]
fn semiuri_semicolon_parameters_in_the_user() {
    let request = accepted("semiuri");
    let Uri::Sip(uri) = &request.uri else { panic!("{:?}", request.uri) };
    assert_eq!(uri.user_decoded().unwrap(), "user;par=u@example.net");
    assert_eq!((uri.host.to_string().as_str(), uri.params.len()), ("example.com", 0));
    assert_eq!(request.headers.count(&"Accept".into()), 1);
    assert!(raw(&request.headers, "Accept").ends_with("message/sip, message/sipfrag"));
}

#[test]
fn transports_any_transport_is_kept() {
    let vias = accepted("transports").headers.vias().unwrap();
    let names: Vec<_> = vias.iter().map(|v| v.transport.as_str().to_owned()).collect();
    assert_eq!(names, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

#[test]
fn mpart01_binary_body() {
    let request = accepted("mpart01");
    assert_eq!((request.method.clone(), request.body.len()), (Method::Message, 553));
    let kind = request.headers.content_type().unwrap().unwrap();
    assert_eq!((kind.value.as_str(), kind.params.get("boundary")), ("multipart/mixed", Some("7a9cbec02ceef655")));
    assert!(request.body.contains(&0) && request.body.ends_with(b"--7a9cbec02ceef655--\r\n"));
    assert!(request.headers.top_via().unwrap().has_rport());
}

#[test]
fn unreason_a_reason_phrase_in_utf8() {
    let response = accepted_response("unreason");
    assert_eq!(response.status.code(), 200);
    assert_eq!(response.reason, "= 2**3 * 5**2 но сто девяносто девять - простое");
    assert_eq!(response.body.len(), 154);
}

#[test]
fn noreason_an_empty_reason_phrase() {
    let response = accepted_response("noreason");
    assert_eq!((response.status.code(), response.reason.as_str()), (100, ""));
}
