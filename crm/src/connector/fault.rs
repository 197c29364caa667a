//! What goes wrong between us and a CRM, told apart by what may be done about it.

use std::time::Duration;

use super::RemoteRef;

/// The most characters of a code that are kept.
const CODE_MAX: usize = 64;

/// Why a CRM did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The person must sign in again. It had no effect.
    #[error("sign in")]
    SignIn,
    /// The organisation's allowance of requests is used up. It had no effect.
    #[error("limit reached")]
    Limit {
        /// In how long to come again, if the CRM told.
        after: Option<Duration>,
    },
    /// Overload, maintenance or a locked record. It had no effect.
    #[error("busy")]
    Busy {
        /// In how long to come again, if the CRM told.
        after: Option<Duration>,
    },
    /// Nobody was reached. It had no effect.
    #[error("not reached")]
    Unreachable,
    /// The proxy on the way wants to know who we are, or does not believe it. It had no effect.
    #[error("the proxy asks who we are")]
    ProxySignIn,
    /// The request left and no answer came, or one that says nothing about its effect.
    #[error("answer lost")]
    Lost,
    /// A field is missing, too long or against a rule of the organisation.
    #[error("invalid: {code}")]
    Invalid {
        /// The CRM's code.
        code: String,
        /// Names of the fields, if the CRM told.
        fields: Vec<String>,
        /// The CRM's words, for the agent's eye only: an administrator wrote them.
        message: String,
    },
    /// The organisation has this record already.
    #[error("duplicate")]
    Duplicate {
        /// The records it means.
        existing: Vec<RemoteRef>,
    },
    /// Somebody changed the record since it was read. It had no effect.
    #[error("stale")]
    Stale,
    /// The record, or one that it names, is not there (any more).
    #[error("not found")]
    NotFound,
    /// This user may not.
    #[error("forbidden: {code}")]
    Forbidden {
        /// The CRM's code.
        code: String,
    },
    /// The CRM has no such thing.
    #[error("not offered")]
    NotOffered,
    /// The answer is not what the CRM's documentation says.
    #[error("not understood")]
    NotUnderstood,
}

impl Fault {
    /// Its code: letters, digits, `_`, and behind a `:` the CRM's code and the names of fields. Never a value of a record.
    pub fn code(&self) -> String {
        match self {
            Self::SignIn => "sign_in".into(),
            Self::Limit { .. } => "limit".into(),
            Self::Busy { .. } => "busy".into(),
            Self::Unreachable => "unreachable".into(),
            Self::ProxySignIn => "proxy_sign_in".into(),
            Self::Lost => "lost".into(),
            Self::Invalid { code, fields, .. } => {
                let words = std::iter::once(code).chain(fields).map(|word| plain(word));
                format!("invalid:{}", words.collect::<Vec<_>>().join(","))
            }
            Self::Duplicate { .. } => "duplicate".into(),
            Self::Stale => "stale".into(),
            Self::NotFound => "not_found".into(),
            Self::Forbidden { code } => format!("forbidden:{}", plain(code)),
            Self::NotOffered => "not_offered".into(),
            Self::NotUnderstood => "not_understood".into(),
        }
    }

    /// It passes without anybody's doing.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Limit { .. } | Self::Busy { .. } | Self::Unreachable | Self::ProxySignIn | Self::Lost | Self::SignIn
        )
    }
}

/// A CRM's code made fit for logs and windows.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')).take(CODE_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_carries_names_of_fields_and_no_values() {
        let fault = Fault::Invalid {
            code: "REQUIRED_FIELD_MISSING".into(),
            fields: vec!["LastName".into(), "Rank__c".into()],
            message: "Required: ana@example.com".into(),
        };
        assert_eq!(fault.code(), "invalid:REQUIRED_FIELD_MISSING,LastName,Rank__c");
        assert_eq!(Fault::Forbidden { code: "<NO> \n".into() }.code(), "forbidden:NO");
        assert!(Fault::Unreachable.passes() && Fault::ProxySignIn.passes() && !fault.passes());
    }
}
