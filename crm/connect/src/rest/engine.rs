//! How requests of a description are made and their answers read.

use crm::connector::{Fault, FieldKind, FieldSpec, FieldValue, RemoteKind, RemotePerson, RemoteRef};
use serde_json::{Map, Value as Json};
use url::Url;

use super::answer::{self, Pointer};
use super::description::{Asked, Find, Search};
use super::request::{Filled, Lists, Next, Request};
use super::template::{Values, as_text};
use super::values::checked_id;
use super::{FOUND_MAX, Rest};
use crate::api::Effect;
use crate::http::Answer;
use crate::shape::json_value;

impl Rest {
    /// A request; anything but success is a fault. An empty answer, and one of a status that means that there is nothing, is null.
    async fn ask(
        &self,
        effect: Effect,
        kind: RemoteKind,
        request: &Request,
        filled: &Filled,
        url: Url,
    ) -> Result<Json, Fault> {
        if effect == Effect::Writes {
            self.allowance.keep_reserve()?;
        }
        let build = |http: &reqwest::Client, _: &Url| filled.build(http, url.clone()).headers(self.headers.clone());
        let (answer, _) = self.api.send(effect, build).await?;
        self.note_allowance(&answer);
        if request.empty.contains(&answer.status.as_u16()) {
            return Ok(Json::Null);
        }
        // A refusal need not be JSON; a success must be.
        let body = answer::json(&answer);
        match self.description.errors.fault(&answer, body.as_ref().unwrap_or(&Json::Null), effect, kind) {
            Some(fault) => Err(fault),
            None => body,
        }
    }

    fn note_allowance(&self, answer: &Answer) {
        let Some((left, of)) = &self.description.limits.allowance else { return };
        let number = |name| answer.headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        if let (Some(left), Some(of)) = (number(left), number(of)) {
            self.allowance.note(of.saturating_sub(left), of);
        }
    }

    /// A request that writes or reads one thing.
    pub(super) async fn once(
        &self,
        effect: Effect,
        kind: RemoteKind,
        request: &Request,
        values: &Values,
        further: &Further<'_>,
    ) -> Result<Json, Fault> {
        let values = self.worded(values);
        let url = request.address(&self.base, &values, &Vec::new(), false).ok_or(Fault::NotUnderstood)?;
        let mut filled = request.fill(&values).ok_or(Fault::NotUnderstood)?;
        if let Some(body) = &mut filled.body {
            further.put_into(body);
        }
        self.ask(effect, kind, request, &filled, url).await
    }

    /// The settings and the values of a request, in the CRM's own words.
    pub(super) fn worded(&self, values: &Values) -> Values {
        let mut worded = self.settings.clone();
        worded.extend(values.clone());
        for (name, words) in &self.description.words {
            if let Some(value) = worded.remove(name)
                && let Some(word) = words.get(&as_text(&value))
            {
                worded.insert(name.clone(), word.clone());
            }
        }
        worded
    }

    /// All rows of a search: of every term, of every page, within the bounds.
    pub(super) async fn rows(
        &self,
        request: &Request,
        rows: &Pointer,
        values: &Values,
        lists: &Lists,
        most: usize,
    ) -> Result<Vec<Json>, Fault> {
        let mut values = self.worded(values);
        if request.terms.is_empty() {
            return self.pages(request, rows, &mut values, lists, most).await;
        }
        let mut found = Vec::new();
        let mut terms: Vec<String> = Vec::new();
        for term in request.terms.iter().filter_map(|term| term.plain(&values)) {
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        for term in terms {
            values.insert("term".into(), term.into());
            let left = most - found.len();
            found.extend(self.pages(request, rows, &mut values, lists, left).await?);
        }
        Ok(found)
    }

    async fn pages(
        &self,
        request: &Request,
        rows: &Pointer,
        values: &mut Values,
        lists: &Lists,
        most: usize,
    ) -> Result<Vec<Json>, Fault> {
        let mut found = Vec::new();
        let mut link: Option<Url> = None;
        let size = request.paging.as_ref().map_or(1, |paging| paging.size);
        values.remove("page.cursor");
        values.insert("page.size".into(), size.into());
        for page in 0..self.description.limits.pages {
            values.insert("page.offset".into(), (page * size).into());
            values.insert("page.number".into(), (page + 1).into());
            // A value that the question needs is missing: nobody is meant.
            let url = link.take().or_else(|| request.address(&self.base, values, lists, true));
            let Some(url) = url else { break };
            let filled = request.fill(values).ok_or(Fault::NotUnderstood)?;
            let body = self.ask(Effect::Reads, RemoteKind::Contact, request, &filled, url).await?;
            let here = if body.is_null() { Vec::new() } else { rows.rows(&body) };
            let full = here.len() >= size;
            found.extend(here.into_iter().take(most - found.len()));
            let more = match request.paging.as_ref().map(|paging| &paging.next) {
                None => false,
                Some(Next::Counted) => full,
                Some(Next::Cursor(at)) => at.first(&body).is_some_and(|cursor| {
                    values.insert("page.cursor".into(), cursor.into());
                    true
                }),
                Some(Next::Link(at)) => {
                    link = at.first(&body).map(|text| self.linked(&text)).transpose()?;
                    link.is_some()
                }
            };
            if !more || found.len() >= most {
                break;
            }
        }
        Ok(found)
    }

    /// The address of a next page: below the server's, whatever an answer says.
    fn linked(&self, text: &str) -> Result<Url, Fault> {
        let url = self.base.join(text).map_err(|_| Fault::NotUnderstood)?;
        let root = format!("{}/", self.base.path().trim_end_matches('/'));
        let ours = url.origin() == self.base.origin() && url.path().starts_with(&root) && url.username().is_empty();
        if ours { Ok(url) } else { Err(Fault::NotUnderstood) }
    }

    pub(super) async fn people(
        &self,
        searches: &[Search],
        values: &Values,
        lists: &Lists,
    ) -> Result<Vec<RemotePerson>, Fault> {
        let mut people: Vec<RemotePerson> = Vec::new();
        for search in searches {
            for row in self.rows(&search.request, &search.rows, values, lists, self.description.limits.rows).await? {
                let Some(id) = search.id.first(&row).filter(|id| checked_id(id).is_ok()) else { continue };
                let record = RemoteRef { kind: search.kind, id };
                if people.iter().any(|known| known.record == record) {
                    continue;
                }
                let name: Vec<String> = search.name.iter().filter_map(|at| at.first(&row)).collect();
                let mut phones: Vec<String> = search.phones.iter().flat_map(|at| at.texts(&row)).collect();
                phones
                    .extend(search.has.as_ref().and_then(|has| has.plain(values)).filter(|has| !phones.contains(has)));
                people.push(RemotePerson {
                    record,
                    name: name.join(" "),
                    company: search.company.as_ref().and_then(|at| at.first(&row)),
                    phones,
                    email: search.email.as_ref().and_then(|at| at.first(&row)),
                });
            }
        }
        Ok(people)
    }

    /// The first row that fulfils the conditions.
    pub(super) async fn find(
        &self,
        find: &Find,
        kind: RemoteKind,
        values: &Values,
    ) -> Result<Option<RemoteRef>, Fault> {
        let rows = self.rows(&find.request, &find.rows, values, &Vec::new(), FOUND_MAX).await?;
        let worded = self.worded(values);
        let conditions: Vec<_> =
            find.conditions.iter().filter_map(|one| Some((&one.at, one.text.plain(&worded)?, one.whole))).collect();
        if conditions.is_empty() && !find.conditions.is_empty() {
            return Ok(None);
        }
        let holds = |row: &Json| {
            conditions.iter().all(|(at, wanted, whole)| {
                at.texts(row).iter().any(|text| if *whole { text == wanted } else { text.contains(wanted.as_str()) })
            })
        };
        let ids = rows.iter().filter(|row| holds(row)).filter_map(|row| find.id.first(row));
        Ok(ids.into_iter().find(|id| checked_id(id).is_ok()).map(|id| RemoteRef { kind, id }))
    }

    pub(super) async fn asked(&self, asked: &Asked) -> Result<Vec<FieldSpec>, Fault> {
        let rows = self.rows(&asked.request, &asked.rows, &Values::new(), &Vec::new(), FOUND_MAX).await?;
        let read = |row: &Json| {
            let is = |at: &Pointer, wanted: &str| at.all(row).iter().any(|value| as_text(value) == wanted);
            if asked.unless.as_ref().is_some_and(|at| is(at, "true")) {
                return None;
            }
            let (name, kind) = (asked.name.first(row)?, asked.kind.first(row).unwrap_or_default());
            let known = asked.kinds.get(&kind).cloned();
            let default = asked.default.as_ref().and_then(|at| at.all(row).into_iter().find_map(default));
            Some(FieldSpec {
                label: asked.label.first(row).unwrap_or_else(|| name.clone()),
                // The CRM itself fills in what has a default.
                required: default.is_none() && is(&asked.required, &asked.required_is),
                kind: choices(asked, row).or(known).unwrap_or(FieldKind::Other(kind)),
                default,
                fed_by: None,
                name,
            })
        };
        let mut specs: Vec<FieldSpec> = rows.iter().filter_map(read).collect();
        specs.sort_by_key(|spec| !spec.required);
        Ok(specs)
    }
}

fn choices(asked: &Asked, row: &Json) -> Option<FieldKind> {
    let choices = asked.choices.as_ref()?;
    let one = |choice: &&Json| {
        let value = choices.value.first(choice)?;
        Some((value.clone(), choices.label.first(choice).unwrap_or(value)))
    };
    let all: Vec<_> = choices.all.all(row).iter().filter_map(one).collect();
    (!all.is_empty()).then_some(FieldKind::Choice(all))
}

/// A default that is a value; EspoCRM has some that are programs.
fn default(told: &Json) -> Option<FieldValue> {
    match told {
        Json::Bool(flag) => Some(FieldValue::Flag(*flag)),
        Json::Number(number) => Some(FieldValue::Number(number.to_string())),
        Json::String(text) if !text.is_empty() && !text.starts_with("javascript:") => {
            Some(FieldValue::Text(text.clone()))
        }
        _ => None,
    }
}

/// Fields beyond those of the description, and where in the body they go.
pub(super) struct Further<'a> {
    pub at: &'a [String],
    pub fields: &'a [(String, FieldValue)],
}

impl Further<'_> {
    pub const NONE: Further<'static> = Further { at: &[], fields: &[] };

    fn put_into(&self, body: &mut Json) {
        let mut place = body;
        for step in self.at {
            let below = match place {
                Json::Object(members) => Some(members.entry(step.as_str()).or_insert_with(|| Json::Object(Map::new()))),
                Json::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get_mut(n)),
                _ => None,
            };
            let Some(below) = below else { return };
            place = below;
        }
        if let Some(members) = place.as_object_mut() {
            members.extend(self.fields.iter().map(|(name, value)| (name.clone(), json_value(value))));
        }
    }
}
