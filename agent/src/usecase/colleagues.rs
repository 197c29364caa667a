//! Colleagues: changed as a whole, watched by the desk.

use std::collections::BTreeSet;

use agent_api::call::DialOutcome;
use agent_api::colleague::{ColleagueRef, Colleagues, SaveColleagues};
use agent_api::error::{ApiError, ErrorCode};

use crate::agent::Agent;
use crate::desk::{Ask, Input, Reply};
use crate::port::clock::{Ids, RandomIds};
use crate::settings::colleague::{self, Colleague};

impl Agent {
    pub(crate) async fn do_save_colleagues(&self, request: SaveColleagues) -> Result<Colleagues, ApiError> {
        let now_ms = self.inner.clock.now().utc_ms;
        let list = colleague::checked(request, || RandomIds.next(now_ms))?;
        let lines: BTreeSet<_> = list.iter().map(|colleague| colleague.account).collect();
        for line in lines {
            self.ask(Ask::Line(line)).await?;
        }
        let changed = self.change_settings(|settings| {
            settings.colleagues = list;
            Ok(())
        });
        changed.await?;
        match self.ask(Ask::Colleagues).await? {
            Reply::Colleagues(colleagues) => Ok(colleagues),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    pub(crate) async fn do_pick_up_colleague(&self, request: ColleagueRef) -> Result<DialOutcome, ApiError> {
        match self.ask(Ask::PickUpColleague(request.colleague)).await? {
            Reply::Dial(outcome) => Ok(outcome),
            _ => Err(ApiError::new(ErrorCode::Internal)),
        }
    }

    /// Watches these and nobody else, until the settings change; for the command line, whose lines stand in no settings.
    pub fn watch_colleagues(&self, colleagues: Vec<Colleague>) {
        self.tell(Input::Colleagues(colleagues));
    }
}
