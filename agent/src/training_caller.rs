//! The training caller of the practice line, as a demo contact.

use std::collections::BTreeMap;

use crm::contact::{Channel, ChannelKind, Contact, ContactKind};
use crm::id::{ChannelId, ContactId, Origin};
use crm::store::{Store, StoreError};
use uuid::Uuid;

use crate::party;
use crate::port::practice::PracticeLine;

/// The demo contact of the training caller.
const CALLER: ContactId = ContactId(Uuid::from_u128(0x0190_0000_0000_7000_8000_6361_6c6c_6572));

/// Somebody has practised and not ended it: its demo data is there.
pub fn has_begun(store: &mut dyn Store) -> Result<bool, StoreError> {
    match store.contact(CALLER) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Puts the demo contact among the contacts, unless it is there.
pub fn put_once(store: &mut dyn Store, caller: &Contact, now_ms: i64) -> Result<(), StoreError> {
    if has_begun(store)? { Ok(()) } else { store.save_contact(caller, now_ms).map(drop) }
}

/// The demo contact, with the number that the line calls from.
pub fn contact(line: &PracticeLine, country: &str) -> Contact {
    let number = party::number(&line.caller_number, country);
    let channel =
        Channel { id: ChannelId(CALLER.0), kind: ChannelKind::Phone, raw: line.caller_number.clone(), number };
    Contact {
        id: CALLER,
        rev: 0,
        origin: Origin::Demo,
        kind: ContactKind::Contact,
        first_name: "Marcela".to_owned(),
        last_name: "Quesada".to_owned(),
        company: "Ferretería El Yunque".to_owned(),
        document_kind: None,
        document_number: None,
        vip: true,
        channels: vec![channel],
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    }
}
