//! Whether a target is dialled at once: the rules for links of `SECURITY.md`, apart from parsing.

use agent_api::call::{AskReason, DialOrigin, RefuseReason};
use crm::phone::Kind;

use super::parse::Target;

/// What becomes of a wish to dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is dialled at once.
    Dial,
    /// The agent is asked first.
    Ask(AskReason),
    /// It is not dialled.
    Refuse(RefuseReason),
}

/// What is known when the wish comes.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Where it comes from.
    pub origin: DialOrigin,
    /// The agent's own ISO 3166 region; empty if nobody has said it.
    pub country: &'a str,
    /// The target's country is the agent's own or was called before.
    pub known_country: bool,
    /// A call is up.
    pub call_up: bool,
    /// More than three links came within ten seconds; see [`LinkRate`].
    pub many_links: bool,
    /// The agent wants to be asked always.
    pub ask_always: bool,
    /// The agent was asked and said yes.
    pub confirmed: bool,
}

/// Decides. The gravest reason comes first, so that one question covers all.
pub fn decide(target: &Target, now: &Circumstances<'_>) -> Decision {
    let emergency = target.number.as_ref().is_some_and(|number| number.is_emergency(now.country));
    if now.confirmed || (emergency && now.origin == DialOrigin::Keypad) {
        return Decision::Dial;
    }
    let reason = match now.origin {
        // The agent keyed it: nothing is asked that the agent does not know.
        DialOrigin::Keypad => None,
        DialOrigin::Row => content(target, emergency).or(now.ask_always.then_some(AskReason::Always)),
        DialOrigin::Link => {
            let homeless = needs_country(target) && now.country.is_empty();
            let reason = content(target, emergency).or(homeless.then_some(AskReason::NoCountry));
            reason.or_else(|| situation(target, now))
        }
    };
    reason.map_or(Decision::Dial, Decision::Ask)
}

/// Reasons in the number itself.
fn content(target: &Target, emergency: bool) -> Option<AskReason> {
    let number = target.number.as_ref()?;
    if emergency {
        return Some(AskReason::Emergency);
    }
    if number.is_service_code() {
        return Some(AskReason::ServiceCode);
    }
    match number.kind() {
        Kind::Premium | Kind::SharedCost => Some(AskReason::Premium),
        Kind::Satellite => Some(AskReason::Satellite),
        _ => None,
    }
}

/// What is dialled depends on the country in which it is meant. Whether digits are an extension is known only there, too.
fn needs_country(target: &Target) -> bool {
    let local = target.number.as_ref().is_some_and(|number| number.e164().is_none());
    local && !target.dial.starts_with("sip") && !target.dial.starts_with('+')
}

/// Reasons in what goes on.
fn situation(target: &Target, now: &Circumstances<'_>) -> Option<AskReason> {
    let new_country = target.country().is_some() && !now.known_country;
    let reasons = [
        (now.call_up, AskReason::CallUp),
        (now.many_links, AskReason::ManyLinks),
        (new_country, AskReason::NewCountry),
        (now.ask_always, AskReason::Always),
    ];
    reasons.into_iter().find_map(|(holds, reason)| holds.then_some(reason))
}

/// Counts links: a page that fires many must not dial many.
#[derive(Clone, Debug, Default)]
pub struct LinkRate {
    /// When the last three came, oldest first, in milliseconds of a clock that nobody sets.
    last: [Option<u64>; 3],
}

impl LinkRate {
    /// Counts a link that came now, dialled or not. True if it is at least the fourth within ten seconds.
    pub fn note(&mut self, now_ms: u64) -> bool {
        let many = self.last[0].is_some_and(|third_last| now_ms.saturating_sub(third_last) < 10_000);
        self.last = [self.last[1], self.last[2], Some(now_ms)];
        many
    }
}

#[cfg(test)]
mod tests {
    use crm::phone::PhoneNumber;

    use super::*;

    fn target(text: &str) -> Target {
        Target::of_number(PhoneNumber::parse(text, "CR").unwrap())
    }

    fn quiet(origin: DialOrigin) -> Circumstances<'static> {
        Circumstances {
            origin,
            country: "CR",
            known_country: true,
            call_up: false,
            many_links: false,
            ask_always: false,
            confirmed: false,
        }
    }

    #[test]
    fn a_plain_number_on_a_quiet_desk_is_dialled_at_once() {
        for origin in [DialOrigin::Link, DialOrigin::Row, DialOrigin::Keypad] {
            assert_eq!(decide(&target("8555 0117"), &quiet(origin)), Decision::Dial);
            assert_eq!(decide(&target("231"), &quiet(origin)), Decision::Dial);
        }
    }

    #[test]
    fn dear_and_dangerous_numbers_are_asked_about() {
        for (text, reason) in [
            ("+1 900 555 1234", AskReason::Premium),
            ("+49 180 5 123456", AskReason::Premium),
            ("+881 6 1234 5678", AskReason::Satellite),
            ("*21*88887777#", AskReason::ServiceCode),
            ("##002#", AskReason::ServiceCode),
            ("911", AskReason::Emergency),
            ("112", AskReason::Emergency),
        ] {
            for origin in [DialOrigin::Link, DialOrigin::Row] {
                assert_eq!(decide(&target(text), &quiet(origin)), Decision::Ask(reason), "{text}");
            }
            assert_eq!(decide(&target(text), &quiet(DialOrigin::Keypad)), Decision::Dial, "{text}");
            let confirmed = Circumstances { confirmed: true, ..quiet(DialOrigin::Link) };
            assert_eq!(decide(&target(text), &confirmed), Decision::Dial, "{text}");
        }
    }

    #[test]
    fn emergency_numbers_from_the_keypad_dial_whatever_goes_on() {
        let worst = Circumstances {
            known_country: false,
            call_up: true,
            many_links: true,
            ask_always: true,
            ..quiet(DialOrigin::Keypad)
        };
        for text in ["911", "112"] {
            assert_eq!(decide(&target(text), &worst), Decision::Dial);
            assert_eq!(target(text).dial, text, "unmodified");
        }
    }

    #[test]
    fn links_are_asked_about_when_something_else_goes_on() {
        let link = quiet(DialOrigin::Link);
        let number = target("8555 0117");
        let foreign = target("+34 912 345 678");
        for (now, target, reason) in [
            (Circumstances { call_up: true, ..link }, &number, AskReason::CallUp),
            (Circumstances { many_links: true, ..link }, &number, AskReason::ManyLinks),
            (Circumstances { known_country: false, ..link }, &foreign, AskReason::NewCountry),
            (Circumstances { ask_always: true, ..link }, &number, AskReason::Always),
        ] {
            assert_eq!(decide(target, &now), Decision::Ask(reason));
            let row = Circumstances { origin: DialOrigin::Row, ask_always: false, ..now };
            assert_eq!(decide(target, &row), Decision::Dial, "rows are the agent's own");
        }
        assert_eq!(decide(&target("231"), &Circumstances { known_country: false, ..link }), Decision::Dial);
    }

    #[test]
    fn a_link_of_a_country_that_nobody_said_is_asked_about() {
        let local = |text| Target::of_number(PhoneNumber::parse(text, "").unwrap());
        let nowhere = |origin| Circumstances { country: "", ..quiet(origin) };
        for text in ["8555 0117", "231", "02 9876 5432 10"] {
            assert_eq!(decide(&local(text), &nowhere(DialOrigin::Link)), Decision::Ask(AskReason::NoCountry), "{text}");
            for origin in [DialOrigin::Keypad, DialOrigin::Row] {
                assert_eq!(decide(&local(text), &nowhere(origin)), Decision::Dial, "{text}");
            }
        }
        assert_eq!(decide(&local("+506 8555 0117"), &nowhere(DialOrigin::Link)), Decision::Dial);
        assert_eq!(decide(&local("999"), &nowhere(DialOrigin::Link)), Decision::Ask(AskReason::Emergency));
        assert_eq!(decide(&local("999"), &nowhere(DialOrigin::Keypad)), Decision::Dial);
    }

    #[test]
    fn the_fourth_link_in_ten_seconds_is_one_too_many() {
        let mut rate = LinkRate::default();
        assert_eq!([0, 3000, 6000, 9999].map(|now| rate.note(now)), [false, false, false, true]);
        assert!(rate.note(12_999));
        assert!(!rate.note(30_000));
    }
}
