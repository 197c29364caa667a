//! Devices of a private PulseAudio.

mod common;
#[path = "common/devices.rs"]
mod devices;
#[path = "common/sound_server.rs"]
mod sound_server;

use devices::{Modules, call_over_devices};
use sound_server::SoundServer;

#[test]
fn a_call_lives_on_when_its_speaker_is_unplugged() {
    let mut server = SoundServer::pulse();
    let modules = Modules {
        speaker: |server, name| {
            server.load(&format!("module-null-sink sink_name={name} rate=48000 channels=1 format=float32le"))
        },
        microphone: |server| {
            server.load("module-null-sink sink_name=headset_feed rate=48000 channels=1 format=float32le");
            server.load("module-remap-source source_name=headset_mic master=headset_feed.monitor")
        },
    };
    call_over_devices(&mut server, &modules);
}
