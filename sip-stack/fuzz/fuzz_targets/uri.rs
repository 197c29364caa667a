//! URIs and addresses: what is accepted prints as itself.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip_stack::message::{NameAddr, Uri, Via};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(uri) = Uri::parse(bytes) {
        assert_eq!(Uri::parse(uri.to_string().as_bytes()).expect("printed URIs are well-formed"), uri);
    }
    let _ = (NameAddr::parse(bytes), Via::parse(bytes));
});
