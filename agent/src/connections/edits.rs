//! Changes of people who are both here and in a CRM.

use std::sync::Arc;

use agent_api::event::{DataTag, EventBody};
use agent_api::id::ConnectionId;

use super::Connections;
use crate::desk::Input;
use crate::edits::{Edits, People};
use crate::port::connect::Way;
use crate::settings::connection::key;

impl Connections {
    /// Brings changes there and here from now on, if records can be changed there.
    pub(super) fn begin_edits(self: &Arc<Self>, id: ConnectionId, way: &Way, country: &str) -> Option<Edits> {
        let connector = way.connector.clone().filter(|connector| connector.abilities().edits)?;
        let people = People { name: key(id), connector, country: country.to_owned() };
        let edits = Edits::start(self.store.clone(), Arc::clone(&self.clock), people);
        self.follow_edits(id, &edits);
        Some(edits)
    }

    /// Somebody was changed here, or the agent decided.
    pub fn look_at_edits(&self) {
        self.list().iter().filter_map(|live| live.edits.as_ref()).for_each(Edits::look);
    }

    /// Tells what comes of it, as long as it works.
    fn follow_edits(self: &Arc<Self>, id: ConnectionId, edits: &Edits) {
        let (weak, mut settled) = (Arc::downgrade(self), edits.settled());
        tokio::spawn(async move {
            while settled.changed().await.is_ok() {
                let Some(connections) = weak.upgrade() else { return };
                connections.recount(id).await;
                if let Some(inbox) = connections.inbox.upgrade() {
                    inbox.tell(Input::Tell(Box::new(EventBody::Changed(DataTag::Contacts))));
                }
            }
        });
    }
}
