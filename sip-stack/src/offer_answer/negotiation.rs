//! The offer/answer exchange of one call.
//!
//! ```text
//!          ┌─ offer() ──► Offered ── accept_answer() ─┐
//!  Idle ───┤                 └─ withdraw() ► Idle     ├──► Idle, with what is agreed
//!          └─ answer(their offer) ────────────────────┘
//! ```
//! Nothing that fails changes what was agreed before.

use rand::RngCore;

use crate::sdp::{CodecKind, Direction, Protocol, SessionDescription};

use super::describe::{OfferPlan, OfferedKey, PayloadNumbers, answer_audio, description, offer_audio};
use super::select::{Choice, RemoteKey, Selection, Terms, select};
use super::unacceptable::Unacceptable;
use super::{LocalMedia, NegotiatedMedia, SrtpKey, SrtpKeys, SrtpPolicy, SrtpSuite};

/// What an exchange came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What is agreed now.
    pub media: NegotiatedMedia,
    /// The peer wants to hear nothing: it holds the call.
    pub held_by_remote: bool,
}

#[derive(Debug)]
struct OpenOffer {
    keys: Vec<OfferedKey>,
    dtls: bool,
    ice: bool,
    hold: bool,
    rtcp_mux: bool,
    /// The first of the call: forks may answer it several times, each with its own protection.
    first: bool,
}

/// How an offer protects media.
struct Offered {
    protocol: Protocol,
    keys: Vec<OfferedKey>,
    dtls: bool,
}

/// Offers and answers of one call, our keys, and what is agreed.
#[derive(Debug)]
pub struct Negotiation {
    session_id: u64,
    local: LocalMedia,
    over_tls: bool,
    hold: bool,
    numbers: PayloadNumbers,
    last: Option<SessionDescription>,
    open: Option<OpenOffer>,
    agreed: Option<(NegotiatedMedia, Protocol, Option<OfferedKey>)>,
}

impl Negotiation {
    /// Nothing offered, nothing agreed. `local.rtp` is a real address by now.
    pub fn new(local: LocalMedia, over_tls: bool, rng: &mut impl RngCore) -> Self {
        // RFC 8866 §5.2: below 2^63 so that every peer can hold it.
        let session_id = u64::from(rng.next_u32());
        Self {
            session_id,
            local,
            over_tls,
            hold: false,
            numbers: PayloadNumbers::default(),
            last: None,
            open: None,
            agreed: None,
        }
    }

    /// What is agreed.
    #[must_use]
    pub fn media(&self) -> Option<&NegotiatedMedia> {
        self.agreed.as_ref().map(|(media, ..)| media)
    }

    /// We hold the call.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.hold
    }

    /// Media of ours moves to another IP, after a change of network; the next description says so.
    pub fn set_local_ip(&mut self, ip: std::net::IpAddr) {
        if self.local.rtp.ip() != ip {
            // Its candidates are those of the network that was left; media goes on without.
            self.local.ice = None;
        }
        self.local.rtp.set_ip(ip);
    }

    /// Writes an offer that holds or does not hold, and waits for its answer.
    pub fn offer(&mut self, hold: bool, rng: &mut impl RngCore) -> Vec<u8> {
        let current = self.agreed.as_ref().map(|(media, ..)| media.codec);
        let mut codecs: Vec<CodecKind> = current.into_iter().chain(self.local.codecs.iter().copied()).collect();
        let mut seen = Vec::new();
        codecs.retain(|codec| {
            !seen.contains(codec) && self.local.codecs.contains(codec) && {
                seen.push(*codec);
                true
            }
        });
        let Offered { protocol, keys, dtls } = self.offered_protection(rng);
        // Two ports would need two handshakes (RFC 5764 §4.1).
        let ice = self.local.ice.is_some() && self.media().is_none_or(|media| media.ice.is_some());
        let rtcp_mux = self.media().map_or(self.local.rtcp_mux || dtls || ice, NegotiatedMedia::is_muxed);
        let audio = offer_audio(&OfferPlan {
            local: &self.local,
            codecs: &codecs,
            numbers: self.numbers,
            protocol,
            keys: &keys,
            dtls,
            ice,
            direction: self.wish(hold),
            rtcp_mux,
        });
        self.open = Some(OpenOffer { keys, dtls, ice, hold, rtcp_mux, first: self.agreed.is_none() });
        let sdp = description(self.session_id, self.local.rtp, audio, None);
        self.print(sdp)
    }

    /// The answer that was taken last is the final one.
    pub fn settle(&mut self) {
        self.open = None;
    }

    /// The offer was refused; what was agreed before stands.
    pub fn withdraw(&mut self) {
        self.open = None;
    }

    /// Whether an offer of ours waits for its answer.
    #[must_use]
    pub fn offer_is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The peer refused our first offer. Where encryption is optional, the offer of plain media with keys may have been the
    /// reason: from now on `RTP/SAVP` is offered. `false` if there is nothing else to offer.
    pub fn insist_on_encryption(&mut self) -> bool {
        let optional = self.agreed.is_none() && self.local.srtp == SrtpPolicy::Optional;
        if optional {
            self.local.srtp = SrtpPolicy::Required;
            self.open = None;
        }
        optional
    }

    /// Takes an answer to our offer. The offer stays open for the answers of other forks until [`Self::settle`].
    ///
    /// # Errors
    /// [`Unacceptable`]; nothing has changed.
    pub fn accept_answer(&mut self, body: &[u8]) -> Result<Outcome, Unacceptable> {
        let open = self.open.as_ref().ok_or(Unacceptable::NoOffer)?;
        let sdp = SessionDescription::parse(body).map_err(|_| Unacceptable::Malformed)?;
        let (place, audio) = sdp.audio().ok_or(Unacceptable::NoAudio)?;
        let terms = Terms {
            wish: self.wish(open.hold),
            choice: Choice::Theirs,
            may_mux: open.rtcp_mux,
            may_dtls: open.dtls,
            was_active: None,
            may_ice: open.ice,
            was_controlling: self.controls(),
        };
        let selection = select(&sdp, place, audio, &self.local, terms)?;
        let key = match &selection.remote_key {
            None => None,
            // RFC 4568 §5.1.3: the answer names the tag of the line that it took.
            Some(remote) => {
                let ours = open.keys.iter().find(|k| k.tag == remote.tag && k.suite == remote.suite);
                Some(ours.cloned().ok_or(Unacceptable::EncryptionNotUsable)?)
            }
        };
        if !open.first {
            self.refuse_downgrade(&selection)?;
        }
        self.hold = open.hold;
        let receive = self.numbers_of(&selection);
        Ok(self.agree(selection, key, receive))
    }

    /// Answers an offer of the peer: our description, and what it comes to.
    ///
    /// # Errors
    /// [`Unacceptable`]: answer 488; nothing has changed.
    pub fn answer(&mut self, offer: &[u8], rng: &mut impl RngCore) -> Result<(Vec<u8>, Outcome), Unacceptable> {
        let sdp = SessionDescription::parse(offer).map_err(|_| Unacceptable::Malformed)?;
        let (place, audio) = sdp.audio().ok_or(Unacceptable::NoAudio)?;
        let current = self.agreed.as_ref().map(|(media, ..)| media.codec);
        let was_active = self.media().and_then(|media| media.dtls.as_ref()).map(|dtls| dtls.active);
        let choice = Choice::Ours(current);
        let was_controlling = self.controls();
        let wish = self.wish(self.hold);
        let terms = Terms { wish, choice, may_mux: true, may_dtls: true, was_active, may_ice: true, was_controlling };
        let selection = select(&sdp, place, audio, &self.local, terms)?;
        self.refuse_downgrade(&selection)?;
        let key = selection.remote_key.as_ref().map(|remote| self.key_for(remote, rng));
        let ours = answer_audio(&self.local, &selection, key.as_ref());
        let body = description(self.session_id, self.local.rtp, ours, Some((&sdp, place)));
        let body = self.print(body);
        self.numbers.adopt(&selection);
        let receive = (selection.payload_type, selection.dtmf_payload_type);
        Ok((body, self.agree(selection, key, receive)))
    }

    /// Our part in the ICE that is there already.
    fn controls(&self) -> Option<bool> {
        self.media().and_then(|media| media.ice.as_ref()).map(|ice| ice.controlling)
    }

    fn wish(&self, hold: bool) -> Direction {
        if hold { Direction::SendOnly } else { Direction::SendRecv }
    }

    /// Protocol and keys of an offer: those in use stay, so that media goes on undisturbed.
    fn offered_protection(&self, rng: &mut impl RngCore) -> Offered {
        let by_dtls = self.local.dtls.as_ref().is_some_and(|dtls| dtls.offer);
        let of = |protocol, keys, dtls| Offered { protocol, keys, dtls };
        match (&self.agreed, self.local.srtp) {
            (Some((media, protocol, key)), _) => {
                of(protocol.clone(), key.clone().into_iter().collect(), media.dtls.is_some())
            }
            (None, SrtpPolicy::Off) => of(Protocol::RtpAvp, Vec::new(), false),
            (None, SrtpPolicy::Optional) if by_dtls => of(Protocol::RtpAvp, Vec::new(), true),
            (None, SrtpPolicy::Required) if by_dtls => of(Protocol::DtlsSavp, Vec::new(), true),
            (None, SrtpPolicy::Optional) => of(Protocol::RtpAvp, fresh_keys(&SrtpSuite::OFFERED, rng), false),
            (None, SrtpPolicy::Required) => {
                of(Protocol::RtpSavp, fresh_keys(&SrtpSuite::OFFERED_IF_REQUIRED, rng), false)
            }
        }
    }

    /// Our key against that of the peer: the one in use as long as the suite stays.
    fn key_for(&self, remote: &RemoteKey, rng: &mut impl RngCore) -> OfferedKey {
        let used = self.agreed.as_ref().and_then(|(.., key)| key.clone()).filter(|key| key.suite == remote.suite);
        let key = used.map_or_else(|| SrtpKey::generate(remote.suite, rng), |used| used.key);
        OfferedKey { tag: remote.tag, suite: remote.suite, key }
    }

    fn refuse_downgrade(&self, selection: &Selection) -> Result<(), Unacceptable> {
        let encrypted = self.media().is_some_and(NegotiatedMedia::is_encrypted);
        if encrypted && selection.remote_key.is_none() && selection.dtls.is_none() {
            Err(Unacceptable::Downgrade)
        } else {
            Ok(())
        }
    }

    /// Numbers that the peer sends with: those of our offer.
    fn numbers_of(&self, selection: &Selection) -> (u8, Option<u8>) {
        let codec = selection.codec.static_payload_type().unwrap_or(self.numbers.opus);
        let events = match selection.dtmf_clock_hz {
            Some(48_000) => Some(self.numbers.events_48k),
            Some(_) => Some(self.numbers.events_8k),
            None => None,
        };
        (codec, events)
    }

    fn agree(&mut self, selection: Selection, key: Option<OfferedKey>, receive: (u8, Option<u8>)) -> Outcome {
        let srtp = selection.remote_key.clone().zip(key.clone()).map(|(remote, ours)| SrtpKeys {
            suite: remote.suite,
            local: ours.key,
            remote: remote.key,
        });
        let media = NegotiatedMedia {
            local_rtp: self.local.rtp,
            remote_rtp: selection.remote_rtp,
            remote_rtcp: selection.remote_rtcp,
            codec: selection.codec,
            payload_type: selection.payload_type,
            receive_payload_type: receive.0,
            clock_hz: selection.codec.clock_hz(),
            opus_to_peer: selection.opus_to_peer,
            dtmf_payload_type: selection.dtmf_payload_type,
            receive_dtmf_payload_type: receive.1,
            ptime_ms: selection.ptime_ms,
            send: selection.our_direction.sends() && !self.hold,
            receive: selection.our_direction.receives() && !self.hold,
            srtp,
            dtls: selection.dtls,
            ice: selection.ice,
            keys_over_tls: self.over_tls,
        };
        let held_by_remote = !selection.remote_direction.receives();
        self.agreed = Some((media.clone(), selection.protocol, key));
        Outcome { media, held_by_remote }
    }

    /// Prints a description; its version grows only if anything changed (RFC 3264 §8).
    fn print(&mut self, mut sdp: SessionDescription) -> Vec<u8> {
        sdp.origin.version = self.last.as_ref().map_or(1, |last| last.origin.version);
        if self.last.as_ref().is_some_and(|last| *last != sdp) {
            sdp.origin.version += 1;
        }
        let bytes = sdp.print();
        self.last = Some(sdp);
        bytes
    }
}

fn fresh_keys(suites: &[SrtpSuite], rng: &mut impl RngCore) -> Vec<OfferedKey> {
    let fresh =
        |(tag, suite): (u32, &SrtpSuite)| OfferedKey { tag, suite: *suite, key: SrtpKey::generate(*suite, rng) };
    (1..).zip(suites).map(fresh).collect()
}
