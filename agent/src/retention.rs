//! Unsaved cards leave «Por salvar» after 24 hours (CU-36); an hour before, the agent is told.

use std::sync::Arc;
use std::time::Duration;

use agent_api::event::{DataTag, EventBody, Notice, NoticeCode, Severity};

use crate::desk::Input;
use crate::inbox::Inbox;
use crate::port::clock::Clock;
use crate::store::StoreHandle;

/// The books are looked at no less often: the clock may have been set.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
const WARN_BEFORE_MS: i64 = 60 * 60 * 1000;

/// What the watch needs for one look; held no longer than that, so that it keeps nothing from ending.
pub(crate) struct Desk {
    pub store: StoreHandle,
    pub clock: Arc<dyn Clock>,
    pub inbox: Inbox,
}

/// Keeps watch as long as there is a desk.
pub(crate) fn keep(desk: impl Fn() -> Option<Desk> + Send + 'static) {
    tokio::spawn(async move {
        let mut warned = None;
        loop {
            let Some(Desk { store, clock, inbox }) = desk() else { return };
            let pause = look(&store, clock.now().utc_ms, &inbox, &mut warned).await;
            drop((store, inbox));
            tokio::time::sleep(pause).await;
        }
    });
}

/// Lets due cards go; answers when to look again.
async fn look(store: &StoreHandle, now_ms: i64, inbox: &Inbox, warned: &mut Option<i64>) -> Duration {
    let books = store.run(move |store| Ok((store.expire_cards(now_ms)?, store.next_expiry_ms()?))).await;
    let Ok((gone, next)) = books else { return AT_LEAST_EVERY };
    if !gone.is_empty() {
        inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
        inbox.tell(Input::Recount);
    }
    let Some(next) = next else { return AT_LEAST_EVERY };
    if next - now_ms <= WARN_BEFORE_MS && *warned != Some(next) {
        *warned = Some(next);
        let notice = Notice { code: NoticeCode::CardExpiring, severity: Severity::Info, subject: None };
        inbox.tell(Input::Tell(Box::new(EventBody::Notice(notice))));
    }
    let left = Duration::from_millis((next - now_ms).max(10) as u64);
    left.min(AT_LEAST_EVERY)
}
