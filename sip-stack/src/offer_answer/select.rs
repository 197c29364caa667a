//! Reading the peer's descriptions: what can be agreed on.

use std::net::SocketAddr;

use crate::sdp::{AudioMedia, CodecKind, Crypto, Direction, PayloadFormat, Protocol, SessionDescription, Setup};

use super::unacceptable::Unacceptable;
use super::{DtlsMedia, IceMedia, LocalMedia, OpusParameters, SrtpKey, SrtpPolicy, SrtpSuite};

/// What an offer or answer of the peer comes to, seen with our wishes.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    pub remote_rtp: SocketAddr,
    /// The same as `remote_rtp` where both share a port (RFC 5761).
    pub remote_rtcp: SocketAddr,
    pub codec: CodecKind,
    /// Number that the peer's description gives the codec: we send with it.
    pub payload_type: u8,
    pub opus_to_peer: OpusParameters,
    pub dtmf_payload_type: Option<u8>,
    pub dtmf_clock_hz: Option<u32>,
    pub ptime_ms: u16,
    pub protocol: Protocol,
    pub remote_key: Option<RemoteKey>,
    /// DTLS, where that makes the keys.
    pub dtls: Option<DtlsMedia>,
    /// ICE, where both can do it.
    pub ice: Option<IceMedia>,
    /// The peer wanted ICE, and its description does not name the address that media should go to (RFC 8839 §5.4).
    pub ice_mismatch: bool,
    /// Direction of the peer's description, the old hold address 0.0.0.0 understood.
    pub remote_direction: Direction,
    /// Our direction that fits it.
    pub our_direction: Direction,
}

impl Selection {
    pub fn is_muxed(&self) -> bool {
        self.remote_rtp == self.remote_rtcp
    }
}

/// The peer's key under its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RemoteKey {
    pub tag: u32,
    pub suite: SrtpSuite,
    pub key: SrtpKey,
}

/// How the codec is chosen among those that both have.
#[derive(Clone, Copy)]
pub(super) enum Choice {
    /// Our order; the codec in use first, if there is one.
    Ours(Option<CodecKind>),
    /// The order of the peer's answer.
    Theirs,
}

/// What may be agreed to.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    pub wish: Direction,
    pub choice: Choice,
    /// One port may serve RTP and RTCP, if the peer says so.
    pub may_mux: bool,
    /// DTLS may make the keys.
    pub may_dtls: bool,
    /// Our part in the DTLS that is there already: we began.
    pub was_active: Option<bool>,
    /// ICE may find the way.
    pub may_ice: bool,
    /// Our part in the ICE that is there already.
    pub was_controlling: Option<bool>,
}

pub(super) fn select(
    sdp: &SessionDescription,
    place: usize,
    audio: &AudioMedia,
    local: &LocalMedia,
    terms: Terms,
) -> Result<Selection, Unacceptable> {
    let Terms { wish, choice, may_mux, .. } = terms;
    debug_assert!(place < sdp.media.len());
    if audio.port == 0 {
        return Err(Unacceptable::NoAudio);
    }
    let address = sdp.address_of(audio).and_then(crate::sdp::Address::ip).ok_or(Unacceptable::Address)?;
    let format = choose_codec(audio, local, choice).ok_or(Unacceptable::NoCommonCodec)?;
    let codec = format.codec().ok_or(Unacceptable::NoCommonCodec)?;
    let events = audio.telephone_event(codec.clock_hz());
    let remote_rtp = SocketAddr::new(address, audio.port);
    let remote_direction = if address.is_unspecified() {
        // RFC 3264 §8.4: the hold of RFC 2543.
        Direction::new(sdp.direction_of(audio).sends(), false)
    } else {
        sdp.direction_of(audio)
    };
    let sends = wish.sends() && remote_direction.receives();
    let receives = wish.receives() && remote_direction.sends();
    let dtls = choose_dtls(sdp, audio, local, terms);
    let muxed = may_mux && audio.rtcp_mux;
    let ice = choose_ice(sdp, audio, local, terms).filter(|_| muxed);
    let named = |ice: &IceMedia| ice.remote.candidates.iter().any(|known| known.address == remote_rtp);
    // The address of an old hold is none that somebody on the way could have written.
    let ice_mismatch = !address.is_unspecified() && ice.as_ref().is_some_and(|ice| !named(ice));
    let remote_key = choose_key(audio, local.srtp, dtls.is_some())?;
    Ok(Selection {
        remote_rtp,
        remote_rtcp: if muxed { remote_rtp } else { rtcp_address(audio, remote_rtp) },
        codec,
        payload_type: format.payload_type,
        opus_to_peer: opus_parameters(format),
        dtmf_payload_type: events.map(|format| format.payload_type),
        dtmf_clock_hz: events.map(|format| format.clock_hz),
        ptime_ms: ptime(audio),
        protocol: audio.protocol.clone(),
        remote_key,
        dtls,
        ice: ice.filter(|_| !ice_mismatch),
        ice_mismatch,
        remote_direction,
        our_direction: Direction::new(sends, receives),
    })
}

fn choose_codec<'a>(audio: &'a AudioMedia, local: &LocalMedia, choice: Choice) -> Option<&'a PayloadFormat> {
    let ours = |format: &&PayloadFormat| format.codec().is_some_and(|codec| local.codecs.contains(&codec));
    match choice {
        Choice::Theirs => audio.formats.iter().find(ours),
        Choice::Ours(current) => {
            let order = current.iter().chain(&local.codecs);
            order.filter(|codec| local.codecs.contains(codec)).find_map(|codec| audio.format_of(*codec))
        }
    }
}

/// DTLS where the peer can do it and we may, unless keys in the description are there and we like them better.
fn choose_dtls(sdp: &SessionDescription, audio: &AudioMedia, local: &LocalMedia, terms: Terms) -> Option<DtlsMedia> {
    let ours = local.dtls.as_ref().filter(|_| terms.may_dtls && local.srtp != SrtpPolicy::Off)?;
    let remote = sdp.fingerprints_of(audio);
    let has_keys = audio.crypto.iter().any(|crypto| crypto.is_usable());
    if remote.is_empty() || (has_keys && !ours.offer && !audio.protocol.is_dtls()) {
        return None;
    }
    let is_offer = matches!(terms.choice, Choice::Ours(_));
    let active = match sdp.setup_of(audio) {
        // RFC 5763 §5: we begin, so that media flows before the answer has arrived; later our part stays (RFC 8842 §5.3).
        Some(Setup::ActPass) if is_offer => terms.was_active.unwrap_or(true),
        Some(Setup::Active) => false,
        Some(Setup::Passive) => true,
        // RFC 4145 §4: what no attribute means.
        None => !is_offer,
        Some(Setup::ActPass | Setup::HoldConn) => return None,
    };
    Some(DtlsMedia { active, remote })
}

/// ICE where the peer says enough of itself. The side that offers first decides, and a full one where the other is lite (RFC 8445 §6.1.1).
fn choose_ice(sdp: &SessionDescription, audio: &AudioMedia, local: &LocalMedia, terms: Terms) -> Option<IceMedia> {
    local.ice.as_ref().filter(|_| terms.may_ice)?;
    let mut remote = sdp.ice_of(audio)?;
    remote.candidates.retain(|candidate| candidate.component == 1);
    let offered_by_us = matches!(terms.choice, Choice::Theirs);
    let controlling = terms.was_controlling.unwrap_or(offered_by_us || remote.lite);
    Some(IceMedia { controlling, remote })
}

fn choose_key(audio: &AudioMedia, policy: SrtpPolicy, dtls: bool) -> Result<Option<RemoteKey>, Unacceptable> {
    let usable = audio.crypto.iter().filter(|crypto| crypto.is_usable() && !audio.protocol.is_dtls());
    let key = if policy == SrtpPolicy::Off { None } else { usable.filter_map(remote_key).next() };
    match key {
        _ if dtls => Ok(None),
        Some(key) => Ok(Some(key)),
        None if policy == SrtpPolicy::Required => Err(Unacceptable::EncryptionRequired),
        None if audio.protocol.is_secure() => Err(Unacceptable::EncryptionNotUsable),
        None => Ok(None),
    }
}

fn remote_key(crypto: &Crypto) -> Option<RemoteKey> {
    let suite = SrtpSuite::from_sdp(&crypto.suite)?;
    Some(RemoteKey { tag: crypto.tag, suite, key: SrtpKey::new(suite, crypto.key_salt.clone())? })
}

fn rtcp_address(audio: &AudioMedia, rtp: SocketAddr) -> SocketAddr {
    match &audio.rtcp {
        // RFC 3605: the address is that of RTP unless it is named.
        Some(rtcp) => {
            let ip = rtcp.address.as_ref().and_then(crate::sdp::Address::ip).unwrap_or(rtp.ip());
            SocketAddr::new(ip, rtcp.port)
        }
        None => SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)),
    }
}

/// What the peer wants to get, in steps of 10 ms, 10 to 60; 20 where it says nothing (RFC 3551 §4.2).
fn ptime(audio: &AudioMedia) -> u16 {
    let wished = audio.ptime_ms.unwrap_or(20).min(audio.maxptime_ms.unwrap_or(60));
    u16::try_from(wished.clamp(10, 60) / 10 * 10).unwrap_or(20)
}

fn opus_parameters(format: &PayloadFormat) -> OpusParameters {
    let defaults = OpusParameters::default();
    if format.codec() != Some(CodecKind::Opus) {
        return defaults;
    }
    let flag = |name: &str| format.parameter(name) == Some("1");
    let number = |name: &str| format.parameter(name).and_then(|value| value.parse::<u32>().ok());
    OpusParameters {
        max_playback_rate_hz: number("maxplaybackrate").unwrap_or(48_000).clamp(8_000, 48_000),
        max_average_bitrate: number("maxaveragebitrate").map(|rate| rate.clamp(6_000, 510_000)),
        stereo: flag("stereo"),
        cbr: flag("cbr"),
        in_band_fec: flag("useinbandfec"),
        dtx: flag("usedtx"),
    }
}
