//! Opus (RFC 6716) by libopus: one channel, 48 kHz, float samples.
//!
//! With [`super::pair`] the only module of this crate that calls C. Each `unsafe` block hands libopus a live state of ours and slices with
//! their own lengths.
#![allow(unsafe_code, reason = "the binding to libopus")]

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use opusic_sys as sys;

use super::{CodecError, OpusSettings};

const RATE_HZ: i32 = 48_000;
/// RFC 6716 §2.1.4: a packet holds at most 120 ms.
pub(super) const MAX_SAMPLES: usize = 5_760;
/// Frames are multiples of 2.5 ms.
pub(super) const GRAIN: usize = 120;

pub(super) fn check(result: c_int) -> Result<usize, CodecError> {
    usize::try_from(result).map_err(|_| {
        // SAFETY: opus_strerror takes any number and returns a static C string.
        let reason = unsafe { CStr::from_ptr(sys::opus_strerror(result)) };
        CodecError::Opus(reason.to_string_lossy().into_owned())
    })
}

pub(super) fn length(samples: usize) -> Result<c_int, CodecError> {
    c_int::try_from(samples).map_err(|_| CodecError::Length(samples))
}

/// Sound to packets.
pub(super) struct Encoder(NonNull<sys::OpusEncoder>);

// SAFETY: libopus keeps no thread-local or global state; an encoder may move to another thread.
unsafe impl Send for Encoder {}

impl Encoder {
    pub fn new(settings: &OpusSettings) -> Result<Self, CodecError> {
        let mut error = 0;
        // SAFETY: `error` outlives the call; a null result is handled below.
        let state = unsafe { sys::opus_encoder_create(RATE_HZ, 1, sys::OPUS_APPLICATION_VOIP, &raw mut error) };
        check(error)?;
        let mut encoder = Self(NonNull::new(state).ok_or(CodecError::Memory)?);
        encoder.set(sys::OPUS_SET_COMPLEXITY_REQUEST, c_int::from(settings.complexity.min(10)))?;
        encoder.set(sys::OPUS_SET_INBAND_FEC_REQUEST, c_int::from(settings.fec))?;
        encoder.set(sys::OPUS_SET_DTX_REQUEST, c_int::from(settings.dtx))?;
        encoder.set(sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE)?;
        encoder.adapt(settings)?;
        Ok(encoder)
    }

    /// Bits and expected loss of what is encoded from now on.
    pub fn adapt(&mut self, settings: &OpusSettings) -> Result<(), CodecError> {
        let bits = settings.bitrate_bps.min(settings.most_bps).clamp(6_000, 510_000);
        self.set(sys::OPUS_SET_BITRATE_REQUEST, bits as c_int)?;
        self.set(sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, c_int::from(settings.packet_loss_pct.min(100)))
    }

    pub fn encode(&mut self, pcm: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        let (frame, room) = (length(pcm.len())?, length(out.len())?);
        // SAFETY: the pointers come from slices of exactly the lengths that are told.
        check(unsafe { sys::opus_encode_float(self.0.as_ptr(), pcm.as_ptr(), frame, out.as_mut_ptr(), room) })
    }

    fn set(&mut self, request: c_int, value: c_int) -> Result<(), CodecError> {
        // SAFETY: every request used here takes one integer.
        check(unsafe { sys::opus_encoder_ctl(self.0.as_ptr(), request, value) }).map(|_| ())
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: created by opus_encoder_create and destroyed once.
        unsafe { sys::opus_encoder_destroy(self.0.as_ptr()) }
    }
}

/// Packets to sound.
pub(super) struct Decoder(NonNull<sys::OpusDecoder>);

// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    pub fn new() -> Result<Self, CodecError> {
        let mut error = 0;
        // SAFETY: `error` outlives the call; a null result is handled below.
        let state = unsafe { sys::opus_decoder_create(RATE_HZ, 1, &raw mut error) };
        check(error)?;
        Ok(Self(NonNull::new(state).ok_or(CodecError::Memory)?))
    }

    pub fn decode(&mut self, packet: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        if packet.is_empty() {
            return Err(CodecError::Empty);
        }
        self.call(Some(packet), out, false)
    }

    /// Fills `out`, whose length is the sound missing before `next`, from the copy that `next` carries.
    pub fn decode_fec(&mut self, next: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        if next.is_empty() {
            return Err(CodecError::Empty);
        }
        self.call(Some(next), out, true)
    }

    /// Makes up sound; the length of `out` is a multiple of 2.5 ms up to 120 ms.
    pub fn conceal(&mut self, out: &mut [f32]) -> Result<usize, CodecError> {
        self.call(None, out, false)
    }

    fn call(&mut self, packet: Option<&[u8]>, out: &mut [f32], fec: bool) -> Result<usize, CodecError> {
        let (bytes, size) = packet.map_or((std::ptr::null(), 0), |p| (p.as_ptr(), p.len()));
        let (size, room) = (length(size)?, length(out.len())?);
        let state = self.0.as_ptr();
        // SAFETY: the pointers come from slices of exactly the lengths that are told; null means a lost packet.
        check(unsafe { sys::opus_decode_float(state, bytes, size, out.as_mut_ptr(), room, c_int::from(fec)) })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: created by opus_decoder_create and destroyed once.
        unsafe { sys::opus_decoder_destroy(self.0.as_ptr()) }
    }
}

/// Samples that a packet decodes to; none if its head is broken.
pub(super) fn samples(packet: &[u8]) -> Option<usize> {
    let size = c_int::try_from(packet.len()).ok().filter(|n| *n > 0)?;
    // SAFETY: reads at most `size` bytes of the slice.
    let samples = unsafe { sys::opus_packet_get_nb_samples(packet.as_ptr(), size, RATE_HZ) };
    usize::try_from(samples).ok().filter(|n| (1..=MAX_SAMPLES).contains(n))
}

/// Whether a packet carries a copy of the frame before it.
pub(super) fn carries_fec(packet: &[u8]) -> bool {
    let Ok(size) = c_int::try_from(packet.len()) else { return false };
    // SAFETY: reads at most `size` bytes of the slice.
    size > 0 && unsafe { sys::opus_packet_has_lbrr(packet.as_ptr(), size) } == 1
}
