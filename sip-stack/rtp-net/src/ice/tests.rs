//! Two sides on an in-memory network; a NAT and a STUN server are played here.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use stun_proto::types::attribute::XorMappedAddress;
use stun_proto::types::message::{Message, MessageWriteVec};
use stun_proto::types::prelude::*;

use super::{Ice, IceConfig, IceParameters, IceServers, Taken};

const STUN: &str = "198.51.100.1:3478";

struct Side {
    ice: Ice,
    told: Receiver<IceParameters>,
    /// As everybody else sees it.
    seen: SocketAddr,
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn side(now: Instant, base: &str, seen: &str, stun: &[&str]) -> Side {
    let (sender, told) = channel();
    let servers = IceServers { stun: stun.iter().map(|server| address(server)).collect(), turn: None };
    let tell = Box::new(move |parameters| sender.send(parameters).unwrap());
    let ice = Ice::gather(now, address(base), &servers, tell, &mut StdRng::seed_from_u64(base.len() as u64));
    Side { ice, told, seen: address(seen) }
}

struct Net {
    now: Instant,
    sides: [Side; 2],
    /// Media that came, by side.
    heard: [Vec<Vec<u8>>; 2],
}

impl Net {
    fn new(make: impl Fn(Instant) -> [Side; 2]) -> Self {
        let now = Instant::now();
        Self { now, sides: make(now), heard: [Vec::new(), Vec::new()] }
    }

    /// Carries what is to be carried for so long.
    fn run(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        while self.now < end {
            for from in 0..2 {
                while let Some(outgoing) = self.sides[from].ice.transmit() {
                    self.carry(from, outgoing.to, &outgoing.bytes);
                }
            }
            self.now += Duration::from_millis(5);
            for side in &mut self.sides {
                if side.ice.deadline().is_some_and(|due| due <= self.now) {
                    side.ice.timeout(self.now);
                }
            }
        }
    }

    fn carry(&mut self, from: usize, to: SocketAddr, bytes: &[u8]) {
        let source = self.sides[from].seen;
        if to == address(STUN) {
            let question = Message::from_bytes(bytes).unwrap();
            let mut answer = Message::builder_success(&question, MessageWriteVec::new());
            answer.add_attribute(&XorMappedAddress::new(source, question.transaction_id())).unwrap();
            self.sides[from].ice.take(self.now, to, &answer.finish());
        } else if let Some(at) = self.sides.iter().position(|side| side.seen == to) {
            match self.sides[at].ice.take(self.now, source, bytes) {
                Taken::Ours => {}
                Taken::Media { .. } => unreachable!("there is no relay"),
                Taken::Passed => self.heard[at].push(bytes.to_vec()),
            }
        }
    }

    fn agree(&mut self) {
        let told = [0, 1].map(|at| self.sides[at].told.try_recv().expect("gathering is over"));
        for at in [0, 1] {
            let config = IceConfig { controlling: at == 0, remote: told[1 - at].clone() };
            self.sides[at].ice.agree(self.now, &config);
        }
    }
}

#[test]
fn two_machines_of_one_network_find_each_other() {
    let mut net = Net::new(|now| {
        [side(now, "10.0.0.1:4000", "10.0.0.1:4000", &[]), side(now, "10.0.0.2:4000", "10.0.0.2:4000", &[])]
    });
    net.agree();
    assert!(!net.sides[0].ice.send(net.now, b"early"), "nothing leaves before there is a way");
    net.run(3_000);
    for at in [0, 1] {
        assert_eq!(net.sides[at].ice.destination(), Some(net.sides[1 - at].seen));
        assert!(net.sides[at].ice.knows(net.sides[1 - at].seen) && !net.sides[at].ice.knows(address("10.0.0.9:4000")));
    }
    assert!(net.sides[0].ice.send(net.now, &[0x80, 0, 0, 1]));
    net.run(10);
    assert_eq!(net.heard[1], [vec![0x80, 0, 0, 1]]);
}

#[test]
fn who_is_behind_nat_is_found_where_a_stun_server_sees_it() {
    let mut net = Net::new(|now| {
        [
            side(now, "192.168.1.5:4000", "203.0.113.7:61000", &[STUN]),
            side(now, "192.168.9.9:4000", "203.0.113.8:62000", &[STUN]),
        ]
    });
    net.run(50);
    let gathered = net.sides[0].told.try_recv().unwrap();
    assert!(gathered.candidates.iter().any(|c| c.contains("203.0.113.7 61000 typ srflx")), "{:?}", gathered.candidates);
    let other = net.sides[1].told.try_recv().unwrap();
    net.sides[0].ice.agree(net.now, &IceConfig { controlling: true, remote: other });
    net.sides[1].ice.agree(net.now, &IceConfig { controlling: false, remote: gathered });
    net.run(4_000);
    assert_eq!(net.sides[0].ice.destination(), Some(address("203.0.113.8:62000")));
    assert_eq!(net.sides[1].ice.destination(), Some(address("203.0.113.7:61000")));
}

#[test]
fn a_server_that_is_silent_costs_a_moment_only() {
    let mut net = Net::new(|now| {
        [
            side(now, "10.0.0.1:4000", "10.0.0.1:4000", &["192.0.2.99:3478"]),
            side(now, "10.0.0.2:4000", "10.0.0.2:4000", &[]),
        ]
    });
    net.run(1_400);
    assert!(net.sides[0].told.try_recv().is_err());
    net.run(200);
    let gathered = net.sides[0].told.try_recv().unwrap();
    assert_eq!(gathered.candidates.len(), 1, "{:?}", gathered.candidates);
    assert!(gathered.ufrag.len() >= 4 && gathered.pwd.len() >= 22);
}

#[test]
fn a_stranger_with_another_password_is_never_believed() {
    let mut net = Net::new(|now| {
        [side(now, "10.0.0.1:4000", "10.0.0.1:4000", &[]), side(now, "10.0.0.2:4000", "10.0.0.2:4000", &[])]
    });
    let told = [0, 1].map(|at| net.sides[at].told.try_recv().unwrap());
    for at in [0, 1] {
        let pwd = "anotherpasswordof24chars".to_owned();
        let remote = IceParameters { pwd, ..told[1 - at].clone() };
        net.sides[at].ice.agree(net.now, &IceConfig { controlling: at == 0, remote });
    }
    net.run(3_000);
    assert_eq!((net.sides[0].ice.destination(), net.sides[1].ice.destination()), (None, None));
}

/// A call that rings at two places: both answer its one offer, each for itself.
#[test]
fn rfc8445_9_other_credentials_begin_anew_and_the_old_way_serves_until_there_is_another() {
    let mut net = Net::new(|now| {
        [side(now, "10.0.0.1:4000", "10.0.0.1:4000", &[]), side(now, "10.0.0.22:4000", "10.0.0.22:4000", &[])]
    });
    let ours = net.sides[0].told.try_recv().unwrap();
    let meet = |net: &mut Net| {
        let remote = net.sides[1].told.try_recv().unwrap();
        net.sides[0].ice.agree(net.now, &IceConfig { controlling: true, remote });
        net.sides[1].ice.agree(net.now, &IceConfig { controlling: false, remote: ours.clone() });
    };
    meet(&mut net);
    net.run(1_000);
    let first = net.sides[1].seen;
    assert_eq!(net.sides[0].ice.destination(), Some(first));

    net.sides[1] = side(net.now, "10.0.0.103:4000", "10.0.0.103:4000", &[]);
    meet(&mut net);
    assert_eq!(net.sides[0].ice.destination(), Some(first));
    net.run(1_000);
    assert_eq!(net.sides[0].ice.destination(), Some(net.sides[1].seen));
    assert_eq!(net.sides[1].ice.destination(), Some(net.sides[0].seen));
    assert!(!net.sides[0].ice.knows(first), "who was there before is heard no more");
}
