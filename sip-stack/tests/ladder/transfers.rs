//! Transfers: asked for by us, asked for by the other side, and calls that take the place of another.

use sip_stack::message::{HeaderName, Method, Request, Response};
use sip_stack::ua::{AccountConfig, Command, EndCause, EndedBy, Event, LegId, RingingCall, Secret, TransferTo};

use crate::calls::call_peer;
use crate::peer::{self, SDP};
use crate::wire::{ACCOUNT, World, check_ladder, ended, has, media};

const LEG: LegId = LegId(1);
const OTHER: LegId = LegId(2);
const CHALLENGE: &str = "Digest realm=\"pbx\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"";

/// A talks to P and sends it to a number; A's INVITE and REFER.
fn referred(world: &mut World) -> (Request, Request) {
    let invite = call_peer(world, "t");
    let to = TransferTo::Target("+506 2222-3333".to_owned());
    world.tell('A', Command::Transfer { leg: LEG, to });
    world.run_for(2);
    (invite, world.take_request("REFER"))
}

/// News of P about a transfer in the call that A made.
fn notify(invite: &Request, cseq: u32, line: &str) -> Request {
    let state = if line.starts_with("SIP/2.0 1") { "active;expires=60" } else { "terminated;reason=noresource" };
    let notify = peer::to_caller(invite, "t", Method::Notify, cseq).with("Event", "refer;id=2");
    notify.with("Subscription-State", state).with_body("message/sipfrag;version=2.0", format!("{line}\r\n"))
}

fn failed(world: &mut World) -> Option<Option<u16>> {
    let events = world.events('A');
    assert!(!has(&events, |e| matches!(e, Event::Ended { .. })), "the call is up: {events:?}");
    events.iter().find_map(|e| if let Event::TransferFailed { status, .. } = e { Some(*status) } else { None })
}

#[test]
fn a_blind_transfer_tells_its_progress_and_hangs_up() {
    let mut world = World::with_peer();
    let (invite, refer) = referred(&mut world);
    let header = |name: HeaderName| String::from_utf8_lossy(refer.headers.get(&name).unwrap()).into_owned();
    assert_eq!(header(HeaderName::ReferTo), "<sip:+50622223333@10.0.0.9>");
    assert_eq!(header(HeaderName::ReferredBy), "<sip:alice@10.0.0.9>");
    world.say(peer::answer(&refer, 202, "t", None));
    for (cseq, line) in [(1, "SIP/2.0 100 Trying"), (2, "SIP/2.0 180 Ringing")] {
        world.say(notify(&invite, cseq, line));
        world.take_response(200, "NOTIFY");
    }
    let progress: Vec<_> = world.events('A');
    assert!(
        matches!(
            progress[..],
            [Event::TransferProgress { status: 100, .. }, Event::TransferProgress { status: 180, .. }]
        ),
        "{progress:?}"
    );
    world.say(notify(&invite, 3, "SIP/2.0 200 OK"));
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Transferred { leg: LEG }));
    assert_eq!(ended(&events), (EndCause::Normal, None, EndedBy::Local));
    world.take_request("BYE");
    check_ladder(&world, "a_blind_transfer_tells_its_progress_and_hangs_up");
}

#[test]
fn a_transfer_that_fails_leaves_the_call_as_it_was() {
    let mut world = World::with_peer();
    let (invite, refer) = referred(&mut world);
    world.say(peer::answer(&refer, 202, "t", None));
    world.say(notify(&invite, 1, "SIP/2.0 486 Busy Here"));
    assert_eq!(failed(&mut world), Some(Some(486)));
    world.say(notify(&invite, 2, "SIP/2.0 200 OK"));
    world.take_response(481, "NOTIFY");
    assert_eq!(world.count("BYE"), 0);
    world.tell('A', Command::Transfer { leg: LEG, to: TransferTo::Target("231".to_owned()) });
    world.run_for(2);
    let again = world.take_request("REFER");
    world.say(peer::answer(&again, 603, "t", None));
    assert_eq!(failed(&mut world), Some(Some(603)), "and may be tried again");
}

#[test]
fn a_notify_may_overtake_the_202_and_a_second_transfer_waits_its_turn() {
    let mut world = World::with_peer();
    let (invite, refer) = referred(&mut world);
    world.say(notify(&invite, 1, "SIP/2.0 100 Trying"));
    world.take_response(200, "NOTIFY");
    world.say(peer::answer(&refer, 202, "t", None));
    world.tell('A', Command::Transfer { leg: LEG, to: TransferTo::Target("231".to_owned()) });
    assert_eq!(failed(&mut world), Some(None));
    world.say(notify(&invite, 2, "SIP/2.0 200 OK"));
    assert!(has(&world.events('A'), |e| *e == Event::Transferred { leg: LEG }), "the first goes on");
}

#[test]
fn who_hangs_up_after_the_202_was_transferred() {
    let mut world = World::with_peer();
    let (invite, refer) = referred(&mut world);
    world.say(peer::answer(&refer, 202, "t", None));
    world.say(peer::to_caller(&invite, "t", Method::Bye, 1));
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Transferred { leg: LEG }));
    assert_eq!(ended(&events), (EndCause::Normal, None, EndedBy::Remote));
    let mut early = World::with_peer();
    let (invite, _) = referred(&mut early);
    early.say(peer::to_caller(&invite, "t", Method::Bye, 1));
    assert!(!has(&early.events('A'), |e| matches!(e, Event::Transferred { .. })), "nothing was promised");
}

#[test]
fn silence_after_a_refer_is_a_failure() {
    let mut world = World::with_peer();
    referred(&mut world);
    world.run_for(32_100);
    assert_eq!(failed(&mut world), Some(None), "no answer at all");
    assert!(world.count("REFER") > 5, "its copies");
    world.tell('A', Command::Transfer { leg: LEG, to: TransferTo::Target("231".to_owned()) });
    world.run_for(2);
    let again = world.take_request("REFER");
    world.say(peer::answer(&again, 202, "t", None));
    world.run_for(179_000);
    assert_eq!(failed(&mut world), None);
    world.run_for(2_000);
    assert_eq!(failed(&mut world), Some(None), "no news");
}

#[test]
fn a_challenged_refer_is_sent_again() {
    let mut world = World::with_peer();
    let (_, refer) = referred(&mut world);
    world.say(peer::answer(&refer, 407, "t", None).with("Proxy-Authenticate", CHALLENGE));
    let again = world.take_request("REFER");
    assert!(again.headers.has(&HeaderName::ProxyAuthorization));
    assert_eq!(again.headers.get(&HeaderName::ReferTo), refer.headers.get(&HeaderName::ReferTo));
    world.say(peer::answer(&again, 407, "t", None).with("Proxy-Authenticate", CHALLENGE));
    assert_eq!(failed(&mut world), Some(Some(407)));
}

#[test]
fn an_attended_transfer_joins_two_calls_and_ends_both_here() {
    let mut world = World::with_peer();
    let first = call_peer(&mut world, "t");
    world.invite('A', 2, "carol");
    world.run_for(2);
    let second = world.take_request("INVITE");
    world.say(peer::answer(&second, 200, "c@1", Some(SDP)));
    world.take_request("ACK");
    world.events('A');
    world.tell('A', Command::Transfer { leg: LEG, to: TransferTo::Leg(OTHER) });
    world.run_for(2);
    let refer = world.take_request("REFER");
    let to = refer.headers.addresses(&HeaderName::ReferTo).unwrap();
    let (call, tag) = (second.headers.call_id().unwrap(), second.headers.from().unwrap());
    let replaces = format!("Replaces={call}%3Bto-tag%3Dc%401%3Bfrom-tag%3D{}", tag.tag().unwrap());
    assert_eq!(to[0].uri.to_string(), format!("sip:carol@10.0.0.9?{replaces}"), "who belongs to our domain");
    world.say(peer::answer(&refer, 202, "t", None));
    world.say(notify(&first, 1, "SIP/2.0 200 OK"));
    let events = world.events('A');
    let over = |leg| has(&events, |e| matches!(e, Event::Ended { leg: which, .. } if *which == leg));
    assert!(over(LEG) && over(OTHER), "{events:?}");
    assert_eq!(world.count("BYE"), 2);
    check_ladder(&world, "an_attended_transfer_joins_two_calls_and_ends_both_here");
}

#[test]
fn who_belongs_elsewhere_is_joined_by_contact() {
    let mut world = World::with_peer();
    call_peer(&mut world, "t");
    world.invite('A', 2, "sip:carol@elsewhere.example");
    world.run_for(2);
    let second = world.take_request("INVITE");
    world.say(peer::answer(&second, 200, "c", Some(SDP)));
    world.take_request("ACK");
    world.tell('A', Command::Transfer { leg: LEG, to: TransferTo::Leg(OTHER) });
    world.run_for(2);
    let to = world.take_request("REFER").headers.addresses(&HeaderName::ReferTo).unwrap();
    assert!(to[0].uri.to_string().starts_with("sip:p@10.0.0.9?Replaces="), "{}", to[0].uri);
}

#[test]
fn what_cannot_be_transferred_says_so() {
    let mut world = World::with_peer();
    world.invite('A', 1, "bob");
    world.run_for(2);
    for to in [TransferTo::Target("231".to_owned()), TransferTo::Leg(OTHER)] {
        world.tell('A', Command::Transfer { leg: LEG, to });
        assert_eq!(failed(&mut world), Some(None), "it only rings");
    }
    let mut up = World::with_peer();
    call_peer(&mut up, "t");
    for to in [TransferTo::Target("a b".to_owned()), TransferTo::Leg(LEG), TransferTo::Leg(OTHER)] {
        up.tell('A', Command::Transfer { leg: LEG, to });
        assert_eq!(failed(&mut up), Some(None));
    }
    assert_eq!(up.count("REFER"), 0);
}

#[test]
fn news_that_nobody_asked_for_are_refused() {
    let mut world = World::with_peer();
    let invite = call_peer(&mut world, "t");
    world.say(notify(&invite, 1, "SIP/2.0 200 OK"));
    world.take_response(481, "NOTIFY");
    let mut other = notify(&invite, 2, "SIP/2.0 200 OK");
    other.headers.set("Event", "reg");
    world.say(other);
    world.take_response(489, "NOTIFY");
    assert!(world.events('A').is_empty());
}

/// A takes transfers and talks to P, which sends it to Carol; A's INVITE.
fn asked(to: &str) -> (World, Request) {
    let mut world = World::with_peer();
    let mut config = AccountConfig::new("alice", "10.0.0.9", Secret::new("secret"));
    (config.register, config.takes_transfers) = (false, true);
    world.add_account('A', config);
    world.run_for(0);
    let invite = call_peer(&mut world, "t");
    let refer =
        peer::to_caller(&invite, "t", Method::Refer, 1).with("Refer-To", to).with("Referred-By", "<sip:p@10.0.0.9>");
    world.say(refer);
    (world, invite)
}

/// The first line of the next NOTIFY that P gets, which it takes.
fn news(world: &mut World) -> String {
    let notify = world.take_request("NOTIFY");
    world.say(peer::answer(&notify, 200, "t", None));
    let state = String::from_utf8_lossy(notify.headers.get(&HeaderName::SubscriptionState).unwrap()).into_owned();
    format!("{} {}", String::from_utf8_lossy(&notify.body).trim_end(), state.split(';').next().unwrap())
}

fn follow(world: &mut World) -> Request {
    world.tell('A', Command::FollowTransfer { leg: LEG, new: LegId(7), media: media(4700) });
    world.run_for(2);
    world.take_response(202, "REFER");
    assert_eq!(news(world), "SIP/2.0 100 Trying active");
    world.take_request("INVITE")
}

#[test]
fn we_follow_a_transfer_and_tell_how_it_goes() {
    let to = "<sip:carol@10.0.0.9;method=INVITE?Subject=x&Replaces=abc%401%3Bto-tag%3D1%3Bfrom-tag%3D2>";
    let (mut world, invite) = asked(to);
    let events = world.events('A');
    assert!(
        has(&events, |e| matches!(e, Event::TransferAsked { leg: LEG, to, joins: true } if to.user == "carol")),
        "{events:?}"
    );
    let new = follow(&mut world);
    assert_eq!(new.uri.to_string(), "sip:carol@10.0.0.9");
    assert_eq!(new.headers.get(&HeaderName::Replaces).map(|v| &v[..]), Some(&b"abc@1;to-tag=1;from-tag=2"[..]));
    assert!(new.headers.has(&HeaderName::ReferredBy) && !new.headers.has(&HeaderName::Subject));
    world.say(peer::answer(&new, 180, "n", None));
    assert_eq!(news(&mut world), "SIP/2.0 180 Ringing active");
    world.say(peer::answer(&new, 200, "n", Some(SDP)));
    assert_eq!(news(&mut world), "SIP/2.0 200 OK terminated");
    world.say(peer::to_caller(&invite, "t", Method::Bye, 2));
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Answered { leg: LegId(7) }));
    assert!(has(&events, |e| matches!(e, Event::Ended { leg: LEG, by: EndedBy::Remote, .. })));
    check_ladder(&world, "we_follow_a_transfer_and_tell_how_it_goes");
}

#[test]
fn a_second_transfer_waits_until_the_first_is_told() {
    let (mut world, invite) = asked("<sip:carol@10.0.0.9>");
    let new = follow(&mut world);
    let again = |cseq| peer::to_caller(&invite, "t", Method::Refer, cseq).with("Refer-To", "<sip:dora@10.0.0.9>");
    world.say(again(2));
    world.take_response(491, "REFER");
    assert!(!has(&world.events('A')[1..], |e| matches!(e, Event::TransferAsked { .. })));
    world.say(peer::answer(&new, 486, "n", None));
    assert_eq!(news(&mut world), "SIP/2.0 486 Busy Here terminated", "the first is still told of");
    world.say(again(3));
    assert!(has(&world.events('A'), |e| matches!(e, Event::TransferAsked { to, .. } if to.user == "dora")));
}

#[test]
fn a_transfer_that_leads_nowhere_leaves_us_where_we_are() {
    let (mut world, _) = asked("<sip:carol@10.0.0.9>");
    let new = follow(&mut world);
    world.say(peer::answer(&new, 486, "n", None));
    assert_eq!(news(&mut world), "SIP/2.0 486 Busy Here terminated");
    let events = world.events('A');
    assert!(has(&events, |e| matches!(e, Event::Ended { leg: LegId(7), cause: EndCause::Busy, .. })));
    world.tell('A', Command::Hold { leg: LEG });
    world.run_for(2);
    world.take_request("INVITE");
}

#[test]
fn a_call_that_follows_nothing_ends_at_once() {
    let (mut world, _) = asked("<sip:carol@10.0.0.9>");
    follow(&mut world);
    world.tell('A', Command::FollowTransfer { leg: LEG, new: LegId(8), media: media(4702) });
    world.tell('A', Command::FollowTransfer { leg: LegId(9), new: LegId(9), media: media(4704) });
    world.run_for(0);
    let events = world.events('A');
    for gone in [LegId(8), LegId(9)] {
        assert!(has(&events, |e| matches!(e, Event::Ended { leg, cause: EndCause::Cancelled, .. } if *leg == gone)));
    }
}

#[test]
fn a_transfer_that_nobody_wants_is_declined() {
    let (mut world, _) = asked("<tel:+50622223333>");
    world.run_for(24_000);
    assert_eq!(world.count("603 REFER"), 0);
    world.run_for(2_000);
    world.take_response(603, "REFER");
    let (mut world, _) = asked("<sip:carol@10.0.0.9>");
    world.tell('A', Command::DeclineTransfer { leg: LEG });
    world.run_for(2);
    world.take_response(603, "REFER");
    let mut closed = World::with_peer();
    let invite = call_peer(&mut closed, "t");
    closed.say(peer::to_caller(&invite, "t", Method::Refer, 1).with("Refer-To", "<sip:carol@10.0.0.9>"));
    closed.take_response(603, "REFER");
    assert!(closed.events('A').is_empty(), "an account that takes no transfers is not even asked");
}

#[test]
fn a_refer_that_names_nobody_is_refused() {
    for (to, status) in [
        ("<sip:10.0.0.9>", 400),
        ("<sip:a@h>, <sip:b@h>", 400),
        ("<mailto:carol@10.0.0.9>", 416),
        ("<sip:carol@10.0.0.9;method=BYE>", 603),
    ] {
        let (mut world, _) = asked(to);
        world.take_response(status, "REFER");
        assert!(world.events('A').is_empty(), "{to}");
    }
}

/// P calls A and both are up; the leg, and A's 200.
fn called(world: &mut World) -> (LegId, Response) {
    world.say(peer::invite("first", Some(SDP)));
    let leg = world.incoming('A');
    world.answer('A', leg);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    world.events('A');
    (leg, ok)
}

#[test]
fn a_call_with_replaces_takes_the_place_of_another() {
    let mut world = World::with_peer();
    let (old, ok) = called(&mut world);
    let tag = ok.headers.to().unwrap().tag().unwrap().to_owned();
    world.say(peer::invite("second", Some(SDP)).with("Replaces", format!("first;to-tag={tag};from-tag=p1")));
    let events = world.events('A');
    let Some(Event::Incoming { leg: new, replaces, .. }) = events.first() else { panic!("{events:?}") };
    assert_eq!(*replaces, Some(old));
    world.answer('A', *new);
    world.run_for(2);
    let ok = world.take_response(200, "INVITE");
    assert!(!has(&world.events('A'), |e| matches!(e, Event::Ended { .. })), "the old call is up until the new one is");
    world.say(peer::in_dialog(&ok, Method::Ack, 1));
    let events = world.events('A');
    assert!(has(&events, |e| *e == Event::Answered { leg: *new }));
    assert_eq!(ended(&events), (EndCause::Normal, None, EndedBy::Local));
    assert_eq!(world.take_request("BYE").headers.call_id().unwrap(), "first");
    check_ladder(&world, "a_call_with_replaces_takes_the_place_of_another");
}

#[test]
fn replaces_of_nothing_is_refused() {
    let mut world = World::with_peer();
    let (_, ok) = called(&mut world);
    let tag = ok.headers.to().unwrap().tag().unwrap().to_owned();
    for (number, (replaces, status)) in [
        ("other;to-tag=1;from-tag=2".to_owned(), 481),
        (format!("first;to-tag={tag};from-tag=wrong"), 481),
        (format!("first;to-tag={tag};from-tag=p1;early-only"), 486),
        (format!("first;to-tag={tag}"), 400),
    ]
    .into_iter()
    .enumerate()
    {
        world.say(peer::invite(&format!("r{number}"), Some(SDP)).with("Replaces", replaces));
        world.take_response(status, "INVITE");
    }
    assert!(world.events('A').is_empty());
}

fn picks_up(world: &mut World, call_id: &str) {
    let call = RingingCall { call_id: call_id.to_owned(), caller_tag: "c1".to_owned(), called_tag: "r2".to_owned() };
    let (target, media) = ("8330103".to_owned(), media(4000));
    world.tell('A', Command::PickUp { leg: LEG, account: ACCOUNT, target, call, media });
    world.run_for(2);
}

#[test]
fn rfc3891_6_1_a_call_that_rings_elsewhere_is_taken_over() {
    let mut world = World::with_peer();
    picks_up(&mut world, "a84b@10.0.0.5");
    let invite = world.take_request("INVITE");
    let header = |name: HeaderName| String::from_utf8_lossy(invite.headers.get(&name).unwrap()).into_owned();
    assert_eq!(invite.uri.to_string(), "sip:8330103@10.0.0.9");
    assert_eq!(header(HeaderName::Replaces), "a84b@10.0.0.5;to-tag=c1;from-tag=r2;early-only");
    assert_eq!(header(HeaderName::Require), "replaces");
    world.say(peer::answer(&invite, 200, "t", Some(SDP)));
    world.take_request("ACK");
    assert!(has(&world.events('A'), |event| matches!(event, Event::Answered { leg: LEG })));
    check_ladder(&world, "a_call_that_rings_elsewhere_is_taken_over");
}

#[test]
fn what_cannot_be_picked_up_says_so() {
    let mut world = World::with_peer();
    picks_up(&mut world, "a84b");
    let invite = world.take_request("INVITE");
    world.say(peer::answer(&invite, 420, "t", None).with("Unsupported", "replaces"));
    world.take_request("ACK");
    assert_eq!(ended(&world.events('A')).1, Some(420), "who cannot give a call away is not rung");
    for hostile in ["a;to-tag=x", "a, b", "a\r\nRoute: <sip:evil>", "a\"b", ""] {
        let mut world = World::with_peer();
        picks_up(&mut world, hostile);
        assert_eq!(ended(&world.events('A')), (EndCause::Internal, None, EndedBy::Local), "{hostile:?}");
        assert_eq!(world.count("INVITE"), 0);
    }
}
