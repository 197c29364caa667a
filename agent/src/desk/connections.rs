//! What the CRMs say: who calls, and how they stand themselves.

use agent_api::call::MatchView;
use agent_api::card::DispositionView;
use agent_api::connection::{ConnectionState, Connections};
use agent_api::event::{DataTag, EventBody};
use agent_api::id::CallId;
use agent_api::remote::{RemoteMatches, RemoteSearch};
use crm::id::Origin;
use crm::phone::PhoneNumber;

use super::{Desk, Effect};

impl Desk {
    pub(super) fn take_connections(&mut self, connections: Connections) {
        if connections != self.connections {
            self.connections = connections.clone();
            self.emit(EventBody::Connections(connections));
        }
    }

    pub(super) fn take_dispositions(&mut self, dispositions: Vec<DispositionView>) {
        if dispositions != self.dispositions {
            self.dispositions = dispositions;
            self.emit(EventBody::Changed(DataTag::Dispositions));
        }
    }

    /// Asks who has the number of a call, here first; calls of the practice line are nobody else's business.
    pub(super) fn look_up(&mut self, call: CallId, number: PhoneNumber, origin: Origin) {
        self.effects.push(Effect::Lookup { call, number: number.clone(), origin });
        if origin == Origin::Live && number.e164().is_some() && self.somebody_knows_people() {
            if let Some(live) = self.calls.get_mut(&call) {
                let searching = || RemoteMatches { search: RemoteSearch::Searching, people: vec![], failed: vec![] };
                live.remote.get_or_insert_with(searching);
            }
            self.effects.push(Effect::LookupRemote { call, number });
        }
    }

    pub(super) fn found_remote(&mut self, call: CallId, matches: RemoteMatches) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        if live.remote.as_ref() != Some(&matches) {
            live.remote = Some(matches);
            // Who is known here comes first; that answer shows both.
            if live.matches != MatchView::Searching {
                self.show(call);
            }
        }
    }

    fn somebody_knows_people(&self) -> bool {
        self.connections.list.iter().any(|one| one.can.people && one.state != ConnectionState::SignedOut)
    }
}
