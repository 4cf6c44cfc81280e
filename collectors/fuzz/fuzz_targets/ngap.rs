//! NGAP and the NAS in it: any octets are messages or a malformed one; the light walk, where it comes to its end, says the
//! same in columns.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::columns::both_ways;
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
    let (full, walked) = both_ways(pdu);
    assert_eq!(full.len(), messages.len(), "a row for each message");
    if let Some(walked) = walked {
        assert_eq!(walked, full, "the walk says something else");
    }
});
