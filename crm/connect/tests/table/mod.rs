//! What every connector must do alike, whatever the CRM: one table for all of them, against their emulators.
#![allow(dead_code)] // not every test uses all of it

use std::time::Duration;

use crm::call::Direction;
use crm::connector::{Connector, Fault, FieldValue, LogEntry, NewPerson, RemoteRef};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;
use serde_json::{Value, json};
use uuid::Uuid;

use super::emulated::Emulator;

/// A connector and the emulated CRM behind it.
pub struct Bench {
    pub crm: Emulator,
    pub connector: Box<dyn Connector>,
    /// The request that logs, as a regular expression.
    pub log: &'static str,
    /// The request that creates a contact.
    pub create: &'static str,
    /// A request that only reads, of those that a search by number makes.
    pub read: &'static str,
    /// Names of the records there: calls, contacts.
    pub calls: &'static str,
    pub contacts: &'static str,
    /// Its token ends and is renewed; else it is a key.
    pub renews: bool,
    /// Its description of fields says which are required.
    pub tells_required: bool,
    /// A field that is required of a contact from now on, and how the CRM's fault about it begins.
    pub required: (&'static str, &'static str),
}

pub fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text, "CR").unwrap()
}

pub fn marker(n: u128) -> OutboxId {
    OutboxId(Uuid::from_u128((1 << 100) + n))
}

pub fn entry(n: u128, who: Option<RemoteRef>) -> LogEntry {
    LogEntry {
        id: marker(n),
        subject: "Factura 27".into(),
        comment: "Pide la \"factura\"\n<b>urgente</b>".into(),
        disposition: Some("Interesado".into()),
        direction: Direction::Incoming,
        answered: true,
        started_at_ms: 1_799_978_400_000,
        utc_offset_min: -360,
        talk_ms: 75_900,
        number: Some("+50685550117".into()),
        name: None,
        who,
        ticket: None,
        further: Vec::new(),
    }
}

pub fn person(name: &str, phone: &str, lead: bool) -> NewPerson {
    NewPerson {
        lead,
        first_name: "Ana".into(),
        last_name: name.into(),
        company: "Yunque".into(),
        phones: vec![phone.into()],
        email: Some(format!("{}@example.com", name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), ""))),
        record_type: None,
        further: Vec::new(),
    }
}

impl Bench {
    /// All of the table, but what ends the emulator.
    pub async fn holds(&self) {
        self.people().await;
        self.answers_that_tell_a_fault().await;
        self.lost_answers().await;
        self.cut_answers().await;
        self.cut_replies().await;
        self.required_fields().await;
        self.tokens().await;
    }

    async fn people(&self) {
        let crm = &self.connector;
        assert!(!crm.check().await.unwrap().user.is_empty());
        let abilities = crm.abilities();
        assert!(abilities.people);
        let ana = crm.create(&person("O'Mora", "+50685550117", false)).await.unwrap();
        let other = crm.create(&person("Soto", "+50685550118", false)).await.unwrap();
        assert_ne!(ana, other);
        let found = crm.find_by_number(&number("8555 0117")).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0].record, found[0].name.as_str()), (&ana, "Ana O'Mora"));
        assert!(found[0].phones.contains(&"+50685550117".to_owned()), "{found:?}");
        assert!(crm.find_by_number(&number("2222 3333")).await.unwrap().is_empty());
        assert!(crm.find_by_number(&number("231")).await.unwrap().is_empty(), "extensions are nobody there");
        if abilities.leads {
            let lead = crm.create(&person("Lead", "+50685550119", true)).await.unwrap();
            let found = crm.find_by_number(&number("8555 0119")).await.unwrap();
            assert_eq!(found.iter().map(|one| &one.record).collect::<Vec<_>>(), [&lead]);
            crm.log(&entry(3, Some(lead.clone()))).await.unwrap();
            assert_eq!(crm.find_created(&person("Lead", "+50685550119", true)).await.unwrap(), Some(lead));
        }
        let found = crm.find_by_text("Soto", 10).await.unwrap();
        assert_eq!(found.iter().map(|one| &one.record).collect::<Vec<_>>(), [&other]);
        for hostile in ["x' or 1 eq 1", "%", "{a}", "\\", "'", "&limit=1", ""] {
            assert!(crm.find_by_text(hostile, 10).await.unwrap().is_empty(), "{hostile}");
        }
        let call = crm.log(&entry(1, Some(ana.clone()))).await.unwrap();
        assert_eq!(crm.look_up(marker(1), Some(&ana)).await.unwrap(), Some(call));
        assert_eq!(crm.look_up(marker(2), None).await.unwrap(), None);
        let address = crm.address(&ana).unwrap();
        assert!(address.contains(&ana.id), "{address}");
        assert_eq!(crm.address(&RemoteRef { kind: ana.kind, id: "../../x".into() }), None);
        let strange = RemoteRef { kind: ana.kind, id: "x') or ('1' eq '1".into() };
        assert!(crm.log(&entry(4, Some(strange))).await.is_err(), "a strange id goes nowhere");
    }

    /// Answers that mean the same everywhere, and that nothing happened where they say so.
    async fn answers_that_tell_a_fault(&self) {
        let busy = |seconds| Fault::Busy { after: Some(Duration::from_secs(seconds)) };
        let dated = json!({"Retry-After": "Sun, 22 Nov 2026 14:01:30 GMT", "Date": "Sun, 22 Nov 2026 14:00:00 GMT"});
        let before = self.crm.records(self.calls).await.len();
        for (status, headers, body, writes, reads) in [
            (429, json!({"Retry-After": "9"}), json!({}), busy(9), busy(9)),
            (429, dated, json!({}), busy(90), busy(90)),
            (503, json!({"Retry-After": "30"}), json!("<html>"), busy(30), busy(30)),
            (500, json!({}), json!({}), Fault::Lost, Fault::Busy { after: None }),
            (502, json!({}), json!("<html>"), Fault::Lost, Fault::Busy { after: None }),
            (302, json!({"Location": "http://evil.example/"}), json!({}), Fault::NotUnderstood, Fault::NotUnderstood),
            (200, json!({}), json!("<html>"), Fault::NotUnderstood, Fault::NotUnderstood),
            (200, json!({}), json!("[".repeat(5000)), Fault::NotUnderstood, Fault::NotUnderstood),
        ] {
            let fault =
                |what: &str| json!({"match": what, "do": "answer", "status": status, "headers": headers, "body": body});
            self.crm.fault(fault(self.log)).await;
            assert_eq!(self.connector.log(&entry(10, None)).await, Err(writes), "{status} {body:.20}");
            assert_eq!(self.crm.state().await["faults"], 0, "the fault was met");
            // Of questions that are asked at once the first fault ends the others on their way: all of them meet it.
            let mut all = fault(self.read);
            all["times"] = 1000.into();
            self.crm.fault(all).await;
            assert_eq!(self.connector.find_by_number(&number("2222 4444")).await, Err(reads), "{status} {body:.20}");
            self.crm.calm().await;
        }
        assert_eq!(self.crm.records(self.calls).await.len(), before, "nothing was logged");
    }

    async fn lost_answers(&self) {
        let crm = &self.connector;
        // Nobody answered, nothing happened; then it happened and nobody said so.
        self.crm.fault(json!({"match": self.log, "do": "drop"})).await;
        assert_eq!(crm.log(&entry(20, None)).await, Err(Fault::Lost));
        assert_eq!(crm.look_up(marker(20), None).await.unwrap(), None);
        let before = self.crm.records(self.calls).await.len();
        self.crm.fault(json!({"match": self.log, "do": "lose"})).await;
        assert_eq!(crm.log(&entry(20, None)).await, Err(Fault::Lost));
        let found = crm.look_up(marker(20), None).await.unwrap();
        assert!(found.is_some(), "what was logged is found by its marker");
        if crm.abilities().logs_once {
            assert_eq!(crm.log(&entry(20, None)).await.ok(), found);
        }
        assert_eq!(self.crm.records(self.calls).await.len(), before + 1);

        let late = person("Tarde", "+50685550120", false);
        assert_eq!(crm.find_created(&late).await.unwrap(), None);
        self.crm.fault(json!({"match": self.create, "do": "lose"})).await;
        assert_eq!(crm.create(&late).await, Err(Fault::Lost));
        assert!(crm.find_created(&late).await.unwrap().is_some(), "whoever was made is found");
        self.crm.fault(json!({"match": self.read, "do": "drop", "times": 1000})).await;
        assert_eq!(crm.find_by_number(&number("2222 4444")).await, Err(Fault::Unreachable), "a question has no effect");
        self.crm.calm().await;
    }

    /// An answer cut behind any of its bytes is lost or whole, never half believed.
    async fn cut_answers(&self) {
        let crm = &self.connector;
        let (mut whole, mut cut) = (0, 0);
        for bytes in 0.. {
            if whole == 2 {
                break;
            }
            let n = 1000 + bytes;
            self.crm.fault(json!({"match": self.log, "do": "cut", "bytes": bytes})).await;
            let told = crm.log(&entry(n, None)).await;
            let there = crm.look_up(marker(n), None).await.unwrap();
            match told {
                Ok(record) => {
                    assert_eq!(Some(record), there, "after {bytes} bytes");
                    whole += 1;
                }
                Err(fault) => {
                    assert_eq!(fault, Fault::Lost, "after {bytes} bytes");
                    assert!(there.is_some(), "it happened all the same");
                    cut += 1;
                }
            }
        }
        // There is no answer without a head.
        assert!(cut > 50, "{cut} cut");
    }

    /// The same of an answer to a question.
    async fn cut_replies(&self) {
        let ana = number("8555 0117");
        let expected = self.connector.find_by_number(&ana).await.unwrap();
        let (mut whole, mut cut) = (0, 0);
        for bytes in 0.. {
            // Of questions that are asked at once one that nobody waits for any more may meet the fault.
            if whole == 20 {
                break;
            }
            self.crm.fault(json!({"match": self.read, "do": "cut", "bytes": bytes})).await;
            match self.connector.find_by_number(&ana).await {
                Ok(told) => {
                    assert_eq!(told, expected, "after {bytes} bytes");
                    whole += 1;
                }
                Err(fault) => {
                    assert_eq!(fault, Fault::Unreachable, "after {bytes} bytes: a question has no effect");
                    cut += 1;
                }
            }
        }
        // «Nobody» may be a head of few bytes.
        assert!(cut > 10, "{cut} cut");
    }

    async fn required_fields(&self) {
        let (field, begins) = self.required;
        self.crm.set(json!({"require": {"object": self.contacts, "field": field}})).await;
        if let Ok(form) = self.connector.describe(crm::connector::RemoteKind::Contact, None).await {
            let specs = form.fields;
            assert!(
                specs.iter().any(|spec| spec.name == field && (spec.required || !self.tells_required)),
                "{field} in {specs:?}"
            );
            let asked: Vec<_> = specs.iter().filter(|spec| spec.required && spec.fed_by.is_none()).collect();
            assert!(asked.iter().all(|spec| spec.name == field), "nobody is asked for what is known: {asked:?}");
        }
        let nobody = person("Nadie", "+50685550121", false);
        let fault = self.connector.create(&nobody).await.unwrap_err();
        assert!(matches!(fault, Fault::Invalid { .. }) && fault.code().starts_with(begins), "{fault:?}");
        let full = NewPerson { further: vec![(field.into(), FieldValue::Text("A".into()))], ..nobody };
        self.connector.create(&full).await.unwrap();
    }

    /// A token that ends is renewed once, whoever asks; a grant that ends asks the person.
    async fn tokens(&self) {
        if self.renews {
            let before = self.renewals().await;
            self.crm.set(json!({"end_access": true})).await;
            let (one, other) = (number("8555 0117"), number("8555 0118"));
            let asked = tokio::join!(self.connector.find_by_number(&one), self.connector.find_by_number(&other));
            assert_eq!((asked.0.unwrap().len(), asked.1.unwrap().len()), (1, 1));
            assert_eq!(self.renewals().await, before + 1);
        }
        let before = self.crm.records(self.calls).await.len();
        self.crm.set(json!({"revoke": true})).await;
        assert_eq!(self.connector.check().await, Err(Fault::SignIn));
        assert_eq!(self.connector.log(&entry(900, None)).await, Err(Fault::SignIn));
        assert_eq!(self.crm.records(self.calls).await.len(), before);
    }

    async fn renewals(&self) -> u64 {
        self.crm.state().await["renewals"].as_u64().unwrap()
    }

    /// With nobody there, nothing had an effect. A connection that still stood may tell less at first.
    pub async fn goes(self) {
        let Self { crm, connector, .. } = self;
        drop(crm);
        for _ in 0..8 {
            match connector.log(&entry(999, None)).await {
                Err(Fault::Lost) => {}
                told => return assert_eq!(told, Err(Fault::Unreachable)),
            }
        }
        panic!("there are no more connections than that");
    }

    /// What the CRM has of the first call.
    pub async fn first_call(&self) -> Value {
        self.crm
            .records(self.calls)
            .await
            .into_iter()
            .find(|call| call.to_string().contains(&marker(1).0.to_string()))
            .unwrap()
    }
}
