//! Finding the targets of a domain (RFC 3263), without NAPTR: the transport is chosen by the account.

use std::net::{IpAddr, SocketAddr};

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
            let records = self.srv(resolver).await?;
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

    async fn srv(&self, resolver: &TokioResolver) -> Result<Vec<Srv>, ResolveError> {
        let service = match self.transport {
            Transport::Udp => "_sip._udp",
            Transport::Tcp => "_sip._tcp",
            Transport::Tls => "_sips._tcp",
        };
        // A trailing dot keeps the system's search list out.
        let name = format!("{service}.{}.", self.host.trim_end_matches('.'));
        match resolver.lookup(name, RecordType::SRV).await {
            Ok(found) => Ok(found
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::SRV(srv) => Some(Srv {
                        priority: srv.priority,
                        weight: srv.weight,
                        port: srv.port,
                        host: srv.target.to_string(),
                    }),
                    _ => None,
                })
                // RFC 2782: a target of "." says that the service is not there.
                .filter(|srv| srv.host != ".")
                .collect()),
            Err(error) if says_no(&error) => Ok(Vec::new()),
            // Many small name servers fail on SRV and know the host all the same.
            Err(_) => Ok(Vec::new()),
        }
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

async fn addresses(resolver: &TokioResolver, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
    match resolver.lookup_ip(host).await {
        Ok(found) => {
            let found: Vec<IpAddr> = found.iter().take(MAX_TARGETS).collect();
            if found.is_empty() { Err(ResolveError::NotFound) } else { Ok(found) }
        }
        Err(error) if says_no(&error) => Err(ResolveError::NotFound),
        Err(_) => Err(ResolveError::ServerFailure),
    }
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

    #[tokio::test]
    async fn an_address_literal_is_its_own_target() {
        let lookup = Resolver::default().lookup("::1".into(), None, Transport::Tls, None);
        let targets = lookup.targets(1).await.unwrap();
        assert_eq!(targets, [Target { transport: Transport::Tls, remote: "[::1]:5061".parse().unwrap() }]);
    }
}
