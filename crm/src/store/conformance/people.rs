//! People: kept, found, removed.

use super::*;

/// A person comes back as it was stored, with channels and addresses in order.
pub fn contacts_are_kept_whole(store: &mut dyn Store) {
    let mut contact = person(1, "Ana", "Mora", "8555 0117");
    contact.kind = ContactKind::Lead;
    contact.company = "Ferretería El Yunque".into();
    contact.document_kind = Some("DNI".into());
    contact.document_number = Some("1-1234-0567".into());
    contact.vip = true;
    contact.channels.push(channel(11, ChannelKind::Email, "ana@yunque.example"));
    contact.channels.push(channel(12, ChannelKind::Phone, "2222 0000 ext. 12"));
    contact.tidy("CR");
    contact.addresses.push(Address {
        id: AddressId(Uuid::from_u128(9)),
        street: "Avenida Central".into(),
        number: "12".into(),
        complement: String::new(),
        district: "Carmen".into(),
        city: "San José".into(),
        region: "San José".into(),
        postal_code: "10101".into(),
        country: "CR".into(),
        reference: "frente al parque".into(),
    });
    contact.custom = [("level".into(), "Oro".into()), ("since".into(), "2027-01-31".into())].into();
    let saved = store.save_contact(&contact, T0).unwrap();
    assert_eq!(saved, Contact { rev: 1, ..contact.clone() });
    assert_eq!(store.contact(contact.id).unwrap(), saved);
    let changed =
        Contact { first_name: "Anita".into(), channels: saved.channels[1..].to_vec(), addresses: Vec::new(), ..saved };
    let changed = store.save_contact(&changed, T0 + 1).unwrap();
    assert_eq!(store.contact(contact.id).unwrap(), changed);
    assert_eq!(changed.rev, 2);
    let brief = store.contact_brief(contact.id).unwrap();
    assert_eq!((brief.name.as_str(), brief.initials.as_str(), brief.vip), ("Anita Mora", "AM", true));
    assert_eq!(
        (brief.phone.as_deref(), brief.email.as_deref()),
        (Some("+506 2222 0000 ext. 12"), Some("ana@yunque.example"))
    );
    assert_eq!(store.contact(ContactId(Uuid::from_u128(404))), Err(StoreError::NotFound));
}

/// Two forms on one person do not overwrite each other.
pub fn conflicts_are_told(store: &mut dyn Store) {
    let first = store.save_contact(&person(1, "Ana", "Mora", "27"), T0).unwrap();
    let second = store.save_contact(&Contact { vip: true, ..first.clone() }, T0).unwrap();
    assert_eq!(store.save_contact(&first, T0), Err(StoreError::Conflict));
    assert_eq!(store.save_contact(&Contact { rev: 0, ..first.clone() }, T0), Err(StoreError::Conflict));
    assert_eq!(store.erase_contact(first.id, first.rev, T0), Err(StoreError::Conflict));
    assert_eq!(store.contact(first.id).unwrap(), second);
}

/// Names without accents, company, document, e-mail, address, digits in any writing.
pub fn search_finds_every_part(store: &mut dyn Store) {
    let mut ana = person(1, "Ána María", "Núñez", "+506 8555 0117");
    ana.company = "Ferretería El Yunque".into();
    ana.document_number = Some("1-1234-0567".into());
    ana.channels.push(channel(11, ChannelKind::Email, "ana@yunque.example"));
    ana.addresses.push(Address {
        id: AddressId(Uuid::from_u128(9)),
        street: "Avenida Central".into(),
        number: String::new(),
        complement: String::new(),
        district: String::new(),
        city: "Heredia".into(),
        region: String::new(),
        postal_code: String::new(),
        country: String::new(),
        reference: String::new(),
    });
    ana.custom.insert("interest".into(), "Jardinería".into());
    store.save_contact(&ana, T0).unwrap();
    store.save_contact(&person(2, "Li", "Wu", "231"), T0).unwrap();
    store.save_contact(&person(3, "Ana", "Quesada \"%_", "+44 20 7946 0958"), T0).unwrap();
    for text in [
        "nunez",
        "NÚÑEZ maria",
        "ferre",
        "yunque.example",
        "1234-0567",
        "heredia",
        "8555 0117",
        "85550117",
        "0117",
        "555",
        "+506 8555-0117",
        "maria an",
        "(8555) 0117",
        "jardineria",
    ] {
        assert_eq!(found(store, text), ["Ána María Núñez"], "{text}");
    }
    assert_eq!(found(store, "li"), ["Li Wu"]);
    assert_eq!(found(store, "l w"), ["Li Wu"]);
    assert_eq!(found(store, "231"), ["Li Wu"]);
    assert_eq!(found(store, "31"), ["Li Wu"]);
    assert_eq!(found(store, "\"%_"), ["Ana Quesada \"%_"]);
    assert_eq!(found(store, "020 7946 0958"), ["Ana Quesada \"%_"], "a trunk zero is not searched");
    assert_eq!(found(store, "0044 20 7946"), ["Ana Quesada \"%_"]);
    assert_eq!(found(store, "ana"), ["Ána María Núñez", "Ana Quesada \"%_"], "by folded name");
    assert!(found(store, "nobody").is_empty() && found(store, "999").is_empty());
    let leads = ContactQuery { kind: Some(ContactKind::Lead), limit: 10, ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&leads).unwrap().total, 0);
}

/// Pages follow the names, also for equal ones, and hold while people are added.
pub fn search_pages_by_name(store: &mut dyn Store) {
    for n in 0..25 {
        store
            .save_contact(&person(n, "Ana", if n % 2 == 0 { "Mora" } else { "Zúñiga" }, &format!("{}", 200 + n)), T0)
            .unwrap();
    }
    for (n, text) in (90..).zip(["", "ana", "an"]) {
        let mut names = Vec::new();
        let mut query = ContactQuery { text: text.into(), limit: 10, ..ContactQuery::default() };
        let mut pages = 0;
        loop {
            let page = store.search_contacts(&query).unwrap();
            assert_eq!(page.total, 25);
            names.extend(page.rows.into_iter().map(|row| (row.name, row.id)));
            pages += 1;
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        assert_eq!((pages, names.len()), (3, 25), "{text}");
        assert!(names.is_sorted(), "{text}");
        let jump = ContactQuery { after: None, skip: 7, limit: 5, ..query.clone() };
        let jumped = store.search_contacts(&jump).unwrap();
        assert_eq!(jumped.total, 25, "{text}");
        assert!(jumped.rows.iter().map(|row| row.id).eq(names[7..12].iter().map(|(_, id)| *id)), "{text}");
        let mut jump = ContactQuery { after: jumped.next, skip: 10, ..jump };
        let last = store.search_contacts(&jump).unwrap();
        assert!(last.rows.iter().map(|row| row.id).eq(names[22..].iter().map(|(_, id)| *id)), "{text}");
        assert_eq!(last.next, None);
        jump.skip = u32::MAX;
        assert!(store.search_contacts(&jump).unwrap().rows.is_empty(), "{text}");
        // Asked again after a change, the number is the new one.
        let one = store.save_contact(&person(n, "Ana", "Mora", "299"), T0).unwrap();
        assert_eq!(store.search_contacts(&ContactQuery { after: None, ..query.clone() }).unwrap().total, 26, "{text}");
        store.erase_contact(one.id, one.rev, T0).unwrap();
        assert_eq!(store.search_contacts(&ContactQuery { after: None, ..query }).unwrap().total, 25, "{text}");
    }
    let bad = ContactQuery { after: Some("x".into()), limit: 1, ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&bad), Err(StoreError::BadCursor));
}

/// By E.164 or extension; the one called last first; nobody is invented.
pub fn numbers_match_one_several_none(store: &mut dyn Store) {
    let ana = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    store.save_contact(&person(2, "Zoe", "Mora", "+506 8555-0117 ext. 4"), T0).unwrap();
    store.save_contact(&person(3, "Li", "Wu", "231"), T0).unwrap();
    let number = |text: &str| PhoneNumber::parse(text, "CR").unwrap();
    let names = |store: &mut dyn Store, text: &str| -> Vec<String> {
        store.match_number(&number(text), Origin::Live).unwrap().into_iter().map(|row| row.name).collect()
    };
    assert_eq!(names(store, "+50685550117"), ["Ana Mora", "Zoe Mora"]);
    let record = finished(store, 1, Direction::Incoming, "8555 0117");
    let zoe = store.match_number(&number("85550117"), Origin::Live).unwrap()[1].id;
    store.save_draft(record.id, &Draft { contact: Some(zoe), ..Draft::default() }, T0).unwrap();
    assert_eq!(names(store, "8555 0117"), ["Zoe Mora", "Ana Mora"], "whoever was called last comes first");
    assert_eq!(names(store, "231"), ["Li Wu"]);
    assert!(names(store, "23").is_empty() && names(store, "2310").is_empty() && names(store, "8555 0118").is_empty());
    let foreign = PhoneNumber::parse("85550117", "ES").unwrap();
    assert_eq!(foreign.e164(), None);
    assert_eq!(
        store.match_number(&foreign, Origin::Live).unwrap().len(),
        2,
        "seven digits and more match the end of full numbers"
    );
    store.save_contact(&Contact { channels: vec![channel(99, ChannelKind::Social, "@ana")], ..ana }, T0).unwrap();
    assert_eq!(names(store, "8555 0117"), ["Zoe Mora"]);
}

/// One bad row, and nobody is imported.
pub fn imports_are_all_or_nothing(store: &mut dyn Store) {
    let rows: Vec<Contact> = (1..=3).map(|n| person(n, "Ana", "Mora", "27")).collect();
    store.save_contact(&rows[2], T0).unwrap();
    assert_eq!(store.import_contacts(&rows, T0), Err(StoreError::Conflict));
    assert_eq!(found(store, "").len(), 1);
    store.import_contacts(&rows[..2], T0).unwrap();
    assert_eq!(found(store, "").len(), 3);
}

/// A live number is nobody's of the practice line, and the other way round; nor do their calls and people mix.
pub fn demo_and_live_never_meet(store: &mut dyn Store) {
    let live = store.save_contact(&person(1, "Ana", "Mora", "8555 0117"), T0).unwrap();
    let practised = Contact { origin: Origin::Demo, ..person(2, "Marcela", "Quesada", "8555 0117") };
    let demo = store.save_contact(&practised, T0).unwrap();
    let record = finished(store, 1, Direction::Incoming, "8555 0117");
    let ring = CallRecord { origin: Origin::Demo, ..call(2, Direction::Incoming, "8555 0117") };
    store.begin_call(&ring, &Draft::default()).unwrap();
    store.end_call(&talked(&ring), false).unwrap();
    let number = record.party.number.clone().unwrap();
    let tail = PhoneNumber::parse("85550117", "ES").unwrap();
    for number in [&number, &tail] {
        let ids = |store: &mut dyn Store, origin| -> Vec<ContactId> {
            store.match_number(number, origin).unwrap().into_iter().map(|row| row.id).collect()
        };
        assert_eq!((ids(store, Origin::Live), ids(store, Origin::Demo)), (vec![live.id], vec![demo.id]));
    }
    for call in [record.id, ring.id] {
        assert_eq!(store.card(call).unwrap().possible_contacts, 1);
        assert!(store.recent_cards(call, 10).unwrap().is_empty());
    }
    for (text, terms) in [("", 2), ("8555 0117", 2), ("qu", 1)] {
        let mut found = |origin| {
            let query = ContactQuery { text: text.into(), origin, limit: 10, ..ContactQuery::default() };
            let page = store.search_contacts(&query).unwrap();
            assert_eq!(page.total as usize, page.rows.len(), "{text}");
            page.rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(found(None).len(), terms, "{text}");
        assert_eq!(found(Some(Origin::Demo)), ["Marcela Quesada"], "{text}");
        assert!(found(Some(Origin::Live)).iter().all(|name| name == "Ana Mora"), "{text}");
    }
    for (call, stranger, own) in [(record.id, &demo, &live), (ring.id, &live, &demo)] {
        assert_eq!(store.save_card(call, &draft(stranger, "x"), &Release::default(), T0), Err(StoreError::NotFound));
        store.save_card(call, &draft(own, "x"), &Release::default(), T0).unwrap();
    }
}
