//! Sound devices and the voice thread; packets come and go by rings.
//!
//! [`Engine::start`] gives an [`EngineHandle`] (cheap to clone, callable from any thread, never blocks) and calls a
//! closure for every [`Event`]. A device error never ends a session: silence is sent and played until a device can be
//! used again, and one event says so.

mod backend;
mod command;
mod event;
mod handle;
mod session_config;
mod stats;

pub use audio::codec::{CodecKind, OpusSettings};
pub use audio::tones::{Country, Tone};
pub use backend::{Backend, DeviceId, DeviceInfo, DeviceWishes, FileSink, FileSource, Role, RoleState};
pub use event::Event;
pub use handle::{Engine, EngineError, EngineHandle};
pub use session_config::{SessionConfig, SessionId, Wake};
pub use stats::{Levels, SessionStats};
