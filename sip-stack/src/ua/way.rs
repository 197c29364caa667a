//! How a request reaches its next hop.

use std::net::SocketAddr;

use crate::transport::{Hop, SentBy};

/// How a request reaches its next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Flow and address.
    pub hop: Hop,
    /// Our address there.
    pub local: SocketAddr,
    /// What the Via says of it.
    pub sent_by: SentBy,
}
