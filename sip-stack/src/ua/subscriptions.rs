//! Subscriptions as far as the user agent finds and starts them; what each does is its own matter.

use crate::message::{Request, StatusCode};
use crate::transaction::TxId;

use super::account::Account;
use super::agent::UserAgent;
use super::core::Core;
use super::subscription::Subscription;
use super::{AccountId, Event, MessageSummary, Package, SubscriptionId, target};

impl UserAgent {
    /// Subscribes, or tries again where that had stopped.
    pub(super) fn subscribe(&mut self, id: SubscriptionId, account: AccountId, package: Package, to: Option<&str>) {
        if !self.subscriptions.contains_key(&id) {
            let found = self.accounts.get(&account);
            let target = found.and_then(|account| match to {
                Some(to) => account.registrar().ok().and_then(|domain| target::resolve(to, &domain).ok()),
                None => account.address_of_record().ok().and_then(|own| own.uri.as_sip().cloned()),
            });
            let full = self.subscriptions.len() >= self.core.config.max_subscriptions;
            if full {
                self.core.counters.over_limit += 1;
            }
            let Some(target) = target.filter(|_| !full) else {
                let (status, reason, retry_in) = (None, None, None);
                return self.core.event(Event::SubscriptionFailed { subscription: id, status, reason, retry_in });
            };
            let subscription = Subscription::new(&mut self.core, id, account, package, target);
            self.subscriptions.insert(id, subscription);
        }
        self.subscription_step(id, Subscription::ask);
    }

    pub(super) fn unsubscribe(&mut self, id: SubscriptionId, at_once: bool) {
        self.subscription_step(id, |subscription, core, account| subscription.leave(core, account, at_once));
    }

    pub(super) fn unsubscribe_all(&mut self, of: Option<AccountId>, at_once: bool) {
        for id in self.subscriptions_of(of) {
            self.unsubscribe(id, at_once);
        }
    }

    /// An account can be reached.
    pub(super) fn resume_subscriptions(&mut self, account: AccountId) {
        for id in self.subscriptions_of(Some(account)) {
            self.subscription_step(id, Subscription::on_ready);
        }
    }

    /// Whose NOTIFY this is.
    pub(super) fn subscription_of(&self, notify: &Request) -> Option<SubscriptionId> {
        self.subscriptions.values().find(|subscription| subscription.is_told_by(notify)).map(|one| one.id)
    }

    /// A NOTIFY that names a dialog; `None` if it is no subscription's.
    pub(super) fn on_subscription_notify(&mut self, tx: TxId, notify: &Request) -> Option<()> {
        let id = self.subscription_of(notify)?;
        self.subscription_step(id, |subscription, core, account| subscription.on_notify(core, account, tx, notify));
        Some(())
    }

    /// News outside any dialog: exchanges tell of the mailbox unasked.
    pub(super) fn on_unsolicited(&mut self, tx: TxId, notify: &Request, account: AccountId) {
        let tag = self.core.token();
        if Package::of(notify) != Some(Package::MessageSummary) {
            return self.core.respond(tx, notify.response(StatusCode::CALL_DOES_NOT_EXIST, Some(&tag)));
        }
        self.core.respond(tx, notify.response(StatusCode::OK, Some(&tag)));
        match MessageSummary::parse(&notify.body) {
            Some(summary) => self.core.event(Event::Mailbox { account, subscription: None, summary }),
            None => self.core.counters.malformed += 1,
        }
    }

    /// Runs one function of a subscription; it may be its last.
    pub(super) fn subscription_step(
        &mut self,
        id: SubscriptionId,
        run: impl FnOnce(&mut Subscription, &mut Core, &mut Account),
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&id) else { return };
        let Some(account) = self.accounts.get_mut(&subscription.account) else { return };
        run(subscription, &mut self.core, account);
        if subscription.is_gone() {
            self.subscriptions.remove(&id);
        }
    }

    fn subscriptions_of(&self, account: Option<AccountId>) -> Vec<SubscriptionId> {
        let of = |one: &&Subscription| account.is_none_or(|account| one.account == account);
        self.subscriptions.values().filter(of).map(|one| one.id).collect()
    }
}
