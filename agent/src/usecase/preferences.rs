//! Preferences, devices, and what opens outside.

use agent_api::contact::ContactFields;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::media::{AudioView, ChooseDevice};
use agent_api::settings::{CallCenters, OpenExternal, Preferences};

use crate::agent::Agent;
use crate::desk::{Ask, Reply};
use crate::party;
use crate::settings::{call_center, contact_field};

impl Agent {
    pub(crate) async fn do_save_preferences(&self, request: Preferences) -> Result<Preferences, ApiError> {
        if request.locale.as_deref().is_some_and(|locale| !["es", "en"].contains(&locale)) {
            return Err(ApiError::about(ErrorCode::Invalid, "locale"));
        }
        if !(90..=150).contains(&request.text_size_pct) {
            return Err(ApiError::about(ErrorCode::Invalid, "text_size_pct"));
        }
        for (field, digits) in [("user_digits", request.user_digits), ("password_digits", request.password_digits)] {
            if digits.is_some_and(|digits| !(1..=32).contains(&digits)) {
                return Err(ApiError::about(ErrorCode::Invalid, field));
            }
        }
        if request.keep_history_months.is_some_and(|months| !(1..=120).contains(&months)) {
            return Err(ApiError::about(ErrorCode::Invalid, "keep_history_months"));
        }
        let changed = self.change_settings(|settings| {
            // A country that nobody has said may stay unsaid; one that was said is not unsaid.
            if request.country != settings.preferences.country && !crm::phone::is_country(&request.country) {
                return Err(ApiError::about(ErrorCode::Invalid, "country"));
            }
            settings.preferences = request.clone();
            Ok(request)
        });
        changed.await
    }

    pub(crate) async fn do_save_call_centers(&self, request: CallCenters) -> Result<CallCenters, ApiError> {
        let centers = call_center::checked(request)?;
        let changed = self.change_settings(|settings| {
            settings.call_centers = centers.clone();
            Ok(centers)
        });
        changed.await
    }

    pub(crate) async fn do_save_contact_fields(&self, request: ContactFields) -> Result<ContactFields, ApiError> {
        let fields = contact_field::checked(request)?;
        let changed = self.change_settings(|settings| {
            settings.contact_fields = fields.clone();
            Ok(fields)
        });
        changed.await
    }

    pub(crate) async fn do_audio(&self) -> Result<AudioView, ApiError> {
        audio(self.ask(Ask::Audio).await?)
    }

    pub(crate) async fn do_choose_device(&self, request: ChooseDevice) -> Result<AudioView, ApiError> {
        let view = audio(self.ask(Ask::Choose(request.clone())).await?)?;
        let changed = self.change_settings(|settings| {
            let role = settings.audio.role_mut(request.role);
            role.device = request.device;
            role.volume_pct = request.volume_pct.unwrap_or(role.volume_pct).min(100);
            Ok(view)
        });
        changed.await
    }

    /// Opens only what the agent itself offers: a support channel, the chat with a number, or a map of an address; `https:` and `mailto:` alone.
    pub(crate) async fn do_open_external(&self, request: OpenExternal) -> Result<(), ApiError> {
        let url = match request {
            OpenExternal::Support { index } => {
                let kept = self.inner.settings.lock().await;
                let channel = kept.now.support.get(index as usize);
                channel.ok_or(ApiError::about(ErrorCode::NotFound, "support"))?.target.clone()
            }
            OpenExternal::Chat { number } => {
                let full = party::check(&number, &self.country().await).e164;
                let full = full.ok_or(ApiError::about(ErrorCode::Invalid, "number"))?;
                format!("https://wa.me/{}", full.trim_start_matches('+'))
            }
            OpenExternal::Record { record } => return self.open_record(&record).await,
            OpenExternal::Map { address } => {
                format!("https://www.google.com/maps/search/?api=1&query={}", encode(&address))
            }
        };
        let allowed = ["https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme));
        if !allowed || url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(ApiError::about(ErrorCode::Invalid, "target"));
        }
        self.open(url).await
    }

    /// Opens an address that was judged already.
    pub(crate) async fn open(&self, url: String) -> Result<(), ApiError> {
        let external = std::sync::Arc::clone(&self.inner.external);
        let opened = tokio::task::spawn_blocking(move || external.open(&url)).await;
        opened
            .map_err(|_| ApiError::new(ErrorCode::Internal))?
            .map_err(|_| ApiError::about(ErrorCode::Internal, "open"))
    }
}

fn audio(reply: Reply) -> Result<AudioView, ApiError> {
    match reply {
        Reply::Audio(audio) => Ok(audio),
        _ => Err(ApiError::new(ErrorCode::Internal)),
    }
}

/// Percent-encodes everything but the unreserved characters (RFC 3986 §2.3).
fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut encoded, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_leave_its_place_in_the_query() {
        assert_eq!(encode("Calle 5 & 7, #3"), "Calle%205%20%26%207%2C%20%233");
    }
}
