//! CRMs that a file describes, against emulators of the shapes that their vendors document.
#![allow(clippy::unwrap_used)] // tests
#![cfg(target_os = "linux")] // the emulators need Python by that name

mod emulated;
mod table;

use std::collections::BTreeMap;

use crm::connector::{Connector, Fault, FieldKind, FieldValue, PersonField, PersonFields, RemoteKind, RemoteRef};
use crm_connect::Secret;
use crm_connect::oauth::Session;
use crm_connect::rest::{Credentials, Description, Options, Rest, RestError, SHIPPED, SignInKind};
use crm_connect::trial::{Step, Tried, Wish, every_operation};
use emulated::{Emulator, signed_in};
use serde_json::json;
use table::{Bench, entry, number, person};
use url::Url;

const KEY: &str = "0123456789abcdef";

fn shipped(name: &str) -> &'static str {
    SHIPPED.iter().find(|(known, _)| *known == name).unwrap().1
}

fn options(address: &Url, settings: &[(&str, &str)]) -> Options {
    let settings: BTreeMap<String, String> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Options { address: Some(address.clone()), settings, country: "CR".into() }
}

fn with_key(crm: &Emulator, name: &str, settings: &[(&str, &str)]) -> Box<dyn Connector> {
    let description = Description::read(shipped(name)).unwrap();
    Box::new(Rest::new(description, &options(&crm.base, settings), Credentials::Key(Secret::new(KEY))).unwrap())
}

fn espocrm() -> Bench {
    let crm = Emulator::start("espocrm");
    Bench {
        connector: with_key(&crm, "espocrm", &[]),
        crm,
        log: "POST /api/v1/Call",
        create: "POST /api/v1/Contact",
        read: "GET /api/v1/Contact",
        calls: "Call",
        contacts: "Contact",
        renews: false,
        tells_required: true,
        required: ("cRank", "invalid:validationFailure,cRank"),
    }
}

fn odoo() -> Bench {
    let crm = Emulator::start("odoo");
    Bench {
        connector: with_key(&crm, "odoo", &[("database", "company")]),
        crm,
        log: "POST /json/2/mail.message/create",
        create: "POST /json/2/res.partner/create",
        read: "POST /json/2/crm.lead/search_read",
        calls: "mail.message",
        contacts: "res.partner",
        renews: false,
        tells_required: true,
        required: ("x_rank", "invalid:odoo.exceptions.ValidationError"),
    }
}

fn pipedrive() -> Bench {
    let crm = Emulator::start("pipedrive");
    Bench {
        connector: with_key(&crm, "pipedrive", &[]),
        crm,
        log: "POST /api/v1/callLogs",
        create: "POST /api/v2/persons",
        read: "GET /api/v2/persons/search",
        calls: "callLogs",
        contacts: "persons",
        renews: false,
        tells_required: true,
        required: ("f3a1c0", "invalid:ERR_SCHEMA_VALIDATION_FAILED"),
    }
}

fn suitecrm() -> Bench {
    let crm = Emulator::start("suitecrm");
    let description = Description::read(shipped("suitecrm")).unwrap();
    let options = options(&crm.base.join("legacy").unwrap(), &[]);
    let provider = description.provider(&options, "timbre", Some(Secret::new(KEY)), &[]).unwrap();
    let session = Session::of_client(provider).unwrap();
    Bench {
        connector: Box::new(Rest::new(description, &options, Credentials::Session(session)).unwrap()),
        crm,
        log: "POST /legacy/Api/V8/module",
        create: "POST /legacy/Api/V8/module",
        read: "GET /legacy/Api/V8/module/Leads",
        calls: "Calls",
        contacts: "Contacts",
        renews: true,
        tells_required: true,
        required: ("rank_c", "invalid:400"),
    }
}

async fn dynamics() -> Bench {
    let crm = Emulator::start("dynamics");
    // The authority is this machine's, too; nothing else of the file changes.
    let file = shipped("dynamics").replace("https://login.microsoftonline.com/", crm.base.as_str());
    let description = Description::read(&file).unwrap();
    let options = options(&crm.base, &[("tenant", "common")]);
    let (session, _) = signed_in(description.provider(&options, "timbre", None, &[0]).unwrap()).await;
    Bench {
        connector: Box::new(Rest::new(description, &options, Credentials::Session(session)).unwrap()),
        crm,
        log: r"PATCH /api/data/v9.2/phonecalls\(",
        create: "POST /api/data/v9.2/contacts",
        read: "GET /api/data/v9.2/leads",
        calls: "phonecalls",
        contacts: "contacts",
        renews: true,
        tells_required: true,
        required: ("new_rank", "invalid:0x80040203"),
    }
}

fn has(record: &serde_json::Value, expected: &serde_json::Value) {
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&record[name], value, "{name} of {record}");
    }
}

#[tokio::test]
async fn odoo_holds() {
    let bench = odoo();
    bench.holds().await;
    let body = "<p>Entrante +50685550117 00:01:15 Interesado</p><p>Pide la &quot;factura&quot;<br>&lt;b&gt;urgente&lt;/b&gt;</p><p>[call:00000010-0000-0000-0000-000000000001]</p>";
    let expected = json!({"model": "res.partner", "res_id": 1, "subject": "Factura 27", "date": "2027-01-15 02:00:00", "body": body});
    has(&bench.first_call().await, &expected);
    bench.goes().await;
}

#[tokio::test]
async fn espocrm_holds() {
    let bench = espocrm();
    bench.holds().await;
    let expected = json!({
        "name": "Factura 27", "status": "Held", "direction": "Inbound", "dateStart": "2027-01-15 02:00:00",
        "dateEnd": "2027-01-15 02:01:15", "assignedUserId": "00000000000000a01", "contactsIds": ["00000000000000001"],
        "leadsIds": [], "description": "Pide la \"factura\"\n<b>urgente</b> Interesado [call:00000010-0000-0000-0000-000000000001]",
    });
    has(&bench.first_call().await, &expected);
    assert_eq!(bench.crm.asked("GET /api/v1/App/user").await, 3, "for two checks, and once for all calls");
    bench.goes().await;
}

#[tokio::test]
async fn espocrm_tells_who_is_there_already_and_finds_by_a_second_number() {
    let bench = espocrm();
    let crm = &bench.connector;
    let mut ana = person("Mora", "+50685550117", false);
    ana.phones.push("+50685550118".into());
    let who = crm.create(&ana).await.unwrap();
    assert_eq!(crm.create(&ana).await, Err(Fault::Duplicate { existing: vec![who.clone()] }));
    assert_eq!(bench.crm.records("Contact").await.len(), 1);
    for phone in ["8555 0117", "8555 0118"] {
        let found = crm.find_by_number(&number(phone)).await.unwrap();
        assert_eq!(found.iter().map(|one| &one.record).collect::<Vec<_>>(), [&who], "{phone}");
    }
    let case = |name: &str, status: &str| json!({"object": "Case", "record": {"name": name, "number": 7, "status": status, "contact": who.id}});
    for case in [case("Gotera", "New"), case("Tejado", "Closed")] {
        bench.crm.set(json!({"put": case})).await;
    }
    let tickets = crm.tickets(&who).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].number.as_str(), tickets[0].subject.as_str()), (1, "7", "Gotera"));
    let call = crm.log(&entry(1, Some(who.clone()))).await.unwrap();
    crm.attach(&call, &tickets[0].record).await.unwrap();
    let call = bench.first_call().await;
    assert_eq!((&call["parentType"], &call["parentId"]), (&json!("Case"), &json!(tickets[0].record.id)));
    let address = crm.address(&who).unwrap();
    assert_eq!(address, format!("{}#Contact/view/{}", bench.crm.base, who.id));
    let company = json!({"name": "Yunque", "phoneNumberData": [{"phoneNumber": "+50622220000", "primary": true}]});
    bench.crm.set(json!({"put": {"object": "Account", "record": company}})).await;
    let found = crm.find_by_number(&number("2222 0000")).await.unwrap();
    assert_eq!((found.len(), found[0].record.kind), (1, RemoteKind::Company));
    crm.log(&entry(2, Some(found[0].record.clone()))).await.unwrap();
    assert_eq!(bench.crm.records("Call").await[1]["parentId"], json!(found[0].record.id));
}

#[tokio::test]
async fn pipedrive_holds() {
    let bench = pipedrive();
    bench.holds().await;
    let expected = json!({
        "subject": "Factura 27", "to_phone_number": "+50685550117", "start_time": "2027-01-15 02:00:00",
        "end_time": "2027-01-15 02:01:15", "duration": 75, "outcome": "connected", "person_id": 1,
        "note": "Pide la \"factura\"\n<b>urgente</b> Interesado [call:00000010-0000-0000-0000-000000000001]",
    });
    has(&bench.first_call().await, &expected);
    bench.goes().await;
}

#[tokio::test]
async fn suitecrm_holds() {
    let bench = suitecrm();
    bench.holds().await;
    let expected = json!({
        "name": "Factura 27", "status": "Held", "direction": "Inbound", "date_start": "2027-01-15 02:00:00", "duration_hours": 0,
        "duration_minutes": 1, "parent_type": "Contacts", "parent_id": "00000000-0000-0000-0000-000000000001",
    });
    has(&bench.first_call().await, &expected);
    bench.goes().await;
}

#[tokio::test]
async fn dynamics_holds() {
    let bench = dynamics().await;
    bench.holds().await;
    let expected = json!({
        "subject": "Factura 27", "phonenumber": "+50685550117", "directioncode": false, "actualdurationminutes": 2,
        "actualstart": "2027-01-15T02:00:00Z", "actualend": "2027-01-15T02:01:15Z",
        "regarding": "/contacts(00000000-0000-0007-0000-000000000001)",
    });
    has(&bench.first_call().await, &expected);
    bench.goes().await;
}

#[tokio::test]
async fn a_trial_tells_what_works_and_what_does_not() {
    let wish = Wish {
        name: "Prueba7f3a".into(),
        number: number("8555 0147"),
        call: table::marker(7),
        started_at_ms: 1_800_000_000_000,
        only_reads: false,
        looks: 1,
    };
    for bench in [espocrm(), odoo(), pipedrive(), suitecrm(), dynamics().await] {
        let mut steps = Vec::new();
        let good = every_operation(&*bench.connector, &wish, &mut |step| steps.push(step)).await;
        assert!(good, "{steps:?}");
        let works =
            |name: &str| steps.iter().any(|step| step.operation == name && matches!(step.tried, Tried::Works(_)));
        for name in [
            "check",
            "describe_contact",
            "create_contact",
            "find_created_contact",
            "find_by_number",
            "find_by_text",
            "log",
            "look_up",
        ] {
            assert!(works(name), "{name}: {steps:?}");
        }
        for name in ["read_person", "update_person"] {
            assert_eq!(works(name), bench.connector.abilities().edits, "{name}: {steps:?}");
        }
        assert_eq!(works("log_once"), bench.connector.abilities().logs_once);
        assert_eq!(works("create_lead"), bench.connector.abilities().leads);
    }
    let bench = pipedrive();
    let read = Wish { only_reads: true, ..wish.clone() };
    assert!(every_operation(&*bench.connector, &read, &mut |_| {}).await);
    assert!(bench.crm.records("persons").await.is_empty() && bench.crm.records("callLogs").await.is_empty());
    // A file whose search asks for another field, and whose call has a wrong outcome.
    let file = shipped("pipedrive").replace("fields = \"phone\"", "fields = \"name\"").replace("connected", "talked");
    let description = Description::read(&file).unwrap();
    let crm = Rest::new(description, &options(&bench.crm.base, &[]), Credentials::Key(Secret::new(KEY))).unwrap();
    let mut failed = Vec::new();
    let mut tell = |step: Step| {
        if !matches!(step.tried, Tried::Works(_) | Tried::LeftOut) {
            failed.push(step.operation);
        }
    };
    assert!(!every_operation(&crm, &wish, &mut tell).await);
    assert_eq!(failed, ["find_by_number", "log"]);
}

#[tokio::test]
async fn tickets_are_listed_and_tied() {
    let bench = dynamics().await;
    let who = bench.connector.create(&person("Mora", "+50685550117", false)).await.unwrap();
    let ticket = json!({"ticketnumber": "CAS-1", "title": "Gotera", "_customerid_value": who.id, "statecode": 0, "createdon": "1"});
    bench.crm.set(json!({"put": {"object": "incidents", "record": ticket}})).await;
    let tickets = bench.connector.tickets(&who).await.unwrap();
    assert_eq!((tickets.len(), tickets[0].number.as_str(), tickets[0].subject.as_str()), (1, "CAS-1", "Gotera"));
    let call = bench.connector.log(&entry(1, Some(who))).await.unwrap();
    bench.connector.attach(&call, &tickets[0].record).await.unwrap();
    assert_eq!(bench.first_call().await["regarding"], format!("/incidents({})", tickets[0].record.id));
    let nobody = RemoteRef { kind: RemoteKind::Contact, id: "00000000-0000-0000-0000-0000000000ff".into() };
    assert!(bench.connector.tickets(&nobody).await.unwrap().is_empty());
    assert_eq!(bench.connector.log(&entry(2, Some(nobody))).await, Err(Fault::NotFound), "the person is gone");

    let pipedrive = pipedrive();
    let who = pipedrive.connector.create(&person("Mora", "+50685550117", false)).await.unwrap();
    let deal = json!({"title": "Tejado", "person_id": 1, "status": "open"});
    pipedrive.crm.set(json!({"put": {"object": "deals", "record": deal}})).await;
    let tickets = pipedrive.connector.tickets(&who).await.unwrap();
    assert_eq!(tickets[0].subject, "Tejado");
    assert_eq!(pipedrive.connector.attach(&who, &tickets[0].record).await, Err(Fault::NotOffered));
}

#[tokio::test]
async fn numbers_stored_as_typed_are_found_and_many_pages_are_read() {
    let bench = dynamics().await;
    // 120 people whose numbers end alike, and the one who is meant, on the last page.
    for n in 0..120 {
        let record = json!({"fullname": format!("P{n}"), "telephone1": format!("8{:03} 0117", n), "mobilephone": null, "emailaddress1": null, "createdon": "1"});
        bench.crm.set(json!({"put": {"object": "contacts", "record": record}})).await;
    }
    let ours = json!({"fullname": "Ana", "telephone1": null, "mobilephone": "(506) 8555-01-17", "emailaddress1": "a@example.com", "createdon": "1"});
    bench.crm.set(json!({"put": {"object": "contacts", "record": ours}})).await;
    let description =
        Description::read(&shipped("dynamics").replace("verified = false", "verified = false\n[limits]\nrows = 400"))
            .unwrap();
    assert!(!description.verified);
    // The bound that the file as shipped has: a hundred rows.
    assert!(bench.connector.find_by_number(&number("8555 0117")).await.unwrap().is_empty());
    assert_eq!(bench.crm.asked("GET /api/data/v9.2/contacts").await, 2, "two pages of fifty are a hundred rows");
    let bench = pipedrive();
    for (n, phone) in ["8555-0117", "+506 8555 0117", "8555 0117", "85550117"].iter().enumerate() {
        bench.connector.create(&person(&format!("P{n}"), phone, false)).await.unwrap();
    }
    assert_eq!(bench.connector.find_by_number(&number("8555 0117")).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_link_to_another_server_is_not_followed() {
    let bench = dynamics().await;
    for link in ["https://evil.example/api/data/v9.2/contacts", "http://user@127.0.0.1:1/", "/elsewhere"] {
        let body = json!({"value": [], "@odata.nextLink": link});
        bench
            .crm
            .fault(json!({"match": "GET /api/data/v9.2/contacts", "do": "answer", "status": 200, "body": body}))
            .await;
        let found = bench.connector.find_by_number(&number("8555 0117")).await;
        if link != "/elsewhere" {
            assert_eq!(found, Err(Fault::NotUnderstood), "{link}");
        }
    }
}

#[test]
fn a_connection_wants_what_its_file_says() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let read = || Description::read(shipped("odoo")).unwrap();
    let key = || Credentials::Key(Secret::new(KEY));
    let made = |address: &str, settings: &[(&str, &str)], credentials| {
        Rest::new(read(), &options(&Url::parse(address).unwrap(), settings), credentials).err()
    };
    let company = &[("database", "company")];
    assert_eq!(made("https://company.odoo.com/", company, key()), None);
    for address in ["http://company.odoo.com/", "https://ana:x@company.odoo.com/", "ftp://127.0.0.1/"] {
        assert_eq!(made(address, company, key()), Some(RestError::Address), "{address}");
    }
    for value in ["", " ", "a b", "a\r\nEvil: 1"] {
        assert_eq!(
            made("https://c.odoo.com/", &[("database", value)], key()),
            Some(RestError::Setting("database".into()))
        );
    }
    let password = Credentials::Password { user: "ana".into(), password: Secret::new("x") };
    assert_eq!(made("https://c.odoo.com/", company, password), Some(RestError::Credentials));
    assert_eq!(
        made("https://c.odoo.com/", company, Credentials::Key(Secret::new("a\nb"))),
        Some(RestError::Credentials)
    );
    for (name, file) in SHIPPED {
        let description = Description::read(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!description.verified && !description.sources.is_empty(), "{name}");
    }
    assert!(matches!(Description::read(shipped("dynamics")).unwrap().sign_in, SignInKind::Browser(_)));
    // A tenant cannot choose the host that gets the code.
    let description = Description::read(shipped("dynamics")).unwrap();
    let place = options(&Url::parse("https://c.crm.dynamics.com/").unwrap(), &[("tenant", "x@evil.example/")]);
    let provider = description.provider(&place, "timbre", None, &[0]).unwrap();
    assert_eq!(provider.token.host_str(), Some("login.microsoftonline.com"));
    assert!(provider.token.path().starts_with("/x%40evil.example%2F/"), "{}", provider.token);
}

/// Somebody is read, changed in what is told alone, and not written over when somebody else was there between.
async fn edits(bench: &Bench, lead: bool, table: &str, name: (&str, &str), held: &[PersonField]) {
    let crm = &bench.connector;
    let who = crm.create(&person("Mora", "+50685550117", lead)).await.unwrap();
    let read = crm.read_person(&who).await.unwrap();
    assert_eq!(read.fields.keys().copied().collect::<Vec<_>>(), held, "{table}");
    assert_eq!(read.fields[&PersonField::Phone], "+50685550117");
    let change: PersonFields =
        [(PersonField::Phone, "+50685550199".to_owned()), (PersonField::Email, String::new())].into();
    crm.update_person(&who, &change, read.version.as_deref()).await.unwrap();
    let now = crm.read_person(&who).await.unwrap();
    assert_eq!(
        now.fields,
        read.fields.clone().into_iter().chain(change.clone()).collect(),
        "{table}: nothing else is touched"
    );
    // Of a field that the file does not name there is nothing to send.
    for field in [PersonField::FirstName, PersonField::Company].into_iter().filter(|field| !held.contains(field)) {
        let other: PersonFields = [(field, "Otra".to_owned())].into();
        crm.update_person(&who, &other, now.version.as_deref()).await.unwrap();
        assert_eq!(crm.read_person(&who).await.unwrap().version, now.version, "{table}: it was written to");
    }

    // A record with another value of the CRM's own.
    let record = json!({name.0: name.1});
    bench.crm.set(json!({"change": {"object": table, "id": who.id, "record": record}})).await;
    assert_eq!(crm.update_person(&who, &change, now.version.as_deref()).await, Err(Fault::Stale), "{table}");
    assert_eq!(
        crm.update_person(&who, &change, None).await,
        Err(Fault::NotUnderstood),
        "{table}: over what, nobody knows"
    );
    let company = RemoteRef { kind: RemoteKind::Company, ..who.clone() };
    assert_eq!(crm.read_person(&company).await, Err(Fault::NotOffered));
    bench.crm.set(json!({"delete": {"object": table, "id": who.id}})).await;
    assert_eq!(crm.read_person(&who).await, Err(Fault::NotFound), "{table}");
    assert_eq!(crm.update_person(&who, &change, now.version.as_deref()).await, Err(Fault::NotFound), "{table}");
}

#[tokio::test]
async fn people_are_changed_where_a_file_says_how() {
    use PersonField::{Company, Email, FirstName, LastName, Mobile, Phone};
    let (espo, odoo, suite, dynamics) = (espocrm(), odoo(), suitecrm(), dynamics().await);
    let name = [FirstName, LastName];
    let of = |more: &[PersonField]| name.iter().chain(more).copied().collect::<Vec<_>>();
    edits(&espo, false, "Contact", ("lastName", "Soto"), &of(&[Phone, Email])).await;
    edits(&espo, true, "Lead", ("lastName", "Soto"), &of(&[Company, Phone, Email])).await;
    edits(&odoo, false, "res.partner", ("name", "Soto"), &[Phone, Email]).await;
    edits(&odoo, true, "crm.lead", ("contact_name", "Soto"), &[Company, Phone, Email]).await;
    edits(&suite, false, "Contacts", ("last_name", "Soto"), &of(&[Phone, Mobile, Email])).await;
    edits(&suite, true, "Leads", ("last_name", "Soto"), &of(&[Company, Phone, Mobile, Email])).await;
    edits(&dynamics, false, "contacts", ("lastname", "Soto"), &of(&[Phone, Mobile, Email])).await;
    edits(&dynamics, true, "leads", ("lastname", "Soto"), &of(&[Company, Phone, Mobile, Email])).await;
    assert!(!pipedrive().connector.abilities().edits, "its numbers are lists that a change would write over");
    for set in ["contacts", "leads"] {
        let patched = dynamics.crm.asked(&format!("PATCH /api/data/v9.2/{set}(")).await;
        assert_eq!(patched, 3, "it is the server that refuses");
    }
}

#[tokio::test]
async fn a_lead_that_became_somebody_else_is_nobody_to_write_to() {
    for (bench, table, state) in [
        (espocrm(), "Lead", json!({"status": "Converted"})),
        (suitecrm(), "Leads", json!({"status": "Converted"})),
        (dynamics().await, "leads", json!({"statecode": 1})),
    ] {
        let who = bench.connector.create(&person("Mora", "+50685550117", true)).await.unwrap();
        bench.crm.set(json!({"change": {"object": table, "id": who.id, "record": state}})).await;
        assert_eq!(bench.connector.read_person(&who).await, Err(Fault::NotFound), "{table}");
    }
}

#[tokio::test]
async fn a_field_of_choices_is_asked_with_them_and_one_with_a_default_is_not() {
    let (espo, odoo) = (espocrm(), odoo());
    for name in ["source", "phoneType"] {
        espo.crm.set(json!({"require": {"object": "Contact", "field": name}})).await;
    }
    odoo.crm.set(json!({"require": {"object": "res.partner", "field": "source"}})).await;
    let form = espo.connector.describe(RemoteKind::Contact, None).await.unwrap();
    let spec = |name: &str| form.fields.iter().find(|spec| spec.name == name).unwrap();
    let choice = |of: &[(&str, &str)]| {
        FieldKind::Choice(of.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect())
    };
    assert_eq!((spec("source").required, &spec("source").kind), (true, &choice(&[("Call", "Call"), ("Web", "Web")])));
    assert_eq!(
        (spec("phoneType").required, &spec("phoneType").default),
        (false, &Some(FieldValue::Text("Mobile".into())))
    );
    let form = odoo.connector.describe(RemoteKind::Contact, None).await.unwrap();
    let spec = form.fields.iter().find(|spec| spec.name == "source").unwrap();
    assert_eq!((spec.required, &spec.kind), (true, &choice(&[("call", "Llamada"), ("web", "Página")])));
}
