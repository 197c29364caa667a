//! What somebody sends by the ten thousand costs a call nothing, and leaves nothing behind.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says by where it panics what is wrong, a long one what it measured"
)]

use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};

use acceptance::cli::{Account, Cli};
use acceptance::peers::{Kamailio, REALM, User};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;

const NO_SOUND: [&str; 4] = ["--mic", "silence", "--speaker", "null"];
/// So many are on their way at most, so that the system's own queue is no limit.
const WINDOW: u32 = 50;
const PATIENCE: Duration = Duration::from_secs(30);
/// What the program may hold more afterwards than before, in MB.
const GROWTH_MB: f64 = 8.0;

/// Whoever sends.
struct Flooder {
    socket: UdpSocket,
    to: SocketAddr,
    sent: u32,
}

impl Flooder {
    fn from(address: &str, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind((address, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        Self { socket, to, sent: 0 }
    }

    /// A request that no other is like, to this user of the program's address.
    fn request(&mut self, method: &str, user: &str) -> String {
        self.sent += 1;
        let (n, own, to) = (self.sent, self.socket.local_addr().unwrap(), self.to);
        format!(
            "{method} sip:{user}@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKf{n}p{port};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:100@{REALM}>;tag={n}\r\nTo: <sip:{user}@{to}>\r\nCall-ID: {n}@{own}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:100@{own}>\r\nContent-Length: 0\r\n\r\n",
            port = own.port(),
        )
    }

    fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.to).unwrap();
    }

    /// How many answers come until there are so many, or nothing comes any more.
    fn answers(&self, wanted: u32) -> u32 {
        let mut answer = [0; 2000];
        (0..wanted).take_while(|_| self.socket.recv(&mut answer).is_ok()).count().try_into().unwrap()
    }
}

/// Everything that was sent before this has been looked at: the exchange asks something, and is answered.
fn looked_at(exchange: &mut Flooder) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let question = exchange.request("OPTIONS", "alive");
        exchange.send(question.as_bytes());
        if exchange.answers(1) == 1 {
            return;
        }
        assert!(Instant::now() < deadline, "nothing is answered any more");
    }
}

/// One byte of a message after another is changed, cut, doubled or made up.
fn broken(random: &mut StdRng, message: &str) -> Vec<u8> {
    let mut bytes = message.as_bytes().to_vec();
    for _ in 0..random.random_range(1..20) {
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..4) {
            0 => bytes[at] = random.random(),
            1 => bytes.truncate(at.max(1)),
            2 => bytes.insert(at, random.random()),
            _ => {
                let part = bytes[at..(at + random.random_range(1..200)).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// MB in memory, and seconds of processor time so far.
fn cost(process: u32) -> (f64, f64) {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap();
    let status = read("status");
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: f64 = kilobytes.trim().trim_end_matches(" kB").parse().unwrap();
    let stat = read("stat");
    let words: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |word: usize| words[word].parse::<f64>().unwrap();
    // proc(5): utime and stime are words 14 and 15, in hundredths of a second.
    (kilobytes / 1024.0, (ticks(11) + ticks(12)) / 100.0)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

struct Desk {
    folder: tempfile::TempDir,
    exchange: Kamailio,
    bob: Cli,
    address: SocketAddr,
}

/// Bob, registered and in a call with Alice.
fn in_a_call() -> (Desk, Cli) {
    let folder = tempfile::tempdir().unwrap();
    let exchange = Kamailio::start().unwrap();
    let write = |user| Account::plain(user).write(folder.path(), &exchange).unwrap();
    let (alice_s, bob_s) = (write(User::ALICE), write(User::BOB));
    let listen = ["listen", "--control", "--answer-after", "0", "--account", text(&bob_s)];
    let mut bob = Cli::start(folder.path(), &[&listen[..], &NO_SOUND].concat()).unwrap();
    let registered = bob.wait_for("registered").unwrap();
    let address = registered["flow"].as_str().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    bob.wait_for("listening").unwrap();
    let call = ["call", User::BOB.name, "--control", "--account", text(&alice_s)];
    let mut alice = Cli::start(folder.path(), &[&call[..], &NO_SOUND].concat()).unwrap();
    alice.wait_for("first_rtp").unwrap();
    bob.wait_for("first_rtp").unwrap();
    (Desk { folder, exchange, bob, address }, alice)
}

fn flood(questions: u32, calls: u32, malformed: u32) {
    let (mut desk, mut alice) = in_a_call();
    let mut exchange = Flooder::from("127.0.0.1", desk.address);
    let mut stranger = Flooder::from("127.0.0.2", desk.address);
    looked_at(&mut exchange);
    let (began, before) = (Instant::now(), cost(desk.bob.id()));

    let mut answered = 0;
    for _ in 0..questions / WINDOW {
        for _ in 0..WINDOW {
            let question = exchange.request("OPTIONS", User::BOB.name);
            exchange.send(question.as_bytes());
        }
        answered += exchange.answers(WINDOW);
    }
    for n in 0..calls {
        let invite = stranger.request("INVITE", User::BOB.name);
        stranger.send(invite.as_bytes());
        if n % WINDOW == 0 {
            looked_at(&mut exchange);
        }
    }
    let mut random = StdRng::seed_from_u64(4475);
    for n in 0..malformed {
        let from = if n % 2 == 0 { &mut exchange } else { &mut stranger };
        let message = from.request(if n % 3 == 0 { "OPTIONS" } else { "INVITE" }, User::BOB.name);
        from.send(&broken(&mut random, &message));
        if n % WINDOW == 0 {
            exchange.answers(WINDOW);
            looked_at(&mut exchange);
        }
    }
    looked_at(&mut exchange);

    let (took, after) = (began.elapsed().as_secs_f64(), cost(desk.bob.id()));
    let (grown, used) = (after.0 - before.0, after.1 - before.1);
    let all = f64::from(questions + calls + malformed);
    println!(
        "{questions} questions ({answered} answered), {calls} calls of strangers, {malformed} broken messages in {took:.1} s: \
         {grown:.1} MB more, {:.0} µs of processor each",
        used / all * 1e6
    );
    assert_eq!(stranger.answers(1), 0, "a stranger hears nothing");
    assert!(answered * 100 >= questions * 99, "the exchange is answered: {answered} of {questions}");
    assert!(grown < GROWTH_MB, "{grown:.1} MB are held more than before");

    // The call is up, and another one gets through.
    let carol = Account::plain(User::CAROL).write(desk.folder.path(), &desk.exchange).unwrap();
    let call = ["call", User::BOB.name, "--duration", "1", "--account", text(&carol)];
    let caller = Cli::start(desk.folder.path(), &[&call[..], &NO_SOUND].concat()).unwrap();
    let incoming = desk.bob.wait_for("incoming").unwrap();
    assert!(incoming["from"].as_str().is_some_and(|from| from.contains(User::CAROL.name)), "{incoming}");
    assert_eq!(caller.finish().unwrap().0, 0);
    alice.control(&json!({"do": "hangup"})).unwrap();
    let summary = alice.wait_for("summary").unwrap();
    println!("the call beside it: {summary}");
    assert!(summary["lost_pct"].as_f64().unwrap() < 1.0, "{summary}");
    desk.bob.interrupt().unwrap();
    desk.bob.finish().unwrap();
}

#[test]
fn s0200_a_flood_neither_rings_nor_disturbs_a_call() {
    flood(1_000, 1_000, 200);
}

/// 50,000 that are valid, 10,000 that are not.
#[test]
#[ignore = "long: cargo xtask soak"]
fn soak_s0201_sixty_thousand_messages_neither_ring_nor_disturb_a_call() {
    flood(25_000, 25_000, 10_000);
}
