//! SOQL and SOSL, with every foreign text escaped.

use crm::connector::{NewPerson, RemoteKind, RemoteRef, stored_forms};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;

use super::wire;
use crate::shape::kind_of;

/// The fields of people that are read, by object.
const PEOPLE: &str = "Contact(Id, Name, Phone, MobilePhone, HomePhone, OtherPhone, Email, Account.Name LIMIT 50), \
     Lead(Id, Name, Phone, MobilePhone, Email, Company WHERE IsConverted = false LIMIT 50)";
const ACCOUNTS: &str = "Account(Id, Name, Phone LIMIT 20)";
/// Where people may be accounts, whose numbers are then of both.
const PERSON_ACCOUNTS: &str = "Account(Id, Name, Phone, IsPersonAccount, PersonContactId, PersonMobilePhone, PersonHomePhone, \
     PersonOtherPhone, PersonEmail LIMIT 50)";
/// The most characters of a search of ours.
const TEXT_MAX: usize = 120;

fn returning(persons: bool) -> String {
    format!("{PEOPLE}, {}", if persons { PERSON_ACCOUNTS } else { ACCOUNTS })
}

/// Everybody with a phone in one of the writings of this number; none for what is no full number. `persons` asks for what only
/// organisations with people who are accounts have.
pub(super) fn by_number(number: &PhoneNumber, persons: bool) -> Option<String> {
    let forms = stored_forms(number);
    let words: Vec<String> = forms
        .iter()
        // One digit alone is no word of the index.
        .map(|form| form.iter().filter(|word| word.len() > 1).map(String::as_str).collect::<Vec<_>>())
        .filter(|form| !form.is_empty())
        .map(|form| if form.len() == 1 { form[0].to_owned() } else { format!("({})", form.join(" AND ")) })
        .collect();
    let (words, returning) = (words.join(" OR "), returning(persons));
    (!words.is_empty()).then(|| format!("FIND {{{words}}} IN PHONE FIELDS RETURNING {returning}"))
}

/// Everybody in whom each of these words begins one; none if nothing is left to search for.
pub(super) fn by_text(text: &str, limit: u32, persons: bool) -> Option<String> {
    let text: String = text.chars().take(TEXT_MAX).collect();
    let operators = ["and", "or", "not"];
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| word.chars().filter(|c| c.is_alphanumeric()).count() > 1)
        .filter(|word| !operators.contains(&word.to_lowercase().as_str()))
        .map(|word| format!("{}*", sosl_escaped(word)))
        .collect();
    let limit = limit.clamp(1, 200);
    let (find, returning) = (words.join(" AND "), returning(persons));
    (!words.is_empty()).then(|| format!("FIND {{{find}}} IN ALL FIELDS RETURNING {returning} LIMIT {limit}"))
}

/// The task with this marker.
pub(super) fn marked(field: &str, marker: OutboxId) -> String {
    format!("SELECT Id FROM Task WHERE {field} = '{}' LIMIT 1", marker.0)
}

/// Somebody as we create them, newest first.
pub(super) fn created(person: &NewPerson) -> String {
    let kind = kind_of(person);
    let is = |field: &str, value: &str| format!("{field} = '{}'", escaped(value));
    let mut conditions = vec![is("LastName", &person.last_name)];
    if !person.first_name.is_empty() {
        conditions.push(is("FirstName", &person.first_name));
    }
    match (person.phones.first(), &person.email) {
        (Some(phone), _) => conditions.push(is("Phone", phone)),
        (None, Some(email)) => conditions.push(is("Email", email)),
        (None, None) => {}
    }
    let object = wire::object(kind);
    format!("SELECT Id FROM {object} WHERE {} ORDER BY CreatedDate DESC LIMIT 1", conditions.join(" AND "))
}

/// Open cases of a contact or an account; leads have none.
pub(super) fn tickets(who: &RemoteRef) -> Option<String> {
    let field = match who.kind {
        RemoteKind::Contact => "ContactId",
        RemoteKind::Company => "AccountId",
        RemoteKind::Lead | RemoteKind::Ticket | RemoteKind::Activity => return None,
    };
    let id = wire::checked_id(&who.id).ok()?;
    Some(format!(
        "SELECT Id, CaseNumber, Subject FROM Case WHERE {field} = '{id}' AND IsClosed = false ORDER BY CreatedDate DESC LIMIT 20"
    ))
}

/// A text inside of SOQL's quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A word inside of SOSL's braces.
fn sosl_escaped(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        if "?&|!{}[]()^~*:\\\"'+-".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn numbers_are_searched_in_every_writing() {
        let number = PhoneNumber::from_e164("+50685550117").unwrap();
        let search = by_number(&number, true).unwrap();
        for form in ["FIND {50685550117 OR 85550117 OR ", "(8555 AND 0117)", " IN PHONE FIELDS "] {
            assert!(search.contains(form), "{form} in {search}");
        }
        assert_eq!(by_number(&PhoneNumber::parse("231", "CR").unwrap(), true), None);
    }

    #[test]
    fn foreign_text_stays_text() {
        let search = by_text("O'Brien} RETURNING User(Id) or a-b x", 5, false).unwrap();
        assert!(
            search.starts_with("FIND {O\\'Brien\\}* AND RETURNING* AND User\\(Id\\)* AND a\\-b*} IN ALL"),
            "{search}"
        );
        assert_eq!((by_text(" or ", 5, true), by_text("'", 5, true)), (None, None));
        let person =
            NewPerson { last_name: "x' OR Name != '".into(), phones: vec!["1\n\\".into()], ..NewPerson::default() };
        let expected = "WHERE LastName = 'x\\' OR Name != \\'' AND Phone = '1\\n\\\\' ORDER";
        assert!(created(&person).contains(expected), "{}", created(&person));
        let hostile = RemoteRef { kind: RemoteKind::Contact, id: "003' OR".into() };
        assert_eq!(tickets(&hostile), None);
        let marker = OutboxId(Uuid::from_u128(7));
        assert!(marked("CallObject", marker).contains("CallObject = '00000000-0000-0000-0000-000000000007'"));
    }
}
