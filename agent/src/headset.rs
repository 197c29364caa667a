//! One headset: its machine, what was pressed on it, and what a report of its model tells.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use agent_api::headset::{ButtonView, HeadsetButton, HeadsetLamp, HeadsetState, HeadsetView, LampView};
pub use headset::Action;
use headset::telephony::Nature;
use headset::{Button, Calls, Descriptor, Headset, Lamp, Telephony};

use crate::port::clock::Now;
use crate::port::headset::{Access, Plugged};

/// Reports that are kept for a report of the model.
const KEPT: usize = 64;

/// One headset.
pub(crate) struct OneHeadset {
    plugged: Plugged,
    access: Access,
    /// None where its descriptor is not understood, or it is not open.
    machine: Option<Headset>,
    buttons: Vec<ButtonView>,
    calls: Calls,
    /// Something was asked for that calls may or may not have followed.
    asked: bool,
    other_line: bool,
    since: Instant,
    kept: VecDeque<Passed>,
}

/// A report that went to or came from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    /// Since it was plugged in.
    pub after: Duration,
    /// To it.
    pub sent: bool,
    /// Id and bytes; of reports without telephony the length alone: they may hold whatever the vendor likes.
    pub bytes: Result<Vec<u8>, (u8, usize)>,
}

/// What a report of its model is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadsetFacts {
    pub(crate) plugged: Plugged,
    pub(crate) view: HeadsetView,
    pub(crate) passed: Vec<Passed>,
}

impl OneHeadset {
    pub fn new(plugged: Plugged, access: Access, now: Now) -> Self {
        let telephony = Descriptor::parse(&plugged.descriptor).ok().and_then(|all| Telephony::find(&all));
        let buttons = telephony.iter().flat_map(|telephony| telephony.buttons().map(button_view)).collect();
        let machine = telephony.filter(|_| access == Access::Open).map(Headset::new);
        Self {
            plugged,
            access,
            machine,
            buttons,
            calls: Calls::default(),
            asked: false,
            other_line: false,
            since: now.mono,
            kept: VecDeque::new(),
        }
    }

    /// A report came: what the person wants.
    pub fn hear(&mut self, report: &[u8], now: Now) -> Vec<Action> {
        let Some(machine) = &mut self.machine else { return Vec::new() };
        let readings = machine.telephony().read(report);
        for reading in &readings {
            let Some(button) = self.buttons.get_mut(reading.input) else { continue };
            if reading.on && !button.on {
                button.presses = button.presses.wrapping_add(1);
            }
            button.on = reading.on;
        }
        let actions = machine.hear(report, now.mono);
        self.asked |= !actions.is_empty();
        for action in &actions {
            if let Action::Busy(busy) = action {
                self.other_line = *busy;
            }
        }
        let hidden = (report.first().copied().unwrap_or(0), report.len());
        let bytes = if readings.is_empty() { Err(hidden) } else { Ok(report.to_vec()) };
        self.keep(false, bytes, now);
        actions
    }

    /// Calls are so now: the reports to write.
    pub fn follow(&mut self, calls: Calls, now: Now) -> Vec<Vec<u8>> {
        let Some(machine) = &mut self.machine else { return Vec::new() };
        if machine.poll_timeout().is_some_and(|due| due <= now.mono) {
            machine.expire(now.mono);
        }
        // Only what is news: the machine waits for an echo of whatever it is told.
        if calls != self.calls || std::mem::take(&mut self.asked) {
            self.calls = calls;
            machine.follow(calls, now.mono);
        }
        let reports: Vec<Vec<u8>> = std::iter::from_fn(|| machine.poll_write()).collect();
        for report in &reports {
            self.keep(true, Ok(report.clone()), now);
        }
        reports
    }

    /// False while there is a call, where it has no such lamp, and where it is not open.
    pub fn try_lamp(&mut self, lamp: Lamp, now: Now) -> bool {
        self.machine.as_mut().is_some_and(|machine| machine.try_lamp(lamp, now.mono))
    }

    fn keep(&mut self, sent: bool, bytes: Result<Vec<u8>, (u8, usize)>, now: Now) {
        self.kept.truncate(KEPT - 1);
        self.kept.push_front(Passed { after: now.mono.saturating_duration_since(self.since), sent, bytes });
    }

    pub fn timeout(&self) -> Option<Instant> {
        self.machine.as_ref().and_then(Headset::poll_timeout)
    }

    pub fn view(&self) -> HeadsetView {
        let lamps = self.machine.iter().flat_map(|machine| {
            machine.telephony().lamps().map(|lamp| LampView { lamp: lamp_of(lamp), lit: machine.is_lit(lamp) })
        });
        HeadsetView {
            id: self.plugged.id,
            name: self.plugged.name.clone(),
            vendor_id: self.plugged.vendor,
            product_id: self.plugged.product,
            state: match self.access {
                Access::Open => HeadsetState::Ready,
                Access::Refused => HeadsetState::NoPermission,
                Access::Broken => HeadsetState::Failed,
            },
            buttons: self.buttons.clone(),
            lamps: lamps.collect(),
            other_line: self.other_line,
        }
    }

    pub fn facts(&self) -> HeadsetFacts {
        HeadsetFacts {
            plugged: self.plugged.clone(),
            view: self.view(),
            passed: self.kept.iter().rev().cloned().collect(),
        }
    }
}

fn button_view((button, nature): (Button, Nature)) -> ButtonView {
    let (button, number) = match button {
        Button::Hook => (HeadsetButton::Hook, None),
        Button::Mute => (HeadsetButton::Mute, None),
        Button::Flash => (HeadsetButton::Flash, None),
        Button::Hold => (HeadsetButton::Hold, None),
        Button::Redial => (HeadsetButton::Redial, None),
        Button::Drop => (HeadsetButton::Drop, None),
        Button::Line => (HeadsetButton::Line, None),
        Button::LineBusy => (HeadsetButton::LineBusy, None),
        Button::Programmable(number) => (HeadsetButton::Programmable, Some(number)),
        Button::VolumeUp => (HeadsetButton::VolumeUp, None),
        Button::VolumeDown => (HeadsetButton::VolumeDown, None),
    };
    ButtonView { button, number, latched: nature == Nature::Latched, on: false, presses: 0 }
}

pub(crate) fn lamp_of(lamp: Lamp) -> HeadsetLamp {
    match lamp {
        Lamp::OffHook => HeadsetLamp::OffHook,
        Lamp::Ring => HeadsetLamp::Ring,
        Lamp::Mute => HeadsetLamp::Mute,
        Lamp::Hold => HeadsetLamp::Hold,
        Lamp::Microphone => HeadsetLamp::Microphone,
        Lamp::Speaker => HeadsetLamp::Speaker,
        Lamp::OnLine => HeadsetLamp::OnLine,
        Lamp::Ringer => HeadsetLamp::Ringer,
    }
}
