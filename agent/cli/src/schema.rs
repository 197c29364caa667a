//! The JSON Schema of the lines, made from one table.

use serde_json::{Map, Value, json};

/// Shapes of fields.
#[derive(Clone, Copy)]
enum Is {
    Text,
    TextOrNull,
    Whole,
    WholeOrNull,
    FigureOrNull,
    Flag,
    FlagOrNull,
    Cause,
    By,
    Direction,
    Keying,
    Policy,
    PersonOrNull,
    Tried,
}

use Is::*;

const CAUSES: [&str; 17] = [
    "normal",
    "busy",
    "declined",
    "no_answer",
    "cancelled",
    "not_found",
    "auth",
    "forbidden",
    "dns",
    "unreachable",
    "timeout",
    "tls",
    "own_certificate",
    "web_socket",
    "media_incompatible",
    "elsewhere",
    "internal",
];

const FIGURES: &[(&str, Is)] = &[
    ("rx_packets", WholeOrNull),
    ("tx_packets", WholeOrNull),
    ("lost_pct", FigureOrNull),
    ("late", WholeOrNull),
    ("concealed_ms", WholeOrNull),
    ("jitter_ms", FigureOrNull),
    ("rtt_ms", FigureOrNull),
    ("buffer_ms", WholeOrNull),
    ("dtls", TextOrNull),
    ("mos", FigureOrNull),
];

const AGREED: &[(&str, Is)] = &[
    ("codec", TextOrNull),
    ("rate_hz", WholeOrNull),
    ("channels", WholeOrNull),
    ("srtp", TextOrNull),
    ("keying", Keying),
    ("rtcp_mux", Flag),
    ("ice", Flag),
];

/// Every event with its fields.
const EVENTS: &[(&str, &[(&str, Is)])] = &[
    ("registering", &[]),
    ("registered", &[("expires_s", Whole), ("contact", Text), ("flow", Text)]),
    ("registration_failed", &[("code", WholeOrNull), ("reason", Text), ("cause", Cause), ("retry_ms", WholeOrNull)]),
    ("unregistered", &[]),
    ("mailbox", &[("waiting", Flag), ("new", WholeOrNull), ("old", WholeOrNull)]),
    (
        "colleague",
        &[
            ("target", Text),
            ("state", Text),
            ("calls", FlagOrNull),
            ("number", TextOrNull),
            ("name", TextOrNull),
            ("can_pick_up", Flag),
            ("reachable", TextOrNull),
            ("note", TextOrNull),
        ],
    ),
    ("headset", &[("name", Text), ("state", TextOrNull)]),
    ("headset_pressed", &[("wish", Text), ("on", FlagOrNull), ("number", WholeOrNull)]),
    ("message_written", &[("message", Text)]),
    ("message_settled", &[("message", Text), ("state", Text), ("code", WholeOrNull)]),
    ("message_received", &[("message", Text), ("from", Text), ("text", Text)]),
    ("listening", &[("local", TextOrNull)]),
    ("calling", &[("to", Text)]),
    ("ringing", &[("code", Whole)]),
    ("early_media", &[]),
    (
        "incoming",
        &[("from", Text), ("to", Text), ("display_name", TextOrNull), ("contact", PersonOrNull), ("matches", Whole)],
    ),
    ("answered", AGREED),
    ("first_rtp", &[("after_answer_ms", Whole)]),
    ("held", &[("by", By)]),
    ("resumed", &[("by", By)]),
    ("hold_refused", &[("code", WholeOrNull)]),
    ("transfer_progress", &[("code", Whole)]),
    ("transfer_asked", &[]),
    ("transferred", &[]),
    ("transfer_failed", &[("code", WholeOrNull)]),
    ("dtmf_refused", &[("code", WholeOrNull)]),
    ("dtmf", &[("digit", TextOrNull), ("direction", Direction)]),
    ("media_changed", AGREED),
    ("recording", &[("state", Text), ("file", TextOrNull), ("length_ms", WholeOrNull), ("problem", TextOrNull)]),
    ("message", &[("direction", Direction), ("what", Text), ("cseq", Whole), ("bytes", Whole), ("media", TextOrNull)]),
    ("stats", FIGURES),
    ("summary", FIGURES),
    ("error", &[("cause", Cause), ("detail", Text)]),
    ("ended", &[("cause", Cause), ("code", WholeOrNull), ("reason", TextOrNull), ("by", By), ("duration_ms", Whole)]),
    (
        "link",
        &[
            ("ok", Flag),
            ("dial", TextOrNull),
            ("e164", TextOrNull),
            ("ext", TextOrNull),
            ("policy", Policy),
            ("reason", TextOrNull),
        ],
    ),
    ("contact", &[("id", Text), ("name", Text), ("company", TextOrNull), ("phone", TextOrNull), ("email", TextOrNull)]),
    ("imported", &[("contacts", Whole), ("duplicates", Whole)]),
    ("exported", &[("rows", Whole)]),
    ("connector", &[("name", Text), ("verified", Flag), ("server", Text)]),
    ("sign_in", &[("url", Text)]),
    ("connector_step", &[("operation", Text), ("result", Tried), ("code", TextOrNull), ("detail", TextOrNull)]),
    ("connector_checked", &[("ok", Flag), ("works", Whole), ("fails", Whole), ("left_out", Whole)]),
    (
        "call_details",
        &[
            ("began", TextOrNull),
            ("codec", TextOrNull),
            ("srtp", TextOrNull),
            ("keying", Keying),
            ("cause", TextOrNull),
            ("code", WholeOrNull),
            ("talk_ms", WholeOrNull),
            ("lost_pct", FigureOrNull),
            ("left_out", Whole),
            ("every_s", Whole),
        ],
    ),
    (
        "figures",
        &[
            ("at", Text),
            ("loss_pct", FigureOrNull),
            ("jitter_ms", FigureOrNull),
            ("rtt_ms", FigureOrNull),
            ("mos", FigureOrNull),
        ],
    ),
    (
        "outbox_item",
        &[
            ("id", Text),
            ("state", Text),
            ("connector", TextOrNull),
            ("attempt", Whole),
            ("next_at_ms", Whole),
            ("last_error", TextOrNull),
        ],
    ),
];

/// The schema: a line is one of the events.
pub fn schema() -> Value {
    let lines: Vec<Value> = EVENTS.iter().map(|(event, fields)| one(event, fields)).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of timbre-cli --json",
        "oneOf": lines,
    })
}

/// Fields are added by later versions: what is not named here is allowed.
fn one(event: &str, fields: &[(&str, Is)]) -> Value {
    let mut properties = Map::new();
    properties.insert("v".into(), json!({ "const": crate::line::VERSION }));
    properties.insert("event".into(), json!({ "const": event }));
    properties.insert("t_ms".into(), json!({ "type": "integer", "minimum": 0 }));
    properties.insert("ts".into(), json!({ "type": "string", "format": "date-time" }));
    properties.insert("account".into(), json!({ "type": "string" }));
    properties.insert("call".into(), json!({ "type": "string", "format": "uuid" }));
    let mut required = vec!["v", "event", "t_ms", "ts"];
    for (name, is) in fields {
        properties.insert((*name).into(), shape(*is));
        required.push(name);
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn shape(is: Is) -> Value {
    let person = json!({
        "type": "object",
        "properties": { "id": { "type": "string", "format": "uuid" }, "name": { "type": "string" } },
        "required": ["id", "name"],
    });
    match is {
        Text => json!({ "type": "string" }),
        TextOrNull => json!({ "type": ["string", "null"] }),
        Whole => json!({ "type": "integer", "minimum": 0 }),
        WholeOrNull => json!({ "type": ["integer", "null"], "minimum": 0 }),
        FigureOrNull => json!({ "type": ["number", "null"] }),
        FlagOrNull => json!({ "type": ["boolean", "null"] }),
        Flag => json!({ "type": "boolean" }),
        Cause => json!({ "enum": CAUSES }),
        By => json!({ "enum": ["local", "remote", "network"] }),
        Direction => json!({ "enum": ["in", "out"] }),
        Keying => json!({ "enum": ["sdes", "dtls", null] }),
        Policy => json!({ "enum": ["dial", "ask", "refuse"] }),
        Tried => json!({ "enum": ["works", "fails", "left_out"] }),
        PersonOrNull => json!({ "anyOf": [person, { "type": "null" }] }),
    }
}

#[cfg(test)]
mod tests {
    use agent_api::call::EndCause;

    use super::*;

    #[test]
    fn the_causes_are_those_of_the_window_and_the_store() {
        for cause in CAUSES {
            let shown: EndCause = serde_json::from_value(json!(cause)).unwrap_or_else(|_| panic!("{cause}"));
            assert_eq!(serde_json::to_value(shown).ok(), Some(json!(cause)));
        }
        // One more would not be read: the boundary knows no other.
        let listed = format!("{:?}", serde_json::from_value::<EndCause>(json!("?")).map_err(|error| error.to_string()));
        assert!(CAUSES.iter().all(|cause| listed.contains(&format!("`{cause}`"))));
        assert_eq!(listed.matches('`').count(), 2 * (CAUSES.len() + 1), "{listed}");
    }
}
