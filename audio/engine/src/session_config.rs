//! What a session is opened with.

use std::sync::Arc;

use audio::codec::{CodecKind, OpusSettings};

/// Names a session; chosen by the caller, never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// Called by the voice thread after it has put packets into a ring; must be cheap and must not block.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What was negotiated for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// Codec that is sent. Static payload types of the other codecs are understood too when they come.
    pub codec: CodecKind,
    /// Payload type that is sent.
    pub payload_type: u8,
    /// Payload type of telephone-event that is sent; none = the far end takes no DTMF.
    pub dtmf_payload_type: Option<u8>,
    /// Payload type of telephone-event that comes, when it is another one; what is sent is understood in any case.
    pub receive_dtmf_payload_type: Option<u8>,
    /// Sound in a packet, ms: a multiple of 10, 10 to 60.
    pub ptime_ms: u32,
    /// For Opus only.
    pub opus: OpusSettings,
    /// Packets are sent.
    pub send: bool,
    /// What comes is heard.
    pub receive: bool,
    /// The call is answered already; else [`crate::EngineHandle::answered`] says when.
    pub answered: bool,
}

impl SessionConfig {
    /// 20 ms both ways, not answered, without DTMF.
    pub fn new(codec: CodecKind, payload_type: u8) -> Self {
        Self {
            codec,
            payload_type,
            dtmf_payload_type: None,
            receive_dtmf_payload_type: None,
            ptime_ms: 20,
            opus: OpusSettings::default(),
            send: true,
            receive: true,
            answered: false,
        }
    }
}
