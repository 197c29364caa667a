//! Codecs by the names and numbers of RFC 3551 and RFC 7587; how they sound is none of our business.

/// A codec that this stack offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CodecKind {
    /// Opus, RFC 7587.
    Opus,
    /// G.722, RFC 3551 §4.5.2.
    G722,
    /// G.711 A-law.
    Pcma,
    /// G.711 µ-law.
    Pcmu,
}

impl CodecKind {
    /// All, best first.
    pub const ALL: [Self; 4] = [Self::Opus, Self::G722, Self::Pcma, Self::Pcmu];

    /// Encoding name of rtpmap; compared without case.
    pub const fn encoding(self) -> &'static str {
        match self {
            Self::Opus => "opus",
            Self::G722 => "G722",
            Self::Pcma => "PCMA",
            Self::Pcmu => "PCMU",
        }
    }

    /// RTP clock in Hz. That of G.722 is 8000 by an old error (RFC 3551 §4.5.2).
    pub const fn clock_hz(self) -> u32 {
        match self {
            Self::Opus => 48_000,
            Self::G722 | Self::Pcma | Self::Pcmu => 8_000,
        }
    }

    /// Channels that rtpmap names; Opus always says 2 (RFC 7587 §7).
    pub const fn channels(self) -> u8 {
        match self {
            Self::Opus => 2,
            _ => 1,
        }
    }

    /// Payload type of RFC 3551, if it has one.
    pub const fn static_payload_type(self) -> Option<u8> {
        match self {
            Self::Opus => None,
            Self::G722 => Some(9),
            Self::Pcma => Some(8),
            Self::Pcmu => Some(0),
        }
    }

    /// The codec of an rtpmap.
    pub fn from_encoding(encoding: &str, clock_hz: u32, channels: u8) -> Option<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.encoding().eq_ignore_ascii_case(encoding))?;
        (found.clock_hz() == clock_hz && found.channels() == channels).then_some(found)
    }
}

/// One payload type of a media line with what rtpmap and fmtp say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadFormat {
    /// RTP payload type, 0 to 127.
    pub payload_type: u8,
    /// Encoding name; empty if there is no rtpmap and the type is not static.
    pub encoding: String,
    /// RTP clock in Hz; 0 if unknown.
    pub clock_hz: u32,
    /// Channels.
    pub channels: u8,
    /// Format parameters, raw.
    pub fmtp: Option<String>,
}

impl PayloadFormat {
    /// The format of a codec under this payload type.
    pub fn of(kind: CodecKind, payload_type: u8) -> Self {
        Self {
            payload_type,
            encoding: kind.encoding().to_owned(),
            clock_hz: kind.clock_hz(),
            channels: kind.channels(),
            fmtp: None,
        }
    }

    /// telephone-event (RFC 4733) for events 0 to 15 at this clock.
    pub fn telephone_event(payload_type: u8, clock_hz: u32) -> Self {
        let fmtp = Some("0-15".to_owned());
        Self { payload_type, encoding: "telephone-event".to_owned(), clock_hz, channels: 1, fmtp }
    }

    /// With these format parameters.
    pub fn with_fmtp(mut self, fmtp: &str) -> Self {
        self.fmtp = Some(fmtp.to_owned());
        self
    }

    /// Which of our codecs it is.
    pub fn codec(&self) -> Option<CodecKind> {
        CodecKind::from_encoding(&self.encoding, self.clock_hz, self.channels)
    }

    /// Whether it is telephone-event.
    pub fn is_telephone_event(&self) -> bool {
        self.encoding.eq_ignore_ascii_case("telephone-event")
    }

    /// One `name=value` of the format parameters; names compare without case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.fmtp.as_deref()?.split(';').filter_map(|pair| pair.split_once('='));
        pairs.map(|(n, v)| (n.trim(), v.trim())).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// What RFC 3551 says of a payload type without rtpmap.
    pub(super) fn from_static(payload_type: u8) -> Self {
        let known = CodecKind::ALL.into_iter().find(|kind| kind.static_payload_type() == Some(payload_type));
        known.map_or_else(
            || Self { payload_type, encoding: String::new(), clock_hz: 0, channels: 1, fmtp: None },
            |kind| Self::of(kind, payload_type),
        )
    }

    /// Takes in `encoding/clock[/channels]`.
    pub(super) fn apply_rtpmap(&mut self, map: &str) {
        let mut parts = map.trim().split('/');
        let encoding = parts.next().unwrap_or_default();
        let Some(clock_hz) = parts.next().and_then(|c| c.trim().parse().ok()) else { return };
        self.encoding = encoding.to_owned();
        self.clock_hz = clock_hz;
        self.channels = parts.next().and_then(|c| c.trim().parse().ok()).unwrap_or(1);
    }

    pub(super) fn rtpmap(&self) -> Option<String> {
        if self.encoding.is_empty() {
            return None;
        }
        let Self { payload_type, encoding, clock_hz, channels, .. } = self;
        Some(match channels {
            1 => format!("{payload_type} {encoding}/{clock_hz}"),
            n => format!("{payload_type} {encoding}/{clock_hz}/{n}"),
        })
    }
}
