//! What a recording looks like.

/// The most columns that are kept of a channel.
const MOST: usize = 800;
/// Samples of a column at the beginning: 100 ms at 48 kHz.
const FIRST: u64 = super::RATE_HZ as u64 / 10;

/// The loudest sample of each column of time, for both channels. A long recording has longer columns, never more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Length of a column, ms; the last one may be shorter.
    pub column_ms: u32,
    /// The agent: 0 is silence, 255 full scale.
    pub left: Vec<u8>,
    /// The other side.
    pub right: Vec<u8>,
}

/// Collects [`Peaks`].
pub(super) struct Collector {
    column: u64,
    inside: u64,
    now: [u8; 2],
    columns: [Vec<u8>; 2],
}

impl Collector {
    pub fn new() -> Self {
        Self { column: FIRST, inside: 0, now: [0; 2], columns: [Vec::new(), Vec::new()] }
    }

    /// Blocks of the same length.
    pub fn push(&mut self, left: &[f32], right: &[f32]) {
        self.now = [self.now[0].max(peak(left)), self.now[1].max(peak(right))];
        self.inside += left.len() as u64;
        if self.inside < self.column {
            return;
        }
        self.inside = 0;
        for (column, now) in self.columns.iter_mut().zip(std::mem::take(&mut self.now)) {
            column.push(now);
        }
        if self.columns[0].len() >= MOST {
            self.column *= 2;
            for column in &mut self.columns {
                *column = column.chunks(2).map(|two| two.iter().copied().max().unwrap_or(0)).collect();
            }
        }
    }

    pub fn finish(mut self) -> Peaks {
        if self.inside > 0 {
            for (column, now) in self.columns.iter_mut().zip(self.now) {
                column.push(now);
            }
        }
        let [left, right] = self.columns;
        Peaks { column_ms: (self.column * 1000 / u64::from(super::RATE_HZ)) as u32, left, right }
    }
}

fn peak(pcm: &[f32]) -> u8 {
    (pcm.iter().fold(0.0_f32, |peak, s| peak.max(s.abs())).min(1.0) * 255.0).round() as u8
}
