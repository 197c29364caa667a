//! What a file says of a CRM.

use std::collections::BTreeMap;

use crm::connector::{FieldKind, FieldSpec, PersonField, RemoteKind};
use reqwest::header::HeaderName;
use serde_json::Value as Json;
use url::Url;

use super::answer::{Errors, Pointer};
use super::request::Request;
use super::template::Template;

/// What a person fills in when connecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file.
    pub name: String,
    /// What it is called on the screen, in the file's language.
    pub label: String,
}

/// How a server wants to know who asks.
#[derive(Debug)]
pub enum SignInKind {
    /// A key in a header of its own.
    Key {
        /// The header.
        header: HeaderName,
    },
    /// A token behind a word in `Authorization`.
    Bearer {
        /// The word.
        word: String,
    },
    /// User and password (RFC 7617).
    Basic,
    /// In the browser (OAuth 2.0 with PKCE).
    Browser(Authority),
    /// As a program of its own (OAuth 2.0, client credentials).
    Program(Authority),
}

/// Where tokens come from.
#[derive(Debug)]
pub struct Authority {
    pub(super) authorize: Option<Template>,
    pub(super) token: Template,
    /// Where a grant is ended (RFC 7009).
    pub(super) revoke: Option<Template>,
    pub(super) scopes: Vec<Template>,
    /// The vendor insists on a client secret.
    pub secret: bool,
    /// The host to which it goes, where that is not the server itself.
    pub host: Option<String>,
}

/// A CRM as a file describes it.
#[derive(Debug)]
pub struct Description {
    /// The CRM's name.
    pub name: String,
    /// Pages of the vendor that the file was written from.
    pub sources: Vec<String>,
    /// It was tried on a live account.
    pub verified: bool,
    /// Where the server is, if that is the same for everybody.
    pub server: Option<Url>,
    /// What a person fills in besides.
    pub settings: Vec<Setting>,
    /// How to sign in.
    pub sign_in: SignInKind,
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) words: BTreeMap<String, BTreeMap<String, Json>>,
    pub(super) limits: Limits,
    pub(super) errors: Errors,
    pub(super) check: Check,
    pub(super) by_number: Vec<Search>,
    pub(super) by_text: Vec<Search>,
    pub(super) create: BTreeMap<RemoteKind, Create>,
    pub(super) created: BTreeMap<RemoteKind, Find>,
    pub(super) describe: BTreeMap<RemoteKind, Describe>,
    pub(super) edit: BTreeMap<RemoteKind, Edit>,
    pub(super) log: Log,
    pub(super) look_up: Option<Find>,
    pub(super) tickets: Option<Tickets>,
    pub(super) attach: Option<Request>,
    pub(super) addresses: BTreeMap<RemoteKind, Address>,
}

/// What a browser opens: below the server's address.
#[derive(Debug)]
pub(super) struct Address {
    pub path: Template,
    pub query: Option<Template>,
    pub fragment: Option<Template>,
}

#[derive(Debug)]
pub(super) struct Limits {
    pub answer_bytes: usize,
    pub rows: usize,
    pub pages: usize,
    /// Headers that tell how many requests are left of how many.
    pub allowance: Option<(HeaderName, HeaderName)>,
}

#[derive(Debug)]
pub(super) struct Check {
    pub request: Request,
    pub user: Pointer,
    /// The id of whoever is signed in.
    pub id: Option<Pointer>,
    pub organisation: Option<Pointer>,
}

#[derive(Debug)]
pub(super) struct Search {
    pub kind: RemoteKind,
    pub request: Request,
    pub rows: Pointer,
    pub id: Pointer,
    pub name: Vec<Pointer>,
    pub company: Option<Pointer>,
    pub phones: Vec<Pointer>,
    /// A number that everybody who is found has, whatever the answer shows: the server compared it whole.
    pub has: Option<Template>,
    pub email: Option<Pointer>,
}

#[derive(Debug)]
pub(super) struct Create {
    pub request: Request,
    pub id: Pointer,
    /// Where in the body further fields go.
    pub further: Vec<String>,
}

/// How somebody's record is read and changed.
#[derive(Debug)]
pub(super) struct Edit {
    pub read: Request,
    /// Where in the answer the record stands.
    pub row: Pointer,
    pub fields: BTreeMap<PersonField, Pointer>,
    /// Which version of the record it is; without one, its fields are.
    pub version: Option<Pointer>,
    /// Whose record has this is nobody any more: a lead that was converted.
    pub gone: Option<(Pointer, String)>,
    pub update: Request,
}

impl Edit {
    /// The server itself refuses to write over a later version.
    pub fn is_conditional(&self) -> bool {
        self.update.uses("version")
    }
}

/// A condition that rows fulfil here, where the server has none.
#[derive(Debug)]
pub(super) struct Condition {
    pub at: Pointer,
    pub text: Template,
    pub whole: bool,
}

#[derive(Debug)]
pub(super) struct Find {
    pub request: Request,
    pub rows: Pointer,
    pub id: Pointer,
    pub conditions: Vec<Condition>,
}

#[derive(Debug)]
pub(super) struct Log {
    pub request: Request,
    pub id: Pointer,
    pub once: bool,
}

#[derive(Debug)]
pub(super) struct Tickets {
    pub request: Request,
    pub rows: Pointer,
    pub id: Pointer,
    pub number: Pointer,
    pub subject: Pointer,
}

#[derive(Debug)]
pub(super) enum Describe {
    Fixed(Vec<FieldSpec>),
    Asked(Box<Asked>),
}

#[derive(Debug)]
pub(super) struct Asked {
    pub request: Request,
    pub rows: Pointer,
    pub name: Pointer,
    pub label: Pointer,
    pub kind: Pointer,
    pub required: Pointer,
    /// What `required` says of a field that must be filled in.
    pub required_is: String,
    /// Fields of which this says `true` are not for people.
    pub unless: Option<Pointer>,
    /// What a field holds when nobody says otherwise.
    pub default: Option<Pointer>,
    pub choices: Option<Choices>,
    pub kinds: BTreeMap<String, FieldKind>,
}

/// The values that a field takes.
#[derive(Debug)]
pub(super) struct Choices {
    pub all: Pointer,
    /// Of each of them.
    pub value: Pointer,
    pub label: Pointer,
}
