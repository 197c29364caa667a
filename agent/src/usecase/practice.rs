//! The practice line: an account like any other, its data apart and gone when it ends.

use std::collections::BTreeMap;

use agent_api::account::{AccountView, Srtp};
use agent_api::error::{ApiError, ErrorCode};
use crm::contact::{Channel, ChannelKind, Contact, ContactKind};
use crm::id::{ChannelId, ContactId, Origin};
use crm::store::{Store, StoreError};
use uuid::Uuid;

use crate::agent::Agent;
use crate::desk::{Ask, Input, Reply};
use crate::party;
use crate::port::practice::{PRACTICE_LINE, PracticeError, PracticeLine};
use crate::settings::Account;

/// The demo contact of the training caller.
const CALLER: ContactId = ContactId(Uuid::from_u128(0x0190_0000_0000_7000_8000_6361_6c6c_6572));

impl Agent {
    pub(crate) async fn do_start_practice(&self) -> Result<AccountView, ApiError> {
        let line = self.inner.practice.start().await.map_err(failed)?;
        let account = Account {
            practice: true,
            label: line.domain.clone(),
            port: Some(line.address.port()),
            proxy: Some(format!("sip:{};lr", line.address)),
            srtp: Srtp::Off,
            echo: Some(line.echo.clone()),
            ..Account::new(PRACTICE_LINE, line.user.clone(), line.domain.clone())
        };
        let caller = demo_contact(&line, &self.country().await);
        let now_ms = self.inner.clock.now().utc_ms;
        self.books(move |store| put_once(store, &caller, now_ms)).await?;
        self.tell(Input::ContactsChanged);
        self.tell(Input::Line { account: Box::new(account), password: Some(line.password) });
        match self.ask(Ask::Line(PRACTICE_LINE)).await? {
            Reply::Account(view) => Ok(*view),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    pub(crate) async fn do_end_practice(&self) -> Result<(), ApiError> {
        self.tell(Input::LineGone(PRACTICE_LINE));
        self.inner.practice.stop().await;
        let now_ms = self.inner.clock.now().utc_ms;
        self.books(move |store| store.erase_demo(now_ms)).await?;
        self.tell(Input::ContactsChanged);
        self.tell(Input::Tell(Box::new(agent_api::event::EventBody::Changed(agent_api::event::DataTag::Cards))));
        self.tell(Input::Recount);
        Ok(())
    }

    pub(crate) async fn do_practice_call_me(&self) -> Result<(), ApiError> {
        self.inner.practice.call_me().await.map_err(failed)
    }
}

/// Somebody has practised and not ended it: its demo data is there.
pub(crate) fn has_begun(store: &mut dyn Store) -> Result<bool, StoreError> {
    match store.contact(CALLER) {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

fn put_once(store: &mut dyn Store, caller: &Contact, now_ms: i64) -> Result<(), StoreError> {
    if has_begun(store)? { Ok(()) } else { store.save_contact(caller, now_ms).map(drop) }
}

fn demo_contact(line: &PracticeLine, country: &str) -> Contact {
    let number = party::number(&line.caller_number, country);
    let channel =
        Channel { id: ChannelId(CALLER.0), kind: ChannelKind::Phone, raw: line.caller_number.clone(), number };
    Contact {
        id: CALLER,
        rev: 0,
        origin: Origin::Demo,
        kind: ContactKind::Contact,
        first_name: "Marcela".to_owned(),
        last_name: "Quesada".to_owned(),
        company: "Ferretería El Yunque".to_owned(),
        document_kind: None,
        document_number: None,
        vip: true,
        channels: vec![channel],
        addresses: Vec::new(),
        custom: BTreeMap::new(),
    }
}

fn failed(error: PracticeError) -> ApiError {
    tracing::warn!(%error, "no practice line");
    ApiError::about(ErrorCode::Internal, "practice")
}
