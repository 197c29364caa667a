//! The table of commands: name, request, view, and which window may ask.

use std::future::Future;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use crate::account::{AccountRef, AccountView, SaveAccount};
use crate::call::{
    Answer, AnswerTransfer, CallRef, Conference, Consult, Dial, DialOutcome, JoinCalls, Mute, SendDtmf, Transfer,
};
use crate::card::{CardPage, CardView, DraftSaved, ListCards, SaveCard, SaveDraft};
use crate::chat::{
    ChatPage, ChatView, FindChat, ListChats, ListMessages, MessageRef, MessageView, Messages, ReadChat, SendMessage,
};
use crate::colleague::{ColleagueRef, Colleagues, SaveColleagues};
use crate::connection::{
    CheckView, Connect, ConnectionRef, ConnectionView, Disconnect, Disconnected, MoveConnection, SaveConnection,
    UseCallResults,
};
use crate::connection_setup::{DescriptionRead, Descriptions, ReadDescription};
use crate::contact::{
    AddAddress, AddNumber, CheckNumber, ContactFields, ContactPage, ContactRef, ContactView, EraseContact, Erased,
    NumberCheck, SaveContact, SearchContacts,
};
use crate::details::CallDetails;
use crate::edit::{DecideClashes, EditsRef};
use crate::error::{ApiError, ErrorCode};
use crate::event::Snapshot;
use crate::form::{FormRef, KeepForm, KeptForms};
use crate::headset::{HeadsetRef, TestLamp};
use crate::media::{AudioView, ChooseDevice, WatchLevels};
use crate::network::{NetworkSaved, NetworkView, SaveNetwork};
use crate::pbx::{CallCode, DialCode, PbxProfiles};
use crate::push::{CorrectPush, ListPushes, PushExport, PushPage, PushRef};
use crate::record_form::{DescribeForm, RecordFormView};
use crate::recording::{
    PauseRecording, PlayRecording, RecordCall, RecordingRef, RecordingSettings, RecordingSettingsView, Recordings,
};
use crate::remote::{FindRemote, FindTickets, RemoteMatches, TakeRemote, Tickets};
use crate::report::ReportView;
use crate::settings::{CallCenters, FileSaved, OpenExternal, Preferences, SetDoNotDisturb};

/// A request or view without content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// Which windows may ask a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Only the main window.
    Main,
    /// The main window and the pop-up.
    Any,
}

/// A row of the table.
pub struct CommandSpec {
    /// Its name on the wire.
    pub name: &'static str,
    /// Who may ask.
    pub window: Window,
    /// Name of the request's TypeScript type.
    pub request: fn(&ts_rs::Config) -> String,
    /// Name of the view's TypeScript type.
    pub view: fn(&ts_rs::Config) -> String,
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident($request:ty) -> $view:ty, $window:ident;)*) => {
        /// Whoever answers commands. The agent does; a test may.
        pub trait Commands: Send + Sync {
            $($(#[$doc])* fn $name(&self, request: $request) -> impl Future<Output = Result<$view, ApiError>> + Send;)*
        }

        /// The table, in order.
        pub const COMMANDS: &[CommandSpec] = &[$(CommandSpec {
            name: stringify!($name),
            window: Window::$window,
            request: <$request as TS>::name,
            view: <$view as TS>::name,
        }),*];

        /// Answers a command by name; used by every shell.
        pub async fn dispatch(to: &impl Commands, name: &str, request: Value) -> Result<Value, ApiError> {
            match name {
                $(stringify!($name) => {
                    let request: $request = serde_json::from_value(request)
                        .map_err(|_| ApiError::about(ErrorCode::BadRequest, stringify!($name)))?;
                    let view = to.$name(request).await?;
                    serde_json::to_value(view).map_err(|_| ApiError::new(ErrorCode::Internal))
                })*
                _ => Err(ApiError::new(ErrorCode::BadRequest)),
            }
        }

        pub(crate) fn visit_types(visitor: &mut impl ts_rs::TypeVisitor) {
            $(visitor.visit::<$request>(); visitor.visit::<$view>();)*
        }
    };
}

commands! {
    /// All there is to draw; then follow the events.
    snapshot(Nothing) -> Snapshot, Any;

    /// Dials, asks first, or refuses.
    dial(Dial) -> DialOutcome, Main;
    /// Answers; a call that is up is held first.
    answer(Answer) -> Nothing, Any;
    /// Declines an incoming call.
    decline(CallRef) -> Nothing, Any;
    /// Ends a call in whatever way its state asks for.
    hang_up(CallRef) -> Nothing, Any;
    /// Holds.
    hold(CallRef) -> Nothing, Any;
    /// Resumes; another call that is up is held first.
    resume(CallRef) -> Nothing, Any;
    /// Mutes or unmutes.
    mute(Mute) -> Nothing, Any;
    /// Sends tones.
    send_dtmf(SendDtmf) -> Nothing, Main;
    /// Records a call, a conference as a whole, or ends that; wrong state before the answer.
    record_call(RecordCall) -> Nothing, Main;
    /// Pauses a recording (silence is recorded), or lets it go on; wrong state if none runs.
    pause_recording(PauseRecording) -> Nothing, Main;
    /// Sends the other side elsewhere.
    transfer(Transfer) -> Nothing, Main;
    /// Asks somebody first.
    consult(Consult) -> DialOutcome, Main;
    /// Joins the other sides of two calls.
    join_calls(JoinCalls) -> Nothing, Main;
    /// Everybody in two calls hears everybody; wrong state if one does not talk.
    conference(Conference) -> Nothing, Main;
    /// Ends the conference: this call goes on, the others of it are held; wrong state if it is in none.
    split_conference(CallRef) -> Nothing, Main;
    /// Goes where the other side of a call sends us, or stays; wrong state if it sends us nowhere.
    answer_transfer(AnswerTransfer) -> Nothing, Main;
    /// Takes over the call that rings at a colleague; wrong state if none does, or the exchange does not tell what that takes.
    pick_up_colleague(ColleagueRef) -> DialOutcome, Main;
    /// Dials a code of an exchange.
    dial_code(DialCode) -> DialOutcome, Main;
    /// Has the exchange do something with a call.
    call_code(CallCode) -> Nothing, Main;
    /// The kinds of exchanges whose codes are known.
    list_pbx_profiles(Nothing) -> PbxProfiles, Main;
    /// Withdraws the question about a link.
    drop_link_question(Nothing) -> Nothing, Main;
    /// Brings the main window forward with this call.
    show_call(CallRef) -> Nothing, Any;

    /// Cards or history, newest first.
    list_cards(ListCards) -> CardPage, Main;
    /// One card, open.
    card(CallRef) -> CardView, Main;
    /// Stores what is written.
    save_draft(SaveDraft) -> DraftSaved, Main;
    /// «Salvar».
    save_card(SaveCard) -> CardView, Main;
    /// «Ignorar».
    dismiss_card(CallRef) -> Nothing, Main;
    /// «Deshacer» of «Ignorar».
    undo_dismiss(CallRef) -> CardView, Main;
    /// What was recorded of a call.
    list_recordings(CallRef) -> Recordings, Main;
    /// Plays a recording; wrong state while there is a call, or while it is being recorded.
    play_recording(PlayRecording) -> Nothing, Main;
    /// Ends what plays.
    stop_playing(Nothing) -> Nothing, Main;
    /// Puts a copy that any player can play among the downloads.
    save_recording(RecordingRef) -> FileSaved, Main;
    /// Deletes a recording and its file.
    delete_recording(RecordingRef) -> Nothing, Main;
    /// Missed calls were looked at.
    mark_missed_seen(Nothing) -> Nothing, Main;

    /// People.
    search_contacts(SearchContacts) -> ContactPage, Main;
    /// One person.
    contact(ContactRef) -> ContactView, Main;
    /// Creates or changes a person.
    save_contact(SaveContact) -> ContactView, Main;
    /// Erases a person, and what refers to the person.
    erase_contact(EraseContact) -> Erased, Main;
    /// Adds a number to a person.
    add_number(AddNumber) -> ContactView, Main;
    /// Adds a postal address.
    add_address(AddAddress) -> ContactView, Main;
    /// Decides what was changed of a person both here and in a CRM.
    decide_clashes(DecideClashes) -> ContactView, Main;
    /// What a CRM did not take of a person goes once more.
    retry_edits(EditsRef) -> ContactView, Main;
    /// People of a connection about whom somebody must decide.
    people_in_doubt(ConnectionRef) -> ContactPage, Main;
    /// What a typed number or other way to reach somebody is.
    check_number(CheckNumber) -> NumberCheck, Main;

    /// Creates or changes a connection to a CRM.
    save_connection(SaveConnection) -> ConnectionView, Main;
    /// Another place in the order of precedence.
    move_connection(MoveConnection) -> Nothing, Main;
    /// The descriptions of CRMs that come with the program.
    list_descriptions(Nothing) -> Descriptions, Main;
    /// Whether a file of one's own describes a CRM, and what it asks for.
    read_description(ReadDescription) -> DescriptionRead, Main;
    /// Signs in there.
    connect(Connect) -> Nothing, Main;
    /// The browser is not waited for any more.
    cancel_connect(ConnectionRef) -> Nothing, Main;
    /// «Comprobar».
    check_connection(ConnectionRef) -> CheckView, Main;
    /// «Enviar ahora»: whatever pause there is ends.
    send_now(ConnectionRef) -> Nothing, Main;
    /// Chooses the outcomes of calls from a CRM's own list, or not.
    use_call_results(UseCallResults) -> Nothing, Main;
    /// Signs out, and forgets what was learned there.
    disconnect(Disconnect) -> Disconnected, Main;
    /// What goes to a CRM and is not there yet.
    list_pushes(ListPushes) -> PushPage, Main;
    /// «Reintentar»: sent once more, about the person as known now.
    retry_push(PushRef) -> Nothing, Main;
    /// It is not sent any more; the card stays as it is.
    give_up_push(PushRef) -> Nothing, Main;
    /// Another text for what the CRM refused; it goes again.
    correct_push(CorrectPush) -> Nothing, Main;
    /// A push as text.
    export_push(PushRef) -> PushExport, Main;
    /// Saves that text among the downloads.
    save_push(PushRef) -> FileSaved, Main;
    /// Asks the CRMs who somebody is.
    find_remote(FindRemote) -> RemoteMatches, Main;
    /// Somebody of a CRM becomes a contact here.
    take_remote(TakeRemote) -> ContactView, Main;
    /// Open tickets of somebody in the CRMs, for [`crate::draft::Draft::ticket`].
    find_tickets(FindTickets) -> Tickets, Main;
    /// What an organisation requires of a new record.
    describe_form(DescribeForm) -> RecordFormView, Main;
    /// Forms that are not finished.
    kept_forms(Nothing) -> KeptForms, Main;
    /// Keeps what is typed in a form.
    keep_form(KeepForm) -> Nothing, Main;
    /// A form is saved or given up.
    drop_form(FormRef) -> Nothing, Main;

    /// Chats, the one with the last message first.
    list_chats(ListChats) -> ChatPage, Main;
    /// The chat with somebody, which need not have begun.
    find_chat(FindChat) -> ChatView, Main;
    /// Messages of a chat, the newest first.
    list_messages(ListMessages) -> Messages, Main;
    /// Writes to somebody; answered when it is kept, and its fate is told by events.
    send_message(SendMessage) -> MessageView, Main;
    /// A message that failed, or of which nobody knows, goes once more.
    resend_message(MessageRef) -> MessageView, Main;
    /// Messages of a chat were read.
    read_chat(ReadChat) -> Nothing, Main;

    /// Creates or changes an account and registers it.
    save_account(SaveAccount) -> AccountView, Main;
    /// Removes an account; its history stays.
    remove_account(AccountRef) -> Nothing, Main;
    /// Makes it the default line.
    default_account(AccountRef) -> Nothing, Main;
    /// Registers now instead of at the next try.
    register_now(AccountRef) -> Nothing, Main;

    /// Devices, read afresh.
    audio(Nothing) -> AudioView, Main;
    /// Chooses a device or volume.
    choose_device(ChooseDevice) -> AudioView, Main;
    /// Plays the ring on the ringer for two seconds.
    test_ringer(Nothing) -> Nothing, Main;
    /// Microphone meter outside a call.
    watch_levels(WatchLevels) -> Nothing, Main;
    /// Lights a lamp of a headset for two seconds; wrong state while there is a call.
    test_headset_lamp(TestLamp) -> Nothing, Main;
    /// Makes a report of a headset, for whoever is to teach the program its model; `save_report` saves it.
    headset_report(HeadsetRef) -> ReportView, Main;

    /// Adds the practice line with its demo contact, and registers it.
    start_practice(Nothing) -> AccountView, Main;
    /// Removes the practice line and all demo data.
    end_practice(Nothing) -> Nothing, Main;
    /// Has the training caller ring in a moment.
    practice_call_me(Nothing) -> Nothing, Main;

    /// Changes preferences.
    save_preferences(Preferences) -> Preferences, Main;
    /// Replaces all call centres.
    save_call_centers(CallCenters) -> CallCenters, Main;
    /// Replaces all colleagues.
    save_colleagues(SaveColleagues) -> Colleagues, Main;
    /// Replaces all «Campos personalizados».
    save_contact_fields(ContactFields) -> ContactFields, Main;
    /// The way out to the servers of companies.
    network(Nothing) -> NetworkView, Main;
    /// Changes it, after it was judged.
    save_network(SaveNetwork) -> NetworkSaved, Main;
    /// How calls are recorded.
    recording_settings(Nothing) -> RecordingSettingsView, Main;
    /// Changes it; invalid about `names`, `folder` or `keep_days`.
    save_recording_settings(RecordingSettings) -> RecordingSettingsView, Main;
    /// «No molestar».
    set_do_not_disturb(SetDoNotDisturb) -> Nothing, Main;
    /// Opens a page, mail or map in the system's own program.
    open_external(OpenExternal) -> Nothing, Main;
    /// How a call goes, or went, technically; not found if that is not known (any more).
    call_details(CallRef) -> CallDetails, Main;
    /// Makes a report of a problem, to be read before it is saved.
    make_report(Nothing) -> ReportView, Main;
    /// Saves the report that was made last among the downloads.
    save_report(Nothing) -> FileSaved, Main;
}
