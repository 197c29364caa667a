//! The calls of the practice line: what the user agent tells becomes orders to it, to the media thread and to the voice.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use rtp::srtp::{MasterKey, Suite};
use rtp_net::{RtpNet, Session, SessionConfig, SrtpConfig};
use sip_stack::ua::{
    AccountId, CodecKind, Command, Event, LegId, LocalMedia, NegotiatedMedia, SrtpKeys, SrtpPolicy, SrtpSuite,
};

use crate::options::Options;
use crate::voice::{Format, Order, Role, VoiceThread};

/// Answer of a line that has no socket left: try again later.
const UNAVAILABLE: u16 = 480;
const PTIME_MS: u16 = 20;

pub(crate) struct Calls {
    media: RtpNet,
    voice: VoiceThread,
    options: Options,
    list: BTreeMap<LegId, Call>,
    alarms: Vec<(Instant, LegId, Alarm)>,
}

struct Call {
    account: AccountId,
    session: Session,
    role: Role,
    speaking: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Alarm {
    Answer,
    HangUp,
}

impl Calls {
    pub fn new(media: RtpNet, voice: VoiceThread, options: Options) -> Calls {
        Calls { media, voice, options, list: BTreeMap::new(), alarms: Vec::new() }
    }

    /// The training caller calls `target`.
    pub fn call(&mut self, now: Instant, leg: LegId, account: AccountId, target: String) -> Option<Command> {
        let media = self.begin(leg, account, IpAddr::from([127, 0, 0, 1]), Role::Speak)?;
        self.alarms.push((now + self.options.patience, leg, Alarm::HangUp));
        Some(Command::Invite { leg, account, target, media })
    }

    /// What follows from an event.
    pub fn on_event(&mut self, now: Instant, event: Event) -> Vec<Command> {
        match event {
            Event::Incoming { leg, account, local_ip, .. } => vec![self.ring(now, leg, account, local_ip)],
            Event::Answered { leg } => {
                if self.list.get(&leg).is_some_and(|call| call.role == Role::Speak) {
                    self.alarms.retain(|(_, other, _)| *other != leg);
                    self.alarms.push((now + self.options.patience, leg, Alarm::HangUp));
                }
                Vec::new()
            }
            Event::Media { leg, media } => {
                self.configure(leg, &media);
                Vec::new()
            }
            Event::Ended { leg, .. } => self.end(leg).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// When [`Calls::on_time`] wants to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.alarms.iter().map(|(due, ..)| *due).min()
    }

    /// What is due.
    pub fn on_time(&mut self, now: Instant) -> Vec<Command> {
        let (due, later) = self.alarms.drain(..).partition(|(due, ..)| *due <= now);
        self.alarms = later;
        let due: Vec<_> = due;
        due.into_iter().filter_map(|(_, leg, alarm)| self.on_alarm(leg, alarm)).collect()
    }

    fn on_alarm(&self, leg: LegId, alarm: Alarm) -> Option<Command> {
        let call = self.list.get(&leg)?;
        Some(match alarm {
            Alarm::Answer => Command::Answer { leg, media: local_media(&call.session) },
            Alarm::HangUp => Command::HangUp { leg },
        })
    }

    fn ring(&mut self, now: Instant, leg: LegId, account: AccountId, local_ip: IpAddr) -> Command {
        match self.begin(leg, account, local_ip, Role::Echo(self.options.echo_delay)) {
            Some(_) => {
                self.alarms.push((now + self.options.answer_after, leg, Alarm::Answer));
                Command::Ring { leg }
            }
            None => Command::Reject { leg, status: UNAVAILABLE },
        }
    }

    fn begin(&mut self, leg: LegId, account: AccountId, local_ip: IpAddr, role: Role) -> Option<LocalMedia> {
        let opened = self.media.open(local_ip, None);
        let session = opened.map_err(|error| tracing::warn!(%error, "no media for a practice call")).ok()?;
        self.list.insert(leg, Call { account, session, role, speaking: false });
        Some(local_media(&session))
    }

    fn configure(&mut self, leg: LegId, media: &NegotiatedMedia) {
        let Some(call) = self.list.get_mut(&leg) else { return };
        let Some(config) = session_config(media) else {
            return tracing::error!("the practice line cannot use the keys it agreed on");
        };
        self.media.configure(call.session.id, config);
        if !call.speaking
            && let Some(packets) = self.media.rings(call.session.id)
        {
            self.voice.order(Order::Start { call: leg.0, role: call.role, packets });
            call.speaking = true;
        }
        self.voice.order(Order::Format { call: leg.0, format: format(media) });
    }

    /// The training caller has an account for each call, which goes with it.
    fn end(&mut self, leg: LegId) -> Option<Command> {
        self.alarms.retain(|(_, other, _)| *other != leg);
        let call = self.list.remove(&leg)?;
        self.voice.order(Order::Stop { call: leg.0 });
        self.media.close(call.session.id);
        (call.role == Role::Speak).then_some(Command::RemoveAccount { account: call.account })
    }
}

/// How long a shutdown waits for peers to answer.
pub(crate) const GOODBYE: Duration = Duration::from_secs(2);

fn local_media(session: &Session) -> LocalMedia {
    LocalMedia {
        rtp: session.local,
        codecs: CodecKind::ALL.to_vec(),
        srtp: SrtpPolicy::Optional,
        dtls: None,
        ice: None,
        rtcp_mux: false,
        ptime_ms: PTIME_MS,
    }
}

fn session_config(media: &NegotiatedMedia) -> Option<SessionConfig> {
    let events = media.receive_dtmf_payload_type;
    Some(SessionConfig {
        remote: media.remote_rtp,
        remote_rtcp: media.remote_rtcp,
        srtp: match &media.srtp {
            Some(keys) => Some(srtp_config(keys)?),
            None => None,
        },
        dtls: None,
        ice: None,
        send: media.send,
        receive: media.receive,
        payload_types: [media.receive_payload_type].into_iter().chain(events).collect(),
        clock_hz: media.clock_hz,
    })
}

fn srtp_config(keys: &SrtpKeys) -> Option<SrtpConfig> {
    let suite = match keys.suite {
        SrtpSuite::AesCm128HmacSha1_80 => Suite::AesCm128HmacSha1_80,
        SrtpSuite::AesCm128HmacSha1_32 => Suite::AesCm128HmacSha1_32,
        SrtpSuite::AesCm256HmacSha1_80 => Suite::AesCm256HmacSha1_80,
        SrtpSuite::AesCm256HmacSha1_32 => Suite::AesCm256HmacSha1_32,
    };
    let local = MasterKey::new(suite, keys.local.as_bytes()).ok()?;
    let remote = MasterKey::new(suite, keys.remote.as_bytes()).ok()?;
    Some(SrtpConfig { local, remote })
}

fn format(media: &NegotiatedMedia) -> Format {
    let audio = (media.receive_payload_type, media.payload_type);
    Format {
        codec: match media.codec {
            CodecKind::Opus => audio::codec::CodecKind::Opus,
            CodecKind::G722 => audio::codec::CodecKind::G722,
            CodecKind::Pcma => audio::codec::CodecKind::Pcma,
            CodecKind::Pcmu => audio::codec::CodecKind::Pcmu,
        },
        payload_type: media.payload_type,
        echoed: [audio, media.receive_dtmf_payload_type.zip(media.dtmf_payload_type).unwrap_or(audio)],
        send: media.send,
    }
}
