//! What organisations require of records that are to be made in their CRMs: asked there, kept here, and held against what was
//! filled in.
//!
//! ```text
//! form opens ─► kept, and young? ─► that
//!          └──► CRM ─► kept ─► shown        it does not answer in time: what is kept, however late its answer comes
//! ```

use std::sync::Arc;
use std::time::Duration;

use agent_api::contact::FieldValue;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::ConnectionId;
use agent_api::push::PushReason;
use agent_api::record_form::{DescribeForm, FilledForm, FurtherFields, RecordFormView};
use crm::connector::{Connector, Further, PersonField, RecordForm, RemoteKind, Wrong};
use crm::contact::Contact;
use crm::delivery;
use crm::id::{Origin, OutboxId};
use crm::outbox::OutboxItem;
use crm::store::{Store, StoreError};

use crate::agent::Agent;
use crate::connections::Connections;
use crate::settings::connection::key;
use crate::view;

/// For how long a form is not asked for again.
const YOUNG: Duration = Duration::from_secs(15 * 60);
/// For how long the last known form serves without a network.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// How long a form waits for the CRM where there is a kept one, and where there is none.
const BUDGET: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(20);

type Known = (RecordForm, i64);

/// Which form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Which {
    connection: ConnectionId,
    kind: RemoteKind,
    record_type: Option<String>,
}

impl Agent {
    pub(crate) async fn do_describe_form(&self, request: DescribeForm) -> Result<RecordFormView, ApiError> {
        let connections = &self.inner.connections;
        let connector = connections.way(request.connection).and_then(|way| way.connector);
        let push = match request.push {
            Some(push) => Some(self.books(move |store| about(store, OutboxId(push.0))).await?),
            None => None,
        };
        let kind = as_there(connector.as_deref(), view::remote_kind(request.kind));
        let chosen = push.as_ref().filter(|_| kind != RemoteKind::Activity).and_then(About::record_type);
        let which = Which { connection: request.connection, kind, record_type: request.record_type.or(chosen) };
        let known = connections.form(&which, connector.clone(), push.is_some()).await;
        let filled = filled(connector.as_deref(), kind);
        let (named, values) = push.map(|push| push.told(kind)).unwrap_or_default();
        Ok(match known {
            Some((form, read_at_ms)) => view::record_form(form, &named, filled, values, Some(read_at_ms)),
            None => RecordFormView {
                values: values.into_iter().map(view::further_value).collect(),
                ..RecordFormView::default()
            },
        })
    }

    /// What is filled in for a person, by connector; what goes nowhere any more is left out.
    pub(crate) async fn further_of(
        &self,
        contact: &Contact,
        asked: Vec<FurtherFields>,
    ) -> Result<Vec<(String, Further)>, ApiError> {
        // What is of the practice line goes nowhere.
        let goals = if contact.origin == Origin::Live { self.inner.connections.goals() } else { Vec::new() };
        let mut all = Vec::new();
        for FurtherFields { connection, form } in asked {
            if !goals.contains(&key(connection)) {
                continue;
            }
            let part = format!("further.{}", connection.0);
            all.push((key(connection), self.further(connection, contact, form, &part).await?));
        }
        Ok(all)
    }

    /// The same for one connection; errors are about `part`.
    pub(crate) async fn further(
        &self,
        connection: ConnectionId,
        contact: &Contact,
        form: FilledForm,
        part: &str,
    ) -> Result<Further, ApiError> {
        let record_type = form.record_type.clone();
        let has = |field: PersonField| delivery::has(contact, field);
        let values = self.read_filled(connection, contact.kind.into(), form, has, part).await?;
        Ok(Further { record_type, values })
    }

    /// What is filled in of an organisation's form, held against the form as last read.
    pub(crate) async fn read_filled(
        &self,
        connection: ConnectionId,
        kind: RemoteKind,
        form: FilledForm,
        has: impl Fn(PersonField) -> bool,
        part: &str,
    ) -> Result<Vec<(String, crm::connector::FieldValue)>, ApiError> {
        let connector = self.inner.connections.way(connection).and_then(|way| way.connector);
        let which = Which { connection, kind: as_there(connector.as_deref(), kind), record_type: form.record_type };
        let filled = filled(connector.as_deref(), which.kind);
        let kept = self.books(move |store| kept(store, &which)).await?;
        let typed: Vec<(String, String)> =
            form.values.into_iter().map(|FieldValue { key, value }| (key, value)).collect();
        let Some((form, _)) = kept else {
            // Nobody ever said what is required: nothing can have been asked for.
            return if typed.is_empty() { Ok(Vec::new()) } else { Err(ApiError::about(ErrorCode::Invalid, part)) };
        };
        form.read(&typed, has, filled).map_err(|wrong| match wrong {
            Wrong::Required(name) => ApiError::about(ErrorCode::Required, format!("{part}.{name}")),
            Wrong::Form(name) => ApiError::about(ErrorCode::Invalid, format!("{part}.{name}")),
        })
    }
}

impl Connections {
    /// The form as the CRM tells it now, or as it told it last; none if nobody knows.
    async fn form(self: &Arc<Self>, which: &Which, connector: Option<Arc<dyn Connector>>, anew: bool) -> Option<Known> {
        let now_ms = self.clock.now().utc_ms;
        let asked = which.clone();
        let kept = self.store.run(move |store| kept(store, &asked)).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a kept form is not read");
            None
        });
        let younger = |life: Duration| {
            let life_ms = i64::try_from(life.as_millis()).unwrap_or(i64::MAX);
            kept.clone().filter(|(_, at_ms)| (0..life_ms).contains(&now_ms.saturating_sub(*at_ms)))
        };
        if let Some(young) = younger(YOUNG).filter(|_| !anew) {
            return Some(young);
        }
        let kept = younger(KEPT);
        let Some(connector) = connector else { return kept };
        let late = self.clock.after(if kept.is_some() && !anew { BUDGET } else { PATIENCE });
        let (this, which) = (Arc::downgrade(self), which.clone());
        // Whoever asked may be gone: what the CRM tells is kept all the same.
        let asking = tokio::spawn(async move {
            let told = connector.describe(which.kind, which.record_type.as_deref()).await;
            let form =
                told.inspect_err(|fault| tracing::debug!(code = fault.code(), "a CRM does not tell a form")).ok()?;
            let this = this.upgrade()?;
            let now_ms = this.clock.now().utc_ms;
            let told = form.clone();
            let stored = this.store.run(move |store| keep(store, &which, &told, now_ms)).await;
            if let Err(error) = stored {
                tracing::warn!(%error, "a form of a CRM is not kept");
            }
            Some((form, now_ms))
        });
        tokio::select! {
            told = asking => told.ok().flatten().or(kept),
            () = late => kept,
        }
    }
}

/// Leads are contacts where there are none.
fn as_there(connector: Option<&dyn Connector>, kind: RemoteKind) -> RemoteKind {
    match kind {
        RemoteKind::Lead if connector.is_some_and(|one| !one.abilities().leads) => RemoteKind::Contact,
        kind => kind,
    }
}

/// What is filled without anybody's doing.
fn filled(connector: Option<&dyn Connector>, kind: RemoteKind) -> &'static [&'static str] {
    connector.filter(|_| kind == RemoteKind::Activity).map_or(&[], Connector::filled_by_entries)
}

fn kept(store: &mut dyn Store, which: &Which) -> Result<Option<Known>, StoreError> {
    store.record_form(&key(which.connection), which.kind, which.record_type.as_deref())
}

/// Under the record type that was asked for, and under the one that it is.
fn keep(store: &mut dyn Store, which: &Which, form: &RecordForm, now_ms: i64) -> Result<(), StoreError> {
    let connector = key(which.connection);
    store.keep_record_form(&connector, which.kind, which.record_type.as_deref(), form, now_ms)?;
    if form.record_type != which.record_type {
        store.keep_record_form(&connector, which.kind, form.record_type.as_deref(), form, now_ms)?;
    }
    Ok(())
}

/// A push that is corrected: what the CRM named, and what is filled in.
struct About {
    named: Vec<String>,
    item: OutboxItem,
    person: Option<Further>,
}

type Values = Vec<(String, crm::connector::FieldValue)>;

impl About {
    fn record_type(&self) -> Option<String> {
        self.person.as_ref()?.record_type.clone()
    }

    /// The fields that were named, and what is filled in of a record of this kind.
    fn told(self, kind: RemoteKind) -> (Vec<String>, Values) {
        let values = match kind {
            RemoteKind::Activity => self.item.payload.further,
            _ => self.person.map(|further| further.values).unwrap_or_default(),
        };
        (self.named, values)
    }
}

fn about(store: &mut dyn Store, push: OutboxId) -> Result<About, StoreError> {
    let item = store.push(push)?;
    let person = match (&item.connector, item.payload.draft.contact) {
        (Some(connector), Some(contact)) => store.further(connector, contact)?,
        _ => None,
    };
    let named = match view::card_push((&item).into()).and_then(|push| push.reason) {
        Some(PushReason::Invalid { fields, .. }) => fields,
        _ => Vec::new(),
    };
    Ok(About { named, item, person })
}
