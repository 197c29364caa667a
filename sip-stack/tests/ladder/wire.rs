//! Nodes on an in-memory wire under a virtual clock, and the ladder diagram of what they said.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sip_stack::message::{Message, Request, Response, parse};
use sip_stack::transport::stun;
use sip_stack::ua::{
    AccountConfig, AccountId, CodecKind, Command, Event, FlowError, FlowId, Input, LegId, LocalMedia, Output,
    ResolveError, Secret, SrtpPolicy, Target, Transport, UaConfig, UserAgent,
};

use crate::words::{binding_success, note, show};

/// What answers at an address without being a user agent under test.
pub type Script = Box<dyn FnMut(SocketAddr, &Message) -> Vec<Vec<u8>>>;

/// Losses, delays and reordering, drawn from one seed.
pub struct Weather {
    pub loss_pct: u32,
    pub delay_ms: (u64, u64),
}

pub const FAIR: Weather = Weather { loss_pct: 0, delay_ms: (1, 1) };

struct Agent {
    ua: UserAgent,
    flows: BTreeMap<FlowId, (SocketAddr, SocketAddr, Transport)>,
    events: VecDeque<Event>,
    due: Option<Instant>,
}

/// Names, nodes, and what is on its way.
pub struct World {
    pub now: Instant,
    start: Instant,
    rng: StdRng,
    weather: Weather,
    agents: BTreeMap<char, Agent>,
    homes: BTreeMap<char, SocketAddr>,
    scripts: BTreeMap<char, Script>,
    inboxes: BTreeMap<char, VecDeque<Message>>,
    under_way: BTreeMap<(Instant, u64), (SocketAddr, SocketAddr, Vec<u8>)>,
    names: BTreeMap<String, Result<Vec<SocketAddr>, ResolveError>>,
    refuses: Vec<SocketAddr>,
    swallows: Vec<SocketAddr>,
    drops: Vec<(String, u32)>,
    /// Who answers STUN, and what address it tells.
    mirrors: BTreeMap<SocketAddr, SocketAddr>,
    /// How often drivers were told to ping, as it came.
    pub pings: Vec<Option<Duration>>,
    sequence: u64,
    ladder: String,
    /// `Debug` of everything that crossed a border.
    log: String,
}

pub const ACCOUNT: AccountId = AccountId(1);

impl World {
    pub fn new(weather: Weather, seed: u64) -> Self {
        #[expect(clippy::disallowed_methods, reason = "the virtual clock begins somewhere and never looks again")]
        let start = Instant::now();
        Self {
            now: start,
            start,
            rng: StdRng::seed_from_u64(seed),
            weather,
            agents: BTreeMap::new(),
            homes: BTreeMap::new(),
            scripts: BTreeMap::new(),
            inboxes: BTreeMap::new(),
            under_way: BTreeMap::new(),
            names: BTreeMap::new(),
            refuses: Vec::new(),
            swallows: Vec::new(),
            drops: Vec::new(),
            mirrors: BTreeMap::new(),
            pings: Vec::new(),
            sequence: 0,
            ladder: String::new(),
            log: String::new(),
        }
    }

    /// `A` and `B`, each the other's exchange, both at home.
    pub fn pair(weather: Weather, seed: u64) -> Self {
        let mut world = Self::new(weather, seed);
        world.add_agent('A', "10.0.0.1:5060");
        world.add_agent('B', "10.0.0.2:5060");
        let peer = |user: &str, domain: &str| AccountConfig {
            register: false,
            ..AccountConfig::new(user, domain, Secret::new("secret"))
        };
        world.add_account('A', peer("alice", "10.0.0.2"));
        world.add_account('B', peer("bob", "10.0.0.1"));
        world.run_for(0);
        world
    }

    /// `A` and a peer `P` that says what the test tells it.
    pub fn with_peer() -> Self {
        Self::with_peer_calling("alice")
    }

    /// The same, where the account of `A` has this user.
    pub fn with_peer_calling(user: &str) -> Self {
        let mut world = Self::new(FAIR, 1);
        world.add_agent('A', "10.0.0.1:5060");
        world.homes.insert('P', "10.0.0.9:5060".parse().unwrap());
        world.inboxes.insert('P', VecDeque::new());
        let config = AccountConfig { register: false, ..AccountConfig::new(user, "10.0.0.9", Secret::new("secret")) };
        world.add_account('A', config);
        world.run_for(0);
        world
    }

    pub fn add_agent(&mut self, name: char, home: &str) {
        let seed = [name as u8; 32];
        let config = UaConfig { max_legs: 4, ..UaConfig::default() };
        let agent =
            Agent { ua: UserAgent::new(config, seed), flows: BTreeMap::new(), events: VecDeque::new(), due: None };
        self.agents.insert(name, agent);
        self.homes.insert(name, home.parse().unwrap());
    }

    pub fn add_account(&mut self, agent: char, config: AccountConfig) {
        self.tell(agent, Command::AddAccount { account: ACCOUNT, config: Box::new(config) });
    }

    /// A node that answers by itself.
    pub fn add_script(&mut self, name: char, home: &str, script: Script) {
        self.homes.insert(name, home.parse().unwrap());
        self.scripts.insert(name, script);
    }

    /// What a name resolves to.
    pub fn resolve(&mut self, name: &str, to: Result<Vec<&str>, ResolveError>) {
        self.names.insert(name.to_owned(), to.map(|to| to.iter().map(|a| a.parse().unwrap()).collect()));
    }

    /// Flows to this address are refused from now on.
    pub fn refuse(&mut self, address: &str) {
        self.refuses.push(address.parse().unwrap());
    }

    /// Flows to this address never come up from now on.
    pub fn swallow(&mut self, address: &str) {
        self.swallows.push(address.parse().unwrap());
    }

    /// Loses the next `count` messages of this kind, such as `B 200 INVITE` for what B sends.
    pub fn lose(&mut self, what: &str, count: u32) {
        self.drops.push((what.to_owned(), count));
    }

    /// Whoever lives at `home` answers STUN from now on and sees everybody at `mapped`.
    pub fn mirror(&mut self, home: &str, mapped: &str) {
        self.mirrors.insert(home.parse().unwrap(), mapped.parse().unwrap());
    }

    pub fn change_weather(&mut self, weather: Weather) {
        self.weather = weather;
    }

    pub fn home(&self, name: char) -> SocketAddr {
        self.homes[&name]
    }

    pub fn tell(&mut self, agent: char, command: Command) {
        writeln!(self.ladder, "{:>7} {agent}: {command:?}", self.millis()).unwrap();
        writeln!(self.log, "{command:?}").unwrap();
        let now = self.now;
        self.agents.get_mut(&agent).unwrap().ua.handle_command(now, command);
        self.drain(agent);
    }

    pub fn invite(&mut self, agent: char, leg: u64, target: &str) {
        let media = media(4000 + u16::try_from(leg).unwrap());
        let target = target.to_owned();
        self.tell(agent, Command::Invite { leg: LegId(leg), account: ACCOUNT, target, media });
    }

    pub fn answer(&mut self, agent: char, leg: LegId) {
        self.tell(agent, Command::Answer { leg, media: media(6000) });
    }

    /// Something goes wrong with the agent's flows.
    pub fn lose_flows(&mut self, agent: char) {
        let flows: Vec<_> = self.agents.get_mut(&agent).unwrap().flows.keys().copied().collect();
        for flow in flows {
            self.agents.get_mut(&agent).unwrap().flows.remove(&flow);
            self.input(agent, Input::FlowDown { flow, error: FlowError::Closed });
        }
    }

    /// The streams of the agent break; its datagrams go on.
    pub fn lose_streams(&mut self, agent: char) {
        let flows = self.agents[&agent].flows.iter().filter(|(_, (.., transport))| transport.is_reliable());
        for flow in flows.map(|(flow, _)| *flow).collect::<Vec<_>>() {
            self.agents.get_mut(&agent).unwrap().flows.remove(&flow);
            self.input(agent, Input::FlowDown { flow, error: FlowError::Closed });
        }
    }

    /// The machine moves to another address.
    pub fn move_home(&mut self, agent: char, home: &str) {
        self.homes.insert(agent, home.parse().unwrap());
        self.tell(agent, Command::NetworkChanged);
    }

    /// Lets time pass, in ms.
    pub fn run_for(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        loop {
            let parcel = self.under_way.keys().next().map(|(at, _)| *at);
            let timer = self.agents.values().filter_map(|agent| agent.due).min();
            let Some(next) = parcel.into_iter().chain(timer).min().filter(|next| *next <= end) else { break };
            self.now = self.now.max(next);
            if parcel.is_some_and(|at| at <= self.now) {
                let (_, (from, to, bytes)) = self.under_way.pop_first().unwrap();
                self.deliver(from, to, &bytes);
                continue;
            }
            let due: Vec<_> =
                self.agents.iter().filter(|(_, a)| a.due.is_some_and(|d| d <= self.now)).map(|(n, _)| *n).collect();
            for agent in due {
                self.input(agent, Input::Tick);
            }
        }
        self.now = end;
    }

    /// All events of an agent since the last time, ladder lines left out.
    pub fn events(&mut self, agent: char) -> Vec<Event> {
        self.agents.get_mut(&agent).unwrap().events.drain(..).collect()
    }

    /// The leg of the first `Incoming` among the agent's events; drops the others.
    pub fn incoming(&mut self, agent: char) -> LegId {
        let events = self.events(agent);
        let found = events.iter().find_map(|e| if let Event::Incoming { leg, .. } = e { Some(*leg) } else { None });
        found.unwrap_or_else(|| panic!("no call came: {events:?}\n{}", self.ladder))
    }

    /// What the scripted peer got, oldest first.
    pub fn take(&mut self, name: char) -> Option<Message> {
        self.inboxes.get_mut(&name).unwrap().pop_front()
    }

    pub fn take_request(&mut self, method: &str) -> Request {
        loop {
            match self.take('P') {
                Some(Message::Request(request)) if request.method.as_str() == method => return request,
                Some(_) => {}
                None => panic!("P got no {method}\n{}", self.ladder),
            }
        }
    }

    pub fn take_response(&mut self, status: u16, method: &str) -> Response {
        loop {
            match self.take('P') {
                Some(Message::Response(response))
                    if response.status.code() == status
                        && response.headers.cseq().unwrap().method.as_str() == method =>
                {
                    return response;
                }
                Some(_) => {}
                None => panic!("P got no {status} {method}\n{}", self.ladder),
            }
        }
    }

    /// How many messages of this kind, such as `ACK` or `200 INVITE`, wait in the inbox of `P`; empties it.
    pub fn count(&mut self, what: &str) -> usize {
        let inbox: Vec<_> = self.inboxes.get_mut(&'P').unwrap().drain(..).collect();
        inbox.iter().filter(|message| name_of(message) == what).count()
    }

    /// The scripted peer sends to `A`, and time passes until it is there.
    pub fn say(&mut self, message: impl Into<Message>) {
        self.say_raw(&message.into().print());
    }

    pub fn say_raw(&mut self, bytes: &[u8]) {
        let (from, to) = (self.home('P'), self.home('A'));
        self.send(from, to, bytes.to_vec());
        self.run_for(2);
    }

    /// The scripted peer's words from another address.
    pub fn say_from(&mut self, from: &str, bytes: &[u8]) {
        let to = self.home('A');
        self.send(from.parse().unwrap(), to, bytes.to_vec());
        self.run_for(2);
    }

    /// What was told and written down so far is let go, so that a long run keeps nothing of its own.
    pub fn forget(&mut self) {
        self.agents.values_mut().for_each(|agent| agent.events = VecDeque::new());
        (self.ladder, self.log, self.pings) = (String::new(), String::new(), Vec::new());
    }

    pub fn log(&self) -> &str {
        &self.log
    }

    pub fn ladder(&self) -> &str {
        &self.ladder
    }

    fn input(&mut self, agent: char, input: Input<'_>) {
        let now = self.now;
        writeln!(self.log, "{input:?}").unwrap();
        self.agents.get_mut(&agent).unwrap().ua.handle_input(now, input);
        self.drain(agent);
    }

    fn drain(&mut self, name: char) {
        loop {
            let output = self.agents.get_mut(&name).unwrap().ua.poll_output();
            writeln!(self.log, "{output:?}").unwrap();
            match output {
                Output::Transmit { flow, remote, bytes } => {
                    if let Some((local, ..)) = self.agents[&name].flows.get(&flow).copied() {
                        self.send(local, remote, bytes.to_vec());
                    }
                }
                Output::Open { flow, target, .. } => self.open(name, flow, &target),
                Output::KeepAlive { every, .. } => self.pings.push(every),
                Output::Close { flow } => {
                    self.agents.get_mut(&name).unwrap().flows.remove(&flow);
                }
                Output::Resolve { query, host, port, transport, .. } => {
                    let result = self.look_up(&host, port.unwrap_or(transport.default_port()), transport);
                    self.input(name, Input::Resolved { query, result });
                }
                Output::Event(Event::Ladder(_)) => {}
                Output::Event(event) => {
                    writeln!(self.ladder, "{:>7} {name}: * {}", self.millis(), show(&event)).unwrap();
                    self.agents.get_mut(&name).unwrap().events.push_back(event);
                }
                Output::Timeout(due) => {
                    self.agents.get_mut(&name).unwrap().due = due;
                    return;
                }
            }
        }
    }

    fn look_up(&self, host: &str, port: u16, transport: Transport) -> Result<Vec<Target>, ResolveError> {
        let target = |remote| Target { transport, remote };
        if let Ok(ip) = host.parse() {
            return Ok(vec![target(SocketAddr::new(ip, port))]);
        }
        let found = self.names.get(host).cloned().unwrap_or(Err(ResolveError::NotFound));
        found.map(|all| all.into_iter().map(target).collect())
    }

    fn open(&mut self, name: char, flow: FlowId, target: &Target) {
        if self.refuses.contains(&target.remote) {
            self.input(name, Input::FlowDown { flow, error: FlowError::Unreachable });
            return;
        }
        if self.swallows.contains(&target.remote) {
            return;
        }
        let mut local = self.homes[&name];
        let flows = &mut self.agents.get_mut(&name).unwrap().flows;
        // A second flow of the same machine has a port of its own.
        if flows.values().any(|(taken, ..)| *taken == local) {
            local.set_port(local.port() + 1000);
        }
        flows.insert(flow, (local, target.remote, target.transport));
        self.input(name, Input::FlowUp { flow, local });
    }

    fn send(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let strange = if stun::is_stun(&bytes) { "STUN" } else { "garbage" };
        let what = parse::datagram(&bytes).map_or_else(|_| strange.to_owned(), |message| name_of(&message));
        let sender = self.name_at(from);
        let lost = self.is_lost(&format!("{sender} {what}"));
        let arrow = if lost { "─x " } else { "─► " };
        let note = parse::datagram(&bytes).ok().and_then(|message| note(&message)).unwrap_or_default();
        let line = format!("{:>7} {sender} {arrow}{}  {what}{note}", self.millis(), self.name_at(to));
        writeln!(self.ladder, "{}", line.trim_end()).unwrap();
        if lost {
            return;
        }
        let delay = self.rng.random_range(self.weather.delay_ms.0..=self.weather.delay_ms.1);
        self.sequence += 1;
        self.under_way.insert((self.now + Duration::from_millis(delay), self.sequence), (from, to, bytes));
    }

    fn is_lost(&mut self, what: &str) -> bool {
        if let Some(drop) = self.drops.iter_mut().find(|(kind, count)| kind == what && *count > 0) {
            drop.1 -= 1;
            return true;
        }
        self.weather.loss_pct > 0 && self.rng.random_range(0..100) < self.weather.loss_pct
    }

    fn deliver(&mut self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let name = self.name_at(to);
        if let Some(agent) = self.agents.get(&name) {
            let flow = agent.flows.iter().find(|(_, (local, ..))| *local == to).map(|(flow, _)| *flow);
            if let Some(flow) = flow {
                self.input(name, Input::Received { flow, source: from, bytes });
            }
            return;
        }
        if let Some(mapped) = self.mirrors.get(&to).filter(|_| stun::is_stun(bytes)) {
            let answer = binding_success(bytes, *mapped);
            return self.send(to, from, answer);
        }
        let Ok(message) = parse::datagram(bytes) else { return };
        if let Some(script) = self.scripts.get_mut(&name) {
            for answer in script(from, &message) {
                self.send(to, from, answer);
            }
        } else if let Some(inbox) = self.inboxes.get_mut(&name) {
            inbox.push_back(message);
        }
    }

    fn name_at(&self, address: SocketAddr) -> char {
        let has = |agent: &Agent| agent.flows.values().any(|(local, ..)| *local == address);
        let home = self.homes.iter().find(|(_, home)| **home == address).map(|(name, _)| *name);
        home.or_else(|| self.agents.iter().find(|(_, agent)| has(agent)).map(|(name, _)| *name)).unwrap_or('?')
    }

    fn millis(&self) -> u128 {
        (self.now - self.start).as_millis()
    }
}

pub fn media(port: u16) -> LocalMedia {
    let codecs = vec![CodecKind::Pcma, CodecKind::Pcmu];
    LocalMedia {
        rtp: SocketAddr::new([0, 0, 0, 0].into(), port),
        codecs,
        srtp: SrtpPolicy::Off,
        dtls: None,
        ice: None,
        rtcp_mux: false,
        ptime_ms: 20,
    }
}

/// `INVITE`, `200 INVITE`.
pub fn name_of(message: &Message) -> String {
    match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => {
            let method = response.headers.cseq().map_or("?".to_owned(), |cseq| cseq.method.to_string());
            format!("{} {method}", response.status)
        }
    }
}

/// Compares the ladder with `snapshots/<name>.txt`; `UPDATE_LADDERS=1` writes it anew.
pub fn check_ladder(world: &World, name: &str) {
    let path = format!("{}/tests/ladder/snapshots/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_LADDERS").is_some() {
        std::fs::write(&path, world.ladder()).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == world.ladder(), "ladder of {name} differs, now:\n{}\nbefore:\n{expected}", world.ladder());
}

/// The one `Ended` among events.
pub fn ended(events: &[Event]) -> (sip_stack::ua::EndCause, Option<u16>, sip_stack::ua::EndedBy) {
    let all: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended { cause, status, by, .. } => Some((*cause, *status, *by)),
            _ => None,
        })
        .collect();
    assert_eq!(all.len(), 1, "every leg ends once: {events:?}");
    all[0]
}

pub fn has(events: &[Event], wanted: impl Fn(&Event) -> bool) -> bool {
    events.iter().any(wanted)
}
