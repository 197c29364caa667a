//! Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760).
//!
//! ```text
//! request ──► 401/407 ──Authenticator::challenged──► request again, Authenticator::authorize ──► …
//!                          │ nothing we can or may answer, or our fresh answer was refused: AuthError, stop
//! ```
//! The answer is made over the Request-URI exactly as it is sent. A server (the practice line's registrar) makes a
//! [`Challenge`] and checks an [`Answer`].

mod algorithm;
mod answer;
mod authenticator;
mod challenge;
mod qop;

pub use algorithm::Algorithm;
pub use answer::Answer;
pub use authenticator::{AuthError, Authenticator, Credentials};
pub use challenge::{Challenge, Challenger};
pub use qop::Qop;
