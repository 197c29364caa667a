//! What the desk takes and gives.

use agent_api::account::AccountView;
use agent_api::call::{AskReason, Consult, Dial, DialOutcome};
use agent_api::card::DispositionView;
use agent_api::chat::ChatView;
use agent_api::colleague::Colleagues;
use agent_api::connection::Connections;
use agent_api::details::CallDetails;
use agent_api::error::ApiError;
use agent_api::event::{Counts, Event, Snapshot};
use agent_api::headset::{HeadsetId, TestLamp};
use agent_api::id::{AccountId, CallId, ColleagueId};
use agent_api::media::{AudioView, ChooseDevice};
use agent_api::pbx::{CallCode, DialCode};
use agent_api::recording::PlaybackView;
use agent_api::remote::RemoteMatches;
use crm::card::Draft;
use crm::chat::{ChatWith, Message, MessageState};
use crm::contact::ContactBrief;
use crm::id::{MessageId, Origin};
use crm::phone::PhoneNumber;
use crm::store::StoreError;
use sip_stack::ua::{self, Secret};

use super::chats::Came;
use super::trace::Trace;
use super::transfer::Goal;
use crate::fact::Fact;
use crate::headset::HeadsetFacts;
use crate::journal::{Ticket, Write};
use crate::port::headset::{HeadsetCommand, HeadsetEvent};
use crate::port::media::{Digits, MediaCommand, MediaEvent};
use crate::recording::RecordingFile;
use crate::settings::{Account, Colleague, Settings};

/// What happened, or is wished.
#[derive(Debug)]
pub enum Input {
    /// The user agent told something.
    Phone(ua::Event),
    /// The media side told something.
    Media(MediaEvent),
    /// Something happened with a headset.
    Headset(HeadsetEvent),
    /// The agent wishes something.
    Ask(Ask, Ticket),
    /// A lookup by number is done; an error counts as nobody.
    Found {
        /// The call it was for.
        call: CallId,
        /// Candidates, best first.
        candidates: Vec<ContactBrief>,
    },
    /// The CRMs say who calls.
    Remote {
        /// The call it was for.
        call: CallId,
        /// All that is known so far.
        matches: Box<RemoteMatches>,
    },
    /// To [`Effect::KeepMessage`].
    MessageKept(Box<Came>, Result<Box<ChatView>, StoreError>),
    /// To [`Effect::SettleMessage`].
    MessageSettled(Result<(), StoreError>),
    /// The connections to CRMs changed; all of them.
    Connections(Connections),
    /// The outcomes to choose from, in order.
    Dispositions(Vec<DispositionView>),
    /// The store is done with the write that it was given.
    Written(Result<(), StoreError>),
    /// Settings were read or changed, and are stored.
    Settings(Box<Settings>),
    /// People changed: who the live calls' numbers are is asked again.
    ContactsChanged,
    /// A line is there or was changed.
    Line {
        /// Its settings.
        account: Box<Account>,
        /// Its password, if there is one.
        password: Option<Secret>,
    },
    /// A line is gone.
    LineGone(AccountId),
    /// Whom to watch.
    Colleagues(Vec<Colleague>),
    /// The order of the lines in the settings changed: the first is the default.
    LinesReordered,
    /// Cards changed in a way that moves the numbers beside sections.
    Recount,
    /// To [`Effect::Recount`]: numbers beside sections; none if the store could not count.
    Counts(Option<Counts>),
    /// Something outside the desk went wrong, or is well again.
    Fault(agent_api::event::NoticeCode, Standing),
    /// An event that the desk only numbers.
    Tell(Box<agent_api::event::EventBody>),
    /// The machine's addresses changed, or it woke up.
    NetworkChanged,
    /// Time passed.
    Tick,
}

/// Whether a fault stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does; with a name to put into the words.
    Yes(Option<String>),
    /// Not any more.
    No,
}

/// A wish of the agent; each is answered by one [`Effect::Reply`].
#[derive(Debug)]
pub enum Ask {
    /// Everything there is to draw.
    Snapshot,
    /// Dials.
    Dial {
        /// The wish.
        dial: Dial,
        /// What the store says against it.
        warning: Option<AskReason>,
    },
    /// Withdraws the question about a link.
    DropLinkQuestion,
    /// Answers.
    Answer(CallId),
    /// Declines with a SIP status.
    Decline(CallId, u16),
    /// Ends.
    HangUp(CallId),
    /// Holds.
    Hold(CallId),
    /// Resumes.
    Resume(CallId),
    /// Mutes or unmutes.
    Mute(CallId, bool),
    /// Records, or ends that.
    Record(CallId, bool),
    /// Pauses a recording, or lets it go on.
    PauseRecording(CallId, bool),
    /// Plays a recording.
    Play {
        /// Which, from where, how fast.
        view: PlaybackView,
        /// Its file.
        file: RecordingFile,
        /// It is encrypted.
        sealed: bool,
    },
    /// Ends what plays.
    StopPlaying,
    /// Sends tones.
    Dtmf(CallId, Digits),
    /// Sends the other side elsewhere.
    Transfer(CallId, Goal),
    /// Calls somebody about it first.
    Consult(Consult),
    /// Two calls become one conversation.
    Conference(CallId, CallId),
    /// The conference is over; this call goes on, the others are held.
    SplitConference(CallId),
    /// Goes where the other side of a call sends us, or stays.
    AnswerTransfer(CallId, bool),
    /// The colleagues.
    Colleagues,
    /// Takes over the call that rings at a colleague.
    PickUpColleague(ColleagueId),
    /// Dials a code of the exchange.
    DialCode(DialCode),
    /// Uses a code of the exchange on a call.
    CallCode(CallCode),
    /// The chat of a line, or the default one, with somebody.
    ChatWith(Option<AccountId>, String),
    /// Whether a line can send messages now.
    CanSend(AccountId),
    /// A message that is kept goes out.
    SendMessage(Box<(ChatWith, Message)>),
    /// Shows a call's card.
    Show(CallId),
    /// Something was written on a card.
    Draft {
        /// The card.
        call: CallId,
        /// Counts up; an older one is dropped.
        edit: Option<u32>,
        /// All of it.
        draft: Box<Draft>,
    },
    /// The card needs no more work: saved or dismissed.
    CardDone(CallId),
    /// What of a card is not in the store yet.
    LiveCard(CallId),
    /// The devices.
    Audio,
    /// Chooses a device or volume; none leaves the volume.
    Choose(ChooseDevice),
    /// Registers at once.
    RegisterNow(AccountId),
    /// One line as it stands.
    Line(AccountId),
    /// «No molestar».
    DoNotDisturb(bool),
    /// How a call goes or went technically.
    Details(CallId),
    /// Lights a lamp of a headset for a while.
    TestLamp(TestLamp),
    /// What a report of a headset is made of.
    Headset(HeadsetId),
    /// What is kept for a report of a problem; answered when the user agent has counted, or after a second.
    Trace,
    /// Ends calls and registrations; answered when that is done.
    Shutdown,
}

/// The answer to a wish.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The colleagues.
    Colleagues(Colleagues),
    /// Done.
    Done,
    /// To [`Ask::Snapshot`].
    Snapshot(Box<Snapshot>),
    /// To [`Ask::Dial`].
    Dial(DialOutcome),
    /// To [`Ask::ChatWith`].
    ChatWith(Box<ChatWith>),
    /// To [`Ask::LiveCard`].
    LiveCard(LiveCard),
    /// To [`Ask::Audio`] and [`Ask::Choose`].
    Audio(AudioView),
    /// To [`Ask::Line`].
    Account(Box<AccountView>),
    /// To [`Ask::Details`]; none if it is not known here (any more).
    Details(Option<Box<CallDetails>>),
    /// To [`Ask::Headset`].
    Headset(Box<HeadsetFacts>),
    /// To [`Ask::Trace`].
    Trace(Box<Trace>),
}

/// What the desk knows of a card beyond the store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveCard {
    /// What was written last and may not be stored yet.
    pub draft: Option<Draft>,
    /// The call is up.
    pub live: bool,
}

/// What is to be done, in order.
#[derive(Debug)]
pub enum Effect {
    /// Ask the user agent.
    Phone(ua::Command),
    /// Ask the media side.
    Media(MediaCommand),
    /// Ask the headsets.
    Headset(HeadsetCommand),
    /// Call the last number once more, as the window would.
    Redial,
    /// Look a number up; [`Input::Found`] answers.
    Lookup {
        /// For this call.
        call: CallId,
        /// The number.
        number: PhoneNumber,
        /// Live or of the practice line: only such people are asked for.
        origin: Origin,
    },
    /// Ask the CRMs who has a number; [`Input::Remote`] answers, more than once.
    LookupRemote {
        /// For this call.
        call: CallId,
        /// The number.
        number: PhoneNumber,
    },
    /// Keep a message that came; [`Input::MessageKept`] answers.
    KeepMessage(Box<Came>),
    /// Keep what became of a message of ours; [`Input::MessageSettled`] answers.
    SettleMessage {
        /// The message.
        message: MessageId,
        /// What.
        state: MessageState,
    },
    /// Store; [`Input::Written`] answers.
    Write(Write),
    /// Tell the window.
    Emit(Box<Event>),
    /// Tell the command line.
    Fact(Fact),
    /// Answer a wish.
    Reply(Ticket, Result<Reply, ApiError>),
    /// Count the numbers beside sections; [`Input::Counts`] answers.
    Recount,
}
