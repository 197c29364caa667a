//! Where a WebSocket is to be had (RFC 7118 §5, RFC 6455 §3).

use crate::message::{Host, SipUri};
use crate::transport::Transport;

/// What a WebSocket's handshake asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// Value of the Host header: host, and port if one is named.
    pub authority: String,
    /// Path with query, such as `/ws`.
    pub resource: String,
}

/// What is asked for where the account names no path; the usual one of exchanges.
pub(super) const DEFAULT_RESOURCE: &str = "/ws";

/// A WebSocket's URL in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WebUrl {
    pub host: Host,
    pub port: Option<u16>,
    pub resource: String,
}

/// Whether the text is written as a URL of a WebSocket.
pub(super) fn is_web_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.starts_with("ws://") || lower.starts_with("wss://")
}

/// Reads `wss://host:port/path?query`; `None` where it is none, or one of the other transport: `wss` never becomes `ws`.
pub(super) fn read(text: &str, transport: Transport) -> Option<WebUrl> {
    let (scheme, rest) = text.split_once("://")?;
    if !scheme.eq_ignore_ascii_case(transport.via_token()) || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, resource) = rest.split_at(end);
    // RFC 6455 §3: no fragment. A user would be a secret in a place where nobody expects one.
    if authority.contains(['@', ';']) || resource.contains('#') {
        return None;
    }
    let place = SipUri::parse(format!("sip:{authority}").as_bytes()).ok()?;
    let resource = if resource.starts_with('/') { resource.to_owned() } else { format!("/{resource}") };
    Some(WebUrl { host: place.host, port: place.port, resource })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_websockets() {
        let parts = |text| read(text, Transport::Wss).map(|url| (url.host.to_string(), url.port, url.resource));
        for (text, host, port, resource) in [
            ("wss://pbx.example:8089/ws", "pbx.example", Some(8089), "/ws"),
            ("WSS://pbx.example", "pbx.example", None, "/"),
            ("wss://[2001:db8::1]:443/sip?a=1&b=%20", "[2001:db8::1]", Some(443), "/sip?a=1&b=%20"),
            ("wss://pbx.example?a=1", "pbx.example", None, "/?a=1"),
        ] {
            assert_eq!(parts(text), Some((host.to_owned(), port, resource.to_owned())), "{text}");
        }
        for text in [
            "ws://pbx.example/ws",
            "https://pbx.example/ws",
            "wss://",
            "wss://ana:secret@pbx.example/ws",
            "wss://pbx.example/ws#top",
            "wss://pbx.example/a b",
            "wss://pbx.example/\r\nX: y",
            "wss://pbx.example:99999/ws",
            "pbx.example",
        ] {
            assert_eq!(read(text, Transport::Wss), None, "{text}");
        }
    }
}
