//! Application protocols, every one that the tables list: a new protocol is fuzzed without a new target.
//!
//! The first octet chooses the protocol, the second how the octets of a stream are cut; then come turns, each one octet for
//! the side (and for a loss before it) and two for its length. A stream in pieces says what it says whole, and each PDU
//! that is read moves on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sentinel_decoder::app::{
    Carrier, Conversation, FRAMES, FrameProtocol, PROTOCOLS, Progress, Protocol, Reading, Side,
};
use sentinel_decoder::message::Message;
use sentinel_fuzz::{Turn, check, turns};

/// Messages of one feed after which a stream is given up; in pieces that comes at another place.
const MOST_MESSAGES: usize = 64;

/// A conversation that is watched.
#[derive(Debug)]
struct Watched(Box<dyn Conversation>, Carrier);

impl Conversation for Watched {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let before = out.len();
        let progress = self.0.read(side, octets, out);
        assert!(octets.is_empty() || progress != Progress::Used(0), "a PDU without octets");
        let again = self.1 == Carrier::Tcp && progress == Progress::More;
        assert!(!again || out.len() == before, "a PDU that goes on has been told of");
        progress
    }

    fn lost(&mut self, side: Side) -> bool {
        self.0.lost(side)
    }
}

/// What became of a stream; and whether a feed made as many messages as one may.
fn stream(protocol: &Protocol, turns: &[Turn<'_>], cut: usize) -> (Vec<Message>, Vec<String>, bool) {
    let (mut talk, mut client, mut server) =
        (Watched((protocol.begin)(), protocol.carrier), Reading::default(), Reading::default());
    let (mut out, mut errors, mut full) = (Vec::new(), Vec::new(), false);
    for turn in turns {
        let reading = if turn.side == Side::Client { &mut client } else { &mut server };
        if turn.lost {
            reading.lost(&mut talk, turn.side);
        }
        for piece in turn.octets.chunks(cut) {
            let before = out.len();
            errors.extend(reading.feed(&mut talk, turn.side, piece, &mut out).err().map(|error| format!("{error:?}")));
            full |= out.len() >= before + MOST_MESSAGES;
            assert!(reading.held() <= 4 << 16, "holds {} octets", reading.held());
        }
    }
    (out, errors, full)
}

fn conversation(protocol: &Protocol, cut: u8, input: &[u8]) {
    let turns = turns(input);
    for turn in &turns {
        let begins = turn.octets.first().is_some_and(|first| (protocol.begins)(*first));
        assert!(!(protocol.recognise)(turn.side, turn.octets) || begins, "{} would not be asked", protocol.name);
    }
    if protocol.carrier == Carrier::Udp {
        let (mut talk, mut out) = (Watched((protocol.begin)(), protocol.carrier), Vec::new());
        for turn in turns {
            let before = out.len();
            talk.read(turn.side, turn.octets, &mut out);
            check(&[], &out[before..], turn.octets);
        }
        return;
    }
    let (whole, errors, full) = stream(protocol, &turns, usize::MAX);
    check(&[], &whole, input);
    let (parts, their_errors, their_full) = stream(protocol, &turns, usize::from(cut % 32) + 1);
    // After a loss the place of a segment's beginning counts, and pieces are segments.
    if !full && !their_full && !turns.iter().any(|turn| turn.lost) {
        assert_eq!((whole, errors), (parts, their_errors), "in pieces and whole");
    }
}

fn frame(protocol: &FrameProtocol, octets: &[u8]) {
    let mut out = Vec::new();
    let _ = (protocol.read)(octets, &mut out);
    check(&[], &out, octets);
}

fuzz_target!(|input: &[u8]| {
    let Some((&[which, cut], rest)) = input.split_first_chunk::<2>() else { return };
    let all = PROTOCOLS.len() + FRAMES.len();
    let Some(which) = usize::from(which).checked_rem(all) else { return };
    match PROTOCOLS.get(which) {
        Some(protocol) => conversation(protocol, cut, rest),
        None => frame(FRAMES[which - PROTOCOLS.len()], rest),
    }
});
