//! Certificates of a company's own authority, judged when they are chosen.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use time::{Date, Month, OffsetDateTime, Time};

use crate::ldap::ber::{INTEGER, Reader, SEQUENCE, SET};

/// X.509: the version stands in the context-specific tag 0 (RFC 5280 §4.1).
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const OBJECT_ID: u8 = 0x06;
/// The longest name that is shown, in characters.
const NAME_MAX: usize = 64;

/// One authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its common name; empty where it has none. Text of others: nothing but to be shown.
    pub name: String,
    /// When its certificate ends, UTC in milliseconds.
    pub ends_at_ms: i64,
}

/// Why a file does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthorityError {
    /// There is no certificate in it that can be read.
    #[error("no certificate")]
    None,
    /// All of them have ended; when the last did, UTC in milliseconds.
    #[error("expired")]
    Expired {
        /// When.
        at_ms: i64,
    },
    /// None is valid yet: this machine's clock, or the certificate, is wrong.
    #[error("not valid yet")]
    NotYet,
}

/// Whether a PEM text has certificates of authorities of which at least one is good at `now_ms` (UTC).
///
/// # Errors
/// The text has no certificate, or none that is good now.
pub fn judge_authorities(pem: &str, now_ms: i64) -> Result<(), AuthorityError> {
    let read = read(pem)?;
    let last = read.iter().map(|(_, authority)| authority.ends_at_ms).max().ok_or(AuthorityError::None)?;
    if last <= now_ms {
        return Err(AuthorityError::Expired { at_ms: last });
    }
    let now = |(begins_at_ms, authority): &(i64, Authority)| *begins_at_ms <= now_ms && now_ms < authority.ends_at_ms;
    if read.iter().any(now) { Ok(()) } else { Err(AuthorityError::NotYet) }
}

/// Who stands in a PEM text, good or not.
pub fn authorities(pem: &str) -> Vec<Authority> {
    read(pem).unwrap_or_default().into_iter().map(|(_, authority)| authority).collect()
}

fn read(pem: &str) -> Result<Vec<(i64, Authority)>, AuthorityError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let found = found.map_err(|_| AuthorityError::None)?;
    let mut read = Vec::new();
    for certificate in &found {
        // What the library would not trust is told now and not when somebody signs in.
        RootCertStore::empty().add(certificate.clone()).map_err(|_| AuthorityError::None)?;
        read.push(judged(certificate).ok_or(AuthorityError::None)?);
    }
    Ok(read)
}

/// When it begins, and the rest. RFC 5280 §4.1: version, serial, signature, issuer, validity, subject, …
fn judged(certificate: &[u8]) -> Option<(i64, Authority)> {
    let whole = Reader(certificate).take(SEQUENCE)?;
    let mut fields = Reader(Reader(whole).take(SEQUENCE)?);
    let _version = fields.take(VERSION);
    fields.take(INTEGER)?;
    fields.take(SEQUENCE)?;
    fields.take(SEQUENCE)?;
    let mut validity = Reader(fields.take(SEQUENCE)?);
    let (begins, ends) = (moment(validity.next()?)?, moment(validity.next()?)?);
    let name = common_name(fields.take(SEQUENCE)?).unwrap_or_default();
    Some((begins, Authority { name, ends_at_ms: ends }))
}

fn common_name(mut subject: &[u8]) -> Option<String> {
    let mut sets = Reader(subject);
    while let Some(set) = sets.take(SET) {
        subject = set;
        let mut pair = Reader(Reader(subject).take(SEQUENCE)?);
        if pair.take(OBJECT_ID)? == COMMON_NAME {
            let (_, text) = pair.next()?;
            let text = String::from_utf8_lossy(text);
            return Some(text.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect());
        }
    }
    None
}

/// RFC 5280 §4.1.2.5: `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on.
fn moment((tag, text): (u8, &[u8])) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME if text.len() == 12 => {
            let year: i32 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME if text.len() == 14 => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    i64::try_from(OffsetDateTime::new_utc(date, time).unix_timestamp_nanos() / 1_000_000).ok()
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, date_time_ymd};

    use super::*;

    fn pem(from: i32, to: i32) -> String {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::OrganizationName, "Altura");
        params.distinguished_name.push(DnType::CommonName, "Altura Root");
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()
    }

    fn ms(year: i32) -> i64 {
        date_time_ymd(year, 1, 1).unix_timestamp() * 1000
    }

    #[test]
    fn a_certificate_is_named_with_its_end() {
        // Years from 2050 are written in another way.
        for year in [2031, 2060] {
            let pem = pem(2020, year);
            assert_eq!(authorities(&pem), [Authority { name: "Altura Root".into(), ends_at_ms: ms(year) }]);
            assert_eq!(judge_authorities(&pem, ms(2026)), Ok(()));
        }
        let two = format!("{}\nwords between\n{}", pem(2000, 2010), pem(2020, 2031));
        assert_eq!(
            judge_authorities(&two, ms(2026)),
            Ok(()),
            "one that has ended does no harm beside one that is good"
        );
        assert_eq!(authorities(&two).len(), 2);
    }

    #[test]
    fn what_is_not_good_is_told_when_it_is_chosen() {
        let good = pem(2020, 2031);
        let cut = good.replacen("MII", "MIJ", 1);
        for none in ["", "hello", "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n", cut.as_str()] {
            assert_eq!(judge_authorities(none, ms(2026)), Err(AuthorityError::None), "{none}");
        }
        assert_eq!(judge_authorities(&pem(2000, 2010), ms(2026)), Err(AuthorityError::Expired { at_ms: ms(2010) }));
        assert_eq!(judge_authorities(&pem(2027, 2040), ms(2026)), Err(AuthorityError::NotYet));
    }
}
