//! What was changed of people who are both here and in a CRM: what the agent decides of it.

use agent_api::connection::ConnectionRef;
use agent_api::contact::{ContactPage, ContactView};
use agent_api::edit::{ClashChoice, DecideClashes, EditsRef, Side};
use agent_api::error::{ApiError, ErrorCode};
use crm::id::ChannelId;
use crm::reconcile;
use crm::store::{PAGE_MAX, Settled, StoreError};

use crate::agent::Agent;
use crate::desk::Input;
use crate::port::clock::{Ids, RandomIds};
use crate::settings::connection::key;
use crate::view;

impl Agent {
    /// What is chosen counts in both places; what changed there meanwhile is asked about again.
    pub(crate) async fn do_decide_clashes(&self, request: DecideClashes) -> Result<ContactView, ApiError> {
        let (country, now_ms) = (self.country().await, self.inner.clock.now().utc_ms);
        let (key, contact) = (key(request.connection), view::crm_contact(request.contact));
        let side = |side| if side == Side::Here { reconcile::Side::Here } else { reconcile::Side::There };
        let choices: Vec<_> = request.choices;
        let sides = choices.iter().map(|choice| (view::crm_person_field(choice.field), side(choice.side))).collect();
        let decided = self
            .books(move |store| {
                let tie = store.tie(&key, contact)?;
                let stands = |choice: &ClashChoice| {
                    let there = tie.clashes.get(&view::crm_person_field(choice.field));
                    there.is_none_or(|there| view::clean(there) == choice.there)
                };
                if !choices.iter().all(stands) {
                    // It changed there between the look and the press.
                    return Err(StoreError::Conflict);
                }
                let decided = reconcile::decide(&tie, &sides, &country, || ChannelId(RandomIds.next(now_ms)));
                let Some((contact, base, clashes)) = decided else { return Ok(false) };
                let settled = Settled { contact, base, clashes, refusal: None, again: true };
                store.settle_tie(&key, &settled, now_ms).map(|()| true)
            })
            .await?;
        if !decided {
            // Without a name or a way to be reached nobody is a person of ours.
            return Err(ApiError::about(ErrorCode::Required, "choices"));
        }
        self.edits_changed();
        self.do_contact(contact).await
    }

    /// «Reintentar»: what the CRM did not take goes once more.
    pub(crate) async fn do_retry_edits(&self, request: EditsRef) -> Result<ContactView, ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        let (key, contact) = (key(request.connection), view::crm_contact(request.contact));
        self.books(move |store| {
            let tie = store.tie(&key, contact)?;
            let (base, clashes) = (tie.base, tie.clashes);
            let settled = Settled { contact: tie.contact, base, clashes, refusal: None, again: true };
            store.settle_tie(&key, &settled, now_ms)
        })
        .await?;
        self.edits_changed();
        self.do_contact(contact).await
    }

    /// People about whom the agent is asked, or whose changes a CRM does not take.
    pub(crate) async fn do_people_in_doubt(&self, request: ConnectionRef) -> Result<ContactPage, ApiError> {
        let key = key(request.connection);
        let rows = self
            .books(move |store| {
                let people = store.ties_in_doubt(&key, PAGE_MAX)?;
                people.into_iter().map(|contact| store.contact_brief(contact)).collect::<Result<Vec<_>, StoreError>>()
            })
            .await?;
        let total = rows.len() as u32;
        Ok(ContactPage { rows: rows.into_iter().map(view::brief).collect(), next: None, total })
    }

    fn edits_changed(&self) {
        self.inner.connections.look_at_edits();
        self.tell(Input::ContactsChanged);
    }
}
