//! The lexical ground of RFC 3261 §25.1: tokens, linear white space, quoted strings, lists.
//!
//! All of it works on bytes and borrows; nothing here allocates except [`unquote`].

use std::borrow::Cow;

/// RFC 3261 §25.1 `token` characters.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~');
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// RFC 3261 §25.1 `token` character.
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// One or more token characters.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// SP, HTAB, and the CR or LF of a fold.
pub(crate) const fn is_lws(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Without white space at both ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_lws(*first)
    {
        bytes = rest;
    }
    trim_end(bytes)
}

/// Without white space at the end.
pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes
        && is_lws(*last)
    {
        bytes = rest;
    }
    bytes
}

/// The parts before and after the first `byte`.
pub(crate) fn split_once(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// Length of the quoted string that `bytes` begins with, both quotes included; none if it never closes.
pub(crate) fn quoted_len(bytes: &[u8]) -> Option<usize> {
    debug_assert_eq!(bytes.first(), Some(&b'"'));
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// Position of the first byte that `stop` accepts, outside quoted strings; `Err` if a quote never closes.
pub(crate) fn find_unquoted(bytes: &[u8], stop: impl Fn(u8) -> bool) -> Result<Option<usize>, Unclosed> {
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if stop(byte) {
            return Ok(Some(at));
        }
        at += if byte == b'"' { quoted_len(&bytes[at..]).ok_or(Unclosed)? } else { 1 };
    }
    Ok(None)
}

/// A quoted string or `<` without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unclosed;

/// The elements of a comma list, white space trimmed; commas in quotes and in `<…>` do not split.
///
/// An element may be empty; what that means is the caller's business. A quote or bracket that never closes makes the
/// rest one element, whose own parser then refuses it.
pub(crate) fn list(bytes: &[u8]) -> List<'_> {
    List { rest: Some(bytes) }
}

/// Iterator of [`list`].
pub(crate) struct List<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for List<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let bytes = self.rest.take()?;
        let mut at = 0;
        let mut angle = false;
        while at < bytes.len() {
            match bytes[at] {
                b'"' if !angle => match quoted_len(&bytes[at..]) {
                    Some(len) => {
                        at += len;
                        continue;
                    }
                    None => break,
                },
                b'<' => angle = true,
                b'>' => angle = false,
                b',' if !angle => {
                    self.rest = Some(&bytes[at + 1..]);
                    return Some(trim(&bytes[..at]));
                }
                _ => {}
            }
            at += 1;
        }
        Some(trim(bytes))
    }
}

/// The content of a quoted string (quotes included in `bytes`), escapes resolved, bad UTF-8 replaced.
pub(crate) fn unquote(bytes: &[u8]) -> Cow<'_, str> {
    let inner = match bytes {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    };
    if !inner.contains(&b'\\') {
        return String::from_utf8_lossy(inner);
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        let byte = if *byte == b'\\' { bytes.next().unwrap_or(byte) } else { byte };
        out.push(*byte);
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Writes `text` as a quoted string. CR and LF cannot be quoted (RFC 3261 §25.1) and become spaces.
pub(crate) fn quote(text: &str, out: &mut impl std::fmt::Write) -> std::fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '\r' | '\n' => out.write_char(' ')?,
            '"' | '\\' => {
                out.write_char('\\')?;
                out.write_char(c)?;
            }
            c if c.is_ascii_control() && c != '\t' => {
                out.write_char('\\')?;
                out.write_char(c)?;
            }
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

/// A decimal number without sign; larger than `u64` saturates, so that callers can compare with their own limit.
pub(crate) fn decimal(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0u64, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

/// As text. Bytes outside UTF-8 are escaped as `%XX`, which means the same in every place of a URI.
pub(crate) fn escaped_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            let mut out = String::with_capacity(bytes.len() + 8);
            for chunk in bytes.utf8_chunks() {
                out.push_str(chunk.valid());
                for byte in chunk.invalid() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
            out
        }
    }
}

/// `%HH` resolved; an escape that is none stays as it is; bad UTF-8 is replaced.
pub(crate) fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(|hex| {
            let digit = |b: u8| (b as char).to_digit(16).and_then(|d| u8::try_from(d).ok());
            Some(digit(hex[0])? << 4 | digit(hex[1])?)
        });
        match escape {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_respects_quotes_and_brackets() {
        let parts: Vec<_> = list(br#""a, \"b" <sip:x,y@h> , c,,d"#).collect();
        assert_eq!(parts, [&br#""a, \"b" <sip:x,y@h>"#[..], b"c", b"", b"d"]);
        assert_eq!(list(br#"a, "b, c"#).collect::<Vec<_>>(), [&b"a"[..], br#""b, c"#]);
    }

    #[test]
    fn quoted_strings_round_trip() {
        for text in ["", "plain", r#"a "b" \c"#, "\u{7}\u{0}", "πρω"] {
            let mut out = String::new();
            quote(text, &mut out).unwrap();
            assert_eq!(unquote(out.as_bytes()), text);
            assert_eq!(quoted_len(out.as_bytes()), Some(out.len()));
        }
        assert_eq!(quoted_len(br#""open\""#), None);
    }

    #[test]
    fn decimals_saturate_and_refuse_signs() {
        assert_eq!(decimal(b"0009"), Some(9));
        assert_eq!(decimal(b"36893488147419103232"), Some(u64::MAX));
        assert_eq!(decimal(b"-999"), None);
        assert_eq!(decimal(b""), None);
    }

    #[test]
    fn percent_escapes() {
        assert_eq!(percent_decode("%75se%72"), "user");
        assert_eq!(percent_decode("%Z%45%"), "%ZE%");
        assert_eq!(escaped_text(b"a\xffb"), "a%FFb");
    }
}
