//! What stands in a ladder diagram, and an answer that is no SIP.

use std::net::SocketAddr;

use sip_stack::message::Message;
use sip_stack::ua::Event;

pub fn note(message: &Message) -> Option<String> {
    let text = String::from_utf8_lossy(message.body()).into_owned();
    let direction = ["sendrecv", "sendonly", "recvonly", "inactive"].into_iter().find(|d| text.contains(d))?;
    Some(format!("  ({direction})"))
}

/// Events without ids that change from run to run.
pub fn show(event: &Event) -> String {
    match event {
        Event::Incoming { .. } => "Incoming".to_owned(),
        Event::Media { media, .. } => {
            let way = match (media.send, media.receive) {
                (true, true) => "both ways",
                (true, false) => "sends only",
                (false, true) => "receives only",
                (false, false) => "silent",
            };
            format!("Media {:?}, {way}", media.codec)
        }
        Event::Ended { cause, status, by, .. } => format!("Ended {cause:?} {} by {by:?}", status.unwrap_or(0)),
        Event::Ringing { status, .. } => format!("Ringing {status}"),
        Event::HeldByRemote { held, .. } => format!("HeldByRemote {held}"),
        Event::HoldRefused { hold, status, .. } => format!("HoldRefused hold={hold} {}", status.unwrap_or(0)),
        Event::Registered { expires_s, .. } => format!("Registered {expires_s} s"),
        Event::RegistrationFailed { cause, status, retry_in, .. } => {
            let next = if retry_in.is_some() { "tries again" } else { "stops" };
            format!("RegistrationFailed {cause:?} {} {next}", status.unwrap_or(0))
        }
        other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_owned(),
    }
}

/// RFC 5389 §15.2 for an IPv4 address.
pub fn binding_success(request: &[u8], mapped: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(mapped) = mapped else { panic!("IPv4 here") };
    let mut answer = [&[1, 1, 0, 12], &request[4..20], &[0, 0x20, 0, 8, 0, 1]].concat();
    let plain = [mapped.port().to_be_bytes().to_vec(), mapped.ip().octets().to_vec()].concat();
    let mask = [0x21, 0x12, 0x21, 0x12, 0xa4, 0x42];
    answer.extend(plain.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    answer
}
