//! Texts with values in braces: `{comment}`. Where a text stands decides how its values are escaped; a file cannot choose not to.
//!
//! ```text
//! path       percent-encoded; a value that would be no segment, or another one, is refused
//! query      percent-encoded; where the text has quotes of its own, it says whose they are: odata, soql
//! header     control characters are refused
//! JSON       a text that is one value alone has that value's kind; all else is a JSON text
//! ```
//! A text with a value that is not there is left out as a whole; `{comment?}` puts nothing in its place instead, `{phone!}` leaves
//! out the JSON object around it, too. `{who#}` is a number where it is alone in JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value as Json;

/// The most characters of a value that go into an address: servers refuse longer ones.
const ADDRESS_VALUE_MAX: usize = 400;

/// Values of letters and digits alone: they may stand outside of quotes.
const PLAIN: &[&str] = &[
    "marker",
    "who",
    "who.contact",
    "who.lead",
    "who.company",
    "ticket",
    "entry",
    "id",
    "digits",
    "national",
    "limit",
];

/// The values of one request by their names.
pub(super) type Values = BTreeMap<String, Json>;

/// The names that a text may use.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(BTreeSet<String>);

impl Scope {
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    pub fn and<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut both = self.clone();
        both.0.extend(names.into_iter().map(str::to_owned));
        both
    }

    fn nearest(&self) -> String {
        self.0.iter().cloned().collect::<Vec<_>>().join(", ")
    }
}

/// Whose quotes a text of a query has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// OData 4.01 part 2 §5.1.1.6.2: a quote is doubled.
    OData,
    /// SOQL: a backslash before quotes and backslashes.
    Soql,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Value { name: String, missing: Missing, number: bool },
}

/// What becomes of a text whose value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    LeavesOut,
    IsNothing,
    LeavesOutAround,
}

/// A text with values.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a text; `{{` and `}}` are braces.
    pub fn parse(text: &str, scope: &Scope) -> Result<Self, String> {
        let mut pieces = vec![];
        let (mut plain, mut rest) = (String::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let closed = if brace == "{" { after.split_once('}') } else { None };
            let (name, after) = closed.ok_or("a brace has no other; write {{ or }} for a brace itself")?;
            let (name, missing, number) = match (name.strip_suffix('?'), name.strip_suffix('!'), name.strip_suffix('#'))
            {
                (Some(name), ..) => (name, Missing::IsNothing, false),
                (_, Some(name), _) => (name, Missing::LeavesOutAround, false),
                (.., Some(name)) => (name, Missing::LeavesOut, true),
                _ => (name, Missing::LeavesOut, false),
            };
            if !scope.0.contains(name) {
                return Err(format!("no value is called {{{name}}} here; there are: {}", scope.nearest()));
            }
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Value { name: name.to_owned(), missing, number });
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// It has this value.
    pub fn uses(&self, wanted: &str) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Value { name, .. } if name == wanted))
    }

    /// It has values.
    pub fn varies(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Value { .. }))
    }

    /// It is about pages of an answer, of which the first has no cursor.
    pub fn is_of_pages(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Value { name, .. } if name.starts_with("page.")))
    }

    /// Without its values, what is around it is left out, too.
    pub fn is_needed(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Value { missing: Missing::LeavesOutAround, .. }))
    }

    /// For a query of a language of its own: every value stands between single quotes, and the quotes are closed.
    pub fn is_quoted(&self) -> bool {
        let mut inside = false;
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => inside ^= text.matches('\'').count() % 2 == 1,
                Piece::Value { name, .. } if !inside && !PLAIN.contains(&name.as_str()) => return false,
                Piece::Value { .. } => {}
            }
        }
        !inside
    }

    /// A text has quotes of its own.
    pub fn has_quotes(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains(['\'', '"'])))
    }

    fn rendered(&self, values: &Values, how: impl Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Value { name, missing, .. } => match values.get(name).map(as_text) {
                    Some(value) => out.push_str(&how(&value)?),
                    None if *missing == Missing::IsNothing => {}
                    None => return None,
                },
            }
        }
        Some(out)
    }

    /// The text itself.
    pub fn plain(&self, values: &Values) -> Option<String> {
        self.rendered(values, |value| Some(value.to_owned()))
    }

    /// A path below the server's: none if a value is missing, empty or would lead elsewhere.
    pub fn path(&self, values: &Values) -> Option<String> {
        let path = self.rendered(values, |value| {
            (!value.is_empty() && value.len() <= ADDRESS_VALUE_MAX).then(|| percent_encoded(value))
        })?;
        let leads_up = path.split('/').any(|segment| {
            let dots = segment.to_ascii_lowercase().replace("%2e", ".");
            dots == "." || dots == ".."
        });
        (!leads_up && !path.contains(['?', '#', '\\']) && !path.chars().any(char::is_control)).then_some(path)
    }

    /// For an address's query, before it is percent-encoded as a whole.
    pub fn query(&self, values: &Values, language: Option<Language>) -> Option<String> {
        self.rendered(values, |value| {
            let value: String = value.chars().filter(|c| !c.is_control()).take(ADDRESS_VALUE_MAX).collect();
            Some(match language {
                None => value,
                Some(Language::OData) => value.replace('\'', "''"),
                Some(Language::Soql) => value.replace('\\', "\\\\").replace('\'', "\\'"),
            })
        })
    }

    /// For a header.
    pub fn header(&self, values: &Values) -> Option<String> {
        self.plain(values).filter(|text| !text.chars().any(char::is_control))
    }

    /// For JSON.
    pub fn json(&self, values: &Values) -> Option<Json> {
        match self.0.as_slice() {
            [Piece::Value { name, missing, number }] => match values.get(name) {
                None if *missing == Missing::IsNothing => Some("".into()),
                Some(value) if *number => {
                    Some(as_text(value).parse::<i64>().map_or_else(|_| value.clone(), Json::from))
                }
                found => found.cloned(),
            },
            _ => self.plain(values).map(Json::from),
        }
    }
}

/// A value inside of a text.
pub(super) fn as_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// RFC 3986 §2.1: everything but unreserved characters.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // A String takes everything.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Template {
        Template::parse(text, &Scope::of(["a", "b", "n"])).unwrap()
    }

    fn values(a: &str) -> Values {
        [("a".to_owned(), Json::from(a)), ("n".to_owned(), Json::from(7))].into()
    }

    #[test]
    fn a_text_says_what_is_wrong_in_it() {
        let read = |text| Template::parse(text, &Scope::of(["a", "b"])).unwrap_err();
        assert_eq!(read("x {c}"), "no value is called {c} here; there are: a, b");
        for text in ["{a", "a}", "{a}}", "{{a}"] {
            assert!(read(text).starts_with("a brace"), "{text}");
        }
        assert_eq!(template("{{{a}}}").plain(&values("x")).as_deref(), Some("{x}"));
    }

    #[test]
    fn values_stay_values_wherever_they_stand() {
        let hostile = values("x'/../?#%\"\\é\n&=");
        let path = template("p/{a}/q").path(&hostile).unwrap();
        assert_eq!(path, "p/x%27%2F..%2F%3F%23%25%22%5C%C3%A9%0A%26%3D/q");
        for (text, value) in [("p/{a}/q", ".."), ("p/{a}", ""), ("p/{a}", "."), ("p/{a}{a}", "."), ("p/%2e{a}", ".")] {
            assert_eq!(template(text).path(&values(value)), None, "{text} with {value}");
        }
        assert_eq!(template("x eq '{a}'").query(&values("O'B"), Some(Language::OData)).unwrap(), "x eq 'O''B'");
        assert_eq!(template("x='{a}'").query(&values("O'\\"), Some(Language::Soql)).unwrap(), "x='O\\'\\\\'");
        assert_eq!(template("{a}").header(&values("x\r\nEvil: 1")), None);
        assert_eq!(template("{a}").json(&values("\"},{")), Some(Json::from("\"},{")));
    }

    #[test]
    fn a_value_alone_keeps_its_kind_and_a_missing_one_leaves_the_text_out() {
        assert_eq!(template("{n}").json(&values("")), Some(Json::from(7)));
        assert_eq!(template("n={n}").json(&values("")), Some(Json::from("n=7")));
        assert_eq!((template("{b}").json(&values("")), template("x {b}").json(&values(""))), (None, None));
        assert_eq!(template("x{b?}").json(&values("")), Some(Json::from("x")));
        assert_eq!(template("{b?}").json(&values("")), Some(Json::from("")));
        assert_eq!(template("{a#}").json(&values("42")), Some(Json::from(42)));
        assert_eq!(template("{a#}").json(&values("4x")), Some(Json::from("4x")));
        assert!(template("x{b!}").is_needed() && !template("x{b}").is_needed());
    }

    #[test]
    fn values_of_another_language_stand_in_its_quotes() {
        for (text, good) in [
            ("a eq '{a}' or b eq '{b}'", true),
            ("a eq 'it''s {a}'", true),
            ("a eq {a}", false),
            ("a eq '{a}", false),
            ("'x' {a} 'y'", false),
            ("nothing", true),
            ("id eq {id}", true),
        ] {
            let made = Template::parse(text, &Scope::of(["a", "b", "id"])).unwrap();
            assert_eq!(made.is_quoted(), good, "{text}");
        }
    }
}
