//! Records of people of an emulated Salesforce, read and changed.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{Connector, Fault, NewPerson, PersonField, PersonFields, RemoteKind, RemoteRef};
use crm_connect::salesforce::{self, Options, Salesforce};
use emulated::{Emulator, signed_in};
use serde_json::{Value, json};

use PersonField::{Company, Email, FirstName, LastName, Mobile, Phone};

async fn organisation() -> (Emulator, Salesforce) {
    let org = Emulator::start("salesforce");
    let (session, _) = signed_in(salesforce::provider(&org.base, "timbre", &[0]).unwrap()).await;
    (org, Salesforce::new(session, Options { country: "CR".into(), external_id: None }))
}

fn ana(lead: bool) -> NewPerson {
    NewPerson {
        lead,
        first_name: "Ana".into(),
        last_name: "Mora".into(),
        company: "Yunque".into(),
        phones: vec!["+50685550117".into()],
        email: Some("ana@example.com".into()),
        ..NewPerson::default()
    }
}

fn fields(of: &[(PersonField, &str)]) -> PersonFields {
    of.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

async fn row(org: &Emulator, object: &str) -> Value {
    org.records(object).await.remove(0)
}

#[tokio::test]
async fn a_record_is_read_and_changed_in_these_fields_alone() {
    let (org, crm) = organisation().await;
    // A record's version is a second of its server's: the change between is of the same one, whatever the clock says.
    org.set(json!({"second": 4_000_000_000_u32})).await;
    assert!(crm.abilities().edits);
    for (lead, object) in [(false, "Contact"), (true, "Lead")] {
        let who = crm.create(&ana(lead)).await.unwrap();
        let state = crm.read_person(&who).await.unwrap();
        let mut expected = fields(&[
            (FirstName, "Ana"),
            (LastName, "Mora"),
            (Phone, "+50685550117"),
            (Mobile, ""),
            (Email, "ana@example.com"),
        ]);
        expected.extend(lead.then(|| (Company, "Yunque".to_owned())));
        assert_eq!(state.fields, expected, "a contact's company is another record");
        org.set(json!({"change": {"object": object, "id": who.id, "record": {"Description": "VIP"}}})).await;
        let changes = fields(&[(LastName, "Rojas"), (Email, ""), (Mobile, "8555 0118")]);
        crm.update_person(&who, &changes, state.version.as_deref()).await.unwrap();
        let now = row(&org, object).await;
        assert_eq!(
            (&now["LastName"], &now["Email"], &now["MobilePhone"]),
            (&json!("Rojas"), &Value::Null, &json!("8555 0118"))
        );
        assert_eq!((&now["FirstName"], &now["Description"]), (&json!("Ana"), &json!("VIP")));
    }
}

#[tokio::test]
async fn a_record_that_was_changed_since_is_not_written_over() {
    let (org, crm) = organisation().await;
    let who = crm.create(&ana(false)).await.unwrap();
    let before = crm.read_person(&who).await.unwrap();
    org.set(json!({"second": 4_000_000_000_u32})).await;
    org.set(json!({"change": {"object": "Contact", "id": who.id, "record": {"LastName": "Soto"}}})).await;
    let changes = fields(&[(LastName, "Rojas")]);
    assert_eq!(crm.update_person(&who, &changes, before.version.as_deref()).await, Err(Fault::Stale));
    assert_eq!(row(&org, "Contact").await["LastName"], "Soto");
    let now = crm.read_person(&who).await.unwrap();
    crm.update_person(&who, &changes, now.version.as_deref()).await.unwrap();
    assert_eq!(row(&org, "Contact").await["LastName"], "Rojas");
}

#[tokio::test]
async fn whoever_is_gone_or_against_a_rule_is_told_apart() {
    let (org, crm) = organisation().await;
    let who = crm.create(&ana(false)).await.unwrap();
    let rule = json!({"object": "Contact", "field": "Email", "message": "Falta el correo"});
    org.set(json!({"rule": rule})).await;
    let version = crm.read_person(&who).await.unwrap().version;
    let refused = crm.update_person(&who, &fields(&[(Email, "")]), version.as_deref()).await.unwrap_err();
    assert_eq!(refused.code(), "invalid:FIELD_CUSTOM_VALIDATION_EXCEPTION,Email");
    org.set(json!({"delete": {"object": "Contact", "id": who.id}})).await;
    assert_eq!(crm.read_person(&who).await, Err(Fault::NotFound));
    let mail = fields(&[(Email, "a@b.cr")]);
    assert_eq!(crm.update_person(&who, &mail, version.as_deref()).await, Err(Fault::NotFound));
    assert_eq!(crm.update_person(&who, &mail, None).await, Err(Fault::NotUnderstood), "over what, nobody knows");

    let lead = crm.create(&ana(true)).await.unwrap();
    let version = crm.read_person(&lead).await.unwrap().version;
    org.set(json!({"convert": {"id": lead.id, "into": who.id}})).await;
    assert_eq!(crm.read_person(&lead).await, Err(Fault::NotFound), "it stays to be read there");
    let name = fields(&[(LastName, "X")]);
    assert_eq!(crm.update_person(&lead, &name, version.as_deref()).await, Err(Fault::NotFound));
    for id in ["", "../../x", "003'"] {
        let strange = RemoteRef { kind: RemoteKind::Contact, id: id.to_owned() };
        assert_eq!(crm.read_person(&strange).await, Err(Fault::NotUnderstood), "{id:?}");
    }
}

#[tokio::test]
async fn a_field_that_the_user_may_not_see_is_left_alone() {
    let (org, crm) = organisation().await;
    let who = crm.create(&ana(false)).await.unwrap();
    org.set(json!({"hide": {"object": "Contact", "field": "MobilePhone"}})).await;
    let state = crm.read_person(&who).await.unwrap();
    assert_eq!((state.fields.get(&Mobile), state.fields[&Email].as_str()), (None, "ana@example.com"));
    crm.update_person(&who, &fields(&[(LastName, "Rojas")]), state.version.as_deref()).await.unwrap();
}

#[tokio::test]
async fn somebody_who_is_an_account_is_changed_as_one() {
    let (org, crm) = organisation().await;
    org.set(json!({"person_accounts": true})).await;
    let luis =
        json!({"FirstName": "Luis", "LastName": "Vega", "MobilePhone": "8555 0117", "Email": "luis@example.com"});
    org.set(json!({"person": luis})).await;
    let (contact, account) = (row(&org, "Contact").await, row(&org, "Account").await);
    let who = RemoteRef { kind: RemoteKind::Contact, id: contact["Id"].as_str().unwrap().to_owned() };
    let read = crm.read_person(&who).await.unwrap();
    let stands =
        [(FirstName, "Luis"), (LastName, "Vega"), (Phone, ""), (Mobile, "8555 0117"), (Email, "luis@example.com")];
    assert_eq!(read.fields, fields(&stands));
    let changes = fields(&[(LastName, "Solano"), (Mobile, "8555 0118"), (Email, "")]);
    crm.update_person(&who, &changes, read.version.as_deref()).await.unwrap();
    let (contact, now) = (row(&org, "Contact").await, row(&org, "Account").await);
    assert_eq!((&now["Name"], &now["PersonMobilePhone"]), (&json!("Luis Solano"), &json!("8555 0118")));
    assert_eq!(
        (&contact["LastName"], &contact["Email"]),
        (&json!("Solano"), &Value::Null),
        "the contact is the same person"
    );

    org.set(json!({"second": 4_000_000_000_u32})).await;
    org.set(json!({"change": {"object": "Account", "id": account["Id"], "record": {"LastName": "Soto"}}})).await;
    assert_eq!(crm.update_person(&who, &changes, read.version.as_deref()).await, Err(Fault::Stale));

    // Somebody who is none, in the same organisation and in one without them.
    let ana = crm.create(&ana(false)).await.unwrap();
    let read = crm.read_person(&ana).await.unwrap();
    crm.update_person(&ana, &fields(&[(LastName, "Rojas")]), read.version.as_deref()).await.unwrap();
    assert_eq!(crm.read_person(&ana).await.unwrap().fields[&LastName], "Rojas");
    let (other, crm) = organisation().await;
    let ana = crm.create(&self::ana(false)).await.unwrap();
    for _ in 0..3 {
        crm.read_person(&ana).await.unwrap();
    }
    let asked = other.asked(&format!("GET /services/data/v65.0/sobjects/Contact/{}", ana.id)).await;
    assert_eq!(asked, 4, "that it has none is learned once");
}
