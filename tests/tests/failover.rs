//! One exchange of two goes in mid-call: the name of the domain leads to the other (RFC 3263).
//!
//! ```text
//!   alice, bob ─ DNS: _sip._tcp ─► 10 first   (goes, and comes back)
//!                               └► 20 second
//! ```
#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

#[path = "../../sip-stack/net/tests/wire/names.rs"]
#[allow(dead_code, reason = "a name server of a few lines, which others ask for more")]
mod names;

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acceptance::cli::Cli;
use acceptance::desk::text;
use acceptance::peers::{Kamailio, REALM, User};
use acceptance::sound::{self, Voice};
use names::{NameServer, Zone};
use serde_json::json;
use tempfile::TempDir;

/// After it went, the line is known to the other exchange by then; registering anew begins at once and takes turns with DNS.
const BACK: Duration = Duration::from_secs(10);

struct Office {
    folder: TempDir,
    first: Kamailio,
    second: Kamailio,
    dns: NameServer,
    // Its name server runs on it.
    _runtime: tokio::runtime::Runtime,
}

impl Office {
    fn new() -> Self {
        let [first, second] = [(); 2].map(|()| Kamailio::start_of_several().unwrap());
        let service = format!("_sip._tcp.{REALM}");
        let zone = Zone::default().service(&service, 10, first.port, "edge.timbre.test");
        let zone = zone.service(&service, 20, second.port, "edge.timbre.test");
        let zone = zone.address("edge.timbre.test", Ipv4Addr::LOCALHOST);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let dns = runtime.block_on(zone.serve());
        Self { folder: tempfile::tempdir().unwrap(), first, second, dns, _runtime: runtime }
    }

    /// A line that knows the name alone.
    fn account(&self, user: User) -> PathBuf {
        let path = self.folder.path().join(format!("{}.toml", user.name));
        let mut file = std::fs::File::create(&path).unwrap();
        writeln!(
            file,
            "[account]\nuser = \"{}\"\npassword = \"{}\"\ndomain = \"{REALM}\"\ntransport = \"tcp\"\ndns = \"{}\"\n\
             srtp = \"off\"\ncodecs = [\"pcma\"]\ngruu = true",
            user.name, user.password, self.dns.address
        )
        .unwrap();
        path
    }

    fn start(&self, user: User, arguments: &[&str], says: &Path, heard: &Path) -> Cli {
        let account = self.account(user);
        let more = ["--account", text(&account), "--mic", text(says), "--speaker", text(heard), "--control"];
        Cli::start(self.folder.path(), &[arguments, &more].concat()).unwrap()
    }
}

#[test]
fn s0270_a_call_outlives_the_exchange_that_set_it_up_and_goes_on_through_the_other() {
    let mut office = Office::new();
    let path = office.folder.path().to_owned();
    let [low, high] = [Voice::Low, Voice::High].map(|voice| sound::speech(&path, voice).unwrap());
    let heard = ["a.wav", "b.wav", "c.wav"].map(|name| path.join(name));
    let mut bob = office.start(User::BOB, &["listen", "--calls", "2", "--answer-after", "0"], &high, &heard[1]);
    bob.wait_for("listening").unwrap();
    let mut alice = office.start(User::ALICE, &["call", User::BOB.name], &low, &heard[0]);
    alice.wait_for("first_rtp").unwrap();
    bob.wait_for("first_rtp").unwrap();

    office.first.stop();
    let gone = Instant::now();
    for side in [&mut alice, &mut bob] {
        let registered = side.wait_for("registered").unwrap();
        let other = format!(":{}", office.second.port);
        assert!(registered["flow"].as_str().is_some_and(|flow| flow.ends_with(&other)), "{registered}");
        let took = gone.elapsed();
        assert!(took < BACK, "{took:?}");
    }

    // What the call asks for now goes to the other exchange, which finds the device by its GRUU: the connections are others.
    alice.control(&json!({ "do": "hold" })).unwrap();
    bob.wait_where("held by alice", |e| e["event"] == "held" && e["by"] == "remote").unwrap();
    alice.control(&json!({ "do": "resume" })).unwrap();
    bob.wait_where("resumed by alice", |e| e["event"] == "resumed" && e["by"] == "remote").unwrap();
    alice.control(&json!({ "do": "hangup" })).unwrap();
    let ended = bob.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("remote")), "{ended}");
    let ended = alice.wait_for("ended").unwrap();
    assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
    assert_eq!(alice.finish().unwrap().0, 0);

    // And so does a new one.
    let mut carol = office.start(User::CAROL, &["call", User::BOB.name, "--duration", "1"], &low, &heard[2]);
    bob.wait_for("first_rtp").unwrap();
    carol.wait_for("ended").unwrap();
    assert_eq!((carol.finish().unwrap().0, bob.finish().unwrap().0), (0, 0));
}
