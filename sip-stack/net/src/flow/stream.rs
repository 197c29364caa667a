//! A TCP connection, plain or under TLS.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use rustls::pki_types::ServerName;
use sip_stack::message::framer::{Framed, StreamFramer};
use sip_stack::ua::{FlowError, TlsOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_rustls::TlsConnector;

use super::{CONNECT_LIMIT, FlowEvent, KEEP_ALIVE, Outgoing, Reporter};
use crate::tls;

pub(super) async fn run_tcp(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    inbox: Receiver<Outgoing>,
) -> Result<(), FlowError> {
    let stream = connect(bind, reporter.remote).await?;
    let local = stream.local_addr().map_err(|_| FlowError::Unreachable)?;
    carry(reporter, local, stream, inbox).await
}

pub(super) async fn run_tls(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    inbox: Receiver<Outgoing>,
    name: &str,
    options: &TlsOptions,
) -> Result<(), FlowError> {
    let name = ServerName::try_from(name.to_owned()).map_err(|_| FlowError::Tls)?;
    let config = tls::client_config(options, reporter.remote.ip()).map_err(|error| {
        tracing::warn!(%error, "TLS cannot be set up");
        FlowError::Tls
    })?;
    let stream = connect(bind, reporter.remote).await?;
    let local = stream.local_addr().map_err(|_| FlowError::Unreachable)?;
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let stream = timeout(CONNECT_LIMIT, handshake).await.map_err(|_| FlowError::Timeout)?.map_err(|error| {
        tracing::warn!(%error, "the TLS handshake failed");
        FlowError::Tls
    })?;
    carry(reporter, local, stream, inbox).await
}

async fn connect(bind: Option<SocketAddr>, remote: SocketAddr) -> Result<TcpStream, FlowError> {
    let socket = if remote.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(|_| FlowError::Local)?;
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
async fn carry<S>(reporter: &Reporter, local: SocketAddr, stream: S, inbox: Receiver<Outgoing>) -> Result<(), FlowError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    if !reporter.tell(FlowEvent::Up { local }).await {
        return Ok(());
    }
    let (reader, writer) = tokio::io::split(stream);
    // Answers of the reader; one may wait, more would be a flood.
    let (say, said) = channel(1);
    tokio::select! {
        ended = read(reporter, reader, say) => ended,
        ended = write(writer, inbox, said) => ended,
    }
}

/// What the reader answers by itself.
enum Said {
    Pong,
    /// The answer to a message whose end cannot be known; the connection ends with it (RFC 3261 §18.3).
    LastWord(Bytes),
}

async fn read<R: AsyncRead + Unpin>(reporter: &Reporter, mut reader: R, say: Sender<Said>) -> Result<(), FlowError> {
    let mut framer = StreamFramer::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = reader.read(&mut buffer).await.map_err(|_| FlowError::Unreachable)?;
        if length == 0 {
            return Err(FlowError::Closed);
        }
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
                Ok(Some(Framed::Pong)) => continue,
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
) -> Result<(), FlowError> {
    let mut keep_alive = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE);
    keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let bytes = tokio::select! {
            outgoing = inbox.recv() => match outgoing {
                Some(outgoing) => outgoing.bytes,
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
            _ = keep_alive.tick() => Bytes::from_static(b"\r\n\r\n"),
        };
        writer.write_all(&bytes).await.map_err(|_| FlowError::Unreachable)?;
        writer.flush().await.map_err(|_| FlowError::Unreachable)?;
    }
}
