//! One live call.

use std::net::SocketAddr;
use std::time::Instant;

use agent_api::call::{CallState, CallView, MatchView, QualityView, SecurityView, TransferView};
use agent_api::contact::ContactBrief;
use agent_api::id::{AccountId, CallId};
use agent_api::remote::RemoteMatches;
use crm::call::CallRecord;
use crm::card::Draft;
use crm::id::Origin;
use sip_stack::ua::{LegId, NegotiatedMedia, RingingCall};

use super::line::Lines;
use super::one_way::OneWay;
use super::recording::Running;
use super::sent::Sent;
use crate::port::media::{Handshake, MediaStats};
use crate::view;

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Outgoing; a port is being opened.
    Preparing,
    /// The INVITE is out.
    Dialing,
    /// The other side rings.
    RingingRemote,
    /// It came during «No molestar»: nothing rings before it is known whether somebody with a star calls.
    Screened,
    /// It rings here.
    RingingLocal,
    /// The agent answered; a port is being opened.
    Answering,
    /// 200 is out, the ACK is awaited.
    Connecting,
    /// Up.
    Talking,
    /// We asked to end it; the user agent's word is awaited.
    Ending,
}

/// Our side's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// Not held.
    Off,
    /// Held since, UTC ms; `accepted` by the other side.
    On { since_ms: i64, accepted: bool },
}

/// One live call.
pub(super) struct Live {
    pub record: CallRecord,
    pub leg: LegId,
    pub stage: Stage,
    /// What the INVITE calls.
    pub target: String,
    /// Local IP where media should listen, as far as known.
    pub local: std::net::IpAddr,
    pub matches: MatchView,
    /// What the CRMs say; none if none was asked.
    pub remote: Option<RemoteMatches>,
    pub contact: Option<ContactBrief>,
    pub draft: Draft,
    pub hold: Hold,
    pub held_by_remote: bool,
    pub muted: bool,
    pub early_media: bool,
    /// The other side says that it takes INFO.
    pub takes_info: bool,
    pub rtp: Option<SocketAddr>,
    pub agreed: Option<Box<NegotiatedMedia>>,
    pub stats: Option<MediaStats>,
    pub one_way: OneWay,
    /// Declined without ringing.
    pub unseen: bool,
    pub answered_at: Option<Instant>,
    /// The other side is being sent elsewhere, or could not be.
    pub transfer: Option<TransferView>,
    /// It is about sending the other side of this call there.
    pub consults_for: Option<CallId>,
    /// It is being recorded here.
    pub recording: Option<Running>,
    /// In the conference: there is one at a time.
    pub conference: bool,
    /// The other side of this call sent us here.
    pub follows: Option<CallId>,
    /// The call that rings elsewhere and is taken over by this one.
    pub takes: Option<RingingCall>,
    /// A code of the exchange fetched it: somebody is talked to, whatever was dialled.
    pub fetched: bool,
    /// It sent us elsewhere, and is held then if it is still there.
    pub hold_at: Option<Instant>,
    /// The other side wants us to go there; the agent is asked.
    pub sent_to: Option<Sent>,
    /// Dialled by a link: «Cancelar» is offered until then.
    pub link_until: Option<Instant>,
    /// The line answers it then without the agent.
    pub answers_itself_at: Option<Instant>,
    /// The incoming call is told as a fact when the lookup is done, at the latest then.
    pub announce_by: Option<Instant>,
    /// `From` and `To` for that fact.
    pub announce: Option<(String, String, Option<String>)>,
}

impl Live {
    pub fn new(record: CallRecord, leg: LegId, stage: Stage, target: String) -> Self {
        Self {
            record,
            leg,
            stage,
            target,
            local: std::net::Ipv4Addr::UNSPECIFIED.into(),
            matches: MatchView::Searching,
            remote: None,
            contact: None,
            draft: Draft::default(),
            hold: Hold::Off,
            held_by_remote: false,
            muted: false,
            early_media: false,
            takes_info: false,
            rtp: None,
            agreed: None,
            stats: None,
            one_way: OneWay::default(),
            unseen: false,
            answered_at: None,
            transfer: None,
            consults_for: None,
            recording: None,
            conference: false,
            follows: None,
            takes: None,
            fetched: false,
            hold_at: None,
            sent_to: None,
            link_until: None,
            answers_itself_at: None,
            announce_by: None,
            announce: None,
        }
    }

    pub fn id(&self) -> CallId {
        CallId(self.record.id.0)
    }

    pub fn account(&self) -> AccountId {
        AccountId(self.record.line.account.0)
    }

    /// The agent hears this call and is heard.
    pub fn audible(&self) -> bool {
        self.hold == Hold::Off
    }

    /// The call is answered and not held here: another one must wait for it.
    pub fn is_front(&self) -> bool {
        matches!(self.stage, Stage::Connecting | Stage::Talking) && self.audible()
    }

    /// The agent knows of it. What is declined unseen shows nowhere but among the missed calls.
    pub fn is_seen(&self) -> bool {
        self.stage != Stage::Screened && !self.unseen
    }

    /// The other side was asked to go elsewhere, and has not failed to.
    pub fn is_being_transferred(&self) -> bool {
        matches!(self.transfer, Some(TransferView::Asked | TransferView::Ringing))
    }

    /// It rings here and nobody has answered yet.
    pub fn rings_here(&self) -> bool {
        self.stage == Stage::RingingLocal
    }

    /// Since when both sides should hear each other; none while they should not.
    pub fn sounds_since(&self) -> Option<Instant> {
        let sounds = self.stage == Stage::Talking && self.audible() && !self.held_by_remote;
        self.answered_at.filter(|_| sounds)
    }

    pub fn timeout(&self) -> Option<Instant> {
        let sent = self.sent_to.as_ref().map(|sent| sent.until);
        [self.link_until, self.announce_by, self.answers_itself_at, self.hold_at, sent].into_iter().flatten().min()
    }

    pub fn view(&self, lines: &Lines) -> CallView {
        CallView {
            id: self.id(),
            direction: view::direction(self.record.direction),
            state: self.state(),
            party: view::party(&self.record.party),
            line: view::line(&self.record.line, lines.label(self.account())),
            matches: self.matches.clone(),
            remote: self.remote.clone(),
            contact: self.contact.clone(),
            started_at_ms: self.record.started_at_ms,
            answered_at_ms: self.record.answered_at_ms,
            held_at_ms: match self.hold {
                Hold::Off => None,
                Hold::On { since_ms, .. } => Some(since_ms),
            },
            held_by_remote: self.held_by_remote,
            muted: self.muted,
            recording: self.recording.as_ref().map(Running::state),
            security: self.security(),
            codec: self.agreed.as_ref().map(|agreed| view::codec(agreed.codec).to_owned()),
            quality: self.quality(),
            demo: self.record.origin == Origin::Demo,
            from_link: self.link_until.is_some(),
            answers_itself: self.rings_here() && self.answers_itself_at.is_some(),
            transfer: self.transfer,
            consults_for: self.consults_for,
            conference: self.conference,
            sent_to: self.sent_to.as_ref().and_then(Sent::view),
            end: self.record.end.map(view::end),
        }
    }

    fn state(&self) -> CallState {
        if self.record.end.is_some() {
            return CallState::Ended;
        }
        match self.stage {
            Stage::Preparing | Stage::Dialing => CallState::Dialing,
            Stage::RingingRemote => CallState::RingingRemote,
            Stage::Screened | Stage::RingingLocal => CallState::RingingLocal,
            Stage::Answering | Stage::Connecting => CallState::Connecting,
            Stage::Talking => CallState::Talking,
            Stage::Ending if self.record.answered_at_ms.is_some() => CallState::Talking,
            Stage::Ending => CallState::Dialing,
        }
    }

    pub fn security(&self) -> SecurityView {
        let shaken = self.stats.is_some_and(|stats| matches!(stats.handshake, Handshake::Done(_)));
        // With DTLS there is nothing to lock before both sides have proved who they are.
        let srtp = self.agreed.as_ref().is_some_and(|agreed| agreed.srtp.is_some() || agreed.dtls.is_some() && shaken);
        let hidden = self.agreed.as_ref().is_some_and(|agreed| agreed.keys_over_tls);
        SecurityView { encrypted_to_exchange: srtp && hidden, srtp }
    }

    fn quality(&self) -> Option<QualityView> {
        self.stats.and_then(|stats| stats.quality())
    }
}
