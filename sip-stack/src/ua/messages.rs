//! Short messages (RFC 3428): MESSAGE in and out, as pages without a session.
//!
//! ```text
//!  SendMessage ──► Sent ──2xx──► MessageSent        MESSAGE ──► MessageReceived, 200
//!                   │ 401/407: once more signed
//!                   └ refused, silent ──► MessageFailed
//! ```

use crate::message::{CSeq, HeaderName, Method, NameAddr, Request, Response, SipUri, StatusCode};
use crate::transaction::TxId;

use super::account::Account;
use super::agent::UserAgent;
use super::core::{Core, Owner};
use super::{AccountId, Event, MessageId, identity, target};

/// The one body type that is read and written.
pub(super) const CONTENT_TYPE: &str = "text/plain";
/// A longer text is neither sent nor taken, in bytes of UTF-8.
pub(super) const MAX_TEXT: usize = 8192;
/// Challenges answered for one MESSAGE: two proxies and the server, each stale once.
const MAX_CHALLENGES: u8 = 6;

/// A message of ours that has no final answer.
pub(super) struct Sending {
    account: AccountId,
    request: Request,
    challenges: u8,
}

impl UserAgent {
    /// Sends a text. What cannot be sent now fails at once: whoever wrote it decides whether to try again.
    pub(super) fn send_message(&mut self, id: MessageId, account: AccountId, to: &str, text: &str) {
        if self.messages.contains_key(&id) {
            return;
        }
        let full = self.messages.len() >= self.core.config.max_messages;
        if full {
            self.core.counters.over_limit += 1;
        }
        let found = self.accounts.get_mut(&account).filter(|account| account.is_ready());
        let fits = !text.is_empty() && text.len() <= MAX_TEXT;
        let sent = found.filter(|_| fits && !full).and_then(|found| {
            let domain = found.registrar().ok()?;
            let to = target::resolve(to, &domain).ok()?;
            let request = first(&mut self.core, found, to, text)?;
            transact(&mut self.core, found, id, request)
        });
        match sent {
            Some(request) => _ = self.messages.insert(id, Sending { account, request, challenges: 0 }),
            None => self.core.event(Event::MessageFailed { message: id, status: None }),
        }
    }

    pub(super) fn on_message_response(&mut self, id: MessageId, response: &Response) {
        if response.status.is_provisional() {
            return;
        }
        let Some(sending) = self.messages.remove(&id) else { return };
        let status = response.status.code();
        if response.status.is_success() {
            // RFC 3428 §7: 200 means that it arrived, 202 that somebody keeps it for later.
            return self.core.event(Event::MessageSent { message: id, status });
        }
        if matches!(status, 401 | 407)
            && sending.challenges < MAX_CHALLENGES
            && let Some(account) = self.accounts.get_mut(&sending.account)
            && account.auth.challenged(&sending.request, response).is_ok()
            && let Some(request) = transact(&mut self.core, account, id, sending.request)
        {
            let challenges = sending.challenges + 1;
            self.messages.insert(id, Sending { account: sending.account, request, challenges });
            return;
        }
        self.core.event(Event::MessageFailed { message: id, status: Some(status) });
    }

    /// Timer F, or the stream broke.
    pub(super) fn on_message_timeout(&mut self, id: MessageId) {
        if self.messages.remove(&id).is_some() {
            self.core.event(Event::MessageFailed { message: id, status: None });
        }
    }

    /// The account goes; nobody knows any more what becomes of its messages.
    pub(super) fn drop_messages(&mut self, account: AccountId) {
        let going: Vec<_> =
            self.messages.iter().filter(|(_, sending)| sending.account == account).map(|(id, _)| *id).collect();
        going.into_iter().for_each(|id| self.on_message_timeout(id));
    }

    /// Somebody writes to us, within a call or outside of any.
    pub(super) fn on_message(&mut self, tx: TxId, message: &Request, account: AccountId) {
        let tag = self.core.token();
        let text = std::str::from_utf8(&message.body).map_or_else(|_| latin_1(&message.body), str::to_owned);
        let refusal = match text.len() {
            0 => Some(StatusCode::BAD_REQUEST),
            length if length > MAX_TEXT => Some(StatusCode::REQUEST_ENTITY_TOO_LARGE),
            _ => None,
        };
        let status = refusal.unwrap_or(StatusCode::OK);
        // RFC 3428 §7: the answer has no Contact and no body, and makes no dialog.
        self.core.respond(tx, message.response(status, Some(&tag)));
        if refusal.is_none() {
            let (from, to_user) = (identity::caller(message), identity::to_user(message));
            self.core.event(Event::MessageReceived { account, from, to_user, text });
        }
    }
}

fn first(core: &mut Core, account: &Account, to: SipUri, text: &str) -> Option<Request> {
    let from = account.address_of_record().ok()?.with_tag(&core.token());
    let mut request = Request::new(Method::Message, to.clone().into()).with(HeaderName::MaxForwards, 70);
    for route in account.routes() {
        request.headers.push(HeaderName::Route, route.to_string());
    }
    let request = request
        .with(HeaderName::From, from)
        .with(HeaderName::To, NameAddr::new(to))
        .with(HeaderName::CallId, core.token())
        .with(HeaderName::CSeq, CSeq { number: 0, method: Method::Message });
    Some(request.with_body("text/plain;charset=UTF-8", text.to_owned()))
}

fn transact(core: &mut Core, account: &mut Account, id: MessageId, mut request: Request) -> Option<Request> {
    let way = account.way(None)?;
    let number = request.headers.cseq().map_or(0, |cseq| cseq.number) + 1;
    request.headers.set(HeaderName::CSeq, CSeq { number, method: Method::Message }.to_string());
    account.auth.authorize(&mut request, &mut core.rng);
    core.send(way, request.clone(), Owner::Message(id));
    Some(request)
}

/// Bytes that are no UTF-8, as the senders that there are mean them: each is the character of its number.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
