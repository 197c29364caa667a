//! The 49 messages of RFC 4475 (code components of the RFC) and messages as exchanges and phones in the field write them.

macro_rules! torture {
    ($($name:literal)*) => { &[$(($name, include_bytes!(concat!("../torture/rfc4475/", $name, ".dat"))),)*] };
}

/// Name and bytes of each message of RFC 4475.
pub const RFC4475: &[(&str, &[u8])] = torture!(
    "wsinv" "intmeth" "esc01" "escnull" "esc02" "lwsdisp" "longreq" "dblreq" "semiuri" "transports" "mpart01"
    "unreason" "noreason"
    "badinv01" "clerr" "ncl" "scalar02" "scalarlg" "quotbal" "ltgtruri" "lwsruri" "lwsstart" "trws" "escruri" "baddate"
    "regbadct" "badaspec" "baddn" "badvers" "mismatch01" "mismatch02" "bigcode"
    "badbranch"
    "insuf" "unkscm" "novelsc" "unksm2" "bext01" "invut" "regaut01" "multi01" "mcl01" "bcast" "zeromf" "cparam01"
    "cparam02" "regescrt" "sdp01"
    "inv2543"
);

/// How many of [`RFC4475`], from the start, are valid by §3.1.1.
pub const VALID: usize = 13;

/// Messages of our own, written after what real equipment sends: each one every phone must understand.
pub const FIELD: &[(&str, &str)] = &[
    (
        "compact",
        "INVITE sip:bob@example.com SIP/2.0\r\nv: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKc;rport\r\nf: <sip:a@example.com>;tag=1\r\nt: <sip:bob@example.com>\r\ni: c1\r\nCSeq: 1 INVITE\r\nm: <sip:a@10.1.1.1>\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n",
    ),
    (
        "folded",
        "OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKf\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: f1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nSubject: one\r\n two\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "ipv6",
        "OPTIONS sip:bob@[2001:db8::10]:5070 SIP/2.0\r\nVia: SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK6;received=2001:db8::9:255\r\nFrom: <sip:a@[2001:db8::9:1]>;tag=1\r\nTo: <sip:bob@[2001:db8::10]>\r\nCall-ID: 6@[2001:db8::9:1]\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "unknown-method",
        "PING sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKp\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: p1\r\nCSeq: 1 PING\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "tel",
        "INVITE tel:+50685550117 SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKt\r\nFrom: <tel:+50622220000>;tag=1\r\nTo: <tel:+50685550117>\r\nCall-ID: t1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "sha256",
        "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKs\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>;tag=2\r\nCall-ID: s1\r\nCSeq: 1 REGISTER\r\nWWW-Authenticate: Digest realm=\"pbx\", nonce=\"n\", algorithm=SHA-256, qop=\"auth\"\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "plain",
        "INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKx;rport\r\nMax-Forwards: 70\r\nFrom: \"Alice\" <sip:alice@example.com>;tag=88sja8x\r\nTo: \"Bob\" <sip:bob@example.com>\r\nCall-ID: 987asjd97y7atg\r\nCSeq: 986759 INVITE\r\nContact: <sip:alice@10.1.1.1:5060;transport=udp>\r\nContent-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0",
    ),
    (
        "ringing",
        "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKx;received=192.0.2.1;rport=4711\r\nFrom: <sip:alice@example.com>;tag=88sja8x\r\nTo: <sip:bob@example.com>;tag=a6c85cf\r\nCall-ID: 987asjd97y7atg\r\nCSeq: 986759 INVITE\r\nContact: <sip:bob@192.0.2.4>\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "bye",
        "BYE sip:alice@10.1.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.4;branch=z9hG4bKnashds10\r\nMax-Forwards: 70\r\nFrom: <sip:bob@example.com>;tag=a6c85cf\r\nTo: <sip:alice@example.com>;tag=88sja8x\r\nCall-ID: 987asjd97y7atg\r\nCSeq: 231 BYE\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "register",
        "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.1.1.1:5060;branch=z9hG4bKr\r\nMax-Forwards: 70\r\nFrom: <sip:alice@example.com>;tag=456248\r\nTo: <sip:alice@example.com>\r\nCall-ID: r1\r\nCSeq: 1826 REGISTER\r\nContact: <sip:alice@10.1.1.1>;expires=600\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n",
    ),
];
