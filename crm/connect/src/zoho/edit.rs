//! Somebody's record, read and changed (zoho.com/crm/developer/docs/api/v8, «Get a Specific Record», «Update Records»). No condition
//! is documented for a change: the record is read again just before it.

use crm::connector::{Fault, PersonField, PersonFields, PersonState, RemoteKind, RemoteRef};
use serde_json::{Map, Value, json};

use super::{Zoho, wire};
use crate::api::Effect;

/// What is kept both here and there. A contact's company is a record of its own.
pub(super) const FIELDS: [(PersonField, &str); 6] = [
    (PersonField::FirstName, "First_Name"),
    (PersonField::LastName, "Last_Name"),
    (PersonField::Company, "Company"),
    (PersonField::Phone, "Phone"),
    (PersonField::Mobile, "Mobile"),
    (PersonField::Email, "Email"),
];

impl Zoho {
    pub(super) async fn read(&self, who: &RemoteRef) -> Result<PersonState, Fault> {
        let told = self.get(&path(who)?, &[]).await?;
        let held = &told["data"][0];
        // «Nothing there» has no body; whoever was converted goes on as a contact.
        if held.is_null() || held["$converted"] == true || wire::converted_to(held).is_some() {
            return Err(Fault::NotFound);
        }
        let text = |name: &str| held[name].as_str().unwrap_or_default().to_owned();
        let fields = of_kind(who.kind).map(|(field, name)| (field, text(name))).collect();
        Ok(PersonState { fields, version: held["Modified_Time"].as_str().map(str::to_owned) })
    }

    pub(super) async fn change(
        &self,
        who: &RemoteRef,
        changes: &PersonFields,
        version: Option<&str>,
    ) -> Result<(), Fault> {
        let stands = self.read(who).await?.version;
        if version.is_some() && stands.as_deref() != version {
            return Err(Fault::Stale);
        }
        let named = of_kind(who.kind).filter_map(|(field, name)| Some((name.to_owned(), changes.get(&field)?)));
        let body: Map<String, Value> = named
            .map(|(name, value)| (name, if value.is_empty() { Value::Null } else { value.as_str().into() }))
            .collect();
        let body = json!({ "data": [body] });
        self.ask(Effect::Writes, who.kind, &path(who)?, |http, url| http.put(url).json(&body)).await.map(drop)
    }
}

fn path(who: &RemoteRef) -> Result<String, Fault> {
    match who.kind {
        RemoteKind::Contact | RemoteKind::Lead => {
            Ok(format!("{}/{}", wire::module(who.kind), wire::checked_id(&who.id)?))
        }
        RemoteKind::Company | RemoteKind::Ticket | RemoteKind::Activity => Err(Fault::NotOffered),
    }
}

fn of_kind(kind: RemoteKind) -> impl Iterator<Item = (PersonField, &'static str)> {
    FIELDS.into_iter().filter(move |(field, _)| kind == RemoteKind::Lead || *field != PersonField::Company)
}
