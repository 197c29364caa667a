//! Calls over real devices of a sound server: heard, spoken, unplugged, plugged in again, each role on its own device.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test helper that shows its figures")]

use std::path::{Path, PathBuf};

use audio_engine::{Backend, CodecKind, DeviceId, DeviceWishes, Event, FileSink, FileSource, Role};

use crate::common::{ID, Wire, config, likeness_of_pieces, power, speech, write_wav};
use crate::sound_server::{SoundServer, last_seconds};

struct Seen(Vec<Event>);

impl Seen {
    fn take(&mut self, wire: &Wire) {
        self.0.extend(wire.b.events.try_iter());
    }

    fn gone(&self, role: Role, name: &str) -> usize {
        let gone = |e: &&Event| matches!(e, Event::DeviceGone { role: r, id, .. } if *r == role && id.0.contains(name));
        self.0.iter().filter(gone).count()
    }

    /// What was told of devices in use, after so many events.
    fn of_devices(&self, before: usize) -> Vec<&Event> {
        let of_devices = |e: &&Event| matches!(e, Event::DeviceGone { .. } | Event::DeviceUsed { .. });
        self.0[before..].iter().filter(of_devices).collect()
    }

    fn last_used(&self, role: Role) -> Option<Option<String>> {
        self.0.iter().rev().find_map(|e| match e {
            Event::DeviceUsed { role: r, device } if *r == role => Some(device.as_ref().map(|d| d.id.0.clone())),
            _ => None,
        })
    }

    fn used(&self, role: Role, name: &str) -> bool {
        self.last_used(role).flatten().is_some_and(|id| id.contains(name))
    }
}

/// A call of which `wire.b` is the end with devices; the other end speaks from a file and writes what it hears.
struct Call {
    wire: Wire,
    seen: Seen,
    /// What the far end says, and where.
    far: Vec<f32>,
    far_wav: PathBuf,
    /// What is said into the microphone.
    near: Vec<f32>,
    near_wav: PathBuf,
    /// What the far end hears.
    heard_wav: PathBuf,
}

impl Call {
    fn new(folder: &Path, wishes: DeviceWishes) -> Self {
        let (far, near) = (speech(48_000, 90.0, 1), speech(48_000, 60.0, 2));
        let [far_wav, near_wav, heard_wav] = ["far.wav", "near.wav", "heard.wav"].map(|name| folder.join(name));
        write_wav(&far_wav, 48_000, &far);
        write_wav(&near_wav, 48_000, &near);
        let mic = FileSource::Wav(far_wav.clone());
        let files = Backend::Files { mic, speaker: FileSink::Wav(heard_wav.clone()) };
        let wire = Wire::new(files, Backend::Devices(wishes), config(CodecKind::Opus));
        Self { wire, seen: Seen(Vec::new()), far, far_wav, near, near_wav, heard_wav }
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        let seen = &mut self.seen;
        self.wire.carry_until(what, |wire| {
            seen.take(wire);
            done(seen)
        });
    }

    /// Lets the call go on for some packets both ways.
    fn go_on(&mut self, packets: usize) {
        let (at, sent) = (self.wire.b.engine.stats(ID).unwrap().received, self.wire.b.sent.len());
        self.wire.carry_until("the call goes on", |w| {
            w.b.engine.stats(ID).unwrap().received >= at + packets as u64 && w.b.sent.len() >= sent + packets
        });
        self.seen.take(&self.wire);
    }

    fn end(self) {
        self.wire.a.engine.shutdown();
        self.wire.b.engine.shutdown();
    }
}

/// Unplugged and plugged in again: the call goes on, sound moves to what is there, and each change is told once.
pub fn call_over_devices(server: &mut SoundServer) {
    let folder = server.path().to_owned();
    let headset = server.load_speaker("headset_speaker");
    let spare = server.load_speaker("spare_speaker");
    let microphone = server.load_microphone("headset_mic");
    server.pactl(&["set-default-sink", "headset_speaker"]);
    server.pactl(&["set-default-source", "headset_mic"]);
    let mut call = Call::new(&folder, DeviceWishes::default());
    call.until("both devices are used", |seen| {
        seen.used(Role::Speaker, "headset_speaker") && seen.used(Role::Microphone, "headset_mic")
    });
    heard_and_spoken(server, &mut call);

    server.pactl(&["unload-module", &headset]);
    call.until("the spare speaker", |seen| seen.used(Role::Speaker, "spare_speaker"));
    assert_eq!(call.seen.gone(Role::Speaker, "headset_speaker"), 1, "{:?}", call.seen.0);
    wait_for_voice(server, &mut call, "spare_speaker.monitor");

    server.pactl(&["unload-module", &microphone]);
    call.until("the microphone is gone", |seen| seen.gone(Role::Microphone, "headset_mic") == 1);
    server.pactl(&["unload-module", &spare]);
    call.until("the spare speaker is gone", |seen| seen.gone(Role::Speaker, "spare_speaker") == 1);
    call.go_on(50);

    server.load_speaker("headset_speaker");
    server.load_microphone("headset_mic");
    server.pactl(&["set-default-sink", "headset_speaker"]);
    server.pactl(&["set-default-source", "headset_mic"]);
    call.until("the headset is used again", |seen| {
        seen.used(Role::Speaker, "headset_speaker") && seen.used(Role::Microphone, "headset_mic")
    });
    wait_for_voice(server, &mut call, "headset_speaker.monitor");
    let heard = call.heard_wav.clone();
    call.until("the far end hears silence", |_| !sounds(&heard));
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    call.until("the far end hears the microphone again", |_| sounds(&heard));

    // A server that ends our connections, as one does that misunderstands us: the same devices are there, nothing is told.
    let before = call.seen.0.len();
    let connections = server.our_connections(true);
    call.until("all connections are there again", |_| server.our_connections(false) == connections);
    call.go_on(100);
    wait_for_voice(server, &mut call, "headset_speaker.monitor");
    let told = call.seen.of_devices(before);
    assert!(told.is_empty(), "{told:?}");
    assert!(!server.log().contains("kicking client"), "{}", server.log());
    call.end();
}

/// Microphone, speaker and ringer each use the device that was chosen for it, and no other.
pub fn each_role_has_its_device(server: &mut SoundServer) {
    let folder = server.path().to_owned();
    let names = ["headset_speaker", "desk_speaker", "default_speaker"];
    let files = names.map(|name| folder.join(format!("{name}.wav")));
    for name in names {
        server.load_speaker(name);
    }
    server.load_microphone("headset_mic");
    server.load_microphone("default_mic");
    server.pactl(&["set-default-sink", "default_speaker"]);
    server.pactl(&["set-default-source", "default_mic"]);
    // Not before: the server moves recorders of a default that changes.
    for (name, wav) in names.iter().zip(&files) {
        server.record(&format!("{name}.monitor"), wav);
    }
    let id = |name: &str| Some(DeviceId(format!("pulseaudio:{name}")));
    let wishes = DeviceWishes {
        microphone: id("headset_mic"),
        speaker: id("headset_speaker"),
        ringer: id("desk_speaker"),
        ..DeviceWishes::default()
    };
    let mut call = Call::new(&folder, wishes);
    call.wire.b.engine.ring();
    call.until("all three are used", |seen| {
        seen.used(Role::Speaker, "headset_speaker")
            && seen.used(Role::Microphone, "headset_mic")
            && seen.used(Role::Ringer, "desk_speaker")
    });
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    let heard = call.heard_wav.clone();
    call.until("the call is heard", |_| sounds(&files[0]));
    call.until("the ring is heard", |_| sounds(&files[1]));
    call.until("the microphone is heard", |_| sounds(&heard));
    assert!(last_seconds(&files[2], 60).iter().all(|s| s.abs() < 1e-4), "the default speaker was not chosen");
    call.wire.b.engine.stop_ring();
    call.until("the ring ends", |_| !sounds(&files[1]));

    call.wire.b.engine.choose(Role::Speaker, id("desk_speaker"));
    call.wire.b.engine.choose(Role::Microphone, None);
    call.until("others are used", |seen| {
        seen.used(Role::Speaker, "desk_speaker") && seen.used(Role::Microphone, "default_mic")
    });
    call.until("the desk is heard, the headset not", |_| sounds(&files[1]) && !sounds(&files[0]));
    assert!(!call.seen.0.iter().any(|e| matches!(e, Event::DeviceGone { .. })), "{:?}", call.seen.0);
    call.end();
}

/// The call as it stands for a time, in packets of 20 ms: no device is told to have gone, none is opened again.
pub fn a_long_call(server: &mut SoundServer, packets: usize) {
    server.load_speaker("headset_speaker");
    server.load_microphone("headset_mic");
    let mut call = Call::new(server.path(), DeviceWishes::default());
    call.until("both devices are used", |seen| {
        seen.last_used(Role::Speaker).flatten().is_some() && seen.last_used(Role::Microphone).flatten().is_some()
    });
    let before = call.seen.0.len();
    for _ in 0..packets / 500 {
        call.go_on(500);
        let told = call.seen.of_devices(before);
        assert!(told.is_empty(), "{told:?}\n{}", server.log());
    }
    println!("{:?}", call.wire.b.engine.stats(ID));
    call.end();
}

/// Waits until the far voice comes out of what a source hears.
fn wait_for_voice(server: &mut SoundServer, call: &mut Call, source: &str) {
    let wav = call.heard_wav.with_file_name(format!("{source}-{}.wav", call.wire.b.sent.len()));
    server.record(source, &wav);
    call.until("the far voice", |_| sounds(&wav));
}

/// Whether the last second of a recording is more than silence.
fn sounds(wav: &Path) -> bool {
    power(&last_seconds(wav, 1)) > 1e-5
}

/// The gain of a plain player from which on the server had the time to play, see [`heard_and_spoken`].
const STEADY: f32 = 0.22;
/// How often it is listened for twelve seconds until the server had the time.
const WINDOWS: usize = 3;

/// What comes out of the speaker is the far voice, and what the far end hears is the near one: about as well as when a
/// plain player and a plain recorder do the same at the same time, however much the server stutters on a full machine.
fn heard_and_spoken(server: &mut SoundServer, call: &mut Call) {
    let folder = server.path().to_owned();
    let [speaker_wav, far_control_wav, near_control_wav] =
        ["speaker.wav", "far-control.wav", "near-control.wav"].map(|name| folder.join(name));
    let control = server.load_speaker("control");
    server.record("headset_speaker.monitor", &speaker_wav);
    server.record("control.monitor", &far_control_wav);
    server.record("headset_mic", &near_control_wav);
    server.play(&call.far_wav.clone(), "control");
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    call.until("they play", |_| [&far_control_wav, &near_control_wav, &speaker_wav].iter().all(|wav| sounds(wav)));
    let mut gains = Vec::new();
    for _ in 0..WINDOWS {
        call.go_on(650);
        gains = [
            ("speaker", [&speaker_wav, &far_control_wav], &call.far, &call.near),
            ("microphone", [&call.heard_wav, &near_control_wav], &call.near, &call.far),
        ]
        .map(|(what, wavs, said, other)| {
            // How much more alike it is to what was said than to what another says.
            let gain = |heard: &[f32]| likeness_of_pieces(heard, said) - likeness_of_pieces(heard, other);
            let [ours, control] = wavs.map(|wav| gain(&last_seconds(wav, 12)));
            println!("{what}: {ours:.3}, control {control:.3}");
            (what, ours, control)
        })
        .to_vec();
        if gains.iter().all(|(_, _, control)| *control > STEADY) {
            break;
        }
    }
    for (what, ours, control) in gains {
        // Of a server that stutters for a plain player, too, no more is asked than of that.
        let wished = if control > STEADY { 0.5 * control } else { control - STEADY };
        assert!(ours > wished, "{what}: {ours} {control} {:?}", call.wire.b.engine.stats(ID));
    }
    server.pactl(&["unload-module", &control]);
}
