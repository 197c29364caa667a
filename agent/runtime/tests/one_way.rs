//! A telephone that answers and is not heard, on real sockets: the agent is told why.
#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

mod house;

use std::net::UdpSocket;

use agent_api::account::{Registration, SaveAccount, Srtp, Transport};
use agent_api::call::{CallRef, CallState, Dial, DialOrigin, DialOutcome};
use agent_api::command::Commands;
use agent_api::event::{EventBody, NoticeCode};
use house::House;

/// Static payload type of G.729 (RFC 3551 §6), which nobody agreed on.
const G729: u8 = 18;

/// What the telephone does once it has answered.
#[derive(Clone, Copy)]
struct Telephone {
    /// Where its description says that it listens.
    listens: &'static str,
    /// One packet in this payload type is all that it sends.
    sends: Option<u8>,
}

#[tokio::test(flavor = "multi_thread")]
async fn another_codec_than_was_agreed_is_told() {
    let told = told_of(Telephone { listens: "127.0.0.1", sends: Some(G729) }).await;
    assert_eq!(told, NoticeCode::NoAudioInOtherCodec);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_sends_nothing_is_told() {
    assert_eq!(told_of(Telephone { listens: "127.0.0.1", sends: None }).await, NoticeCode::NoAudioIn);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_leave_is_told() {
    // A socket of loopback cannot send to another network: the system refuses each packet.
    let sends = Some(8);
    assert_eq!(told_of(Telephone { listens: "192.0.2.9", sends }).await, NoticeCode::NoAudioOut);
}

/// Calls the telephone and answers what is told of it first that it can cause.
async fn told_of(telephone: Telephone) -> NoticeCode {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    std::thread::spawn(move || telephone.serve(&socket));
    let place = tempfile::tempdir().unwrap();
    let mut house = House::on(place.path()).await.unwrap();
    house.runtime.agent.save_account(account(port)).await.unwrap();
    house
        .wait("registration", |body| match body {
            EventBody::Account(view) if matches!(view.registration, Registration::Registered { .. }) => Some(()),
            _ => None,
        })
        .await;
    let target = "27".to_owned();
    let dial = Dial { target, origin: DialOrigin::Keypad, account: None, contact: None, confirmed: false };
    let DialOutcome::Started { call } = house.runtime.agent.dial(dial).await.unwrap() else { panic!("not dialled") };
    house.call_in("the answer", |view| view.id == call && view.state == CallState::Talking).await;
    let only_out = telephone.listens != "127.0.0.1";
    let told = house
        .wait("a word", |body| match body {
            EventBody::Notice(notice) if !only_out || notice.code == NoticeCode::NoAudioOut => Some(notice.code),
            _ => None,
        })
        .await;
    house.runtime.agent.hang_up(CallRef { call }).await.unwrap();
    house.runtime.shut_down().await;
    told
}

fn account(port: u16) -> SaveAccount {
    SaveAccount {
        id: None,
        label: "Ventas".into(),
        display_name: String::new(),
        user: "ana".into(),
        domain: "127.0.0.1".into(),
        auth_user: None,
        password: Some("sésamo".into()),
        transport: Transport::Udp,
        port: Some(port),
        proxy: None,
        srtp: Srtp::Off,
        codecs: vec!["pcma".into()],
        auto_answer: false,
    }
}

impl Telephone {
    /// Registrar and callee in one; it ends with the test's process.
    fn serve(self, socket: &UdpSocket) {
        let media = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut agent = None;
        let mut buffer = [0; 4096];
        while let Ok((length, source)) = socket.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            let Some((method, _)) = text.split_once(' ') else { continue };
            let body = match method {
                "ACK" => {
                    if let Some((payload_type, to)) = self.sends.zip(agent.clone()) {
                        media.send_to(&packet(payload_type), to).unwrap();
                    }
                    continue;
                }
                "INVITE" => {
                    agent = audio_of(&text);
                    let port = media.local_addr().unwrap().port();
                    let at = self.listens;
                    format!(
                        "v=0\r\no=- 1 1 IN IP4 {at}\r\ns=-\r\nc=IN IP4 {at}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\n"
                    )
                }
                _ => String::new(),
            };
            socket.send_to(answer(&text, method, &body).as_bytes(), source).unwrap();
        }
    }
}

fn answer(request: &str, method: &str, body: &str) -> String {
    let header = |name: &str| request.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    let contact = match method {
        "REGISTER" => format!("{};expires=600\r\n", header("Contact:")),
        "INVITE" => "Contact: <sip:27@127.0.0.1>\r\nContent-Type: application/sdp\r\n".to_owned(),
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

/// Where the agent listens, by its description.
fn audio_of(request: &str) -> Option<(String, u16)> {
    let line = |start: &str| request.lines().find_map(|line| line.strip_prefix(start));
    let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some((line("c=IN IP4 ")?.trim().to_owned(), port))
}

/// RTP with 20 octets of payload (RFC 3550 §5.1).
fn packet(payload_type: u8) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7];
    packet.extend([0x55; 20]);
    packet
}
