//! Cards and history: list, open, write, save, dismiss.

use agent_api::card::{CardPage, CardView, DraftSaved, ListCards, SaveBlocked, SaveCard, SaveDraft};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::CallId;
use crm::card::CardRow;
use crm::matching::Match;
use crm::outbox::Release;
use crm::store::{CardQuery, PAGE_MAX, StoreError};
use failpoint::failpoint;

use crate::agent::Agent;
use crate::desk::{Ask, Input, LiveCard, Reply};
use crate::view;

/// Earlier calls shown on a card.
const RECENT: u32 = 5;

impl Agent {
    pub(crate) async fn do_list_cards(&self, request: ListCards) -> Result<CardPage, ApiError> {
        let query = CardQuery {
            filter: view::crm_filter(request.filter),
            direction: request.direction.map(view::crm_direction),
            contact: request.contact.map(view::crm_contact),
            text: request.text,
            after: request.after,
            skip: request.skip,
            limit: request.limit.clamp(1, PAGE_MAX),
        };
        let listed = self.books(move |store| {
            let page = store.list_cards(&query)?;
            let calls: Vec<_> = page.rows.iter().map(|row| row.card.record.id).collect();
            Ok((page, store.recorded(&calls)?))
        });
        let (page, recorded) = listed.await?;
        let row = |row: CardRow| {
            let recorded = recorded.contains(&row.card.record.id);
            agent_api::card::CardRow { recorded, ..view::row(row) }
        };
        Ok(CardPage { rows: page.rows.into_iter().map(row).collect(), next: page.next, total: page.total })
    }

    pub(crate) async fn do_card(&self, call: CallId) -> Result<CardView, ApiError> {
        let live = self.live_card(call).await?;
        let id = view::crm_call(call);
        let (row, found, contact, recent, (recorded, dispositions)) = self
            .books(move |store| {
                let row = store.card(id)?;
                let found = match &row.card.record.party.number {
                    Some(number) => Match::of(store.match_number(number, row.card.record.origin)?),
                    None => Match::None,
                };
                let draft = live.draft.clone().unwrap_or_else(|| row.card.draft.clone());
                let contact = match draft.contact {
                    Some(id) => person(store, id)?,
                    None => None,
                };
                let recent = store.recent_cards(id, RECENT)?;
                let row = with_draft(row, live);
                let recorded = !store.recorded(&[id])?.is_empty();
                Ok((row, found, contact, recent, (recorded, store.dispositions()?)))
            })
            .await?;
        let chosen = row.card.draft.disposition;
        let disposition = dispositions.iter().find(|one| Some(one.id) == chosen);
        let save_blocked = row.card.save_blocked(&row.card.draft, disposition).map(blocked);
        let draft = view::draft(row.card.draft.clone());
        let draft_saved_at_ms = row.card.draft_saved_at_ms;
        let row = agent_api::card::CardRow { recorded, ..view::row(row) };
        Ok(CardView {
            save_blocked,
            matches: view::matches(found),
            contact: contact.map(|(contact, brief, ties)| view::contact(contact, brief, ties)),
            draft,
            draft_saved_at_ms,
            recent: recent.into_iter().map(view::row).collect(),
            row,
        })
    }

    pub(crate) async fn do_save_draft(&self, request: SaveDraft) -> Result<DraftSaved, ApiError> {
        let draft = Box::new(view::crm_draft(request.draft));
        self.ask(Ask::Draft { call: request.call, edit: Some(request.edit), draft }).await?;
        Ok(DraftSaved { saved_at_ms: self.inner.clock.now().utc_ms })
    }

    /// «Salvar». If the store refuses, what is written stays a draft that is tried again.
    pub(crate) async fn do_save_card(&self, request: SaveCard) -> Result<CardView, ApiError> {
        let (call, draft) = (request.call, view::crm_draft(request.draft));
        let outcome = view::outcome(request.outcome, &draft);
        let (id, now_ms, kept) = (view::crm_call(call), self.inner.clock.now().utc_ms, Box::new(draft.clone()));
        let missing = {
            let draft = draft.clone();
            self.books(move |store| {
                let dispositions = store.dispositions()?;
                let disposition = dispositions.iter().find(|one| Some(one.id) == draft.disposition);
                Ok(store.card(id)?.card.save_blocked(&draft, disposition))
            })
            .await?
        };
        match missing.map(blocked) {
            Some(SaveBlocked::NeedsContact) => return Err(ApiError::about(ErrorCode::Required, "contact")),
            Some(SaveBlocked::CallLive) => return Err(ApiError::about(ErrorCode::WrongState, "call_live")),
            // A second press of Salvar changes nothing.
            Some(SaveBlocked::AlreadySaved) => return self.do_card(call).await,
            None => {}
        }
        let to = Release { connectors: self.inner.connections.goals(), outcome };
        let saved = self.inner.store.run(move |store| {
            failpoint!("releasing");
            store.save_card(id, &draft, &to, now_ms)
        });
        let saved = saved.await;
        failpoint!("released");
        if let Err(error) = saved {
            self.keep_draft(call, kept).await;
            return Err(view::store_error(&error));
        }
        self.ask(Ask::CardDone(call)).await?;
        self.inner.connections.nudge().await;
        self.do_card(call).await
    }

    pub(crate) async fn do_dismiss_card(&self, call: CallId) -> Result<(), ApiError> {
        let (id, now_ms) = (view::crm_call(call), self.inner.clock.now().utc_ms);
        self.books(move |store| store.dismiss_card(id, now_ms).map(drop)).await?;
        self.ask(Ask::CardDone(call)).await?;
        Ok(())
    }

    pub(crate) async fn do_undo_dismiss(&self, call: CallId) -> Result<CardView, ApiError> {
        let (id, now_ms) = (view::crm_call(call), self.inner.clock.now().utc_ms);
        self.books(move |store| store.undo_dismiss(id, now_ms).map(drop)).await?;
        self.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Cards))));
        self.tell(Input::Recount);
        self.do_card(call).await
    }

    pub(crate) async fn do_mark_missed_seen(&self) -> Result<(), ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        self.books(move |store| store.mark_missed_seen(now_ms)).await?;
        self.tell(Input::Recount);
        Ok(())
    }

    /// Assigns a person to a card, in whatever state it is.
    pub(crate) async fn assign(&self, call: CallId, contact: crm::id::ContactId) -> Result<(), ApiError> {
        let id = view::crm_call(call);
        let live = self.live_card(call).await?;
        let mut draft = match live.draft {
            Some(draft) => draft,
            None => self.books(move |store| store.card(id)).await?.card.draft,
        };
        draft.contact = Some(contact);
        self.ask(Ask::Draft { call, edit: None, draft: Box::new(draft) }).await?;
        Ok(())
    }

    async fn live_card(&self, call: CallId) -> Result<LiveCard, ApiError> {
        match self.ask(Ask::LiveCard(call)).await? {
            Reply::LiveCard(live) => Ok(live),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    async fn keep_draft(&self, call: CallId, draft: Box<crm::card::Draft>) {
        // The fault is told already; the draft waits at the desk.
        let _ = self.ask(Ask::Draft { call, edit: None, draft }).await;
    }

    /// Runs work on the store; its errors in the boundary's words.
    pub(crate) async fn books<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn crm::store::Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.inner.store.run(work).await.map_err(|error| view::store_error(&error))
    }
}

type Person = (crm::contact::Contact, crm::contact::ContactBrief, view::Ties);

/// A person who may have been removed meanwhile.
fn person(store: &mut dyn crm::store::Store, id: crm::id::ContactId) -> Result<Option<Person>, StoreError> {
    match (store.contact(id), store.contact_brief(id)) {
        (Ok(contact), Ok(brief)) => {
            let (links, ties) = (store.remote_links(id)?, store.ties_of(id)?);
            Ok(Some((contact, brief, view::Ties { links, ties })))
        }
        (Err(StoreError::NotFound), _) | (_, Err(StoreError::NotFound)) => Ok(None),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

fn with_draft(mut row: CardRow, live: LiveCard) -> CardRow {
    if let Some(draft) = live.draft {
        row.card.draft = draft;
    }
    row
}

/// What Salvar misses, in the boundary's words.
fn blocked(blocked: crm::card::SaveBlocked) -> SaveBlocked {
    match blocked {
        crm::card::SaveBlocked::NeedsContact => SaveBlocked::NeedsContact,
        crm::card::SaveBlocked::CallLive => SaveBlocked::CallLive,
        crm::card::SaveBlocked::AlreadySaved => SaveBlocked::AlreadySaved,
    }
}
