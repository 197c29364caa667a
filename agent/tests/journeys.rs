//! The agent as a whole with a store in memory; the phone and the sound are channels that the test holds.

#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::path::Path;
use std::time::Duration;

use agent::port::clock::{Clock, SystemClock};
use agent::port::secret::{Entry, SecretStore};
use agent_api::account::{Certificates, SaveAccount};
use agent_api::call::{AskReason, CallRef, Dial, DialOrigin, DialOutcome};
use agent_api::card::{CardFilter, CardState, SaveBlocked, SaveCard, SaveDraft, SyncState};
use agent_api::command::{Commands, Nothing};
use agent_api::contact::SearchContacts;
use agent_api::draft::Draft;
use agent_api::error::ErrorCode;
use agent_api::event::{EventBody, NoticeCode};
use agent_api::id::CallId;
use agent_api::settings::OpenExternal;
use crm::call::{CallRecord, Direction};
use crm::card::UNSAVED_FOR_MS;
use crm::store::memory::MemoryStore;
use crm::store::{Store, conformance};
use house::{House, cards, line, person};

#[tokio::test]
async fn talk_write_save_and_find_it_in_the_history() {
    let mut house = House::with_line().await;
    let call = house.talked("8555 0117").await;
    let card = house.agent.card(CallRef { call }).await.unwrap();
    assert_eq!(card.save_blocked, Some(SaveBlocked::NeedsContact));

    let draft = Draft { subject: "Pedido".to_owned(), comment: "Dos cajas".to_owned(), ..Draft::default() };
    house.agent.save_draft(SaveDraft { call, edit: 1, draft: draft.clone() }).await.unwrap();
    let contact = house.agent.save_contact(person("Ana", "8555-0117", Some(call))).await.unwrap();
    let card = house.agent.card(CallRef { call }).await.unwrap();
    assert_eq!(card.draft.contact, Some(contact.brief.id), "the new person is assigned");
    assert_eq!(card.draft.subject, "Pedido", "what was written stays");
    assert_eq!(card.save_blocked, None);

    let saved = house.agent.save_card(SaveCard { call, draft: card.draft.clone(), outcome: None }).await.unwrap();
    assert_eq!((saved.row.state, saved.row.sync), (CardState::Saved, SyncState::ThisComputer));
    let again = house.agent.save_card(SaveCard { call, draft: card.draft, outcome: None }).await.unwrap();
    assert_eq!(again.row.state, CardState::Saved, "a double click saves once");
    let history = house.agent.list_cards(cards(CardFilter::History)).await.unwrap();
    assert_eq!((history.total, history.rows[0].call), (1, call));
    house.counts_are(|counts| counts.to_save == 0).await;
}

#[tokio::test]
async fn a_card_without_a_person_is_saved_only_by_a_disposition_that_needs_none() {
    let mut house = House::with_line().await;
    let call = house.talked("8555 0118").await;
    let error = house.agent.save_card(SaveCard { call, draft: Draft::default(), outcome: None }).await.unwrap_err();
    assert_eq!((error.code, error.detail.as_deref()), (ErrorCode::Required, Some("contact")));
    let dispositions = house.agent.snapshot(Nothing {}).await.unwrap().dispositions;
    let wrong = dispositions.iter().find(|one| one.needs_no_contact).expect("«Número equivocado»");
    let draft = Draft { disposition: Some(wrong.id), ..Draft::default() };
    let saved = house.agent.save_card(SaveCard { call, draft, outcome: None }).await.unwrap();
    assert_eq!(saved.row.state, CardState::Saved);
}

#[tokio::test]
async fn dismissed_cards_leave_the_list_and_come_back_by_undo() {
    let mut house = House::with_line().await;
    let call = house.talked("8555 0119").await;
    house.agent.dismiss_card(CallRef { call }).await.unwrap();
    assert_eq!(house.agent.list_cards(cards(CardFilter::All)).await.unwrap().total, 0);
    assert_eq!(house.agent.list_cards(cards(CardFilter::History)).await.unwrap().total, 1);
    let back = house.agent.undo_dismiss(CallRef { call }).await.unwrap();
    assert_eq!(back.row.state, CardState::Unsaved);
    assert_eq!(house.agent.list_cards(cards(CardFilter::ToSave)).await.unwrap().total, 1);
}

#[tokio::test]
async fn missed_calls_count_until_they_are_looked_at() {
    let mut house = House::with_line().await;
    house.missed("88887777").await;
    house.counts_are(|counts| counts.missed == 1).await;
    let missed = house.agent.list_cards(cards(CardFilter::Missed)).await.unwrap();
    assert_eq!(missed.rows[0].state, CardState::NotNeeded, "nothing to write");
    house.agent.mark_missed_seen(Nothing {}).await.unwrap();
    house.counts_are(|counts| counts.missed == 0).await;
}

#[tokio::test]
async fn the_password_goes_to_the_secret_store_and_nowhere_else() {
    let house = House::with_line().await;
    let view = house.agent.snapshot(Nothing {}).await.unwrap().accounts.remove(0);
    assert!(view.has_password && view.default);
    assert_eq!(house.secrets.get(Entry::Password(view.id)).unwrap().unwrap().reveal(), "482916");
    let settings = std::fs::read_to_string(house.folder.path().join("settings.toml")).unwrap();
    assert!(settings.contains("8330101") && !settings.contains("482916"), "{settings}");
    assert!(!serde_json::to_string(&view).unwrap().contains("482916"));

    let mut change = line();
    (change.id, change.password, change.label) = (Some(view.id), None, "Ventas".to_owned());
    let changed = house.agent.save_account(change).await.unwrap();
    assert!(changed.has_password && changed.label == "Ventas");
    house.agent.remove_account(agent_api::account::AccountRef { account: view.id }).await.unwrap();
    assert!(house.secrets.get(Entry::Password(view.id)).unwrap().is_none());

    let mut late = line();
    late.id = Some(view.id);
    assert_eq!(house.agent.save_account(late).await.unwrap_err().code, ErrorCode::NotFound);
    assert!(house.secrets.get(Entry::Password(view.id)).unwrap().is_none(), "nobody's password is kept");
}

#[tokio::test]
async fn files_of_certificates_must_be_there_and_stay_when_nothing_is_said_of_them() {
    let house = House::with_line().await;
    let view = house.agent.snapshot(Nothing {}).await.unwrap().accounts.remove(0);
    let authority = house.folder.path().join("ca.pem");
    std::fs::write(&authority, "").unwrap();
    let told = |authority: &Path, own: Option<&str>| {
        let authority = Some(authority.to_str().unwrap().to_owned());
        Some(Certificates { authority, own: own.map(str::to_owned), key: None })
    };
    let save =
        async |certificates| house.agent.save_account(SaveAccount { id: Some(view.id), certificates, ..line() }).await;
    let error = save(told(&authority, Some("/nowhere/own.pem"))).await.unwrap_err();
    assert_eq!((error.code, error.detail.as_deref()), (ErrorCode::Invalid, Some("own")));
    let relative = save(told(Path::new("ca.pem"), None)).await.unwrap_err();
    assert_eq!(relative.detail.as_deref(), Some("authority"), "relative to what?");

    assert_eq!(save(told(&authority, None)).await.unwrap().certificates, told(&authority, None).unwrap());
    assert_eq!(save(None).await.unwrap().certificates.authority, told(&authority, None).unwrap().authority);
    std::fs::remove_file(&authority).unwrap();
    assert!(save(told(&authority, None)).await.is_ok(), "it was not changed: the line says that it is gone");
    assert_eq!(save(Some(Certificates::default())).await.unwrap().certificates, Certificates::default());
}

#[tokio::test]
async fn a_link_abroad_asks_the_first_time_and_a_person_left_alone_always() {
    let mut house = House::with_line().await;
    let asked = house.dial("tel:+34911222333", DialOrigin::Link).await;
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::NewCountry, .. }), "{asked:?}");

    house.agent.save_contact(person("Eva", "8555 0120", None)).await.unwrap();
    let call = house.talked("8555 0120").await;
    let snapshot = house.agent.snapshot(Nothing {}).await.unwrap();
    let never = snapshot.dispositions.iter().find(|one| one.do_not_call).expect("«No volver a llamar»").id;
    let mut draft = house.assigned(call).await;
    draft.disposition = Some(never);
    house.agent.save_card(SaveCard { call, draft, outcome: None }).await.unwrap();
    let asked = house.dial("8555 0120", DialOrigin::Row).await;
    assert!(matches!(asked, DialOutcome::Ask { reason: AskReason::NotAgain, .. }), "{asked:?}");
}

#[tokio::test]
async fn forms_name_the_field_that_is_missing() {
    let house = House::with_line().await;
    let mut form = person("", "8555 0117", None);
    let error = house.agent.save_contact(form.clone()).await.unwrap_err();
    assert_eq!((error.code, error.detail.as_deref()), (ErrorCode::Required, Some("first_name")));
    form.first_name = "Ana".to_owned();
    form.channels.clear();
    let error = house.agent.save_contact(form).await.unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("channels"));
    let all = SearchContacts { text: String::new(), kind: None, for_call: None, after: None, skip: 0, limit: 10 };
    assert_eq!(house.agent.search_contacts(all).await.unwrap().total, 0);
}

#[tokio::test]
async fn only_listed_addresses_of_safe_schemes_are_opened() {
    let support = |targets: &[&str]| {
        let rows =
            targets.iter().map(|target| format!("[[support]]\nkind = \"web\"\nlabel = \"x\"\ntarget = \"{target}\"\n"));
        rows.collect::<String>()
    };
    let targets = ["https://help.example/", "http://help.example/", "file:///etc/passwd", "https://a.example/ -x"];
    let (house, opened) = House::with_settings(&support(&targets)).await;
    let open = async |what| house.agent.open_external(what).await.map(drop).map_err(|error| error.code);
    assert_eq!(open(OpenExternal::Support { index: 0 }).await, Ok(()));
    for index in 1..4 {
        assert_eq!(open(OpenExternal::Support { index }).await, Err(ErrorCode::Invalid), "{}", targets[index as usize]);
    }
    assert_eq!(open(OpenExternal::Support { index: 9 }).await, Err(ErrorCode::NotFound));
    assert_eq!(open(OpenExternal::Map { address: "Calle 5&z=1".to_owned() }).await, Ok(()));
    let chat = |number: &str| OpenExternal::Chat { number: number.to_owned() };
    assert_eq!(open(chat("8555 0117")).await, Ok(()), "a number of the own country");
    for number in ["231", "", "@ana", "ana@correo.example", "sip:27@pbx.example"] {
        assert_eq!(open(chat(number)).await, Err(ErrorCode::Invalid), "{number}");
    }
    let opened = opened.lock().unwrap();
    assert_eq!(opened[0], "https://help.example/");
    assert!(opened[1].starts_with("https://") && opened[1].ends_with("query=Calle%205%26z%3D1"), "{opened:?}");
    assert_eq!(opened[2], "https://wa.me/50685550117");
    assert_eq!(opened.len(), 3);
}

#[tokio::test]
async fn people_cards_and_history_work_without_any_line() {
    let (house, _) = House::with_settings("").await;
    assert!(house.agent.snapshot(Nothing {}).await.unwrap().accounts.is_empty());
    let ana = house.agent.save_contact(person("Ana", "8555 0117", None)).await.unwrap();
    let by_number =
        SearchContacts { text: "85550117".to_owned(), kind: None, for_call: None, after: None, skip: 0, limit: 10 };
    assert_eq!(house.agent.search_contacts(by_number).await.unwrap().rows[0].id, ana.brief.id);
    assert_eq!(house.agent.list_cards(cards(CardFilter::History)).await.unwrap().total, 0);
    let dial =
        Dial { target: "27".to_owned(), origin: DialOrigin::Keypad, account: None, contact: None, confirmed: false };
    assert_eq!(house.agent.dial(dial).await.unwrap_err().code, ErrorCode::NoLine, "said, and nothing else");
}

#[tokio::test]
async fn a_card_about_to_expire_at_the_start_is_told_to_the_window_that_comes_up() {
    let mut books = MemoryStore::new();
    let started_at_ms = SystemClock.now().utc_ms - UNSAVED_FOR_MS + 30 * 60_000;
    let begun = CallRecord { started_at_ms, ..conformance::call(1, Direction::Incoming, "8555 0117") };
    books.begin_call(&begun, &crm::card::Draft::default()).unwrap();
    books.end_call(&conformance::talked(&begun), false).unwrap();
    let (house, _) = House::over(books, "").await;
    let mut events = house.agent.events();
    // What shows nothing to anybody does not count; time for the watch to be wrong about it.
    for _ in 0..20 {
        house.agent.overview().await.unwrap();
        house.agent.list_cards(cards(CardFilter::ToSave)).await.unwrap();
    }
    let seq = house.agent.snapshot(Nothing {}).await.unwrap().seq;
    let told = loop {
        let event = tokio::time::timeout(Duration::from_secs(30), events.recv()).await.unwrap().unwrap();
        if let EventBody::Notice(notice) = event.body {
            assert!(event.seq > seq, "the window hears what comes after its snapshot");
            break notice;
        }
    };
    assert_eq!((told.code, told.call), (NoticeCode::CardExpiring, Some(CallId(begun.id.0))));
    assert_eq!(told.subject.as_deref(), Some("+506 8555 0117"));
}
