//! The thread `rtp`.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::{Builder, JoinHandle};

use mio::{Events, Poll};

use crate::net::{Command, SessionId};
use crate::ports::PortPair;

/// Starts the thread. It ends on [`Command::Stop`] or when every handle is gone.
pub(crate) fn spawn(poll: Poll, inbox: Receiver<Command>) -> io::Result<JoinHandle<()>> {
    Builder::new().name("rtp".into()).spawn(move || Loop { poll, inbox, sessions: BTreeMap::new() }.run())
}

struct Loop {
    poll: Poll,
    inbox: Receiver<Command>,
    sessions: BTreeMap<SessionId, PortPair>,
}

impl Loop {
    fn run(mut self) {
        let mut events = Events::with_capacity(64);
        while self.obey() {
            match self.poll.poll(&mut events, None) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return tracing::error!(%error, "the media poller failed"),
            }
        }
    }

    /// Takes every waiting command; false when the thread is to end.
    fn obey(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add { id, sockets, .. }) => drop(self.sessions.insert(id, sockets)),
                Ok(Command::Close { id }) => drop(self.sessions.remove(&id)),
                Ok(Command::Configure { .. } | Command::Rings { .. }) => {}
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }
}
