//! Calls that come in.

use agent_api::call::MatchView;
use agent_api::settings::AgentState;

use super::*;
use crate::port::media::Signal;

#[test]
fn it_rings_and_shows_the_number_before_anybody_is_found() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    assert_eq!(bench.names(), [format!("Ring({})", leg.0)]);
    let view = bench.view(call);
    assert_eq!((view.state, &view.matches), (CallState::RingingLocal, &MatchView::Searching));
    assert_eq!(view.party.number, "+506 8888 7777");
    assert_eq!(view.party.network_name.as_deref(), Some("Bob"), "the network's name is cleaned");
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::Ring)));
}

#[test]
fn a_caller_without_a_number_shows_no_marks_that_steer_the_eye() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("\u{202e}7110-5558\u{7}evil\n");
    assert_eq!(bench.view(call).party.number, "7110-5558 evil");
    let (call, _) = bench.ringing(&"a".repeat(300));
    assert_eq!(bench.view(call).party.number.chars().count(), 64);
}

#[test]
fn the_green_lock_needs_keys_over_tls() {
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    let suite = ua::SrtpSuite::AesCm128HmacSha1_80;
    let key = |n: u8| ua::SrtpKey::new(suite, vec![n; 30]).unwrap();
    for (srtp, over_tls, green) in
        [(false, false, false), (true, false, false), (true, true, true), (false, true, false)]
    {
        let srtp_keys = srtp.then(|| ua::SrtpKeys { suite, local: key(1), remote: key(2) });
        let media = NegotiatedMedia { srtp: srtp_keys, keys_over_tls: over_tls, ..agreed() };
        bench.phone(Event::Media { leg, media: Box::new(media) });
        let security = &bench.view(call).security;
        assert_eq!((security.encrypted_to_exchange, security.srtp), (green, srtp));
    }
}

#[test]
fn dtls_locks_only_once_both_sides_are_proved() {
    use crate::port::media::{Handshake, MediaEvent, MediaStats};
    let mut bench = Bench::new();
    let (call, leg) = bench.talking("27");
    let remote = vec![ua::Fingerprint::new(ua::FingerprintHash::Sha256, vec![7; 32]).unwrap()];
    let dtls = Some(ua::DtlsMedia { active: true, remote });
    bench.phone(Event::Media { leg, media: Box::new(NegotiatedMedia { dtls, keys_over_tls: true, ..agreed() }) });
    for (handshake, locked) in
        [(Handshake::Waiting, false), (Handshake::Done("AES_CM_128_HMAC_SHA1_80"), true), (Handshake::Stranger, false)]
    {
        let stats = Box::new(MediaStats { handshake, ..MediaStats::default() });
        bench.put(Input::Media(MediaEvent::Stats { call, stats }));
        let security = &bench.view(call).security;
        assert_eq!((security.encrypted_to_exchange, security.srtp), (locked, locked), "{handshake:?}");
    }
}

#[test]
fn the_fact_waits_a_quarter_second_for_the_lookup_and_no_longer() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("88887777");
    let told = |bench: &Bench| bench.facts().iter().filter(|f| matches!(f, What::Incoming { .. })).count();
    assert_eq!(told(&bench), 0);
    bench.pass(Duration::from_millis(251));
    assert_eq!(told(&bench), 1);
    bench.put(Input::Found { call, candidates: vec![] });
    assert_eq!(told(&bench), 1, "once");
}

#[test]
fn sound_is_asked_for_at_no_address_that_the_machine_may_have_lost() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("88887777");
    bench.ask(Ask::Answer(call)).unwrap();
    let sounds = bench.sounds();
    let asked =
        sounds.iter().find_map(|s| if let MediaCommand::Prepare { local, .. } = s { Some(*local) } else { None });
    assert!(asked.is_some_and(|local| local.is_unspecified()), "{asked:?}");
}

#[test]
fn answering_opens_a_port_and_the_acknowledged_call_talks() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Answer(call)).unwrap();
    bench.ask(Ask::Answer(call)).unwrap();
    assert_eq!(bench.sounds().iter().filter(|s| matches!(s, MediaCommand::Prepare { .. })).count(), 1, "double click");
    bench.prepared(call);
    assert_eq!(bench.state(call), CallState::Connecting);
    assert!(bench.names().contains(&format!("Answer({})", leg.0)));
    bench.phone(Event::Media { leg, media: Box::new(agreed()) });
    bench.phone(Event::Answered { leg });
    assert_eq!(bench.state(call), CallState::Talking);
}

#[test]
fn a_cancelled_call_is_missed_and_the_ring_stops() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ended(leg, EndCause::Cancelled, Some(487), EndedBy::Remote);
    assert_eq!(bench.sounds().last(), Some(&&MediaCommand::Signal(Signal::Silence)));
    let written = bench.store_all();
    assert!(written.iter().any(|w| matches!(w, Write::End { record, .. } if record.missed() && record.id.0 == call.0)));
}

#[test]
fn a_call_taken_elsewhere_is_not_missed() {
    let mut bench = Bench::new();
    let (_, leg) = bench.ringing("88887777");
    bench.ended(leg, EndCause::Elsewhere, Some(487), EndedBy::Remote);
    assert!(bench.store_all().iter().any(|w| matches!(w, Write::End { record, .. } if !record.missed())));
}

#[test]
fn do_not_disturb_is_silent_and_keeps_the_missed_call() {
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    let (call, leg) = bench.ringing("88887777");
    assert!(bench.names().is_empty(), "it is looked up first: somebody with a star may pass");
    let Ok(Reply::Snapshot(all)) = bench.ask(Ask::Snapshot) else { panic!("no snapshot") };
    assert_eq!((all.calls.len(), all.presence.state), (0, AgentState::DoNotDisturb));
    bench.put(Input::Found { call, candidates: vec![brief(1, "Ana")] });
    assert_eq!(bench.names(), [format!("Reject({}, 486)", leg.0)]);
    assert!(!bench.sounds().iter().any(|s| matches!(s, MediaCommand::Signal(Signal::Ring))));
    assert!(!bench.events().iter().any(|e| matches!(e, EventBody::Call(_))), "no pop-up");
    bench.ended(leg, EndCause::Busy, Some(486), EndedBy::Local);
    assert!(bench.store_all().iter().any(|w| matches!(w, Write::End { record, .. } if record.missed())));
}

#[test]
fn a_contact_with_a_star_passes_do_not_disturb() {
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    let (call, leg) = bench.ringing("88887777");
    let star = crm::contact::ContactBrief { vip: true, ..brief(1, "Ana") };
    bench.put(Input::Found { call, candidates: vec![brief(2, "Eva"), star] });
    assert_eq!(bench.names(), [format!("Ring({})", leg.0)]);
    assert_eq!(bench.state(call), CallState::RingingLocal);
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::Ring)));
}

#[test]
fn do_not_disturb_waits_for_no_slow_store_and_can_be_without_exception() {
    let mut bench = Bench::new();
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    let (_, slow) = bench.ringing("88887777");
    bench.pass(Duration::from_millis(251));
    assert_eq!(bench.names(), [format!("Reject({}, 486)", slow.0)]);

    let mut settings = Settings::for_country("CR");
    settings.preferences.vip_passes = false;
    bench.put(Input::Settings(Box::new(settings)));
    bench.done.clear();
    let (_, strict) = bench.ringing("88887777");
    assert_eq!(bench.names(), [format!("Reject({}, 486)", strict.0)]);
}

#[test]
fn the_call_center_of_the_called_number_is_shown_and_recorded() {
    use agent_api::settings::{CallCenter, CallCenters};
    let mut bench = Bench::new();
    let center = |name: &str, number: &str| CallCenter {
        name: name.to_owned(),
        color: Some("#2f7d5b".to_owned()),
        numbers: vec![number.to_owned()],
    };
    let mut settings = Settings::for_country("CR");
    settings.call_centers = CallCenters { list: vec![center("Ventas", "4000 1234"), center("Soporte", "8330101")] };
    bench.put(Input::Settings(Box::new(settings)));
    assert!(bench.events().iter().any(|e| matches!(e, EventBody::CallCenters(all) if all.list.len() == 2)));

    bench.called = Some("+50640001234".to_owned());
    let (call, _) = bench.ringing("88887777");
    let line = bench.view(call).line.clone();
    assert_eq!((line.call_center.as_deref(), line.color.as_deref()), (Some("Ventas"), Some("#2f7d5b")));
    assert_eq!(line.called_number.as_deref(), Some("+506 4000 1234"));
    let begun = bench.store_all();
    let kept =
        |w: &Write| matches!(w, Write::Begin { record, .. } if record.line.call_center.as_deref() == Some("Ventas"));
    assert!(begun.iter().any(kept), "{begun:?}");

    bench.called = None;
    let (call, _) = bench.ringing("88887778");
    assert_eq!(bench.view(call).line.call_center.as_deref(), Some("Soporte"), "by the line");
    let call = bench.dial("27");
    assert_eq!(bench.view(call).line.call_center.as_deref(), Some("Soporte"), "calls out, too");
}

#[test]
fn a_second_call_knocks_and_hold_and_answer_holds_the_first() {
    let mut bench = Bench::new();
    let (first, first_leg) = bench.talking("27");
    bench.done.clear();
    let (second, second_leg) = bench.ringing("88887777");
    assert!(bench.sounds().contains(&&MediaCommand::Signal(Signal::CallWaiting)));
    bench.ask(Ask::Answer(second)).unwrap();
    assert!(bench.view(first).held_at_ms.is_some());
    bench.prepared(second);
    assert_eq!(
        bench.names(),
        [format!("Ring({})", second_leg.0), format!("Hold({})", first_leg.0), format!("Answer({})", second_leg.0)]
    );
}

#[test]
fn declining_says_603_and_a_talking_call_cannot_be_declined() {
    let mut bench = Bench::new();
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Decline(call, 603)).unwrap();
    assert!(bench.names().contains(&format!("Reject({}, 603)", leg.0)));
    let (call, _) = bench.talking("27");
    assert!(bench.ask(Ask::Decline(call, 603)).is_err());
}

#[test]
fn a_caller_without_a_number_is_shown_as_it_came() {
    let mut bench = Bench::new();
    let (call, _) = bench.ringing("anonymous");
    let view = bench.view(call);
    assert_eq!((view.party.number.as_str(), &view.matches), ("anonymous", &MatchView::None));
}

#[test]
fn a_call_that_takes_the_place_of_another_is_answered_without_ringing() {
    let mut bench = Bench::new();
    let (old, leg) = bench.talking("27");
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    bench.replaces = Some(leg);
    let (new, new_leg) = bench.ringing("28");
    bench.prepared(new);
    assert_eq!(bench.names(), [format!("Answer({})", new_leg.0)], "neither rung nor turned away");
    bench.phone(Event::Answered { leg: new_leg });
    bench.ended(leg, EndCause::Normal, None, EndedBy::Local);
    assert_eq!((bench.state(old), bench.state(new)), (CallState::Ended, CallState::Talking));

    bench.done.clear();
    bench.replaces = Some(LegId(4711));
    let (_, stranger) = bench.ringing("88887777");
    assert!(!bench.names().iter().any(|name| name.starts_with("Answer")), "only of a call that is up");
    assert!(!bench.names().contains(&format!("Ring({})", stranger.0)));
}

#[test]
fn a_call_that_is_turned_away_leaves_presence_and_after_call_work_alone() {
    let mut bench = Bench::new();
    let (_, leg) = bench.talking("27");
    bench.ended(leg, EndCause::Normal, None, EndedBy::Remote);
    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    bench.done.clear();
    let (_, leg) = bench.ringing("231");
    bench.pass(Duration::from_millis(300));
    bench.ended(leg, EndCause::Busy, Some(486), EndedBy::Local);
    assert!(!bench.events().iter().any(|event| matches!(event, EventBody::Presence(_))), "nothing flashes");
    bench.ask(Ask::DoNotDisturb(false)).unwrap();
    assert_eq!(bench.desk.presence.view().state, AgentState::WrapUp);
}

#[test]
fn a_line_that_may_answers_what_the_exchange_asks_for_and_nothing_else() {
    let after = Duration::from_millis(999);
    let answered = |bench: &Bench| bench.sounds().iter().any(|s| matches!(s, MediaCommand::Prepare { .. }));

    let mut bench = Bench::new();
    bench.answer_after = Some(Duration::ZERO);
    let (call, _) = bench.ringing("88887777");
    assert!(!bench.view(call).answers_itself, "nobody allowed it");
    bench.pass(Duration::from_secs(60));
    assert!(!answered(&bench));

    let mut bench = Bench::new();
    bench.allow_auto_answer();
    let (call, leg) = bench.ringing("88887777");
    bench.pass(Duration::from_secs(10));
    assert!(!answered(&bench), "nobody asked for it");
    bench.ended(leg, EndCause::Cancelled, None, EndedBy::Remote);

    bench.answer_after = Some(Duration::ZERO);
    let (call_after, leg) = bench.ringing("88887777");
    assert_ne!(call, call_after);
    assert!(bench.view(call_after).answers_itself);
    assert!(bench.names().contains(&format!("Ring({})", leg.0)), "it rings all the same");
    bench.pass(after);
    assert!(!answered(&bench));
    bench.pass(Duration::from_millis(1));
    assert!(answered(&bench) && !bench.view(call_after).answers_itself);
    let beeps = bench.sounds().iter().filter(|s| matches!(s, MediaCommand::Signal(Signal::AutoAnswer))).count();
    assert_eq!(beeps, 1);
    assert!(matches!(bench.sounds().last(), Some(MediaCommand::Signal(Signal::AutoAnswer))), "nothing cuts it off");
}

#[test]
fn nothing_answers_itself_during_another_call_nor_after_the_agent_decided() {
    let mut bench = Bench::new();
    bench.allow_auto_answer();
    bench.talking("27");
    bench.answer_after = Some(Duration::ZERO);
    let (call, leg) = bench.ringing("88887777");
    assert!(!bench.view(call).answers_itself);
    bench.pass(Duration::from_secs(5));
    assert_eq!(bench.state(call), CallState::RingingLocal);
    bench.ended(leg, EndCause::Cancelled, None, EndedBy::Remote);

    let mut bench = Bench::new();
    bench.allow_auto_answer();
    bench.answer_after = Some(Duration::from_secs(3));
    let (call, leg) = bench.ringing("88887777");
    bench.ask(Ask::Decline(call, 603)).unwrap();
    bench.pass(Duration::from_secs(5));
    assert!(!bench.sounds().iter().any(|s| matches!(s, MediaCommand::Prepare { .. })));
    bench.ended(leg, EndCause::Declined, None, EndedBy::Local);

    bench.ask(Ask::DoNotDisturb(true)).unwrap();
    let (_, leg) = bench.ringing("88887777");
    bench.pass(Duration::from_secs(5));
    assert!(bench.names().contains(&format!("Reject({}, 486)", leg.0)), "{:?}", bench.names());
    assert!(!bench.sounds().iter().any(|s| matches!(s, MediaCommand::Prepare { .. })));
}
