//! Calls whose way is found by ICE: straight, where that works; through a TURN server, where nothing else does.
//!
//! ```text
//!   alice: 10.7.0.1 ═══ 10.7.0.100: office (Kamailio, coturn, baresip): 10.8.0.100 ═══ 10.8.0.2: bob
//! ```
//! The office passes no packets on: alice and bob reach it, and never each other.
#![cfg(target_os = "linux")] // networks of their own are the kernel's
#![allow(clippy::unwrap_used, reason = "a test says by where it panics what is wrong")]

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use acceptance::cli::{Account, Cli};
use acceptance::desk::text;
use acceptance::peers::place::{Place, alone, count, counted, ip};
use acceptance::peers::{Baresip, BaresipConfig, Coturn, Kamailio, User, wait_until};
use acceptance::sound::{self, RATE};
use serde_json::Value;
use tempfile::TempDir;

const ALICE_HZ: f32 = 400.0;
const BOB_HZ: f32 = 700.0;
const OFFICE: [u8; 4] = [10, 7, 0, 100];

struct Scene {
    folder: TempDir,
    alice: Place,
    bob: Place,
    exchange: Kamailio,
    turn: Coturn,
}

/// How a line is set.
#[derive(Clone, Copy)]
struct Way {
    ice: bool,
    transport: &'static str,
    srtp: &'static str,
    keys: &'static str,
}

const ICE: Way = Way { ice: true, transport: "udp", srtp: "off", keys: "sdes" };

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let places = [("alice", "10.7.0.1/24", "10.7.0.100"), ("bob", "10.8.0.2/24", "10.8.0.100")];
        let [alice, bob] = places.map(|(name, own, office)| {
            let (place, here) = (Place::new().unwrap(), format!("to{name}"));
            place.plug_in("cable", &here).unwrap();
            ip(&format!("addr add {office}/24 dev {here}")).unwrap();
            place.ip(&format!("addr add {own} dev cable")).unwrap();
            place.ip(&format!("route add default via {office}")).unwrap();
            place
        });
        let exchange = Kamailio::start_at(IpAddr::from(OFFICE)).unwrap();
        let turn = Coturn::start_at(IpAddr::from(OFFICE)).unwrap();
        Self { folder, alice, bob, exchange, turn }
    }

    fn cli(&self, user: User, way: Way, arguments: &[&str]) -> (Cli, PathBuf) {
        let (place, hz) = if user.name == User::ALICE.name { (&self.alice, ALICE_HZ) } else { (&self.bob, BOB_HZ) };
        let ice = way.ice.then_some(self.turn.address);
        let Way { transport, srtp, keys, .. } = way;
        let account = Account { ice, transport, srtp, srtp_keys: keys, codecs: &["pcma"], ..Account::plain(user) };
        let account = account.write(self.folder.path(), &self.exchange).unwrap();
        let (says, hears) = (self.hum(hz), self.folder.path().join(format!("{}-heard.wav", user.name)));
        let more = ["--account", text(&account), "--mic", text(&says), "--speaker", text(&hears)];
        (Cli::start_at(place, self.folder.path(), &[arguments, &more].concat()).unwrap(), hears)
    }

    fn hum(&self, hz: f32) -> PathBuf {
        sound::hum(self.folder.path(), hz, 60).unwrap()
    }

    /// Alice calls Bob for five seconds; what both tell of the answer, and heard.
    fn talk(&self, alice: Way, bob: Way) -> [(Value, PathBuf); 2] {
        let (mut callee, bob_heard) = self.cli(User::BOB, bob, &["listen", "--calls", "1", "--answer-after", "0"]);
        callee.wait_for("listening").unwrap();
        let (mut caller, alice_heard) = self.cli(User::ALICE, alice, &["call", User::BOB.name, "--duration", "5"]);
        let told = [caller.wait_for("answered").unwrap(), callee.wait_for("answered").unwrap()];
        caller.wait_for("ended").unwrap();
        callee.wait_for("ended").unwrap();
        caller.finish().unwrap();
        callee.finish().unwrap();
        let [first, second] = told;
        [(first, alice_heard), (second, bob_heard)]
    }
}

/// How strong this tone is in the last second.
fn strength(file: &Path, hz: f32) -> f32 {
    let all = sound::read_wav(file).unwrap();
    sound::strength(&all[all.len().saturating_sub(RATE)..all.len().saturating_sub(RATE / 4)], hz)
}

fn both_hear_each_other_through_the_relay(name: &str, way: Way) {
    alone(name, || {
        let scene = Scene::new();
        let [(alice, alice_heard), (bob, bob_heard)] = scene.talk(way, way);
        assert_eq!((&alice["ice"], &bob["ice"]), (&true.into(), &true.into()), "{alice} {bob}");
        let keying = (way.srtp != "off").then_some(way.keys);
        assert_eq!(alice["keying"].as_str(), keying, "{alice}");
        let heard = [strength(&alice_heard, BOB_HZ), strength(&bob_heard, ALICE_HZ)];
        assert!(heard.iter().all(|tone| *tone > 0.05), "{heard:?}\n{}", scene.turn.log());
        assert!(scene.turn.log().contains("CHANNEL_BIND processed"), "media goes by a channel: {}", scene.turn.log());
        Ok(())
    })
    .unwrap();
}

#[test]
fn s0225_two_networks_that_only_reach_a_turn_server_talk_through_it() {
    both_hear_each_other_through_the_relay("s0225_two_networks_that_only_reach_a_turn_server_talk_through_it", ICE);
}

#[test]
fn s0226_dtls_srtp_goes_the_same_way() {
    let way = Way { transport: "tls", srtp: "required", keys: "dtls", ..ICE };
    both_hear_each_other_through_the_relay("s0226_dtls_srtp_goes_the_same_way", way);
}

#[test]
fn s0265_sdes_goes_the_same_way() {
    let way = Way { transport: "tls", srtp: "required", keys: "sdes", ..ICE };
    both_hear_each_other_through_the_relay("s0265_sdes_goes_the_same_way", way);
}

/// Without it nothing is heard: the networks are as they are said to be. Whoever does without is answered without.
/// Routers may let voice go first: RFC 4594.
#[test]
fn s0228_voice_and_signalling_bear_their_marks() {
    alone("s0228_voice_and_signalling_bear_their_marks", || {
        let scene = Scene::new();
        for (name, class) in
            [("voice", "ip dscp ef"), ("signalling", "ip dscp cs3"), ("neither", "meta l4proto udp ip dscp cs0")]
        {
            count(name, &format!("ip saddr 10.7.0.1 ip daddr {} {class}", IpAddr::from(OFFICE))).unwrap();
        }
        for transport in ["udp", "tcp"] {
            scene.talk(Way { transport, ..ICE }, ICE);
        }
        let counted = ["voice", "signalling", "neither"].map(|name| counted(name).unwrap());
        assert!(counted[0] > 300 && counted[1] > 10 && counted[2] == 0, "{counted:?}");
        Ok(())
    })
    .unwrap();
}

#[test]
fn s0229_without_ice_on_one_side_there_is_none() {
    alone("s0229_without_ice_on_one_side_there_is_none", || {
        let scene = Scene::new();
        let [(alice, alice_heard), (bob, _)] = scene.talk(ICE, Way { ice: false, ..ICE });
        assert_eq!((&alice["ice"], &bob["ice"]), (&false.into(), &false.into()), "{alice} {bob}");
        assert!(strength(&alice_heard, BOB_HZ) < 0.01);
        Ok(())
    })
    .unwrap();
}

/// baresip stands in the office, so the straight way works; its own ICE decides with ours on it.
#[test]
fn s0227_ice_with_baresip_both_ways() {
    alone("s0227_ice_with_baresip_both_ways", || {
        for timbre_calls in [true, false] {
            let scene = Scene::new();
            let speech = scene.hum(BOB_HZ);
            let (more, codecs) = ("module ice.so\nrtcp_mux yes", "pcma");
            let config = BaresipConfig {
                user: User::BOB,
                transport: "udp",
                codecs,
                speech: &speech,
                answers: timbre_calls,
                more,
                menc: "medianat=ice",
            };
            let baresip = Baresip::start(&scene.exchange, &config).unwrap();
            let arguments = if timbre_calls {
                vec!["call", User::BOB.name, "--duration", "5"]
            } else {
                vec!["listen", "--calls", "1", "--answer-after", "0"]
            };
            let (mut alice, heard) = scene.cli(User::ALICE, ICE, &arguments);
            if !timbre_calls {
                alice.wait_for("listening").unwrap();
                baresip.dial(User::ALICE.name).unwrap();
            }
            let answered = alice.wait_for("answered").unwrap();
            assert_eq!(answered["ice"], true, "{answered}\n{}", baresip.log());
            if !timbre_calls {
                alice.wait_for("first_rtp").unwrap();
                wait_until("baresip records", std::time::Duration::from_secs(20), || {
                    baresip.heard().is_some_and(|file| file.metadata().is_ok_and(|file| file.len() > 300_000))
                })
                .unwrap();
                baresip.hang_up().unwrap();
            }
            alice.wait_for("ended").unwrap();
            alice.finish().unwrap();
            let tones = [strength(&heard, BOB_HZ), strength(&baresip.heard().unwrap(), ALICE_HZ)];
            assert!(
                tones.iter().all(|tone| *tone > 0.05),
                "{tones:?}, timbre calls: {timbre_calls}\n{}",
                baresip.log()
            );
        }
        Ok(())
    })
    .unwrap();
}
