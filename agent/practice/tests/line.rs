//! The practice line with our own user agent as the client: real SIP and RTP on loopback.
#![allow(clippy::unwrap_used)] // a test fails by panicking

use std::net::IpAddr;
use std::time::Duration;

use audio::codec::Decoder;
use practice::{CallMeError, Options, Practice};
use rtp::packet::{InPacket, OutPacket};
use rtp::srtp::{MasterKey, Suite};
use rtp_net::{Packets, RtpNet, Session, SessionConfig, SrtpConfig};
use sip_net::SipNet;
use sip_stack::ua::{
    AccountConfig, AccountId, CodecKind, Command, EndCause, EndedBy, Event, LegId, LocalMedia, NegotiatedMedia, Secret,
    SrtpPolicy, UaConfig,
};

const ACCOUNT: AccountId = AccountId(1);
const LEG: LegId = LegId(1);
const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// No waiting where a person would like some.
fn brisk() -> Options {
    Options { echo_delay: Duration::ZERO, answer_after: Duration::ZERO, ..Options::default() }
}

/// A softphone reduced to its stack.
struct Phone {
    sip: SipNet,
    net: RtpNet,
    session: Session,
    packets: Packets,
}

impl Phone {
    fn new(practice: &Practice, password: Secret) -> Phone {
        let sip = SipNet::spawn(UaConfig::default()).unwrap();
        let line = practice.line();
        let config = AccountConfig {
            proxy: Some(format!("sip:{};lr", line.address)),
            port: Some(line.address.port()),
            ..AccountConfig::new(line.user.clone(), line.domain.clone(), password)
        };
        sip.commands.send(Command::AddAccount { account: ACCOUNT, config: Box::new(config) }).unwrap();
        let net = RtpNet::start().unwrap();
        let session = net.open(LOOPBACK, None).unwrap();
        let packets = net.rings(session.id).unwrap();
        Phone { sip, net, session, packets }
    }

    async fn registered(practice: &Practice) -> Phone {
        let mut phone = Phone::new(practice, practice.line().password.clone());
        phone.until(|event| matches!(event, Event::Registered { .. })).await;
        phone
    }

    /// Other ports for the next call, so that nothing of the last can be taken for it.
    fn hang_up_media(&mut self) {
        self.net.close(self.session.id);
        self.session = self.net.open(LOOPBACK, None).unwrap();
        self.packets = self.net.rings(self.session.id).unwrap();
    }

    /// The first event of the kind; others before it are passed over.
    async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let look = async {
            loop {
                let event = self.sip.events.recv().await.expect("the stack runs");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), look).await.expect("the event comes")
    }

    fn command(&self, command: Command) {
        self.sip.commands.send(command).unwrap();
    }

    fn media(&self, codec: CodecKind, srtp: SrtpPolicy) -> LocalMedia {
        LocalMedia {
            rtp: self.session.local,
            codecs: vec![codec],
            srtp,
            dtls: None,
            ice: None,
            rtcp_mux: false,
            ptime_ms: 20,
        }
    }

    /// Calls, and returns what was agreed once the call is up.
    async fn call(&mut self, target: &str, codec: CodecKind, srtp: SrtpPolicy) -> NegotiatedMedia {
        let media = self.media(codec, srtp);
        self.command(Command::Invite { leg: LEG, account: ACCOUNT, target: target.into(), media });
        self.agreed().await
    }

    async fn agreed(&mut self) -> NegotiatedMedia {
        let Event::Media { media, .. } = self.until(|event| matches!(event, Event::Media { .. })).await else {
            unreachable!("that is what was waited for")
        };
        self.net.configure(self.session.id, session_config(&media));
        self.until(|event| matches!(event, Event::Answered { .. })).await;
        *media
    }

    /// The next packet. A ring tells nobody when it fills, so it is looked at every other millisecond.
    async fn receive(&mut self) -> InPacket {
        let mut looks = tokio::time::interval(Duration::from_millis(2));
        let ring = &mut self.packets.0;
        let look = async {
            loop {
                looks.tick().await;
                if let Ok(packet) = ring.pop() {
                    return packet;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), look).await.expect("a packet comes")
    }
}

fn session_config(media: &NegotiatedMedia) -> SessionConfig {
    let srtp = media.srtp.as_ref().map(|keys| {
        let suite = Suite::from_sdp_name(keys.suite.name()).unwrap();
        let key = |bytes| MasterKey::new(suite, bytes).unwrap();
        SrtpConfig { local: key(keys.local.as_bytes()), remote: key(keys.remote.as_bytes()) }
    });
    SessionConfig {
        remote: media.remote_rtp,
        remote_rtcp: media.remote_rtcp,
        srtp,
        dtls: None,
        ice: None,
        send: media.send,
        receive: media.receive,
        payload_types: Vec::new(),
        clock_hz: media.clock_hz,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_registers() {
    let practice = Practice::start(brisk()).unwrap();
    let mut phone = Phone::new(&practice, practice.line().password.clone());
    let Event::Registered { expires_s, .. } = phone.until(|event| matches!(event, Event::Registered { .. })).await
    else {
        unreachable!("that is what was waited for")
    };
    assert_eq!(expires_s, 600);
    phone.command(Command::Unregister { account: ACCOUNT });
    phone.until(|event| matches!(event, Event::Unregistered { .. })).await;
    assert_eq!(practice.call_me().await, Err(CallMeError::NotRegistered));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_does_not() {
    let practice = Practice::start(brisk()).unwrap();
    let mut phone = Phone::new(&practice, Secret::new("wrong"));
    let failed = phone.until(|event| matches!(event, Event::RegistrationFailed { .. })).await;
    assert!(matches!(failed, Event::RegistrationFailed { cause: EndCause::Auth, .. }), "{failed:?}");
    assert_eq!(practice.call_me().await, Err(CallMeError::NotRegistered));
}

async fn echoes(target: &str, codec: CodecKind, srtp: SrtpPolicy) {
    let practice = Practice::start(brisk()).unwrap();
    let mut phone = Phone::registered(&practice).await;
    let media = phone.call(target, codec, srtp).await;
    assert_eq!((media.codec, media.srtp.is_some()), (codec, srtp == SrtpPolicy::Required));
    for number in 0..20u8 {
        let payload = [number; 60].into_iter().collect();
        let timestamp = u32::from(number) * media.clock_hz / 50;
        let packet = OutPacket { payload_type: media.payload_type, marker: number == 0, timestamp, payload };
        phone.packets.1.push(packet).unwrap();
        phone.net.wake();
        let echoed = phone.receive().await;
        assert_eq!(echoed.payload[..], [number; 60]);
        assert_eq!((echoed.payload_type, echoed.marker), (media.receive_payload_type, number == 0));
    }
    phone.command(Command::HangUp { leg: LEG });
    let ended = phone.until(|event| matches!(event, Event::Ended { .. })).await;
    assert!(matches!(ended, Event::Ended { cause: EndCause::Normal, by: EndedBy::Local, .. }), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_line_gives_back_what_it_hears() {
    echoes("600", CodecKind::Pcma, SrtpPolicy::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_number_is_an_echo_in_any_codec() {
    for codec in CodecKind::ALL {
        echoes("+12025550142", codec, SrtpPolicy::Off).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_echo_line_speaks_srtp() {
    echoes("600", CodecKind::Opus, SrtpPolicy::Required).await;
}

/// Rings by the training caller and answers; returns what was agreed.
async fn taken(practice: &Practice, phone: &mut Phone, codec: CodecKind) -> (LegId, NegotiatedMedia) {
    practice.call_me().await.unwrap();
    let incoming = phone.until(|event| matches!(event, Event::Incoming { .. })).await;
    let Event::Incoming { leg, from, .. } = incoming else { unreachable!("that is what was waited for") };
    assert_eq!(from.user, practice.line().caller_number);
    assert_eq!(from.display_name.as_deref(), Some("Marcela Quesada"));
    phone.command(Command::Ring { leg });
    phone.command(Command::Answer { leg, media: phone.media(codec, SrtpPolicy::Off) });
    let media = phone.agreed().await;
    (leg, media)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_training_caller_rings_and_speaks_in_every_codec() {
    let practice = Practice::start(brisk()).unwrap();
    let mut phone = Phone::registered(&practice).await;
    for codec in CodecKind::ALL {
        let (leg, media) = taken(&practice, &mut phone, codec).await;
        let mut decoder = Decoder::new(match media.codec {
            CodecKind::Opus => audio::codec::CodecKind::Opus,
            CodecKind::G722 => audio::codec::CodecKind::G722,
            CodecKind::Pcma => audio::codec::CodecKind::Pcma,
            CodecKind::Pcmu => audio::codec::CodecKind::Pcmu,
        })
        .unwrap();
        let mut last = None;
        let mut loud = 0;
        for _ in 0..50 {
            let packet = phone.receive().await;
            let step = last.map(|last| packet.timestamp.wrapping_sub(last));
            assert!(step.is_none_or(|step| step % (media.clock_hz / 50) == 0 && step > 0), "{step:?}");
            last = Some(packet.timestamp);
            let mut pcm = vec![0.0; audio::codec::MAX_PACKET_SAMPLES];
            let samples = decoder.decode(&packet.payload, &mut pcm).unwrap();
            assert_eq!(samples as u32, media.codec_rate() / 50);
            let energy = pcm[..samples].iter().map(|sample| sample * sample).sum::<f32>() / samples as f32;
            loud += usize::from(energy > 1e-4);
        }
        assert!(loud > 15, "{codec:?}: only {loud} of 50 frames are louder than -40 dBFS");
        phone.command(Command::HangUp { leg });
        phone.until(|event| matches!(event, Event::Ended { .. })).await;
        phone.hang_up_media();
    }
}

trait CodecRate {
    /// Samples a second of the decoded sound.
    fn codec_rate(&self) -> u32;
}

impl CodecRate for NegotiatedMedia {
    fn codec_rate(&self) -> u32 {
        if self.codec == CodecKind::G722 { 16_000 } else { self.clock_hz }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_training_caller_hangs_up_when_it_has_said_its_piece() {
    let practice = Practice::start(Options { patience: Duration::from_millis(700), ..brisk() }).unwrap();
    let mut phone = Phone::registered(&practice).await;
    taken(&practice, &mut phone, CodecKind::Pcmu).await;
    let ended = phone.until(|event| matches!(event, Event::Ended { .. })).await;
    assert!(matches!(ended, Event::Ended { cause: EndCause::Normal, by: EndedBy::Remote, .. }), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_taken_is_given_up() {
    let practice = Practice::start(Options { patience: Duration::from_millis(300), ..brisk() }).unwrap();
    let mut phone = Phone::registered(&practice).await;
    practice.call_me().await.unwrap();
    let ended = phone.until(|event| matches!(event, Event::Ended { .. })).await;
    assert!(matches!(ended, Event::Ended { cause: EndCause::Cancelled, .. }), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_hangs_up() {
    let practice = Practice::start(brisk()).unwrap();
    let mut phone = Phone::registered(&practice).await;
    phone.call("600", CodecKind::Pcma, SrtpPolicy::Off).await;
    practice.stop().await;
    let ended = phone.until(|event| matches!(event, Event::Ended { .. })).await;
    assert!(matches!(ended, Event::Ended { by: EndedBy::Remote, .. }), "{ended:?}");
}
