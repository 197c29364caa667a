//! rsip as a second opinion: every message that both accept must mean the same.

use rsip::headers::{ToTypedHeader as _, UntypedHeader as _};
use rsip::message::HeadersExt as _;
use sip_stack::message::{Message, NameAddr, Via, parse, validate};

use crate::corpus;

/// What a message says, in words that both parsers can be brought to.
#[derive(Debug, PartialEq)]
struct Meaning {
    start: String,
    via: Option<(String, String, Option<String>)>,
    from: Option<(String, Option<String>)>,
    to: Option<(String, Option<String>)>,
    call_id: String,
    cseq: (u32, String),
    contacts: Vec<String>,
    body: Vec<u8>,
}

fn ours(bytes: &[u8]) -> Option<Meaning> {
    let message = parse::datagram(bytes).ok()?;
    let start = match &message {
        Message::Request(request) => {
            validate::form(request).ok()?;
            format!("{} {}", request.method, request.uri)
        }
        Message::Response(response) => {
            validate::response(response).ok()?;
            response.status.to_string()
        }
    };
    let headers = message.headers();
    let address = |value: NameAddr| (value.uri.to_string(), value.tag().map(str::to_owned));
    let via = |via: Via| (via.transport.to_string(), sent_by(&via), via.branch().map(str::to_owned));
    let cseq = headers.cseq().ok()?;
    Some(Meaning {
        start,
        via: headers.top_via().ok().map(via),
        from: headers.from().ok().map(address),
        to: headers.to().ok().map(address),
        call_id: headers.call_id().ok()?.to_owned(),
        cseq: (cseq.number, cseq.method.to_string()),
        contacts: headers.addresses(&"Contact".into()).ok()?.iter().map(|c| c.uri.to_string()).collect(),
        body: message.body().to_vec(),
    })
}

fn sent_by(via: &Via) -> String {
    via.port.map_or_else(|| via.host.to_string(), |port| format!("{}:{port}", via.host))
}

fn rsips(bytes: &[u8]) -> Option<Meaning> {
    let message = rsip::SipMessage::try_from(bytes).ok()?;
    let start = match &message {
        rsip::SipMessage::Request(request) => format!("{} {}", request.method(), request.uri()),
        rsip::SipMessage::Response(response) => response.status_code().code().to_string(),
    };
    let via = message.via_header().ok()?.typed().ok()?;
    let from = message.from_header().ok()?.typed().ok()?;
    let to = message.to_header().ok()?.typed().ok()?;
    let cseq = message.cseq_header().ok()?.typed().ok()?;
    let contact = message.contact_header().ok().map(|contact| contact.typed()).transpose().ok()?;
    Some(Meaning {
        start,
        via: Some((via.transport.to_string(), via.uri.to_string(), via.branch().map(ToString::to_string))),
        from: Some((from.uri.to_string(), from.tag().map(ToString::to_string))),
        to: Some((to.uri.to_string(), to.tag().map(ToString::to_string))),
        call_id: message.call_id_header().ok()?.value().to_owned(),
        cseq: (cseq.seq, cseq.method.to_string()),
        contacts: contact.into_iter().map(|contact| contact.uri.to_string()).collect(),
        body: message.body().clone(),
    })
}

/// Brought to what rsip can say: it reads the first Contact only, none under its compact name, writes known values of
/// `transport` in capitals, drops the headers of a URI, and takes the body without regard to Content-Length.
fn comparable(mut ours: Meaning, mut other: Meaning) -> (Meaning, Meaning) {
    ours.contacts.truncate(other.contacts.len());
    for contact in ours.contacts.iter_mut().chain(&mut other.contacts) {
        *contact = contact.split('?').next().unwrap_or_default().replace("transport=UDP", "transport=udp");
    }
    if other.body.starts_with(&ours.body) {
        other.body.truncate(ours.body.len());
    }
    (ours, other)
}

#[test]
fn what_both_accept_means_the_same() {
    let field = corpus::FIELD.iter().map(|(name, text)| (*name, text.as_bytes()));
    let mut table = String::from("message           ours    rsip\n");
    let mut both = 0;
    let mut different = Vec::new();
    for (name, bytes) in corpus::RFC4475.iter().copied().chain(field) {
        let (ours, rsip) = (ours(bytes), rsips(bytes));
        let word = |meaning: &Option<Meaning>| if meaning.is_some() { "accept" } else { "refuse" };
        table.push_str(&format!("{name:16}  {}  {}\n", word(&ours), word(&rsip)));
        if let (Some(ours), Some(rsip)) = (ours, rsip) {
            both += 1;
            let (ours, rsip) = comparable(ours, rsip);
            if ours != rsip {
                different.push(format!("{name}:\n  ours {ours:?}\n  rsip {rsip:?}"));
            }
        }
    }
    eprintln!("{table}{both} accepted by both");
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(both >= 9, "only {both} messages were compared");
}

#[test]
fn every_message_from_the_field_is_accepted_here() {
    for (name, text) in corpus::FIELD {
        assert!(ours(text.as_bytes()).is_some(), "{name}: {:?}", parse::datagram(text.as_bytes()));
    }
}

#[test]
fn rsip_accepts_fewer_of_the_valid_torture_messages() {
    let valid = &corpus::RFC4475[..corpus::VALID];
    assert!(valid.iter().all(|(_, bytes)| ours(bytes).is_some()));
    let theirs = valid.iter().filter(|(_, bytes)| rsips(bytes).is_some()).count();
    eprintln!("rsip accepts {theirs} of the {} valid messages with five typed headers", valid.len());
    assert!(theirs < valid.len());
}
