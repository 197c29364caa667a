//! People of a CRM copied by the whole agent: a caller is known by name when nobody is reached, and nothing stays when the
//! connection goes.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use agent_api::call::{CallView, MatchView};
use agent_api::command::Commands;
use agent_api::connection::{ConnectFault, ConnectionRef, ConnectionState, ConnectionView, Disconnect, SaveConnection};
use agent_api::connection_setup::{ConnectionKind, ConnectionSetup};
use agent_api::remote::{FindRemote, RemoteSearch, TakeRemote};
use crm::store::Copies;
use crm_store::SqliteStore;
use emulated::Emulator;
use office::{Office, no_secret_in, tape};
use practice::Practice;
use serde_json::json;

/// The number of the practice line's caller as somebody typed it into the book.
const WRITTEN: &str = "+1 (202) 555-0142";
const PASSWORD: &str = "sésamo";

fn card(name: &str, phone: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\nFN:{name}\r\nN:{name};;;;\r\nTEL:{phone}\r\nEND:VCARD\r\n")
}

async fn put(crm: &Emulator, file: &str, name: &str, phone: &str) {
    crm.set(json!({"put": {"name": file, "text": card(name, phone)}})).await;
}

fn copied(people: u32) -> impl Fn(&ConnectionView) -> bool {
    move |view| {
        view.copies.as_ref().is_some_and(|one| one.people == people && one.complete_at_ms.is_some() && !one.copying)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_of_a_book_is_known_without_a_network_and_nothing_stays_of_it_when_it_goes() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let crm = Emulator::start("carddav");
    put(&crm, "1.vcf", "Zaida Xqzwvk", WRITTEN).await;
    put(&crm, "2.vcf", "Recepción", "2222 0000").await;
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let setup = ConnectionSetup::Carddav { address: crm.base.to_string(), user: "ana".into() };
    let connection = office.connection(setup.clone(), Some("wrong")).await;
    office.connect(connection).await;
    office.connection_where("a refusal", |view| view.failure == Some(ConnectFault::SignIn)).await;
    let password = Some(PASSWORD.to_owned());
    let save = SaveConnection { id: Some(connection), name: String::new(), setup, secret: password };
    office.agent().save_connection(save.clone()).await.unwrap();
    office.connect(connection).await;
    let view = office.connection_where("the copy", copied(2)).await;
    assert_eq!((view.kind, view.name.as_str(), view.verified), (ConnectionKind::Carddav, "CardDAV", true));
    assert_eq!((view.state, view.identity.unwrap().user.as_str()), (ConnectionState::Connected, "ana"));

    // «Sincronizar»: what changed is there.
    put(&crm, "3.vcf", "Luis Vega", "2222 0001").await;
    office.agent().send_now(ConnectionRef { connection }).await.unwrap();
    office.connection_where("the change", copied(3)).await;
    let text = FindRemote::Text { text: "vega".into(), connection: Some(connection) };
    let found = office.agent().find_remote(text).await.unwrap();
    assert_eq!((found.people.len(), found.people[0].name.as_str(), found.failed.len()), (1, "Luis Vega", 0));

    // The server is gone, and the program begins anew; the keychain of this house is empty then.
    drop(crm);
    office.house.runtime.shut_down().await;
    let mut office = Office::on(place.path()).await;
    office.agent().save_connection(save).await.unwrap();
    office.connection_where("what was copied", copied(3)).await;
    office.line(&exchange).await;
    let known = |view: &CallView| {
        let done = view.remote.as_ref().is_some_and(|remote| remote.search == RemoteSearch::Done);
        done && view.matches == MatchView::None
    };
    let call = office.called(&exchange, "who it is", known).await;
    let people = call.remote.unwrap().people;
    assert_eq!((people.len(), people[0].name.as_str()), (1, "Zaida Xqzwvk"));
    let record = people[0].record.clone();
    let taken = office.agent().take_remote(TakeRemote { record, call: Some(call.id) }).await.unwrap();
    assert_eq!(taken.brief.name, "Zaida Xqzwvk");
    office.talk(call.id).await;
    office.saved(call.id, "Factura 27").await;
    office.nothing_to_send().await;
    let taken = agent_api::contact::EraseContact { contact: taken.brief.id, rev: taken.rev };
    office.agent().erase_contact(taken).await.unwrap();

    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    assert_eq!(left.revoked, None);
    let gone = office.house.snapshot().await.connections.list.remove(0);
    assert_eq!((gone.state, gone.copies, gone.has_secret), (ConnectionState::SignedOut, None, false));
    office.house.runtime.shut_down().await;
    no_secret_in(place.path());
    for file in std::fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        for trace in ["Xqzwvk", "xqzwvk", "Vega"] {
            let holds = bytes.windows(trace.len()).any(|part| part == trace.as_bytes());
            assert!(!holds, "{trace} in {}", file.display());
        }
    }
    exchange.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_of_a_connection_that_somebody_takes_out_of_the_settings() {
    tape();
    let (place, crm) = (tempfile::tempdir().unwrap(), Emulator::start("carddav"));
    put(&crm, "1.vcf", "Zaida Xqzwvk", WRITTEN).await;
    let mut office = Office::on(place.path()).await;
    let setup = ConnectionSetup::Carddav { address: crm.base.to_string(), user: "ana".into() };
    let connection = office.connection(setup, Some(PASSWORD)).await;
    office.connect(connection).await;
    office.connection_where("the copy", copied(1)).await;
    office.house.runtime.shut_down().await;
    let kept = || {
        let mut store = SqliteStore::open(place.path()).unwrap();
        store.copied(&connection.0.to_string()).unwrap().people
    };
    assert_eq!(kept(), 1);
    let settings = place.path().join("settings.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let (before, _) = text.split_once("[[connection]]").unwrap();
    std::fs::write(&settings, before).unwrap();
    let office = Office::on(place.path()).await;
    assert!(office.house.snapshot().await.connections.list.is_empty());
    office.house.runtime.shut_down().await;
    assert_eq!(kept(), 0);
}
