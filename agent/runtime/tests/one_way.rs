//! A telephone in another network answers and is not heard, or does not hear: the agent is told why, within three seconds.
//!
//! ```text
//! namespace of the agent: v0 ═══ v1 198.51.100.100: namespace of the exchange, which is the telephone, too
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; one of them tells another by its output
#![cfg(target_os = "linux")] // namespaces are the kernel's

mod house;

use std::io::{BufRead, BufReader, Read as _};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use agent_api::account::{Registration, SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::call::{CallRef, CallState, Dial, DialOrigin, DialOutcome};
use agent_api::command::Commands;
use agent_api::event::{EventBody, NoticeCode};
use house::House;

const INSIDE: &str = "a_call_inside_a_namespace";
const TELEPHONE: &str = "telephone_in_a_namespace_of_its_own";
const CASE: &str = "TIMBRE_TEST_CASE";
/// Static payload type of G.729 (RFC 3551 §6), which nobody agreed on.
const G729: u8 = 18;
/// Three seconds are promised; the rest is for a machine that does other things, too.
const LIMIT: Duration = Duration::from_secs(5);

#[test]
fn a_telephone_that_sends_nothing_is_told() {
    alone("silent");
}

#[test]
fn another_codec_than_was_agreed_is_told() {
    alone("codec");
}

#[test]
fn an_address_that_nothing_can_be_sent_to_is_told() {
    alone("out");
}

#[test]
fn a_private_address_of_the_other_side_is_told() {
    alone("theirs");
}

#[test]
fn a_private_address_of_ours_is_told() {
    alone("ours");
}

fn alone(case: &str) {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net"]).args(myself(INSIDE)).env(CASE, case);
    assert!(command.status().unwrap().success(), "see above; it needs namespaces without privileges");
}

/// This test binary with one of its tests.
fn myself(test: &str) -> [String; 5] {
    let program = std::env::current_exe().unwrap().display().to_string();
    [program, "--exact".into(), test.into(), "--include-ignored".into(), "--nocapture".into()]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a namespace"]
async fn a_call_inside_a_namespace() {
    let (own, expected) = match std::env::var(CASE).unwrap().as_str() {
        "silent" => ("198.51.100.1", NoticeCode::NoAudioIn),
        "codec" => ("198.51.100.1", NoticeCode::NoAudioInOtherCodec),
        "out" => ("198.51.100.1", NoticeCode::NoAudioOut),
        "theirs" => ("198.51.100.1", NoticeCode::NoAudioInTheirAddress),
        "ours" => ("10.7.0.1", NoticeCode::NoAudioInOurAddress),
        other => panic!("{other}"),
    };
    let telephone = Telephone::start();
    ip("link set lo up");
    ip("link add v0 type veth peer name v1");
    ip(&format!("link set v1 netns {}", telephone.process.id()));
    telephone.ip("addr add 198.51.100.100/24 dev v1");
    telephone.ip("link set v1 up");
    telephone.ip("route add 10.7.0.0/24 dev v1");
    ip(&format!("addr add {own}/32 dev v0"));
    ip("link set v0 up");
    ip(&format!("route add 198.51.100.0/24 dev v0 src {own}"));
    // Packets to the private address leave, and are lost.
    ip("route add 192.168.50.0/24 via 198.51.100.100 onlink dev v0");

    let place = tempfile::tempdir().unwrap();
    let mut house = House::on(place.path()).await.unwrap();
    house.runtime.agent.save_account(account()).await.unwrap();
    house
        .wait("registration", |body| match body {
            EventBody::Account(view) if matches!(view.registration, Registration::Registered { .. }) => Some(()),
            _ => None,
        })
        .await;
    let (target, origin) = (std::env::var(CASE).unwrap(), DialOrigin::Keypad);
    let dial = Dial { target, origin, account: None, contact: None, confirmed: false };
    let DialOutcome::Started { call } = house.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
    house.call_in("the answer", |view| view.id == call && view.state == CallState::Talking).await;
    let began = Instant::now();
    // Where nothing leaves, nothing comes either, and both are told.
    let word = |body: &EventBody| match body {
        EventBody::Notice(notice) if expected != NoticeCode::NoAudioOut || notice.code == expected => Some(notice.code),
        _ => None,
    };
    let told = house.wait("a word", word).await;
    println!("{told:?} after {:?}", began.elapsed());
    assert_eq!(told, expected);
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    house.runtime.agent.hang_up(CallRef { call }).await.unwrap();
    house.runtime.shut_down().await;
}

fn account() -> SaveAccount {
    SaveAccount {
        id: None,
        label: "Ventas".into(),
        display_name: String::new(),
        user: "ana".into(),
        domain: "198.51.100.100".into(),
        auth_user: None,
        password: Some("sésamo".into()),
        transport: Transport::Udp,
        port: None,
        proxy: None,
        srtp: Srtp::Off,
        srtp_keys: SrtpKeys::Sdes,
        rtcp_mux: false,
        dtmf: Default::default(),
        codecs: vec!["pcma".into()],
        auto_answer: false,
        voicemail: None,
        certificates: None,
        publish: None,
        profile: None,
        record: None,
        own_codes: None,
        ice: agent_api::account::Ice::default(),
        turn_password: None,
    }
}

fn ip(words: &str) {
    let status = Command::new("ip").args(words.split(' ')).status().unwrap();
    assert!(status.success(), "ip {words}");
}

/// A process with a network of its own.
struct Telephone {
    process: Child,
}

impl Drop for Telephone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Telephone {
    fn start() -> Self {
        let mut command = Command::new("unshare");
        command.arg("--net").args(myself(TELEPHONE)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // It stands in its own network once it says so.
        while !lines.next().unwrap().unwrap().ends_with("ready") {}
        Self { process }
    }

    fn ip(&self, words: &str) {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.process.id().to_string(), "--net", "ip"]).args(words.split(' '));
        assert!(command.status().unwrap().success(), "ip {words} there");
    }
}

#[test]
#[ignore = "the other side of the one above"]
fn telephone_in_a_namespace_of_its_own() {
    let (socket, media) = (UdpSocket::bind("0.0.0.0:5060").unwrap(), UdpSocket::bind("0.0.0.0:0").unwrap());
    let port = media.local_addr().unwrap().port();
    println!("ready");
    // It ends with whoever started it.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    if std::env::var(CASE).is_ok_and(|case| case == "codec") {
        std::thread::spawn(move || speak(&media));
    }
    let listens = match std::env::var(CASE).unwrap().as_str() {
        "out" => "192.0.2.9",
        "theirs" => "192.168.50.9",
        _ => "198.51.100.100",
    };
    let mut buffer = [0; 4096];
    loop {
        let (length, source) = socket.recv_from(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let Some((method, _)) = text.split_once(' ') else { continue };
        let body = match method {
            "ACK" | "SIP/2.0" => continue,
            "INVITE" => format!(
                "v=0\r\no=- 1 1 IN IP4 {listens}\r\ns=-\r\nc=IN IP4 {listens}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
            ),
            _ => String::new(),
        };
        let _ = socket.send_to(answer(&text, method, &body).as_bytes(), source);
    }
}

/// Speaks only to who is heard: earlier packets would come before the agent knows what was agreed.
fn speak(media: &UdpSocket) {
    let mut buffer = [0; 2048];
    // RTP with 20 octets of payload (RFC 3550 §5.1).
    let header = [0x80, G729, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7];
    while let Ok((_, source)) = media.recv_from(&mut buffer) {
        let _ = media.send_to(&[&header[..], &[0x55; 20]].concat(), source);
    }
}

fn answer(request: &str, method: &str, body: &str) -> String {
    let header = |name: &str| request.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let contact = match method {
        "REGISTER" => format!("{};expires=600\r\n", header("Contact:")),
        "INVITE" => "Contact: <sip:27@198.51.100.100>\r\nContent-Type: application/sdp\r\n".to_owned(),
        _ => String::new(),
    };
    let to = header("To:");
    let to = if to.contains(";tag=") { to } else { format!("{to};tag=t") };
    let (via, from, call, sequence) = (header("Via:"), header("From:"), header("Call-ID:"), header("CSeq:"));
    let length = body.len();
    format!(
        "SIP/2.0 200 OK\r\n{via}\r\n{from}\r\n{to}\r\n{call}\r\n{sequence}\r\n{contact}Content-Length: {length}\r\n\r\n{body}"
    )
}
