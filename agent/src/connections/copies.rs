//! Copied people of the CRMs: answers before any CRM is asked, also where none is reached.

use std::sync::Arc;

use agent_api::connection::CopiesView;
use agent_api::id::ConnectionId;
use crm::connector::RemotePerson;

use super::lookup::{Asked, Shown, TEXT_LIMIT};
use super::{Connections, Live};
use crate::edits::Edits;
use crate::port::connect::fault_of;
use crate::settings::connection::key;
use crate::sync::{Progress, Sync};

impl Connections {
    /// Whom the copies know, in the connections' order.
    pub(super) async fn copies(self: &Arc<Self>, asked: &Asked, only: Option<ConnectionId>) -> Shown {
        let ids: Vec<ConnectionId> = {
            let list = self.list();
            let fits = |live: &&Live| live.settings.signed_in && only.is_none_or(|only| only == live.settings.id);
            list.iter().filter(fits).map(|live| live.settings.id).collect()
        };
        let asked = asked.clone();
        let found = self.store.run(move |store| {
            let mut found = Vec::new();
            for id in ids {
                let people = match &asked {
                    Asked::Number(number) => store.copies_by_number(&key(id), number)?,
                    Asked::Text(text) => store.copies_by_text(&key(id), text, TEXT_LIMIT)?,
                };
                found.push((id, people));
            }
            Ok(found)
        });
        let found = match found.await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "copied people cannot be read");
                Vec::new()
            }
        };
        let mut shown = Vec::new();
        for (id, people) in found.into_iter().filter(|(_, people)| !people.is_empty()) {
            self.lookups.know(id, &people);
            shown.extend(self.tied(id, people).await);
        }
        shown
    }

    /// What a CRM said just now is newer than the copy.
    pub(super) fn keep_copies(self: &Arc<Self>, id: ConnectionId, people: &[RemotePerson]) {
        if people.is_empty() {
            return;
        }
        let (store, people) = (self.store.clone(), people.to_vec());
        tokio::spawn(async move {
            if let Err(error) = store.run(move |store| store.put_copies(&key(id), &people, true)).await {
                tracing::warn!(%error, "found people are not kept");
            }
        });
    }

    /// Tells how the copying stands, as long as it works.
    pub(super) fn follow_sync(self: &Arc<Self>, id: ConnectionId, sync: &Sync) {
        let (weak, mut progress) = (Arc::downgrade(self), sync.progress());
        tokio::spawn(async move {
            while progress.changed().await.is_ok() {
                let Some(connections) = weak.upgrade() else { return };
                // A page may tell of changes there.
                connections.with(id, |live| live.edits.iter().for_each(Edits::look));
            }
        });
    }
}

/// The copy of a connection's people.
pub(super) fn view(progress: &Progress) -> CopiesView {
    CopiesView {
        people: progress.copied.people,
        full: progress.copied.full,
        complete_at_ms: progress.copied.complete_at_ms,
        copying: progress.running,
        fault: progress.fault.as_ref().map(fault_of),
    }
}
