//! Calls that are sent elsewhere, with a question first or without.

use agent_api::call::{self as api, Consult, TransferView};
use agent_api::error::ErrorCode;

use super::*;
use crate::desk::{Goal, Target};

/// A customer waits while a colleague is called about it.
struct Consulted {
    bench: Bench,
    customer: (CallId, LegId),
    colleague: (CallId, LegId),
}

impl Consulted {
    fn new() -> Self {
        let mut bench = Bench::new();
        let customer = bench.talking("8555 0117");
        let wish = Consult { call: customer.0, to: "231".to_owned(), contact: None };
        let Ok(Reply::Dial(DialOutcome::Started { call })) = bench.ask(Ask::Consult(wish)) else {
            panic!("nobody was called")
        };
        bench.prepared(call);
        let leg = bench.leg_of_last_invite();
        bench.phone(Event::Held { leg: customer.1 });
        bench.phone(Event::Ringing { leg, status: 180 });
        Self { bench, customer, colleague: (call, leg) }
    }

    fn answered(mut self) -> Self {
        let leg = self.colleague.1;
        self.bench.phone(Event::Media { leg, media: Box::new(agreed()) });
        self.bench.phone(Event::Answered { leg });
        self
    }

    fn waits(&self) -> bool {
        self.bench.view(self.customer.0).held_at_ms.is_some()
    }

    /// Whether the last call that ended asks for no wrap-up.
    fn internal(&mut self) -> Vec<(CallId, bool)> {
        let written = self.bench.store_all();
        let ends = written.iter().filter_map(|write| match write {
            Write::End { record, internal } => Some((CallId(record.id.0), *internal)),
            _ => None,
        });
        ends.collect()
    }
}

#[test]
fn who_is_asked_is_called_over_the_same_line_while_the_customer_waits() {
    let it = Consulted::new();
    let view = it.bench.view(it.colleague.0);
    assert_eq!(
        (view.consults_for, view.line.account),
        (Some(it.customer.0), it.bench.view(it.customer.0).line.account)
    );
    assert!(it.waits());
}

#[test]
fn a_colleague_who_takes_it_is_joined_and_asks_for_no_wrap_up() {
    let mut it = Consulted::new().answered();
    it.bench.ask(Ask::Transfer(it.customer.0, Goal::Call(it.colleague.0))).unwrap();
    let joined = |c: &&Command| matches!(c, Command::Transfer { leg, to: ua::TransferTo::Leg(with) } if (*leg, *with) == (it.customer.1, it.colleague.1));
    assert!(it.bench.commands().iter().any(joined));
    assert_eq!(it.bench.view(it.customer.0).transfer, Some(TransferView::Asked));
    it.bench.phone(Event::Transferred { leg: it.customer.1 });
    it.bench.ended(it.customer.1, EndCause::Normal, None, EndedBy::Local);
    it.bench.ended(it.colleague.1, EndCause::Normal, None, EndedBy::Remote);
    assert_eq!(it.internal(), [(it.customer.0, false), (it.colleague.0, true)]);
    assert!(!it.bench.commands().iter().any(|c| matches!(c, Command::Resume { .. })), "nobody comes back");
}

#[test]
fn the_joined_leg_may_be_over_first() {
    let mut it = Consulted::new().answered();
    it.bench.ask(Ask::Transfer(it.customer.0, Goal::Call(it.colleague.0))).unwrap();
    it.bench.ended(it.colleague.1, EndCause::Normal, None, EndedBy::Remote);
    assert!(!it.bench.commands().iter().any(|c| matches!(c, Command::Resume { .. })));
    it.bench.ended(it.customer.1, EndCause::Normal, None, EndedBy::Local);
    assert_eq!(it.internal(), [(it.colleague.0, true), (it.customer.0, false)]);
}

#[test]
fn whoever_waited_comes_back_and_it_is_said_why() {
    for (answered, cause, by, told) in [
        (false, EndCause::Busy, EndedBy::Remote, Some(TransferView::Failed { cause: api::EndCause::Busy })),
        (false, EndCause::Cancelled, EndedBy::Local, None),
        (true, EndCause::Normal, EndedBy::Remote, None),
        (true, EndCause::Normal, EndedBy::Local, None),
    ] {
        let mut it = Consulted::new();
        if answered {
            it = it.answered();
        }
        it.bench.ended(it.colleague.1, cause, None, by);
        assert!(!it.waits(), "{cause:?} {by:?}");
        assert_eq!(it.bench.view(it.customer.0).transfer, told);
        assert_eq!(it.internal(), [(it.colleague.0, true)]);
    }
}

#[test]
fn whoever_is_asked_stays_in_a_call_of_its_own_when_the_customer_goes() {
    let mut it = Consulted::new().answered();
    it.bench.ended(it.customer.1, EndCause::Normal, None, EndedBy::Remote);
    assert_eq!(it.bench.view(it.colleague.0).consults_for, None);
    it.bench.ended(it.colleague.1, EndCause::Normal, None, EndedBy::Remote);
    assert_eq!(it.internal(), [(it.customer.0, false), (it.colleague.0, false)]);
}

#[test]
fn a_transfer_is_told_as_it_goes_and_can_be_tried_again() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("8555 0117");
    let target = || Goal::Target(Target("231".to_owned()));
    bench.ask(Ask::Transfer(call, target())).unwrap();
    bench.phone(Event::TransferProgress { leg, status: 100 });
    assert_eq!(bench.view(call).transfer, Some(TransferView::Asked));
    bench.phone(Event::TransferProgress { leg, status: 180 });
    assert_eq!(bench.view(call).transfer, Some(TransferView::Ringing));
    for (status, cause) in
        [(Some(486), api::EndCause::Busy), (None, api::EndCause::Internal), (Some(7), api::EndCause::Internal)]
    {
        bench.phone(Event::TransferFailed { leg, status });
        assert_eq!(bench.view(call).transfer, Some(TransferView::Failed { cause }));
    }
    bench.ask(Ask::Hold(call)).unwrap();
    bench.ask(Ask::Resume(call)).unwrap();
    assert_eq!(bench.view(call).transfer, None, "it was read by now");
    bench.ask(Ask::Transfer(call, target())).unwrap();
    assert_eq!(bench.view(call).transfer, Some(TransferView::Asked));
}

#[test]
fn nobody_is_asked_about_a_call_that_does_not_talk() {
    let mut bench = Bench::new();
    let (ringing, _) = bench.ringing("88887777");
    let wish = Consult { call: ringing, to: "231".to_owned(), contact: None };
    assert_eq!(bench.ask(Ask::Consult(wish)).unwrap_err().code, ErrorCode::WrongState);
}
