//! `application/simple-message-summary` (RFC 3842 §5): what waits in a mailbox.

use std::fmt;

use crate::message::Uri;

/// Body type of the package `message-summary`.
pub(in crate::ua) const CONTENT_TYPE: &str = "application/simple-message-summary";
/// More lines than this are not looked at.
const MAX_LINES: usize = 64;
/// A longer address of the mailbox is none.
const MAX_ACCOUNT: usize = 256;

/// What waits in a mailbox.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MessageSummary {
    /// Something waits, of whatever kind.
    pub waiting: bool,
    /// Voice messages, where the exchange counts them.
    pub voice: Option<MessageCount>,
    /// Where to call to hear them (`sip:`, `sips:` or `tel:`); untrusted text.
    pub account: Option<String>,
}

/// How many messages there are of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCount {
    /// Not heard so far.
    pub new: u32,
    /// Heard and kept.
    pub old: u32,
    /// Urgent ones among the new.
    pub urgent_new: u32,
    /// Urgent ones among the old.
    pub urgent_old: u32,
}

impl fmt::Debug for MessageSummary {
    /// Shows no address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageSummary(waiting {}, {:?})", self.waiting, self.voice)
    }
}

impl MessageSummary {
    /// Reads a body; `None` if it says neither whether something waits nor how much. Lines that cannot be read cost nothing else.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let (mut waiting, mut summary) = (None, Self::default());
        for line in body.split(|byte| *byte == b'\n').take(MAX_LINES) {
            let Some((name, value)) = std::str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("Messages-Waiting") {
                waiting = Some(value.eq_ignore_ascii_case("yes"));
            } else if name.eq_ignore_ascii_case("Message-Account") {
                summary.account = account(value);
            } else if name.eq_ignore_ascii_case("Voice-Message") {
                summary.voice = MessageCount::parse(value);
            }
        }
        let counted = summary.voice.map(|voice| voice.new > 0);
        summary.waiting = waiting.or(counted)?;
        Some(summary)
    }
}

fn account(value: &str) -> Option<String> {
    let callable = value.len() <= MAX_ACCOUNT
        && matches!(Uri::parse(value.as_bytes()), Ok(uri @ (Uri::Sip(_) | Uri::Tel(_))) if uri.user().is_some());
    callable.then(|| value.to_owned())
}

impl MessageCount {
    /// `new/old`, or `new/old (urgent new/urgent old)`.
    fn parse(value: &str) -> Option<Self> {
        let (plain, urgent) = value.split_once('(').map_or((value, None), |(plain, urgent)| (plain, Some(urgent)));
        let (new, old) = pair(plain)?;
        let urgent = urgent.and_then(|urgent| pair(urgent.trim_end().trim_end_matches(')')));
        let (urgent_new, urgent_old) = urgent.unwrap_or_default();
        Some(Self { new, old, urgent_new, urgent_old })
    }
}

fn pair(text: &str) -> Option<(u32, u32)> {
    let number = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let (new, old) = text.split_once('/')?;
    Some((number(new)?, number(old)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3842_5_the_example() {
        let body = "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\n\
                    Voice-Message: 2/8 (0/2)\r\n\r\nTo: <alice@atlanta.example.com>\r\nSubject: carpool tomorrow?\r\n";
        let summary = MessageSummary::parse(body.as_bytes()).unwrap();
        let voice = MessageCount { new: 2, old: 8, urgent_new: 0, urgent_old: 2 };
        assert_eq!((summary.waiting, summary.voice), (true, Some(voice)));
        assert_eq!(summary.account.as_deref(), Some("sip:alice@vmail.example.com"));
        assert!(!format!("{summary:?}").contains("alice"));
    }

    #[test]
    fn what_exchanges_send_is_understood() {
        let read = |body: &str| MessageSummary::parse(body.as_bytes());
        let none = read("Messages-Waiting: no\r\n").unwrap();
        assert_eq!((none.waiting, none.voice, none.account), (false, None, None));
        assert!(read("messages-waiting:YES\nvoice-message : 3 / 0\n").is_some_and(|s| s.voice.unwrap().new == 3));
        assert!(read("Voice-Message: 1/0\r\n").is_some_and(|s| s.waiting), "without the first line");
        assert!(read("Voice-Message: 0/4\r\n").is_some_and(|s| !s.waiting));
        let odd = read("Messages-Waiting: yes\r\nVoice-Message: many\r\nMessage-Account: mailto:a@b\r\n").unwrap();
        assert_eq!((odd.voice, odd.account), (None, None));
        assert_eq!(read("Voice-Message: 99999999999/1").unwrap().voice.unwrap().new, u32::MAX);
        for bad in ["", "\r\n", "Fax-Message: 1/0", "Messages-Waiting", "Voice-Message: -1/0", "Voice-Message: 1"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
