//! Requests that come in: who may speak to us, what is refused, what goes to which leg (RFC 3261 §8.2).

use crate::dialog::{Dialog, DialogId};
use crate::message::parse::stateless_tag;
use crate::message::validate::{self, Capabilities};
use crate::message::{HeaderName, Message, Method, ParseError, Request, Response, StatusCode};
use crate::offer_answer::OfferFacts;
use crate::sdp;
use crate::transaction::TxId;
use crate::transport::{Hop, MAX_DATAGRAM};

use super::account::Account;
use super::agent::UserAgent;
use super::core::{EXTENSIONS, SUPPORTED, Wake, joined, methods};
use super::cx::{Cx, Told, description};
use super::incoming::Offered;
use super::leg::{Leg, State};
use super::subscription::{ALLOW_EVENTS, bodies_of};
use super::{AccountId, Event, LegId, auto_answer, identity, session_timer};

/// What requests are judged by, before it is known whose they are.
const CAPABILITIES: Capabilities<'static> =
    Capabilities { methods: &[], extensions: &EXTENSIONS, body_types: &[sdp::CONTENT_TYPE] };

impl UserAgent {
    /// A datagram or a whole message of a stream.
    pub(super) fn receive(&mut self, hop: Hop, account: AccountId, bytes: &[u8]) {
        if bytes.len() > MAX_DATAGRAM || crate::message::parse::is_keep_alive(bytes) {
            return;
        }
        match crate::message::parse::datagram(bytes) {
            Ok(message) => self.receive_message(hop, account, message, bytes.len()),
            Err(error) => self.refuse_malformed(hop, account, error),
        }
    }

    fn receive_message(&mut self, hop: Hop, account: AccountId, message: Message, length: usize) {
        if let Message::Request(request) = &message
            && !self.may_speak(hop, account, request)
        {
            self.core.counters.unsolicited += 1;
            tracing::debug!("unsolicited request dropped");
            return;
        }
        self.core.ladder(false, &message, length);
        if let Message::Request(request) = &message
            && request.headers.top_via().is_err()
        {
            // Without a readable Via there is no transaction; the source is all that is known.
            let rejection = validate::form(request).err();
            if let Some(response) = rejection.and_then(|rejection| rejection.response(request, &CAPABILITIES)) {
                self.core.transmit(hop, response.print());
            }
            return;
        }
        self.core.tx.receive(self.core.now(), hop, message);
    }

    /// A message that is none is answered only to those who may speak to us.
    fn refuse_malformed(&mut self, hop: Hop, account: AccountId, error: ParseError) {
        self.core.counters.malformed += 1;
        tracing::debug!(%error, "malformed message");
        let trusted = self.accounts.get(&account).is_some_and(|account| account.trusts(hop.remote.ip()));
        if let Some(mut reply) = error.reply.filter(|_| trusted) {
            reply.headers.push(HeaderName::Server, self.core.config.user_agent.clone());
            self.core.transmit(hop, reply.print());
        }
    }

    /// A request is looked at if it belongs to a dialog or subscription of ours, or if it comes from the exchange; a call and news
    /// that nobody asked for must name the Contact that only our registrar knows.
    fn may_speak(&self, hop: Hop, account: AccountId, request: &Request) -> bool {
        if DialogId::of_request(request).is_some_and(|id| self.legs.values().any(|leg| leg.has_dialog(&id))) {
            return true;
        }
        if request.method == Method::Notify && self.subscription_of(request).is_some() {
            return true;
        }
        let Some(account) = self.accounts.get(&account) else { return false };
        let outside = request.headers.to().is_ok_and(|to| to.tag().is_none());
        let rings = matches!(request.method, Method::Invite | Method::Message | Method::Notify);
        let calls = rings && outside && request.uri.as_sip().is_some();
        account.trusts(hop.remote.ip()) && (!calls || account.is_called_by(&request.uri))
    }

    /// A new request with its transaction.
    pub(super) fn on_request(&mut self, tx: TxId, request: Request, hop: Hop) {
        let Some(account) = self.account_of_flow(hop.flow) else {
            self.core.tx.abandon(tx);
            return;
        };
        let methods = self.accounts.get(&account).map_or(methods(false), Account::methods);
        if let Some(refusal) = refusal(&request, methods) {
            self.core.respond(tx, refusal);
            return;
        }
        match DialogId::of_request(&request) {
            Some(id) => self.on_dialog_request(tx, request, hop, &id, account),
            None => self.on_new_request(tx, request, hop, account),
        }
    }

    /// What can we do? Answered from what came alone.
    pub(super) fn on_question(&mut self, request: &Request, hop: Hop) {
        let Some(account) = self.account_of_flow(hop.flow) else { return };
        let methods = self.accounts.get(&account).map_or(methods(false), Account::methods);
        let tag = stateless_tag(&request.headers);
        let told = || capabilities(request, Some(&tag), &joined(methods));
        let mut response = refusal(request, methods).unwrap_or_else(told);
        response.headers.push(HeaderName::Server, self.core.config.user_agent.clone());
        self.core.transmit(hop, response.print());
    }

    fn on_new_request(&mut self, tx: TxId, request: Request, hop: Hop, account: AccountId) {
        match request.method {
            Method::Invite => self.on_invite(tx, request, hop, account),
            Method::Message => self.on_message(tx, &request, account),
            Method::Notify => self.on_unsolicited(tx, &request, account),
            // A call that no call of ours asks for is nobody's to order.
            Method::Refer => {
                let tag = self.core.token();
                self.core.respond(tx, request.response(StatusCode::DECLINE, Some(&tag)));
            }
            _ => {
                let tag = self.core.token();
                self.core.respond(tx, request.response(StatusCode::CALL_DOES_NOT_EXIST, Some(&tag)));
            }
        }
    }

    fn on_dialog_request(&mut self, tx: TxId, request: Request, hop: Hop, id: &DialogId, account: AccountId) {
        let leg = self.legs.iter().find(|(_, leg)| leg.has_dialog(id)).map(|(leg, _)| *leg);
        let Some(leg) = leg else {
            let news = request.method == Method::Notify;
            if !news || self.on_subscription_notify(tx, &request).is_none() {
                self.core.respond(tx, request.response(StatusCode::CALL_DOES_NOT_EXIST, None));
            }
            return;
        };
        if matches!(request.method, Method::Invite | Method::Update) {
            self.follow_source(leg, hop);
        }
        let mut written = false;
        let message = (request.method == Method::Message).then(|| request.clone());
        self.step(leg, |state, cx| {
            let (state, order) = state.check_order(&request);
            if let Err(status) = order {
                cx.core.respond(tx, request.response(status, None));
                return state;
            }
            match request.method {
                Method::Invite => {
                    cx.core.respond(tx, request.response(StatusCode::TRYING, None));
                    state.on_reinvite(cx, tx, request)
                }
                Method::Bye => state.on_bye(cx, tx, &request),
                Method::Prack => state.on_prack(cx, tx, &request),
                Method::Update => state.on_update(cx, tx, &request),
                Method::Info => state.on_info(cx, tx, &request),
                Method::Refer | Method::Notify => state.on_transfer_request(cx, tx, request),
                Method::Message => {
                    written = true;
                    state
                }
                _ => {
                    cx.core.respond(tx, capabilities(&request, None, &cx.account.allow()));
                    state
                }
            }
        });
        if let Some(request) = message.filter(|_| written) {
            self.on_message(tx, &request, account);
        }
    }

    /// The peer speaks from another address now; what we send in the dialog goes there.
    fn follow_source(&mut self, leg: LegId, hop: Hop) {
        let Some(leg) = self.legs.get_mut(&leg) else { return };
        let facts = self.accounts.get(&leg.account).and_then(Account::facts);
        leg.peer = Some(hop.remote).filter(|remote| facts.is_some_and(|facts| facts.remote != *remote));
    }

    /// The ACK of a 2xx.
    pub(super) fn on_ack(&mut self, ack: &Request) {
        let id = DialogId::of_request(ack);
        let leg = id.and_then(|id| self.legs.iter().find(|(_, leg)| leg.has_dialog(&id)).map(|(leg, _)| *leg));
        match leg {
            Some(leg) => self.step(leg, |state, cx| state.on_ack(cx, ack)),
            None => self.core.counters.stray += 1,
        }
    }

    /// A CANCEL that comes in time; the transaction layer has answered it.
    pub(super) fn on_cancel(&mut self, invite: TxId, cancel: &Request) {
        let leg = self.legs.iter().find(|(_, leg)| leg.offered_by() == Some(invite)).map(|(leg, _)| *leg);
        if let Some(leg) = leg {
            self.step(leg, |state, cx| state.on_cancel(cx, cancel));
        }
    }

    /// A call.
    fn on_invite(&mut self, tx: TxId, invite: Request, hop: Hop, id: AccountId) {
        self.core.respond(tx, invite.response(StatusCode::TRYING, None));
        let tag = self.core.token();
        if let Some(refusal) = session_timer::too_small(&invite, Some(&tag)) {
            return self.core.respond(tx, refusal);
        }
        let replaces = match self.replaced_by(&invite) {
            Ok(replaces) => replaces,
            Err(status) => return self.core.respond(tx, invite.response(status, Some(&tag))),
        };
        if self.legs.len() >= self.core.config.max_legs {
            self.core.counters.over_limit += 1;
            self.core.respond(tx, invite.response(StatusCode::BUSY_HERE, Some(&tag)));
            return;
        }
        let Some(account) = self.accounts.get(&id) else { return };
        let Some(facts) = account.facts() else { return };
        let Ok(dialog) = Dialog::from_request(&invite, &tag, &account.contact(&facts)) else {
            self.core.respond(tx, invite.response(StatusCode::BAD_REQUEST, Some(&tag)));
            return;
        };
        let leg = self.core.next_leg();
        let event = Event::Incoming {
            leg,
            account: id,
            from: identity::caller(&invite),
            to_user: identity::to_user(&invite),
            called: identity::called(&invite, [&account.config.user, &account.contact_user]),
            replaces,
            answer_after: auto_answer::wished(&invite),
            offer: description(&invite.headers, &invite.body).and_then(|body| OfferFacts::of(body)),
            local_ip: facts.local.ip(),
        };
        let peer = Some(hop.remote).filter(|remote| *remote != facts.remote);
        self.core.call_ids.insert(dialog.id().call_id.clone(), leg);
        self.core.wake(Wake::RingLimit(leg), self.core.config.ring_limit);
        self.core.event(event);
        let state = State::Offered(Offered { tx, invite, dialog, replaces, unconfirmed: None });
        self.legs.insert(leg, Leg { account: id, peer, state, told: Told::default() });
        self.step(leg, |state, cx| {
            if let State::Offered(offered) = &state {
                cx.note_allow(&offered.invite.headers);
            }
            state
        });
    }

    /// RFC 3891 §3: the leg whose place an INVITE with Replaces takes. Only calls that are up are given away.
    fn replaced_by(&self, invite: &Request) -> Result<Option<LegId>, StatusCode> {
        let replaces = match invite.headers.parametrised(&HeaderName::Replaces) {
            Ok(None) => return Ok(None),
            Ok(Some(replaces)) => replaces,
            Err(_) => return Err(StatusCode::BAD_REQUEST),
        };
        let tag = |name| replaces.params.get(name).map(str::to_owned).ok_or(StatusCode::BAD_REQUEST);
        let (local_tag, remote_tag) = (tag("to-tag")?, tag("from-tag")?);
        let id = DialogId { call_id: replaces.value.clone(), local_tag, remote_tag };
        let found = self.legs.iter().find(|(_, leg)| leg.has_dialog(&id));
        match found {
            Some((_, Leg { state: State::Up(_), .. })) if replaces.params.has("early-only") => {
                Err(StatusCode::BUSY_HERE)
            }
            Some((leg, Leg { state: State::Up(_), .. })) => Ok(Some(*leg)),
            _ => Err(StatusCode::CALL_DOES_NOT_EXIST),
        }
    }

    pub(super) fn leg_ids(&self) -> Vec<LegId> {
        self.legs.keys().copied().collect()
    }
}

/// RFC 3261 §8.2.1 to §8.2.3, and 501 for methods that nobody knows.
fn refusal(request: &Request, methods: &'static [Method]) -> Option<Response> {
    if let Err(rejection) = validate::form(request) {
        return rejection.response(request, &CAPABILITIES);
    }
    if matches!(request.method, Method::Other(_)) {
        let response = request.response(StatusCode::NOT_IMPLEMENTED, Some("u"));
        return Some(response.with(HeaderName::Allow, joined(methods)));
    }
    let Some(body_types) = bodies_of(request) else {
        let response = request.response(StatusCode::BAD_EVENT, Some("u"));
        return Some(response.with(HeaderName::AllowEvents, ALLOW_EVENTS));
    };
    let can = Capabilities { methods, body_types, ..CAPABILITIES };
    validate::request(request, &can).err().and_then(|rejection| rejection.response(request, &can))
}

/// RFC 3261 §11.2.
fn capabilities(request: &Request, tag: Option<&str>, allow: &str) -> Response {
    let response = request.response(StatusCode::OK, tag).with(HeaderName::Allow, allow);
    response.with(HeaderName::Accept, sdp::CONTENT_TYPE).with(HeaderName::Supported, SUPPORTED)
}

impl State {
    /// REFER and NOTIFY belong to calls that are up.
    fn on_transfer_request(self, cx: &mut Cx<'_>, tx: TxId, request: Request) -> Self {
        match self {
            Self::Up(state) if request.method == Method::Refer => state.on_refer(cx, tx, request).into(),
            Self::Up(state) => state.on_notify(cx, tx, &request).into(),
            other => {
                cx.core.respond(tx, request.response(StatusCode::CALL_DOES_NOT_EXIST, None));
                other
            }
        }
    }

    /// RFC 3261 §12.2.2: requests in a dialog come in order.
    fn check_order(mut self, request: &Request) -> (Self, Result<(), StatusCode>) {
        let order = match &mut self {
            Self::Offered(state) => state.dialog.receive(request),
            Self::Accepting(state) | Self::Parting(state) => state.dialog.receive(request),
            Self::Up(state) => state.dialog.receive(request),
            _ => Ok(()),
        };
        (self, order)
    }
}
