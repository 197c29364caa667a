#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use crm::call::Direction;
use crm::card::{Draft, UNSAVED_FOR_MS};
use crm::store::conformance::{self, T0};
use crm::store::memory::MemoryStore;

use super::*;
use crate::inbox::Message;
use crate::port::clock::SteppedClock;

/// A call that was talked and is to be saved, begun `n` minutes after [`T0`].
fn unsaved(store: &mut MemoryStore, n: u128, number: &str) -> CallId {
    let begun = conformance::call(n * 60, Direction::Incoming, number);
    store.begin_call(&begun, &Draft::default()).unwrap();
    store.end_call(&conformance::talked(&begun), false).unwrap();
    CallId(begun.id.0)
}

/// What is said at a look, `left` minutes before the card of [`T0`] expires.
async fn told(store: &StoreHandle, left: i64, heard: bool) -> Vec<(Option<CallId>, NoticeCode, String)> {
    let (inbox, mut messages) = Inbox::new();
    look(store, T0 + UNSAVED_FOR_MS - left * MINUTE_MS, &inbox, heard).await;
    drop(inbox);
    let mut all = Vec::new();
    while let Some(message) = messages.recv().await {
        if let Message::Input(Input::Tell(body)) = message
            && let EventBody::Notice(Notice { call, code, subject, .. }) = *body
        {
            all.push((call, code, subject.unwrap_or_default()));
        }
    }
    all
}

#[tokio::test]
async fn each_card_is_warned_of_an_hour_and_ten_minutes_before_it_expires() {
    let mut books = MemoryStore::new();
    let (ana, jose) = (unsaved(&mut books, 0, "8555 0117"), unsaved(&mut books, 20, "8555 0118"));
    let (store, _thread) = StoreHandle::start(Box::new(books)).unwrap();
    let (hour, soon) = (NoticeCode::CardExpiring, NoticeCode::CardExpiringSoon);
    let (number, other) = ("+506 8555 0117".to_owned(), "+506 8555 0118".to_owned());
    assert_eq!(told(&store, 61, true).await, []);
    assert_eq!(told(&store, 60, true).await, [(Some(ana), hour, number.clone())]);
    assert_eq!(told(&store, 59, true).await, []);
    assert_eq!(told(&store, 40, true).await, [(Some(jose), hour, other.clone())], "not the earliest card alone");
    assert_eq!(told(&store, 10, true).await, [(Some(ana), soon, number)]);
    assert_eq!(told(&store, 9, true).await, []);
    assert_eq!(told(&store, -15, true).await, [(Some(jose), soon, other)]);
    assert_eq!(told(&store, -20, true).await, []);
}

#[tokio::test]
async fn it_is_not_warned_while_nobody_hears_it_nor_of_an_hour_when_minutes_are_left() {
    let mut books = MemoryStore::new();
    let ana = unsaved(&mut books, 0, "8555 0117");
    let (store, _thread) = StoreHandle::start(Box::new(books)).unwrap();
    assert_eq!(told(&store, 30, false).await, []);
    assert_eq!(told(&store, 5, false).await, []);
    let number = "+506 8555 0117".to_owned();
    assert_eq!(told(&store, 4, true).await, [(Some(ana), NoticeCode::CardExpiringSoon, number)]);
    assert_eq!(told(&store, 3, true).await, []);
}

#[tokio::test]
async fn a_window_that_comes_up_is_told_at_once() {
    let mut books = MemoryStore::new();
    unsaved(&mut books, 0, "8555 0117");
    let (store, _thread) = StoreHandle::start(Box::new(books)).unwrap();
    let (inbox, mut messages) = Inbox::new();
    let (seen, seeing) = watch::channel(false);
    let clock: Arc<dyn Clock> = Arc::new(SteppedClock::new(T0 + UNSAVED_FOR_MS - 30 * MINUTE_MS));
    keep(seeing, move || {
        Some(Desk {
            store: store.clone(),
            clock: Arc::clone(&clock),
            inbox: inbox.clone(),
            keep_months: None,
            keep_days: None,
        })
    });
    seen.send_replace(true);
    // Well before the next look would come by itself.
    let first = tokio::time::timeout(AT_LEAST_EVERY / 2, messages.recv()).await.unwrap();
    let Some(Message::Input(Input::Tell(body))) = first else { panic!("nothing is told") };
    assert!(matches!(*body, EventBody::Notice(Notice { code: NoticeCode::CardExpiring, .. })), "{body:?}");
}

#[tokio::test]
async fn old_calls_are_forgotten_once_a_day_and_by_another_wish_at_once() {
    let mut books = MemoryStore::new();
    let year = [0, 4, 8].map(|months| unsaved(&mut books, u128::from(months as u64 * MONTH_MS as u64 / 60_000), "27"));
    for call in year {
        books.dismiss_card(crm::id::CallId(call.0), T0).unwrap();
    }
    let (store, _thread) = StoreHandle::start(Box::new(books)).unwrap();
    let (inbox, mut messages) = Inbox::new();
    let mut forgotten = None;
    let left = async || {
        let there = move |store: &mut dyn Store| Ok(year.map(|call| store.card(crm::id::CallId(call.0)).is_ok()));
        store.run(there).await.unwrap()
    };
    let now = T0 + 9 * MONTH_MS;
    forget(&store, now, &inbox, None, &mut forgotten).await;
    assert_eq!((left().await, forgotten), ([true; 3], None));
    forget(&store, now, &inbox, Some(6), &mut forgotten).await;
    assert_eq!(left().await, [false, true, true]);
    forget(&store, now + 2 * MONTH_MS, &inbox, Some(6), &mut Some((now + 2 * MONTH_MS - DAY_MS + 1, 6))).await;
    assert_eq!(left().await, [false, true, true], "once a day");
    forget(&store, now + MONTH_MS, &inbox, Some(1), &mut Some((now + MONTH_MS, 6))).await;
    assert_eq!(left().await, [false; 3], "another wish");
    drop(inbox);
    let mut changed = 0;
    while let Some(message) = messages.recv().await {
        let is_change = |body: &EventBody| matches!(body, EventBody::Changed(DataTag::Cards));
        changed += u32::from(matches!(message, Message::Input(Input::Tell(body)) if is_change(&body)));
    }
    assert_eq!(changed, 2, "lists are read again only when something is gone");
}
