//! Random messages: what is printed reads back as it was, and nothing that comes in makes the parser panic.

use proptest::prelude::*;
use sip_stack::message::typed::CSeq;
use sip_stack::message::{
    Headers, Message, Method, NameAddr, Params, Request, Response, SipUri, StatusCode, StreamFramer, Uri, Via,
    ViaTransport, parse,
};

const TOKEN: &str = "[A-Za-z0-9.!%*_+`'~-]{1,12}";
const HOST: &str = "([a-z][a-z0-9-]{0,8}\\.){1,3}[a-z]{2,5}";

fn host() -> impl Strategy<Value = sip_stack::message::Host> {
    prop_oneof![
        HOST.prop_map(|name| name.parse().unwrap()),
        any::<[u8; 4]>().prop_map(|ip| std::net::IpAddr::from(ip).into()),
        any::<[u8; 16]>().prop_map(|ip| std::net::IpAddr::from(ip).into()),
    ]
}

fn params() -> impl Strategy<Value = Params> {
    let value =
        prop::option::of(prop_oneof![TOKEN.prop_map(String::from), "\"[ -!#-\\[\\]-~é]{0,9}\"".prop_map(String::from)]);
    prop::collection::vec((TOKEN, value), 0..4).prop_map(|all| {
        let mut params = Params::new();
        all.iter().for_each(|(name, value)| params.set(name, value.as_deref()));
        params
    })
}

fn uri() -> impl Strategy<Value = Uri> {
    let flag = prop::collection::vec((TOKEN, prop::option::of(TOKEN)), 0..3);
    let sip = (any::<bool>(), prop::option::of(".{1,12}"), host(), prop::option::of(any::<u16>()), flag);
    prop_oneof![
        sip.prop_map(|(sips, user, host, port, flags)| {
            let mut uri = SipUri::new(host).with_port(port);
            uri = user.iter().fold(uri, |uri, user| uri.with_user(user));
            uri.scheme = if sips { sip_stack::message::Scheme::Sips } else { sip_stack::message::Scheme::Sip };
            flags.iter().for_each(|(name, value)| uri.params.set(name, value.as_deref()));
            Uri::Sip(uri)
        }),
        "tel:\\+[0-9]{3,15}(;ext=[0-9]{1,4})?".prop_map(|text| text.parse().unwrap()),
        "[a-z]{3,8}x:[A-Za-z0-9/.]{1,20}".prop_map(|text| text.parse().unwrap()),
    ]
}

fn name_addr() -> impl Strategy<Value = NameAddr> {
    let name = prop::option::of("[^\r\n]{1,20}");
    (name, uri(), params()).prop_map(|(display_name, uri, params)| NameAddr { display_name, uri, params })
}

fn via() -> impl Strategy<Value = Via> {
    let transport =
        prop_oneof![Just(ViaTransport::Udp), Just(ViaTransport::Tls), Just(ViaTransport::Other("XX-1".into()))];
    (transport, host(), prop::option::of(any::<u16>()), params()).prop_map(|(transport, host, port, params)| Via {
        transport,
        host,
        port,
        params,
    })
}

fn headers() -> impl Strategy<Value = Headers> {
    let via = prop::collection::vec(via(), 1..4);
    let others = prop::collection::vec(("X-[A-Za-z]{1,9}", prop::collection::vec(any::<u8>(), 0..40)), 0..6);
    (via, name_addr(), name_addr(), prop::collection::vec(name_addr(), 0..3), 0..1u32 << 31, others).prop_map(
        |(vias, from, to, contacts, number, others)| {
            let mut headers = Headers::new();
            vias.iter().for_each(|via| headers.push("Via", via.to_string()));
            headers.push("From", from.to_string());
            headers.push("To", to.to_string());
            headers.push("Call-ID", "random");
            headers.push("CSeq", CSeq { number, method: Method::Invite }.to_string());
            if !contacts.is_empty() {
                let list: Vec<_> = contacts.iter().map(ToString::to_string).collect();
                headers.push("Contact", list.join(", "));
            }
            others.into_iter().for_each(|(name, value)| headers.push(name.as_str(), value));
            headers
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let body = prop::collection::vec(any::<u8>(), 0..200).prop_map(bytes::Bytes::from);
    let method = prop_oneof![Just(Method::Invite), TOKEN.prop_map(|t| Method::parse(t.as_bytes()).unwrap())];
    prop_oneof![
        (method, uri(), headers(), body.clone()).prop_map(|(method, uri, headers, body)| Message::Request(Request {
            method,
            uri,
            headers,
            body
        })),
        (100..700u16, "[^\\p{Cc}]{0,20}", headers(), body).prop_map(|(code, reason, headers, body)| {
            Message::Response(Response { status: StatusCode::new(code).unwrap(), reason, headers, body })
        }),
    ]
}

proptest! {
    #[test]
    fn typed_values_read_back(uri in uri(), name_addr in name_addr(), via in via()) {
        prop_assert_eq!(Uri::parse(uri.to_string().as_bytes()), Ok(uri));
        prop_assert_eq!(NameAddr::parse(name_addr.to_string().as_bytes()), Ok(name_addr));
        prop_assert_eq!(Via::parse(via.to_string().as_bytes()), Ok(via));
    }

    #[test]
    fn messages_read_back(message in message()) {
        let mut read = parse::datagram(&message.print()).unwrap();
        match &mut read {
            Message::Request(request) => request.headers.remove(&"Content-Length".into()),
            Message::Response(response) => response.headers.remove(&"Content-Length".into()),
        }
        prop_assert_eq!(read, message);
    }

    #[test]
    fn a_stream_gives_back_its_messages(messages in prop::collection::vec(message(), 1..4), step in 1..64usize) {
        let printed: Vec<_> = messages.iter().map(Message::print).collect();
        let mut framer = StreamFramer::new();
        let mut got = Vec::new();
        for part in printed.concat().chunks(step) {
            framer.feed(part);
            while let Some(framed) = framer.take().unwrap() {
                got.push(framed);
            }
        }
        let want: Vec<_> = printed.into_iter().map(sip_stack::message::framer::Framed::Message).collect();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn damaged_messages_never_panic(message in message(), cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = message.print().to_vec();
        for (at, byte) in cuts {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        exercise(&bytes);
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        exercise(&bytes);
    }
}

/// Reads everything that can be read.
pub fn exercise(bytes: &[u8]) {
    let mut framer = StreamFramer::new();
    framer.feed(bytes);
    while let Ok(Some(_)) = framer.take() {}
    if let Ok(message) = parse::datagram(bytes) {
        let headers = message.headers();
        let _ = (headers.vias(), headers.from(), headers.to(), headers.call_id(), headers.cseq(), headers.contacts());
        let _ = (headers.max_forwards(), headers.content_type(), headers.expires(), headers.reasons());
        let _ = sip_stack::auth::Challenge::read_all(headers);
        for header in headers.iter() {
            let _ = (sip_stack::auth::Answer::parse(header.value()), headers.tokens(header.name()));
        }
        // Whatever was accepted is printed as something that is accepted again and means the same.
        let again = parse::datagram(&message.print()).expect("printed messages are well-formed");
        assert_eq!(again.body(), message.body());
        assert_eq!(again.print(), message.print());
    }
    if let Ok(session) = sip_stack::sdp::SessionDescription::parse(bytes) {
        let again =
            sip_stack::sdp::SessionDescription::parse(&session.print()).expect("printed descriptions are well-formed");
        assert_eq!(again.media.len(), session.media.len());
        for ((_, before), (_, after)) in session.audios().zip(again.audios()) {
            assert_eq!(session.ice_of(before), again.ice_of(after));
        }
    }
    let _ = sip_stack::ua::MessageSummary::parse(bytes);
    if let Some(document) = sip_stack::ua::DialogInfo::parse(bytes) {
        assert!(document.dialogs.len() <= 64);
    }
    if let Some(presence) = sip_stack::ua::Presence::parse(bytes) {
        assert!(presence.note.is_none_or(|note| note.len() <= 256));
    }
    if let Ok(uri) = Uri::parse(bytes) {
        assert_eq!(Uri::parse(uri.to_string().as_bytes()).expect("printed URIs are well-formed"), uri);
    }
}
