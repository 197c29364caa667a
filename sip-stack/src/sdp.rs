//! Session descriptions (RFC 8866) as audio calls use them: typed audio media over the syntax of `sdp-types`.
//!
//! ```text
//! bytes ──sdp-types──► lines ──SessionDescription::parse──► typed audio + everything else kept by name
//! bytes ◄──────────────────── SessionDescription::print ──┘
//! ```
//! What an offer or an answer must say is not decided here, see `offer_answer`.

mod address;
mod codec;
mod crypto;
mod fingerprint;
mod ice;
mod media;
mod session;

pub use address::Address;
pub use codec::{CodecKind, PayloadFormat};
pub use crypto::{Crypto, CryptoSuite};
pub use fingerprint::{Fingerprint, FingerprintHash, Setup};
pub use ice::{Candidate, CandidateKind, IceDescription};
pub use media::{AudioMedia, Direction, OtherMedia, Protocol, Rtcp};
pub use session::{MAX_MEDIA, Media, Origin, SdpError, SessionDescription};

/// The body type of a session description.
pub const CONTENT_TYPE: &str = "application/sdp";
