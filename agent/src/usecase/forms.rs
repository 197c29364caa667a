//! Forms of the window that are not finished.

use agent_api::error::{ApiError, ErrorCode};
use agent_api::form::{FormOf, KeepForm, KeptForm, KeptForms};
use crm::form::{self, TEXT_MAX};

use crate::agent::Agent;
use crate::view;

impl Agent {
    pub(crate) async fn do_kept_forms(&self) -> Result<KeptForms, ApiError> {
        let forms = self.books(|store| store.forms()).await?;
        let view = |kept: form::KeptForm| KeptForm {
            form: match kept.form {
                form::FormOf::Person => FormOf::Person,
                form::FormOf::Chats => FormOf::Chats,
                form::FormOf::Call { call } => FormOf::Call { call: agent_api::id::CallId(call.0) },
                form::FormOf::Correction { call } => FormOf::Correction { call: agent_api::id::CallId(call.0) },
            },
            text: kept.text,
            saved_at_ms: kept.saved_at_ms,
        };
        Ok(KeptForms { list: forms.into_iter().map(view).collect() })
    }

    pub(crate) async fn do_keep_form(&self, request: KeepForm) -> Result<(), ApiError> {
        if request.text.len() > TEXT_MAX {
            return Err(ApiError::about(ErrorCode::Invalid, "text"));
        }
        let saved_at_ms = self.inner.clock.now().utc_ms;
        let kept = form::KeptForm { form: crm_form(request.form), text: request.text, saved_at_ms };
        self.books(move |store| store.keep_form(&kept)).await
    }

    pub(crate) async fn do_drop_form(&self, form: FormOf) -> Result<(), ApiError> {
        self.books(move |store| store.drop_form(crm_form(form))).await
    }
}

fn crm_form(form: FormOf) -> form::FormOf {
    match form {
        FormOf::Person => form::FormOf::Person,
        FormOf::Chats => form::FormOf::Chats,
        FormOf::Call { call } => form::FormOf::Call { call: view::crm_call(call) },
        FormOf::Correction { call } => form::FormOf::Correction { call: view::crm_call(call) },
    }
}
