//! Ways to the CRMs and phone books of companies.
//!
//! ```text
//! salesforce   the connector to Salesforce
//! hubspot      the connector to HubSpot
//! zoho         the connector to Zoho CRM
//! rest         any CRM with a REST interface that a TOML file describes
//! carddav      books of addresses on a CardDAV server, to be copied here
//! ldap         a company's phone book behind LDAP, such as Active Directory
//! webhook      calls as signed messages to an address of the company
//! trial        every operation of a connector, tried
//! api          requests with the token of a session: renewed once when it is refused
//! oauth        signing in with a browser (OAuth 2.0, PKCE, loopback redirect), and a session that keeps itself signed in
//! http         requests: bounded time and size
//! outward      the one HTTP client: no redirects, the proxies and authorities of the settings
//! secret       tokens, never printed
//! changed      records in order of their last change
//! xml          documents as trees
//! ```

mod allowance;
mod api;
pub mod carddav;
mod changed;
mod http;
pub mod hubspot;
pub mod ldap;
pub mod oauth;
pub mod outward;
pub mod rest;
mod results;
pub mod salesforce;
mod secret;
mod shape;
pub mod trial;
pub mod webhook;
mod xml;
pub mod zoho;

pub use secret::Secret;
