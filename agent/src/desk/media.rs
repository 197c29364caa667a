//! What the media side tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use agent_api::call::EndedBy;
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::{EventBody, NoticeCode};
use agent_api::id::CallId;
use agent_api::media::{AudioRole, ChooseDevice};
use sip_stack::ua::{Command, IceDescription, LocalMedia};

use super::ended::Over;
use super::live::Stage;
use super::{Desk, Reply, Standing};
use crate::fact::What;
use crate::port::clock::Now;
use crate::port::media::{IceWish, MediaCommand, MediaEvent, MediaStats, Signal};

/// Packet time that we ask for, ms.
const PTIME_MS: u16 = 20;

impl Desk {
    pub(super) fn media(&mut self, now: Now, event: MediaEvent) {
        match event {
            MediaEvent::Certificate { fingerprint } => self.certificate = Some(fingerprint),
            MediaEvent::Prepared { call, local, ice } => self.prepared(now, call, local, ice),
            MediaEvent::FirstRtp { call } => {
                let Some(live) = self.calls.get(&call) else { return };
                let after = live.answered_at.map_or(0, |at| now.mono.saturating_duration_since(at).as_millis() as u64);
                self.fact(call, What::FirstRtp { after_answer_ms: after });
            }
            MediaEvent::Stats { call, stats } => self.take_stats(now, call, *stats),
            MediaEvent::DtmfReceived { call, digits } => self.fact(call, What::Dtmf { digits, sent: false }),
            MediaEvent::DtmfSent { call, digits } => self.fact(call, What::Dtmf { digits, sent: true }),
            MediaEvent::Closed { call, stats } => {
                if let Some(stats) = &stats {
                    self.trace.stats(call, None, **stats);
                }
                let what = What::MediaClosed { stats: stats.map(|stats| *stats) };
                self.effects.push(super::Effect::Fact(crate::fact::Fact { account: None, call: Some(call), what }));
            }
            MediaEvent::RecordingStarted { recording, file } => self.recording_started(now, recording, &file),
            MediaEvent::RecordingEnded { recording, length_ms, peaks, problem } => {
                self.recording_ended(recording, length_ms, *peaks, problem);
            }
            MediaEvent::Played { recording, failed } => self.played(recording, failed),
            MediaEvent::Devices(audio) => {
                if audio != self.audio {
                    self.audio = audio.clone();
                    self.emit(EventBody::Audio(audio));
                }
            }
            MediaEvent::DeviceGone { role } => self.device_gone(role),
            MediaEvent::DeviceUsed { role, name } => self.device_used(role, name),
        }
    }

    /// Asks for the sockets of a call. The address that is told to the other side is that of the user agent's flow when it is
    /// told: the machine may have another by then.
    pub(super) fn prepare(&mut self, call: CallId) {
        let Some(live) = self.calls.get(&call) else { return };
        let line = self.lines.get(live.account()).map(|line| &line.account);
        let ports = line.and_then(|account| account.media_ports.clone());
        let ice = line.filter(|account| account.ice.on);
        let ice = ice.map(|account| IceWish { account: account.id, servers: account.ice.clone() });
        let local = match (line.and_then(|account| account.bind), live.local) {
            (Some(bind), _) => bind.ip(),
            // What is gathered is gathered at an address that there is.
            (None, here) if here.is_loopback() || ice.is_some() => here,
            (None, IpAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
            (None, IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.do_media(MediaCommand::Prepare { call, local, ports, ice });
    }

    /// The port is open: the INVITE, or the 200, leaves now.
    fn prepared(&mut self, now: Now, call: CallId, local: Option<SocketAddr>, ice: Option<IceDescription>) {
        let Some(live) = self.calls.get_mut(&call) else {
            return self.do_media(MediaCommand::Close { call });
        };
        let (leg, account, stage, target) = (live.leg, live.account(), live.stage, live.target.clone());
        let (Some(rtp), Some(line)) = (local, self.lines.get(account)) else {
            return self.no_port(now, call);
        };
        live.rtp = Some(rtp);
        let key = line.key;
        let media = LocalMedia {
            rtp,
            codecs: line.codecs(),
            srtp: line.srtp(),
            dtls: line.dtls(self.certificate.as_ref()),
            ice,
            rtcp_mux: line.account.rtcp_mux,
            ptime_ms: PTIME_MS,
        };
        match stage {
            Stage::Preparing => {
                live.stage = Stage::Dialing;
                match (live.follows, live.takes.clone()) {
                    (Some(of), _) => self.follow(of, leg, media),
                    (None, Some(call)) => {
                        self.do_phone(Command::PickUp { leg, account: key, target: target.clone(), call, media });
                    }
                    (None, None) => self.do_phone(Command::Invite { leg, account: key, target: target.clone(), media }),
                }
                self.fact(call, What::Calling { to: target });
            }
            Stage::Answering => {
                live.stage = Stage::Connecting;
                self.do_phone(Command::Answer { leg, media });
            }
            _ => {}
        }
    }

    fn no_port(&mut self, now: Now, call: CallId) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        if live.stage == Stage::Preparing {
            let over = Over {
                cause: crm::call::EndCause::Internal,
                status: None,
                by: crm::call::EndedBy::Network,
                reason: "no media port".to_owned(),
            };
            return self.end(now, call, over);
        }
        live.stage = Stage::Ending;
        let leg = live.leg;
        self.do_phone(Command::Reject { leg, status: 480 });
    }

    fn take_stats(&mut self, now: Now, call: CallId, stats: MediaStats) {
        self.fact(call, What::Stats { stats });
        self.trace.stats(call, Some(now.utc_ms), stats);
        let Some(live) = self.calls.get_mut(&call) else { return };
        let before = (live.stats.and_then(|stats| stats.quality()), live.security());
        live.stats = Some(stats);
        let told = live.one_way.look(now, live.sounds_since(), live.agreed.as_deref(), &stats);
        if before != (stats.quality(), live.security()) {
            self.show(call);
        }
        for code in told {
            self.say(code, None);
        }
    }

    /// Takes the wish over at once; what is then used comes with the next view of the devices.
    pub(super) fn choose(&mut self, choice: &ChooseDevice) -> Result<Reply, ApiError> {
        let mut audio = self.audio.clone();
        let Some(role) = audio.roles.iter_mut().find(|role| role.role == choice.role) else {
            return Err(ApiError::about(ErrorCode::AudioDevice, "role"));
        };
        role.chosen = choice.device.clone();
        role.volume_pct = choice.volume_pct.unwrap_or(role.volume_pct).min(100);
        let volume_pct = role.volume_pct;
        self.do_media(MediaCommand::Choose { role: choice.role, device: choice.device.clone(), volume_pct });
        if audio != self.audio {
            self.audio = audio.clone();
            self.emit(EventBody::Audio(audio.clone()));
        }
        Ok(Reply::Audio(audio))
    }

    fn device_gone(&mut self, role: AudioRole) {
        if let Some(told) = self.devices.of(role) {
            told.gone = true;
        }
    }

    /// One line for each change: what went is told together with what is used in its place.
    fn device_used(&mut self, role: AudioRole, name: Option<String>) {
        let (missing, went) = match role {
            AudioRole::Microphone => (NoticeCode::NoMicrophone, NoticeCode::MicrophoneGone),
            AudioRole::Speaker => (NoticeCode::NoSpeaker, NoticeCode::SpeakerGone),
            AudioRole::Ringer => return,
        };
        let Some(told) = self.devices.of(role) else { return };
        let gone = std::mem::take(&mut told.gone);
        let before = told.used.replace(name.clone());
        let Some(name) = name else {
            self.stand(missing, Standing::Yes(None));
            return;
        };
        self.stand(missing, Standing::No);
        if self.calls.is_empty() {
            return;
        }
        if gone {
            self.say(went, Some(name));
        } else if before.is_some_and(|before| before.as_ref() != Some(&name)) {
            self.say(NoticeCode::DeviceUsed, Some(name));
        }
    }

    /// Rings, knocks, plays ringback or nothing, by what the calls are.
    pub(super) fn settle_signal(&mut self) {
        let talking = self.calls.values().any(|call| call.answered_at.is_some());
        let rings_here = self.calls.values().any(|call| call.rings_here());
        let rings_there = self.calls.values().any(|call| call.stage == Stage::RingingRemote && !call.early_media);
        let signal = match (rings_here, talking, rings_there) {
            (true, true, _) => Signal::CallWaiting,
            (true, false, _) => Signal::Ring,
            (false, _, true) => Signal::Ringback,
            (false, _, false) => Signal::Silence,
        };
        if signal != self.signal {
            self.signal = signal;
            // A signal that ends by itself was asked for beside this one.
            let passing = |effect: &super::Effect| {
                matches!(effect, super::Effect::Media(MediaCommand::Signal(Signal::Busy | Signal::AutoAnswer)))
            };
            if !self.effects.iter().any(passing) {
                self.do_media(MediaCommand::Signal(signal));
            }
        }
    }

    pub(super) fn told_hold(&mut self, call: CallId, by: EndedBy, held: bool) {
        self.fact(call, if held { What::Held { by } } else { What::Resumed { by } });
    }
}

/// What is known of the devices of microphone and speaker.
#[derive(Default)]
pub(super) struct DevicesTold {
    microphone: DeviceTold,
    speaker: DeviceTold,
}

#[derive(Default)]
struct DeviceTold {
    /// It went, and what is used in its place is not known yet.
    gone: bool,
    /// The name of the last one, or that there was none; nothing before the first.
    used: Option<Option<String>>,
}

impl DevicesTold {
    /// None for the ringer, of which nothing is told.
    fn of(&mut self, role: AudioRole) -> Option<&mut DeviceTold> {
        match role {
            AudioRole::Microphone => Some(&mut self.microphone),
            AudioRole::Speaker => Some(&mut self.speaker),
            AudioRole::Ringer => None,
        }
    }
}
