//! One media session inside the thread: what happens to a packet on its way in and out.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rtp::header::{self, Header, Kind};
use rtp::packet::{InPacket, OutPacket, Payload};
use rtp::reception::{Reception, Verdict};
use rtrb::{Consumer, Producer};

use crate::active::Active;
use crate::config::SessionConfig;
use crate::dtls::{DtlsMedia, Identity};
use crate::ice::{Ice, Taken};
use crate::ports::PortPair;
use crate::stats::{SessionStats, SharedStats, lock};
use crate::stream::OutStream;

mod checks;
mod handshake;
mod reports;

use handshake::Early;

/// Datagrams that one socket may bring in a row before others get their turn.
const BATCH: usize = 64;
/// Errors in a batch after which the socket waits for its next readiness.
const MAX_ERRORS: usize = 8;
/// More than any payload that fits the rings, with header, extension and tag.
const DATAGRAM: usize = 2048;
/// RFC 3551 §6: comfort noise has this static payload type; telephones send it unasked in pauses.
const COMFORT_NOISE: u8 = 13;

/// Which socket of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Port {
    Rtp,
    Rtcp,
}

pub(crate) struct MediaSession {
    sockets: PortPair,
    published: SharedStats,
    stats: SessionStats,
    stream: OutStream,
    incoming: Option<Producer<InPacket>>,
    outgoing: Option<Consumer<OutPacket>>,
    active: Option<Active>,
    reception: Option<Reception>,
    /// Packets that sources before the current one lost.
    lost_before: u64,
    report_interval: Duration,
    identity: Option<Identity>,
    /// DTLS that came before the agreement (RFC 5763 §5: the answer may be slower than media).
    early: Vec<Early>,
    /// Where both sides look for the way between them.
    ice: Option<Ice>,
    rng: StdRng,
    scratch: Vec<u8>,
}

impl MediaSession {
    pub fn new(
        sockets: PortPair,
        published: SharedStats,
        report_interval: Duration,
        identity: Option<Identity>,
    ) -> MediaSession {
        let mut rng = StdRng::from_os_rng();
        MediaSession {
            sockets,
            published,
            stats: SessionStats::default(),
            stream: OutStream::new(&mut rng),
            incoming: None,
            outgoing: None,
            active: None,
            reception: None,
            lost_before: 0,
            report_interval,
            identity,
            early: Vec::new(),
            ice: None,
            rng,
            scratch: Vec::new(),
        }
    }

    pub fn socket_mut(&mut self, port: Port) -> &mut UdpSocket {
        match port {
            Port::Rtp => &mut self.sockets.rtp,
            Port::Rtcp => &mut self.sockets.rtcp,
        }
    }

    pub fn set_rings(&mut self, incoming: Producer<InPacket>, outgoing: Consumer<OutPacket>) {
        self.incoming = Some(incoming);
        self.outgoing = Some(outgoing);
    }

    /// Takes what was negotiated. Address and keys that did not change keep their state; keys that cannot be used leave the
    /// session silent, never plain.
    pub fn configure(&mut self, now: Instant, config: SessionConfig) {
        let previous = self.active.take();
        let (received, sent) = previous.as_ref().map_or((false, false), |old| (old.config.receive, old.config.send));
        self.stats.receiving_since = since(now, config.receive, received, self.stats.receiving_since);
        self.stats.sending_since = since(now, config.send, sent, self.stats.sending_since);
        match Active::new(
            now,
            self.report_interval,
            config,
            previous,
            self.identity.as_ref(),
            &mut self.stream,
            &mut self.rng,
        ) {
            Ok(active) => self.active = Some(active),
            Err(error) => tracing::error!(%error, "SRTP keys cannot be used"),
        }
        self.agree_on_ice(now);
        self.take_early(now);
        self.publish();
    }

    /// Reads what has arrived; false when more may be waiting.
    pub fn read(&mut self, port: Port) -> bool {
        let mut buffer = [0; DATAGRAM];
        let mut drained = false;
        let mut errors = 0;
        for _ in 0..BATCH {
            match self.socket_mut(port).recv_from(&mut buffer) {
                Ok((length, from)) => self.datagram(Instant::now(), port, from, &buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    drained = true;
                    break;
                }
                // Windows reports a peer's ICMP answer to an earlier send here; the socket goes on.
                Err(error) if errors < MAX_ERRORS => {
                    errors += 1;
                    tracing::trace!(%error, "a media socket reported an error");
                }
                Err(_) => {
                    drained = true;
                    break;
                }
            }
        }
        self.publish();
        drained
    }

    /// Sends what the voice thread has put into the ring.
    pub fn send_waiting(&mut self) {
        let mut any = false;
        while let Some(packet) = self.outgoing.as_mut().and_then(|ring| ring.pop().ok()) {
            self.send(Instant::now(), &packet);
            any = true;
        }
        if any {
            self.publish();
        }
    }

    fn datagram(&mut self, now: Instant, port: Port, from: SocketAddr, datagram: &[u8]) {
        match self.look_for_ice(now, port, from, datagram) {
            Taken::Ours => {}
            Taken::Media { from, bytes } => self.media(now, port, from, &bytes),
            Taken::Passed => self.media(now, port, from, datagram),
        }
    }

    fn media(&mut self, now: Instant, port: Port, from: SocketAddr, datagram: &[u8]) {
        let accepted = match (header::classify(datagram), port) {
            (Kind::Rtp, Port::Rtp) => self.receive_rtp(now, from, datagram),
            (Kind::Rtcp, _) => self.receive_rtcp(now, from, datagram),
            (Kind::Dtls, _) => self.receive_dtls(now, port, from, datagram),
            _ => false,
        };
        self.stats.dropped += u64::from(!accepted);
    }

    fn receive_rtp(&mut self, now: Instant, from: SocketAddr, datagram: &[u8]) -> bool {
        let Some(active) = self.active.as_mut() else { return false };
        let opened;
        let packet = match active.open_rtp(datagram) {
            None => datagram,
            Some(Ok(plain)) => {
                opened = plain;
                &opened
            }
            Some(Err(_)) => {
                self.stats.rejected_by_srtp += 1;
                self.stats.last_undecipherable = Some(now);
                return false;
            }
        };
        let Ok((header, payload)) = header::parse(packet) else { return false };
        let Ok(payload) = Payload::try_from(payload) else { return false };
        if !active.allows(header.payload_type) {
            if header.payload_type != COMFORT_NOISE {
                self.stats.last_other_codec = Some(now);
            }
            return false;
        }
        // Whoever proved by ICE to be the peer is believed, and nobody else is.
        let proven = self.ice.as_ref().filter(|ice| ice.is_agreed()).map(|ice| ice.knows(from));
        if proven == Some(false) || !active.latch.accept(now, from, &header, active.is_secure() || proven.is_some()) {
            return false;
        }
        if !self.account(now, &header, payload.len()) {
            return false;
        }
        self.hand_over(now, header, payload);
        true
    }

    fn account(&mut self, now: Instant, header: &Header, length: usize) -> bool {
        let clock_hz = self.active.as_ref().map_or(1, |active| active.config.clock_hz);
        if self.reception.as_ref().is_none_or(|reception| reception.ssrc() != header.ssrc) {
            self.lost_before = self.stats.lost_packets;
            let mut fresh = Reception::new(header, clock_hz);
            fresh.prove(); // the latch has judged the source
            self.reception = Some(fresh);
        }
        let Some(reception) = self.reception.as_mut() else { return false };
        if reception.receive(now, header) != Verdict::Valid {
            return false;
        }
        self.stats.received_packets += 1;
        self.stats.received_bytes += length as u64;
        self.stats.lost_packets = self.lost_before + u64::try_from(reception.lost()).unwrap_or(0);
        self.stats.jitter = reception.jitter();
        self.stats.last_received = Some(now);
        self.stats.remote_left = false;
        true
    }

    fn hand_over(&mut self, arrival: Instant, header: Header, payload: Payload) {
        if !self.active.as_ref().is_some_and(|active| active.config.receive) {
            return;
        }
        let packet = InPacket {
            arrival,
            payload_type: header.payload_type,
            marker: header.marker,
            sequence: header.sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            payload,
        };
        let taken = self.incoming.as_mut().is_some_and(|ring| ring.push(packet).is_ok());
        self.stats.overrun += u64::from(!taken);
    }

    fn send(&mut self, now: Instant, packet: &OutPacket) {
        let Some(active) = self.active.as_mut().filter(|active| active.config.send) else { return };
        let header = self.stream.next_header(now, packet);
        if header::write(header, &packet.payload, &mut self.scratch).is_err() {
            return tracing::warn!(packet.payload_type, "a payload type that does not fit");
        }
        let sent = active.protect_rtp(&self.scratch).is_ok_and(|bytes| {
            let bytes = bytes.as_deref().unwrap_or(&self.scratch);
            send_by(now, &self.sockets, &mut self.ice, Port::Rtp, bytes, active.latch.current())
        });
        if !sent {
            self.stats.unsent_packets += 1;
        } else {
            active.sent_since_report = true;
            self.stats.last_sent = Some(now);
            self.stats.sent_packets += 1;
            self.stats.sent_bytes += packet.payload.len() as u64;
        }
    }

    fn publish(&mut self) {
        let found = self.ice.as_ref().and_then(Ice::destination);
        self.stats.remote = self.active.as_ref().map(|active| found.unwrap_or(active.latch.current()));
        let dtls = self.active.as_ref().and_then(|active| active.dtls.as_ref());
        self.stats.dtls = dtls.map(DtlsMedia::standing).unwrap_or_default();
        *lock(&self.published) = self.stats;
    }
}

/// Since when a direction is on, given whether it is and was.
fn since(now: Instant, on: bool, was: bool, before: Option<Instant>) -> Option<Instant> {
    if on && was { before } else { on.then_some(now) }
}

/// Sends the way that ICE found, where both sides look for one, and else to this address.
fn send_by(now: Instant, sockets: &PortPair, ice: &mut Option<Ice>, port: Port, bytes: &[u8], to: SocketAddr) -> bool {
    match (ice.as_mut().filter(|ice| ice.is_agreed()), port) {
        (Some(ice), _) => ice.send(now, bytes) && checks::flush(sockets, ice),
        (None, Port::Rtp) => send_to(&sockets.rtp, bytes, to),
        (None, Port::Rtcp) => send_to(&sockets.rtcp, bytes, to),
    }
}

/// True when the datagram left. A full socket buffer or a dead route loses the packet, as the network would.
fn send_to(socket: &UdpSocket, bytes: &[u8], to: SocketAddr) -> bool {
    // RFC 3264 §8.4: an old way to hold is the address 0.0.0.0.
    if to.port() == 0 || to.ip().is_unspecified() {
        return false;
    }
    match socket.send_to(bytes, to) {
        Ok(_) => true,
        Err(error) => {
            tracing::trace!(%error, "a media packet was not sent");
            false
        }
    }
}
