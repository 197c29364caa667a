//! Devices of a sound server that speaks PulseAudio's language: PulseAudio itself, or PipeWire by its door for it.
//!
//! Each open device is one connection with one stream and one thread, which sleeps until the server asks for sound or
//! brings some. A stream is bound to its device: when the device goes, the server ends the stream, and it does not
//! move it elsewhere behind our back. One more connection hears that devices changed, and one asks which there are.

mod connection;
mod list;
mod place;
mod stream;

pub(crate) use list::List;
pub(crate) use stream::{End, Stream, open};

/// Before the name of a device of this server in a [`crate::DeviceId`].
pub(crate) const PREFIX: &str = "pulseaudio:";
