//! What an organisation requires of a new lead and of a call: asked for, filled in, and there; corrected where it was refused.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

#[path = "../../../crm/connect/tests/emulated/mod.rs"]
mod emulated;
mod house;
mod office;

use std::path::Path;

use agent_api::call::MatchView;
use agent_api::card::{CardView, SyncState};
use agent_api::command::Commands;
use agent_api::connection_setup::{ConnectionSetup, HubspotSignIn, SalesforceLogin, ZohoCentre};
use agent_api::contact::{ChannelKind, ChannelView, ContactKind, FieldValue, SaveContact};
use agent_api::error::ErrorCode;
use agent_api::id::{CallId, ConnectionId, PushId};
use agent_api::push::{CorrectPush, PushAbout, PushReason};
use agent_api::record_form::{DescribeForm, FilledForm, FurtherFields, OwnField, RecordFieldKind, RecordFormView};
use agent_api::remote::RecordKind;
use emulated::Emulator;
use office::{Office, tape};
use practice::Practice;
use serde_json::json;

/// A company whose leads must have a rank, and a caller whom nobody knows.
struct Desk {
    crm: Emulator,
    exchange: Practice,
    office: Office,
    connection: ConnectionId,
}

impl Desk {
    async fn on(place: &Path) -> Self {
        let crm = Emulator::start("salesforce");
        crm.set(json!({"external_id": true, "require": {"object": "Lead", "field": "Rank__c"}})).await;
        let login = SalesforceLogin::Own { host: crm.base.to_string() };
        Self::at(place, crm, ConnectionSetup::Salesforce { login, client_id: "timbre".into() }, None).await
    }

    async fn at_zoho(place: &Path) -> Self {
        let crm = Emulator::start("zoho");
        crm.set(json!({"unique_field": true, "require": {"object": "Leads", "field": "Rank"}})).await;
        let (client_id, local) = ("timbre".into(), Some(crm.base.to_string()));
        Self::at(place, crm, ConnectionSetup::Zoho { centre: ZohoCentre::Eu, client_id, local }, None).await
    }

    async fn at_hubspot(place: &Path) -> Self {
        let crm = Emulator::start("hubspot_crm");
        let setup = ConnectionSetup::Hubspot { sign_in: HubspotSignIn::Token, local: Some(crm.base.to_string()) };
        Self::at(place, crm, setup, Some("pat-na1-0123456789abcdef")).await
    }

    async fn at(place: &Path, crm: Emulator, setup: ConnectionSetup, secret: Option<&str>) -> Self {
        tape();
        let exchange = Practice::start(practice::Options::default()).unwrap();
        let mut office = Office::on(place).await;
        office.line(&exchange).await;
        let connection = office.connection(setup, secret).await;
        match secret {
            Some(_) => office.connect(connection).await,
            None => drop(office.sign_in(connection).await),
        }
        Self { crm, exchange, office, connection }
    }

    async fn call(&mut self) -> CallId {
        let unknown = |view: &agent_api::call::CallView| view.matches == MatchView::None;
        let call = self.office.called(&self.exchange, "nobody who is known", unknown).await.id;
        self.office.talk(call).await;
        call
    }

    async fn describe(&self, kind: RecordKind, push: Option<PushId>) -> RecordFormView {
        let request = DescribeForm { connection: self.connection, kind, record_type: None, push };
        self.office.agent().describe_form(request).await.unwrap()
    }

    fn lead(&self, call: CallId, values: Option<&[(&str, &str)]>) -> SaveContact {
        let raw = "+1 (202) 555-0142".to_owned();
        let form = |values| FurtherFields { connection: self.connection, form: filled(values) };
        SaveContact {
            id: None,
            rev: None,
            kind: ContactKind::Lead,
            first_name: "Eva".into(),
            last_name: "Soto".into(),
            company: "Taller Irazú".into(),
            document_kind: None,
            document_number: None,
            vip: false,
            channels: vec![ChannelView {
                id: None,
                kind: ChannelKind::Phone,
                raw,
                display: String::new(),
                e164: None,
                extension: None,
            }],
            addresses: Vec::new(),
            custom: None,
            further: values.map(form).into_iter().collect(),
            for_call: Some(call),
        }
    }

    /// Waits until the call's push is stuck; the card and what is refused.
    async fn stuck(&mut self, call: CallId, about: PushAbout, field: &str) -> CardView {
        let card = self.office.house.card_where("stuck", call, |card| card.row.sync == SyncState::Stuck).await;
        let push = &card.row.pushes[0];
        let fields = match &push.reason {
            Some(PushReason::Invalid { fields, .. }) => fields.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!((push.about, fields), (about, vec![field.to_owned()]));
        card
    }

    async fn correct(&self, card: &CardView, person: Option<FilledForm>, entry: Option<FilledForm>) -> Option<String> {
        let (push, draft) = (card.row.pushes[0].push, card.draft.clone());
        let request = CorrectPush { push, draft, outcome: None, person, entry };
        self.office.agent().correct_push(request).await.err().and_then(|error| error.detail)
    }

    async fn end(self) {
        self.office.house.runtime.shut_down().await;
        self.exchange.stop().await;
    }
}

fn filled(values: &[(&str, &str)]) -> FilledForm {
    let value = |(key, value): &(&str, &str)| FieldValue { key: (*key).into(), value: (*value).into() };
    FilledForm { record_type: None, values: values.iter().map(value).collect() }
}

fn of_lead(connection: ConnectionId, record_type: &str) -> DescribeForm {
    DescribeForm { connection, kind: RecordKind::Lead, record_type: Some(record_type.into()), push: None }
}

fn asked(form: &RecordFormView) -> Vec<(&str, Option<OwnField>)> {
    form.fields.iter().map(|field| (field.name.as_str(), field.fed_by)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_organisation_requires_of_a_lead_is_asked_for_and_there() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Desk::on(place.path()).await;
    let form = desk.describe(RecordKind::Lead, None).await;
    let expected = [("LastName", Some(OwnField::LastName)), ("Company", Some(OwnField::Company)), ("Rank__c", None)];
    assert_eq!(asked(&form), expected);
    assert!(form.read_at_ms.is_some() && form.fields.iter().all(|field| field.required));

    // What is known serves without a network; of what was never asked nothing is known, and nobody is stopped.
    let questions = desk.crm.asked("describe").await;
    let away = "GET /services/data/v65.0/sobjects/(Lead|Contact)/describe";
    desk.crm.fault(json!({"match": away, "times": 9, "do": "answer", "status": 503, "body": []})).await;
    assert_eq!(desk.describe(RecordKind::Lead, None).await, form);
    assert_eq!(desk.crm.asked("describe").await, questions, "it was told a moment ago");
    assert_eq!(desk.describe(RecordKind::Contact, None).await, RecordFormView::default());
    desk.crm.calm().await;

    let call = desk.call().await;
    let wrong = async |values: &[(&str, &str)]| {
        let error = desk.office.agent().save_contact(desk.lead(call, Some(values))).await.unwrap_err();
        (error.code, error.detail.unwrap())
    };
    let about = |name: &str| format!("further.{}.{name}", desk.connection.0);
    assert_eq!(wrong(&[]).await, (ErrorCode::Required, about("Rank__c")));
    assert_eq!(wrong(&[("Rank__c", &"x".repeat(41))]).await, (ErrorCode::Invalid, about("Rank__c")));
    assert_eq!(wrong(&[("Rank__c", "A"), ("Stranger", "x")]).await, (ErrorCode::Invalid, about("Stranger")));
    let lead = desk.lead(call, Some(&[("Rank__c", " A ")]));
    desk.office.agent().save_contact(lead).await.unwrap();
    desk.office.saved(call, "Factura 27").await;
    desk.office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;

    let leads = desk.crm.records("Lead").await;
    assert_eq!(
        (leads.len(), leads[0]["Rank__c"].as_str(), leads[0]["LastName"].as_str()),
        (1, Some("A"), Some("Soto"))
    );
    let tasks = desk.crm.records("Task").await;
    assert_eq!((tasks.len(), &tasks[0]["WhoId"]), (1, &leads[0]["Id"]));
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_for_the_person_and_then_for_the_entry_is_corrected_and_there_once() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Desk::on(place.path()).await;
    let call = desk.call().await;
    // Nobody asked: the form did not come in time.
    desk.office.agent().save_contact(desk.lead(call, None)).await.unwrap();
    desk.office.saved(call, "Factura 27").await;
    let card = desk.stuck(call, PushAbout::Person, "Rank__c").await;
    let push = card.row.pushes[0].push;
    let form = desk.describe(RecordKind::Lead, Some(push)).await;
    assert_eq!((asked(&form).last().copied(), form.values.len()), (Some(("Rank__c", None)), 0));
    assert_eq!(desk.correct(&card, Some(filled(&[])), None).await.as_deref(), Some("person.Rank__c"));
    desk.crm.set(json!({"require": {"object": "Task", "field": "Reason__c"}})).await;
    assert_eq!(desk.correct(&card, Some(filled(&[("Rank__c", "B")])), None).await, None);

    // The lead is there now; what is missing is the entry's own.
    let of_entry = |card: &CardView| card.row.pushes[0].about == PushAbout::Entry && card.row.sync == SyncState::Stuck;
    desk.office.house.card_where("stuck again", call, of_entry).await;
    let card = desk.stuck(call, PushAbout::Entry, "Reason__c").await;
    let form = desk.describe(RecordKind::Activity, Some(push)).await;
    assert_eq!(asked(&form), [("Reason__c", None)], "what the entry fills is nobody's to fill in");
    assert_eq!(desk.correct(&card, None, Some(filled(&[]))).await.as_deref(), Some("entry.Reason__c"));
    assert_eq!(desk.correct(&card, None, Some(filled(&[("Reason__c", "Garantía")]))).await, None);
    desk.office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;

    let (leads, tasks) = (desk.crm.records("Lead").await, desk.crm.records("Task").await);
    assert_eq!((leads.len(), leads[0]["Rank__c"].as_str()), (1, Some("B")));
    assert_eq!(
        (tasks.len(), tasks[0]["Reason__c"].as_str(), &tasks[0]["WhoId"]),
        (1, Some("Garantía"), &leads[0]["Id"])
    );
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zoho_is_asked_and_corrected_alike() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Desk::at_zoho(place.path()).await;
    let form = desk.describe(RecordKind::Lead, None).await;
    let mut names = asked(&form);
    names.sort_unstable_by_key(|(name, _)| *name);
    let expected = [("Company", Some(OwnField::Company)), ("Last_Name", Some(OwnField::LastName)), ("Rank", None)];
    assert_eq!(names, expected);
    let call = desk.call().await;
    desk.office.agent().save_contact(desk.lead(call, None)).await.unwrap();
    desk.office.saved(call, "Factura 27").await;
    let card = desk.stuck(call, PushAbout::Person, "Rank").await;
    desk.crm.set(json!({"require": {"object": "Calls", "field": "Reason"}})).await;
    assert_eq!(desk.correct(&card, Some(filled(&[("Rank", "B")])), None).await, None);

    let of_entry = |card: &CardView| card.row.pushes[0].about == PushAbout::Entry && card.row.sync == SyncState::Stuck;
    desk.office.house.card_where("stuck again", call, of_entry).await;
    let card = desk.stuck(call, PushAbout::Entry, "Reason").await;
    let form = desk.describe(RecordKind::Activity, Some(card.row.pushes[0].push)).await;
    assert_eq!(asked(&form), [("Reason", None)], "what the entry fills is nobody's to fill in");
    assert_eq!(desk.correct(&card, None, Some(filled(&[("Reason", "Garantía")]))).await, None);
    desk.office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;
    let (leads, calls) = (desk.crm.records("Leads").await, desk.crm.records("Calls").await);
    assert_eq!((leads.len(), leads[0]["Rank"].as_str()), (1, Some("B")));
    assert_eq!(
        (calls.len(), calls[0]["Reason"].as_str(), &calls[0]["What_Id"]["id"]),
        (1, Some("Garantía"), &leads[0]["id"])
    );
    desk.end().await;
}

/// The layout that was chosen, with what it requires, values of its own and several of a list.
#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_zoho_is_of_the_layout_that_was_chosen() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Desk::at_zoho(place.path()).await;
    let likes = json!({"object": "Leads", "field": "Likes", "type": "multiselectpicklist",
                       "choices": [["Tea", "Té"], ["Bread", "Pan"], ["Salt", "Sal"]]});
    desk.crm.set(json!({ "field": likes })).await;
    let layouts = json!([{}, {"name": "Hogar", "generated": "custom", "default": [], "requires": ["Likes"],
                              "values": {"Likes": ["Tea", "Bread"]}}]);
    desk.crm.set(json!({"layouts": {"object": "Leads", "layouts": layouts}})).await;
    let usual = desk.describe(RecordKind::Lead, None).await;
    let names: Vec<&str> = usual.record_types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, usual.record_type.as_ref()), (vec!["Standard", "Hogar"], Some(&usual.record_types[0].id)));
    assert!(usual.fields.iter().all(|field| field.name != "Likes"));
    let chosen = usual.record_types[1].id.clone();
    let form = desk.office.agent().describe_form(of_lead(desk.connection, &chosen)).await.unwrap();
    assert_eq!(form.record_type.as_ref(), Some(&chosen));
    let likes = form.fields.iter().find(|field| field.name == "Likes").unwrap();
    let RecordFieldKind::Choices { choices } = &likes.takes else { panic!("{:?}", likes.takes) };
    assert_eq!(choices.iter().map(|one| &*one.label).collect::<Vec<_>>(), ["Té", "Pan"]);

    let call = desk.call().await;
    let further =
        |likes| FilledForm { record_type: Some(chosen.clone()), ..filled(&[("Rank", "A"), ("Likes", likes)]) };
    let lead = |likes| {
        let mut lead = desk.lead(call, Some(&[]));
        lead.further[0].form = further(likes);
        lead
    };
    let about = |name: &str| Some(format!("further.{}.{name}", desk.connection.0));
    for (likes, code) in [("", ErrorCode::Required), ("Tea\nSalt", ErrorCode::Invalid)] {
        let error = desk.office.agent().save_contact(lead(likes)).await.unwrap_err();
        assert_eq!((error.code, error.detail), (code, about("Likes")), "{likes}");
    }
    desk.office.agent().save_contact(lead("Bread\nTea")).await.unwrap();
    desk.office.saved(call, "Factura 27").await;
    desk.office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;
    let (leads, calls) = (desk.crm.records("Leads").await, desk.crm.records("Calls").await);
    assert_eq!((leads.len(), calls.len(), &calls[0]["What_Id"]["id"]), (1, 1, &leads[0]["id"]));
    assert_eq!((&leads[0]["Layout"]["id"], &leads[0]["Likes"]), (&json!(chosen), &json!(["Tea", "Bread"])));
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_of_hubspot_has_what_its_schema_requires() {
    let place = tempfile::tempdir().unwrap();
    let mut desk = Desk::at_hubspot(place.path()).await;
    let likes = json!({"object": "contacts", "field": "likes", "type": ["enumeration", "checkbox"],
                       "options": [["tea", "Té"], ["bread", "Pan"]], "must": true});
    desk.crm.set(json!({ "field": likes })).await;
    let call = desk.call().await;
    // Nobody asked: the refusal names it, and the form then has it.
    desk.office.agent().save_contact(desk.lead(call, None)).await.unwrap();
    desk.office.saved(call, "Factura 27").await;
    let card = desk.stuck(call, PushAbout::Person, "likes").await;
    let form = desk.describe(RecordKind::Lead, Some(card.row.pushes[0].push)).await;
    assert_eq!(asked(&form), [("lastname", Some(OwnField::LastName)), ("likes", None)]);
    assert_eq!(
        desk.correct(&card, Some(filled(&[("likes", "tea\nsalt")])), None).await.as_deref(),
        Some("person.likes")
    );
    assert_eq!(desk.correct(&card, Some(filled(&[("likes", "bread\ntea")])), None).await, None);
    desk.office.house.card_where("sent", call, |card| card.row.sync == SyncState::Sent).await;
    let (leads, calls) = (desk.crm.records("contacts").await, desk.crm.records("calls").await);
    assert_eq!((leads.len(), calls.len(), leads[0]["likes"].as_str()), (1, 1, Some("tea;bread")));
    assert_eq!(leads[0]["lifecyclestage"].as_str(), Some("lead"));
    desk.end().await;
}
