//! PFCP: any datagram is messages or a malformed one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::pfcp;
use sentinel_fuzz::check;

fuzz_target!(|datagram: &[u8]| {
    let mut messages = Vec::new();
    pfcp::decode(datagram, &mut messages);
    assert!(!messages.is_empty(), "a datagram of which nothing is said");
    check(&["pfcp"], &messages, datagram);
});
