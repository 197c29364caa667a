use super::*;

fn invite() -> Request {
    Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap())
        .with("Via", "SIP/2.0/UDP a;branch=z9hG4bK1")
        .with("From", "<sip:a@h>;tag=1")
        .with("To", "<sip:b@h>")
        .with("Call-ID", "x")
        .with("CSeq", "7 INVITE")
        .with("Contact", "<sip:rnd@192.0.2.1>")
}

fn contact() -> NameAddr {
    "<sip:me@192.0.2.9>".parse().unwrap()
}

fn routes(request: &Request) -> Vec<String> {
    request.headers.addresses(&HeaderName::Route).unwrap().iter().map(|r| r.uri.to_string()).collect()
}

#[test]
fn client_reverses_record_route_and_server_keeps_it() {
    let rr = |m: Request| m.with("Record-Route", "<sip:p2;lr>, <sip:p1;lr>");
    let ok = rr(invite()).response(StatusCode::OK, Some("2")).with("Contact", "<sip:bob@[2001:db8::5]:5070>");
    let mut client = Dialog::from_response(&invite(), &ok, &contact()).unwrap();
    let bye = client.request(Method::Bye);
    assert_eq!(routes(&bye), ["sip:p1;lr", "sip:p2;lr"]);
    assert_eq!(bye.uri.to_string(), "sip:bob@[2001:db8::5]:5070");
    assert_eq!(bye.headers.cseq().unwrap().number, 8);
    assert_eq!(bye.headers.to().unwrap().tag(), Some("2"));
    assert!(!bye.headers.has(&HeaderName::Contact));
    let mut server = Dialog::from_request(&rr(invite()), "2", &contact()).unwrap();
    let reinvite = server.request(Method::Invite);
    assert_eq!(routes(&reinvite), ["sip:p2;lr", "sip:p1;lr"]);
    assert_eq!(reinvite.uri.to_string(), "sip:rnd@192.0.2.1");
    assert_eq!(reinvite.headers.contact().unwrap().unwrap(), contact());
    assert_eq!(reinvite.headers.from().unwrap().to_string(), "<sip:b@h>;tag=2");
}

#[test]
fn strict_router_takes_the_request_uri() {
    let request = invite().with("Record-Route", "<sip:strict>, <sip:p1;lr>");
    let server = Dialog::from_request(&request, "2", &contact()).unwrap();
    let ack = server.ack(3);
    assert_eq!(ack.uri.to_string(), "sip:strict");
    assert_eq!(routes(&ack), ["sip:p1;lr", "sip:rnd@192.0.2.1"]);
}

#[test]
fn requests_come_in_order_and_refresh_the_target() {
    let mut server = Dialog::from_request(&invite(), "2", &contact()).unwrap();
    assert_eq!(server.receive(&invite()), Err(StatusCode::SERVER_INTERNAL_ERROR));
    let mut later = invite();
    later.headers.set(HeaderName::CSeq, "9 INVITE");
    later.headers.set(HeaderName::Contact, "<sip:new@192.0.2.2>");
    assert_eq!(server.receive(&later), Ok(()));
    server.refresh_target(&later.headers);
    assert_eq!(server.ack(1).uri.to_string(), "sip:new@192.0.2.2");
    assert_eq!(DialogId::of_request(&later), None);
}

#[test]
fn an_invite_without_contact_makes_no_dialog() {
    let mut request = invite();
    request.headers.remove(&HeaderName::Contact);
    assert!(Dialog::from_request(&request, "2", &contact()).is_err());
}
