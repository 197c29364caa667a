//! The way out to the servers of companies: proxies and authorities.

use std::sync::Arc;

use agent_api::error::ApiError;
use agent_api::network::{Network, NetworkFault, NetworkSaved, NetworkView, ProxyChoice, SaveNetwork};
use sip_stack::ua::Secret;

use crate::agent::Agent;
use crate::port::secret::Entry;

impl Agent {
    /// Requests go out as the settings say; before the first of them.
    pub(crate) async fn take_network(&self) {
        let (network, has_login) = self.network_now().await;
        if let Err(fault) = self.go_out(network, has_login).await {
            tracing::warn!(?fault, "the way out is the system's, not that of the settings");
        }
    }

    pub(crate) async fn do_network(&self) -> Result<NetworkView, ApiError> {
        let (network, has_login) = self.network_now().await;
        Ok(self.network_view(network, has_login))
    }

    pub(crate) async fn do_save_network(&self, request: SaveNetwork) -> Result<NetworkSaved, ApiError> {
        let SaveNetwork { network, login } = request;
        let network = tidy(network);
        let (before, had_login) = self.network_now().await;
        let connect = &self.inner.connections.connect;
        let script_reached = match connect.judge(&network, self.inner.clock.now().utc_ms).await {
            Ok(reached) => reached,
            Err(fault) => return Ok(NetworkSaved::Refused { fault }),
        };
        let stays = had_login && same_proxy(&before.proxy, &network.proxy);
        let has_login = match login {
            Some(login) if login.user.contains([':', '\r', '\n']) => {
                return Ok(NetworkSaved::Refused { fault: NetworkFault::User });
            }
            Some(login) if !login.user.trim().is_empty() && network.proxy != ProxyChoice::None => {
                let secret = Secret::new(format!("{}:{}", login.user.trim(), login.password));
                self.secrets(move |secrets| secrets.set(Entry::Proxy, &secret)).await?;
                true
            }
            None if stays => true,
            Some(_) | None => {
                self.secrets(|secrets| secrets.forget(Entry::Proxy)).await?;
                false
            }
        };
        if let Err(fault) = self.go_out(network.clone(), has_login).await {
            return Ok(NetworkSaved::Refused { fault });
        }
        let kept = network.clone();
        let changed = self.change_settings(move |settings| {
            (settings.network, settings.proxy_login) = (kept, has_login);
            Ok(())
        });
        changed.await?;
        self.open_phone_books().await;
        // What waited for the way out waits no longer.
        self.inner.connections.send_all();
        Ok(NetworkSaved::Saved { view: self.network_view(network, has_login), script_reached })
    }

    async fn network_now(&self) -> (Network, bool) {
        let kept = self.inner.settings.lock().await;
        (kept.now.network.clone(), kept.now.proxy_login)
    }

    fn network_view(&self, network: Network, has_login: bool) -> NetworkView {
        let authorities = self.inner.connections.connect.authorities(&network);
        NetworkView { network, has_login, authorities }
    }

    async fn go_out(&self, network: Network, has_login: bool) -> Result<(), NetworkFault> {
        let connect = Arc::clone(&self.inner.connections.connect);
        // A keychain may ask the person, and certificates are read from disk.
        let set = tokio::task::spawn_blocking(move || connect.go_out(&network, has_login)).await;
        set.unwrap_or(Err(NetworkFault::System))
    }
}

fn tidy(network: Network) -> Network {
    let proxy = match network.proxy {
        ProxyChoice::Own { address, exceptions } => {
            let exceptions = exceptions.iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty());
            ProxyChoice::Own { address: address.trim().to_owned(), exceptions: exceptions.collect() }
        }
        ProxyChoice::Script { place } => ProxyChoice::Script { place: place.trim().to_owned() },
        other => other,
    };
    Network { proxy, authority: network.authority.filter(|pem| !pem.trim().is_empty()) }
}

/// A password that was given for the one is good for the other.
fn same_proxy(before: &ProxyChoice, now: &ProxyChoice) -> bool {
    match (before, now) {
        (ProxyChoice::Own { address: before, .. }, ProxyChoice::Own { address: now, .. }) => before == now,
        (before, now) => before == now,
    }
}
