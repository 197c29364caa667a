//! Making messages: requests by parts, responses from their request (RFC 3261 §8.2.6), CANCEL and the ACK of a failure
//! (§9.1, §17.1.1.3).

use bytes::Bytes;

use super::header_name::HeaderName;
use super::headers::Headers;
use super::method::Method;
use super::status::StatusCode;
use super::typed::CSeq;
use super::uri::Uri;
use super::value::HeaderError;
use super::{Request, Response};

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: Headers::new(), body: Bytes::new() }
    }

    /// With one header more.
    pub fn with(mut self, name: impl Into<HeaderName>, value: impl ToString) -> Self {
        self.headers.push(name, value.to_string());
        self
    }

    /// With this body.
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.set_body(content_type, body);
        self
    }

    /// Replaces body and Content-Type.
    pub fn set_body(&mut self, content_type: &str, body: impl Into<Bytes>) {
        self.headers.set(HeaderName::ContentType, content_type.to_owned());
        self.body = body.into();
    }

    /// The response to this request: Via, From, To, Call-ID, CSeq and Timestamp copied as RFC 3261 §8.2.6.2 tells, `to_tag` added
    /// where To has no tag and the status is not 100, Record-Route copied for statuses that make a dialog (§12.1.1).
    pub fn response(&self, status: StatusCode, to_tag: Option<&str>) -> Response {
        let mut response = Response::new(status);
        for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
            response.headers.copy(&name, &self.headers);
        }
        if status == StatusCode::TRYING {
            response.headers.copy(&HeaderName::Timestamp, &self.headers);
        } else if status.code() < 300 {
            response.headers.copy(&HeaderName::RecordRoute, &self.headers);
        }
        if let (Some(tag), true) = (to_tag, status != StatusCode::TRYING) {
            add_to_tag(&mut response.headers, tag);
        }
        response
    }

    /// The CANCEL of this request: same Request-URI, top Via, From, To, Call-ID, CSeq number and Route (RFC 3261 §9.1).
    ///
    /// # Errors
    /// Via or CSeq of this request cannot be read.
    pub fn cancel(&self) -> Result<Self, HeaderError> {
        self.same_hop(Method::Cancel, &self.headers)
    }

    /// The ACK of a non-2xx final response to this INVITE; To comes from the response (RFC 3261 §17.1.1.3).
    ///
    /// # Errors
    /// Via or CSeq of this request cannot be read.
    pub fn ack_of_failure(&self, response: &Response) -> Result<Self, HeaderError> {
        self.same_hop(Method::Ack, &response.headers)
    }

    fn same_hop(&self, method: Method, to: &Headers) -> Result<Self, HeaderError> {
        let via = self.headers.top_via()?;
        let number = self.headers.cseq()?.number;
        let mut request = Self::new(method.clone(), self.uri.clone()).with(HeaderName::Via, via);
        request.headers.push(HeaderName::MaxForwards, "70");
        request.headers.copy(&HeaderName::Route, &self.headers);
        request.headers.copy(&HeaderName::From, &self.headers);
        request.headers.copy(&HeaderName::To, to);
        request.headers.copy(&HeaderName::CallId, &self.headers);
        Ok(request.with(HeaderName::CSeq, CSeq { number, method }))
    }
}

impl Response {
    /// A response without headers and body, with the registered reason phrase.
    pub fn new(status: StatusCode) -> Self {
        Self { status, reason: status.reason_phrase().to_owned(), headers: Headers::new(), body: Bytes::new() }
    }

    /// With this reason phrase.
    pub fn with_reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.reason);
        self
    }

    /// With one header more.
    pub fn with(mut self, name: impl Into<HeaderName>, value: impl ToString) -> Self {
        self.headers.push(name, value.to_string());
        self
    }

    /// With this body.
    pub fn with_body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.headers.set(HeaderName::ContentType, content_type.to_owned());
        self.body = body.into();
        self
    }
}

/// Adds the tag to the raw To, which may be too malformed to be read and still must be sent back.
pub(crate) fn add_to_tag(headers: &mut Headers, tag: &str) {
    let Some(raw) = headers.get(&HeaderName::To).cloned() else { return };
    let tagged = match super::NameAddr::parse(&raw) {
        Ok(to) if to.tag().is_some() => return,
        Ok(to) => Bytes::from(to.with_tag(tag).to_string()),
        Err(_) => [&raw, &b";tag="[..], tag.as_bytes()].concat().into(),
    };
    headers.set(HeaderName::To, tagged);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invite() -> Request {
        Request::new(Method::Invite, "sip:bob@example.com".parse().unwrap())
            .with("Via", "SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;branch=z9hG4bK2")
            .with("Route", "<sip:p;lr>")
            .with("Record-Route", "<sip:r;lr>")
            .with("From", "<sip:a@h>;tag=1")
            .with("To", "<sip:b@h>")
            .with("Call-ID", "x")
            .with("CSeq", "7 INVITE")
            .with("Timestamp", "54")
    }

    #[test]
    fn responses_copy_what_they_must() {
        let ringing = invite().response(StatusCode::RINGING, Some("me"));
        assert_eq!(ringing.headers.to().unwrap().tag(), Some("me"));
        assert_eq!(ringing.headers.vias().unwrap().len(), 2);
        assert!(ringing.headers.has(&HeaderName::RecordRoute) && !ringing.headers.has(&HeaderName::Timestamp));
        let trying = invite().response(StatusCode::TRYING, Some("me"));
        assert_eq!(trying.headers.to().unwrap().tag(), None);
        assert_eq!(trying.headers.get(&HeaderName::Timestamp).map(|v| &v[..]), Some(&b"54"[..]));
    }

    #[test]
    fn cancel_and_ack_stay_on_the_hop() {
        let cancel = invite().cancel().unwrap();
        assert_eq!(cancel.headers.vias().unwrap().len(), 1);
        assert_eq!(cancel.headers.cseq().unwrap(), CSeq { number: 7, method: Method::Cancel });
        assert!(cancel.headers.has(&HeaderName::Route));
        let busy = invite().response(StatusCode::BUSY_HERE, Some("them"));
        let ack = invite().ack_of_failure(&busy).unwrap();
        assert_eq!((ack.headers.to().unwrap().tag(), ack.method), (Some("them"), Method::Ack));
    }
}
