//! People from vCard files (RFC 6350, and 3.0 and 2.1 as telephones and mail programs write them).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::contacts::{Import, ImportError, RowOutcome, RowReport, first_line_with};
use super::csv::{BYTES_MAX, CsvError, ROWS_MAX};
use crate::contact::{Address, Channel, ChannelKind, Contact, ContactKind};
use crate::id::{AddressId, ChannelId, ContactId, Origin};
use crate::text::fold;

/// Whether a file is vCard, by how it begins.
pub fn is_vcard(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    text.trim_ascii_start().get(..11).is_some_and(|head| head.eq_ignore_ascii_case(b"BEGIN:VCARD"))
}

/// Reads a file. Numbers without country code are meant in `country`; `ids` makes UUIDv7. A file that is no text imports
/// nothing; a card that lacks a name or a way to be reached is left out and told in the report by the line it begins on.
pub fn read(bytes: &[u8], country: &str, ids: &mut dyn FnMut() -> Uuid) -> Result<Import, ImportError> {
    if bytes.len() > BYTES_MAX {
        return Err(CsvError::TooLarge { line: 1 }.into());
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        CsvError::NotText { line }
    })?;
    let mut import = Import { contacts: Vec::new(), report: Vec::new() };
    let mut numbers = BTreeMap::new();
    for (line, properties) in cards(text.trim_start_matches('\u{feff}'))? {
        let mut contact = contact(&properties, ids);
        contact.tidy(country);
        let same_number_as = first_line_with(&contact, line, &mut numbers);
        let outcome = match contact.validate() {
            Err(invalid) => RowOutcome::Rejected(invalid),
            Ok(()) => {
                let id = contact.id;
                import.contacts.push(contact);
                RowOutcome::Ready(id)
            }
        };
        import.report.push(RowReport { line, outcome, same_number_as });
    }
    if import.report.is_empty() { Err(ImportError::Empty) } else { Ok(import) }
}

/// The first card of a text, whatever it lacks; numbers without country code are meant in `country`.
pub fn person(text: &str, country: &str, ids: &mut dyn FnMut() -> Uuid) -> Option<Contact> {
    let (_, properties) = cards(text).ok()?.into_iter().next()?;
    let mut contact = contact(&properties, ids);
    contact.tidy(country);
    Some(contact)
}

/// One line of a card, unfolded.
struct Property {
    name: String,
    /// Parameters in upper case; of 2.1 also those without a name.
    parameters: Vec<String>,
    value: String,
}

impl Property {
    /// `[group.]NAME[;PARAMETER[=VALUE]…]:VALUE` (RFC 6350 §3.3); none for what is no property.
    fn read(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon], &line[colon + 1..]);
        let mut parts = head.split(';');
        let name = parts.next()?.rsplit('.').next()?.to_ascii_uppercase();
        let parameters: Vec<String> = parts.map(str::to_ascii_uppercase).collect();
        let property = Self { name, parameters, value: value.to_owned() };
        Some(if property.has("QUOTED-PRINTABLE") { property.decoded() } else { property })
    }

    /// Some parameter is `word`, or has it among its values.
    fn has(&self, word: &str) -> bool {
        let values = |parameter: &str| parameter.rsplit('=').next().unwrap_or_default().trim_matches('"').to_owned();
        self.parameters.iter().any(|parameter| values(parameter).split(',').any(|value| value == word))
    }

    fn decoded(mut self) -> Self {
        let mut bytes = Vec::with_capacity(self.value.len());
        let mut rest = self.value.as_bytes();
        while let [first, tail @ ..] = rest {
            let code = tail.get(..2).filter(|_| *first == b'=').and_then(|hex| std::str::from_utf8(hex).ok());
            let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.push(code.unwrap_or(*first));
            rest = if code.is_some() { &tail[2..] } else { tail };
        }
        self.value = String::from_utf8_lossy(&bytes).into_owned();
        self
    }

    /// The value as one text.
    fn text(&self) -> String {
        unescaped(&self.value)
    }

    /// The parts between semicolons.
    fn parts(&self) -> Vec<String> {
        let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
        for (at, c) in self.value.char_indices() {
            if c == ';' && !escaped {
                parts.push(unescaped(&self.value[start..at]));
                start = at + 1;
            }
            escaped = c == '\\' && !escaped;
        }
        parts.push(unescaped(&self.value[start..]));
        parts
    }
}

/// RFC 6350 §3.4.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n' | 'N') => text.push(' '),
                Some(other) => text.push(other),
                None => {}
            },
            (c, false) => text.push(c),
        }
    }
    text.trim().to_owned()
}

/// The cards with the line each begins on.
fn cards(text: &str) -> Result<Vec<(usize, Vec<Property>)>, ImportError> {
    let mut cards: Vec<(usize, Vec<Property>)> = Vec::new();
    let mut open = false;
    for (line, text) in unfolded(text) {
        let Some(property) = Property::read(&text) else { continue };
        let card = property.value.trim().eq_ignore_ascii_case("VCARD");
        match property.name.as_str() {
            "BEGIN" if card => {
                open = true;
                cards.push((line, Vec::new()));
                if cards.len() > ROWS_MAX {
                    return Err(CsvError::TooLarge { line }.into());
                }
            }
            "END" if card => open = false,
            _ if open => {
                if let Some((_, properties)) = cards.last_mut() {
                    properties.push(property);
                }
            }
            _ => {}
        }
    }
    Ok(cards)
}

/// Lines with what was folded behind them: by a leading blank (RFC 6350 §3.2), or by `=` at the end in 2.1's
/// quoted-printable.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim_end_matches('\r');
        match lines.last_mut() {
            Some((_, last)) if line.starts_with([' ', '\t']) => last.push_str(&line[1..]),
            Some((_, last)) if last.ends_with('=') && last.to_ascii_uppercase().contains("QUOTED-PRINTABLE") => {
                last.pop();
                last.push_str(line);
            }
            _ => lines.push((number, line.to_owned())),
        }
    }
    lines
}

fn contact(properties: &[Property], ids: &mut dyn FnMut() -> Uuid) -> Contact {
    let first = |name: &str| properties.iter().find(|property| property.name == name);
    let (first_name, last_name) = names(first("N"), first("FN"));
    let company = first("ORG").and_then(|org| org.parts().into_iter().find(|part| !part.is_empty()));
    let mut channels: Vec<Channel> = Vec::new();
    for property in properties {
        if let Some((kind, raw)) = channel(property)
            && !raw.is_empty()
            && channels.iter().all(|channel| channel.raw != raw)
        {
            channels.push(Channel { id: ChannelId(ids()), kind, raw, number: None });
        }
    }
    let addresses = properties.iter().filter(|property| property.name == "ADR").map(|adr| address(adr, ids));
    let addresses: Vec<Address> = addresses.filter(|address| !address.line().is_empty()).collect();
    let vip = first("CATEGORIES").is_some_and(|list| list.value.split(',').any(|name| fold(name.trim()) == "vip"));
    Contact {
        id: ContactId(ids()),
        rev: 0,
        origin: Origin::Live,
        kind: ContactKind::Contact,
        first_name,
        last_name,
        company: company.unwrap_or_default(),
        document_kind: None,
        document_number: None,
        vip,
        channels,
        addresses,
        custom: BTreeMap::new(),
    }
}

/// First and last name: of `N`, or of the formatted name, whose last word is then the last name.
fn names(n: Option<&Property>, formatted: Option<&Property>) -> (String, String) {
    let parts = n.map(Property::parts).unwrap_or_default();
    let part = |at: usize| parts.get(at).cloned().unwrap_or_default();
    let (last, given) = (part(0), [part(1), part(2)].join(" ").trim().to_owned());
    if !last.is_empty() && !given.is_empty() {
        return (given, last);
    }
    let whole =
        formatted.map(Property::text).filter(|text| !text.is_empty()).unwrap_or_else(|| format!("{given} {last}"));
    match whole.trim().rsplit_once(' ') {
        Some((first, last)) => (first.trim().to_owned(), last.to_owned()),
        None => (whole.trim().to_owned(), String::new()),
    }
}

/// A way to reach the person; none for what is no such property.
fn channel(property: &Property) -> Option<(ChannelKind, String)> {
    let value = property.text();
    Some(match property.name.as_str() {
        // A fax machine does not talk.
        "TEL" if property.has("FAX") || property.has("PAGER") => return None,
        "TEL" => {
            let number = value.strip_prefix("tel:").unwrap_or(&value).replace(";ext=", " ext. ");
            let mobile = property.has("CELL") || property.has("IPHONE");
            (if mobile { ChannelKind::Mobile } else { ChannelKind::Phone }, number)
        }
        "EMAIL" => (ChannelKind::Email, value.strip_prefix("mailto:").unwrap_or(&value).to_owned()),
        "IMPP" | "X-SOCIALPROFILE" | "SOCIALPROFILE" => (ChannelKind::Social, value),
        _ => return None,
    })
}

/// `post office box;extended;street;city;region;postal code;country` (RFC 6350 §6.3.1). A country's name is kept beside
/// the place; only an ISO 3166 code is a country here.
fn address(adr: &Property, ids: &mut dyn FnMut() -> Uuid) -> Address {
    let parts = adr.parts();
    let part = |at: usize| parts.get(at).cloned().unwrap_or_default();
    let land = part(6);
    let code = land.len() == 2 && land.bytes().all(|byte| byte.is_ascii_alphabetic());
    Address {
        id: AddressId(ids()),
        street: part(2),
        number: String::new(),
        complement: [part(0), part(1)].join(" ").trim().to_owned(),
        district: String::new(),
        city: part(3),
        region: part(4),
        postal_code: part(5),
        country: if code { land.to_ascii_uppercase() } else { String::new() },
        reference: if code { String::new() } else { land },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{Field, Invalid};

    fn import(text: &str) -> Import {
        let mut n = 0;
        let ids = &mut || {
            n += 1;
            Uuid::from_u128(n)
        };
        read(text.as_bytes(), "CR", ids).unwrap()
    }

    #[test]
    fn cards_of_three_versions_are_read() {
        let new = "\u{feff}BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ana Mora\r\nN:Mora;Ana;;;\r\nORG:Ferretería El Yunque\\, S.A.;Ventas\r\n\
            TEL;VALUE=uri;TYPE=\"voice,cell\":tel:+506-8555-0117\r\nTEL;TYPE=work:2222 0000 ext. 12\r\nTEL;TYPE=fax:2222 0009\r\n\
            EMAIL:ana@yun\r\n que.example\r\nADR:;;Calle 5 \\; 7;San José;SJ;10101;CR\r\nCATEGORIES:amigos,VIP\r\nEND:VCARD\r\n";
        let ana = &import(new).contacts[0];
        assert_eq!(
            (ana.name().as_str(), ana.company.as_str(), ana.vip),
            ("Ana Mora", "Ferretería El Yunque, S.A.", true)
        );
        let channels: Vec<_> = ana.channels.iter().map(|c| (c.kind, c.raw.as_str())).collect();
        let expected = [
            (ChannelKind::Mobile, "+506-8555-0117"),
            (ChannelKind::Phone, "2222 0000 ext. 12"),
            (ChannelKind::Email, "ana@yunque.example"),
        ];
        assert_eq!(channels, expected);
        assert_eq!(ana.channels[0].number.as_ref().and_then(|n| n.e164()), Some("+50685550117"));
        assert_eq!((ana.addresses[0].street.as_str(), ana.addresses[0].country.as_str()), ("Calle 5 ; 7", "CR"));

        let old = "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ib=C3=A1=\n=C3=B1ez;Jos=C3=A9\nTEL;CELL:85550118\nEND:VCARD\n\
            begin:vcard\nversion:3.0\nfn:Eva Soto Rojas\nitem1.TEL;type=WORK;type=pref:231\nend:vcard";
        let people: Vec<String> = import(old).contacts.iter().map(Contact::name).collect();
        assert_eq!(people, ["José Ibáñez", "Eva Soto Rojas"]);
    }

    #[test]
    fn a_card_without_name_or_number_is_told_by_its_line() {
        let text = "BEGIN:VCARD\nFN:Ana\nTEL:27\nEND:VCARD\nBEGIN:VCARD\nFN:Eva Soto\nEND:VCARD\nBEGIN:VCARD\nFN:Luis Vega\nTEL:27\nEND:VCARD";
        let import = import(text);
        let report: Vec<_> =
            import.report.iter().map(|row| (row.line, row.outcome.clone(), row.same_number_as)).collect();
        let luis = import.contacts[0].id;
        let expected = [
            (1, RowOutcome::Rejected(Invalid::Required(Field::LastName)), None),
            (5, RowOutcome::Rejected(Invalid::Required(Field::Channels)), None),
            (8, RowOutcome::Ready(luis), Some(1)),
        ];
        assert_eq!(report, expected);
    }

    #[test]
    fn what_is_no_text_or_no_card_imports_nobody() {
        let read = |bytes: &[u8]| read(bytes, "CR", &mut || Uuid::nil());
        assert_eq!(read(b"BEGIN:VCARD\nFN:\xff\n"), Err(CsvError::NotText { line: 2 }.into()));
        assert_eq!(read(b"FN:Ana Mora\n"), Err(ImportError::Empty));
        assert!(is_vcard(b"\xef\xbb\xbf\r\nbegin:vcard\r\n") && !is_vcard(b"BEGIN,VCARD"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic(lines in proptest::collection::vec("(BEGIN:VCARD|END:VCARD|TEL;CELL:|N;QUOTED-PRINTABLE:=|ADR:;| )\\PC{0,12}=?", 0..12)) {
            let _ = read(lines.join("\n").as_bytes(), "CR", &mut || Uuid::nil());
        }
    }
}
