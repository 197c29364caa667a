//! `application/pidf+xml` (RFC 3863) with activities (RFC 4480): whether somebody can be reached, and what they do.

use std::fmt;

use quick_xml::events::BytesStart;

use super::xml;

/// Body type of the package `presence`.
pub(in crate::ua) const CONTENT_TYPE: &str = "application/pidf+xml";

/// What somebody does (RFC 4480 §3.2), as far as a caller wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// `on-the-phone`.
    OnThePhone,
    /// `busy`, `meeting`, `presentation` and what else should not be disturbed.
    Busy,
    /// `away`, `meal`, `holiday` and what else is somewhere else.
    Away,
}

/// What a document of presence says. Its `Debug` shows no text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// `basic`: can be reached; of several ways one is enough. None where nobody says.
    pub open: Option<bool>,
    /// The activity that hinders most.
    pub activity: Option<Activity>,
    /// A word for people, up to 256 bytes; untrusted text.
    pub note: Option<String>,
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presence({:?}, {:?})", self.open, self.activity)
    }
}

impl Presence {
    /// Reads a body. Elements that are not known are passed over.
    ///
    /// `None` for what is no document of this kind, brings entities of its own, or goes deeper than 16 elements.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut reading = Reading::default();
        xml::read(body, &mut reading)?;
        reading.begun.then_some(reading.presence)
    }

    /// Prints a document about `entity`, an address as in `sip:alice@example.com`, which [`Self::parse`] reads back.
    #[must_use]
    pub fn print(&self, entity: &str) -> String {
        let entity = quick_xml::escape::escape(entity);
        let basic = if self.open == Some(false) { "closed" } else { "open" };
        let activity = self.activity.map(|activity| match activity {
            Activity::OnThePhone => "on-the-phone",
            Activity::Busy => "busy",
            Activity::Away => "away",
        });
        let activity = activity.map(|name| format!("<rpid:activities><rpid:{name}/></rpid:activities>"));
        let person = activity.map(|activity| format!("<dm:person id=\"p1\">{activity}</dm:person>"));
        let note = self.note.as_deref().map(|note| format!("<note>{}</note>", quick_xml::escape::escape(note)));
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
             xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" \
             entity=\"{entity}\"><tuple id=\"t1\"><status><basic>{basic}</basic></status>{}</tuple>{}</presence>\r\n",
            note.unwrap_or_default(),
            person.unwrap_or_default(),
        )
    }
}

#[derive(Default)]
struct Reading {
    begun: bool,
    presence: Presence,
}

impl xml::Document for Reading {
    fn begin(&mut self, parents: &[&str], start: &BytesStart<'_>) -> Option<()> {
        let name = start.local_name();
        match (parents, name.as_ref()) {
            ([], "presence") if !self.begun => self.begun = true,
            ([], _) => return None,
            // RFC 4480 §3.2; older exchanges put them into the tuple.
            ([.., "activities"], name) => {
                let activity = activity(name);
                let now = self.presence.activity;
                self.presence.activity = [now, activity].into_iter().flatten().min();
            }
            _ => {}
        }
        Some(())
    }

    fn end(&mut self, parents: &[&str], name: &str, text: &str) {
        match (parents, name) {
            (["presence", "tuple", "status"], "basic") => {
                let open = text.eq_ignore_ascii_case("open");
                self.presence.open = Some(open || self.presence.open == Some(true));
            }
            (["presence"] | ["presence", "tuple" | "person"], "note") if !text.is_empty() => {
                self.presence.note.get_or_insert_with(|| text.to_owned());
            }
            _ => {}
        }
    }
}

fn activity(name: &str) -> Option<Activity> {
    Some(match name {
        "on-the-phone" => Activity::OnThePhone,
        "busy" | "meeting" | "appointment" | "presentation" | "performance" | "in-transit" | "travel" | "worship"
        | "tv" | "playing" => Activity::Busy,
        "away" | "meal" | "breakfast" | "dinner" | "holiday" | "vacation" | "sleeping" | "steering" | "shopping"
        | "permanent-absence" | "looking-for-work" => Activity::Away,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "pidf_tests.rs"]
mod tests;
