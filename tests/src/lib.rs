//! Whole-app scenarios against real peers. The library holds what scenarios share: peers as processes on
//! loopback, and instruments that measure the sound that arrived. The scenarios stand in `tests/`.

pub mod cli;
pub mod desk;
pub mod peers;
pub mod schema;
pub mod sound;
pub mod verdict;
