//! Somebody's record, read and changed as a description has it.

use crm::connector::{Fault, PersonFields, PersonState, RemoteRef};
use serde_json::Value as Json;

use super::Rest;
use super::description::Edit;
use super::engine::Further;
use super::template::{Values, as_text};
use super::values;
use crate::api::Effect;

impl Rest {
    pub(super) async fn read(&self, who: &RemoteRef) -> Result<PersonState, Fault> {
        let (edit, values) = self.edit(who)?;
        let told = self.once(Effect::Reads, who.kind, &edit.read, &values, &Further::NONE).await?;
        let row = edit.row.all(&told).into_iter().next().filter(|row| row.is_object()).ok_or(Fault::NotFound)?;
        if edit.gone.as_ref().is_some_and(|(at, is)| at.all(row).iter().any(|value| as_text(value) == *is)) {
            return Err(Fault::NotFound);
        }
        let shown = edit.fields.iter().filter(|(_, at)| !at.all(row).is_empty());
        let fields: PersonFields = shown.map(|(field, at)| (*field, at.first(row).unwrap_or_default())).collect();
        let version = match &edit.version {
            Some(at) => at.first(row),
            None => serde_json::to_string(&fields).ok(),
        };
        Ok(PersonState { fields, version })
    }

    pub(super) async fn update(
        &self,
        who: &RemoteRef,
        changes: &PersonFields,
        version: Option<&str>,
    ) -> Result<(), Fault> {
        let (edit, mut values) = self.edit(who)?;
        // Without one it would be written over whatever somebody wrote there since.
        let version = version.ok_or(Fault::NotUnderstood)?;
        // Of what the file does not name nothing is kept there; a change without any field would still be a later version.
        if !changes.keys().any(|field| edit.fields.contains_key(field)) {
            return Ok(());
        }
        if edit.is_conditional() {
            values.insert("version".to_owned(), Json::from(version));
        } else if self.read(who).await?.version.as_deref() != Some(version) {
            return Err(Fault::Stale);
        }
        values::of_change(changes, &mut values);
        self.once(Effect::Writes, who.kind, &edit.update, &values, &Further::NONE).await.map(drop)
    }

    fn edit(&self, who: &RemoteRef) -> Result<(&Edit, Values), Fault> {
        let edit = self.description.edit.get(&who.kind).ok_or(Fault::NotOffered)?;
        let mut values = Values::new();
        values::of_who(who, &mut values)?;
        Ok((edit, values))
    }
}
