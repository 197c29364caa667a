//! What somebody has open in the CRMs.

use std::sync::{Arc, Weak};

use agent_api::error::ApiError;
use agent_api::id::ConnectionId;
use agent_api::remote::{FindTickets, Ticket, Tickets};
use crm::connector::{Fault, RemoteRef, RemoteTicket};
use crm::contact::Contact;
use crm::phone::PhoneNumber;
use tokio::task::JoinSet;

use super::lookup::known;
use super::{Asked, Connections};
use crate::agent::Agent;
use crate::port::connect::{Way, fault_of};
use crate::settings::connection::key;
use crate::view;
use crate::view::{clean, record_ref};

impl Agent {
    /// Answers when all CRMs that have tickets have answered or failed.
    pub(crate) async fn do_find_tickets(&self, request: FindTickets) -> Result<Tickets, ApiError> {
        let contact = view::crm_contact(request.contact);
        let person = Arc::new(self.books(move |store| store.contact(contact)).await?);
        let ways = self.inner.connections.ways_to_people();
        let mut answers = JoinSet::new();
        for (place, (id, way)) in ways.into_iter().filter(|(_, way)| way.abilities().tickets).enumerate() {
            let (connections, person) = (Arc::downgrade(&self.inner.connections), Arc::clone(&person));
            answers.spawn(async move { (place, id, of_person(&connections, id, &way, &person).await) });
        }
        let mut told = Vec::new();
        while let Some(answer) = answers.join_next().await {
            // A task that ended otherwise belongs to a program that ends.
            told.extend(answer);
        }
        told.sort_by_key(|(place, ..)| *place);
        let mut tickets = Tickets::default();
        for (_, id, answer) in told {
            match answer {
                Ok(found) => tickets.list.extend(found.iter().map(|ticket| shown(id, ticket))),
                Err(()) => tickets.failed.push(id),
            }
        }
        Ok(tickets)
    }
}

fn shown(connection: ConnectionId, ticket: &RemoteTicket) -> Ticket {
    let record = record_ref(connection, &ticket.record);
    Ticket { record, number: clean(&ticket.number), subject: clean(&ticket.subject) }
}

async fn of_person(
    connections: &Weak<Connections>,
    id: ConnectionId,
    way: &Way,
    person: &Contact,
) -> Result<Vec<RemoteTicket>, ()> {
    let Some(connector) = &way.connector else { return Ok(Vec::new()) };
    let Some(who) = who(connections, id, way, person).await? else { return Ok(Vec::new()) };
    match connector.tickets(&who).await {
        Ok(tickets) => Ok(tickets),
        // Converted or merged there meanwhile, or leads have none.
        Err(Fault::NotFound | Fault::NotOffered) => Ok(Vec::new()),
        Err(fault) => {
            tracing::debug!(code = fault.code(), "a CRM does not tell somebody's tickets");
            connections.upgrade().ok_or(())?.trouble(id, Some(fault_of(&fault)));
            Err(())
        }
    }
}

/// The record that a contact is tied to; else the only one who has the contact's first number there.
async fn who(
    connections: &Weak<Connections>,
    id: ConnectionId,
    way: &Way,
    person: &Contact,
) -> Result<Option<RemoteRef>, ()> {
    let contact = person.id;
    let store = connections.upgrade().ok_or(())?.store.clone();
    let linked = store.run(move |store| store.remote_link(&key(id), contact)).await.map_err(drop)?;
    if linked.is_some() {
        return Ok(linked);
    }
    let mut numbers = person.channels.iter().filter_map(|channel| channel.number.as_ref());
    let Some(number) = numbers.find(|number: &&PhoneNumber| number.e164().is_some()) else { return Ok(None) };
    let found = known(connections, id, way, &Asked::Number(number.clone())).await?;
    Ok(<[_; 1]>::try_from(found).ok().map(|[only]| only.record))
}
