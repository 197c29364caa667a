//! Header names: known ones as a variant, compact forms resolved (RFC 3261 §7.3.3), others kept.

use std::fmt;
use std::hash::{Hash, Hasher};

macro_rules! names {
    ($($variant:ident $canonical:literal $(| $compact:literal)?;)*) => {
        /// Name of a header. Comparison ignores case, and compact forms are the same as long ones.
        #[derive(Clone, Debug)]
        pub enum HeaderName {
            $(#[doc = concat!("`", $canonical, "`.")] $variant,)*
            /// Any other name, as it came.
            Other(Box<str>),
        }

        impl HeaderName {
            /// The canonical spelling, or the spelling that came for an unknown name.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $canonical,)*
                    Self::Other(name) => name,
                }
            }

            #[allow(non_upper_case_globals, reason = "one constant a variant, named like it")]
            fn known(lower: &[u8]) -> Option<Self> {
                $(const $variant: &[u8] = &lowered::<{ $canonical.len() }>($canonical);)*
                Some(match lower {
                    $($variant $(| $compact)? => Self::$variant,)*
                    _ => return None,
                })
            }
        }
    };
}

names! {
    Accept "Accept";
    AcceptContact "Accept-Contact" | b"a";
    AcceptEncoding "Accept-Encoding";
    AcceptLanguage "Accept-Language";
    AlertInfo "Alert-Info";
    Allow "Allow";
    AllowEvents "Allow-Events" | b"u";
    AuthenticationInfo "Authentication-Info";
    Authorization "Authorization";
    CallId "Call-ID" | b"i";
    CallInfo "Call-Info";
    Contact "Contact" | b"m";
    ContentDisposition "Content-Disposition";
    ContentEncoding "Content-Encoding" | b"e";
    ContentLanguage "Content-Language";
    ContentLength "Content-Length" | b"l";
    ContentType "Content-Type" | b"c";
    CSeq "CSeq";
    Date "Date";
    Diversion "Diversion";
    ErrorInfo "Error-Info";
    Event "Event" | b"o";
    Expires "Expires";
    FlowTimer "Flow-Timer";
    From "From" | b"f";
    HistoryInfo "History-Info";
    Identity "Identity" | b"y";
    InReplyTo "In-Reply-To";
    MaxForwards "Max-Forwards";
    MimeVersion "MIME-Version";
    MinExpires "Min-Expires";
    MinSe "Min-SE";
    Organization "Organization";
    PAssertedIdentity "P-Asserted-Identity";
    PCalledPartyId "P-Called-Party-ID";
    PPreferredIdentity "P-Preferred-Identity";
    Path "Path";
    Priority "Priority";
    Privacy "Privacy";
    ProxyAuthenticate "Proxy-Authenticate";
    ProxyAuthorization "Proxy-Authorization";
    ProxyRequire "Proxy-Require";
    RAck "RAck";
    RSeq "RSeq";
    Reason "Reason";
    RecordRoute "Record-Route";
    ReferTo "Refer-To" | b"r";
    ReferredBy "Referred-By" | b"b";
    RejectContact "Reject-Contact" | b"j";
    RemotePartyId "Remote-Party-ID";
    Replaces "Replaces";
    ReplyTo "Reply-To";
    RequestDisposition "Request-Disposition" | b"d";
    Require "Require";
    RetryAfter "Retry-After";
    Route "Route";
    Server "Server";
    ServiceRoute "Service-Route";
    SessionExpires "Session-Expires" | b"x";
    SipEtag "SIP-ETag";
    SipIfMatch "SIP-If-Match";
    Subject "Subject" | b"s";
    SubscriptionState "Subscription-State";
    Supported "Supported" | b"k";
    Timestamp "Timestamp";
    To "To" | b"t";
    Unsupported "Unsupported";
    UserAgent "User-Agent";
    Via "Via" | b"v";
    Warning "Warning";
    WwwAuthenticate "WWW-Authenticate";
}

/// The name in lower case, as it is looked up.
const fn lowered<const N: usize>(canonical: &str) -> [u8; N] {
    let (mut lower, mut at) = ([0; N], 0);
    while at < N {
        lower[at] = canonical.as_bytes()[at].to_ascii_lowercase();
        at += 1;
    }
    lower
}

/// No known name is longer.
const LONGEST_KNOWN: usize = 24;

impl HeaderName {
    /// The name that `token` spells, in any case, long or compact. The caller has checked that it is a token.
    pub(crate) fn from_token(token: &str) -> Self {
        let bytes = token.as_bytes();
        let mut lower = [0u8; LONGEST_KNOWN];
        if let Some(lower) = lower.get_mut(..bytes.len()) {
            lower.copy_from_slice(bytes);
            lower.make_ascii_lowercase();
            if let Some(name) = Self::known(lower) {
                return name;
            }
        }
        Self::Other(token.into())
    }
}

impl From<&str> for HeaderName {
    /// A name from code. Bytes that no header name may hold are taken out, so that a name can never break a message.
    fn from(name: &str) -> Self {
        if super::scan::is_token(name.as_bytes()) {
            return Self::from_token(name);
        }
        let clean: String = name.chars().filter(|c| c.is_ascii() && super::scan::is_token_byte(*c as u8)).collect();
        Self::from_token(if clean.is_empty() { "X" } else { &clean })
    }
}

impl PartialEq for HeaderName {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a.eq_ignore_ascii_case(b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for HeaderName {}

impl Hash for HeaderName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::Other(name) => name.to_ascii_lowercase().hash(state),
            known => std::mem::discriminant(known).hash(state),
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_compact_forms_are_one_name() {
        assert_eq!(HeaderName::from("v"), HeaderName::Via);
        assert_eq!(HeaderName::from("VIA"), HeaderName::Via);
        assert_eq!(HeaderName::from("x-Foo"), HeaderName::from("X-FOO"));
        assert_ne!(HeaderName::from("C%6Fntact"), HeaderName::Contact);
        assert_eq!(HeaderName::from("p-preferred-identity"), HeaderName::PPreferredIdentity);
    }

    #[test]
    fn a_name_from_code_cannot_break_a_message() {
        assert_eq!(HeaderName::from("X-A: b\r\nEvil").as_str(), "X-AbEvil");
    }
}
