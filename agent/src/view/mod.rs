//! Between the records of `crm`, the words of signalling and the views of `agent-api`.

mod chat;
mod edits;
mod form;
mod push;
mod remote;

pub use chat::{chat_view, message};
pub use edits::{Ties, crm_person_field};
pub use form::{further_value, record_form};
pub use push::card_push;
pub use remote::{clean, record_ref, remote_kind, remote_person, remote_ref};

use agent_api::call::{self as api, EndView, LineView, MatchView, PartyView};
use agent_api::card::{self as api_card, CardRow, SyncState};
use agent_api::contact::{self as api_contact, AddressView, ChannelView, ContactBrief, ContactView, FieldValue};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::Counts;
use agent_api::id::{AccountId, AddressId, CallId, ChannelId, ContactId, DispositionId};
use agent_api::remote::{RecordKind, RecordRef, Ticket};
use crm::call as crm_call_mod;
use crm::id::Origin;
use crm::matching::Match;
use crm::outbox;
use crm::phone::PhoneNumber;
use crm::store::StoreError;
use sip_stack::ua::{self, CodecKind};

use crate::settings::connection::{key, of_key};

/// The store's id of a call.
pub fn crm_call(call: CallId) -> crm::id::CallId {
    crm::id::CallId(call.0)
}

/// The store's id of a person.
pub fn crm_contact(contact: ContactId) -> crm::id::ContactId {
    crm::id::ContactId(contact.0)
}

/// Who began it.
pub fn direction(direction: crm_call_mod::Direction) -> api::Direction {
    match direction {
        crm_call_mod::Direction::Incoming => api::Direction::Incoming,
        crm_call_mod::Direction::Outgoing => api::Direction::Outgoing,
    }
}

/// Who began it, for the store.
pub fn crm_direction(direction: api::Direction) -> crm_call_mod::Direction {
    match direction {
        api::Direction::Incoming => crm_call_mod::Direction::Incoming,
        api::Direction::Outgoing => crm_call_mod::Direction::Outgoing,
    }
}

macro_rules! same_names {
    ($(#[$doc:meta])* $name:ident: $from:ty => $to:ty { $($variant:ident),* $(,)? }) => {
        $(#[$doc])*
        pub fn $name(value: $from) -> $to {
            match value { $(<$from>::$variant => <$to>::$variant),* }
        }
    };
}

same_names!(
    /// Why it ended, for the window.
    cause: crm_call_mod::EndCause => api::EndCause {
        Normal, Busy, Declined, NoAnswer, Cancelled, NotFound, Auth, Forbidden, Dns, Unreachable, Timeout, Tls, OwnCertificate, WebSocket,
        MediaIncompatible, Elsewhere, Internal,
    }
);
same_names!(
    /// Why it ended, for the store.
    crm_cause: ua::EndCause => crm_call_mod::EndCause {
        Normal, Busy, Declined, NoAnswer, Cancelled, NotFound, Auth, Forbidden, Dns, Unreachable, Timeout, Tls, OwnCertificate, WebSocket,
        MediaIncompatible, Elsewhere, Internal,
    }
);
same_names!(
    /// Who ended it, for the window.
    ended_by: crm_call_mod::EndedBy => api::EndedBy { Local, Remote, Network }
);
same_names!(
    /// Who ended it, for the store.
    crm_ended_by: ua::EndedBy => crm_call_mod::EndedBy { Local, Remote, Network }
);
same_names!(
    /// What became of a card.
    card_state: crm::card::CardState => api_card::CardState { Live, Unsaved, Saved, Dismissed, Expired, NotNeeded }
);
same_names!(
    /// Where a saved activity stands.
    sync: outbox::SyncState => SyncState { None, ThisComputer, Unknown, Waiting, Sent, Stuck }
);
same_names!(
    /// Which cards.
    crm_filter: api_card::CardFilter => crm::store::CardFilter {
        All, ToSave, Missed, ToReturn, FollowUp, Expired, Dismissed, History
    }
);
same_names!(
    /// What a person is.
    contact_kind: crm::contact::ContactKind => api_contact::ContactKind { Contact, Lead }
);
same_names!(
    /// What a person is, for the store.
    crm_contact_kind: api_contact::ContactKind => crm::contact::ContactKind { Contact, Lead }
);
same_names!(
    /// What a channel is.
    channel_kind: crm::contact::ChannelKind => api_contact::ChannelKind { Phone, Mobile, Email, Social }
);
same_names!(
    /// What a channel is, for the store.
    crm_channel_kind: api_contact::ChannelKind => crm::contact::ChannelKind { Phone, Mobile, Email, Social }
);

/// How it ended.
pub fn end(end: crm_call_mod::End) -> EndView {
    EndView { cause: cause(end.cause), sip_code: end.status, by: ended_by(end.by) }
}

/// The codec, for the eye.
pub fn codec(codec: CodecKind) -> &'static str {
    match codec {
        CodecKind::Opus => "Opus 48 kHz",
        CodecKind::G722 => "G.722 16 kHz",
        CodecKind::Pcma => "G.711 A 8 kHz",
        CodecKind::Pcmu => "G.711 µ 8 kHz",
    }
}

/// The other side.
pub fn party(other: &crm_call_mod::Party) -> PartyView {
    let (e164, country) = match &other.number {
        Some(PhoneNumber::Full { e164, country, .. }) => (Some(e164.clone()), country.clone()),
        _ => (None, None),
    };
    let number = other.number.as_ref().map_or_else(|| crate::party::for_the_eye(&other.raw), PhoneNumber::display);
    PartyView { number, e164, country, network_name: other.network_name.clone() }
}

/// The line; `label` is today's name of it, if it still exists.
pub fn line(line: &crm_call_mod::Line, label: Option<&str>) -> LineView {
    LineView {
        account: AccountId(line.account.0),
        label: label.unwrap_or(&line.label).to_owned(),
        called_number: line.called_number.clone(),
        call_center: line.call_center.clone(),
        color: line.color.clone(),
    }
}

/// A person in short.
pub fn brief(brief: crm::contact::ContactBrief) -> ContactBrief {
    ContactBrief {
        id: ContactId(brief.id.0),
        kind: contact_kind(brief.kind),
        name: brief.name,
        initials: brief.initials,
        company: brief.company,
        vip: brief.vip,
        phone: brief.phone,
        email: brief.email,
        last_call_at_ms: brief.last_call_at_ms,
        last_disposition: brief.last_disposition,
        do_not_call: brief.do_not_call,
        demo: brief.origin == Origin::Demo,
    }
}

/// Who a number may be.
pub fn matches(found: Match) -> MatchView {
    match found {
        Match::None => MatchView::None,
        Match::One { contact } => MatchView::One { contact: brief(contact) },
        Match::Several { contacts } => MatchView::Several { contacts: contacts.into_iter().map(brief).collect() },
    }
}

/// Everything about a person.
pub fn contact(contact: crm::contact::Contact, short: crm::contact::ContactBrief, ties: Ties) -> ContactView {
    let edits = edits::edits(&contact, &ties.ties);
    let record = |(key, record): &(String, crm::connector::RemoteRef)| Some(record_ref(of_key(key)?, record));
    ContactView {
        brief: brief(short),
        first_name: contact.first_name,
        last_name: contact.last_name,
        company: contact.company,
        document_kind: contact.document_kind,
        document_number: contact.document_number,
        channels: contact.channels.into_iter().map(channel).collect(),
        addresses: contact.addresses.into_iter().map(address).collect(),
        custom: contact.custom.into_iter().map(|(key, value)| FieldValue { key, value }).collect(),
        records: ties.links.iter().filter_map(record).collect(),
        edits,
        rev: contact.rev,
    }
}

fn channel(channel: crm::contact::Channel) -> ChannelView {
    let (e164, extension) = match &channel.number {
        Some(PhoneNumber::Full { e164, extension, .. }) => (Some(e164.clone()), extension.clone()),
        Some(PhoneNumber::Extension { digits }) => (None, Some(digits.clone())),
        Some(PhoneNumber::Other { .. }) | None => (None, None),
    };
    let display = channel.number.as_ref().map_or_else(|| channel.raw.clone(), PhoneNumber::display);
    let kind = channel_kind(channel.kind);
    ChannelView { id: Some(ChannelId(channel.id.0)), kind, raw: channel.raw, display, e164, extension }
}

fn address(address: crm::contact::Address) -> AddressView {
    AddressView {
        id: Some(AddressId(address.id.0)),
        street: address.street,
        number: address.number,
        complement: address.complement,
        district: address.district,
        city: address.city,
        region: address.region,
        postal_code: address.postal_code,
        country: address.country,
        reference: address.reference,
    }
}

/// What is written.
pub fn draft(draft: crm::card::Draft) -> agent_api::draft::Draft {
    agent_api::draft::Draft {
        contact: draft.contact.map(|id| ContactId(id.0)),
        subject: draft.subject,
        comment: draft.comment,
        disposition: draft.disposition.map(|id| DispositionId(id.0)),
        ticket: draft.ticket.and_then(|ticket| {
            let connection = of_key(&ticket.connector)?;
            let record = RecordRef { connection, kind: RecordKind::Ticket, id: ticket.id };
            Some(Ticket { record, number: ticket.number, subject: ticket.subject })
        }),
    }
}

/// What is written, for the store.
pub fn crm_draft(draft: agent_api::draft::Draft) -> crm::card::Draft {
    crm::card::Draft {
        contact: draft.contact.map(crm_contact),
        subject: draft.subject,
        comment: draft.comment,
        disposition: draft.disposition.map(|id| crm::id::DispositionId(id.0)),
        ticket: draft.ticket.map(|Ticket { record, number, subject }| crm::card::DraftTicket {
            connector: key(record.connection),
            id: record.id,
            number,
            subject,
        }),
    }
}

/// The words of the chosen outcome as the agent saw them; none where none is chosen.
pub fn outcome(words: Option<String>, draft: &crm::card::Draft) -> Option<String> {
    words.filter(|_| draft.disposition.is_some()).as_deref().and_then(crm::text::clean_label)
}

/// A row of cards or history.
pub fn row(row: crm::card::CardRow) -> CardRow {
    let (card, record) = (&row.card, &row.card.record);
    CardRow {
        call: CallId(record.id.0),
        direction: direction(record.direction),
        missed: record.missed(),
        party: party(&record.party),
        line: line(&record.line, None),
        own_number: record.own_number.clone(),
        possible_contacts: row.possible_contacts,
        started_at_ms: record.started_at_ms,
        duration_s: record.duration_s(),
        state: card_state(card.state),
        has_draft: card.has_draft(),
        expires_at_ms: card.expires_at_ms(),
        sync: sync(row.sync),
        pushes: row.pushes.into_iter().filter_map(card_push).collect(),
        end: record.end.map(end),
        recorded: false,
        demo: record.origin == Origin::Demo,
        contact: row.contact.map(brief),
        disposition: row.disposition,
    }
}

/// Numbers beside sections.
pub fn counts(counts: crm::store::Counts) -> Counts {
    let crm::store::Counts { to_save, missed, to_send, unread_chats } = counts;
    Counts { to_save, missed, to_send, unread_chats }
}

/// An outcome to choose.
pub fn disposition(disposition: crm::disposition::Disposition) -> api_card::DispositionView {
    api_card::DispositionView {
        id: DispositionId(disposition.id.0),
        builtin: disposition.builtin.then(|| disposition.name.clone()),
        name: disposition.name,
        needs_no_contact: disposition.needs_no_contact,
        do_not_call: disposition.do_not_call,
    }
}

/// A store's refusal, in the boundary's words.
pub fn store_error(error: &StoreError) -> ApiError {
    ApiError::new(match error {
        StoreError::Blocked(crm::card::SaveBlocked::NeedsContact) => {
            return ApiError::about(ErrorCode::Required, "contact");
        }
        StoreError::Blocked(crm::card::SaveBlocked::CallLive) => {
            return ApiError::about(ErrorCode::WrongState, "call_live");
        }
        StoreError::Blocked(crm::card::SaveBlocked::AlreadySaved) => ErrorCode::WrongState,
        StoreError::NotFound => ErrorCode::NotFound,
        StoreError::Conflict => ErrorCode::Conflict,
        StoreError::WrongState => ErrorCode::WrongState,
        StoreError::BadCursor => ErrorCode::BadRequest,
        StoreError::Full => ErrorCode::DiskFull,
        StoreError::Locked => ErrorCode::DatabaseLocked,
        StoreError::Corrupt | StoreError::Failed(_) => ErrorCode::DatabaseFailed,
    })
}
