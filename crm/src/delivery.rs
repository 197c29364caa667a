//! One push on its way to a CRM: who it was with, then the entry; and what each fault means for the push and its connection.
//!
//! ```text
//! linked? ─no─► number there? ─one──► link ─► log ─► Sent
//!    │               ├─ several ──► by name, else refused: the agent chooses
//!    │               └─ nobody ───► made by an earlier try? ─no─► create ─► link ─► log
//!    └────────────────────────────────────────► log ── record gone ─► link again, else without person
//! ```
//! The link is stored before the entry is sent, so that a person is not created twice.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::connector::{Connector, Fault, Further, LogEntry, NewPerson, PersonField, RemotePerson, RemoteRef};
use crate::contact::{ChannelKind, Contact, ContactKind};
use crate::id::ContactId;
use crate::outbox::{OutboxItem, OutboxState, Outcome, retry_delay_ms};
use crate::phone::PhoneNumber;
use crate::store::StoreError;
use crate::text;

/// When a CRM whose daily allowance is used up is tried again, if it does not tell.
const LIMIT_PAUSE: Duration = Duration::from_secs(15 * 60);
/// The longest that a CRM which does not answer is left alone: what waits goes soon after it is back.
const UNREACHED_MAX_MS: i64 = 60_000;
/// The code of a push that several people of the CRM may be meant by.
pub const AMBIGUOUS: &str = "ambiguous_person";
/// Before the code of a refusal that is about the person, not about the entry.
pub const OF_PERSON: &str = "person/";

/// Keeps which record of the CRM a contact is.
pub trait Links: Send + Sync {
    /// Keeps or forgets the record; durable when it returns.
    fn keep<'a>(
        &'a self,
        contact: ContactId,
        remote: Option<&'a RemoteRef>,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;
}

/// A push with all that is known about it.
#[derive(Clone, Debug)]
pub struct Push {
    /// The row, in flight or unknown.
    pub item: OutboxItem,
    /// With whom, as written here.
    pub person: Option<Contact>,
    /// Which record that is, if it is known.
    pub link: Option<RemoteRef>,
    /// What the organisation requires of the person besides, if the person is to be created there.
    pub further: Option<Further>,
    /// Name of the outcome.
    pub disposition: Option<String>,
    /// The ticket that it is about.
    pub ticket: Option<RemoteRef>,
    /// Minutes that the agent's clock is ahead of UTC.
    pub utc_offset_min: i32,
}

/// When a try is made.
#[derive(Clone, Copy, Debug)]
pub struct Try {
    /// Now, UTC.
    pub now_ms: i64,
    /// From the caller's generator, 0 to 1.
    pub jitter: f64,
}

/// What the whole connection does after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// The next push may go.
    None,
    /// Nothing is sent before this moment, UTC.
    Until(i64),
    /// Nothing is sent before the person has signed in.
    SignIn,
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// For the row.
    pub outcome: Outcome,
    /// For the connection.
    pub pause: Pause,
}

/// Sends a push, or finds out what became of one whose answer was lost.
///
/// # Errors
/// The link cannot be stored; nothing was sent after that.
pub async fn deliver(
    connector: &dyn Connector,
    links: &dyn Links,
    push: &Push,
    at: Try,
) -> Result<Delivery, StoreError> {
    let unknown = push.item.state == OutboxState::Unknown;
    if unknown && !connector.abilities().logs_once {
        // Where the same entry can be made twice, it is looked for before it is sent again.
        return Ok(match connector.look_up(push.item.id, push.link.as_ref()).await {
            Ok(Some(found)) => sent(found),
            Ok(None) => Delivery { outcome: Outcome::NotThere, pause: Pause::None },
            Err(fault) if fault.passes() => judged(&fault, push, at),
            // Nobody says whether it is there: it stays unknown, for the person to see, and is never sent on a guess.
            Err(fault) => {
                let at_ms = at.now_ms.saturating_add(delay_ms(push, at));
                Delivery { outcome: Outcome::Retry { at_ms, error: fault.code() }, pause: Pause::None }
            }
        });
    }
    let who = match settle_who(connector, links, push).await? {
        Ok(who) => who,
        Err(stop) => return Ok(stop.delivery(push, at)),
    };
    let mut entry = entry(push, who);
    match connector.log(&entry).await {
        Err(Fault::NotFound) if entry.who.is_some() => {}
        Ok(record) => return Ok(sent(record)),
        Err(fault) => return Ok(judged(&fault, push, at)),
    }
    // The person was converted, merged or removed there.
    if let Some(person) = &push.person {
        links.keep(person.id, None).await?;
    }
    entry.who = match find(connector, push).await {
        Ok(found) => found,
        Err(Stop::Ambiguous) => None,
        Err(stop) => return Ok(stop.delivery(push, at)),
    };
    if let (Some(person), Some(who)) = (&push.person, &entry.who) {
        links.keep(person.id, Some(who)).await?;
    }
    match connector.log(&entry).await {
        Ok(record) => Ok(sent(record)),
        Err(fault) => Ok(judged(&fault, push, at)),
    }
}

/// Why a push stops before its entry.
enum Stop {
    Ambiguous,
    Fault(Fault),
}

impl Stop {
    fn delivery(self, push: &Push, at: Try) -> Delivery {
        match self {
            Self::Ambiguous => refused(AMBIGUOUS.to_owned()),
            Self::Fault(fault) => {
                let mut delivery = judged(&fault, push, at);
                if let Outcome::Refused { error } = &mut delivery.outcome {
                    error.insert_str(0, OF_PERSON);
                }
                delivery
            }
        }
    }
}

/// The record of the person, made if there is none; its link is stored.
async fn settle_who(
    connector: &dyn Connector,
    links: &dyn Links,
    push: &Push,
) -> Result<Result<Option<RemoteRef>, Stop>, StoreError> {
    let Some(person) = push.person.as_ref().filter(|_| connector.abilities().people) else { return Ok(Ok(None)) };
    if push.link.is_some() {
        return Ok(Ok(push.link.clone()));
    }
    let found = match find(connector, push).await {
        Ok(Some(found)) => found,
        Ok(None) => match make(connector, person, push.further.as_ref()).await {
            Ok(made) => made,
            Err(stop) => return Ok(Err(stop)),
        },
        Err(stop) => return Ok(Err(stop)),
    };
    links.keep(person.id, Some(&found)).await?;
    Ok(Ok(Some(found)))
}

/// Who there has one of the person's numbers: the only one, or the only one of the same name.
async fn find(connector: &dyn Connector, push: &Push) -> Result<Option<RemoteRef>, Stop> {
    let Some(person) = &push.person else { return Ok(None) };
    let mut found: Vec<RemotePerson> = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    for number in person.channels.iter().filter_map(|channel| channel.number.as_ref()) {
        if number.e164().is_none() || asked.contains(&number.match_key()) {
            continue;
        }
        asked.push(number.match_key());
        for one in connector.find_by_number(number).await.map_err(Stop::Fault)? {
            if !found.iter().any(|known| known.record == one.record) {
                found.push(one);
            }
        }
    }
    if found.len() > 1 {
        let name = text::fold(&person.name());
        let mut named = found.iter().filter(|one| text::fold(&one.name) == name);
        let only = named.next().filter(|_| named.next().is_none()).cloned();
        return only.map(|one| Some(one.record)).ok_or(Stop::Ambiguous);
    }
    Ok(found.pop().map(|one| one.record))
}

async fn make(connector: &dyn Connector, person: &Contact, further: Option<&Further>) -> Result<RemoteRef, Stop> {
    let Further { record_type, values: further } = further.cloned().unwrap_or_default();
    let new = NewPerson { record_type, further, ..new_person(person) };
    // An earlier try, of this push or of another with the same person, may have made it, and a search index may not know yet.
    if let Some(found) = connector.find_created(&new).await.map_err(Stop::Fault)? {
        return Ok(found);
    }
    match connector.create(&new).await {
        Ok(made) => Ok(made),
        Err(Fault::Duplicate { existing }) => match <[RemoteRef; 1]>::try_from(existing) {
            Ok([only]) => Ok(only),
            Err(_) => Err(Stop::Ambiguous),
        },
        Err(fault) => Err(Stop::Fault(fault)),
    }
}

/// A person of ours as one to be created there.
pub fn new_person(person: &Contact) -> NewPerson {
    let phones = person.channels.iter().filter(|c| matches!(c.kind, ChannelKind::Phone | ChannelKind::Mobile));
    NewPerson {
        lead: person.kind == ContactKind::Lead,
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        company: person.company.clone(),
        phones: phones
            .map(|c| c.number.as_ref().and_then(PhoneNumber::e164).map_or_else(|| c.raw.clone(), str::to_owned))
            .collect(),
        email: person.channels.iter().find(|c| c.kind == ChannelKind::Email).map(|c| c.raw.clone()),
        record_type: None,
        further: Vec::new(),
    }
}

/// Whether a person of ours fills a field there.
pub fn has(person: &Contact, field: PersonField) -> bool {
    let new = new_person(person);
    let text = match field {
        PersonField::FirstName => new.first_name,
        PersonField::LastName => new.last_name,
        PersonField::Company => new.company,
        PersonField::Phone => new.phones.first().cloned().unwrap_or_default(),
        PersonField::Mobile => new.phones.get(1).cloned().unwrap_or_default(),
        PersonField::Email => new.email.unwrap_or_default(),
    };
    !text.trim().is_empty()
}

/// The entry of a push.
pub fn entry(push: &Push, who: Option<RemoteRef>) -> LogEntry {
    let activity = &push.item.payload;
    let party = &activity.record.party;
    LogEntry {
        id: push.item.id,
        subject: activity.draft.subject.clone(),
        comment: activity.draft.comment.clone(),
        disposition: push.disposition.clone(),
        direction: activity.record.direction,
        answered: activity.record.answered_at_ms.is_some(),
        started_at_ms: activity.record.started_at_ms,
        utc_offset_min: push.utc_offset_min,
        talk_ms: activity.record.talk_ms,
        number: party.number.as_ref().map(|number| number.dial().to_owned()),
        name: push.person.as_ref().map(Contact::name),
        who,
        ticket: push.ticket.clone(),
        further: activity.further.clone(),
    }
}

fn sent(record: RemoteRef) -> Delivery {
    Delivery { outcome: Outcome::Sent { remote_id: record.id }, pause: Pause::None }
}

fn refused(error: String) -> Delivery {
    Delivery { outcome: Outcome::Refused { error }, pause: Pause::None }
}

/// Chance's part of a pause. Never nothing: a CRM that is up and down again is not asked in a circle.
fn part(at: Try) -> f64 {
    0.5 + at.jitter / 2.0
}

/// How long the push itself waits.
fn delay_ms(push: &Push, at: Try) -> i64 {
    retry_delay_ms(push.item.attempt, part(at))
}

/// What a fault means for the push and for the connection.
fn judged(fault: &Fault, push: &Push, at: Try) -> Delivery {
    let error = fault.code();
    let in_ms = |pause: Duration| at.now_ms.saturating_add(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
    let delay_ms = delay_ms(push, at);
    let again_ms = at.now_ms.saturating_add(delay_ms);
    let back_ms = at.now_ms.saturating_add(delay_ms.min((UNREACHED_MAX_MS as f64 * part(at)) as i64));
    match fault {
        Fault::SignIn => Delivery { outcome: Outcome::Retry { at_ms: at.now_ms, error }, pause: Pause::SignIn },
        Fault::Limit { after } => {
            let at_ms = in_ms(after.unwrap_or(LIMIT_PAUSE));
            Delivery { outcome: Outcome::Retry { at_ms, error }, pause: Pause::Until(at_ms) }
        }
        Fault::Busy { after: Some(after) } => {
            let at_ms = in_ms(*after);
            Delivery { outcome: Outcome::Retry { at_ms, error }, pause: Pause::Until(at_ms) }
        }
        // A lock is of one record: others may go.
        Fault::Busy { after: None } => {
            Delivery { outcome: Outcome::Retry { at_ms: again_ms, error }, pause: Pause::None }
        }
        Fault::Unreachable | Fault::ProxySignIn => {
            Delivery { outcome: Outcome::Retry { at_ms: back_ms, error }, pause: Pause::Until(back_ms) }
        }
        // It may be the CRM that is gone, or this one entry that it stumbles over: only that one waits for longer.
        Fault::Lost => Delivery { outcome: Outcome::Lost { at_ms: again_ms, error }, pause: Pause::Until(back_ms) },
        Fault::Invalid { .. }
        | Fault::Duplicate { .. }
        | Fault::Stale
        | Fault::NotFound
        | Fault::Forbidden { .. }
        | Fault::NotOffered
        | Fault::NotUnderstood => refused(error),
    }
}

#[cfg(test)]
mod tests;
