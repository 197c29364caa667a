//! What connectors share in writing and reading records.

use crm::connector::{FieldValue, NewPerson, RemoteKind, RemotePerson};
use crm::phone::PhoneNumber;
use serde_json::{Map, Value};
use time::{OffsetDateTime, UtcOffset};
use url::Url;

/// `path` below the root of `base`; what stands in it is ours or checked.
pub(crate) fn joined(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url.set_query(None);
    url
}

/// What a field holds, as JSON. A number that is none goes as it was typed: the CRM says what is wrong with it.
/// Several values stand behind semicolons, as Salesforce and HubSpot have them.
pub(crate) fn json_value(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => text.as_str().into(),
        FieldValue::Number(number) => {
            number.parse::<serde_json::Number>().map_or_else(|_| number.as_str().into(), Value::Number)
        }
        FieldValue::Flag(flag) => (*flag).into(),
        FieldValue::Several(values) => values.join(";").into(),
    }
}

/// Adds what an organisation requires besides; what is `filled` already stays as it is.
pub(crate) fn add_further(
    body: &mut Map<String, Value>,
    further: &[(String, FieldValue)],
    filled: &[&str],
    held: fn(&FieldValue) -> Value,
) {
    let besides = further.iter().filter(|(name, _)| !filled.contains(&name.as_str()));
    body.extend(besides.map(|(name, value)| (name.clone(), held(value))));
}

/// The first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A moment on the agent's own clock; none for offsets and moments that no clock shows.
pub(crate) fn local(utc_ms: i64, offset_min: i32) -> Option<OffsetDateTime> {
    let utc = OffsetDateTime::from_unix_timestamp_nanos(i128::from(utc_ms) * 1_000_000).ok()?;
    utc.checked_to_offset(UtcOffset::from_whole_seconds(offset_min.checked_mul(60)?).ok()?)
}

/// The day on which the agent's calendar stood: `2027-01-14`.
pub(crate) fn local_day(utc_ms: i64, offset_min: i32) -> Option<String> {
    let (year, month, day) = local(utc_ms, offset_min)?.to_calendar_date();
    Some(format!("{year:04}-{:02}-{day:02}", u8::from(month)))
}

/// The moment with the agent's offset: `2027-01-14T20:00:00-06:00`.
pub(crate) fn local_iso(utc_ms: i64, offset_min: i32) -> Option<String> {
    let local = local(utc_ms, offset_min)?;
    let (hours, minutes, _) = local.offset().as_hms();
    let sign = if local.offset().is_negative() { '-' } else { '+' };
    Some(format!("{}{sign}{:02}:{:02}", clock(local, 'T'), hours.unsigned_abs(), minutes.unsigned_abs()))
}

/// The moment in UTC, day and time of day apart by `between`: `2027-01-15 02:00:00`.
pub(crate) fn utc(utc_ms: i64, between: char) -> Option<String> {
    Some(clock(local(utc_ms, 0)?, between))
}

fn clock(at: OffsetDateTime, between: char) -> String {
    let ((year, month, day), (hour, minute, second)) = (at.to_calendar_date(), at.to_hms());
    format!("{year:04}-{:02}-{day:02}{between}{hour:02}:{minute:02}:{second:02}", u8::from(month))
}

/// A text for CRMs that keep HTML.
pub(crate) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Keeps those who really have the number, in whatever writing: words of digits match more than one.
pub(crate) fn keep_verified(found: &mut Vec<RemotePerson>, number: &PhoneNumber, country: &str) {
    let is = |phone: &String| PhoneNumber::parse(phone, country).is_ok_and(|one| one.match_key() == number.match_key());
    found.retain(|person| person.phones.iter().any(is));
}

/// The kind of the record that somebody becomes.
pub(crate) fn kind_of(person: &NewPerson) -> RemoteKind {
    if person.lead { RemoteKind::Lead } else { RemoteKind::Contact }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_the_agents_own() {
        // 2027-01-15T02:00:00Z is still the 14th in Costa Rica.
        let ms = 1_799_978_400_000;
        assert_eq!(local_day(ms, -360).as_deref(), Some("2027-01-14"));
        assert_eq!((local_day(ms, 0).as_deref(), local_day(ms, 99_999)), (Some("2027-01-15"), None));
        assert_eq!(local_iso(ms, -360).as_deref(), Some("2027-01-14T20:00:00-06:00"));
        assert_eq!(local_iso(ms, 345).as_deref(), Some("2027-01-15T07:45:00+05:45"));
        assert_eq!(local_iso(ms, -30).as_deref(), Some("2027-01-15T01:30:00-00:30"));
        assert_eq!(utc(ms, ' ').as_deref(), Some("2027-01-15 02:00:00"));
    }

    #[test]
    fn a_text_in_html_stays_text() {
        assert_eq!(html("a<b> & 'c'\n\"d\""), "a&lt;b&gt; &amp; &#39;c&#39;<br>&quot;d&quot;");
    }
}
