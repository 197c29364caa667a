//! An account: its settings, its link to the first hop, its identity.
//!
//! ```text
//!  Down ──open──► Resolving ──targets──► Opening ──FlowUp──► Up
//!   ▲                │ none                │ FlowDown: next target │ FlowDown
//!   └────────────────┴─────────────────────┴───────────────────────┘
//! ```

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use crate::auth::{Algorithm, Authenticator, Credentials};
use crate::dialog::Dialog;
use crate::message::{Host, Method, NameAddr, SipUri, Uri};
use crate::transport::{FlowFacts, FlowId, Hop, Nowhere, QueryId, SentBy, Target, Transport};

use super::core::{Core, joined, methods};
use super::keep_alive::KeepAlive;
use super::outbound::Outbound;
use super::registration::{Registration, State};
use super::relocation::Relocation;
use super::way::Way;
use super::web::{self, DEFAULT_RESOURCE, WebAddress, is_web_url};
use super::{AccountConfig, AccountId, DigestMin, EndCause, Output};

/// The account's way to its first hop.
#[derive(Debug)]
pub(super) enum Link {
    Down,
    Resolving { query: QueryId },
    Opening { flow: FlowId, target: Target, rest: VecDeque<Target> },
    Up { flow: FlowId, facts: FlowFacts, rest: VecDeque<Target> },
}

/// Why the link cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LinkFailure {
    pub cause: EndCause,
    pub reason: String,
}

pub(super) struct Account {
    pub id: AccountId,
    pub config: AccountConfig,
    /// 128 random bits: whoever calls it learned it from our registrar.
    pub contact_user: String,
    /// What stands for us where a WebSocket begins.
    nowhere: Nowhere,
    pub auth: Authenticator,
    pub link: Link,
    pub registration: Registration,
    pub service_route: Vec<NameAddr>,
    /// What the registrar granted of RFC 5626 and RFC 5627.
    pub outbound: Outbound,
    /// How the flow is kept open.
    pub keep: KeepAlive,
    /// Where a 3xx sent our registration.
    pub relocation: Relocation,
    /// Addresses that the first hop's name resolved to.
    pub trusted: Vec<IpAddr>,
    /// The network changed, or the flow was lost: calls that are up move as soon as the new flow is there.
    pub moved: bool,
    /// Flows that are gone, by which calls rang; the next one takes their place.
    pub stranded: Vec<FlowId>,
    /// Calls that ended while there was no flow; their BYEs go with the next one.
    pub owed_byes: Vec<(Dialog, Option<SocketAddr>)>,
}

/// No more BYEs are owed.
const MAX_OWED: usize = 16;

/// Host, port, and whether it wants to stand in Route.
struct FirstHop {
    host: Host,
    port: Option<u16>,
    route: Option<NameAddr>,
    /// Path of a WebSocket.
    resource: String,
}

impl Account {
    pub fn new(core: &mut Core, id: AccountId, config: AccountConfig) -> Self {
        let minimum = match config.digest_min {
            DigestMin::Md5 => Algorithm::Md5,
            DigestMin::Sha256 => Algorithm::Sha256,
            DigestMin::Sha512_256 => Algorithm::Sha512_256,
        };
        let credentials = Credentials::new(config.auth_user.clone(), config.password.reveal());
        Self {
            id,
            contact_user: core.token(),
            nowhere: Nowhere::new(&if config.transport.is_web() { core.token() } else { String::new() }),
            auth: Authenticator::new(credentials, minimum).within(config.realms.clone()),
            link: Link::Down,
            registration: Registration::new(core),
            service_route: Vec::new(),
            outbound: Outbound::default(),
            keep: KeepAlive::default(),
            relocation: Relocation::default(),
            trusted: Vec::new(),
            moved: false,
            stranded: Vec::new(),
            owed_byes: Vec::new(),
            config,
        }
    }

    /// Makes sure that a link is there or on its way.
    pub fn open_link(&mut self, core: &mut Core) -> Result<(), LinkFailure> {
        if !matches!(self.link, Link::Down) {
            return Ok(());
        }
        let first = self.first_hop()?;
        let query = core.next_query();
        self.link = Link::Resolving { query };
        let host = first.name();
        let (transport, dns) = (self.config.transport, self.config.dns);
        core.push(Output::Resolve { query, host, port: first.port, transport, dns });
        Ok(())
    }

    /// Takes the targets that the name has.
    pub fn resolved(&mut self, core: &mut Core, targets: Vec<Target>) -> Result<(), LinkFailure> {
        for target in &targets {
            let ip = target.remote.ip().to_canonical();
            if !self.trusted.contains(&ip) {
                self.trusted.push(ip);
            }
        }
        // A TLS account never falls to another transport.
        let usable = targets.into_iter().filter(|target| target.transport == self.config.transport).collect();
        let usable = core.silent.last(core.now(), usable);
        self.open_next(core, usable.into())
    }

    /// Opens a flow to the next of the targets.
    pub fn open_next(&mut self, core: &mut Core, mut targets: VecDeque<Target>) -> Result<(), LinkFailure> {
        self.link = Link::Down;
        let Some(target) = targets.pop_front() else {
            return Err(LinkFailure { cause: EndCause::Dns, reason: "the domain has no address".to_owned() });
        };
        let flow = core.next_flow();
        let first = self.first_hop()?;
        core.push(Output::Open {
            flow,
            target: target.clone(),
            bind: self.config.bind,
            tls_name: first.name(),
            tls: self.config.tls.clone(),
            web: target.transport.is_web().then(|| first.web_address()),
        });
        self.link = Link::Opening { flow, target, rest: targets };
        Ok(())
    }

    /// Leaves the link for another: what rings goes on there.
    fn leave_link(&mut self, core: &mut Core) {
        let Link::Up { flow, .. } = self.link else { return self.close_link(core) };
        core.push(Output::Close { flow });
        self.strand(core, flow);
        self.link = Link::Down;
    }

    /// A flow is gone that another one will take the place of.
    pub fn strand(&mut self, core: &mut Core, flow: FlowId) {
        core.tx.strand(flow);
        core.close_wide(flow);
        self.stranded.push(flow);
        self.moved = true;
    }

    /// The calls that rang by flows that are gone ring by this one.
    pub fn adopt(&mut self, core: &mut Core) {
        let stranded = std::mem::take(&mut self.stranded);
        let Some(way) = self.way(None) else { return };
        for flow in stranded {
            core.tx.adopt(flow, way.hop);
        }
    }

    /// Gives the link up, and its flow with it.
    pub fn close_link(&mut self, core: &mut Core) {
        if let Link::Opening { flow, .. } | Link::Up { flow, .. } = self.link {
            core.push(Output::Close { flow });
            core.tx.flow_lost(flow);
            core.close_wide(flow);
        }
        self.link = Link::Down;
    }

    /// The first hop gives no service: the next of its addresses, if there is one (RFC 3263 §4.3).
    pub fn next_target(&mut self, core: &mut Core) -> bool {
        let Link::Up { flow, facts, rest } = &mut self.link else { return false };
        let (flow, rest) = (*flow, std::mem::take(rest));
        core.silent.failed(core.now(), facts.remote);
        if rest.is_empty() {
            return false;
        }
        self.moved = true;
        core.push(Output::Close { flow });
        core.tx.flow_lost(flow);
        core.close_wide(flow);
        self.open_next(core, rest).is_ok()
    }

    /// The same for a call that hears nothing: the registration goes with it.
    pub fn fail_over(&mut self, core: &mut Core) -> bool {
        let moves = self.next_target(core);
        if moves {
            self.restart_registration(core);
        }
        moves
    }

    /// Whether the first hop has another address than the one in use.
    pub fn has_next_target(&self) -> bool {
        matches!(&self.link, Link::Up { rest, .. } if !rest.is_empty())
    }

    /// Another first hop is on its way.
    pub fn is_failing_over(&self) -> bool {
        matches!(self.link, Link::Resolving { .. } | Link::Opening { .. })
    }

    /// A BYE that cannot go now.
    pub fn owe_bye(&mut self, core: &mut Core, dialog: Dialog, peer: Option<SocketAddr>) {
        if self.owed_byes.len() < MAX_OWED {
            self.owed_byes.push((dialog, peer));
            // A failure is told when the link is wanted for more than a farewell.
            let _ = self.open_link(core);
        }
    }

    /// The network changed: another flow, another Contact, a fresh look at the name.
    pub fn renew(&mut self, core: &mut Core) {
        self.leave_link(core);
        self.moved = true;
        self.trusted.clear();
        self.contact_user = core.token();
        self.outbound = Outbound::default();
        self.relocation = Relocation::default();
        self.restart_registration(core);
    }

    /// The account is gone once what is queued has left.
    pub fn close_after_goodbye(mut self, core: &mut Core) {
        self.close_link(core);
    }

    pub fn owns_flow(&self, id: FlowId) -> bool {
        matches!(self.link, Link::Opening { flow, .. } | Link::Up { flow, .. } if flow == id)
    }

    pub fn facts(&self) -> Option<FlowFacts> {
        match self.link {
            Link::Up { facts, .. } => Some(facts),
            _ => None,
        }
    }

    /// The value of Allow.
    pub fn allow(&self) -> String {
        joined(self.methods())
    }

    /// The methods that it understands.
    pub fn methods(&self) -> &'static [Method] {
        methods(self.config.takes_messages)
    }

    /// Whether what the account asks for can be answered: it has a flow, and is registered where it should be.
    pub fn is_ready(&self) -> bool {
        self.facts().is_some() && (!self.config.register || matches!(self.registration.state, State::Bound))
    }

    /// How requests go out; `peer` is the address of a peer that is not the first hop (UDP only).
    pub fn way(&self, peer: Option<SocketAddr>) -> Option<Way> {
        let Link::Up { flow, facts, .. } = self.link else { return None };
        let other = peer.filter(|_| !facts.transport.is_reliable());
        let hop = Hop { flow, remote: other.unwrap_or(facts.remote), transport: facts.transport };
        let web = facts.transport.is_web();
        let sent_by = if web { SentBy::Nowhere(self.nowhere) } else { SentBy::Address(facts.local) };
        Some(Way { hop, local: facts.local, sent_by })
    }

    /// Whether requests from there are looked at.
    pub fn trusts(&self, source: IpAddr) -> bool {
        let ip = source.to_canonical();
        let at_flow = self.facts().is_some_and(|facts| facts.remote.ip().to_canonical() == ip);
        at_flow || self.trusted.contains(&ip) || self.config.allow_from.iter().any(|net| net.contains(ip))
    }

    /// Whether a Request-URI of an INVITE names us.
    pub fn is_called_by(&self, uri: &Uri) -> bool {
        let user = uri.user().unwrap_or_default();
        user == self.contact_user || (!self.config.register && user == self.config.user)
    }

    /// `sip:user@domain` with the display name.
    pub fn address_of_record(&self) -> Result<NameAddr, LinkFailure> {
        let host = self.domain()?;
        let mut uri = SipUri::new(host);
        if !self.config.user.is_empty() {
            uri = uri.with_user(&self.config.user);
        }
        Ok(NameAddr::new(uri).with_display_name(&self.config.display_name))
    }

    /// The registrar: `sip:domain`, with the port if one is set.
    pub fn registrar(&self) -> Result<SipUri, LinkFailure> {
        Ok(SipUri::new(self.domain()?).with_port(self.config.port))
    }

    /// The registrar, or where it sent us.
    pub fn registrar_now(&self) -> Result<SipUri, LinkFailure> {
        self.relocation.to().map_or_else(|| self.registrar(), |to| Ok(to.clone()))
    }

    /// The domain as a host; an IPv6 address may come without brackets.
    pub fn domain(&self) -> Result<Host, LinkFailure> {
        let text = self.config.domain.trim();
        match text.parse::<IpAddr>() {
            Ok(ip) => Ok(Host::from(ip)),
            Err(_) => Host::parse(text.as_bytes()).map_err(|_| bad_domain()),
        }
    }

    /// Our Contact in calls: the address that the registrar gave us, or else where we are.
    pub fn contact(&self, facts: &FlowFacts) -> NameAddr {
        self.outbound.contact(self.address(facts))
    }

    /// Where we are, on the flow.
    pub fn address(&self, facts: &FlowFacts) -> SipUri {
        if facts.transport.is_web() {
            let uri = SipUri::new(self.nowhere.host()).with_user(&self.contact_user);
            return uri.with_param("transport", Some(facts.transport.uri_token()));
        }
        let mut uri = SipUri::new(Host::from(facts.local.ip())).with_user(&self.contact_user);
        uri = uri.with_port(Some(facts.local.port()));
        if facts.transport != Transport::Udp {
            uri = uri.with_param("transport", Some(facts.transport.uri_token()));
        }
        uri
    }

    /// Routes of requests outside dialogs: the proxy if it is a loose router, then the Service-Route (RFC 3608).
    pub fn routes(&self) -> Vec<NameAddr> {
        let proxy = self.first_hop().ok().and_then(|first| first.route);
        let same = |a: &NameAddr, b: &NameAddr| a.uri.equivalent(&b.uri);
        let proxy = proxy.filter(|proxy| !self.service_route.first().is_some_and(|first| same(first, proxy)));
        proxy.into_iter().chain(self.service_route.iter().cloned()).collect()
    }

    /// Route of REGISTER: the proxy alone.
    pub fn register_route(&self) -> Option<NameAddr> {
        self.first_hop().ok().and_then(|first| first.route)
    }

    /// Whether everything goes to a proxy first.
    pub fn has_proxy(&self) -> bool {
        self.proxy().is_some()
    }

    fn proxy(&self) -> Option<&str> {
        self.config.proxy.as_deref().map(str::trim).filter(|proxy| !proxy.is_empty())
    }

    fn first_hop(&self) -> Result<FirstHop, LinkFailure> {
        let resource = DEFAULT_RESOURCE.to_owned();
        let Some(proxy) = self.proxy() else {
            let registrar = self.registrar_now()?;
            return Ok(FirstHop { host: registrar.host, port: registrar.port, route: None, resource });
        };
        if is_web_url(proxy) {
            let url = web::read(proxy, self.config.transport).ok_or_else(bad_proxy)?;
            return Ok(FirstHop { host: url.host, port: url.port, route: None, resource: url.resource });
        }
        let text = proxy.trim_start_matches('<').trim_end_matches('>');
        let named = ["sip:", "sips:"].iter().any(|scheme| text.to_ascii_lowercase().starts_with(scheme));
        let text = if named { text.to_owned() } else { format!("sip:{text}") };
        let uri = SipUri::parse(text.as_bytes()).map_err(|_| bad_proxy())?;
        let route = uri.is_loose_router().then(|| NameAddr::new(uri.clone()));
        Ok(FirstHop { host: uri.host.clone(), port: uri.port, route, resource })
    }
}

impl FirstHop {
    /// The host without the brackets of IPv6, as resolver and certificate check want it.
    fn name(&self) -> String {
        self.host.ip().map_or_else(|| self.host.to_string(), |ip| ip.to_string())
    }

    fn web_address(&self) -> WebAddress {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        WebAddress { authority: format!("{}{port}", self.host), resource: self.resource.clone() }
    }
}

fn bad_proxy() -> LinkFailure {
    LinkFailure { cause: EndCause::Dns, reason: "the proxy's address cannot be read".to_owned() }
}

fn bad_domain() -> LinkFailure {
    LinkFailure { cause: EndCause::Dns, reason: "the domain cannot be read".to_owned() }
}
