//! A desk behind a router that translates addresses: the exchange is on the other side of it, and cannot be asked to know better.
//!
//! ```text
//!   desk 192.168.7.10 ═══ 192.168.7.1 router 203.0.113.1 ═══ 203.0.113.100 office (Kamailio, baresip)
//! ```
#![cfg(target_os = "linux")] // networks of their own are the kernel's
#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acceptance::cli::{Account, Cli};
use acceptance::desk::text;
use acceptance::peers::place::{Place, alone, count, counted, ip};
use acceptance::peers::{Baresip, BaresipConfig, Kamailio, User, wait_until};
use acceptance::sound::{self, RATE};
use serde_json::json;
use tempfile::TempDir;

/// What the desk and baresip hum.
const HUMS: [f32; 2] = [400.0, 700.0];
/// How long anything may take in a machine full of other tests.
const LIMIT: Duration = Duration::from_secs(20);
/// The router, as the office sees it.
const ROUTER: &str = "203.0.113.1";

/// Other ports than the desk's, so that nothing goes well by chance; what nobody asked for is let in from nowhere.
const RULES: &str = "table ip nat {
  chain out {
    type nat hook postrouting priority 100
    oifname outside udp dport PORTS masquerade to :20000-29999 random
    oifname outside masquerade
  }
}
table ip wall {
  chain through {
    type filter hook forward priority 0; policy drop
    iifname inside accept
    ct state established,related accept
  }
  chain in {
    type filter hook input priority 0; policy accept
    iifname outside ct state new drop
  }
}";

struct Scene {
    folder: TempDir,
    desk: Place,
    router: Place,
    exchange: Kamailio,
    hums: [PathBuf; 2],
    heard: PathBuf,
}

impl Scene {
    /// Where the router changes every port of UDP, only who answers to where sound comes from is heard; where it keeps those of
    /// sound, an exchange can help who does not.
    fn new(every_port: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (desk, router) = (Place::new().unwrap(), Place::new().unwrap());
        router.plug_in("outside", "office").unwrap();
        ip("addr add 203.0.113.100/24 dev office").unwrap();
        router.ip(&format!("addr add {ROUTER}/24 dev outside")).unwrap();
        desk.join("desk", &router, "inside").unwrap();
        router.ip("addr add 192.168.7.1/24 dev inside").unwrap();
        desk.ip("addr add 192.168.7.10/24 dev desk").unwrap();
        desk.ip("route add default via 192.168.7.1").unwrap();
        router.run("sh", &["-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"]).unwrap();
        let office = IpAddr::from([203, 0, 113, 100]);
        let exchange =
            if every_port { Kamailio::start_at(office) } else { Kamailio::start_for_routers(office) }.unwrap();
        let ports = if every_port { "1-65535".to_owned() } else { exchange.port.to_string() };
        router.filter(&RULES.replace("PORTS", &ports)).unwrap();
        count("from_desk", &format!("ip saddr {ROUTER} meta l4proto udp udp length 100-300")).unwrap();
        desk.count("to_desk", "ip daddr 192.168.7.10 meta l4proto udp udp length 100-300").unwrap();
        let hums = HUMS.map(|hz| sound::hum(folder.path(), hz, 120).unwrap());
        let heard = folder.path().join("desk-heard.wav");
        Self { folder, desk, router, exchange, hums, heard }
    }

    fn cli(&self, account: Account, arguments: &[&str]) -> Cli {
        let account = Account { codecs: &["pcma"], ..account };
        let account = account.write(self.folder.path(), &self.exchange).unwrap();
        let sound = ["--mic", text(&self.hums[0]), "--speaker", text(&self.heard)];
        let more = ["--account", text(&account), "--control", "--stats-interval", "0.2"];
        Cli::start_at(&self.desk, self.folder.path(), &[arguments, &sound, &more].concat()).unwrap()
    }

    fn baresip(&self, answers: bool) -> Baresip {
        let (user, transport, speech) = (User::BOB, "udp", &self.hums[1]);
        let config = BaresipConfig { user, transport, codecs: "pcma", speech, answers, more: "", menc: "" };
        Baresip::start(&self.exchange, &config).unwrap()
    }

    /// Sound goes both ways through the router.
    fn flows(&self, cli: &Cli, packets: u64) {
        let both = || [counted("from_desk"), self.desk.counted("to_desk")].map(Result::unwrap);
        wait_until("sound in both directions", LIMIT, || both().iter().all(|counted| *counted > packets))
            .unwrap_or_else(|error| panic!("{error}: {:?}\n{}", both(), cli.story()));
    }

    fn ends(&self, mut cli: Cli, baresip: &Baresip) {
        cli.control(&json!({ "do": "hangup" })).unwrap();
        let ended = cli.wait_for("ended").unwrap();
        assert_eq!((ended["cause"].as_str(), ended["by"].as_str()), (Some("normal"), Some("local")), "{ended}");
        let over = || baresip.log().contains("terminated");
        wait_until("baresip is told of the end", LIMIT, over).unwrap_or_else(|e| panic!("{e}\n{}", baresip.log()));
        let _ = cli.interrupt();
        cli.finish().unwrap();
        heard_to_the_end(&self.heard, HUMS[1]);
        heard_to_the_end(&baresip.heard().unwrap(), HUMS[0]);
    }
}

fn heard_to_the_end(file: &Path, hz: f32) {
    let all = sound::read_wav(file).unwrap();
    let last = &all[all.len().saturating_sub(RATE)..all.len().saturating_sub(RATE / 4)];
    let strength = sound::strength(last, hz);
    assert!(strength > 0.05, "{hz} Hz at the end of {}: {strength}", file.display());
}

fn calls_from_behind(name: &str, account: Account) {
    alone(name, || {
        let scene = Scene::new(false);
        let bob = scene.baresip(true);
        let mut cli = scene.cli(account, &["call", User::BOB.name]);
        cli.wait_for("first_rtp").unwrap();
        scene.flows(&cli, 100);
        scene.ends(cli, &bob);
        Ok(())
    })
    .unwrap();
}

/// RFC 3581: the exchange answers to the port that the router gave to the desk.
#[test]
fn s0220_a_call_from_behind_a_router_is_heard_on_both_sides() {
    let name = "s0220_a_call_from_behind_a_router_is_heard_on_both_sides";
    calls_from_behind(name, Account::plain(User::ALICE));
}

#[test]
fn s0221_a_call_over_tls_from_behind_a_router_is_heard_on_both_sides() {
    let name = "s0221_a_call_over_tls_from_behind_a_router_is_heard_on_both_sides";
    calls_from_behind(name, Account { transport: "tls", ..Account::plain(User::ALICE) });
}

/// The binding that the registration made in the router is the way back.
#[test]
fn s0222_a_call_to_behind_a_router_is_heard_on_both_sides() {
    alone("s0222_a_call_to_behind_a_router_is_heard_on_both_sides", || {
        let scene = Scene::new(false);
        let mut cli = scene.cli(Account::plain(User::ALICE), &["listen", "--calls", "1"]);
        let listening = cli.wait_for("listening").unwrap();
        assert!(listening["local"].as_str().unwrap().starts_with("192.168.7.10:"), "{listening}");
        let bob = scene.baresip(false);
        bob.dial(User::ALICE.name).unwrap();
        cli.wait_for("incoming").unwrap();
        cli.control(&json!({ "do": "answer" })).unwrap();
        scene.flows(&cli, 100);
        scene.ends(cli, &bob);
        Ok(())
    })
    .unwrap();
}

/// RFC 4961: nobody but the other side helps, which sends to where it hears sound from.
#[test]
fn s0224_who_is_told_a_private_address_sends_to_where_sound_comes_from() {
    alone("s0224_who_is_told_a_private_address_sends_to_where_sound_comes_from", || {
        let scene = Scene::new(true);
        let heard = scene.folder.path().join("office-heard.wav");
        let account = Account { codecs: &["pcma"], ..Account::plain(User::BOB) };
        let account = account.write(scene.folder.path(), &scene.exchange).unwrap();
        let sound = ["--mic", text(&scene.hums[1]), "--speaker", text(&heard)];
        let listen = [&["listen", "--calls", "1", "--account", text(&account)], &sound[..]].concat();
        let mut bob = Cli::start(scene.folder.path(), &listen).unwrap();
        bob.wait_for("listening").unwrap();
        let mut cli = scene.cli(Account::plain(User::ALICE), &["call", User::BOB.name]);
        cli.wait_for("first_rtp").unwrap();
        scene.flows(&cli, 100);
        cli.control(&json!({ "do": "hangup" })).unwrap();
        cli.wait_for("ended").unwrap();
        assert_eq!(cli.finish().unwrap().0, 0);
        bob.finish().unwrap();
        heard_to_the_end(&scene.heard, HUMS[1]);
        heard_to_the_end(&heard, HUMS[0]);
        Ok(())
    })
    .unwrap();
}

/// 600 packets of RTP in sequence, loud, in the codec that is agreed, to every port that the desk has.
const STRANGER: &str = "
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for n in range(600):
    packet = struct.pack('>BBHII', 128, 8, n, n * 160, 99) + bytes([0x2a, 0xaa] * 80)
    for port in sys.argv[1:]:
        s.sendto(packet, ('192.168.7.10', int(port)))
";

#[test]
fn s0223_a_stranger_neither_speaks_into_a_call_nor_gets_what_is_said() {
    alone("s0223_a_stranger_neither_speaks_into_a_call_nor_gets_what_is_said", || {
        let scene = Scene::new(false);
        scene.desk.count("strange", "ip saddr 192.168.7.1 meta l4proto udp").unwrap();
        scene.router.count("betrayed", "ip daddr 192.168.7.1 meta l4proto udp").unwrap();
        let bob = scene.baresip(true);
        let mut cli = scene.cli(Account::plain(User::ALICE), &["call", User::BOB.name]);
        cli.wait_for("first_rtp").unwrap();
        scene.flows(&cli, 20);
        let sockets = scene.desk.run("ss", &["-uanH"]).unwrap();
        let port = |line: &str| Some(line.split_whitespace().nth(3)?.rsplit_once(':')?.1.to_owned());
        let ports: Vec<String> = sockets.lines().filter_map(port).collect();
        assert!(ports.len() >= 3, "signalling, RTP and RTCP: {sockets}");
        let arguments = ["-c", STRANGER].into_iter().chain(ports.iter().map(String::as_str));
        scene.router.run("python3", &arguments.collect::<Vec<_>>()).unwrap();
        let strange = scene.desk.counted("strange").unwrap();
        assert!(strange >= 600, "they came: {strange}");
        scene.flows(&cli, 150);
        assert_eq!(scene.router.counted("betrayed").unwrap(), 0);
        scene.ends(cli, &bob);
        let heard = sound::read_wav(&scene.heard).unwrap();
        // Their tone is half the rate of the codec, at full scale.
        let worst = heard.iter().map(|sample| sample.abs()).fold(0.0, f32::max);
        assert!(worst < 0.3, "the stranger is heard: {worst}");
        Ok(())
    })
    .unwrap();
}

/// The router forgets whom it has not heard for half a minute.
#[test]
#[ignore = "takes two minutes"]
fn soak_a_registration_is_kept_through_a_router_that_forgets() {
    alone("soak_a_registration_is_kept_through_a_router_that_forgets", || {
        let scene = Scene::new(false);
        for limit in ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"] {
            scene.router.run("sh", &["-c", &format!("echo 30 > /proc/sys/net/netfilter/{limit}")]).unwrap();
        }
        count("pings", &format!("ip saddr {ROUTER} udp dport {} udp length < 40", scene.exchange.port)).unwrap();
        let mut cli = scene.cli(Account::plain(User::ALICE), &["listen", "--calls", "1"]);
        cli.wait_for("listening").unwrap();
        wait_until("four signs of life", Duration::from_secs(150), || counted("pings").unwrap() >= 4).unwrap();
        let bob = scene.baresip(false);
        bob.dial(User::ALICE.name).unwrap();
        cli.wait_for("incoming").unwrap();
        cli.control(&json!({ "do": "answer" })).unwrap();
        scene.flows(&cli, 100);
        scene.ends(cli, &bob);
        Ok(())
    })
    .unwrap();
}
