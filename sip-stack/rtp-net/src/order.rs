//! What crosses from the handle to the thread `rtp`.

use mio::Token;
use rtp::packet::{InPacket, OutPacket};
use rtrb::{Consumer, Producer};

use crate::config::SessionConfig;
use crate::ice::{IceServers, Told};
use crate::ports::PortPair;
use crate::stats::SharedStats;

pub(crate) const WAKE: Token = Token(0);

/// One media session; ids are never used twice in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u64);

impl SessionId {
    pub(crate) const fn number(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_number(number: u64) -> SessionId {
        SessionId(number)
    }
}

pub(crate) enum Command {
    Add { id: SessionId, sockets: PortPair, stats: SharedStats },
    Configure { id: SessionId, config: Box<SessionConfig> },
    Rings { id: SessionId, incoming: Producer<InPacket>, outgoing: Consumer<OutPacket> },
    Gather { id: SessionId, servers: IceServers, told: Told },
    Close { id: SessionId },
    Stop,
}
