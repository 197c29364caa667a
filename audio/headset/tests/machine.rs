//! What a person presses becomes what a desk telephone would do, and what we write never does.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)] // the crate is pure; its tests read files, need some instant, and may panic

use std::time::{Duration, Instant};

use headset::machine::{ECHO, PULSE_ECHO};
use headset::{Action, Calls, Descriptor, Headset, Telephony};
use proptest::prelude::*;
use support::{MODELS, Model};

mod support;

const HOOK: u8 = 0x20;
const MUTE: u8 = 0x2F;
const FLASH: u8 = 0x21;
const REDIAL: u8 = 0x24;
const DROP: u8 = 0x26;
const BUSY: u8 = 0x97;

const NONE: Calls = Calls { ringing: false, talking: false, held: false, muted: false };
const RINGING: Calls = Calls { ringing: true, ..NONE };
const TALKING: Calls = Calls { talking: true, ..NONE };
const HELD: Calls = Calls { held: true, ..NONE };
const WAITING: Calls = Calls { ringing: true, talking: true, ..NONE };
const BOTH: Calls = Calls { talking: true, held: true, ..NONE };

/// A headset on a desk, and what its lamps show.
struct Desk {
    model: &'static Model,
    headset: Headset,
    now: Instant,
    lamps: Vec<(u8, bool)>,
    on: Vec<u8>,
}

impl Desk {
    fn with(name: &str) -> Self {
        let model = Model::named(name);
        let telephony = Telephony::find(&Descriptor::parse(&model.descriptor()).unwrap()).unwrap();
        Self { model, headset: Headset::new(telephony), now: Instant::now(), lamps: Vec::new(), on: Vec::new() }
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        while self.headset.poll_timeout().is_some_and(|due| due <= self.now) {
            self.headset.expire(self.now);
        }
        self.drain();
    }

    fn drain(&mut self) -> usize {
        let mut written = 0;
        while let Some(report) = self.headset.poll_write() {
            written += 1;
            for (usage, on) in self.model.lamps(&report) {
                self.lamps.retain(|(other, _)| *other != usage);
                self.lamps.push((usage, on));
            }
        }
        written
    }

    fn calls(&mut self, calls: Calls) -> usize {
        self.headset.follow(calls, self.now);
        self.drain()
    }

    /// The report in which `usage` is on or not, the rest as it was.
    fn send(&mut self, usage: u8, on: bool) -> Vec<Action> {
        self.on.retain(|other| *other != usage);
        if on {
            self.on.push(usage);
        }
        let actions = self.headset.hear(&self.model.report(&self.on), self.now);
        self.drain();
        actions
    }

    fn press(&mut self, usage: u8) -> Vec<Action> {
        let mut actions = self.send(usage, true);
        actions.extend(self.send(usage, false));
        actions
    }

    fn lit(&self, usage: u8) -> bool {
        self.lamps.contains(&(usage, true))
    }
}

#[test]
fn a_call_is_answered_and_ended_by_the_hook() {
    for model in MODELS.iter().filter(|model| model.inputs[0].0 == HOOK && model.name != "pulses alone") {
        let mut desk = Desk::with(model.name);
        desk.calls(RINGING);
        assert!(desk.lit(0x18), "{} rings", model.name);
        assert_eq!(desk.send(HOOK, true), [Action::Answer], "{}", model.name);
        assert!(desk.lit(0x17) && !desk.lit(0x18), "{}: shown before the call follows", model.name);
        desk.calls(TALKING);
        desk.pass(Duration::from_secs(1));
        assert_eq!(desk.send(HOOK, false), [Action::End], "{}", model.name);
        assert!(!desk.lit(0x17), "{}", model.name);
        desk.calls(NONE);
        desk.pass(Duration::from_millis(500));
        desk.calls(RINGING);
        assert_eq!(desk.send(HOOK, true), [Action::Answer], "{}: the next call, at once", model.name);
    }
}

#[test]
fn a_hook_that_is_a_pulse_does_both() {
    let mut desk = Desk::with("pulses alone");
    desk.calls(RINGING);
    assert_eq!(desk.press(HOOK), [Action::Answer]);
    desk.calls(TALKING);
    assert_eq!(desk.press(HOOK), [Action::End]);
}

#[test]
fn the_echo_of_our_own_lamp_is_no_press() {
    let mut desk = Desk::with("Jabra Evolve");
    desk.calls(RINGING);
    desk.calls(TALKING); // answered in the window
    desk.pass(Duration::from_millis(700));
    assert_eq!(desk.send(HOOK, true), []);
    desk.calls(NONE); // ended in the window
    desk.pass(Duration::from_millis(20));
    assert_eq!(desk.send(HOOK, false), []);
    // On and off faster than the device answers.
    desk.calls(TALKING);
    desk.calls(NONE);
    desk.calls(RINGING);
    assert_eq!(desk.send(HOOK, true), [], "the echo of what was, while the next one rings");
    assert_eq!(desk.send(HOOK, false), []);
    desk.pass(ECHO);
    assert_eq!(desk.send(HOOK, true), [Action::Answer]);
}

#[test]
fn a_report_that_was_on_its_way_ends_nothing() {
    let mut desk = Desk::with("Poly Blackwire");
    desk.calls(RINGING);
    desk.calls(TALKING);
    // Mute was pressed before the device heard of the call: its report says on-hook.
    desk.pass(PULSE_ECHO);
    assert_eq!(desk.press(MUTE), [Action::Mute(true)]);
}

#[test]
fn a_device_that_never_echoes_ends_a_call_all_the_same() {
    let mut desk = Desk::with("Poly Blackwire");
    desk.calls(RINGING);
    desk.calls(TALKING);
    desk.send(FLASH, false);
    desk.pass(Duration::from_secs(20));
    assert_eq!(desk.send(HOOK, false), [Action::End], "it tells on-hook once more");
}

#[test]
fn several_calls_go_as_on_a_desk_telephone() {
    let mut desk = Desk::with("EPOS Impact");
    desk.calls(RINGING);
    assert_eq!(desk.press(DROP), [Action::Reject]);
    desk.calls(NONE);
    desk.calls(RINGING);
    desk.send(HOOK, true);
    desk.calls(TALKING);
    desk.pass(Duration::from_secs(3));
    desk.calls(WAITING);
    assert!(desk.lit(0x18), "the second one shows");
    assert_eq!(desk.press(FLASH), [Action::Answer]);
    desk.calls(BOTH);
    assert!(desk.lit(0x20));
    assert_eq!(desk.press(FLASH), [Action::Swap]);
    desk.calls(BOTH);
    desk.pass(Duration::from_secs(3));
    assert_eq!(desk.send(HOOK, false), [Action::End], "ends the one that is up");
    desk.calls(HELD);
    assert_eq!(desk.send(HOOK, true), [Action::Resume], "lifting goes on with what is held");
    desk.calls(TALKING);
    assert_eq!(desk.press(FLASH), [Action::Hold]);
    desk.calls(WAITING);
    assert_eq!(desk.press(DROP), [Action::Reject], "not the one that is up");
    desk.calls(TALKING);
    assert_eq!(desk.press(REDIAL), [], "not in a call");
    assert_eq!(desk.press(DROP), [Action::End]);
    desk.calls(NONE);
    assert_eq!(desk.press(REDIAL), [Action::Redial]);
}

#[test]
fn put_down_while_another_rings_the_other_goes_on_ringing() {
    let mut desk = Desk::with("Jabra Evolve");
    desk.calls(RINGING);
    desk.send(HOOK, true);
    desk.calls(TALKING);
    desk.pass(Duration::from_secs(3));
    desk.calls(WAITING);
    assert_eq!(desk.send(HOOK, false), [Action::End]);
    desk.calls(RINGING);
    assert!(desk.lit(0x18));
    assert_eq!(desk.send(HOOK, true), [Action::Answer]);
}

#[test]
fn without_a_call_of_ours_the_headset_is_another_programs() {
    let mut desk = Desk::with("Jabra Evolve");
    assert_eq!(desk.send(HOOK, true), []);
    assert_eq!(desk.press(MUTE), []);
    desk.pass(Duration::from_secs(60));
    assert_eq!(desk.send(HOOK, false), []);
    assert_eq!(desk.drain(), 0, "nothing is written");
    // What it left lit is put right when a call of ours begins.
    let mut desk = Desk::with("Poly Blackwire");
    assert_eq!(desk.calls(RINGING), 4, "every report, not what changed alone");
    assert_eq!(desk.calls(TALKING), 2);
}

#[test]
fn a_base_station_on_another_line_does_not_end_the_call() {
    let mut desk = Desk::with("Jabra Engage base");
    desk.calls(RINGING);
    desk.calls(TALKING);
    desk.send(HOOK, true);
    desk.pass(Duration::from_secs(10));
    desk.on = vec![BUSY];
    let actions = desk.headset.hear(&desk.model.report(&[BUSY]), desk.now);
    assert_eq!(actions, [Action::Busy(true)]);
    assert_eq!(desk.send(BUSY, false), [Action::Busy(false)]);
}

#[test]
fn an_answer_that_never_comes_leaves_the_lamps_to_the_calls() {
    let mut desk = Desk::with("Jabra Evolve");
    desk.calls(RINGING);
    desk.send(HOOK, true);
    assert!(!desk.lit(0x18));
    desk.pass(Duration::from_secs(6));
    assert!(desk.lit(0x18) && !desk.lit(0x17));
}

/// A device that mutes by itself, as it hears of it: the link holds what is under way in both directions.
struct Far {
    muted: bool,
    to_device: Vec<bool>,
    to_us: Vec<Vec<u8>>,
}

/// 200 toggles from the headset, from the window and from a key, in any order, over a link of any delay: all agree in the end.
fn mutes_agree(name: &str, steps: &[u8]) {
    let mut desk = Desk::with(name);
    let latched = name == "latched mute";
    let mut app = false;
    let mut far = Far { muted: false, to_device: Vec::new(), to_us: Vec::new() };
    let mut calls = TALKING;
    desk.calls(calls);
    desk.send(HOOK, true);
    let settle = |desk: &mut Desk, far: &mut Far, calls: &mut Calls, app: &mut bool| {
        while let Some(report) = desk.headset.poll_write() {
            far.to_device.extend(desk.model.lamps(&report).iter().filter(|(u, _)| *u == 0x09).map(|(_, on)| *on));
        }
        for muted in far.to_device.drain(..) {
            if latched && muted != far.muted {
                far.to_us.push(desk.model.report(if muted { &[HOOK, MUTE] } else { &[HOOK] }));
            }
            far.muted = muted;
        }
        for report in std::mem::take(&mut far.to_us) {
            for action in desk.headset.hear(&report, desk.now) {
                let Action::Mute(on) = action else { panic!("{action:?} was not asked for") };
                *app = on;
                calls.muted = on;
            }
            desk.headset.follow(*calls, desk.now);
        }
    };
    for step in steps {
        match step % 4 {
            0 => {
                far.muted = !far.muted;
                let on: &[u8] = if far.muted || !latched { &[HOOK, MUTE] } else { &[HOOK] };
                far.to_us.push(desk.model.report(on));
                if !latched {
                    far.to_us.push(desk.model.report(&[HOOK]));
                }
            }
            1 | 2 => {
                app = !app;
                calls.muted = app;
                desk.headset.follow(calls, desk.now);
            }
            _ => settle(&mut desk, &mut far, &mut calls, &mut app),
        }
        desk.now += Duration::from_millis(u64::from(*step));
    }
    for _ in 0..8 {
        // What is under way arrives: a link is slow, but not as slow as an echo may be.
        (0..4).for_each(|_| settle(&mut desk, &mut far, &mut calls, &mut app));
        desk.now += ECHO;
        while desk.headset.poll_timeout().is_some_and(|due| due <= desk.now) {
            desk.headset.expire(desk.now);
        }
    }
    assert!(desk.headset.poll_write().is_none(), "{name}: it comes to rest");
    assert_eq!(app, far.muted, "{name}: the headset and the call");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn mutes_from_three_sides_never_disagree(steps in proptest::collection::vec(any::<u8>(), 400)) {
        for name in ["Jabra Evolve", "Poly Blackwire", "latched mute", "without report ids"] {
            mutes_agree(name, &steps);
        }
    }
}
