//! Changes of somebody's record in Zoho CRM and HubSpot, against the emulators.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;

use crm::connector::{Connector, Fault, NewPerson, PersonField, PersonFields, RemoteKind, RemoteRef};
use crm_connect::Secret;
use crm_connect::hubspot::{Access, HubSpot};
use crm_connect::zoho::{self, Options, Zoho};
use emulated::{Emulator, signed_in};
use serde_json::json;

fn ana(lead: bool) -> NewPerson {
    NewPerson {
        lead,
        first_name: "Ana".into(),
        last_name: "Mora".into(),
        company: "Yunque".into(),
        phones: vec!["+50685550117".into(), "+50622220000".into()],
        ..NewPerson::default()
    }
}

fn changes(pairs: &[(PersonField, &str)]) -> PersonFields {
    pairs.iter().map(|(field, text)| (*field, (*text).to_owned())).collect()
}

async fn zoho() -> (Emulator, Zoho) {
    let crm = Emulator::start("zoho");
    let (session, _) = signed_in(zoho::provider(&crm.base, "timbre", &[0]).unwrap()).await;
    (crm, Zoho::new(session, Options { country: "CR".into(), unique_field: None }))
}

fn hubspot() -> (Emulator, HubSpot) {
    let crm = Emulator::start("hubspot_crm");
    let access = Access::Token(Secret::new("pat-na1-0123456789abcdef"));
    let connector = HubSpot::new(crm.base.clone(), access, "CR").unwrap();
    (crm, connector)
}

/// A lead is read, changed, and not written over when somebody else was there between; `clock` sets when that is.
async fn holds(crm: &Emulator, connector: &dyn Connector, table: &str, phone: &str, clock: (&str, i64)) {
    let (name, step) = clock;
    crm.set(json!({name: 1_800_000_000 * step})).await;
    let who = connector.create(&ana(true)).await.unwrap();
    let read = connector.read_person(&who).await.unwrap();
    let expected = changes(&[
        (PersonField::FirstName, "Ana"),
        (PersonField::LastName, "Mora"),
        (PersonField::Company, "Yunque"),
        (PersonField::Phone, "+50685550117"),
        (PersonField::Mobile, "+50622220000"),
        (PersonField::Email, ""),
    ]);
    assert_eq!(read.fields, expected);
    crm.set(json!({name: 1_800_000_060 * step})).await;
    let change = changes(&[(PersonField::Phone, "+50685550199"), (PersonField::Mobile, "")]);
    connector.update_person(&who, &change, read.version.as_deref()).await.unwrap();
    let stands = connector.read_person(&who).await.unwrap();
    let field = |field: PersonField| stands.fields[&field].as_str();
    assert_eq!((field(PersonField::Phone), field(PersonField::Mobile)), ("+50685550199", ""));
    assert_eq!(field(PersonField::Company), "Yunque", "nothing else is touched");

    let late = changes(&[(PersonField::Phone, "+50685550100")]);
    assert_eq!(connector.update_person(&who, &late, read.version.as_deref()).await, Err(Fault::Stale));
    assert_eq!(crm.records(table).await[0][phone], "+50685550199");
    let company = RemoteRef { kind: RemoteKind::Company, ..who.clone() };
    assert_eq!(connector.read_person(&company).await, Err(Fault::NotOffered));
    crm.set(json!({"delete": {"object": table, "id": who.id}})).await;
    assert_eq!(connector.read_person(&who).await, Err(Fault::NotFound));
    assert_eq!(connector.update_person(&who, &late, None).await, Err(Fault::NotFound));
}

#[tokio::test]
async fn zohos_people_are_changed_as_they_were_read() {
    let (crm, zoho) = zoho().await;
    holds(&crm, &zoho, "Leads", "Phone", ("second", 1)).await;
    let (lead, contact) = (zoho.create(&ana(true)).await.unwrap(), zoho.create(&ana(false)).await.unwrap());
    let nameless = changes(&[(PersonField::LastName, "")]);
    let refused = zoho.update_person(&lead, &nameless, None).await.unwrap_err();
    assert_eq!(refused.code(), "invalid:MANDATORY_NOT_FOUND,Last_Name");
    crm.set(json!({"convert": {"id": lead.id, "into": contact.id}})).await;
    let change = changes(&[(PersonField::Phone, "+50685550100")]);
    assert_eq!(zoho.update_person(&lead, &change, None).await, Err(Fault::NotFound), "it was converted");
    assert!(!zoho.read_person(&contact).await.unwrap().fields.contains_key(&PersonField::Company), "that is a record");
    crm.set(json!({"end_access": true})).await;
    zoho.update_person(&contact, &change, None).await.unwrap();
    crm.set(json!({"credits": 1})).await;
    assert!(matches!(zoho.update_person(&contact, &change, None).await, Err(Fault::Limit { .. })));
}

#[tokio::test]
async fn hubspots_people_are_changed_as_they_were_read() {
    let (crm, hubspot) = hubspot();
    holds(&crm, &hubspot, "contacts", "phone", ("instant", 1000)).await;
    let (one, into) = (hubspot.create(&ana(false)).await.unwrap(), hubspot.create(&ana(false)).await.unwrap());
    crm.set(json!({"merge": {"object": "contacts", "id": one.id, "into": into.id}})).await;
    let change = changes(&[(PersonField::Phone, "+50685550100")]);
    assert_eq!(hubspot.update_person(&one, &change, None).await, Err(Fault::NotFound), "it is somebody else now");
    hubspot.update_person(&into, &change, None).await.unwrap();
}
