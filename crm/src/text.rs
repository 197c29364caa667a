//! Words from the network and words to compare.

/// The most characters that are kept of a name the network sends.
pub const LABEL_MAX: usize = 64;
