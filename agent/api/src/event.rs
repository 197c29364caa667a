//! The one ordered stream of events, and the snapshot that starts it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::AccountView;
use crate::call::{AskReason, CallView, RefuseReason};
use crate::card::DispositionView;
use crate::chat::ChatView;
use crate::colleague::{ColleagueView, Colleagues};
use crate::connection::Connections;
use crate::contact::ContactFields;
use crate::headset::Headsets;
use crate::id::CallId;
use crate::media::AudioView;
use crate::recording::PlaybackView;
use crate::settings::{CallCenters, Preferences, PresenceView, SupportChannel};

/// Everything the interface needs to draw itself; events with a higher `seq` follow it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    /// Number of the last event that is contained.
    pub seq: u64,
    /// Version of the program.
    pub version: String,
    /// No account was ever added and nobody has practised: show the first run.
    pub first_run: bool,
    /// The lines.
    pub accounts: Vec<AccountView>,
    /// Live calls, oldest first.
    pub calls: Vec<CallView>,
    /// The agent's presence.
    pub presence: PresenceView,
    /// Numbers on the rail.
    pub counts: Counts,
    /// Devices.
    pub audio: AudioView,
    /// Headsets with buttons.
    pub headsets: Headsets,
    /// Active dispositions in order.
    pub dispositions: Vec<DispositionView>,
    /// What the agent prefers.
    pub preferences: Preferences,
    /// Call centres of this agent's numbers.
    pub call_centers: CallCenters,
    /// «Campos personalizados» of people.
    pub contact_fields: ContactFields,
    /// Connections to CRMs.
    pub connections: Connections,
    /// Colleagues, and what their telephones do.
    pub colleagues: Colleagues,
    /// Ways to reach support.
    pub support: Vec<SupportChannel>,
    /// Standing faults, shown as a banner, the gravest first.
    pub faults: Vec<Notice>,
    /// A question about a link that waits for an answer.
    pub link_question: Option<LinkQuestion>,
}

/// Numbers beside sections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Counts {
    /// Cards in «Por salvar».
    pub to_save: u32,
    /// Missed calls not looked at.
    pub missed: u32,
    /// Activities that wait to be sent.
    pub to_send: u32,
    /// Chats in which something was not read.
    pub unread_chats: u32,
}

/// One event. A gap in `seq` means: take a snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Event {
    /// Counts up by one.
    pub seq: u64,
    /// What happened.
    pub body: EventBody,
}

/// What happened.
#[allow(clippy::large_enum_variant, reason = "calls are pushed whole, and events are few and short-lived")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum EventBody {
    /// A call began or changed; whole.
    Call(CallView),
    /// A call is gone from the live ones.
    CallGone(CallId),
    /// An account changed; whole.
    Account(AccountView),
    /// An account was removed.
    AccountGone(crate::id::AccountId),
    /// Presence changed.
    Presence(PresenceView),
    /// Numbers on the rail changed.
    Counts(Counts),
    /// Devices changed.
    Audio(AudioView),
    /// A headset came or went, a button of one was pressed, or it shows something else; all of them.
    Headsets(Headsets),
    /// Preferences changed.
    Preferences(Preferences),
    /// The call centres changed; all of them.
    CallCenters(CallCenters),
    /// The «Campos personalizados» changed; all of them.
    ContactFields(ContactFields),
    /// The list of colleagues changed; all of them.
    Colleagues(Colleagues),
    /// What the telephone of a colleague does changed.
    Colleague(ColleagueView),
    /// Somebody wrote in this chat.
    MessageReceived(ChatView),
    /// The connections to CRMs changed; all of them.
    Connections(Connections),
    /// A recording plays from here on; none when it has come to its end or was ended.
    Playback(Option<PlaybackView>),
    /// Stored data of this kind changed: ask again.
    Changed(DataTag),
    /// Something to say once.
    Notice(Notice),
    /// The set of standing faults changed.
    Faults(Vec<Notice>),
    /// A link asks to be dialled and policy wants a word first; none withdraws the question.
    LinkQuestion(Option<LinkQuestion>),
    /// A link was refused.
    LinkRefused(RefuseReason),
    /// Show this call's card.
    ShowCall(CallId),
}

/// Kinds of stored data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DataTag {
    /// Cards and history.
    Cards,
    /// People.
    Contacts,
    /// Chats and their messages.
    Chats,
    /// Dispositions.
    Dispositions,
    /// What goes to CRMs.
    Pushes,
    /// Recordings.
    Recordings,
}

/// A link that waits for the agent's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LinkQuestion {
    /// The link as it came, to be sent back with `confirmed`.
    pub target: String,
    /// What would be dialled, for the eye.
    pub number: String,
    /// Why it is asked.
    pub reason: AskReason,
}

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information.
    Info,
    /// Something works less well.
    Warn,
    /// Something does not work.
    Error,
}

/// Something the agent should know. The words are in the locales under `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Notice {
    /// Key of the words.
    pub code: NoticeCode,
    /// How grave.
    pub severity: Severity,
    /// A name to put into the words (device, line, who was spoken to), if any.
    pub subject: Option<String>,
    /// The call that it is about, if any.
    pub call: Option<CallId>,
}

/// What there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoticeCode {
    /// The microphone went away; the call goes on.
    MicrophoneGone,
    /// The speaker went away; the call goes on with another, or silent.
    SpeakerGone,
    /// A device is used instead; `subject` names it.
    DeviceUsed,
    /// No microphone can be opened.
    NoMicrophone,
    /// No speaker can be opened.
    NoSpeaker,
    /// Nothing comes from the other side.
    NoAudioIn,
    /// What comes from the other side is in a codec that was not agreed.
    NoAudioInOtherCodec,
    /// What comes from the other side cannot be decrypted.
    NoAudioInKeys,
    /// The other side showed another certificate than was agreed: nothing is sent or heard.
    NoAudioStranger,
    /// The other side does not take part in agreeing on keys: nothing is sent or heard.
    NoAudioHandshake,
    /// Nothing comes, and the other side, which is on the internet, was told an address of our private network.
    NoAudioInOurAddress,
    /// Nothing comes, and the other side told an address of a private network that is not ours.
    NoAudioInTheirAddress,
    /// Nothing leaves towards the other side.
    NoAudioOut,
    /// The other side did not take a key, and those behind it were not sent.
    TonesRefused,
    /// A recording ended, because the disk is full; the call goes on.
    RecordingFull,
    /// The folder of recordings cannot be made or written; the call goes on.
    RecordingDenied,
    /// The key of recordings cannot be had; the call goes on.
    RecordingLocked,
    /// A recording ended for another reason, `subject`; the call goes on.
    RecordingFailed,
    /// A recording cannot be heard: its file is gone, damaged, or of another key.
    PlaybackFailed,
    /// The disk is full: what is typed stays on screen and is stored when there is room.
    DiskFull,
    /// Another program holds the database.
    DatabaseLocked,
    /// The database cannot be written.
    DatabaseFailed,
    /// The settings file has lines that are not understood; `subject` names the first.
    SettingsIgnored,
    /// No keychain: secrets are in an encrypted file, which is weaker.
    WeakSecretStore,
    /// A card leaves «Por salvar» within the hour; `call` is its call.
    CardExpiring,
    /// A card leaves «Por salvar» within ten minutes; `call` is its call.
    CardExpiringSoon,
}
