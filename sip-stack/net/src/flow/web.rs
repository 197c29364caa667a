//! A WebSocket, plain or under TLS (RFC 7118): one SIP message a frame, kept open by ping and pong.

use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use sip_stack::ua::{FlowError, WebAddress};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::ClientRequestBuilder;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::pulse::{Owed, PACE, Pace, Pulse, until};
use super::{CONNECT_LIMIT, FlowEvent, Outgoing, Peer, Pings, Reporter, stream};
use crate::tls;

/// RFC 7118 §4.1.
const SUB_PROTOCOL: &str = "sip";
/// No message of SIP is longer; a frame that says it is ends the flow before anything is kept for it.
const LONGEST: usize = 65_535;

pub(super) async fn run(
    reporter: &Reporter,
    bind: Option<SocketAddr>,
    inbox: Receiver<Outgoing>,
    peer: &Peer,
    secure: bool,
) -> Result<(), FlowError> {
    let address = peer.web.as_ref().ok_or(FlowError::Local)?;
    let config = secure.then(|| stream::tls_config(peer, reporter.remote)).transpose()?;
    let stream = stream::connect(bind, reporter.remote).await?;
    let local = stream.local_addr().map_err(|_| FlowError::Unreachable)?;
    match config {
        None => talk(reporter, local, stream, inbox, address, PACE).await,
        Some(mut config) => {
            // RFC 7301: a server that speaks newer versions of HTTP, too, would choose one in which this handshake is another.
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            let stream = stream::handshake(config, &peer.name, stream).await?;
            talk(reporter, local, stream, inbox, address, PACE).await
        }
    }
}

/// From the handshake to the end.
async fn talk<S>(
    reporter: &Reporter,
    local: SocketAddr,
    stream: S,
    inbox: Receiver<Outgoing>,
    address: &WebAddress,
    pace: Pace,
) -> Result<(), FlowError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let socket = timeout(CONNECT_LIMIT, upgrade(stream, address)).await.map_err(|_| FlowError::Timeout)??;
    if !reporter.tell(FlowEvent::Up { local }).await {
        return Ok(());
    }
    let (writer, reader) = socket.split();
    // One answer may wait; more would be a flood.
    let (say, said) = channel(1);
    // RFC 6455 §5.5.2: unlike with CRLF, everybody answers.
    let pulse = Pulse::of_who_answers();
    tokio::select! {
        ended = read(reporter, reader, say, &pulse) => ended,
        ended = write(writer, inbox, said, &pulse, pace) => ended,
    }
}

async fn upgrade<S>(stream: S, address: &WebAddress) -> Result<WebSocketStream<S>, FlowError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let uri: Uri = format!("ws://{}{}", address.authority, address.resource).parse().map_err(|_| FlowError::Local)?;
    let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUB_PROTOCOL);
    let limits = WebSocketConfig::default().max_message_size(Some(LONGEST)).max_frame_size(Some(LONGEST));
    match client_async_with_config(request, stream, Some(limits)).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => {
            tracing::warn!(status = answer.status().as_u16(), "the web server refuses the WebSocket");
            Err(FlowError::WebSocket)
        }
        Err(error @ (Error::Protocol(_) | Error::HttpFormat(_) | Error::AttackAttempt | Error::Capacity(_))) => {
            tracing::warn!(%error, "the web server has no WebSocket for SIP");
            Err(FlowError::WebSocket)
        }
        Err(_) => Err(FlowError::Unreachable),
    }
}

async fn read<R>(reporter: &Reporter, mut reader: R, say: Sender<()>, pulse: &Pulse) -> Result<(), FlowError>
where
    R: Stream<Item = Result<Message, Error>> + Unpin,
{
    loop {
        let message = reader.next().await.ok_or(FlowError::Closed)?.map_err(|error| ended(&error))?;
        pulse.beat();
        let bytes = match message {
            Message::Text(text) => Bytes::from(text),
            Message::Binary(bytes) => bytes,
            Message::Close(_) => return Err(FlowError::Closed),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
        };
        match &bytes[..] {
            b"\r\n\r\n" => {
                let _ = say.try_send(());
                continue;
            }
            b"" | b"\r\n" => continue,
            _ => {}
        }
        if !reporter.tell(FlowEvent::Received { source: reporter.remote, bytes }).await {
            return Ok(());
        }
    }
}

async fn write<W>(
    mut writer: W,
    mut inbox: Receiver<Outgoing>,
    mut said: Receiver<()>,
    pulse: &Pulse,
    pace: Pace,
) -> Result<(), FlowError>
where
    W: Sink<Message, Error = Error> + Unpin,
{
    let mut pings = Pings::every(Some(pace.ping));
    let mut owed: Option<Owed> = None;
    loop {
        let message = tokio::select! {
            outgoing = inbox.recv() => match outgoing {
                Some(Outgoing::Message { bytes, .. }) => frame(bytes),
                Some(Outgoing::KeepAlive(every)) => {
                    pings = Pings::every(every);
                    continue;
                }
                None => {
                    // The driver closed the flow and everything queued has left.
                    let _ = writer.close().await;
                    return Ok(());
                }
            },
            Some(()) = said.recv() => Message::text("\r\n"),
            () = pings.due() => {
                owed = pulse.owes(Instant::now() + pace.pong);
                Message::Ping(Bytes::new())
            }
            () = until(owed) => match owed.take() {
                Some(owed) if pulse.has_stopped(owed) => return Err(FlowError::Timeout),
                _ => continue,
            },
        };
        writer.send(message).await.map_err(|error| ended(&error))?;
    }
}

/// RFC 7118 §4.2: text where it is text.
fn frame(bytes: Bytes) -> Message {
    bytes.clone().try_into().map_or(Message::Binary(bytes), Message::Text)
}

fn ended(error: &Error) -> FlowError {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => FlowError::Closed,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => FlowError::Closed,
        Error::Protocol(_) | Error::Capacity(_) | Error::Utf8(_) => {
            tracing::warn!(%error, "the WebSocket carries no SIP");
            FlowError::Framing
        }
        Error::Io(error) => tls::fault(error),
        _ => FlowError::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
    use tokio::task::JoinHandle;

    use super::super::FlowReport;
    use super::*;
    use sip_stack::ua::FlowId;

    const SLOW: Pace = Pace { ping: Duration::from_secs(25), pong: Duration::from_secs(10) };

    struct Flow {
        peer: DuplexStream,
        queue: Sender<Outgoing>,
        reports: Receiver<FlowReport>,
        task: JoinHandle<Result<(), FlowError>>,
    }

    fn flow() -> Flow {
        let (ours, peer) = tokio::io::duplex(256 * 1024);
        let (queue, inbox) = channel(4);
        let (out, reports) = channel::<FlowReport>(8);
        let remote: SocketAddr = "10.0.0.9:443".parse().unwrap();
        let reporter = Reporter { flow: FlowId(1), remote, out };
        let address = WebAddress { authority: "pbx.example:8089".into(), resource: "/ws?x=1".into() };
        let task = tokio::spawn(async move { talk(&reporter, remote, ours, inbox, &address, SLOW).await });
        Flow { peer, queue, reports, task }
    }

    impl Flow {
        /// What the client asks, up to the empty line.
        async fn asked(&mut self) -> String {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.peer.read_u8().await.unwrap());
            }
            String::from_utf8(head).unwrap()
        }

        /// A flow that is up.
        async fn up() -> Self {
            let mut flow = flow();
            let asked = flow.asked().await;
            let key = asked.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
            let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.trim().as_bytes());
            let answer = format!(
                "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
                 Sec-WebSocket-Protocol: sip\r\n\r\n"
            );
            flow.peer.write_all(answer.as_bytes()).await.unwrap();
            assert!(matches!(flow.reports.recv().await.unwrap().event, FlowEvent::Up { .. }));
            flow
        }

        async fn received(&mut self) -> Bytes {
            match self.reports.recv().await.unwrap().event {
                FlowEvent::Received { bytes, .. } => bytes,
                _ => panic!("no message"),
            }
        }

        /// The next frame of the client: its first byte, and what it holds, unmasked.
        async fn frame(&mut self) -> (u8, Vec<u8>) {
            let first = self.peer.read_u8().await.unwrap();
            let length = self.peer.read_u8().await.unwrap();
            assert!(length >= 0x80, "RFC 6455 §5.1: a client masks");
            let mut mask = [0; 4];
            self.peer.read_exact(&mut mask).await.unwrap();
            let mut payload = vec![0; usize::from(length & 0x7f)];
            self.peer.read_exact(&mut payload).await.unwrap();
            payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
            (first, payload)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rfc7118_4_1_the_handshake_asks_for_sip_at_the_path() {
        let asked = flow().asked().await;
        assert!(asked.starts_with("GET /ws?x=1 HTTP/1.1\r\n"), "{asked}");
        let lower = asked.to_ascii_lowercase();
        for line in ["host: pbx.example:8089", "sec-websocket-protocol: sip", "sec-websocket-version: 13"] {
            assert!(lower.contains(&format!("\r\n{line}\r\n")), "{line}\n{asked}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_web_server_without_sip_is_told_from_none() {
        for answer in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi",
            "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
            "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        ] {
            let mut flow = flow();
            flow.asked().await;
            flow.peer.write_all(answer.as_bytes()).await.unwrap();
            assert_eq!(flow.task.await.unwrap(), Err(FlowError::WebSocket), "{answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rfc7118_4_1_a_server_that_does_not_agree_to_sip_is_left() {
        let mut flow = flow();
        let asked = flow.asked().await;
        let key = asked.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
        let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.trim().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        flow.peer.write_all(answer.as_bytes()).await.unwrap();
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::WebSocket));
    }

    #[tokio::test(start_paused = true)]
    async fn a_web_server_that_never_answers_is_given_five_seconds() {
        let mut flow = flow();
        flow.asked().await;
        let start = Instant::now();
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::Timeout));
        assert_eq!(start.elapsed().as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn rfc7118_4_2_each_message_has_a_frame_of_its_own() {
        let mut flow = Flow::up().await;
        let remote = "10.0.0.9:443".parse().unwrap();
        for bytes in [&b"one"[..], b"two", b"\xff"] {
            flow.queue.send(Outgoing::Message { remote, bytes: Bytes::from_static(bytes) }).await.unwrap();
        }
        assert_eq!(flow.frame().await, (0x81, b"one".to_vec()));
        assert_eq!(flow.frame().await, (0x81, b"two".to_vec()));
        assert_eq!(flow.frame().await, (0x82, b"\xff".to_vec()), "what is no text is binary");
        // Text, binary, and text in two fragments with a ping between.
        flow.peer.write_all(b"\x81\x03one\x82\x03two\x01\x02th\x89\x01p\x80\x03ree").await.unwrap();
        assert_eq!(flow.received().await, "one");
        assert_eq!(flow.received().await, "two");
        assert_eq!(flow.received().await, "three");
        assert_eq!(flow.frame().await, (0x8a, b"p".to_vec()), "the ping is answered");
        flow.peer.write_all(b"\x81\x04\r\n\r\n\x81\x02\r\n").await.unwrap();
        assert_eq!(flow.frame().await, (0x81, b"\r\n".to_vec()), "pings as on streams are answered, too");
    }

    #[tokio::test(start_paused = true)]
    async fn frames_that_come_in_drops_are_whole_and_cut_ones_are_the_end() {
        let mut flow = Flow::up().await;
        for byte in b"\x81\x05whole" {
            flow.peer.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(flow.received().await, "whole");
        flow.peer.write_all(b"\x81\x05cu").await.unwrap();
        drop(flow.peer);
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_sip_can_be_ends_the_websocket_before_it_comes() {
        for (bytes, what) in [
            (&b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"[..], "65,536 bytes are announced"),
            (b"\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "more than there is memory"),
            (b"\x81\x02\xff\xff", "text that is none"),
            (b"\x81\x83\0\0\0\0abc", "a server that masks"),
            (b"\x83\x01x", "a frame of no kind"),
        ] {
            let mut flow = Flow::up().await;
            flow.peer.write_all(bytes).await.unwrap();
            assert_eq!(flow.task.await.unwrap(), Err(FlowError::Framing), "{what}");
        }
        let mut flow = Flow::up().await;
        for kind in [0x01, 0x00, 0x00] {
            let piece = [&[kind, 0x7e, 0x60, 0x00][..], &[b'a'; 0x6000]].concat();
            flow.peer.write_all(&piece).await.unwrap();
        }
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::Framing), "fragments without end");
    }

    #[tokio::test(start_paused = true)]
    async fn rfc7118_6_a_websocket_whose_pongs_stay_away_is_dead() {
        let mut flow = Flow::up().await;
        let start = Instant::now();
        assert_eq!(flow.frame().await.0, 0x89);
        flow.peer.write_all(b"\x8a\x00").await.unwrap();
        assert_eq!(flow.frame().await.0, 0x89);
        // Half a frame is no sign of life.
        flow.peer.write_all(b"\x81\x05ha").await.unwrap();
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::Timeout));
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_is_answered_and_ours_is_said() {
        let mut flow = Flow::up().await;
        flow.peer.write_all(b"\x88\x00").await.unwrap();
        assert_eq!(flow.task.await.unwrap(), Err(FlowError::Closed));
        let mut flow = Flow::up().await;
        drop(flow.queue);
        let first = flow.peer.read_u8().await.unwrap();
        assert_eq!(first, 0x88);
        assert_eq!(flow.task.await.unwrap(), Ok(()));
    }
}
