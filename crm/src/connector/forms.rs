//! The writings in which a number may be stored in a CRM whose search splits text into words of digits.

use crate::contact::digits;
use crate::phone::PhoneNumber;

/// How people group national numbers of so many digits, besides the country's own way.
const GROUPS: &[(usize, &[&[usize]])] = &[
    (7, &[&[3, 4]]),
    (8, &[&[4, 4], &[2, 2, 2, 2], &[1, 3, 4]]),
    (9, &[&[3, 3, 3], &[3, 2, 2, 2], &[2, 3, 4], &[1, 4, 4], &[3, 6], &[2, 7]]),
    (10, &[&[3, 3, 4], &[2, 4, 4], &[3, 7], &[2, 2, 2, 2, 2]]),
    (11, &[&[2, 5, 4], &[3, 4, 4], &[2, 4, 5]]),
];

/// Runs of digits that stand side by side in a stored writing of the number, one list for each writing; the whole number first.
/// None for what is no full number. Whoever is found by them is verified by the number itself: words match more than one number.
pub fn stored_forms(number: &PhoneNumber) -> Vec<Vec<String>> {
    let Some(e164) = number.e164() else { return Vec::new() };
    let all = digits(e164);
    let shown = PhoneNumber::from_e164(e164).map_or_else(String::new, |number| number.display());
    // «+506 8555 0117»: the country code is the first word.
    let mut words = shown.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty()).map(str::to_owned);
    let code = words.next().unwrap_or_default();
    let own: Vec<String> = words.collect();
    let Some(national) = all.strip_prefix(&code).filter(|national| !national.is_empty()) else {
        return vec![vec![all]];
    };
    // With a zero before the area: «020 7946 0958».
    let zeroed = own.split_first().map(|(first, rest)| [&[format!("0{first}")], rest].concat()).unwrap_or_default();
    let mut forms = vec![vec![all.clone()], vec![national.to_owned()], vec![format!("0{national}")], own, zeroed];
    forms.extend([vec![format!("00{all}")], vec![format!("{code}0{national}")]]);
    let known =
        GROUPS.iter().find(|(length, _)| *length == national.len()).map_or(&[] as &[&[usize]], |(_, ways)| *ways);
    forms.extend(known.iter().map(|way| cut(national, way)));
    let mut seen = std::collections::BTreeSet::new();
    forms.retain(|form| !form.is_empty() && seen.insert(form.clone()));
    forms
}

fn cut(mut digits: &str, way: &[usize]) -> Vec<String> {
    let mut words = Vec::with_capacity(way.len());
    for length in way {
        let (word, rest) = digits.split_at((*length).min(digits.len()));
        words.push(word.to_owned());
        digits = rest;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a search engine makes of a stored text.
    fn words(text: &str) -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn common_writings_are_found() {
        for (e164, country, writings) in [
            (
                "+50685550117",
                "CR",
                &["85550117", "8555-0117", "+506 8555 0117", "(506) 8555.0117", "0050685550117"] as &[&str],
            ),
            (
                "+34911222333",
                "ES",
                &["+34911222333", "911 22 23 33", "911-222-333", "(91) 122 2333", "+34 911 222 333"],
            ),
            (
                "+14155552671",
                "US",
                &["(415) 555-2671", "4155552671", "1-415-555-2671", "+1 415.555.2671", "415 5552671"],
            ),
            ("+5511987654321", "BR", &["(11) 98765-4321", "11987654321", "+55 11 98765 4321"]),
            ("+442079460958", "GB", &["020 7946 0958", "02079460958", "+44 20 7946 0958"]),
        ] {
            let number = PhoneNumber::from_e164(e164).unwrap();
            let forms = stored_forms(&number);
            for writing in writings {
                let stored = words(writing);
                let found = forms.iter().any(|form| form.iter().all(|word| stored.contains(word)));
                assert!(found, "{writing} of {e164}: {forms:?}");
                assert_eq!(PhoneNumber::parse(writing, country).unwrap().match_key(), e164, "{writing}");
            }
            assert!(forms.len() <= 14, "{}", forms.len());
        }
        assert!(stored_forms(&PhoneNumber::parse("231", "CR").unwrap()).is_empty());
    }
}
