//! The history out: one row for each call, for any spreadsheet.

use super::{csv, guarded};
use crate::call::{Direction, EndCause};
use crate::card::{CardRow, CardState};
use crate::id::Origin;
use crate::phone::PhoneNumber;

/// Headings, in order. Moments are ISO 8601 with offset, durations seconds.
pub const COLUMNS: &[&str] = &[
    "started_at",
    "direction",
    "missed",
    "from",
    "to",
    "duration_s",
    "line",
    "call_center",
    "contact",
    "state",
    "disposition",
    "subject",
    "comment",
    "end_cause",
    "call_id",
];

/// Writes calls. `offset_min` is the offset of local time from UTC in minutes. Demo data is left out; how many rows there
/// are comes with it.
pub fn write<'a>(rows: impl IntoIterator<Item = &'a CardRow>, offset_min: i32) -> (String, usize) {
    let heading: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    let live = rows.into_iter().filter(|row| row.card.record.origin == Origin::Live);
    let rows = live.map(|row| cells(row, offset_min).iter().map(|cell| guarded(cell)).collect());
    let table: Vec<Vec<String>> = std::iter::once(heading).chain(rows).collect();
    (csv::write(table.iter().map(Vec::as_slice)), table.len() - 1)
}

fn cells(row: &CardRow, offset_min: i32) -> [String; 15] {
    let record = &row.card.record;
    let party =
        record.party.number.as_ref().map_or_else(|| record.party.raw.clone(), |number| number.dial().to_owned());
    let own =
        PhoneNumber::from_e164(&record.own_number).map_or_else(|| record.own_number.clone(), |n| n.dial().to_owned());
    let (direction, from, to) = match record.direction {
        Direction::Incoming => ("incoming", party, own),
        Direction::Outgoing => ("outgoing", own, party),
    };
    let draft = &row.card.draft;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    [
        iso(record.started_at_ms, offset_min),
        direction.into(),
        if record.missed() { "1" } else { "0" }.into(),
        from,
        to,
        record.duration_s().to_string(),
        record.line.label.clone(),
        text(&record.line.call_center),
        row.contact.as_ref().map(|contact| contact.name.clone()).unwrap_or_default(),
        state(row.card.state).into(),
        text(&row.disposition),
        draft.subject.clone(),
        draft.comment.clone(),
        record.end.map_or("", |end| cause(end.cause)).into(),
        record.id.0.to_string(),
    ]
}

fn state(state: CardState) -> &'static str {
    match state {
        CardState::Live => "live",
        CardState::Unsaved => "unsaved",
        CardState::Saved => "saved",
        CardState::Dismissed => "dismissed",
        CardState::Expired => "expired",
        CardState::NotNeeded => "not_needed",
    }
}

fn cause(cause: EndCause) -> &'static str {
    match cause {
        EndCause::Normal => "normal",
        EndCause::Busy => "busy",
        EndCause::Declined => "declined",
        EndCause::NoAnswer => "no_answer",
        EndCause::Cancelled => "cancelled",
        EndCause::NotFound => "not_found",
        EndCause::Auth => "auth",
        EndCause::Forbidden => "forbidden",
        EndCause::Dns => "dns",
        EndCause::Unreachable => "unreachable",
        EndCause::Timeout => "timeout",
        EndCause::Tls => "tls",
        EndCause::OwnCertificate => "own_certificate",
        EndCause::WebSocket => "web_socket",
        EndCause::MediaIncompatible => "media_incompatible",
        EndCause::Elsewhere => "elsewhere",
        EndCause::Internal => "internal",
    }
}

/// A moment in ISO 8601 with offset, to the second.
pub(super) fn iso(at_ms: i64, offset_min: i32) -> String {
    let local_s = at_ms.div_euclid(1000) + i64::from(offset_min) * 60;
    let (days, second) = (local_s.div_euclid(86_400), local_s.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let sign = if offset_min < 0 { '-' } else { '+' };
    let offset = offset_min.unsigned_abs();
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}",
        offset / 60,
        offset % 60
    )
}

/// Gregorian date of a number of days since 1970-01-01: years are counted from 1 March, so that the leap day is the last
/// of its year, in cycles of 400 years (146,097 days).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let of_cycle = days.rem_euclid(146_097);
    let year = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (cycle * 400 + year + i64::from(month <= 2), month, day)
}
