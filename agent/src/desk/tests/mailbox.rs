//! What waits in the mailbox of a line, and what is dialled to hear it.

use agent_api::account::MailboxView;
use sip_stack::ua::{MessageCount, MessageSummary, Package, SubscriptionId};

use super::*;

fn told(new: u32, account: Option<&str>) -> MessageSummary {
    let voice = MessageCount { new, old: 1, ..MessageCount::default() };
    MessageSummary { waiting: new > 0, voice: Some(voice), account: account.map(str::to_owned) }
}

fn shown(bench: &Bench) -> Option<MailboxView> {
    let views = bench.events();
    let last = views.iter().rev().find_map(|body| if let EventBody::Account(view) = body { Some(view) } else { None });
    last.unwrap_or_else(|| panic!("no line was shown")).mailbox.clone()
}

fn line(bench: &mut Bench, account: Account) {
    bench.put(Input::Line { account: Box::new(account), password: None });
    bench.register();
    bench.done.clear();
}

fn number_of(bench: &mut Bench, address: Option<&str>) -> Option<String> {
    bench.phone(Event::Mailbox { account: ua::AccountId(1), subscription: None, summary: told(1, address) });
    let number = shown(bench).unwrap().number;
    // The same again changes nothing: each is told as news.
    bench.phone(Event::Mailbox { account: ua::AccountId(1), subscription: None, summary: told(0, None) });
    bench.done.clear();
    number
}

#[test]
fn a_line_asks_for_its_mailbox_and_shows_what_is_told() {
    let mut bench = Bench::new();
    let account = Account::new(LINE, "8330101", "pbx.example");
    bench.put(Input::Line { account: Box::new(account), password: None });
    let asked = bench.done.iter().any(|effect| {
        matches!(
            effect,
            Effect::Phone(Command::Subscribe {
                subscription: SubscriptionId(1),
                account: ua::AccountId(1),
                package: Package::MessageSummary,
                target: None
            })
        )
    });
    assert!(asked);
    bench.register();
    assert_eq!(shown(&bench), None, "until the exchange tells");
    bench.done.clear();

    bench.phone(Event::Mailbox { account: ua::AccountId(1), subscription: None, summary: told(2, None) });
    let expected = MailboxView { waiting: true, new: Some(2), old: Some(1), number: None };
    assert_eq!(shown(&bench), Some(expected));
    bench.done.clear();
    bench.phone(Event::Mailbox { account: ua::AccountId(1), subscription: None, summary: told(2, None) });
    assert!(bench.events().is_empty(), "the same is no news");
}

#[test]
fn the_number_is_that_of_the_settings_or_else_what_the_exchange_names() {
    let mut bench = Bench::new();
    line(&mut bench, Account::new(LINE, "8330101", "pbx.example"));
    for (address, number) in [
        (None, None),
        (Some("sip:*97@PBX.example"), Some("*97")),
        (Some("sip:alice@vmail.example.com;user=phone"), Some("sip:alice@vmail.example.com")),
        (Some("tel:+50622223333"), Some("+50622223333")),
        (Some("sip:8330101@pbx.example"), None),
        (Some("sip:8330101@vmail.example.com"), Some("sip:8330101@vmail.example.com")),
    ] {
        assert_eq!(number_of(&mut bench, address).as_deref(), number, "{address:?}");
    }
    let voicemail = Some("*86".to_owned());
    line(&mut bench, Account { voicemail, ..Account::new(LINE, "8330101", "pbx.example") });
    assert_eq!(number_of(&mut bench, Some("sip:*97@pbx.example")).as_deref(), Some("*86"));
}

#[test]
fn lines_without_a_binding_ask_for_no_mailbox() {
    let mut bench = Bench::new();
    for account in [
        Account { register: false, ..Account::new(OTHER, "231", "pbx.example") },
        Account { practice: true, ..Account::new(OTHER, "demo", "127.0.0.1") },
    ] {
        bench.done.clear();
        bench.put(Input::Line { account: Box::new(account), password: None });
        assert!(!bench.done.iter().any(|effect| matches!(effect, Effect::Phone(Command::Subscribe { .. }))));
    }
}
