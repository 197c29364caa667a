//! A connection to a directory: TCP, TLS from the beginning or by StartTLS, one operation after the other.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::outward;

use super::ber::{SEQUENCE, further_length, length};
use super::message::{Answer, Entry, Outcome, Request, Search, message, read};

/// The largest message that is read, and the most of all of one search.
const MESSAGE_MAX: usize = 1024 * 1024;
const SEARCH_MAX: usize = 8 * MESSAGE_MAX;

/// How bytes are kept from strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cover {
    /// TLS from the first byte.
    Tls,
    /// TLS before the first operation.
    StartTls,
    /// None; on this machine only.
    None,
}

/// Why an operation did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody answers there.
    Unreached,
    /// Nobody whom this machine trusts vouches for the server.
    Untrusted,
    /// The server has no TLS.
    NoTls,
    /// The connection ended.
    Lost,
    /// No LDAP, or more than is read.
    Strange,
    /// The server says no.
    Refused(Outcome),
}

/// Settings of TLS: who this machine and the settings of the way out trust, and who these PEM certificates name.
///
/// None where they are no certificates, or the system gives no list.
pub(super) fn trust(authority: Option<&[u8]>) -> Option<Arc<ClientConfig>> {
    let provider = Arc::new(ring::default_provider());
    let further: Vec<CertificateDer<'static>> =
        authority.map(|pem| CertificateDer::pem_slice_iter(pem).collect()).transpose().ok()?.unwrap_or_default();
    if authority.is_some() && further.is_empty() {
        return None;
    }
    let company = outward::company().unwrap_or_default();
    let company = CertificateDer::pem_slice_iter(company.as_bytes()).flatten();
    let further = further.into_iter().chain(company).collect::<Vec<_>>();
    let verifier = Arc::new(Verifier::new_with_extra_roots(further, Arc::clone(&provider)).ok()?);
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(Arc::new(config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()))
}

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// An open connection.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    number: i32,
}

impl Connection {
    /// Connects. Nothing but StartTLS is sent without its cover.
    pub async fn open(host: &str, port: u16, cover: Cover, trust: Arc<ClientConfig>) -> Result<Self, Stop> {
        let stream = TcpStream::connect((host, port)).await.map_err(|_| Stop::Unreached)?;
        // Without it a small request may wait for the answer to the one before.
        _ = stream.set_nodelay(true);
        if cover == Cover::None {
            let alone = stream.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback());
            return if alone { Ok(Self { stream: Box::new(stream), number: 0 }) } else { Err(Stop::NoTls) };
        }
        let mut plain = Plain(stream);
        if cover == Cover::StartTls {
            plain.start_tls().await?;
        }
        let name = match host.parse::<IpAddr>() {
            Ok(address) => ServerName::from(address),
            Err(_) => ServerName::try_from(host.to_owned()).map_err(|_| Stop::Unreached)?,
        };
        let stream = TlsConnector::from(trust).connect(name, plain.0).await.map_err(|error| {
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            match inner {
                Some(rustls::Error::InvalidCertificate(_)) => Stop::Untrusted,
                Some(_) => Stop::NoTls,
                None => Stop::Lost,
            }
        })?;
        Ok(Self { stream: Box::new(stream), number: 1 })
    }

    /// Says who we are.
    pub async fn bind(&mut self, user: &str, password: &str) -> Result<(), Stop> {
        let number = send(&mut self.stream, &mut self.number, &Request::Bind { user, password }).await?;
        match receive(&mut self.stream, number).await?.0 {
            Answer::Done(Outcome { code: 0, .. }) => Ok(()),
            Answer::Done(outcome) => Err(Stop::Refused(outcome)),
            Answer::Entry(_) | Answer::Reference => Err(Stop::Strange),
        }
    }

    /// Entries that are found, as many as were wished. A server that stops at a limit has told what it found before.
    pub async fn search(&mut self, search: &Search<'_>) -> Result<Vec<Entry>, Stop> {
        const LIMITS: [i32; 3] = [3, 4, 11];
        let number = send(&mut self.stream, &mut self.number, &Request::Search(search)).await?;
        let (mut entries, mut bytes) = (Vec::new(), 0);
        loop {
            let (answer, size) = receive(&mut self.stream, number).await?;
            bytes += size;
            if bytes > SEARCH_MAX || entries.len() > usize::from(search.entries) {
                return Err(Stop::Strange);
            }
            match answer {
                Answer::Entry(entry) => entries.push(entry),
                Answer::Reference => {}
                Answer::Done(outcome)
                    if outcome.code == 0 || (LIMITS.contains(&outcome.code) && !entries.is_empty()) =>
                {
                    return Ok(entries);
                }
                Answer::Done(outcome) => return Err(Stop::Refused(outcome)),
            }
        }
    }

    /// Says good-bye.
    pub async fn close(mut self) {
        if send(&mut self.stream, &mut self.number, &Request::Unbind).await.is_ok() {
            _ = self.stream.shutdown().await;
        }
    }
}

/// A connection before its TLS: not a byte more is read than the answer to StartTLS, so that nothing that came uncovered is
/// taken for what came covered.
struct Plain(TcpStream);

impl Plain {
    async fn start_tls(&mut self) -> Result<(), Stop> {
        let number = send(&mut self.0, &mut 0, &Request::StartTls).await?;
        match receive(&mut self.0, number).await?.0 {
            Answer::Done(Outcome { code: 0, .. }) => Ok(()),
            Answer::Done(_) => Err(Stop::NoTls),
            Answer::Entry(_) | Answer::Reference => Err(Stop::Strange),
        }
    }
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), number: &mut i32, request: &Request<'_>) -> Result<i32, Stop> {
    *number = number.checked_add(1).ok_or(Stop::Lost)?;
    stream.write_all(&message(*number, request)).await.map_err(|_| Stop::Lost)?;
    stream.flush().await.map_err(|_| Stop::Lost)?;
    Ok(*number)
}

/// The next answer to the message with this number, and its size.
async fn receive(stream: &mut (impl AsyncRead + Unpin), number: i32) -> Result<(Answer, usize), Stop> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await.map_err(|_| Stop::Lost)?;
    let further = further_length(head[1]).filter(|_| head[0] == SEQUENCE).ok_or(Stop::Strange)?;
    let mut rest = [0; 4];
    stream.read_exact(&mut rest[..further]).await.map_err(|_| Stop::Lost)?;
    let size = length(head[1], &rest[..further]).filter(|size| *size <= MESSAGE_MAX).ok_or(Stop::Strange)?;
    let mut content = vec![0; size];
    stream.read_exact(&mut content).await.map_err(|_| Stop::Lost)?;
    match read(&content) {
        Some((told, answer)) if told == number => Ok((answer, size)),
        // «Notice of disconnection»: the server goes.
        Some((0, _)) => Err(Stop::Lost),
        _ => Err(Stop::Strange),
    }
}
