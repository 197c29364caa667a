//! Which call centre a number belongs to.

use agent_api::error::{ApiError, ErrorCode};
use agent_api::settings::{CallCenter, CallCenters};

use crate::party;

/// The most call centres of one agent, and the most numbers of one call centre.
const MANY: usize = 200;
/// The most characters of a name or number.
const LONG: usize = 80;

/// `#rrggbb`.
pub fn is_color(text: &str) -> bool {
    text.strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The call centre of the first of `numbers` that any has; numbers are compared as dialled in `country`.
pub fn of_numbers<'a>(centers: &'a CallCenters, numbers: &[&str], country: &str) -> Option<&'a CallCenter> {
    numbers.iter().find_map(|number| {
        let number = key(number, country)?;
        let has = |center: &&CallCenter| center.numbers.iter().any(|own| key(own, country).as_ref() == Some(&number));
        centers.list.iter().find(has)
    })
}

/// What two writings of a number have in common; names of users are compared as they are.
fn key(text: &str, country: &str) -> Option<String> {
    let text = text.trim();
    let number = party::number(text, country).as_ref().map(|number| number.match_key().to_owned());
    number.or_else(|| (!text.is_empty()).then(|| text.to_owned()))
}

/// The form's call centres, trimmed.
///
/// # Errors
/// A name or all numbers are missing, or something has a wrong form; the detail is `name.0`, `color.0`, `numbers.0` with
/// the place in the list.
pub fn checked(centers: CallCenters) -> Result<CallCenters, ApiError> {
    if centers.list.len() > MANY {
        return Err(ApiError::about(ErrorCode::Invalid, "list"));
    }
    let list = centers.list.into_iter().enumerate().map(|(at, center)| check_one(at, center));
    Ok(CallCenters { list: list.collect::<Result<_, _>>()? })
}

fn check_one(at: usize, center: CallCenter) -> Result<CallCenter, ApiError> {
    let wrong = |code, field: &str| Err(ApiError::about(code, format!("{field}.{at}")));
    let bad = |text: &str| text.chars().count() > LONG || text.chars().any(char::is_control);
    let name = center.name.trim().to_owned();
    let color = center.color.map(|color| color.trim().to_ascii_lowercase()).filter(|color| !color.is_empty());
    let numbers = center.numbers.iter().map(|number| number.trim().to_owned());
    let numbers: Vec<_> = numbers.filter(|number| !number.is_empty()).collect();
    match () {
        () if name.is_empty() => wrong(ErrorCode::Required, "name"),
        () if bad(&name) => wrong(ErrorCode::Invalid, "name"),
        () if color.as_deref().is_some_and(|color| !is_color(color)) => wrong(ErrorCode::Invalid, "color"),
        () if numbers.is_empty() => wrong(ErrorCode::Required, "numbers"),
        () if numbers.len() > MANY || numbers.iter().any(|number| bad(number)) => wrong(ErrorCode::Invalid, "numbers"),
        () => Ok(CallCenter { name, color, numbers }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn center(name: &str, numbers: &[&str]) -> CallCenter {
        CallCenter { name: name.to_owned(), color: None, numbers: numbers.iter().map(|n| (*n).to_owned()).collect() }
    }

    #[test]
    fn a_number_in_any_form_belongs_to_its_call_center() {
        let list = vec![center("Ventas", &["2222 0000", "16"]), center("Soporte", &["+506 4000-1234", "soporte"])];
        let centers = CallCenters { list };
        let name = |numbers: &[&str]| of_numbers(&centers, numbers, "CR").map(|center| center.name.as_str());
        assert_eq!(name(&["+50622220000"]), Some("Ventas"));
        assert_eq!(name(&["40001234"]), Some("Soporte"));
        assert_eq!(name(&["16"]), Some("Ventas"));
        assert_eq!(name(&["soporte"]), Some("Soporte"));
        assert_eq!(name(&["99", "16"]), Some("Ventas"), "the line counts where the called number says nothing");
        assert_eq!(name(&["160"]), None);
        assert_eq!(name(&[""]), None);
    }

    #[test]
    fn a_wrong_form_names_its_place() {
        let checked = |center| checked(CallCenters { list: vec![center] }).map_err(|error| error.detail);
        assert_eq!(checked(center(" ", &["1"])), Err(Some("name.0".to_owned())));
        assert_eq!(checked(center("A", &[" "])), Err(Some("numbers.0".to_owned())));
        let red = CallCenter { color: Some("red".to_owned()), ..center("A", &["1"]) };
        assert_eq!(checked(red), Err(Some("color.0".to_owned())));
        let fine = CallCenter { color: Some(" #2F7D5B ".to_owned()), ..center(" A ", &[" 1 ", ""]) };
        let tidy = CallCenter { color: Some("#2f7d5b".to_owned()), ..center("A", &["1"]) };
        assert_eq!(checked(fine), Ok(CallCenters { list: vec![tidy] }));
    }
}
