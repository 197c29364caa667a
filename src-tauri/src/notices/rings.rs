//! Which of several calls that ring the desktop says: the last that came, and the one before again when that rings no more.

use agent_api::id::CallId;

/// Calls that ring, the first that came first, each with who it is.
#[derive(Default)]
pub struct Rings(Vec<(CallId, String)>);

/// What the notice shows then.
#[derive(Debug, PartialEq, Eq)]
pub enum Shown {
    /// The same as before.
    Same,
    /// This call.
    Call(CallId, String),
    /// No call any more.
    Nothing,
}

impl Rings {
    /// Whether this call rings, as far as was told.
    pub fn knows(&self, call: CallId) -> bool {
        self.0.iter().any(|(one, _)| *one == call)
    }

    /// A call rings, or it is known now who that is.
    pub fn rings(&mut self, call: CallId, who: String) -> Shown {
        match self.0.iter_mut().find(|(one, _)| *one == call) {
            Some((_, known)) if *known == who => return Shown::Same,
            Some((_, known)) => *known = who,
            None => self.0.push((call, who)),
        }
        if self.0.last().is_some_and(|(last, _)| *last == call) { self.last() } else { Shown::Same }
    }

    /// A call rings no more.
    pub fn ends(&mut self, call: CallId) -> Shown {
        self.only(|one| one != call)
    }

    /// Only these still ring.
    pub fn only(&mut self, still: impl Fn(CallId) -> bool) -> Shown {
        let before = self.0.last().map(|(call, _)| *call);
        self.0.retain(|(call, _)| still(*call));
        if self.0.last().map(|(call, _)| *call) == before { Shown::Same } else { self.last() }
    }

    /// The call that is shown.
    pub fn last(&self) -> Shown {
        self.0.last().map_or(Shown::Nothing, |(call, who)| Shown::Call(*call, who.clone()))
    }
}

#[cfg(test)]
mod tests {
    use agent_api::id::CallId;

    use super::{Rings, Shown};

    fn call(number: u64) -> CallId {
        serde_json::from_value(format!("00000000-0000-7000-8000-{number:012}").into()).unwrap()
    }

    fn shows(number: u64, who: &str) -> Shown {
        Shown::Call(call(number), who.to_owned())
    }

    #[test]
    fn when_the_newer_call_ends_the_older_is_shown_again() {
        let mut rings = Rings::default();
        assert_eq!(rings.rings(call(1), "2".to_owned()), shows(1, "2"));
        assert_eq!(rings.rings(call(2), "3".to_owned()), shows(2, "3"));
        assert_eq!(rings.rings(call(1), "Ana".to_owned()), Shown::Same, "its name is found while the other is shown");
        assert_eq!(rings.ends(call(2)), shows(1, "Ana"));
        assert_eq!(rings.ends(call(1)), Shown::Nothing);
        assert_eq!(rings.ends(call(1)), Shown::Same, "there was nothing any more");
    }

    #[test]
    fn when_the_older_call_ends_the_newer_stays() {
        let mut rings = Rings::default();
        rings.rings(call(1), "2".to_owned());
        rings.rings(call(2), "3".to_owned());
        assert_eq!(rings.ends(call(1)), Shown::Same);
        assert!(!rings.knows(call(1)) && rings.knows(call(2)));
        assert_eq!(rings.ends(call(2)), Shown::Nothing);
    }

    #[test]
    fn a_call_is_said_again_only_when_more_is_known_of_it() {
        let mut rings = Rings::default();
        rings.rings(call(1), "2".to_owned());
        assert_eq!(rings.rings(call(1), "2".to_owned()), Shown::Same);
        assert_eq!(rings.rings(call(1), "Ana".to_owned()), shows(1, "Ana"));
    }

    #[test]
    fn after_a_gap_only_what_still_rings_is_left() {
        let mut rings = Rings::default();
        rings.rings(call(1), "2".to_owned());
        rings.rings(call(2), "3".to_owned());
        assert_eq!(rings.only(|one| one == call(1)), shows(1, "2"));
        assert_eq!(rings.only(|_| false), Shown::Nothing);
    }
}
