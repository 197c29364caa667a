use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::contact::ContactKind;
use crate::id::{ContactId, Origin};

use PersonField::{Email, FirstName, LastName, Mobile, Phone};

fn fields(of: &[(PersonField, &str)]) -> PersonFields {
    of.iter().map(|(field, value)| (*field, (*value).to_owned())).collect()
}

fn channel(n: u128, kind: ChannelKind, raw: &str) -> Channel {
    Channel { id: ChannelId(Uuid::from_u128(n)), kind, raw: raw.to_owned(), number: None }
}

fn ana() -> Contact {
    let mut contact = Contact {
        id: ContactId(Uuid::from_u128(1)),
        rev: 1,
        origin: Origin::Live,
        kind: ContactKind::Contact,
        first_name: "Ana".to_owned(),
        last_name: "Mora".to_owned(),
        company: String::new(),
        document_kind: None,
        document_number: None,
        vip: false,
        channels: vec![
            channel(2, ChannelKind::Phone, "8555 0117"),
            channel(3, ChannelKind::Mobile, "8555 0118"),
            channel(4, ChannelKind::Email, "ana@yunque.example"),
        ],
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    };
    contact.tidy("CR");
    contact
}

/// Both sides had this.
fn agreed(contact: &Contact) -> Base {
    Base { ours: fields_of(contact), theirs: fields_of(contact), ..Base::default() }
}

/// One field that stood so here and there.
fn known(field: PersonField, ours: &str, theirs: &str) -> Base {
    Base { ours: fields(&[(field, ours)]), theirs: fields(&[(field, theirs)]), ..Base::default() }
}

fn id() -> ChannelId {
    ChannelId(Uuid::from_u128(99))
}

/// One e-mail: as both knew it, here and there now; what is taken, sent, or asked about.
#[test]
fn each_field_by_itself() {
    for (before, here, there, taken, sent, clash) in [
        (("a@x", "a@x"), "a@x", "a@x", None, None, None),
        (("a@x", "a@x"), "b@x", "a@x", None, Some("b@x"), None),
        (("a@x", "a@x"), "a@x", "b@x", Some("b@x"), None, None),
        (("a@x", "a@x"), "b@x", "B@X", None, None, None),
        (("a@x", "a@x"), "b@x", "c@x", None, None, Some("c@x")),
        (("a@x", "a@x"), "", "a@x", None, Some(""), None),
        (("a@x", "a@x"), "a@x", "", Some(""), None, None),
        (("a@x", "a@x"), "b@x", "", None, None, Some("")),
        // What differed from the beginning is left alone until somebody changes it.
        (("a@x", "c@x"), "a@x", "c@x", None, None, None),
        (("a@x", "c@x"), "b@x", "c@x", None, Some("b@x"), None),
        (("", "c@x"), "", "c@x", None, None, None),
    ] {
        let base = known(Email, before.0, before.1);
        let done = reconcile(&base, &fields(&[(Email, here)]), &fields(&[(Email, there)]), "CR");
        let of = |fields: &PersonFields| fields.get(&Email).cloned();
        let wanted = [taken, sent, clash].map(|value| value.map(str::to_owned));
        assert_eq!([of(&done.take), of(&done.send), of(&done.clashes)], wanted, "{before:?} {here} {there}");
    }
}

#[test]
fn of_a_record_that_was_never_read_what_differs_is_asked_about_when_it_is_edited() {
    let base = Base { ours: fields(&[(Email, "a@x")]), ..Base::default() };
    let quiet = reconcile(&base, &fields(&[(Email, "a@x")]), &fields(&[(Email, "")]), "CR");
    assert!(quiet.take.is_empty(), "it was perhaps never there");
    let other = reconcile(&base, &fields(&[(Email, "a@x")]), &fields(&[(Email, "c@x")]), "CR");
    assert!(other.take.is_empty() && other.clashes.is_empty(), "it differed before anybody looked");
    assert_eq!(other.base.theirs, fields(&[(Email, "c@x")]), "from now on a change is seen");
    let edited = reconcile(&base, &fields(&[(Email, "b@x")]), &fields(&[(Email, "a@x")]), "CR");
    assert_eq!(edited.send, fields(&[(Email, "b@x")]));
    let asked = reconcile(&base, &fields(&[(Email, "b@x")]), &fields(&[(Email, "c@x")]), "CR");
    assert_eq!(asked.clashes, fields(&[(Email, "c@x")]));
}

#[test]
fn numbers_are_the_same_in_any_writing() {
    let base = known(Phone, "+50685550117", "8555-0117");
    let done = reconcile(&base, &fields(&[(Phone, "+50685550117")]), &fields(&[(Phone, "(506) 8555.0117")]), "CR");
    assert!(done.take.is_empty() && done.send.is_empty() && done.clashes.is_empty());
}

#[test]
fn what_the_record_does_not_have_is_nobodys_business() {
    let done = reconcile(&Base::begin(&ana()), &fields_of(&ana()), &fields(&[(LastName, "Mora")]), "CR");
    assert!(done.send.is_empty() && done.take.is_empty());
}

#[test]
fn what_was_taken_over_is_no_change_of_ours() {
    let ana = ana();
    let mut theirs = fields_of(&ana);
    theirs.insert(Phone, "2222 3333".to_owned());
    theirs.insert(Email, String::new());
    let mut done = reconcile(&agreed(&ana), &fields_of(&ana), &theirs, "CR");
    let changed = done.take_over(&ana, "CR", id).unwrap();
    assert_eq!(changed.channels.iter().map(|c| c.raw.as_str()).collect::<Vec<_>>(), ["2222 3333", "8555 0118"]);
    let again = reconcile(&done.base, &fields_of(&changed), &theirs, "CR");
    assert!(again.take.is_empty() && again.send.is_empty() && again.clashes.is_empty());
}

#[test]
fn a_number_that_moves_up_is_sent_nowhere() {
    let ana = ana();
    let mut theirs = fields_of(&ana);
    theirs.insert(Phone, String::new());
    let mut done = reconcile(&agreed(&ana), &fields_of(&ana), &theirs, "CR");
    let changed = done.take_over(&ana, "CR", id).unwrap();
    assert_eq!(fields_of(&changed)[&Phone], "+50685550118");
    let again = reconcile(&done.base, &fields_of(&changed), &theirs, "CR");
    assert!(again.take.is_empty() && again.send.is_empty() && again.clashes.is_empty(), "{again:?}");
}

#[test]
fn what_would_leave_no_person_is_not_taken_over_and_not_sent_back() {
    let ana = ana();
    let mut theirs = fields_of(&ana);
    theirs.insert(LastName, String::new());
    theirs.insert(FirstName, "Ana Lucía".to_owned());
    let mut done = reconcile(&agreed(&ana), &fields_of(&ana), &theirs, "CR");
    let changed = done.take_over(&ana, "CR", id).unwrap();
    assert_eq!((changed.first_name.as_str(), changed.last_name.as_str()), ("Ana Lucía", "Mora"));
    let again = reconcile(&done.base, &fields_of(&changed), &theirs, "CR");
    assert!(again.take.is_empty() && again.send.is_empty() && again.clashes.is_empty());
}

#[test]
fn a_decision_is_kept_until_somebody_changes_it_again() {
    for (side, sent, taken) in [(Side::Here, Some("b@x"), None), (Side::There, None, Some("c@x"))] {
        let mut base = known(Email, "a@x", "a@x");
        base.decide(Email, side, "c@x");
        let ours = if side == Side::Here { "b@x" } else { "c@x" };
        let done = reconcile(&base, &fields(&[(Email, ours)]), &fields(&[(Email, "c@x")]), "CR");
        assert_eq!(done.send.get(&Email).map(String::as_str), sent);
        assert!(done.clashes.is_empty() && (taken.is_none() || done.take.is_empty()));
        let moved = reconcile(&base, &fields(&[(Email, "b@x")]), &fields(&[(Email, "d@x")]), "CR");
        assert_eq!(moved.clashes, fields(&[(Email, "d@x")]), "changed there once more");
    }
}

/// «a» was known, «b» was sent and no answer came.
#[test]
fn what_was_sent_and_is_found_there_is_no_change_of_theirs() {
    let base = Base { sending: fields(&[(Email, "b@x")]), ..known(Email, "a@x", "a@x") };
    let look = |here: &str, there: &str| {
        let done = reconcile(&base, &fields(&[(Email, here)]), &fields(&[(Email, there)]), "CR");
        assert!(done.take.is_empty() && done.base.sending.is_empty());
        (done.send.get(&Email).cloned(), done.clashes.get(&Email).cloned())
    };
    let of = |value: &str| Some(value.to_owned());
    assert_eq!(look("b@x", "B@x"), (None, None), "it arrived");
    assert_eq!(look("b@x", "a@x"), (of("b@x"), None), "it did not");
    assert_eq!(look("c@x", "b@x"), (of("c@x"), None), "it did, and was changed here since");
    assert_eq!(look("a@x", "b@x"), (of("a@x"), None), "it did, and was taken back here");
    assert_eq!(look("c@x", "d@x"), (None, of("d@x")), "somebody else was there");
}

#[test]
fn a_number_that_was_sent_and_moved_up_is_not_wiped_there() {
    let ana = ana();
    let mut ours = ana.clone();
    ours.channels[1].raw = "8555 0119".to_owned();
    ours.tidy("CR");
    let mut theirs = fields_of(&ana);
    theirs.insert(Phone, String::new());
    let mut done = reconcile(&agreed(&ana), &fields_of(&ours), &theirs, "CR");
    let changed = done.take_over(&ours, "CR", id).unwrap();
    done.base.sent(&done.send, &changed);
    theirs.extend(done.send);
    let again = reconcile(&done.base, &fields_of(&changed), &theirs, "CR");
    assert_eq!((again.send, again.take, again.clashes), Default::default());
}

#[test]
fn a_record_that_looks_as_it_did_stirs_nothing() {
    let base = Base::begin(&ana());
    let record = crate::connector::RemoteRef { kind: crate::connector::RemoteKind::Contact, id: "1".to_owned() };
    let seen = RemotePerson {
        record,
        name: "ANA MORA".to_owned(),
        company: None,
        phones: vec!["(506) 8555-0118".to_owned(), "8555 0117".to_owned(), "2222 0000".to_owned()],
        email: Some("Ana@yunque.example".to_owned()),
    };
    assert!(!base.is_stirred_by(&seen, "CR"));
    for changed in [
        RemotePerson { name: "Ana Rojas".to_owned(), ..seen.clone() },
        RemotePerson { email: None, ..seen.clone() },
        RemotePerson { phones: vec!["8555 0117".to_owned()], ..seen.clone() },
    ] {
        assert!(base.is_stirred_by(&changed, "CR"), "{changed:?}");
    }
}

fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "c"]).prop_map(str::to_owned)
}

proptest! {
    #[test]
    fn what_one_side_alone_changed_is_never_lost(before in value(), here in value(), there in value()) {
        let base = known(LastName, &before, &before);
        let done = reconcile(&base, &fields(&[(LastName, &here)]), &fields(&[(LastName, &there)]), "CR");
        let of = |fields: &PersonFields| fields.get(&LastName).cloned();
        match (here == before, there == before) {
            (true, true) => prop_assert_eq!([of(&done.take), of(&done.send), of(&done.clashes)], [None, None, None]),
            (false, true) => prop_assert_eq!(of(&done.send), Some(here)),
            (true, false) => prop_assert_eq!(of(&done.take), Some(there)),
            (false, false) if here == there => prop_assert_eq!(of(&done.clashes), None),
            (false, false) => prop_assert_eq!(of(&done.clashes), Some(there)),
        }
    }
}

#[test]
fn the_second_number_is_the_second_one() {
    let fields = fields_of(&ana());
    assert_eq!((fields[&Phone].as_str(), fields[&Mobile].as_str()), ("+50685550117", "+50685550118"));
}

/// A CRM that has only a mobile of somebody whose one number we know: it is that number, on both sides.
#[test]
fn a_number_here_is_the_field_there_that_had_it_when_both_met() {
    let one = Contact { channels: vec![channel(2, ChannelKind::Phone, "8555 0117")], ..ana() };
    let theirs = |mobile: &str| fields(&[(Phone, ""), (Mobile, mobile)]);
    let base = Base::begin(&one).met(&theirs("8555-0117"), "CR");
    let first = reconcile(&base, &base.fields_of(&one), &theirs("8555-0117"), "CR");
    assert_eq!((&first.send, &first.take), (&PersonFields::new(), &PersonFields::new()));

    let mut edited = one.clone();
    edited.channels[0].raw = "8555 0119".to_owned();
    edited.tidy("CR");
    let done = reconcile(&first.base, &first.base.fields_of(&edited), &theirs("8555-0117"), "CR");
    assert_eq!(done.send, fields(&[(Mobile, "+50685550119")]), "not a second number beside the old one");

    let mut done = reconcile(&first.base, &first.base.fields_of(&one), &theirs("2222 3333"), "CR");
    let taken = done.take_over(&one, "CR", id).unwrap();
    assert_eq!(taken.channels.iter().map(|c| c.raw.as_str()).collect::<Vec<_>>(), ["2222 3333"]);

    let mut done = reconcile(
        &first.base,
        &first.base.fields_of(&one),
        &fields(&[(Phone, "2222 3333"), (Mobile, "8555-0117")]),
        "CR",
    );
    let taken = done.take_over(&one, "CR", id).unwrap();
    assert_eq!(taken.channels.iter().map(|c| c.raw.as_str()).collect::<Vec<_>>(), ["8555 0117", "2222 3333"]);
    let again = done.base.clone().met(&theirs("8555-0117"), "CR");
    assert_eq!(again, done.base, "they meet once");
}

#[test]
fn numbers_that_stand_as_here_or_nowhere_there_are_not_crossed() {
    for theirs in [
        fields_of(&ana()),
        fields(&[(Phone, "2222 3333"), (Mobile, "")]),
        fields(&[(Phone, ""), (Mobile, "8555 0118")]),
    ] {
        assert!(!Base::begin(&ana()).met(&theirs, "CR").crossed, "{theirs:?}");
    }
}
