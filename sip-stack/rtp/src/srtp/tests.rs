use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rtc_srtp::crypto::{BlockCipherAlgorithm, HmacAlgorithm, default_provider};

use super::*;
use crate::header::{self, Header};

const SSRC: u32 = 0xCAFE_BABE;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn packet(sequence: u16, ssrc: u32) -> Vec<u8> {
    let header = Header { payload_type: 0, marker: false, sequence, timestamp: u32::from(sequence) * 160, ssrc };
    let mut bytes = Vec::new();
    header::write(header, &[0x5A; 160], &mut bytes).unwrap();
    bytes
}

fn compound() -> Vec<u8> {
    hex("81c8000bcafebabe abababababababababababababababab")
}

fn key(suite: Suite) -> MasterKey {
    MasterKey::generate(suite, &mut StdRng::seed_from_u64(7))
}

fn pair(suite: Suite) -> (Protector, Opener) {
    (Protector::new(&key(suite)).unwrap(), Opener::new(&key(suite)).unwrap())
}

/// Session keys as an RFC's key derivation example gives them.
struct Derived {
    algorithm: BlockCipherAlgorithm,
    cipher_key: &'static str,
    cipher_salt: &'static str,
    auth_key: &'static str,
}

/// An SRTP packet made from session keys by hand: RFC 3711 §4.1.1 (AES-CM) and §4.2.1 (HMAC-SHA1), rollover counter 0.
fn by_hand(derived: &Derived, packet: &[u8], tag_len: usize) -> Vec<u8> {
    let provider = default_provider().unwrap();
    let mut counter = [0; 16];
    counter[..14].copy_from_slice(&hex(derived.cipher_salt));
    for (at, byte) in packet[8..12].iter().enumerate() {
        counter[4 + at] ^= byte; // SSRC · 2^64
    }
    for (at, byte) in packet[2..4].iter().enumerate() {
        counter[12 + at] ^= byte; // index · 2^16
    }
    let mut protected = packet.to_vec();
    for (number, block) in protected[12..].chunks_mut(16).enumerate() {
        let mut stream = counter;
        stream[14..].copy_from_slice(&(number as u16).to_be_bytes());
        provider.crypto().block_encrypt(derived.algorithm, &hex(derived.cipher_key), &mut stream).unwrap();
        block.iter_mut().zip(stream).for_each(|(byte, key)| *byte ^= key);
    }
    let mut tag = [0; 20];
    let mut hmac = provider.crypto().new_hmac(HmacAlgorithm::Sha1, &hex(derived.auth_key)).unwrap();
    hmac.sign(&[&protected, &[0; 4]], &mut tag).unwrap();
    protected.extend_from_slice(&tag[..tag_len]);
    protected
}

fn check_derivation(suite: Suite, master: &str, derived: &Derived) {
    let key = MasterKey::new(suite, &hex(master)).unwrap();
    let plain = packet(0x1234, SSRC);
    assert_eq!(Protector::new(&key).unwrap().rtp(&plain).unwrap(), by_hand(derived, &plain, suite.tag_len()));
}

/// RFC 3711 appendix B.3: the session keys that the example derives must be the ones on the wire.
#[test]
fn keys_derive_as_rfc_3711_b_3() {
    let master = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6";
    let derived = Derived {
        algorithm: BlockCipherAlgorithm::Aes128,
        cipher_key: "C61E7A93744F39EE10734AFE3FF7A087",
        cipher_salt: "30CBBC08863D8C85D49DB34A9AE1",
        auth_key: "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4",
    };
    check_derivation(Suite::AesCm128HmacSha1_80, master, &derived);
    check_derivation(Suite::AesCm128HmacSha1_32, master, &derived);
}

/// RFC 6188 §7.2.
#[test]
fn keys_derive_as_rfc_6188_7_2() {
    let master = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2";
    let derived = Derived {
        algorithm: BlockCipherAlgorithm::Aes256,
        cipher_key: "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
        cipher_salt: "fa31791685ca444a9e07c6c64e93",
        auth_key: "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    };
    check_derivation(Suite::AesCm256HmacSha1_80, master, &derived);
    check_derivation(Suite::AesCm256HmacSha1_32, master, &derived);
}

/// AES-128 GCM from a master key, as other implementations publish it (RFC 7714 gives session keys only).
#[test]
fn the_first_packet_of_gcm_is_as_others_make_it() {
    let material = hex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab");
    let key = || MasterKey::new(Suite::AeadAes128Gcm, &material).unwrap();
    let plain = hex("800f1234 decafbad cafebabe abababababababababababababababab");
    let sealed = hex("800f1234 decafbad cafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392");
    assert_eq!(Protector::new(&key()).unwrap().rtp(&plain).unwrap(), sealed);
    assert_eq!(Opener::new(&key()).unwrap().rtp(&sealed).unwrap(), plain);
}

#[test]
fn every_suite_opens_what_it_protects() {
    for suite in Suite::ALL {
        let (mut protector, mut opener) = pair(suite);
        let protected = protector.rtp(&packet(1, SSRC)).unwrap();
        assert_eq!(protected.len(), packet(1, SSRC).len() + suite.tag_len(), "{suite:?}");
        assert_ne!(protected[12..172], packet(1, SSRC)[12..172], "{suite:?}");
        assert_eq!(opener.rtp(&protected).unwrap(), packet(1, SSRC), "{suite:?}");
        let protected = protector.rtcp(&compound()).unwrap();
        assert_eq!(opener.rtcp(&protected).unwrap(), compound(), "{suite:?}");
    }
}

#[test]
fn header_extensions_of_any_shape_stay_readable_and_the_payload_does_not() {
    // One-byte elements (RFC 8285): padded, ended early by id 15, cut inside an element; and a profile of nobody's.
    for extension in ["bede0001 10aa0000", "bede0001 f0000000", "bede0001 000000 3f", "bede0000", "12340001 01020304"] {
        let head = [hex("9008000700000009cafebabe"), hex(extension)].concat();
        let plain = [head.clone(), vec![0x5A; 40]].concat();
        for suite in Suite::ALL {
            let (mut protector, mut opener) = pair(suite);
            let protected = protector.rtp(&plain).unwrap();
            assert_eq!(protected[..head.len()], head, "{suite:?} {extension}");
            assert_ne!(
                protected[head.len()..head.len() + 4],
                plain[head.len()..head.len() + 4],
                "{suite:?} {extension}"
            );
            assert_eq!(opener.rtp(&protected).unwrap(), plain, "{suite:?} {extension}");
        }
    }
}

#[test]
fn a_header_that_points_outside_is_not_protected() {
    let (mut protector, _) = pair(Suite::AesCm128HmacSha1_80);
    for bytes in ["8f08000700000009cafebabe", "9008000700000009cafebabe bede0009 00000000", "4008000700000009cafebabe"]
    {
        assert_eq!(protector.rtp(&hex(bytes)), Err(SrtpError::NotProtectable), "{bytes}");
    }
}

#[test]
fn a_changed_bit_anywhere_is_refused() {
    for suite in Suite::ALL {
        let (mut protector, mut opener) = pair(suite);
        let protected = protector.rtp(&packet(1, SSRC)).unwrap();
        for at in 0..protected.len() {
            let mut forged = protected.clone();
            forged[at] ^= 1;
            assert_eq!(opener.rtp(&forged), Err(SrtpError::NotAuthentic), "{suite:?} byte {at}");
        }
        assert!(opener.rtp(&protected).is_ok(), "{suite:?}: forgeries left no trace");
    }
}

#[test]
fn a_replay_is_refused_and_disorder_is_not() {
    let (mut protector, mut opener) = pair(Suite::AesCm128HmacSha1_80);
    let sent: Vec<_> = (1..=100).map(|n| protector.rtp(&packet(n, SSRC)).unwrap()).collect();
    for chunk in sent.chunks(10) {
        chunk.iter().rev().for_each(|packet| assert!(opener.rtp(packet).is_ok()));
    }
    sent.iter().for_each(|packet| assert_eq!(opener.rtp(packet), Err(SrtpError::NotAuthentic)));
    let report = protector.rtcp(&compound()).unwrap();
    assert!(opener.rtcp(&report).is_ok());
    assert_eq!(opener.rtcp(&report), Err(SrtpError::NotAuthentic));
}

#[test]
fn the_rollover_counter_follows_the_wrap_with_loss_and_disorder() {
    let (mut protector, mut opener) = pair(Suite::AesCm128HmacSha1_80);
    let numbers = (0..200_000u32).map(|n| (n % 65_536) as u16);
    let mut held = None;
    for number in numbers {
        let protected = protector.rtp(&packet(number, SSRC)).unwrap();
        if number % 1000 == 998 || number == 65_535 {
            held = Some(protected); // comes after its successor
        } else if number % 7 != 3 {
            assert!(opener.rtp(&protected).is_ok(), "{number}");
            if let Some(late) = held.take() {
                assert!(opener.rtp(&late).is_ok(), "late, before {number}");
            }
        }
    }
}

#[test]
fn a_report_that_claims_to_be_plain_is_refused() {
    for suite in Suite::ALL {
        let (mut protector, mut opener) = pair(suite);
        let mut forged = protector.rtcp(&compound()).unwrap();
        let flag = forged.len() - suite.after_index_word() - 4;
        forged[flag] &= 0x7F;
        assert_eq!(opener.rtcp(&forged), Err(SrtpError::NotEncrypted), "{suite:?}");
    }
}

#[test]
fn sources_are_bounded_and_forged_ones_leave_nothing() {
    let (mut protector, mut opener) = pair(Suite::AesCm128HmacSha1_80);
    for ssrc in 0..100 {
        let mut forged = packet(1, ssrc);
        forged.extend_from_slice(&[0; 10]);
        assert!(opener.rtp(&forged).is_err());
    }
    assert!(format!("{opener:?}").contains("sources: 0"));
    for ssrc in 0..100 {
        assert!(opener.rtp(&protector.rtp(&packet(1, ssrc)).unwrap()).is_ok(), "a peer may change its source");
    }
    assert!(format!("{opener:?}").contains("sources: 4"));
}

#[test]
fn another_key_opens_nothing() {
    let (mut protector, _) = pair(Suite::AeadAes128Gcm);
    let other = MasterKey::generate(Suite::AeadAes128Gcm, &mut StdRng::seed_from_u64(8));
    let protected = protector.rtp(&packet(1, SSRC)).unwrap();
    assert_eq!(Opener::new(&other).unwrap().rtp(&protected), Err(SrtpError::NotAuthentic));
}

#[test]
fn keys_have_their_size_and_never_show() {
    let expected = SrtpError::KeyLength { expected: 30, found: 29 };
    assert_eq!(MasterKey::new(Suite::AesCm128HmacSha1_80, &[1; 29]), Err(expected));
    let key = MasterKey::new(Suite::AesCm128HmacSha1_80, &[0xAB; 30]).unwrap();
    assert_eq!(format!("{key:?}"), "MasterKey(AES_CM_128_HMAC_SHA1_80, redacted)");
    for suite in Suite::ALL {
        assert_eq!(Suite::from_sdp_name(&suite.sdp_name().to_lowercase()), Some(suite));
    }
    assert_eq!(Suite::from_sdp_name("F8_128_HMAC_SHA1_80"), None);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..128), suite in 0usize..6) {
        let (mut protector, mut opener) = pair(Suite::ALL[suite]);
        let _ = (protector.rtp(&bytes), protector.rtcp(&bytes));
        prop_assert!(opener.rtp(&bytes).is_err());
        prop_assert!(opener.rtcp(&bytes).is_err());
    }
}
