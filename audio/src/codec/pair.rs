//! Two voices in one Opus packet, each coded by itself: what one says is never heard on the other's side, as it may be with joint
//! stereo (RFC 7845 §5.1.1.2: channel mapping family 1 with two streams, none of them coupled).
#![allow(unsafe_code, reason = "the binding to libopus")]

use std::ffi::c_int;
use std::ptr::NonNull;

use opusic_sys as sys;

use super::opus::{MAX_SAMPLES, check, length};
use super::{CodecError, MAX_PACKET_SAMPLES};

const RATE_HZ: i32 = 48_000;
const CHANNELS: c_int = 2;
/// Stream 0 is the left channel, stream 1 the right one.
const MAPPING: [u8; 2] = [0, 1];

/// Two voices to packets.
pub(crate) struct PairEncoder(NonNull<sys::OpusMSEncoder>);

// SAFETY: libopus keeps no thread-local or global state; an encoder may move to another thread.
unsafe impl Send for PairEncoder {}

impl PairEncoder {
    /// `bitrate_bps` is for both voices together.
    pub fn new(bitrate_bps: u32) -> Result<Self, CodecError> {
        let (mut error, mapping) = (0, MAPPING.as_ptr());
        // SAFETY: `mapping` has as many bytes as there are channels, and `error` outlives the call.
        let state = unsafe {
            let voip = sys::OPUS_APPLICATION_VOIP;
            sys::opus_multistream_encoder_create(RATE_HZ, CHANNELS, CHANNELS, 0, mapping, voip, &raw mut error)
        };
        check(error)?;
        let mut encoder = Self(NonNull::new(state).ok_or(CodecError::Memory)?);
        encoder.set(sys::OPUS_SET_BITRATE_REQUEST, bitrate_bps as c_int)?;
        encoder.set(sys::OPUS_SET_COMPLEXITY_REQUEST, 5)?;
        encoder.set(sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE)?;
        Ok(encoder)
    }

    /// Samples of each channel that come out later than they went in.
    pub fn lookahead(&self) -> Result<usize, CodecError> {
        let mut samples: i32 = 0;
        // SAFETY: this request takes a pointer to one integer, which outlives the call.
        let result = unsafe {
            let request = sys::OPUS_GET_LOOKAHEAD_REQUEST;
            sys::opus_multistream_encoder_ctl(self.0.as_ptr(), request, &raw mut samples)
        };
        check(result)?;
        length_of(samples)
    }

    /// One packet of samples in turns, left first.
    pub fn encode(&mut self, pairs: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        let (frame, room) = (length(pairs.len() / 2)?, length(out.len())?);
        // SAFETY: the slices hold two samples for each of `frame`, and `room` bytes.
        check(unsafe {
            sys::opus_multistream_encode_float(self.0.as_ptr(), pairs.as_ptr(), frame, out.as_mut_ptr(), room)
        })
    }

    fn set(&mut self, request: c_int, value: c_int) -> Result<(), CodecError> {
        // SAFETY: every request used here takes one integer.
        check(unsafe { sys::opus_multistream_encoder_ctl(self.0.as_ptr(), request, value) }).map(|_| ())
    }
}

impl Drop for PairEncoder {
    fn drop(&mut self) {
        // SAFETY: created by opus_multistream_encoder_create and destroyed once.
        unsafe { sys::opus_multistream_encoder_destroy(self.0.as_ptr()) }
    }
}

/// Packets to two voices.
pub(crate) struct PairDecoder(NonNull<sys::OpusMSDecoder>);

// SAFETY: as for the encoder.
unsafe impl Send for PairDecoder {}

impl PairDecoder {
    pub fn new() -> Result<Self, CodecError> {
        let (mut error, mapping) = (0, MAPPING.as_ptr());
        // SAFETY: `mapping` has as many bytes as there are channels, and `error` outlives the call.
        let state =
            unsafe { sys::opus_multistream_decoder_create(RATE_HZ, CHANNELS, CHANNELS, 0, mapping, &raw mut error) };
        check(error)?;
        Ok(Self(NonNull::new(state).ok_or(CodecError::Memory)?))
    }

    /// Puts samples in turns, left first, into `out`, which is cleared before.
    pub fn decode(&mut self, packet: &[u8], out: &mut Vec<f32>) -> Result<(), CodecError> {
        if packet.is_empty() {
            return Err(CodecError::Empty);
        }
        out.clear();
        out.resize(MAX_PACKET_SAMPLES * 2, 0.0);
        let (size, room) = (length(packet.len())?, length(MAX_SAMPLES)?);
        // SAFETY: the slices hold `size` bytes, and two samples for each of `room`.
        let frame = check(unsafe {
            let state = self.0.as_ptr();
            sys::opus_multistream_decode_float(state, packet.as_ptr(), size, out.as_mut_ptr(), room, 0)
        });
        out.truncate(frame.as_ref().map_or(0, |frame| frame * 2));
        frame.map(|_| ())
    }
}

impl Drop for PairDecoder {
    fn drop(&mut self) {
        // SAFETY: created by opus_multistream_decoder_create and destroyed once.
        unsafe { sys::opus_multistream_decoder_destroy(self.0.as_ptr()) }
    }
}

fn length_of(samples: i32) -> Result<usize, CodecError> {
    usize::try_from(samples).map_err(|_| CodecError::Length(0))
}
