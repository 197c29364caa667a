//! DTLS-SRTP (RFC 5763, RFC 5764): one association between two certificates that signalling has named, and the keys that it gives.
//!
//! ```text
//!   datagram, timeout ─► Association ─► transmit
//!                              └──────► keys of both directions, once; or a failure
//! ```
//! Without socket or clock; the cryptography takes its random numbers from the system.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::BytesMut;
use rtc_crypto::RTCCryptoProvider;
use rtc_dtls::config::{ClientAuthType, ConfigBuilder, ExtendedMasterSecretType, HandshakeConfig};
use rtc_dtls::crypto::Certificate;
use rtc_dtls::endpoint::{Endpoint, EndpointEvent};
use rtc_dtls::extension::extension_use_srtp::SrtpProtectionProfile as Profile;
use rtc_shared::TransportProtocol;
use rtc_shared::error::Error;
use rtp::srtp::{MasterKey, Suite};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::config::SrtpConfig;

mod media;

pub(crate) use media::DtlsMedia;

/// How long an answer is waited for. RFC 6347 §4.2.4.1 asks for a second at first where nothing is in a hurry.
const FLIGHT: Duration = Duration::from_millis(500);
/// A handshake that is not over by then has lost more than repeating brings back, and begins anew.
const ATTEMPT: Duration = Duration::from_secs(4);
/// A peer that has not shown its certificate by then will not do so any more.
const PATIENCE: Duration = Duration::from_secs(30);
/// Room for addresses, UDP and tunnels below the smallest usual path.
const MTU: usize = 1200;
/// The peer to the implementation, which tells associations apart by address. Ours is one, wherever the peer moves to.
const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1);
/// RFC 5764 §4.2.
const EXPORTER: &str = "EXTRACTOR-dtls_srtp";
/// Those that we offer and take; the one with a short tag is left out (RFC 5764 §4.1.2).
const PROFILES: [Profile; 3] =
    [Profile::Srtp_Aes128_Cm_Hmac_Sha1_80, Profile::Srtp_Aead_Aes_256_Gcm, Profile::Srtp_Aead_Aes_128_Gcm];

/// The machine gave no certificate or no cryptography.
#[derive(Debug, thiserror::Error)]
#[error("no certificate for media: {0}")]
pub struct IdentityError(String);

/// Our certificate: made anew whenever the program starts, signed by itself (RFC 5763 §5), known by its fingerprint only.
#[derive(Clone)]
pub struct Identity {
    certificate: Certificate,
    provider: Arc<dyn RTCCryptoProvider>,
    fingerprint: Fingerprint,
}

/// Hash of a certificate, as signalling carries it (RFC 8122 §5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fingerprint {
    /// How it was made.
    pub hash: Hash,
    /// 32, 48 or 64 octets.
    pub digest: Vec<u8>,
}

/// Hashes that are good enough to prove a certificate (RFC 8122 §5 forbids MD5; SHA-1 is left out, too).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Hash {
    /// `sha-256`.
    Sha256,
    /// `sha-384`.
    Sha384,
    /// `sha-512`.
    Sha512,
}

/// Which part of the handshake is ours (RFC 5763 §5: `a=setup`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// `active`: we begin.
    Client,
    /// `passive`: the peer begins.
    Server,
}

/// What signalling agreed on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DtlsConfig {
    /// Our part.
    pub role: Role,
    /// Of the peer's certificate. Those of the strongest hash count; one of them has to fit.
    pub fingerprints: Vec<Fingerprint>,
}

/// How far an association is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Standing {
    /// Media has no DTLS.
    #[default]
    None,
    /// The handshake is not over.
    Waiting,
    /// The keys are there, of this suite.
    Up(Suite),
    /// The peer's certificate is not the one that signalling named: nothing is sent or taken any more.
    Unproven,
    /// The peer did not finish the handshake in time, or cannot do what we can.
    Failed,
}

impl Identity {
    /// Makes a certificate with a fresh P-256 key.
    ///
    /// # Errors
    /// When the cryptography gives none.
    pub fn make() -> Result<Identity, IdentityError> {
        let failed = |error: &dyn fmt::Display| IdentityError(error.to_string());
        let provider = rtc_crypto::default_provider().map_err(|error| failed(&error))?;
        // The name says nothing: whoever sees it must not learn who calls.
        let certificate =
            Certificate::generate_self_signed(vec!["-".to_owned()], provider.crypto()).map_err(|e| failed(&e))?;
        let der = certificate.certificate.first().ok_or_else(|| failed(&"no certificate"))?;
        let fingerprint = Fingerprint::of(der, Hash::Sha256);
        Ok(Identity { certificate, provider, fingerprint })
    }

    /// What signalling says of us.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl Fingerprint {
    fn of(certificate: &[u8], hash: Hash) -> Fingerprint {
        let digest = match hash {
            Hash::Sha256 => Sha256::digest(certificate).to_vec(),
            Hash::Sha384 => Sha384::digest(certificate).to_vec(),
            Hash::Sha512 => Sha512::digest(certificate).to_vec(),
        };
        Fingerprint { hash, digest }
    }
}

/// One association and what came of it.
pub(crate) struct Association {
    identity: Identity,
    config: DtlsConfig,
    endpoint: Endpoint,
    /// The peer showed another certificate than it should.
    stranger: Arc<AtomicBool>,
    /// When the handshake under way is given up for another; none before the peer has begun.
    attempt_ends: Option<Instant>,
    gives_up: Instant,
    standing: Standing,
}

impl Association {
    /// Begins at once if that is our part.
    pub fn new(now: Instant, identity: &Identity, config: DtlsConfig) -> Association {
        let mut association = Association {
            identity: identity.clone(),
            config,
            endpoint: Endpoint::new(PEER, TransportProtocol::UDP, None),
            stranger: Arc::default(),
            attempt_ends: None,
            gives_up: now + PATIENCE,
            standing: Standing::Waiting,
        };
        association.begin(now);
        association
    }

    pub fn config(&self) -> &DtlsConfig {
        &self.config
    }

    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Takes a datagram of the peer. Keys come once; what is no use is dropped.
    pub fn datagram(&mut self, now: Instant, datagram: &[u8]) -> Option<SrtpConfig> {
        if matches!(self.standing, Standing::Unproven | Standing::Failed) {
            return None;
        }
        self.attempt_ends.get_or_insert(now + ATTEMPT);
        let events = self.endpoint.read(now, PEER, None, BytesMut::from(datagram));
        if self.stranger.load(Ordering::Relaxed) {
            self.standing = Standing::Unproven;
            return None;
        }
        let events = events.unwrap_or_else(|error| {
            // Forged or damaged; the peer's own will come, or the patience ends.
            tracing::debug!(%error, "a DTLS datagram was not taken");
            Vec::new()
        });
        let complete = events.iter().any(|event| matches!(event, EndpointEvent::HandshakeComplete));
        if !complete || self.standing != Standing::Waiting {
            return None;
        }
        match self.keys() {
            Some((suite, keys)) => {
                self.standing = Standing::Up(suite);
                Some(keys)
            }
            None => {
                // RFC 5764 §4.1.1: no common profile, no media.
                self.standing = Standing::Failed;
                None
            }
        }
    }

    /// When [`Association::timeout`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        if self.standing != Standing::Waiting {
            return None;
        }
        self.endpoint.poll_timeout(&PEER).into_iter().chain(self.attempt_ends).chain([self.gives_up]).min()
    }

    /// Repeats what was not answered.
    pub fn timeout(&mut self, now: Instant) {
        if self.standing != Standing::Waiting {
            return;
        }
        if now >= self.gives_up {
            self.standing = Standing::Failed;
            return;
        }
        let flight_due = self.endpoint.poll_timeout(&PEER).is_some_and(|at| at <= now);
        let lost = flight_due && self.endpoint.handle_timeout(PEER, now).is_err();
        if lost || self.attempt_ends.is_some_and(|at| at <= now) {
            self.begin(now);
        }
    }

    /// Tells the peer that this is all (`close_notify`, RFC 5246 §7.2.1), if it knows us.
    pub fn close(&mut self, now: Instant) {
        if matches!(self.standing, Standing::Up(_)) {
            // Nothing is left to be done about what fails here.
            let _ = self.endpoint.close(now);
        }
    }

    /// The next datagram for the peer.
    pub fn transmit(&mut self) -> Option<BytesMut> {
        self.endpoint.poll_transmit().map(|transmit| transmit.message)
    }

    fn begin(&mut self, now: Instant) {
        self.stranger = Arc::default();
        self.attempt_ends = (self.config.role == Role::Client).then(|| now + ATTEMPT);
        let begun = self.handshake().and_then(|handshake| match self.config.role {
            Role::Server => {
                self.endpoint = Endpoint::new(PEER, TransportProtocol::UDP, Some(handshake));
                Ok(())
            }
            Role::Client => {
                self.endpoint = Endpoint::new(PEER, TransportProtocol::UDP, None);
                self.endpoint.connect(now, PEER, handshake, None)
            }
        });
        if let Err(error) = begun {
            tracing::error!(%error, "DTLS cannot begin");
            self.standing = Standing::Failed;
        }
    }

    fn handshake(&self) -> Result<Arc<HandshakeConfig>, Error> {
        let fingerprints = self.config.fingerprints.clone();
        let stranger = Arc::clone(&self.stranger);
        let config = ConfigBuilder::default()
            .with_crypto_provider(Arc::clone(&self.identity.provider))
            .with_certificates(vec![self.identity.certificate.clone()])
            .with_srtp_protection_profiles(PROFILES.to_vec())
            // RFC 5763 §6.2: both sides show a certificate. Its signer proves nothing, its fingerprint everything.
            .with_client_auth(ClientAuthType::RequireAnyClientCert)
            .with_insecure_skip_verify(true)
            .with_verify_peer_certificate(Some(Arc::new(move |chain, _| {
                if chain.first().is_some_and(|shown| is_named(shown, &fingerprints)) {
                    return Ok(());
                }
                stranger.store(true, Ordering::Relaxed);
                Err(Error::Other("the certificate is not the one that signalling named".to_owned()))
            })))
            .with_extended_master_secret(ExtendedMasterSecretType::Request)
            .with_flight_interval(FLIGHT)
            .with_mtu(MTU)
            .build(self.config.role == Role::Client, Some(PEER))?;
        Ok(Arc::new(config))
    }

    /// RFC 5764 §4.2: the keys of the client, of the server, then their salts.
    fn keys(&self) -> Option<(Suite, SrtpConfig)> {
        let state = self.endpoint.get_connection_state(PEER)?;
        let suite = match state.srtp_protection_profile() {
            Profile::Srtp_Aes128_Cm_Hmac_Sha1_80 => Suite::AesCm128HmacSha1_80,
            Profile::Srtp_Aead_Aes_128_Gcm => Suite::AeadAes128Gcm,
            Profile::Srtp_Aead_Aes_256_Gcm => Suite::AeadAes256Gcm,
            _ => return None,
        };
        let (key, salt) = (suite.key_len(), suite.salt_len());
        let material = state.export_keying_material(EXPORTER, &[], 2 * (key + salt)).ok()?;
        let material: &[u8] = material.as_ref();
        let (keys, salts) = material.split_at_checked(2 * key)?;
        let master = |at: usize| {
            let whole = [keys.get(at * key..(at + 1) * key)?, salts.get(at * salt..(at + 1) * salt)?].concat();
            MasterKey::new(suite, &whole).ok()
        };
        let (client, server) = (master(0)?, master(1)?);
        let (local, remote) = match self.config.role {
            Role::Client => (client, server),
            Role::Server => (server, client),
        };
        Some((suite, SrtpConfig { local, remote }))
    }
}

/// RFC 8122 §5.1: of several fingerprints those of the hash that we hold for the strongest decide.
fn is_named(certificate: &[u8], fingerprints: &[Fingerprint]) -> bool {
    let Some(strongest) = fingerprints.iter().map(|fingerprint| fingerprint.hash).max() else { return false };
    fingerprints.contains(&Fingerprint::of(certificate, strongest))
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "dtls/tests.rs"]
mod tests;
