//! Figures of a call's sound over time: one point each few seconds, and never more than a bounded number. When there are
//! too many, neighbours are joined and the points stand twice as far apart; of two the worse figures stay, so that what was
//! bad for a moment is still seen in an hour's call.

use agent_api::details::SoundPoint;

use crate::port::media::MediaStats;

/// The first distance of points, s.
pub const EVERY_S: u32 = 5;
/// The most points of a call.
pub const POINTS_MAX: usize = 240;

/// The figures of a call over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<SoundPoint>,
    every_s: u32,
    /// When the last point began, UTC ms.
    opened_ms: i64,
}

impl Default for Series {
    fn default() -> Self {
        Self { points: Vec::new(), every_s: EVERY_S, opened_ms: 0 }
    }
}

impl Series {
    /// Takes figures of a moment (UTC).
    pub fn take(&mut self, at_ms: i64, stats: &MediaStats) {
        let point = SoundPoint {
            at_ms,
            loss_pct: rounded(stats.recent_lost_pct),
            jitter_ms: rounded(stats.jitter_ms),
            rtt_ms: stats.rtt_ms.map(rounded),
            mos: stats.mos.map(rounded),
        };
        // A clock that is set back begins a new point.
        let open = (0..i64::from(self.every_s) * 1000).contains(&(at_ms - self.opened_ms));
        match self.points.last_mut().filter(|_| open) {
            Some(last) => *last = worse(last, &point),
            None => {
                if self.points.len() >= POINTS_MAX {
                    self.join_neighbours();
                }
                self.points.push(point);
                self.opened_ms = at_ms;
            }
        }
    }

    /// Oldest first.
    pub fn points(&self) -> &[SoundPoint] {
        &self.points
    }

    /// Between two points, s.
    pub fn every_s(&self) -> u32 {
        self.every_s
    }

    fn join_neighbours(&mut self) {
        self.points = self.points.chunks(2).map(|pair| pair[1..].iter().fold(pair[0], |a, b| worse(&a, b))).collect();
        self.every_s *= 2;
    }
}

/// Both together.
fn worse(a: &SoundPoint, b: &SoundPoint) -> SoundPoint {
    let either = |a: Option<f32>, b: Option<f32>, pick: fn(f32, f32) -> f32| match (a, b) {
        (Some(a), Some(b)) => Some(pick(a, b)),
        (one, other) => one.or(other),
    };
    SoundPoint {
        at_ms: a.at_ms.max(b.at_ms),
        loss_pct: a.loss_pct.max(b.loss_pct),
        jitter_ms: a.jitter_ms.max(b.jitter_ms),
        rtt_ms: either(a.rtt_ms, b.rtt_ms, f32::max),
        mos: either(a.mos, b.mos, f32::min),
    }
}

/// To hundredths: more is no information.
fn rounded(figure: f32) -> f32 {
    (figure * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(loss: f32, mos: f32) -> MediaStats {
        MediaStats { recent_lost_pct: loss, mos: Some(mos), jitter_ms: 3.456_78, ..MediaStats::default() }
    }

    #[test]
    fn each_five_seconds_are_one_point_of_their_worst() {
        let mut series = Series::default();
        for second in 0..12 {
            let bad = second == 7;
            series.take(1000 * second, &stats(if bad { 9.0 } else { 0.0 }, if bad { 2.5 } else { 4.3 }));
        }
        let loss: Vec<_> = series.points().iter().map(|point| (point.at_ms, point.loss_pct, point.mos)).collect();
        assert_eq!(loss, [(4000, 0.0, Some(4.3)), (9000, 9.0, Some(2.5)), (11_000, 0.0, Some(4.3))]);
        assert_eq!(series.points()[0].jitter_ms, 3.46);
    }

    #[test]
    fn a_long_call_has_no_more_points_and_hides_nothing() {
        let mut series = Series::default();
        for second in 0..8 * 3600 {
            series.take(1000 * second, &stats(if second == 60 { 30.0 } else { 0.0 }, 4.3));
            assert!(series.points().len() <= POINTS_MAX);
        }
        assert!(series.points().len() > POINTS_MAX / 2 - 1);
        assert_eq!(series.every_s(), 160);
        assert!(series.points().iter().any(|point| point.loss_pct == 30.0), "a bad moment of the first minute");
        assert!(series.points().is_sorted_by_key(|point| point.at_ms));
    }

    #[test]
    fn a_clock_that_is_set_back_stops_nothing() {
        let mut series = Series::default();
        series.take(1_000_000, &stats(0.0, 4.0));
        series.take(10_000, &stats(0.0, 4.0));
        series.take(20_000, &stats(0.0, 4.0));
        assert_eq!(series.points().len(), 3);
    }
}
