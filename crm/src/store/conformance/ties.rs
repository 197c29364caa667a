//! People who are both here and in a CRM.

use super::{T0, person};
use crate::connector::{Changes, PersonField, PersonFields, RemoteKind, RemotePerson, RemoteRef};
use crate::contact::Contact;
use crate::reconcile::Base;
use crate::store::{CopyTerms, Settled, Store, StoreError, Tie};

fn record(id: &str) -> RemoteRef {
    RemoteRef { kind: RemoteKind::Contact, id: id.to_owned() }
}

fn tied(store: &mut dyn Store, n: u128) -> Contact {
    let contact = store.save_contact(&person(n, "Ana", "Mora", "8555 0117"), T0).unwrap();
    store.link_remote("crm", contact.id, Some(&record(&format!("c{n}")))).unwrap();
    contact
}

fn settled(tie: &Tie) -> Settled {
    let (clashes, refusal) = (PersonFields::new(), None);
    Settled { contact: tie.contact.clone(), base: tie.base.clone(), clashes, refusal, again: false }
}

fn wanted(store: &mut dyn Store) -> Vec<Tie> {
    store.ties_to_settle("crm", 10).unwrap()
}

/// A tie remembers what the person had when it began; a change after that wants a look until it is settled.
pub fn changes_of_tied_people_want_a_look_until_they_are_told(store: &mut dyn Store) {
    let ana = tied(store, 1);
    assert!(wanted(store).is_empty(), "nothing was changed since");
    let changed = store.save_contact(&Contact { last_name: "Rojas".into(), ..ana.clone() }, T0).unwrap();
    let tie = wanted(store).remove(0);
    assert_eq!((&tie.contact, &tie.record), (&changed, &record("c1")));
    assert_eq!(tie.base, Base::begin(&ana));
    assert!(store.ties_to_settle("other", 10).unwrap().is_empty());
    assert!(store.ties_of(ana.id).unwrap()[0].waiting);
    store.link_remote("crm", ana.id, Some(&record("c1"))).unwrap();
    assert_eq!(wanted(store), std::slice::from_ref(&tie), "the same record once more is the same tie");

    store.settle_tie("crm", &Settled { again: true, ..settled(&tie) }, T0).unwrap();
    assert_eq!(wanted(store).len(), 1, "there is still something to be sent");
    let mut base = tie.base.clone();
    base.sent(&base.fields_of(&changed), &changed);
    store.settle_tie("crm", &Settled { base: base.clone(), ..settled(&tie) }, T0).unwrap();
    assert!(wanted(store).is_empty() && !store.ties_of(ana.id).unwrap()[0].waiting);
    assert_eq!(store.tie("crm", ana.id).unwrap().base, base);
    store.link_remote("crm", ana.id, None).unwrap();
    assert_eq!(store.tie("crm", ana.id), Err(StoreError::NotFound));
}

/// What was taken over is stored with the tie; a person who was changed meanwhile is looked at again.
pub fn what_is_taken_over_from_a_crm_is_stored_with_its_tie(store: &mut dyn Store) {
    let ana = tied(store, 1);
    let tie = store.tie("crm", ana.id).unwrap();
    let taken = Contact { first_name: "Ana Lucía".into(), ..tie.contact.clone() };
    let mut base = tie.base.clone();
    base.sent(&base.fields_of(&taken), &taken);
    store.settle_tie("crm", &Settled { contact: taken, base, ..settled(&tie) }, T0).unwrap();
    assert_eq!(store.contact(ana.id).unwrap().first_name, "Ana Lucía");
    assert!(wanted(store).is_empty(), "what came from there need not go there");
    let late = Settled { contact: Contact { last_name: "X".into(), ..ana.clone() }, ..settled(&tie) };
    assert_eq!(store.settle_tie("crm", &late, T0), Err(StoreError::Conflict));
    assert_eq!(store.contact(ana.id).unwrap().last_name, "Mora");
}

/// Clashes and refusals are kept, counted and told until they are settled; a connection or person that goes takes them along.
pub fn doubts_about_tied_people_are_kept_until_they_are_settled(store: &mut dyn Store) {
    let (ana, eva) = (tied(store, 1), tied(store, 2));
    let clash = PersonFields::from([(PersonField::Email, "ana@otra.example".to_owned())]);
    let tie = store.tie("crm", ana.id).unwrap();
    store.settle_tie("crm", &Settled { clashes: clash.clone(), ..settled(&tie) }, T0).unwrap();
    let tie = store.tie("crm", eva.id).unwrap();
    store.settle_tie("crm", &Settled { refusal: Some("forbidden:X".into()), ..settled(&tie) }, T0).unwrap();
    assert_eq!(store.ties_in_doubt("crm", 10).unwrap().len(), 2);
    assert_eq!(store.ties_in_doubt("crm", 1).unwrap().len(), 1);
    assert_eq!(
        (store.tie("crm", ana.id).unwrap().clashes, &store.ties_of(ana.id).unwrap()[0].clashes),
        (clash.clone(), &clash)
    );
    assert_eq!(store.ties_of(eva.id).unwrap()[0].refusal.as_deref(), Some("forbidden:X"));
    assert!(wanted(store).is_empty(), "the agent is asked, not the CRM");
    let tie = store.tie("crm", ana.id).unwrap();
    store.settle_tie("crm", &settled(&tie), T0).unwrap();
    assert_eq!(store.ties_in_doubt("crm", 10).unwrap(), [eva.id]);
    store.erase_contact(eva.id, 1, T0).unwrap();
    assert!(store.ties_in_doubt("crm", 10).unwrap().is_empty() && store.ties_of(eva.id).unwrap().is_empty());
    store.scrub().unwrap();
    store.forget_connector("crm").unwrap();
    assert!(store.ties_of(ana.id).unwrap().is_empty());
    assert!(store.scrub().unwrap(), "what people had there stood in the files");
}

/// A record that a CRM tells of and that looks changed wants a look, one that does not, none.
pub fn a_record_that_looks_changed_stirs_its_tie(store: &mut dyn Store) {
    tied(store, 1);
    let seen = |name: &str| Changes {
        people: vec![RemotePerson {
            record: record("c1"),
            name: name.to_owned(),
            company: None,
            phones: vec!["(506) 8555-0117".to_owned()],
            email: None,
        }],
        cursor: name.to_owned(),
        ..Changes::default()
    };
    let terms = CopyTerms { country: "CR".to_owned(), most: 10 };
    store.take_changes("crm", &seen("Ana Mora"), &terms, T0).unwrap();
    assert!(wanted(store).is_empty());
    store.take_changes("crm", &seen("Ana Rojas"), &terms, T0).unwrap();
    let tie = wanted(store).remove(0);
    assert!(tie.stirred);
    store.settle_tie("crm", &settled(&tie), T0).unwrap();
    assert!(wanted(store).is_empty());
}
