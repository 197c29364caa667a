//! Pairs of ports: even for RTP, the next for RTCP (RFC 3550 §11).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;

use mio::net::UdpSocket;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use socket2::SockRef;

/// How often the system is asked for an ephemeral port whose neighbour is free too.
const EPHEMERAL_ATTEMPTS: usize = 64;

/// No session could be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Every pair of the range is taken.
    #[error("no free pair of ports between {first} and {last}")]
    NoFreePorts {
        /// First port of the range.
        first: u16,
        /// Last port of the range.
        last: u16,
    },
    /// The address is not ours, or sockets ran out.
    #[error("no media socket on {address}: {source}")]
    Bind {
        /// What we tried to bind.
        address: IpAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The media thread is gone.
    #[error("the media thread ended")]
    Stopped,
}

/// Two bound, non-blocking sockets.
#[derive(Debug)]
pub(crate) struct PortPair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub local: SocketAddr,
}

/// Binds a pair from the range (from a random place on, so that calls in a row do not meet each other's late packets) or
/// an ephemeral one.
pub(crate) fn bind_pair(address: IpAddr, ports: Option<RangeInclusive<u16>>) -> Result<PortPair, OpenError> {
    // Others are told to send there.
    UdpSocket::bind(SocketAddr::new(address, 0)).map_err(|source| OpenError::Bind { address, source })?;
    match ports {
        Some(range) => from_range(address, range),
        None => ephemeral(address),
    }
}

fn from_range(address: IpAddr, range: RangeInclusive<u16>) -> Result<PortPair, OpenError> {
    let (first, last) = (*range.start(), *range.end());
    let full = OpenError::NoFreePorts { first, last };
    let even: Vec<u16> = range.filter(|port| port % 2 == 0 && *port > 0 && *port < last).collect();
    if even.is_empty() {
        return Err(full);
    }
    let start = StdRng::from_os_rng().random_range(0..even.len());
    for port in even.iter().cycle().skip(start).take(even.len()) {
        match pair_at(address, *port) {
            Ok(pair) => return Ok(pair),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(source) => return Err(OpenError::Bind { address, source }),
        }
    }
    Err(full)
}

fn ephemeral(address: IpAddr) -> Result<PortPair, OpenError> {
    let bind_error = |source| OpenError::Bind { address, source };
    let mut last_error = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..EPHEMERAL_ATTEMPTS {
        let probe = UdpSocket::bind(SocketAddr::new(bound_to(address), 0)).map_err(bind_error)?;
        let port = probe.local_addr().map_err(bind_error)?.port();
        drop(probe);
        match pair_at(address, port & !1) {
            Ok(pair) => return Ok(pair),
            Err(error) => last_error = error,
        }
    }
    Err(bind_error(last_error))
}

fn pair_at(address: IpAddr, even: u16) -> io::Result<PortPair> {
    let rtp = UdpSocket::bind(SocketAddr::new(bound_to(address), even))?;
    let rtcp = UdpSocket::bind(SocketAddr::new(bound_to(address), even + 1))?;
    for socket in [&rtp, &rtcp] {
        mark(socket, address);
    }
    let local = SocketAddr::new(address, rtp.local_addr()?.port());
    Ok(PortPair { rtp, rtcp, local })
}

/// Voice goes before everything else where routers look at it: Expedited Forwarding (RFC 3246, RFC 4594 §4.1), whose code
/// point 46 stands above two bits of its byte. Windows sends it only where its policy says so.
fn mark(socket: &UdpSocket, address: IpAddr) {
    const EXPEDITED: u32 = 46 << 2;
    let socket = SockRef::from(socket);
    let marked = match address {
        IpAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        #[cfg(unix)]
        IpAddr::V6(_) => socket.set_tclass_v6(EXPEDITED),
        #[cfg(not(unix))]
        IpAddr::V6(_) => Ok(()),
    };
    if let Err(error) = marked {
        tracing::debug!(%error, "voice goes unmarked");
    }
}

/// All addresses of the family, so that the sockets outlive a change of network; what was on loopback stays on this machine.
fn bound_to(address: IpAddr) -> IpAddr {
    match address {
        here if here.is_loopback() => here,
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}
