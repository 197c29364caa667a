//! How a request reaches its next hop.

use std::net::SocketAddr;

use crate::transport::Hop;

/// How a request reaches its next hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// Flow and address.
    pub hop: Hop,
    /// Our address there: sent-by of the Via.
    pub local: SocketAddr,
}
