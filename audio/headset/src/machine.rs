//! Joins a headset with calls as a desk telephone does: reports in, what the person wants and reports out. Time is an argument.
//!
//! Devices answer a lamp that is written with the button that belongs to it: such an echo is no press. A latched button is a press only
//! where it goes to what nobody asked for; a pulse never within [`PULSE_ECHO`] of the lamp that we wrote.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::telephony::{Button, Lamp, Nature, Reading, Telephony};

/// How long an echo may take; a base station opens its radio link first.
pub const ECHO: Duration = Duration::from_secs(2);
/// How long a pulse behind a lamp of ours is its echo: nobody presses so soon on purpose.
pub const PULSE_ECHO: Duration = Duration::from_millis(80);
/// How long a report without news may still be of before the lamp was written.
const IN_FLIGHT: Duration = Duration::from_millis(300);
/// How long calls may take to follow a press before the lamps show again what is.
const INTENT: Duration = Duration::from_secs(5);

/// How long a lamp that is tried is lit.
pub const TRY: Duration = Duration::from_secs(2);

/// What there is of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// One rings here, also while another is up.
    pub ringing: bool,
    /// One is up, or being dialled.
    pub talking: bool,
    /// One or more are held.
    pub held: bool,
    /// The microphone is muted.
    pub muted: bool,
}

impl Calls {
    fn any(self) -> bool {
        self.ringing || self.talking || self.held
    }
}

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take the call that rings; what is up is held.
    Answer,
    /// Refuse the call that rings.
    Reject,
    /// End the call that is up.
    End,
    /// Hold the call that is up.
    Hold,
    /// Go on with the held call.
    Resume,
    /// Hold the one, go on with the other.
    Swap,
    /// Mute, or not.
    Mute(bool),
    /// Call the last number.
    Redial,
    /// A programmable button was pressed.
    Programmable(u8),
    /// The base station is on another line, or no longer.
    Busy(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intent {
    Talking,
    Ended,
}

#[derive(Debug, Clone, Copy)]
struct Echo {
    button: Button,
    on: bool,
    at: Instant,
}

/// One headset.
#[derive(Debug)]
pub struct Headset {
    telephony: Telephony,
    calls: Calls,
    /// What was wanted on the headset until calls follow.
    intent: Option<(Intent, Instant)>,
    /// By input: what was last heard.
    heard: BTreeMap<usize, bool>,
    echoes: VecDeque<Echo>,
    /// Whether this device ever echoed its hook.
    echoing: bool,
    /// When a lamp was last written that is not owed to a press.
    lamp_at: Option<Instant>,
    /// Lit without a call, because somebody wants to see it, since.
    tried: Option<(Lamp, Instant)>,
    shown: BTreeMap<u8, Vec<u8>>,
    out: VecDeque<Vec<u8>>,
}

impl Headset {
    /// A headset that was just plugged in. Nothing is written to it before there is a call: another program may be using it.
    pub fn new(telephony: Telephony) -> Self {
        let dark = telephony.write(|_| false);
        Self {
            telephony,
            calls: Calls::default(),
            intent: None,
            heard: BTreeMap::new(),
            echoes: VecDeque::new(),
            echoing: false,
            lamp_at: None,
            tried: None,
            shown: dark,
            out: VecDeque::new(),
        }
    }

    /// Calls changed: the lamps follow.
    pub fn follow(&mut self, calls: Calls, now: Instant) {
        let begins = !self.calls.any() && calls.any();
        if calls.any() {
            self.tried = None;
        }
        let before = std::mem::replace(&mut self.calls, calls);
        let done = match self.intent {
            Some((Intent::Talking, _)) => calls.talking || !(calls.ringing || calls.held),
            Some((Intent::Ended, _)) => !calls.talking && (before.talking || !calls.ringing),
            None => false,
        };
        if done {
            self.intent = None;
        }
        self.show(begins, false, now);
    }

    /// A report came. What is asked for is shown at once, before calls follow.
    pub fn hear(&mut self, report: &[u8], now: Instant) -> Vec<Action> {
        self.forget(now);
        let readings = self.telephony.read(report);
        let was: Vec<Option<bool>> = readings.iter().map(|reading| self.heard.get(&reading.input).copied()).collect();
        let news = readings.iter().zip(&was).any(|(reading, was)| *was != Some(reading.on));
        let mut actions = Vec::new();
        let turned_busy = readings.iter().any(|r| r.button == Button::LineBusy && r.on);
        for (reading, was) in readings.iter().zip(was) {
            self.heard.insert(reading.input, reading.on);
            let changed = was.unwrap_or(false) != reading.on;
            if reading.button == Button::Hook && turned_busy {
                continue; // refused by the base station, not by the person
            }
            match reading.nature {
                Nature::Latched => actions.extend(self.latched(*reading, changed, news, now)),
                Nature::Pulse if changed && reading.on => actions.extend(self.pulse(reading.button, now)),
                Nature::Pulse => {}
            }
        }
        if !actions.is_empty() {
            self.show(false, true, now);
        }
        actions
    }

    /// Lights a lamp for [`TRY`]; false, and nothing is done, while there is a call or where there is no such lamp.
    pub fn try_lamp(&mut self, lamp: Lamp, now: Instant) -> bool {
        let can = !self.calls.any() && self.telephony.has_lamp(lamp);
        if can {
            self.tried = Some((lamp, now));
            self.show(true, false, now);
        }
        can
    }

    /// The moment of [`Self::poll_timeout`] came.
    pub fn expire(&mut self, now: Instant) {
        if self.tried.take_if(|(_, since)| now >= *since + TRY).is_some() {
            self.show(false, false, now);
        }
        let waited = !self.echoes.is_empty();
        self.forget(now);
        if self.intent.is_some_and(|(_, since)| now >= since + INTENT) {
            self.intent = None;
            self.show(false, false, now);
        }
        if waited && self.echoes.is_empty() && self.disagrees() {
            self.again();
        }
    }

    /// The next output report to write: its id in front, 0 where reports have none.
    pub fn poll_write(&mut self) -> Option<Vec<u8>> {
        self.out.pop_front()
    }

    /// When [`Self::expire`] is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let echo = self.echoes.front().map(|echo| echo.at + ECHO);
        let intent = self.intent.map(|(_, since)| since + INTENT);
        let tried = self.tried.map(|(_, since)| since + TRY);
        echo.into_iter().chain(intent).chain(tried).min()
    }

    /// Whether a lamp was told to be lit.
    pub fn is_lit(&self, lamp: Lamp) -> bool {
        self.lit(lamp)
    }

    /// What the headset can.
    pub fn telephony(&self) -> &Telephony {
        &self.telephony
    }

    fn latched(&mut self, reading: Reading, changed: bool, news: bool, now: Instant) -> Option<Action> {
        let Reading { button, on, .. } = reading;
        if button == Button::LineBusy {
            return changed.then_some(Action::Busy(on));
        }
        let wanted = self.wanted(button);
        let echo = self.take_echo(button, on);
        if changed && echo {
            self.echoing |= button == Button::Hook;
            return None;
        }
        if on == wanted {
            return None;
        }
        // A device that never echoes tells a press by a report without news: what it last told was before our lamp.
        let told_again = !news && !self.echoing && self.lamp_at.is_none_or(|at| now >= at + IN_FLIGHT);
        if !changed && !told_again {
            return None;
        }
        match button {
            Button::Hook if on => self.lift(),
            Button::Hook => self.hang_up(),
            Button::Mute => self.mute(on),
            _ => None,
        }
        .inspect(|action| self.intend(*action, now))
    }

    fn pulse(&mut self, button: Button, now: Instant) -> Option<Action> {
        let Calls { ringing, talking, held, muted } = self.calls;
        let action = match button {
            Button::Hook if self.wanted(Button::Hook) => self.hang_up(),
            Button::Hook | Button::Line => self.lift(),
            Button::Mute if self.lamp_at.is_some_and(|at| now < at + PULSE_ECHO) => {
                self.again(); // if it was a press after all, the device is told what holds
                None
            }
            Button::Mute => self.mute(!muted),
            Button::Flash if ringing => Some(Action::Answer),
            Button::Flash | Button::Hold if talking && held => Some(Action::Swap),
            Button::Flash | Button::Hold if talking => Some(Action::Hold),
            Button::Flash | Button::Hold if held => Some(Action::Resume),
            Button::Drop if ringing => Some(Action::Reject),
            Button::Drop if talking => Some(Action::End),
            Button::Redial if !self.calls.any() => Some(Action::Redial),
            Button::Programmable(number) => Some(Action::Programmable(number)),
            _ => None, // volume is the system's; the rest means nothing now
        };
        action.inspect(|action| self.intend(*action, now))
    }

    /// The receiver is lifted: what waits is taken, as on a desk telephone.
    fn lift(&self) -> Option<Action> {
        match self.calls {
            Calls { talking: true, ringing: false, .. } => None,
            Calls { ringing: true, .. } => Some(Action::Answer),
            Calls { held: true, .. } => Some(Action::Resume),
            _ => None,
        }
    }

    /// It is put down: what is up ends, what rings beside it goes on ringing. Put down right after it was lifted it refuses.
    fn hang_up(&self) -> Option<Action> {
        match self.calls {
            Calls { talking: true, .. } => Some(Action::End),
            Calls { ringing: true, .. } => Some(Action::Reject),
            _ => None,
        }
    }

    /// Without a call of ours muting is another program's matter.
    fn mute(&self, on: bool) -> Option<Action> {
        (self.calls.talking || self.calls.held).then_some(Action::Mute(on))
    }

    fn intend(&mut self, action: Action, now: Instant) {
        match action {
            Action::Answer | Action::Resume => self.intent = Some((Intent::Talking, now)),
            Action::End | Action::Reject => self.intent = Some((Intent::Ended, now)),
            Action::Mute(on) => self.calls.muted = on,
            _ => {}
        }
    }

    fn wanted(&self, button: Button) -> bool {
        match (button, self.intent) {
            (Button::Hook, Some((Intent::Talking, _))) => true,
            (Button::Hook, Some((Intent::Ended, _))) => false,
            (Button::Hook, None) => self.calls.talking,
            (Button::Mute, _) => self.calls.muted && self.calls.any(),
            _ => false,
        }
    }

    fn lit(&self, lamp: Lamp) -> bool {
        if let Some((tried, _)) = self.tried {
            return lamp == tried;
        }
        let up = self.wanted(Button::Hook);
        let muted = self.wanted(Button::Mute);
        match lamp {
            Lamp::OffHook | Lamp::Speaker | Lamp::OnLine => up,
            Lamp::Ring | Lamp::Ringer => self.calls.ringing && self.intent.is_none(),
            Lamp::Mute => muted,
            // Of devices without a lamp for muting, this one stands for it.
            Lamp::Microphone => muted && !self.telephony.has_lamp(Lamp::Mute),
            Lamp::Hold => self.calls.held,
        }
    }

    /// Writes the reports that changed; all where `whole`: what we showed before the call may be another program's by now.
    fn show(&mut self, whole: bool, pressed: bool, now: Instant) {
        let reports = self.telephony.write(|lamp| self.lit(lamp));
        let changed: Vec<u8> =
            reports.iter().filter(|(id, bytes)| self.shown.get(id) != Some(bytes)).map(|(id, _)| *id).collect();
        for button in [Button::Hook, Button::Mute] {
            self.expect_echo(button, now);
        }
        if !pressed && !changed.is_empty() {
            self.lamp_at = Some(now);
        }
        let due = reports.iter().filter(|(id, _)| whole || changed.contains(id));
        due.for_each(|(_, bytes)| self.write(bytes.clone()));
        self.shown = reports;
    }

    /// Writes every report once more.
    fn again(&mut self) {
        let reports = self.telephony.write(|lamp| self.lit(lamp));
        reports.into_values().for_each(|bytes| self.write(bytes));
    }

    /// What was not written yet is replaced: two values under way at once would come back as presses of each other.
    fn write(&mut self, report: Vec<u8>) {
        self.out.retain(|other| other.first() != report.first());
        self.out.push_back(report);
    }

    /// A latched button that is elsewhere than its lamp will come after it.
    fn expect_echo(&mut self, button: Button, now: Instant) {
        let on = self.wanted(button);
        let last = self.echoes.iter().rev().find(|echo| echo.button == button).map(|echo| echo.on);
        let Some(heard) = self.latch(button) else { return };
        if last.unwrap_or(heard) != on {
            self.echoes.push_back(Echo { button, on, at: now });
        }
    }

    /// Takes an echo that was waited for, and those before it, which were overtaken.
    fn take_echo(&mut self, button: Button, on: bool) -> bool {
        let Some(found) = self.echoes.iter().position(|echo| echo.button == button && echo.on == on) else {
            return false;
        };
        let mut index = 0;
        self.echoes.retain(|echo| {
            index += 1;
            index - 1 > found || echo.button != button
        });
        true
    }

    fn forget(&mut self, now: Instant) {
        while self.echoes.front().is_some_and(|echo| now >= echo.at + ECHO) {
            self.echoes.pop_front();
        }
    }

    /// Whether a latched mute last told something else than what holds.
    fn disagrees(&self) -> bool {
        self.latch(Button::Mute).is_some_and(|heard| heard != self.wanted(Button::Mute))
    }

    /// What a latched button last told; `None` where it is none.
    fn latch(&self, button: Button) -> Option<bool> {
        let found = self.telephony.buttons().position(|other| other == (button, Nature::Latched))?;
        Some(self.heard.get(&found).copied().unwrap_or(false))
    }
}
