//! The machine's addresses, and that they become others.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv6Addr};

use if_watch::tokio::IfWatcher;

/// Tells when the machine's addresses change, as the operating system announces it (netlink, `NotifyUnicastIpAddressChange`,
/// `SCNetworkReachability`).
#[derive(Debug)]
pub struct Announcements {
    watcher: IfWatcher,
}

impl Announcements {
    /// Begins to listen. Must be called within a tokio runtime with IO.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn watch() -> io::Result<Self> {
        Ok(Self { watcher: IfWatcher::new()? })
    }

    /// Waits for the next one; there is one for each address that is there already, too. [`addresses`] tells what is so now.
    ///
    /// # Errors
    /// The system tells no more.
    pub async fn announced(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.watcher.poll_if_event(cx)).await.map(drop)
    }
}

/// The addresses by which others can reach this machine: neither loopback nor link-local.
///
/// # Errors
/// The system does not tell.
pub fn addresses() -> io::Result<BTreeSet<IpAddr>> {
    let all = if_addrs::get_if_addrs()?;
    Ok(all.iter().map(if_addrs::Interface::ip).filter(|address| reaches_others(*address)).collect())
}

fn reaches_others(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback() && !address.is_link_local() && !address.is_unspecified(),
        IpAddr::V6(address) => address != Ipv6Addr::LOCALHOST && !address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_addresses_of_one_cable_reach_nobody_else() {
        for here in ["127.0.0.1", "127.8.0.1", "169.254.3.4", "::1", "fe80::1"] {
            assert!(!reaches_others(here.parse().unwrap()), "{here}");
        }
        for out in ["10.0.0.1", "192.168.1.5", "203.0.113.7", "fd00::1", "2001:db8::1"] {
            assert!(reaches_others(out.parse().unwrap()), "{out}");
        }
    }
}
