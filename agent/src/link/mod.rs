//! Links that ask to be dialled: what is in them ([`parse`]) and whether it is dialled at once ([`policy`]).
//!
//! ```text
//! link ─► parse ─► Target {dial, number, …} ─► policy(circumstances) ─► dial | ask(reason) | refuse(reason)
//!           └─ refuse(reason)
//! ```
//!
//! A link comes from a hostile page until proven otherwise: user and host are taken, everything else is dropped.

pub mod parse;
pub mod policy;

use agent_api::call::DialOrigin;

pub use parse::{LinkContext, Target, number_in, parse};
pub use policy::{Circumstances, Decision, LinkRate, decide};

/// What becomes of a link on a quiet desk that has called no other country than its own: the answer of `parse-link`.
pub fn judge(link: &str, context: &LinkContext<'_>) -> (Option<Target>, Decision) {
    match parse(link, context) {
        Err(reason) => (None, Decision::Refuse(reason)),
        Ok(target) => {
            let circumstances = Circumstances {
                origin: DialOrigin::Link,
                country: context.country,
                known_country: target.country() == Some(context.country),
                call_up: false,
                many_links: false,
                ask_always: false,
                confirmed: false,
            };
            let decision = decide(&target, &circumstances);
            (Some(target), decision)
        }
    }
}
