//! Lines of ladder diagrams, without anything that names a person.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::message::{Message, Method};
use crate::sdp::SessionDescription;

use super::{LadderLine, LegId};

/// At most so many codecs of a description are named.
const CODECS_MAX: usize = 12;

/// Names of codecs that are shown. Others may be text of whoever sent them.
const CODECS: &[&str] = &[
    "opus",
    "PCMA",
    "PCMU",
    "G722",
    "G7221",
    "G723",
    "G726-16",
    "G726-24",
    "G726-32",
    "G726-40",
    "G728",
    "G729",
    "GSM",
    "iLBC",
    "speex",
    "AMR",
    "AMR-WB",
    "EVS",
    "SILK",
    "L16",
    "CN",
    "RED",
    "telephone-event",
];

pub(super) fn line(sent: bool, leg: Option<LegId>, message: &Message, length: usize) -> LadderLine {
    let cseq = message.headers().cseq().ok();
    let what = match message {
        Message::Request(request) => method(&request.method).to_owned(),
        Message::Response(response) => match &cseq {
            Some(cseq) => format!("{} {}", response.status, method(&cseq.method)),
            None => response.status.to_string(),
        },
    };
    let cseq = cseq.map_or(0, |cseq| cseq.number);
    let mut exchange = DefaultHasher::new();
    message.headers().call_id().unwrap_or_default().hash(&mut exchange);
    LadderLine { sent, leg, exchange: exchange.finish(), what, cseq, length, media: media(message) }
}

/// A token of our own: whatever else stands there is text of whoever sent it.
fn method(method: &Method) -> &str {
    match method {
        Method::Other(_) => "other",
        known => known.as_str(),
    }
}

fn media(message: &Message) -> Option<String> {
    let sdp = SessionDescription::parse(message.body()).ok().filter(|_| !message.body().is_empty())?;
    let (_, audio) = sdp.audio()?;
    let named = audio.formats.iter().filter(|format| !format.encoding.is_empty());
    let formats: Vec<_> = named.map(|format| codec(&format.encoding)).take(CODECS_MAX).collect();
    let srtp = match (audio.crypto.is_empty(), sdp.fingerprints_of(audio).is_empty()) {
        (true, true) => "",
        (false, _) => " crypto",
        (true, false) => " dtls",
    };
    Some(format!("sdp {} {}{srtp}", sdp.direction_of(audio).as_str(), formats.join(",")))
}

fn codec(encoding: &str) -> &'static str {
    CODECS.iter().find(|known| known.eq_ignore_ascii_case(encoding)).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> LadderLine {
        let text = text.replace('\n', "\r\n");
        line(false, None, &crate::message::parse::datagram(text.as_bytes()).unwrap(), text.len())
    }

    #[test]
    fn nothing_that_somebody_wrote_is_shown() {
        let head = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\nFrom: <sip:marcela@pbx.example>;tag=1\nTo: <sip:50685550117@pbx.example>\n\
                    Call-ID: marcela-1\n";
        let body = "v=0\no=marcela 1 1 IN IP4 192.0.2.1\ns=marcela\nc=IN IP4 192.0.2.1\nt=0 0\n\
                    m=audio 4000 RTP/AVP 8 96\na=rtpmap:8 pcma/8000\na=rtpmap:96 marcela/8000\n";
        let invite = format!(
            "INVITE sip:50685550117@pbx.example SIP/2.0\n{head}CSeq: 7 INVITE\nContent-Type: application/sdp\nContent-Length: {}\n\n{body}",
            body.replace('\n', "\r\n").len()
        );
        let invite = shown(&invite);
        assert_eq!((invite.what.as_str(), invite.cseq), ("INVITE", 7));
        assert_eq!(invite.media.as_deref(), Some("sdp sendrecv PCMA,other"));

        let own = shown(&format!(
            "MARCELA sip:50685550117@pbx.example SIP/2.0\n{head}CSeq: 8 MARCELA\nContent-Length: 0\n\n"
        ));
        let answer = shown(&format!("SIP/2.0 501 Marcela\n{head}CSeq: 8 MARCELA\nContent-Length: 0\n\n"));
        assert_eq!((own.what.as_str(), answer.what.as_str()), ("other", "501 other"));
        assert_eq!(own.exchange, invite.exchange, "of one Call-ID");
        let all = format!("{invite:?} {own:?} {answer:?}").to_lowercase();
        assert!(!all.contains("marcela") && !all.contains("8555"), "{all}");
    }
}
