//! Bodies of NOTIFY: bounded, whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip_stack::ua::{DialogInfo, MessageSummary, Presence};

fuzz_target!(|bytes: &[u8]| {
    let _ = MessageSummary::parse(bytes);
    if let Some(document) = DialogInfo::parse(bytes) {
        assert!(document.dialogs.len() <= 64);
    }
    if let Some(presence) = Presence::parse(bytes) {
        assert!(presence.note.as_ref().is_none_or(|note| note.len() <= 256));
        let whole = Presence { open: Some(presence.open != Some(false)), ..presence };
        assert_eq!(Presence::parse(whole.print("sip:a@h").as_bytes()), Some(whole));
    }
});
