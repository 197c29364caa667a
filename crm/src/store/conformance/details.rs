//! What is kept of how calls went technically.

use super::{T0, call, finished};
use crate::call::Direction;
use crate::card::Draft;
use crate::id::{CallId, Origin};
use crate::store::{DETAILS_LEN_MAX, DETAILS_MAX, Store, StoreError};

/// Details are replaced, kept of a bounded number of calls, and go with their call.
pub fn details_of_calls_are_bounded_and_go_with_their_call(store: &mut dyn Store) {
    let first = finished(store, 1, Direction::Incoming, "8555 0117");
    assert_eq!(store.details(first.id).unwrap(), None);
    store.keep_details(first.id, "one").unwrap();
    store.keep_details(first.id, "two").unwrap();
    assert_eq!(store.details(first.id).unwrap().as_deref(), Some("two"));
    let nobodys = CallId(uuid::Uuid::from_u128(0xFFFF));
    assert_eq!(store.keep_details(nobodys, "x"), Err(StoreError::NotFound));
    assert_eq!(store.keep_details(first.id, &"x".repeat(DETAILS_LEN_MAX + 1)), Err(StoreError::WrongState));

    for n in 2..=u128::from(DETAILS_MAX) + 1 {
        let record = call(n, Direction::Outgoing, "8555 0118");
        store.begin_call(&record, &Draft::default()).unwrap();
        store.keep_details(record.id, &n.to_string()).unwrap();
    }
    assert_eq!(store.details(first.id).unwrap(), None, "the oldest goes first");
    let all = store.last_details(u32::MAX).unwrap();
    assert_eq!(all.len(), DETAILS_MAX as usize);
    let texts: Vec<_> = store.last_details(2).unwrap().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, [(DETAILS_MAX + 1).to_string(), DETAILS_MAX.to_string()]);

    let last = all[0].0;
    let record = super::talked(&call(u128::from(DETAILS_MAX) + 1, Direction::Outgoing, "8555 0118"));
    store.end_call(&record, false).unwrap();
    store.dismiss_card(last, T0).unwrap();
    assert!(store.forget_before(i64::MAX).unwrap() > 0);
    assert_eq!(store.details(last).unwrap(), None, "it goes with its call");

    let practised = crate::call::CallRecord { origin: Origin::Demo, ..call(9_000, Direction::Outgoing, "*99") };
    store.begin_call(&practised, &Draft::default()).unwrap();
    store.keep_details(practised.id, "practice").unwrap();
    store.erase_demo(T0).unwrap();
    assert_eq!(store.details(practised.id).unwrap(), None);
}
