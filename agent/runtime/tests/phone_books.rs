//! A company's phone book with the whole agent, on a real server: set up, signed in, asked who calls; no call goes there, and
//! nothing of the password stays behind.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the server is a package of the system

mod house;
mod office;
#[path = "../../../crm/connect/tests/slapd/mod.rs"]
mod slapd;

use agent_api::call::{CallView, MatchView};
use agent_api::card::{CardState, SyncState};
use agent_api::command::Commands;
use agent_api::connection::{CheckView, ConnectFault, ConnectionRef, ConnectionState, Disconnect, SaveConnection};
use agent_api::connection_setup::ConnectionSetup;
use agent_api::error::ErrorCode;
use agent_api::remote::{FindRemote, RemoteSearch, TakeRemote};
use agent_api::settings::OpenExternal;
use office::{Office, tape};
use practice::Practice;
use slapd::{ANA, PASSWORD, Slapd};

fn setup(server: &Slapd, user: &str) -> ConnectionSetup {
    ConnectionSetup::Ldap {
        address: server.address("ldaps"),
        user: Some(user.into()),
        base: None,
        authority: Some(server.authority()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_lives_in_the_whole_agent_and_is_only_read() {
    tape();
    let place = tempfile::tempdir().unwrap();
    let server = Slapd::start();
    let exchange = Practice::start(practice::Options::default()).unwrap();
    let mut office = Office::on(place.path()).await;
    office.line(&exchange).await;
    let connection = office.connection(setup(&server, ANA), Some("nadie")).await;
    office.connect(connection).await;
    let refused = office.connection_where("a refusal", |view| view.failure.is_some()).await;
    assert_eq!((refused.failure, refused.state), (Some(ConnectFault::SignIn), ConnectionState::SignedOut));
    let right = SaveConnection {
        id: Some(connection),
        name: "Directorio".into(),
        setup: setup(&server, ANA),
        secret: Some(PASSWORD.into()),
    };
    office.agent().save_connection(right.clone()).await.unwrap();
    office.connect(connection).await;
    let view = office.connection_where("connected", |view| view.state == ConnectionState::Connected).await;
    assert_eq!((view.name.as_str(), view.failure, view.has_secret), ("Directorio", None, true));
    assert!(view.can.people && !view.can.leads && view.verified);
    let identity = view.identity.unwrap();
    assert_eq!((identity.user.as_str(), identity.organisation.as_deref()), (ANA, Some("dc=company,dc=example")));
    let checked = office.agent().check_connection(ConnectionRef { connection }).await.unwrap();
    assert_eq!(checked, CheckView::Correct { identity });

    let there = |view: &CallView| {
        let done = view.remote.as_ref().is_some_and(|remote| remote.search == RemoteSearch::Done);
        done && view.matches == MatchView::None
    };
    let call = office.called(&exchange, "the directory's answer", there).await;
    let found = call.remote.unwrap();
    assert_eq!((found.people.len(), found.people[0].name.as_str()), (1, "Sara Practicas"), "{found:?}");
    let record = found.people[0].record.clone();
    let no_page = office.agent().open_external(OpenExternal::Record { record: record.clone() }).await.unwrap_err();
    assert_eq!(no_page.code, ErrorCode::NotFound, "a directory has no pages");
    office.agent().take_remote(TakeRemote { record, call: Some(call.id) }).await.unwrap();
    office.talk(call.id).await;
    let card = office.saved(call.id, "Factura 27").await;
    assert_eq!((card.row.state, card.row.sync), (CardState::Saved, SyncState::ThisComputer), "calls do not go there");
    let named = FindRemote::Text { text: "yunque".into(), connection: Some(connection) };
    assert_eq!(office.agent().find_remote(named).await.unwrap().people.len(), 2);

    office.house.runtime.shut_down().await;
    let mut office = Office::on(place.path()).await;
    // These tests keep secrets in memory: it says that it has none, and goes on when it is given.
    office.connection_where("no secret", |view| view.state == ConnectionState::SignInAgain).await;
    office.agent().save_connection(right).await.unwrap();
    let again = office.connection_where("the connection of the last run", |view| view.can.people).await;
    assert_eq!((again.state, again.identity.is_some()), (ConnectionState::Connected, true));
    let left = office.agent().disconnect(Disconnect { connection, confirmed: false, forget: false }).await.unwrap();
    let gone = office.house.snapshot().await.connections.list.remove(0);
    assert_eq!((left.revoked, gone.state, gone.has_secret), (None, ConnectionState::SignedOut, false));
    office.house.runtime.shut_down().await;
    for file in std::fs::read_dir(place.path()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file())
    {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()), "{}", file.display());
    }
    exchange.stop().await;
    let log = tape().lock().unwrap();
    assert!(!log.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_without_tls_or_with_a_foreign_certificate_gets_no_password() {
    let place = tempfile::tempdir().unwrap();
    let server = Slapd::start();
    let mut office = Office::on(place.path()).await;
    let strange = |authority: Option<String>| ConnectionSetup::Ldap {
        address: server.address("ldaps"),
        user: Some(ANA.into()),
        base: None,
        authority,
    };
    let connection = office.connection(strange(None), Some(PASSWORD)).await;
    office.connect(connection).await;
    let view = office.connection_where("a refusal", |view| view.failure.is_some()).await;
    assert_eq!(view.failure, Some(ConnectFault::Forbidden { code: "certificate_not_trusted".into() }));
    let address =
        |address: &str| ConnectionSetup::Ldap { address: address.into(), user: None, base: None, authority: None };
    for wrong in ["http://directory.example", "ldap://", "ldaps://ana:x@directory.example", "ldaps://a b"] {
        let save = SaveConnection { id: None, name: String::new(), setup: address(wrong), secret: None };
        let refused = office.agent().save_connection(save).await.unwrap_err();
        assert_eq!((refused.code, refused.detail.as_deref()), (ErrorCode::Invalid, Some("address")), "{wrong}");
    }
    let save = SaveConnection { id: None, name: String::new(), setup: strange(Some("PEM".into())), secret: None };
    let refused = office.agent().save_connection(save).await.unwrap_err();
    assert_eq!((refused.code, refused.detail.as_deref()), (ErrorCode::Invalid, Some("authority")));
    office.house.runtime.shut_down().await;
}
