//! The thread `rtp`: one poll over every socket, the commands, and the outgoing rings.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::clock::NtpClock;
use crate::dtls::Identity;
use crate::order::{Command, SessionId, WAKE};
use crate::ports::PortPair;
use crate::session::{MediaSession, Port};
use crate::stats::SharedStats;

/// Starts the thread. It ends on [`Command::Stop`] or when every handle is gone.
pub(crate) fn spawn(
    poll: Poll,
    inbox: Receiver<Command>,
    report_interval: Duration,
    identity: Option<Identity>,
) -> io::Result<JoinHandle<()>> {
    let turns = Loop { poll, inbox, sessions: BTreeMap::new(), unread: BTreeSet::new(), report_interval, identity };
    Builder::new().name("rtp".into()).spawn(move || turns.run())
}

struct Loop {
    poll: Poll,
    inbox: Receiver<Command>,
    sessions: BTreeMap<SessionId, MediaSession>,
    /// Sockets that were read for a whole batch and may hold more: readiness is told once only.
    unread: BTreeSet<(SessionId, Port)>,
    report_interval: Duration,
    identity: Option<Identity>,
}

impl Loop {
    fn run(mut self) {
        let mut events = Events::with_capacity(256);
        loop {
            let patience = self.patience();
            match self.poll.poll(&mut events, patience) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::error!(%error, "the media poller failed");
                    break;
                }
            }
            self.unread.extend(events.iter().filter_map(|event| socket_of(event.token())));
            if !self.obey() {
                break;
            }
            self.read();
            self.write();
        }
        self.end();
    }

    /// Takes every waiting command; false when the thread is to end.
    fn obey(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Command::Add { id, sockets, stats }) => self.add(id, sockets, stats),
                Ok(Command::Configure { id, config }) => {
                    self.with(id, |session| session.configure(Instant::now(), *config))
                }
                Ok(Command::Rings { id, incoming, outgoing }) => {
                    self.with(id, |session| session.set_rings(incoming, outgoing));
                }
                Ok(Command::Gather { id, servers, told }) => {
                    self.with(id, |session| session.gather(Instant::now(), &servers, told));
                }
                Ok(Command::Close { id }) => self.close(id),
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    fn with(&mut self, id: SessionId, act: impl FnOnce(&mut MediaSession)) {
        if let Some(session) = self.sessions.get_mut(&id) {
            act(session);
        }
    }

    fn add(&mut self, id: SessionId, sockets: PortPair, stats: SharedStats) {
        let mut session = MediaSession::new(sockets, stats, self.report_interval, self.identity.clone());
        for port in [Port::Rtp, Port::Rtcp] {
            let registered =
                self.poll.registry().register(session.socket_mut(port), token_of(id, port), Interest::READABLE);
            if let Err(error) = registered {
                tracing::error!(%error, "a media socket cannot be polled");
            }
        }
        self.sessions.insert(id, session);
    }

    fn close(&mut self, id: SessionId) {
        let Some(mut session) = self.sessions.remove(&id) else { return };
        session.send_waiting();
        session.say_bye(Instant::now(), NtpClock::process());
        session.close_handshake(Instant::now());
        session.leave_ice(Instant::now());
        for port in [Port::Rtp, Port::Rtcp] {
            // A socket that could not be registered has nothing to undo.
            let _ = self.poll.registry().deregister(session.socket_mut(port));
        }
        self.unread.retain(|(unread, _)| *unread != id);
    }

    /// How long to sleep: until the next report, not at all while a socket may hold more.
    fn patience(&mut self) -> Option<Duration> {
        if !self.unread.is_empty() {
            return Some(Duration::ZERO);
        }
        let due = self.sessions.values_mut().filter_map(MediaSession::deadline).min()?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    fn read(&mut self) {
        let sessions = &mut self.sessions;
        self.unread.retain(|(id, port)| sessions.get_mut(id).is_some_and(|session| !session.read(*port)));
    }

    fn write(&mut self) {
        let now = Instant::now();
        for session in self.sessions.values_mut() {
            session.send_waiting();
            session.ice_if_due(now);
            session.handshake_if_due(now);
            session.report_if_due(now, NtpClock::process());
        }
    }

    fn end(&mut self) {
        while let Some((id, _)) = self.sessions.first_key_value() {
            self.close(*id);
        }
    }
}

/// Two tokens for each session; token 0 is the waker's and session ids begin with 1.
fn token_of(id: SessionId, port: Port) -> Token {
    Token(id.number() as usize * 2 + usize::from(port == Port::Rtcp))
}

fn socket_of(token: Token) -> Option<(SessionId, Port)> {
    let port = if token.0 % 2 == 1 { Port::Rtcp } else { Port::Rtp };
    (token != WAKE).then_some((SessionId::from_number(token.0 as u64 / 2), port))
}
