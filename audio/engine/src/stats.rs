//! Figures of a session, as of the last 10 ms.

/// Figures of a session since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SessionStats {
    /// Packets taken from the ring.
    pub received: u64,
    /// Packets put into the ring.
    pub sent: u64,
    /// Packets that came after their sound was due.
    pub late: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Sound that was made up because its packet was lost or late, ms.
    pub concealed_ms: u64,
    /// Lost sound that was restored from in-band FEC, ms.
    pub fec_ms: u64,
    /// Sound that waits in the jitter buffer, ms.
    pub buffer_ms: u32,
    /// Depth that the jitter buffer aims at, ms.
    pub target_ms: u32,
    /// Sound taken out to make the delay shorter, ms.
    pub accelerated_ms: u64,
    /// Sound added to make the delay longer, ms.
    pub expanded_ms: u64,
    /// Packets that could not be decoded or were of an unknown payload type.
    pub refused: u64,
}

/// Loudness of the last 100 ms, dBFS: 0 is a full-scale sine, −100 is silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// What is sent (or the meter outside a call hears).
    pub microphone_dbfs: f32,
    /// What the far end sends.
    pub remote_dbfs: f32,
}

impl Levels {
    /// Silence both ways.
    pub const SILENT: Self = Self { microphone_dbfs: -100.0, remote_dbfs: -100.0 };
}
