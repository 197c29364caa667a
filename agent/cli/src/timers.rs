//! The timers of a run.

use std::time::{Duration, Instant};

use agent_api::id::CallId;

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// Registration takes too long.
    RegisterLimit,
    /// The run is over.
    End,
    /// Nobody answers.
    RingLimit(CallId),
    /// The call has lasted long enough.
    HangUp(CallId),
    /// To hold.
    Hold(CallId),
    /// To resume.
    Resume(CallId),
    /// To send tones.
    Tones(CallId),
    /// To answer.
    Answer(CallId),
    /// To tell figures.
    Stats,
}

impl Timer {
    fn call(self) -> Option<CallId> {
        match self {
            Self::RegisterLimit | Self::End | Self::Stats => None,
            Self::RingLimit(call)
            | Self::HangUp(call)
            | Self::Hold(call)
            | Self::Resume(call)
            | Self::Tones(call)
            | Self::Answer(call) => Some(call),
        }
    }
}

/// Those that run.
#[derive(Debug, Default)]
pub struct Timers(Vec<(Instant, Timer)>);

impl Timers {
    /// Starts a timer.
    pub fn set(&mut self, after: Duration, timer: Timer) {
        self.0.push((Instant::now() + after, timer));
    }

    /// Stops a timer.
    pub fn take(&mut self, timer: &Timer) {
        self.0.retain(|(_, other)| other != timer);
    }

    /// Stops the timers of a call.
    pub fn drop_call(&mut self, call: CallId) {
        self.0.retain(|(_, timer)| timer.call() != Some(call));
    }

    /// Waits for the next timer; for ever if none runs.
    pub fn next(&self) -> impl Future<Output = Timer> + use<> {
        let next = self.0.iter().min_by_key(|(at, _)| *at).copied();
        async move {
            match next {
                Some((at, timer)) => {
                    tokio::time::sleep_until(at.into()).await;
                    timer
                }
                None => std::future::pending().await,
            }
        }
    }
}
