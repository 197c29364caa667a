//! Via (RFC 3261 §20.42, rport RFC 3581).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::param::Params;
use super::scan;
use super::uri::{Host, parse_hostport};
use super::value::ValueError;

/// What a branch begins with when RFC 3261 made it (§8.1.1.7).
pub const MAGIC_COOKIE: &str = "z9hG4bK";

/// Transport of a Via.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ViaTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// SCTP.
    Sctp,
    /// WebSocket (RFC 7118).
    Ws,
    /// Secure WebSocket (RFC 7118).
    Wss,
    /// Any other token.
    Other(Box<str>),
}

/// One Via value: `SIP/2.0/UDP host:port;branch=…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Via {
    /// Transport.
    pub transport: ViaTransport,
    /// Host of sent-by.
    pub host: Host,
    /// Port of sent-by, if it is written.
    pub port: Option<u16>,
    /// `branch`, `received`, `rport` …
    pub params: Params,
}

impl Via {
    /// A Via of our own: with this branch, asking for `rport`.
    pub fn new(transport: ViaTransport, host: Host, port: Option<u16>, branch: &str) -> Self {
        let mut params = Params::new();
        params.set("branch", Some(branch));
        params.set("rport", None);
        Self { transport, host, port, params }
    }

    /// Reads one value.
    ///
    /// # Errors
    /// [`ValueError`] of the part that is wrong; [`ValueError::Protocol`] for another protocol or version.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let (name, rest) = scan::split_once(bytes, b'/').ok_or(ValueError::Protocol)?;
        let (version, rest) = scan::split_once(rest, b'/').ok_or(ValueError::Protocol)?;
        if !scan::trim(name).eq_ignore_ascii_case(b"SIP") || scan::trim(version) != b"2.0" {
            return Err(ValueError::Protocol);
        }
        let rest = scan::trim(rest);
        let end = rest.iter().position(|b| scan::is_lws(*b)).ok_or(ValueError::Protocol)?;
        let transport = ViaTransport::parse(&rest[..end])?;
        let rest = scan::trim(&rest[end..]);
        let end = rest.iter().position(|b| *b == b';').unwrap_or(rest.len());
        let (host, port) = parse_hostport(scan::trim_end(&rest[..end]))?;
        Ok(Self { transport, host, port, params: Params::parse(&rest[end..])? })
    }

    /// The branch, whoever made it.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// The branch if it identifies a transaction by itself: the cookie and at least one character more.
    pub fn rfc3261_branch(&self) -> Option<&str> {
        // RFC 3261 §8.1.1.7; RFC 4475 §3.2.1: the bare cookie is no identifier.
        self.branch().filter(|b| b.len() > MAGIC_COOKIE.len() && b.starts_with(MAGIC_COOKIE))
    }

    /// Where the request came from, as the next hop saw it. IPv6 may stand in brackets or not.
    pub fn received(&self) -> Option<IpAddr> {
        let text = self.params.get("received")?;
        text.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// Whether `rport` is asked for or filled in.
    pub fn has_rport(&self) -> bool {
        self.params.has("rport")
    }

    /// The port that `rport` holds, if it is filled in.
    pub fn rport(&self) -> Option<u16> {
        self.params.get("rport")?.parse().ok()
    }

    /// Notes where the request came from: `received` if the host differs or rport was asked for (RFC 3261 §18.2.1,
    /// RFC 3581 §4).
    pub fn observe(&mut self, source: SocketAddr) {
        let asked = self.has_rport();
        if asked {
            self.params.set("rport", Some(&source.port().to_string()));
        }
        if asked || self.host.ip() != Some(source.ip()) {
            self.params.set("received", Some(&source.ip().to_string()));
        } else {
            self.params.remove("received");
        }
    }
}

impl ViaTransport {
    fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let known = [
            ("UDP", Self::Udp),
            ("TCP", Self::Tcp),
            ("TLS", Self::Tls),
            ("SCTP", Self::Sctp),
            ("WS", Self::Ws),
            ("WSS", Self::Wss),
        ];
        if let Some((_, transport)) = known.into_iter().find(|(name, _)| bytes.eq_ignore_ascii_case(name.as_bytes())) {
            return Ok(transport);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if scan::is_token(bytes) => Ok(Self::Other(text.into())),
            _ => Err(ValueError::Protocol),
        }
    }

    /// As it stands in the header.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Sctp => "SCTP",
            Self::Ws => "WS",
            Self::Wss => "WSS",
            Self::Other(name) => name,
        }
    }

    /// Whether the transport itself delivers in order and whole (no retransmissions by SIP).
    pub fn is_reliable(&self) -> bool {
        !matches!(self, Self::Udp)
    }
}

impl fmt::Display for ViaTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}", self.transport, self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Via {
        Via::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn white_space_everywhere() {
        let via = parse("SIP  / 2.0  / TCP     spindle.example.com : 5070  ;\r\n  branch  =   z9hG4bK9ikj8 ");
        assert_eq!(via.to_string(), "SIP/2.0/TCP spindle.example.com:5070;branch=z9hG4bK9ikj8");
        assert_eq!(via.rfc3261_branch(), Some("z9hG4bK9ikj8"));
    }

    #[test]
    fn ipv6_and_unknown_transport() {
        let via = parse("SIP/2.0/DTLS-UDP [2001:db8::9:1]:5061;received=2001:db8::9:255;rport");
        assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()));
        assert_eq!(via.transport, ViaTransport::Other("DTLS-UDP".into()));
        assert!(via.has_rport() && via.rport().is_none());
    }

    #[test]
    fn malformed_ones_are_refused() {
        for text in [
            "",
            "SIP/2.0/UDP",
            "SIP/7.0/UDP h",
            "HTTP/2.0/UDP h",
            "SIP/2.0/UDP 192.0.2.15;;",
            "SIP/2.0/UDP a b",
            "SIP/2.0/U@ h",
        ] {
            assert!(Via::parse(text.as_bytes()).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn observation_fills_rport_and_received() {
        let mut via = parse("SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport");
        via.observe("192.0.2.7:4711".parse().unwrap());
        assert_eq!((via.received(), via.rport()), (Some("192.0.2.7".parse().unwrap()), Some(4711)));
        let mut same = parse("SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKx;received=1.2.3.4");
        same.observe("192.0.2.7:4711".parse().unwrap());
        assert_eq!(same.params.get("received"), None);
    }
}
