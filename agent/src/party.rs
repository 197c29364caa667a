//! Numbers and names as the agent meets them: what was dialled, who calls, and how both look.

use agent_api::call::{AskReason, DialOrigin, RefuseReason};
use agent_api::contact::NumberCheck;
use crm::phone::{self, Kind, PhoneNumber};

use crate::link::{self, LinkContext};

/// A target that may be dialled.
#[derive(Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What the INVITE calls.
    pub dial: String,
    /// What was asked for.
    pub raw: String,
    /// The number in it.
    pub number: Option<PhoneNumber>,
    /// For the eye.
    pub display: String,
    /// ISO 3166 region.
    pub country: Option<String>,
    /// It reaches emergency services.
    pub emergency: bool,
    /// Policy wants a word first.
    pub question: Option<AskReason>,
}

impl Wanted {
    /// E.164, if it is a full number.
    pub fn e164(&self) -> Option<&str> {
        self.number.as_ref()?.e164()
    }

    /// The extension, if it is one or has one.
    pub fn extension(&self) -> Option<&str> {
        self.number.as_ref()?.extension()
    }

    fn number(raw: &str, number: PhoneNumber, country: &str) -> Self {
        let emergency = number.is_emergency(country);
        let question = match number.kind() {
            Kind::Premium | Kind::SharedCost => Some(AskReason::Premium),
            Kind::Satellite => Some(AskReason::Satellite),
            _ if number.is_service_code() => Some(AskReason::ServiceCode),
            _ if emergency => Some(AskReason::Emergency),
            _ => None,
        };
        Self {
            dial: number.dial().to_owned(),
            raw: raw.to_owned(),
            display: number.display(),
            country: number.country().map(str::to_owned),
            number: Some(number),
            emergency,
            question,
        }
    }

    fn address(raw: &str) -> Self {
        Self {
            dial: raw.to_owned(),
            raw: raw.to_owned(),
            number: None,
            display: raw.to_owned(),
            country: None,
            emergency: false,
            question: None,
        }
    }
}

/// Reads what is to be dialled. Of a link only user and host count (security.md, Links).
///
/// # Errors
/// Why it is not dialled at all.
pub fn read_target(target: &str, origin: DialOrigin, country: &str, domains: &[&str]) -> Result<Wanted, RefuseReason> {
    let target = target.trim();
    if target.is_empty() {
        return Err(RefuseReason::NoNumber);
    }
    if origin == DialOrigin::Link {
        return read_link(target, country, domains);
    }
    if target.chars().any(|c| c.is_control() || crm::text::is_invisible(c)) {
        return Err(RefuseReason::Hostile);
    }
    if let Some(number) = number(target, country) {
        return Ok(Wanted::number(target, number, country));
    }
    let address =
        target.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b',' | b'?'));
    if address { Ok(Wanted::address(target)) } else { Err(RefuseReason::NoNumber) }
}

fn read_link(link: &str, country: &str, domains: &[&str]) -> Result<Wanted, RefuseReason> {
    let own_domains: Vec<String> = domains.iter().map(|domain| (*domain).to_owned()).collect();
    let target = link::parse(link, &LinkContext { country, own_domains: &own_domains, allowed_domains: &[] })?;
    Ok(match target.number {
        Some(number) => Wanted { dial: target.dial, ..Wanted::number(link, number, country) },
        None => Wanted::address(&target.dial),
    })
}

/// The number that a target holds.
pub fn number_of_target(target: &str, origin: DialOrigin, country: &str) -> Option<PhoneNumber> {
    read_target(target, origin, country, &[]).ok()?.number
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

    fn keyed(text: &str) -> Result<Wanted, RefuseReason> {
        read_target(text, DialOrigin::Keypad, "CR", &[])
    }

    #[test]
    fn numbers_extensions_and_addresses_are_dialled_right() {
        let dial = |text| keyed(text).map(|wanted| wanted.dial).ok();
        assert_eq!(dial("8555 0117").as_deref(), Some("+50685550117"));
        assert_eq!(dial("27").as_deref(), Some("27"));
        assert_eq!(dial("sip:bob@pbx.example").as_deref(), Some("sip:bob@pbx.example"));
        assert_eq!(dial("bob").as_deref(), Some("bob"));
        assert_eq!(dial(" "), None);
        assert_eq!(keyed("50\u{202e}6").err(), Some(RefuseReason::Hostile));
    }

    #[test]
    fn an_emergency_number_is_known_as_one() {
        let wanted = keyed("911").expect("a number");
        assert!(wanted.emergency);
        assert_eq!(wanted.dial, "911");
    }
}
