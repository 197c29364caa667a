//! The handle that other threads hold.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};
use rtp::packet::{InPacket, OutPacket};
use rtp::rtcp::MEAN_INTERVAL;
use rtrb::{Consumer, Producer, RingBuffer};

use crate::config::SessionConfig;
use crate::dtls::{Fingerprint, Identity};
use crate::ice::{IceParameters, IceServers};
use crate::order::{Command, SessionId, WAKE};
use crate::ports::{self, OpenError};
use crate::stats::{SessionStats, SharedStats, lock};
use crate::thread;

/// Packets that each ring holds: 2.5 s of incoming and 1.2 s of outgoing audio at 20 ms.
const INCOMING_SLOTS: usize = 128;
const OUTGOING_SLOTS: usize = 64;

/// An open pair of ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// How to speak of it.
    pub id: SessionId,
    /// Where RTP is received; RTCP is on the next port up (RFC 3550 §11).
    pub local: SocketAddr,
}

impl Session {
    /// Where RTCP is received.
    pub fn local_rtcp(&self) -> SocketAddr {
        SocketAddr::new(self.local.ip(), self.local.port() + 1)
    }
}

/// The voice thread's ends of a session's rings: packets to play, packets to send.
pub type Packets = (Consumer<InPacket>, Producer<OutPacket>);

/// The thread could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The system gave no poller, waker or thread.
    #[error("the media thread did not start: {0}")]
    Io(#[from] io::Error),
}

/// The handle of the media thread; clones share it, and the last one dropped ends the thread and closes every session.
#[derive(Clone)]
pub struct RtpNet {
    inner: Arc<Inner>,
}

struct Inner {
    commands: Sender<Command>,
    identity: Option<Identity>,
    waker: Arc<Waker>,
    next_id: AtomicU64,
    stats: Mutex<BTreeMap<SessionId, SharedStats>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl RtpNet {
    /// Starts the thread `rtp`.
    ///
    /// # Errors
    /// When the system gives no poller or thread.
    pub fn start() -> Result<RtpNet, StartError> {
        RtpNet::start_reporting_every(MEAN_INTERVAL)
    }

    /// As [`RtpNet::start`], with RTCP reports every `report_interval` in the mean (RFC 3550 §6.2 allows less than 5 s where
    /// bandwidth is plenty).
    ///
    /// # Errors
    /// As [`RtpNet::start`].
    pub fn start_reporting_every(report_interval: Duration) -> Result<RtpNet, StartError> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        let (commands, inbox) = channel();
        let identity = Identity::make().inspect_err(|error| tracing::error!(%error, "no DTLS")).ok();
        let thread = thread::spawn(poll, inbox, report_interval, identity.clone())?;
        let inner = Inner {
            commands,
            identity,
            waker,
            next_id: AtomicU64::new(1),
            stats: Mutex::default(),
            thread: Mutex::new(Some(thread)),
        };
        Ok(RtpNet { inner: Arc::new(inner) })
    }

    /// Of the certificate that DTLS shows; `None` if the machine gave none, and then there is no DTLS.
    pub fn fingerprint(&self) -> Option<&Fingerprint> {
        self.inner.identity.as_ref().map(Identity::fingerprint)
    }

    /// Binds an even port for RTP and the next for RTCP (RFC 3550 §11), from `ports` or wherever the system has room.
    ///
    /// # Errors
    /// When nothing is free or the address is not ours.
    pub fn open(&self, bind: IpAddr, ports: Option<RangeInclusive<u16>>) -> Result<Session, OpenError> {
        let sockets = ports::bind_pair(bind, ports)?;
        let id = SessionId::from_number(self.inner.next_id.fetch_add(1, Ordering::Relaxed));
        let local = sockets.local;
        let stats = SharedStats::default();
        lock(&self.inner.stats).insert(id, Arc::clone(&stats));
        if self.tell(Command::Add { id, sockets, stats }) {
            Ok(Session { id, local })
        } else {
            lock(&self.inner.stats).remove(&id);
            Err(OpenError::Stopped)
        }
    }

    /// Finds the addresses at which a session may be reached by ICE; `told` gets them on the media thread, within 1.5 s. Servers that
    /// do not answer cost their addresses only. Unknown ids are ignored.
    pub fn gather(&self, id: SessionId, servers: IceServers, told: impl FnOnce(IceParameters) + Send + 'static) {
        self.tell(Command::Gather { id, servers, told: Box::new(told) });
    }

    /// Tells a session what was negotiated; unknown ids are ignored (the call may have ended meanwhile).
    pub fn configure(&self, id: SessionId, config: SessionConfig) {
        self.tell(Command::Configure { id, config: Box::new(config) });
    }

    /// Makes a fresh pair of rings and gives the voice thread's ends. Earlier ends of the session go dead.
    /// `None` when the session is not open.
    pub fn rings(&self, id: SessionId) -> Option<Packets> {
        if !lock(&self.inner.stats).contains_key(&id) {
            return None;
        }
        let (incoming, to_voice) = RingBuffer::new(INCOMING_SLOTS);
        let (from_voice, outgoing) = RingBuffer::new(OUTGOING_SLOTS);
        self.tell(Command::Rings { id, incoming, outgoing }).then_some((to_voice, from_voice))
    }

    /// Makes the thread look at the outgoing rings: call after pushing packets. One small system call, never blocks.
    pub fn wake(&self) {
        wake(&self.inner.waker);
    }

    /// [`RtpNet::wake`] as a value that does not keep the thread alive.
    pub fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        let waker = Arc::clone(&self.inner.waker);
        Arc::new(move || wake(&waker))
    }

    /// Figures of a session; `None` when it is not open.
    pub fn stats(&self, id: SessionId) -> Option<SessionStats> {
        let stats = lock(&self.inner.stats).get(&id).cloned()?;
        let figures = *lock(&stats);
        Some(figures)
    }

    /// Says BYE by RTCP to a configured peer, and frees ports, keys and rings. Closing twice does nothing.
    /// Returns the session's last figures as far as they were known.
    pub fn close(&self, id: SessionId) -> Option<SessionStats> {
        let stats = lock(&self.inner.stats).remove(&id)?;
        self.tell(Command::Close { id });
        let figures = *lock(&stats);
        Some(figures)
    }

    fn tell(&self, command: Command) -> bool {
        let told = self.inner.commands.send(command).is_ok();
        self.wake();
        told
    }
}

impl fmt::Debug for RtpNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtpNet").field("sessions", &lock(&self.inner.stats).len()).finish()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The thread may have ended by itself; then there is nobody left to tell.
        let _ = self.commands.send(Command::Stop);
        wake(&self.waker);
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

fn wake(waker: &Waker) {
    if let Err(error) = waker.wake() {
        tracing::warn!(%error, "the media thread could not be woken");
    }
}
