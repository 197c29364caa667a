//! Forms of an organisation in Salesforce, against `emulators/salesforce.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{Connector, Fault, FieldKind, FieldValue, NewPerson, RecordForm, RemoteKind};
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use serde_json::json;

async fn org() -> (Emulator, Salesforce) {
    let crm = Emulator::start("salesforce");
    let (session, _) = signed_in(salesforce::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    (crm, Salesforce::new(session, Options { country: "CR".into(), external_id: None }))
}

fn ana(lead: bool) -> NewPerson {
    NewPerson {
        lead,
        first_name: "Ana".into(),
        last_name: "Mora".into(),
        company: "Yunque".into(),
        phones: vec!["+50685550117".into(), "+50622220000".into()],
        email: Some("ana@example.com".into()),
        ..NewPerson::default()
    }
}

fn required(form: &RecordForm) -> Vec<&str> {
    form.fields.iter().filter(|spec| spec.required).map(|spec| spec.name.as_str()).collect()
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.into())
}

#[tokio::test]
async fn a_record_type_has_its_own_form() {
    let (org, crm) = org().await;
    for (field, values) in [("Branch__c", ["North", "South"]), ("Tier__c", ["Gold", "Iron"])] {
        org.set(json!({"require": {"object": "Lead", "field": field, "choices": values}})).await;
    }
    let more = json!({"nillable": false, "defaultValue": true});
    org.set(json!({"field": {"object": "Lead", "field": "Vip__c", "type": "boolean", "more": more}})).await;
    let types = json!([
        {"name": "Hogar", "values": {"Branch__c": ["North"]}}, {"name": "Empresa", "values": {"Branch__c": ["South"]}},
        {"name": "Vieja", "active": false}, {"name": "Ajena", "available": false},
    ]);
    org.set(json!({"record_types": {"object": "Lead", "types": types}})).await;
    let own = crm.describe(RemoteKind::Lead, None).await.unwrap();
    let names: Vec<&str> = own.record_types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Hogar", "Empresa"], "neither the master nor what this user may not choose");
    let (home, firm) = (own.record_types[0].id.clone(), own.record_types[1].id.clone());
    assert_eq!(own.record_type.as_ref(), Some(&home));
    assert_eq!(required(&own), ["LastName", "Company", "Branch__c", "Tier__c"]);
    let field = |form: &RecordForm, name: &str| form.fields.iter().find(|spec| spec.name == name).unwrap().clone();
    assert_eq!(field(&own, "Branch__c").kind, FieldKind::Choice(vec![("North".into(), "North".into())]));
    assert_eq!(field(&own, "Vip__c").default, Some(FieldValue::Flag(true)));
    assert!(own.fields.iter().all(|spec| spec.name != "RecordTypeId"), "the type is chosen, not filled in");

    org.set(json!({"layout": {"object": "Lead", "type": firm, "requires": ["Email", "Title", "Vip__c"]}})).await;
    let other = crm.describe(RemoteKind::Lead, Some(&firm)).await.unwrap();
    assert_eq!(other.record_type.as_ref(), Some(&firm));
    assert_eq!(required(&other), ["LastName", "Email", "Title", "Company", "Branch__c", "Tier__c"]);
    assert_eq!(field(&other, "Branch__c").kind, FieldKind::Choice(vec![("South".into(), "South".into())]));

    let filled = vec![("Branch__c".into(), text("South")), ("Tier__c".into(), text("Gold"))];
    let lead = NewPerson { record_type: Some(firm.clone()), further: filled, ..ana(true) };
    crm.create(&lead).await.unwrap();
    assert_eq!(org.records("Lead").await[0]["RecordTypeId"], json!(firm));
    let wrong = NewPerson { record_type: Some(home), ..lead.clone() };
    assert!(matches!(crm.create(&wrong).await, Err(Fault::Invalid { fields, .. }) if fields == ["Branch__c"]));
    let without = NewPerson { further: lead.further[..1].to_vec(), ..lead };
    assert!(matches!(crm.create(&without).await, Err(Fault::Invalid { fields, .. }) if fields == ["Tier__c"]));
    assert_eq!(org.records("Lead").await.len(), 1);
}

#[tokio::test]
async fn a_value_of_each_kind_goes_out_as_it_is_documented() {
    let (org, crm) = org().await;
    for (name, kind) in
        [("Rank__c", "double"), ("Vip__c", "boolean"), ("Since__c", "date"), ("Likes__c", "multipicklist")]
    {
        org.set(json!({"field": {"object": "Contact", "field": name, "type": kind}})).await;
    }
    let further = vec![
        ("Rank__c".into(), FieldValue::Number("2.5".into())),
        ("Vip__c".into(), FieldValue::Flag(true)),
        ("Since__c".into(), text("2026-11-23")),
        ("Likes__c".into(), text("Tea;Bread")),
    ];
    crm.create(&NewPerson { further, ..ana(false) }).await.unwrap();
    let made = &org.records("Contact").await[0];
    let held = ["Rank__c", "Vip__c", "Since__c", "Likes__c"].map(|name| made[name].clone());
    assert_eq!(held, [json!(2.5), json!(true), json!("2026-11-23"), json!("Tea;Bread")]);
}
