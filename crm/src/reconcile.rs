//! A person who is kept both here and in a CRM: what changed where, and what is to be done about it, field by field.
//!
//! ```text
//!             theirs as we knew it │ theirs changed
//! ours as it was      nothing      │  take it over
//! ours changed        send it      │  the same: nothing; else clash: the agent is asked
//! ```
//! What differed from the beginning and was changed by nobody is left as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connector::{PersonField, PersonFields, RemotePerson};
use crate::contact::{Channel, ChannelKind, Contact};
use crate::id::ChannelId;
use crate::phone::PhoneNumber;
use crate::store::Tie;
use crate::text;

/// What both sides had when they were last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Here.
    pub ours: PersonFields,
    /// There; a field that is missing was never read.
    pub theirs: PersonFields,
    /// Sent, and perhaps arrived: nobody told. What of it stands there is ours and no change of theirs.
    #[serde(default, skip_serializing_if = "PersonFields::is_empty")]
    pub sending: PersonFields,
    /// The first number here is their mobile, and the second their main one: so it stood when both first met.
    #[serde(default, skip_serializing_if = "is_straight")]
    pub crossed: bool,
}

/// For serde, which asks by reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_straight(crossed: &bool) -> bool {
    !crossed
}

/// Whose value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Ours.
    Here,
    /// Theirs.
    There,
}

/// What is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Changed there only: to be written here.
    pub take: PersonFields,
    /// Changed here only: to be sent.
    pub send: PersonFields,
    /// Changed in both places: what stands there.
    pub clashes: PersonFields,
    /// What is known once `take` is written. `send` is added when it has arrived ([`Base::sent`]).
    pub base: Base,
}

/// Compares what is here and there with what was.
pub fn reconcile(base: &Base, ours: &PersonFields, theirs: &PersonFields, country: &str) -> Reconciled {
    let base = &base.after_arrival(theirs, country);
    let mut done = Reconciled { base: base.clone(), ..Reconciled::default() };
    let empty = String::new();
    for (field, there) in theirs {
        let same = |a: &str, b: &str| same(*field, a, b, country);
        let here = ours.get(field).unwrap_or(&empty);
        let here_before = base.ours.get(field).unwrap_or(here);
        let we_changed = !same(here, here_before);
        // What was never read says nothing of a change there; but where ours changes, it is not written over unseen.
        let unread = if we_changed && !there.trim().is_empty() { here_before } else { there };
        let they_changed = !same(there, base.theirs.get(field).unwrap_or(unread));
        match (we_changed, they_changed) {
            _ if same(here, there) => done.base.agree(*field, here, there),
            (false, false) => done.base.agree(*field, here, there),
            (false, true) => {
                done.take.insert(*field, there.clone());
                done.base.agree(*field, there, there);
            }
            (true, false) => {
                done.send.insert(*field, here.clone());
                done.base.theirs.insert(*field, there.clone());
            }
            (true, true) => drop(done.clashes.insert(*field, there.clone())),
        }
    }
    done
}

impl Base {
    /// When a person is tied to a record of which nothing was read.
    pub fn begin(contact: &Contact) -> Self {
        Self { ours: fields_of(contact), ..Self::default() }
    }

    /// The same, after the record was read: at the first time the numbers here find their fields there.
    pub fn met(mut self, theirs: &PersonFields, country: &str) -> Self {
        let numbers = [PersonField::Phone, PersonField::Mobile];
        if !numbers.iter().any(|field| self.theirs.contains_key(field)) {
            let value = |of: &PersonFields, field| of.get(&field).map_or("", |value| value.trim()).to_owned();
            let [here, there] = [&self.ours, theirs].map(|of| numbers.map(|field| value(of, field)));
            let meets =
                |a: usize, b: usize| !here[a].is_empty() && same(PersonField::Phone, &here[a], &there[b], country);
            let matches = |pairs: [(usize, usize); 2]| pairs.iter().filter(|(a, b)| meets(*a, *b)).count();
            if matches([(0, 1), (1, 0)]) > matches([(0, 0), (1, 1)]) {
                cross(&mut self.ours);
                self.crossed = true;
            }
        }
        self
    }

    /// What of a person here is kept there, too.
    pub fn fields_of(&self, contact: &Contact) -> PersonFields {
        let mut fields = fields_of(contact);
        if self.crossed {
            cross(&mut fields);
        }
        fields
    }

    /// These have arrived there; `contact` is as it is stored here. A number that went may have moved another one up since.
    pub fn sent(&mut self, fields: &PersonFields, contact: &Contact) {
        let now = self.fields_of(contact);
        for (field, value) in fields {
            self.agree(*field, now.get(field).unwrap_or(value), value);
        }
        self.sending.clear();
    }

    /// The agent decides a clash; `there` is what stood there when the agent was asked.
    fn decide(&mut self, field: PersonField, side: Side, there: &str) {
        if side == Side::There {
            self.ours.insert(field, there.to_owned());
        }
        self.theirs.insert(field, there.to_owned());
    }

    /// The same, when what was sent is found there, or not.
    fn after_arrival(&self, theirs: &PersonFields, country: &str) -> Self {
        let mut base = Self { sending: PersonFields::new(), ..self.clone() };
        for (field, sent) in &self.sending {
            if let Some(there) = theirs.get(field).filter(|there| same(*field, there, sent, country)) {
                base.agree(*field, sent, there);
            }
        }
        base
    }

    fn agree(&mut self, field: PersonField, here: &str, there: &str) {
        self.ours.insert(field, here.to_owned());
        self.theirs.insert(field, there.to_owned());
    }

    /// Somebody's record looks different from what was there: it is worth a question.
    pub fn is_stirred_by(&self, person: &RemotePerson, country: &str) -> bool {
        let known = |field| self.theirs.get(&field).or_else(|| self.ours.get(&field));
        let name =
            [PersonField::FirstName, PersonField::LastName].map(|f| known(f).map_or("", String::as_str)).join(" ");
        let number = |field| {
            known(field)
                .filter(|value| !value.is_empty())
                .is_some_and(|value| !person.phones.iter().any(|phone| same(PersonField::Phone, phone, value, country)))
        };
        let email = known(PersonField::Email).map_or("", String::as_str);
        text::fold(name.trim()) != text::fold(person.name.trim())
            || number(PersonField::Phone)
            || number(PersonField::Mobile)
            || !same(PersonField::Email, email, person.email.as_deref().unwrap_or_default(), country)
    }
}

/// The first number is the main one, as in a record that we create.
fn fields_of(contact: &Contact) -> PersonFields {
    let mut numbers = contact.channels.iter().filter(|channel| is_number(channel)).map(written);
    let email = contact.channels.iter().find(|channel| channel.kind == ChannelKind::Email);
    BTreeMap::from([
        (PersonField::FirstName, contact.first_name.clone()),
        (PersonField::LastName, contact.last_name.clone()),
        (PersonField::Company, contact.company.clone()),
        (PersonField::Phone, numbers.next().unwrap_or_default()),
        (PersonField::Mobile, numbers.next().unwrap_or_default()),
        (PersonField::Email, email.map(|channel| channel.raw.clone()).unwrap_or_default()),
    ])
}

impl Reconciled {
    /// Writes what changed there into the person here, and into the base what is here now; a value without which the person
    /// could not be saved is left out. Answers the person if anything changed; `id` names new channels.
    pub fn take_over(&mut self, contact: &Contact, country: &str, id: impl Fn() -> ChannelId) -> Option<Contact> {
        let mut changed = contact.clone();
        for (field, value) in &self.take {
            let mut candidate = changed.clone();
            write(&mut candidate, *field, value, self.base.crossed, &id);
            let mut tidied = candidate.clone();
            tidied.tidy(country);
            if tidied.validate().is_ok() {
                changed = candidate;
            }
        }
        changed.tidy(country);
        // A number that went may have moved the next one up: that is nobody's change.
        let open = |field: &PersonField| self.send.contains_key(field) || self.clashes.contains_key(field);
        let now = self.base.fields_of(&changed);
        self.base.ours.extend(now.into_iter().filter(|(field, _)| !open(field)));
        (changed != *contact).then_some(changed)
    }
}

/// The agent decides some of the clashes: what is here then, what both have, and what is still open; none if that would be no person
/// whom one could save.
pub fn decide(
    tie: &Tie,
    choices: &BTreeMap<PersonField, Side>,
    country: &str,
    id: impl Fn() -> ChannelId,
) -> Option<(Contact, Base, PersonFields)> {
    let (mut contact, mut base, mut open) = (tie.contact.clone(), tie.base.clone(), tie.clashes.clone());
    for (field, side) in choices {
        let Some(there) = open.remove(field) else { continue };
        if *side == Side::There {
            write(&mut contact, *field, &there, base.crossed, &id);
        }
        base.decide(*field, *side, &there);
    }
    contact.tidy(country);
    contact.validate().ok().map(|()| (contact, base, open))
}

/// Their main number becomes their mobile, and the other way round.
fn cross(fields: &mut PersonFields) {
    let (phone, mobile) = (fields.remove(&PersonField::Phone), fields.remove(&PersonField::Mobile));
    fields.extend(phone.map(|number| (PersonField::Mobile, number)));
    fields.extend(mobile.map(|number| (PersonField::Phone, number)));
}

fn write(contact: &mut Contact, field: PersonField, value: &str, crossed: bool, id: &impl Fn() -> ChannelId) {
    let is_email = |channel: &Channel| channel.kind == ChannelKind::Email;
    let channels = &mut contact.channels;
    match field {
        PersonField::FirstName => value.clone_into(&mut contact.first_name),
        PersonField::LastName => value.clone_into(&mut contact.last_name),
        PersonField::Company => value.clone_into(&mut contact.company),
        PersonField::Phone => put(channels, usize::from(crossed), is_number, ChannelKind::Phone, value, id),
        PersonField::Mobile => put(channels, usize::from(!crossed), is_number, ChannelKind::Mobile, value, id),
        PersonField::Email => put(channels, 0, is_email, ChannelKind::Email, value, id),
    }
}

/// Writes over the `nth` of the channels that are meant, or adds one. An empty value is taken out by tidying.
fn put(
    channels: &mut Vec<Channel>,
    nth: usize,
    meant: impl Fn(&Channel) -> bool,
    kind: ChannelKind,
    value: &str,
    id: &impl Fn() -> ChannelId,
) {
    match channels.iter_mut().filter(|channel| meant(channel)).nth(nth) {
        Some(channel) => channel.raw = value.to_owned(),
        None => channels.push(Channel { id: id(), kind, raw: value.to_owned(), number: None }),
    }
}

fn is_number(channel: &Channel) -> bool {
    matches!(channel.kind, ChannelKind::Phone | ChannelKind::Mobile)
}

fn written(channel: &Channel) -> String {
    channel.number.as_ref().and_then(PhoneNumber::e164).map_or_else(|| channel.raw.clone(), str::to_owned)
}

/// Whether two writings mean the same: a number by its full form, an address of mail whatever its case.
fn same(field: PersonField, a: &str, b: &str, country: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    match field {
        PersonField::Phone | PersonField::Mobile => {
            let key = |text: &str| PhoneNumber::parse(text, country).map(|number| number.match_key().to_owned()).ok();
            a == b || key(a).is_some_and(|of_a| Some(of_a) == key(b))
        }
        PersonField::Email => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests;
