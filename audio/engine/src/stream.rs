//! Opening a device: the ways of asking, from the best to the last.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, FromSample, SampleFormat, SizedSample, StreamConfig, SupportedBufferSize};

use crate::backend::Role;
use crate::callback::{Capture, Playback, Pulse};
use crate::port::{MIX_HZ, MicrophonePort, SpeakerPort, ring_capacity};
#[cfg(target_os = "linux")]
use crate::pulse;

/// Frames a callback is asked to have: 10 ms. Whatever comes is taken.
const WISHED_FRAMES: u32 = 480;

/// The voice thread's end of an opened stream.
pub(crate) enum Port {
    Microphone(Box<MicrophonePort>),
    Speaker(Box<SpeakerPort>),
}

/// A stream that runs.
pub(crate) struct OpenStream {
    /// Dropping it closes the device.
    _running: Running,
    pub pulse: Arc<Pulse>,
}

#[expect(dead_code, reason = "held for its drop")]
enum Running {
    Cpal(cpal::Stream),
    #[cfg(target_os = "linux")]
    Server(pulse::Stream),
}

/// One way of asking.
#[derive(Clone, Copy)]
struct Way {
    config: StreamConfig,
    format: SampleFormat,
}

/// Opens a device of the sound server for a role and starts it: always one channel at 48 kHz, the server converts.
///
/// # Errors
/// Why the server does not open it.
#[cfg(target_os = "linux")]
pub(crate) fn open_on_server(name: &str, role: Role) -> Result<(OpenStream, Port), String> {
    let pulse = Arc::new(Pulse::default());
    let (producer, consumer) = rtrb::RingBuffer::new(ring_capacity(MIX_HZ));
    let unusable = || format!("{MIX_HZ} Hz cannot be used");
    let (end, port) = if role == Role::Microphone {
        let port = MicrophonePort::new(consumer, MIX_HZ, pulse.clone()).ok_or_else(unusable)?;
        (pulse::End::Microphone(Capture::new(producer, 1, pulse.clone())), Port::Microphone(Box::new(port)))
    } else {
        let port = SpeakerPort::new(producer, MIX_HZ, pulse.clone()).ok_or_else(unusable)?;
        (pulse::End::Speaker(Playback::new(consumer, 1, pulse.clone())), Port::Speaker(Box::new(port)))
    };
    let stream = pulse::open(name, role, end, pulse.clone())?;
    Ok((OpenStream { _running: Running::Server(stream), pulse }, port))
}

/// Opens a device of cpal for a role and starts it.
///
/// # Errors
/// The words of the sound system for the last way tried.
pub(crate) fn open(device: &cpal::Device, role: Role) -> Result<(OpenStream, Port), String> {
    let mut refusal = "no usable format".to_owned();
    for way in ways(device, role) {
        let opened = match way.format {
            SampleFormat::F32 => start::<f32>(device, role, way),
            SampleFormat::I16 => start::<i16>(device, role, way),
            SampleFormat::I32 => start::<i32>(device, role, way),
            SampleFormat::U8 => start::<u8>(device, role, way),
            _ => continue,
        };
        match opened {
            Ok(opened) => return Ok(opened),
            Err(reason) => refusal = reason,
        }
    }
    Err(refusal)
}

/// 48 kHz with as few channels as possible, float before integers; then what the device says itself.
fn ways(device: &cpal::Device, role: Role) -> Vec<Way> {
    let ranges: Vec<_> = if role == Role::Microphone {
        device.supported_input_configs().map(Iterator::collect).unwrap_or_default()
    } else {
        device.supported_output_configs().map(Iterator::collect).unwrap_or_default()
    };
    let rank = |format| [SampleFormat::F32, SampleFormat::I16, SampleFormat::I32].iter().position(|f| *f == format);
    let mut usable: Vec<_> = ranges
        .into_iter()
        .filter(|r| (r.min_sample_rate()..=r.max_sample_rate()).contains(&MIX_HZ) && rank(r.sample_format()).is_some())
        .filter(|r| r.channels() <= 8)
        .collect();
    usable.sort_by_key(|r| (r.channels(), rank(r.sample_format())));
    let mut ways: Vec<Way> =
        usable.iter().take(4).map(|r| way(r.channels(), MIX_HZ, r.sample_format(), r.buffer_size())).collect();
    let own = if role == Role::Microphone { device.default_input_config() } else { device.default_output_config() };
    if let Ok(own) = own {
        ways.push(way(own.channels(), own.sample_rate(), own.sample_format(), own.buffer_size()));
    }
    ways
}

/// Never the default buffer: on some systems that is two seconds.
fn way(channels: u16, sample_rate: u32, format: SampleFormat, buffer: &SupportedBufferSize) -> Way {
    let wished = (u64::from(WISHED_FRAMES) * u64::from(sample_rate) / u64::from(MIX_HZ)) as u32;
    let frames = match buffer {
        SupportedBufferSize::Range { min, max } if min <= max => wished.clamp(*min, *max),
        _ => wished,
    };
    Way { config: StreamConfig { channels, sample_rate, buffer_size: BufferSize::Fixed(frames) }, format }
}

fn start<T>(device: &cpal::Device, role: Role, way: Way) -> Result<(OpenStream, Port), String>
where
    T: SizedSample + FromSample<f32> + Send + 'static,
    f32: FromSample<T>,
{
    let pulse = Arc::new(Pulse::default());
    let rate_hz = way.config.sample_rate;
    let (producer, consumer) = rtrb::RingBuffer::new(ring_capacity(rate_hz));
    let channels = usize::from(way.config.channels);
    let trouble = pulse.clone();
    // The system may call this a million times a second: it does nothing but set a flag.
    let on_error = move |error: cpal::Error| {
        if !matches!(error.kind(), ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied | ErrorKind::Xrun) {
            trouble.broken.store(true, Ordering::Relaxed);
        }
    };
    let words = |error: cpal::Error| error.to_string();
    let unusable = || format!("{rate_hz} Hz cannot be used");
    let (stream, port) = if role == Role::Microphone {
        let mut capture = Capture::new(producer, channels, pulse.clone());
        let port = MicrophonePort::new(consumer, rate_hz, pulse.clone()).ok_or_else(unusable)?;
        let stream =
            device.build_input_stream(way.config, move |sound: &[T], _: &_| capture.take(sound), on_error, None);
        (stream.map_err(words)?, Port::Microphone(Box::new(port)))
    } else {
        let mut playback = Playback::new(consumer, channels, pulse.clone());
        let port = SpeakerPort::new(producer, rate_hz, pulse.clone()).ok_or_else(unusable)?;
        let stream =
            device.build_output_stream(way.config, move |sound: &mut [T], _: &_| playback.give(sound), on_error, None);
        (stream.map_err(words)?, Port::Speaker(Box::new(port)))
    };
    stream.play().map_err(words)?;
    Ok((OpenStream { _running: Running::Cpal(stream), pulse }, port))
}
