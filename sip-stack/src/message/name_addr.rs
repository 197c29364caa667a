//! `name-addr` and `addr-spec` with header parameters: From, To, Contact, Route and their like (RFC 3261 §20.10).

use std::fmt;

use super::param::Params;
use super::scan;
use super::uri::Uri;
use super::value::ValueError;

/// `"Display" <uri>;params`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NameAddr {
    /// Display name, escapes resolved; untrusted text for the eye.
    pub display_name: Option<String>,
    /// The address.
    pub uri: Uri,
    /// Header parameters (`tag`, `expires`, `q` …), not those of the URI.
    pub params: Params,
}

impl NameAddr {
    /// Only an address.
    pub fn new(uri: impl Into<Uri>) -> Self {
        Self { display_name: None, uri: uri.into(), params: Params::new() }
    }

    /// With this display name; an empty one is none.
    pub fn with_display_name(mut self, name: &str) -> Self {
        self.display_name = (!name.is_empty()).then(|| name.to_owned());
        self
    }

    /// With this tag.
    pub fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", Some(tag));
        self
    }

    /// With this header parameter.
    pub fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
        self.params.set(name, value);
        self
    }

    /// Reads one value. An unquoted display name may hold more than the RFC's tokens, because real PBXs send
    /// `Bell, Alexander <sip:…>` in From and To; spaces just inside the brackets are ignored.
    ///
    /// # Errors
    /// [`ValueError`] of the part that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ValueError> {
        let bytes = scan::trim(bytes);
        let open = scan::find_unquoted(bytes, |b| b == b'<').map_err(|_| ValueError::Quote)?;
        let Some(open) = open else { return Self::parse_addr_spec(bytes) };
        let display_name = parse_display_name(scan::trim(&bytes[..open]))?;
        let inner = &bytes[open + 1..];
        let close = inner.iter().position(|b| *b == b'>').ok_or(ValueError::Bracket)?;
        let uri = Uri::parse(scan::trim(&inner[..close]))?;
        Ok(Self { display_name, uri, params: Params::parse(&inner[close + 1..])? })
    }

    fn parse_addr_spec(bytes: &[u8]) -> Result<Self, ValueError> {
        // RFC 3261 §20.10: without brackets every parameter is the header's, and a URI with "?" or "," must have them.
        let end = bytes.iter().position(|b| *b == b';').unwrap_or(bytes.len());
        let (uri, params) = bytes.split_at(end);
        let uri = scan::trim_end(uri);
        if uri.iter().any(|b| matches!(b, b'?' | b',')) {
            return Err(ValueError::Bracket);
        }
        Ok(Self { display_name: None, uri: Uri::parse(uri)?, params: Params::parse(params)? })
    }

    /// The tag of From or To.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag")
    }

    /// The `expires` parameter of a Contact, in seconds; larger than 2^32-1 saturates, malformed is none.
    pub fn expires(&self) -> Option<u32> {
        let seconds = scan::decimal(self.params.get("expires")?.as_bytes())?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// The `q` parameter in thousandths, 0 to 1000; 1000 if it is missing or malformed.
    pub fn q_thousandths(&self) -> u16 {
        let parse = |text: &str| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
            let whole: u16 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
            whole.checked_mul(1000)?.checked_add(thousandths).filter(|q| *q <= 1000)
        };
        self.params.get("q").and_then(parse).unwrap_or(1000)
    }
}

fn parse_display_name(bytes: &[u8]) -> Result<Option<String>, ValueError> {
    match bytes {
        [] => Ok(None),
        [b'"', ..] => {
            let closed = scan::quoted_len(bytes) == Some(bytes.len());
            let name = closed.then(|| scan::unquote(bytes).into_owned()).ok_or(ValueError::Quote)?;
            Ok(Some(name).filter(|name| !name.is_empty()))
        }
        _ if bytes.iter().any(|b| matches!(b, b'>' | b'"')) => Err(ValueError::Bracket),
        _ => Ok(Some(String::from_utf8_lossy(bytes).into_owned())),
    }
}

impl std::str::FromStr for NameAddr {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for NameAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.display_name {
            scan::quote(name, f)?;
            f.write_str(" ")?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> NameAddr {
        NameAddr::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn forms() {
        let quoted = parse(r#" "J \"R\" <x>, y" <sip:a@h;p=1> ; tag = 9 "#);
        assert_eq!(quoted.display_name.as_deref(), Some(r#"J "R" <x>, y"#));
        assert_eq!(quoted.tag(), Some("9"));
        assert_eq!(quoted.uri.to_string(), "sip:a@h;p=1");
        assert_eq!(parse("caller<sip:a@h>").display_name.as_deref(), Some("caller"));
        assert_eq!(parse("Bell, Alexander <sip:a@h>").display_name.as_deref(), Some("Bell, Alexander"));
        assert_eq!(parse("< sip:a@h >").uri.to_string(), "sip:a@h");
        let bare = parse("sip:a@h;unknown");
        assert!(bare.params.has("unknown") && bare.uri.as_sip().unwrap().params.is_empty());
    }

    #[test]
    fn malformed_ones_are_refused() {
        for text in [
            "\"Mr. J. User <sip:j@h>",
            "<sip:a@h",
            "sip:a@h?Route=x",
            "sip:a@h>",
            "x> <sip:a@h>",
            "<sip:a@h>x",
            "\"a\" b <sip:a@h>",
            "<sip:a@h>;;;;",
            "",
        ] {
            assert!(NameAddr::parse(text.as_bytes()).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn prints_what_it_parses() {
        for text in ["<sip:a@h>", r#""A \"b\"" <sip:a@h>;tag=x"#, "\"x\" <tel:+123>;a=\"q;r\";b"] {
            let one = parse(text);
            assert_eq!(one.to_string(), text);
            assert_eq!(parse(&one.to_string()), one);
        }
    }

    #[test]
    fn contact_parameters() {
        let contact = parse("<sip:a@h>;expires=280297596632815;q=0.33");
        assert_eq!(contact.expires(), Some(u32::MAX));
        assert_eq!(contact.q_thousandths(), 330);
        assert_eq!(parse("<sip:a@h>;q=7;expires=x").q_thousandths(), 1000);
    }
}
