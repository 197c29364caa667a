//! Which cards a list has, in memory.

use super::MemoryStore;
use crate::card::{Card, CardState};
use crate::disposition::CALL_BACK;
use crate::store::{CardFilter, CardQuery, search_terms};
use crate::text::fold;

impl MemoryStore {
    /// Somebody spoke with the other side of this call later; `or_missed` counts later missed calls, too, and the number alone.
    pub(super) fn spoken_since(&self, card: &Card, or_missed: bool) -> bool {
        let key = |card: &Card| card.record.party.number.as_ref().map(|number| number.match_key().to_owned());
        let same = |other: &Card| {
            (key(card).is_some() && key(other) == key(card))
                || (!or_missed && card.draft.contact.is_some() && other.draft.contact == card.draft.contact)
        };
        self.cards.values().any(|other| {
            let reached = other.record.answered_at_ms.is_some() || (or_missed && other.record.missed());
            other.record.started_at_ms > card.record.started_at_ms && reached && same(other)
        })
    }

    pub(super) fn matches(&self, card: &Card, query: &CardQuery) -> bool {
        let shown = match query.filter {
            CardFilter::All => !matches!(card.state, CardState::Dismissed | CardState::Expired),
            CardFilter::ToSave => card.state == CardState::Unsaved,
            CardFilter::Missed => card.record.missed(),
            CardFilter::ToReturn => {
                card.record.missed() && card.record.party.number.is_some() && !self.spoken_since(card, true)
            }
            CardFilter::FollowUp => {
                let chosen = card.draft.disposition.and_then(|id| self.dispositions.get(&id));
                card.state == CardState::Saved
                    && chosen.is_some_and(|row| row.builtin && row.name == CALL_BACK)
                    && !self.spoken_since(card, false)
            }
            CardFilter::Expired => card.state == CardState::Expired,
            CardFilter::Dismissed => card.state == CardState::Dismissed,
            CardFilter::History => true,
        };
        let person = card.draft.contact.and_then(|id| self.contacts.get(&id)).map(|contact| fold(&contact.name()));
        let typed = card.draft.search_text();
        let text = format!("{}\n{typed}\n{}", card.record.search_text(), person.unwrap_or_default());
        shown
            && query.direction.is_none_or(|direction| card.record.direction == direction)
            && query.contact.is_none_or(|contact| card.draft.contact == Some(contact))
            && search_terms(&query.text).iter().all(|term| text.contains(term.as_str()))
    }
}
