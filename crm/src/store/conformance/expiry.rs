//! How cards that nobody saves leave «Por salvar».

use super::{T0, draft, finished, person};
use crate::call::Direction;
use crate::card::{CardState, UNSAVED_FOR_MS};
use crate::outbox::Release;
use crate::store::Store;

const MINUTE_MS: i64 = 60_000;

/// After 24 hours a card is in the history only, with its text, and can still be saved.
pub fn unsaved_cards_expire_with_their_text(store: &mut dyn Store) {
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let first = finished(store, 1, Direction::Incoming, "8555 0117");
    let second = finished(store, 2, Direction::Incoming, "8555 0117");
    store.save_draft(first.id, &draft(&contact, "Factura"), T0).unwrap();
    let due = first.started_at_ms + UNSAVED_FOR_MS;
    assert_eq!(store.next_expiry_ms().unwrap(), Some(due));
    assert!(store.expire_cards(due - 1).unwrap().is_empty());
    assert_eq!(store.expire_cards(due).unwrap(), [first.id]);
    assert!(store.expire_cards(due).unwrap().is_empty());
    assert_eq!(store.next_expiry_ms().unwrap(), Some(second.started_at_ms + UNSAVED_FOR_MS));
    let row = store.card(first.id).unwrap().card;
    assert_eq!((row.state, row.draft.subject.as_str()), (CardState::Expired, "Factura"));
    store.save_card(first.id, &draft(&contact, "Factura"), &Release::default(), due + 1).unwrap();
    assert_eq!(store.card(first.id).unwrap().card.state, CardState::Saved);
}

/// Each unsaved card is warned of once for each of the times before it expires; what is written changes nothing.
pub fn cards_are_warned_of_once_for_each_time(store: &mut dyn Store) {
    let (hour, minutes) = (60 * MINUTE_MS, 10 * MINUTE_MS);
    let contact = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let first = finished(store, 1, Direction::Incoming, "8555 0117");
    let second = finished(store, 2, Direction::Outgoing, "8555 0118");
    let saved = finished(store, 3, Direction::Incoming, "8555 0117");
    store.save_card(saved.id, &draft(&contact, "Factura"), &Release::default(), T0).unwrap();
    let due = first.started_at_ms + UNSAVED_FOR_MS;
    assert!(store.warn_cards(hour, due - hour - 1).unwrap().is_empty());
    assert_eq!(store.warn_cards(hour, due - hour).unwrap(), [first.id], "the second has a second more");
    assert!(store.warn_cards(hour, due - hour).unwrap().is_empty());
    assert_eq!(store.warn_cards(hour, due - hour + 1000).unwrap(), [second.id], "each card by itself");
    store.save_draft(first.id, &draft(&contact, "Pago"), due - hour + 2000).unwrap();
    assert!(store.warn_cards(hour, due - minutes).unwrap().is_empty());
    assert_eq!(store.warn_cards(minutes, due).unwrap(), [first.id, second.id], "and again when it is near");
    assert!(store.warn_cards(minutes, due).unwrap().is_empty());
    assert!(store.warn_cards(hour, due).unwrap().is_empty(), "who was told of minutes is not told of an hour");
}
