//! Writing our own descriptions.

use std::net::{IpAddr, SocketAddr};

use crate::sdp::{
    AudioMedia, CodecKind, Crypto, Direction, Media, PayloadFormat, Protocol, Rtcp, SessionDescription, Setup,
};

use super::select::Selection;
use super::{LocalMedia, SrtpKey, SrtpSuite};

/// Payload types of what has no static one. Once used they keep their meaning for the whole call (RFC 3264 §8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PayloadNumbers {
    pub opus: u8,
    pub events_8k: u8,
    pub events_48k: u8,
}

impl Default for PayloadNumbers {
    fn default() -> Self {
        Self { opus: 107, events_8k: 101, events_48k: 110 }
    }
}

impl PayloadNumbers {
    fn of(&self, codec: CodecKind) -> u8 {
        codec.static_payload_type().unwrap_or(self.opus)
    }

    fn events(&self, clock_hz: u32) -> u8 {
        if clock_hz == 48_000 { self.events_48k } else { self.events_8k }
    }

    /// Takes over the numbers that the peer chose in its offer, as far as they do not collide with others.
    pub fn adopt(&mut self, selection: &Selection) {
        if selection.codec == CodecKind::Opus {
            self.opus = selection.payload_type;
        }
        let events = selection.dtmf_payload_type;
        match (selection.codec.clock_hz(), events) {
            (48_000, Some(number)) => self.events_48k = number,
            (_, Some(number)) => self.events_8k = number,
            (_, None) => {}
        }
        self.separate();
    }

    fn separate(&mut self) {
        let taken = [self.opus, self.events_8k, self.events_48k];
        let mut free = (96..=127).rev().filter(|number| !taken.contains(number));
        if self.events_8k == self.opus {
            self.events_8k = free.next().unwrap_or(126);
        }
        if self.events_48k == self.opus || self.events_48k == self.events_8k {
            self.events_48k = free.next().unwrap_or(127);
        }
    }
}

/// A key of ours under its tag.
#[derive(Clone, Debug)]
pub(super) struct OfferedKey {
    pub tag: u32,
    pub suite: SrtpSuite,
    pub key: SrtpKey,
}

/// What an offer says of us.
pub(super) struct OfferPlan<'a> {
    pub local: &'a LocalMedia,
    /// Codecs in the order to offer.
    pub codecs: &'a [CodecKind],
    pub numbers: PayloadNumbers,
    pub protocol: Protocol,
    pub keys: &'a [OfferedKey],
    /// Our certificate is named.
    pub dtls: bool,
    /// Our candidates are named.
    pub ice: bool,
    pub direction: Direction,
    pub rtcp_mux: bool,
}

pub(super) fn offer_audio(plan: &OfferPlan<'_>) -> AudioMedia {
    let mut audio = base(plan.local, plan.protocol.clone(), plan.direction, plan.rtcp_mux);
    for codec in plan.codecs {
        audio.formats.push(codec_format(*codec, plan.numbers.of(*codec)));
    }
    let mut clocks: Vec<u32> = plan.codecs.iter().map(|codec| codec.clock_hz()).collect();
    clocks.sort_unstable();
    clocks.dedup();
    for clock_hz in clocks {
        // RFC 4733 §2.1: one telephone-event per clock rate of the codecs.
        audio.formats.push(PayloadFormat::telephone_event(plan.numbers.events(clock_hz), clock_hz));
    }
    audio.crypto = plan.keys.iter().map(|k| Crypto::new(k.tag, k.suite.to_sdp(), k.key.as_bytes().to_vec())).collect();
    if plan.dtls {
        // RFC 5763 §5, RFC 8842 §5.2: offers leave the choice to the peer, later ones, too.
        name_certificate(&mut audio, plan.local, Setup::ActPass);
    }
    if plan.ice {
        name_candidates(&mut audio, plan.local);
    }
    audio
}

pub(super) fn answer_audio(local: &LocalMedia, selection: &Selection, key: Option<&OfferedKey>) -> AudioMedia {
    let mut audio = base(local, selection.protocol.clone(), selection.our_direction, selection.is_muxed());
    if audio.rtcp_mux {
        // RFC 5761 §5.1.3: a port of its own is named only in an offer, for peers that share none.
        audio.rtcp = None;
    }
    audio.formats.push(codec_format(selection.codec, selection.payload_type));
    if let Some((number, clock_hz)) = selection.dtmf_payload_type.zip(selection.dtmf_clock_hz) {
        audio.formats.push(PayloadFormat::telephone_event(number, clock_hz));
    }
    audio.crypto = key.map(|k| Crypto::new(k.tag, k.suite.to_sdp(), k.key.as_bytes().to_vec())).into_iter().collect();
    if let Some(dtls) = &selection.dtls {
        name_certificate(&mut audio, local, if dtls.active { Setup::Active } else { Setup::Passive });
    }
    if selection.ice.is_some() {
        name_candidates(&mut audio, local);
    } else if selection.ice_mismatch {
        // RFC 8839 §5.4: whoever changed the address on the way is told that nothing came of ICE.
        audio.attributes.push(("ice-mismatch".to_owned(), None));
    }
    audio
}

fn name_certificate(audio: &mut AudioMedia, local: &LocalMedia, setup: Setup) {
    audio.fingerprints = local.dtls.iter().map(|dtls| dtls.fingerprint.clone()).collect();
    audio.setup = Some(setup);
}

fn name_candidates(audio: &mut AudioMedia, local: &LocalMedia) {
    let Some(ice) = &local.ice else { return };
    audio.ice_ufrag = Some(ice.ufrag.clone());
    audio.ice_pwd = Some(ice.pwd.clone());
    audio.candidates = ice.candidates.clone();
}

fn base(local: &LocalMedia, protocol: Protocol, direction: Direction, rtcp_mux: bool) -> AudioMedia {
    let mut audio = AudioMedia::new(local.rtp.port(), protocol);
    audio.ptime_ms = Some(u32::from(local.ptime_ms));
    audio.direction = Some(direction);
    audio.rtcp_mux = rtcp_mux;
    audio.rtcp = local.rtp.port().checked_add(1).map(|port| Rtcp { port, address: None });
    audio
}

fn codec_format(codec: CodecKind, payload_type: u8) -> PayloadFormat {
    let format = PayloadFormat::of(codec, payload_type);
    // RFC 7587 §6.1: we make use of in-band FEC, and hear mono.
    if codec == CodecKind::Opus { format.with_fmtp("useinbandfec=1") } else { format }
}

/// A whole description with this one audio line at `place`; the other lines of the peer's offer are refused.
pub(super) fn description(
    session_id: u64,
    rtp: SocketAddr,
    audio: AudioMedia,
    peer: Option<(&SessionDescription, usize)>,
) -> SessionDescription {
    let ip: IpAddr = rtp.ip();
    let mut sdp = SessionDescription::new(session_id, 0, ip);
    match peer {
        None => sdp.media.push(Media::Audio(audio)),
        Some((offer, place)) => {
            // RFC 3264 §6: as many lines as the offer, in its order; port 0 refuses.
            for (at, media) in offer.media.iter().enumerate() {
                sdp.media.push(match media {
                    _ if at == place => Media::Audio(audio.clone()),
                    Media::Audio(other) => Media::Audio(refused(other)),
                    Media::Other(other) => Media::Other(other.refused()),
                });
            }
        }
    }
    sdp
}

fn refused(audio: &AudioMedia) -> AudioMedia {
    let mut refused = AudioMedia::new(0, audio.protocol.clone());
    refused.formats = audio.formats.iter().take(1).cloned().collect();
    refused
}
