//! What the sender of the outbox needs of a store.

use super::{T0, draft, finished, person};
use crate::call::Direction;
use crate::connector::{RemoteKind, RemoteRef};
use crate::outbox::{OutboxState, Outcome};
use crate::store::{Store, StoreError};

/// Lost answers and crashes leave pushes that are looked up when due, by their connector alone; refused ones go again on request.
pub fn what_is_unknown_is_looked_up_first(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let ids: Vec<_> = (1..=2).map(|n| finished(store, n, Direction::Outgoing, "8555 0117").id).collect();
    assert_eq!(store.next_due_ms("crm").unwrap(), None);
    for (id, late) in ids.iter().zip([0, 7]) {
        store.save_card(*id, &draft(&contact, "x"), Some("crm"), T0 + late).unwrap();
    }
    assert_eq!((store.next_due_ms("crm").unwrap(), store.next_due_ms("other").unwrap()), (Some(T0), None));
    let first = store.take_due("crm", T0, 1).unwrap().remove(0);
    assert!(store.take_unknown("crm", i64::MAX, 9).unwrap().is_empty(), "in flight is not lost");
    store.settle(first.id, &Outcome::Lost { at_ms: T0 + 50, error: "lost".into() }, T0).unwrap();
    assert_eq!(store.next_due_ms("crm").unwrap(), Some(T0 + 7));
    assert!(store.take_unknown("crm", T0 + 49, 9).unwrap().is_empty());
    assert!(store.take_unknown("other", T0 + 50, 9).unwrap().is_empty());
    let looked = store.take_unknown("crm", T0 + 50, 9).unwrap();
    assert_eq!((looked.len(), looked[0].id, looked[0].attempt), (1, first.id, 2));
    store.settle(first.id, &Outcome::NotThere, T0 + 50).unwrap();
    assert_eq!(store.take_due("crm", T0 + 50, 9).unwrap().len(), 2);
    store.settle(first.id, &Outcome::Refused { error: "invalid:X".into() }, T0 + 50).unwrap();
    assert_eq!(store.outbox(&[OutboxState::Failed], 9).unwrap()[0].last_error.as_deref(), Some("invalid:X"));
    store.retry_push(first.id, T0 + 60).unwrap();
    assert_eq!(store.next_due_ms("crm").unwrap(), Some(T0 + 60));
    store.take_due("crm", T0 + 60, 9).unwrap();
    store.settle(first.id, &Outcome::Sent { remote_id: "00T".into() }, T0 + 61).unwrap();
    assert_eq!(store.retry_push(first.id, T0 + 62), Err(StoreError::WrongState), "what is there is not sent again");
}

/// Each connection has its own links; the last word counts.
pub fn links_to_a_crm_are_kept(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let remote = |kind, id: &str| RemoteRef { kind, id: id.to_owned() };
    assert_eq!(store.remote_link("crm", contact.id).unwrap(), None);
    store.link_remote("crm", contact.id, Some(&remote(RemoteKind::Lead, "00Q1"))).unwrap();
    store.link_remote("other", contact.id, Some(&remote(RemoteKind::Contact, "7"))).unwrap();
    store.link_remote("crm", contact.id, Some(&remote(RemoteKind::Contact, "0031"))).unwrap();
    assert_eq!(store.remote_link("crm", contact.id).unwrap(), Some(remote(RemoteKind::Contact, "0031")));
    store.link_remote("crm", contact.id, None).unwrap();
    assert_eq!(store.remote_link("crm", contact.id).unwrap(), None);
    assert_eq!(store.remote_link("other", contact.id).unwrap(), Some(remote(RemoteKind::Contact, "7")));
}
