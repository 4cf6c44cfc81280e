//! NAS-5GS: any octets are messages or a malformed one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::message::Fields;
use sentinel_decoder::nas;
use sentinel_fuzz::check;

fuzz_target!(|pdu: &[u8]| {
    let mut messages = Vec::new();
    nas::decode(pdu, &Fields::default(), &mut messages);
    assert!(!messages.is_empty(), "a NAS PDU of which nothing is said");
    check(&["nas"], &messages, pdu);
});
