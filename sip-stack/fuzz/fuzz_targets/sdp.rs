//! Session descriptions: what is accepted prints as something with the same media.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sip_stack::sdp::SessionDescription;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(session) = SessionDescription::parse(bytes) {
        let again = SessionDescription::parse(&session.print()).expect("printed descriptions are well-formed");
        assert_eq!(again.media.len(), session.media.len());
        for ((_, before), (_, after)) in session.audios().zip(again.audios()) {
            assert_eq!(session.ice_of(before), again.ice_of(after));
        }
    }
});
