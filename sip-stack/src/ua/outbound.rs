//! What makes a binding this device's own (RFC 5626), and the address that leads to it from everywhere (RFC 5627).

use crate::message::{HeaderName, NameAddr, Response, SipUri};

use super::AccountConfig;

/// RFC 5626 §4.2: one flow for each account, so its number never changes.
const REG_ID: &str = "1";

/// What was said and granted since the network last changed.
#[derive(Debug, Default)]
pub(super) struct Outbound {
    /// Some server on the way cannot do it (439).
    refused: bool,
    /// The registrar keeps to RFC 5626.
    granted: bool,
    /// Our address of RFC 5627.
    gruu: Option<SipUri>,
}

impl Outbound {
    /// The Contact of a REGISTER with the name of device and flow.
    pub fn name(&self, contact: NameAddr, config: &AccountConfig) -> NameAddr {
        let Some(instance) = instance(config) else { return contact };
        let contact = contact.with_param("+sip.instance", Some(&format!("\"<{instance}>\"")));
        if self.refused { contact } else { contact.with_param("reg-id", Some(REG_ID)) }
    }

    /// The value of Supported in a REGISTER.
    pub fn supported(&self, config: &AccountConfig) -> &'static str {
        match (instance(config).is_some(), self.refused, config.gruu) {
            (false, ..) | (true, true, false) => "path",
            (true, true, true) => "path, gruu",
            (true, false, false) => "path, outbound",
            (true, false, true) => "path, outbound, gruu",
        }
    }

    /// Takes a 2xx; `binding` is our Contact in it.
    pub fn granted(&mut self, response: &Response, binding: Option<&NameAddr>, config: &AccountConfig) {
        self.granted =
            !self.refused && instance(config).is_some() && response.headers.has_token(&HeaderName::Require, "outbound");
        let gruu = binding.filter(|_| config.gruu && instance(config).is_some());
        let gruu = gruu.and_then(|binding| binding.params.get_unquoted("pub-gruu"));
        self.gruu = gruu.and_then(|gruu| SipUri::parse(gruu.as_bytes()).ok());
    }

    /// The registrar keeps to RFC 5626.
    pub fn is_granted(&self) -> bool {
        self.granted
    }

    /// Whether 439 may be answered by going on without.
    pub fn can_give_up(&self, config: &AccountConfig) -> bool {
        !self.refused && instance(config).is_some()
    }

    /// From now on without.
    pub fn give_up(&mut self) {
        self.refused = true;
    }

    /// Our Contact in calls; `address` is where we are. RFC 5626 §4.3: `ob` asks that the call stays on this flow.
    pub fn contact(&self, address: SipUri) -> NameAddr {
        let uri = match &self.gruu {
            Some(gruu) => gruu.clone(),
            None if self.granted => address.with_param("ob", None),
            None => address,
        };
        NameAddr::new(uri)
    }
}

/// The device's name, if it can stand in a header.
fn instance(config: &AccountConfig) -> Option<&str> {
    let name = config.instance.as_deref()?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'.' | b'_');
    (name.starts_with("urn:") && name.bytes().all(fits)).then_some(name)
}
