//! The bars of the whole app, each beside a peer measured in the same run: `cargo xtask bench`.
//!
//! | figure | ours | peer |
//! |---|---|---|
//! | link → INVITE, warm and cold | the window | Twinkle |
//! | INVITE → pop-up painted | the window | Twinkle |
//! | memory and processor time while idle | the window | Twinkle; an empty window of the same library |
//! | INVITE → 180 | `timbre-cli` | baresip |
//! | dialling → ACK, through Kamailio | `timbre-cli` | baresip |
//! | memory and processor time in a call | `timbre-cli` | baresip, the other end of the same call |
//!
//! `TIMBRE_BENCH_ROUNDS` (200) sets how often each is measured; an argument measures only what its name contains.
//! Linux only. Programs are those of the release build.
#![allow(clippy::print_stdout, reason = "a bench speaks on stdout")]

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
use linux::main;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("these figures are measured on Linux only");
}
