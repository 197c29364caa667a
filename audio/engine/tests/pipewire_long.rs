//! A long call over devices of a private server.
#![cfg(target_os = "linux")]

#[path = "common/code.rs"]
mod code;
mod common;
#[path = "common/devices.rs"]
mod devices;
#[path = "common/sound_server.rs"]
mod sound_server;

use devices::a_long_call;
use sound_server::SoundServer;

#[test]
#[ignore = "ten minutes"]
fn nothing_is_told_in_a_call_of_ten_minutes() {
    a_long_call(&mut SoundServer::pipewire(), 10 * 60 * 50);
}
