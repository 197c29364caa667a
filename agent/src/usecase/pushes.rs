//! What goes to CRMs: the queue, and what a person does with a push that is stuck.

use agent_api::connection::{ListPushes, PushExport, PushPage, PushState};
use agent_api::error::ApiError;
use agent_api::event::{DataTag, EventBody};
use agent_api::id::PushId;
use crm::exchange::history;
use crm::id::OutboxId;
use crm::outbox::OutboxState;
use crm::store::PAGE_MAX;

use crate::agent::Agent;
use crate::connections::push_row;
use crate::desk::Input;
use crate::settings::connection::key;

impl Agent {
    pub(crate) async fn do_list_pushes(&self, request: ListPushes) -> Result<PushPage, ApiError> {
        let states: &[OutboxState] = match request.state {
            None => &[OutboxState::Released, OutboxState::Inflight, OutboxState::Unknown, OutboxState::Failed],
            Some(PushState::Waiting) => &[OutboxState::Released, OutboxState::Inflight],
            Some(PushState::Unknown) => &[OutboxState::Unknown],
            Some(PushState::Stuck) => &[OutboxState::Failed],
            Some(PushState::Sent) => &[OutboxState::Done],
        };
        let (key, limit) = (key(request.connection), request.limit.clamp(1, PAGE_MAX));
        let rows = self
            .books(move |store| {
                let items = store.pushes_to(&key, states, limit)?;
                let rows = items.iter().map(|item| {
                    let contact = item.payload.draft.contact;
                    // Somebody who was removed since has no name.
                    push_row(item, contact.and_then(|id| store.contact_brief(id).ok()).map(|brief| brief.name))
                });
                Ok(rows.collect::<Vec<_>>())
            })
            .await?;
        Ok(PushPage { rows: rows.into_iter().flatten().collect() })
    }

    pub(crate) async fn do_retry_push(&self, push: PushId) -> Result<(), ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        self.books(move |store| store.retry_push(OutboxId(push.0), now_ms)).await?;
        self.pushes_changed().await;
        Ok(())
    }

    pub(crate) async fn do_give_up_push(&self, push: PushId) -> Result<(), ApiError> {
        self.books(move |store| store.keep_push_here(OutboxId(push.0))).await?;
        self.pushes_changed().await;
        Ok(())
    }

    pub(crate) async fn do_export_push(&self, push: PushId) -> Result<PushExport, ApiError> {
        let offset = self.inner.utc_offset_min;
        let csv = self.books(move |store| {
            let item = store.push(OutboxId(push.0))?;
            let row = store.card(item.call)?;
            Ok(history::write([&row], offset(row.card.record.started_at_ms)).0)
        });
        Ok(PushExport { csv: csv.await? })
    }

    pub(crate) async fn pushes_changed(&self) {
        self.inner.connections.nudge().await;
        for tag in [DataTag::Cards, DataTag::Pushes] {
            self.tell(Input::Tell(Box::new(EventBody::Changed(tag))));
        }
        self.tell(Input::Recount);
    }
}
