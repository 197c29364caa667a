//! Bodies of NOTIFY: bounded, whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip_stack::ua::{DialogInfo, MessageSummary};

fuzz_target!(|bytes: &[u8]| {
    let _ = MessageSummary::parse(bytes);
    if let Some(document) = DialogInfo::parse(bytes) {
        assert!(document.dialogs.len() <= 64);
    }
});
