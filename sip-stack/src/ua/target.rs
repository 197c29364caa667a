//! From what the application dials to a Request-URI.

use crate::message::{SipUri, Uri};

/// What was dialled cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number, an extension or a SIP address")]
pub(super) struct BadTarget;

/// `sip:` and `sips:` URIs as they are (without headers and method, which only links of strangers carry), `user@host`
/// as `sip:`, everything else as a user of `domain`, a URI without user.
pub(super) fn resolve(target: &str, domain: &SipUri) -> Result<SipUri, BadTarget> {
    let target = target.trim();
    let lower = target.get(..5).unwrap_or(target).to_ascii_lowercase();
    if lower.starts_with("sip:") || lower.starts_with("sips:") {
        return address(target);
    }
    if target.contains('@') {
        return address(&format!("sip:{target}"));
    }
    let user =
        if is_number(target) { target.chars().filter(|c| !is_separator(*c)).collect() } else { target.to_owned() };
    if user.is_empty() || user.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(BadTarget);
    }
    Ok(domain.clone().with_user(&user))
}

fn address(text: &str) -> Result<SipUri, BadTarget> {
    let Ok(Uri::Sip(mut uri)) = Uri::parse(text.as_bytes()) else { return Err(BadTarget) };
    uri.headers = None;
    uri.params.remove("method");
    uri.params.remove("maddr");
    uri.password = None;
    if uri.user.is_none() { Err(BadTarget) } else { Ok(uri) }
}

fn is_number(text: &str) -> bool {
    let dialable = |c: char| c.is_ascii_digit() || matches!(c, '+' | '*' | '#');
    text.chars().any(|c| c.is_ascii_digit()) && text.chars().all(|c| dialable(c) || is_separator(c))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let domain = SipUri::parse(b"sip:pbx.example").unwrap();
        for (dialled, uri) in [
            ("+506 8555-0117", "sip:+50685550117@pbx.example"),
            ("(0)22.33/44", "sip:0223344@pbx.example"),
            ("231", "sip:231@pbx.example"),
            ("*21#", "sip:*21%23@pbx.example"),
            ("alice", "sip:alice@pbx.example"),
            ("bob@other.example", "sip:bob@other.example"),
            ("sip:bob:secret@h:5070;transport=tcp;method=BYE?Route=x", "sip:bob@h:5070;transport=tcp"),
            ("SIPS:bob@h", "sips:bob@h"),
        ] {
            assert_eq!(resolve(dialled, &domain).map(|uri| uri.to_string()).as_deref(), Ok(uri));
        }
        for dialled in ["", " ", "a b", "sip:host", "sip:", "a\r\nb", "@x"] {
            assert_eq!(resolve(dialled, &domain), Err(BadTarget), "{dialled:?}");
        }
    }
}
