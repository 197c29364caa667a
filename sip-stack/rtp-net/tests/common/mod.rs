//! What the loopback tests share.
#![allow(dead_code)] // each test file uses its part
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use rtp::header::{self, Header};
use rtp::packet::{InPacket, OutPacket};
use rtp_net::{Packets, RtpNet, Session, SessionConfig, SessionStats, SrtpConfig};

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Looks until the condition gives something; fails after ten seconds.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// One side of a call.
pub struct Side {
    pub net: RtpNet,
    pub session: Session,
    pub rings: Packets,
}

impl Side {
    pub fn open(net: &RtpNet) -> Side {
        let session = net.open(LOOPBACK, None).unwrap();
        let rings = net.rings(session.id).unwrap();
        Side { net: net.clone(), session, rings }
    }

    pub fn send(&mut self, timestamp: u32, payload: &[u8]) {
        let payload = payload.iter().copied().collect();
        self.rings.1.push(OutPacket { payload_type: 8, marker: false, timestamp, payload }).unwrap();
        self.net.wake();
    }

    pub fn receive(&mut self) -> InPacket {
        until("a packet", || self.rings.0.pop().ok())
    }

    pub fn stats(&self) -> SessionStats {
        self.net.stats(self.session.id).unwrap()
    }

    pub fn stats_when(&self, what: &str, condition: impl Fn(&SessionStats) -> bool) -> SessionStats {
        until(what, || Some(self.stats()).filter(|stats| condition(stats)))
    }

    pub fn configure(&self, config: SessionConfig) {
        self.net.configure(self.session.id, config);
    }
}

pub fn plain(remote: SocketAddr, remote_rtcp: SocketAddr) -> SessionConfig {
    SessionConfig {
        remote,
        remote_rtcp,
        srtp: None,
        dtls: None,
        ice: None,
        send: true,
        receive: true,
        payload_types: vec![8, 101],
        clock_hz: 8000,
    }
}

pub fn facing(peer: &Session) -> SessionConfig {
    plain(peer.local, peer.local_rtcp())
}

/// Two sides that face each other, with these keys.
pub fn call(net: &RtpNet, keys: Option<[SrtpConfig; 2]>) -> (Side, Side) {
    let (one, two) = (Side::open(net), Side::open(net));
    let [for_one, for_two] = keys.map_or([None, None], |keys| keys.map(Some));
    one.configure(SessionConfig { srtp: for_one, ..facing(&two.session) });
    two.configure(SessionConfig { srtp: for_two, ..facing(&one.session) });
    for side in [&one, &two] {
        side.stats_when("the configuration", |stats| stats.remote.is_some());
    }
    (one, two)
}

/// A peer that is only a socket.
pub struct Raw(pub UdpSocket);

impl Raw {
    pub fn bind() -> Raw {
        let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Raw(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub fn rtp(&self, to: SocketAddr, ssrc: u32, sequence: u16) {
        self.rtp_of(8, to, ssrc, sequence);
    }

    pub fn rtp_of(&self, payload_type: u8, to: SocketAddr, ssrc: u32, sequence: u16) {
        let timestamp = u32::from(sequence) * 160;
        let mut packet = Vec::new();
        let header = Header { payload_type, marker: false, sequence, timestamp, ssrc };
        header::write(header, &sequence.to_be_bytes(), &mut packet).unwrap();
        self.0.send_to(&packet, to).unwrap();
    }

    pub fn read(&self) -> Vec<u8> {
        let mut buffer = [0; 2048];
        let (length, _) = self.0.recv_from(&mut buffer).unwrap();
        buffer[..length].to_vec()
    }
}
