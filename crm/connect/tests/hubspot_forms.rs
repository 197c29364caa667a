//! Forms of an account in HubSpot, against `emulators/hubspot_crm.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{Connector, Fault, FieldKind, FieldSpec, FieldValue, NewPerson, RecordForm, RemoteKind};
use crm_connect::Secret;
use crm_connect::hubspot::{Access, HubSpot};
use emulated::Emulator;
use serde_json::{Value, json};

const SCHEMAS: &str = "GET /crm/v3/schemas/";

/// An account that wants more of its contacts.
async fn account() -> (Emulator, HubSpot) {
    let crm = Emulator::start("hubspot_crm");
    let hubspot = HubSpot::new(crm.base.clone(), Access::Token(Secret::new("pat-na1-0123456789abcdef")), "CR").unwrap();
    let options = json!([["tea", "Té"], ["bread", "Pan"]]);
    for (name, kind, more) in [
        ("likes", ["enumeration", "checkbox"], json!({"options": options, "must": true})),
        ("branch", ["enumeration", "radio"], json!({"options": options, "must": true})),
        ("vip", ["bool", "booleancheckbox"], json!({})),
        ("known", ["enumeration", "booleancheckbox"], json!({"options": [["true", "Sí"], ["false", "No"]]})),
        ("since", ["date", "date"], json!({})),
        ("score", ["number", "number"], json!({})),
        ("owner", ["enumeration", "select"], json!({"more": {"externalOptions": true}})),
        ("secret", ["string", "text"], json!({"more": {"hidden": true}})),
    ] {
        let mut wish = json!({"object": "contacts", "field": name, "type": kind});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        crm.set(json!({ "field": wish })).await;
    }
    (crm, hubspot)
}

fn required(form: &RecordForm) -> Vec<&str> {
    form.fields.iter().filter(|spec| spec.required).map(|spec| spec.name.as_str()).collect()
}

fn field<'a>(form: &'a RecordForm, name: &str) -> Option<&'a FieldSpec> {
    form.fields.iter().find(|spec| spec.name == name)
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.into())
}

#[tokio::test]
async fn the_schema_says_what_is_required() {
    let (crm, hubspot) = account().await;
    let form = hubspot.describe(RemoteKind::Contact, None).await.unwrap();
    assert_eq!(required(&form), ["lastname", "likes", "branch"]);
    assert_eq!(crm.asked("GET ").await, 1, "one request for a form");
    let options = vec![("tea".to_owned(), "Té".to_owned()), ("bread".to_owned(), "Pan".to_owned())];
    for (name, kind) in [
        ("likes", FieldKind::Choices(options.clone())),
        ("branch", FieldKind::Choice(options)),
        ("vip", FieldKind::Flag),
        ("known", FieldKind::Flag),
        ("since", FieldKind::Date),
        ("score", FieldKind::Number),
        ("owner", FieldKind::Other("enumeration".into())),
    ] {
        assert_eq!(field(&form, name).unwrap().kind, kind, "{name}");
    }
    for name in ["secret", "createdate", "hs_searchable_calculated_phone_number"] {
        assert_eq!(field(&form, name), None, "{name} is nothing that somebody fills in");
    }
    // The stage is what makes a contact a lead: nobody is asked for it.
    let stage =
        json!({"object": "contacts", "field": "lifecyclestage", "type": ["enumeration", "select"], "must": true});
    crm.set(json!({ "field": stage })).await;
    assert_eq!(required(&hubspot.describe(RemoteKind::Lead, None).await.unwrap()), ["lastname", "likes", "branch"]);
    let form = hubspot.describe(RemoteKind::Contact, None).await.unwrap();
    assert!(required(&form).contains(&"lifecyclestage"));
    crm.set(json!({"require": {"object": "calls", "field": "reason"}})).await;
    let calls = hubspot.describe(RemoteKind::Activity, None).await.unwrap();
    assert_eq!(required(&calls), ["reason"]);
}

#[tokio::test]
async fn values_go_out_as_they_are_documented_and_refusals_name_their_properties() {
    let (crm, hubspot) = account().await;
    let further = vec![
        ("likes".into(), FieldValue::Several(vec!["tea".into(), "bread".into()])),
        ("branch".into(), text("tea")),
        ("vip".into(), FieldValue::Flag(true)),
        ("since".into(), text("2026-11-23")),
        ("score".into(), FieldValue::Number("2.5".into())),
    ];
    let mora = NewPerson { lead: true, last_name: "Mora".into(), further, ..NewPerson::default() };
    hubspot.create(&mora).await.unwrap();
    let made = crm.records("contacts").await.remove(0);
    let held = ["likes", "branch", "vip", "since", "score", "lifecyclestage"].map(|name| made[name].clone());
    assert_eq!(held, ["tea;bread", "tea", "true", "2026-11-23", "2.5", "lead"].map(Value::from));

    let refused = async |person: NewPerson| match hubspot.create(&person).await {
        Err(Fault::Invalid { code, fields, message }) => (code, fields, message),
        other => panic!("{other:?}"),
    };
    let (code, fields, message) = refused(NewPerson { further: Vec::new(), ..mora.clone() }).await;
    assert_eq!((&*code, fields), ("VALIDATION_ERROR", vec!["likes".to_owned(), "branch".to_owned()]));
    assert_eq!(message, "Error creating CONTACT. Some required properties were not set.");
    let mut wrong = mora.clone();
    wrong.further[0].1 = FieldValue::Several(vec!["tea".into(), "salt".into()]);
    let (_, fields, message) = refused(wrong).await;
    assert_eq!(fields, ["likes"], "it stands in the message alone");
    assert!(message.starts_with("tea;salt was not one of the allowed options"), "{message}");
    // Contexts of single errors, each name once; a message that is not what it seems.
    let answer = |message: &str, more: Value| {
        let mut body = json!({"status": "error", "category": "VALIDATION_ERROR", "message": message});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"match": "POST /crm/v3/objects/contacts$", "do": "answer", "status": 400, "body": body})
    };
    let contexts =
        json!({"errors": [{"context": {"propertyName": ["a", "b"]}}, {"context": {"properties": ["b"]}}, 7]});
    crm.fault(answer("x", contexts)).await;
    assert_eq!(refused(mora.clone()).await.1, ["a", "b"]);
    crm.fault(answer("Property values were not valid: [{\"name\": 7}, null", json!({"context": "none"}))).await;
    assert_eq!(refused(mora).await.1, Vec::<String>::new());
}

#[tokio::test]
async fn who_may_not_read_the_schema_still_has_the_properties() {
    let (crm, hubspot) = account().await;
    let scopes =
        json!({"status": "error", "category": "MISSING_SCOPES", "message": "This app hasn't been granted all scopes"});
    let answers = [
        (403, scopes),
        (404, json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "x"})),
        (200, json!({})),
        (200, json!({"properties": "none", "requiredProperties": [7, null]})),
    ];
    for (status, body) in answers {
        crm.fault(json!({"match": SCHEMAS, "do": "answer", "status": status, "body": body})).await;
        let form = hubspot.describe(RemoteKind::Contact, None).await.unwrap();
        assert_eq!(required(&form), ["lastname"], "{status} {body}");
        assert!(matches!(field(&form, "likes").unwrap().kind, FieldKind::Choices(_)));
    }
    crm.fault(json!({"match": SCHEMAS, "do": "answer", "status": 502, "body": {}})).await;
    assert!(matches!(hubspot.describe(RemoteKind::Contact, None).await, Err(Fault::Busy { .. })));
    crm.fault(json!({"match": SCHEMAS, "do": "answer", "status": 200, "body": "<html>"})).await;
    assert_eq!(hubspot.describe(RemoteKind::Contact, None).await, Err(Fault::NotUnderstood));
    crm.set(json!({"revoke": true})).await;
    assert_eq!(hubspot.describe(RemoteKind::Contact, None).await, Err(Fault::SignIn));
}
