//! Where somebody stands who reads records in order of the moment of their last change and their ids.

use serde::{Deserialize, Serialize};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// So much before the end of a round the next one begins: a change that was under way then has an earlier moment than those
/// that were told after it.
pub(crate) const OVERLAP: Duration = Duration::minutes(5);

/// A record: the moment of its last change, UTC as RFC 3339 has it, and its id; every record of the moment without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub changed: String,
    pub id: Option<String>,
}

impl Mark {
    /// The record that was changed at a moment, in whatever offset it is told.
    pub fn of(changed: &str, id: String) -> Option<Self> {
        let changed = OffsetDateTime::parse(changed, &Rfc3339).ok()?.to_offset(UtcOffset::UTC);
        Some(Self { changed: changed.format(&Rfc3339).ok()?, id: Some(id) })
    }

    /// Nothing but a moment and an id, as `is_id` knows them: a cursor comes from a file.
    pub fn is_one(&self, is_id: impl Fn(&str) -> bool) -> bool {
        self.id.as_deref().is_none_or(is_id) && OffsetDateTime::parse(&self.changed, &Rfc3339).is_ok()
    }

    /// Not behind this moment.
    pub fn go_back(&mut self, to: OffsetDateTime) {
        let is_later = OffsetDateTime::parse(&self.changed, &Rfc3339).is_ok_and(|changed| changed > to);
        if is_later && let Ok(to) = to.replace_nanosecond(0).unwrap_or(to).format(&Rfc3339) {
            (self.changed, self.id) = (to, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_mark_is_a_moment_of_its_own_and_goes_back_only() {
        let mark = Mark::of("2026-11-22T15:04:05-06:00", "7".into()).unwrap();
        assert_eq!(mark.changed, "2026-11-22T21:04:05Z");
        assert!(mark.is_one(|id| id == "7") && !mark.is_one(|id| id == "8"));
        assert!(Mark::of("yesterday", "7".into()).is_none());
        assert!(!Mark { changed: "x' or".into(), id: None }.is_one(|_| true));
        let mut earlier = mark.clone();
        earlier.go_back(datetime!(2026-11-22 22:00 UTC));
        assert_eq!(earlier, mark, "that is later");
        earlier.go_back(datetime!(2026-11-22 21:00:00.5 UTC));
        assert_eq!(earlier, Mark { changed: "2026-11-22T21:00:00Z".into(), id: None });
    }
}
