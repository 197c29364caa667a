//! Ways to the CRMs of companies.
//!
//! ```text
//! oauth    signing in with a browser (OAuth 2.0, PKCE, loopback redirect), and a session that keeps itself signed in
//! http     the one HTTP client: no redirects, bounded time and size
//! secret   tokens, never printed
//! ```
//!
//! No connector stands here yet, so that nothing of the application uses this room.

mod http;
pub mod oauth;
mod secret;

pub use secret::Secret;
