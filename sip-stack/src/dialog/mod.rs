//! Dialogs: RFC 3261 §12.

use crate::message::{CSeq, HeaderError, HeaderName, Headers, Method, NameAddr, Request, Response, StatusCode, Uri};

/// What names a dialog, from our side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// Our tag.
    pub local_tag: String,
    /// The peer's tag; empty for peers of RFC 2543.
    pub remote_tag: String,
}

impl DialogId {
    /// The dialog that a request from the peer belongs to; `None` without To tag.
    #[must_use]
    pub fn of_request(request: &Request) -> Option<Self> {
        let headers = &request.headers;
        Some(Self {
            call_id: headers.call_id().ok()?.to_owned(),
            local_tag: headers.to().ok()?.tag()?.to_owned(),
            remote_tag: headers.from().ok()?.tag().unwrap_or_default().to_owned(),
        })
    }
}

/// A dialog. Route set and tags never change; the remote target does (§12.2).
#[derive(Clone, Debug)]
pub struct Dialog {
    id: DialogId,
    local: NameAddr,
    remote: NameAddr,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    remote_target: Uri,
    route_set: Vec<NameAddr>,
    contact: NameAddr,
}

impl Dialog {
    /// The dialog that a response to our INVITE makes (§12.1.2). Each To tag makes another (forking).
    ///
    /// # Errors
    /// A header that it needs is missing or malformed.
    pub fn from_response(invite: &Request, response: &Response, contact: &NameAddr) -> Result<Self, HeaderError> {
        let local = invite.headers.from()?;
        let remote = response.headers.to()?;
        let mut route_set = response.headers.addresses(&HeaderName::RecordRoute)?;
        route_set.reverse();
        let target = response.headers.contact()?.map(|contact| contact.uri);
        let id = DialogId {
            call_id: invite.headers.call_id()?.to_owned(),
            local_tag: local.tag().unwrap_or_default().to_owned(),
            remote_tag: remote.tag().unwrap_or_default().to_owned(),
        };
        Ok(Self {
            id,
            local,
            remote,
            local_cseq: invite.headers.cseq()?.number,
            remote_cseq: None,
            remote_target: target.unwrap_or_else(|| invite.uri.clone()),
            route_set,
            contact: contact.clone(),
        })
    }

    /// The dialog that an INVITE to us makes, with our tag (§12.1.1). Peers of RFC 2543 send neither tag nor, always,
    /// Contact: their From stands in for it.
    ///
    /// # Errors
    /// A header that it needs is missing or malformed; Contact is one of them.
    pub fn from_request(invite: &Request, local_tag: &str, contact: &NameAddr) -> Result<Self, HeaderError> {
        let remote = invite.headers.from()?;
        let old_peer = || remote.tag().is_none().then(|| remote.clone());
        let target = invite.headers.contact()?.or_else(old_peer).ok_or(HeaderError::Missing(HeaderName::Contact))?;
        let id = DialogId {
            call_id: invite.headers.call_id()?.to_owned(),
            local_tag: local_tag.to_owned(),
            remote_tag: remote.tag().unwrap_or_default().to_owned(),
        };
        Ok(Self {
            id,
            local: invite.headers.to()?.with_tag(local_tag),
            remote,
            local_cseq: 0,
            remote_cseq: Some(invite.headers.cseq()?.number),
            remote_target: target.uri,
            route_set: invite.headers.addresses(&HeaderName::RecordRoute)?,
            contact: contact.clone(),
        })
    }

    /// What names it.
    #[must_use]
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Number of our latest request.
    #[must_use]
    pub fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// The address of record of the peer, as From or To name it.
    #[must_use]
    pub fn remote(&self) -> &Uri {
        &self.remote.uri
    }

    /// Where our requests in the dialog are meant for: the Contact of the peer.
    #[must_use]
    pub fn remote_target(&self) -> &Uri {
        &self.remote_target
    }

    /// Leaves numbers out that requests took which this dialog does not know of (RFC 3261 §12.2.2 allows gaps).
    pub fn skip(&mut self, numbers: u32) {
        self.local_cseq += numbers;
    }

    /// Contact that our requests and responses in the dialog carry.
    #[must_use]
    pub fn contact(&self) -> &NameAddr {
        &self.contact
    }

    /// Takes a new Contact of ours, after a change of network.
    pub fn set_contact(&mut self, contact: NameAddr) {
        self.contact = contact;
    }

    /// The next request in the dialog, with Contact where the method refreshes the target (§12.2.1.1).
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq += 1;
        let refreshes = matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Refer);
        let request = self.build(method, self.local_cseq);
        if refreshes { request.with(HeaderName::Contact, &self.contact) } else { request }
    }

    /// The ACK of a 2xx to the INVITE with this number (§13.2.2.4).
    #[must_use]
    pub fn ack(&self, cseq: u32) -> Request {
        self.build(Method::Ack, cseq)
    }

    fn build(&self, method: Method, cseq: u32) -> Request {
        let (uri, routes) = self.target_and_routes();
        let mut request = Request::new(method.clone(), uri).with(HeaderName::MaxForwards, 70);
        for route in routes {
            request.headers.push(HeaderName::Route, route.to_string());
        }
        request
            .with(HeaderName::From, &self.local)
            .with(HeaderName::To, &self.remote)
            .with(HeaderName::CallId, &self.id.call_id)
            .with(HeaderName::CSeq, CSeq { number: cseq, method })
    }

    /// §12.2.1.1: with a strict router first, it takes the Request-URI and the target goes to the end of the routes.
    fn target_and_routes(&self) -> (Uri, Vec<NameAddr>) {
        match self.route_set.split_first() {
            Some((first, rest)) if !first.uri.as_sip().is_some_and(|uri| uri.is_loose_router()) => {
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(self.remote_target.clone()));
                (first.uri.clone(), routes)
            }
            _ => (self.remote_target.clone(), self.route_set.clone()),
        }
    }

    /// Whether a request of the peer comes in order; takes its number (§12.2.2).
    ///
    /// # Errors
    /// 500 for a number that is not above the last one (equal ones of ACK and CANCEL never come here).
    pub fn receive(&mut self, request: &Request) -> Result<(), StatusCode> {
        let number = request.headers.cseq().map_err(|_| StatusCode::BAD_REQUEST)?.number;
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err(StatusCode::SERVER_INTERNAL_ERROR);
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// Takes the Contact of a target refresh, request or 2xx, as the new remote target (§12.2.1.2, §12.2.2).
    pub fn refresh_target(&mut self, headers: &Headers) {
        if let Ok(Some(contact)) = headers.contact() {
            self.remote_target = contact.uri;
        }
    }
}

#[cfg(test)]
mod tests;
