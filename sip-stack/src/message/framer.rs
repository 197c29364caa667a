//! Messages out of a byte stream (RFC 3261 §18.3): feed bytes as they come, take messages as they are whole.

use bytes::{Bytes, BytesMut};

use super::parse::{Head, LengthError, MAX_HEAD, MAX_MESSAGE, ParseError, ParseErrorKind};

/// What a stream held next.
#[derive(Clone, Debug, PartialEq)]
pub enum Framed {
    /// The bytes of one whole message, start line to end of body, for [`super::parse::datagram`].
    Message(Bytes),
    /// A double CRLF between messages: the other side asks for a single CRLF (RFC 5626 §4.4.1).
    Ping,
    /// A single CRLF between messages: the answer to our own ping, or padding.
    Pong,
}

/// Cuts a stream into messages.
///
/// ```text
/// Between ──first byte of a message──► Head ──empty line──► Body ──Content-Length bytes──► Between
///   │ CRLF: Pong, CRLF CRLF: Ping
/// ```
/// The buffer never holds more than one message of the largest size and what came with the last feed.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    /// Bytes already searched for the end of the headers.
    searched: usize,
    broken: bool,
}

impl StreamFramer {
    /// An empty stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes that came. After an error they are dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !self.broken {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next whole thing, or none until more bytes come. Call it until it gives none.
    ///
    /// # Errors
    /// The end of a message cannot be known (no or bad Content-Length, too large): answer with [`ParseError::reply`] if there is one, then close the
    /// connection; every later call gives the same kind of error without reply.
    pub fn take(&mut self) -> Result<Option<Framed>, ParseError> {
        if self.broken {
            return Err(ParseError { kind: ParseErrorKind::Truncated, reply: None });
        }
        if let Some(keep_alive) = self.take_line_ends() {
            return Ok(Some(keep_alive));
        }
        let Some(head_len) = self.find_head_end() else {
            if self.buffer.len() > MAX_HEAD {
                return Err(self.give_up(ParseErrorKind::TooLarge));
            }
            return Ok(None);
        };
        self.take_message(head_len)
    }

    /// Bytes waiting for more.
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }

    fn take_line_ends(&mut self) -> Option<Framed> {
        match self.buffer.as_ref() {
            [b'\r', b'\n', b'\r', b'\n', ..] => {
                self.drop_front(4);
                Some(Framed::Ping)
            }
            // Half of a ping: the rest may still come.
            [b'\r', b'\n', b'\r'] => None,
            [b'\r', b'\n', ..] => {
                self.drop_front(2);
                Some(Framed::Pong)
            }
            [b'\n', ..] => {
                self.drop_front(1);
                Some(Framed::Pong)
            }
            _ => None,
        }
    }

    fn drop_front(&mut self, count: usize) {
        let _ = self.buffer.split_to(count);
        self.searched = 0;
    }

    /// Length of start line and headers with the empty line, if it is all there.
    fn find_head_end(&mut self) -> Option<usize> {
        let bytes = self.buffer.as_ref();
        let mut at = self.searched;
        while let Some(end) = memchr::memchr(b'\n', &bytes[at..]) {
            let after = at + end + 1;
            match &bytes[after..] {
                [b'\n', ..] => return Some(after + 1),
                [b'\r', b'\n', ..] => return Some(after + 2),
                // The next two bytes decide: look at this line end again when they are here.
                [] | [b'\r'] => {
                    self.searched = at + end;
                    return None;
                }
                _ => at = after,
            }
        }
        self.searched = bytes.len();
        None
    }

    fn take_message(&mut self, head_len: usize) -> Result<Option<Framed>, ParseError> {
        let head_bytes = Bytes::copy_from_slice(&self.buffer[..head_len]);
        let head = Head::read(&head_bytes);
        if let Some(kind @ (ParseErrorKind::TooLarge | ParseErrorKind::TooManyHeaders)) = head.fault().cloned() {
            return self.break_off(head, kind);
        }
        let length = match head.content_length().and_then(|length| length.ok_or(LengthError::Missing)) {
            Ok(length) => length,
            Err(error) => return self.break_off(head, ParseErrorKind::ContentLength(error)),
        };
        if length > MAX_MESSAGE - head_len.min(MAX_MESSAGE) {
            return self.break_off(head, ParseErrorKind::TooLarge);
        }
        if self.buffer.len() < head_len + length {
            return Ok(None);
        }
        let whole = self.buffer.split_to(head_len + length).freeze();
        self.searched = 0;
        Ok(Some(Framed::Message(whole)))
    }

    fn break_off(&mut self, head: Head, kind: ParseErrorKind) -> Result<Option<Framed>, ParseError> {
        let mut error = self.give_up(kind.clone());
        error.reply = head.fail(kind).reply;
        Err(error)
    }

    fn give_up(&mut self, kind: ParseErrorKind) -> ParseError {
        self.broken = true;
        self.buffer = BytesMut::new();
        ParseError { kind, reply: None }
    }
}

#[cfg(test)]
#[path = "framer_tests.rs"]
mod tests;
