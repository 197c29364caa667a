//! Bodies in XML: read once, without a tree, bounded in depth and text.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The deepest that elements stand in each other.
const MAX_DEPTH: usize = 16;
/// A longer id, tag, address, name or note is none, in bytes.
pub(super) const MAX_TEXT: usize = 256;

/// What is made of a document. Elements are named without their prefix.
pub(super) trait Document {
    /// An element begins within these; `None` where the document is none of this kind.
    fn begin(&mut self, parents: &[&str], start: &BytesStart<'_>) -> Option<()>;
    /// An element ends, with the text in it that stands behind its last child; trimmed.
    fn end(&mut self, parents: &[&str], name: &str, text: &str);
}

/// Reads a body to its end.
///
/// `None` for what is no whole document, brings entities of its own, or goes deeper than 16 elements.
pub(super) fn read(body: &[u8], document: &mut impl Document) -> Option<()> {
    let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?);
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                text.clear();
                document.begin(&parents(&path), &start)?;
                path.push(start.local_name().as_ref().to_owned());
                if path.len() > MAX_DEPTH {
                    return None;
                }
            }
            Event::Empty(start) => {
                text.clear();
                document.begin(&parents(&path), &start)?;
                document.end(&parents(&path), start.local_name().as_ref(), "");
            }
            Event::End(_) => {
                let name = path.pop()?;
                document.end(&parents(&path), &name, text.trim());
                text.clear();
            }
            Event::Text(more) => add(&mut text, &more.xml10_content()),
            Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                Some(c) => add(&mut text, c.encode_utf8(&mut [0; 4])),
                None => add(&mut text, quick_xml::escape::resolve_predefined_entity(&entity)?),
            },
            Event::CData(more) => add(&mut text, &more.xml10_content()),
            // Entities of a document's own can grow without end.
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return path.is_empty().then_some(()),
        }
    }
}

/// An attribute without its prefix, escapes resolved.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?.into_owned();
    (value.len() <= MAX_TEXT).then_some(value)
}

fn parents(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

fn add(text: &mut String, more: &str) {
    if text.len() + more.len() <= MAX_TEXT {
        text.push_str(more);
    }
}
