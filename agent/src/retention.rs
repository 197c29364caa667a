//! Unsaved cards leave «Por salvar» after 24 hours (CU-36); an hour and ten minutes before, the agent is told. Old calls are
//! forgotten once a day, if the settings say so; what is left of erased people in the files is overwritten.

use std::sync::Arc;
use std::time::Duration;

use agent_api::event::{DataTag, EventBody, Notice, NoticeCode};
use agent_api::id::CallId;
use crm::card::CardRow;
use crm::store::{Store, StoreError};
use tokio::sync::watch;

use crate::desk::{Input, notice};
use crate::inbox::Inbox;
use crate::port::clock::Clock;
use crate::store::StoreHandle;
use crate::usecase::recordings::let_go;
use crate::view;

/// The books are looked at no less often: the clock may have been set.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
const MINUTE_MS: i64 = 60 * 1000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// A twelfth of a year.
const MONTH_MS: i64 = 365 * DAY_MS / 12;
/// When it is warned, the last time first: of a card that is first seen in its last minutes no hour is told.
const WARN_BEFORE: [(i64, NoticeCode); 2] =
    [(10 * MINUTE_MS, NoticeCode::CardExpiringSoon), (60 * MINUTE_MS, NoticeCode::CardExpiring)];

/// What the watch needs for one look; held no longer than that, so that it keeps nothing from ending.
pub(crate) struct Desk {
    pub store: StoreHandle,
    pub clock: Arc<dyn Clock>,
    pub inbox: Inbox,
    /// How long calls are kept, as the settings say now; none if they keep them, or are just being changed.
    pub keep_months: Option<u16>,
    /// The same of recordings.
    pub keep_days: Option<u16>,
}

/// When calls were last forgotten, and by which wish: another wish counts at once.
type Forgotten = Option<(i64, u16)>;

/// Keeps watch as long as there is a desk; warns as soon as somebody has `seen` what there is.
pub(crate) fn keep(mut seen: watch::Receiver<bool>, desk: impl Fn() -> Option<Desk> + Send + 'static) {
    tokio::spawn(async move {
        let mut forgotten = Forgotten::None;
        loop {
            let Some(Desk { store, clock, inbox, keep_months, keep_days }) = desk() else { return };
            let heard = *seen.borrow_and_update();
            let now_ms = clock.now().utc_ms;
            let pause = look(&store, now_ms, &inbox, heard).await;
            forget(&store, now_ms, &inbox, keep_months, &mut forgotten).await;
            let_go(&store, now_ms, keep_days, &inbox).await;
            drop((store, inbox));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // Seen now, or the desk is gone.
                _ = seen.changed() => {}
            }
        }
    });
}

/// Lets due cards go and, if it is `heard`, warns of those that are near; answers when to look again.
async fn look(store: &StoreHandle, now_ms: i64, inbox: &Inbox, heard: bool) -> Duration {
    let books = store
        .run(move |store| {
            let gone = store.expire_cards(now_ms)?;
            let notices = if heard { warnings(store, now_ms)? } else { Vec::new() };
            Ok((gone, notices, store.next_expiry_ms()?))
        })
        .await;
    let Ok((gone, notices, next)) = books else { return AT_LEAST_EVERY };
    if !gone.is_empty() {
        inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
        inbox.tell(Input::Recount);
    }
    for notice in notices {
        inbox.tell(Input::Tell(Box::new(EventBody::Notice(notice))));
    }
    let Some(next) = next else { return AT_LEAST_EVERY };
    let left = Duration::from_millis((next - now_ms).max(10) as u64);
    left.min(AT_LEAST_EVERY)
}

/// Forgets calls older than `keep_months`, if that was not done with this wish today, and overwrites what is left of erased
/// people. What fails is tried again at the next look.
async fn forget(store: &StoreHandle, now_ms: i64, inbox: &Inbox, keep_months: Option<u16>, forgotten: &mut Forgotten) {
    if let Err(error) = store.run(|store| store.scrub()).await {
        tracing::warn!(%error, "erased people are not overwritten yet");
    }
    let Some(months) = keep_months else { return };
    let today = |(at, wish): &(i64, u16)| *wish == months && (0..DAY_MS).contains(&(now_ms - at));
    if forgotten.as_ref().is_some_and(today) {
        return;
    }
    let before_ms = now_ms - i64::from(months) * MONTH_MS;
    match store.run(move |store| store.forget_before(before_ms)).await {
        Ok(gone) => {
            *forgotten = Some((now_ms, months));
            inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Chats))));
            if gone > 0 {
                tracing::info!(gone, "old calls are forgotten");
                inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
                inbox.tell(Input::Recount);
            }
        }
        Err(error) => tracing::warn!(%error, "old calls are not forgotten yet"),
    }
}

/// What is to be said of cards that expire soon, once for each card and time.
fn warnings(store: &mut dyn Store, now_ms: i64) -> Result<Vec<Notice>, StoreError> {
    let mut notices = Vec::new();
    for (before_ms, code) in WARN_BEFORE {
        for call in store.warn_cards(before_ms, now_ms)? {
            let subject = who(&store.card(call)?);
            notices.push(Notice { call: Some(CallId(call.0)), ..notice(code, subject) });
        }
    }
    Ok(notices)
}

/// Who was spoken to, as far as it is known.
fn who(row: &CardRow) -> Option<String> {
    let party = view::party(&row.card.record.party);
    let number = Some(party.number).filter(|number| !number.is_empty());
    row.contact.as_ref().map(|contact| contact.name.clone()).or(number).or(party.network_name)
}

#[cfg(test)]
mod tests;
