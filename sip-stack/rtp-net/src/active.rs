//! What a configuration makes of a session.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rtp::rtcp;
use rtp::srtp::{Opener, Protector, SrtpError};

use crate::config::{SessionConfig, SrtpConfig};
use crate::dtls::{DtlsMedia, Identity};
use crate::latch::Latch;
use crate::session::Port;
use crate::stream::OutStream;

pub(crate) struct Active {
    pub config: SessionConfig,
    pub latch: Latch,
    pub rtcp_to: SocketAddr,
    pub next_report: Instant,
    pub sent_since_report: bool,
    /// By keys from signalling.
    secure: Option<Secure>,
    /// By keys from the media ports themselves.
    pub dtls: Option<DtlsMedia<Secure>>,
}

pub(crate) struct Secure {
    protector: Protector,
    opener: Opener,
}

impl Active {
    /// Keeps from `previous` whatever the new configuration does not change. A new key of ours renews the stream.
    pub fn new(
        now: Instant,
        report_interval: Duration,
        config: SessionConfig,
        previous: Option<Active>,
        identity: Option<&Identity>,
        stream: &mut OutStream,
        rng: &mut StdRng,
    ) -> Result<Active, SrtpError> {
        let Some(previous) = previous else {
            return Ok(Active {
                latch: Latch::new(config.remote),
                rtcp_to: config.remote_rtcp,
                next_report: now + rtcp::interval(rng, report_interval, true),
                sent_since_report: false,
                secure: secure(&config, None, stream, rng)?,
                dtls: dtls(now, &config, None, identity)?,
                config,
            });
        };
        let Active { config: old, latch, rtcp_to, next_report, sent_since_report, secure: kept, dtls: shaken } =
            previous;
        Ok(Active {
            latch: if old.remote == config.remote { latch } else { Latch::new(config.remote) },
            rtcp_to: if old.remote_rtcp == config.remote_rtcp { rtcp_to } else { config.remote_rtcp },
            next_report,
            sent_since_report,
            secure: secure(&config, kept.map(|kept| (old, kept)), stream, rng)?,
            dtls: dtls(now, &config, shaken, identity)?,
            config,
        })
    }

    /// RTCP shares the port (RFC 5761).
    pub fn is_muxed(&self) -> bool {
        self.config.remote == self.config.remote_rtcp
    }

    pub fn is_secure(&self) -> bool {
        self.secure.is_some() || self.dtls.is_some()
    }

    pub fn allows(&self, payload_type: u8) -> bool {
        self.config.payload_types.is_empty() || self.config.payload_types.contains(&payload_type)
    }

    /// `None` when the session is plain.
    pub fn open_rtp(&mut self, packet: &[u8]) -> Option<Result<Vec<u8>, SrtpError>> {
        Some(self.secured(Port::Rtp, SrtpError::NotAuthentic)?.and_then(|secure| secure.opener.rtp(packet)))
    }

    /// `None` when the session is plain.
    pub fn open_rtcp(&mut self, compound: &[u8]) -> Option<Result<Vec<u8>, SrtpError>> {
        Some(self.secured(Port::Rtcp, SrtpError::NotAuthentic)?.and_then(|secure| secure.opener.rtcp(compound)))
    }

    /// `None` when the session is plain.
    pub fn protect_rtp(&mut self, packet: &[u8]) -> Result<Option<Vec<u8>>, SrtpError> {
        let secure = self.secured(Port::Rtp, SrtpError::NotProtectable).transpose()?;
        secure.map(|secure| secure.protector.rtp(packet)).transpose()
    }

    /// `None` when the session is plain.
    pub fn protect_rtcp(&mut self, compound: &[u8]) -> Result<Option<Vec<u8>>, SrtpError> {
        let secure = self.secured(Port::Rtcp, SrtpError::NotProtectable).transpose()?;
        secure.map(|secure| secure.protector.rtcp(compound)).transpose()
    }

    /// What protects this port: nothing where media is plain, an error as long as there are no keys.
    fn secured(&mut self, port: Port, lacking: SrtpError) -> Option<Result<&mut Secure, SrtpError>> {
        match (&mut self.dtls, &mut self.secure) {
            (Some(dtls), _) => Some(dtls.secure(port).ok_or(lacking)),
            (None, Some(secure)) => Some(Ok(secure)),
            (None, None) => None,
        }
    }
}

impl Secure {
    /// Fresh contexts for fresh keys.
    pub fn new(keys: &SrtpConfig) -> Result<Secure, SrtpError> {
        Ok(Secure { protector: Protector::new(&keys.local)?, opener: Opener::new(&keys.remote)? })
    }
}

/// Without a certificate of ours there is no DTLS, and no media either.
fn dtls(
    now: Instant,
    config: &SessionConfig,
    old: Option<DtlsMedia<Secure>>,
    identity: Option<&Identity>,
) -> Result<Option<DtlsMedia<Secure>>, SrtpError> {
    let Some(agreed) = &config.dtls else { return Ok(None) };
    let identity = identity.ok_or(SrtpError::NotProtectable)?;
    Ok(Some(DtlsMedia::new(now, identity, agreed, config, old)))
}

fn secure(
    config: &SessionConfig,
    kept: Option<(SessionConfig, Secure)>,
    stream: &mut OutStream,
    rng: &mut StdRng,
) -> Result<Option<Secure>, SrtpError> {
    let Some(keys) = &config.srtp else { return Ok(None) };
    let (old, kept) = kept.unzip();
    let old = old.and_then(|old| old.srtp);
    let same_local = old.as_ref().is_some_and(|old| old.local == keys.local);
    let same_remote = old.as_ref().is_some_and(|old| old.remote == keys.remote);
    let (protector, opener) = kept.map(|kept| (kept.protector, kept.opener)).unzip();
    let protector = match protector.filter(|_| same_local) {
        Some(protector) => protector,
        None => {
            // One source under two keys would begin its rollover counter anew at any sequence number.
            stream.renew(rng);
            Protector::new(&keys.local)?
        }
    };
    let opener = opener.filter(|_| same_remote).map_or_else(|| Opener::new(&keys.remote), Ok)?;
    Ok(Some(Secure { protector, opener }))
}
