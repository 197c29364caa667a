//! The description as a whole.

use std::net::IpAddr;

use super::address::Address;
use super::fingerprint::{Fingerprint, Setup};
use super::ice::IceDescription;
use super::media::{AudioMedia, Direction, OtherMedia};

/// A description with more media lines is refused.
pub const MAX_MEDIA: usize = 32;
/// A description larger than this is refused, in bytes.
const MAX_BYTES: usize = 32_768;

/// Why a description cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// Not the syntax of RFC 8866.
    #[error("malformed session description: {0}")]
    Syntax(String),
    /// Larger than the limits.
    #[error("session description too large")]
    TooLarge,
}

/// `o=`: who wrote the description and which version of it this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User name; `-` for none.
    pub username: String,
    /// Session id: digits, as text because others write more than 64 bits.
    pub session_id: String,
    /// Version; grows by one with every change (RFC 3264 §8).
    pub version: u64,
    /// Address.
    pub address: Address,
}

/// One media line.
// Audio is what nearly every line is; a box would only move it.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Media {
    /// Audio over RTP.
    Audio(AudioMedia),
    /// Anything else.
    Other(OtherMedia),
}

/// A session description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// `o=`.
    pub origin: Origin,
    /// `s=`.
    pub name: String,
    /// `c=` of the session.
    pub connection: Option<Address>,
    /// Direction of the session, for media without their own.
    pub direction: Option<Direction>,
    /// Other attributes of the session: name and value.
    pub attributes: Vec<(String, Option<String>)>,
    /// Media lines, in order; an answer has the same number in the same order (RFC 3264 §6).
    pub media: Vec<Media>,
}

impl SessionDescription {
    /// A description of our own with one connection address and no media yet.
    pub fn new(session_id: u64, version: u64, address: IpAddr) -> Self {
        let address = Address::Ip(address);
        Self {
            origin: Origin {
                username: "-".to_owned(),
                session_id: session_id.to_string(),
                version,
                address: address.clone(),
            },
            name: "-".to_owned(),
            connection: Some(address),
            direction: None,
            attributes: Vec::new(),
            media: Vec::new(),
        }
    }

    /// Reads a description.
    ///
    /// # Errors
    /// [`SdpError`]. An attribute that cannot be read is left out or kept raw; it is no error.
    pub fn parse(bytes: &[u8]) -> Result<Self, SdpError> {
        if bytes.len() > MAX_BYTES {
            return Err(SdpError::TooLarge);
        }
        let session = sdp_types::Session::parse(bytes).map_err(|e| SdpError::Syntax(e.to_string()))?;
        if session.medias.len() > MAX_MEDIA {
            return Err(SdpError::TooLarge);
        }
        Ok(Self::from_lines(&session))
    }

    /// As bytes.
    pub fn print(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        // Writing to a Vec cannot fail.
        let _ = self.to_lines().write(&mut out);
        out
    }

    /// The first audio line that is in use, with its place among the media lines.
    pub fn audio(&self) -> Option<(usize, &AudioMedia)> {
        let in_use = self.audios().find(|(_, audio)| audio.port != 0);
        in_use.or_else(|| self.audios().next())
    }

    /// All audio lines with their places.
    pub fn audios(&self) -> impl Iterator<Item = (usize, &AudioMedia)> {
        self.media.iter().enumerate().filter_map(|(at, media)| match media {
            Media::Audio(audio) => Some((at, audio)),
            Media::Other(_) => None,
        })
    }

    /// Address that media of this line goes to: its own or that of the session.
    pub fn address_of<'a>(&'a self, audio: &'a AudioMedia) -> Option<&'a Address> {
        audio.connection.as_ref().or(self.connection.as_ref())
    }

    /// Direction of this line: its own or that of the session.
    pub fn direction_of(&self, audio: &AudioMedia) -> Direction {
        audio.direction.or(self.direction).unwrap_or_default()
    }

    /// Certificates that DTLS of this line may show: its own or those of the session (RFC 8122 §5).
    pub fn fingerprints_of(&self, audio: &AudioMedia) -> Vec<Fingerprint> {
        if audio.fingerprints.is_empty() {
            self.values_of("fingerprint").filter_map(Fingerprint::parse).collect()
        } else {
            audio.fingerprints.clone()
        }
    }

    /// Who begins DTLS of this line: its own word or that of the session (RFC 4145 §4).
    pub fn setup_of(&self, audio: &AudioMedia) -> Option<Setup> {
        audio.setup.or_else(|| self.values_of("setup").find_map(Setup::parse))
    }

    /// What this line says of ICE: its own credentials or those of the session; `None` if there are none.
    pub fn ice_of(&self, audio: &AudioMedia) -> Option<IceDescription> {
        let ufrag = audio.ice_ufrag.as_deref().or_else(|| self.values_of("ice-ufrag").next())?;
        let pwd = audio.ice_pwd.as_deref().or_else(|| self.values_of("ice-pwd").next())?;
        let lite = self.attributes.iter().any(|(name, _)| name == "ice-lite");
        IceDescription::new(ufrag, pwd, lite, audio.candidates.clone())
    }

    fn values_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.attributes.iter().filter(move |(known, _)| known == name).filter_map(|(_, value)| value.as_deref())
    }

    fn from_lines(session: &sdp_types::Session) -> Self {
        let mut direction = None;
        let mut attributes = Vec::new();
        for attribute in &session.attributes {
            match (Direction::parse(&attribute.attribute), &attribute.value) {
                (Some(found), None) => direction = Some(found),
                _ => attributes.push((attribute.attribute.clone(), attribute.value.clone())),
            }
        }
        let media = |media: &sdp_types::Media| {
            AudioMedia::from_lines(media).map_or_else(|| Media::Other(OtherMedia::from_lines(media)), Media::Audio)
        };
        let origin = &session.origin;
        Self {
            origin: Origin {
                username: origin.username.clone().unwrap_or_else(|| "-".to_owned()),
                session_id: origin.sess_id.clone(),
                version: origin.sess_version,
                address: Address::parse(&origin.unicast_address).unwrap_or_else(|| Address::Name("-".to_owned())),
            },
            name: session.session_name.clone(),
            connection: session.connection.as_ref().and_then(Address::from_line),
            direction,
            attributes,
            media: session.medias.iter().map(media).collect(),
        }
    }

    fn to_lines(&self) -> sdp_types::Session {
        let Origin { username, session_id, version, address } = &self.origin;
        let origin = sdp_types::Origin {
            username: Some(username.clone()),
            sess_id: session_id.clone(),
            sess_version: *version,
            nettype: sdp_types::NetType::In,
            addrtype: address.address_type(),
            unicast_address: address.to_string(),
        };
        let mut session = sdp_types::Session::new(origin, &self.name);
        session.connection = self.connection.as_ref().map(Address::to_line);
        session.times = vec![sdp_types::Time::new(0, 0)];
        let attribute = |(name, value): &(String, Option<String>)| match value {
            Some(value) => sdp_types::Attribute::with_value(name, value),
            None => sdp_types::Attribute::new(name),
        };
        session.attributes = self.attributes.iter().map(attribute).collect();
        session.attributes.extend(self.direction.map(|d| sdp_types::Attribute::new(d.as_str())));
        let media = |media: &Media| match media {
            Media::Audio(audio) => audio.to_lines(),
            Media::Other(other) => other.to_lines(),
        };
        session.medias = self.media.iter().map(media).collect();
        session
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
