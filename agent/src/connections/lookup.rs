//! Asking the CRMs who somebody is: all at once, each answer shown when it comes.
//!
//! ```text
//! asked ─► copied people ─► shown                     1.5 s: «Late», nobody waits any more
//!      ├─► kept for a minute? ─► that
//!      └─► each connection ─► answer or fault ─► tied to people here? ─► shown: in their rows, or below the others
//! ```
//! An answer of nobody is kept as well: a caller who rings again is not asked for again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use agent_api::id::ConnectionId;
use agent_api::remote::{RecordRef, RemoteMatches, RemoteSearch};
use crm::connector::{Fault, RemotePerson, RemoteRef};
use crm::phone::PhoneNumber;
use tokio::task::JoinSet;

use super::Connections;
use crate::port::clock::Clock;
use crate::port::connect::{Way, fault_of};
use crate::settings::connection::key;
use crate::view;

/// What a pop-up waits for.
const BUDGET: Duration = Duration::from_millis(1500);
/// For how long an answer counts.
const KEPT: Duration = Duration::from_secs(60);
/// For how long somebody who was found can be taken.
const KNOWN: Duration = Duration::from_secs(60 * 60);
/// The most answers, and the most people, that are kept.
const MANY: usize = 1000;
/// The most people of one CRM for a text.
pub(super) const TEXT_LIMIT: u32 = 20;

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// Who has a number.
    Number(PhoneNumber),
    /// Who is called so.
    Text(String),
}

impl Asked {
    fn key(&self) -> String {
        match self {
            Self::Number(number) => format!("number:{}", number.match_key()),
            Self::Text(text) => format!("text:{}", crm::text::fold(text)),
        }
    }
}

type Kept<K, V> = Mutex<HashMap<K, (Instant, V)>>;

/// What was answered lately.
pub(crate) struct Lookups {
    clock: Arc<dyn Clock>,
    answers: Kept<(ConnectionId, String), Vec<RemotePerson>>,
    people: Kept<(ConnectionId, RemoteRef), RemotePerson>,
}

impl Lookups {
    /// Nothing was answered yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, answers: Mutex::default(), people: Mutex::default() }
    }

    /// Whether what was answered at `at` still counts.
    fn counts(&self, at: Instant, life: Duration) -> bool {
        self.clock.now().mono.saturating_duration_since(at) < life
    }

    /// Somebody who was found lately.
    pub fn person(&self, record: &RecordRef) -> Option<RemotePerson> {
        let key = (record.connection, view::remote_ref(record));
        locked(&self.people).get(&key).filter(|(at, _)| self.counts(*at, KNOWN)).map(|(_, person)| person.clone())
    }

    /// Nothing of a connection is known any more.
    pub fn forget(&self, id: ConnectionId) {
        locked(&self.answers).retain(|(of, _), _| *of != id);
        locked(&self.people).retain(|(of, _), _| *of != id);
    }

    fn answer(&self, id: ConnectionId, asked: &Asked) -> Option<Vec<RemotePerson>> {
        let kept = locked(&self.answers);
        kept.get(&(id, asked.key())).filter(|(at, _)| self.counts(*at, KEPT)).map(|(_, people)| people.clone())
    }

    fn keep(&self, id: ConnectionId, asked: &Asked, people: &[RemotePerson]) {
        put(&mut locked(&self.answers), KEPT, (id, asked.key()), (self.clock.now().mono, people.to_vec()));
        self.know(id, people);
    }

    /// These can be taken from now on.
    pub(super) fn know(&self, id: ConnectionId, people: &[RemotePerson]) {
        let now = self.clock.now().mono;
        let mut known = locked(&self.people);
        for person in people {
            put(&mut known, KNOWN, (id, person.record.clone()), (now, person.clone()));
        }
    }
}

fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn put<K: Eq + std::hash::Hash, V>(kept: &mut HashMap<K, (Instant, V)>, life: Duration, key: K, value: (Instant, V)) {
    if kept.len() >= MANY {
        let now = value.0;
        kept.retain(|_, (at, _)| now.saturating_duration_since(*at) < life);
    }
    if kept.len() >= MANY {
        kept.clear();
    }
    kept.insert(key, value);
}

/// Asks all who can be asked, or `only` one of them, and shows every step, the last one with [`RemoteSearch::Done`]. It keeps
/// nobody alive.
pub(crate) async fn look_up(
    connections: Weak<Connections>,
    asked: Asked,
    only: Option<ConnectionId>,
    show: impl Fn(&RemoteMatches),
) {
    let Some((mut ways, late)) = connections.upgrade().map(|one| (one.ways_to_people(), one.clock.after(BUDGET)))
    else {
        return;
    };
    ways.retain(|(id, _)| only.is_none_or(|only| only == *id));
    let mut matches = RemoteMatches { search: RemoteSearch::Searching, people: Vec::new(), failed: Vec::new() };
    let mut answers = JoinSet::new();
    for (id, way) in ways {
        let (connections, asked) = (Weak::clone(&connections), asked.clone());
        answers.spawn(async move { (id, ask(&connections, id, &way, &asked).await) });
    }
    // The CRMs are on their way meanwhile.
    let Some(copies) = connections.upgrade() else { return };
    matches.people = copies.copies(&asked, only).await;
    drop(copies);
    if !matches.people.is_empty() {
        show(&matches);
    }
    let mut late = late;
    loop {
        tokio::select! {
            answer = answers.join_next() => {
                let Some(answer) = answer else { break };
                // A task that ended otherwise belongs to a program that ends.
                let Ok((id, answer)) = answer else { continue };
                match answer {
                    Ok(people) => merge(&mut matches.people, people),
                    Err(()) => matches.failed.push(id),
                }
                if !answers.is_empty() {
                    show(&matches);
                }
            }
            () = &mut late, if matches.search == RemoteSearch::Searching => {
                matches.search = RemoteSearch::Late;
                show(&matches);
            }
        }
    }
    matches.search = RemoteSearch::Done;
    show(&matches);
}

pub(super) type Shown = Vec<agent_api::remote::RemotePerson>;

/// What a CRM says takes the place of what was copied of it; who is new comes below.
fn merge(shown: &mut Shown, people: Shown) {
    for person in people {
        match shown.iter_mut().find(|row| row.record == person.record) {
            Some(row) => *row = person,
            None => shown.push(person),
        }
    }
}

/// Asks one of them, unless its last answer still counts.
async fn ask(connections: &Weak<Connections>, id: ConnectionId, way: &Way, asked: &Asked) -> Result<Shown, ()> {
    let people = known(connections, id, way, asked).await?;
    let connections = connections.upgrade().ok_or(())?;
    Ok(connections.tied(id, people).await)
}

/// Everybody it knows, as it has them.
pub(super) async fn known(
    connections: &Weak<Connections>,
    id: ConnectionId,
    way: &Way,
    asked: &Asked,
) -> Result<Vec<RemotePerson>, ()> {
    let kept = connections.upgrade().and_then(|connections| connections.lookups.answer(id, asked));
    match kept {
        Some(people) => Ok(people),
        None => {
            let answer = match asked {
                Asked::Number(number) => way.directory.find_by_number(number).await,
                Asked::Text(text) => way.directory.find_by_text(text, TEXT_LIMIT).await,
            };
            // It can only be copied.
            let only_copied = way.copying.is_some() && answer == Err(Fault::NotOffered);
            let answer = if only_copied { Ok(Vec::new()) } else { answer };
            connections.upgrade().ok_or(())?.noted(id, asked, answer)
        }
    }
}

impl Connections {
    fn noted(
        self: &Arc<Self>,
        id: ConnectionId,
        asked: &Asked,
        answer: Result<Vec<RemotePerson>, Fault>,
    ) -> Result<Vec<RemotePerson>, ()> {
        match answer {
            Ok(people) => {
                self.lookups.keep(id, asked, &people);
                self.keep_copies(id, &people);
                self.trouble(id, None);
                Ok(people)
            }
            Err(fault) => {
                tracing::debug!(code = fault.code(), "a CRM does not say who it is");
                self.trouble(id, Some(fault_of(&fault)));
                Err(())
            }
        }
    }

    /// People with the contacts here that they are tied to.
    pub(super) async fn tied(self: &Arc<Self>, id: ConnectionId, people: Vec<RemotePerson>) -> Shown {
        let records: Vec<RemoteRef> = people.iter().map(|person| person.record.clone()).collect();
        let linked = self.store.run(move |store| store.linked(&key(id), &records)).await.unwrap_or_default();
        let here = |record: &RemoteRef| linked.iter().find(|(of, _)| of == record).map(|(_, contact)| *contact);
        people.iter().map(|person| view::remote_person(id, person, here(&person.record))).collect()
    }
}

#[cfg(test)]
mod tests;
