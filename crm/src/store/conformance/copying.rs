//! Copies of the people of CRMs.

use super::{T0, person};
use crate::connector::{Changes, Moved, RemoteKind, RemotePerson, RemoteRef};
use crate::phone::PhoneNumber;
use crate::store::{Copied, CopyTerms, Store};

fn record(kind: RemoteKind, id: &str) -> RemoteRef {
    RemoteRef { kind, id: id.to_owned() }
}

fn somebody(id: &str, name: &str, phone: &str) -> RemotePerson {
    RemotePerson {
        record: record(RemoteKind::Contact, id),
        name: name.to_owned(),
        company: Some("Yunque & Co".to_owned()),
        phones: vec![phone.to_owned()],
        email: Some(format!("{id}@yunque.example")),
    }
}

fn terms() -> CopyTerms {
    CopyTerms { country: "CR".to_owned(), most: 4 }
}

fn page(cursor: &str, people: &[RemotePerson]) -> Changes {
    Changes { people: people.to_vec(), cursor: cursor.to_owned(), ..Changes::default() }
}

fn take(store: &mut dyn Store, changes: &Changes) {
    store.take_changes("crm", changes, &terms(), T0).unwrap();
}

fn named(store: &mut dyn Store, number: &str) -> Vec<String> {
    let number = PhoneNumber::parse(number, "CR").unwrap();
    store.copies_by_number("crm", &number).unwrap().into_iter().map(|one| one.name).collect()
}

fn texts(store: &mut dyn Store, text: &str) -> Vec<String> {
    store.copies_by_text("crm", text, 10).unwrap().into_iter().map(|one| one.name).collect()
}

/// Found by every part and every writing of a number, with the cursor of their page; a change replaces what was there.
pub fn copied_people_are_found_and_follow_their_source(store: &mut dyn Store) {
    assert_eq!(store.copied("crm").unwrap(), Copied::default());
    let ana = somebody("1", "Ana Móra", "8555-0117");
    let first = Changes { anew: true, ..page("a", &[ana.clone(), somebody("2", "Eva Soto", "+506 8555 0117")]) };
    take(store, &first);
    let copied = store.copied("crm").unwrap();
    assert_eq!((copied.cursor.as_deref(), copied.country.as_str(), copied.people), (Some("a"), "CR", 2));
    assert_eq!((copied.full, copied.complete_at_ms), (false, None));
    assert_eq!(named(store, "85550117"), ["Ana Móra", "Eva Soto"], "by name");
    let number = PhoneNumber::parse("+50685550117", "ES").unwrap();
    assert_eq!(store.copies_by_number("crm", &number).unwrap()[0], ana, "whole, as it is there");
    assert!(store.copies_by_number("other", &number).unwrap().is_empty());
    let tail = PhoneNumber::parse("85550117", "ES").unwrap();
    assert_eq!(tail.e164(), None, "no full number there");
    assert_eq!(store.copies_by_number("crm", &tail).unwrap().len(), 2, "its end is the end of full ones");
    for (text, expected) in [
        ("mora", &["Ana Móra"][..]),
        ("MÓRA an", &["Ana Móra"]),
        ("yunque eva", &["Eva Soto"]),
        ("2@yunque", &["Eva Soto"]),
        ("8555-01", &["Ana Móra", "Eva Soto"]),
        ("so", &["Eva Soto"]),
        ("17", &["Ana Móra", "Eva Soto"]),
        ("mora eva", &[]),
        ("%", &[]),
        ("", &[]),
    ] {
        assert_eq!(texts(store, text), expected, "{text}");
    }
    assert_eq!(store.copies_by_text("crm", "yunque", 1).unwrap().len(), 1);

    let changed = somebody("1", "Ana Mora de Vega", "2222 0000");
    let gone = vec![record(RemoteKind::Contact, "2"), record(RemoteKind::Lead, "1")];
    take(store, &Changes { gone, complete: true, ..page("b", &[changed]) });
    assert!(
        named(store, "85550117").is_empty()
            && texts(store, "soto").is_empty()
            && texts(store, "móra yun 8555").is_empty()
    );
    assert_eq!(named(store, "22220000"), ["Ana Mora de Vega"]);
    let copied = store.copied("crm").unwrap();
    assert_eq!((copied.cursor.as_deref(), copied.people, copied.complete_at_ms), (Some("b"), 1, Some(T0)));
}

/// Told anew in pages, whom none of them tells is gone with the last one, not before; there is an end to how many there are.
pub fn what_is_told_anew_replaces_what_was_and_has_a_bound(store: &mut dyn Store) {
    let person = |n: u32| somebody(&n.to_string(), &format!("P{n}"), &format!("8555 010{n}"));
    take(store, &Changes { anew: true, complete: true, ..page("a", &[person(1), person(2), person(3)]) });
    take(store, &Changes { anew: true, ..page("b", &[person(4)]) });
    assert_eq!((texts(store, "yunque").len(), named(store, "85550101").len()), (4, 1), "the pass is not over");
    take(store, &Changes { complete: true, ..page("c", &[person(2)]) });
    assert_eq!(texts(store, "yunque"), ["P2", "P4"]);
    take(store, &Changes { complete: true, ..page("d", &[]) });
    assert_eq!(store.copied("crm").unwrap().people, 2, "only a pass sweeps");

    let renamed = RemotePerson { name: "Renamed".to_owned(), ..person(2) };
    take(store, &page("e", &[person(5), person(6), person(7), renamed]));
    let copied = store.copied("crm").unwrap();
    assert_eq!((copied.people, copied.full, copied.cursor.as_deref()), (4, true, Some("e")));
    assert_eq!(texts(store, "yunque"), ["P4", "P5", "P6", "Renamed"], "who is there is kept up to date");
    take(store, &Changes { anew: true, complete: true, ..page("f", &[person(5)]) });
    let copied = store.copied("crm").unwrap();
    assert_eq!((copied.people, copied.full), (1, false));

    take(store, &page("g", &[person(6), person(7)]));
    let same = vec![person(5).record, person(8).record];
    take(store, &Changes { anew: true, same, ..page("h", &[]) });
    take(store, &Changes { complete: true, same: vec![person(7).record], ..page("i", &[person(1)]) });
    assert_eq!(texts(store, "yunque"), ["P1", "P5", "P7"], "who is as before stays, and nobody is made of nothing");
}

/// Somebody just made or found is there at once, where people are copied.
pub fn who_was_just_made_is_found_at_once(store: &mut dyn Store) {
    let ana = somebody("1", "Ana Mora", "8555 0117");
    store.put_copies("crm", std::slice::from_ref(&ana), true).unwrap();
    assert_eq!(store.copied("crm").unwrap(), Copied::default(), "it is not copied");
    take(store, &Changes { anew: true, ..page("a", &[]) });
    store.put_copies("crm", std::slice::from_ref(&ana), false).unwrap();
    assert_eq!(named(store, "85550117"), ["Ana Mora"]);
    let other = RemotePerson { name: "Ana Vega".to_owned(), ..ana };
    store.put_copies("crm", std::slice::from_ref(&other), false).unwrap();
    assert_eq!(named(store, "85550117"), ["Ana Mora"], "what the CRM said counts more");
    store.put_copies("crm", &[other], true).unwrap();
    assert_eq!(named(store, "85550117"), ["Ana Vega"]);
    assert_eq!(store.copied("crm").unwrap().cursor.as_deref(), Some("a"));
    take(store, &Changes { complete: true, ..page("b", &[]) });
    assert_eq!(store.copied("crm").unwrap().people, 1, "found while all was told anew");
    let more: Vec<_> = (2..9).map(|n| somebody(&n.to_string(), "P", "8555 0118")).collect();
    store.put_copies("crm", &more, true).unwrap();
    assert_eq!(store.copied("crm").unwrap().people, 4);
}

/// People here who were tied to a converted, merged or deleted record are tied to what there is instead.
pub fn ties_follow_records_that_move(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let eva = store.save_contact(&person(2, "Eva", "Soto", "8555 0118"), T0).unwrap();
    let (lead, contact) = (record(RemoteKind::Lead, "00Q1"), record(RemoteKind::Contact, "0031"));
    let was = RemotePerson { record: lead.clone(), ..somebody("", "Ana Mora", "8555 0117") };
    take(store, &Changes { anew: true, ..page("a", &[was, somebody("7", "Eva Soto", "8555 0118")]) });
    store.link_remote("crm", ana.id, Some(&lead)).unwrap();
    store.link_remote("hook", ana.id, Some(&lead)).unwrap();
    store.link_remote("crm", eva.id, Some(&record(RemoteKind::Contact, "7"))).unwrap();
    let moved = vec![Moved { from: lead.clone(), to: contact.clone() }];
    take(store, &Changes { moved, ..page("b", &[somebody("0031", "Ana Mora", "8555 0117")]) });
    assert_eq!(store.remote_link("crm", ana.id).unwrap(), Some(contact));
    assert_eq!(store.remote_link("hook", ana.id).unwrap(), Some(lead), "another connection has its own");
    assert_eq!(store.copies_by_text("crm", "mora", 9).unwrap().len(), 1, "the lead is no more");

    let gone = vec![record(RemoteKind::Contact, "7")];
    let again = [somebody("8", "Eva Soto", "(506) 8555.0118"), somebody("9", "Eva Soto", "8555 0118")];
    take(store, &Changes { gone: gone.clone(), ..page("c", &again) });
    assert_eq!(store.remote_link("crm", eva.id).unwrap().unwrap().id, "7", "which of two is not guessed");
    take(store, &Changes { gone: vec![record(RemoteKind::Contact, "9"), gone[0].clone()], ..page("d", &[]) });
    assert_eq!(store.remote_link("crm", eva.id).unwrap().unwrap().id, "8");
}

/// With the connection its copies go; those of a person who is erased here go, too.
pub fn copies_go_with_their_connection_and_their_person(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let people = [somebody("1", "Ana Mora", "8555 0117"), somebody("2", "Eva Soto", "8555 0118")];
    for connector in ["crm", "other"] {
        let all = Changes { anew: true, ..page("a", &people) };
        store.take_changes(connector, &all, &terms(), T0).unwrap();
    }
    store.scrub().unwrap();
    store.forget_connector("other").unwrap();
    assert!(store.scrub().unwrap(), "what is left in the files is to be overwritten");
    assert_eq!(store.copied("other").unwrap(), Copied::default());
    assert!(store.copies_by_text("other", "soto", 9).unwrap().is_empty());
    assert_eq!(texts(store, "yunque"), ["Ana Mora", "Eva Soto"]);
    // A connection that nobody knows any more.
    store.take_changes("other", &Changes { anew: true, ..page("a", &people) }, &terms(), T0).unwrap();
    assert!(store.keep_copies_of(&["crm".to_owned()]).unwrap() && store.scrub().unwrap());
    assert_eq!(store.copied("other").unwrap(), Copied::default());
    assert!(!store.keep_copies_of(&["crm".to_owned(), "new".to_owned()]).unwrap() && !store.scrub().unwrap());
    assert_eq!(texts(store, "yunque"), ["Ana Mora", "Eva Soto"]);
    store.link_remote("crm", ana.id, Some(&people[0].record)).unwrap();
    store.erase_contact(ana.id, ana.rev, T0).unwrap();
    assert_eq!((texts(store, "yunque"), store.copied("crm").unwrap().people), (vec!["Eva Soto".to_owned()], 1));
}
