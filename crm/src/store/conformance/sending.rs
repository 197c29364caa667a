//! What the sender of the outbox needs of a store.

use uuid::Uuid;

use super::{T0, draft, finished, person};
use crate::call::Direction;
use crate::card::{CardState, Draft, SaveBlocked};
use crate::connector::{RemoteKind, RemoteRef};
use crate::id::ContactId;
use crate::outbox::{Correction, OutboxState, Outcome, Release, SyncState};
use crate::store::{PushCounts, Store, StoreError};

/// Lost answers and crashes leave pushes that are looked up when due, by their connector alone; refused ones go again on request.
pub fn what_is_unknown_is_looked_up_first(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let ids: Vec<_> = (1..=2).map(|n| finished(store, n, Direction::Outgoing, "8555 0117").id).collect();
    assert_eq!(store.next_due_ms("crm").unwrap(), None);
    for (id, late) in ids.iter().zip([0, 7]) {
        store.save_card(*id, &draft(&contact, "x"), &Release::to("crm"), T0 + late).unwrap();
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

/// A call goes to each connection on its own; what is given up, or was on its way to a connection that goes, stays here.
pub fn each_connection_has_its_own_push(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let calls: Vec<_> = (1..=3).map(|n| finished(store, n, Direction::Outgoing, "8555 0117").id).collect();
    let to = Release { connectors: vec!["crm".into(), "hook".into()], outcome: Some("Vendido".into()) };
    for call in &calls {
        store.save_card(*call, &draft(&contact, "x"), &to, T0).unwrap();
    }
    let remote = |kind, id: &str| RemoteRef { kind, id: id.to_owned() };
    let all = [OutboxState::Released, OutboxState::Unknown, OutboxState::Failed];
    let crm = store.pushes_to("crm", &all, 9).unwrap();
    let mut hook = store.pushes_to("hook", &all, 9).unwrap();
    hook.sort_by_key(|item| item.call);
    assert_eq!((crm.len(), hook.len(), store.pushes_to("hook", &all, 2).unwrap().len()), (3, 3, 2));
    assert!(crm.iter().zip(&hook).all(|(a, b)| a.id == a.call.into() && a.call == b.call && a.id != b.id));
    assert_eq!(hook[0].payload.outcome.as_deref(), Some("Vendido"));
    assert_eq!(store.push(hook[0].id).unwrap(), hook[0]);

    store.take_due("crm", T0, 9).unwrap();
    store.settle(crm[0].id, &Outcome::Sent { remote_id: "00T1".into() }, T0).unwrap();
    store.settle(crm[1].id, &Outcome::Refused { error: "invalid:X".into() }, T0).unwrap();
    let counts = store.push_counts("crm").unwrap();
    assert_eq!((counts.waiting, counts.stuck, counts.unknown), (1, 1, 0));
    let row = store.card(calls[0]).unwrap();
    assert_eq!((row.sync, row.pushes.len()), (SyncState::Waiting, 2), "one of two is sent");
    assert_eq!(row.pushes[0].remote_id.as_deref(), Some("00T1"));
    assert_eq!(store.card(calls[1]).unwrap().sync, SyncState::Stuck, "the one that is worst off");

    assert_eq!(store.keep_push_here(crm[0].id), Err(StoreError::WrongState), "what was sent was sent");
    assert_eq!(store.keep_push_here(crm[2].id), Err(StoreError::WrongState), "it is in flight");
    store.keep_push_here(crm[1].id).unwrap();
    store.keep_push_here(hook[1].id).unwrap();
    assert_eq!(store.card(calls[1]).unwrap().sync, SyncState::ThisComputer);
    store.recover_pushes("hook").unwrap();
    assert_eq!(store.push_counts("crm").unwrap().unknown, 0, "another connection's are in flight still");
    store.recover_pushes("crm").unwrap();
    assert_eq!(store.push_counts("crm").unwrap().unknown, 1);

    assert_eq!(store.next_due_ms("hook").unwrap(), Some(T0));
    let first = store.take_due("hook", T0, 1).unwrap().remove(0).id;
    store.settle(first, &Outcome::Retry { at_ms: T0 + 99, error: "busy".into() }, T0).unwrap();
    let second = store.take_due("hook", T0 + 9, 9).unwrap();
    assert_eq!(second.len(), 1, "the other waits");
    store.settle(second[0].id, &Outcome::Lost { at_ms: T0 + 99, error: "lost".into() }, T0).unwrap();
    store.hasten_pushes("hook", T0 + 10).unwrap();
    assert_eq!(store.next_due_ms("hook").unwrap(), Some(T0 + 10));
    assert_eq!(store.take_unknown("hook", T0 + 10, 9).unwrap().len(), 1);
    assert_eq!(store.take_due("hook", T0 + 10, 9).unwrap().len(), 1);
    store.settle(first, &Outcome::Retry { at_ms: T0, error: "busy".into() }, T0).unwrap();

    let (known, other) = (remote(RemoteKind::Contact, "0031"), remote(RemoteKind::Contact, "0032"));
    store.link_remote("crm", contact.id, Some(&known)).unwrap();
    store.link_remote("hook", contact.id, Some(&other)).unwrap();
    let asked = [other.clone(), known.clone(), remote(RemoteKind::Lead, "0031")];
    assert_eq!(store.linked("crm", &asked).unwrap(), [(known.clone(), contact.id)]);
    assert_eq!(
        store.remote_links(contact.id).unwrap(),
        [("crm".to_owned(), known), ("hook".to_owned(), other.clone())]
    );
    store.forget_connector("crm").unwrap();
    let left = store.push(crm[2].id).unwrap();
    assert_eq!(
        (left.state, left.connector),
        (OutboxState::Unknown, None),
        "it may have arrived: nobody may say that it stayed"
    );
    assert!(store.take_unknown("crm", i64::MAX, 9).unwrap().is_empty(), "and nobody sends it again");
    assert!(store.take_due("crm", i64::MAX, 9).unwrap().is_empty());
    assert_eq!(store.remote_links(contact.id).unwrap(), [("hook".to_owned(), other)]);
    let sent = PushCounts { last_sent_ms: Some(T0), ..PushCounts::default() };
    assert_eq!(store.push_counts("crm").unwrap(), sent, "what went there went there");
    assert_eq!(
        store.push_counts("hook").unwrap(),
        PushCounts { waiting: 1, stuck: 0, unknown: 1, last_sent_ms: None },
        "another connection's wait still"
    );
    assert_eq!(store.card(calls[0]).unwrap().pushes[0].state, OutboxState::Done, "what was sent is known to be");
}

/// A correction is of what was refused alone; card and push say the same, under the same id, and a fault leaves both.
pub fn what_a_crm_refused_goes_again_corrected_as_the_same_push(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let eva = store.save_contact(&person(2, "Eva", "Soto", "8555 0118"), T0).unwrap();
    let call = finished(store, 1, Direction::Outgoing, "8555 0117").id;
    let to = Release { connectors: vec!["crm".into(), "hook".into()], outcome: None };
    store.save_card(call, &draft(&ana, "too long"), &to, T0).unwrap();
    let push = store.take_due("crm", T0, 9).unwrap().remove(0);
    let better = draft(&eva, "short");
    let correct = |store: &mut dyn Store, draft: &Draft| {
        let to = Correction { draft: draft.clone(), outcome: Some("Vendido".into()), ..Correction::default() };
        store.correct_push(push.id, &to, T0 + 9)
    };
    assert_eq!(correct(store, &better), Err(StoreError::WrongState), "it is on its way");
    store.settle(push.id, &Outcome::Refused { error: "invalid:Subject".into() }, T0 + 1).unwrap();

    let refused = store.push(push.id).unwrap();
    let nobody = Draft { contact: None, ..better.clone() };
    assert_eq!(correct(store, &nobody), Err(StoreError::Blocked(SaveBlocked::NeedsContact)));
    let stranger = Draft { contact: Some(ContactId(Uuid::from_u128(99))), ..better.clone() };
    assert_eq!(correct(store, &stranger), Err(StoreError::NotFound));
    assert_eq!(
        (store.push(push.id).unwrap(), store.card(call).unwrap().card.draft),
        (refused, draft(&ana, "too long"))
    );

    correct(store, &better).unwrap();
    let row = store.card(call).unwrap();
    assert_eq!((row.card.draft, row.card.state, row.sync), (better.clone(), CardState::Saved, SyncState::Waiting));
    let again = store.take_due("crm", T0 + 9, 9).unwrap();
    assert_eq!(again.iter().map(|item| item.id).collect::<Vec<_>>(), [push.id], "the same push, once");
    assert_eq!((again[0].attempt, &again[0].payload.draft), (2, &better));
    assert_eq!((again[0].payload.outcome.as_deref(), again[0].last_error.as_deref()), (Some("Vendido"), None));
    assert_eq!(store.push_counts("crm").unwrap().last_sent_ms, None);
    store.settle(push.id, &Outcome::Sent { remote_id: "00T".into() }, T0 + 10).unwrap();
    assert_eq!(store.push_counts("crm").unwrap(), PushCounts { last_sent_ms: Some(T0 + 10), ..PushCounts::default() });
    assert_eq!(store.push_counts("hook").unwrap().last_sent_ms, None, "another connection's is its own");
    assert_eq!(correct(store, &better), Err(StoreError::WrongState), "what is there is not corrected here");
    assert_eq!(
        store.take_due("hook", T0 + 10, 9).unwrap()[0].payload.draft.subject,
        "too long",
        "another's is its own"
    );
}
