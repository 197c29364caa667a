//! What goes to CRMs: the queue, and what a person does with a push that is stuck.

use agent_api::error::ApiError;
use agent_api::event::{DataTag, EventBody};
use agent_api::id::PushId;
use agent_api::push::{CorrectPush, ListPushes, PushExport, PushPage, PushState};
use agent_api::settings::FileSaved;
use crm::connector::RemoteKind;
use crm::exchange::history;
use crm::id::OutboxId;
use crm::outbox::{Correction, OutboxState};
use crm::store::PAGE_MAX;

use crate::agent::Agent;
use crate::connections::push_row;
use crate::desk::Input;
use crate::report;
use crate::settings::connection::{key, of_key};
use crate::view;

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

    /// «Corregir»: another text for what the CRM refused.
    pub(crate) async fn do_correct_push(&self, request: CorrectPush) -> Result<(), ApiError> {
        let (push, draft) = (OutboxId(request.push.0), view::crm_draft(request.draft));
        let outcome = view::outcome(request.outcome, &draft);
        let to = self.books(move |store| store.push(push)).await?.connector.as_deref().and_then(of_key);
        let (mut person, mut entry) = (None, None);
        if let (Some(to), Some(form), Some(contact)) = (to, request.person, draft.contact) {
            let contact = self.books(move |store| store.contact(contact)).await?;
            person = Some(self.further(to, &contact, form, "person").await?);
        }
        if let (Some(to), Some(form)) = (to, request.entry) {
            entry = Some(self.read_filled(to, RemoteKind::Activity, form, |_| false, "entry").await?);
        }
        let now_ms = self.inner.clock.now().utc_ms;
        let correction = Correction { draft, outcome, person, entry };
        self.books(move |store| store.correct_push(push, &correction, now_ms)).await?;
        self.pushes_changed().await;
        Ok(())
    }

    pub(crate) async fn do_export_push(&self, push: PushId) -> Result<PushExport, ApiError> {
        Ok(PushExport { csv: self.push_as_text(push).await?.0 })
    }

    /// One file with what was to be sent, named by when the call began.
    pub(crate) async fn do_save_push(&self, push: PushId) -> Result<FileSaved, ApiError> {
        let (csv, started_at_ms) = self.push_as_text(push).await?;
        self.put_among_downloads(report::file_name("call", "csv", started_at_ms), csv.into_bytes()).await
    }

    async fn push_as_text(&self, push: PushId) -> Result<(String, i64), ApiError> {
        let offset = self.inner.utc_offset_min;
        self.books(move |store| {
            let item = store.push(OutboxId(push.0))?;
            let mut row = store.card(item.call)?;
            // Another push of the call may have been corrected since: this is what this one says.
            row.card.draft = item.payload.draft;
            let started_at_ms = row.card.record.started_at_ms;
            Ok((history::write([&row], offset(started_at_ms)).0, started_at_ms))
        })
        .await
    }

    pub(crate) async fn pushes_changed(&self) {
        self.inner.connections.nudge().await;
        for tag in [DataTag::Cards, DataTag::Pushes] {
            self.tell(Input::Tell(Box::new(EventBody::Changed(tag))));
        }
        self.tell(Input::Recount);
    }
}
