//! Presses on a headset and what it shows, at the port: reports in, reports out.

use std::collections::VecDeque;

use agent_api::error::ErrorCode;
use agent_api::headset::{HeadsetButton, HeadsetId, HeadsetLamp, HeadsetState, TestLamp};

use super::*;
use crate::port::headset::{Access, HeadsetCommand, HeadsetEvent, Plugged};

/// Headset of the telephony page with report id 2: Hook (latched), Mute, Flash, Redial and Drop (pulses) in; Off-Hook, Mute, Ring and Hold
/// out, all bits of one report, as Jabra has it.
#[rustfmt::skip]
const JABRA: [u8; 55] = [
    0x05, 0x0B, 0x09, 0x05, 0xA1, 0x01, 0x85, 0x02, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01,
    0x09, 0x20, 0x95, 0x01, 0x81, 0x22,
    0x09, 0x2F, 0x09, 0x21, 0x09, 0x24, 0x09, 0x26, 0x95, 0x04, 0x81, 0x06,
    0x95, 0x03, 0x81, 0x01,
    0x05, 0x08, 0x09, 0x17, 0x09, 0x09, 0x09, 0x18, 0x09, 0x20, 0x95, 0x04, 0x91, 0x22,
    0x95, 0x04, 0x91, 0x01, 0xC0,
];
const HOOK: u8 = 1;
const MUTE: u8 = 2;
const FLASH: u8 = 4;
const REDIAL: u8 = 8;
const DROP: u8 = 16;
const OFF_HOOK: u8 = 1;
const MUTED: u8 = 2;
const RINGS: u8 = 4;
const HELD: u8 = 8;
const ID: HeadsetId = HeadsetId(7);

impl Bench {
    fn plug(&mut self, access: Access) {
        self.put(Input::Headset(HeadsetEvent::Followed));
        let headset = Plugged {
            id: ID,
            name: "Jabra Evolve2 65".to_owned(),
            vendor: 0x0B0E,
            product: 0x030C,
            bluetooth: false,
            descriptor: JABRA.to_vec(),
        };
        self.put(Input::Headset(HeadsetEvent::Plugged { headset, access }));
    }

    fn hear(&mut self, bits: u8) {
        self.put(Input::Headset(HeadsetEvent::Report { headset: ID, report: vec![2, bits] }));
    }

    /// A key that comes back by itself, while the hook is as it is.
    fn press(&mut self, key: u8, hook: u8) {
        self.hear(hook | key);
        self.hear(hook);
    }

    /// What it was told to show, last.
    fn lamps(&self) -> Option<u8> {
        let mut written = self.done.iter().filter_map(|effect| match effect {
            Effect::Headset(HeadsetCommand::Write { headset: ID, report }) => Some(report),
            _ => None,
        });
        written.next_back().map(|report| {
            assert_eq!((report.len(), report[0]), (2, 2), "id and one byte");
            report[1]
        })
    }

    fn shown(&self) -> agent_api::headset::HeadsetView {
        let views = self.events();
        let last = views.iter().rev().find_map(|body| match body {
            EventBody::Headsets(all) => Some(all.list[0].clone()),
            _ => None,
        });
        last.expect("the headset was shown")
    }

    /// The device answers the lamp by its hook, as many do.
    fn echo(&mut self) {
        let hook = self.lamps().unwrap_or(0) & OFF_HOOK;
        self.pass(Duration::from_millis(30));
        self.hear(hook);
    }
}

#[test]
fn a_call_is_answered_held_muted_and_ended_on_a_headset() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    assert_eq!(bench.lamps(), None, "without a call it is another program's");
    let (call, leg) = bench.ringing("88887777");
    assert_eq!(bench.lamps(), Some(RINGS));
    bench.hear(HOOK);
    assert_eq!(bench.lamps(), Some(OFF_HOOK), "in the same step");
    bench.prepared(call);
    assert!(bench.names().iter().any(|name| name.starts_with("Answer")), "{:?}", bench.names());
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    bench.pass(Duration::from_secs(5));
    bench.press(MUTE, HOOK);
    assert!(bench.view(call).muted && bench.lamps() == Some(OFF_HOOK | MUTED));
    assert!(bench.sounds().contains(&&MediaCommand::Mute { call, muted: true }));
    bench.press(FLASH, HOOK);
    assert!(bench.view(call).held_at_ms.is_some() && bench.lamps() == Some(HELD | MUTED));
    bench.hear(0); // the lamp of being off-hook went out
    bench.pass(Duration::from_secs(5));
    bench.press(FLASH, 0);
    assert!(bench.view(call).held_at_ms.is_none() && bench.lamps() == Some(OFF_HOOK | MUTED));
    bench.echo();
    bench.pass(Duration::from_secs(5));
    bench.hear(0);
    assert!(bench.names().iter().any(|name| name.starts_with("HangUp")), "{:?}", bench.names());
    assert_eq!(bench.lamps(), Some(0));
}

#[test]
fn what_the_window_does_is_shown_and_its_echo_asks_for_nothing() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Answer(call)).unwrap();
    bench.prepared(call);
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    bench.echo();
    bench.ask(Ask::Mute(call, true)).unwrap();
    assert_eq!(bench.lamps(), Some(OFF_HOOK | MUTED));
    // Within a moment of our lamp a pulse of muting is its echo.
    bench.pass(Duration::from_millis(20));
    bench.press(MUTE, HOOK);
    assert!(bench.view(call).muted);
    bench.ask(Ask::Hold(call)).unwrap();
    bench.echo();
    assert!(bench.view(call).held_at_ms.is_some());
    bench.ask(Ask::Resume(call)).unwrap();
    bench.echo();
    bench.ask(Ask::HangUp(call)).unwrap();
    bench.done.clear();
    bench.hear(0);
    assert!(bench.names().is_empty(), "the echo of hanging up ends nothing more");
}

#[test]
fn a_second_call_is_refused_or_taken_as_on_a_desk_telephone() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    let (first, _) = bench.talking("22223333");
    bench.echo();
    bench.pass(Duration::from_secs(3));
    bench.ringing("88887777");
    assert_eq!(bench.lamps(), Some(OFF_HOOK | RINGS));
    bench.press(DROP, HOOK);
    assert!(bench.names().iter().any(|name| name.starts_with("Reject")), "{:?}", bench.names());
    let (third, leg) = bench.ringing("88886666");
    bench.pass(Duration::from_secs(3));
    bench.press(FLASH, HOOK);
    bench.prepared(third);
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    assert!(bench.view(first).held_at_ms.is_some() && bench.lamps() == Some(OFF_HOOK | HELD));
    bench.pass(Duration::from_secs(3));
    bench.press(FLASH, HOOK);
    assert!(bench.view(first).held_at_ms.is_none() && bench.view(third).held_at_ms.is_some(), "the other way round");
}

#[test]
fn the_last_number_is_called_only_without_a_call() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    let redials = |bench: &Bench| bench.done.iter().filter(|effect| matches!(effect, Effect::Redial)).count();
    bench.press(REDIAL, 0);
    assert_eq!(redials(&bench), 1);
    bench.talking("22223333");
    bench.press(REDIAL, HOOK);
    assert_eq!(redials(&bench), 1);
}

#[test]
fn a_headset_that_goes_in_a_call_takes_nothing_with_it_and_finds_it_when_it_comes_back() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    let (call, _) = bench.talking("22223333");
    bench.done.clear();
    bench.put(Input::Headset(HeadsetEvent::Unplugged(ID)));
    assert!(bench.names().is_empty() && bench.sounds().is_empty());
    bench.hear(0); // a report that was on its way
    bench.ask(Ask::Mute(call, true)).unwrap();
    assert_eq!(bench.lamps(), None);
    bench.plug(Access::Open);
    assert_eq!(bench.lamps(), Some(OFF_HOOK | MUTED), "all of it, at once");
}

#[test]
fn the_page_sees_each_button_and_tries_each_lamp() {
    let mut bench = Bench::new();
    bench.plug(Access::Refused);
    assert_eq!(bench.shown().state, HeadsetState::NoPermission);
    assert!(bench.shown().buttons.len() == 5, "what it has is known all the same");
    bench.plug(Access::Open);
    bench.press(MUTE, 0);
    bench.press(MUTE, 0);
    let button = bench.shown().buttons[1];
    assert_eq!((button.button, button.presses, button.on), (HeadsetButton::Mute, 2, false));
    let ring = TestLamp { headset: ID, lamp: HeadsetLamp::Ring };
    bench.ask(Ask::TestLamp(ring)).unwrap();
    assert_eq!(bench.lamps(), Some(RINGS));
    assert!(bench.shown().lamps.iter().any(|lamp| lamp.lit && lamp.lamp == HeadsetLamp::Ring));
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.lamps(), Some(0));
    bench.ask(Ask::TestLamp(TestLamp { lamp: HeadsetLamp::OffHook, ..ring })).unwrap();
    bench.hear(HOOK); // as it echoes
    bench.talking("22223333");
    assert_eq!(bench.lamps(), Some(OFF_HOOK), "a call comes first");
    assert_eq!(bench.ask(Ask::TestLamp(ring)).unwrap_err().code, ErrorCode::WrongState);
}

#[test]
fn a_report_of_a_model_holds_what_it_can_and_what_it_did() {
    let mut bench = Bench::new();
    bench.plug(Access::Open);
    bench.ringing("88887777");
    bench.hear(HOOK);
    bench.put(Input::Headset(HeadsetEvent::Report { headset: ID, report: b"\x05SERIAL42".to_vec() }));
    let Ok(Reply::Headset(facts)) = bench.ask(Ask::Headset(ID)) else { panic!("it is there") };
    let around = crate::port::surroundings::Surroundings::none();
    let text = crate::report::headset::write(&facts, &around, "1", 0);
    for part in
        ["vendor = 0b0e", "05 0b 09 05 a1 01", "hook = latched, 1 presses", "from 02 01", "to   02 04", "05 … 9 bytes"]
    {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(
        !text.contains("53 45 52") && !text.contains("SERIAL"),
        "what the vendor sends is nobody's to read:\n{text}"
    );
}

/// A headset behind a link that takes its time: it mutes itself at a press and tells of it by a pulse, and shows what it is told.
#[derive(Default)]
struct Far {
    muted: bool,
    to_us: VecDeque<u8>,
    read: usize,
}

impl Far {
    fn take(&mut self, bench: &Bench) {
        let written: Vec<u8> = bench
            .done
            .iter()
            .filter_map(|effect| match effect {
                Effect::Headset(HeadsetCommand::Write { report, .. }) => Some(report[1]),
                _ => None,
            })
            .collect();
        for lamps in &written[self.read..] {
            self.muted = lamps & MUTED != 0;
        }
        self.read = written.len();
    }
}

#[test]
fn two_hundred_mutes_from_headset_window_and_command_line_never_disagree() {
    for seed in 0..20_u64 {
        let mut bench = Bench::new();
        bench.plug(Access::Open);
        let (call, _) = bench.talking("22223333");
        bench.echo();
        let mut far = Far::default();
        far.take(&bench);
        let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut sources = [0; 3];
        for _ in 0..200 {
            let source = (next() % 3) as usize;
            sources[source] += 1;
            let now = bench.view(call).muted;
            match source {
                0 => {
                    far.muted = !far.muted;
                    far.to_us.extend([HOOK | MUTE, HOOK]);
                }
                // Window and command line go through the same door, each with what it saw last.
                _ => drop(bench.ask(Ask::Mute(call, !now)).unwrap()),
            }
            if next() % 2 == 0 {
                while let Some(bits) = far.to_us.pop_front() {
                    bench.hear(bits);
                }
                far.take(&bench);
            }
            bench.pass(Duration::from_millis(next() % 250));
        }
        while let Some(bits) = far.to_us.pop_front() {
            bench.hear(bits);
        }
        bench.pass(Duration::from_secs(5));
        far.take(&bench);
        assert!(sources.iter().all(|count| *count > 30), "{sources:?}");
        let sent = bench.sounds().iter().rev().find_map(|command| match command {
            MediaCommand::Mute { muted, .. } => Some(*muted),
            _ => None,
        });
        let muted = bench.view(call).muted;
        assert_eq!((far.muted, sent), (muted, Some(muted)), "seed {seed}: headset, sound and window");
        assert_eq!(bench.lamps(), Some(OFF_HOOK | if muted { MUTED } else { 0 }));
    }
}
