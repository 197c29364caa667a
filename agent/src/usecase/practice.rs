//! The practice line: an account like any other, its data apart and gone when it ends.

use agent_api::account::{AccountView, Srtp};
use agent_api::error::{ApiError, ErrorCode};

use crate::agent::Agent;
use crate::desk::{Ask, Input, Reply};
use crate::port::practice::{PRACTICE_LINE, PracticeError};
use crate::settings::Account;
use crate::training_caller::{contact, put_once};

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
        let caller = contact(&line, &self.country().await);
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
        self.let_recordings_go().await;
        Ok(())
    }

    pub(crate) async fn do_practice_call_me(&self) -> Result<(), ApiError> {
        self.inner.practice.call_me().await.map_err(failed)
    }
}

fn failed(error: PracticeError) -> ApiError {
    tracing::warn!(%error, "no practice line");
    ApiError::about(ErrorCode::Internal, "practice")
}
