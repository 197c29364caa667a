//! Short messages (RFC 3428): MESSAGE in and out, as pages without a session.
//!
//! ```text
//!  SendMessage ──► Sent ──2xx──► MessageSent        MESSAGE ──► MessageReceived
//!                   │ 401/407: once more signed      AnswerMessage ──► 200, 503
//!                   └ refused, silent ──► MessageFailed
//!  isComposing (RFC 3994) ──► 200, and nothing else
//! ```

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::message::{CSeq, HeaderName, Method, NameAddr, Request, Response, SipUri, StatusCode};
use crate::transaction::TxId;

use super::account::Account;
use super::agent::UserAgent;
use super::core::{Core, Owner};
use super::{AccountId, Event, MessageFailure, MessageId, ReceivedId, identity, target};

/// Somebody writes just now (RFC 3994).
const COMPOSING: &str = "application/im-iscomposing+xml";
/// What a body may be. That somebody writes is taken, so that no telephone takes a refusal for the end of the conversation.
pub(super) const CONTENT_TYPES: [&str; 2] = ["text/plain", COMPOSING];
/// A longer text is neither sent nor taken, in bytes of UTF-8.
pub(super) const MAX_TEXT: usize = 8192;
/// Challenges answered for one MESSAGE: two proxies and the server, each stale once.
const MAX_CHALLENGES: u8 = 6;

/// For so long a sender waits for an answer (RFC 3261 §17.1.2.2, timer F).
const WAITS: Duration = Duration::from_secs(32);

/// Messages that came and are not answered yet.
#[derive(Default)]
pub(super) struct Received {
    list: BTreeMap<ReceivedId, (Instant, TxId, Request)>,
    last: u64,
}

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
        if let Err(cause) = self.try_to_send(id, account, to, text) {
            self.core.event(Event::MessageFailed { message: id, cause });
        }
    }

    fn try_to_send(&mut self, id: MessageId, account: AccountId, to: &str, text: &str) -> Result<(), MessageFailure> {
        if text.is_empty() || text.len() > MAX_TEXT {
            return Err(MessageFailure::Size);
        }
        if self.messages.len() >= self.core.config.max_messages {
            self.core.counters.over_limit += 1;
            return Err(MessageFailure::NotSent);
        }
        let ready = self.accounts.get_mut(&account).filter(|account| account.is_ready());
        let found = ready.ok_or(MessageFailure::NotSent)?;
        let domain = found.registrar().map_err(|_| MessageFailure::NotSent)?;
        let to = target::resolve(to, &domain).map_err(|_| MessageFailure::NotSent)?;
        let request = first(&mut self.core, found, to, text).ok_or(MessageFailure::NotSent)?;
        let request = transact(&mut self.core, found, id, request)?;
        self.messages.insert(id, Sending { account, request, challenges: 0 });
        Ok(())
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
        let mut cause = MessageFailure::Refused(status);
        if matches!(status, 401 | 407)
            && sending.challenges < MAX_CHALLENGES
            && let Some(account) = self.accounts.get_mut(&sending.account)
            && account.auth.challenged(&sending.request, response).is_ok()
        {
            match transact(&mut self.core, account, id, sending.request) {
                Ok(request) => {
                    let challenges = sending.challenges + 1;
                    self.messages.insert(id, Sending { account: sending.account, request, challenges });
                    return;
                }
                Err(MessageFailure::Size) => cause = MessageFailure::Size,
                Err(_) => {}
            }
        }
        self.core.event(Event::MessageFailed { message: id, cause });
    }

    /// Timer F, or the stream broke, or never stood.
    pub(super) fn on_message_timeout(&mut self, id: MessageId) {
        let Some(sending) = self.messages.remove(&id) else { return };
        let way = self.accounts.get(&sending.account).and_then(|account| account.way(None));
        // Only what is too large for a datagram waits for a stream, and only that is stuck without one.
        let stuck = way.is_some_and(|way| self.core.is_stuck(&way, &sending.request));
        let cause = if stuck { MessageFailure::Size } else { MessageFailure::Unknown };
        self.core.event(Event::MessageFailed { message: id, cause });
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
        let kind = message.headers.content_type().ok().flatten();
        // RFC 3428 §7: the answer has no Contact and no body, and makes no dialog.
        if kind.as_ref().is_some_and(|kind| kind.is(COMPOSING)) {
            return self.core.respond(tx, message.response(StatusCode::OK, Some(&tag)));
        }
        let charset = kind.as_ref().and_then(|kind| kind.params.get_unquoted("charset"));
        let status = match read(&message.body, charset.as_deref()) {
            Some(text) if text.is_empty() => StatusCode::BAD_REQUEST,
            Some(text) if text.len() > MAX_TEXT => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            Some(text) => return self.receive_text(tx, message, account, text),
            None => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        let mut response = message.response(status, Some(&tag));
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            // RFC 3261 §21.4.13: what would have been taken.
            response.headers.push(HeaderName::Accept, "text/plain;charset=UTF-8");
        }
        self.core.respond(tx, response);
    }

    /// A text that can be shown: the sender is told that it arrived when it is kept, so that none is lost between here and the disk.
    fn receive_text(&mut self, tx: TxId, request: &Request, account: AccountId, text: String) {
        let now = self.core.now();
        self.received.list.retain(|_, (came, ..)| now.saturating_duration_since(*came) < WAITS);
        self.received.last += 1;
        let message = ReceivedId(self.received.last);
        self.received.list.insert(message, (now, tx, request.clone()));
        if self.received.list.len() > self.core.config.max_messages {
            self.core.counters.over_limit += 1;
            return self.answer_message(message, false);
        }
        let (from, to_user) = (identity::caller(request), identity::to_user(request));
        self.core.event(Event::MessageReceived { message, account, from, to_user, text });
    }

    pub(super) fn answer_message(&mut self, message: ReceivedId, kept: bool) {
        let Some((_, tx, request)) = self.received.list.remove(&message) else { return };
        let tag = self.core.token();
        let status = if kept { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        self.core.respond(tx, request.response(status, Some(&tag)));
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
        .with(HeaderName::CSeq, CSeq { number: 0, method: Method::Message })
        .with(HeaderName::UserAgent, &core.config.user_agent);
    Some(request.with_body("text/plain;charset=UTF-8", text.to_owned()))
}

fn transact(
    core: &mut Core,
    account: &mut Account,
    id: MessageId,
    mut request: Request,
) -> Result<Request, MessageFailure> {
    let way = account.way(None).ok_or(MessageFailure::NotSent)?;
    let number = request.headers.cseq().map_or(0, |cseq| cseq.number) + 1;
    request.headers.set(HeaderName::CSeq, CSeq { number, method: Method::Message }.to_string());
    account.auth.authorize(&mut request, &mut core.rng);
    if core.is_stuck(&way, &request) {
        return Err(MessageFailure::Size);
    }
    core.send(way, request.clone(), Owner::Message(id));
    Ok(request)
}

/// The text of a body in this character set: UTF-8 where none is named (RFC 3261 §20.15 with RFC 3428 §4), and nothing for one that is
/// not known, whose bytes would be shown as rubbish.
fn read(body: &[u8], charset: Option<&str>) -> Option<String> {
    let is_one_of = |names: &[&str]| charset.is_none_or(|name| names.iter().any(|n| name.eq_ignore_ascii_case(n)));
    if charset.is_some() && is_one_of(&["iso-8859-1", "latin1", "windows-1252"]) {
        return Some(latin_1(body));
    }
    let text = || std::str::from_utf8(body).map_or_else(|_| latin_1(body), str::to_owned);
    is_one_of(&["utf-8", "utf8", "us-ascii"]).then(text)
}

/// Bytes as the senders that there are mean them who name UTF-8, or nothing, and write none: each is the character of its number.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
