//! The `multistatus` that a WebDAV server answers with (RFC 4918 §14.16).

use crate::xml::Node;

pub(super) const DAV: &str = "DAV:";
pub(super) const CARDDAV: &str = "urn:ietf:params:xml:ns:carddav";

/// What is said of one address.
#[derive(Debug)]
pub(super) struct Told {
    pub href: String,
    /// The status of the whole, where it has one: 404 for what is gone, 507 for what is told in part.
    pub status: Option<u16>,
    /// Properties that are there.
    pub properties: Vec<Node>,
}

impl Told {
    /// A property.
    pub fn property(&self, space: &str, name: &str) -> Option<&Node> {
        self.properties.iter().find(|property| property.is(space, name))
    }

    /// The first address in a property.
    pub fn link(&self, space: &str, name: &str) -> Option<&str> {
        self.property(space, name)?.text_of(DAV, "href")
    }

    /// It is a book of addresses.
    pub fn is_book(&self) -> bool {
        self.property(DAV, "resourcetype").is_some_and(|kinds| kinds.child(CARDDAV, "addressbook").is_some())
    }
}

/// A `multistatus`.
#[derive(Debug)]
pub(super) struct Multistatus {
    pub told: Vec<Told>,
    /// Where the next look goes on (RFC 6578 §6.2).
    pub token: Option<String>,
}

impl Multistatus {
    /// None for what is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let root = Node::read(std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}'))?;
        if !root.is(DAV, "multistatus") {
            return None;
        }
        let token = root.text_of(DAV, "sync-token").map(str::to_owned);
        let told = root.children.into_iter().filter(|child| child.is(DAV, "response")).filter_map(told).collect();
        Some(Self { told, token })
    }
}

fn told(response: Node) -> Option<Told> {
    let href = response.text_of(DAV, "href")?.to_owned();
    let status = response.text_of(DAV, "status").and_then(status);
    let there = |stat: &Node| stat.text_of(DAV, "status").and_then(self::status).is_some_and(|code| code / 100 == 2);
    let stats = response.children.into_iter().filter(|child| child.is(DAV, "propstat") && there(child));
    let properties = stats.flat_map(|stat| stat.children).filter(|child| child.is(DAV, "prop"));
    Some(Told { href, status, properties: properties.flat_map(|property| property.children).collect() })
}

/// `HTTP/1.1 404 Not Found`.
fn status(line: &str) -> Option<u16> {
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multistatus_is_read_with_any_prefixes() {
        let body = r#"<?xml version="1.0" encoding="utf-8"?><!-- of a server -->
            <multistatus xmlns="DAV:" xmlns:x="urn:ietf:params:xml:ns:carddav">
            <response><href>/ana/a%20b.vcf</href><propstat><prop><getetag>"1&amp;2"</getetag>
            <x:address-data>BEGIN:VCARD&#13;
N:M&#243;ra<![CDATA[;<Ana>]]></x:address-data></prop><status>HTTP/1.1 200 OK</status></propstat>
            <propstat><prop><displayname/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
            <response><href>/ana/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>
            <sync-token>urn:27</sync-token></multistatus>"#;
        let read = Multistatus::read(body.as_bytes()).unwrap();
        assert_eq!((read.told.len(), read.token.as_deref()), (2, Some("urn:27")));
        let [card, rest] = &read.told[..] else { panic!("two are told") };
        assert_eq!(card.property(CARDDAV, "address-data").unwrap().text, "BEGIN:VCARD\r\nN:Móra;<Ana>");
        assert_eq!(card.property(DAV, "getetag").unwrap().text, "\"1&2\"");
        assert!(card.property(DAV, "displayname").is_none() && card.status.is_none());
        assert_eq!((rest.href.as_str(), rest.status), ("/ana/", Some(507)));
    }

    #[test]
    fn what_is_no_multistatus_is_none() {
        let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
        let entity = r#"<!DOCTYPE a [<!ENTITY b "c">]><multistatus xmlns="DAV:">&b;</multistatus>"#;
        for text in ["", "<html></html>", "<multistatus/>", "<multistatus xmlns='DAV:'>", &deep, entity] {
            assert!(Multistatus::read(text.as_bytes()).is_none(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn noise_never_panics(text in "(<multistatus xmlns=\"DAV:\">)?(<response>|<href>|</href>|&#\\PC{0,3};|\\PC{0,8}|</response>){0,8}(</multistatus>)?") {
            let _ = Multistatus::read(text.as_bytes());
        }
    }
}
