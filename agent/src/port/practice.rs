//! The practice line: an exchange of our own on loopback.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;

use agent_api::id::AccountId;
use sip_stack::ua::Secret;
use uuid::Uuid;

/// The practice line's account; the same in every run, so that starting twice is starting once.
pub const PRACTICE_LINE: AccountId = AccountId(Uuid::from_u128(0x0190_0000_0000_7000_8000_7072_6163_7469));

/// Why there is no practice line.
#[derive(Debug, thiserror::Error)]
#[error("the practice line did not start: {reason}")]
pub struct PracticeError {
    /// The system's words.
    pub reason: String,
}

/// How the agent registers at the practice line.
pub struct PracticeLine {
    /// Where it listens, UDP on loopback.
    pub address: SocketAddr,
    /// User part of the agent's account there.
    pub user: String,
    /// Its domain.
    pub domain: String,
    /// The password of this run.
    pub password: Secret,
    /// Number of the training caller; the demo contact has it.
    pub caller_number: String,
    /// Extension that returns what is said.
    pub echo: String,
}

/// A future of the port.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs the practice line while it is wanted.
pub trait Practice: Send + Sync {
    /// Starts it, or tells how it runs already.
    fn start(&self) -> Pending<'_, Result<PracticeLine, PracticeError>>;

    /// Has the training caller ring the agent in a moment.
    fn call_me(&self) -> Pending<'_, Result<(), PracticeError>>;

    /// Ends it; ending twice does nothing.
    fn stop(&self) -> Pending<'_, ()>;
}

/// No practice line, for programs that offer none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPractice;

impl Practice for NoPractice {
    fn start(&self) -> Pending<'_, Result<PracticeLine, PracticeError>> {
        Box::pin(async { Err(PracticeError { reason: "this program has none".to_owned() }) })
    }

    fn call_me(&self) -> Pending<'_, Result<(), PracticeError>> {
        Box::pin(async { Err(PracticeError { reason: "this program has none".to_owned() }) })
    }

    fn stop(&self) -> Pending<'_, ()> {
        Box::pin(async {})
    }
}
