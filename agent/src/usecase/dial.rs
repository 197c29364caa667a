//! What the store knows against dialling, asked before the desk decides.

use std::time::Duration;

use agent_api::call::{AskReason, Consult, Dial, DialOrigin, DialOutcome};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::AccountId;
use agent_api::pbx::DialCode;
use crm::call::Direction;
use crm::id::Origin;
use crm::store::CardQuery;

use crate::agent::Agent;
use crate::desk::{Ask, Reply};
use crate::party;
use crate::port::practice::PRACTICE_LINE;

/// Calls that are looked through for the last one over a line that is still there.
const REDIAL_ROWS: u32 = 20;
/// The store has this long; then the wish goes on without its word.
const BUDGET: Duration = Duration::from_millis(100);

impl Agent {
    pub(crate) async fn do_dial(&self, dial: Dial) -> Result<DialOutcome, ApiError> {
        let warning = if dial.confirmed { None } else { self.warning(&dial).await };
        match self.ask(Ask::Dial { dial, warning }).await? {
            Reply::Dial(outcome) => Ok(outcome),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// Calls whom was called last, over the same line, by the rules of a row that is pressed. Without such a call, or without that line, nothing
    /// is done.
    pub(crate) async fn do_redial(&self) -> Result<(), ApiError> {
        let lines: Vec<_> = self.overview().await?.accounts.iter().map(|account| account.id).collect();
        let query = CardQuery { direction: Some(Direction::Outgoing), limit: REDIAL_ROWS, ..CardQuery::default() };
        let page = self.books(move |store| store.list_cards(&query)).await?;
        let calls = page.rows.into_iter().map(|row| row.card.record);
        let mut there = calls.filter(|call| lines.contains(&AccountId(call.line.account.0)));
        let Some(last) = there.next() else { return Ok(()) };
        let account = Some(AccountId(last.line.account.0));
        let target = last.party.raw;
        let dial = Dial { target, origin: DialOrigin::Row, account, contact: None, confirmed: false };
        self.do_dial(dial).await.map(drop)
    }

    pub(crate) async fn do_dial_code(&self, wish: DialCode) -> Result<DialOutcome, ApiError> {
        match self.ask(Ask::DialCode(wish)).await? {
            Reply::Dial(outcome) => Ok(outcome),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    pub(crate) async fn do_consult(&self, wish: Consult) -> Result<DialOutcome, ApiError> {
        match self.ask(Ask::Consult(wish)).await? {
            Reply::Dial(outcome) => Ok(outcome),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// «No volver a llamar», and a link's first call to a country; a store that does not answer in time knows no country.
    async fn warning(&self, dial: &Dial) -> Option<AskReason> {
        let home = self.inner.settings.lock().await.now.preferences.country.clone();
        let number = party::number_of_target(&dial.target, dial.origin, &home)?;
        let abroad = number.country().filter(|country| *country != home).map(str::to_owned);
        let abroad = abroad.filter(|_| dial.origin == DialOrigin::Link);
        let unknown = abroad.is_some().then_some(AskReason::NewCountry);
        let practised = dial.account == Some(PRACTICE_LINE);
        let origin = if practised { Origin::Demo } else { Origin::Live };
        let asked = self.inner.store.run(move |store| {
            if store.match_number(&number, origin)?.iter().any(|contact| contact.do_not_call) {
                return Ok(Some(AskReason::NotAgain));
            }
            let Some(country) = abroad else { return Ok(None) };
            Ok((!store.has_called(&country)?).then_some(AskReason::NewCountry))
        });
        match tokio::time::timeout(BUDGET, asked).await {
            Ok(Ok(warning)) => warning,
            Ok(Err(_)) | Err(_) => unknown,
        }
    }
}
