//! Somebody's record, read and changed (developers.hubspot.com, «Contacts»: retrieve and update by id). The API has no condition
//! for a change: the record is read again just before it.

use crm::connector::{Fault, PersonField, PersonFields, PersonState, RemoteKind, RemoteRef};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{HubSpot, wire};
use crate::api::Effect;

/// What is kept both here and there.
pub(super) const FIELDS: [(PersonField, &str); 6] = [
    (PersonField::FirstName, "firstname"),
    (PersonField::LastName, "lastname"),
    (PersonField::Company, "company"),
    (PersonField::Phone, "phone"),
    (PersonField::Mobile, "mobilephone"),
    (PersonField::Email, "email"),
];

impl HubSpot {
    pub(super) async fn read(&self, who: &RemoteRef) -> Result<PersonState, Fault> {
        let path = path(who)?;
        let mut asked: Vec<&str> = FIELDS.iter().map(|(_, name)| *name).collect();
        asked.push("lastmodifieddate");
        let told = self.get(&path, &[("properties", &asked.join(","))]).await?;
        // Somebody who was merged is told by the old id, too, as who they are now.
        if wire::id_of(&told["id"]).as_deref() != Some(who.id.as_str()) {
            return Err(Fault::NotFound);
        }
        let held = &told["properties"];
        let fields =
            FIELDS.iter().map(|(field, name)| (*field, held[*name].as_str().unwrap_or_default().to_owned())).collect();
        Ok(PersonState { fields, version: held["lastmodifieddate"].as_str().map(str::to_owned) })
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
        // An empty text clears a property.
        let named = FIELDS.iter().filter_map(|(field, name)| Some(((*name).to_owned(), changes.get(field)?)));
        let properties: Map<String, Value> = named.map(|(name, value)| (name, value.as_str().into())).collect();
        let body = json!({ "properties": properties });
        self.send(Effect::Writes, who.kind, Method::PATCH, &path(who)?, Some(&body)).await.map(drop)
    }
}

fn path(who: &RemoteRef) -> Result<String, Fault> {
    match who.kind {
        RemoteKind::Contact | RemoteKind::Lead => Ok(format!("crm/v3/objects/contacts/{}", wire::checked_id(&who.id)?)),
        RemoteKind::Company | RemoteKind::Ticket | RemoteKind::Activity => Err(Fault::NotOffered),
    }
}
