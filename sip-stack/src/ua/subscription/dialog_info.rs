//! `application/dialog-info+xml` (RFC 4235 §4): the calls that somebody has.

use std::fmt;

use quick_xml::events::BytesStart;

use super::xml::{self, attribute};

/// Body type of the package `dialog`.
pub(in crate::ua) const CONTENT_TYPE: &str = "application/dialog-info+xml";
/// More calls than this of one person are not kept.
const MAX_DIALOGS: usize = 64;

/// How far a call of somebody has come (RFC 4235 §3.7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialogState {
    /// Begun; nothing came back.
    Trying,
    /// Something came back, without a tag.
    Proceeding,
    /// It rings.
    Early,
    /// Both talk.
    Confirmed,
    /// Over.
    Terminated,
}

/// A call of somebody, as the exchange tells it. All text is untrusted.
#[derive(Clone, PartialEq, Eq)]
pub struct WatchedDialog {
    /// Names it among those of this person.
    pub id: String,
    /// How far it is.
    pub state: DialogState,
    /// Whether the person calls (or is called); none where nobody says.
    pub calls: Option<bool>,
    /// Call-ID with the tags of the person and of the other side: what takes a call over (RFC 3891).
    pub call_id: Option<String>,
    /// See `call_id`.
    pub local_tag: Option<String>,
    /// See `call_id`.
    pub remote_tag: Option<String>,
    /// Address of the other side.
    pub remote: Option<String>,
    /// Name of the other side.
    pub remote_name: Option<String>,
}

impl fmt::Debug for WatchedDialog {
    /// Shows nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatchedDialog({:?})", self.state)
    }
}

/// A document of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialogInfo {
    /// Counts the documents of a subscription.
    pub version: u32,
    /// It tells of all calls, not only of those that changed.
    pub full: bool,
    /// The calls, up to 64.
    pub dialogs: Vec<WatchedDialog>,
}

impl DialogInfo {
    /// Reads a body. Elements that are not known are passed over.
    ///
    /// `None` for what is no document of this kind, brings entities of its own, or goes deeper than 16 elements.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut reading = Reading::default();
        xml::read(body, &mut reading)?;
        reading.document
    }
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    document: Option<DialogInfo>,
    dialog: Option<WatchedDialog>,
    /// Without a state a dialog is none.
    stated: bool,
}

impl xml::Document for Reading {
    fn begin(&mut self, parents: &[&str], start: &BytesStart<'_>) -> Option<()> {
        match (parents, start.local_name().as_ref()) {
            ([], "dialog-info") if self.document.is_none() => {
                let version = attribute(start, "version").and_then(|version| version.trim().parse().ok())?;
                let full = attribute(start, "state").is_none_or(|state| !state.eq_ignore_ascii_case("partial"));
                self.document = Some(DialogInfo { version, full, dialogs: Vec::new() });
            }
            ([], _) => return None,
            (["dialog-info"], "dialog") => {
                self.stated = false;
                self.dialog = attribute(start, "id").map(|id| WatchedDialog {
                    id,
                    state: DialogState::Terminated,
                    calls: attribute(start, "direction").map(|way| way.eq_ignore_ascii_case("initiator")),
                    call_id: attribute(start, "call-id"),
                    local_tag: attribute(start, "local-tag"),
                    remote_tag: attribute(start, "remote-tag"),
                    remote: None,
                    remote_name: None,
                });
            }
            (["dialog-info", "dialog", "remote"], "identity") => {
                if let Some(dialog) = &mut self.dialog {
                    dialog.remote_name = attribute(start, "display").filter(|name| !name.is_empty());
                }
            }
            _ => {}
        }
        Some(())
    }

    fn end(&mut self, parents: &[&str], name: &str, text: &str) {
        match (parents, name) {
            (["dialog-info"], "dialog") => {
                let dialogs = self.document.as_mut().map(|document| &mut document.dialogs);
                if let (Some(dialog), Some(dialogs)) = (self.dialog.take().filter(|_| self.stated), dialogs)
                    && dialogs.len() < MAX_DIALOGS
                {
                    dialogs.push(dialog);
                }
            }
            (["dialog-info", "dialog"], "state") => {
                if let (Some(dialog), Some(state)) = (&mut self.dialog, state(text)) {
                    dialog.state = state;
                    self.stated = true;
                }
            }
            (["dialog-info", "dialog", "remote"], "identity") => {
                if let Some(dialog) = self.dialog.as_mut().filter(|_| !text.is_empty()) {
                    dialog.remote = Some(text.to_owned());
                }
            }
            _ => {}
        }
    }
}

fn state(text: &str) -> Option<DialogState> {
    Some(match text.to_ascii_lowercase().as_str() {
        "trying" => DialogState::Trying,
        "proceeding" => DialogState::Proceeding,
        "early" => DialogState::Early,
        "confirmed" => DialogState::Confirmed,
        "terminated" => DialogState::Terminated,
        _ => return None,
    })
}

/// What is known of one person's calls: documents put together (RFC 4235 §4.3).
#[derive(Debug, Default)]
pub(super) struct Watch {
    version: Option<u32>,
    dialogs: Vec<WatchedDialog>,
}

/// What a document did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// The calls are these now, those that are over left out.
    Now(Vec<WatchedDialog>),
    /// It is older than what is known.
    Old,
    /// One before it is missing: all is to be told anew.
    Gap,
    /// It cannot be read.
    Unreadable,
}

impl Watch {
    pub fn take(&mut self, body: &[u8]) -> Taken {
        let Some(document) = DialogInfo::parse(body) else { return Taken::Unreadable };
        if document.full {
            // NOTIFYs come in order; exchanges that begin to count anew are believed.
            self.dialogs.clear();
        } else {
            match self.version {
                Some(known) if document.version <= known => return Taken::Old,
                Some(known) if document.version == known + 1 => {}
                _ => return Taken::Gap,
            }
        }
        self.version = Some(document.version);
        for dialog in document.dialogs {
            self.dialogs.retain(|known| known.id != dialog.id);
            if dialog.state != DialogState::Terminated && self.dialogs.len() < MAX_DIALOGS {
                self.dialogs.push(dialog);
            }
        }
        Taken::Now(self.dialogs.clone())
    }
}

#[cfg(test)]
#[path = "dialog_info_tests.rs"]
mod tests;
