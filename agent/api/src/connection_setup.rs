//! What leads to a CRM: its kind, and what each kind needs to know besides its secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a connection leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionKind {
    /// Salesforce.
    Salesforce,
    /// Zoho CRM.
    Zoho,
    /// HubSpot.
    Hubspot,
    /// A CRM with a REST interface that a file describes.
    Rest,
    /// An address of the company to which each call is posted, signed.
    Webhook,
    /// A phone book behind LDAP, such as Active Directory. It is only read: calls do not go there.
    Ldap,
    /// Books of addresses on a CardDAV server. They are only read: calls do not go there.
    Carddav,
}

/// Where people sign in to Salesforce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum SalesforceLogin {
    /// `login.salesforce.com`.
    Production,
    /// `test.salesforce.com`.
    Sandbox,
    /// The organisation's own domain, such as `empresa.my.salesforce.com`. Plain http is only for this machine.
    Own {
        /// The host, or a whole address.
        host: String,
    },
}

/// Zoho's data centres. An account is in one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ZohoCentre {
    /// United States, `zoho.com`.
    Us,
    /// Europe, `zoho.eu`.
    Eu,
    /// India, `zoho.in`.
    In,
    /// Australia, `zoho.com.au`.
    Au,
    /// Japan, `zoho.jp`.
    Jp,
    /// Saudi Arabia, `zoho.sa`.
    Sa,
    /// China, `zoho.com.cn`.
    Cn,
    /// Canada, `zohocloud.ca`.
    Ca,
}

impl ZohoCentre {
    /// All of them, with Zoho's own codes.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Us, "us"),
        (Self::Eu, "eu"),
        (Self::In, "in"),
        (Self::Au, "au"),
        (Self::Jp, "jp"),
        (Self::Sa, "sa"),
        (Self::Cn, "cn"),
        (Self::Ca, "ca"),
    ];

    /// Zoho's own code of it.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(centre, _)| *centre == self).map_or("us", |(_, code)| code)
    }
}

/// How somebody signs in to HubSpot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum HubspotSignIn {
    /// By the token of a private app: the connection's secret.
    Token,
    /// In the browser; HubSpot insists on a client secret, which is the connection's secret.
    Browser {
        /// Public name of the app.
        client_id: String,
    },
}

/// A file that describes a CRM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum DescriptionFile {
    /// One that comes with the program.
    Shipped {
        /// Its name, as in the list.
        name: String,
    },
    /// One of the company's own.
    Own {
        /// Its whole text.
        text: String,
    },
}

/// What a connection needs to know besides its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConnectionSetup {
    /// Salesforce: a person signs in with the system's browser.
    Salesforce {
        /// Where.
        login: SalesforceLogin,
        /// Public name («consumer key») of the app that the organisation's administrator approved.
        client_id: String,
    },
    /// Salesforce with a user and a password, as long as the vendor has it: it goes in Summer '27, and new organisations have it
    /// switched off. Its secret is the password with the security token behind it.
    SalesforcePassword {
        /// Where.
        login: SalesforceLogin,
        /// The user's name there.
        user: String,
    },
    /// Zoho CRM: a person signs in with the system's browser.
    Zoho {
        /// Where; the answer in the browser may choose another one.
        centre: ZohoCentre,
        /// Public name of the client from Zoho's API console.
        client_id: String,
        /// Plain http address of a stand-in on this machine, to try things out; none is Zoho itself.
        local: Option<String>,
    },
    /// HubSpot.
    Hubspot {
        /// How.
        sign_in: HubspotSignIn,
        /// Plain http address of a stand-in on this machine, to try things out; none is HubSpot itself.
        local: Option<String>,
    },
    /// A CRM that a file describes. Its secret is the key, the password or the client secret that the file asks for.
    Rest {
        /// The file.
        file: DescriptionFile,
        /// Where the server is, unless the file says it; plain http is only for this machine.
        address: Option<String>,
        /// What the file asks for besides, by name.
        settings: BTreeMap<String, String>,
        /// The user, for files that ask for one with a password.
        user: Option<String>,
        /// The client's public name, for files that sign in by OAuth.
        client_id: Option<String>,
    },
    /// A webhook; its secret is the key that signs.
    Webhook {
        /// `https:` address; plain http is only for this machine.
        url: String,
    },
    /// A phone book behind LDAP; its secret is the user's password.
    Ldap {
        /// `ldaps://host`, TLS from the beginning, or `ldap://host`, StartTLS before anything else.
        address: String,
        /// The name of an entry, or in Active Directory `ana@company.example`; none asks as nobody in particular.
        user: Option<String>,
        /// The entry below which people are; none takes what the server says.
        base: Option<String>,
        /// A certificate in PEM of the company's own authority, trusted besides this machine's own.
        authority: Option<String>,
    },
    /// Books of addresses on a CardDAV server; its secret is the user's password.
    Carddav {
        /// The server, a user's place on it or one book: `https:`; plain http is only for this machine.
        address: String,
        /// The user.
        user: String,
    },
}

impl ConnectionSetup {
    /// What it leads to.
    pub fn kind(&self) -> ConnectionKind {
        match self {
            Self::Salesforce { .. } | Self::SalesforcePassword { .. } => ConnectionKind::Salesforce,
            Self::Zoho { .. } => ConnectionKind::Zoho,
            Self::Hubspot { .. } => ConnectionKind::Hubspot,
            Self::Rest { .. } => ConnectionKind::Rest,
            Self::Webhook { .. } => ConnectionKind::Webhook,
            Self::Ldap { .. } => ConnectionKind::Ldap,
            Self::Carddav { .. } => ConnectionKind::Carddav,
        }
    }
}

/// Something that a described CRM wants to be filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DescriptionSetting {
    /// Its name in the file.
    pub name: String,
    /// What the file calls it on the screen, in the file's language.
    pub label: String,
}

/// What secret a described CRM wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum DescriptionSignIn {
    /// A key or token.
    Key,
    /// A user and a password.
    Password,
    /// A person signs in with the system's browser; a client id is needed.
    Browser {
        /// A client secret, too.
        secret: bool,
    },
    /// The program signs in as itself; a client id is needed.
    Program {
        /// A client secret, too.
        secret: bool,
    },
}

/// What a description asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DescriptionView {
    /// The CRM's name: the file's text, cleaned.
    pub name: String,
    /// It was tried on a live account. If not, the window says so.
    pub verified: bool,
    /// Where everything goes, the secret too, if the file says it; else a person is asked.
    pub server: Option<String>,
    /// The host that signs in and gets the client secret, where that is not the server itself.
    pub authority: Option<String>,
    /// What is to be filled in besides.
    pub settings: Vec<DescriptionSetting>,
    /// How it signs in.
    pub sign_in: DescriptionSignIn,
}

/// A description that comes with the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ShippedDescription {
    /// Its name for [`DescriptionFile::Shipped`].
    pub file: String,
    /// What it asks for.
    pub description: DescriptionView,
}

/// The descriptions that come with the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Descriptions {
    /// In order of their files' names.
    pub list: Vec<ShippedDescription>,
}

/// Reads a description of one's own; nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadDescription {
    /// The whole text of the file.
    pub text: String,
}

/// What is wrong in a description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DescriptionFlaw {
    /// The line, from 1.
    pub line: u32,
    /// The key, such as `log.body.subject`; empty for the whole file.
    pub key: String,
    /// What is wrong, in English and in the terms of the guide, for whoever writes the file.
    pub what: String,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum DescriptionRead {
    /// A description.
    Good {
        /// What it asks for.
        description: DescriptionView,
    },
    /// None.
    Wrong {
        /// The first thing that is wrong.
        flaw: DescriptionFlaw,
    },
}
