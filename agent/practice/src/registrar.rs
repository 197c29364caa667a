//! The registrar (RFC 3261 §10.3) of one user, with digest (RFC 8760); pure: time and chance are arguments.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::RngCore;
use sip_stack::auth::{Algorithm, Answer, Challenge, Challenger};
use sip_stack::message::{Contacts, HeaderName, NameAddr, Request, Response, SipUri, StatusCode};
use sip_stack::ua::Secret;

/// How long a binding lives when the client names no time, and the longest that is granted.
const DEFAULT_EXPIRES_S: u32 = 600;
const MAX_EXPIRES_S: u32 = 3600;
/// A nonce is good for this long; afterwards its use is called stale, and the client tries again unasked.
const NONCE_LIFE: Duration = Duration::from_secs(300);
const MAX_NONCES: usize = 32;
/// Answers that are kept for copies of their requests: REGISTER travels over UDP.
const MAX_ANSWERED: usize = 32;

/// Who may register.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub domain: String,
    pub user: String,
    pub password: Secret,
}

#[derive(Debug)]
pub(crate) struct Registrar {
    subscriber: Subscriber,
    nonces: VecDeque<Nonce>,
    answered: VecDeque<(String, Response)>,
    binding: Option<Binding>,
}

#[derive(Debug)]
struct Nonce {
    value: String,
    made: Instant,
    /// Highest count that was used with it.
    count: u32,
}

#[derive(Debug)]
struct Binding {
    contact: NameAddr,
    call_id: String,
    cseq: u32,
    until: Instant,
}

/// What a digest answer is worth.
enum Proof {
    Good,
    Stale,
    None,
}

impl Registrar {
    pub fn new(subscriber: Subscriber) -> Registrar {
        Registrar { subscriber, nonces: VecDeque::new(), answered: VecDeque::new(), binding: None }
    }

    /// Where the user is now.
    pub fn contact(&self, now: Instant) -> Option<&SipUri> {
        let binding = self.binding.as_ref().filter(|binding| binding.until > now)?;
        binding.contact.uri.as_sip()
    }

    /// Answers a REGISTER. A copy of a request gets a copy of its answer (RFC 3261 §17.2.2).
    pub fn answer(&mut self, now: Instant, request: &Request, rng: &mut impl RngCore) -> Response {
        let branch = request.headers.top_via().ok().and_then(|via| via.params.get("branch").map(str::to_owned));
        let known = self.answered.iter().find(|(answered, _)| Some(answered) == branch.as_ref());
        if let Some((_, response)) = known {
            return response.clone();
        }
        let response = self.judge(now, request, rng);
        if let Some(branch) = branch {
            self.answered.push_back((branch, response.clone()));
            bound(&mut self.answered, MAX_ANSWERED);
        }
        response
    }

    fn judge(&mut self, now: Instant, request: &Request, rng: &mut impl RngCore) -> Response {
        let tag = token(rng);
        match self.check(now, request) {
            Proof::Good => {}
            Proof::Stale => return self.challenge(now, request, &tag, true, rng),
            Proof::None => return self.challenge(now, request, &tag, false, rng),
        }
        let to = request.headers.to().ok();
        if to.as_ref().and_then(|to| to.uri.user()).as_deref() != Some(self.subscriber.user.as_str()) {
            return request.response(StatusCode::NOT_FOUND, Some(&tag));
        }
        match self.bind(now, request) {
            Some(()) => self.listing(now, request, &tag),
            None => request.response(StatusCode::BAD_REQUEST, Some(&tag)),
        }
    }

    fn challenge(
        &mut self,
        now: Instant,
        request: &Request,
        tag: &str,
        stale: bool,
        rng: &mut impl RngCore,
    ) -> Response {
        let nonce = token(rng);
        self.nonces.push_back(Nonce { value: nonce.clone(), made: now, count: 0 });
        bound(&mut self.nonces, MAX_NONCES);
        // RFC 8760 §2.3: the strongest first, for clients that take what they know.
        let challenges = [Algorithm::Sha256, Algorithm::Md5].map(|algorithm| {
            let challenge = Challenge::new(Challenger::Server, &self.subscriber.domain, &nonce, algorithm);
            Challenge { stale, ..challenge }
        });
        let response = request.response(StatusCode::UNAUTHORIZED, Some(tag));
        challenges.iter().fold(response, |response, challenge| response.with(HeaderName::WwwAuthenticate, challenge))
    }

    fn check(&mut self, now: Instant, request: &Request) -> Proof {
        let answers = request.headers.all(&HeaderName::Authorization).filter_map(|raw| Answer::parse(raw));
        let Some(answer) = answers.into_iter().find(|answer| answer.realm == self.subscriber.domain) else {
            return Proof::None;
        };
        let Subscriber { user, password, .. } = &self.subscriber;
        let proven = answer.username == *user && answer.proves(user, password.reveal(), &request.method, &request.body);
        if !proven || answer.uri != request.uri.to_string() {
            return Proof::None;
        }
        let Some((_, _, count)) = answer.qop else { return Proof::None };
        let nonce = self.nonces.iter_mut().find(|nonce| nonce.value == answer.nonce);
        match nonce.filter(|nonce| now.saturating_duration_since(nonce.made) < NONCE_LIFE && count > nonce.count) {
            Some(nonce) => {
                nonce.count = count;
                Proof::Good
            }
            None => Proof::Stale,
        }
    }

    /// RFC 3261 §10.3, steps 6 to 7, for one binding. `None` when the Contacts make no sense.
    fn bind(&mut self, now: Instant, request: &Request) -> Option<()> {
        let headers = &request.headers;
        let (call_id, cseq) = (headers.call_id().ok()?.to_owned(), headers.cseq().ok()?.number);
        if self.binding.as_ref().is_some_and(|binding| binding.call_id == call_id && cseq <= binding.cseq) {
            return None;
        }
        let expires = headers.expires().ok()?;
        match headers.contacts().ok()? {
            Contacts::Star => {
                if expires != Some(0) {
                    return None;
                }
                self.binding = None;
            }
            Contacts::Addresses(contacts) => {
                for contact in contacts {
                    self.bind_one(now, contact, expires, &call_id, cseq);
                }
            }
        }
        Some(())
    }

    fn bind_one(&mut self, now: Instant, contact: NameAddr, expires: Option<u32>, call_id: &str, cseq: u32) {
        let seconds = contact.expires().or(expires).unwrap_or(DEFAULT_EXPIRES_S).min(MAX_EXPIRES_S);
        if seconds > 0 {
            let until = now + Duration::from_secs(u64::from(seconds));
            let contact = NameAddr::new(contact.uri);
            self.binding = Some(Binding { contact, call_id: call_id.to_owned(), cseq, until });
        } else if self.binding.as_ref().is_some_and(|binding| binding.contact.uri.equivalent(&contact.uri)) {
            self.binding = None;
        }
    }

    /// RFC 3261 §10.3, step 8: 200 with what is bound.
    fn listing(&self, now: Instant, request: &Request, tag: &str) -> Response {
        let response = request.response(StatusCode::OK, Some(tag));
        let Some(binding) = self.binding.as_ref().filter(|binding| binding.until > now) else { return response };
        let left = binding.until.saturating_duration_since(now).as_secs_f64().round() as u64;
        let contact = binding.contact.clone().with_param("expires", Some(&left.to_string()));
        response.with(HeaderName::Contact, contact)
    }
}

/// 128 random bits in hex.
pub(crate) fn token(rng: &mut impl RngCore) -> String {
    format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64())
}

/// Drops the oldest until `most` are left.
fn bound<T>(list: &mut VecDeque<T>, most: usize) {
    list.drain(..list.len().saturating_sub(most));
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use sip_stack::auth::{Authenticator, Credentials};
    use sip_stack::message::{Message, Method, parse};

    use super::*;

    struct Scene {
        registrar: Registrar,
        rng: StdRng,
        now: Instant,
        client: Authenticator,
        cseq: u32,
    }

    impl Scene {
        fn new(password: &str) -> Scene {
            let subscriber =
                Subscriber { domain: "practice.test".into(), user: "agent".into(), password: Secret::new("right") };
            let client = Authenticator::new(Credentials::new("agent", password), Algorithm::Md5);
            let rng = StdRng::seed_from_u64(1);
            Scene { registrar: Registrar::new(subscriber), rng, now: Instant::now(), client, cseq: 0 }
        }

        fn request(&mut self, contact: &str, expires: u32) -> Request {
            self.cseq += 1;
            let text = format!(
                "REGISTER sip:practice.test:5999 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bK{0}\r\n\
                 Max-Forwards: 70\r\nFrom: <sip:agent@practice.test>;tag=a\r\nTo: <sip:agent@practice.test>\r\n\
                 Call-ID: c\r\nCSeq: {0} REGISTER\r\nContact: {contact}\r\nExpires: {expires}\r\n\
                 Content-Length: 0\r\n\r\n",
                self.cseq
            );
            match parse::datagram(text.as_bytes()) {
                Ok(Message::Request(mut request)) => {
                    self.client.authorize(&mut request, &mut self.rng);
                    request
                }
                other => panic!("{other:?}"),
            }
        }

        fn answer(&mut self, request: &Request) -> Response {
            self.registrar.answer(self.now, request, &mut self.rng)
        }

        /// Asks, and once more when challenged.
        fn register(&mut self, contact: &str, expires: u32) -> Response {
            let request = self.request(contact, expires);
            let response = self.answer(&request);
            if response.status != StatusCode::UNAUTHORIZED || self.client.challenged(&request, &response).is_err() {
                return response;
            }
            let request = self.request(contact, expires);
            self.answer(&request)
        }

        fn contact(&self) -> Option<String> {
            self.registrar.contact(self.now).map(ToString::to_string)
        }
    }

    const CONTACT: &str = "<sip:x@127.0.0.1:7000>";

    #[test]
    fn the_right_password_binds_and_the_wrong_does_not() {
        let mut scene = Scene::new("right");
        let response = scene.register(CONTACT, 120);
        assert_eq!(response.status, StatusCode::OK);
        let listed = response.headers.contact().unwrap().unwrap();
        assert_eq!((listed.uri.to_string().as_str(), listed.expires()), ("sip:x@127.0.0.1:7000", Some(120)));
        assert_eq!(scene.contact().as_deref(), Some("sip:x@127.0.0.1:7000"));
        let mut stranger = Scene::new("wrong");
        assert_eq!(stranger.register(CONTACT, 120).status, StatusCode::UNAUTHORIZED);
        assert_eq!(stranger.contact(), None);
    }

    #[test]
    fn a_binding_ends_by_time_by_zero_and_by_star() {
        let mut scene = Scene::new("right");
        scene.register(CONTACT, 120);
        scene.now += Duration::from_secs(121);
        assert_eq!(scene.contact(), None);
        scene.register(CONTACT, 120);
        assert!(scene.contact().is_some());
        scene.register(CONTACT, 0);
        assert_eq!(scene.contact(), None);
        scene.register(CONTACT, 120);
        assert_eq!(scene.register("*", 0).status, StatusCode::OK);
        assert_eq!(scene.contact(), None);
        assert_eq!(scene.register("*", 60).status, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn a_copy_of_a_request_gets_the_same_answer_and_a_replay_none() {
        let mut scene = Scene::new("right");
        scene.register(CONTACT, 60);
        let request = scene.request(CONTACT, 60);
        let first = scene.answer(&request);
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!(scene.answer(&request), first);
        // The same credentials in a new transaction: the nonce count was used.
        let mut replay = request.clone();
        let via = String::from_utf8_lossy(replay.headers.get(&HeaderName::Via).unwrap()).replace("z9hG4bK", "z9hG4bKx");
        replay.headers.set(HeaderName::Via, via);
        assert_eq!(scene.answer(&replay).status, StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn an_old_nonce_is_called_stale() {
        let mut scene = Scene::new("right");
        scene.register(CONTACT, 60);
        scene.now += NONCE_LIFE;
        let request = scene.request(CONTACT, 60);
        let response = scene.answer(&request);
        let (challenges, _) = Challenge::read_all(&response.headers);
        assert!(response.status == StatusCode::UNAUTHORIZED && challenges.iter().all(|challenge| challenge.stale));
        assert_eq!(request.method, Method::Register);
    }

    #[test]
    fn another_user_is_not_found() {
        let mut scene = Scene::new("right");
        scene.register(CONTACT, 60);
        let mut request = scene.request(CONTACT, 60);
        request.headers.set(HeaderName::To, "<sip:other@practice.test>");
        assert_eq!(scene.answer(&request).status, StatusCode::NOT_FOUND);
    }
}
