//! One call over real devices of a sound server: heard, spoken, unplugged, plugged in again.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test helper that shows its figures")]

use audio_engine::{Backend, CodecKind, DeviceWishes, Event, FileSink, FileSource, Role};

use crate::common::{ID, Wire, config, find, read_wav, speech, write_wav};
use crate::sound_server::{SoundServer, read_growing};

/// Virtual devices as a server names them.
pub struct Modules {
    /// Loads a speaker of this name.
    pub speaker: fn(&SoundServer, &str) -> String,
    /// Loads a microphone `headset_mic` that hears what is played into `headset_feed`.
    pub microphone: fn(&SoundServer) -> String,
}

struct Seen(Vec<Event>);

impl Seen {
    fn take(&mut self, wire: &Wire) {
        self.0.extend(wire.b.events.try_iter());
    }

    fn gone(&self, role: Role, name: &str) -> bool {
        self.0.iter().any(|e| matches!(e, Event::DeviceGone { role: r, id, .. } if *r == role && id.0.contains(name)))
    }

    fn used(&self, role: Role, name: &str) -> bool {
        let last = self.0.iter().rev().find_map(|e| match e {
            Event::DeviceUsed { role: r, device } if *r == role => Some(device.clone()),
            _ => None,
        });
        last.flatten().is_some_and(|d| d.id.0.contains(name))
    }

    fn none_used(&self, role: Role) -> bool {
        let used = |e: &&Event| matches!(e, Event::DeviceUsed { role: r, .. } if *r == role);
        matches!(self.0.iter().rev().find(used), Some(Event::DeviceUsed { device: None, .. }))
    }
}

/// The whole story; `wire.b` is the end with devices.
pub fn call_over_devices(server: &mut SoundServer, modules: &Modules) {
    let folder = server.path().to_owned();
    let headset = (modules.speaker)(server, "headset_speaker");
    let spare = (modules.speaker)(server, "spare_speaker");
    (modules.microphone)(server);
    server.pactl(&["set-default-sink", "headset_speaker"]);
    server.pactl(&["set-default-source", "headset_mic"]);

    let (far, near) = (speech(48_000, 60.0), speech(48_000, 3.0).iter().rev().copied().collect::<Vec<_>>());
    let (far_wav, near_wav, heard_wav) = (folder.join("far.wav"), folder.join("near.wav"), folder.join("heard.wav"));
    write_wav(&far_wav, 48_000, &far);
    write_wav(&near_wav, 48_000, &near);
    let speaker_wav = folder.join("speaker.wav");
    server.record("headset_speaker", &speaker_wav);

    let files = Backend::Files { mic: FileSource::Wav(far_wav), speaker: FileSink::Wav(heard_wav.clone()) };
    let mut wire = Wire::new(files, Backend::Devices(DeviceWishes::default()), config(CodecKind::Opus));
    let mut seen = Seen(Vec::new());
    wire.carry_until("both devices are used", |w| {
        seen.take(w);
        seen.used(Role::Speaker, "headset_speaker") && seen.used(Role::Microphone, "headset_mic")
    });
    heard_and_spoken(server, &mut wire, (&far, &speaker_wav), (&near, &near_wav, &heard_wav));

    let received = |w: &Wire| w.b.engine.stats(ID).unwrap().received;
    server.pactl(&["unload-module", &headset]);
    wire.carry_until("the spare speaker", |w| {
        seen.take(w);
        seen.gone(Role::Speaker, "headset_speaker") && seen.used(Role::Speaker, "spare_speaker")
    });
    let at = received(&wire);
    wire.carry_until("the call goes on", |w| received(w) > at + 50);

    server.pactl(&["unload-module", &spare]);
    wire.carry_until("no spare speaker", |w| {
        seen.take(w);
        seen.gone(Role::Speaker, "spare_speaker")
    });
    let (at, sent) = (received(&wire), wire.b.sent.len());
    wire.carry_until("the call goes on in silence", |w| received(w) > at + 50 && w.b.sent.len() > sent + 50);
    seen.take(&wire);
    let left = server.pactl(&["list", "short", "sinks"]);
    let unused = left.lines().all(|sink| sink.contains("feed"));
    assert!(!unused || seen.none_used(Role::Speaker) || seen.used(Role::Speaker, "feed"), "{left} {:?}", seen.0);

    (modules.speaker)(server, "headset_speaker");
    server.pactl(&["set-default-sink", "headset_speaker"]);
    wire.carry_until("the headset is used again", |w| {
        seen.take(w);
        seen.used(Role::Speaker, "headset_speaker")
    });
    let again_wav = folder.join("again.wav");
    server.record("headset_speaker", &again_wav);
    let at = received(&wire);
    wire.carry_until("heard again", |w| received(w) > at + 100);
    let again = read_growing(&again_wav);
    let power = again.iter().map(|s| s * s).sum::<f32>() / again.len() as f32;
    assert!(power > 1e-5, "{power} in {} samples, {:?}", again.len(), seen.0);
    assert!(seen.0.contains(&Event::DevicesChanged));
    wire.a.engine.shutdown();
    wire.b.engine.shutdown();
}

fn heard_and_spoken(
    server: &mut SoundServer,
    wire: &mut Wire,
    (far, speaker_wav): (&[f32], &std::path::Path),
    (near, near_wav, heard_wav): (&[f32], &std::path::Path, &std::path::Path),
) {
    // A server without real-time priority stutters on a full machine. Here it only has to be the other voice that comes
    // out, in one piece of three; how good it sounds is scored in virtual time.
    let (mut speaker, mut microphone) = (0.0_f32, 0.0_f32);
    for _ in 0..3 {
        server.play(near_wav, "headset_feed");
        let at = wire.b.engine.stats(ID).unwrap().received;
        wire.carry_until("six seconds", |w| w.b.engine.stats(ID).unwrap().received > at + 300);
        let played = read_growing(speaker_wav);
        // What the speaker played is a piece of the far voice: look for its last three seconds.
        let piece = &played[played.len().saturating_sub(4 * 48_000)..played.len().saturating_sub(48_000)];
        speaker = speaker.max(find(piece, far).1);
        microphone = microphone.max(find(near, &read_wav(heard_wav).1).1);
        println!("likeness: speaker {speaker:.3}, microphone {microphone:.3}");
        if speaker > 0.25 && microphone > 0.6 {
            return;
        }
    }
    panic!("speaker {speaker}, microphone {microphone}, {:?}", wire.a.engine.stats(ID));
}
