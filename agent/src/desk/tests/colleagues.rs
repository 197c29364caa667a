//! What the telephones of colleagues do, and calls that are taken over there.

use agent_api::colleague::{ColleagueCall, ColleaguePresence, ColleagueState, ColleagueView, Reachable};
use agent_api::id::ColleagueId;
use sip_stack::ua::{Activity, DialogState, Package, Presence, RingingCall, SubscriptionId, WatchedDialog};

use super::*;
use crate::settings::Colleague;

const ANA: ColleagueId = ColleagueId(Uuid::from_u128(0xC1));
const EVA: ColleagueId = ColleagueId(Uuid::from_u128(0xC2));

fn colleague(id: ColleagueId, name: &str, target: &str) -> Colleague {
    Colleague { id, name: name.to_owned(), account: LINE, target: target.to_owned() }
}

fn call(state: DialogState, calls: bool) -> WatchedDialog {
    WatchedDialog {
        id: "1".to_owned(),
        state,
        calls: Some(calls),
        call_id: Some("a84b".to_owned()),
        local_tag: Some("r".to_owned()),
        remote_tag: Some("c".to_owned()),
        remote: Some("sip:8330103@10.9.8.7:5066".to_owned()),
        remote_name: Some("Caro\u{202e}l".to_owned()),
    }
}

/// Who was asked for over which subscription.
fn asked(bench: &Bench) -> Vec<(SubscriptionId, String)> {
    let asked = bench.commands().into_iter().filter_map(|command| match command {
        Command::Subscribe { subscription, package: Package::Dialog, target, .. } => {
            Some((*subscription, target.clone().unwrap_or_default()))
        }
        _ => None,
    });
    asked.collect()
}

/// A bench that watches Ana, who is free; her subscription.
fn watching() -> (Bench, SubscriptionId) {
    let mut bench = Bench::new();
    bench.put(Input::Colleagues(vec![colleague(ANA, "Ana", "231")]));
    let subscription = asked(&bench)[0].0;
    bench.phone(Event::Watched { subscription, dialogs: vec![] });
    bench.done.clear();
    (bench, subscription)
}

fn shown(bench: &Bench) -> ColleagueView {
    let views = bench.events();
    let last = views.iter().rev().find_map(|body| match body {
        EventBody::Colleague(view) => Some(view.clone()),
        _ => None,
    });
    last.unwrap_or_else(|| panic!("no colleague was shown: {views:?}"))
}

fn told(bench: &mut Bench, subscription: SubscriptionId, dialogs: Vec<WatchedDialog>) -> ColleagueView {
    bench.done.clear();
    bench.phone(Event::Watched { subscription, dialogs });
    shown(bench)
}

#[test]
fn what_the_exchange_tells_is_the_state_of_the_light() {
    let (mut bench, subscription) = watching();
    let view = told(&mut bench, subscription, vec![call(DialogState::Early, false)]);
    let expected =
        ColleagueCall { calls: Some(false), number: Some("8330103".to_owned()), name: Some("Carol".to_owned()) };
    assert_eq!((view.state, view.call, view.can_pick_up), (ColleagueState::Ringing, Some(expected), true));
    bench.done.clear();
    bench.phone(Event::Watched { subscription, dialogs: vec![call(DialogState::Early, false)] });
    assert!(bench.events().is_empty(), "the same is no news");

    let calling = told(&mut bench, subscription, vec![call(DialogState::Early, true)]);
    assert_eq!((calling.state, calling.can_pick_up), (ColleagueState::Busy, false), "she calls");
    let both =
        vec![call(DialogState::Confirmed, true), WatchedDialog { id: "2".into(), ..call(DialogState::Early, false) }];
    assert_eq!(told(&mut bench, subscription, both).state, ColleagueState::Ringing, "a second call rings");
    assert_eq!(told(&mut bench, subscription, vec![]).state, ColleagueState::Free);
    bench.done.clear();
    let over = Event::SubscriptionFailed { subscription, status: Some(403), reason: None, retry_in: None };
    bench.phone(over);
    assert_eq!(shown(&bench).state, ColleagueState::Unknown, "the exchange tells no more");
}

#[test]
fn without_its_line_nothing_is_known_and_with_it_all_are_asked_for_anew() {
    let (mut bench, old) = watching();
    let (cause, reason) = (EndCause::Timeout, String::new());
    let account = ua::AccountId(1);
    bench.phone(Event::RegistrationFailed { account, status: None, reason, cause, retry_in: None });
    assert_eq!(shown(&bench).state, ColleagueState::Unknown);
    bench.done.clear();
    bench.register();
    assert_eq!(shown(&bench).state, ColleagueState::Free, "what was told still holds");

    bench.done.clear();
    bench.put(Input::Line { account: Box::new(Account::new(LINE, "8330101", "pbx.example")), password: None });
    let [(new, target)] = &asked(&bench)[..] else { panic!("{:?}", bench.names()) };
    assert_ne!(*new, old, "the user agent has forgotten the old one");
    assert_eq!(target, "231");
    bench.register();
    let view = told(&mut bench, *new, vec![call(DialogState::Confirmed, false)]);
    assert_eq!(view.state, ColleagueState::Busy);
    bench.done.clear();
    bench.phone(Event::Watched { subscription: old, dialogs: vec![] });
    assert!(bench.events().is_empty(), "an old one tells nothing");
}

#[test]
fn only_who_is_new_is_asked_for_and_only_who_is_gone_is_left() {
    let (mut bench, ana) = watching();
    bench.put(Input::Colleagues(vec![colleague(EVA, "Eva", "232"), colleague(ANA, "Ana María", "231")]));
    assert_eq!(asked(&bench).iter().map(|(_, target)| target.as_str()).collect::<Vec<_>>(), ["232"]);
    let list = bench.events().into_iter().find_map(|body| match body {
        EventBody::Colleagues(all) => Some(all.list.clone()),
        _ => None,
    });
    let list = list.unwrap().into_iter().map(|one| (one.name, one.state)).collect::<Vec<_>>();
    let expected = [("Eva".to_owned(), ColleagueState::Unknown), ("Ana María".to_owned(), ColleagueState::Free)];
    assert_eq!(list, expected, "a new name asks for nothing");
    bench.done.clear();
    bench.put(Input::Colleagues(vec![colleague(EVA, "Eva", "232")]));
    let left = bench.commands().into_iter().map(|command| match command {
        Command::Unsubscribe { subscription } => subscription.0,
        other => panic!("{other:?}"),
    });
    assert_eq!(left.collect::<Vec<_>>(), [ana.0, ana.0 + 1], "calls and presence");
}

#[test]
fn a_call_that_rings_there_is_taken_over() {
    let (mut bench, subscription) = watching();
    assert!(bench.ask(Ask::PickUpColleague(ANA)).is_err(), "nothing rings");
    told(&mut bench, subscription, vec![call(DialogState::Early, false)]);
    let Ok(Reply::Dial(DialOutcome::Started { call: taken })) = bench.ask(Ask::PickUpColleague(ANA)) else {
        panic!("not taken")
    };
    let Ok(Reply::Dial(again)) = bench.ask(Ask::PickUpColleague(ANA)) else { panic!("not taken twice") };
    assert_eq!(again, DialOutcome::Started { call: taken }, "a second press is the same wish");
    assert_eq!(bench.view(taken).party.number, "8330103");
    bench.done.clear();
    bench.prepared(taken);
    let ringing = RingingCall { call_id: "a84b".to_owned(), caller_tag: "c".to_owned(), called_tag: "r".to_owned() };
    let [Command::PickUp { target, call, account, .. }] = &bench.commands()[..] else { panic!("{:?}", bench.names()) };
    assert_eq!((target.as_str(), call, account.0), ("8330103", &ringing, 1), "by way of our own exchange");
}

#[test]
fn what_the_exchange_hides_cannot_be_taken_over() {
    let (mut bench, subscription) = watching();
    for hidden in [
        WatchedDialog { call_id: None, ..call(DialogState::Early, false) },
        WatchedDialog { remote_tag: None, ..call(DialogState::Early, false) },
        WatchedDialog { remote: Some("sip:anonymous@anonymous.invalid".into()), ..call(DialogState::Early, false) },
        WatchedDialog { remote: None, ..call(DialogState::Early, false) },
    ] {
        assert!(!told(&mut bench, subscription, vec![hidden]).can_pick_up);
        assert!(bench.ask(Ask::PickUpColleague(ANA)).is_err());
        told(&mut bench, subscription, vec![]);
    }
}

#[test]
fn what_the_exchange_hides_is_taken_by_its_code() {
    let (mut bench, _) = watching();
    let account = Account { profile: "asterisk".to_owned(), ..Account::new(LINE, "8330101", "pbx.example") };
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    let subscription = asked(&bench).last().expect("she is watched over the line as it is now").0;
    bench.done.clear();
    let hidden = WatchedDialog { call_id: None, remote: None, ..call(DialogState::Early, false) };
    assert!(told(&mut bench, subscription, vec![hidden]).can_pick_up);
    let Ok(Reply::Dial(DialOutcome::Started { call })) = bench.ask(Ask::PickUpColleague(ANA)) else {
        panic!("not taken")
    };
    assert_eq!(bench.view(call).party.number, "**231");
    assert!(!told(&mut bench, subscription, vec![]).can_pick_up, "nothing rings any more");
}

#[test]
fn what_a_colleague_says_stands_beside_the_light() {
    let (mut bench, dialog) = watching();
    let subscription = SubscriptionId(dialog.0 + 1);
    for (open, activity, reachable) in [
        (Some(true), None, Reachable::Available),
        (Some(true), Some(Activity::Away), Reachable::Away),
        (None, Some(Activity::OnThePhone), Reachable::Busy),
        (Some(false), Some(Activity::Busy), Reachable::Closed),
    ] {
        bench.done.clear();
        let note = Some("Al\u{202e}muerzo".to_owned());
        bench.phone(Event::Present { subscription, presence: Presence { open, activity, note } });
        let expected = ColleaguePresence { reachable, note: Some("Almuerzo".to_owned()) };
        let view = shown(&bench);
        assert_eq!((view.presence, view.state), (Some(expected), ColleagueState::Free));
    }
    bench.done.clear();
    bench.phone(Event::SubscriptionFailed { subscription, status: Some(489), reason: None, retry_in: None });
    let view = shown(&bench);
    assert_eq!((view.presence, view.state), (None, ColleagueState::Free), "an exchange may know calls alone");
}

#[test]
fn the_exchange_is_told_what_the_agent_does_if_the_line_says_so() {
    let told = |bench: &mut Bench| {
        let last = bench.commands().into_iter().rev().find_map(|command| match command {
            Command::Publish { account: ua::AccountId(1), presence } => Some((presence.open, presence.activity)),
            _ => None,
        });
        bench.done.clear();
        last
    };
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    assert_eq!(told(&mut bench), None, "nobody asked for that");
    let account = Account { publish: true, ..Account::new(LINE, "8330101", "pbx.example") };
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    assert_eq!(told(&mut bench), Some((Some(true), Some(Activity::Busy))));
    bench.ask(Ask::DoNotDisturb(false)).unwrap();
    assert_eq!(told(&mut bench), Some((Some(true), None)));
    bench.talking("231");
    assert_eq!(told(&mut bench), Some((Some(true), Some(Activity::OnThePhone))));
}
