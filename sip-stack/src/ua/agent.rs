//! [`UserAgent`]: takes commands and inputs, gives outputs.

use std::collections::VecDeque;
use std::time::Instant;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{Command, Input, Output, UaConfig};

/// The SIP engine: all accounts, registrations and calls. It owns everything by value and touches nothing outside.
pub struct UserAgent {
    #[expect(dead_code, reason = "the engine lands in the next step")]
    config: UaConfig,
    #[expect(dead_code, reason = "the engine lands in the next step")]
    rng: StdRng,
    outputs: VecDeque<Output>,
}

impl UserAgent {
    /// A user agent without accounts. `seed` comes from the system's generator: tags, branches, Contact users, nonces
    /// and SRTP keys derive from it by a CSPRNG. Only tests use a fixed one.
    #[must_use]
    pub fn new(config: UaConfig, seed: [u8; 32]) -> Self {
        Self { config, rng: StdRng::from_seed(seed), outputs: VecDeque::new() }
    }

    /// Takes a wish of the application.
    pub fn handle_command(&mut self, _now: Instant, _command: Command) {}

    /// Takes what the driver saw. Network bytes never fail the agent.
    pub fn handle_input(&mut self, _now: Instant, _input: Input<'_>) {}

    /// The next thing to do; [`Output::Timeout`] ends the round.
    pub fn poll_output(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or(Output::Timeout(None))
    }
}
