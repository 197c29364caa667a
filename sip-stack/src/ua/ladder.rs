//! Lines of ladder diagrams, without anything that names a person.

use crate::message::Message;
use crate::sdp::SessionDescription;

use super::{LadderLine, LegId};

pub(super) fn line(sent: bool, leg: Option<LegId>, message: &Message, length: usize) -> LadderLine {
    let cseq = message.headers().cseq().ok();
    let what = match message {
        Message::Request(request) => request.method.to_string(),
        Message::Response(response) => match &cseq {
            Some(cseq) => format!("{} {}", response.status, cseq.method),
            None => response.status.to_string(),
        },
    };
    let cseq = cseq.map_or(0, |cseq| cseq.number);
    LadderLine { sent, leg, what, cseq, length, media: media(message) }
}

fn media(message: &Message) -> Option<String> {
    let sdp = SessionDescription::parse(message.body()).ok().filter(|_| !message.body().is_empty())?;
    let (_, audio) = sdp.audio()?;
    let formats: Vec<_> = audio.formats.iter().map(|f| f.encoding.as_str()).filter(|name| !name.is_empty()).collect();
    let srtp = if audio.crypto.is_empty() { "" } else { " crypto" };
    Some(format!("sdp {} {}{srtp}", sdp.direction_of(audio).as_str(), formats.join(",")))
}
