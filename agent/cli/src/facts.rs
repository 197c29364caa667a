//! Facts of the agent as lines of the contract.

use agent::fact::{AgreedMedia, RecordingFact, What};
use agent::headset::Action;
use agent::port::media::{MediaStats, RecordingProblem};
use agent_api::call::{EndCause, EndedBy, MatchView};
use agent_api::colleague::ColleagueView;
use agent_api::details::SignalStep;
use serde_json::{Value, json};

use crate::line::figure;

/// What is shown only to whoever asked for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shows {
    /// Digits.
    pub digits: bool,
    /// Messages of signalling.
    pub ladder: bool,
}

/// Name and fields of a fact's line; none for those that the contract does not tell.
pub fn line(what: &What, shows: Shows) -> Option<(&'static str, Value)> {
    Some(match what {
        What::Registering => ("registering", json!({})),
        What::Registered { expires_s, contact, flow } => {
            ("registered", json!({ "expires_s": expires_s, "contact": contact, "flow": flow }))
        }
        What::RegistrationFailed { code, reason, cause, retry_ms } => {
            ("registration_failed", json!({ "code": code, "reason": reason, "cause": cause, "retry_ms": retry_ms }))
        }
        What::Unregistered => ("unregistered", json!({})),
        What::Mailbox { waiting, new, old } => ("mailbox", json!({ "waiting": waiting, "new": new, "old": old })),
        What::HeadsetThere { name, state } => ("headset", json!({ "name": name, "state": state })),
        What::HeadsetPressed { action } => ("headset_pressed", pressed(*action)),
        What::Colleague { colleague } => ("colleague", colleague_line(colleague)),
        What::MessageReceived { message, from, text } => {
            ("message_received", json!({ "message": message, "from": from, "text": text }))
        }
        What::MessageSettled { written } => {
            ("message_settled", json!({ "message": written.message, "state": written.state, "code": written.code }))
        }
        What::Calling { to } => ("calling", json!({ "to": to })),
        What::Ringing { code } => ("ringing", json!({ "code": code })),
        What::EarlyMedia => ("early_media", json!({})),
        What::Incoming { from, to, display_name, matches } => ("incoming", incoming(from, to, display_name, matches)),
        What::Answered { media } => ("answered", agreed(media.as_ref())),
        What::MediaChanged { media } => ("media_changed", agreed(Some(media))),
        What::FirstRtp { after_answer_ms } => ("first_rtp", json!({ "after_answer_ms": after_answer_ms })),
        What::Held { by } => ("held", json!({ "by": by })),
        What::Resumed { by } => ("resumed", json!({ "by": by })),
        What::HoldRefused { code } => ("hold_refused", json!({ "code": code })),
        What::TransferProgress { code } => ("transfer_progress", json!({ "code": code })),
        What::TransferAsked => ("transfer_asked", json!({})),
        What::Transferred => ("transferred", json!({})),
        What::TransferFailed { code } => ("transfer_failed", json!({ "code": code })),
        What::DtmfRefused { code } => ("dtmf_refused", json!({ "code": code })),
        What::Dtmf { digits, sent } => {
            // Digits may be a card number: they are shown to whoever asked for everything, and to nobody else.
            let digit = shows.digits.then_some(&digits.0);
            ("dtmf", json!({ "digit": digit, "direction": if *sent { "out" } else { "in" } }))
        }
        What::Ended { cause, code, reason, by, duration_ms } => {
            ("ended", ended(*cause, *code, reason, *by, *duration_ms))
        }
        What::Message { step, exchange } if shows.ladder => ("message", message(step, *exchange)),
        What::Recording { fact } => ("recording", recording(fact)),
        What::Message { .. } | What::Stats { .. } | What::MediaClosed { .. } | What::Idle => return None,
    })
}

/// What was wished, and what for: muted or not, on another line or not, the number of a programmable button.
fn pressed(action: Action) -> Value {
    let (wish, on, number) = match action {
        Action::Answer => ("answer", None, None),
        Action::Reject => ("reject", None, None),
        Action::End => ("hangup", None, None),
        Action::Hold => ("hold", None, None),
        Action::Resume => ("resume", None, None),
        Action::Swap => ("swap", None, None),
        Action::Mute(on) => ("mute", Some(on), None),
        Action::Redial => ("redial", None, None),
        Action::Programmable(number) => ("programmable", None, Some(number)),
        Action::Busy(on) => ("other_line", Some(on), None),
    };
    json!({ "wish": wish, "on": on, "number": number })
}

fn recording(fact: &RecordingFact) -> Value {
    let (state, file, length_ms, problem) = match fact {
        RecordingFact::Started { file } => ("started", Some(file.0.to_string_lossy()), None, None),
        RecordingFact::Paused => ("paused", None, None, None),
        RecordingFact::Resumed => ("resumed", None, None, None),
        RecordingFact::Ended { length_ms, problem } => ("ended", None, Some(*length_ms), problem.as_ref()),
    };
    let problem = problem.map(|problem| match problem {
        RecordingProblem::Full => "disk_full",
        RecordingProblem::Denied => "denied",
        RecordingProblem::Locked => "locked",
        RecordingProblem::Other(_) => "failed",
    });
    json!({ "state": state, "file": file, "length_ms": length_ms, "problem": problem })
}

fn colleague_line(colleague: &ColleagueView) -> Value {
    let call = colleague.call.as_ref();
    json!({
        "target": colleague.target,
        "state": colleague.state,
        "calls": call.and_then(|call| call.calls),
        "number": call.and_then(|call| call.number.as_deref()),
        "name": call.and_then(|call| call.name.as_deref()),
        "can_pick_up": colleague.can_pick_up,
        "reachable": colleague.presence.as_ref().map(|presence| presence.reachable),
        "note": colleague.presence.as_ref().and_then(|presence| presence.note.as_deref()),
    })
}

/// Of one Call-ID are those with the same `exchange`, which tells nothing else.
fn message(step: &SignalStep, exchange: u64) -> Value {
    json!({
        "direction": if step.sent { "out" } else { "in" },
        "what": step.what,
        "cseq": step.cseq,
        "bytes": step.bytes,
        "media": step.media,
        "exchange": format!("{exchange:016x}"),
    })
}

fn incoming(from: &str, to: &str, display_name: &Option<String>, matches: &MatchView) -> Value {
    let (contact, count) = match matches {
        MatchView::One { contact } => (Some(json!({ "id": contact.id.0, "name": contact.name })), 1),
        MatchView::Several { contacts } => (None, contacts.len()),
        MatchView::None | MatchView::Searching => (None, 0),
    };
    json!({ "from": from, "to": to, "display_name": display_name, "contact": contact, "matches": count })
}

fn agreed(media: Option<&AgreedMedia>) -> Value {
    json!({
        "codec": media.map(|media| media.codec),
        "rate_hz": media.map(|media| media.rate_hz),
        "channels": media.map(|media| media.channels),
        "srtp": media.and_then(|media| media.srtp),
        "keying": media.and_then(|media| media.keying),
        "rtcp_mux": media.is_some_and(|media| media.rtcp_mux),
        "ice": media.is_some_and(|media| media.ice),
    })
}

fn ended(cause: EndCause, code: Option<u16>, reason: &str, by: EndedBy, duration_ms: u64) -> Value {
    let reason = (!reason.is_empty()).then_some(reason);
    json!({ "cause": cause, "code": code, "reason": reason, "by": by, "duration_ms": duration_ms })
}

/// The fields of `stats` and `summary`; null for what is not known.
pub fn figures(stats: Option<&MediaStats>) -> Value {
    json!({
        "rx_packets": stats.map(|s| s.rx_packets),
        "tx_packets": stats.map(|s| s.tx_packets),
        "lost_pct": stats.map(|s| figure(s.lost_pct)),
        "late": stats.map(|s| s.late),
        "concealed_ms": stats.map(|s| s.concealed_ms),
        "jitter_ms": stats.map(|s| figure(s.jitter_ms)),
        "rtt_ms": stats.and_then(|s| s.rtt_ms).map(figure),
        "buffer_ms": stats.map(|s| s.buffer_ms),
        "dtls": stats.and_then(|s| s.handshake.name()),
        "mos": stats.and_then(|s| s.mos).map(figure),
    })
}
