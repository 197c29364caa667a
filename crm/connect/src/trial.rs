//! Every operation of a connector, tried in turn: for whoever writes the description of a CRM, or has just connected one.
//!
//! It leaves a contact, a lead and a call behind, unless it only reads.

use std::time::Duration;

use crm::call::Direction;
use crm::connector::{Connector, Fault, LogEntry, NewPerson, PersonField, PersonFields, RemoteKind, RemoteRef};
use crm::id::OutboxId;
use crm::phone::PhoneNumber;

/// What the one who was made is changed to.
const EMAIL: &str = "timbre@example.com";
/// Between two looks for somebody who was just made: search indexes lag.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// What came of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It works; what it told.
    Works(String),
    /// It does not.
    Fails(Fault),
    /// It answered, but not what it should have.
    Wrong(&'static str),
    /// This CRM, or this trial, has it not.
    LeftOut,
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name, such as `find_by_number`.
    pub operation: &'static str,
    /// What came of it.
    pub tried: Tried,
}

/// How to try.
#[derive(Clone, Debug)]
pub struct Wish {
    /// A last name that nobody there has.
    pub name: String,
    /// A full number that nobody there has.
    pub number: PhoneNumber,
    /// The id of the call.
    pub call: OutboxId,
    /// When the call began, UTC.
    pub started_at_ms: i64,
    /// Makes nothing.
    pub only_reads: bool,
    /// How often somebody who was just made is looked for.
    pub looks: u32,
}

struct Trial<'a> {
    crm: &'a dyn Connector,
    wish: &'a Wish,
    tell: &'a mut (dyn FnMut(Step) + Send),
    good: bool,
}

/// Tries every operation and tells each step as it is done; true if all that the CRM has work.
pub async fn every_operation(crm: &dyn Connector, wish: &Wish, tell: &mut (dyn FnMut(Step) + Send)) -> bool {
    let mut trial = Trial { crm, wish, tell, good: true };
    let told = crm.check().await.map(|identity| match identity.organisation {
        Some(organisation) => format!("{} ({organisation})", identity.user),
        None => identity.user,
    });
    if !trial.tell("check", told) {
        // Whoever is not let in can try nothing else.
        return false;
    }
    let abilities = crm.abilities();
    for (kind, name, has) in [
        (RemoteKind::Contact, "describe_contact", abilities.people),
        (RemoteKind::Lead, "describe_lead", abilities.leads),
    ] {
        trial.describe(kind, name, has).await;
    }
    if wish.only_reads {
        trial.searches(None).await;
        for name in ["create_contact", "create_lead", "read_person", "update_person", "log", "look_up", "tickets"] {
            trial.left_out(name);
        }
        return trial.good;
    }
    let contact = trial.create(false, abilities.people).await;
    trial.searches(contact.as_ref()).await;
    trial.create(true, abilities.leads).await;
    trial.edit(contact.as_ref(), abilities.edits).await;
    trial.log(contact.as_ref()).await;
    trial.tickets(contact.as_ref(), abilities.tickets).await;
    let address = contact.as_ref().and_then(|who| crm.address(who));
    match address {
        Some(address) => _ = trial.tell("address", Ok(address)),
        None => trial.left_out("address"),
    }
    trial.good
}

impl Trial<'_> {
    /// Tells what came of an operation; true if it worked.
    fn tell(&mut self, operation: &'static str, told: Result<String, Fault>) -> bool {
        let tried = match told {
            Ok(told) => Tried::Works(told),
            Err(Fault::NotOffered) => Tried::LeftOut,
            Err(fault) => Tried::Fails(fault),
        };
        let worked = matches!(tried, Tried::Works(_));
        self.good &= !matches!(tried, Tried::Fails(_));
        (self.tell)(Step { operation, tried });
        worked
    }

    fn left_out(&mut self, operation: &'static str) {
        (self.tell)(Step { operation, tried: Tried::LeftOut });
    }

    fn wrong(&mut self, operation: &'static str, why: &'static str) {
        self.good = false;
        (self.tell)(Step { operation, tried: Tried::Wrong(why) });
    }

    async fn describe(&mut self, kind: RemoteKind, name: &'static str, has: bool) {
        if !has {
            return self.left_out(name);
        }
        let told = self.crm.describe(kind, None).await.map(|form| {
            let specs = form.fields;
            let required: Vec<&str> =
                specs.iter().filter(|spec| spec.required).map(|spec| spec.name.as_str()).collect();
            format!("{} fields, required: {}", specs.len(), required.join(", "))
        });
        self.tell(name, told);
    }

    fn person(&self, lead: bool) -> NewPerson {
        NewPerson {
            lead,
            first_name: "Timbre".to_owned(),
            last_name: if lead { format!("{}L", self.wish.name) } else { self.wish.name.clone() },
            company: "Timbre".to_owned(),
            phones: vec![self.wish.number.e164().unwrap_or_default().to_owned()],
            email: None,
            record_type: None,
            further: Vec::new(),
        }
    }

    async fn create(&mut self, lead: bool, has: bool) -> Option<RemoteRef> {
        let (create, find) =
            if lead { ("create_lead", "find_created_lead") } else { ("create_contact", "find_created_contact") };
        if !has {
            self.left_out(create);
            return None;
        }
        let person = self.person(lead);
        let made = self.crm.create(&person).await;
        self.tell(create, made.as_ref().map(|record| record.id.clone()).map_err(Clone::clone));
        let made = made.ok()?;
        match self.crm.find_created(&person).await {
            Ok(Some(found)) if found == made => _ = self.tell(find, Ok(found.id)),
            Ok(Some(_)) => self.wrong(find, "somebody else is found"),
            Ok(None) => self.wrong(find, "whoever was just made is not found"),
            Err(fault) => _ = self.tell(find, Err(fault)),
        }
        Some(made)
    }

    /// Finds the one who was made; without one, that the searches are understood is all that can be seen.
    async fn searches(&mut self, made: Option<&RemoteRef>) {
        for by_number in [true, false] {
            let name = if by_number { "find_by_number" } else { "find_by_text" };
            for look in 1..=self.wish.looks.max(1) {
                let found = match by_number {
                    true => self.crm.find_by_number(&self.wish.number).await,
                    false => self.crm.find_by_text(&self.wish.name, 10).await,
                };
                let there = found
                    .as_ref()
                    .is_ok_and(|found| made.is_none_or(|made| found.iter().any(|one| one.record == *made)));
                if there || found.is_err() {
                    self.tell(name, found.map(|found| format!("{} found", found.len())));
                    break;
                }
                if look >= self.wish.looks {
                    self.wrong(name, "whoever was just made is not found");
                    break;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    /// Reads the one who was made, and changes the e-mail.
    async fn edit(&mut self, who: Option<&RemoteRef>, has: bool) {
        let (read, update) = ("read_person", "update_person");
        let Some(who) = who.filter(|_| has) else {
            self.left_out(read);
            return self.left_out(update);
        };
        let state = self.crm.read_person(who).await;
        let told = state.as_ref().map(|state| format!("{} fields", state.fields.len())).map_err(Clone::clone);
        if !self.tell(read, told) {
            return;
        }
        let Ok(state) = state else { return };
        if !state.fields.contains_key(&PersonField::Email) {
            return self.left_out(update);
        }
        let changes = PersonFields::from([(PersonField::Email, EMAIL.to_owned())]);
        if let Err(fault) = self.crm.update_person(who, &changes, state.version.as_deref()).await {
            self.tell(update, Err(fault));
            return;
        }
        match self.crm.read_person(who).await {
            Ok(now) if now.fields.get(&PersonField::Email).is_some_and(|email| email == EMAIL) => {
                _ = self.tell(update, Ok("changed".to_owned()));
            }
            Ok(_) => self.wrong(update, "what was changed does not stand there"),
            Err(fault) => _ = self.tell(update, Err(fault)),
        }
    }

    async fn log(&mut self, who: Option<&RemoteRef>) {
        let entry = LogEntry {
            id: self.wish.call,
            subject: "Timbre".to_owned(),
            comment: self.wish.name.clone(),
            disposition: None,
            direction: Direction::Incoming,
            answered: true,
            started_at_ms: self.wish.started_at_ms,
            utc_offset_min: 0,
            talk_ms: 61_000,
            number: self.wish.number.e164().map(str::to_owned),
            name: None,
            who: who.cloned(),
            ticket: None,
            further: Vec::new(),
        };
        let logged = self.crm.log(&entry).await;
        let told = logged.as_ref().map(|record| record.id.clone()).map_err(Clone::clone);
        if !self.tell("log", told) {
            return;
        }
        match self.crm.look_up(self.wish.call, who).await {
            Ok(found) if found.as_ref() == logged.as_ref().ok() => _ = self.tell("look_up", Ok("found".to_owned())),
            Ok(_) => self.wrong("look_up", "the call that was just logged is not found"),
            Err(fault) => _ = self.tell("look_up", Err(fault)),
        }
        if !self.crm.abilities().logs_once {
            return self.left_out("log_once");
        }
        match self.crm.log(&entry).await {
            Ok(again) if Some(&again) == logged.as_ref().ok() => {
                _ = self.tell("log_once", Ok("one record".to_owned()));
            }
            Ok(_) => self.wrong("log_once", "the same call is there twice"),
            Err(fault) => _ = self.tell("log_once", Err(fault)),
        }
    }

    async fn tickets(&mut self, who: Option<&RemoteRef>, has: bool) {
        match who.filter(|_| has) {
            None => self.left_out("tickets"),
            Some(who) => {
                let told = self.crm.tickets(who).await.map(|tickets| format!("{} open", tickets.len()));
                self.tell("tickets", told);
            }
        }
    }
}
