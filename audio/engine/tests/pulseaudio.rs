//! A call over devices of a private server.
#![cfg(target_os = "linux")]

#[path = "common/code.rs"]
mod code;
mod common;
#[path = "common/devices.rs"]
mod devices;
#[path = "common/sound_server.rs"]
mod sound_server;

use devices::call_over_devices;
use sound_server::SoundServer;

#[test]
fn a_call_lives_on_when_its_devices_are_unplugged() {
    call_over_devices(&mut SoundServer::pulse());
}
