//! NGAP and the NAS in it: any octets are messages or a malformed one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::ngap;
use sentinel_fuzz::check;

fuzz_target!(|pdu: &[u8]| {
    let mut messages = Vec::new();
    ngap::decode(pdu, &mut messages);
    assert!(
        messages.first().is_some_and(|message| message.kind.starts_with("ngap.")),
        "an NGAP PDU of which nothing is said"
    );
    check(&["ngap", "nas"], &messages, pdu);
});
