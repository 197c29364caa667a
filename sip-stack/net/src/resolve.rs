//! Finding the targets of a domain (RFC 3263). The transport is chosen by the account; of what a domain offers by NAPTR only the
//! names for that one count.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sip_stack::ua::{ResolveError, Target, Transport};

/// Targets taken from one domain at most; more would only prolong a failure.
const MAX_TARGETS: usize = 16;
/// Names that NAPTR records may lead to.
const MAX_SERVICES: usize = 4;
/// How long NAPTR is waited for: some small name servers never answer what they do not know.
const NAPTR_LIMIT: Duration = Duration::from_secs(1);

/// Makes lookups. The system's resolver is set up once, at the first name.
#[derive(Default)]
pub(crate) struct Resolver {
    system: Option<TokioResolver>,
}

impl Resolver {
    pub(crate) fn lookup(
        &mut self,
        host: String,
        port: Option<u16>,
        transport: Transport,
        dns: Option<SocketAddr>,
    ) -> Lookup {
        let resolver = match dns {
            Some(server) => with_server(server),
            None => self.system(),
        };
        Lookup { resolver, host, port, transport }
    }

    fn system(&mut self) -> Option<TokioResolver> {
        if self.system.is_none() {
            self.system = TokioResolver::builder_tokio().and_then(|builder| builder.build()).ok();
        }
        self.system.clone()
    }
}

fn with_server(server: SocketAddr) -> Option<TokioResolver> {
    let mut udp = ConnectionConfig::udp();
    udp.port = server.port();
    let mut tcp = ConnectionConfig::tcp();
    tcp.port = server.port();
    let config = ResolverConfig::from_name_servers(vec![NameServerConfig::new(server.ip(), true, vec![udp, tcp])]);
    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).build().ok()
}

/// One question.
pub(crate) struct Lookup {
    resolver: Option<TokioResolver>,
    host: String,
    port: Option<u16>,
    transport: Transport,
}

/// What an SRV record says (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Srv {
    priority: u16,
    weight: u16,
    port: u16,
    host: String,
}

impl Lookup {
    /// Targets in the order to try them. `seed` decides among SRV records of one priority, by their weights.
    pub(crate) async fn targets(self, seed: u64) -> Result<Vec<Target>, ResolveError> {
        if let Ok(ip) = self.host.parse::<IpAddr>() {
            return Ok(vec![self.target(ip, self.port)]);
        }
        let Some(resolver) = &self.resolver else { return Err(ResolveError::ServerFailure) };
        // RFC 3263 §4.2: a named port asks for the host's addresses only.
        if self.port.is_none() {
            let records = self.services(resolver).await;
            if !records.is_empty() {
                return self.targets_of(resolver, by_weight(records, &mut StdRng::seed_from_u64(seed))).await;
            }
        }
        let addresses = addresses(resolver, &self.host).await?;
        Ok(addresses.into_iter().map(|ip| self.target(ip, self.port)).collect())
    }

    fn target(&self, ip: IpAddr, port: Option<u16>) -> Target {
        let port = port.unwrap_or_else(|| self.transport.default_port());
        Target { transport: self.transport, remote: (ip, port).into() }
    }

    /// The SRV records that NAPTR leads to (RFC 3263 §4.1), or else those of the usual name. Both are asked at once.
    async fn services(&self, resolver: &TokioResolver) -> Vec<Srv> {
        let service = match self.transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
            // RFC 7118 §5.1: the URL says where a WebSocket is.
            Transport::Ws | Transport::Wss => return Vec::new(),
        };
        // A trailing dot keeps the system's search list out.
        let domain = format!("{}.", self.host.trim_end_matches('.'));
        let usual = format!("{service}.{domain}");
        let (named, records) = tokio::join!(self.naptr(resolver, &domain), srv(resolver, &usual));
        for name in named.iter().take_while(|name| !name.eq_ignore_ascii_case(&usual)) {
            let named = srv(resolver, name).await;
            if !named.is_empty() {
                return named;
            }
        }
        records
    }

    /// Names of SRV records for our transport, the best first.
    async fn naptr(&self, resolver: &TokioResolver, domain: &str) -> Vec<String> {
        let service: &[u8] = match self.transport {
            Transport::Udp => b"SIP+D2U",
            Transport::Tcp => b"SIP+D2T",
            Transport::Tls => b"SIPS+D2T",
            Transport::Ws | Transport::Wss => return Vec::new(),
        };
        let asked = tokio::time::timeout(NAPTR_LIMIT, resolver.lookup(domain, RecordType::NAPTR));
        let Ok(Ok(found)) = asked.await else { return Vec::new() };
        let mut named: Vec<_> = found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::NAPTR(naptr) => Some(naptr),
                _ => None,
            })
            .filter(|naptr| naptr.flags.eq_ignore_ascii_case(b"s") && naptr.services.eq_ignore_ascii_case(service))
            .map(|naptr| ((naptr.order, naptr.preference), naptr.replacement.to_string()))
            .collect();
        named.sort();
        named.into_iter().map(|(_, name)| name).take(MAX_SERVICES).collect()
    }

    async fn targets_of(&self, resolver: &TokioResolver, records: Vec<Srv>) -> Result<Vec<Target>, ResolveError> {
        let mut targets = Vec::new();
        let mut failure = ResolveError::NotFound;
        for srv in records {
            match addresses(resolver, &srv.host).await {
                Ok(found) => targets.extend(found.into_iter().map(|ip| self.target(ip, Some(srv.port)))),
                Err(error) => failure = error,
            }
            if targets.len() >= MAX_TARGETS {
                break;
            }
        }
        targets.truncate(MAX_TARGETS);
        if targets.is_empty() { Err(failure) } else { Ok(targets) }
    }
}

async fn srv(resolver: &TokioResolver, name: &str) -> Vec<Srv> {
    // Many small name servers fail on SRV and know the host all the same.
    let Ok(found) = resolver.lookup(name, RecordType::SRV).await else { return Vec::new() };
    found
        .answers()
        .iter()
        .filter_map(|record| match &record.data {
            RData::SRV(srv) => {
                Some(Srv { priority: srv.priority, weight: srv.weight, port: srv.port, host: srv.target.to_string() })
            }
            _ => None,
        })
        // RFC 2782: a target of "." says that the service is not there.
        .filter(|srv| srv.host != ".")
        .collect()
}

async fn addresses(resolver: &TokioResolver, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
    match resolver.lookup_ip(host).await {
        Ok(found) => {
            let found = by_turns(found.iter().take(MAX_TARGETS).collect());
            if found.is_empty() { Err(ResolveError::NotFound) } else { Ok(found) }
        }
        Err(error) if says_no(&error) => Err(ResolveError::NotFound),
        Err(_) => Err(ResolveError::ServerFailure),
    }
}

/// IPv4 and IPv6 by turns, beginning with the family that came first: where one of them leads nowhere, the second try is
/// the other one (RFC 8305 §4).
fn by_turns(addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    let Some(first) = addresses.first().map(IpAddr::is_ipv4) else { return addresses };
    let (leading, other): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|ip| ip.is_ipv4() == first);
    let (mut leading, mut other) = (leading.into_iter(), other.into_iter());
    let turn = || -> Option<Vec<IpAddr>> {
        let both: Vec<_> = leading.next().into_iter().chain(other.next()).collect();
        (!both.is_empty()).then_some(both)
    };
    std::iter::from_fn(turn).flatten().collect()
}

fn says_no(error: &NetError) -> bool {
    error.is_nx_domain() || error.is_no_records_found()
}

/// Orders records by priority, and within one priority by a draw in proportion to the weights (RFC 2782).
fn by_weight(mut records: Vec<Srv>, rng: &mut StdRng) -> Vec<Srv> {
    // Records without weight stand first so that they are drawn with a small chance.
    records.sort_by_key(|srv| (srv.priority, srv.weight));
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let group = records.iter().take_while(|srv| srv.priority == priority).count();
        let total: u32 = records[..group].iter().map(|srv| u32::from(srv.weight)).sum();
        let draw = rng.random_range(0..=total);
        let mut sum = 0;
        let chosen = records[..group]
            .iter()
            .position(|srv| {
                sum += u32::from(srv.weight);
                sum >= draw
            })
            .unwrap_or(0);
        ordered.push(records.remove(chosen));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, port: u16) -> Srv {
        Srv { priority, weight, port, host: "a.example.".into() }
    }

    #[test]
    fn priorities_come_in_order_and_weights_in_proportion() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut firsts = [0; 3];
        for _ in 0..1000 {
            let ordered = by_weight(vec![srv(20, 0, 9), srv(10, 75, 1), srv(10, 25, 2)], &mut rng);
            assert_eq!(ordered[2].port, 9, "the lower priority is last");
            firsts[usize::from(ordered[0].port)] += 1;
        }
        assert!((650..850).contains(&firsts[1]), "{firsts:?}");
    }

    #[test]
    fn ipv4_and_ipv6_come_by_turns() {
        let addresses = |text: &str| -> Vec<IpAddr> { text.split(' ').map(|ip| ip.parse().unwrap()).collect() };
        for (found, tried) in [
            ("::1 ::2 ::3 10.0.0.1", "::1 10.0.0.1 ::2 ::3"),
            ("10.0.0.1 10.0.0.2 ::1", "10.0.0.1 ::1 10.0.0.2"),
            ("10.0.0.1 10.0.0.2", "10.0.0.1 10.0.0.2"),
        ] {
            assert_eq!(by_turns(addresses(found)), addresses(tried));
        }
        assert!(by_turns(Vec::new()).is_empty());
    }

    #[tokio::test]
    async fn an_address_literal_is_its_own_target() {
        let lookup = Resolver::default().lookup("::1".into(), None, Transport::Tls, None);
        let targets = lookup.targets(1).await.unwrap();
        assert_eq!(targets, [Target { transport: Transport::Tls, remote: "[::1]:5061".parse().unwrap() }]);
    }
}
