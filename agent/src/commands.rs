//! The door: every command of the boundary, by name.

use agent_api::account::{AccountRef, AccountView, SaveAccount};
use agent_api::call::{
    Answer, AnswerTransfer, CallRef, Conference, Consult, Dial, DialOutcome, JoinCalls, Mute, SendDtmf, Transfer,
};
use agent_api::card::{CardPage, CardView, DraftSaved, ListCards, SaveCard, SaveDraft};
use agent_api::chat::{
    ChatPage, ChatView, FindChat, ListChats, ListMessages, MessageRef, MessageView, Messages, ReadChat, SendMessage,
};
use agent_api::colleague::{ColleagueRef, Colleagues, SaveColleagues};
use agent_api::command::{Commands, Nothing};
use agent_api::connection::{
    CheckView, Connect, ConnectionRef, ConnectionView, Disconnect, Disconnected, MoveConnection, SaveConnection,
    UseCallResults,
};
use agent_api::connection_setup::{DescriptionRead, Descriptions, ReadDescription};
use agent_api::contact::{
    AddAddress, AddNumber, CheckNumber, ContactFields, ContactPage, ContactRef, ContactView, EraseContact, Erased,
    NumberCheck, SaveContact, SearchContacts,
};
use agent_api::details::CallDetails;
use agent_api::edit::{DecideClashes, EditsRef};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::Snapshot;
use agent_api::form::{FormRef, KeepForm, KeptForms};
use agent_api::headset::{HeadsetRef, TestLamp};
use agent_api::media::{AudioView, ChooseDevice, WatchLevels};
use agent_api::network::{NetworkSaved, NetworkView, SaveNetwork};
use agent_api::pbx::{CallCode, DialCode, PbxProfiles};
use agent_api::push::{CorrectPush, ListPushes, PushExport, PushPage, PushRef};
use agent_api::record_form::{DescribeForm, RecordFormView};
use agent_api::recording::{
    PauseRecording, PlayRecording, RecordCall, RecordingRef, RecordingSettings, RecordingSettingsView, Recordings,
};
use agent_api::remote::{FindRemote, FindTickets, RemoteMatches, TakeRemote, Tickets};
use agent_api::report::ReportView;
use agent_api::settings::{CallCenters, FileSaved, OpenExternal, Preferences, SetDoNotDisturb};

use crate::agent::Agent;
use crate::desk::{Ask, Goal, Reply, Target};
use crate::pbx;
use crate::port::media::{Digits, MediaCommand};
use crate::view;

type Answered<T> = Result<T, ApiError>;

impl Agent {
    async fn wish(&self, ask: Ask) -> Answered<Nothing> {
        self.ask(ask).await?;
        Ok(Nothing {})
    }

    /// Declines with a status other than the usual 603; for the command line.
    pub async fn reject(&self, call: agent_api::id::CallId, status: u16) -> Answered<Nothing> {
        self.wish(Ask::Decline(call, status)).await
    }

    /// A snapshot for parts of the program that show no notices: it does not count as seen.
    pub async fn overview(&self) -> Answered<Snapshot> {
        match self.ask(Ask::Snapshot).await? {
            Reply::Snapshot(snapshot) => Ok(*snapshot),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    fn tell_media(&self, command: MediaCommand) -> Answered<Nothing> {
        self.inner.media.send(command).map_err(|_| ApiError::new(ErrorCode::AudioDevice))?;
        Ok(Nothing {})
    }
}

impl Commands for Agent {
    async fn snapshot(&self, _: Nothing) -> Answered<Snapshot> {
        let snapshot = self.overview().await?;
        self.is_seen();
        Ok(snapshot)
    }

    async fn dial(&self, request: Dial) -> Answered<DialOutcome> {
        self.do_dial(request).await
    }
    async fn answer(&self, request: Answer) -> Answered<Nothing> {
        self.wish(Ask::Answer(request.call)).await
    }
    async fn decline(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::Decline(request.call, 603)).await
    }
    async fn hang_up(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::HangUp(request.call)).await
    }
    async fn hold(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::Hold(request.call)).await
    }
    async fn resume(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::Resume(request.call)).await
    }
    async fn mute(&self, request: Mute) -> Answered<Nothing> {
        self.wish(Ask::Mute(request.call, request.muted)).await
    }
    async fn send_dtmf(&self, request: SendDtmf) -> Answered<Nothing> {
        self.wish(Ask::Dtmf(request.call, Digits(request.digits))).await
    }
    async fn record_call(&self, request: RecordCall) -> Answered<Nothing> {
        self.wish(Ask::Record(request.call, request.on)).await
    }
    async fn pause_recording(&self, request: PauseRecording) -> Answered<Nothing> {
        self.wish(Ask::PauseRecording(request.call, request.paused)).await
    }
    async fn transfer(&self, request: Transfer) -> Answered<Nothing> {
        self.wish(Ask::Transfer(request.call, Goal::Target(Target(request.to)))).await
    }
    async fn consult(&self, request: Consult) -> Answered<DialOutcome> {
        self.do_consult(request).await
    }
    async fn join_calls(&self, request: JoinCalls) -> Answered<Nothing> {
        self.wish(Ask::Transfer(request.call, Goal::Call(request.with))).await
    }
    async fn conference(&self, request: Conference) -> Answered<Nothing> {
        self.wish(Ask::Conference(request.call, request.with)).await
    }
    async fn split_conference(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::SplitConference(request.call)).await
    }
    async fn answer_transfer(&self, request: AnswerTransfer) -> Answered<Nothing> {
        self.wish(Ask::AnswerTransfer(request.call, request.follow)).await
    }
    async fn pick_up_colleague(&self, request: ColleagueRef) -> Answered<DialOutcome> {
        self.do_pick_up_colleague(request).await
    }
    async fn dial_code(&self, request: DialCode) -> Answered<DialOutcome> {
        self.do_dial_code(request).await
    }
    async fn call_code(&self, request: CallCode) -> Answered<Nothing> {
        self.wish(Ask::CallCode(request)).await
    }
    async fn list_pbx_profiles(&self, _: Nothing) -> Answered<PbxProfiles> {
        Ok(PbxProfiles { list: pbx::profiles().to_vec() })
    }
    async fn drop_link_question(&self, _: Nothing) -> Answered<Nothing> {
        self.wish(Ask::DropLinkQuestion).await
    }
    async fn show_call(&self, request: CallRef) -> Answered<Nothing> {
        self.wish(Ask::Show(request.call)).await
    }

    async fn list_cards(&self, request: ListCards) -> Answered<CardPage> {
        self.do_list_cards(request).await
    }
    async fn card(&self, request: CallRef) -> Answered<CardView> {
        self.do_card(request.call).await
    }
    async fn save_draft(&self, request: SaveDraft) -> Answered<DraftSaved> {
        self.do_save_draft(request).await
    }
    async fn save_card(&self, request: SaveCard) -> Answered<CardView> {
        self.do_save_card(request).await
    }
    async fn dismiss_card(&self, request: CallRef) -> Answered<Nothing> {
        self.do_dismiss_card(request.call).await?;
        Ok(Nothing {})
    }
    async fn undo_dismiss(&self, request: CallRef) -> Answered<CardView> {
        self.do_undo_dismiss(request.call).await
    }
    async fn list_recordings(&self, request: CallRef) -> Answered<Recordings> {
        self.do_list_recordings(request.call).await
    }
    async fn play_recording(&self, request: PlayRecording) -> Answered<Nothing> {
        self.do_play_recording(request).await?;
        Ok(Nothing {})
    }
    async fn stop_playing(&self, _: Nothing) -> Answered<Nothing> {
        self.wish(Ask::StopPlaying).await
    }
    async fn save_recording(&self, request: RecordingRef) -> Answered<FileSaved> {
        self.do_save_recording(request.recording).await
    }
    async fn delete_recording(&self, request: RecordingRef) -> Answered<Nothing> {
        self.do_delete_recording(request.recording).await?;
        Ok(Nothing {})
    }
    async fn mark_missed_seen(&self, _: Nothing) -> Answered<Nothing> {
        self.do_mark_missed_seen().await?;
        Ok(Nothing {})
    }

    async fn search_contacts(&self, request: SearchContacts) -> Answered<ContactPage> {
        self.do_search_contacts(request).await
    }
    async fn contact(&self, request: ContactRef) -> Answered<ContactView> {
        self.do_contact(view::crm_contact(request.contact)).await
    }
    async fn save_contact(&self, request: SaveContact) -> Answered<ContactView> {
        self.do_save_contact(request).await
    }
    async fn erase_contact(&self, request: EraseContact) -> Answered<Erased> {
        self.do_erase_contact(request).await
    }
    async fn decide_clashes(&self, request: DecideClashes) -> Answered<ContactView> {
        self.do_decide_clashes(request).await
    }
    async fn retry_edits(&self, request: EditsRef) -> Answered<ContactView> {
        self.do_retry_edits(request).await
    }
    async fn people_in_doubt(&self, request: ConnectionRef) -> Answered<ContactPage> {
        self.do_people_in_doubt(request).await
    }
    async fn add_number(&self, request: AddNumber) -> Answered<ContactView> {
        self.do_add_number(request).await
    }
    async fn add_address(&self, request: AddAddress) -> Answered<ContactView> {
        self.do_add_address(request).await
    }
    async fn check_number(&self, request: CheckNumber) -> Answered<NumberCheck> {
        self.do_check_number(request).await
    }

    async fn save_connection(&self, request: SaveConnection) -> Answered<ConnectionView> {
        self.do_save_connection(request).await
    }
    async fn move_connection(&self, request: MoveConnection) -> Answered<Nothing> {
        self.do_move_connection(request).await?;
        Ok(Nothing {})
    }
    async fn list_descriptions(&self, _: Nothing) -> Answered<Descriptions> {
        Ok(self.do_list_descriptions())
    }
    async fn read_description(&self, request: ReadDescription) -> Answered<DescriptionRead> {
        Ok(self.do_read_description(request.text))
    }
    async fn connect(&self, request: Connect) -> Answered<Nothing> {
        self.do_connect(request).await?;
        Ok(Nothing {})
    }
    async fn cancel_connect(&self, request: ConnectionRef) -> Answered<Nothing> {
        self.do_cancel_connect(request.connection).await?;
        Ok(Nothing {})
    }
    async fn check_connection(&self, request: ConnectionRef) -> Answered<CheckView> {
        self.do_check_connection(request.connection).await
    }
    async fn use_call_results(&self, request: UseCallResults) -> Answered<Nothing> {
        self.do_use_call_results(request).await?;
        Ok(Nothing {})
    }
    async fn send_now(&self, request: ConnectionRef) -> Answered<Nothing> {
        self.do_send_now(request.connection)?;
        Ok(Nothing {})
    }
    async fn disconnect(&self, request: Disconnect) -> Answered<Disconnected> {
        self.do_disconnect(request).await
    }
    async fn list_pushes(&self, request: ListPushes) -> Answered<PushPage> {
        self.do_list_pushes(request).await
    }
    async fn retry_push(&self, request: PushRef) -> Answered<Nothing> {
        self.do_retry_push(request.push).await?;
        Ok(Nothing {})
    }
    async fn give_up_push(&self, request: PushRef) -> Answered<Nothing> {
        self.do_give_up_push(request.push).await?;
        Ok(Nothing {})
    }
    async fn correct_push(&self, request: CorrectPush) -> Answered<Nothing> {
        self.do_correct_push(request).await?;
        Ok(Nothing {})
    }
    async fn save_push(&self, request: PushRef) -> Answered<FileSaved> {
        self.do_save_push(request.push).await
    }
    async fn export_push(&self, request: PushRef) -> Answered<PushExport> {
        self.do_export_push(request.push).await
    }
    async fn find_remote(&self, request: FindRemote) -> Answered<RemoteMatches> {
        self.do_find_remote(request).await
    }
    async fn take_remote(&self, request: TakeRemote) -> Answered<ContactView> {
        self.do_take_remote(request).await
    }

    async fn find_tickets(&self, request: FindTickets) -> Answered<Tickets> {
        self.do_find_tickets(request).await
    }
    async fn describe_form(&self, request: DescribeForm) -> Answered<RecordFormView> {
        self.do_describe_form(request).await
    }
    async fn kept_forms(&self, _: Nothing) -> Answered<KeptForms> {
        self.do_kept_forms().await
    }
    async fn keep_form(&self, request: KeepForm) -> Answered<Nothing> {
        self.do_keep_form(request).await?;
        Ok(Nothing {})
    }
    async fn drop_form(&self, request: FormRef) -> Answered<Nothing> {
        self.do_drop_form(request.form).await?;
        Ok(Nothing {})
    }

    async fn list_chats(&self, request: ListChats) -> Answered<ChatPage> {
        self.do_list_chats(request).await
    }
    async fn find_chat(&self, request: FindChat) -> Answered<ChatView> {
        self.do_find_chat(request).await
    }
    async fn list_messages(&self, request: ListMessages) -> Answered<Messages> {
        self.do_list_messages(request).await
    }
    async fn send_message(&self, request: SendMessage) -> Answered<MessageView> {
        self.do_send_message(request).await
    }
    async fn resend_message(&self, request: MessageRef) -> Answered<MessageView> {
        self.do_resend_message(request.message).await
    }
    async fn read_chat(&self, request: ReadChat) -> Answered<Nothing> {
        self.do_read_chat(request).await?;
        Ok(Nothing {})
    }

    async fn save_account(&self, request: SaveAccount) -> Answered<AccountView> {
        self.do_save_account(request).await
    }
    async fn remove_account(&self, request: AccountRef) -> Answered<Nothing> {
        self.do_remove_account(request.account).await?;
        Ok(Nothing {})
    }
    async fn default_account(&self, request: AccountRef) -> Answered<Nothing> {
        self.do_default_account(request.account).await?;
        Ok(Nothing {})
    }
    async fn register_now(&self, request: AccountRef) -> Answered<Nothing> {
        self.wish(Ask::RegisterNow(request.account)).await
    }

    async fn audio(&self, _: Nothing) -> Answered<AudioView> {
        self.do_audio().await
    }
    async fn choose_device(&self, request: ChooseDevice) -> Answered<AudioView> {
        self.do_choose_device(request).await
    }
    async fn test_ringer(&self, _: Nothing) -> Answered<Nothing> {
        self.tell_media(MediaCommand::TestRinger)
    }
    async fn watch_levels(&self, request: WatchLevels) -> Answered<Nothing> {
        self.tell_media(MediaCommand::WatchLevels(request.on))
    }
    async fn test_headset_lamp(&self, request: TestLamp) -> Answered<Nothing> {
        self.wish(Ask::TestLamp(request)).await
    }
    async fn headset_report(&self, request: HeadsetRef) -> Answered<ReportView> {
        self.do_headset_report(request.headset).await
    }

    async fn start_practice(&self, _: Nothing) -> Answered<AccountView> {
        self.do_start_practice().await
    }
    async fn end_practice(&self, _: Nothing) -> Answered<Nothing> {
        self.do_end_practice().await?;
        Ok(Nothing {})
    }
    async fn practice_call_me(&self, _: Nothing) -> Answered<Nothing> {
        self.do_practice_call_me().await?;
        Ok(Nothing {})
    }

    async fn save_preferences(&self, request: Preferences) -> Answered<Preferences> {
        self.do_save_preferences(request).await
    }
    async fn save_call_centers(&self, request: CallCenters) -> Answered<CallCenters> {
        self.do_save_call_centers(request).await
    }
    async fn save_colleagues(&self, request: SaveColleagues) -> Answered<Colleagues> {
        self.do_save_colleagues(request).await
    }
    async fn save_contact_fields(&self, request: ContactFields) -> Answered<ContactFields> {
        self.do_save_contact_fields(request).await
    }
    async fn network(&self, _: Nothing) -> Answered<NetworkView> {
        self.do_network().await
    }
    async fn save_network(&self, request: SaveNetwork) -> Answered<NetworkSaved> {
        self.do_save_network(request).await
    }
    async fn recording_settings(&self, _: Nothing) -> Answered<RecordingSettingsView> {
        Ok(self.do_recording_settings().await)
    }
    async fn save_recording_settings(&self, request: RecordingSettings) -> Answered<RecordingSettingsView> {
        self.do_save_recording_settings(request).await
    }
    async fn set_do_not_disturb(&self, request: SetDoNotDisturb) -> Answered<Nothing> {
        self.wish(Ask::DoNotDisturb(request.on)).await
    }
    async fn open_external(&self, request: OpenExternal) -> Answered<Nothing> {
        self.do_open_external(request).await?;
        Ok(Nothing {})
    }
    async fn call_details(&self, request: CallRef) -> Answered<CallDetails> {
        self.do_call_details(request.call).await
    }
    async fn make_report(&self, _: Nothing) -> Answered<ReportView> {
        self.do_make_report().await
    }
    async fn save_report(&self, _: Nothing) -> Answered<FileSaved> {
        self.do_save_report().await
    }
}
