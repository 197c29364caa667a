//! Colleagues: each is watched by subscriptions to `dialog` (RFC 4235) and `presence` (RFC 3856) over its line, and a call that rings
//! there can be taken.
//!
//! ```text
//!   settings, lines ─► Subscribe ─► Watched ─► state ─► shown when it changed
//! ```

use agent_api::call::{Dial, DialOrigin, DialOutcome};
use agent_api::colleague::{ColleagueCall, ColleaguePresence, ColleagueState, ColleagueView, Colleagues, Reachable};
use agent_api::error::{ApiError, ErrorCode};
use agent_api::event::EventBody;
use agent_api::id::{AccountId, ColleagueId};
use agent_api::pbx::{DialCode, PbxCode};
use sip_stack::message::Uri;
use sip_stack::ua::{Activity, Command, DialogState, Package, Presence, RingingCall, SubscriptionId, WatchedDialog};

use super::{Desk, Effect};
use crate::fact::{Fact, What};
use crate::link::Target;
use crate::party;
use crate::pbx;
use crate::port::clock::Now;
use crate::settings::colleague::Colleague;

/// Mailboxes have the numbers of their lines; those of colleagues come behind.
const FIRST: u64 = 1 << 32;

/// Who is watched.
#[derive(Default)]
pub(super) struct Watches {
    list: Vec<Watch>,
    made: u64,
    shown: Vec<ColleagueView>,
}

impl Watches {
    /// Who stands in the settings; the lines come later.
    pub fn of(colleagues: &[Colleague]) -> Self {
        let watch = |colleague: &Colleague| Watch::of(colleague.clone(), None);
        Self { list: colleagues.iter().map(watch).collect(), ..Self::default() }
    }
}

struct Watch {
    colleague: Colleague,
    /// To calls and to presence; none while its line is not there.
    subscriptions: Option<[SubscriptionId; 2]>,
    /// The calls; none until the exchange tells.
    told: Option<Vec<WatchedDialog>>,
    /// What they say; none until the exchange tells.
    presence: Option<Presence>,
}

impl Watch {
    fn of(colleague: Colleague, subscriptions: Option<[SubscriptionId; 2]>) -> Self {
        Self { colleague, subscriptions, told: None, presence: None }
    }

    /// The call that matters: one that rings, else one that is up, else any.
    fn call(&self) -> Option<&WatchedDialog> {
        let calls = self.told.as_deref()?;
        let up = |call: &&WatchedDialog| call.state == DialogState::Confirmed;
        calls.iter().find(|call| rings(call)).or_else(|| calls.iter().find(up)).or_else(|| calls.first())
    }

    fn state(&self) -> ColleagueState {
        match (&self.told, self.call()) {
            (None, _) => ColleagueState::Unknown,
            (Some(_), None) => ColleagueState::Free,
            (Some(_), Some(call)) if rings(call) => ColleagueState::Ringing,
            (Some(_), Some(_)) => ColleagueState::Busy,
        }
    }

    /// Whom to call to take over the call that rings, and its name there. The caller is reached as a user of our exchange, whatever
    /// host stands in the document.
    fn ringing(&self) -> Option<(String, RingingCall)> {
        let call = self.call().filter(|call| rings(call))?;
        let ringing = RingingCall {
            call_id: call.call_id.clone()?,
            caller_tag: call.remote_tag.clone()?,
            called_tag: call.local_tag.clone()?,
        };
        let caller = user_of(call.remote.as_deref()?)?;
        Some((caller, ringing))
    }
}

fn reachable(presence: &Presence) -> ColleaguePresence {
    let reachable = match (presence.open, presence.activity) {
        (Some(false), _) => Reachable::Closed,
        (_, Some(Activity::OnThePhone | Activity::Busy)) => Reachable::Busy,
        (_, Some(Activity::Away)) => Reachable::Away,
        (_, None) => Reachable::Available,
    };
    ColleaguePresence { reachable, note: presence.note.as_deref().and_then(party::clean_name) }
}

/// Somebody calls there and is not answered.
fn rings(call: &WatchedDialog) -> bool {
    let early = matches!(call.state, DialogState::Trying | DialogState::Proceeding | DialogState::Early);
    early && call.calls != Some(true)
}

fn user_of(address: &str) -> Option<String> {
    let uri = Uri::parse(address.as_bytes()).ok()?;
    let user = uri.user()?.into_owned();
    (!user.is_empty() && !user.eq_ignore_ascii_case("anonymous")).then_some(user)
}

impl Desk {
    /// Watches these and nobody else; who was watched over the same line already goes on.
    pub(super) fn watch(&mut self, colleagues: Vec<Colleague>) {
        let mut old = std::mem::take(&mut self.colleagues.list);
        for colleague in colleagues {
            let same = |watch: &Watch| {
                let known = &watch.colleague;
                (known.id, known.account, &known.target) == (colleague.id, colleague.account, &colleague.target)
            };
            let watch = match old.iter().position(same) {
                Some(place) => Watch { colleague, ..old.swap_remove(place) },
                None => self.begin_watch(colleague),
            };
            self.colleagues.list.push(watch);
        }
        for subscription in old.into_iter().filter_map(|watch| watch.subscriptions).flatten() {
            self.do_phone(Command::Unsubscribe { subscription });
        }
        self.show_colleagues();
    }

    /// A line is there or was changed: what the user agent had for it is gone.
    pub(super) fn watch_over(&mut self, account: AccountId) {
        for mut watch in std::mem::take(&mut self.colleagues.list) {
            if watch.colleague.account == account {
                watch = self.begin_watch(watch.colleague);
            }
            self.colleagues.list.push(watch);
        }
        self.show_colleagues();
    }

    fn begin_watch(&mut self, colleague: Colleague) -> Watch {
        let line = self.lines.get(colleague.account).filter(|line| line.account.register && !line.account.practice);
        let subscriptions = line.map(|line| line.key).map(|account| {
            [Package::Dialog, Package::Presence].map(|package| {
                self.colleagues.made += 1;
                let subscription = SubscriptionId(FIRST + self.colleagues.made);
                let target = Some(self.address(&colleague));
                self.do_phone(Command::Subscribe { subscription, account, package, target });
                subscription
            })
        });
        Watch::of(colleague, subscriptions)
    }

    /// What is asked for; an extension is asked for as it is dialled.
    fn address(&self, colleague: &Colleague) -> String {
        let country = &self.settings.preferences.country;
        let number = party::number(&colleague.target, country);
        number.map_or_else(|| colleague.target.clone(), |number| number.dial().to_owned())
    }

    /// The exchange told of somebody's calls.
    pub(super) fn watched(&mut self, subscription: SubscriptionId, dialogs: Vec<WatchedDialog>) {
        self.told(subscription, |watch, _| watch.told = Some(dialogs));
    }

    /// The exchange told whether somebody can be reached.
    pub(super) fn present(&mut self, subscription: SubscriptionId, presence: Presence) {
        self.told(subscription, |watch, _| watch.presence = Some(presence));
    }

    /// The exchange tells no more.
    pub(super) fn told_no_more(&mut self, subscription: SubscriptionId) {
        self.told(subscription, |watch, package| match package {
            Package::Presence => watch.presence = None,
            _ => watch.told = None,
        });
    }

    fn told(&mut self, subscription: SubscriptionId, take: impl FnOnce(&mut Watch, Package)) {
        for watch in &mut self.colleagues.list {
            let Some([dialog, presence]) = watch.subscriptions else { continue };
            let package = if subscription == presence { Package::Presence } else { Package::Dialog };
            if [dialog, presence].contains(&subscription) {
                take(watch, package);
                return self.show_colleagues();
            }
        }
    }

    pub(super) fn colleagues(&self) -> Colleagues {
        Colleagues { list: self.colleagues.list.iter().map(|watch| self.colleague_view(watch)).collect() }
    }

    /// Tells what changed: one colleague, or all where the list did.
    pub(super) fn show_colleagues(&mut self) {
        let now = self.colleagues().list;
        let before = std::mem::replace(&mut self.colleagues.shown, now.clone());
        let ids = |list: &[ColleagueView]| list.iter().map(|one| one.id).collect::<Vec<_>>();
        let same_list = ids(&before) == ids(&now);
        for view in now.iter().filter(|view| !before.contains(view)) {
            self.tell_colleague(view);
            if same_list {
                self.emit(EventBody::Colleague(view.clone()));
            }
        }
        if !same_list {
            self.emit(EventBody::Colleagues(Colleagues { list: now }));
        }
    }

    fn tell_colleague(&mut self, view: &ColleagueView) {
        let what = What::Colleague { colleague: Box::new(view.clone()) };
        self.effects.push(Effect::Fact(Fact { account: Some(view.account), call: None, what }));
    }

    fn colleague_view(&self, watch: &Watch) -> ColleagueView {
        let Colleague { id, name, account, target } = watch.colleague.clone();
        let country = &self.settings.preferences.country;
        let known = self.lines.get(account).is_some_and(super::line::Line::is_usable);
        let call = watch.call().filter(|_| known).map(|call| ColleagueCall {
            calls: call.calls,
            number: call.remote.as_deref().and_then(user_of).map(|user| party::display(&user, country)),
            name: call.remote_name.as_deref().and_then(party::clean_name),
        });
        let state = if known { watch.state() } else { ColleagueState::Unknown };
        let presence = watch.presence.as_ref().filter(|_| known).map(reachable);
        let can_pick_up = known && (watch.ringing().is_some() || self.pickup_code(watch).is_some());
        ColleagueView { id, name, account, target, state, presence, call, can_pick_up }
    }

    /// The digits for the code that takes what rings at a colleague, where something does and the exchange has one.
    fn pickup_code(&self, watch: &Watch) -> Option<String> {
        let line = self.lines.get(watch.colleague.account)?;
        let target = watch.colleague.target.as_str();
        let user = user_of(target).unwrap_or_else(|| target.to_owned());
        let rings = watch.state() == ColleagueState::Ringing;
        (rings && pbx::filled(&line.account, PbxCode::Pickup, Some(&user)).is_ok()).then_some(user)
    }

    /// Takes over the call that rings at a colleague.
    ///
    /// # Errors
    /// Nothing rings there, or the exchange does not tell what it takes.
    pub(super) fn pick_up_colleague(&mut self, now: Now, colleague: ColleagueId) -> Result<DialOutcome, ApiError> {
        let watch = self.colleagues.list.iter().find(|watch| watch.colleague.id == colleague);
        let watch = watch.ok_or(ApiError::about(ErrorCode::NotFound, "colleague"))?;
        let account = watch.colleague.account;
        let Some((caller, ringing)) = watch.ringing() else {
            // What rings there is not told: a code takes it.
            let number = self.pickup_code(watch).ok_or_else(Self::wrong_state)?;
            return self.dial_code(now, &DialCode { account, code: PbxCode::Pickup, number: Some(number) });
        };
        // A second press is the same wish.
        if let Some(live) = self.calls.values().find(|live| live.takes.as_ref() == Some(&ringing)) {
            return Ok(DialOutcome::Started { call: live.id() });
        }
        let number = party::number(&caller, &self.settings.preferences.country);
        let display = party::display(&caller, &self.settings.preferences.country);
        let target = Target { dial: caller.clone(), number, display };
        let origin = DialOrigin::Keypad;
        let dial = Dial { target: caller, origin, account: Some(account), contact: None, confirmed: true };
        let call = self.place(now, &dial, target, None)?;
        if let Some(live) = self.calls.get_mut(&call) {
            live.takes = Some(ringing);
        }
        self.hold_others(now, call);
        Ok(DialOutcome::Started { call })
    }
}
