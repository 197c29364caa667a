//! Zoho's data centres (accounts.zoho.com/oauth/serverinfo, and the list of its own SDK 8.0). An account is in one of them, and
//! tokens of one are good at no other.

use url::Url;

use crate::http::is_loopback;
use crate::oauth::{Provider, Revocation};

/// A data centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Centre {
    /// Zoho's own code of it, as in `location` of an answer.
    pub code: &'static str,
    /// Where people sign in and tokens come from.
    pub accounts: &'static str,
    /// Where the records are.
    pub records: &'static str,
    /// Where people look at records in a browser.
    pub web: &'static str,
}

/// All of them.
pub const CENTRES: &[Centre] = &[
    Centre { code: "us", accounts: "accounts.zoho.com", records: "www.zohoapis.com", web: "crm.zoho.com" },
    Centre { code: "eu", accounts: "accounts.zoho.eu", records: "www.zohoapis.eu", web: "crm.zoho.eu" },
    Centre { code: "in", accounts: "accounts.zoho.in", records: "www.zohoapis.in", web: "crm.zoho.in" },
    Centre { code: "au", accounts: "accounts.zoho.com.au", records: "www.zohoapis.com.au", web: "crm.zoho.com.au" },
    Centre { code: "jp", accounts: "accounts.zoho.jp", records: "www.zohoapis.jp", web: "crm.zoho.jp" },
    Centre { code: "sa", accounts: "accounts.zoho.sa", records: "www.zohoapis.sa", web: "crm.zoho.sa" },
    Centre { code: "cn", accounts: "accounts.zoho.com.cn", records: "www.zohoapis.com.cn", web: "crm.zoho.com.cn" },
    Centre { code: "ca", accounts: "accounts.zohocloud.ca", records: "www.zohoapis.ca", web: "crm.zohocloud.ca" },
];

/// What the connector asks for.
const SCOPES: &str = "ZohoCRM.modules.ALL,ZohoCRM.settings.fields.READ,ZohoCRM.settings.layouts.READ,ZohoCRM.users.READ,ZohoCRM.org.READ,\
     ZohoCRM.coql.READ,ZohoCRM.composite_requests.CUSTOM,ZohoSearch.securesearch.READ";

/// How Zoho signs in at `host`, such as `https://accounts.zoho.com/`; the answer in the browser may choose another of
/// [`CENTRES`]. None for a host that is neither one of theirs nor this machine. The client is one of «Mobile-based
/// applications»: PKCE, no secret.
pub fn provider(host: &Url, client_id: &str, ports: &[u16]) -> Option<Provider> {
    let vendor = |host: &Url| {
        let known = CENTRES.iter().any(|centre| host.host_str() == Some(centre.accounts));
        known && host.scheme() == "https" && host.port().is_none()
    };
    if !vendor(host) && !is_loopback(host) {
        return None;
    }
    let records = CENTRES.iter().map(|centre| centre.records.to_owned());
    Some(Provider {
        authorize: host.join("oauth/v2/auth").ok()?,
        token: host.join("oauth/v2/token").ok()?,
        revoke: Some(Revocation::Posted(host.join("oauth/v2/token/revoke").ok()?)),
        client_id: client_id.to_owned(),
        client_secret: None,
        // One text: Zoho wants commas between them.
        scopes: vec![SCOPES.to_owned()],
        extra: [("access_type", "offline"), ("prompt", "consent")].map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec(),
        redirect_path: "/callback".to_owned(),
        redirect_ports: ports.to_vec(),
        // On loopback only for a vendor that is there itself.
        record_domains: records.chain(["localhost", "127.0.0.1"].map(str::to_owned)).collect(),
        token_hosts: CENTRES.iter().map(|centre| centre.accounts.to_owned()).collect(),
    })
}

/// Where a browser shows the records of this address.
pub(super) fn web(records: &Url) -> Option<Url> {
    let host = records.host_str()?;
    match CENTRES.iter().find(|centre| centre.records == host) {
        Some(centre) => Url::parse(&format!("https://{}/", centre.web)).ok(),
        None => Some(records.clone()),
    }
}
