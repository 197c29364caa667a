//! Numbers and names as the agent meets them: what was dialled, who calls, and how both look.

use agent_api::call::{DialOrigin, RefuseReason};
use agent_api::contact::{ChannelKind, NumberCheck};
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

/// What a text is as a number, also in the form in which numbers are shown; names and addresses of SIP are none.
pub fn number(text: &str, country: &str) -> Option<PhoneNumber> {
    let text = text.trim();
    // `ext. 231` is how an extension is shown: a row that is pressed dials what it shows.
    let text = text.strip_prefix("ext.").map_or(text, str::trim_start);
    if text.starts_with(|c: char| c.is_alphabetic()) || text.contains('@') {
        return None;
    }
    PhoneNumber::parse(text, country).ok()
}

/// Text that may be a number, for the eye.
pub fn display(text: &str, country: &str) -> String {
    number(text, country).as_ref().map_or_else(|| for_the_eye(text), PhoneNumber::display)
}

/// A user of the network that is no number, cleaned like a name: without marks that could make it look like another.
pub fn for_the_eye(user: &str) -> String {
    clean_name(user).unwrap_or_default()
}

/// A name from the network, cleaned; none if nothing is left of it.
pub fn clean_name(name: &str) -> Option<String> {
    crm::text::clean_label(name)
}

/// What a typed text is, while it is being typed: as a target of the keypad, and as a way to reach a person.
pub fn check(text: &str, country: &str) -> NumberCheck {
    let text = text.trim();
    let Some(number) = number(text, country) else {
        let nothing = NumberCheck {
            display: text.to_owned(),
            e164: None,
            country: None,
            extension: None,
            missing_digits: None,
            dialable: is_address(text, country),
            channel: channel(text),
        };
        return nothing;
    };
    let check = phone::check(text, country);
    NumberCheck {
        display: check.display,
        e164: check.e164,
        country: check.country,
        extension: number.extension().map(str::to_owned),
        missing_digits: check.missing_digits,
        dialable: check.dialable,
        channel: Some(if number.kind() == phone::Kind::Mobile { ChannelKind::Mobile } else { ChannelKind::Phone }),
    }
}

/// A SIP address with user and host, which the keypad dials; a bare word is dialled, too, but is more likely a name.
fn is_address(text: &str, country: &str) -> bool {
    let bare = text.strip_prefix("sips:").or_else(|| text.strip_prefix("sip:"));
    let host = bare.unwrap_or(text).rsplit_once('@').map(|(user, host)| !user.is_empty() && !host.is_empty());
    let whole = host.unwrap_or_else(|| bare.is_some_and(|bare| !bare.is_empty()));
    let context = LinkContext { country, own_domains: &[], allowed_domains: &[] };
    whole && read_target(text, DialOrigin::Keypad, &context).is_ok()
}

/// Ways to reach a person that are no number: e-mail, or a name on a network with its `@`.
fn channel(text: &str) -> Option<ChannelKind> {
    let social = text.strip_prefix('@').is_some_and(|name| {
        name.chars().count() > 1 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    });
    match (crm::contact::is_email(text), social) {
        (true, _) => Some(ChannelKind::Email),
        (false, true) => Some(ChannelKind::Social),
        (false, false) => None,
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

    #[test]
    fn what_is_typed_is_a_number_an_address_a_channel_or_nothing() {
        let what = |text| {
            let check = check(text, "CR");
            (check.dialable, check.channel, check.extension)
        };
        let mobile = Some(ChannelKind::Mobile);
        assert_eq!(what("8555 0117"), (true, mobile, None));
        assert_eq!(what("+506 2222 0000 ext. 12"), (true, Some(ChannelKind::Phone), Some("12".to_owned())));
        assert_eq!(what("231"), (true, Some(ChannelKind::Phone), Some("231".to_owned())));
        assert!(what("*43").0);
        assert!(!what("+506 85").0, "unfinished");
        assert_eq!(what("ana@pbx.example"), (true, Some(ChannelKind::Email), None));
        assert_eq!(what("sip:ana@pbx.example"), (true, None, None));
        assert_eq!(what("sip:ana"), (true, None, None));
        assert_eq!(what("@ana.mora"), (false, Some(ChannelKind::Social), None));
        assert_eq!(what("Ana"), (false, None, None), "a name to look for");
        assert_eq!(what("a<b@c.example"), (false, None, None));
        assert_eq!(what(""), (false, None, None));
    }

    #[test]
    fn a_number_is_dialled_as_it_is_shown() {
        for text in ["8555 0117", "231", "27", "*43", "911", "+506 2222 0000 ext. 12", "1234567890123456"] {
            let number = number(text, "CR").unwrap();
            assert_eq!(keyed(&number.display()).map(|target| target.dial).as_deref(), Ok(number.dial()), "{text}");
        }
    }

    #[test]
    fn whatever_is_said_to_be_dialable_is_dialled() {
        for text in ["8555 0117", "27", "*21#", "911", "sip:bob@pbx.example", "bob@pbx.example", "00 34 912 345 678"] {
            assert!(check(text, "CR").dialable && keyed(text).is_ok(), "{text}");
        }
    }
}
