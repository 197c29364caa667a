//! What CRMs require besides, of people and entries.

use super::{T0, call, draft, finished, person, talked};
use crate::call::Direction;
use crate::card::Draft;
use crate::connector::{FieldKind, FieldSpec, FieldValue, Further, RecordForm, RecordType, RemoteKind, RemoteRef};
use crate::contact::Contact;
use crate::outbox::{Correction, Outcome, Release};
use crate::store::{Store, StoreError};

fn rank(value: &str) -> Further {
    Further {
        record_type: Some("012A".into()),
        values: vec![("Rank__c".into(), FieldValue::Text(value.into())), ("Vip__c".into(), FieldValue::Flag(true))],
    }
}

/// With the person in one step; gone when the person is tied there, is erased, or the connection goes.
pub fn what_a_crm_requires_of_somebody_is_kept_until_the_person_is_there(store: &mut dyn Store) {
    let to = |connector: &str| (connector.to_owned(), rank(connector));
    let all = [to("crm"), to("other"), to("third")];
    let ana = store.save_person(&person(1, "Ana", "Mora", "8555 0117"), &all, T0).unwrap();
    assert_eq!((ana.rev, store.further("crm", ana.id).unwrap()), (1, Some(rank("crm"))));
    assert_eq!(store.further("nobody", ana.id).unwrap(), None);
    let stale = Contact { rev: 7, ..ana.clone() };
    assert_eq!(store.save_person(&stale, &[("crm".into(), rank("late"))], T0), Err(StoreError::Conflict));
    assert_eq!(store.further("crm", ana.id).unwrap(), Some(rank("crm")), "all or nothing");
    let ana = store.save_person(&ana, &[("crm".into(), rank("again"))], T0).unwrap();
    assert_eq!(store.further("crm", ana.id).unwrap(), Some(rank("again")));

    let record = RemoteRef { kind: RemoteKind::Contact, id: "0031".into() };
    store.link_remote("crm", ana.id, None).unwrap();
    assert!(store.further("crm", ana.id).unwrap().is_some(), "nobody is there yet");
    store.link_remote("crm", ana.id, Some(&record)).unwrap();
    assert_eq!(store.further("crm", ana.id).unwrap(), None);
    assert_eq!(store.further("other", ana.id).unwrap(), Some(rank("other")), "another connection's is its own");
    store.scrub().unwrap();
    store.forget_connector("other").unwrap();
    assert_eq!(store.further("other", ana.id).unwrap(), None);
    assert!(store.scrub().unwrap(), "nothing of it stays in the files");
    store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert_eq!(store.further("third", ana.id).unwrap(), None);
}

/// «Corregir» keeps what is required of the person for whom the text names, and of the entry with the push alone.
pub fn what_it_asked_for_goes_with_the_correction(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let to = Release { connectors: vec!["crm".into(), "hook".into()], outcome: None };
    let record = finished(store, 1, Direction::Outgoing, "8555 0117");
    store.save_card(record.id, &draft(&ana, "x"), &to, T0).unwrap();
    let push = store.take_due("crm", T0, 9).unwrap().remove(0);
    let reason = vec![("Reason__c".to_owned(), FieldValue::Number("7".into()))];
    let filled = |person: Option<Further>, entry| Correction { draft: draft(&ana, "x"), outcome: None, person, entry };
    let both = filled(Some(rank("A")), Some(reason.clone()));
    assert_eq!(store.correct_push(push.id, &both, T0), Err(StoreError::WrongState), "it is on its way");
    assert_eq!(store.further("crm", ana.id).unwrap(), None);
    store.settle(push.id, &Outcome::Refused { error: "person/invalid:X".into() }, T0).unwrap();
    store.correct_push(push.id, &both, T0).unwrap();
    assert_eq!(
        (store.further("crm", ana.id).unwrap(), store.further("hook", ana.id).unwrap()),
        (Some(rank("A")), None)
    );
    assert_eq!(store.take_due("crm", T0, 9).unwrap().remove(0).payload.further, reason);
    store.settle(push.id, &Outcome::Refused { error: "invalid:X".into() }, T0).unwrap();
    store.correct_push(push.id, &filled(None, None), T0).unwrap();
    assert_eq!(store.push(push.id).unwrap().payload.further, reason, "what was filled in stays");
    assert_eq!(store.further("crm", ana.id).unwrap(), Some(rank("A")));
    assert!(store.take_due("hook", T0, 9).unwrap().remove(0).payload.further.is_empty());

    let of_nobody = talked(&call(2, Direction::Incoming, "8555 0117"));
    store.begin_call(&of_nobody, &Draft::default()).unwrap();
    store.settle(push.id, &Outcome::Sent { remote_id: "00T".into() }, T0).unwrap_err();
    store.take_due("crm", T0, 9).unwrap();
    store.settle(push.id, &Outcome::Sent { remote_id: "00T".into() }, T0).unwrap();
    store.update_call(&of_nobody).unwrap();
    store.end_call(&of_nobody, false).unwrap();
    let hook = store.pushes_to("hook", &[crate::outbox::OutboxState::Inflight], 9).unwrap().remove(0);
    store.settle(hook.id, &Outcome::Refused { error: "gone".into() }, T0).unwrap();
    store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert!(store.push(push.id).unwrap().payload.further.is_empty(), "what was said of the person is erased");
}

/// One for each kind and record type; the last word counts; gone with the connection.
pub fn forms_of_records_are_known_without_a_network(store: &mut dyn Store) {
    let spec = |name: &str| FieldSpec {
        name: name.into(),
        label: "Rango".into(),
        kind: FieldKind::Choice(vec![("A".into(), "Alto".into())]),
        required: true,
        default: Some(FieldValue::Text("A".into())),
        fed_by: None,
    };
    let form = |name: &str| RecordForm {
        record_types: vec![RecordType { id: "012A".into(), name: "Socio".into() }],
        record_type: Some("012A".into()),
        fields: vec![spec(name)],
    };
    let lead = RemoteKind::Lead;
    assert_eq!(store.record_form("crm", lead, None).unwrap(), None);
    store.keep_record_form("crm", lead, None, &form("A__c"), T0).unwrap();
    store.keep_record_form("crm", lead, Some("012A"), &form("B__c"), T0 + 1).unwrap();
    store.keep_record_form("crm", RemoteKind::Contact, None, &form("C__c"), T0 + 2).unwrap();
    store.keep_record_form("other", lead, None, &form("D__c"), T0 + 3).unwrap();
    store.keep_record_form("crm", lead, None, &form("E__c"), T0 + 4).unwrap();
    assert_eq!(store.record_form("crm", lead, None).unwrap(), Some((form("E__c"), T0 + 4)));
    assert_eq!(store.record_form("crm", lead, Some("012A")).unwrap(), Some((form("B__c"), T0 + 1)));
    assert_eq!(store.record_form("crm", lead, Some("012B")).unwrap(), None);
    store.forget_connector("crm").unwrap();
    assert_eq!(store.record_form("crm", RemoteKind::Contact, None).unwrap(), None);
    assert_eq!(store.record_form("other", lead, None).unwrap(), Some((form("D__c"), T0 + 3)));
}
