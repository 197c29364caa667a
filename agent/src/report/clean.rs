//! Takes out of lines of the log whatever might name somebody, should it stand there against the log's own rule.
//!
//! Known words (names of accounts, people, hosts) are taken out wherever they stand; numbers, addresses and secrets by
//! their form. What a library says is left out: libraries know no such rule.

/// Our own rooms, whose lines are kept.
const ROOMS: &[&str] = &[
    "timbre",
    "timbre_cli",
    "agent",
    "runtime",
    "platform",
    "practice",
    "sip_stack",
    "sip_net",
    "rtp",
    "rtp_net",
    "audio",
    "audio_engine",
    "crm",
    "crm_store",
    "crm_connect",
];
/// What stands for what was taken out.
const NAME: &str = "[name]";
const NUMBER: &str = "[number]";
const ADDRESS: &str = "[address]";
const SECRET: &str = "[secret]";
/// So many digits in a row, with what people write between them, are a number.
const NUMBER_DIGITS: usize = 6;
/// So many letters and digits in a row are a secret.
const SECRET_LEN: usize = 24;
/// Shorter words are not looked for: they would take half of the log with them.
const KNOWN_MIN: usize = 3;

/// What is known by name.
#[derive(Clone, Debug, Default)]
pub struct Cleaner {
    known: Vec<String>,
}

impl Cleaner {
    /// A cleaner that also takes these words out, in any case.
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known
            .into_iter()
            .map(|word| word.trim().to_lowercase())
            .filter(|word| word.chars().count() >= KNOWN_MIN)
            .collect();
        // The longest first: a name that holds another must not leave its rest.
        known.sort_by_key(|word| std::cmp::Reverse(word.len()));
        known.dedup();
        Self { known }
    }

    /// A line of the log; none if nothing of it may stay.
    pub fn line(&self, line: &str) -> Option<String> {
        let (time, rest) = line.split_once(char::is_whitespace)?;
        let (level, rest) = rest.trim_start().split_once(char::is_whitespace)?;
        let is_head = time.len() >= 20 && time.ends_with('Z') && time.starts_with(|c: char| c.is_ascii_digit());
        if !is_head || !["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&level) {
            return None;
        }
        let (target, said) = rest.split_once(": ").unwrap_or((rest, ""));
        let room = target.split("::").next().unwrap_or_default();
        if !ROOMS.contains(&room) {
            return None;
        }
        Some(format!("{time} {level} {target}: {}", self.text(said)))
    }

    /// Text of ours.
    pub fn text(&self, text: &str) -> String {
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // Addresses first: what is left of one that holds a known word would not look like one.
        let words = text.split(' ').map(word).collect::<Vec<_>>().join(" ");
        numbers(&self.without_known(&words))
    }

    fn without_known(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for known in &self.known {
            let mut cleaned = String::new();
            let mut rest = text.as_str();
            while let Some((from, to)) = find(rest, known) {
                cleaned.push_str(&rest[..from]);
                cleaned.push_str(NAME);
                rest = &rest[to..];
            }
            cleaned.push_str(rest);
            text = cleaned;
        }
        text
    }
}

/// Where a word stands, in any case: lower case may have another length, so places are of the text itself.
fn find(text: &str, lower: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(from, _)| {
        let mut wanted = lower.chars();
        let mut next = wanted.next();
        for (at, c) in text[from..].char_indices() {
            for small in c.to_lowercase() {
                if next != Some(small) {
                    return None;
                }
                next = wanted.next();
            }
            if next.is_none() {
                return Some((from, from + at + c.len_utf8()));
            }
        }
        None
    })
}

/// A word without addresses and secrets; brackets, quotes and a field's name around it stay.
fn word(word: &str) -> String {
    let is_field = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.".contains(c));
    let head = word.find('=').filter(|at| is_field(&word[..*at])).map_or(0, |at| at + 1);
    let inner = word[head..].trim_matches(|c| "\"'()[]{}<>,;".contains(c));
    if inner.is_empty() || is_uuid(inner) {
        return word.to_owned();
    }
    let field = word[..head].trim_end_matches('=').to_lowercase();
    let lower = inner.to_lowercase();
    let schemes = ["sip:", "sips:", "tel:", "callto:", "mailto:", "http:", "https:", "ws:", "wss:"];
    let replaced =
        if ["password", "token", "secret", "authorization", "bearer", "key"].iter().any(|s| field.ends_with(s)) {
            SECRET
        } else if inner.contains('@') || schemes.iter().any(|scheme| lower.contains(scheme)) || is_ip(inner) {
            ADDRESS
        } else if is_secret(inner) {
            SECRET
        } else {
            return word.to_owned();
        };
    word.replace(inner, replaced)
}

fn is_uuid(text: &str) -> bool {
    // In brackets as `Debug` writes an id of ours.
    let inner = text.rsplit('(').next().unwrap_or(text);
    inner.len() == 36
        && inner
            .char_indices()
            .all(|(at, c)| if [8, 13, 18, 23].contains(&at) { c == '-' } else { c.is_ascii_hexdigit() })
}

fn is_ip(text: &str) -> bool {
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host).trim_matches(|c| "[]".contains(c));
    let v6 = text.trim_matches(|c| "[]".contains(c));
    host.parse::<std::net::IpAddr>().is_ok() || v6.parse::<std::net::IpAddr>().is_ok()
}

/// Long, without the marks of paths and sentences, and with a digit in it.
fn is_secret(text: &str) -> bool {
    let run = text.split(|c: char| !(c.is_ascii_alphanumeric() || "!_-.+=~".contains(c)));
    run.into_iter().any(|run| run.len() >= SECRET_LEN && run.contains(|c: char| c.is_ascii_digit()) && !is_uuid(run))
}

/// Without numbers that somebody could be called by.
fn numbers(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let uuid = rest.get(..36).filter(|start| !in_word && is_uuid(start));
        let (kept, len) = match uuid {
            Some(uuid) => (uuid, uuid.len()),
            None if first.is_ascii_digit() || first == '+' => {
                let run = digits_from(rest);
                let is_number = run.chars().filter(char::is_ascii_digit).count() >= NUMBER_DIGITS;
                (if is_number { NUMBER } else { run }, run.len())
            }
            None => (&rest[..first.len_utf8()], first.len_utf8()),
        };
        cleaned.push_str(kept);
        in_word = first.is_alphanumeric();
        rest = &rest[len..];
    }
    cleaned
}

/// Digits with what people write between them; never empty for a text that begins with a digit or `+`.
fn digits_from(text: &str) -> &str {
    let to = text.find(|c: char| !(c.is_ascii_digit() || "+-. ()/*#".contains(c))).unwrap_or(text.len());
    let run = text[..to].trim_end_matches(|c| "+-. (/".contains(c));
    if run.is_empty() { &text[..1] } else { run }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaner() -> Cleaner {
        Cleaner::new(["8330101", "pbx.example", "Lucía Mora", "ab"].map(str::to_owned))
    }

    #[test]
    fn what_names_somebody_is_taken_out_and_the_rest_stays() {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (said, stays) in [
            ("registered at PBX.example as 8330101", "registered at [name] as [name]".to_owned()),
            ("card of LUCÍA MORA, saved", "card of [name], saved".to_owned()),
            ("calls +506 8555-0117 now", "calls [number] now".to_owned()),
            ("to sip:50685550117@pbx.example;tag=1 at", "to [address] at".to_owned()),
            ("to=sip:ana@host.example;x", "to=[address]".to_owned()),
            ("from <ana@host.example>", "from <[address]>".to_owned()),
            ("flow udp 192.0.2.1:5070 -> [2001:db8::1]:5060", "flow udp [address] -> [[address]".to_owned()),
            ("token=abc password=\"1234\"", "token=[secret] password=\"[secret]\"".to_owned()),
            ("Bearer 00Dxx0000001gPL!AR8AQJXgZ0123456789abcdef", "Bearer [secret]".to_owned()),
            (&format!("call=Some({id}) fact=ringing"), format!("call=Some({id}) fact=ringing")),
            (&format!("call={id} took 1234 ms in 3.5 s, 99 %"), format!("call={id} took 1234 ms in 3.5 s, 99 %")),
            ("place=\"agent/src/desk/mod.rs:120:9\"", "place=\"agent/src/desk/mod.rs:120:9\"".to_owned()),
        ] {
            assert_eq!(cleaner().text(said), stays, "{said}");
        }
    }

    #[test]
    fn only_lines_of_our_own_rooms_stay() {
        let line = |text: &str| cleaner().line(text);
        let own = "2026-11-22T17:40:00.123456Z  INFO agent::desk: line 8330101 is back";
        assert_eq!(line(own).as_deref(), Some("2026-11-22T17:40:00.123456Z INFO agent::desk: line [name] is back"));
        for other in [
            "2026-11-22T17:40:00.123456Z ERROR hyper::client: GET marcela",
            "a second line of some other text: Marcela",
            "",
            "agents of the world: unite",
        ] {
            assert_eq!(line(other), None, "{other}");
        }
    }

    #[test]
    fn any_text_is_cleaned_without_a_panic() {
        for text in ["+", "İİİ 8330101", "(((", "=", "a=b=c", "\u{0}\u{7}", "++506", "ab", "𝟘𝟙𝟚 ñ@", "1 2 3 4 5 6 7"]
        {
            let cleaned = cleaner().text(text);
            assert!(!cleaned.contains("8330101") && !cleaned.contains('@'), "{cleaned}");
        }
        assert_eq!(cleaner().text("1 2 3 4 5 6 7 x"), "[number] x");
    }
}
