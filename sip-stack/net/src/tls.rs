//! TLS settings of a flow: the platform's trust, a private authority beside it, and the one exception on loopback.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{AlertDescription, ClientConfig};
use rustls::{DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sip_stack::ua::{FlowError, TlsOptions};

#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the file of the private authority cannot be read: {0}")]
    Authority(#[from] io::Error),
    #[error("the file of the private authority is no PEM certificate")]
    Pem,
    #[error("the file of our certificate cannot be read: {0}")]
    Own(io::Error),
    #[error("the file of our certificate has no certificate, or no key that is not encrypted")]
    OwnPem,
    #[error("certificates go unchecked on loopback only")]
    Insecure,
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
}

impl From<TlsError> for FlowError {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Own(_) | TlsError::OwnPem => Self::OwnCertificate,
            _ => Self::Tls,
        }
    }
}

/// Settings for a connection to `remote`. An account without checks is refused anywhere but on loopback.
pub(crate) fn client_config(options: &TlsOptions, remote: IpAddr) -> Result<ClientConfig, TlsError> {
    if options.insecure && !remote.to_canonical().is_loopback() {
        return Err(TlsError::Insecure);
    }
    let provider = Arc::new(ring::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if options.insecure {
        Arc::new(AnyCertificate(provider.clone()))
    } else {
        let extra = options.ca.as_deref().map(authorities).transpose()?.unwrap_or_default();
        Arc::new(Verifier::new_with_extra_roots(extra, provider.clone())?)
    };
    let checked = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    Ok(match own(options)? {
        Some((chain, key)) => checked.with_client_auth_cert(chain, key).map_err(|_| TlsError::OwnPem)?,
        None => checked.with_no_client_auth(),
    })
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What proves who we are, where an exchange asks for it (RFC 8446 §4.4.2).
fn own(options: &TlsOptions) -> Result<Option<Own>, TlsError> {
    let Some(file) = &options.certificate else { return Ok(None) };
    let chain = fs::read(file).map_err(TlsError::Own)?;
    let key = options.key.as_ref().map(fs::read).transpose().map_err(TlsError::Own)?;
    let key = PrivateKeyDer::from_pem_slice(key.as_deref().unwrap_or(&chain)).map_err(|_| TlsError::OwnPem)?;
    let chain: Vec<_> =
        CertificateDer::pem_slice_iter(&chain).collect::<Result<_, _>>().map_err(|_| TlsError::OwnPem)?;
    if chain.is_empty() { Err(TlsError::OwnPem) } else { Ok(Some((chain, key))) }
}

/// What ended a stream: over TLS 1.3 a server says what it thinks of our certificate only behind the handshake.
pub(crate) fn fault(error: &io::Error) -> FlowError {
    let alert = match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(rustls::Error::AlertReceived(alert)) => *alert,
        _ => return FlowError::Unreachable,
    };
    tracing::warn!(?alert, "the peer ended TLS");
    match alert {
        AlertDescription::CertificateRequired
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::AccessDenied => FlowError::OwnCertificate,
        AlertDescription::CloseNotify => FlowError::Closed,
        _ => FlowError::Tls,
    }
}

fn authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = fs::read(file)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| TlsError::Pem)?;
    if found.is_empty() { Err(TlsError::Pem) } else { Ok(found) }
}

/// Takes any certificate, but still checks that the peer owns it. For test exchanges on loopback.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_goes_unchecked() {
        let options = TlsOptions { insecure: true, ..TlsOptions::default() };
        for (remote, allowed) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("10.0.0.1", false),
            ("2001:db8::1", false),
        ] {
            let config = client_config(&options, remote.parse().unwrap());
            assert_eq!(config.is_ok(), allowed, "{remote}");
            assert!(allowed || matches!(config, Err(TlsError::Insecure)), "{remote}");
        }
    }
}
