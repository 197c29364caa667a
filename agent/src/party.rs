//! Numbers and names as the agent meets them: what was dialled, who calls, and how both look.

use agent_api::call::{DialOrigin, RefuseReason};
use agent_api::contact::NumberCheck;
use crm::phone::{self, PhoneNumber};

use crate::link::{self, LinkContext, Target};

/// Reads what is to be dialled. Of a link only user and host count (security.md, Links); what the agent keys may also be
/// a bare user of the exchange, or any SIP address.
///
/// # Errors
/// Why it is not dialled at all.
pub fn read_target(target: &str, origin: DialOrigin, context: &LinkContext<'_>) -> Result<Target, RefuseReason> {
    let target = target.trim();
    if target.is_empty() {
        return Err(RefuseReason::NoNumber);
    }
    if origin == DialOrigin::Link {
        return link::parse(target, context);
    }
    if target.chars().any(|c| c.is_control() || crm::text::is_invisible(c)) {
        return Err(RefuseReason::Hostile);
    }
    if let Some(number) = number(target, context.country) {
        return Ok(Target::of_number(number));
    }
    let unsafe_in_uri = |byte: u8| matches!(byte, b'<' | b'>' | b'"' | b',' | b'?');
    let address = target.bytes().all(|byte| byte.is_ascii_graphic() && !unsafe_in_uri(byte));
    if !address {
        return Err(RefuseReason::NoNumber);
    }
    Ok(Target { dial: target.to_owned(), number: None, display: target.to_owned() })
}

/// The number that a target holds.
pub fn number_of_target(target: &str, origin: DialOrigin, country: &str) -> Option<PhoneNumber> {
    if origin == DialOrigin::Link {
        return link::number_in(target.trim(), country);
    }
    let context = LinkContext { country, own_domains: &[], allowed_domains: &[] };
    read_target(target, origin, &context).ok()?.number
}

/// What a text is as a number; names and addresses of SIP are none.
pub fn number(text: &str, country: &str) -> Option<PhoneNumber> {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_alphabetic()) || text.contains('@') {
        return None;
    }
    PhoneNumber::parse(text, country).ok()
}

/// Text that may be a number, for the eye.
pub fn display(text: &str, country: &str) -> String {
    number(text, country).as_ref().map_or_else(|| text.to_owned(), PhoneNumber::display)
}

/// A name from the network, cleaned; none if nothing is left of it.
pub fn clean_name(name: &str) -> Option<String> {
    crm::text::clean_label(name)
}

/// What a typed number is, while it is being typed.
pub fn check(text: &str, country: &str) -> NumberCheck {
    let check = phone::check(text, country);
    NumberCheck {
        display: check.display,
        e164: check.e164,
        country: check.country,
        missing_digits: check.missing_digits,
        dialable: check.dialable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyed(text: &str) -> Result<Target, RefuseReason> {
        let context = LinkContext { country: "CR", own_domains: &[], allowed_domains: &[] };
        read_target(text, DialOrigin::Keypad, &context)
    }

    #[test]
    fn numbers_extensions_and_addresses_are_dialled_right() {
        let dial = |text| keyed(text).map(|target| target.dial).ok();
        assert_eq!(dial("8555 0117").as_deref(), Some("+50685550117"));
        assert_eq!(dial("27").as_deref(), Some("27"));
        assert_eq!(dial("911").as_deref(), Some("911"));
        assert_eq!(dial("sip:bob@pbx.example").as_deref(), Some("sip:bob@pbx.example"));
        assert_eq!(dial("bob").as_deref(), Some("bob"));
        assert_eq!(dial(" "), None);
        assert_eq!(keyed("50\u{202e}6").err(), Some(RefuseReason::Hostile));
    }
}
