//! Live calls: what the agent sees and may do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::contact::ContactBrief;
use crate::id::{AccountId, CallId, ContactId};
use crate::recording::RecordingState;
use crate::remote::RemoteMatches;

/// Who began the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// «Entrante».
    Incoming,
    /// «Saliente».
    Outgoing,
}

/// Where a live call stands.
///
/// ```text
/// dialing ─► ringing_remote ─► talking ─► ended      held_by_* are flags beside `talking`
/// ringing_local ─► connecting ─► talking
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// INVITE is out, nothing rings yet.
    Dialing,
    /// The other side rings.
    RingingRemote,
    /// It rings here.
    RingingLocal,
    /// Answered here, the acknowledgement is awaited.
    Connecting,
    /// Media flows (or is held).
    Talking,
    /// Over; the view goes away with the next event.
    Ended,
}

/// Why a call or registration ended: one list for window, command line and store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Hung up after an answer.
    Normal,
    /// 486, 600.
    Busy,
    /// 603, or declined here.
    Declined,
    /// 408, 480, or not answered here.
    NoAnswer,
    /// The caller gave up.
    Cancelled,
    /// 404, 410, 484, 604.
    NotFound,
    /// 401, 407.
    Auth,
    /// 403.
    Forbidden,
    /// The domain has no address.
    Dns,
    /// The exchange cannot be reached.
    Unreachable,
    /// The exchange did not answer in time.
    Timeout,
    /// The exchange's certificate was refused, or TLS failed.
    Tls,
    /// The exchange refuses our certificate, or wants one.
    OwnCertificate,
    /// A web server answers where a WebSocket is looked for, and has no SIP there.
    WebSocket,
    /// No common codec, or encryption required and not offered: 488, 606.
    MediaIncompatible,
    /// Another device of the agent answered.
    Elsewhere,
    /// Anything else.
    Internal,
}

/// Who ended the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The agent.
    Local,
    /// The other side.
    Remote,
    /// Neither: lost on the way.
    Network,
}

/// How the call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EndView {
    /// Why.
    pub cause: EndCause,
    /// SIP status, if one came.
    pub sip_code: Option<u16>,
    /// Who.
    pub by: EndedBy,
}

/// The other side, as known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PartyView {
    /// For the eye: `+506 8555 0117`, `ext. 231`, or the SIP user as it came.
    pub number: String,
    /// E.164, if it is a full number.
    pub e164: Option<String>,
    /// ISO 3166 region of the number, such as `CR`.
    pub country: Option<String>,
    /// What the network says the name is: untrusted, cleaned, at most 64 characters, never styled like a contact.
    pub network_name: Option<String>,
}

/// The line that was called, or is used for calling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineView {
    /// The account.
    pub account: AccountId,
    /// The account's label.
    pub label: String,
    /// The number that was dialled by the caller, for the eye.
    pub called_number: Option<String>,
    /// Name of the call centre that the number belongs to.
    pub call_center: Option<String>,
    /// Its colour, `#rrggbb`.
    pub color: Option<String>,
}

/// What the number says about the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MatchView {
    /// The lookup is under way.
    Searching,
    /// Nobody has this number.
    None,
    /// One contact has it, and is shown.
    One {
        /// Who.
        contact: ContactBrief,
    },
    /// Several have it; none is chosen until the agent chooses.
    Several {
        /// Who, best first.
        contacts: Vec<ContactBrief>,
    },
}

/// Encryption of the call as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SecurityView {
    /// SRTP whose keys travelled over TLS: «Cifrada hasta la central».
    pub encrypted_to_exchange: bool,
    /// Media is SRTP, whatever the keys travelled over.
    pub srtp: bool,
}

/// Figures of the last five seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct QualityView {
    /// E-model MOS, 1.0 to 4.5.
    pub mos: f32,
    /// Packets lost on the way to us.
    pub loss_pct: f32,
    /// Interarrival jitter (RFC 3550).
    pub jitter_ms: f32,
    /// Round trip by RTCP.
    pub rtt_ms: Option<f32>,
}

/// How sending the other side elsewhere goes. When it is done, the call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TransferView {
    /// It was asked for.
    Asked,
    /// It rings there.
    Ringing,
    /// It failed; the call is as it was.
    Failed {
        /// Why.
        cause: EndCause,
    },
}

/// A live call, pushed whole at each change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CallView {
    /// Its id, also of its card.
    pub id: CallId,
    /// Who began it.
    pub direction: Direction,
    /// Where it stands.
    pub state: CallState,
    /// The other side.
    pub party: PartyView,
    /// The line.
    pub line: LineView,
    /// Who the number may be.
    pub matches: MatchView,
    /// Who the CRMs say it is, below those who are known here; none if none is asked.
    pub remote: Option<RemoteMatches>,
    /// Who it is: the one match, or whom the agent chose.
    pub contact: Option<ContactBrief>,
    /// When it began, UTC.
    pub started_at_ms: i64,
    /// When it was answered, UTC.
    pub answered_at_ms: Option<i64>,
    /// Held by the agent, since (UTC).
    pub held_at_ms: Option<i64>,
    /// Held by the other side.
    pub held_by_remote: bool,
    /// The agent's microphone is muted for this call.
    pub muted: bool,
    /// It is being recorded here.
    pub recording: Option<RecordingState>,
    /// Encryption.
    pub security: SecurityView,
    /// Codec for the eye, such as `Opus 48 kHz`.
    pub codec: Option<String>,
    /// Quality.
    pub quality: Option<QualityView>,
    /// A call of the practice line.
    pub demo: bool,
    /// A link dialled it within the last second: «Cancelar» is offered.
    pub from_link: bool,
    /// It rings, and is answered without the agent in a moment: the exchange asked for it.
    pub answers_itself: bool,
    /// The other side is being sent elsewhere, or could not be.
    pub transfer: Option<TransferView>,
    /// It asks somebody whether the other side of this call may be sent there.
    pub consults_for: Option<CallId>,
    /// In the conference: everybody in calls that say so hears everybody.
    pub conference: bool,
    /// The other side sends us elsewhere, and the agent is asked whether to go ([`AnswerTransfer`]); none after 20 s.
    pub sent_to: Option<SentTo>,
    /// How it ended, in the last view only.
    pub end: Option<EndView>,
}

/// Makes two calls that are up one conversation («Añadir»); whoever is in a conference with one of them stays in it. Held calls
/// are resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Conference {
    /// A call.
    pub call: CallId,
    /// The other.
    pub with: CallId,
}

/// Where the other side of a call sends us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SentTo {
    /// For the eye.
    pub number: String,
    /// Why the agent is asked.
    pub reason: AskReason,
}

/// Goes where the other side of a call sends us, or stays ([`CallView::sent_to`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnswerTransfer {
    /// The call.
    pub call: CallId,
    /// Go.
    pub follow: bool,
}

/// Names a live call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CallRef {
    /// The call.
    pub call: CallId,
}

/// Where a wish to dial comes from; it decides which questions are asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DialOrigin {
    /// Typed or keyed by the agent: emergency numbers dial unasked.
    Keypad,
    /// A number of a contact, card or history row.
    Row,
    /// A link that the operating system handed over: hostile until proven otherwise.
    Link,
}

/// Dials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Dial {
    /// What to dial: a number in any form, an extension, a `sip:` address, or a whole link when `origin` is `link`.
    pub target: String,
    /// Where the wish comes from.
    pub origin: DialOrigin,
    /// The line to use; none lets the agent choose the default.
    pub account: Option<AccountId>,
    /// Whom it is for, if known.
    pub contact: Option<ContactId>,
    /// The agent was asked and said yes.
    pub confirmed: bool,
}

/// Why a question is asked before dialling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AskReason {
    /// The agent wants to be asked always.
    Always,
    /// Premium rate or shared cost.
    Premium,
    /// Satellite network.
    Satellite,
    /// Service code such as `*21#`.
    ServiceCode,
    /// Emergency number from a link.
    Emergency,
    /// First call to this country.
    NewCountry,
    /// A call is up: «Retener y llamar».
    CallUp,
    /// More than three links in ten seconds.
    ManyLinks,
    /// The row's line cannot call now; another one would.
    OtherLine,
    /// The person was last left with «No volver a llamar».
    NotAgain,
    /// The number has no country code, and nobody has said the country; only a link is asked about for this. Save the
    /// country, then send the same wish again.
    NoCountry,
    /// No line can call now; only a link is asked about for this, so that its number is not lost.
    NoLine,
    /// The other side of a call sends us to an address outside of the exchange, or abroad.
    Outside,
}

/// Why a target is not dialled at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// No number in it.
    NoNumber,
    /// Control characters or other hostile content.
    Hostile,
    /// A `sip:` domain that is not an account's own.
    ForeignDomain,
    /// A scheme that is not ours.
    Scheme,
}

/// What became of a wish to dial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum DialOutcome {
    /// It is dialled.
    Started {
        /// The call.
        call: CallId,
    },
    /// Ask, then send the same wish again with `confirmed`.
    Ask {
        /// Why.
        reason: AskReason,
        /// What would be dialled, for the eye.
        number: String,
        /// ISO 3166 region, if known.
        country: Option<String>,
    },
    /// It is not dialled.
    Refused {
        /// Why.
        reason: RefuseReason,
    },
}

/// Answers an incoming call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// The call.
    pub call: CallId,
}

/// Mutes or unmutes the microphone for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Mute {
    /// The call.
    pub call: CallId,
    /// The wished state.
    pub muted: bool,
}

/// Sends the other side to a number, extension or SIP address, without asking there first («Directa»).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Transfer {
    /// The call, which must be up.
    pub call: CallId,
    /// Where to.
    pub to: String,
}

/// Calls somebody to ask whether the other side may be sent there («Consultada»). The call is held meanwhile, and comes back when the
/// consultation ends without [`JoinCalls`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Consult {
    /// The call, which must be up.
    pub call: CallId,
    /// Whom to ask: a number, extension or SIP address.
    pub to: String,
    /// Who that is, if known.
    pub contact: Option<ContactId>,
}

/// Joins the other sides of two calls that are up: both calls are over here («Completar»).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JoinCalls {
    /// Whose other side is sent.
    pub call: CallId,
    /// To whose other side.
    pub with: CallId,
}

/// Sends tones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SendDtmf {
    /// The call.
    pub call: CallId,
    /// `0-9 * # A-D`; never logged or stored.
    pub digits: String,
}
