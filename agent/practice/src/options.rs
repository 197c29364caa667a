//! How the practice line behaves.

use std::time::Duration;

/// Settings of the practice line.
#[derive(Debug, Clone)]
pub struct Options {
    /// Number of the training caller. The usual one lies in the range that is reserved for stories (+1 … 555 01xx), so that
    /// calling it back through a real account can never ring at a stranger's.
    pub caller_number: String,
    /// Display name of the training caller.
    pub caller_name: String,
    /// How much later the echo comes back: long enough to listen to oneself.
    pub echo_delay: Duration,
    /// How long the echo line rings before it answers.
    pub answer_after: Duration,
    /// How long the training caller rings and, once answered, talks.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            caller_number: "+12025550142".to_owned(),
            caller_name: "Marcela Quesada".to_owned(),
            echo_delay: Duration::from_secs(1),
            answer_after: Duration::from_millis(1200),
            patience: Duration::from_secs(60),
        }
    }
}
