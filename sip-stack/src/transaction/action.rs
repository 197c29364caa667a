//! What the transactions tell and ask for.

use bytes::Bytes;

use crate::message::{Request, Response};
use crate::transport::Hop;

/// Names a transaction; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TxId(pub(super) u64);

/// What the layer asks for or tells, in order.
#[derive(Debug)]
pub enum Action {
    /// Send these bytes.
    Transmit {
        /// Where to.
        hop: Hop,
        /// A whole message.
        bytes: Bytes,
    },
    /// A response for a client transaction; no copies except 2xx of INVITE.
    Response {
        /// The client transaction.
        tx: TxId,
        /// The response.
        response: Response,
    },
    /// A new request with its server transaction. The topmost Via is stamped. An INVITE waits for its 100.
    Request {
        /// The server transaction.
        tx: TxId,
        /// The request.
        request: Request,
        /// Where it came from.
        hop: Hop,
    },
    /// An OPTIONS outside of any dialog. It gets no transaction (RFC 3261 §8.2.7), so that many of them take no memory; copies
    /// come again. The topmost Via is stamped.
    Question {
        /// The OPTIONS.
        request: Request,
        /// Where its answer goes.
        hop: Hop,
    },
    /// An ACK that belongs to no failure: of a 2xx, or stray.
    Ack {
        /// The ACK.
        request: Request,
    },
    /// A CANCEL, answered by the layer; `invite` is still without a final response.
    Cancel {
        /// The server transaction of the INVITE.
        invite: TxId,
        /// The CANCEL, for its Reason.
        request: Request,
    },
    /// Timer B, F or H: nothing came; or the stream that it waited on is gone.
    TimedOut {
        /// The transaction; it is gone.
        tx: TxId,
        /// The flow was lost.
        flow_lost: bool,
    },
    /// The transaction is gone in order.
    Done {
        /// The transaction.
        tx: TxId,
    },
    /// A message that matches nothing; dropped, for the counters.
    Stray,
    /// A request beyond the limit; dropped, for the counters.
    OverLimit,
}
