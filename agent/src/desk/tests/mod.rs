//! The desk under a virtual clock: no IO, no waiting.

mod calls;
mod chats;
mod codes;
mod colleagues;
mod conference;
mod details;
mod digits;
mod faults;
mod headsets;
mod incoming;
mod mailbox;
mod recording;
mod sent;
mod transfers;
mod wishes;

use std::time::{Duration, Instant};

use agent_api::call::{CallState, CallView, Dial, DialOrigin, DialOutcome};
use agent_api::error::ApiError;
use agent_api::event::{Counts, EventBody};
use agent_api::id::{AccountId, CallId};
use sip_stack::ua::{
    self, CodecKind, Command, EndCause, EndedBy, Event, FlowFacts, LegId, NegotiatedMedia, OpusParameters, Party,
};
use uuid::Uuid;

use super::{Ask, Desk, Effect, Input, Reply, Start};
use crate::fact::What;
use crate::journal::{Ticket, Write};
use crate::port::clock::{Ids, Now};
use crate::port::media::{MediaCommand, MediaEvent};
use crate::settings::{Account, Settings};

/// Ids that count up.
struct Counting(u128);

impl Ids for Counting {
    fn next(&mut self, _utc_ms: i64) -> Uuid {
        self.0 += 1;
        Uuid::from_u128(self.0)
    }
}

const LINE: AccountId = AccountId(Uuid::from_u128(0xA));
const OTHER: AccountId = AccountId(Uuid::from_u128(0xB));

/// A desk with one registered line, and everything that it wanted done.
struct Bench {
    desk: Desk,
    now: Now,
    done: Vec<Effect>,
    ticket: u64,
    ua_leg: u64,
    /// The number that callers dial.
    called: Option<String>,
    /// Whose place the next caller takes.
    replaces: Option<LegId>,
    /// The exchange asks that the next call answers itself.
    answer_after: Option<Duration>,
}

impl Bench {
    fn new() -> Self {
        let now = Now { mono: Instant::now(), utc_ms: 1_763_000_000_000 };
        let mut settings = Settings::for_country("CR");
        let account = Account::new(LINE, "8330101", "pbx.example");
        settings.accounts.push(account.clone());
        let start = Start {
            settings,
            dispositions: Vec::new(),
            counts: Counts::default(),
            first_run: false,
            ids: Box::new(Counting(0x100)),
            recordings_in: "/calls".into(),
            utc_offset_min: |_| -360,
        };
        let desk = Desk::new(now, start);
        let mut bench = Self {
            desk,
            now,
            done: Vec::new(),
            ticket: 0,
            ua_leg: 1 << 63,
            called: None,
            replaces: None,
            answer_after: None,
        };
        bench.put(Input::Line { account: Box::new(account), password: None });
        bench.register();
        bench.done.clear();
        bench
    }

    /// The line may answer by itself.
    fn allow_auto_answer(&mut self) {
        let account = Account { auto_answer: true, ..Account::new(LINE, "8330101", "pbx.example") };
        self.put(Input::Line { account: Box::new(account), password: None });
        self.register();
    }

    /// The line is registered.
    fn register(&mut self) {
        self.phone(Event::Registered {
            account: ua::AccountId(1),
            expires_s: 600,
            contact: "sip:x@192.0.2.1".to_owned(),
            flow: FlowFacts {
                transport: ua::Transport::Udp,
                local: "192.0.2.1:5070".parse().unwrap(),
                remote: "192.0.2.2:5060".parse().unwrap(),
            },
        });
    }

    fn put(&mut self, input: Input) {
        let effects = self.desk.handle(self.now, input);
        self.done.extend(effects);
    }

    fn phone(&mut self, event: Event) {
        self.put(Input::Phone(event));
    }

    /// Asks and answers what came back at once.
    fn ask(&mut self, ask: Ask) -> Result<Reply, ApiError> {
        self.ticket += 1;
        let ticket = Ticket(self.ticket);
        self.put(Input::Ask(ask, ticket));
        self.reply(ticket).expect("answered at once")
    }

    fn reply(&mut self, ticket: Ticket) -> Option<Result<Reply, ApiError>> {
        self.done.iter().find_map(|effect| match effect {
            Effect::Reply(to, reply) if *to == ticket => Some(reply.clone()),
            _ => None,
        })
    }

    /// Lets time pass, firing the desk's own timers on the way.
    fn pass(&mut self, by: Duration) {
        let end = self.now.plus(by);
        while let Some(at) = self.desk.timeout().filter(|at| *at <= end.mono) {
            self.now = self.now.plus(at.saturating_duration_since(self.now.mono));
            self.put(Input::Tick);
        }
        self.now = end;
        self.put(Input::Tick);
    }

    /// The store takes everything that waits.
    fn store_all(&mut self) -> Vec<Write> {
        let mut written = Vec::new();
        while let Some(place) = self.done.iter().position(|effect| matches!(effect, Effect::Write(_))) {
            if let Effect::Write(write) = self.done.remove(place) {
                written.push(write);
            }
            self.put(Input::Written(Ok(())));
        }
        written
    }

    fn dial(&mut self, target: &str) -> CallId {
        match self.ask(Ask::Dial { dial: wish(target, DialOrigin::Keypad), warning: None }) {
            Ok(Reply::Dial(DialOutcome::Started { call })) => call,
            other => panic!("{other:?}"),
        }
    }

    /// A call out that is answered.
    fn talking(&mut self, target: &str) -> (CallId, LegId) {
        let call = self.dial(target);
        self.prepared(call);
        let leg = self.leg_of_last_invite();
        self.phone(Event::Ringing { leg, status: 180 });
        self.phone(Event::Media { leg, media: Box::new(agreed()) });
        self.phone(Event::Answered { leg });
        (call, leg)
    }

    /// A call in that rings.
    fn ringing(&mut self, from: &str) -> (CallId, LegId) {
        self.ua_leg += 1;
        let leg = LegId(self.ua_leg);
        self.phone(Event::Incoming {
            leg,
            account: ua::AccountId(1),
            from: Party {
                uri: format!("sip:{from}@pbx.example"),
                user: from.to_owned(),
                host: "pbx.example".to_owned(),
                display_name: Some("Bob\u{202e}".to_owned()),
            },
            to_user: "8330101".to_owned(),
            called: self.called.clone(),
            replaces: self.replaces,
            answer_after: self.answer_after,
            offer: None,
            local_ip: "192.0.2.1".parse().unwrap(),
        });
        let call = self.desk.calls.values().find(|live| live.leg == leg).map(|live| live.id());
        (call.unwrap_or(CallId(Uuid::nil())), leg)
    }

    fn prepared(&mut self, call: CallId) {
        let local = Some("192.0.2.1:30000".parse().unwrap());
        self.put(Input::Media(MediaEvent::Prepared { call, local, ice: None }));
    }

    fn ended(&mut self, leg: LegId, cause: EndCause, status: Option<u16>, by: EndedBy) {
        self.phone(Event::Ended { leg, cause, status, reason: String::new(), by });
    }

    fn leg_of_last_invite(&self) -> LegId {
        let legs = self.commands();
        let leg = legs.iter().rev().find_map(|c| if let Command::Invite { leg, .. } = c { Some(*leg) } else { None });
        leg.expect("an INVITE left")
    }

    fn commands(&self) -> Vec<&Command> {
        self.done.iter().filter_map(|e| if let Effect::Phone(command) = e { Some(command) } else { None }).collect()
    }

    fn names(&self) -> Vec<String> {
        self.commands().iter().map(|command| format!("{command:?}")).collect()
    }

    fn sounds(&self) -> Vec<&MediaCommand> {
        self.done.iter().filter_map(|e| if let Effect::Media(command) = e { Some(command) } else { None }).collect()
    }

    fn events(&self) -> Vec<&EventBody> {
        self.done.iter().filter_map(|e| if let Effect::Emit(event) = e { Some(&event.body) } else { None }).collect()
    }

    fn facts(&self) -> Vec<&What> {
        self.done.iter().filter_map(|e| if let Effect::Fact(fact) = e { Some(&fact.what) } else { None }).collect()
    }

    /// The last view of a call.
    fn view(&self, call: CallId) -> &CallView {
        let views = self.events();
        let view = views.iter().rev().find_map(|body| match body {
            EventBody::Call(view) if view.id == call => Some(view),
            _ => None,
        });
        view.expect("the call was shown")
    }

    fn state(&self, call: CallId) -> CallState {
        self.view(call).state
    }
}

fn wish(target: &str, origin: DialOrigin) -> Dial {
    Dial { target: target.to_owned(), origin, account: None, contact: None, confirmed: false }
}

fn agreed() -> NegotiatedMedia {
    NegotiatedMedia {
        local_rtp: "192.0.2.1:30000".parse().unwrap(),
        remote_rtp: "192.0.2.2:40000".parse().unwrap(),
        remote_rtcp: "192.0.2.2:40001".parse().unwrap(),
        codec: CodecKind::Pcma,
        payload_type: 8,
        receive_payload_type: 8,
        clock_hz: 8000,
        opus_to_peer: OpusParameters::default(),
        dtmf_payload_type: Some(101),
        receive_dtmf_payload_type: Some(101),
        ptime_ms: 20,
        send: true,
        receive: true,
        srtp: None,
        dtls: None,
        ice: None,
        keys_over_tls: false,
    }
}

fn brief(id: u128, name: &str) -> crm::contact::ContactBrief {
    crm::contact::ContactBrief {
        id: crm::id::ContactId(Uuid::from_u128(id)),
        kind: crm::contact::ContactKind::Contact,
        name: name.to_owned(),
        initials: name[..1].to_owned(),
        company: None,
        vip: false,
        phone: None,
        email: None,
        last_call_at_ms: None,
        last_disposition: None,
        do_not_call: false,
        origin: crm::id::Origin::Live,
    }
}
