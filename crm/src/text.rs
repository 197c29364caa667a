//! Words from the network, and words made comparable.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters that are kept of a name the network sends.
pub const LABEL_MAX: usize = 64;

/// A name from the network made fit to show: no control or formatting characters (bidi overrides, zero-width marks, tags),
/// one space between words, at most [`LABEL_MAX`] characters. None if nothing is left. It stays untrusted.
pub fn clean_label(text: &str) -> Option<String> {
    let mut label = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            gap = !label.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if gap && length < LABEL_MAX {
            label.push(' ');
            length += 1;
        }
        gap = false;
        if length >= LABEL_MAX {
            break;
        }
        label.push(c);
        length += 1;
    }
    let end = label.trim_end().len();
    label.truncate(end);
    (!label.is_empty()).then_some(label)
}

/// Characters that change how others are shown without being seen.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Lower case, without accents, compatibility forms replaced, digits of any script in ASCII: what searches compare.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd() {
        if is_combining_mark(c) || is_invisible(c) {
            continue;
        }
        if let Some(digit) = foreign_digit(c) {
            folded.push(digit);
            continue;
        }
        match c {
            'ß' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'œ' | 'Œ' => folded.push_str("oe"),
            'ø' | 'Ø' => folded.push('o'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'ł' | 'Ł' => folded.push('l'),
            'ı' => folded.push('i'),
            _ => folded.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
        }
    }
    folded
}

/// The text without the separators inside of numbers: `1-1234 0567` becomes `112340567`, so that a number is found in any
/// writing.
pub fn join_digits(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut gap = String::new();
    let mut after_digit = false;
    for c in text.chars() {
        if is_separator(c) {
            gap.push(c);
            continue;
        }
        if !(after_digit && c.is_ascii_digit()) {
            joined.push_str(&gap);
        }
        gap.clear();
        after_digit = c.is_ascii_digit();
        joined.push(c);
    }
    joined + &gap
}

/// Characters that people put between the digits of one number.
pub(crate) fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '+' | '-' | '.' | '/' | '(' | ')' | '\u{a0}')
}

/// Digits of the scripts in which phone numbers are written.
fn foreign_digit(c: char) -> Option<char> {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{9e6}'..='\u{9ef}' => 0x9e6,
        '\u{e50}'..='\u{e59}' => 0xe50,
        _ => return None,
    };
    char::from_digit(u32::from(c) - zero, 10)
}

/// First letters of first and last word, upper case; one letter for one word; empty if there is none.
pub fn initials(first_name: &str, last_name: &str, company: &str) -> String {
    let first = |text: &str| text.chars().find(|c| c.is_alphanumeric());
    let mut letters: Vec<char> = [first_name, last_name].into_iter().filter_map(first).collect();
    if letters.is_empty() {
        letters = company.split_whitespace().filter_map(first).take(2).collect();
    }
    letters.into_iter().flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lose_what_is_not_seen() {
        assert_eq!(clean_label("  Ana\r\nMora "), Some("Ana Mora".into()));
        assert_eq!(clean_label("\u{202e}ana\u{202c}\u{2066}X\u{2069}"), Some("anaX".into()));
        assert_eq!(clean_label("\u{0}\u{7f}\u{200b}"), None);
        assert_eq!(clean_label(&"é".repeat(80)).map(|label| label.chars().count()), Some(64));
        assert_eq!(clean_label(&format!("{} b", "a".repeat(63))), Some("a".repeat(63)));
        assert_eq!(clean_label("María José 🙂"), Some("María José 🙂".into()));
    }

    #[test]
    fn folding_makes_words_comparable() {
        assert_eq!(fold("MARÍA Ñandú Straße Łódź"), "maria nandu strasse lodz");
        assert_eq!(fold("İstanbul ①２"), "istanbul 12");
        assert_eq!(fold("\u{202a}٠١٢\u{202c}"), "012");
    }

    #[test]
    fn separators_inside_numbers_go() {
        assert_eq!(join_digits("cédula 1-1234 0567, ext. 4"), "cédula 112340567, ext. 4");
        assert_eq!(join_digits("a - b 12"), "a - b 12");
    }

    #[test]
    fn initials_come_from_names_or_company() {
        assert_eq!(initials("ana", "Mora Soto", ""), "AM");
        assert_eq!(initials("", "", "Ferretería El Yunque"), "FE");
        assert_eq!(initials("", "Ñáñez", "x"), "Ñ");
        assert_eq!(initials("", "", ""), "");
    }
}
