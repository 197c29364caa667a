//! Forms of an organisation in Zoho CRM, against `emulators/zoho.py`.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{
    Connector, Directory, Fault, FieldKind, FieldSpec, FieldValue, NewPerson, RecordForm, RemoteKind,
};
use crm_connect::zoho::{self, Options, Zoho};
use emulated::{Emulator, signed_in};
use serde_json::{Value, json};

async fn org() -> (Emulator, Zoho) {
    let crm = Emulator::start("zoho");
    let (session, _) = signed_in(zoho::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    (crm, Zoho::new(session, Options { country: "CR".into(), unique_field: None }))
}

fn ana(lead: bool) -> NewPerson {
    NewPerson { lead, last_name: "Mora".into(), company: "Yunque".into(), ..NewPerson::default() }
}

fn required(form: &RecordForm) -> Vec<&str> {
    let mut names: Vec<&str> = form.fields.iter().filter(|spec| spec.required).map(|spec| spec.name.as_str()).collect();
    names.sort_unstable();
    names
}

fn field<'a>(form: &'a RecordForm, name: &str) -> Option<&'a FieldSpec> {
    form.fields.iter().find(|spec| spec.name == name)
}

fn text(value: &str) -> FieldValue {
    FieldValue::Text(value.into())
}

fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

/// Two layouts to choose from, and others that this user may not.
async fn with_layouts(org: &Emulator) {
    let branch = json!([["-None-", "-None-"], ["N", "Norte"], ["S", "Sur"]]);
    for (name, kind, more) in [
        ("Branch", "picklist", json!({"choices": branch, "more": {"default_value": "Sur"}})),
        ("Likes", "multiselectpicklist", json!({"choices": [["Tea", "Té"], ["Bread", "Pan"]]})),
        ("Margin", "double", json!({"more": {"permissions": {"Standard": "hidden"}}})),
        ("Origin", "text", json!({"more": {"permissions": {"Standard": "read_only", "Administrator": "read_write"}}})),
        ("Vip", "boolean", json!({"more": {"default_value": "true"}})),
        ("Since", "date", json!({"more": {"default_value": "${TODAY}"}})),
        ("Score", "integer", json!({"more": {"fixed": true}})),
    ] {
        let mut wish = json!({"object": "Leads", "field": name, "type": kind});
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        org.set(json!({ "field": wish })).await;
    }
    let layouts: Value = json!([
        {"requires": ["Email", "Margin", "Origin"], "default": ["Administrator"]},
        {"name": "Hogar", "generated": "custom", "requires": ["Branch", "Likes"], "default": ["Standard"],
         "values": {"Branch": ["-None-", "S"]}, "without": ["Since"]},
        {"name": "Vieja", "generated": "custom", "status": "inactive", "default": []},
        {"name": "Ajena", "generated": "custom", "profiles": ["Administrator"], "default": []},
        {"name": "Oculta", "generated": "custom", "visible": false, "default": []},
    ]);
    org.set(json!({"layouts": {"object": "Leads", "layouts": layouts}})).await;
}

#[tokio::test]
async fn a_layout_has_its_own_form() {
    let (org, crm) = org().await;
    with_layouts(&org).await;
    let home = crm.describe(RemoteKind::Lead, None).await.unwrap();
    let names: Vec<&str> = home.record_types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Standard", "Hogar"], "none that is switched off, of others or hidden");
    let (usual, own) = (home.record_types[0].id.clone(), home.record_types[1].id.clone());
    assert_eq!(home.record_type.as_ref(), Some(&own), "the profile's own");
    assert_eq!(required(&home), ["Branch", "Company", "Last_Name", "Likes"]);
    let branch = field(&home, "Branch").unwrap();
    assert_eq!((&branch.kind, &branch.default), (&FieldKind::Choice(pairs(&[("S", "Sur")])), &Some(text("S"))));
    let likes = FieldKind::Choices(pairs(&[("Tea", "Té"), ("Bread", "Pan")]));
    assert_eq!(field(&home, "Likes").unwrap().kind, likes);
    assert_eq!(field(&home, "Vip").unwrap().default, Some(FieldValue::Flag(true)));
    for name in ["Margin", "Origin", "Score", "Since", "Full_Name", "Layout"] {
        assert_eq!(field(&home, name), None, "{name} is nothing that this user fills in");
    }

    let other = crm.describe(RemoteKind::Lead, Some(&usual)).await.unwrap();
    assert_eq!(other.record_type.as_ref(), Some(&usual));
    assert_eq!(required(&other), ["Company", "Email", "Last_Name"]);
    assert_eq!(field(&other, "Since").unwrap().default, None, "a default that is no day");
    let all = FieldKind::Choice(pairs(&[("N", "Norte"), ("S", "Sur")]));
    assert_eq!(field(&other, "Branch").unwrap().kind, all);
    assert_eq!(crm.describe(RemoteKind::Lead, Some("4876")).await.unwrap(), home, "one that is gone");
    assert_eq!(org.asked("GET /crm/v8/users").await, 1, "whose profile it is is asked once");
    assert_eq!(org.asked("GET /crm/v8/settings/").await, 3, "one request for a form");
}

#[tokio::test]
async fn a_record_is_made_of_the_layout_that_was_chosen() {
    let (org, crm) = org().await;
    with_layouts(&org).await;
    let home = crm.describe(RemoteKind::Lead, None).await.unwrap().record_type;
    let filled = vec![
        ("Branch".into(), text("S")),
        ("Likes".into(), FieldValue::Several(vec!["Tea".into(), "Bread".into()])),
        ("Vip".into(), FieldValue::Flag(true)),
        ("Since".into(), text("2026-11-23")),
    ];
    let lead = NewPerson { record_type: home.clone(), further: filled, ..ana(true) };
    crm.create(&lead).await.unwrap();
    let made = org.records("Leads").await.remove(0);
    assert_eq!((&made["Layout"]["name"], &made["Likes"]), (&json!("Hogar"), &json!(["Tea", "Bread"])));
    assert_eq!((&made["Vip"], &made["Since"]), (&json!(true), &json!("2026-11-23")));

    let refused = async |lead: NewPerson| match crm.create(&lead).await {
        Err(Fault::Invalid { code, fields, .. }) => (code, fields.join(",")),
        other => panic!("{other:?}"),
    };
    let missing = |name: &str| ("MANDATORY_NOT_FOUND".to_owned(), name.to_owned());
    let wrong = |name: &str| ("INVALID_DATA".to_owned(), name.to_owned());
    let without = NewPerson { further: lead.further[..1].to_vec(), ..lead.clone() };
    assert_eq!(refused(without.clone()).await, missing("Likes"));
    assert_eq!(refused(NewPerson { record_type: None, ..without }).await, missing("Likes"), "the profile's own");
    let mut foreign = lead.clone();
    foreign.further[0].1 = text("N");
    assert_eq!(refused(foreign).await, wrong("Branch"));
    let as_text =
        NewPerson { further: vec![("Branch".into(), text("S")), ("Likes".into(), text("Tea"))], ..lead.clone() };
    assert_eq!(refused(as_text).await, wrong("Likes"));
    let gone = NewPerson { record_type: Some("4876876000000099999".into()), ..lead.clone() };
    assert_eq!(refused(gone).await, wrong("Layout"));
    let strange = NewPerson { record_type: Some("../Deals".into()), ..lead };
    assert_eq!(crm.create(&strange).await, Err(Fault::NotUnderstood));
    assert_eq!(org.records("Leads").await.len(), 1);
}

#[tokio::test]
async fn where_there_is_but_the_standard_layout_nothing_is_chosen() {
    let (org, crm) = org().await;
    let form = crm.describe(RemoteKind::Contact, None).await.unwrap();
    assert_eq!((form.record_types.len(), &form.record_type), (1, &None));
    assert_eq!(required(&form), ["Last_Name"]);
    // The only one that this user may choose is not the standard one.
    let layouts =
        json!([{"profiles": ["Administrator"]}, {"name": "Hogar", "generated": "custom", "requires": ["Email"]}]);
    org.set(json!({"layouts": {"object": "Contacts", "layouts": layouts}})).await;
    let form = crm.describe(RemoteKind::Contact, None).await.unwrap();
    assert_eq!(form.record_type, Some(form.record_types[0].id.clone()));
    assert_eq!((form.record_types.len(), required(&form)), (1, vec!["Email", "Last_Name"]));
    // A call has no type that somebody chooses, and what its layout requires is known.
    let calls = json!([{"requires": ["Call_Result"]}, {"name": "Otra", "generated": "custom", "default": []}]);
    org.set(json!({"layouts": {"object": "Calls", "layouts": calls}})).await;
    let form = crm.describe(RemoteKind::Activity, None).await.unwrap();
    assert_eq!((form.record_types.len(), &form.record_type), (0, &None));
    assert_eq!(required(&form), ["Call_Result", "Call_Start_Time", "Call_Type", "Subject"]);
}

#[tokio::test]
async fn who_may_not_see_layouts_still_has_the_fields_and_the_sign_in() {
    let (org, crm) = org().await;
    with_layouts(&org).await;
    // A sign-in from before layouts were asked for: Zoho says 401, and a new token would say it again.
    org.set(json!({"scopes": ["ZohoCRM.modules.ALL", "ZohoCRM.settings.fields.READ"]})).await;
    let form = crm.describe(RemoteKind::Lead, None).await.unwrap();
    assert_eq!((form.record_types.len(), &form.record_type), (0, &None));
    assert_eq!(required(&form), ["Company", "Last_Name"]);
    assert_eq!(field(&form, "Margin"), None, "the profile counts for fields, too");
    assert_eq!(org.state().await["renewals"], 0, "no token was renewed for it");

    let layouts = "GET /crm/v8/settings/layouts";
    let answers = [
        (403, json!({"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"})),
        (200, json!({})),
        (200, json!({"layouts": [{"id": "../1", "sections": "none"}, 7, null]})),
    ];
    for (status, body) in answers {
        org.fault(json!({"match": layouts, "do": "answer", "status": status, "body": body})).await;
        assert_eq!(crm.describe(RemoteKind::Lead, None).await.unwrap(), form, "{status} {body}");
    }
    // What passes is waited for, and not taken for an answer.
    org.fault(json!({"match": layouts, "do": "answer", "status": 503, "body": {}})).await;
    assert!(matches!(crm.describe(RemoteKind::Lead, None).await, Err(Fault::Busy { .. })));
    org.fault(json!({"match": layouts, "do": "answer", "status": 200, "body": "[]"})).await;
    assert_eq!(crm.describe(RemoteKind::Lead, None).await, Err(Fault::NotUnderstood));
    // A token that ended is renewed as ever.
    org.set(json!({"end_access": true})).await;
    assert_eq!(crm.describe(RemoteKind::Lead, None).await.unwrap(), form);
    assert_eq!(org.state().await["renewals"], 1);
    assert!(crm.check().await.is_ok());
}

#[tokio::test]
async fn a_profile_that_nobody_tells_shuts_nothing_out() {
    let (org, crm) = org().await;
    with_layouts(&org).await;
    let refusal = json!({"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"});
    org.fault(json!({"match": "GET /crm/v8/users", "do": "answer", "status": 403, "body": refusal})).await;
    let form = crm.describe(RemoteKind::Lead, None).await.unwrap();
    let names: Vec<&str> = form.record_types.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Standard", "Hogar", "Ajena"]);
    assert_eq!(form.record_type, Some(form.record_types[0].id.clone()), "the standard one");
    assert!(field(&form, "Margin").is_some());
    let form = crm.describe(RemoteKind::Lead, None).await.unwrap();
    assert_eq!(form.record_types.len(), 2, "it is asked again");
}
