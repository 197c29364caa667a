//! Messages as bytes: canonical header names, one header a line, the true Content-Length last.

use std::io::Write as _;

use bytes::Bytes;

use super::header_name::HeaderName;
use super::headers::Headers;
use super::{Request, Response};

impl Request {
    /// As bytes for the wire. Whatever the headers say of Content-Length is replaced by the true one.
    pub fn print(&self) -> Bytes {
        let mut out = Vec::with_capacity(512 + self.body.len());
        // Writing to a Vec cannot fail.
        let _ = write!(out, "{} {} SIP/2.0", self.method, self.uri);
        finish(out, &self.headers, &self.body)
    }
}

impl Response {
    /// As bytes for the wire. Whatever the headers say of Content-Length is replaced by the true one.
    pub fn print(&self) -> Bytes {
        let mut out = Vec::with_capacity(512 + self.body.len());
        let _ = write!(out, "SIP/2.0 {} {}", self.status, self.reason);
        finish(out, &self.headers, &self.body)
    }
}

fn finish(mut out: Vec<u8>, headers: &Headers, body: &Bytes) -> Bytes {
    // A start line built from code could hold a line break; on the wire it never does.
    out.iter_mut().filter(|b| b.is_ascii_control() && **b != b'\t').for_each(|b| *b = b' ');
    out.extend_from_slice(b"\r\n");
    for header in headers.iter().filter(|h| *h.name() != HeaderName::ContentLength) {
        out.extend_from_slice(header.name().as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(header.value());
        out.extend_from_slice(b"\r\n");
    }
    let _ = write!(out, "Content-Length: {}\r\n\r\n", body.len());
    out.extend_from_slice(body);
    out.into()
}
