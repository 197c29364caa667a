//! Devices of a private PipeWire, by its PulseAudio door.

mod common;
#[path = "common/devices.rs"]
mod devices;
#[path = "common/sound_server.rs"]
mod sound_server;

use devices::{Modules, call_over_devices};
use sound_server::SoundServer;

#[test]
fn a_call_lives_on_when_its_speaker_is_unplugged() {
    let mut server = SoundServer::pipewire();
    let modules = Modules {
        speaker: |server, name| {
            server
                .load(&format!("module-null-sink media.class=Audio/Sink sink_name={name} channel_map=mono rate=48000"))
        },
        microphone: |server| {
            server.load("module-null-sink media.class=Audio/Sink sink_name=headset_feed channel_map=mono rate=48000");
            server.load("module-remap-source source_name=headset_mic master=headset_feed.monitor")
        },
    };
    call_over_devices(&mut server, &modules);
}
