//! A tiny scripted registrar: asks for digest, grants, refuses, as the test tells it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use sip_stack::auth::{Algorithm, Answer, Challenge, Challenger};
use sip_stack::message::{HeaderName, Message, Method, Request, Response, StatusCode};

use crate::wire::Script;

/// What the registrar does and saw.
#[derive(Default)]
pub struct Book {
    /// Asks for credentials with this algorithm.
    pub algorithm: Option<Algorithm>,
    /// Grants this lifetime, whatever is asked.
    pub grants_s: Option<u32>,
    /// Refuses less than this with 423.
    pub min_expires_s: u32,
    /// Answers the next REGISTERs with these statuses, before anything else.
    pub next: VecDeque<u16>,
    /// Headers added to every 200.
    pub extra: Vec<(&'static str, &'static str)>,
    /// Hands this address out with our binding (RFC 5627).
    pub gruu: Option<&'static str>,
    /// Sends everybody there with 302.
    pub moved_to: Option<&'static str>,
    /// Stays silent.
    pub silent: bool,
    /// Nonces it gave; a new one after each expiry.
    pub nonce: u32,
    /// Every REGISTER that came.
    pub seen: Vec<Request>,
    /// Current binding.
    pub bound: Option<String>,
}

pub type Shared = Rc<RefCell<Book>>;

pub const PASSWORD: &str = "secret";

/// The registrar as a node of the wire.
pub fn registrar(book: &Shared) -> Script {
    let book = Rc::clone(book);
    Box::new(move |_, message| match message {
        Message::Request(request) if request.method == Method::Register => {
            let mut book = book.borrow_mut();
            book.seen.push(request.clone());
            book.answer(request).into_iter().map(|response| response.print().to_vec()).collect()
        }
        _ => Vec::new(),
    })
}

impl Book {
    fn answer(&mut self, request: &Request) -> Option<Response> {
        if self.silent {
            return None;
        }
        if let Some(status) = self.next.pop_front() {
            return Some(request.response(StatusCode::new(status).unwrap(), Some("r")).with("Retry-After", "7"));
        }
        if let Some(contacts) = self.moved_to {
            let response = request.response(StatusCode::new(302).unwrap(), Some("r"));
            return Some(response.with(HeaderName::Contact, contacts));
        }
        if let Some(algorithm) = self.algorithm.filter(|_| !self.is_authorized(request)) {
            let had = request.headers.has(&HeaderName::Authorization);
            let mut challenge = Challenge::new(Challenger::Server, "pbx", &format!("n{}", self.nonce), algorithm);
            challenge.stale = had && self.proves(request);
            let response = request.response(StatusCode::UNAUTHORIZED, Some("r"));
            return Some(response.with(HeaderName::WwwAuthenticate, challenge));
        }
        let contact = request.headers.contact().unwrap().unwrap();
        let asked = contact.expires().unwrap();
        if asked != 0 && asked < self.min_expires_s {
            let response = request.response(StatusCode::INTERVAL_TOO_BRIEF, Some("r"));
            return Some(response.with(HeaderName::MinExpires, self.min_expires_s));
        }
        let granted = if asked == 0 { 0 } else { self.grants_s.unwrap_or(asked) };
        self.bound = (granted > 0).then(|| contact.uri.to_string());
        let mut response = request.response(StatusCode::OK, Some("r"));
        // Another device of the same user is bound too.
        response = response.with(HeaderName::Contact, "<sip:desk@10.0.0.77>;expires=33");
        if granted > 0 {
            let mut ours = contact.with_param("expires", Some(&granted.to_string()));
            if let Some(gruu) = self.gruu {
                ours = ours.with_param("pub-gruu", Some(&format!("\"{gruu}\"")));
            }
            response = response.with(HeaderName::Contact, ours);
        }
        for (name, value) in &self.extra {
            response = response.with(*name, value);
        }
        Some(response)
    }

    fn proves(&self, request: &Request) -> bool {
        let raw = request.headers.get(&HeaderName::Authorization);
        raw.and_then(|raw| Answer::parse(raw))
            .is_some_and(|answer| answer.proves("alice", PASSWORD, &request.method, &request.body))
    }

    fn is_authorized(&self, request: &Request) -> bool {
        let raw = request.headers.get(&HeaderName::Authorization);
        let answer = raw.and_then(|raw| Answer::parse(raw));
        answer.is_some_and(|answer| answer.nonce == format!("n{}", self.nonce)) && self.proves(request)
    }
}
