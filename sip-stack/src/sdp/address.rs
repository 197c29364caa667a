//! Addresses of `c=`, `o=` and `a=rtcp`.

use std::fmt;
use std::net::IpAddr;

/// An address of `o=` or `c=`: a number or, rarely, a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// IP address; 0.0.0.0 was once how hold was said.
    Ip(IpAddr),
    /// Domain name.
    Name(String),
}

impl Address {
    /// Reads an address; the multicast suffix `/ttl` is cut off.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.split('/').next().unwrap_or_default().trim();
        match text.parse() {
            Ok(ip) => Some(Self::Ip(ip)),
            Err(_) if text.is_empty() || text.contains(char::is_whitespace) => None,
            Err(_) => Some(Self::Name(text.to_owned())),
        }
    }

    /// The number, if it is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Name(_) => None,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        if self.ip().is_some_and(|ip| ip.is_ipv6()) { "IP6" } else { "IP4" }
    }

    pub(super) fn address_type(&self) -> sdp_types::AddrType {
        if self.ip().is_some_and(|ip| ip.is_ipv6()) { sdp_types::AddrType::Ip6 } else { sdp_types::AddrType::Ip4 }
    }

    pub(super) fn from_line(line: &sdp_types::Connection) -> Option<Self> {
        Self::parse(&line.connection_address)
    }

    pub(super) fn to_line(&self) -> sdp_types::Connection {
        sdp_types::Connection::new(sdp_types::NetType::In, self.address_type(), self)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}
