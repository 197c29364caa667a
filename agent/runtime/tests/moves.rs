//! The machine gets another address: the line registers from there within seconds.
//!
//! ```text
//! namespace of the agent: v0 10.7.0.1, then 10.7.0.2 ═══ v1 10.7.0.100: namespace of the registrar
//! ```
#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests; one of them tells another by its output
#![cfg(target_os = "linux")] // namespaces are the kernel's

mod house;

use std::io::{BufRead, BufReader, Read as _};
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use agent_api::account::{SaveAccount, Srtp, SrtpKeys, Transport};
use agent_api::command::Commands;
use house::{House, PATIENCE};

const INSIDE: &str = "the_line_follows_inside_a_namespace";
const REGISTRAR: &str = "registrar_in_a_namespace_of_its_own";

#[test]
fn the_line_follows_the_machine_to_another_address() {
    let mut command = Command::new("unshare");
    let status = command.args(["--user", "--map-root-user", "--net"]).args(myself(INSIDE)).status().unwrap();
    assert!(status.success(), "see above; it needs namespaces without privileges");
}

/// This test binary with one of its tests.
fn myself(test: &str) -> [String; 5] {
    let program = std::env::current_exe().unwrap().display().to_string();
    [program, "--exact".into(), test.into(), "--include-ignored".into(), "--nocapture".into()]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs in a namespace"]
async fn the_line_follows_inside_a_namespace() {
    let registrar = Registrar::start();
    ip("link set lo up");
    ip("link add v0 type veth peer name v1");
    ip(&format!("link set v1 netns {}", registrar.process.id()));
    registrar.ip("addr add 10.7.0.100/24 dev v1");
    registrar.ip("link set v1 up");
    ip("addr add 10.7.0.1/24 dev v0");
    ip("link set v0 up");

    let place = tempfile::tempdir().unwrap();
    let house = House::on(place.path()).await.unwrap();
    let account = SaveAccount {
        id: None,
        label: "Ventas".into(),
        display_name: String::new(),
        user: "ana".into(),
        domain: "10.7.0.100".into(),
        auth_user: None,
        password: Some("sésamo".into()),
        transport: Transport::Udp,
        port: None,
        proxy: None,
        srtp: Srtp::Off,
        srtp_keys: SrtpKeys::Sdes,
        rtcp_mux: false,
        ice: agent_api::account::Ice::default(),
        turn_password: None,
        dtmf: Default::default(),
        codecs: Vec::new(),
        auto_answer: false,
        voicemail: None,
        certificates: None,
        publish: None,
        profile: None,
        record: None,
        own_codes: None,
    };
    house.runtime.agent.save_account(account).await.unwrap();
    let registrar = registrar.until("10.7.0.1:").await;
    ip("addr del 10.7.0.1/24 dev v0");
    ip("addr add 10.7.0.2/24 dev v0");
    let registrar = registrar.until("10.7.0.2:").await;
    // Again, by an address that comes before the old one goes.
    ip("addr add 10.7.0.3/16 dev v0");
    ip("addr del 10.7.0.2/24 dev v0");
    registrar.until("10.7.0.3:").await;
    house.runtime.shut_down().await;
}

fn ip(words: &str) {
    let status = Command::new("ip").args(words.split(' ')).status().unwrap();
    assert!(status.success(), "ip {words}");
}

/// A process with a network of its own that says yes to every REGISTER and tells its Contact.
struct Registrar {
    process: Child,
    contacts: Receiver<String>,
}

impl Drop for Registrar {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registrar {
    fn start() -> Self {
        let mut command = Command::new("unshare");
        command.arg("--net").args(myself(REGISTRAR)).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        // It stands in its own network once it says so.
        while !lines.next().unwrap().unwrap().ends_with("ready") {}
        let (told, contacts) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = told.send(line);
            }
        });
        Self { process, contacts }
    }

    fn ip(&self, words: &str) {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.process.id().to_string(), "--net", "ip"]).args(words.split(' '));
        assert!(command.status().unwrap().success(), "ip {words} there");
    }

    /// Waits for a registration whose Contact has `part`.
    async fn until(self, part: &'static str) -> Self {
        let wait = move || {
            let deadline = std::time::Instant::now() + PATIENCE;
            loop {
                let left = deadline.saturating_duration_since(std::time::Instant::now());
                let line = self.contacts.recv_timeout(left).unwrap_or_else(|_| panic!("waited in vain for {part}"));
                if line.starts_with("Contact") && line.contains(part) {
                    return self;
                }
            }
        };
        tokio::task::spawn_blocking(wait).await.unwrap()
    }
}

#[test]
#[ignore = "the other side of the one above"]
fn registrar_in_a_namespace_of_its_own() {
    let socket = UdpSocket::bind("0.0.0.0:5060").unwrap();
    println!("ready");
    // It ends with whoever started it.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let mut buffer = [0; 4096];
    loop {
        let (length, source) = socket.recv_from(&mut buffer).unwrap();
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if !text.starts_with("REGISTER ") {
            continue;
        }
        let header = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
        println!("{}", header("Contact:"));
        let (via, from, call) = (header("Via:"), header("From:"), header("Call-ID:"));
        let (to, sequence, contact) = (header("To:"), header("CSeq:"), header("Contact:"));
        let answer = format!(
            "SIP/2.0 200 OK\r\n{via}\r\n{from}\r\n{to};tag=r\r\n{call}\r\n{sequence}\r\n{contact};expires=600\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(answer.as_bytes(), source).unwrap();
    }
}
