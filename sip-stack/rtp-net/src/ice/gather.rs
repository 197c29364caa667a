//! What STUN servers see of us (RFC 8489 §6.2.1).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_proto::types::attribute::XorMappedAddress;
use stun_proto::types::message::TransactionId;
use stun_proto::types::message::{BINDING, Message, MessageWriteVec};
use stun_proto::types::prelude::*;

use super::{IceParameters, Outgoing, Told};

/// How long a call waits for servers that do not answer.
const PATIENCE: Duration = Duration::from_millis(1500);
/// The first wait for an answer; it doubles.
const FIRST: Duration = Duration::from_millis(150);

struct Question {
    server: SocketAddr,
    transaction: TransactionId,
    bytes: Vec<u8>,
    due: Instant,
    wait: Duration,
    answered: bool,
}

pub(super) struct Gathering {
    until: Instant,
    questions: Vec<Question>,
    relay: bool,
    told: Told,
}

impl Gathering {
    pub fn begin(now: Instant, servers: &[SocketAddr], relay: bool, told: Told) -> Self {
        let question = |server: &SocketAddr| {
            let message = Message::builder_request(BINDING, MessageWriteVec::new());
            let transaction = message.transaction_id();
            let bytes = message.finish();
            Question { server: *server, transaction, bytes, due: now, wait: FIRST, answered: false }
        };
        Self { until: now + PATIENCE, questions: servers.iter().map(question).collect(), relay, told }
    }

    pub fn deadline(&self) -> Instant {
        self.open().map(|question| question.due).chain([self.until]).min().unwrap_or(self.until)
    }

    /// What is to be asked, for the first time or again.
    pub fn questions(&mut self, now: Instant) -> Vec<Outgoing> {
        let due = self.questions.iter_mut().filter(|question| !question.answered && question.due <= now);
        due.map(|question| {
            question.due = now + question.wait;
            question.wait *= 2;
            Outgoing { to: question.server, bytes: question.bytes.clone() }
        })
        .collect()
    }

    /// The address in an answer to one of ours.
    pub fn answer(&mut self, from: SocketAddr, bytes: &[u8]) -> Option<SocketAddr> {
        let message = Message::from_bytes(bytes).ok()?;
        let asked = |question: &&mut Question| {
            question.server == from && question.transaction == message.transaction_id() && !question.answered
        };
        let question = self.questions.iter_mut().find(asked)?;
        question.answered = true;
        message.attribute::<XorMappedAddress>().ok().map(|seen| seen.addr(message.transaction_id()))
    }

    pub fn is_over(&self, now: Instant, relay_is_over: bool) -> bool {
        now >= self.until || (self.open().next().is_none() && (relay_is_over || !self.relay))
    }

    pub fn tell(self, parameters: IceParameters) {
        (self.told)(parameters);
    }

    fn open(&self) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(|question| !question.answered)
    }
}
