//! What the user agent tells about calls.

use agent_api::call::EndedBy;
use agent_api::id::CallId;
use sip_stack::ua::{CodecKind, Event, LegId, NegotiatedMedia};

use super::details::step;
use super::ended::Over;
use super::live::{Hold, Stage};
use super::one_way::OneWay;
use super::{Desk, Effect};
use crate::fact::{AgreedMedia, Fact, What};
use crate::journal::Write;
use crate::port::clock::Now;
use crate::port::media::{Digits, MediaCommand};
use crate::view;

impl Desk {
    pub(super) fn phone(&mut self, now: Now, event: Event) {
        match event {
            Event::Registering { .. }
            | Event::Registered { .. }
            | Event::RegistrationFailed { .. }
            | Event::Unregistered { .. } => self.registration(now, event),
            Event::Incoming { leg, account, from, to_user, called, replaces, answer_after, local_ip, offer: _ } => {
                self.incoming(
                    now,
                    super::incoming::Caller { leg, account, from, to_user, called, replaces, answer_after, local_ip },
                );
            }
            Event::Ringing { leg, status } => self.with(leg, |desk, call| desk.ringing(call, status)),
            Event::EarlyMedia { leg } => self.with(leg, |desk, call| desk.early_media(call)),
            Event::Answered { leg } => self.with(leg, |desk, call| desk.answered(now, call)),
            Event::Media { leg, media } => self.with(leg, |desk, call| desk.agreed(call, media)),
            Event::HeldByRemote { leg, held } => self.with(leg, |desk, call| desk.held_by_remote(call, held)),
            Event::Held { leg } => self.with(leg, |desk, call| desk.hold_accepted(call)),
            Event::Resumed { leg } => self.with(leg, |desk, call| desk.told_hold(call, EndedBy::Local, false)),
            Event::HoldRefused { leg, hold, status } => {
                self.with(leg, |desk, call| desk.hold_refused(now, call, hold, status));
            }
            Event::Ended { leg, cause, status, reason, by } => self.with(leg, |desk, call| {
                let (cause, by) = (view::crm_cause(cause), view::crm_ended_by(by));
                desk.end(now, call, Over { cause, status, by, reason });
            }),
            Event::Idle => {
                self.effects.push(Effect::Fact(Fact { account: None, call: None, what: What::Idle }));
                self.store_details(None);
                self.closed = true;
            }
            Event::TransferProgress { leg, status } => {
                self.with(leg, |desk, call| desk.transfer_goes_on(call, status));
            }
            Event::Transferred { leg } => self.with(leg, |desk, call| desk.fact(call, What::Transferred)),
            Event::TransferFailed { leg, status } => {
                self.with(leg, |desk, call| desk.transfer_failed(call, status));
            }
            Event::TransferAsked { leg, to, joins: _ } => {
                self.with(leg, |desk, call| desk.sent_elsewhere(now, call, &to));
            }
            Event::TakesInfo { leg, takes } => {
                self.with(leg, |desk, call| _ = desk.calls.get_mut(&call).map(|live| live.takes_info = takes));
            }
            Event::DigitReceived { leg, digit, duration_ms: _ } => {
                self.with(leg, |desk, call| desk.told_digit(call, digit, false));
            }
            Event::DigitSent { leg, digit } => self.with(leg, |desk, call| desk.told_digit(call, digit, true)),
            Event::DigitsRefused { leg, digits, status } => {
                self.with(leg, |desk, call| desk.digits_refused(call, Digits(digits), status));
            }
            Event::Mailbox { account, summary, subscription: _ } => self.mailbox(account, summary),
            Event::Watched { subscription, dialogs } => self.watched(subscription, dialogs),
            Event::Present { subscription, presence } => self.present(subscription, presence),
            // An exchange without mailboxes is no fault; the user agent asks again where that makes sense.
            Event::SubscriptionFailed { subscription, .. } => self.told_no_more(subscription),
            Event::Subscribed { .. } | Event::Unsubscribed { .. } => {}
            Event::MessageReceived { message, account, from, to_user: _, text } => {
                self.message_came(now, message, account, &from, text);
            }
            Event::MessageSent { message, status: _ } => self.message_sent(message),
            Event::MessageFailed { message, cause } => self.message_failed(message, cause),
            Event::Ladder(line) => {
                let call = line.leg.and_then(|leg| self.call_of(leg));
                let of = call.and_then(|call| self.calls.get(&call));
                let of = of.map(|live| (live.id(), view::direction(live.record.direction)));
                let account = call.and_then(|call| self.calls.get(&call)).map(|live| live.account());
                let what = What::Message { step: step(now.utc_ms, &line), exchange: line.exchange };
                self.effects.push(Effect::Fact(Fact { account, call, what }));
                self.trace.take(now.utc_ms, line, of);
            }
            Event::Counters(counters) => self.counted(Some(counters)),
        }
    }

    fn with(&mut self, leg: LegId, then: impl FnOnce(&mut Self, CallId)) {
        if let Some(call) = self.call_of(leg) {
            then(self, call);
        }
    }

    fn ringing(&mut self, call: CallId, status: u16) {
        self.fact(call, What::Ringing { code: status });
        let Some(live) = self.calls.get_mut(&call) else { return };
        if live.stage == Stage::Dialing {
            live.stage = Stage::RingingRemote;
            self.show(call);
        }
    }

    fn early_media(&mut self, call: CallId) {
        self.fact(call, What::EarlyMedia);
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.early_media = true;
        if live.stage == Stage::Dialing {
            live.stage = Stage::RingingRemote;
        }
        self.show(call);
    }

    fn answered(&mut self, now: Now, call: CallId) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        if live.answered_at.is_some() {
            return;
        }
        live.answered_at = Some(now.mono);
        live.record.answered_at_ms = Some(now.utc_ms);
        live.link_until = None;
        if live.stage != Stage::Ending {
            live.stage = Stage::Talking;
        }
        let record = Box::new(live.record.clone());
        let media = live.agreed.as_deref().map(agreed_media);
        self.hold_others(now, call);
        self.do_media(MediaCommand::Answered { call });
        self.journal.push(Write::Update { record }, None);
        self.fact(call, What::Answered { media });
        self.show(call);
        self.record_answered(now, call);
    }

    fn agreed(&mut self, call: CallId, media: Box<NegotiatedMedia>) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        let changed = live.agreed.as_deref().is_some_and(|before| agreed_media(before) != agreed_media(&media));
        live.agreed = Some(media.clone());
        live.one_way = OneWay::default();
        let (audible, muted) = (live.audible() && live.stage != Stage::Ending, live.muted);
        let facts = agreed_media(&media);
        self.trace.agreed(call, facts.clone());
        self.do_media(MediaCommand::Configure { call, media, audible });
        if muted {
            self.do_media(MediaCommand::Mute { call, muted });
        }
        if changed {
            self.fact(call, What::MediaChanged { media: facts });
        }
        self.show(call);
    }

    fn held_by_remote(&mut self, call: CallId, held: bool) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.held_by_remote = held;
        self.told_hold(call, EndedBy::Remote, held);
        self.show(call);
    }

    fn hold_accepted(&mut self, call: CallId) {
        let Some(live) = self.calls.get_mut(&call) else { return };
        if let Hold::On { accepted, .. } = &mut live.hold {
            *accepted = true;
        }
        self.told_hold(call, EndedBy::Local, true);
    }

    /// A refused hold stays silent here while another call is up; else the call is as it was.
    fn hold_refused(&mut self, now: Now, call: CallId, hold: bool, status: Option<u16>) {
        self.fact(call, What::HoldRefused { code: status });
        let others = self.calls.iter().any(|(id, other)| *id != call && other.is_front());
        let Some(live) = self.calls.get_mut(&call) else { return };
        live.hold = match (hold, others) {
            (true, false) => Hold::Off,
            _ => Hold::On { since_ms: now.utc_ms, accepted: !hold },
        };
        let audible = live.audible();
        self.do_media(MediaCommand::Audible { call, audible });
        self.show(call);
    }
}

/// What the facts say of an agreement.
fn agreed_media(media: &NegotiatedMedia) -> AgreedMedia {
    AgreedMedia {
        codec: media.codec.encoding(),
        rate_hz: if media.codec == CodecKind::G722 { 16_000 } else { media.clock_hz },
        channels: 1,
        srtp: media.srtp.as_ref().map(|keys| keys.suite.name()),
        keying: match (&media.dtls, &media.srtp) {
            (Some(_), _) => Some("dtls"),
            (None, Some(_)) => Some("sdes"),
            (None, None) => None,
        },
        rtcp_mux: media.is_muxed(),
        ice: media.ice.is_some(),
    }
}
