//! One `m=` line with its attributes.

use super::address::Address;
use super::codec::{CodecKind, PayloadFormat};
use super::crypto::Crypto;
use super::fingerprint::{Fingerprint, Setup};
use super::ice::{Candidate, MAX_CANDIDATES};

/// Which way media flows, seen from who wrote the description (RFC 3264 §5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Both ways; what no attribute means.
    #[default]
    SendRecv,
    /// The writer only sends.
    SendOnly,
    /// The writer only receives.
    RecvOnly,
    /// Neither.
    Inactive,
}

impl Direction {
    /// From who sends and receives.
    pub const fn new(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// The writer sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    /// The writer receives.
    pub const fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other side.
    pub const fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// Attribute name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    pub(super) fn parse(attribute: &str) -> Option<Self> {
        [Self::SendRecv, Self::SendOnly, Self::RecvOnly, Self::Inactive].into_iter().find(|d| d.as_str() == attribute)
    }
}

/// Transport of a media line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `RTP/AVP`: in the clear.
    RtpAvp,
    /// `RTP/SAVP`: SRTP.
    RtpSavp,
    /// `RTP/AVPF`: in the clear, with feedback (RFC 4585).
    RtpAvpf,
    /// `RTP/SAVPF`: SRTP with feedback (RFC 5124).
    RtpSavpf,
    /// `UDP/TLS/RTP/SAVP`: SRTP with keys by DTLS (RFC 5764).
    DtlsSavp,
    /// `UDP/TLS/RTP/SAVPF`: the same with feedback.
    DtlsSavpf,
    /// Anything else.
    Other(String),
}

impl Protocol {
    /// As in the media line.
    pub fn as_str(&self) -> &str {
        match self {
            Self::RtpAvp => "RTP/AVP",
            Self::RtpSavp => "RTP/SAVP",
            Self::RtpAvpf => "RTP/AVPF",
            Self::RtpSavpf => "RTP/SAVPF",
            Self::DtlsSavp => "UDP/TLS/RTP/SAVP",
            Self::DtlsSavpf => "UDP/TLS/RTP/SAVPF",
            Self::Other(name) => name,
        }
    }

    /// Whether media is SRTP by the protocol itself.
    pub fn is_secure(&self) -> bool {
        matches!(self, Self::RtpSavp | Self::RtpSavpf) || self.is_dtls()
    }

    /// Whether keys come by DTLS by the protocol itself.
    pub fn is_dtls(&self) -> bool {
        matches!(self, Self::DtlsSavp | Self::DtlsSavpf)
    }

    pub(super) fn parse(name: &str) -> Self {
        let known = [Self::RtpAvp, Self::RtpSavp, Self::RtpAvpf, Self::RtpSavpf, Self::DtlsSavp, Self::DtlsSavpf];
        known.into_iter().find(|p| p.as_str() == name).unwrap_or_else(|| Self::Other(name.to_owned()))
    }
}

/// `a=rtcp` (RFC 3605).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// Port.
    pub port: u16,
    /// Address, if it differs from that of RTP.
    pub address: Option<Address>,
}

/// An `m=audio` line over RTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioMedia {
    /// RTP port; 0 refuses the media or takes it away.
    pub port: u16,
    /// Transport.
    pub protocol: Protocol,
    /// `c=` of this media; none means that of the session.
    pub connection: Option<Address>,
    /// Payload types in the order of preference of who wrote them.
    pub formats: Vec<PayloadFormat>,
    /// Wished packet length in ms.
    pub ptime_ms: Option<u32>,
    /// Longest packet length in ms.
    pub maxptime_ms: Option<u32>,
    /// Direction; none means that of the session.
    pub direction: Option<Direction>,
    /// Where RTCP goes, if not to the next port.
    pub rtcp: Option<Rtcp>,
    /// RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// SRTP keys, in the order of preference.
    pub crypto: Vec<Crypto>,
    /// Certificates that DTLS may show; none means those of the session.
    pub fingerprints: Vec<Fingerprint>,
    /// Who begins DTLS; none means that of the session.
    pub setup: Option<Setup>,
    /// Credentials of ICE, user fragment and password; none means those of the session.
    pub ice_ufrag: Option<String>,
    /// See [`Self::ice_ufrag`].
    pub ice_pwd: Option<String>,
    /// Where this media may be reached (RFC 8839).
    pub candidates: Vec<Candidate>,
    /// All other attributes: name and value.
    pub attributes: Vec<(String, Option<String>)>,
}

impl AudioMedia {
    /// Audio on this port without formats.
    pub fn new(port: u16, protocol: Protocol) -> Self {
        Self {
            port,
            protocol,
            connection: None,
            formats: Vec::new(),
            ptime_ms: None,
            maxptime_ms: None,
            direction: None,
            rtcp: None,
            rtcp_mux: false,
            crypto: Vec::new(),
            fingerprints: Vec::new(),
            setup: None,
            ice_ufrag: None,
            ice_pwd: None,
            candidates: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// The format of a codec.
    pub fn format_of(&self, kind: CodecKind) -> Option<&PayloadFormat> {
        self.formats.iter().find(|format| format.codec() == Some(kind))
    }

    /// The telephone-event format with the clock of the codec in use (RFC 4733 §2.1), or else the first there is.
    pub fn telephone_event(&self, clock_hz: u32) -> Option<&PayloadFormat> {
        let mut events = self.formats.iter().filter(|format| format.is_telephone_event());
        let first = events.next()?;
        std::iter::once(first).chain(events).find(|format| format.clock_hz == clock_hz).or(Some(first))
    }

    pub(super) fn from_lines(media: &sdp_types::Media) -> Option<Self> {
        let protocol = Protocol::parse(&media.proto);
        if media.media != "audio" || matches!(protocol, Protocol::Other(_)) {
            return None;
        }
        let mut audio = Self::new(media.port, protocol);
        audio.connection = media.connections.first().and_then(Address::from_line);
        audio.formats = media
            .fmt
            .split_ascii_whitespace()
            .filter_map(|word| word.parse().ok().filter(|pt| *pt < 128))
            .map(PayloadFormat::from_static)
            .collect();
        for attribute in &media.attributes {
            audio.take_attribute(&attribute.attribute, attribute.value.as_deref());
        }
        Some(audio)
    }

    fn take_attribute(&mut self, name: &str, value: Option<&str>) {
        let about = |value: &str| {
            let (payload_type, rest) = value.trim_start().split_once(' ')?;
            Some((payload_type.parse::<u8>().ok()?, rest.trim().to_owned()))
        };
        match (name, value) {
            ("rtpmap", Some(value)) => {
                if let Some((payload_type, map)) = about(value) {
                    self.with_format(payload_type, |format| format.apply_rtpmap(&map));
                }
            }
            ("fmtp", Some(value)) => {
                if let Some((payload_type, fmtp)) = about(value) {
                    self.with_format(payload_type, |format| format.fmtp = Some(fmtp));
                }
            }
            ("ptime", Some(value)) => self.ptime_ms = milliseconds(value),
            ("maxptime", Some(value)) => self.maxptime_ms = milliseconds(value),
            ("rtcp", Some(value)) => self.rtcp = Rtcp::parse(value),
            ("rtcp-mux", None) => self.rtcp_mux = true,
            ("crypto", Some(value)) => self.crypto.extend(Crypto::parse(value)),
            ("fingerprint", Some(value)) => self.fingerprints.extend(Fingerprint::parse(value)),
            ("setup", Some(value)) => self.setup = Setup::parse(value),
            ("ice-ufrag", Some(value)) => self.ice_ufrag = Some(value.to_owned()),
            ("ice-pwd", Some(value)) => self.ice_pwd = Some(value.to_owned()),
            ("candidate", Some(value)) => {
                if self.candidates.len() < MAX_CANDIDATES {
                    self.candidates.extend(Candidate::parse(value));
                }
            }
            (name, value) => match (Direction::parse(name), value) {
                (Some(direction), None) => self.direction = Some(direction),
                _ => self.attributes.push((name.to_owned(), value.map(str::to_owned))),
            },
        }
    }

    fn with_format(&mut self, payload_type: u8, change: impl FnOnce(&mut PayloadFormat)) {
        if let Some(format) = self.formats.iter_mut().find(|f| f.payload_type == payload_type) {
            change(format);
        }
    }

    pub(super) fn to_lines(&self) -> sdp_types::Media {
        let fmt: Vec<_> = self.formats.iter().map(|f| f.payload_type.to_string()).collect();
        // RFC 8866 §5.14: a media line has at least one format, also when it is refused.
        let fmt = if fmt.is_empty() { "0".to_owned() } else { fmt.join(" ") };
        sdp_types::Media {
            media: "audio".to_owned(),
            port: self.port,
            num_ports: None,
            proto: self.protocol.as_str().to_owned(),
            fmt,
            media_title: None,
            connections: self.connection.iter().map(Address::to_line).collect(),
            bandwidths: Vec::new(),
            key: None,
            attributes: self.attribute_lines(),
        }
    }

    fn attribute_lines(&self) -> Vec<sdp_types::Attribute> {
        let with = |name: &str, value: String| sdp_types::Attribute::with_value(name, value);
        let mut lines = Vec::new();
        for format in &self.formats {
            lines.extend(format.rtpmap().map(|map| with("rtpmap", map)));
            lines.extend(format.fmtp.as_ref().map(|fmtp| with("fmtp", format!("{} {fmtp}", format.payload_type))));
        }
        lines.extend(self.ptime_ms.map(|ms| with("ptime", ms.to_string())));
        lines.extend(self.maxptime_ms.map(|ms| with("maxptime", ms.to_string())));
        lines.extend(self.rtcp.as_ref().map(|rtcp| with("rtcp", rtcp.print())));
        if self.rtcp_mux {
            lines.push(sdp_types::Attribute::new("rtcp-mux"));
        }
        lines.extend(self.crypto.iter().map(|crypto| with("crypto", crypto.print())));
        lines.extend(self.fingerprints.iter().map(|fingerprint| with("fingerprint", fingerprint.to_string())));
        lines.extend(self.setup.map(|setup| with("setup", setup.as_str().to_owned())));
        lines.extend(self.ice_ufrag.as_ref().map(|ufrag| with("ice-ufrag", ufrag.clone())));
        lines.extend(self.ice_pwd.as_ref().map(|pwd| with("ice-pwd", pwd.clone())));
        lines.extend(self.candidates.iter().map(|candidate| with("candidate", candidate.to_string())));
        let other = |(name, value): &(String, Option<String>)| match value {
            Some(value) => with(name, value.clone()),
            None => sdp_types::Attribute::new(name),
        };
        lines.extend(self.attributes.iter().map(other));
        lines.extend(self.direction.map(|direction| sdp_types::Attribute::new(direction.as_str())));
        lines
    }
}

impl Rtcp {
    fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let port = words.next()?.parse().ok()?;
        // `IN IP4 address`
        let address = words.nth(2).and_then(Address::parse);
        Some(Self { port, address })
    }

    fn print(&self) -> String {
        match &self.address {
            Some(address) => format!("{} IN {} {address}", self.port, address.kind()),
            None => self.port.to_string(),
        }
    }
}

/// A packet length in ms; a fraction, as some gateways send it, is cut off.
fn milliseconds(value: &str) -> Option<u32> {
    value.trim().split('.').next()?.parse().ok()
}

/// A media line that is not audio over RTP: kept, so that an answer can refuse it in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherMedia {
    /// `video`, `application` …
    pub media: String,
    /// Port; 0 when refused.
    pub port: u16,
    /// Transport as written.
    pub protocol: String,
    /// Formats as written.
    pub formats: String,
}

impl OtherMedia {
    /// The same line with port 0 (RFC 3264 §6).
    pub fn refused(&self) -> Self {
        Self { port: 0, ..self.clone() }
    }

    pub(super) fn from_lines(media: &sdp_types::Media) -> Self {
        Self { media: media.media.clone(), port: media.port, protocol: media.proto.clone(), formats: media.fmt.clone() }
    }

    pub(super) fn to_lines(&self) -> sdp_types::Media {
        sdp_types::Media {
            media: self.media.clone(),
            port: self.port,
            num_ports: None,
            proto: self.protocol.clone(),
            fmt: self.formats.clone(),
            media_title: None,
            connections: Vec::new(),
            bandwidths: Vec::new(),
            key: None,
            attributes: Vec::new(),
        }
    }
}
