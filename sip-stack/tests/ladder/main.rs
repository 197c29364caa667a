//! User agents on an in-memory wire under a virtual clock; the snapshot of a test is its ladder diagram.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests")]
#![expect(clippy::disallowed_methods, reason = "ladders and hard messages are kept in files")]

mod calls;
mod conformance;
mod day;
mod digits;
mod failover;
mod flows;
mod holds;
mod messages;
mod moving;
mod mutation;
mod outbound;
mod peer;
mod publications;
mod races;
mod redirects;
mod registrar;
mod registration;
mod reliable;
mod second_call;
mod session_timers;
mod subscriptions;
mod timers;
mod torture;
mod transfers;
mod uas;
mod wide;
mod wider;
mod wire;
mod words;
