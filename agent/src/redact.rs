//! What may stand in a log in the place of something that names a person.

use std::fmt;

/// A number, name or address that a log line is about: shows only how long it is.
///
/// Two lines about the same call are joined by its [`agent_api::id::CallId`], never by what is hidden here.
pub struct Redacted<'a>(pub &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} characters]", self.0.chars().count())
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_number_is_shown() {
        assert_eq!(format!("{} {:?}", Redacted("+50685550117"), Redacted("Ana")), "[12 characters] [3 characters]");
    }
}
