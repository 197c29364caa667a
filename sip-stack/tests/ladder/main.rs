//! User agents on an in-memory wire under a virtual clock; the snapshot of a test is its ladder diagram.

mod calls;
mod holds;
mod peer;
mod races;
mod timers;
mod wire;
