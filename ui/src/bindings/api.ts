// Made from agent-api by `cargo xtask bindings`; do not edit.

export type AccountId = string;

export type AccountRef = { 
/**
 * The account.
 */
account: AccountId, };

export type AccountView = { 
/**
 * Its id.
 */
id: AccountId, 
/**
 * Name the agent gave the line, or the user part.
 */
label: string, 
/**
 * Name shown to the other side.
 */
display_name: string, 
/**
 * User part of the address of record.
 */
user: string, 
/**
 * Domain of the exchange.
 */
domain: string, 
/**
 * Name for digest authentication, if it is not `user`.
 */
auth_user: string | null, 
/**
 * How SIP travels.
 */
transport: Transport, 
/**
 * Port, if it is not the transport's own.
 */
port: number | null, 
/**
 * `sip:` URI of an outbound proxy; for a WebSocket its URL, such as `wss://pbx.example:8089/ws`.
 */
proxy: string | null, 
/**
 * Media encryption.
 */
srtp: Srtp, 
/**
 * How offers ask for its keys; what the other side offers is taken either way.
 */
srtp_keys: SrtpKeys, 
/**
 * RTCP is offered on the port of RTP.
 */
rtcp_mux: boolean, 
/**
 * Ways through NAT. The password of the TURN server never comes out.
 */
ice: Ice, 
/**
 * How keys pressed in a call travel.
 */
dtmf: Dtmf, 
/**
 * Codecs in order of preference: `opus`, `g722`, `pcma`, `pcmu`.
 */
codecs: Array<string>, 
/**
 * Whether a password is in the keychain.
 */
has_password: boolean, 
/**
 * The built-in practice line: marked everywhere, its calls kept apart from live data.
 */
practice: boolean, 
/**
 * The line used when nothing else decides.
 */
default: boolean, 
/**
 * Extension of the exchange that returns what is said, if one is known: for the echo test.
 */
echo: string | null, 
/**
 * Calls for which the exchange asks it (queues) are answered without the agent, with a beep.
 */
auto_answer: boolean, 
/**
 * What to dial to hear voice messages, where the agent says so.
 */
voicemail: string | null, 
/**
 * Certificates for TLS.
 */
certificates: Certificates, 
/**
 * The exchange is told whether the agent can be reached (RFC 3903).
 */
publish: boolean, 
/**
 * The kind of exchange ([`crate::pbx::PbxProfile::id`]).
 */
profile: string, 
/**
 * Codes that the agent gave for this account.
 */
own_codes: { [key in PbxCode]?: string }, 
/**
 * The codes that hold: those of the profile, with the agent's own in their place.
 */
codes: { [key in PbxCode]?: string }, 
/**
 * Calls are recorded from their answer on, without anybody asking.
 */
record: boolean, 
/**
 * What waits there; none until the exchange tells.
 */
mailbox: MailboxView | null, 
/**
 * Its registration now.
 */
registration: Registration, };

export type AddAddress = { 
/**
 * The person.
 */
contact: ContactId, 
/**
 * The address.
 */
address: AddressView, };

export type AddNumber = { 
/**
 * The person.
 */
contact: ContactId, 
/**
 * The number as typed or called.
 */
number: string, };

export type AddressId = string;

export type AddressView = { 
/**
 * Its id; none in a form for a new one.
 */
id: AddressId | null, 
/**
 * Street.
 */
street: string, 
/**
 * House number.
 */
number: string, 
/**
 * Flat, floor.
 */
complement: string, 
/**
 * District.
 */
district: string, 
/**
 * City.
 */
city: string, 
/**
 * Region, province.
 */
region: string, 
/**
 * Postal code.
 */
postal_code: string, 
/**
 * ISO 3166 region.
 */
country: string, 
/**
 * How to find it.
 */
reference: string, };

export type AgentState = "offline" | "available" | "ringing" | "on_call" | "wrap_up" | "do_not_disturb";

export type AgreedSound = { 
/**
 * Name as in `a=rtpmap`.
 */
codec: string, 
/**
 * SRTP suite; none if not encrypted.
 */
srtp: string | null, 
/**
 * How keys are made: `sdes` or `dtls`.
 */
keying: string | null, 
/**
 * RTP and RTCP share a port.
 */
rtcp_mux: boolean, };

export type Answer = { 
/**
 * The call.
 */
call: CallId, };

export type AnswerTransfer = { 
/**
 * The call.
 */
call: CallId, 
/**
 * Go.
 */
follow: boolean, };

export type ApiError = { 
/**
 * What the interface decides by.
 */
code: ErrorCode, 
/**
 * The field or part concerned, such as `last_name`; never personal data, never a sentence.
 */
detail: string | null, };

export type AskReason = "always" | "premium" | "satellite" | "service_code" | "emergency" | "new_country" | "call_up" | "many_links" | "other_line" | "not_again" | "no_country" | "no_line" | "outside";

export type AudioRole = "microphone" | "speaker" | "ringer";

export type AudioView = { 
/**
 * Microphone, speaker, ringer.
 */
roles: Array<RoleView>, };

export type AuthorityView = { 
/**
 * Its own name; empty where it has none.
 */
name: string, 
/**
 * When its certificate ends, UTC.
 */
ends_at_ms: number, };

export type ButtonView = { 
/**
 * Which.
 */
button: HeadsetButton, 
/**
 * Of programmable ones, which; from 0.
 */
number: number | null, 
/**
 * It tells a state; otherwise a press.
 */
latched: boolean, 
/**
 * As it was last heard.
 */
on: boolean, 
/**
 * How often it went on since it was plugged in.
 */
presses: number, };

export type CallCenter = { 
/**
 * «Nombre»; required.
 */
name: string, 
/**
 * «Color», `#rrggbb`; none has no colour of its own.
 */
color: string | null, 
/**
 * «Números»: called numbers and extensions in any form, and users of lines; at least one.
 */
numbers: Array<string>, };

export type CallCenters = { 
/**
 * The call centres.
 */
list: Array<CallCenter>, };

export type CallCode = { 
/**
 * The call.
 */
call: CallId, 
/**
 * Which: `park`, `to_voicemail` or `record`.
 */
code: PbxCode, 
/**
 * Digits for its place; required where it has one.
 */
number: string | null, };

export type CallDetails = { 
/**
 * The call.
 */
call: CallId, 
/**
 * It is not over: there may be more in a moment.
 */
live: boolean, 
/**
 * Who began it.
 */
direction: Direction | null, 
/**
 * Messages, oldest first.
 */
steps: Array<SignalStep>, 
/**
 * Messages that came before these and are not kept.
 */
left_out: number, 
/**
 * What was agreed about sound, last.
 */
agreed: AgreedSound | null, 
/**
 * Figures of all its sound so far.
 */
sound: SoundTotals | null, 
/**
 * Between two points of the figures over time, s.
 */
every_s: number, 
/**
 * Figures over time, oldest first.
 */
points: Array<SoundPoint>, 
/**
 * How it ended.
 */
end: DetailsEnd | null, };

export type CallId = string;

export type CallRef = { 
/**
 * The call.
 */
call: CallId, };

export type CallState = "dialing" | "ringing_remote" | "ringing_local" | "connecting" | "talking" | "ended";

export type CallView = { 
/**
 * Its id, also of its card.
 */
id: CallId, 
/**
 * Who began it.
 */
direction: Direction, 
/**
 * Where it stands.
 */
state: CallState, 
/**
 * The other side.
 */
party: PartyView, 
/**
 * The line.
 */
line: LineView, 
/**
 * Who the number may be.
 */
matches: MatchView, 
/**
 * Who the CRMs say it is, below those who are known here; none if none is asked.
 */
remote: RemoteMatches | null, 
/**
 * Who it is: the one match, or whom the agent chose.
 */
contact: ContactBrief | null, 
/**
 * When it began, UTC.
 */
started_at_ms: number, 
/**
 * When it was answered, UTC.
 */
answered_at_ms: number | null, 
/**
 * Held by the agent, since (UTC).
 */
held_at_ms: number | null, 
/**
 * Held by the other side.
 */
held_by_remote: boolean, 
/**
 * The agent's microphone is muted for this call.
 */
muted: boolean, 
/**
 * It is being recorded here.
 */
recording: RecordingState | null, 
/**
 * Encryption.
 */
security: SecurityView, 
/**
 * Codec for the eye, such as `Opus 48 kHz`.
 */
codec: string | null, 
/**
 * Quality.
 */
quality: QualityView | null, 
/**
 * A call of the practice line.
 */
demo: boolean, 
/**
 * A link dialled it within the last second: «Cancelar» is offered.
 */
from_link: boolean, 
/**
 * It rings, and is answered without the agent in a moment: the exchange asked for it.
 */
answers_itself: boolean, 
/**
 * The other side is being sent elsewhere, or could not be.
 */
transfer: TransferView | null, 
/**
 * It asks somebody whether the other side of this call may be sent there.
 */
consults_for: CallId | null, 
/**
 * In the conference: everybody in calls that say so hears everybody.
 */
conference: boolean, 
/**
 * The other side sends us elsewhere, and the agent is asked whether to go ([`AnswerTransfer`]); none after 20 s.
 */
sent_to: SentTo | null, 
/**
 * How it ended, in the last view only.
 */
end: EndView | null, };

export type CardFilter = "all" | "to_save" | "missed" | "to_return" | "follow_up" | "expired" | "dismissed" | "history";

export type CardPage = { 
/**
 * The rows.
 */
rows: Array<CardRow>, 
/**
 * Where the next page begins; none at the end.
 */
next: string | null, 
/**
 * How many there are in all.
 */
total: number, };

export type CardPush = { 
/**
 * The push.
 */
push: PushId, 
/**
 * Where it goes.
 */
connection: ConnectionId, 
/**
 * Where it stands.
 */
state: PushState, 
/**
 * Why it waits or is stuck, if something went wrong.
 */
reason: PushReason | null, 
/**
 * What the CRM refused, if it did.
 */
about: PushAbout, 
/**
 * The entry in the CRM.
 */
record: RecordRef | null, };

export type CardRow = { 
/**
 * The call.
 */
call: CallId, 
/**
 * Who began it.
 */
direction: Direction, 
/**
 * It came in and nobody answered.
 */
missed: boolean, 
/**
 * The other side.
 */
party: PartyView, 
/**
 * The line.
 */
line: LineView, 
/**
 * Our side of «De, a»: number or extension of the line.
 */
own_number: string, 
/**
 * Who it was.
 */
contact: ContactBrief | null, 
/**
 * How many contacts have the number, when none is assigned.
 */
possible_contacts: number, 
/**
 * When it began, UTC.
 */
started_at_ms: number, 
/**
 * Answer to end in whole seconds; 0 if unanswered.
 */
duration_s: number, 
/**
 * What became of it.
 */
state: CardState, 
/**
 * Something is written and not saved.
 */
has_draft: boolean, 
/**
 * When an unsaved card leaves «Por salvar», UTC.
 */
expires_at_ms: number | null, 
/**
 * Where the saved activity stands: of several CRMs the one that is worst off.
 */
sync: SyncState, 
/**
 * The same for each CRM that it goes to.
 */
pushes: Array<CardPush>, 
/**
 * How it ended.
 */
end: EndView | null, 
/**
 * Name of the disposition.
 */
disposition: string | null, 
/**
 * There is something to listen to.
 */
recorded: boolean, 
/**
 * Demo data.
 */
demo: boolean, };

export type CardState = "live" | "unsaved" | "saved" | "dismissed" | "expired" | "not_needed";

export type CardView = { 
/**
 * Its row.
 */
row: CardRow, 
/**
 * Who the number may be.
 */
matches: MatchView, 
/**
 * The assigned contact in full.
 */
contact: ContactView | null, 
/**
 * What is written.
 */
draft: Draft, 
/**
 * When the draft was last stored, UTC.
 */
draft_saved_at_ms: number | null, 
/**
 * Why Salvar is off; none when it is on.
 */
save_blocked: SaveBlocked | null, 
/**
 * Earlier calls with the same contact or number, newest first.
 */
recent: Array<CardRow>, };

export type Carrier = "sip" | "whatsapp" | "sms";

export type Certificates = { 
/**
 * An authority besides the system's, for exchanges with a certificate of their company.
 */
authority: string | null, 
/**
 * Our own, for exchanges that want one.
 */
own: string | null, 
/**
 * The key of our own, not encrypted; none means that it is in the same file.
 */
key: string | null, };

export type ChannelId = string;

export type ChannelKind = "phone" | "mobile" | "email" | "social";

export type ChannelView = { 
/**
 * Its id; none in a form for a new one.
 */
id: ChannelId | null, 
/**
 * What it is.
 */
kind: ChannelKind, 
/**
 * As typed.
 */
raw: string, 
/**
 * For the eye.
 */
display: string, 
/**
 * E.164, if it is a full number.
 */
e164: string | null, 
/**
 * Extension, if it is or has one.
 */
extension: string | null, };

export type ChatId = string;

export type ChatPage = { 
/**
 * The chats.
 */
rows: Array<ChatView>, 
/**
 * Where the next page begins, if there is one.
 */
next: string | null, 
/**
 * How many there are in all.
 */
total: number, };

export type ChatView = { 
/**
 * Its id; none as long as nothing was written in it.
 */
id: ChatId | null, 
/**
 * What carries it.
 */
carrier: Carrier, 
/**
 * The line.
 */
account: AccountId, 
/**
 * Where messages go, such as `231`, `+50685550117` or `sip:ana@pbx.example`.
 */
address: string, 
/**
 * The address for the eye.
 */
display: string, 
/**
 * Name under which they wrote last, cleaned.
 */
network_name: string | null, 
/**
 * Who that is.
 */
matches: MatchView, 
/**
 * Messages that came and were not read.
 */
unread: number, 
/**
 * The last message, if there is any.
 */
last: MessageView | null, };

export type CheckNumber = { 
/**
 * What was typed.
 */
text: string, };

export type CheckView = { "result": "correct", 
/**
 * As whom.
 */
identity: IdentityView, } | { "result": "failed", 
/**
 * Why.
 */
fault: ConnectFault, };

export type ChooseDevice = { 
/**
 * The role.
 */
role: AudioRole, 
/**
 * The device; none follows the system.
 */
device: string | null, 
/**
 * 0 to 100; none leaves it.
 */
volume_pct: number | null, };

export type ClashChoice = { 
/**
 * The field.
 */
field: PersonField, 
/**
 * Whose value counts.
 */
side: Side, 
/**
 * What stood there when it was decided; another value by now is a conflict.
 */
there: string, };

export type ClashView = { 
/**
 * The field.
 */
field: PersonField, 
/**
 * What stands here; may be empty.
 */
here: string, 
/**
 * What stands there; may be empty. Untrusted text, made fit for the eye.
 */
there: string, };

export type ColleagueCall = { 
/**
 * The colleague calls, or is called; none where the exchange does not say.
 */
calls: boolean | null, 
/**
 * Number or user of the other side, for the eye; none where the exchange hides it.
 */
number: string | null, 
/**
 * Name of the other side, as the network tells it, cleaned.
 */
name: string | null, };

export type ColleagueId = string;

export type ColleaguePresence = { 
/**
 * Whether they can be reached.
 */
reachable: Reachable, 
/**
 * A word of theirs, cleaned.
 */
note: string | null, };

export type ColleagueRef = { 
/**
 * The colleague.
 */
colleague: ColleagueId, };

export type ColleagueState = "unknown" | "free" | "ringing" | "busy";

export type ColleagueView = { 
/**
 * Its id.
 */
id: ColleagueId, 
/**
 * The name that the agent gave.
 */
name: string, 
/**
 * The line over which the exchange is asked, and the colleague is called.
 */
account: AccountId, 
/**
 * Extension or SIP address.
 */
target: string, 
/**
 * What the telephone does.
 */
state: ColleagueState, 
/**
 * What they say; none where the exchange does not tell.
 */
presence: ColleaguePresence | null, 
/**
 * The call that rings, or else the one that is up.
 */
call: ColleagueCall | null, 
/**
 * The call that rings can be taken over.
 */
can_pick_up: boolean, };

export type Colleagues = { 
/**
 * The colleagues.
 */
list: Array<ColleagueView>, };

export type Conference = { 
/**
 * A call.
 */
call: CallId, 
/**
 * The other.
 */
with: CallId, };

export type Connect = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * What the browser says afterwards; plain text.
 */
pages: ConnectPages, };

export type ConnectFault = { "fault": "port_taken" } | { "fault": "no_browser" } | { "fault": "denied", 
/**
 * The vendor's code.
 */
code: string, } | { "fault": "timed_out", 
/**
 * Visits by others that were turned away meanwhile.
 */
strangers: number, } | { "fault": "refused", 
/**
 * The vendor's code.
 */
code: string, } | { "fault": "sign_in" } | { "fault": "not_reached" } | { "fault": "proxy_sign_in" } | { "fault": "busy" } | { "fault": "limit" } | { "fault": "forbidden", 
/**
 * The CRM's code.
 */
code: string, } | { "fault": "not_offered" } | { "fault": "not_understood" } | { "fault": "foreign_address" } | { "fault": "secret_store" } | { "fault": "secret" } | { "fault": "description", 
/**
 * The line, from 1.
 */
line: number, 
/**
 * The key.
 */
key: string, } | { "fault": "authority" } | { "fault": "system" };

export type ConnectPages = { 
/**
 * The sign-in came; go back to the program.
 */
done: string, 
/**
 * This visit is none of a sign-in.
 */
refused: string, };

export type ConnectionAbilities = { 
/**
 * It has people: callers are looked up, and entries are tied to them.
 */
people: boolean, 
/**
 * It has leads.
 */
leads: boolean, 
/**
 * It has tickets.
 */
tickets: boolean, 
/**
 * Nothing can be there twice, because it keeps our mark as a unique one.
 */
logs_once: boolean, };

export type ConnectionId = string;

export type ConnectionKind = "salesforce" | "zoho" | "hubspot" | "rest" | "webhook" | "ldap" | "carddav";

export type ConnectionRef = { 
/**
 * The connection.
 */
connection: ConnectionId, };

export type ConnectionSetup = { "kind": "salesforce", 
/**
 * Where.
 */
login: SalesforceLogin, 
/**
 * Public name («consumer key») of the app that the organisation's administrator approved.
 */
client_id: string, } | { "kind": "salesforce_password", 
/**
 * Where.
 */
login: SalesforceLogin, 
/**
 * The user's name there.
 */
user: string, } | { "kind": "zoho", 
/**
 * Where; the answer in the browser may choose another one.
 */
centre: ZohoCentre, 
/**
 * Public name of the client from Zoho's API console.
 */
client_id: string, 
/**
 * Plain http address of a stand-in on this machine, to try things out; none is Zoho itself.
 */
local: string | null, } | { "kind": "hubspot", 
/**
 * How.
 */
sign_in: HubspotSignIn, 
/**
 * Plain http address of a stand-in on this machine, to try things out; none is HubSpot itself.
 */
local: string | null, } | { "kind": "rest", 
/**
 * The file.
 */
file: DescriptionFile, 
/**
 * Where the server is, unless the file says it; plain http is only for this machine.
 */
address: string | null, 
/**
 * What the file asks for besides, by name.
 */
settings: { [key in string]: string }, 
/**
 * The user, for files that ask for one with a password.
 */
user: string | null, 
/**
 * The client's public name, for files that sign in by OAuth.
 */
client_id: string | null, } | { "kind": "webhook", 
/**
 * `https:` address; plain http is only for this machine.
 */
url: string, } | { "kind": "ldap", 
/**
 * `ldaps://host`, TLS from the beginning, or `ldap://host`, StartTLS before anything else.
 */
address: string, 
/**
 * The name of an entry, or in Active Directory `ana@company.example`; none asks as nobody in particular.
 */
user: string | null, 
/**
 * The entry below which people are; none takes what the server says.
 */
base: string | null, 
/**
 * A certificate in PEM of the company's own authority, trusted besides this machine's own.
 */
authority: string | null, } | { "kind": "carddav", 
/**
 * The server, a user's place on it or one book: `https:`; plain http is only for this machine.
 */
address: string, 
/**
 * The user.
 */
user: string, };

export type ConnectionState = { "state": "signed_out" } | { "state": "signing_in" } | { "state": "connected" } | { "state": "sign_in_again" } | { "state": "not_reached", 
/**
 * When it is tried again, UTC; none if only by «Comprobar» or the next call.
 */
retry_at_ms: number | null, } | { "state": "waiting", 
/**
 * When it goes on, UTC.
 */
until_ms: number, 
/**
 * The organisation's allowance of requests is used up, not only overload.
 */
limit: boolean, };

export type ConnectionView = { 
/**
 * Its id.
 */
id: ConnectionId, 
/**
 * What it leads to.
 */
kind: ConnectionKind, 
/**
 * For the eye; never empty.
 */
name: string, 
/**
 * How it is set up.
 */
setup: ConnectionSetup, 
/**
 * A secret (key, client secret) is kept for it.
 */
has_secret: boolean, 
/**
 * How it stands.
 */
state: ConnectionState, 
/**
 * As whom it is signed in, once known.
 */
identity: IdentityView | null, 
/**
 * When the token in use ends, UTC, if the CRM tells; it is renewed before («se renueva sola»).
 */
token_ends_at_ms: number | null, 
/**
 * Why the last sign-in or check failed; none after one that went well.
 */
failure: ConnectFault | null, 
/**
 * A push is on its way now.
 */
sending: boolean, 
/**
 * What goes there.
 */
queue: QueueView, 
/**
 * People who were changed both here and there, or whose changes it does not take: somebody must look.
 */
doubts: number, 
/**
 * What can be done there.
 */
can: ConnectionAbilities, 
/**
 * This kind was tried on a live account of the vendor. If not, the window says so.
 */
verified: boolean, 
/**
 * The outcomes of calls are chosen from its own list; none where it has none.
 */
call_results: boolean | null, 
/**
 * Its people as they are copied here; none where they are only asked for.
 */
copies: CopiesView | null, };

export type Connections = { 
/**
 * The connections.
 */
list: Array<ConnectionView>, };

export type Consult = { 
/**
 * The call, which must be up.
 */
call: CallId, 
/**
 * Whom to ask: a number, extension or SIP address.
 */
to: string, 
/**
 * Who that is, if known.
 */
contact: ContactId | null, };

export type ContactBrief = { 
/**
 * Its id.
 */
id: ContactId, 
/**
 * What it is.
 */
kind: ContactKind, 
/**
 * First name and surname, or the company.
 */
name: string, 
/**
 * Initials for the avatar.
 */
initials: string, 
/**
 * Company, if any.
 */
company: string | null, 
/**
 * Star.
 */
vip: boolean, 
/**
 * First phone, for the eye.
 */
phone: string | null, 
/**
 * First e-mail.
 */
email: string | null, 
/**
 * The last call with this person, UTC.
 */
last_call_at_ms: number | null, 
/**
 * The disposition in which the person was last left.
 */
last_disposition: string | null, 
/**
 * That disposition forbids calling: ask before dialling.
 */
do_not_call: boolean, 
/**
 * Demo data.
 */
demo: boolean, };

export type ContactField = { 
/**
 * Under this the values are kept: `a-z`, `0-9` and `_`; no two have the same.
 */
key: string, 
/**
 * For the eye.
 */
label: string, 
/**
 * What it holds.
 */
kind: ContactFieldKind, 
/**
 * What there is to choose; empty for any other kind.
 */
choices: Array<string>, 
/**
 * A form that shows it is not saved without it.
 */
required: boolean, };

export type ContactFieldKind = "text" | "number" | "date" | "choice";

export type ContactFields = { 
/**
 * The fields.
 */
list: Array<ContactField>, };

export type ContactId = string;

export type ContactKind = "contact" | "lead";

export type ContactPage = { 
/**
 * The rows.
 */
rows: Array<ContactBrief>, 
/**
 * Where the next page begins; none at the end.
 */
next: string | null, 
/**
 * How many there are in all for this search.
 */
total: number, };

export type ContactRef = { 
/**
 * The person.
 */
contact: ContactId, };

export type ContactView = { 
/**
 * The short form.
 */
brief: ContactBrief, 
/**
 * «Nombre».
 */
first_name: string, 
/**
 * «Apellidos».
 */
last_name: string, 
/**
 * «Compañía».
 */
company: string, 
/**
 * Kind of identity document, such as `DNI`.
 */
document_kind: string | null, 
/**
 * Its number.
 */
document_number: string | null, 
/**
 * Ways to reach the person.
 */
channels: Array<ChannelView>, 
/**
 * Postal addresses.
 */
addresses: Array<AddressView>, 
/**
 * Values of «Campos personalizados», by key; also of fields that are not defined any more.
 */
custom: Array<FieldValue>, 
/**
 * Which records of connected CRMs the person is: «Ver en …».
 */
records: Array<RecordRef>, 
/**
 * How edits stand with the CRMs that have the person, too; none for one with which all is well.
 */
edits: Array<EditsView>, 
/**
 * Changes with every save; send it back.
 */
rev: number, };

export type CopiesView = { 
/**
 * How many.
 */
people: number, 
/**
 * There is no room for more: others are asked for there.
 */
full: boolean, 
/**
 * When the copy was last complete, UTC; none if never.
 */
complete_at_ms: number | null, 
/**
 * It is being brought up to date now.
 */
copying: boolean, 
/**
 * Why it is not up to date.
 */
fault: ConnectFault | null, };

export type CorrectPush = { 
/**
 * The push; it is stuck.
 */
push: PushId, 
/**
 * All of the text.
 */
draft: Draft, 
/**
 * The chosen outcome in the words that the agent saw.
 */
outcome: string | null, 
/**
 * What the organisation requires of the person, if it was asked for.
 */
person?: FilledForm, 
/**
 * What it requires of the entry, if it was asked for.
 */
entry?: FilledForm, };

export type Counts = { 
/**
 * Cards in «Por salvar».
 */
to_save: number, 
/**
 * Missed calls not looked at.
 */
missed: number, 
/**
 * Activities that wait to be sent.
 */
to_send: number, 
/**
 * Chats in which something was not read.
 */
unread_chats: number, };

export type DataTag = "cards" | "contacts" | "chats" | "dispositions" | "pushes" | "recordings";

export type DecideClashes = { 
/**
 * The person.
 */
contact: ContactId, 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * What is decided.
 */
choices: Array<ClashChoice>, };

export type DescribeForm = { 
/**
 * Where.
 */
connection: ConnectionId, 
/**
 * What is to be made; a lead is a contact where there are no leads.
 */
kind: RecordKind, 
/**
 * Of this record type; none is the user's own.
 */
record_type: string | null, 
/**
 * For what is corrected of this push: the CRM is asked anew, and fields that it named are told, too.
 */
push: PushId | null, };

export type DescriptionFile = { "from": "shipped", 
/**
 * Its name, as in the list.
 */
name: string, } | { "from": "own", 
/**
 * Its whole text.
 */
text: string, };

export type DescriptionFlaw = { 
/**
 * The line, from 1.
 */
line: number, 
/**
 * The key, such as `log.body.subject`; empty for the whole file.
 */
key: string, 
/**
 * What is wrong, in English and in the terms of the guide, for whoever writes the file.
 */
what: string, };

export type DescriptionRead = { "result": "good", 
/**
 * What it asks for.
 */
description: DescriptionView, } | { "result": "wrong", 
/**
 * The first thing that is wrong.
 */
flaw: DescriptionFlaw, };

export type DescriptionSetting = { 
/**
 * Its name in the file.
 */
name: string, 
/**
 * What the file calls it on the screen, in the file's language.
 */
label: string, };

export type DescriptionSignIn = { "by": "key" } | { "by": "password" } | { "by": "browser", 
/**
 * A client secret, too.
 */
secret: boolean, } | { "by": "program", 
/**
 * A client secret, too.
 */
secret: boolean, };

export type DescriptionView = { 
/**
 * The CRM's name: the file's text, cleaned.
 */
name: string, 
/**
 * It was tried on a live account. If not, the window says so.
 */
verified: boolean, 
/**
 * Where everything goes, the secret too, if the file says it; else a person is asked.
 */
server: string | null, 
/**
 * The host that signs in and gets the client secret, where that is not the server itself.
 */
authority: string | null, 
/**
 * What is to be filled in besides.
 */
settings: Array<DescriptionSetting>, 
/**
 * How it signs in.
 */
sign_in: DescriptionSignIn, };

export type Descriptions = { 
/**
 * In order of their files' names.
 */
list: Array<ShippedDescription>, };

export type DetailsEnd = { 
/**
 * Why.
 */
cause: EndCause, 
/**
 * SIP status, if one came.
 */
code: number | null, 
/**
 * Who.
 */
by: EndedBy, 
/**
 * Answer to end, ms; 0 if unanswered.
 */
talk_ms: number, };

export type DeviceView = { 
/**
 * Stable id of the sound system.
 */
id: string, 
/**
 * For the eye.
 */
name: string, 
/**
 * The system's default.
 */
default: boolean, };

export type Dial = { 
/**
 * What to dial: a number in any form, an extension, a `sip:` address, or a whole link when `origin` is `link`.
 */
target: string, 
/**
 * Where the wish comes from.
 */
origin: DialOrigin, 
/**
 * The line to use; none lets the agent choose the default.
 */
account: AccountId | null, 
/**
 * Whom it is for, if known.
 */
contact: ContactId | null, 
/**
 * The agent was asked and said yes.
 */
confirmed: boolean, };

export type DialCode = { 
/**
 * The account.
 */
account: AccountId, 
/**
 * Which; none of those that are for a call.
 */
code: PbxCode, 
/**
 * Digits for its place; required where it has one.
 */
number: string | null, };

export type DialOrigin = "keypad" | "row" | "link";

export type DialOutcome = { "outcome": "started", 
/**
 * The call.
 */
call: CallId, } | { "outcome": "ask", 
/**
 * Why.
 */
reason: AskReason, 
/**
 * What would be dialled, for the eye.
 */
number: string, 
/**
 * ISO 3166 region, if known.
 */
country: string | null, } | { "outcome": "refused", 
/**
 * Why.
 */
reason: RefuseReason, };

export type Direction = "incoming" | "outgoing";

export type Disconnect = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * The agent was asked and said yes.
 */
confirmed: boolean, 
/**
 * It goes from the list as well, with its secret.
 */
forget: boolean, };

export type Disconnected = { 
/**
 * The vendor confirmed that the grant of the sign-in is ended. None where there was no such grant; false where the vendor
 * has no way of ending it or did not answer: then a person takes the access away there.
 */
revoked: boolean | null, };

export type DispositionId = string;

export type DispositionView = { 
/**
 * Its id.
 */
id: DispositionId, 
/**
 * A name given by an administrator, or the key of a built-in one (`builtin` is then set).
 */
name: string, 
/**
 * Key of a built-in name in the locales, such as `wrong_number`.
 */
builtin: string | null, 
/**
 * Saves without a contact.
 */
needs_no_contact: boolean, 
/**
 * «No volver a llamar».
 */
do_not_call: boolean, };

export type Draft = { 
/**
 * With whom.
 */
contact: ContactId | null, 
/**
 * «Asunto».
 */
subject: string, 
/**
 * «Comentario».
 */
comment: string, 
/**
 * «Disposición».
 */
disposition: DispositionId | null, 
/**
 * The ticket of a CRM that it was about; only that CRM is told. It goes with the contact: another contact has others.
 */
ticket: Ticket | null, };

export type DraftSaved = { 
/**
 * When, UTC.
 */
saved_at_ms: number, };

export type Dtmf = "auto" | "rfc4733" | "info" | "inband";

export type EditsRef = { 
/**
 * The person.
 */
contact: ContactId, 
/**
 * The connection.
 */
connection: ConnectionId, };

export type EditsView = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * A change made here is not there yet.
 */
waiting: boolean, 
/**
 * Why the CRM did not take the last change.
 */
refused: PushReason | null, 
/**
 * Changed in both places: the agent decides. In order of the fields.
 */
clashes: Array<ClashView>, };

export type EndCause = "normal" | "busy" | "declined" | "no_answer" | "cancelled" | "not_found" | "auth" | "forbidden" | "dns" | "unreachable" | "timeout" | "tls" | "own_certificate" | "web_socket" | "media_incompatible" | "elsewhere" | "internal";

export type EndView = { 
/**
 * Why.
 */
cause: EndCause, 
/**
 * SIP status, if one came.
 */
sip_code: number | null, 
/**
 * Who.
 */
by: EndedBy, };

export type EndedBy = "local" | "remote" | "network";

export type EraseContact = { 
/**
 * The person.
 */
contact: ContactId, 
/**
 * As read; another is a conflict.
 */
rev: number, };

export type Erased = { 
/**
 * Calls that keep their facts without number, name and texts.
 */
calls: number, 
/**
 * Activities that will never be sent.
 */
unsent: number, 
/**
 * Activities that a CRM has, or may have: what it stored stays there.
 */
sent: number, };

export type ErrorCode = "bad_request" | "forbidden" | "not_found" | "required" | "invalid" | "conflict" | "wrong_state" | "no_line" | "disk_full" | "database_locked" | "database_newer" | "database_sealed" | "database_failed" | "secret_store" | "audio_device" | "folder_refused" | "internal";

export type Event = { 
/**
 * Counts up by one.
 */
seq: number, 
/**
 * What happened.
 */
body: EventBody, };

export type EventBody = { "kind": "call", "value": CallView } | { "kind": "call_gone", "value": CallId } | { "kind": "account", "value": AccountView } | { "kind": "account_gone", "value": AccountId } | { "kind": "presence", "value": PresenceView } | { "kind": "counts", "value": Counts } | { "kind": "audio", "value": AudioView } | { "kind": "headsets", "value": Headsets } | { "kind": "preferences", "value": Preferences } | { "kind": "call_centers", "value": CallCenters } | { "kind": "contact_fields", "value": ContactFields } | { "kind": "colleagues", "value": Colleagues } | { "kind": "colleague", "value": ColleagueView } | { "kind": "message_received", "value": ChatView } | { "kind": "connections", "value": Connections } | { "kind": "playback", "value": PlaybackView | null } | { "kind": "changed", "value": DataTag } | { "kind": "notice", "value": Notice } | { "kind": "faults", "value": Array<Notice> } | { "kind": "link_question", "value": LinkQuestion | null } | { "kind": "link_refused", "value": RefuseReason } | { "kind": "show_call", "value": CallId };

export type FieldValue = { 
/**
 * Key of the field.
 */
key: string, 
/**
 * The value in the form of its kind.
 */
value: string, };

export type FileSaved = { 
/**
 * The file.
 */
path: string, };

export type FilledForm = { 
/**
 * The record type; none is the user's own.
 */
record_type: string | null, 
/**
 * Values by the fields' names there; what is empty is left out.
 */
values: Array<FieldValue>, };

export type FindChat = { 
/**
 * The line; none takes the default line.
 */
account: AccountId | null, 
/**
 * Number, extension or SIP address.
 */
to: string, };

export type FindRemote = { "by": "number", 
/**
 * The number.
 */
number: string, 
/**
 * Only this one; none asks all.
 */
connection: ConnectionId | null, } | { "by": "text", 
/**
 * At least two characters; else nobody.
 */
text: string, 
/**
 * Only this one; none asks all.
 */
connection: ConnectionId | null, };

export type FindTickets = { 
/**
 * The contact.
 */
contact: ContactId, };

export type FormOf = { "of": "person" } | { "of": "call", 
/**
 * The call.
 */
call: CallId, } | { "of": "chats" } | { "of": "correction", 
/**
 * The call.
 */
call: CallId, };

export type FormRef = { 
/**
 * Which.
 */
form: FormOf, };

export type FurtherFields = { 
/**
 * Which.
 */
connection: ConnectionId, 
/**
 * Its form.
 */
form: FilledForm, };

export type HeadsetButton = "hook" | "mute" | "flash" | "hold" | "redial" | "drop" | "line" | "line_busy" | "programmable" | "volume_up" | "volume_down";

export type HeadsetId = number;

export type HeadsetLamp = "off_hook" | "ring" | "mute" | "hold" | "microphone" | "speaker" | "on_line" | "ringer";

export type HeadsetRef = { 
/**
 * Which.
 */
headset: HeadsetId, };

export type HeadsetState = "ready" | "no_permission" | "failed";

export type HeadsetView = { 
/**
 * Its id.
 */
id: HeadsetId, 
/**
 * What it calls itself.
 */
name: string, 
/**
 * Vendor of its USB or Bluetooth identity.
 */
vendor_id: number, 
/**
 * Product of that vendor.
 */
product_id: number, 
/**
 * Whether it can be used.
 */
state: HeadsetState, 
/**
 * Its buttons, in the order in which its descriptor names them.
 */
buttons: Array<ButtonView>, 
/**
 * Its lamps, in the same order.
 */
lamps: Array<LampView>, 
/**
 * The base station is on another line, its desk telephone or mobile.
 */
other_line: boolean, };

export type Headsets = { 
/**
 * In the order in which they came.
 */
list: Array<HeadsetView>, 
/**
 * False where buttons of headsets cannot be followed: on this system, or in this run.
 */
followed: boolean, };

export type HubspotSignIn = { "by": "token" } | { "by": "browser", 
/**
 * Public name of the app.
 */
client_id: string, };

export type Ice = { 
/**
 * Calls offer it, and take it where the other side offers it.
 */
on: boolean, 
/**
 * A STUN server, which tells how others see this machine.
 */
stun: string | null, 
/**
 * A TURN server, which passes media on where nothing else gets through.
 */
turn: string | null, 
/**
 * User name there.
 */
turn_user: string | null, };

export type IdentityView = { 
/**
 * The user's name there, or the host where there are no users.
 */
user: string, 
/**
 * The organisation, if the CRM tells it.
 */
organisation: string | null, };

export type JoinCalls = { 
/**
 * Whose other side is sent.
 */
call: CallId, 
/**
 * To whose other side.
 */
with: CallId, };

export type KeepForm = { 
/**
 * Which.
 */
form: FormOf, 
/**
 * What is typed, as the window alone reads it; at most 64 KiB.
 */
text: string, };

export type KeptForm = { 
/**
 * Which.
 */
form: FormOf, 
/**
 * What is typed, as the window wrote it.
 */
text: string, 
/**
 * When it was stored, UTC.
 */
saved_at_ms: number, };

export type KeptForms = { 
/**
 * The forms.
 */
list: Array<KeptForm>, };

export type LampView = { 
/**
 * Which.
 */
lamp: HeadsetLamp, 
/**
 * Whether it was told to be lit.
 */
lit: boolean, };

export type Levels = { 
/**
 * The call; none for the device test.
 */
call: CallId | null, 
/**
 * What the microphone sends.
 */
microphone_dbfs: number, 
/**
 * What the other side sends.
 */
remote_dbfs: number, };

export type LineView = { 
/**
 * The account.
 */
account: AccountId, 
/**
 * The account's label.
 */
label: string, 
/**
 * The number that was dialled by the caller, for the eye.
 */
called_number: string | null, 
/**
 * Name of the call centre that the number belongs to.
 */
call_center: string | null, 
/**
 * Its colour, `#rrggbb`.
 */
color: string | null, };

export type LinkQuestion = { 
/**
 * The link as it came, to be sent back with `confirmed`.
 */
target: string, 
/**
 * What would be dialled, for the eye.
 */
number: string, 
/**
 * Why it is asked.
 */
reason: AskReason, };

export type ListCards = { 
/**
 * Which.
 */
filter: CardFilter, 
/**
 * Only this direction.
 */
direction: Direction | null, 
/**
 * Only this contact.
 */
contact: ContactId | null, 
/**
 * Name, number, subject or comment contains this.
 */
text: string, 
/**
 * Where the previous page ended.
 */
after: string | null, 
/**
 * Rows to pass over from there: what a scroll bar jumps by.
 */
skip: number, 
/**
 * At most this many, up to 200.
 */
limit: number, };

export type ListChats = { 
/**
 * `next` of the page before.
 */
after: string | null, 
/**
 * At most so many, 1 to 200.
 */
limit: number, };

export type ListMessages = { 
/**
 * The chat.
 */
chat: ChatId, 
/**
 * Older than this one; none begins with the newest.
 */
before: MessageId | null, 
/**
 * At most so many, 1 to 200.
 */
limit: number, };

export type ListPushes = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * Only this state; none lists all but the sent ones.
 */
state: PushState | null, 
/**
 * At most this many, up to 200.
 */
limit: number, };

export type MailboxView = { 
/**
 * Something waits.
 */
waiting: boolean, 
/**
 * Voice messages not heard so far, where the exchange counts them.
 */
new: number | null, 
/**
 * Voice messages heard and kept, where the exchange counts them.
 */
old: number | null, 
/**
 * What to dial to hear them: the account's `voicemail`, or else what the exchange names, or its profile knows; none where nobody
 * says.
 */
number: string | null, };

export type MatchView = { "state": "searching" } | { "state": "none" } | { "state": "one", 
/**
 * Who.
 */
contact: ContactBrief, } | { "state": "several", 
/**
 * Who, best first.
 */
contacts: Array<ContactBrief>, };

export type MessageId = string;

export type MessageRef = { 
/**
 * The message.
 */
message: MessageId, };

export type MessageState = { "state": "received" } | { "state": "sending" } | { "state": "sent" } | { "state": "failed", 
/**
 * SIP status; none where it did not leave.
 */
code: number | null, } | { "state": "unknown" };

export type MessageView = { 
/**
 * Its id; it sorts by age.
 */
id: MessageId, 
/**
 * What it says: text of the network where it came, up to 8,192 bytes.
 */
text: string, 
/**
 * When it was written or came.
 */
at_ms: number, 
/**
 * How far it is.
 */
state: MessageState, };

export type Messages = { 
/**
 * The messages.
 */
list: Array<MessageView>, };

export type MoveConnection = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * Where it stands then, from 0; beyond the last place it is the last.
 */
place: number, };

export type Mute = { 
/**
 * The call.
 */
call: CallId, 
/**
 * The wished state.
 */
muted: boolean, };

export type Network = { 
/**
 * Through which proxies.
 */
proxy: ProxyChoice, 
/**
 * Certificates of the company's authorities, in PEM; trusted besides those of the system.
 */
authority: string | null, };

export type NetworkFault = { "fault": "address" } | { "fault": "user" } | { "fault": "script_place" } | { "fault": "no_script" } | { "fault": "no_certificate" } | { "fault": "expired", 
/**
 * When, UTC.
 */
at_ms: number, } | { "fault": "not_yet_valid" } | { "fault": "system" };

export type NetworkSaved = { "result": "saved", 
/**
 * As it is now.
 */
view: NetworkView, 
/**
 * The script was read, or there is none. One that is not reached now may be in the office.
 */
script_reached: boolean, } | { "result": "refused", 
/**
 * Why.
 */
fault: NetworkFault, };

export type NetworkView = { 
/**
 * The settings.
 */
network: Network, 
/**
 * The secret store has user and password for the proxy.
 */
has_login: boolean, 
/**
 * Who stands in [`Network::authority`].
 */
authorities: Array<AuthorityView>, };

export type Nothing = Record<symbol, never>;

export type Notice = { 
/**
 * Key of the words.
 */
code: NoticeCode, 
/**
 * How grave.
 */
severity: Severity, 
/**
 * A name to put into the words (device, line, who was spoken to), if any.
 */
subject: string | null, 
/**
 * The call that it is about, if any.
 */
call: CallId | null, };

export type NoticeCode = "microphone_gone" | "speaker_gone" | "device_used" | "no_microphone" | "no_speaker" | "no_audio_in" | "no_audio_in_other_codec" | "no_audio_in_keys" | "no_audio_stranger" | "no_audio_handshake" | "no_audio_in_our_address" | "no_audio_in_their_address" | "no_audio_out" | "tones_refused" | "recording_full" | "recording_denied" | "recording_locked" | "recording_failed" | "playback_failed" | "disk_full" | "database_locked" | "database_failed" | "settings_ignored" | "weak_secret_store" | "card_expiring" | "card_expiring_soon";

export type NumberCheck = { 
/**
 * For the eye.
 */
display: string, 
/**
 * E.164, once it is a valid full number.
 */
e164: string | null, 
/**
 * ISO 3166 region.
 */
country: string | null, 
/**
 * Extension, if it is or has one.
 */
extension: string | null, 
/**
 * Digits that are missing for the region's shortest valid number.
 */
missing_digits: number | null, 
/**
 * It can be dialled as it is: a number, an extension, a code of the exchange, or a SIP address.
 */
dialable: boolean, 
/**
 * What it is as a way to reach a person; none if it is none.
 */
channel: ChannelKind | null, };

export type OpenExternal = { "what": "support", 
/**
 * Place in the list.
 */
index: number, } | { "what": "chat", 
/**
 * The number in any form; it must be a full one.
 */
number: string, } | { "what": "record", 
/**
 * The record.
 */
record: RecordRef, } | { "what": "map", 
/**
 * Text of the address.
 */
address: string, };

export type OwnField = "first_name" | "last_name" | "company" | "phone" | "mobile" | "email";

export type PartyView = { 
/**
 * For the eye: `+506 8555 0117`, `ext. 231`, or the SIP user as it came.
 */
number: string, 
/**
 * E.164, if it is a full number.
 */
e164: string | null, 
/**
 * ISO 3166 region of the number, such as `CR`.
 */
country: string | null, 
/**
 * What the network says the name is: untrusted, cleaned, at most 64 characters, never styled like a contact.
 */
network_name: string | null, };

export type PauseRecording = { 
/**
 * The call.
 */
call: CallId, 
/**
 * The wished state.
 */
paused: boolean, };

export type PbxCode = "pickup" | "pickup_group" | "park" | "park_keys" | "retrieve" | "voicemail" | "to_voicemail" | "dnd_on" | "dnd_off" | "queue_pause" | "queue_unpause" | "record";

export type PbxProfile = { 
/**
 * What an account names it by.
 */
id: string, 
/**
 * What a person knows it by; empty for the one without codes.
 */
name: string, 
/**
 * Its codes.
 */
codes: { [key in PbxCode]?: string }, };

export type PbxProfiles = { 
/**
 * The one without codes first, then by name.
 */
list: Array<PbxProfile>, };

export type PersonField = "first_name" | "last_name" | "company" | "phone" | "mobile" | "email";

export type PlayRecording = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Where it begins.
 */
from_ms: number, 
/**
 * 50 to 300; 100 is as it was.
 */
speed_pct: number, };

export type PlaybackView = { 
/**
 * The recording.
 */
recording: RecordingId, 
/**
 * Where it began.
 */
from_ms: number, 
/**
 * 100 is as it was.
 */
speed_pct: number, };

export type Preferences = { 
/**
 * `es`, `en` or `pt`; none follows the system.
 */
locale: string | null, 
/**
 * Colours.
 */
theme: Theme, 
/**
 * ISO 3166 region for numbers without a country code, and of emergency and premium rules; empty as long as neither
 * the system nor a person has said it.
 */
country: string, 
/**
 * «Preguntar antes de marcar».
 */
ask_before_dialing: boolean, 
/**
 * «Traer Timbre al contestar».
 */
front_on_answer: boolean, 
/**
 * Calls of contacts with a star ring although «No molestar» is on.
 */
vip_passes: boolean, 
/**
 * 90 to 150.
 */
text_size_pct: number, 
/**
 * Digits of a user as the provider gives them out, 1 to 32; none expects no form. A hint while typing, not a wall.
 */
user_digits: number | null, 
/**
 * The same of a password.
 */
password_digits: number | null, 
/**
 * Calls older than so many months are forgotten, 1 to 120; none keeps them. What is to be saved or sent stays.
 */
keep_history_months: number | null, };

export type PresenceView = { 
/**
 * The state.
 */
state: AgentState, 
/**
 * Since when, UTC.
 */
since_ms: number, };

export type ProxyChoice = { "by": "system" } | { "by": "none" } | { "by": "own", 
/**
 * `http://`, `https://` or `socks5://`; `host:port` means `http`.
 */
address: string, 
/**
 * Hosts that are reached without it: domains, addresses, networks such as `10.0.0.0/8`.
 */
exceptions: Array<string>, } | { "by": "script", 
/**
 * Its address, or an absolute path of this machine.
 */
place: string, };

export type ProxyLogin = { 
/**
 * The user; empty forgets what is kept.
 */
user: string, 
/**
 * The password.
 */
password: string, };

export type PushAbout = "person" | "entry";

export type PushExport = { 
/**
 * CSV with a line of headings.
 */
csv: string, };

export type PushId = string;

export type PushPage = { 
/**
 * The rows.
 */
rows: Array<PushRow>, };

export type PushReason = { "reason": "sign_in" } | { "reason": "limit" } | { "reason": "busy" } | { "reason": "not_reached" } | { "reason": "proxy_sign_in" } | { "reason": "lost" } | { "reason": "invalid", 
/**
 * The CRM's code.
 */
code: string, 
/**
 * Names of the fields.
 */
fields: Array<string>, } | { "reason": "duplicate" } | { "reason": "ambiguous" } | { "reason": "not_found" } | { "reason": "forbidden", 
/**
 * The CRM's code.
 */
code: string, } | { "reason": "not_offered" } | { "reason": "not_understood" };

export type PushRef = { 
/**
 * The push.
 */
push: PushId, };

export type PushRow = { 
/**
 * The push.
 */
push: CardPush, 
/**
 * The call it tells about.
 */
call: CallId, 
/**
 * Who began it.
 */
direction: Direction, 
/**
 * The other side.
 */
party: PartyView, 
/**
 * Name of the contact.
 */
name: string | null, 
/**
 * «Asunto».
 */
subject: string, 
/**
 * When the call began, UTC.
 */
started_at_ms: number, 
/**
 * Tries made.
 */
attempts: number, 
/**
 * When it is tried next, UTC; none if only by a person's wish.
 */
next_at_ms: number | null, };

export type PushState = "waiting" | "unknown" | "sent" | "stuck";

export type QualityView = { 
/**
 * E-model MOS, 1.0 to 4.5.
 */
mos: number, 
/**
 * Packets lost on the way to us.
 */
loss_pct: number, 
/**
 * Interarrival jitter (RFC 3550).
 */
jitter_ms: number, 
/**
 * Round trip by RTCP.
 */
rtt_ms: number | null, };

export type QueueView = { 
/**
 * «Por enviar».
 */
waiting: number, 
/**
 * Refused by the CRM: somebody must look.
 */
stuck: number, 
/**
 * Sent, and the answer was lost: it is looked up before it is sent again.
 */
unknown: number, 
/**
 * «Último envío»: when the CRM last confirmed one, UTC; none if never, or if nothing of it is kept.
 */
last_sent_ms: number | null, };

export type Reachable = "available" | "busy" | "away" | "closed";

export type ReadChat = { 
/**
 * The chat.
 */
chat: ChatId, 
/**
 * The last message that was on screen.
 */
until: MessageId, };

export type ReadDescription = { 
/**
 * The whole text of the file.
 */
text: string, };

export type RecordCall = { 
/**
 * The call.
 */
call: CallId, 
/**
 * The wished state.
 */
on: boolean, };

export type RecordChoice = { 
/**
 * As it goes there.
 */
value: string, 
/**
 * For the eye.
 */
label: string, };

export type RecordField = { 
/**
 * Its name there.
 */
name: string, 
/**
 * For the eye.
 */
label: string, 
/**
 * What it takes.
 */
takes: RecordFieldKind, 
/**
 * A new record must have it.
 */
required: boolean, 
/**
 * What it holds if nobody says otherwise.
 */
default: string | null, 
/**
 * What of a person here fills it: it is not asked for again, only required.
 */
fed_by: OwnField | null, };

export type RecordFieldKind = { "kind": "text", 
/**
 * The most characters; 0 if nobody told.
 */
max: number, } | { "kind": "number" } | { "kind": "flag" } | { "kind": "date" } | { "kind": "email" } | { "kind": "phone" } | { "kind": "choice", 
/**
 * In the organisation's order.
 */
choices: Array<RecordChoice>, } | { "kind": "choices", 
/**
 * In the organisation's order.
 */
choices: Array<RecordChoice>, };

export type RecordFormView = { 
/**
 * Those that there are to choose from; none where there is but one.
 */
record_types: Array<RecordTypeView>, 
/**
 * The one that the fields are of.
 */
record_type: string | null, 
/**
 * Required fields, in the organisation's order, then those that it named in a refusal.
 */
fields: Array<RecordField>, 
/**
 * What is filled in already, for the push that was named.
 */
values: Array<FieldValue>, 
/**
 * When the CRM told it, UTC; none if it did not answer and nothing is kept: then nobody knows what is required.
 */
read_at_ms: number | null, };

export type RecordKind = "contact" | "lead" | "company" | "ticket" | "activity";

export type RecordRef = { 
/**
 * Where.
 */
connection: ConnectionId, 
/**
 * What it is.
 */
kind: RecordKind, 
/**
 * The CRM's id of it.
 */
id: string, };

export type RecordTypeView = { 
/**
 * Its id there.
 */
id: string, 
/**
 * For the eye.
 */
name: string, };

export type RecordingFormat = "opus" | "wav";

export type RecordingId = string;

export type RecordingRef = { 
/**
 * The recording.
 */
recording: RecordingId, };

export type RecordingSettings = { 
/**
 * As what.
 */
format: RecordingFormat, 
/**
 * The other side hears a tone every 15 seconds.
 */
consent_tone: boolean, 
/**
 * The files are encrypted with a key in the keychain.
 */
encrypt: boolean, 
/**
 * Recordings older than so many days are deleted, 1 to 3650; none keeps them.
 */
keep_days: number | null, 
/**
 * Names of files: text with `{date}`, `{time}`, `{line}`, `{number}`, `{direction}`.
 */
names: string, 
/**
 * Where they are; none is the folder of the program's data.
 */
folder: string | null, };

export type RecordingSettingsView = { 
/**
 * What was chosen.
 */
settings: RecordingSettings, 
/**
 * The folder where none was chosen.
 */
default_folder: string, 
/**
 * What a file of a call would be called that began now.
 */
example: string, };

export type RecordingState = "starting" | "on" | "paused";

export type RecordingView = { 
/**
 * Its id.
 */
id: RecordingId, 
/**
 * The call.
 */
call: CallId, 
/**
 * When it began, UTC.
 */
started_at_ms: number, 
/**
 * Of what can be heard; none while it runs.
 */
length_ms: number | null, 
/**
 * The file is encrypted.
 */
encrypted: boolean, 
/**
 * Length of a column, ms; 0 while it runs.
 */
column_ms: number, 
/**
 * The agent's loudest moment of each column: 0 is silence, 255 full scale.
 */
agent: Array<number>, 
/**
 * The other side's; as many.
 */
other: Array<number>, };

export type Recordings = { 
/**
 * The recordings.
 */
list: Array<RecordingView>, };

export type RefuseReason = "no_number" | "hostile" | "foreign_domain" | "scheme";

export type Registration = { "state": "off" } | { "state": "registering" } | { "state": "registered", 
/**
 * When the exchange last confirmed it, UTC.
 */
confirmed_at_ms: number, 
/**
 * How long it stands from then.
 */
expires_s: number, } | { "state": "failed", 
/**
 * Why.
 */
cause: EndCause, 
/**
 * SIP status, if one came.
 */
sip_code: number | null, 
/**
 * When the next try is made, UTC; none when trying again would only lock the account.
 */
retry_at_ms: number | null, };

export type RemoteMatches = { 
/**
 * How far they are.
 */
search: RemoteSearch, 
/**
 * Everybody who was found, each connection's people together.
 */
people: Array<RemotePerson>, 
/**
 * Connections that did not answer or refused.
 */
failed: Array<ConnectionId>, };

export type RemotePerson = { 
/**
 * The record.
 */
record: RecordRef, 
/**
 * Its name.
 */
name: string, 
/**
 * Its company.
 */
company: string | null, 
/**
 * Numbers as stored there.
 */
phones: Array<string>, 
/**
 * First e-mail.
 */
email: string | null, 
/**
 * The contact here that it is, if they are tied: no row of its own is shown then.
 */
contact: ContactId | null, };

export type RemoteSearch = "searching" | "late" | "done";

export type ReportView = { 
/**
 * All of it.
 */
text: string, 
/**
 * The name of its file.
 */
file_name: string, };

export type RoleView = { 
/**
 * The role.
 */
role: AudioRole, 
/**
 * Devices that can serve.
 */
devices: Array<DeviceView>, 
/**
 * Chosen id; none follows the system's default.
 */
chosen: string | null, 
/**
 * Id in use now; none if nothing can be opened.
 */
used: string | null, 
/**
 * 0 to 100.
 */
volume_pct: number, };

export type SalesforceLogin = { "at": "production" } | { "at": "sandbox" } | { "at": "own", 
/**
 * The host, or a whole address.
 */
host: string, };

export type SaveAccount = { 
/**
 * The account to change.
 */
id: AccountId | null, 
/**
 * Name of the line, may be empty.
 */
label: string, 
/**
 * Name shown to the other side, may be empty.
 */
display_name: string, 
/**
 * User part; required.
 */
user: string, 
/**
 * Domain; required.
 */
domain: string, 
/**
 * Name for digest authentication.
 */
auth_user: string | null, 
/**
 * New password; none leaves the stored one.
 */
password: string | null, 
/**
 * How SIP travels.
 */
transport: Transport, 
/**
 * Port.
 */
port: number | null, 
/**
 * Outbound proxy, or the URL of a WebSocket.
 */
proxy: string | null, 
/**
 * Media encryption.
 */
srtp: Srtp, 
/**
 * How offers ask for its keys.
 */
srtp_keys: SrtpKeys, 
/**
 * RTCP is offered on the port of RTP.
 */
rtcp_mux: boolean, 
/**
 * Ways through NAT.
 */
ice: Ice, 
/**
 * New password of the TURN server; none leaves the stored one.
 */
turn_password: string | null, 
/**
 * How keys pressed in a call travel.
 */
dtmf: Dtmf, 
/**
 * Codecs in order of preference.
 */
codecs: Array<string>, 
/**
 * Calls for which the exchange asks it are answered without the agent.
 */
auto_answer: boolean, 
/**
 * What to dial to hear voice messages; none leaves it to the exchange.
 */
voicemail: string | null, 
/**
 * Certificates for TLS; none leaves what is stored. Invalid about `authority`, `own` or `key` where there is no such file.
 */
certificates: Certificates | null, 
/**
 * The exchange is told whether the agent can be reached; none leaves what is stored.
 */
publish: boolean | null, 
/**
 * The kind of exchange; none leaves what is stored.
 */
profile: string | null, 
/**
 * Calls are recorded from their answer on; none leaves what is stored.
 */
record: boolean | null, 
/**
 * Codes in place of the profile's; none leaves what is stored.
 */
own_codes: { [key in PbxCode]?: string } | null, };

export type SaveBlocked = "needs_contact" | "call_live" | "already_saved";

export type SaveCard = { 
/**
 * The card.
 */
call: CallId, 
/**
 * All that is written.
 */
draft: Draft, 
/**
 * The chosen outcome in the words that the agent saw: what a CRM is told. None tells its name.
 */
outcome?: string, };

export type SaveColleague = { 
/**
 * The colleague to change; none adds one.
 */
id: ColleagueId | null, 
/**
 * «Nombre»; required, 1 to 80 characters.
 */
name: string, 
/**
 * The line over which the exchange is asked.
 */
account: AccountId, 
/**
 * «Extensión»: extension, number or SIP address; required.
 */
target: string, };

export type SaveColleagues = { 
/**
 * The colleagues.
 */
list: Array<SaveColleague>, };

export type SaveConnection = { 
/**
 * The connection to change.
 */
id: ConnectionId | null, 
/**
 * For the eye; empty takes the kind's own name.
 */
name: string, 
/**
 * How it is set up.
 */
setup: ConnectionSetup, 
/**
 * A new secret; none leaves the stored one.
 */
secret: string | null, };

export type SaveContact = { 
/**
 * The person to change.
 */
id: ContactId | null, 
/**
 * The `rev` that the form was opened with; none for a new person.
 */
rev: number | null, 
/**
 * What it is.
 */
kind: ContactKind, 
/**
 * «Nombre»; required for a contact.
 */
first_name: string, 
/**
 * «Apellidos»; required.
 */
last_name: string, 
/**
 * «Compañía»; required for a lead.
 */
company: string, 
/**
 * Kind of identity document.
 */
document_kind: string | null, 
/**
 * Its number.
 */
document_number: string | null, 
/**
 * Star.
 */
vip: boolean, 
/**
 * Ways to reach the person; at least one.
 */
channels: Array<ChannelView>, 
/**
 * Postal addresses.
 */
addresses: Array<AddressView>, 
/**
 * All values of «Campos personalizados»; a field that is not among them is empty. None leaves them as they are and
 * asks for none of them: a short form that does not show them. A fault names `custom.0`, the place in the list of
 * fields.
 */
custom?: Array<FieldValue>, 
/**
 * The call whose card opened the form: the new person is assigned to it, and is demo data where the call is.
 */
for_call: CallId | null, 
/**
 * What connected CRMs require of the person besides, who is to be created there; one for each. Fails with `required` or
 * `invalid` about `further.`, the connection, `.` and the name of the field there.
 */
further?: Array<FurtherFields>, };

export type SaveDraft = { 
/**
 * The card.
 */
call: CallId, 
/**
 * Counts up per card and window session; an older one that comes late is dropped.
 */
edit: number, 
/**
 * All that is written.
 */
draft: Draft, };

export type SaveNetwork = { 
/**
 * The settings.
 */
network: Network, 
/**
 * Absent keeps what is there, unless the proxy is another: nobody's password goes to another than it was given for.
 */
login: ProxyLogin | null, };

export type SearchContacts = { 
/**
 * What was typed; empty lists all.
 */
text: string, 
/**
 * Only this kind.
 */
kind: ContactKind | null, 
/**
 * Only people who may be assigned to this call: for a call of the practice line its own, for any other no demo data.
 */
for_call?: CallId, 
/**
 * Where the previous page ended.
 */
after: string | null, 
/**
 * Rows to pass over from there: what a scroll bar jumps by.
 */
skip: number, 
/**
 * At most this many, up to 200.
 */
limit: number, };

export type SecurityView = { 
/**
 * SRTP whose keys travelled over TLS: «Cifrada hasta la central».
 */
encrypted_to_exchange: boolean, 
/**
 * Media is SRTP, whatever the keys travelled over.
 */
srtp: boolean, };

export type SendDtmf = { 
/**
 * The call.
 */
call: CallId, 
/**
 * `0-9 * # A-D`; never logged or stored.
 */
digits: string, };

export type SendMessage = { 
/**
 * The line.
 */
account: AccountId, 
/**
 * Number, extension or SIP address.
 */
to: string, 
/**
 * What; 1 to 8,192 bytes of UTF-8.
 */
text: string, };

export type SentTo = { 
/**
 * For the eye.
 */
number: string, 
/**
 * Why the agent is asked.
 */
reason: AskReason, };

export type SetDoNotDisturb = { 
/**
 * The wished state.
 */
on: boolean, };

export type Severity = "info" | "warn" | "error";

export type ShellEvent = "quit_question";

export type ShellRequest = { "what": "words" } & ShellWords | { "what": "quit", 
/**
 * The agent was asked and said yes.
 */
confirmed: boolean, } | { "what": "system" } | { "what": "take_links" } | { "what": "start_at_login", 
/**
 * The wish.
 */
on: boolean, };

export type ShellWords = { 
/**
 * Opens the main window.
 */
open: string, 
/**
 * Ends the program.
 */
quit: string, 
/**
 * «Disponible».
 */
available: string, 
/**
 * Ringing.
 */
ringing: string, 
/**
 * «En llamada».
 */
on_call: string, 
/**
 * «No molestar».
 */
away: string, 
/**
 * No line is registered.
 */
offline: string, 
/**
 * Title of the notice that it goes on without its window.
 */
goes_on: string, 
/**
 * And what brings it back.
 */
goes_on_text: string, 
/**
 * Title of an incoming call.
 */
incoming: string, 
/**
 * Title of a missed call.
 */
missed: string, 
/**
 * Title: an unsaved card leaves «Por salvar» within the hour.
 */
card_expiring: string, 
/**
 * Title: within ten minutes.
 */
card_expiring_soon: string, 
/**
 * Title: somebody wrote.
 */
message: string, 
/**
 * «Contestar».
 */
answer: string, 
/**
 * «Rechazar».
 */
decline: string, };

export type ShippedDescription = { 
/**
 * Its name for [`DescriptionFile::Shipped`].
 */
file: string, 
/**
 * What it asks for.
 */
description: DescriptionView, };

export type Side = "here" | "there";

export type SignalStep = { 
/**
 * When it came or went, UTC.
 */
at_ms: number, 
/**
 * Sent by us.
 */
sent: boolean, 
/**
 * `INVITE`, `180 INVITE`, `200 BYE` …
 */
what: string, 
/**
 * Sequence number of CSeq.
 */
cseq: number, 
/**
 * Length of the message, bytes.
 */
bytes: number, 
/**
 * What its description says, such as `sdp sendrecv PCMA,telephone-event`.
 */
media: string | null, };

export type Snapshot = { 
/**
 * Number of the last event that is contained.
 */
seq: number, 
/**
 * Version of the program.
 */
version: string, 
/**
 * No account was ever added and nobody has practised: show the first run.
 */
first_run: boolean, 
/**
 * The lines.
 */
accounts: Array<AccountView>, 
/**
 * Live calls, oldest first.
 */
calls: Array<CallView>, 
/**
 * The agent's presence.
 */
presence: PresenceView, 
/**
 * Numbers on the rail.
 */
counts: Counts, 
/**
 * Devices.
 */
audio: AudioView, 
/**
 * Headsets with buttons.
 */
headsets: Headsets, 
/**
 * Active dispositions in order.
 */
dispositions: Array<DispositionView>, 
/**
 * What the agent prefers.
 */
preferences: Preferences, 
/**
 * Call centres of this agent's numbers.
 */
call_centers: CallCenters, 
/**
 * «Campos personalizados» of people.
 */
contact_fields: ContactFields, 
/**
 * Connections to CRMs.
 */
connections: Connections, 
/**
 * Colleagues, and what their telephones do.
 */
colleagues: Colleagues, 
/**
 * Ways to reach support.
 */
support: Array<SupportChannel>, 
/**
 * Standing faults, shown as a banner, the gravest first.
 */
faults: Array<Notice>, 
/**
 * A question about a link that waits for an answer.
 */
link_question: LinkQuestion | null, };

export type SoundPoint = { 
/**
 * When they end, UTC.
 */
at_ms: number, 
/**
 * Share of packets lost or too late.
 */
loss_pct: number, 
/**
 * Interarrival jitter (RFC 3550).
 */
jitter_ms: number, 
/**
 * Round trip by RTCP.
 */
rtt_ms: number | null, 
/**
 * E-model MOS, 1.0 to 4.5.
 */
mos: number | null, };

export type SoundTotals = { 
/**
 * Packets accepted.
 */
rx_packets: number, 
/**
 * Packets sent.
 */
tx_packets: number, 
/**
 * Share of packets that never came, of all expected.
 */
lost_pct: number, 
/**
 * Packets that came too late to be heard.
 */
late: number, 
/**
 * Sound that was made up, ms.
 */
concealed_ms: number, };

export type Srtp = "off" | "optional" | "required";

export type SrtpKeys = "sdes" | "dtls";

export type SupportChannel = { 
/**
 * Kind: `email`, `whatsapp`, `chat`, `phone`, `web`.
 */
kind: string, 
/**
 * Name for the eye, given by the deployment.
 */
label: string, 
/**
 * `mailto:`, `https:` or a number.
 */
target: string, };

export type SyncState = "none" | "this_computer" | "unknown" | "waiting" | "sent" | "stuck";

export type SystemView = { 
/**
 * Whether phone links open with this program.
 */
has_links: boolean | null, 
/**
 * Whether it starts when the person signs in.
 */
starts_at_login: boolean | null, 
/**
 * The system refused the last wish, or the program is not installed as one that the system knows.
 */
refused: boolean, };

export type TakeRemote = { 
/**
 * Who; found within the last hour.
 */
record: RecordRef, 
/**
 * The call to assign to.
 */
call: CallId | null, };

export type TestLamp = { 
/**
 * Of which.
 */
headset: HeadsetId, 
/**
 * Which.
 */
lamp: HeadsetLamp, };

export type Theme = "system" | "light" | "dark";

export type Ticket = { 
/**
 * The record.
 */
record: RecordRef, 
/**
 * The number that people call it by.
 */
number: string, 
/**
 * Its subject.
 */
subject: string, };

export type Tickets = { 
/**
 * In the connections' order, of each the newest first.
 */
list: Array<Ticket>, 
/**
 * Connections that did not answer or refused.
 */
failed: Array<ConnectionId>, };

export type Transfer = { 
/**
 * The call, which must be up.
 */
call: CallId, 
/**
 * Where to.
 */
to: string, };

export type TransferView = { "state": "asked" } | { "state": "ringing" } | { "state": "failed", 
/**
 * Why.
 */
cause: EndCause, };

export type Transport = "udp" | "tcp" | "tls" | "ws" | "wss";

export type UseCallResults = { 
/**
 * The connection.
 */
connection: ConnectionId, 
/**
 * Those of its CRM instead of the own ones; of several connections the first one's.
 */
on: boolean, };

export type WatchLevels = { 
/**
 * The wished state.
 */
on: boolean, };

export type ZohoCentre = "us" | "eu" | "in" | "au" | "jp" | "sa" | "cn" | "ca";

export interface Commands {
  snapshot: { request: Nothing; view: Snapshot };
  dial: { request: Dial; view: DialOutcome };
  answer: { request: Answer; view: Nothing };
  decline: { request: CallRef; view: Nothing };
  hang_up: { request: CallRef; view: Nothing };
  hold: { request: CallRef; view: Nothing };
  resume: { request: CallRef; view: Nothing };
  mute: { request: Mute; view: Nothing };
  send_dtmf: { request: SendDtmf; view: Nothing };
  record_call: { request: RecordCall; view: Nothing };
  pause_recording: { request: PauseRecording; view: Nothing };
  transfer: { request: Transfer; view: Nothing };
  consult: { request: Consult; view: DialOutcome };
  join_calls: { request: JoinCalls; view: Nothing };
  conference: { request: Conference; view: Nothing };
  split_conference: { request: CallRef; view: Nothing };
  answer_transfer: { request: AnswerTransfer; view: Nothing };
  pick_up_colleague: { request: ColleagueRef; view: DialOutcome };
  dial_code: { request: DialCode; view: DialOutcome };
  call_code: { request: CallCode; view: Nothing };
  list_pbx_profiles: { request: Nothing; view: PbxProfiles };
  drop_link_question: { request: Nothing; view: Nothing };
  show_call: { request: CallRef; view: Nothing };
  list_cards: { request: ListCards; view: CardPage };
  card: { request: CallRef; view: CardView };
  save_draft: { request: SaveDraft; view: DraftSaved };
  save_card: { request: SaveCard; view: CardView };
  dismiss_card: { request: CallRef; view: Nothing };
  undo_dismiss: { request: CallRef; view: CardView };
  list_recordings: { request: CallRef; view: Recordings };
  play_recording: { request: PlayRecording; view: Nothing };
  stop_playing: { request: Nothing; view: Nothing };
  save_recording: { request: RecordingRef; view: FileSaved };
  delete_recording: { request: RecordingRef; view: Nothing };
  mark_missed_seen: { request: Nothing; view: Nothing };
  search_contacts: { request: SearchContacts; view: ContactPage };
  contact: { request: ContactRef; view: ContactView };
  save_contact: { request: SaveContact; view: ContactView };
  erase_contact: { request: EraseContact; view: Erased };
  add_number: { request: AddNumber; view: ContactView };
  add_address: { request: AddAddress; view: ContactView };
  decide_clashes: { request: DecideClashes; view: ContactView };
  retry_edits: { request: EditsRef; view: ContactView };
  people_in_doubt: { request: ConnectionRef; view: ContactPage };
  check_number: { request: CheckNumber; view: NumberCheck };
  save_connection: { request: SaveConnection; view: ConnectionView };
  move_connection: { request: MoveConnection; view: Nothing };
  list_descriptions: { request: Nothing; view: Descriptions };
  read_description: { request: ReadDescription; view: DescriptionRead };
  connect: { request: Connect; view: Nothing };
  cancel_connect: { request: ConnectionRef; view: Nothing };
  check_connection: { request: ConnectionRef; view: CheckView };
  send_now: { request: ConnectionRef; view: Nothing };
  use_call_results: { request: UseCallResults; view: Nothing };
  disconnect: { request: Disconnect; view: Disconnected };
  list_pushes: { request: ListPushes; view: PushPage };
  retry_push: { request: PushRef; view: Nothing };
  give_up_push: { request: PushRef; view: Nothing };
  correct_push: { request: CorrectPush; view: Nothing };
  export_push: { request: PushRef; view: PushExport };
  save_push: { request: PushRef; view: FileSaved };
  find_remote: { request: FindRemote; view: RemoteMatches };
  take_remote: { request: TakeRemote; view: ContactView };
  find_tickets: { request: FindTickets; view: Tickets };
  describe_form: { request: DescribeForm; view: RecordFormView };
  kept_forms: { request: Nothing; view: KeptForms };
  keep_form: { request: KeepForm; view: Nothing };
  drop_form: { request: FormRef; view: Nothing };
  list_chats: { request: ListChats; view: ChatPage };
  find_chat: { request: FindChat; view: ChatView };
  list_messages: { request: ListMessages; view: Messages };
  send_message: { request: SendMessage; view: MessageView };
  resend_message: { request: MessageRef; view: MessageView };
  read_chat: { request: ReadChat; view: Nothing };
  save_account: { request: SaveAccount; view: AccountView };
  remove_account: { request: AccountRef; view: Nothing };
  default_account: { request: AccountRef; view: Nothing };
  register_now: { request: AccountRef; view: Nothing };
  audio: { request: Nothing; view: AudioView };
  choose_device: { request: ChooseDevice; view: AudioView };
  test_ringer: { request: Nothing; view: Nothing };
  watch_levels: { request: WatchLevels; view: Nothing };
  test_headset_lamp: { request: TestLamp; view: Nothing };
  headset_report: { request: HeadsetRef; view: ReportView };
  start_practice: { request: Nothing; view: AccountView };
  end_practice: { request: Nothing; view: Nothing };
  practice_call_me: { request: Nothing; view: Nothing };
  save_preferences: { request: Preferences; view: Preferences };
  save_call_centers: { request: CallCenters; view: CallCenters };
  save_colleagues: { request: SaveColleagues; view: Colleagues };
  save_contact_fields: { request: ContactFields; view: ContactFields };
  network: { request: Nothing; view: NetworkView };
  save_network: { request: SaveNetwork; view: NetworkSaved };
  recording_settings: { request: Nothing; view: RecordingSettingsView };
  save_recording_settings: { request: RecordingSettings; view: RecordingSettingsView };
  set_do_not_disturb: { request: SetDoNotDisturb; view: Nothing };
  open_external: { request: OpenExternal; view: Nothing };
  call_details: { request: CallRef; view: CallDetails };
  make_report: { request: Nothing; view: ReportView };
  save_report: { request: Nothing; view: FileSaved };
}
