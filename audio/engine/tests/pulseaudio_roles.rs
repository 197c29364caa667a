//! Devices chosen for each role, on a private server.
#![cfg(target_os = "linux")]

#[path = "common/code.rs"]
mod code;
mod common;
#[path = "common/devices.rs"]
mod devices;
#[path = "common/sound_server.rs"]
mod sound_server;

use devices::each_role_has_its_device;
use sound_server::SoundServer;

#[test]
fn each_role_uses_the_device_that_was_chosen_for_it() {
    each_role_has_its_device(&mut SoundServer::pulse());
}
