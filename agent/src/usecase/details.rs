//! «Detalles técnicos» of a call.

use agent_api::details::CallDetails;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::id::CallId;

use crate::agent::Agent;
use crate::desk::details::read;
use crate::desk::{Ask, Reply};
use crate::view;

impl Agent {
    /// From the desk, which knows the last calls, else from the store.
    pub(crate) async fn do_call_details(&self, call: CallId) -> Result<CallDetails, ApiError> {
        if let Reply::Details(Some(details)) = self.ask(Ask::Details(call)).await? {
            return Ok(*details);
        }
        let id = view::crm_call(call);
        let kept = self.books(move |store| store.details(id)).await?;
        kept.as_deref().and_then(read).ok_or(ApiError::about(ErrorCode::NotFound, "details"))
    }
}
