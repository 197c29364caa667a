//! Contacts in and out.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::columns::Column;
use super::csv::{self, CsvError, Row};
use super::{guarded, unguarded};
use crate::contact::{Address, Channel, ChannelKind, Contact, ContactKind, Invalid};
use crate::id::{AddressId, ChannelId, ContactId, Origin};
use crate::phone::PhoneNumber;
use crate::text::fold;

/// Between several values in one cell.
const BETWEEN: char = '|';

/// Why nothing of a file is imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not readable as CSV.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// No heading, or no row below it.
    #[error("no rows")]
    Empty,
    /// A heading that is no column.
    #[error("column {column} is not known")]
    UnknownColumn {
        /// Place, from 1.
        column: usize,
        /// The heading.
        heading: String,
    },
    /// Two headings for the same column.
    #[error("column {column} repeats another")]
    RepeatedColumn {
        /// Place, from 1.
        column: usize,
        /// The heading.
        heading: String,
    },
    /// No column for a field that every contact needs.
    #[error("column {key} is missing")]
    MissingColumn {
        /// Key of the column.
        key: &'static str,
    },
    /// A row has more or fewer cells than the heading.
    #[error("line {line} has {found} cells, not {expected}")]
    RowLength {
        /// Line, from 1.
        line: usize,
        /// Cells of the row.
        found: usize,
        /// Cells of the heading.
        expected: usize,
    },
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// People ready to be stored, in the order of the file.
    pub contacts: Vec<Contact>,
    /// One report for each row.
    pub report: Vec<RowReport>,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowReport {
    /// Line, from 1.
    pub line: usize,
    /// Whether it is imported.
    pub outcome: RowOutcome,
    /// An earlier line of the file has one of its numbers.
    pub same_number_as: Option<usize>,
}

/// Whether a row is imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// Yes, as this person.
    Ready(ContactId),
    /// No: a field is missing or has a wrong form.
    Rejected(Invalid),
    /// No: the kind is neither contact nor lead.
    UnknownKind,
}

/// The file to fill in: its headings and nothing else («machote»).
pub fn template() -> String {
    let heading: Vec<String> = Column::all().map(|column| column.key().to_owned()).collect();
    csv::write([heading.as_slice()])
}

/// Reads a file. Numbers without country code are meant in `country`; `ids` makes UUIDv7. A wrong format is an error and
/// nothing is imported; a row with a wrong field is left out and told in the report.
pub fn read(bytes: &[u8], country: &str, ids: &mut dyn FnMut() -> Uuid) -> Result<Import, ImportError> {
    let mut rows = csv::read(bytes)?.into_iter();
    let heading = rows.next().ok_or(ImportError::Empty)?;
    let columns = columns(&heading)?;
    let rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        return Err(ImportError::Empty);
    }
    if let Some(row) = rows.iter().find(|row| row.cells.len() != columns.len()) {
        return Err(ImportError::RowLength { line: row.line, found: row.cells.len(), expected: columns.len() });
    }
    let mut import = Import { contacts: Vec::new(), report: Vec::new() };
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    for row in &rows {
        let cells: BTreeMap<Column, &str> =
            columns.iter().copied().zip(row.cells.iter().map(|cell| unguarded(cell.trim()))).collect();
        let mut report = RowReport { line: row.line, outcome: RowOutcome::UnknownKind, same_number_as: None };
        if let Some(mut contact) = contact(&cells, ids) {
            contact.tidy(country);
            report.same_number_as = first_line_with(&contact, row.line, &mut numbers);
            report.outcome = match contact.validate() {
                Err(invalid) => RowOutcome::Rejected(invalid),
                Ok(()) => {
                    let id = contact.id;
                    import.contacts.push(contact);
                    RowOutcome::Ready(id)
                }
            };
        }
        import.report.push(report);
    }
    Ok(import)
}

/// Writes people, one row each; their first address. Cells are guarded against formulas. Demo data is left out; how many
/// rows there are comes with it.
pub fn write<'a>(contacts: impl IntoIterator<Item = &'a Contact>) -> (String, usize) {
    let heading: Vec<String> = Column::all().map(|column| column.key().to_owned()).collect();
    let rows = contacts
        .into_iter()
        .filter(|contact| contact.origin == Origin::Live)
        .map(|contact| Column::all().map(|column| guarded(&cell(contact, column))).collect::<Vec<String>>());
    let table: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    (csv::write(table.iter().map(Vec::as_slice)), table.len() - 1)
}

fn columns(heading: &Row) -> Result<Vec<Column>, ImportError> {
    let mut columns = Vec::new();
    for (place, heading) in (1..).zip(&heading.cells) {
        let named = |error: fn(usize, String) -> ImportError| error(place, heading.chars().take(64).collect());
        let column = Column::of_heading(heading)
            .ok_or_else(|| named(|column, heading| ImportError::UnknownColumn { column, heading }))?;
        if columns.contains(&column) {
            return Err(named(|column, heading| ImportError::RepeatedColumn { column, heading }));
        }
        columns.push(column);
    }
    let needed: BTreeSet<Column> = columns.iter().copied().collect();
    if !needed.contains(&Column::LastName) {
        return Err(ImportError::MissingColumn { key: Column::LastName.key() });
    }
    let reachable = [Column::Phone, Column::Mobile, Column::Email, Column::Social];
    if !reachable.iter().any(|column| needed.contains(column)) {
        return Err(ImportError::MissingColumn { key: Column::Phone.key() });
    }
    Ok(columns)
}

fn contact(cells: &BTreeMap<Column, &str>, ids: &mut dyn FnMut() -> Uuid) -> Option<Contact> {
    let text = |column| cells.get(&column).copied().unwrap_or_default().to_owned();
    let kind = match fold(&text(Column::Kind)).as_str() {
        "" | "contact" | "contacto" | "contato" => ContactKind::Contact,
        "lead" | "candidato" | "prospecto" => ContactKind::Lead,
        _ => return None,
    };
    let mut channels = Vec::new();
    for (column, kind) in [
        (Column::Phone, ChannelKind::Phone),
        (Column::Mobile, ChannelKind::Mobile),
        (Column::Email, ChannelKind::Email),
        (Column::Social, ChannelKind::Social),
    ] {
        for raw in text(column).split(BETWEEN).map(str::trim).filter(|raw| !raw.is_empty()) {
            channels.push(Channel { id: ChannelId(ids()), kind, raw: raw.to_owned(), number: None });
        }
    }
    let address = Address {
        id: AddressId(ids()),
        street: text(Column::Street),
        number: text(Column::Number),
        complement: text(Column::Complement),
        district: text(Column::District),
        city: text(Column::City),
        region: text(Column::Region),
        postal_code: text(Column::PostalCode),
        country: text(Column::Country),
        reference: text(Column::Reference),
    };
    Some(Contact {
        id: ContactId(ids()),
        rev: 0,
        origin: Origin::Live,
        kind,
        first_name: text(Column::FirstName),
        last_name: text(Column::LastName),
        company: text(Column::Company),
        document_kind: Some(text(Column::DocumentKind)),
        document_number: Some(text(Column::DocumentNumber)),
        vip: matches!(
            fold(&text(Column::Vip)).as_str(),
            "1" | "si" | "yes" | "true" | "x" | "sim" | "verdadero" | "vip"
        ),
        channels,
        addresses: if address.line().is_empty() { Vec::new() } else { vec![address] },
        custom: BTreeMap::new(),
    })
}

/// The first line whose contact has one of these numbers, if it is not this one.
pub(super) fn first_line_with(contact: &Contact, line: usize, numbers: &mut BTreeMap<String, usize>) -> Option<usize> {
    let keys = contact.channels.iter().filter_map(|channel| channel.number.as_ref()).map(PhoneNumber::match_key);
    let mut first = None;
    for key in keys {
        let known = *numbers.entry(key.to_owned()).or_insert(line);
        if known != line {
            first = first.or(Some(known));
        }
    }
    first
}

fn cell(contact: &Contact, column: Column) -> String {
    let channels = |kind| {
        let shown =
            contact.channels.iter().filter(|channel| channel.kind == kind).map(|channel| match &channel.number {
                Some(number) if number.extension().is_none() => number.dial().to_owned(),
                _ => channel.raw.clone(),
            });
        shown.collect::<Vec<_>>().join(" | ")
    };
    let address =
        |part: fn(&Address) -> &String| contact.addresses.first().map_or_else(String::new, |a| part(a).clone());
    match column {
        Column::Kind => match contact.kind {
            ContactKind::Contact => "contact".into(),
            ContactKind::Lead => "lead".into(),
        },
        Column::FirstName => contact.first_name.clone(),
        Column::LastName => contact.last_name.clone(),
        Column::Company => contact.company.clone(),
        Column::DocumentKind => contact.document_kind.clone().unwrap_or_default(),
        Column::DocumentNumber => contact.document_number.clone().unwrap_or_default(),
        Column::Vip => if contact.vip { "1" } else { "" }.into(),
        Column::Phone => channels(ChannelKind::Phone),
        Column::Mobile => channels(ChannelKind::Mobile),
        Column::Email => channels(ChannelKind::Email),
        Column::Social => channels(ChannelKind::Social),
        Column::Street => address(|a| &a.street),
        Column::Number => address(|a| &a.number),
        Column::Complement => address(|a| &a.complement),
        Column::District => address(|a| &a.district),
        Column::City => address(|a| &a.city),
        Column::Region => address(|a| &a.region),
        Column::PostalCode => address(|a| &a.postal_code),
        Column::Country => address(|a| &a.country),
        Column::Reference => address(|a| &a.reference),
    }
}
