//! Percentiles, and lines that hold a figure beside its peer's and its bar.

use std::time::Duration;

/// Measured values of one kind, in the unit that the line names.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// Adds a time, in milliseconds.
    pub fn add_time(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64() * 1000.0);
    }

    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Nearest-rank percentile; `part` from 0 to 1. NaN when nothing was measured.
    pub fn at(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * part).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied().unwrap_or(f64::NAN)
    }

    /// Arithmetic mean.
    pub fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    fn shown(&self, unit: &str) -> String {
        format!("n {} p50 {:.1} p95 {:.1} max {:.1} {unit}", self.0.len(), self.at(0.5), self.at(0.95), self.at(1.0))
    }
}

/// What is printed, and whether every bar was reached.
#[derive(Default)]
pub struct Report {
    missed: Vec<String>,
}

impl Report {
    /// A figure under a bar. `peers` are other programs measured in the same run.
    pub fn bar(&mut self, name: &str, unit: &str, ours: &Sample, figure: f64, bar: f64, peers: &[(&str, &Sample)]) {
        let held = figure <= bar;
        println!("{name}\n  timbre     {}", ours.shown(unit));
        for (peer, sample) in peers {
            println!("  {peer:10} {}   ratio of medians {:.2}", sample.shown(unit), ours.at(0.5) / sample.at(0.5));
        }
        println!("  bar        {figure:.1} ≤ {bar:.1} {unit}: {}", if held { "held" } else { "MISSED" });
        if !held {
            self.missed.push(format!("{name}: {figure:.1} > {bar:.1} {unit}"));
        }
    }

    /// Something could not be measured.
    pub fn failed(&mut self, name: &str, error: &anyhow::Error) {
        println!("{name}\n  FAILED     {error:#}");
        self.missed.push(format!("{name}: {error:#}"));
    }

    /// True if every bar was held.
    pub fn end(self) -> bool {
        for line in &self.missed {
            println!("missed: {line}");
        }
        self.missed.is_empty()
    }
}
