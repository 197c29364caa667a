//! What the store knows against dialling, asked before the desk decides.

use std::time::Duration;

use agent_api::call::{AskReason, Dial, DialOrigin, DialOutcome};
use agent_api::error::{ApiError, ErrorCode};
use crm::phone::PhoneNumber;

use crate::agent::Agent;
use crate::desk::{Ask, Reply};
use crate::party;

/// The store has this long; then the wish goes on without its word.
const BUDGET: Duration = Duration::from_millis(100);

impl Agent {
    pub(crate) async fn do_dial(&self, dial: Dial) -> Result<DialOutcome, ApiError> {
        let warning = match dial.confirmed {
            true => None,
            false => tokio::time::timeout(BUDGET, self.warning(&dial)).await.unwrap_or_default(),
        };
        match self.ask(Ask::Dial { dial, warning }).await? {
            Reply::Dial(outcome) => Ok(outcome),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// «No volver a llamar», and a link's first call to a country.
    async fn warning(&self, dial: &Dial) -> Option<AskReason> {
        let home = self.inner.settings.lock().await.now.preferences.country.clone();
        let number = party::number_of_target(&dial.target, dial.origin, &home)?;
        let is_link = dial.origin == DialOrigin::Link;
        self.inner
            .store
            .run(move |store| {
                if store.match_number(&number)?.iter().any(|contact| contact.do_not_call) {
                    return Ok(Some(AskReason::NotAgain));
                }
                let PhoneNumber::Full { country: Some(country), .. } = &number else { return Ok(None) };
                let new = is_link && *country != home && !store.has_called(country)?;
                Ok(new.then_some(AskReason::NewCountry))
            })
            .await
            .unwrap_or_default()
    }
}
