//! How edits of a person stand with CRMs.

use agent_api::edit::{ClashView, EditsView, PersonField};
use crm::connector::{self, RemoteRef};
use crm::contact::Contact;
use crm::store::TieState;

use super::push::reason;
use super::remote::clean;
use crate::settings::connection::of_key;

/// The records that somebody is in CRMs, and how edits stand there; by connections' keys.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    /// The records.
    pub links: Vec<(String, RemoteRef)>,
    /// How edits stand.
    pub ties: Vec<TieState>,
}

/// Those with which not all is well.
pub(super) fn edits(contact: &Contact, ties: &[TieState]) -> Vec<EditsView> {
    let view = |tie: &TieState| {
        let ours = tie.base.fields_of(contact);
        let clash = |(field, there): (&connector::PersonField, &String)| ClashView {
            field: person_field(*field),
            here: ours.get(field).cloned().unwrap_or_default(),
            there: clean(there),
        };
        Some(EditsView {
            connection: of_key(&tie.connector)?,
            waiting: tie.waiting,
            refused: tie.refusal.as_deref().map(reason),
            clashes: tie.clashes.iter().map(clash).collect(),
        })
    };
    let views = ties.iter().filter_map(view);
    views.filter(|view| view.waiting || view.refused.is_some() || !view.clashes.is_empty()).collect()
}

/// A field, for the window.
fn person_field(field: connector::PersonField) -> PersonField {
    match field {
        connector::PersonField::FirstName => PersonField::FirstName,
        connector::PersonField::LastName => PersonField::LastName,
        connector::PersonField::Company => PersonField::Company,
        connector::PersonField::Phone => PersonField::Phone,
        connector::PersonField::Mobile => PersonField::Mobile,
        connector::PersonField::Email => PersonField::Email,
    }
}

/// The field that the window names.
pub fn crm_person_field(field: PersonField) -> connector::PersonField {
    match field {
        PersonField::FirstName => connector::PersonField::FirstName,
        PersonField::LastName => connector::PersonField::LastName,
        PersonField::Company => connector::PersonField::Company,
        PersonField::Phone => connector::PersonField::Phone,
        PersonField::Mobile => connector::PersonField::Mobile,
        PersonField::Email => connector::PersonField::Email,
    }
}
