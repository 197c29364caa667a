//! People who are both here and in a company's emulated Salesforce, with the whole agent: edits go both ways, and what both sides
//! changed is asked about.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use std::path::Path;
use std::time::Duration;

use agent_api::command::Commands;
use agent_api::connection::{ConnectionRef, ConnectionState};
use agent_api::connection_setup::{ConnectionSetup, HubspotSignIn, SalesforceLogin, ZohoCentre};
use agent_api::contact::{ChannelKind, ContactRef, ContactView, SaveContact};
use agent_api::edit::{ClashChoice, DecideClashes, EditsRef, EditsView, PersonField, Side};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::{ConnectionId, ContactId};
use agent_api::push::PushReason;
use agent_api::remote::{FindRemote, TakeRemote};
use emulated::Emulator;
use office::Office;
use serde_json::{Value, json};

/// The number of somebody as it was typed into the CRM.
const WRITTEN: &str = "+1 (202) 555-0142";

/// Somebody of the CRM who was taken over.
struct Taken {
    crm: Emulator,
    office: Office,
    connection: ConnectionId,
    contact: ContactId,
    object: &'static str,
    id: String,
}

impl Taken {
    async fn on(place: &Path) -> Self {
        let crm = Emulator::start("salesforce");
        let login = SalesforceLogin::Own { host: crm.base.to_string() };
        let setup = ConnectionSetup::Salesforce { login, client_id: "timbre".into() };
        let ana = json!({"FirstName": "Ana", "LastName": "Mora", "Phone": WRITTEN, "Email": "ana@yunque.example"});
        Self::at(place, crm, setup, None, ("Contact", ana)).await
    }

    /// Somebody of this CRM; `put` is the kind of its record, and the record.
    async fn at(
        place: &Path,
        crm: Emulator,
        setup: ConnectionSetup,
        token: Option<&str>,
        put: (&'static str, Value),
    ) -> Self {
        let (object, record) = put;
        crm.set(json!({"put": {"object": object, "record": record}})).await;
        let mut office = Office::on(place).await;
        let connection = office.connection(setup, token).await;
        if token.is_some() {
            office.connect(connection).await;
            office.connection_where("connected", |view| view.state == ConnectionState::Connected).await;
        } else {
            office.sign_in(connection).await;
        }
        let asked = FindRemote::Number { number: "+12025550142".into(), connection: None };
        let record = office.agent().find_remote(asked).await.unwrap().people.remove(0).record;
        let id = record.id.clone();
        let contact = office.agent().take_remote(TakeRemote { record, call: None }).await.unwrap().brief.id;
        Self { crm, office, connection, contact, object, id }
    }

    async fn view(&self) -> ContactView {
        self.office.agent().contact(ContactRef { contact: self.contact }).await.unwrap()
    }

    /// The agent changes the person in the form.
    async fn edit(&self, change: impl FnOnce(&mut SaveContact)) -> ContactView {
        let view = self.view().await;
        let mut form = SaveContact {
            id: Some(view.brief.id),
            rev: Some(view.rev),
            kind: view.brief.kind,
            first_name: view.first_name,
            last_name: view.last_name,
            company: view.company,
            document_kind: None,
            document_number: None,
            vip: view.brief.vip,
            channels: view.channels,
            addresses: Vec::new(),
            custom: None,
            for_call: None,
            further: Vec::new(),
        };
        change(&mut form);
        self.office.agent().save_contact(form).await.unwrap()
    }

    /// Somebody changes the record in the CRM's own page.
    async fn change_there(&self, record: Value) {
        self.crm.set(json!({"change": {"object": self.object, "id": self.id, "record": record}})).await;
    }

    async fn there(&self, field: &str) -> Value {
        let row = self.crm.records(self.object).await.remove(0);
        // HubSpot has them one step deeper.
        row.get("properties").unwrap_or(&row)[field].clone()
    }

    /// Waits until the person is as wished.
    async fn until(&mut self, what: &str, fits: impl Fn(&ContactView) -> bool) -> ContactView {
        let found = async {
            loop {
                let view = self.view().await;
                if fits(&view) {
                    return view;
                }
                let changed = |body: &EventBody| matches!(body, EventBody::Changed(DataTag::Contacts)).then_some(());
                self.office.house.wait("a change of people", changed).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), found)
            .await
            .unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    async fn settled(&mut self) -> ContactView {
        self.until("no edit that waits", |view| view.edits.is_empty()).await
    }

    /// The other side's changes are looked for now.
    async fn copy(&self) {
        self.office.agent().send_now(ConnectionRef { connection: self.connection }).await.unwrap();
    }

    async fn decide(&self, field: PersonField, side: Side, there: &str) -> Result<ContactView, ApiError> {
        let choices = vec![ClashChoice { field, side, there: there.to_owned() }];
        let wish = DecideClashes { contact: self.contact, connection: self.connection, choices };
        self.office.agent().decide_clashes(wish).await
    }
}

fn email(form: &mut SaveContact, to: &str) {
    form.channels.iter_mut().find(|one| one.kind == ChannelKind::Email).unwrap().raw = to.to_owned();
}

fn email_of(view: &ContactView) -> &str {
    view.channels.iter().find(|one| one.kind == ChannelKind::Email).map_or("", |one| one.raw.as_str())
}

fn clash(view: &ContactView) -> Option<(PersonField, &str, &str)> {
    let clash = view.edits.first()?.clashes.first()?;
    Some((clash.field, clash.here.as_str(), clash.there.as_str()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_edited_here_arrives_there_and_the_other_way_round() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Taken::on(place.path()).await;
    let saved = desk.edit(|form| email(form, "ana@mora.example")).await;
    assert!(saved.edits.iter().all(|edits: &EditsView| edits.waiting && edits.clashes.is_empty()));
    desk.settled().await;
    assert_eq!(desk.there("Email").await, "ana@mora.example");
    assert_eq!(
        (desk.there("Phone").await, desk.there("LastName").await),
        (json!("+1 (202) 555-0142"), json!("Mora")),
        "and nothing else"
    );

    desk.change_there(json!({"LastName": "Rojas", "Phone": "+1 (202) 555-0143"})).await;
    desk.copy().await;
    let view = desk.until("the new name", |view| view.last_name == "Rojas").await;
    assert_eq!(view.channels[0].raw, "+1 (202) 555-0143");
    assert_eq!(email_of(&view), "ana@mora.example");

    // What has nothing to do with the CRM asks it nothing.
    let asked = desk.crm.asked("GET /services/data/v65.0/sobjects/Contact/").await;
    desk.edit(|form| form.vip = true).await;
    desk.settled().await;
    assert_eq!(desk.crm.asked("GET /services/data/v65.0/sobjects/Contact/").await, asked);
}

/// An e-mail changed here, a last name there.
async fn edits_go_both_ways(mut desk: Taken, [email_there, name_there]: [&str; 2]) {
    desk.edit(|form| email(form, "ana@mora.example")).await;
    desk.settled().await;
    assert_eq!(desk.there(email_there).await, "ana@mora.example");
    desk.change_there(json!({ name_there: "Rojas" })).await;
    desk.edit(|form| form.first_name = "Ana María".into()).await;
    let view = desk.until("the new name", |view| view.last_name == "Rojas").await;
    assert_eq!((view.first_name.as_str(), email_of(&view)), ("Ana María", "ana@mora.example"));
    desk.settled().await;
    assert_eq!(
        (desk.there(name_there).await, desk.there(email_there).await),
        (json!("Rojas"), json!("ana@mora.example"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_go_both_ways_at_zoho() {
    let place = tempfile::tempdir().unwrap();
    let crm = Emulator::start("zoho");
    let (client_id, local) = ("timbre".into(), Some(crm.base.to_string()));
    let setup = ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id, local };
    let ana = json!({"First_Name": "Ana", "Last_Name": "Mora", "Full_Name": "Ana Mora", "Phone": WRITTEN, "Email": "ana@yunque.example"});
    let desk = Taken::at(place.path(), crm, setup, None, ("Contacts", ana)).await;
    edits_go_both_ways(desk, ["Email", "Last_Name"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_go_both_ways_at_hubspot() {
    let place = tempfile::tempdir().unwrap();
    let crm = Emulator::start("hubspot_crm");
    let setup = ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Token, local: Some(crm.base.to_string()) };
    let ana = json!({"firstname": "Ana", "lastname": "Mora", "phone": WRITTEN, "email": "ana@yunque.example"});
    let desk = Taken::at(place.path(), crm, setup, Some("pat-na1-0123456789abcdef"), ("contacts", ana)).await;
    edits_go_both_ways(desk, ["email", "lastname"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_in_both_places_is_asked_about_and_kept_until_it_is_decided() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Taken::on(place.path()).await;
    // Known on both sides from now on.
    desk.edit(|form| form.first_name = "Ana María".into()).await;
    desk.settled().await;
    for (side, mine, theirs) in
        [(Side::Here, "a@x.example", "b@x.example"), (Side::There, "c@x.example", "d@x.example")]
    {
        desk.change_there(json!({"Email": theirs, "Title": "Gerente"})).await;
        desk.edit(|form| {
            email(form, mine);
            form.last_name = format!("Mora {mine}");
        })
        .await;
        let view = desk.until("a clash", |view| clash(view).is_some()).await;
        assert_eq!(clash(&view), Some((PersonField::Email, mine, theirs)));
        assert_eq!((email_of(&view), desk.there("Email").await), (mine, json!(theirs)), "neither is written over");
        assert_eq!(desk.there("LastName").await, format!("Mora {mine}"), "other fields go on");
        let connection = desk.office.connection_where("a doubt", |view| view.doubts == 1).await;
        let doubtful = desk.office.agent().people_in_doubt(ConnectionRef { connection: connection.id }).await.unwrap();
        assert_eq!(doubtful.rows[0].id, desk.contact);

        let late = desk.decide(PersonField::Email, side, "older@x.example").await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict, "it was another value that the agent saw");
        let decided = desk.decide(PersonField::Email, side, theirs).await.unwrap();
        let kept = if side == Side::Here { mine } else { theirs };
        assert_eq!((email_of(&decided), clash(&decided)), (kept, None));
        desk.settled().await;
        assert_eq!(desk.there("Email").await, kept);
        desk.office.connection_where("no doubt", |view| view.doubts == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_made_while_the_crm_is_away_goes_after_a_new_start() {
    let place = tempfile::tempdir().unwrap();
    let desk = Taken::on(place.path()).await;
    let closed = json!({"match": "GET /services/data/v65.0/sobjects/Contact", "times": 99, "do": "answer", "status": 503, "body": []});
    desk.crm.fault(closed).await;
    desk.edit(|form| email(form, "lejos@mora.example")).await;
    assert!(desk.view().await.edits[0].waiting);
    let Taken { crm, office, connection, contact, object, id } = desk;
    office.house.runtime.shut_down().await;
    crm.calm().await;
    // The tokens of this profile were in memory: the person signs in once more.
    let mut office = Office::on(place.path()).await;
    office.sign_in(connection).await;
    let mut desk = Taken { crm, office, connection, contact, object, id };
    desk.settled().await;
    assert_eq!(desk.there("Email").await, "lejos@mora.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_crm_refuses_is_told_with_its_reason_and_goes_again_when_asked() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Taken::on(place.path()).await;
    let refused = json!([{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "No", "fields": ["Email"]}]);
    let fault = json!({"match": "PATCH /services/data/v65.0/sobjects/Contact", "times": 1, "do": "answer", "status": 400, "body": refused});
    desk.crm.fault(fault).await;
    desk.edit(|form| email(form, "no@mora.example")).await;
    let view = desk.until("a refusal", |view| view.edits.iter().any(|edits| edits.refused.is_some())).await;
    let reason = PushReason::Invalid { code: "FIELD_CUSTOM_VALIDATION_EXCEPTION".into(), fields: vec!["Email".into()] };
    assert_eq!((view.edits[0].refused.as_ref(), email_of(&view)), (Some(&reason), "no@mora.example"));
    assert_eq!(desk.there("Email").await, "ana@yunque.example");
    let again = EditsRef { contact: desk.contact, connection: desk.connection };
    desk.office.agent().retry_edits(again).await.unwrap();
    desk.settled().await;
    assert_eq!(desk.there("Email").await, "no@mora.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_arrived_before_the_next_one_was_saved_is_no_change_of_theirs() {
    const PATCH: &str = "PATCH /services/data/v65.0/sobjects/Contact";
    let place = tempfile::tempdir().unwrap();
    let mut desk = Taken::on(place.path()).await;
    // It is done there, and nobody here hears of it before the next edit is saved.
    desk.crm.fault(json!({"match": PATCH, "times": 1, "do": "wait"})).await;
    desk.edit(|form| email(form, "primero@mora.example")).await;
    let arrived = async { while desk.there("Email").await != "primero@mora.example" {} };
    tokio::time::timeout(Duration::from_secs(60), arrived).await.unwrap();
    desk.edit(|form| email(form, "segundo@mora.example")).await;
    desk.crm.calm().await;
    let view = desk.until("an end", |view| view.edits.iter().all(|one| !one.waiting)).await;
    assert_eq!((clash(&view), email_of(&view)), (None, "segundo@mora.example"));
    assert_eq!(desk.there("Email").await, "segundo@mora.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_locked_keeps_nobody_else_waiting() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Taken::on(place.path()).await;
    let eva =
        json!({"FirstName": "Eva", "LastName": "Soto", "Phone": "+1 (202) 555-0150", "Email": "eva@yunque.example"});
    desk.crm.set(json!({"put": {"object": "Contact", "record": eva}})).await;
    let asked = FindRemote::Number { number: "+12025550150".into(), connection: None };
    let record = desk.office.agent().find_remote(asked).await.unwrap().people.remove(0).record;
    let locked = json!([{"errorCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}]);
    let path = format!("PATCH /services/data/v65.0/sobjects/Contact/{}", desk.id);
    desk.crm.fault(json!({"match": path, "times": 999, "do": "answer", "status": 400, "body": locked})).await;
    desk.edit(|form| email(form, "ana@mora.example")).await;
    let ana = std::mem::replace(&mut desk.id, record.id.clone());
    let taken = desk.office.agent().take_remote(TakeRemote { record, call: None }).await.unwrap();
    desk.contact = taken.brief.id;
    desk.edit(|form| email(form, "eva@mora.example")).await;
    desk.settled().await;
    let there = desk.crm.records("Contact").await;
    let email_of = |id: &str| there.iter().find(|row| row["Id"] == id).unwrap()["Email"].clone();
    assert_eq!((email_of(&desk.id), email_of(&ana)), (json!("eva@mora.example"), json!("ana@yunque.example")));
}
