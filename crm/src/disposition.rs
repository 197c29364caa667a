//! Outcomes that an agent can choose for a call.

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::connector::CallResult;
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

/// The version of ids that are not random (RFC 9562 §5.8).
const OWN_VERSION: usize = 8;

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

impl Disposition {
    /// It was taken over from a CRM.
    pub fn is_of_a_crm(&self) -> bool {
        !self.builtin && self.id.0.get_version_num() == OWN_VERSION
    }

    fn is_of(&self, connector: &str) -> bool {
        self.id == of_result(connector, &self.name)
    }
}

/// What is to be written so that the list has these outcomes of `connector`, those of no other CRM, and all that it had of its own.
/// One that calls were saved with stays, and is offered no more. Without a connector no CRM's are offered.
pub fn taken_over(list: &[Disposition], connector: &str, results: &[CallResult]) -> Vec<Disposition> {
    let place = |row: &Disposition| results.iter().position(|one| one.name == row.name && row.is_of(connector));
    let gone = list.iter().filter(|row| row.is_of_a_crm() && row.active && place(row).is_none());
    let gone = gone.map(|row| Disposition { active: false, ..row.clone() });
    let wished = (0..).zip(results).map(|(position, one)| Disposition {
        id: of_result(connector, &one.name),
        name: one.name.clone(),
        builtin: false,
        needs_no_contact: one.needs_no_contact,
        do_not_call: false,
        active: true,
        position,
    });
    gone.chain(wished.filter(|row| !list.contains(row))).collect()
}

/// Those to choose from, in order: a CRM's if it has its own, and with them what of the own list forbids calling, which no CRM's
/// list does.
pub fn offered(list: Vec<Disposition>) -> Vec<Disposition> {
    let of_a_crm = list.iter().any(|row| row.active && row.is_of_a_crm());
    let mut offered: Vec<Disposition> =
        list.into_iter().filter(|row| row.active && (!of_a_crm || row.is_of_a_crm() || row.do_not_call)).collect();
    offered.sort_by_key(|row| (of_a_crm && !row.is_of_a_crm(), row.position));
    offered
}

/// The same id for the same outcome of a CRM each time.
fn of_result(connector: &str, name: &str) -> DispositionId {
    // FNV-1a over both, two halves of it: a UUIDv8 is ours to fill.
    let half = |seed: u64| {
        let bytes = connector.bytes().chain([0]).chain(name.bytes());
        bytes.fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    let bits = (u128::from(half(0xcbf2_9ce4_8422_2325)) << 64) | u128::from(half(0x6c62_272e_07bb_0142));
    DispositionId(Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str) -> CallResult {
        CallResult { name: name.to_owned(), needs_no_contact: false }
    }

    fn names(list: &[Disposition]) -> Vec<&str> {
        list.iter().map(|row| row.name.as_str()).collect()
    }

    fn applied(list: &[Disposition], changes: Vec<Disposition>) -> Vec<Disposition> {
        let mut list: Vec<Disposition> =
            list.iter().filter(|row| changes.iter().all(|one| one.id != row.id)).cloned().collect();
        list.extend(changes);
        list
    }

    #[test]
    fn outcomes_of_a_crm_take_the_place_of_the_own_ones_and_give_it_back() {
        let own = builtin();
        let list = applied(&own, taken_over(&own, "zoho", &[result("Interesado"), result("Otro")]));
        assert_eq!(names(&offered(list.clone())), ["Interesado", "Otro", "do_not_call_again"]);
        assert_eq!(taken_over(&list, "zoho", &[result("Interesado"), result("Otro")]), [], "nothing is written twice");
        let list = applied(&list, taken_over(&list, "zoho", &[result("Otro"), result("Nuevo")]));
        assert_eq!(names(&offered(list.clone())), ["Otro", "Nuevo", "do_not_call_again"]);
        assert!(list.iter().any(|row| row.name == "Interesado" && !row.active), "calls were saved with it");
        let list = applied(&list, taken_over(&list, "hubspot", &[result("Otro")]));
        assert_eq!(names(&offered(list.clone())), ["Otro", "do_not_call_again"], "one CRM at a time");
        let list = applied(&list, taken_over(&list, "", &[]));
        assert_eq!(offered(list), own);
    }

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
