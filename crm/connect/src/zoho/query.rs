//! COQL, with every foreign text escaped. It reads the records themselves: the search index lags.

use crm::connector::{NewPerson, RemoteKind, RemoteRef, stored_forms};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;

use super::wire::module;
use crate::changed::Mark;
use crate::shape::kind_of;

/// The most rows of [`changed`]: more than 1,000 cost a credit more, and the store is busy for longer.
pub(super) const CHANGED_MAX: usize = 1000;
/// The most rows of people whose numbers end alike.
pub(super) const ALIKE_MAX: usize = 1000;
/// The most characters of a text of ours.
const TEXT_MAX: usize = 200;

/// The fields of people that are read.
fn fields(kind: RemoteKind) -> (&'static str, &'static [&'static str]) {
    match kind {
        RemoteKind::Lead => ("Full_Name, Company, Phone, Mobile, Email", &["Phone", "Mobile"]),
        RemoteKind::Company => ("Account_Name, Phone", &["Phone"]),
        _ => (
            "Full_Name, Account_Name.Account_Name, Phone, Mobile, Home_Phone, Other_Phone, Email",
            &["Phone", "Mobile", "Home_Phone", "Other_Phone"],
        ),
    }
}

/// Everybody of a kind with a number that ends as this one, in the groups in which people write; none for what is no full
/// number. Zoho compares texts as they were typed, and finds the beginning or the end of one.
pub(super) fn by_number(kind: RemoteKind, number: &PhoneNumber) -> Option<String> {
    let forms = stored_forms(number);
    let national = forms.get(1).or(forms.first())?.concat();
    let (head, last) = national.split_at(national.len().checked_sub(2)?);
    let before = &head[head.len().saturating_sub(2)..];
    let (shown, phones) = fields(kind);
    let likes = phones
        .iter()
        .flat_map(|field| ["", " ", "-", "."].map(|between| format!("{field} like '%{before}{between}{last}'")));
    let any = joined(likes.collect(), "or")?;
    Some(format!("select {shown} from {} where {any}", module(kind)))
}

/// The same with at most so many rows.
pub(super) fn at_most(query: &str, rows: usize) -> String {
    format!("{query} limit {rows}")
}

/// Conditions in pairs, as COQL wants them: `((a or b) or c)`.
fn joined(conditions: Vec<String>, word: &str) -> Option<String> {
    conditions.into_iter().reduce(|all, one| format!("({all} {word} {one})"))
}

/// People of a kind who were changed behind a row, in order of that; everybody without one.
pub(super) fn changed(kind: RemoteKind, last: Option<&Mark>) -> String {
    // COQL knows offsets, and no `Z`.
    let moment = |changed: &str| changed.replace('Z', "+00:00");
    let condition = match last {
        None => "Modified_Time >= '1970-01-01T00:00:00+00:00'".to_owned(),
        Some(Mark { changed, id: None }) => format!("Modified_Time >= '{}'", moment(changed)),
        Some(Mark { changed, id: Some(id) }) => {
            let at = moment(changed);
            format!("(Modified_Time > '{at}' or (Modified_Time = '{at}' and id > '{id}'))")
        }
    };
    let (shown, _) = fields(kind);
    format!(
        "select {shown}, Modified_Time from {} where {condition} order by Modified_Time asc, id asc limit {CHANGED_MAX}",
        module(kind)
    )
}

/// The call with this marker.
pub(super) fn marked(field: &str, marker: OutboxId) -> String {
    format!("select id from Calls where {field} = '{}' limit 1", marker.0)
}

/// Somebody as we create them, newest first.
pub(super) fn created(person: &NewPerson) -> String {
    let is = |field: &str, value: &str| format!("{field} = '{}'", escaped(value));
    let mut conditions = vec![is("Last_Name", &person.last_name)];
    if !person.first_name.is_empty() {
        conditions.push(is("First_Name", &person.first_name));
    }
    match (person.phones.first(), &person.email) {
        (Some(phone), _) => conditions.push(is("Phone", phone)),
        (None, Some(email)) => conditions.push(is("Email", email)),
        (None, None) => {}
    }
    let all = joined(conditions, "and").unwrap_or_default();
    format!("select id from {} where {all} order by Created_Time desc limit 1", module(kind_of(person)))
}

/// Open cases of a contact or a company; leads have none.
pub(super) fn tickets(who: &RemoteRef) -> Option<String> {
    let field = match who.kind {
        RemoteKind::Contact => "Related_To",
        RemoteKind::Company => "Account_Name",
        RemoteKind::Lead | RemoteKind::Ticket | RemoteKind::Activity => return None,
    };
    let id = super::wire::checked_id(&who.id).ok()?;
    Some(format!(
        "select Case_Number, Subject from Cases where ({field} = '{id}' and Status != 'Closed') order by Created_Time desc limit 20"
    ))
}

/// Open deals of a contact or a company; leads have none.
pub(super) fn deals(who: &RemoteRef) -> Option<String> {
    let field = match who.kind {
        RemoteKind::Contact => "Contact_Name",
        RemoteKind::Company => "Account_Name",
        RemoteKind::Lead | RemoteKind::Ticket | RemoteKind::Activity => return None,
    };
    let id = super::wire::checked_id(&who.id).ok()?;
    // The stages with which every organisation begins.
    let ended = ["Closed Won", "Closed Lost", "Closed Lost to Competition"].map(|stage| format!("Stage != '{stage}'"));
    let open = joined(std::iter::once(format!("{field} = '{id}'")).chain(ended).collect(), "and")?;
    Some(format!("select Deal_Name, Stage from Deals where {open} order by Created_Time desc limit 20"))
}

fn escaped(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control()).take(TEXT_MAX);
    plain.fold(String::new(), |mut out, c| {
        if matches!(c, '\\' | '\'') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text_and_conditions_are_paired() {
        let person = NewPerson {
            first_name: "Ana".into(),
            last_name: "x' or Last_Name != '\\".into(),
            phones: vec!["+1\n".into()],
            ..NewPerson::default()
        };
        let expected =
            "where ((Last_Name = 'x\\' or Last_Name != \\'\\\\' and First_Name = 'Ana') and Phone = '+1') order";
        assert!(created(&person).contains(expected), "{}", created(&person));
        let hostile = RemoteRef { kind: RemoteKind::Contact, id: "1' or".into() };
        assert_eq!((tickets(&hostile), deals(&hostile)), (None, None));
    }

    #[test]
    fn what_changed_is_asked_for_behind_the_last_row() {
        let last = Mark::of("2026-11-22T15:04:05-06:00", "4876".into()).unwrap();
        let query = changed(RemoteKind::Lead, Some(&last));
        let expected = "from Leads where (Modified_Time > '2026-11-22T21:04:05+00:00' or (Modified_Time = '2026-11-22T21:04:05+00:00' and id > '4876')) order";
        assert!(query.contains(expected), "{query}");
    }

    #[test]
    fn numbers_are_searched_by_their_end() {
        let number = PhoneNumber::from_e164("+50685550117").unwrap();
        let query = by_number(RemoteKind::Company, &number).unwrap();
        let expected =
            "where (((Phone like '%0117' or Phone like '%01 17') or Phone like '%01-17') or Phone like '%01.17')";
        assert!(query.ends_with(expected), "{query}");
        // Zoho takes 25 conditions.
        assert!(by_number(RemoteKind::Contact, &number).unwrap().matches("like").count() <= 25);
        assert_eq!(by_number(RemoteKind::Lead, &PhoneNumber::parse("231", "CR").unwrap()), None);
    }
}
