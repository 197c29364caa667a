//! Virtual devices of a private server.

use crate::devices::Modules;
use crate::sound_server::SoundServer;

/// Starts the server.
pub fn server() -> SoundServer {
    SoundServer::pipewire()
}

fn speaker(server: &SoundServer, name: &str) -> String {
    server.load(&format!("module-null-sink media.class=Audio/Sink sink_name={name} channel_map=mono rate=48000"))
}

fn microphone(server: &SoundServer, name: &str) -> String {
    speaker(server, &format!("{name}_feed"));
    server.load(&format!("module-remap-source source_name={name} master={name}_feed.monitor"))
}

/// Its devices.
pub const MODULES: Modules = Modules { speaker, microphone };
