//! Outcomes that an agent can choose for a call.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::DispositionId;

/// An outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// Its id.
    pub id: DispositionId,
    /// A name given by an administrator, or the key of a built-in one.
    pub name: String,
    /// `name` is a key of the locales, such as `wrong_number`.
    pub builtin: bool,
    /// Saves without a contact.
    pub needs_no_contact: bool,
    /// «No volver a llamar»: whoever was last left so is asked about before dialling.
    pub do_not_call: bool,
    /// Offered when saving.
    pub active: bool,
    /// Place in the list.
    pub position: u32,
}

/// Key of the built-in outcome that promises another call.
pub const CALL_BACK: &str = "call_back";

/// The first list: key, needs no contact, do not call. Administrators change it later.
const BUILTIN: &[(&str, bool, bool)] = &[
    ("interested", false, false),
    ("satisfied", false, false),
    ("needs_support", false, false),
    (CALL_BACK, false, false),
    ("not_interested", false, false),
    ("not_satisfied", false, false),
    ("no_answer", true, false),
    ("wrong_number", true, false),
    ("do_not_call_again", false, true),
];

/// The first list of outcomes. Their ids are fixed, so that two desks mean the same by them.
pub fn builtin() -> Vec<Disposition> {
    // UUIDv8 (RFC 9562 §5.8) of our own: all zero but version, variant and place.
    let id = |place: u128| DispositionId(Uuid::from_u128((0x8 << 76) | (0x2 << 62) | (place + 1)));
    let row = |(position, (key, needs_no_contact, do_not_call)): (u32, &(&str, bool, bool))| Disposition {
        id: id(u128::from(position)),
        name: (*key).to_owned(),
        builtin: true,
        needs_no_contact: *needs_no_contact,
        do_not_call: *do_not_call,
        active: true,
        position,
    };
    (0..).zip(BUILTIN).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_list_has_distinct_ids_and_frees_only_what_has_no_person() {
        let list = builtin();
        let ids: std::collections::BTreeSet<_> = list.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), list.len());
        assert!(list.iter().all(|row| row.id.0.get_version_num() == 8));
        let free: Vec<&str> = list.iter().filter(|row| row.needs_no_contact).map(|row| row.name.as_str()).collect();
        assert_eq!(free, ["no_answer", "wrong_number"]);
        let forbid: Vec<&str> = list.iter().filter(|row| row.do_not_call).map(|row| row.name.as_str()).collect();
        assert_eq!(forbid, ["do_not_call_again"]);
    }
}
