//! Mutated messages thrown at a user agent that is in a call: it never panics, and every leg still ends once.

use proptest::prelude::*;
use sip_stack::message::{Message, Method, Request};
use sip_stack::ua::{AccountConfig, Command, Event, LegId, Secret, TransferTo};

use crate::calls::call_peer;
use crate::peer::{self, SDP};
use crate::wire::{World, has, media};

/// What P may say in and around the call that A made with `invite`.
fn sayings(invite: &Request) -> Vec<Vec<u8>> {
    let sdp = |request: Request| request.with_body("application/sdp", SDP);
    let all: Vec<Message> = vec![
        peer::answer(invite, 200, "t", Some(SDP)).into(),
        peer::answer(invite, 200, "fork", Some(SDP)).into(),
        peer::answer(invite, 183, "t", Some(SDP)).into(),
        peer::answer(invite, 407, "t", None)
            .with("Proxy-Authenticate", "Digest realm=\"x\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256")
            .into(),
        sdp(peer::to_caller(invite, "t", Method::Invite, 2)).into(),
        peer::to_caller(invite, "t", Method::Invite, 3).with("Require", "timer").with("Session-Expires", "90").into(),
        peer::to_caller(invite, "t", Method::Ack, 2).into(),
        peer::to_caller(invite, "t", Method::Options, 4).into(),
        peer::invite("second", Some(SDP)).into(),
        peer::invite("second", Some(SDP)).cancel().unwrap().into(),
        peer::invite("late", None).into(),
        peer::invite("reliable", Some(SDP)).with("Require", "100rel").into(),
        peer::answer(invite, 302, "t", None).with("Contact", "<sip:carol@10.0.0.9>").into(),
        peer::answer(invite, 180, "t", None).with("Require", "100rel").with("RSeq", 1).into(),
        peer::to_caller(invite, "t", Method::Update, 5).with("Supported", "timer").with("Session-Expires", "90").into(),
        sdp(peer::to_caller(invite, "t", Method::Update, 6)).into(),
        peer::to_caller(invite, "t", Method::Prack, 7).with("RAck", "1 1 INVITE").into(),
        peer::to_caller(invite, "t", Method::Refer, 8)
            .with("Refer-To", "<sip:c@10.0.0.9?Replaces=a%3Bto-tag%3Db>")
            .into(),
        notify(invite, 9, "SIP/2.0 180 Ringing"),
        notify(invite, 10, "SIP/2.0 200 OK"),
        peer::invite("place", Some(SDP)).with("Replaces", replaces(invite)).into(),
    ];
    all.iter().map(|message| message.print().to_vec()).collect()
}

fn notify(invite: &Request, cseq: u32, line: &'static str) -> Message {
    let notify = peer::to_caller(invite, "t", Method::Notify, cseq).with("Event", "refer");
    notify.with("Subscription-State", "active").with_body("message/sipfrag", line).into()
}

/// The call that A made, as a Replaces of P names it.
fn replaces(invite: &Request) -> String {
    let (call, from) = (invite.headers.call_id().unwrap(), invite.headers.from().unwrap());
    format!("{call};to-tag={};from-tag=t", from.tag().unwrap())
}

/// `A`, which takes transfers, and `P`.
fn trusting() -> World {
    let mut world = World::with_peer();
    let mut config = AccountConfig::new("alice", "10.0.0.9", Secret::new("secret"));
    (config.register, config.takes_transfers) = (false, true);
    world.add_account('A', config);
    world.run_for(0);
    world
}

#[derive(Clone, Debug)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index, u8),
    Repeat(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    DropLine(prop::sample::Index),
    SwapLines(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let words: Vec<&[u8]> =
        vec![b"\r\n", b";", b",", b"<", b"\"", b"sip:", b"\xff\xfe", b"4294967296", b"-1", b"z9hG4bK", b" "];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(i, b)| Change::Flip(i, b)),
        (at(), any::<u8>()).prop_map(|(i, n)| Change::Cut(i, n)),
        (at(), any::<u8>()).prop_map(|(i, n)| Change::Repeat(i, n)),
        (at(), prop::sample::select(words)).prop_map(|(i, word)| Change::Insert(i, word.to_vec())),
        at().prop_map(Change::DropLine),
        (at(), at()).prop_map(|(a, b)| Change::SwapLines(a, b)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    match change {
        Change::Flip(at, byte) => *at.get_mut(bytes) = *byte,
        Change::Cut(at, length) => {
            let from = at.index(bytes.len());
            let to = (from + usize::from(*length)).min(bytes.len());
            bytes.drain(from..to);
        }
        Change::Repeat(at, length) => {
            let from = at.index(bytes.len());
            let to = (from + usize::from(*length)).min(bytes.len());
            let piece = bytes[from..to].to_vec();
            bytes.splice(from..from, piece);
        }
        Change::Insert(at, word) => {
            let from = at.index(bytes.len());
            bytes.splice(from..from, word.iter().copied());
        }
        Change::DropLine(at) => with_lines(bytes, |lines| {
            lines.remove(at.index(lines.len()));
        }),
        Change::SwapLines(a, b) => with_lines(bytes, |lines| {
            let count = lines.len();
            lines.swap(a.index(count), b.index(count));
        }),
    }
}

fn with_lines(bytes: &mut Vec<u8>, edit: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    edit(&mut lines);
    *bytes = lines.concat();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_messages_never_break_the_agent(
        said in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(change(), 0..4)), 1..12),
        commands in prop::collection::vec((0_u8..9, 0_u64..3_000), 0..6),
    ) {
        let mut world = trusting();
        let invite = call_peer(&mut world, "t");
        let sayings = sayings(&invite);
        let mut legs = vec![LegId(1)];
        let mut ends = Vec::new();
        let mut commands = commands.into_iter();
        for (which, changes) in &said {
            let mut bytes = which.get(&sayings).clone();
            changes.iter().for_each(|change| apply(&mut bytes, change));
            world.say_raw(&bytes);
            if let Some((command, wait)) = commands.next() {
                let leg = *legs.last().unwrap();
                match command {
                    0 => world.tell('A', Command::Ring { leg }),
                    1 => world.answer('A', leg),
                    2 => world.tell('A', Command::Hold { leg }),
                    3 => world.tell('A', Command::Resume { leg }),
                    4 => world.tell('A', Command::Reject { leg, status: 486 }),
                    5 => world.tell('A', Command::Transfer { leg: LegId(1), to: TransferTo::Target("231".to_owned()) }),
                    6 => world.tell('A', Command::Transfer { leg: LegId(1), to: TransferTo::Leg(leg) }),
                    7 => {
                        let (new, media) = (LegId(100 + wait), media(4700));
                        world.tell('A', Command::FollowTransfer { leg: LegId(1), new, media });
                    }
                    _ => world.tell('A', Command::NetworkChanged),
                }
                world.run_for(wait);
            }
            for event in world.events('A') {
                match event {
                    Event::Incoming { leg, .. } => legs.push(leg),
                    Event::Ended { leg, .. } => ends.push(leg),
                    _ => {}
                }
            }
        }
        world.tell('A', Command::Shutdown);
        world.run_for(120_000);
        let events = world.events('A');
        ends.extend(events.iter().filter_map(|e| if let Event::Ended { leg, .. } = e { Some(*leg) } else { None }));
        let known: Vec<_> = ends.iter().filter(|leg| legs.contains(leg)).collect();
        prop_assert_eq!(known.len(), legs.len(), "every leg ends\n{}", world.ladder());
        let once: std::collections::BTreeSet<_> = ends.iter().collect();
        prop_assert_eq!(once.len(), ends.len(), "and ends once\n{}", world.ladder());
        prop_assert!(has(&events, |e| *e == Event::Idle), "nothing lingers\n{}", world.ladder());
    }
}
