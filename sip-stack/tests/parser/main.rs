//! The parser as a whole: beside rsip, under random messages, and over the corpus of the fuzz targets.

#![allow(clippy::unwrap_used)] // a test that cannot go on shall stop

#[path = "../corpus/mod.rs"]
mod corpus;

mod fuzz_corpus;
mod oracle;
mod properties;
