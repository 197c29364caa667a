//! The call desk: every live call, line and use-case timer by value, as a machine without IO.
//!
//! ```text
//!   Input ─► Desk::handle ─► Vec<Effect>          Desk::timeout ─► when to send Input::Tick
//! ```
//! Mutate, then drain. `now` is an argument; the task in [`crate::agent`] performs the effects and owns the clocks.
//! A call goes
//!
//! ```text
//!   preparing ─► dialing ─► ringing_remote ─► talking ─► (gone)
//!   ringing_local ─► answering ─► connecting ─► talking ─► (gone)
//! ```

mod cards;
mod chats;
mod codes;
mod colleagues;
mod conference;
mod connections;
mod controls;
pub mod details;
mod dial;
mod digits;
mod effect;
mod ended;
mod headsets;
mod incoming;
mod line;
mod live;
mod mailbox;
mod media;
mod notices;
mod one_way;
mod phone;
mod presence;
mod recording;
mod sent;
mod series;
#[cfg(test)]
mod tests;
mod timers;
pub mod trace;
mod transfer;
mod waiting;

pub use chats::Came;
pub use effect::{Ask, Effect, Input, LiveCard, Reply, Standing};
pub use transfer::{Goal, Target};

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::Instant;

use agent_api::card::DispositionView;
use agent_api::connection::Connections;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{Counts, Event, EventBody, LinkQuestion, Snapshot};
use agent_api::id::{CallId, RecordingId};
use agent_api::media::AudioView;
use crm::card::Draft;
use sip_stack::ua::{Command, Fingerprint, LegId};

use self::cards::Face;
use self::chats::Chats;
use self::colleagues::Watches;
use self::headsets::Headsets;
use self::line::Lines;
pub(crate) use self::line::certificates;
use self::live::Live;
use self::notices::Faults;
pub(crate) use self::notices::notice;
use self::presence::Presence;
use self::trace::Trace;
use self::waiting::WaitingLink;
use crate::fact::{Fact, What};
use crate::journal::{Journal, Ticket};
use crate::link::LinkRate;
use crate::port::clock::{Ids, Now};
use crate::port::media::{MediaCommand, Signal};
use crate::settings::Settings;

/// At most this many calls live at once; one more is busy.
pub const CALLS_MAX: usize = 8;

/// What the desk is made with.
pub struct Start {
    /// Settings as read.
    pub settings: Settings,
    /// Outcomes to choose.
    pub dispositions: Vec<DispositionView>,
    /// Numbers on the rail.
    pub counts: Counts,
    /// No account was ever added, and nobody has practised.
    pub first_run: bool,
    /// Makes identifiers.
    pub ids: Box<dyn Ids>,
    /// Where recordings are put where the settings name no folder.
    pub recordings_in: PathBuf,
    /// Minutes that this machine's calendar is ahead of UTC at a moment (UTC ms).
    pub utc_offset_min: fn(i64) -> i32,
}

/// Whether the numbers beside sections are being counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counting {
    No,
    Once,
    /// Something changed since the count began.
    Again,
}

/// All live calls, lines and timers.
pub struct Desk {
    calls: BTreeMap<CallId, Live>,
    lines: Lines,
    colleagues: Watches,
    chats: Chats,
    settings: Settings,
    presence: Presence,
    journal: Journal,
    edits: BTreeMap<CallId, u32>,
    /// How the rows of cards that are being written look in the store.
    faces: BTreeMap<CallId, Face>,
    /// Drafts of calls that ended before their lookup was done.
    unmatched: BTreeMap<CallId, Draft>,
    faults: Faults,
    counts: Counts,
    counting: Counting,
    audio: AudioView,
    devices: media::DevicesTold,
    headsets: Headsets,
    /// What DTLS of ours shows; none before the machine has told, or where it has none.
    certificate: Option<Fingerprint>,
    dispositions: Vec<DispositionView>,
    connections: Connections,
    first_run: bool,
    link_question: Option<LinkQuestion>,
    waiting_link: Option<WaitingLink>,
    links: LinkRate,
    began: Instant,
    signal: Signal,
    closing: Option<Ticket>,
    /// Calls and lines are over: what is left is the store's.
    closed: bool,
    /// Calls whose details are not stored yet, and when they are.
    unstored: VecDeque<(Instant, CallId)>,
    trace: Trace,
    /// Who waits for [`Ask::Trace`], and until when the user agent is waited for.
    tracing: Option<(Vec<Ticket>, Instant)>,
    /// Recordings that run or are being finished: of which call, and whether the file is encrypted.
    recordings: BTreeMap<RecordingId, (CallId, bool)>,
    recordings_in: PathBuf,
    utc_offset_min: fn(i64) -> i32,
    /// The recording that is heard.
    playing: Option<RecordingId>,
    ids: Box<dyn Ids>,
    next_leg: u64,
    seq: u64,
    effects: Vec<Effect>,
}

impl Desk {
    /// A desk without lines and calls.
    pub fn new(now: Now, start: Start) -> Self {
        let colleagues = Watches::of(&start.settings.colleagues);
        Self {
            calls: BTreeMap::new(),
            lines: Lines::default(),
            colleagues,
            chats: Chats::default(),
            settings: start.settings,
            presence: Presence::new(now.utc_ms),
            journal: Journal::default(),
            edits: BTreeMap::new(),
            faces: BTreeMap::new(),
            unmatched: BTreeMap::new(),
            faults: Faults::default(),
            counts: start.counts,
            counting: Counting::No,
            audio: AudioView::default(),
            devices: media::DevicesTold::default(),
            headsets: Headsets::default(),
            certificate: None,
            dispositions: start.dispositions,
            connections: Connections::default(),
            first_run: start.first_run,
            link_question: None,
            waiting_link: None,
            links: LinkRate::default(),
            began: now.mono,
            signal: Signal::Silence,
            closing: None,
            closed: false,
            unstored: VecDeque::new(),
            trace: Trace::default(),
            tracing: None,
            recordings: BTreeMap::new(),
            recordings_in: start.recordings_in,
            utc_offset_min: start.utc_offset_min,
            playing: None,
            ids: start.ids,
            next_leg: 1,
            seq: 0,
            effects: Vec::new(),
        }
    }

    /// Takes what happened or is wished, and says what is to be done, in order.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        match input {
            Input::Phone(event) => self.phone(now, event),
            Input::Media(event) => self.media(now, event),
            Input::Headset(event) => self.headset(now, event),
            Input::Ask(ask, ticket) => self.ask(now, ask, ticket),
            Input::Found { call, candidates } => self.found(now, call, candidates),
            Input::Remote { call, matches } => self.found_remote(call, *matches),
            Input::MessageKept(came, result) => self.message_kept(&came, result.map(|chat| *chat)),
            Input::MessageSettled(result) => self.message_settled(result),
            Input::Connections(connections) => self.take_connections(connections),
            Input::Dispositions(dispositions) => self.take_dispositions(dispositions),
            Input::Written(result) => self.written(now, result),
            Input::Settings(settings) => self.take_settings(*settings),
            Input::ContactsChanged => self.look_up_again(),
            Input::Line { account, password } => self.put_line(now, *account, password),
            Input::LineGone(account) => self.drop_line(now, account),
            Input::Colleagues(colleagues) => self.watch(colleagues),
            Input::LinesReordered => {
                self.order_lines();
                self.show_lines();
            }
            Input::Recount => self.recount(),
            Input::Counts(counts) => self.take_counts(counts),
            Input::Fault(code, standing) => self.stand(code, standing),
            Input::Tell(body) => self.emit(*body),
            Input::NetworkChanged => self.do_phone(Command::NetworkChanged),
            Input::Tick => {}
        }
        self.run_timers(now);
        self.settle_presence(now);
        self.settle_signal();
        self.settle_headsets(now);
        self.settle_playing();
        self.feed_store(now);
        self.settle_closing();
        std::mem::take(&mut self.effects)
    }

    /// When to send [`Input::Tick`], if nothing comes before.
    pub fn timeout(&self) -> Option<Instant> {
        let calls = self.calls.values().filter_map(Live::timeout);
        let link = self.waiting_link.as_ref().map(WaitingLink::timeout);
        let trace = self.tracing.as_ref().map(|(_, until)| *until);
        calls
            .chain(self.journal.timeout())
            .chain(self.presence.timeout())
            .chain(link)
            .chain(trace)
            .chain(self.details_due())
            .chain(self.headsets.timeout())
            .min()
    }

    fn ask(&mut self, now: Now, ask: Ask, ticket: Ticket) {
        let reply = match ask {
            Ask::Snapshot => Ok(Reply::Snapshot(Box::new(self.snapshot()))),
            Ask::Dial { dial, warning } => self.dial(now, &dial, warning).map(Reply::Dial),
            Ask::DropLinkQuestion => self.drop_link_question(),
            Ask::Answer(call) => self.answer(now, call),
            Ask::Decline(call, status) => self.decline(call, status),
            Ask::HangUp(call) => self.hang_up(now, call),
            Ask::Hold(call) => self.hold(now, call),
            Ask::Resume(call) => self.resume(now, call),
            Ask::Mute(call, muted) => self.mute(call, muted),
            Ask::Record(call, on) => self.record_call(now, call, on),
            Ask::PauseRecording(call, paused) => self.pause_recording(call, paused),
            Ask::Play { view, file, sealed } => self.play(view, file, sealed),
            Ask::StopPlaying => Ok(self.stop_playing()),
            Ask::Dtmf(call, digits) => self.dtmf(call, digits),
            Ask::Transfer(call, goal) => self.transfer(call, goal),
            Ask::Conference(call, with) => self.begin_conference(now, call, with),
            Ask::SplitConference(keep) => self.split_conference(now, keep),
            Ask::AnswerTransfer(call, follow) => self.go_where_sent(now, call, follow),
            Ask::Consult(wish) => self.consult(now, wish).map(Reply::Dial),
            Ask::Colleagues => Ok(Reply::Colleagues(self.colleagues())),
            Ask::PickUpColleague(colleague) => self.pick_up_colleague(now, colleague).map(Reply::Dial),
            Ask::DialCode(wish) => self.dial_code(now, &wish).map(Reply::Dial),
            Ask::CallCode(wish) => self.call_code(&wish),
            Ask::ChatWith(account, to) => self.chat_with(account, &to).map(|with| Reply::ChatWith(Box::new(with))),
            Ask::CanSend(account) => self.can_send(account).map(|()| Reply::Done),
            Ask::SendMessage(kept) => {
                self.send_message(&kept.0, &kept.1);
                Ok(Reply::Done)
            }
            Ask::Show(call) => {
                self.emit(EventBody::ShowCall(call));
                Ok(Reply::Done)
            }
            Ask::Draft { call, edit, draft } => return self.take_draft(call, edit, draft, ticket),
            Ask::CardDone(call) => self.card_done(now, call),
            Ask::LiveCard(call) => Ok(Reply::LiveCard(self.live_card(call))),
            Ask::Audio => Ok(Reply::Audio(self.audio.clone())),
            Ask::Choose(choice) => self.choose(&choice),
            Ask::Line(account) => self.line_view(account),
            Ask::RegisterNow(account) => self.register_now(account),
            Ask::DoNotDisturb(on) => self.set_do_not_disturb(now, on),
            Ask::TestLamp(wish) => self.test_lamp(now, wish),
            Ask::Headset(headset) => self.headset_facts(headset),
            Ask::Details(call) => Ok(Reply::Details(self.details(call))),
            Ask::Trace => return self.give_trace(now, ticket),
            Ask::Shutdown => return self.shut_down(ticket),
        };
        self.reply(ticket, reply);
    }

    /// Everything there is to draw. A window that asks is new or lost count: its draft counters begin again.
    fn snapshot(&mut self) -> Snapshot {
        self.edits.clear();
        Snapshot {
            seq: self.seq,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            first_run: self.first_run,
            accounts: self.lines.views(),
            calls: self.calls.values().filter(|call| call.is_seen()).map(|call| call.view(&self.lines)).collect(),
            presence: self.presence.view(),
            counts: self.counts,
            audio: self.audio.clone(),
            headsets: self.headsets.told().clone(),
            dispositions: self.dispositions.clone(),
            preferences: self.settings.preferences.clone(),
            call_centers: self.settings.call_centers.clone(),
            contact_fields: self.settings.contact_fields.clone(),
            connections: self.connections.clone(),
            colleagues: self.colleagues(),
            support: self.settings.support.clone(),
            faults: self.faults.list(),
            link_question: self.link_question.clone(),
        }
    }

    fn shut_down(&mut self, ticket: Ticket) {
        self.closing = Some(ticket);
        self.closed = false;
        self.do_phone(Command::Shutdown);
    }

    /// The end is told when the store has all it was given, unless it takes nothing now.
    fn settle_closing(&mut self) {
        if self.closed
            && (self.recordings.is_empty() || self.journal.timeout().is_some())
            && (self.journal.is_idle() || self.journal.timeout().is_some())
            && let Some(ticket) = self.closing.take()
        {
            self.reply(ticket, Ok(Reply::Done));
        }
    }

    fn take_settings(&mut self, settings: Settings) {
        if settings.preferences != self.settings.preferences {
            self.emit(EventBody::Preferences(settings.preferences.clone()));
        }
        if settings.call_centers != self.settings.call_centers {
            self.emit(EventBody::CallCenters(settings.call_centers.clone()));
        }
        if settings.preferences.country != self.settings.preferences.country {
            self.do_media(MediaCommand::Country(settings.preferences.country.clone()));
        }
        if settings.contact_fields != self.settings.contact_fields {
            self.emit(EventBody::ContactFields(settings.contact_fields.clone()));
        }
        let colleagues = (settings.colleagues != self.settings.colleagues).then(|| settings.colleagues.clone());
        self.settings = settings;
        if let Some(colleagues) = colleagues {
            self.watch(colleagues);
        }
    }

    /// Asks for the numbers beside sections. One count at a time: what an earlier one found must not come after a later.
    fn recount(&mut self) {
        self.counting = match self.counting {
            Counting::No => {
                self.effects.push(Effect::Recount);
                Counting::Once
            }
            Counting::Once | Counting::Again => Counting::Again,
        };
    }

    fn take_counts(&mut self, counts: Option<Counts>) {
        if let Some(counts) = counts.filter(|counts| *counts != self.counts) {
            self.counts = counts;
            self.emit(EventBody::Counts(counts));
        }
        if std::mem::replace(&mut self.counting, Counting::No) == Counting::Again {
            self.recount();
        }
    }

    // What follows puts effects into the list.

    fn emit(&mut self, body: EventBody) {
        self.seq += 1;
        self.effects.push(Effect::Emit(Box::new(Event { seq: self.seq, body })));
    }

    /// Pushes a live call whole.
    fn show(&mut self, id: CallId) {
        if let Some(view) = self.calls.get(&id).filter(|call| call.is_seen()).map(|call| call.view(&self.lines)) {
            self.emit(EventBody::Call(view));
        }
    }

    fn do_phone(&mut self, command: Command) {
        self.effects.push(Effect::Phone(command));
    }

    fn do_media(&mut self, command: MediaCommand) {
        self.effects.push(Effect::Media(command));
    }

    fn reply(&mut self, ticket: Ticket, reply: Result<Reply, ApiError>) {
        self.effects.push(Effect::Reply(ticket, reply));
    }

    fn fact(&mut self, call: CallId, what: What) {
        let account = self.calls.get(&call).map(|live| live.account());
        self.effects.push(Effect::Fact(Fact { account, call: Some(call), what }));
    }

    fn call_of(&self, leg: LegId) -> Option<CallId> {
        self.calls.iter().find(|(_, call)| call.leg == leg).map(|(id, _)| *id)
    }

    fn live(&mut self, call: CallId) -> Result<&mut Live, ApiError> {
        self.calls.get_mut(&call).ok_or(ApiError::about(ErrorCode::NotFound, "call"))
    }
}
