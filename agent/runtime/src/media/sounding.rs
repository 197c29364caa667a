//! What sounds besides calls: the desk's signal, and the ringer's test beside it.

use std::time::Duration;

use agent::port::media::Signal;
use audio_engine::{Country, Tone};
use tokio::time::Instant;

/// The busy tone ends by itself.
const BUSY_FOR: Duration = Duration::from_secs(2);
/// So does the beep.
const BEEP_FOR: Duration = Duration::from_millis(400);
/// The ringer's test.
const TEST_FOR: Duration = Duration::from_secs(2);

/// What sounds besides calls.
#[derive(Debug, Default)]
pub struct Sounding {
    country: Country,
    signal: Signal,
    signal_ends: Option<Instant>,
    test_ends: Option<Instant>,
}

impl Sounding {
    /// Silence; tones will be those of `country`.
    pub fn new(country: Country) -> Self {
        Self { country, ..Self::default() }
    }

    /// Takes the place of the signal before.
    pub fn signal(&mut self, signal: Signal, now: Instant) {
        self.signal = signal;
        self.signal_ends = match signal {
            Signal::Busy => Some(now + BUSY_FOR),
            Signal::AutoAnswer => Some(now + BEEP_FOR),
            _ => None,
        };
    }

    /// Rings for a moment, whatever else sounds.
    pub fn test(&mut self, now: Instant) {
        self.test_ends = Some(now + TEST_FOR);
    }

    /// Tones of another country from now on.
    pub fn set_country(&mut self, country: Country) {
        self.country = country;
    }

    /// When something ends by itself.
    pub fn ends(&self) -> Option<Instant> {
        self.signal_ends.into_iter().chain(self.test_ends).min()
    }

    /// Ends what is over.
    pub fn pass(&mut self, now: Instant) {
        if self.signal_ends.is_some_and(|at| at <= now) {
            self.signal(Signal::Silence, now);
        }
        self.test_ends = self.test_ends.filter(|at| *at > now);
    }

    /// Whether the ringer rings.
    pub fn rings(&self) -> bool {
        self.signal == Signal::Ring || self.test_ends.is_some()
    }

    /// The tone on the speaker.
    pub fn tone(&self) -> Option<Tone> {
        match self.signal {
            Signal::Silence | Signal::Ring => None,
            Signal::CallWaiting => Some(Tone::CallWaiting),
            Signal::AutoAnswer => Some(Tone::AutoAnswer),
            Signal::Ringback => Some(Tone::Ringback(self.country)),
            Signal::Busy => Some(Tone::Busy(self.country)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_of_the_ringer_never_ends_a_real_ring_or_tone() {
        let begin = Instant::now();
        let mut sounding = Sounding::default();
        sounding.signal(Signal::Ring, begin);
        sounding.test(begin);
        assert_eq!(sounding.ends(), Some(begin + TEST_FOR));
        sounding.pass(begin + TEST_FOR);
        assert!(sounding.rings(), "somebody still calls");
        assert_eq!(sounding.ends(), None);
        sounding.signal(Signal::Ringback, begin);
        assert!(!sounding.rings());
        sounding.test(begin);
        assert!(sounding.rings());
        sounding.pass(begin + TEST_FOR);
        assert_eq!((sounding.rings(), sounding.tone()), (false, Some(Tone::Ringback(Country::Itu))));
    }

    #[test]
    fn a_ring_that_begins_or_ends_during_the_test_does_so_too() {
        let begin = Instant::now();
        let mut sounding = Sounding::default();
        sounding.test(begin);
        sounding.signal(Signal::Ring, begin);
        sounding.pass(begin + TEST_FOR);
        assert!(sounding.rings());
        sounding.test(begin);
        sounding.signal(Signal::Silence, begin);
        assert!(sounding.rings(), "the test goes on");
        sounding.pass(begin + TEST_FOR);
        assert!(!sounding.rings());
    }

    #[test]
    fn busy_ends_by_itself_and_tones_follow_the_country() {
        let begin = Instant::now();
        let mut sounding = Sounding::new(Country::UnitedKingdom);
        sounding.signal(Signal::Busy, begin);
        assert_eq!(sounding.tone(), Some(Tone::Busy(Country::UnitedKingdom)));
        sounding.set_country(Country::NorthAmerica);
        assert_eq!(sounding.tone(), Some(Tone::Busy(Country::NorthAmerica)));
        sounding.pass(begin + BUSY_FOR);
        assert_eq!((sounding.tone(), sounding.ends()), (None, None));
    }
}
