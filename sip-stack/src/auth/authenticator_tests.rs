use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::auth::{Answer, Qop};
use crate::message::{HeaderName, Method, StatusCode};

const NONCE: &str = "dcd98b7102dd2f0e8b11d0f600bfb0c093";

fn credentials() -> Credentials {
    Credentials::new("Mufasa", "Circle of Life")
}

fn request(method: Method, uri: &str) -> Request {
    Request::new(method, uri.parse().unwrap())
}

fn unauthorized(challenges: &[&str]) -> Response {
    let response = Response::new(StatusCode::UNAUTHORIZED);
    challenges.iter().fold(response, |response, c| response.with(HeaderName::WwwAuthenticate, c))
}

fn authorized(auth: &mut Authenticator, request: &Request) -> Request {
    let mut again = request.clone();
    auth.authorize(&mut again, &mut StdRng::seed_from_u64(7));
    again
}

fn answers(request: &Request, challenger: Challenger) -> Vec<Answer> {
    request.headers.all(&challenger.answer_header()).map(|raw| Answer::parse(raw).unwrap()).collect()
}

/// The answer that a header describes, as a server would check it.
fn proves(header: &str, password: &str, method: &str, body: &[u8]) -> bool {
    let answer = Answer::parse(header.as_bytes()).unwrap();
    answer.proves(&answer.username, password, &Method::parse(method.as_bytes()).unwrap(), body)
}

#[test]
fn example_of_rfc2617_3_5() {
    let header = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", \
        uri=\"/dir/index.html\", qop=auth, nc=00000001, cnonce=\"0a4f113b\", \
        response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    assert!(proves(header, "Circle Of Life", "GET", b""));
    assert!(!proves(header, "Circle of Life", "GET", b""));
    assert!(!proves(header, "Circle Of Life", "PUT", b""));
}

#[test]
fn examples_of_rfc7616_3_9_1() {
    let header = |algorithm: &str, response: &str| {
        format!(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\", algorithm={algorithm}, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
             cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, response=\"{response}\", \
             opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
        )
    };
    assert!(proves(&header("MD5", "8ca523f5e9506fed4657c9700eebdbec"), "Circle of Life", "GET", b""));
    let sha256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
    assert!(proves(&header("SHA-256", sha256), "Circle of Life", "GET", b""));
    assert!(!proves(&header("SHA-512-256", sha256), "Circle of Life", "GET", b""));
}

/// Values computed with Python's hashlib, which shares no code with this crate.
#[test]
fn vectors_of_another_implementation() {
    let common = "username=\"alice\", realm=\"pbx.example\", nonce=\"abc\", uri=\"sip:pbx.example\"";
    let full = format!("{common}, cnonce=\"0a4f113b\", nc=00000002");
    for (header, body) in [
        (
            format!(
                "Digest {full}, algorithm=SHA-512-256, qop=auth, response=\"ebd3390861c1864dc2defd577b6104f6617ab5dec1835c25239b8b5e2f14ad49\""
            ),
            &b""[..],
        ),
        (
            format!(
                "Digest {full}, algorithm=SHA-256-sess, qop=auth, response=\"ba0130c7b45a678a0746918540a2ddcbff6e4fe8afcba0733ebc54a4fc79fe24\""
            ),
            b"",
        ),
        (
            format!("Digest {full}, algorithm=MD5, qop=auth-int, response=\"dc3491102a8ea915e583496a9717fc3c\""),
            b"v=0\r\n",
        ),
        (format!("Digest {common}, response=\"ccd8d0489e6cd155af6d6ffffacaa880\""), b""),
    ] {
        assert!(proves(&header, "secret", "REGISTER", body), "{header}");
        assert!(
            !proves(&header, "secret2", "REGISTER", body) && !proves(&header, "secret", "INVITE", body),
            "{header}"
        );
    }
}

#[test]
fn the_answer_is_made_over_the_uri_as_sent_and_counts() {
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    let first = request(Method::Invite, "sip:%61lice@[2001:db8::1]:5070;transport=TCP;x=\u{e9}");
    let asks = format!("Digest realm=\"pbx\", nonce=\"{NONCE}\", qop=\"auth-int,auth\", opaque=\"a\\\"b\"");
    auth.challenged(&first, &unauthorized(&[&asks])).unwrap();
    for count in 1..=3 {
        let sent = authorized(&mut auth, &first);
        let answer = answers(&sent, Challenger::Server).remove(0);
        assert_eq!(answer.uri, first.uri.to_string());
        assert_eq!(answer.opaque.as_deref(), Some("a\"b"));
        assert!(matches!(&answer.qop, Some((Qop::Auth, cnonce, nc)) if *nc == count && cnonce.len() == 32));
        assert!(answer.proves("Mufasa", "Circle of Life", &Method::Invite, b""));
    }
}

#[test]
fn auth_int_covers_the_body() {
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    let first = request(Method::Invite, "sip:bob@h").with_body("application/sdp", "v=0");
    auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\""])).unwrap();
    let answer = answers(&authorized(&mut auth, &first), Challenger::Server).remove(0);
    assert!(answer.proves("Mufasa", "Circle of Life", &Method::Invite, b"v=0"));
    assert!(!answer.proves("Mufasa", "Circle of Life", &Method::Invite, b"v=1"));
}

#[test]
fn the_strongest_of_several_is_answered_whatever_their_order() {
    let asks = [
        "Digest realm=\"r\", nonce=\"1\", algorithm=MD5, qop=\"auth\"",
        "Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"",
        "Digest realm=\"r\", nonce=\"3\", algorithm=SHA3-512, qop=\"auth\"",
        "Basic realm=\"r\"",
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]] {
        let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
        let first = request(Method::Register, "sip:h");
        auth.challenged(&first, &unauthorized(&order.map(|at: usize| asks[at]))).unwrap();
        let got = answers(&authorized(&mut auth, &first), Challenger::Server);
        assert_eq!(got.len(), 1);
        assert_eq!((got[0].algorithm, got[0].nonce.as_str()), (Algorithm::Sha256, "2"));
    }
}

#[test]
fn server_and_proxy_together_and_several_in_one_header() {
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    let first = request(Method::Invite, "sip:bob@h");
    let asks = "Digest realm=\"a, b\", nonce=\"1\", qop=\"auth,x\", Digest nonce=2,realm=\"c\"";
    let response = unauthorized(&[asks])
        .with(HeaderName::ProxyAuthenticate, "Digest realm=\"p\", nonce=\"3\", algorithm=MD5-sess, qop=auth");
    auth.challenged(&first, &response).unwrap();
    let sent = authorized(&mut auth, &first);
    let realms: Vec<_> = answers(&sent, Challenger::Server).into_iter().map(|a| a.realm).collect();
    assert_eq!(realms, ["a, b", "c"]);
    let proxy = answers(&sent, Challenger::Proxy).remove(0);
    assert!(proxy.session && proxy.proves("Mufasa", "Circle of Life", &Method::Invite, b""));
    // Authorising again replaces the answers.
    assert_eq!(answers(&authorized(&mut auth, &sent), Challenger::Server).len(), 2);
}

#[test]
fn a_weak_or_unknown_challenge_is_not_answered() {
    let first = request(Method::Register, "sip:h");
    let mut auth = Authenticator::new(credentials(), Algorithm::Sha256);
    let weak = auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"n\""]));
    assert_eq!(weak, Err(AuthError::TooWeak { offered: Algorithm::Md5, minimum: Algorithm::Sha256 }));
    let unknown = auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5"]));
    assert_eq!(unknown, Err(AuthError::Unsupported));
    let odd_qop = auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"n\", qop=\"never\""]));
    assert_eq!(odd_qop, Err(AuthError::Unsupported));
    assert_eq!(auth.challenged(&first, &unauthorized(&[])), Err(AuthError::NoChallenge));
    assert!(answers(&authorized(&mut auth, &first), Challenger::Server).is_empty());
}

#[test]
fn a_refused_fresh_answer_stops_and_a_stale_one_does_not() {
    let first = request(Method::Register, "sip:h");
    let asks = |nonce: &str, more: &str| format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"{more}");
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    auth.challenged(&first, &unauthorized(&[&asks("1", "")])).unwrap();
    let sent = authorized(&mut auth, &first);
    // A new nonce does not make a wrong password right.
    assert_eq!(auth.challenged(&sent, &unauthorized(&[&asks("2", "")])), Err(AuthError::Refused));
    assert_eq!(auth.challenged(&sent, &unauthorized(&[&asks("2", ", stale=TRUE")])), Ok(()));
    let sent = authorized(&mut auth, &first);
    assert_eq!(answers(&sent, Challenger::Server)[0].nonce, "2");
    assert!(matches!(&answers(&sent, Challenger::Server)[0].qop, Some((_, _, 1))));
    // A server that calls every answer stale is not followed for ever.
    let mut rounds = 0;
    let mut sent = sent;
    while auth.challenged(&sent, &unauthorized(&[&asks(&format!("s{rounds}"), ", stale=true")])).is_ok() {
        sent = authorized(&mut auth, &first);
        rounds += 1;
        assert!(rounds < 10);
    }
    assert!(rounds >= 1);
}

#[test]
fn a_remembered_nonce_that_the_server_forgot_gets_one_fresh_answer() {
    let first = request(Method::Register, "sip:h");
    let asks = |nonce: &str| format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\"");
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    auth.challenged(&first, &unauthorized(&[&asks("1")])).unwrap();
    authorized(&mut auth, &first);
    let refresh = authorized(&mut auth, &first);
    assert_eq!(auth.challenged(&refresh, &unauthorized(&[&asks("2")])), Ok(()));
    let again = authorized(&mut auth, &first);
    assert_eq!(auth.challenged(&again, &unauthorized(&[&asks("3")])), Err(AuthError::Refused));
}

#[test]
fn who_was_asked_for_a_strong_answer_gives_no_weaker_one() {
    let first = request(Method::Register, "sip:h");
    let asks = |algorithm: &str, nonce: u8| {
        format!("Digest realm=\"r\", nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"")
    };
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    auth.challenged(&first, &unauthorized(&[&asks("SHA-256", 1)])).unwrap();
    authorized(&mut auth, &first);
    let weaker = auth.challenged(&first, &unauthorized(&[&asks("MD5", 2)]));
    assert_eq!(weaker, Err(AuthError::TooWeak { offered: Algorithm::Md5, minimum: Algorithm::Sha256 }));
    let other = "Digest realm=\"other\", nonce=\"3\", algorithm=MD5";
    assert_eq!(auth.challenged(&first, &unauthorized(&[other])), Ok(()), "another realm has its own");
    assert_eq!(auth.challenged(&first, &unauthorized(&[&asks("SHA-512-256", 4)])), Ok(()), "stronger is as well");
    auth.forget();
    assert_eq!(auth.challenged(&first, &unauthorized(&[&asks("MD5", 5)])), Ok(()), "a new registrar begins anew");
}

#[test]
fn only_realms_of_the_account_are_answered() {
    let first = request(Method::Register, "sip:h");
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5).within(vec!["pbx".to_owned()]);
    let (own, foreign) = ("Digest realm=\"pbx\", nonce=\"1\"", "Digest realm=\"evil\", nonce=\"2\"");
    assert_eq!(auth.challenged(&first, &unauthorized(&[foreign])), Err(AuthError::Realm));
    assert!(answers(&authorized(&mut auth, &first), Challenger::Server).is_empty());
    auth.challenged(&first, &unauthorized(&[foreign, own])).unwrap();
    let given = answers(&authorized(&mut auth, &first), Challenger::Server);
    assert_eq!(given.iter().map(|answer| answer.realm.as_str()).collect::<Vec<_>>(), ["pbx"]);
}

#[test]
fn without_qop_a_refusal_stops_too() {
    let first = request(Method::Register, "sip:h");
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"1\""])).unwrap();
    let sent = authorized(&mut auth, &first);
    assert_eq!(auth.challenged(&sent, &unauthorized(&["Digest realm=\"r\", nonce=\"2\""])), Err(AuthError::Refused));
}

#[test]
fn a_server_can_make_and_check() {
    let mut challenge = Challenge::new(Challenger::Server, "practice", NONCE, Algorithm::Sha512_256);
    challenge.userhash = true;
    challenge.opaque = Some("o".to_owned());
    let (read, unknown) = Challenge::read_all(&unauthorized(&[&challenge.to_string()]).headers);
    assert_eq!((&read[..], unknown), (&[challenge][..], 0));
    let mut auth = Authenticator::new(credentials(), Algorithm::Sha512_256);
    let first = request(Method::Register, "sip:h");
    auth.challenged(&first, &unauthorized(&[&read[0].to_string()])).unwrap();
    let answer = answers(&authorized(&mut auth, &first), Challenger::Server).remove(0);
    assert!(answer.userhash && answer.username != "Mufasa");
    assert!(answer.proves("Mufasa", "Circle of Life", &Method::Register, b""));
}

#[test]
fn secrets_never_reach_debug() {
    let mut auth = Authenticator::new(credentials(), Algorithm::Md5);
    let first = request(Method::Register, "sip:h");
    auth.challenged(&first, &unauthorized(&["Digest realm=\"r\", nonce=\"n\""])).unwrap();
    let answer = answers(&authorized(&mut auth, &first), Challenger::Server).remove(0);
    let shown = format!("{:?} {auth:?} {answer:?}", credentials());
    for secret in ["Mufasa", "Circle", answer.response.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
