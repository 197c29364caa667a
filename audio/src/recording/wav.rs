//! The head of a WAV file of ours: PCM, 16 bit, two channels, 16 kHz, and nothing else in it.

/// Rate of the samples, Hz.
pub(super) const RATE_HZ: u32 = 16_000;
/// Bytes of one sample of both channels.
pub(super) const FRAME: u32 = 4;
/// Said of a length that nobody knows yet.
const UNKNOWN: u32 = u32::MAX;

/// The head of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WavHead {
    /// Bytes of sound behind it; none while they are not known.
    pub sound_bytes: Option<u32>,
}

impl WavHead {
    /// Its length, bytes.
    pub const LENGTH: usize = 44;

    /// For a file of this length.
    pub fn of_file(bytes: u64) -> Self {
        let sound = bytes.saturating_sub(Self::LENGTH as u64) / u64::from(FRAME) * u64::from(FRAME);
        Self { sound_bytes: u32::try_from(sound).ok().filter(|sound| *sound <= UNKNOWN - 36) }
    }

    /// As it stands in a file (Multimedia Programming Interface and Data Specifications 1.0, "WAVE").
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut head = [0; Self::LENGTH];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            head[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(b"RIFF");
        put(&self.sound_bytes.map_or(UNKNOWN, |sound| sound + 36).to_le_bytes());
        put(b"WAVEfmt ");
        put(&16_u32.to_le_bytes());
        put(&1_u16.to_le_bytes());
        put(&2_u16.to_le_bytes());
        put(&RATE_HZ.to_le_bytes());
        put(&(RATE_HZ * FRAME).to_le_bytes());
        put(&(FRAME as u16).to_le_bytes());
        put(&16_u16.to_le_bytes());
        put(b"data");
        put(&self.sound_bytes.unwrap_or(UNKNOWN).to_le_bytes());
        head
    }

    /// None for a head that is not one of ours.
    pub fn read(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let sound = u32::from_le_bytes([bytes[40], bytes[41], bytes[42], bytes[43]]);
        let head = Self { sound_bytes: Some(sound).filter(|sound| *sound <= UNKNOWN - 36) };
        (head.to_bytes() == *bytes).then_some(head)
    }
}
