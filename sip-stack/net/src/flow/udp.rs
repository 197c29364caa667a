//! A UDP socket.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use sip_stack::ua::FlowError;
use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::Receiver;

use super::{FlowEvent, KEEP_ALIVE, Outgoing, Pings, Reporter, mark};

/// Largest payload of a datagram, bytes.
const MAX_DATAGRAM: usize = 65_535;

pub(super) async fn run(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    mut inbox: Receiver<Outgoing>,
) -> Result<(), FlowError> {
    let socket = bound(bind, reporter.remote).await?;
    let local = local_towards(&socket, reporter.remote).await?;
    if !reporter.tell(FlowEvent::Up { local }).await {
        return Ok(());
    }
    let mut pings = Pings::every(Some(KEEP_ALIVE));
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        tokio::select! {
            received = socket.recv_from(&mut buffer) => match received {
                Ok((length, source)) => {
                    if !receive(reporter, &socket, &buffer[..length], source).await {
                        return Ok(());
                    }
                }
                Err(error) if passes(error.kind()) => {}
                Err(_) => return Err(FlowError::Unreachable),
            },
            outgoing = inbox.recv() => match outgoing {
                Some(Outgoing::Message { remote, bytes }) => send(&socket, remote, &bytes).await?,
                Some(Outgoing::KeepAlive(every)) => pings = Pings::every(every),
                None => return Ok(()),
            },
            () = pings.due() => send(&socket, reporter.remote, b"\r\n\r\n").await?,
        }
    }
}

async fn bound(bind: Option<SocketAddr>, remote: SocketAddr) -> Result<UdpSocket, FlowError> {
    let any: IpAddr = if remote.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let address = bind.unwrap_or_else(|| (any, 0).into());
    let socket = UdpSocket::bind(address).await.map_err(|_| FlowError::Local)?;
    mark(&SockRef::from(&socket), remote);
    Ok(socket)
}

/// Our address as the routing table chooses it towards `remote`: a connected socket knows, and sends nothing.
async fn local_towards(socket: &UdpSocket, remote: SocketAddr) -> Result<SocketAddr, FlowError> {
    let own = socket.local_addr().map_err(|_| FlowError::Local)?;
    if !own.ip().is_unspecified() {
        return Ok(own);
    }
    let probe = UdpSocket::bind((own.ip(), 0)).await.map_err(|_| FlowError::Local)?;
    probe.connect(remote).await.map_err(|_| FlowError::Unreachable)?;
    let ip = probe.local_addr().map_err(|_| FlowError::Local)?.ip();
    Ok((ip, own.port()).into())
}

/// Whether the driver still listens.
async fn receive(reporter: &Reporter, socket: &UdpSocket, bytes: &[u8], source: SocketAddr) -> bool {
    match bytes {
        b"\r\n\r\n" => {
            // RFC 5626 §4.4.1: a ping is answered; whether the answer leaves is nobody's concern.
            let _ = socket.try_send_to(b"\r\n", source);
            true
        }
        [] | b"\r\n" | b"\0" | b"\0\0\0\0" => true,
        message => {
            let bytes = Bytes::copy_from_slice(message);
            reporter.tell(FlowEvent::Received { source, bytes }).await
        }
    }
}

async fn send(socket: &UdpSocket, remote: SocketAddr, bytes: &[u8]) -> Result<(), FlowError> {
    match socket.send_to(bytes, remote).await {
        Ok(_) => Ok(()),
        Err(error) if passes(error.kind()) => Ok(()),
        Err(_) => Err(FlowError::Unreachable),
    }
}

/// Errors after which the socket still works: ICMP answers to an earlier datagram, a full queue.
fn passes(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::Interrupted | ErrorKind::WouldBlock
    )
}
