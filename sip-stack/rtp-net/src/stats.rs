//! What can be known about a session while it runs.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::dtls::Standing;

/// Figures of one session, as of the moment they were read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SessionStats {
    /// RTP packets sent.
    pub sent_packets: u64,
    /// Payload bytes sent.
    pub sent_bytes: u64,
    /// RTP packets that could not be sent: no route, a full buffer, no key.
    pub unsent_packets: u64,
    /// RTP packets accepted from the peer.
    pub received_packets: u64,
    /// Payload bytes accepted.
    pub received_bytes: u64,
    /// Packets expected but not received so far, by sequence numbers (RFC 3550 §6.4.1); never negative here.
    pub lost_packets: u64,
    /// Share of packets lost in the last reporting interval, 0.0–1.0.
    pub lost_recently: f32,
    /// Interarrival jitter of what we receive (RFC 3550 §6.4.1).
    pub jitter: Duration,
    /// Round trip by the peer's last report (RFC 3550 §6.4.1, LSR and DLSR).
    pub round_trip: Option<Duration>,
    /// The share of our packets that the peer says it lost recently, 0.0–1.0.
    pub remote_lost_recently: Option<f32>,
    /// The peer's jitter of our packets.
    pub remote_jitter: Option<Duration>,
    /// Datagrams dropped: not RTP, unknown payload type, failed authentication, replay, wrong source.
    pub dropped: u64,
    /// Of those: SRTP authentication failures and replays.
    pub rejected_by_srtp: u64,
    /// Accepted packets that the incoming ring had no room for.
    pub overrun: u64,
    /// RTCP compounds sent.
    pub rtcp_sent: u64,
    /// RTCP compounds accepted.
    pub rtcp_received: u64,
    /// Where we send now; differs from the configuration once latched to the real source.
    pub remote: Option<SocketAddr>,
    /// When the session last began to wait for media: the configuration that turned `receive` on.
    pub receiving_since: Option<Instant>,
    /// When the last valid RTP packet came.
    pub last_received: Option<Instant>,
    /// When RTP last came in a payload type that was not agreed; comfort noise, which nobody has to agree on, is left out.
    pub last_other_codec: Option<Instant>,
    /// When RTP last came that the agreed keys do not open.
    pub last_undecipherable: Option<Instant>,
    /// When the session last began to send: the configuration that turned `send` on.
    pub sending_since: Option<Instant>,
    /// When the last RTP packet left; one that the system refused did not.
    pub last_sent: Option<Instant>,
    /// How far DTLS is.
    pub dtls: Standing,
    /// The peer said BYE by RTCP.
    pub remote_left: bool,
}

impl SessionStats {
    /// How long no audio has come in although the session receives; `None` when nothing is expected (held, not configured).
    pub fn no_audio_for(&self, now: Instant) -> Option<Duration> {
        let since = self.receiving_since?;
        let last = self.last_received.map_or(since, |last| last.max(since));
        Some(now.saturating_duration_since(last))
    }

    /// How long no packet has left although the session sends; `None` when nothing is to be sent.
    pub fn nothing_sent_for(&self, now: Instant) -> Option<Duration> {
        let since = self.sending_since?;
        let last = self.last_sent.map_or(since, |last| last.max(since));
        Some(now.saturating_duration_since(last))
    }

    /// What came since the last packet that could be heard.
    pub fn came_instead(&self) -> Instead {
        let heard = self.receiving_since.max(self.last_received);
        let since = |at: Option<Instant>| at.filter(|at| Some(*at) > heard);
        match (since(self.last_other_codec), since(self.last_undecipherable)) {
            (None, None) => Instead::Nothing,
            (codec, keys) if codec >= keys => Instead::OtherCodec,
            _ => Instead::Undecipherable,
        }
    }
}

/// What comes in the place of sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Instead {
    /// No RTP at all.
    #[default]
    Nothing,
    /// RTP in a payload type that was not agreed.
    OtherCodec,
    /// RTP that the agreed keys do not open.
    Undecipherable,
}

/// Figures that the thread writes and the handle reads.
pub(crate) type SharedStats = Arc<Mutex<SessionStats>>;

/// Figures and handles stay meaningful even if a holder panicked: they are plain values.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
