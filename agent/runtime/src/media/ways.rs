//! Ways through NAT: the servers that a line names, and what they tell of us.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use agent::port::media::IceWish;
use agent::port::secret::{Entry, SecretStore};
use rtp_net::{IceServers, RtpNet, Session, TurnServer};
use sip_stack::ua::IceDescription;
use tokio::sync::oneshot;

use super::map;

/// How long names of servers may take.
const NAMES: Duration = Duration::from_secs(1);
/// RFC 8489 §14: of STUN and TURN.
const PORT: u16 = 3478;

/// Where the session may be reached; none if the session is gone.
pub async fn find(
    rtp: RtpNet,
    session: Session,
    wish: IceWish,
    secrets: Arc<dyn SecretStore>,
) -> Option<IceDescription> {
    let family = session.local;
    let stun = async { address(wish.servers.stun.as_deref()?, family).await };
    let turn = async {
        let (server, user) = (wish.servers.turn.as_deref()?, wish.servers.turn_user.clone()?);
        let password = tokio::task::spawn_blocking(move || secrets.get(Entry::Turn(wish.account)));
        let (address, password) = tokio::join!(address(server, family), password);
        let password = password.ok()?.inspect_err(|error| tracing::warn!(%error, "no password for TURN")).ok()??;
        Some(TurnServer { address: address?, user, password: password.reveal().to_owned() })
    };
    let (stun, turn) = tokio::join!(stun, turn);
    let (told, found) = oneshot::channel();
    rtp.gather(session.id, IceServers { stun: stun.into_iter().collect(), turn }, move |parameters| {
        // Nobody waits any more: the call is over.
        let _ = told.send(parameters);
    });
    found.await.ok().map(map::ice_description)
}

/// The first address of the family that the session speaks.
async fn address(server: &str, family: SocketAddr) -> Option<SocketAddr> {
    let named = server.rsplit_once(':').is_some_and(|(host, _)| !host.contains(':') || host.starts_with('['));
    let server = if named { server.to_owned() } else { format!("{server}:{PORT}") };
    let found = tokio::time::timeout(NAMES, tokio::net::lookup_host(server)).await;
    let Ok(Ok(mut found)) = found else {
        tracing::warn!("the name of a server for ways through NAT is not known");
        return None;
    };
    found.find(|address| address.is_ipv4() == family.is_ipv4())
}
