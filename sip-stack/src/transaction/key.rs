//! What makes two messages belong to the same transaction.

use crate::message::{Method, Request, Response, Via};

/// RFC 3261 §17.1.3: branch of the top Via and method of CSeq.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientKey {
    pub branch: String,
    pub method: Method,
}

impl ClientKey {
    pub fn of_response(response: &Response) -> Option<Self> {
        let branch = response.headers.top_via().ok()?.branch()?.to_owned();
        Some(Self { branch, method: response.headers.cseq().ok()?.method })
    }
}

/// RFC 3261 §17.2.3: branch, sent-by and method, where ACK counts as INVITE; for peers of RFC 2543 everything that
/// stays the same in copies of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum ServerKey {
    Branch { branch: String, sent_by: String, method: Method },
    Rfc2543 { call_id: String, from_tag: String, cseq: u32, uri: String, via: String, method: Method },
}

impl ServerKey {
    /// The key of a request; `None` if the headers that it needs cannot be read.
    pub fn of_request(request: &Request, via: &Via) -> Option<Self> {
        Self::with_method(request, via, match_method(&request.method))
    }

    /// The key of the INVITE that a CANCEL or ACK is about.
    pub fn of_invite(request: &Request, via: &Via) -> Option<Self> {
        Self::with_method(request, via, Method::Invite)
    }

    fn with_method(request: &Request, via: &Via, method: Method) -> Option<Self> {
        if let Some(branch) = via.rfc3261_branch() {
            let port = via.port.map_or(String::new(), |port| format!(":{port}"));
            let sent_by = format!("{}{port}", via.host).to_ascii_lowercase();
            return Some(Self::Branch { branch: branch.to_owned(), sent_by, method });
        }
        let headers = &request.headers;
        Some(Self::Rfc2543 {
            call_id: headers.call_id().ok()?.to_owned(),
            from_tag: headers.from().ok()?.tag().unwrap_or_default().to_owned(),
            cseq: headers.cseq().ok()?.number,
            uri: request.uri.to_string(),
            via: via.to_string(),
            method,
        })
    }
}

fn match_method(method: &Method) -> Method {
    if *method == Method::Ack { Method::Invite } else { method.clone() }
}

/// RFC 3261 §8.2.2.2: what two copies of one request share that came by different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MergeKey {
    call_id: String,
    from_tag: String,
    cseq: u32,
    method: Method,
}

impl MergeKey {
    pub fn of_request(request: &Request) -> Option<Self> {
        let headers = &request.headers;
        if headers.to().ok()?.tag().is_some() {
            return None;
        }
        Some(Self {
            call_id: headers.call_id().ok()?.to_owned(),
            from_tag: headers.from().ok()?.tag()?.to_owned(),
            cseq: headers.cseq().ok()?.number,
            method: request.method.clone(),
        })
    }
}
