//! The way out, made of settings and the secret store.

use agent::port::secret::{Entry, SecretStore};
use agent_api::network::{AuthorityView, Network, NetworkFault, ProxyChoice};
use crm_connect::Secret;
use crm_connect::outward::{self, AuthorityError, Login, Options, OutwardError, Place, Proxies, ScriptError};

/// Requests go out like this from now on.
pub(super) fn go_out(secrets: &dyn SecretStore, network: &Network, has_login: bool) -> Result<(), NetworkFault> {
    let kept = if has_login { secrets.get(Entry::Proxy).map_err(|_| NetworkFault::System)? } else { None };
    let login = kept.as_ref().and_then(|kept| kept.reveal().split_once(':'));
    let login = login.map(|(user, password)| Login { user: user.to_owned(), password: Secret::new(password) });
    let options = Options { proxies: proxies(&network.proxy)?, login, authorities: network.authority.clone() };
    outward::set(options).map_err(|OutwardError| NetworkFault::System)
}

/// Whether the settings make a way, and whether their script is reached now.
pub(super) async fn judge(network: &Network, now_ms: i64) -> Result<bool, NetworkFault> {
    if let Some(pem) = &network.authority {
        outward::judge_authorities(pem, now_ms).map_err(|error| match error {
            AuthorityError::None => NetworkFault::NoCertificate,
            AuthorityError::Expired { at_ms } => NetworkFault::Expired { at_ms },
            AuthorityError::NotYet => NetworkFault::NotYetValid,
        })?;
    }
    let Proxies::Script(place) = proxies(&network.proxy)? else { return Ok(true) };
    match outward::try_script(&place, network.authority.as_deref()).await {
        Ok(()) => Ok(true),
        Err(ScriptError::NotReached) => Ok(false),
        Err(ScriptError::NoScript) => Err(NetworkFault::NoScript),
    }
}

/// Who stands in the certificates, good or not.
pub(super) fn authorities(network: &Network) -> Vec<AuthorityView> {
    let found = network.authority.as_deref().map(outward::authorities).unwrap_or_default();
    found.into_iter().map(|one| AuthorityView { name: one.name, ends_at_ms: one.ends_at_ms }).collect()
}

fn proxies(choice: &ProxyChoice) -> Result<Proxies, NetworkFault> {
    Ok(match choice {
        ProxyChoice::System => Proxies::System,
        ProxyChoice::None => Proxies::None,
        ProxyChoice::Own { address, exceptions } => {
            let address = outward::proxy_address(address).ok_or(NetworkFault::Address)?;
            Proxies::Own { address, exceptions: exceptions.clone() }
        }
        ProxyChoice::Script { place } => Proxies::Script(Place::read(place).ok_or(NetworkFault::ScriptPlace)?),
    })
}
