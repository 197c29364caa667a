//! Subscriptions (RFC 6665), with the package of mailboxes (RFC 3842).

use sip_stack::message::{HeaderName, Method, Request, Response};
use sip_stack::ua::{
    AccountConfig, Activity, Command, DialogState, Event, MessageCount, Package, Presence, Secret, SubscriptionId,
    Termination,
};

use crate::peer;
use crate::wire::{ACCOUNT, World, check_ladder, has};

const MAILBOX: SubscriptionId = SubscriptionId(7);
const SUMMARY: &str = "Messages-Waiting: yes\r\nMessage-Account: sip:*97@10.0.0.9\r\nVoice-Message: 2/1 (1/0)\r\n";
const CHALLENGE: &str = "Digest realm=\"pbx\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"";

fn wish() -> Command {
    Command::Subscribe { subscription: MAILBOX, account: ACCOUNT, package: Package::MessageSummary, target: None }
}

/// A world in which A asked; its SUBSCRIBE.
fn asked() -> (World, Request) {
    let mut world = World::with_peer();
    world.tell('A', wish());
    world.run_for(2);
    let subscribe = world.take_request("SUBSCRIBE");
    (world, subscribe)
}

fn accept(subscribe: &Request, tag: &str, expires_s: u32) -> Response {
    peer::answer(subscribe, 200, tag, None).with("Expires", expires_s)
}

fn notify(subscribe: &Request, tag: &str, cseq: u32, state: &str, body: Option<&str>) -> Request {
    let notify = peer::to_caller(subscribe, tag, Method::Notify, cseq);
    let notify = notify.with("Event", "message-summary").with("Subscription-State", state);
    match body {
        Some(body) => notify.with_body("application/simple-message-summary", body.to_owned()),
        None => notify,
    }
}

/// A world in which A is subscribed for 600 s; its SUBSCRIBE.
fn subscribed() -> (World, Request) {
    let (mut world, subscribe) = asked();
    world.say(accept(&subscribe, "n", 600));
    world.say(notify(&subscribe, "n", 1, "active;expires=600", Some(SUMMARY)));
    world.take_response(200, "NOTIFY");
    (world, subscribe)
}

/// Status, reason and wait of the one failure that was told.
fn failure(world: &mut World) -> (Option<u16>, Option<Termination>, Option<u64>) {
    let events = world.events('A');
    let found = events.iter().find_map(|event| match event {
        Event::SubscriptionFailed { subscription: MAILBOX, status, reason, retry_in } => {
            Some((*status, *reason, retry_in.map(|wait| wait.as_secs())))
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no failure: {events:?}\n{}", world.ladder()))
}

/// Time passes, at most so many seconds, until A asks again.
fn asks_within(world: &mut World, seconds: u32) -> Request {
    for _ in 0..seconds * 10 {
        world.run_for(100);
        while let Some(message) = world.take('P') {
            if let sip_stack::message::Message::Request(request) = message
                && request.method == Method::Subscribe
            {
                return request;
            }
        }
    }
    panic!("A did not ask\n{}", world.ladder())
}

fn value(request: &Request, name: HeaderName) -> String {
    String::from_utf8_lossy(request.headers.get(&name).unwrap()).into_owned()
}

#[test]
fn rfc6665_4_1_2_a_mailbox_is_told_and_the_subscription_refreshed() {
    let (mut world, first) = subscribed();
    assert_eq!(first.uri.to_string(), "sip:alice@10.0.0.9", "our own mailbox");
    assert_eq!(value(&first, HeaderName::Event), "message-summary");
    assert_eq!(value(&first, HeaderName::Accept), "application/simple-message-summary");
    assert_eq!(value(&first, HeaderName::Expires), "3600");
    let events = world.events('A');
    let told = events.iter().find_map(|event| match event {
        Event::Mailbox { account: ACCOUNT, subscription: Some(MAILBOX), summary } => Some(summary.clone()),
        _ => None,
    });
    let told = told.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(told.voice, Some(MessageCount { new: 2, old: 1, urgent_new: 1, urgent_old: 0 }));
    assert_eq!((told.waiting, told.account.as_deref()), (true, Some("sip:*97@10.0.0.9")));
    assert!(has(&events, |e| *e == Event::Subscribed { subscription: MAILBOX }));
    world.run_for(479_000);
    assert_eq!(world.count("SUBSCRIBE"), 0);
    let refresh = asks_within(&mut world, 62);
    assert_eq!(refresh.headers.call_id(), first.headers.call_id());
    assert_eq!(refresh.headers.to().unwrap().tag(), Some("n"));
    assert_eq!(refresh.headers.cseq().unwrap().number, 2);
    assert_eq!(refresh.uri.to_string(), "sip:p@10.0.0.9");
    world.say(accept(&refresh, "n", 600));
    world.say(notify(&first, "n", 2, "active;expires=600", Some("Messages-Waiting: no\r\n")));
    let events = world.events('A');
    assert!(matches!(&events[..], [Event::Mailbox { summary, .. }] if !summary.waiting), "{events:?}");
    check_ladder(&world, "a_mailbox_is_told_and_the_subscription_refreshed");
}

#[test]
fn rfc6665_4_4_1_news_may_overtake_the_answer_and_other_forks_are_refused() {
    let (mut world, subscribe) = asked();
    world.say(notify(&subscribe, "one", 1, "active;expires=600", Some(SUMMARY)));
    world.take_response(200, "NOTIFY");
    world.say(notify(&subscribe, "two", 7, "active;expires=600", Some("Messages-Waiting: no\r\n")));
    world.take_response(481, "NOTIFY");
    world.say(accept(&subscribe, "two", 600));
    world.say(notify(&subscribe, "one", 2, "active", None));
    world.take_response(200, "NOTIFY");
    let events = world.events('A');
    let mailboxes = events.iter().filter(|e| matches!(e, Event::Mailbox { .. })).count();
    let ups = events.iter().filter(|e| matches!(e, Event::Subscribed { .. })).count();
    assert_eq!((mailboxes, ups), (1, 1), "{events:?}");
    assert_eq!(asks_within(&mut world, 541).headers.to().unwrap().tag(), Some("one"));
}

#[test]
fn rfc6665_4_1_2_4_without_news_there_is_no_subscription() {
    let (mut world, subscribe) = asked();
    world.say(accept(&subscribe, "n", 600));
    world.run_for(31_000);
    assert!(world.events('A').is_empty());
    world.run_for(2_000);
    let (status, reason, retry) = failure(&mut world);
    assert_eq!((status, reason), (None, None));
    assert!((15..=30).contains(&retry.unwrap()), "{retry:?}");
    world.run_for(31_000);
    let again = world.take_request("SUBSCRIBE");
    assert_ne!(again.headers.call_id(), subscribe.headers.call_id());
    world.say(notify(&subscribe, "n", 1, "active", None));
    world.take_response(481, "NOTIFY");
}

#[test]
fn rfc6665_4_1_2_1_a_silent_server_is_asked_again_with_growing_waits() {
    let (mut world, _) = asked();
    world.run_for(33_000);
    let (.., first) = failure(&mut world);
    world.run_for(first.unwrap() * 1000 + 34_000);
    let (.., second) = failure(&mut world);
    assert!((30..=60).contains(&second.unwrap()), "{first:?} {second:?}");
}

#[test]
fn refusals_stop_or_wait() {
    for status in [403, 404, 405, 489, 501, 603] {
        let (mut world, subscribe) = asked();
        world.say(peer::answer(&subscribe, status, "n", None));
        assert_eq!(failure(&mut world), (Some(status), None, None));
        world.run_for(7_200_000);
        assert_eq!(world.count("SUBSCRIBE"), 0, "{status} will not change");
        world.tell('A', wish());
        world.run_for(2);
        world.take_request("SUBSCRIBE");
    }
    let (mut world, subscribe) = asked();
    world.say(peer::answer(&subscribe, 503, "n", None).with("Retry-After", "120 (in the evening)"));
    assert_eq!(failure(&mut world), (Some(503), None, Some(120)));
    world.run_for(121_000);
    world.take_request("SUBSCRIBE");
}

#[test]
fn challenges_and_lifetimes_are_answered() {
    let (mut world, subscribe) = asked();
    world.say(peer::answer(&subscribe, 401, "n", None).with("WWW-Authenticate", CHALLENGE));
    let signed = world.take_request("SUBSCRIBE");
    assert!(signed.headers.has(&HeaderName::Authorization));
    assert_eq!(signed.headers.call_id(), subscribe.headers.call_id());
    assert_eq!(signed.headers.cseq().unwrap().number, 2);
    world.say(peer::answer(&signed, 423, "n", None).with("Min-Expires", "7200"));
    let longer = world.take_request("SUBSCRIBE");
    assert_eq!(value(&longer, HeaderName::Expires), "7200");
    world.say(accept(&longer, "n", 7200));
    world.say(notify(&longer, "n", 1, "active", None));
    let refresh = asks_within(&mut world, 6_500);
    world.say(peer::answer(&refresh, 407, "n", None).with("Proxy-Authenticate", CHALLENGE));
    let again = world.take_request("SUBSCRIBE");
    assert!(again.headers.has(&HeaderName::ProxyAuthorization));
    assert_eq!(again.headers.to().unwrap().tag(), Some("n"), "within the dialog");
    world.say(peer::answer(&again, 407, "n", None).with("Proxy-Authenticate", CHALLENGE));
    assert_eq!(failure(&mut world), (Some(407), None, None), "a password that is refused is not tried for ever");
}

#[test]
fn rfc6665_4_1_3_each_reason_has_its_consequence() {
    for reason in ["deactivated", "timeout"] {
        let (mut world, subscribe) = subscribed();
        world.events('A');
        world.run_for(61_000);
        world.say(notify(&subscribe, "n", 2, &format!("terminated;reason={reason}"), None));
        let again = world.take_request("SUBSCRIBE");
        assert_ne!(again.headers.call_id(), subscribe.headers.call_id(), "{reason}: at once, anew");
        assert!(world.events('A').is_empty(), "and without a word");
    }
    for (state, reason, waits) in [
        ("terminated;reason=probation;retry-after=90", Termination::Probation, 90..=90),
        ("terminated;reason=giveup", Termination::GiveUp, 15..=30),
        ("terminated", Termination::Other, 15..=30),
        ("terminated;reason=giveup;retry-after=4000000000", Termination::GiveUp, 3600..=3600),
    ] {
        let (mut world, subscribe) = subscribed();
        world.say(notify(&subscribe, "n", 2, state, None));
        let (status, why, retry) = failure(&mut world);
        assert_eq!((status, why), (None, Some(reason)), "{state}");
        assert!(waits.contains(&retry.unwrap()), "{state}: {retry:?}");
        world.run_for(retry.unwrap() * 1000 + 1000);
        world.take_request("SUBSCRIBE");
    }
    for (state, reason) in [
        ("terminated;reason=rejected", Termination::Rejected),
        ("terminated;reason=noresource;retry-after=5", Termination::NoResource),
        ("terminated;reason=invariant", Termination::Invariant),
    ] {
        let (mut world, subscribe) = subscribed();
        world.say(notify(&subscribe, "n", 2, state, None));
        assert_eq!(failure(&mut world), (None, Some(reason), None));
        world.run_for(7_200_000);
        assert_eq!(world.count("SUBSCRIBE"), 0, "{state}");
    }
}

#[test]
fn nobody_sends_us_in_circles() {
    let (mut world, first) = asked();
    let mut next = Some(first);
    let mut asked = 1;
    for _ in 0..3600 {
        if let Some(subscribe) = next.take() {
            world.say(accept(&subscribe, "n", 600));
            world.say(notify(&subscribe, "n", 1, "terminated;reason=timeout", None));
        }
        world.run_for(996);
        while let Some(message) = world.take('P') {
            if let sip_stack::message::Message::Request(request) = message
                && request.method == Method::Subscribe
            {
                (next, asked) = (Some(request), asked + 1);
            }
        }
    }
    assert!((3..=12).contains(&asked), "{asked} within an hour\n{}", world.ladder());
}

#[test]
fn a_subscription_that_the_server_forgot_begins_anew() {
    let (mut world, first) = subscribed();
    let refresh = asks_within(&mut world, 541);
    world.say(peer::answer(&refresh, 481, "n", None));
    let anew = world.take_request("SUBSCRIBE");
    assert_ne!(anew.headers.call_id(), first.headers.call_id());
    assert!(anew.headers.to().unwrap().tag().is_none());
    world.say(accept(&anew, "m", 600));
    world.say(notify(&anew, "m", 1, "active;expires=600", Some(SUMMARY)));
    world.take_response(200, "NOTIFY");
    assert!(!has(&world.events('A'), |e| matches!(e, Event::SubscriptionFailed { .. })));
}

#[test]
fn rfc6665_4_1_2_3_the_end_of_a_subscription() {
    let (mut world, subscribe) = subscribed();
    world.events('A');
    world.tell('A', Command::Unsubscribe { subscription: MAILBOX });
    world.run_for(2);
    let farewell = world.take_request("SUBSCRIBE");
    assert_eq!(value(&farewell, HeaderName::Expires), "0");
    world.say(accept(&farewell, "n", 0));
    assert!(world.events('A').is_empty());
    world.say(notify(&subscribe, "n", 2, "terminated;reason=timeout", Some(SUMMARY)));
    world.take_response(200, "NOTIFY");
    assert_eq!(world.events('A'), [Event::Unsubscribed { subscription: MAILBOX }]);
    world.say(notify(&subscribe, "n", 3, "active", None));
    assert_eq!(world.count("200 NOTIFY"), 0, "nobody listens any more");
    check_ladder(&world, "the_end_of_a_subscription");

    let (mut world, subscribe) = asked();
    world.tell('A', Command::Unsubscribe { subscription: MAILBOX });
    assert_eq!(world.events('A'), [Event::Unsubscribed { subscription: MAILBOX }], "nothing to say goodbye to");
    world.say(accept(&subscribe, "n", 600));
    world.say(notify(&subscribe, "n", 1, "active", None));
    assert_eq!(world.count("200 NOTIFY"), 0);
}

#[test]
fn shutdown_and_removal_end_subscriptions() {
    let (mut world, _) = subscribed();
    world.events('A');
    world.tell('A', Command::Shutdown);
    world.run_for(2);
    let farewell = world.take_request("SUBSCRIBE");
    assert_eq!(value(&farewell, HeaderName::Expires), "0");
    assert!(!has(&world.events('A'), |e| *e == Event::Idle), "the farewell is under way");
    world.say(accept(&farewell, "n", 0));
    assert!(has(&world.events('A'), |e| *e == Event::Idle));

    let (mut world, _) = subscribed();
    world.tell('A', Command::RemoveAccount { account: ACCOUNT });
    world.run_for(2);
    assert_eq!(value(&world.take_request("SUBSCRIBE"), HeaderName::Expires), "0");
    assert!(has(&world.events('A'), |e| *e == Event::Unsubscribed { subscription: MAILBOX }));
}

#[test]
fn a_subscription_waits_for_the_registration() {
    let mut world = World::with_peer();
    world.add_account('A', AccountConfig::new("alice", "10.0.0.9", Secret::new("secret")));
    world.tell('A', wish());
    world.run_for(2);
    let register = world.take_request("REGISTER");
    world.run_for(100);
    assert_eq!(world.count("SUBSCRIBE"), 0);
    let contact = value(&register, HeaderName::Contact);
    world.say(register.response(sip_stack::message::StatusCode::OK, Some("r")).with("Contact", contact));
    world.take_request("SUBSCRIBE");
}

#[test]
fn a_subscription_moves_to_another_network() {
    let (mut world, first) = subscribed();
    world.move_home('A', "10.0.0.3:5060");
    world.run_for(2);
    let refresh = world.take_request("SUBSCRIBE");
    assert_eq!(refresh.headers.call_id(), first.headers.call_id());
    let contact = refresh.headers.contact().unwrap().unwrap();
    assert_eq!(contact.uri.host().map(ToString::to_string).as_deref(), Some("10.0.0.3"), "{contact}");
    world.events('A');
    world.lose_flows('A');
    world.run_for(33_000);
    assert!(!has(&world.events('A'), |e| matches!(e, Event::SubscriptionFailed { .. })), "{}", world.ladder());
}

#[test]
fn only_who_knows_call_and_tag_may_tell() {
    let (mut world, subscribe) = subscribed();
    world.events('A');
    let mut forged = notify(&subscribe, "n", 2, "active", Some("Messages-Waiting: no\r\n"));
    let to = forged.headers.to().unwrap().with_tag("guessed");
    forged.headers.set("To", to.to_string());
    world.say_from("203.0.113.66:5060", &forged.print());
    let mut other = notify(&subscribe, "n", 2, "active", Some("Messages-Waiting: no\r\n"));
    other.headers.set("Event", "message-summary;id=4");
    world.say(other);
    world.take_response(489, "NOTIFY");
    let mut late = notify(&subscribe, "n", 1, "active", Some("Messages-Waiting: no\r\n"));
    late.headers.set("Via", "SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bKlate;rport");
    world.say(late);
    world.take_response(500, "NOTIFY");
    assert!(world.events('A').is_empty(), "{}", world.ladder());
}

#[test]
fn subscriptions_are_bounded_and_need_an_account() {
    let mut world = World::with_peer();
    let wish = |number, account| Command::Subscribe {
        subscription: SubscriptionId(number),
        account,
        package: Package::MessageSummary,
        target: Some("231".to_owned()),
    };
    world.tell('A', wish(1, sip_stack::ua::AccountId(9)));
    assert!(has(&world.events('A'), |e| matches!(e, Event::SubscriptionFailed { retry_in: None, .. })));
    for number in 0..257 {
        world.tell('A', wish(number, ACCOUNT));
    }
    let events = world.events('A');
    assert!(
        matches!(events[..], [Event::SubscriptionFailed { subscription: SubscriptionId(256), .. }]),
        "{} {:?}",
        events.len(),
        events.first()
    );
    world.run_for(2);
    assert_eq!(world.take_request("SUBSCRIBE").uri.to_string(), "sip:231@10.0.0.9");
}

/// A document about a colleague.
fn dialogs(version: u32, state: &str, dialogs: &[(&str, &str)]) -> String {
    let each = |(id, state): &(&str, &str)| format!("<dialog id=\"{id}\"><state>{state}</state></dialog>");
    let dialogs: String = dialogs.iter().map(each).collect();
    format!("<dialog-info version=\"{version}\" state=\"{state}\" entity=\"sip:231@10.0.0.9\">{dialogs}</dialog-info>")
}

#[test]
fn rfc4235_3_the_calls_of_a_colleague_are_watched() {
    let mut world = World::with_peer();
    let (package, target) = (Package::Dialog, Some("231".to_owned()));
    world.tell('A', Command::Subscribe { subscription: MAILBOX, account: ACCOUNT, package, target });
    world.run_for(2);
    let subscribe = world.take_request("SUBSCRIBE");
    assert_eq!(subscribe.uri.to_string(), "sip:231@10.0.0.9");
    assert_eq!(value(&subscribe, HeaderName::Accept), "application/dialog-info+xml");
    world.say(accept(&subscribe, "n", 3600));
    let mut cseq = 0;
    let mut tell = |world: &mut World, body: String| {
        cseq += 1;
        let notify = peer::to_caller(&subscribe, "n", Method::Notify, cseq);
        let notify = notify.with("Event", "dialog").with("Subscription-State", "active;expires=3600");
        world.say(notify.with_body("application/dialog-info+xml", body));
        world.take_response(200, "NOTIFY");
        let events = world.events('A');
        events.into_iter().find_map(|event| match event {
            Event::Watched { subscription: MAILBOX, dialogs } => {
                Some(dialogs.iter().map(|dialog| (dialog.id.clone(), dialog.state)).collect::<Vec<_>>())
            }
            _ => None,
        })
    };
    let one = |id: &str, state| Some(vec![(id.to_owned(), state)]);
    assert_eq!(tell(&mut world, dialogs(0, "full", &[])), Some(vec![]), "free");
    assert_eq!(tell(&mut world, dialogs(1, "partial", &[("a", "early")])), one("a", DialogState::Early));
    assert_eq!(tell(&mut world, dialogs(2, "partial", &[("a", "confirmed")])), one("a", DialogState::Confirmed));
    assert_eq!(tell(&mut world, "no document".to_owned()), None);
    assert_eq!(world.count("SUBSCRIBE"), 0);
    assert_eq!(tell(&mut world, dialogs(5, "partial", &[("a", "terminated")])), None, "two are missing");
    world.run_for(2);
    let anew = world.take_request("SUBSCRIBE");
    assert_eq!(anew.headers.to().unwrap().tag(), Some("n"), "a refresh brings the whole state");
    world.say(accept(&anew, "n", 3600));
    assert_eq!(tell(&mut world, dialogs(7, "partial", &[])), None);
    assert_eq!(world.count("SUBSCRIBE"), 0, "nobody makes us ask again and again");
    assert_eq!(
        tell(&mut world, dialogs(8, "full", &[("b", "early"), ("a", "terminated")])),
        one("b", DialogState::Early)
    );
    check_ladder(&world, "the_calls_of_a_colleague_are_watched");
}

#[test]
fn rfc3856_6_whether_a_colleague_can_be_reached_is_told() {
    let mut world = World::with_peer();
    let (package, target) = (Package::Presence, Some("231".to_owned()));
    world.tell('A', Command::Subscribe { subscription: MAILBOX, account: ACCOUNT, package, target });
    world.run_for(2);
    let subscribe = world.take_request("SUBSCRIBE");
    assert_eq!(value(&subscribe, HeaderName::Event), "presence");
    assert_eq!(value(&subscribe, HeaderName::Accept), "application/pidf+xml");
    world.say(accept(&subscribe, "n", 3600));
    let told = Presence { open: Some(true), activity: Some(Activity::Away), note: Some("Almuerzo".to_owned()) };
    for (cseq, body, expected) in [(1, told.print("sip:231@10.0.0.9"), Some(told)), (2, "<x/>".to_owned(), None)] {
        let notify = peer::to_caller(&subscribe, "n", Method::Notify, cseq);
        let notify = notify.with("Event", "presence").with("Subscription-State", "active;expires=3600");
        world.say(notify.with_body("application/pidf+xml", body));
        world.take_response(200, "NOTIFY");
        let presence = world.events('A').into_iter().find_map(|event| match event {
            Event::Present { subscription: MAILBOX, presence } => Some(presence),
            _ => None,
        });
        assert_eq!(presence, expected);
    }
}
