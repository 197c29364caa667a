//! Mailboxes of the lines: what the exchange tells of voice messages (RFC 3842), and what to dial to hear them.

use agent_api::account::MailboxView;
use agent_api::event::EventBody;
use agent_api::pbx::PbxCode;
use sip_stack::message::Uri;
use sip_stack::ua::{self, Command, MessageSummary, Package, SubscriptionId};

use super::{Desk, Effect};
use crate::fact::{Fact, What};
use crate::pbx;
use crate::settings::Account;

/// Asks the exchange to tell; a line has one mailbox, which bears its name.
pub(super) fn ask(line: ua::AccountId) -> Command {
    let subscription = SubscriptionId(line.0);
    Command::Subscribe { subscription, account: line, package: Package::MessageSummary, target: None }
}

pub(super) fn view(account: &Account, told: &MessageSummary) -> MailboxView {
    MailboxView {
        waiting: told.waiting,
        new: told.voice.map(|voice| voice.new),
        old: told.voice.map(|voice| voice.old),
        number: account
            .voicemail
            .clone()
            .or_else(|| named(account, told.account.as_deref()?))
            .or_else(|| pbx::codes(account).remove(&PbxCode::Voicemail)),
    }
}

/// What the exchange names, as it is dialled. Our own address is nothing to dial: the call would come back to us.
fn named(account: &Account, address: &str) -> Option<String> {
    let uri = Uri::parse(address.as_bytes()).ok()?;
    let user = uri.user()?.into_owned();
    let home = uri.host().is_none_or(|host| host.to_string().eq_ignore_ascii_case(&account.domain));
    if home && user == account.user {
        return None;
    }
    match (home, uri.host()) {
        (false, Some(host)) => Some(format!("sip:{user}@{host}")),
        _ => Some(user),
    }
}

impl Desk {
    /// The exchange told.
    pub(super) fn mailbox(&mut self, key: ua::AccountId, summary: MessageSummary) {
        let Some(line) = self.lines.by_key_mut(key) else { return };
        let (new, old) = (summary.voice.map(|voice| voice.new), summary.voice.map(|voice| voice.old));
        let what = What::Mailbox { waiting: summary.waiting, new, old };
        let id = line.account.id;
        let changed = line.mailbox.as_ref() != Some(&summary);
        line.mailbox = Some(summary);
        self.effects.push(Effect::Fact(Fact { account: Some(id), call: None, what }));
        if let Some(view) = self.lines.view(id).filter(|_| changed) {
            self.emit(EventBody::Account(view));
        }
    }
}
