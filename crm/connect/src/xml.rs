//! XML as WebDAV and SOAP write it, read into a tree without names of prefixes.

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

/// The deepest that elements stand in each other.
const DEPTH_MAX: usize = 32;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Node {
    space: String,
    name: String,
    pub children: Vec<Node>,
    /// Its text, behind each other where elements stand between.
    pub text: String,
}

impl Node {
    /// The tree of a document; none for what is no XML.
    pub fn read(text: &str) -> Option<Self> {
        let mut reader = NsReader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let (space, event) = reader.read_resolved_event().ok()?;
            match event {
                Event::Start(start) if open.len() <= DEPTH_MAX => open.push(Self::begun(&space, &start)),
                Event::Start(_) => return None,
                Event::Empty(start) => open.last_mut()?.children.push(Self::begun(&space, &start)),
                Event::End(_) => {
                    let done = open.pop()?;
                    open.last_mut()?.children.push(done);
                }
                Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
                Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                    Some(c) => open.last_mut()?.text.push(c),
                    // Entities of a document's own are refused: they can grow without end.
                    None => open.last_mut()?.text.push_str(resolve_predefined_entity(&entity)?),
                },
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let document = open.pop()?;
        if open.is_empty() { document.children.into_iter().next() } else { None }
    }

    fn begun(space: &ResolveResult<'_>, start: &BytesStart<'_>) -> Self {
        let space = if let ResolveResult::Bound(space) = space { space.0.to_owned() } else { String::new() };
        Self { space, name: start.local_name().as_ref().to_owned(), ..Self::default() }
    }

    pub fn is(&self, space: &str, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// The children of this name.
    pub fn all<'a>(&'a self, space: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(space, name))
    }

    /// The first child of this name.
    pub fn child(&self, space: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(space, name))
    }

    /// The text of the first child of this name.
    pub fn text_of(&self, space: &str, name: &str) -> Option<&str> {
        self.child(space, name).map(|child| child.text.trim())
    }
}
