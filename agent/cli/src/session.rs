//! One run of `register`, `call` or `listen`: facts of the agent become lines, timers and options become wishes.
//!
//! ```text
//!   begin ─► registering ─► (call | listening) ─► goal reached, missed or interrupted ─► close ─► exit code
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use agent::Agent;
use agent::fact::{Fact, What};
use agent::port::media::MediaStats;
use agent_api::call::{
    Answer, CallRef, Conference, Dial, DialOrigin, DialOutcome, EndCause, JoinCalls, Mute, SendDtmf, Transfer,
};
use agent_api::chat::SendMessage;
use agent_api::colleague::ColleagueRef;
use agent_api::command::{Commands, Nothing};
use agent_api::error::ApiError;
use agent_api::headset::{HeadsetLamp, HeadsetView, TestLamp};
use agent_api::id::{AccountId, CallId};
use agent_api::pbx::{CallCode, DialCode, PbxCode};
use agent_api::recording::{PauseRecording, RecordCall};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::control::{self, Control};
use crate::facts::{self, Shows};
use crate::line::Lines;
use crate::signals;
use crate::timers::{Timer, Timers};

/// Everything ends within this time of a signal.
const CLOSE_LIMIT: Duration = Duration::from_millis(1800);

/// How long a call that was dialled by control may ring.
const RING_LIMIT: Duration = Duration::from_secs(120);

/// What the run is for.
pub enum Goal {
    /// To be registered.
    Register {
        /// Ends with the first answer.
        once: bool,
        /// Ends so long after the first registration.
        duration: Option<Duration>,
    },
    /// To call.
    Call(CallGoal),
    /// To be called.
    Listen(ListenGoal),
}

/// To call.
pub struct CallGoal {
    /// Whom.
    pub target: String,
    /// Limit of registering.
    pub register_limit: Duration,
    /// Limit of ringing.
    pub ring_limit: Duration,
    /// Answer to hang-up.
    pub duration: Option<Duration>,
    /// Answer to hold.
    pub hold_after: Option<Duration>,
    /// Hold to resume.
    pub resume_after: Option<Duration>,
    /// Tones after the answer.
    pub tones: Option<String>,
}

/// To be called.
pub struct ListenGoal {
    /// How often.
    pub calls: Option<u32>,
    /// Call to answer; none answers by control alone.
    pub answer_after: Option<Duration>,
    /// Refuses with this status.
    pub reject: Option<u16>,
    /// From `listening` to the end.
    pub duration: Option<Duration>,
}

/// A line of this run.
pub struct Account {
    /// For the lines: `user@domain`.
    pub name: String,
    /// It registers.
    pub registers: bool,
}

#[derive(Default)]
struct Notes {
    answered: bool,
    stats: Option<MediaStats>,
    over: bool,
    closed: bool,
}

/// A run.
pub struct Session {
    pub agent: Agent,
    pub facts: UnboundedReceiver<Fact>,
    pub lines: Lines,
    pub goal: Goal,
    pub accounts: BTreeMap<AccountId, Account>,
    pub stats_every: Option<Duration>,
    pub shows: Shows,
    pub control: bool,
    state: State,
}

#[derive(Default)]
struct State {
    timers: Timers,
    registered: BTreeSet<AccountId>,
    ever_registered: bool,
    local: Option<String>,
    listening: bool,
    dialed: bool,
    calls: BTreeMap<CallId, Notes>,
    handled: u32,
    call_ended_well: bool,
    done: bool,
}

impl Session {
    /// A run that has not begun.
    pub fn new(agent: Agent, facts: UnboundedReceiver<Fact>, lines: Lines, goal: Goal) -> Self {
        Self {
            agent,
            facts,
            lines,
            goal,
            accounts: BTreeMap::new(),
            stats_every: None,
            shows: Shows::default(),
            control: false,
            state: State::default(),
        }
    }

    /// Runs to its end; whether the goal was reached, and until when everything should be over.
    pub async fn run(mut self) -> (bool, Instant) {
        let mut commands = self.control.then(control::read);
        let mut stop = signals::interrupted();
        self.begin().await;
        while !self.state.done {
            let timer = self.state.timers.next();
            tokio::select! {
                fact = self.facts.recv() => match fact {
                    Some(fact) => self.take(fact).await,
                    None => break,
                },
                timer = timer => {
                    self.state.timers.take(&timer);
                    self.fire(timer).await;
                }
                command = next_command(&mut commands) => self.obey(command).await,
                _ = &mut stop => break,
            }
        }
        let limit = Instant::now() + CLOSE_LIMIT;
        self.close(limit).await;
        (self.reached(), limit)
    }

    async fn begin(&mut self) {
        if let Some(every) = self.stats_every {
            self.state.timers.set(every, Timer::Stats);
        }
        if let Goal::Call(goal) = &self.goal {
            self.state.timers.set(goal.register_limit, Timer::RegisterLimit);
        }
        self.lines_are_ready().await;
    }

    /// Dials or listens once every line that registers is registered.
    async fn lines_are_ready(&mut self) {
        let ready = self.accounts.iter().all(|(id, line)| !line.registers || self.state.registered.contains(id));
        if !ready {
            return;
        }
        match &self.goal {
            Goal::Register { .. } => {}
            Goal::Call(goal) if !self.state.dialed => {
                self.state.dialed = true;
                self.state.timers.take(&Timer::RegisterLimit);
                let (target, limit) = (goal.target.clone(), goal.ring_limit);
                if let Err(detail) = self.dial(target, limit).await {
                    self.lines.error("internal", &detail);
                    self.state.done = true;
                }
            }
            Goal::Listen(goal) if !self.state.listening => {
                self.state.listening = true;
                if let Some(duration) = goal.duration {
                    self.state.timers.set(duration, Timer::End);
                }
                self.lines.write("listening", None, None, json!({ "local": self.state.local }));
            }
            Goal::Call(_) | Goal::Listen(_) => {}
        }
    }

    async fn dial(&mut self, target: String, ring_limit: Duration) -> Result<(), String> {
        let account = self.accounts.keys().next().copied();
        let wish = Dial { target, origin: DialOrigin::Keypad, account, contact: None, confirmed: true };
        match self.agent.dial(wish).await {
            Ok(DialOutcome::Started { call }) => {
                self.state.calls.entry(call).or_default();
                self.state.timers.set(ring_limit, Timer::RingLimit(call));
                Ok(())
            }
            Ok(DialOutcome::Refused { reason }) => Err(format!("refused: {reason:?}")),
            Ok(DialOutcome::Ask { reason, .. }) => Err(format!("needs confirmation: {reason:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn take(&mut self, fact: Fact) {
        self.write(&fact);
        let Fact { account, call, what } = fact;
        match what {
            What::Registered { flow, .. } => {
                if let Some(account) = account {
                    self.state.registered.insert(account);
                }
                self.state.local = flow.split(' ').nth(1).map(str::to_owned);
                self.registered().await;
            }
            What::RegistrationFailed { retry_ms, .. } => self.not_registered(account, retry_ms),
            What::Incoming { .. } => {
                if let Some(call) = call {
                    self.incoming(call).await;
                }
            }
            What::Answered { .. } => {
                if let Some(call) = call {
                    self.answered(call);
                }
            }
            What::Stats { stats } => {
                if let Some(notes) = call.and_then(|call| self.state.calls.get_mut(&call)) {
                    notes.stats = Some(stats);
                }
            }
            What::Ended { cause, .. } => {
                if let Some(call) = call {
                    self.ended(call, cause);
                }
            }
            What::MediaClosed { stats } => {
                if let Some(call) = call {
                    self.closed(call, stats);
                }
            }
            _ => {}
        }
    }

    fn write(&self, fact: &Fact) {
        let name = fact.account.and_then(|account| self.accounts.get(&account)).map(|account| account.name.as_str());
        if let Some((event, fields)) = facts::line(&fact.what, self.shows) {
            self.lines.write(event, name, fact.call.map(|call| call.0), fields);
        }
    }

    async fn registered(&mut self) {
        let first = !std::mem::replace(&mut self.state.ever_registered, true);
        if let Goal::Register { once, duration } = &self.goal
            && first
        {
            if *once {
                self.state.done = true;
            }
            if let Some(duration) = duration {
                self.state.timers.set(*duration, Timer::End);
            }
        }
        self.lines_are_ready().await;
    }

    fn not_registered(&mut self, account: Option<AccountId>, retry_ms: Option<u64>) {
        if let Some(account) = account {
            self.state.registered.remove(&account);
        }
        let hopeless = retry_ms.is_none();
        self.state.done |= match &self.goal {
            Goal::Register { once, .. } => *once || hopeless,
            Goal::Call(_) => hopeless && !self.state.dialed,
            Goal::Listen(_) => hopeless && !self.state.listening,
        };
    }

    async fn incoming(&mut self, call: CallId) {
        self.state.calls.entry(call).or_default();
        let Goal::Listen(goal) = &self.goal else { return };
        if let Some(status) = goal.reject {
            // The call may be gone already; its end is told as a fact.
            let _ = self.agent.reject(call, status).await;
        } else if let Some(after) = goal.answer_after {
            self.state.timers.set(after, Timer::Answer(call));
        }
    }

    fn answered(&mut self, call: CallId) {
        self.state.calls.entry(call).or_default().answered = true;
        self.state.timers.take(&Timer::RingLimit(call));
        let Goal::Call(goal) = &self.goal else { return };
        for (after, timer) in [
            (goal.duration, Timer::HangUp(call)),
            (goal.hold_after, Timer::Hold(call)),
            (goal.tones.as_ref().map(|_| Duration::from_millis(500)), Timer::Tones(call)),
        ] {
            if let Some(after) = after {
                self.state.timers.set(after, timer);
            }
        }
    }

    fn ended(&mut self, call: CallId, cause: EndCause) {
        let notes = self.state.calls.entry(call).or_default();
        notes.over = true;
        self.state.call_ended_well = notes.answered && cause == EndCause::Normal;
        self.state.handled += 1;
        self.state.timers.drop_call(call);
        self.settle();
    }

    fn closed(&mut self, call: CallId, stats: Option<MediaStats>) {
        let notes = self.state.calls.entry(call).or_default();
        notes.closed = true;
        let stats = stats.or(notes.stats);
        self.lines.write("summary", None, Some(call.0), facts::figures(stats.as_ref()));
        self.settle();
    }

    /// The goal is reached or missed once the calls it is about are over and their files complete.
    fn settle(&mut self) {
        let open = self.state.calls.values().any(|notes| !notes.over || !notes.closed);
        let enough = match &self.goal {
            Goal::Register { .. } => false,
            Goal::Call(_) => self.state.dialed,
            Goal::Listen(goal) => goal.calls.is_some_and(|calls| self.state.handled >= calls),
        };
        self.state.done |= enough && !open;
    }

    async fn fire(&mut self, timer: Timer) {
        // A wish that no longer fits a call's state is refused by the desk, and nothing is lost.
        match timer {
            Timer::RegisterLimit => {
                self.lines.error("timeout", "not registered in time");
                self.state.done = true;
            }
            Timer::End => self.state.done = true,
            Timer::RingLimit(call) | Timer::HangUp(call) => {
                let _ = self.agent.hang_up(CallRef { call }).await;
            }
            Timer::Hold(call) => {
                let _ = self.agent.hold(CallRef { call }).await;
                if let Goal::Call(CallGoal { resume_after: Some(after), .. }) = &self.goal {
                    self.state.timers.set(*after, Timer::Resume(call));
                }
            }
            Timer::Resume(call) => {
                let _ = self.agent.resume(CallRef { call }).await;
            }
            Timer::Tones(call) => {
                if let Goal::Call(CallGoal { tones: Some(digits), .. }) = &self.goal {
                    let _ = self.agent.send_dtmf(SendDtmf { call, digits: digits.clone() }).await;
                }
            }
            Timer::Answer(call) => {
                let _ = self.agent.answer(Answer { call }).await;
            }
            Timer::Stats => self.tell_stats(),
        }
    }

    fn tell_stats(&mut self) {
        for (call, notes) in &self.state.calls {
            if let (Some(stats), false) = (&notes.stats, notes.over) {
                self.lines.write("stats", None, Some(call.0), facts::figures(Some(stats)));
            }
        }
        if let Some(every) = self.stats_every {
            self.state.timers.set(every, Timer::Stats);
        }
    }

    async fn obey(&mut self, command: Result<Control, String>) {
        let command = match command {
            Ok(command) => command,
            Err(detail) => return self.lines.error("internal", &detail),
        };
        if let Control::Dial { to } = command {
            if let Err(detail) = self.dial(to, RING_LIMIT).await {
                self.lines.error("internal", &detail);
            }
            return;
        }
        if let Control::PickUp { target } = &command {
            return self.pick_up(target).await;
        }
        if let Control::HeadsetLamp { lamp } = command {
            return self.headset_lamp(lamp).await;
        }
        if let Control::DialCode { code, number } = command {
            return self.dial_code(code, number).await;
        }
        if let Control::Message { to, text } = command {
            return self.write_to(to, text).await;
        }
        let mut live = self.state.calls.iter().filter(|(_, notes)| !notes.over).map(|(call, _)| *call);
        let Some(call) = command.call().map(CallId).or_else(|| live.next_back()) else {
            return self.lines.error("internal", "no call");
        };
        let done: Result<Nothing, ApiError> = match command {
            Control::Dial { .. } => return, // done above: it is about no call yet
            Control::Answer { .. } => self.agent.answer(Answer { call }).await,
            Control::Reject { code, .. } => self.agent.reject(call, code.unwrap_or(603)).await,
            Control::Hold { .. } => self.agent.hold(CallRef { call }).await,
            Control::Resume { .. } => self.agent.resume(CallRef { call }).await,
            Control::Mute { .. } => self.agent.mute(Mute { call, muted: true }).await,
            Control::Unmute { .. } => self.agent.mute(Mute { call, muted: false }).await,
            Control::Dtmf { digits, .. } => self.agent.send_dtmf(SendDtmf { call, digits }).await,
            Control::Conference { with, .. } => self.agent.conference(Conference { call, with: CallId(with) }).await,
            Control::Record { .. } => self.agent.record_call(RecordCall { call, on: true }).await,
            Control::StopRecording { .. } => self.agent.record_call(RecordCall { call, on: false }).await,
            Control::PauseRecording { .. } => self.agent.pause_recording(PauseRecording { call, paused: true }).await,
            Control::ResumeRecording { .. } => self.agent.pause_recording(PauseRecording { call, paused: false }).await,
            Control::Hangup { .. } => self.agent.hang_up(CallRef { call }).await,
            Control::Transfer { to, with, .. } => match (to, with) {
                (Some(to), None) => self.agent.transfer(Transfer { call, to }).await,
                (None, Some(with)) => self.agent.join_calls(JoinCalls { call, with: CallId(with) }).await,
                _ => return self.lines.error("internal", "transfer needs either to or with"),
            },
            Control::CallCode { code, number, .. } => self.agent.call_code(CallCode { call, code, number }).await,
            // Done above: they name no call.
            Control::HeadsetLamp { .. }
            | Control::PickUp { .. }
            | Control::DialCode { .. }
            | Control::Message { .. } => return,
        };
        if let Err(error) = done {
            self.lines.error("internal", &error.to_string());
        }
    }

    async fn pick_up(&mut self, target: &str) {
        let colleagues = self.agent.overview().await.map(|all| all.colleagues.list).unwrap_or_default();
        let Some(colleague) = colleagues.iter().find(|colleague| colleague.target == target) else {
            return self.lines.error("internal", "nobody of that name is watched");
        };
        let outcome = self.agent.pick_up_colleague(ColleagueRef { colleague: colleague.id }).await;
        self.note_dialled(outcome);
    }

    async fn headset_lamp(&mut self, lamp: HeadsetLamp) {
        let headsets = self.agent.overview().await.map(|all| all.headsets.list).unwrap_or_default();
        let has = |headset: &&HeadsetView| headset.lamps.iter().any(|one| one.lamp == lamp);
        let Some(headset) = headsets.iter().find(has) else { return self.lines.error("internal", "no such lamp") };
        if let Err(error) = self.agent.test_headset_lamp(TestLamp { headset: headset.id, lamp }).await {
            self.lines.error("internal", &error.to_string());
        }
    }

    async fn dial_code(&mut self, code: PbxCode, number: Option<String>) {
        let lines = self.agent.overview().await.map(|all| all.accounts).unwrap_or_default();
        let Some(line) = lines.first() else { return self.lines.error("internal", "no account") };
        let outcome = self.agent.dial_code(DialCode { account: line.id, code, number }).await;
        self.note_dialled(outcome);
    }

    async fn write_to(&mut self, to: String, text: String) {
        let lines = self.agent.overview().await.map(|all| all.accounts).unwrap_or_default();
        let Some(line) = lines.first() else { return self.lines.error("internal", "no account") };
        let (account, name) = (line.id, self.accounts.get(&line.id).map(|account| account.name.as_str()));
        match self.agent.send_message(SendMessage { account, to, text }).await {
            Ok(message) => self.lines.write("message_written", name, None, json!({ "message": message.id })),
            Err(error) => self.lines.error("internal", &error.to_string()),
        }
    }

    fn note_dialled(&mut self, outcome: Result<DialOutcome, ApiError>) {
        match outcome {
            Ok(DialOutcome::Started { call }) => _ = self.state.calls.entry(call).or_default(),
            Ok(_) => self.lines.error("internal", "not dialled"),
            Err(error) => self.lines.error("internal", &error.to_string()),
        }
    }

    /// Ends calls and registrations, and tells what comes of it until everything is over or the time is up.
    async fn close(&mut self, limit: Instant) {
        let agent = self.agent.clone();
        let mut ended = std::pin::pin!(async move { agent.shut_down().await });
        let mut idle = false;
        loop {
            let open = self.state.calls.values().any(|notes| !notes.closed);
            if idle && !open {
                break;
            }
            tokio::select! {
                () = &mut ended, if !idle => idle = true,
                fact = self.facts.recv() => match fact {
                    Some(fact) => self.take(fact).await,
                    None => break,
                },
                () = tokio::time::sleep_until(limit.into()) => break,
            }
        }
        while let Ok(fact) = self.facts.try_recv() {
            self.take(fact).await;
        }
    }

    fn reached(&self) -> bool {
        match &self.goal {
            Goal::Register { .. } => self.state.ever_registered,
            Goal::Call(_) => self.state.call_ended_well,
            Goal::Listen(goal) => self.state.listening && goal.calls.is_none_or(|calls| self.state.handled >= calls),
        }
    }
}

async fn next_command(commands: &mut Option<UnboundedReceiver<Result<Control, String>>>) -> Result<Control, String> {
    if let Some(open) = commands {
        match open.recv().await {
            Some(command) => return command,
            None => *commands = None,
        }
    }
    std::future::pending().await
}
