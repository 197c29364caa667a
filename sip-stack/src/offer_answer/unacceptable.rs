//! Why an offer or an answer fails.

/// Why a description of the peer cannot be agreed to; a request is answered 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// No session description, or one that cannot be read.
    #[error("the body is no session description")]
    Malformed,
    /// No audio line over RTP, or a refused one.
    #[error("no audio over RTP")]
    NoAudio,
    /// No address that media could go to.
    #[error("no usable address for media")]
    Address,
    /// No codec that both sides have.
    #[error("no common codec")]
    NoCommonCodec,
    /// We require SRTP, the peer has none.
    #[error("encryption is required")]
    EncryptionRequired,
    /// The peer requires SRTP, and we have none or no key that we could use.
    #[error("no usable encryption key")]
    EncryptionNotUsable,
    /// The call is encrypted, and the peer would take that away.
    #[error("the call would lose its encryption")]
    Downgrade,
    /// No offer of ours is open.
    #[error("an answer without offer")]
    NoOffer,
}
