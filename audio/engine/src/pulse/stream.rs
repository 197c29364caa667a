//! One open device: a connection, a stream, a thread.

use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, PlaybackStreamParams, Prop, Props,
    RecordStreamParams, SampleFormat, SampleSpec,
};

use super::connection::{Closer, Connection, Message, Refusal};
use crate::backend::Role;
use crate::callback::{Capture, Playback, Pulse};
use crate::port::MIX_HZ;

/// Bytes of a frame: one channel, floating point.
const FRAME: usize = 4;
/// Frames that the server asks for and brings at a time: 10 ms.
const PERIOD: usize = MIX_HZ as usize / 100;
/// Frames that wait in the server altogether: what it asks for at a time, the same once more while that is on its
/// way, and half of it in the device.
const WAITING: usize = PERIOD * 5 / 2;
/// The longest sound handed over at once, frames.
const LONGEST: usize = MIX_HZ as usize / 10;

const FLAGS: StreamFlags = StreamFlags {
    start_corked: false,
    no_remap_channels: false,
    no_remix_channels: false,
    fix_format: false,
    fix_rate: false,
    fix_channels: false,
    // A device that goes ends the stream; the keeper chooses what comes after it.
    no_move: true,
    variable_rate: false,
    peak_detect: false,
    start_muted: None,
    adjust_latency: true,
    early_requests: false,
    no_inhibit_auto_suspend: false,
    fail_on_suspend: false,
    relative_volume: false,
    passthrough: false,
};

/// A stream that runs until it is dropped.
pub(crate) struct Stream {
    closer: Closer,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.closer.close();
        if let Some(thread) = self.thread.take() {
            // It only waits for the connection.
            let _ = thread.join();
        }
    }
}

/// The device's end of the ring: one channel, 48 kHz.
pub(crate) enum End {
    Microphone(Capture),
    Speaker(Playback),
}

/// Opens the device of this name and runs it.
///
/// # Errors
/// Why the server does not open it.
pub(crate) fn open(name: &str, role: Role, end: End, pulse: Arc<Pulse>) -> Result<Stream, String> {
    try_open(name, role, end, pulse).map_err(|refusal| refusal.to_string())
}

fn try_open(name: &str, role: Role, end: End, pulse: Arc<Pulse>) -> Result<Stream, Refusal> {
    let name = CString::new(name).map_err(|_| Refusal::Strange("a device with a zero in its name".to_owned()))?;
    let mut connection = Connection::open()?;
    let closer = connection.closer()?;
    let run: Box<dyn FnOnce() -> Refusal + Send> = match end {
        End::Microphone(capture) => {
            connection.ask::<CreateRecordStreamReply>(&Command::CreateRecordStream(record(name)))?;
            connection.wait_for_ever()?;
            Box::new(move || hear(connection, capture))
        }
        End::Speaker(playback) => {
            let create = Command::CreatePlaybackStream(play_on(name, role));
            let stream: CreatePlaybackStreamReply = connection.ask(&create)?;
            // The first sound only fills the server's buffer: what is said comes after it.
            connection.send_sound(stream.channel, &vec![0; (stream.requested_bytes as usize).min(LONGEST * FRAME)])?;
            connection.wait_for_ever()?;
            let mut player =
                Player { connection, playback, channel: stream.channel, sound: Vec::new(), bytes: Vec::new() };
            Box::new(move || player.play())
        }
    };
    let thread = std::thread::Builder::new().name("sound".to_owned()).spawn(move || {
        crate::priority::raise();
        let reason = run();
        tracing::debug!(%reason, "a sound stream ended");
        pulse.broken.store(true, Ordering::Relaxed);
    })?;
    Ok(Stream { closer, thread: Some(thread) })
}

fn spec() -> SampleSpec {
    let format = if cfg!(target_endian = "little") { SampleFormat::Float32Le } else { SampleFormat::Float32Be };
    SampleSpec { format, channels: 1, sample_rate: MIX_HZ }
}

fn props(role: Role) -> Props {
    let mut props = Props::new();
    props.set(Prop::MediaName, c"Timbre");
    if role != Role::Ringer {
        // The server may lower music meanwhile. The ring is not marked: its volume is remembered apart from calls'.
        props.set(Prop::MediaRole, c"phone");
    }
    props
}

fn play_on(sink: CString, role: Role) -> PlaybackStreamParams {
    PlaybackStreamParams {
        sample_spec: spec(),
        channel_map: ChannelMap::mono(),
        sink_name: Some(sink),
        buffer_attr: BufferAttr {
            target_length: (WAITING * FRAME) as u32,
            minimum_request_length: (PERIOD * FRAME) as u32,
            // After a moment without sound it goes on with what comes next. With 0 the server would go on counting and
            // drop as too late whatever comes from then on.
            pre_buffering: (PERIOD * FRAME) as u32,
            ..BufferAttr::default()
        },
        props: props(role),
        flags: FLAGS,
        ..PlaybackStreamParams::default()
    }
}

fn record(source: CString) -> RecordStreamParams {
    RecordStreamParams {
        sample_spec: spec(),
        channel_map: ChannelMap::mono(),
        source_name: Some(source),
        buffer_attr: BufferAttr { fragment_size: (PERIOD * FRAME) as u32, ..BufferAttr::default() },
        props: props(Role::Microphone),
        flags: FLAGS,
        ..RecordStreamParams::default()
    }
}

/// Takes what the microphone brings until the stream ends.
fn hear(mut connection: Connection, mut capture: Capture) -> Refusal {
    let mut sound = Vec::with_capacity(LONGEST);
    loop {
        match connection.next() {
            Ok(Message::Sound(bytes)) => {
                for piece in bytes.chunks(LONGEST * FRAME) {
                    sound.clear();
                    let (samples, _) = piece.as_chunks::<FRAME>();
                    sound.extend(samples.iter().map(|bytes| f32::from_ne_bytes(*bytes)));
                    capture.take(&sound);
                }
            }
            Ok(Message::Ended) => return killed(),
            Ok(_) => {}
            Err(refusal) => return refusal,
        }
    }
}

fn killed() -> Refusal {
    Refusal::No(pulseaudio::protocol::PulseError::Killed)
}

/// Gives a speaker what it asks for.
struct Player {
    connection: Connection,
    playback: Playback,
    channel: u32,
    sound: Vec<f32>,
    bytes: Vec<u8>,
}

impl Player {
    fn play(&mut self) -> Refusal {
        loop {
            let given = match self.connection.next() {
                Ok(Message::Wants(bytes)) => self.give(bytes / FRAME),
                Ok(Message::Ended) => return killed(),
                Ok(_) => Ok(()),
                Err(refusal) => return refusal,
            };
            if let Err(refusal) = given {
                return refusal;
            }
        }
    }

    fn give(&mut self, mut frames: usize) -> Result<(), Refusal> {
        while frames > 0 {
            let now = frames.min(LONGEST);
            self.sound.resize(now, 0.0);
            self.playback.give(&mut self.sound);
            self.bytes.clear();
            self.bytes.extend(self.sound.iter().flat_map(|sample| sample.to_ne_bytes()));
            self.connection.send_sound(self.channel, &self.bytes)?;
            frames -= now;
        }
        Ok(())
    }
}
