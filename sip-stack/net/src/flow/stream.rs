//! A TCP connection, plain or under TLS.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use sip_stack::message::framer::{Framed, StreamFramer};
use sip_stack::ua::FlowError;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::pulse::{PACE, Pace, Pulse, until};
use super::{CONNECT_LIMIT, FlowEvent, Outgoing, Peer, Pings, Reporter, mark};
use crate::tls;

pub(super) async fn run_tcp(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    inbox: Receiver<Outgoing>,
) -> Result<(), FlowError> {
    let stream = connect(bind, reporter.remote).await?;
    let local = stream.local_addr().map_err(|_| FlowError::Unreachable)?;
    carry(reporter, local, stream, inbox, PACE).await
}

pub(super) async fn run_tls(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    inbox: Receiver<Outgoing>,
    peer: &Peer,
) -> Result<(), FlowError> {
    let config = tls_config(peer, reporter.remote)?;
    let stream = connect(bind, reporter.remote).await?;
    let local = stream.local_addr().map_err(|_| FlowError::Unreachable)?;
    let stream = handshake(config, &peer.name, stream).await?;
    carry(reporter, local, stream, inbox, PACE).await
}

pub(super) fn tls_config(peer: &Peer, remote: SocketAddr) -> Result<ClientConfig, FlowError> {
    tls::client_config(&peer.tls, remote.ip()).map_err(|error| {
        tracing::warn!(%error, "TLS cannot be set up");
        error.into()
    })
}

/// Speaks TLS with who bears this name.
pub(super) async fn handshake(
    config: ClientConfig,
    name: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, FlowError> {
    let name = ServerName::try_from(name.to_owned()).map_err(|_| FlowError::Tls)?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    timeout(CONNECT_LIMIT, handshake).await.map_err(|_| FlowError::Timeout)?.map_err(|error| {
        tracing::warn!(%error, "the TLS handshake failed");
        match tls::fault(&error) {
            FlowError::OwnCertificate => FlowError::OwnCertificate,
            _ => FlowError::Tls,
        }
    })
}

pub(super) async fn connect(bind: Option<SocketAddr>, remote: SocketAddr) -> Result<TcpStream, FlowError> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|_| FlowError::Local)?;
    mark(&SockRef::from(&socket), remote);
    if let Some(bind) = bind {
        socket.bind(bind).map_err(|_| FlowError::Local)?;
    }
    let stream = match timeout(CONNECT_LIMIT, socket.connect(remote)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) if error.kind() == ErrorKind::TimedOut => return Err(FlowError::Timeout),
        Ok(Err(_)) => return Err(FlowError::Unreachable),
        Err(_) => return Err(FlowError::Timeout),
    };
    stream.set_nodelay(true).map_err(|_| FlowError::Unreachable)?;
    Ok(stream)
}

/// Reads and writes until the peer or the driver ends it. Writing has a task of its own: a peer that reads slowly must
/// not keep us from hearing it.
async fn carry<S>(
    reporter: &Reporter,
    local: SocketAddr,
    stream: S,
    inbox: Receiver<Outgoing>,
    pace: Pace,
) -> Result<(), FlowError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    if !reporter.tell(FlowEvent::Up { local }).await {
        return Ok(());
    }
    let (reader, writer) = tokio::io::split(stream);
    // Answers of the reader; one may wait, more would be a flood.
    let (say, said) = channel(1);
    let pulse = Pulse::default();
    tokio::select! {
        ended = read(reporter, reader, say, &pulse) => ended,
        ended = write(writer, inbox, said, &pulse, pace) => ended,
    }
}

/// What the reader answers by itself.
enum Said {
    Pong,
    /// The answer to a message whose end cannot be known; the connection ends with it (RFC 3261 §18.3).
    LastWord(Bytes),
}

async fn read<R: AsyncRead + Unpin>(
    reporter: &Reporter,
    mut reader: R,
    say: Sender<Said>,
    pulse: &Pulse,
) -> Result<(), FlowError> {
    let mut framer = StreamFramer::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = reader.read(&mut buffer).await.map_err(|error| tls::fault(&error))?;
        if length == 0 {
            return Err(FlowError::Closed);
        }
        pulse.beat();
        framer.feed(&buffer[..length]);
        loop {
            let event = match framer.take() {
                Ok(None) => break,
                Ok(Some(Framed::Message(bytes))) => FlowEvent::Received { source: reporter.remote, bytes },
                Ok(Some(Framed::Ping)) => {
                    // One answer already waits: that one serves.
                    let _ = say.try_send(Said::Pong);
                    continue;
                }
                Ok(Some(Framed::Pong)) => {
                    pulse.answers();
                    continue;
                }
                Err(error) => {
                    tracing::warn!(kind = ?error.kind, "the stream carries no SIP");
                    if let Some(reply) = error.reply
                        && say.send(Said::LastWord(reply.print())).await.is_ok()
                    {
                        // The writer ends the connection as soon as the answer has left.
                        let _ = timeout(CONNECT_LIMIT, say.closed()).await;
                    }
                    return Err(FlowError::Framing);
                }
            };
            if !reporter.tell(event).await {
                return Ok(());
            }
        }
    }
}

async fn write<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut inbox: Receiver<Outgoing>,
    mut said: Receiver<Said>,
    pulse: &Pulse,
    pace: Pace,
) -> Result<(), FlowError> {
    let mut pings = Pings::every(Some(pace.ping));
    let mut owed = None;
    loop {
        let bytes = tokio::select! {
            outgoing = inbox.recv() => match outgoing {
                Some(Outgoing::Message { bytes, .. }) => bytes,
                Some(Outgoing::KeepAlive(every)) => {
                    pings = Pings::every(every);
                    continue;
                }
                None => {
                    // The driver closed the flow and everything queued has left.
                    let _ = writer.shutdown().await;
                    return Ok(());
                }
            },
            Some(said) = said.recv() => match said {
                Said::Pong => Bytes::from_static(b"\r\n"),
                Said::LastWord(reply) => {
                    // Whether it arrives changes nothing here.
                    let _ = writer.write_all(&reply).await;
                    let _ = writer.shutdown().await;
                    return Err(FlowError::Framing);
                }
            },
            () = pings.due() => {
                owed = pulse.owes(Instant::now() + pace.pong);
                Bytes::from_static(b"\r\n\r\n")
            }
            () = until(owed) => match owed.take() {
                Some(owed) if pulse.has_stopped(owed) => return Err(FlowError::Timeout),
                _ => continue,
            },
        };
        writer.write_all(&bytes).await.map_err(|error| tls::fault(&error))?;
        writer.flush().await.map_err(|error| tls::fault(&error))?;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::DuplexStream;
    use tokio::task::JoinHandle;

    use super::super::FlowReport;
    use super::*;
    use sip_stack::ua::FlowId;

    const QUICK: Pace = Pace { ping: Duration::from_millis(5), pong: Duration::from_millis(5) };

    /// A flow over a pipe, and how it ends.
    fn flow() -> (DuplexStream, Sender<Outgoing>, JoinHandle<Result<(), FlowError>>) {
        flow_at(QUICK)
    }

    fn flow_at(pace: Pace) -> (DuplexStream, Sender<Outgoing>, JoinHandle<Result<(), FlowError>>) {
        let (ours, theirs) = tokio::io::duplex(4096);
        let (queue, inbox) = channel(1);
        let (out, mut reports) = channel::<FlowReport>(8);
        tokio::spawn(async move { while reports.recv().await.is_some() {} });
        let remote: SocketAddr = "10.0.0.9:5060".parse().unwrap();
        let reporter = Reporter { flow: FlowId(1), remote, out };
        let task = tokio::spawn(async move { carry(&reporter, remote, ours, inbox, pace).await });
        (theirs, queue, task)
    }

    async fn ping(peer: &mut DuplexStream) {
        let mut said = [0; 4];
        peer.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"\r\n\r\n");
    }

    #[tokio::test]
    async fn rfc5626_4_4_1_a_flow_whose_pongs_stay_away_is_dead() {
        let (mut peer, _queue, task) = flow();
        ping(&mut peer).await;
        peer.write_all(b"\r\n").await.unwrap();
        assert_eq!(task.await.unwrap(), Err(FlowError::Timeout));
    }

    #[tokio::test]
    async fn a_peer_that_never_answers_pings_keeps_its_flow() {
        let (mut peer, _queue, task) = flow();
        for _ in 0..20 {
            ping(&mut peer).await;
        }
        assert!(!task.is_finished());
    }

    #[tokio::test]
    async fn pings_come_as_often_as_the_agent_says() {
        let (mut peer, queue, _task) = flow_at(Pace { ping: Duration::from_secs(3600), ..QUICK });
        queue.send(Outgoing::KeepAlive(Some(Duration::from_millis(5)))).await.unwrap();
        ping(&mut peer).await;
        ping(&mut peer).await;
        queue.send(Outgoing::KeepAlive(None)).await.unwrap();
        queue
            .send(Outgoing::Message { remote: "10.0.0.9:5060".parse().unwrap(), bytes: Bytes::from_static(b"!") })
            .await
            .unwrap();
        let mut rest = Vec::new();
        while !rest.ends_with(b"!") {
            rest.push(peer.read_u8().await.unwrap());
        }
        let after = timeout(Duration::from_millis(50), peer.read_u8()).await;
        assert!(after.is_err(), "the agent keeps the flow itself: {after:?}");
    }
}
