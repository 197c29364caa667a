//! Which fields of a new record are filled by what is kept of everybody: told by the description's own request.

use crm::connector::{FieldSpec, NewPerson, PersonField};
use serde_json::Value as Json;

use super::Rest;
use super::description::Create;
use super::template::{Values, as_text};
use super::values::of_person;

/// What is looked for in the body, as it may be written in any CRM.
const MARKS: [(PersonField, &str); 6] = [
    (PersonField::LastName, "Lastmark"),
    (PersonField::FirstName, "Firstmark"),
    (PersonField::Company, "Companymark"),
    (PersonField::Email, "mark@example.com"),
    (PersonField::Phone, "85550117"),
    (PersonField::Mobile, "85550118"),
];

impl Rest {
    /// Marks those that a creation fills; what it fills by itself is nobody's to fill in.
    pub(super) fn feed(&self, create: &Create, specs: &mut [FieldSpec]) {
        let person = NewPerson {
            first_name: "Firstmark".to_owned(),
            last_name: "Lastmark".to_owned(),
            company: "Companymark".to_owned(),
            phones: vec!["+50685550117".to_owned(), "+50685550118".to_owned()],
            email: Some("mark@example.com".to_owned()),
            ..NewPerson::default()
        };
        let mut values = Values::new();
        of_person(&person, &mut values);
        values.insert("me".to_owned(), Json::from("me"));
        let Some(body) = create.request.fill(&self.worded(&values)).and_then(|filled| filled.body) else { return };
        let at = create.further.iter().try_fold(&body, |place, step| match place {
            Json::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get(n)),
            place => place.get(step),
        });
        let Some(members) = at.and_then(Json::as_object) else { return };
        for spec in specs {
            let Some(value) = members.get(&spec.name) else { continue };
            let text = if value.is_string() { as_text(value) } else { value.to_string() };
            spec.fed_by = MARKS.iter().find(|(_, mark)| text.contains(mark)).map(|(field, _)| *field);
            spec.required &= spec.fed_by.is_some();
        }
    }
}
