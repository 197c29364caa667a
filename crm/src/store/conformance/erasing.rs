//! People are erased, old calls forgotten, forms kept.

use super::*;
use crate::connector::{RemoteKind, RemoteRef};
use crate::form::{FormOf, KeptForm};
use crate::store::Erased;

/// An erased person is found nowhere; of the calls the facts stay, and nothing is sent that was not sent.
pub fn erased_people_leave_only_the_facts_of_their_calls(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let saved = finished(store, 1, Direction::Incoming, "8555 0117");
    store.save_card(saved.id, &draft(&ana, "Factura de Ana"), &Release::to("crm"), T0).unwrap();
    let pushed = store.take_due("crm", T0, 1).unwrap().remove(0);
    store.settle(pushed.id, &Outcome::Sent { remote_id: "00T".into() }, T0).unwrap();
    let waiting = finished(store, 2, Direction::Outgoing, "2222 0000");
    let both = Release { connectors: vec!["crm".into(), "other".into()], outcome: None };
    store.save_card(waiting.id, &draft(&ana, "Pago"), &both, T0).unwrap();
    // Nobody assigned this one: the number alone says who it was.
    let unsaved = finished(store, 3, Direction::Incoming, "8555 0117");
    let text = Draft { comment: "Llamar a Ana".into(), ..Draft::default() };
    store.save_draft(unsaved.id, &text, T0).unwrap();
    let remote = RemoteRef { kind: RemoteKind::Contact, id: "003".into() };
    store.link_remote("crm", ana.id, Some(&remote)).unwrap();

    let erased = store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert_eq!(erased, Erased { calls: 3, unsent: 3, sent: 1 });
    assert_eq!(store.contact(ana.id), Err(StoreError::NotFound));
    assert_eq!(store.erase_contact(ana.id, 2, T0), Err(StoreError::NotFound));
    for text in ["mora", "", "0117"] {
        assert!(found(store, text).is_empty(), "{text}");
    }
    assert!(store.match_number(saved.party.number.as_ref().unwrap(), Origin::Live).unwrap().is_empty());
    assert_eq!(store.remote_link("crm", ana.id).unwrap(), None);
    for (record, state) in [(&saved, CardState::Saved), (&waiting, CardState::Saved), (&unsaved, CardState::Dismissed)]
    {
        let row = store.card(record.id).unwrap();
        assert_eq!((row.card.state, row.card.draft.clone(), row.contact), (state, Draft::default(), None));
        let party = Party { raw: String::new(), number: None, network_name: None };
        assert_eq!(row.card.record, CallRecord { party, ..record.clone() }, "when, how long and over which line stays");
    }
    for item in store.outbox(&[], 10).unwrap() {
        let sent = item.call == saved.id;
        assert_eq!(item.state, if sent { OutboxState::Done } else { OutboxState::Cancelled });
        assert_eq!((item.payload.draft.clone(), item.payload.record.party.number.clone()), (Draft::default(), None));
        assert_eq!(item.remote_id.as_deref(), sent.then_some("00T"), "what the CRM has stays there");
    }
    for text in ["factura", "ana", "8555"] {
        let query = CardQuery { text: text.into(), limit: 10, ..CardQuery::default() };
        assert_eq!(store.list_cards(&query).unwrap().total, 0, "{text}");
    }
    assert!(store.scrub().unwrap() && !store.scrub().unwrap(), "once after it");
}

/// A number that two people have is erased from the calls of one only.
pub fn calls_of_others_keep_their_number(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "2222 0000"), T0).unwrap();
    let eva = store.save_contact(&person(2, "Eva", "Soto", "2222 0000"), T0).unwrap();
    let [hers, anybody, other] = [1, 2, 3].map(|n| finished(store, n, Direction::Incoming, "2222 0000"));
    store.save_card(hers.id, &draft(&ana, "Factura"), &Release::default(), T0).unwrap();
    store.save_card(other.id, &draft(&eva, "Pago"), &Release::default(), T0).unwrap();
    assert_eq!(store.erase_contact(ana.id, ana.rev, T0).unwrap().calls, 1);
    let number = |store: &mut dyn Store, id| store.card(id).unwrap().card.record.party.number;
    assert_eq!(number(store, hers.id), None);
    assert!(number(store, anybody.id).is_some() && number(store, other.id).is_some());
    assert_eq!(store.card(other.id).unwrap().card.draft.subject, "Pago");
}

/// Nothing is changed while a call with the person is up, or on its way to a CRM.
pub fn what_is_under_way_is_not_erased(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let earlier = finished(store, 1, Direction::Incoming, "8555 0117");
    store.save_card(earlier.id, &draft(&ana, "Factura"), &Release::to("crm"), T0).unwrap();
    let live = call(2, Direction::Incoming, "8555 0117");
    store.begin_call(&live, &Draft::default()).unwrap();
    assert_eq!(store.erase_contact(ana.id, ana.rev, T0), Err(StoreError::WrongState));
    store.end_call(&talked(&live), false).unwrap();
    let under_way = store.take_due("crm", T0, 1).unwrap().remove(0);
    assert_eq!(store.erase_contact(ana.id, ana.rev, T0), Err(StoreError::WrongState));
    assert_eq!(store.contact(ana.id).unwrap(), ana);
    assert_eq!(store.card(earlier.id).unwrap().card.draft.subject, "Factura");
    store.settle(under_way.id, &Outcome::Lost { at_ms: T0, error: "lost".into() }, T0).unwrap();
    let erased = store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert_eq!(erased, Erased { calls: 2, unsent: 1, sent: 1 }, "what was lost on its way may have arrived");
    assert!(store.take_unknown("crm", i64::MAX, 9).unwrap().is_empty());
}

/// Calls before a moment go, but none that is to be saved or to be sent.
pub fn old_calls_are_forgotten_but_not_what_waits(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let [here, sent, waiting, unsaved, young] = [1, 2, 3, 4, 90].map(|n| finished(store, n, Direction::Incoming, "27"));
    store.save_card(here.id, &draft(&ana, "Factura"), &Release::default(), T0).unwrap();
    store.save_card(sent.id, &draft(&ana, "Factura"), &Release::to("crm"), T0).unwrap();
    let push = store.take_due("crm", T0, 1).unwrap().remove(0);
    store.settle(push.id, &Outcome::Sent { remote_id: "00T".into() }, T0).unwrap();
    store.save_card(waiting.id, &draft(&ana, "Factura"), &Release::to("crm"), T0).unwrap();
    store.save_card(young.id, &draft(&ana, "Factura"), &Release::default(), T0).unwrap();
    assert_eq!(store.forget_before(young.started_at_ms).unwrap(), 2);
    assert_eq!(store.forget_before(young.started_at_ms).unwrap(), 0);
    let left: Vec<bool> = [&here, &sent, &waiting, &unsaved, &young].map(|record| store.card(record.id).is_ok()).into();
    assert_eq!(left, [false, false, true, true, true]);
    assert_eq!(store.outbox(&[], 10).unwrap().len(), 3, "their pushes go with them");
    assert_eq!(store.contact(ana.id).unwrap(), ana, "people stay");
}

/// Each form has one text, the last one; erasing a person and forgetting take those that know too much.
pub fn forms_are_kept_until_they_are_dropped(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let record = finished(store, 1, Direction::Incoming, "8555 0117");
    let form = |form, text: &str| KeptForm { form, text: text.to_owned(), saved_at_ms: T0 };
    let of_call = FormOf::Call { call: record.id };
    let other = FormOf::Call { call: CallId(Uuid::from_u128(5)) };
    store.keep_form(&form(FormOf::Person, "A")).unwrap();
    let editing = form(FormOf::Person, &format!("{{\"id\":\"{}\"}}", ana.id.0));
    let fixing = FormOf::Correction { call: record.id };
    for kept in [&editing, &form(of_call, "Eva"), &form(fixing, "Eva"), &form(other, "{}")] {
        store.keep_form(kept).unwrap();
    }
    let all = store.forms().unwrap();
    assert!(all.len() == 4 && all.contains(&editing) && all.contains(&form(fixing, "Eva")), "{all:?}");
    store.drop_form(other).unwrap();
    store.drop_form(other).unwrap();
    assert_eq!(store.forms().unwrap().len(), 3);
    store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert_eq!(store.forms().unwrap(), []);
    store.keep_form(&form(FormOf::Person, "A")).unwrap();
    store.forget_before(T0 + 1).unwrap();
    assert_eq!(store.forms().unwrap(), []);
}
