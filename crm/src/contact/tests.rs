use uuid::Uuid;

use super::*;

fn person(kind: ContactKind) -> Contact {
    Contact {
        id: ContactId(Uuid::from_u128(1)),
        rev: 0,
        origin: Origin::Live,
        kind,
        first_name: " Ana  María ".into(),
        last_name: "Mora\u{200b}".into(),
        company: "Ferretería El Yunque".into(),
        document_kind: Some("DNI".into()),
        document_number: Some(" ".into()),
        vip: false,
        channels: vec![channel(ChannelKind::Phone, " 8555 0117 "), channel(ChannelKind::Email, "ana@yunque.example")],
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    }
}

fn channel(kind: ChannelKind, raw: &str) -> Channel {
    Channel { id: ChannelId(Uuid::from_u128(2)), kind, raw: raw.into(), number: None }
}

fn checked(mut contact: Contact) -> Result<(), Invalid> {
    contact.tidy("CR");
    contact.validate()
}

#[test]
fn tidying_trims_and_reads_numbers() {
    let mut contact = person(ContactKind::Contact);
    contact.tidy("CR");
    assert_eq!((contact.name().as_str(), contact.initials().as_str()), ("Ana María Mora", "AM"));
    assert_eq!(contact.document_number, None);
    assert_eq!(contact.first_phone_and_email(), (Some("+506 8555 0117".into()), Some("ana@yunque.example".into())));
    assert!(contact.search_text().contains("ferreteria el yunque"));
    assert!(contact.search_text().contains("50685550117"));
}

#[test]
fn required_fields_depend_on_the_kind() {
    assert_eq!(checked(person(ContactKind::Contact)), Ok(()));
    assert_eq!(checked(person(ContactKind::Lead)), Ok(()));
    let without = |kind, change: fn(&mut Contact)| {
        let mut contact = person(kind);
        change(&mut contact);
        checked(contact)
    };
    assert_eq!(without(ContactKind::Contact, |c| c.first_name.clear()), Err(Invalid::Required(Field::FirstName)));
    assert_eq!(without(ContactKind::Lead, |c| c.first_name.clear()), Ok(()));
    assert_eq!(without(ContactKind::Contact, |c| c.last_name = " \t".into()), Err(Invalid::Required(Field::LastName)));
    assert_eq!(without(ContactKind::Contact, |c| c.company.clear()), Ok(()));
    assert_eq!(without(ContactKind::Lead, |c| c.company.clear()), Err(Invalid::Required(Field::Company)));
    assert_eq!(without(ContactKind::Contact, |c| c.channels.clear()), Err(Invalid::Required(Field::Channels)));
}

#[test]
fn channels_must_have_their_form() {
    let with = |kind, raw: &str| {
        let mut contact = person(ContactKind::Contact);
        contact.channels.push(channel(kind, raw));
        checked(contact)
    };
    assert_eq!(with(ChannelKind::Phone, "27"), Ok(()), "extensions are taken");
    assert_eq!(with(ChannelKind::Phone, "later"), Err(Invalid::Form(Field::Channel(2))));
    assert_eq!(with(ChannelKind::Email, "ana@"), Err(Invalid::Form(Field::Channel(2))));
    assert_eq!(with(ChannelKind::Social, "@ana"), Ok(()));
    assert_eq!(Field::Channel(2).name(), "channels.2");
}

#[test]
fn email_form() {
    for good in ["a@b.cr", "ana.mora+1@sub.yunque.example", "maría@ñandú.example", "o'neil@x.example"] {
        assert!(is_email(good), "{good}");
    }
    for bad in
        ["a", "a@b", "@b.cr", "a@b.", "a b@c.cr", "a@@b.cr", "a@-b.cr", ".a@b.cr", "a..b@c.cr", "a@b..cr", "a@b.cr>"]
    {
        assert!(!is_email(bad), "{bad}");
    }
}
