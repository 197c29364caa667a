//! Words of the agent, of signalling, of the sockets and of the engine for the same things.

use agent::port::media::Handshake;
use agent_api::media::{AudioRole, AudioView, DeviceView, RoleView};
use audio_engine::{Role, RoleState};
use rtp::srtp::{MasterKey, Suite};
use rtp_net::{DtlsConfig, Hash, IceConfig, IceParameters, SrtpConfig, Standing};
use sip_stack::ua::{
    Candidate, CodecKind, DtlsMedia, Fingerprint, FingerprintHash, IceDescription, IceMedia, NegotiatedMedia, SrtpKeys,
};

/// What the sockets are told; none if the keys do not fit their suite.
pub fn rtp_config(media: &NegotiatedMedia, audible: bool) -> Option<rtp_net::SessionConfig> {
    let srtp = match &media.srtp {
        None => None,
        Some(keys) => Some(srtp(keys)?),
    };
    let mut payload_types = vec![media.receive_payload_type, media.payload_type];
    payload_types.extend(media.receive_dtmf_payload_type);
    payload_types.extend(media.dtmf_payload_type);
    if media.codec != CodecKind::Opus {
        // RFC 3551 §6: telephones send comfort noise in pauses without having offered it.
        payload_types.push(13);
    }
    Some(rtp_net::SessionConfig {
        remote: media.remote_rtp,
        remote_rtcp: media.remote_rtcp,
        srtp,
        dtls: media.dtls.as_ref().map(dtls),
        ice: media.ice.as_ref().map(ice),
        send: media.send && audible,
        receive: media.receive && audible,
        payload_types,
        clock_hz: media.clock_hz,
    })
}

fn srtp(keys: &SrtpKeys) -> Option<SrtpConfig> {
    let suite = Suite::from_sdp_name(keys.suite.name())?;
    let key = |key: &sip_stack::ua::SrtpKey| MasterKey::new(suite, key.as_bytes()).ok();
    Some(SrtpConfig { local: key(&keys.local)?, remote: key(&keys.remote)? })
}

fn dtls(agreed: &DtlsMedia) -> DtlsConfig {
    let fingerprints = agreed.remote.iter().map(|fingerprint| rtp_net::Fingerprint {
        hash: match fingerprint.hash() {
            FingerprintHash::Sha256 => Hash::Sha256,
            FingerprintHash::Sha384 => Hash::Sha384,
            FingerprintHash::Sha512 => Hash::Sha512,
        },
        digest: fingerprint.digest().to_vec(),
    });
    let role = if agreed.active { rtp_net::Role::Client } else { rtp_net::Role::Server };
    DtlsConfig { role, fingerprints: fingerprints.collect() }
}

fn ice(agreed: &IceMedia) -> IceConfig {
    let IceDescription { ufrag, pwd, candidates, .. } = agreed.remote.clone();
    let candidates = candidates.iter().map(ToString::to_string).collect();
    IceConfig { controlling: agreed.controlling, remote: IceParameters { ufrag, pwd, candidates } }
}

/// What was found, for signalling.
pub fn ice_description(found: IceParameters) -> IceDescription {
    let candidates = found.candidates.iter().filter_map(|value| Candidate::parse(value)).collect();
    IceDescription { ufrag: found.ufrag, pwd: found.pwd, lite: false, candidates }
}

/// Our certificate, for signalling.
pub fn fingerprint(ours: &rtp_net::Fingerprint) -> Option<Fingerprint> {
    let hash = match ours.hash {
        Hash::Sha256 => FingerprintHash::Sha256,
        Hash::Sha384 => FingerprintHash::Sha384,
        Hash::Sha512 => FingerprintHash::Sha512,
    };
    Fingerprint::new(hash, ours.digest.clone())
}

/// How far DTLS is, in the agent's words.
pub fn handshake(standing: Standing) -> Handshake {
    match standing {
        Standing::None => Handshake::None,
        Standing::Waiting => Handshake::Waiting,
        Standing::Up(suite) => Handshake::Done(suite.sdp_name()),
        Standing::Unproven => Handshake::Stranger,
        Standing::Failed => Handshake::Failed,
    }
}

/// What the engine is told.
pub fn engine_config(media: &NegotiatedMedia, answered: bool) -> audio_engine::SessionConfig {
    let codec = match media.codec {
        CodecKind::Opus => audio_engine::CodecKind::Opus,
        CodecKind::G722 => audio_engine::CodecKind::G722,
        CodecKind::Pcma => audio_engine::CodecKind::Pcma,
        CodecKind::Pcmu => audio_engine::CodecKind::Pcmu,
    };
    let mut config = audio_engine::SessionConfig::new(codec, media.payload_type);
    config.dtmf_payload_type = media.dtmf_payload_type;
    config.receive_dtmf_payload_type = media.receive_dtmf_payload_type;
    config.ptime_ms = u32::from(media.ptime_ms);
    config.send = media.send;
    config.receive = media.receive;
    config.answered = answered;
    if let Some(limit) = media.opus_to_peer.max_average_bitrate {
        config.opus.most_bps = limit.max(6_000);
    }
    config.opus.fec = media.opus_to_peer.in_band_fec;
    config.opus.dtx = media.opus_to_peer.dtx;
    config
}

/// The engine's word.
pub fn role(role: AudioRole) -> Role {
    match role {
        AudioRole::Microphone => Role::Microphone,
        AudioRole::Speaker => Role::Speaker,
        AudioRole::Ringer => Role::Ringer,
    }
}

/// The boundary's word.
pub fn api_role(role: Role) -> AudioRole {
    match role {
        Role::Microphone => AudioRole::Microphone,
        Role::Speaker => AudioRole::Speaker,
        Role::Ringer => AudioRole::Ringer,
    }
}

/// The devices, for the eye.
pub fn audio_view(roles: &[RoleState]) -> AudioView {
    let roles = roles.iter().map(|state| RoleView {
        role: api_role(state.role),
        devices: state
            .devices
            .iter()
            .map(|device| DeviceView { id: device.id.0.clone(), name: device.name.clone(), default: device.default })
            .collect(),
        chosen: state.chosen.as_ref().map(|id| id.0.clone()),
        used: state.used.as_ref().map(|id| id.0.clone()),
        volume_pct: state.volume_pct,
    });
    AudioView { roles: roles.collect() }
}
