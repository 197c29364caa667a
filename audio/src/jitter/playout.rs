//! What a jitter buffer is to others.

use std::time::Instant;

use rtp::packet::InPacket;

/// Figures since the beginning; `buffer_ms` and `target_ms` are of now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlayoutStats {
    /// Packets whose sound had been due already.
    pub late: u64,
    /// Packets that came twice.
    pub duplicates: u64,
    /// Packets that no decoder understands.
    pub refused: u64,
    /// Sound made up, ms.
    pub concealed_ms: u64,
    /// Sound restored from in-band FEC, ms.
    pub fec_ms: u64,
    /// Sound taken out to shorten the delay, ms.
    pub accelerated_ms: u64,
    /// Sound put in to lengthen the delay, ms.
    pub expanded_ms: u64,
    /// Sound that waits, ms.
    pub buffer_ms: u32,
    /// Depth aimed at, ms.
    pub target_ms: u32,
    /// How late sound is heard, compared with the moment at which the fastest packet would have brought it, ms.
    pub depth_ms: u32,
}

/// A jitter buffer with its decoder.
pub trait Playout: Send {
    /// A packet came; [`InPacket::arrival`] says when.
    fn insert(&mut self, packet: &InPacket);

    /// The next 10 ms at [`Playout::sample_rate_hz`], to be heard at `now`.
    fn pull(&mut self, now: Instant, out: &mut [f32]);

    /// Forgets what waits (end of a hold); the figures stay.
    fn restart(&mut self);

    /// Figures.
    fn stats(&self) -> PlayoutStats;

    /// Rate of the sound that is pulled, Hz.
    fn sample_rate_hz(&self) -> u32;
}
