//! Interactive Connectivity Establishment of one session (RFC 8445): the addresses at which we may be reached, and the way that was found.
//!
//! ```text
//!  gather ─► our socket, what STUN servers see of it, an address at a TURN server ─► description ─► the peer's
//!  agree  ─► checks between all pairs, by `is` ─► a pair is nominated: media, RTCP and DTLS go that way
//! ```
//! One component: RTCP shares the port of RTP. No socket and no clock here.

mod gather;
mod relay;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::Instant;

use is::{Candidate, IceAgent, IceAgentEvent, IceCreds, Protocol};
use rand::Rng as _;
use rand::distr::Alphanumeric;
use rand::rngs::StdRng;

use gather::Gathering;
use relay::Relay;

/// RFC 8445 §6.1.2.5: no more than so many pairs are checked, so no more places can prove themselves.
const MAX_PROVEN: usize = 100;

/// Servers that help to find addresses.
#[derive(Clone, Debug, Default)]
pub struct IceServers {
    /// STUN servers, UDP (RFC 8489).
    pub stun: Vec<SocketAddr>,
    /// A TURN server.
    pub turn: Option<TurnServer>,
}

/// A TURN server, UDP (RFC 8656).
#[derive(Clone)]
pub struct TurnServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// Long-term credentials: user name.
    pub user: String,
    /// And password.
    pub password: String,
}

impl fmt::Debug for TurnServer {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Turn({})", self.address)
    }
}

/// What one side says of itself in its description (RFC 8839 §5).
#[derive(Clone, PartialEq, Eq)]
pub struct IceParameters {
    /// User fragment.
    pub ufrag: String,
    /// Password.
    pub pwd: String,
    /// Values of `a=candidate`, of component 1 and UDP.
    pub candidates: Vec<String>,
}

impl IceParameters {
    /// The same checks: both name the same credentials (RFC 8445 §9).
    fn is_by(&self, other: &Self) -> bool {
        (&self.ufrag, &self.pwd) == (&other.ufrag, &other.pwd)
    }
}

impl fmt::Debug for IceParameters {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ice({}, {} candidates)", self.ufrag, self.candidates.len())
    }
}

/// ICE as it was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IceConfig {
    /// We decide which pair is used.
    pub controlling: bool,
    /// What the peer says of itself.
    pub remote: IceParameters,
}

/// Told once, when gathering is over.
pub(crate) type Told = Box<dyn FnOnce(IceParameters) + Send>;

/// A datagram for the network, by the socket of RTP.
pub(crate) struct Outgoing {
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// What became of a datagram that came.
pub(crate) enum Taken {
    /// It was for us alone.
    Ours,
    /// Media of this peer, through the relay.
    Media { from: SocketAddr, bytes: Vec<u8> },
    /// Not ours.
    Passed,
}

pub(crate) struct Ice {
    agent: IceAgent,
    /// The address of our socket.
    base: SocketAddr,
    gathering: Option<Gathering>,
    relay: Option<Relay>,
    agreed: Option<IceConfig>,
    /// From where to where media goes.
    route: Option<(SocketAddr, SocketAddr)>,
    /// The checks began anew, and no pair was found since.
    restarted: bool,
    /// Addresses that proved to be of who was agreed, up to [`MAX_PROVEN`].
    proven: BTreeSet<SocketAddr>,
    out: VecDeque<Outgoing>,
}

impl Ice {
    /// Begins to gather; `told` gets what there is as soon as every server has answered, or the time for it is over.
    pub fn gather(now: Instant, base: SocketAddr, servers: &IceServers, told: Told, rng: &mut StdRng) -> Self {
        let mut word = |length: usize| (&mut *rng).sample_iter(Alphanumeric).take(length).map(char::from).collect();
        // RFC 8445 §5.3: at least 24 bits and 128 bits.
        let mut agent = IceAgent::new(IceCreds { ufrag: word(8), pass: word(24) });
        if let Ok(host) = Candidate::host(base, Protocol::Udp) {
            agent.add_local_candidate(host);
        }
        let relay = servers.turn.as_ref().map(|server| Relay::allocate(now, base, server));
        let gathering = Gathering::begin(now, &servers.stun, relay.is_some(), told);
        let mut ice = Self {
            agent,
            base,
            gathering: Some(gathering),
            relay,
            agreed: None,
            route: None,
            restarted: false,
            proven: BTreeSet::new(),
            out: VecDeque::new(),
        };
        ice.timeout(now);
        ice
    }

    /// The peer's side is known. The same again changes nothing; other credentials begin anew (RFC 8445 §9).
    pub fn agree(&mut self, now: Instant, config: &IceConfig) {
        if self.agreed.as_ref() == Some(config) {
            return;
        }
        let remote = IceCreds { ufrag: config.remote.ufrag.clone(), pass: config.remote.pwd.clone() };
        match &self.agreed {
            None => self.agent.set_controlling(config.controlling),
            Some(known) if !known.remote.is_by(&config.remote) => {
                // Pairs of before would stay the best for as long as their checks are not given up. Our credentials stand in
                // the offer that another place answers, too. Media goes the old way until there is a new one.
                self.agent.ice_restart(self.agent.local_credentials().clone(), true);
                self.restarted = true;
            }
            Some(_) => {}
        }
        self.agent.set_remote_credentials(remote);
        let candidates = config.remote.candidates.iter();
        for candidate in candidates.filter_map(|value| Candidate::from_sdp_string(&format!("candidate:{value}")).ok()) {
            if let Some(relay) = &mut self.relay {
                relay.permit(now, candidate.addr().ip());
            }
            self.agent.add_remote_candidate(candidate);
        }
        self.agreed = Some(config.clone());
        self.timeout(now);
    }

    /// The way of media is found by ICE: sent by [`Self::send`] only, and taken from proven peers only.
    pub fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// Where media goes now.
    pub fn destination(&self) -> Option<SocketAddr> {
        self.route.map(|(_, destination)| destination)
    }

    /// This peer proved to be who was agreed.
    pub fn knows(&self, peer: SocketAddr) -> bool {
        self.proven.contains(&peer)
    }

    /// Sends media the way that was found; false as long as there is none.
    pub fn send(&mut self, now: Instant, bytes: &[u8]) -> bool {
        let Some((from, to)) = self.route else { return false };
        self.put(now, from, to, bytes.to_vec());
        true
    }

    /// Looks at a datagram before anybody else does.
    pub fn take(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> Taken {
        let taken = self.look(now, from, bytes);
        self.settle(now);
        taken
    }

    fn look(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> Taken {
        if let Some(relay) = self.relay.as_mut().filter(|relay| relay.server() == from) {
            let Some((peer, bytes)) = relay.receive(now, bytes) else { return Taken::Ours };
            let Some(relayed) = relay.address() else { return Taken::Ours };
            return match self.check(now, peer, relayed, &bytes) {
                true => Taken::Ours,
                false => Taken::Media { from: peer, bytes },
            };
        }
        if let Some(seen) = self.gathering.as_mut().and_then(|gathering| gathering.answer(from, bytes)) {
            if let Ok(reflexive) = Candidate::server_reflexive(seen, self.base, Protocol::Udp) {
                self.agent.add_local_candidate(reflexive);
            }
            return Taken::Ours;
        }
        if self.check(now, from, self.base, bytes) { Taken::Ours } else { Taken::Passed }
    }

    /// A check of the peer, or its answer to ours; false when it is neither.
    fn check(&mut self, now: Instant, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> bool {
        let Ok(message) = is::stun::StunMessage::parse(bytes) else { return false };
        self.agent.handle_packet(now, is::stun::StunPacket { proto: Protocol::Udp, source, destination, message })
    }

    /// When [`Self::timeout`] is due.
    pub fn deadline(&mut self) -> Option<Instant> {
        let checks = self.agent.poll_timeout().filter(|_| self.agreed.is_some());
        let gathering = self.gathering.as_ref().map(Gathering::deadline);
        let relay = self.relay.as_ref().and_then(Relay::deadline);
        [checks, gathering, relay].into_iter().flatten().min()
    }

    pub fn timeout(&mut self, now: Instant) {
        if self.agreed.is_some() {
            self.agent.handle_timeout(now);
        }
        if let Some(gathering) = &mut self.gathering {
            self.out.extend(gathering.questions(now));
        }
        if let Some(relay) = &mut self.relay {
            relay.timeout(now);
        }
        self.settle(now);
    }

    /// The next datagram for the network.
    pub fn transmit(&mut self) -> Option<Outgoing> {
        self.out.pop_front()
    }

    /// Gives the relay back.
    pub fn close(&mut self, now: Instant) {
        if let Some(relay) = &mut self.relay {
            relay.close(now);
            self.out.extend(relay.outgoing(now));
        }
    }

    /// Takes what all parts have to tell.
    fn settle(&mut self, now: Instant) {
        while let Some(event) = self.agent.poll_event() {
            match event {
                IceAgentEvent::DiscoveredRecv { source, .. } => {
                    if self.proven.len() < MAX_PROVEN {
                        self.proven.insert(source);
                    }
                }
                IceAgentEvent::NominatedSend { source, destination, .. } => {
                    tracing::debug!(relayed = source != self.base, "a way for media is found");
                    self.route = Some((source, destination));
                    if let Some(relay) = self.relay.as_mut().filter(|relay| relay.address() == Some(source)) {
                        relay.bind(now, destination);
                    }
                    if std::mem::take(&mut self.restarted) {
                        self.proven.retain(|peer| *peer == destination);
                    }
                }
                IceAgentEvent::IceRestart(_) | IceAgentEvent::IceConnectionStateChange(_) => {}
            }
        }
        while let Some(transmit) = self.agent.poll_transmit() {
            self.put(now, transmit.source, transmit.destination, transmit.contents.to_vec());
        }
        if let Some(relay) = &mut self.relay {
            if let Some(relayed) = relay.news()
                && let Ok(candidate) = Candidate::relayed(relayed, self.base, Protocol::Udp)
            {
                self.agent.add_local_candidate(candidate);
            }
            self.out.extend(relay.outgoing(now));
        }
        self.tell_gathered(now);
    }

    fn tell_gathered(&mut self, now: Instant) {
        let relay_is_over = self.relay.as_ref().is_none_or(Relay::is_decided);
        let Some(gathering) = self.gathering.take_if(|gathering| gathering.is_over(now, relay_is_over)) else { return };
        let credentials = self.agent.local_credentials();
        let value = |candidate: Candidate| {
            let line = candidate.to_sdp_string();
            line.split_once("candidate:").map_or(line.clone(), |(_, value)| value.trim().to_owned())
        };
        gathering.tell(IceParameters {
            ufrag: credentials.ufrag.clone(),
            pwd: credentials.pass.clone(),
            candidates: self.agent.local_candidates().map(value).collect(),
        });
    }

    fn put(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        match &mut self.relay {
            Some(relay) if relay.address() == Some(from) => self.out.extend(relay.send(now, to, bytes)),
            _ => self.out.push_back(Outgoing { to, bytes }),
        }
    }
}

#[cfg(test)]
mod tests;
