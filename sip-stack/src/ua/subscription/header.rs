//! Subscription-State (RFC 6665 §8.2.3): what a NOTIFY says of its subscription. REFER has one too.

use std::fmt;

use crate::message::{HeaderError, HeaderName, Headers, Parametrised};

/// Why the other side ended a subscription (RFC 6665 §4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Termination {
    /// To be asked for again at once, perhaps elsewhere.
    Deactivated,
    /// To be asked for again later.
    Probation,
    /// Not allowed (any more).
    Rejected,
    /// It was not refreshed in time.
    Timeout,
    /// Nobody decided on it; to be asked for again later.
    GiveUp,
    /// What it was about does not exist.
    NoResource,
    /// Nothing will ever change.
    Invariant,
    /// No reason, or one that no RFC knows.
    Other,
}

impl Termination {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Deactivated, "deactivated"),
        (Self::Probation, "probation"),
        (Self::Rejected, "rejected"),
        (Self::Timeout, "timeout"),
        (Self::GiveUp, "giveup"),
        (Self::NoResource, "noresource"),
        (Self::Invariant, "invariant"),
    ];

    fn of(token: &str) -> Self {
        let found = Self::ALL.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(token));
        found.map_or(Self::Other, |(reason, _)| reason)
    }
}

/// The header, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubscriptionState {
    /// Accepted; also how values are read that no RFC knows.
    Active { expires_s: Option<u32> },
    /// Nobody decided so far.
    Pending { expires_s: Option<u32> },
    /// Over.
    Terminated { reason: Termination, retry_after_s: Option<u32> },
}

impl SubscriptionState {
    /// Reads it; none where a peer leaves it out.
    ///
    /// # Errors
    /// Repeated or malformed.
    pub fn read(headers: &Headers) -> Result<Option<Self>, HeaderError> {
        let raw = headers.parametrised(&HeaderName::SubscriptionState)?;
        Ok(raw.map(|raw| {
            if raw.is("terminated") {
                let reason = raw.params.get("reason").map_or(Termination::Other, Termination::of);
                return Self::Terminated { reason, retry_after_s: seconds(&raw, "retry-after") };
            }
            let expires_s = seconds(&raw, "expires");
            if raw.is("pending") { Self::Pending { expires_s } } else { Self::Active { expires_s } }
        }))
    }
}

fn seconds(raw: &Parametrised, name: &str) -> Option<u32> {
    raw.params.get(name).and_then(|value| value.parse().ok())
}

impl fmt::Display for SubscriptionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, name, seconds) = match self {
            Self::Active { expires_s } => ("active", "expires", *expires_s),
            Self::Pending { expires_s } => ("pending", "expires", *expires_s),
            Self::Terminated { retry_after_s, .. } => ("terminated", "retry-after", *retry_after_s),
        };
        f.write_str(value)?;
        if let Self::Terminated { reason, .. } = self
            && let Some((_, token)) = Termination::ALL.iter().find(|(known, _)| known == reason)
        {
            write!(f, ";reason={token}")?;
        }
        seconds.map_or(Ok(()), |seconds| write!(f, ";{name}={seconds}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<SubscriptionState> {
        let mut headers = Headers::new();
        headers.push("Subscription-State", value.to_owned());
        SubscriptionState::read(&headers).ok().flatten()
    }

    #[test]
    fn rfc6665_8_2_3_states_and_reasons() {
        assert_eq!(read("active;expires=600"), Some(SubscriptionState::Active { expires_s: Some(600) }));
        assert_eq!(read("PENDING ; expires=x"), Some(SubscriptionState::Pending { expires_s: None }));
        let over = |reason, retry_after_s| Some(SubscriptionState::Terminated { reason, retry_after_s });
        assert_eq!(read("Terminated;reason=GiveUp;retry-after=30"), over(Termination::GiveUp, Some(30)));
        assert_eq!(read("terminated"), over(Termination::Other, None));
        assert_eq!(read("terminated;reason=tuesday"), over(Termination::Other, None));
        assert_eq!(read("frozen"), Some(SubscriptionState::Active { expires_s: None }), "extensions go on");
        assert_eq!(read(";;"), None);
        for (reason, token) in Termination::ALL {
            assert_eq!(read(&format!("terminated;reason={token}")), over(reason, None));
        }
    }

    #[test]
    fn what_is_printed_reads_back() {
        for state in [
            SubscriptionState::Active { expires_s: Some(180) },
            SubscriptionState::Pending { expires_s: None },
            SubscriptionState::Terminated { reason: Termination::NoResource, retry_after_s: None },
            SubscriptionState::Terminated { reason: Termination::Other, retry_after_s: Some(7) },
        ] {
            assert_eq!(read(&state.to_string()), Some(state), "{state}");
        }
    }
}
