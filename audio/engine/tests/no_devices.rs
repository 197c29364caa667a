//! A machine without any sound device.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "the environment decides which server cpal speaks to")]

mod common;

use audio_engine::{Backend, CodecKind, DeviceWishes, Event, Role};
use common::{ID, Wire, config};

#[test]
fn a_call_without_devices_goes_on_in_silence_and_says_so_once() {
    let folder = tempfile::tempdir().unwrap();
    let alsa = folder.path().join("asound.conf");
    // Not even what the machine's own configuration would bring.
    std::fs::write(&alsa, "").unwrap();
    for (name, value) in [("PULSE_SERVER", "unix:/nowhere"), ("XDG_RUNTIME_DIR", "/nowhere")] {
        // SAFETY: a test process with one test; no other thread reads the environment yet.
        unsafe { std::env::set_var(name, value) };
    }
    // SAFETY: as above.
    unsafe { std::env::set_var("ALSA_CONFIG_PATH", &alsa) };
    let mut wire = Wire::new(Backend::Null, Backend::Devices(DeviceWishes::default()), config(CodecKind::Pcmu));
    let mut events = Vec::new();
    let none =
        |events: &[Event], role| events.iter().filter(|e| **e == Event::DeviceUsed { role, device: None }).count();
    wire.carry_until("no device is told", |w| {
        events.extend(w.b.events.try_iter());
        none(&events, Role::Microphone) == 1 && none(&events, Role::Speaker) == 1
    });
    let at = wire.b.engine.stats(ID).unwrap().received;
    // Longer than the second between two attempts.
    wire.carry_until("the call goes on both ways", |w| {
        w.b.engine.stats(ID).unwrap().received > at + 100 && w.b.sent.len() > 100
    });
    events.extend(wire.b.events.try_iter());
    assert_eq!((none(&events, Role::Microphone), none(&events, Role::Speaker)), (1, 1));
    wire.b.engine.shutdown();
}
