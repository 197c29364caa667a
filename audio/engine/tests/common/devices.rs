//! Calls over real devices of a sound server: heard, spoken, unplugged, plugged in again, each role on its own device.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test helper that shows its figures")]

use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use audio_engine::{Backend, CodecKind, DeviceId, DeviceWishes, Event, FileSink, FileSource, Role};

use crate::code::{Understood, listen, write_voice};
use crate::common::{ID, Wire, config, power};
use crate::sound_server::{SoundServer, last_seconds, server_story};

/// What is waited for comes within this time, however full the machine is.
const PATIENCE: Duration = Duration::from_secs(90);
/// The voice of the far end, and of who speaks into the microphone.
const FAR: usize = 0;
const NEAR: usize = 1;

/// Where a voice is listened for.
#[derive(Clone, Debug)]
struct Ear {
    wav: PathBuf,
    who: usize,
    /// How much is listened to at a time.
    seconds: u64,
}

impl Ear {
    fn new(wav: &Path, who: usize) -> Self {
        Self { wav: wav.to_owned(), who, seconds: 2 }
    }

    fn listen(&self) -> Understood {
        listen(&last_seconds(&self.wav, self.seconds), self.who, self.seconds as f32)
    }
}

/// Nearly every word, hardly a hole.
fn clear(heard: &Understood) -> bool {
    heard.words > 0.8 && heard.other == 0.0 && heard.silent < 0.1
}

/// Words of the right voice, and none of the other.
fn there(heard: &Understood) -> bool {
    heard.words > 0.4 && heard.other == 0.0
}

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
    /// What the far end says.
    far_wav: PathBuf,
    /// What is said into the microphone.
    near_wav: PathBuf,
    /// What the far end hears.
    heard_wav: PathBuf,
    server_log: PathBuf,
    began: Instant,
}

impl Call {
    fn new(server: &SoundServer, wishes: DeviceWishes) -> Self {
        let began = Instant::now();
        let folder = server.path();
        let [far_wav, near_wav, heard_wav] = ["far.wav", "near.wav", "heard.wav"].map(|name| folder.join(name));
        write_voice(&far_wav, FAR, 200);
        write_voice(&near_wav, NEAR, 200);
        let mic = FileSource::Wav(far_wav.clone());
        let files = Backend::Files { mic, speaker: FileSink::Wav(heard_wav.clone()) };
        let wire = Wire::new(files, Backend::Devices(wishes), config(CodecKind::Opus));
        Self { wire, seen: Seen(Vec::new()), far_wav, near_wav, heard_wav, server_log: folder.join("log"), began }
    }

    fn until(&mut self, what: &str, mut done: impl FnMut(&Seen) -> bool) {
        if !self.within(PATIENCE, &mut done) {
            self.give_up(what);
        }
        println!("{:.1} s, {what}", self.began.elapsed().as_secs_f32());
    }

    fn within(&mut self, time: Duration, mut done: impl FnMut(&Seen) -> bool) -> bool {
        let seen = &mut self.seen;
        self.wire.carry_within(time, |wire| {
            seen.take(wire);
            done(seen)
        })
    }

    fn give_up(&self, what: &str) -> ! {
        let [a, b] = [&self.wire.a, &self.wire.b].map(|end| end.story());
        let server = server_story(&self.server_log);
        let devices = self.wire.b.engine.devices();
        panic!("{what}\nfar: {a}\nnear: {b}\nevents: {:?}\ndevices: {devices:?}\n{server}", self.seen.0);
    }

    /// Listens, again and again while the call goes on, until what is understood is enough. A thread of its own listens:
    /// packets wait for nobody.
    fn hear_until(&mut self, what: &str, ears: &[Ear], mut enough: impl FnMut(&[Understood]) -> bool) {
        let mut last = Vec::new();
        let heard = std::thread::scope(|scope| {
            let (ask, asked) = channel::<()>();
            let (tell, told) = channel::<Vec<Understood>>();
            scope.spawn(move || {
                for () in asked {
                    let _ = tell.send(ears.iter().map(Ear::listen).collect());
                }
            });
            ask.send(()).unwrap();
            self.within(PATIENCE, |_| {
                let Ok(heard) = told.try_recv() else { return false };
                let done = enough(&heard);
                last = heard;
                let _ = ask.send(());
                done
            })
        });
        println!("{:.1} s, {what}: {last:?}", self.began.elapsed().as_secs_f32());
        if !heard {
            self.give_up(&format!("{what}: {last:?}"));
        }
    }

    /// Lets the call go on for some packets both ways.
    fn go_on(&mut self, packets: usize) {
        let (at, sent) = (self.wire.b.engine.stats(ID).unwrap().received, self.wire.b.sent.len());
        let went_on = self.wire.carry_within(PATIENCE, |w| {
            w.b.engine.stats(ID).unwrap().received >= at + packets as u64 && w.b.sent.len() >= sent + packets
        });
        self.seen.take(&self.wire);
        if !went_on {
            self.give_up("the call goes on");
        }
    }

    fn end(self) {
        self.wire.a.engine.shutdown();
        self.wire.b.engine.shutdown();
    }
}

/// Unplugged and plugged in again: the call goes on, sound moves to what is there, and each change is told once.
pub fn call_over_devices(server: &mut SoundServer) {
    let headset = server.load_speaker("headset_speaker");
    let spare = server.load_speaker("spare_speaker");
    let microphone = server.load_microphone("headset_mic");
    server.set_default("sink", "headset_speaker");
    server.set_default("source", "headset_mic");
    let mut call = Call::new(server, DeviceWishes::default());
    call.until("both devices are used", |seen| {
        seen.used(Role::Speaker, "headset_speaker") && seen.used(Role::Microphone, "headset_mic")
    });
    heard_and_spoken(server, &mut call);

    server.unload(&headset);
    // Which of the others the server takes by itself is its own matter.
    server.set_default("sink", "spare_speaker");
    call.until("the spare speaker", |seen| seen.used(Role::Speaker, "spare_speaker"));
    if call.seen.gone(Role::Speaker, "headset_speaker") != 1 {
        call.give_up("the headset's speaker went once");
    }
    wait_for_voice(server, &mut call, "spare_speaker.monitor");

    server.end_tools();
    server.unload_microphone(&microphone);
    call.until("the microphone is gone", |seen| seen.gone(Role::Microphone, "headset_mic") == 1);
    server.unload(&spare);
    call.until("the spare speaker is gone", |seen| seen.gone(Role::Speaker, "spare_speaker") == 1);
    call.go_on(50);

    server.load_speaker("headset_speaker");
    server.load_microphone("headset_mic");
    server.set_default("sink", "headset_speaker");
    server.set_default("source", "headset_mic");
    call.until("the headset is used again", |seen| {
        seen.used(Role::Speaker, "headset_speaker") && seen.used(Role::Microphone, "headset_mic")
    });
    wait_for_voice(server, &mut call, "headset_speaker.monitor");
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    let far_ear = [Ear::new(&call.heard_wav, NEAR)];
    call.hear_until("the far end hears the microphone again", &far_ear, |heard| there(&heard[0]));

    // A server that ends our connections, as one does that misunderstands us: the same devices are there, nothing is told.
    let before = call.seen.0.len();
    server.our_connections(true);
    // Two of the list of devices, one of each device.
    call.until("all connections are there again", |_| server.our_connections(false) == 4);
    call.go_on(100);
    wait_for_voice(server, &mut call, "headset_speaker.monitor");
    if !call.seen.of_devices(before).is_empty() || server.log().contains("kicking client") {
        call.give_up("nothing is told");
    }
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
    server.set_default("sink", "default_speaker");
    server.set_default("source", "default_mic");
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
    let mut call = Call::new(server, wishes);
    call.wire.b.engine.ring();
    call.until("all three are used", |seen| {
        seen.used(Role::Speaker, "headset_speaker")
            && seen.used(Role::Microphone, "headset_mic")
            && seen.used(Role::Ringer, "desk_speaker")
    });
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    let ears = [Ear::new(&files[0], FAR), Ear::new(&call.heard_wav, NEAR)];
    call.hear_until("both voices", &ears, |heard| heard.iter().all(there));
    call.until("the ring is heard", |_| sounds(&files[1]));
    assert!(last_seconds(&files[2], 60).iter().all(|s| s.abs() < 1e-4), "the default speaker was not chosen");
    call.wire.b.engine.stop_ring();
    call.until("the ring ends", |_| !sounds(&files[1]));

    call.wire.b.engine.choose(Role::Speaker, id("desk_speaker"));
    call.wire.b.engine.choose(Role::Microphone, None);
    call.until("others are used", |seen| {
        seen.used(Role::Speaker, "desk_speaker") && seen.used(Role::Microphone, "default_mic")
    });
    let ears = [Ear::new(&files[1], FAR), Ear::new(&files[0], FAR)];
    call.hear_until("the desk is heard, the headset not", &ears, |h| there(&h[0]) && h[1].silent > 0.95);
    assert!(!call.seen.0.iter().any(|e| matches!(e, Event::DeviceGone { .. })), "{:?}", call.seen.0);
    call.end();
}

/// The call as it stands for a time, in packets of 20 ms: no device is told to have gone, none is opened again.
pub fn a_long_call(server: &mut SoundServer, packets: usize) {
    server.load_speaker("headset_speaker");
    server.load_microphone("headset_mic");
    let mut call = Call::new(server, DeviceWishes::default());
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
    call.hear_until(source, &[Ear::new(&wav, FAR)], |heard| there(&heard[0]));
}

/// Whether the last second of a recording is more than silence.
fn sounds(wav: &Path) -> bool {
    power(&last_seconds(wav, 1)) > 1e-5
}

/// What comes out of the speaker is the far voice, and what the far end hears is the near one: clear; or, where a server
/// without time for anybody stutters, about as clear as when a plain player and a plain recorder do the same at the
/// same time.
fn heard_and_spoken(server: &mut SoundServer, call: &mut Call) {
    let [speaker_wav, far_control_wav, near_control_wav] =
        ["speaker.wav", "far-control.wav", "near-control.wav"].map(|name| call.heard_wav.with_file_name(name));
    let control = server.load_speaker("control");
    server.record("headset_speaker.monitor", &speaker_wav);
    server.record("control.monitor", &far_control_wav);
    server.record("headset_mic", &near_control_wav);
    server.play(&call.far_wav.clone(), "control");
    server.play(&call.near_wav.clone(), "headset_mic_feed");
    let ears = [(&speaker_wav, FAR), (&call.heard_wav, NEAR), (&far_control_wav, FAR), (&near_control_wav, NEAR)]
        .map(|(wav, who)| Ear { seconds: 4, ..Ear::new(wav, who) });
    call.hear_until("ours, then the plain tools'", &ears, |heard| {
        let as_clear = |ours: &Understood, plain: &Understood| {
            clear(ours) || there(ours) && ours.words > plain.words - 0.1 && ours.silent < plain.silent + 0.05
        };
        as_clear(&heard[0], &heard[2]) && as_clear(&heard[1], &heard[3])
    });
    // A server moves the player of a device that goes to another one.
    server.end_tools();
    server.unload(&control);
}
