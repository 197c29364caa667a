//! Header names: known ones as a variant, compact forms resolved (RFC 3261 §7.3.3), others kept.

use std::fmt;
use std::hash::{Hash, Hasher};

macro_rules! names {
    ($($variant:ident $canonical:literal $lower:literal $(| $compact:literal)?;)*) => {
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

            fn known(lower: &[u8]) -> Option<Self> {
                Some(match lower {
                    $($lower $(| $compact)? => Self::$variant,)*
                    _ => return None,
                })
            }
        }
    };
}

names! {
    Accept "Accept" b"accept";
    AcceptContact "Accept-Contact" b"accept-contact" | b"a";
    AcceptEncoding "Accept-Encoding" b"accept-encoding";
    AcceptLanguage "Accept-Language" b"accept-language";
    AlertInfo "Alert-Info" b"alert-info";
    Allow "Allow" b"allow";
    AllowEvents "Allow-Events" b"allow-events" | b"u";
    AuthenticationInfo "Authentication-Info" b"authentication-info";
    Authorization "Authorization" b"authorization";
    CallId "Call-ID" b"call-id" | b"i";
    CallInfo "Call-Info" b"call-info";
    Contact "Contact" b"contact" | b"m";
    ContentDisposition "Content-Disposition" b"content-disposition";
    ContentEncoding "Content-Encoding" b"content-encoding" | b"e";
    ContentLanguage "Content-Language" b"content-language";
    ContentLength "Content-Length" b"content-length" | b"l";
    ContentType "Content-Type" b"content-type" | b"c";
    CSeq "CSeq" b"cseq";
    Date "Date" b"date";
    Diversion "Diversion" b"diversion";
    ErrorInfo "Error-Info" b"error-info";
    Event "Event" b"event" | b"o";
    Expires "Expires" b"expires";
    From "From" b"from" | b"f";
    HistoryInfo "History-Info" b"history-info";
    Identity "Identity" b"identity" | b"y";
    InReplyTo "In-Reply-To" b"in-reply-to";
    MaxForwards "Max-Forwards" b"max-forwards";
    MimeVersion "MIME-Version" b"mime-version";
    MinExpires "Min-Expires" b"min-expires";
    MinSe "Min-SE" b"min-se";
    Organization "Organization" b"organization";
    PAssertedIdentity "P-Asserted-Identity" b"p-asserted-identity";
    PCalledPartyId "P-Called-Party-ID" b"p-called-party-id";
    PPreferredIdentity "P-Preferred-Identity" b"p-preferred-identity";
    Path "Path" b"path";
    Priority "Priority" b"priority";
    Privacy "Privacy" b"privacy";
    ProxyAuthenticate "Proxy-Authenticate" b"proxy-authenticate";
    ProxyAuthorization "Proxy-Authorization" b"proxy-authorization";
    ProxyRequire "Proxy-Require" b"proxy-require";
    RAck "RAck" b"rack";
    RSeq "RSeq" b"rseq";
    Reason "Reason" b"reason";
    RecordRoute "Record-Route" b"record-route";
    ReferTo "Refer-To" b"refer-to" | b"r";
    ReferredBy "Referred-By" b"referred-by" | b"b";
    RejectContact "Reject-Contact" b"reject-contact" | b"j";
    RemotePartyId "Remote-Party-ID" b"remote-party-id";
    Replaces "Replaces" b"replaces";
    ReplyTo "Reply-To" b"reply-to";
    RequestDisposition "Request-Disposition" b"request-disposition" | b"d";
    Require "Require" b"require";
    RetryAfter "Retry-After" b"retry-after";
    Route "Route" b"route";
    Server "Server" b"server";
    ServiceRoute "Service-Route" b"service-route";
    SessionExpires "Session-Expires" b"session-expires" | b"x";
    SipEtag "SIP-ETag" b"sip-etag";
    SipIfMatch "SIP-If-Match" b"sip-if-match";
    Subject "Subject" b"subject" | b"s";
    SubscriptionState "Subscription-State" b"subscription-state";
    Supported "Supported" b"supported" | b"k";
    Timestamp "Timestamp" b"timestamp";
    To "To" b"to" | b"t";
    Unsupported "Unsupported" b"unsupported";
    UserAgent "User-Agent" b"user-agent";
    Via "Via" b"via" | b"v";
    Warning "Warning" b"warning";
    WwwAuthenticate "WWW-Authenticate" b"www-authenticate";
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
