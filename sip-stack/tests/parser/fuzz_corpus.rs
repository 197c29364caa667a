//! The corpus of the fuzz targets, run through the parsers in an ordinary test.

use crate::corpus;
use crate::properties::exercise;

macro_rules! seeds {
    ($($path:literal)*) => { &[$(include_bytes!(concat!("../../fuzz/corpus/", $path)) as &[u8],)*] };
}

const SEEDS: &[&[u8]] = seeds!(
    "message/invite" "message/401" "message/stream"
    "uri/sips" "uri/tel" "uri/params"
    "events/summary" "events/dialogs" "events/presence"
    "sdp/opus" "sdp/savp" "sdp/ice" "sdp/broken"
);

#[test]
fn seeds_and_every_prefix_of_them() {
    for seed in SEEDS.iter().copied().chain(corpus::RFC4475.iter().map(|(_, bytes)| *bytes)) {
        (0..=seed.len()).for_each(|end| exercise(&seed[..end]));
    }
}
