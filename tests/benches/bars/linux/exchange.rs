//! An exchange with a stopwatch: it takes registrations, and notes when a request is on the wire.

use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long one step may take. A broken program is never done.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came, and when.
#[derive(Debug)]
struct Heard {
    at: Instant,
    first_line: String,
    call_id: String,
}

/// A running exchange on loopback.
pub struct Exchange {
    socket: UdpSocket,
    /// Where it listens.
    pub address: SocketAddr,
    heard: Receiver<Heard>,
    contact: Arc<Mutex<Option<(String, SocketAddr)>>>,
    calls: u32,
}

/// A call on its way to the program.
pub struct Ringing {
    /// When its INVITE went out.
    pub sent: Instant,
    call_id: String,
    to: SocketAddr,
    uri: String,
}

impl Exchange {
    /// Listens on a free port.
    pub fn start() -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let address = socket.local_addr()?;
        let contact = Arc::new(Mutex::new(None));
        let (sender, heard) = channel();
        let (ours, known) = (socket.try_clone()?, Arc::clone(&contact));
        std::thread::Builder::new().name("exchange".into()).spawn(move || {
            let mut datagram = [0; 65_536];
            while let Ok((length, from)) = ours.recv_from(&mut datagram) {
                let at = Instant::now();
                let text = String::from_utf8_lossy(&datagram[..length]).into_owned();
                if let Some(answer) = answer(&text, from, &known) {
                    let _ = ours.send_to(answer.as_bytes(), from);
                }
                let first_line = text.lines().next().unwrap_or_default().to_owned();
                let call_id = header(&text, "Call-ID").unwrap_or_default().to_owned();
                if !first_line.is_empty() && sender.send(Heard { at, first_line, call_id }).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { socket, address, heard, contact, calls: 0 })
    }

    /// Waits for a registration that is newer than this moment.
    pub fn wait_for_registration(&self) -> Result<()> {
        self.wait("REGISTER", |heard| heard.first_line.starts_with("REGISTER ")).map(drop)
    }

    /// Waits until `user` is called; answers when its INVITE came. The call is then refused, and that is acknowledged.
    pub fn wait_for_invite(&self, user: &str) -> Result<Instant> {
        let start = format!("INVITE sip:{user}@");
        let invite = self.wait(&start, |heard| heard.first_line.replace("%2B", "+").starts_with(&start))?;
        self.wait("ACK", |heard| heard.first_line.starts_with("ACK ") && heard.call_id == invite.call_id)?;
        Ok(invite.at)
    }

    /// Calls the registered program from `from`.
    pub fn ring(&mut self, from: &str) -> Result<Ringing> {
        let known = self.contact.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (uri, to) = known.context("nobody is registered")?;
        self.calls += 1;
        let call_id = format!("ring-{}-{}", self.calls, self.address.port());
        let body = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n\
                    a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
        let mut ringing = Ringing { sent: Instant::now(), call_id, to, uri };
        let invite = self.request("INVITE", &ringing, from, body);
        ringing.sent = Instant::now();
        self.socket.send_to(invite.as_bytes(), to)?;
        Ok(ringing)
    }

    /// When the program told that it rings.
    pub fn wait_for_ringing(&self, ringing: &Ringing) -> Result<Instant> {
        let rings = |heard: &Heard| heard.first_line.starts_with("SIP/2.0 180") && heard.call_id == ringing.call_id;
        Ok(self.wait("180", rings)?.at)
    }

    /// The caller gives up; waits until the program has let go of the call.
    pub fn give_up(&self, ringing: &Ringing, from: &str) -> Result<()> {
        self.socket.send_to(self.request("CANCEL", ringing, from, "").as_bytes(), ringing.to)?;
        self.wait("487", |heard| heard.first_line.starts_with("SIP/2.0 487") && heard.call_id == ringing.call_id)?;
        self.socket.send_to(self.request("ACK", ringing, from, "").as_bytes(), ringing.to)?;
        Ok(())
    }

    fn request(&self, method: &str, call: &Ringing, from: &str, body: &str) -> String {
        let Ringing { call_id, uri, .. } = call;
        let own = self.address;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call_id};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:{from}@{own}>;tag={call_id}\r\nTo: <{uri}>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:{from}@{own}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn wait(&self, what: &str, fits: impl Fn(&Heard) -> bool) -> Result<Heard> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.heard.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(heard) if fits(&heard) => return Ok(heard),
                Ok(_) => {}
                Err(_) => bail!("waited in vain for {what}"),
            }
        }
    }
}

/// REGISTER is taken, INVITE is refused as busy, everything else is answered with 200.
fn answer(request: &str, from: SocketAddr, contact: &Mutex<Option<(String, SocketAddr)>>) -> Option<String> {
    let method = request.split(' ').next().filter(|method| !method.starts_with("SIP/2.0") && *method != "ACK")?;
    let named = header(request, "Contact").unwrap_or_default();
    if method == "REGISTER" && !named.is_empty() {
        let uri = named.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or(named, |(uri, _)| uri);
        *contact.lock().unwrap_or_else(PoisonError::into_inner) = Some((uri.to_owned(), from));
    }
    let status = if method == "INVITE" { "486 Busy Here" } else { "200 OK" };
    let copied: String = ["Via", "From", "Call-ID", "CSeq"]
        .iter()
        .filter_map(|name| Some(format!("{name}: {}\r\n", header(request, name)?)))
        .collect();
    let to = header(request, "To")?;
    let tag = if to.contains("tag=") { "" } else { ";tag=exchange" };
    Some(format!(
        "SIP/2.0 {status}\r\n{copied}To: {to}{tag}\r\nContact: {named};expires=300\r\nContent-Length: 0\r\n\r\n"
    ))
}

/// The first header of this name.
fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.lines().take_while(|line| !line.is_empty()).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
