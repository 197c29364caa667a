//! Unsaved cards leave «Por salvar» after 24 hours (CU-36); an hour before, the agent is told.

use std::time::Duration;

use agent_api::event::{DataTag, EventBody, NoticeCode, Severity};

use crate::agent::{Agent, notice};
use crate::desk::Input;

/// The books are looked at no less often: the clock may have been set.
const AT_LEAST_EVERY: Duration = Duration::from_secs(60);
const WARN_BEFORE_MS: i64 = 60 * 60 * 1000;

/// Keeps watch as long as the agent is held by others.
pub(crate) fn keep(agent: &Agent) {
    let weak = std::sync::Arc::downgrade(&agent.inner);
    tokio::spawn(async move {
        let mut warned = None;
        loop {
            let Some(inner) = weak.upgrade() else { return };
            let agent = Agent { inner };
            let pause = look(&agent, &mut warned).await;
            drop(agent);
            tokio::time::sleep(pause).await;
        }
    });
}

/// Lets due cards go; answers when to look again.
async fn look(agent: &Agent, warned: &mut Option<i64>) -> Duration {
    let now_ms = agent.inner.clock.now().utc_ms;
    let books = agent.inner.store.run(move |store| Ok((store.expire_cards(now_ms)?, store.next_expiry_ms()?))).await;
    let Ok((gone, next)) = books else { return AT_LEAST_EVERY };
    if !gone.is_empty() {
        agent.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
        agent.recount().await;
    }
    let Some(next) = next else { return AT_LEAST_EVERY };
    if next - now_ms <= WARN_BEFORE_MS && *warned != Some(next) {
        *warned = Some(next);
        agent.tell(Input::Tell(Box::new(notice(NoticeCode::CardExpiring, Severity::Info, None))));
    }
    let left = Duration::from_millis((next - now_ms).max(10) as u64);
    left.min(AT_LEAST_EVERY)
}
