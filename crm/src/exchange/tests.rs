use uuid::Uuid;

use super::contacts::{ImportError, RowOutcome, read, template, write};
use super::csv::CsvError;
use super::history::iso;
use super::*;
use crate::contact::{Contact, ContactKind, Field, Invalid};
use crate::id::Origin;
use crate::store::Store;
use crate::store::conformance::{T0, call, channel, person, talked};
use crate::store::memory::MemoryStore;

fn import(text: &str) -> Result<contacts::Import, ImportError> {
    let mut n = 0;
    read(text.as_bytes(), "CR", &mut || {
        n += 1;
        Uuid::from_u128(n)
    })
}

#[test]
fn formulas_are_disarmed_and_numbers_stay() {
    for raw in ["+50685550117", "Ana", "8555", "", "a=b", "#1"] {
        assert_eq!(guarded(raw), raw);
    }
    for raw in
        ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "+1234", "+50685550117 ext. 3", " =1", "＝1"]
    {
        assert_eq!(guarded(raw), format!("'{raw}"));
        assert_eq!(unguarded(&guarded(raw)), raw);
    }
    assert_eq!(unguarded("'tis"), "'tis");
}

#[test]
fn files_of_several_makes_are_read() {
    let comma = "Nombre,Apellidos,Teléfono,Correo,VIP\r\nAna,Mora,8555 0117,ana@yunque.example,sí\r\n";
    let semicolon = "\u{feff}nombre;apellidos;telefono;correo;vip\nAna;Mora;'+506 8555-0117;ana@yunque.example;x\n\n";
    let tab = "First name\tLast name\tPhone\tE-mail\tVIP\n\"Ana\"\t\"Mora\"\t+50685550117\tana@yunque.example\tyes";
    for text in [comma, semicolon, tab] {
        let import = import(text).unwrap();
        assert_eq!(import.report.len(), 1);
        let contact = &import.contacts[0];
        assert_eq!((contact.name().as_str(), contact.vip, contact.kind), ("Ana Mora", true, ContactKind::Contact));
        assert_eq!(contact.channels[0].number.as_ref().and_then(|number| number.e164()), Some("+50685550117"));
    }
}

#[test]
fn a_wrong_format_imports_nothing_and_names_the_place() {
    let head = "first_name,last_name,phone\n";
    for (text, error) in [
        ("", ImportError::Empty),
        (head, ImportError::Empty),
        ("first_name,colour,phone\nAna,red,27\n", ImportError::UnknownColumn { column: 2, heading: "colour".into() }),
        (
            "last_name,phone,teléfono\nMora,27,28\n",
            ImportError::RepeatedColumn { column: 3, heading: "teléfono".into() },
        ),
        ("first_name,phone\nAna,27\n", ImportError::MissingColumn { key: "last_name" }),
        ("first_name,last_name\nAna,Mora\n", ImportError::MissingColumn { key: "phone" }),
        (
            "first_name,last_name,phone\nAna,Mora,27\nAna,Mora\n",
            ImportError::RowLength { line: 3, found: 2, expected: 3 },
        ),
        ("last_name,phone\n\"Mora,27\n", CsvError::Quotes { line: 2 }.into()),
        ("last_name,phone\n\"Mora\"x,27\n", CsvError::Quotes { line: 2 }.into()),
        ("last_name,phone\nMo\0ra,27\n", CsvError::NotText { line: 2 }.into()),
        ("PK\u{3}\u{4}xl/workbook.xml", CsvError::Workbook.into()),
    ] {
        assert_eq!(import(text), Err(error), "{text:?}");
    }
    let latin = b"nombre,apellidos,telefono\nJos\xe9,Mora,27\n";
    assert_eq!(read(latin, "CR", &mut Uuid::nil), Err(CsvError::NotText { line: 2 }.into()));
}

#[test]
fn every_row_is_reported() {
    let text = "tipo,nombre,apellidos,empresa,telefono,correo\n\
        ,Ana,Mora,,8555 0117,\n\
        candidato,,Quesada,Yunque,27 | 2222 0000,\n\
        contacto,\"Li\nPei\",Wu,,later,\n\
        ,Zoe,Mora,,+506 8555-0117,zoe@yunque.example\n\
        ,,Solís,,28,\n\
        socio,Eva,Paz,,29,\n";
    let import = import(text).unwrap();
    assert_eq!(import.contacts.len(), 3);
    let rows: Vec<_> = import.report.iter().map(|row| (row.line, row.same_number_as)).collect();
    assert_eq!(rows, [(2, None), (3, None), (4, None), (6, Some(2)), (7, None), (8, None)]);
    let rejected = |at: usize| &import.report[at].outcome;
    assert_eq!(rejected(2), &RowOutcome::Rejected(Invalid::Form(Field::Channel(0))));
    assert_eq!(rejected(4), &RowOutcome::Rejected(Invalid::Required(Field::FirstName)));
    assert_eq!(rejected(5), &RowOutcome::UnknownKind);
    assert_eq!(import.contacts[1].channels.len(), 2);
}

#[test]
fn what_is_written_is_read_back() {
    let mut ana = person(1, "=Ana", "Mora, \"la jefa\"", "8555 0117");
    ana.company = "-Yunque\nSur".into();
    ana.channels.push(channel(11, crate::contact::ChannelKind::Phone, "2222 0000 ext. 4"));
    ana.channels.push(channel(12, crate::contact::ChannelKind::Email, "ana@yunque.example"));
    ana.vip = true;
    ana.tidy("CR");
    let (text, rows) = write([&Contact { origin: Origin::Demo, ..ana.clone() }, &ana]);
    assert_eq!(rows, 1, "demo data stays here");
    assert!(text.contains("'=Ana,\"Mora, \"\"la jefa\"\"\",'-Yunque Sur,"), "{text}");
    let back = &import(&text).unwrap().contacts[0];
    assert_eq!(
        (&back.first_name, &back.last_name, &back.company, back.vip),
        (&ana.first_name, &ana.last_name, &ana.company, true)
    );
    let numbers = |contact: &crate::contact::Contact| {
        contact.channels.iter().map(|c| (c.kind, c.number.clone())).collect::<Vec<_>>()
    };
    assert_eq!(numbers(back), numbers(&ana));
    assert_eq!(import(&template()), Err(ImportError::Empty), "the template itself has the right columns");
}

#[test]
fn history_has_numbers_as_text_and_seconds_as_numbers() {
    let mut store = MemoryStore::new();
    let record = call(1, crate::call::Direction::Incoming, "8555 0117");
    let draft = crate::card::Draft { subject: "=HYPERLINK(\"x\")".into(), ..Default::default() };
    store.begin_call(&record, &draft).unwrap();
    store.end_call(&talked(&record), false).unwrap();
    let row = store.card(record.id).unwrap();
    let mut practised = row.clone();
    practised.card.record.origin = Origin::Demo;
    let (text, rows) = history::write([&practised, &row], -360);
    assert_eq!(rows, 1, "demo data stays here");
    let line = text.lines().nth(1).unwrap();
    assert!(line.starts_with("2027-01-15T02:00:01-06:00,incoming,0,+50685550117,16,75,Soporte,"), "{line}");
    assert!(line.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{line}");
    assert_eq!(text.lines().next().unwrap().trim_start_matches('\u{feff}').split(',').count(), history::COLUMNS.len());
    assert_eq!(T0, 1_800_000_000_000);
}

#[test]
fn moments_are_iso_8601() {
    assert_eq!(iso(0, 0), "1970-01-01T00:00:00+00:00");
    assert_eq!(iso(951_782_400_000, 0), "2000-02-29T00:00:00+00:00");
    assert_eq!(iso(-1, 330), "1970-01-01T05:29:59+05:30");
    assert_eq!(iso(4_107_542_399_000, 0), "2100-02-28T23:59:59+00:00");
    assert_eq!(iso(4_107_542_400_000, 0), "2100-03-01T00:00:00+00:00", "2100 is no leap year");
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = csv::read(&bytes);
    }

    #[test]
    fn any_cells_survive_the_round_trip(rows in proptest::collection::vec(proptest::collection::vec("[^\0]{0,12}", 2..4), 1..5)) {
        let text = csv::write(rows.iter().map(Vec::as_slice));
        // A line without commas reads alike whatever the separator, so the first line must tell it.
        let first = format!("\u{feff}a,b\r\n{}", text.strip_prefix('\u{feff}').unwrap());
        let read = csv::read(first.as_bytes()).unwrap();
        let written: Vec<_> = rows.iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).cloned().collect();
        let back: Vec<Vec<String>> = read.into_iter().skip(1).map(|row| row.cells).collect();
        proptest::prop_assert_eq!(back, written);
    }
}
