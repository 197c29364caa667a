//! Sound devices and the voice thread; packets come and go by rings.
//!
//! ```text
//!                         thread `voice`, every 10 ms, asleep when there is nothing to do
//!                ┌──────────────────────────────────────────────────────────────────────┐
//!  microphone ─► ring ─► clutch ─► 48 kHz ─► session: mute ─► meter ─► encoder ─► OutPacket ring ─► wake
//!  callback      │                              └─ clip (a WAV file) ─┘   └─ keys (RFC 4733)
//!                │                                                                      │
//!  speaker   ◄─ ring ◄─ clutch ◄─ fade, volume ◄─ limiter ◄─ mix ◄─ session: meter ◄─ jitter buffer ◄─ InPacket ring
//!  callback      │                                            ▲         └─► WAV file    │
//!                │           both sides ─► tap ─► ring ─► thread `recorder` ─► file     │
//!                │           file ─► thread `player` ─► ring ─► mix                     │
//!  ringer    ◄─ ring ◄─ clutch ◄─ ring, tones ────────────────┘                         │
//!                └──────────▲───────────────────────────────────────────────────────────┘
//!                           │ ring ends, when a device opens or goes
//!   thread per role: opens, rebuilds, closes the stream  ◄── thread `devices`: which devices there are
//! ```
//!
//! [`Engine::start`] gives an [`EngineHandle`] (cheap to clone, callable from any thread, never blocks) and calls a
//! closure for every [`Event`]. A device error never ends a session: silence is sent and played until a device can be
//! used again, and one event says so. A callback copies and counts; it never allocates, locks, logs or calls the system.
//!
//! The clutch makes the sound card's clock and ours agree ([`audio::drift`]); the sender's clock is the jitter buffer's
//! matter ([`audio::jitter`]).

mod backend;
mod callback;
mod catalog;
mod command;
mod event;
mod files;
mod handle;
mod incoming;
mod keeper;
mod outgoing;
mod playback;
mod port;
mod priority;
#[cfg(target_os = "linux")]
mod pulse;
mod recorder;
mod sealed;
mod session;
mod session_config;
mod shared;
mod stats;
mod stream;
mod system;
mod voice;
mod watch;

pub use audio::codec::{CodecKind, OpusSettings};
pub use audio::recording::{Format, Peaks, RecordingError};
pub use audio::tones::{Country, Tone};
pub use backend::{Backend, DeviceId, DeviceInfo, DeviceWishes, FileSink, FileSource, Role, RoleState};
pub use event::Event;
pub use handle::{Engine, EngineError, EngineHandle};
pub use playback::{Play, RecordingFacts, copy_recording, look_at_recording};
pub use recorder::{RecordingId, RecordingProblem, RecordingWish};
pub use sealed::{KeySource, RecordingKey};
pub use session_config::{SessionConfig, SessionId, Wake};
pub use stats::{Levels, SessionStats};
