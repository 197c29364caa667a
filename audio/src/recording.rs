//! Recordings of calls: two channels at 48 kHz, the agent on the left and the other side on the right.
//!
//! ```text
//!   blocks of 10 ms ─► Composer ─► bytes of a file      file ─► Player ─► blocks of 20 ms
//! ```
//! Opus stands in Ogg (RFC 7845), a page for each second; WAV is 16 bit at 16 kHz. What was handed out by [`Composer::take`] can be
//! played, whatever becomes of the rest. Nothing here knows of files: [`Player`] reads from anything that can be read and sought in.

mod compose;
mod peaks;
mod play;
mod wav;

pub use compose::Composer;
pub use peaks::Peaks;
pub use play::Player;
pub use wav::WavHead;

use crate::codec::CodecError;

/// Rate at which sound comes in and goes out, Hz.
pub const RATE_HZ: u32 = 48_000;

/// How a recording is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Opus in Ogg, about 350 kB a minute.
    #[default]
    Opus,
    /// 16 bit at 16 kHz, 3.8 MB a minute.
    Wav,
}

impl Format {
    /// How a file's name ends, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Opus => "ogg",
            Self::Wav => "wav",
        }
    }
}

/// Why a recording was not made or cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The codec refuses.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// What is read from fails.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// No rate converter.
    #[error(transparent)]
    Rate(#[from] crate::resample::ResampleError),
    /// It is neither of the two formats, or was not made here.
    #[error("not a recording of a call: {0}")]
    Foreign(&'static str),
}

#[cfg(test)]
mod tests;
