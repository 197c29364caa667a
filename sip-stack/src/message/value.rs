//! What can be wrong with a header value.

use super::header_name::HeaderName;

/// Why a piece of text is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum ValueError {
    /// Not an RFC 3261 token.
    #[error("not a token")]
    Token,
    /// A number is missing, has a sign, or is out of its range.
    #[error("not a number in range")]
    Number,
    /// A quoted string never closes, or more follows it.
    #[error("quoted string is not closed")]
    Quote,
    /// An `<…>` is missing its end, or stands where it may not.
    #[error("angle brackets do not match")]
    Bracket,
    /// A parameter is empty or malformed.
    #[error("malformed parameter")]
    Parameter,
    /// The URI's scheme is missing or malformed.
    #[error("malformed URI scheme")]
    Scheme,
    /// User part or the rest of a URI holds characters that it may not hold.
    #[error("malformed URI")]
    Uri,
    /// Neither a name nor an address.
    #[error("malformed host")]
    Host,
    /// Port is not 0 to 65535.
    #[error("malformed port")]
    Port,
    /// Via does not say `SIP/2.0/transport`.
    #[error("malformed sent-protocol")]
    Protocol,
    /// Nothing where something must be.
    #[error("empty value")]
    Empty,
    /// More elements than the limit.
    #[error("too many elements")]
    TooMany,
    /// Text that is not UTF-8 where only ASCII may be.
    #[error("not UTF-8")]
    Encoding,
}

/// A header that a caller needs is missing or cannot be read. Other headers are not touched by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// It is not there.
    #[error("{0} is missing")]
    Missing(HeaderName),
    /// It is there more than once, although RFC 3261 Table 2 allows one.
    #[error("{0} stands more than once")]
    Repeated(HeaderName),
    /// It is there, and wrong.
    #[error("{0}: {1}")]
    Malformed(HeaderName, ValueError),
}

impl HeaderError {
    /// The header it is about.
    pub fn name(&self) -> &HeaderName {
        match self {
            Self::Missing(name) | Self::Repeated(name) | Self::Malformed(name, _) => name,
        }
    }
}
