//! Datagrams and streams: no panic, and what is accepted prints as something that is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip_stack::message::{StreamFramer, parse};

fuzz_target!(|bytes: &[u8]| {
    let mut framer = StreamFramer::new();
    for part in bytes.chunks(61) {
        framer.feed(part);
        while let Ok(Some(_)) = framer.take() {}
    }
    if let Ok(message) = parse::datagram(bytes) {
        let headers = message.headers();
        let _ = (headers.vias(), headers.from(), headers.to(), headers.call_id(), headers.cseq(), headers.contacts());
        let _ = (headers.max_forwards(), headers.content_type(), headers.expires(), headers.reasons());
        let _ = sip_stack::auth::Challenge::read_all(headers);
        let again = parse::datagram(&message.print()).expect("printed messages are well-formed");
        assert_eq!(again.print(), message.print());
    }
});
