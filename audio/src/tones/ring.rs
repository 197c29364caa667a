//! Timbre's ring: four struck bars, a rising figure and its answer, then a pause. Made here, so it is ours.

use std::f32::consts::TAU;

/// The ring repeats after this long, ms.
pub(super) const PERIOD_MS: u32 = 3_200;

/// When a bar is struck, s, and its pitch, Hz: E5 A5 C♯6 E6, then C♯6 E6 lower in volume.
const STROKES: [(f32, f32, f32); 6] = [
    (0.00, 659.26, 0.20),
    (0.16, 880.00, 0.20),
    (0.32, 1_108.73, 0.20),
    (0.48, 1_318.51, 0.24),
    (0.88, 1_108.73, 0.13),
    (1.04, 1_318.51, 0.13),
];

/// The ring `t` seconds after its beginning.
pub(super) fn sample(t: f32) -> f32 {
    STROKES.iter().filter(|(start, ..)| t >= *start).map(|(start, hz, gain)| gain * bar(t - start, *hz)).sum()
}

/// A struck wooden bar: the tone, its fourth partial that dies sooner, 3 ms of rise.
fn bar(t: f32, hz: f32) -> f32 {
    let rise = (t / 0.003).min(1.0);
    rise * ((-t * 5.5).exp() * (TAU * hz * t).sin() + 0.25 * (-t * 18.0).exp() * (TAU * hz * 3.93 * t).sin())
}
