//! What a flow says: which protocol it speaks, and its octets in order.
//!
//! TCP is put together only as far as a protocol reads it: segments ahead of their turn wait, few and not for long; where
//! the receiver has acknowledged what the mirror did not show, reading goes on behind the gap. Of octets sent twice the
//! first copy counts.

use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::app::{Carrier, Conversation, PROTOCOLS, Progress, Protocol, Reading, Side};
use crate::message::Message;
use crate::octets::{Malformed, malformed, u8_at, u32_at};

/// Segments ahead of their turn, and octets of them, at most.
const MOST_WAITING: usize = 32;
const MOST_OCTETS: usize = 65_536;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// A TCP segment; `payload` is what the capture has of it, of which the last `missing` octets are cut off.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    sequence: u32,
    acknowledged: Option<u32>,
    syn: bool,
    pub payload: &'a [u8],
    missing: usize,
}

impl<'a> Segment<'a> {
    /// The sequence number of the first octet that its sender will send, where this opens the connection.
    pub fn first(&self) -> Option<u32> {
        self.syn.then_some(self.sequence.wrapping_add(1))
    }

    /// Out of the payload of an IP packet; `None` where the header is cut short.
    pub fn parse(packet: &'a [u8], missing: usize) -> Option<Self> {
        let header = usize::from(u8_at(packet, 12)? >> 4) * 4;
        let flags = u8_at(packet, 13)?;
        let acknowledged = if flags & ACK != 0 { u32_at(packet, 8) } else { None };
        Some(Self {
            sequence: u32_at(packet, 4)?,
            acknowledged,
            syn: flags & SYN != 0,
            payload: packet.get(header..)?,
            missing,
        })
    }
}

#[derive(Debug)]
struct Waiting {
    sequence: u32,
    octets: Box<[u8]>,
}

/// One direction of a TCP connection.
#[derive(Debug, Default)]
struct Stream {
    /// The sequence number of the next octet; unknown before the first.
    next: Option<u32>,
    waiting: Vec<Waiting>,
    /// The receiver's acknowledgements are to be seen.
    acknowledged: bool,
    reading: Reading,
}

/// A flow's talk in a protocol.
#[derive(Debug)]
pub struct Talk {
    protocol: &'static Protocol,
    conversation: Box<dyn Conversation>,
    /// The client is the first of the flow's ends.
    forward: bool,
    streams: [Stream; 2],
    over: bool,
    /// A datagram was malformed.
    failed: bool,
}

/// The protocol of a flow, by its first octets or else by its ports; and whether their sender is the client.
pub fn protocol(carrier: Carrier, ports: (u16, u16), octets: &[u8]) -> Option<(&'static Protocol, bool)> {
    let (source, destination) = ports;
    let usual = match (by_port(carrier, destination), by_port(carrier, source)) {
        (Some((at, protocol)), server) if server.is_none_or(|(other, _)| at <= other) => Some((protocol, true)),
        (_, server) => server.map(|(_, protocol)| (protocol, false)),
    };
    let recognised = || {
        PROTOCOLS.iter().filter(|protocol| protocol.carrier == carrier).find_map(|protocol| {
            let as_client = (protocol.recognise)(Side::Client, octets);
            (as_client || (protocol.recognise)(Side::Server, octets)).then_some((*protocol, as_client))
        })
    };
    match usual {
        // Another protocol on a usual port is worth more than nonsense in the usual one.
        Some((protocol, _)) if !(protocol.recognise)(Side::Client, octets) => recognised().or(usual),
        Some(_) => usual,
        None => recognised(),
    }
}

/// The first in `PROTOCOLS` whose usual port this is, and its place there.
fn by_port(carrier: Carrier, port: u16) -> Option<(usize, &'static Protocol)> {
    type Usual = HashMap<(Carrier, u16), (usize, &'static Protocol)>;
    static USUAL: LazyLock<Usual> = LazyLock::new(|| {
        let later_first = PROTOCOLS.iter().copied().enumerate().rev();
        later_first
            .flat_map(|(at, protocol)| {
                protocol.ports.iter().map(move |port| ((protocol.carrier, *port), (at, protocol)))
            })
            .collect()
    });
    USUAL.get(&(carrier, port)).copied()
}

impl Talk {
    /// `forward`: the client is the first of the flow's ends. `first`: the sequence numbers of the octets with which the
    /// ends began, where they are known.
    pub fn new(protocol: &'static Protocol, forward: bool, [a, b]: [Option<u32>; 2]) -> Self {
        let streams = if forward { [a, b] } else { [b, a] }.map(|next| Stream { next, ..Stream::default() });
        Self { protocol, conversation: (protocol.begin)(), forward, streams, over: false, failed: false }
    }

    /// Have it fetched.
    pub fn touch(&self) -> u64 {
        u64::from(self.over)
    }

    pub fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    /// Nothing more will be read.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Octets held back, both ways.
    pub fn held(&self) -> usize {
        self.streams.iter().map(Stream::held).sum()
    }

    fn side(&self, forward: bool) -> Side {
        if forward == self.forward { Side::Client } else { Side::Server }
    }

    /// Read a datagram, sent by the first of the flow's ends if `forward`. An error is to be said.
    pub fn datagram(&mut self, forward: bool, octets: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
        let side = self.side(forward);
        let mut rest = octets;
        if rest.is_empty() {
            return Ok(());
        }
        for _ in 0..MOST_WAITING {
            match self.conversation.read(side, rest, out) {
                Progress::Used(used) if used < rest.len() => rest = rest.get(used.max(1)..).unwrap_or(&[]),
                Progress::Used(_) => break,
                Progress::Done => {
                    self.over = true;
                    break;
                }
                Progress::More => return self.fail(malformed("ends within a message", octets.len())),
                Progress::Malformed(error) => return self.fail(error),
            }
        }
        Ok(())
    }

    /// Another datagram may be as it should be: anybody can send one that is not. That there are such is said once.
    fn fail(&mut self, error: Malformed) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.failed, true) { Ok(()) } else { Err(error) }
    }

    /// Read a segment, sent by the first of the flow's ends if `forward`. An error is to be said, and is the last.
    pub fn segment(&mut self, forward: bool, segment: Segment<'_>, out: &mut Vec<Message>) -> Result<(), Malformed> {
        let side = self.side(forward);
        let (this, other) = match (&mut self.streams, side) {
            ([client, server], Side::Client) => (client, server),
            ([client, server], Side::Server) => (server, client),
        };
        let talk = self.conversation.as_mut();
        let mut read = Ok(());
        if let Some(acknowledged) = segment.acknowledged {
            read = other.acknowledge(acknowledged, talk, opposite(side), out);
        }
        read = read.and_then(|()| this.arrive(segment, talk, side, out));
        self.over = read.is_err() || self.streams.iter().all(|stream| stream.reading.is_over());
        read
    }
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

/// How far `sequence` is ahead of `next`; negative where it is behind.
#[expect(clippy::cast_possible_wrap, reason = "sequence numbers are compared modulo 2^32, RFC 9293 clause 3.4")]
fn ahead(sequence: u32, next: u32) -> i32 {
    sequence.wrapping_sub(next) as i32
}

#[expect(clippy::cast_possible_truncation, reason = "sequence numbers count modulo 2^32")]
fn after(sequence: u32, octets: usize) -> u32 {
    sequence.wrapping_add(octets as u32)
}

impl Stream {
    fn held(&self) -> usize {
        self.reading.held() + self.waiting.iter().map(|waiting| waiting.octets.len()).sum::<usize>()
    }

    fn arrive(
        &mut self,
        segment: Segment<'_>,
        talk: &mut dyn Conversation,
        side: Side,
        out: &mut Vec<Message>,
    ) -> Result<(), Malformed> {
        let start = segment.first().unwrap_or(segment.sequence);
        if self.reading.is_over() || segment.payload.is_empty() {
            return Ok(());
        }
        let next = match self.next {
            Some(next) => next,
            None => {
                self.reading.lost(talk, side); // the beginning was not seen
                start
            }
        };
        self.next = Some(next);
        let (distance, length) = (ahead(start, next), segment.payload.len());
        if distance > 0 {
            self.wait(start, segment.payload);
            return self.make_room(talk, side, out);
        }
        let known = usize::try_from(distance.unsigned_abs()).unwrap_or(usize::MAX);
        if let Some(fresh) = segment.payload.get(known..).filter(|fresh| !fresh.is_empty()) {
            self.next = Some(after(start, length));
            self.reading.feed(talk, side, fresh, out)?;
        }
        if segment.missing > 0 {
            self.next = Some(after(start, length + segment.missing)); // the capture cut it
            self.reading.lost(talk, side);
        }
        self.catch_up(talk, side, out)
    }

    fn wait(&mut self, sequence: u32, octets: &[u8]) {
        if !self.waiting.iter().any(|waiting| waiting.sequence == sequence && waiting.octets.len() >= octets.len()) {
            self.waiting.push(Waiting { sequence, octets: octets.into() });
        }
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_WAITING
            || self.waiting.iter().map(|waiting| waiting.octets.len()).sum::<usize>() > MOST_OCTETS
    }

    /// Where acknowledgements tell what has arrived, the segments furthest ahead go: the receiver may never take them, and
    /// whoever sends such ones must not lead us past what it does take.
    fn make_room(&mut self, talk: &mut dyn Conversation, side: Side, out: &mut Vec<Message>) -> Result<(), Malformed> {
        while self.is_full() {
            if !self.acknowledged {
                return self.jump(talk, side, out);
            }
            let Some(next) = self.next else { break };
            let furthest = (0..self.waiting.len())
                .max_by_key(|place| self.waiting.get(*place).map(|waiting| ahead(waiting.sequence, next)));
            let Some(furthest) = furthest else { break };
            self.waiting.swap_remove(furthest);
        }
        Ok(())
    }

    /// The receiver has everything before `acknowledged`: what we lack of that will not come.
    fn acknowledge(
        &mut self,
        acknowledged: u32,
        talk: &mut dyn Conversation,
        side: Side,
        out: &mut Vec<Message>,
    ) -> Result<(), Malformed> {
        self.acknowledged = true;
        while let (Some(next), Some(first)) = (self.next, self.first_waiting())
            && ahead(acknowledged, next) > 0
            && ahead(acknowledged, first) > 0
        {
            self.jump(talk, side, out)?;
        }
        Ok(())
    }

    fn first_waiting(&self) -> Option<u32> {
        let next = self.next?;
        self.waiting.iter().map(|waiting| waiting.sequence).min_by_key(|sequence| ahead(*sequence, next))
    }

    /// Go on behind a gap.
    fn jump(&mut self, talk: &mut dyn Conversation, side: Side, out: &mut Vec<Message>) -> Result<(), Malformed> {
        let Some(first) = self.first_waiting() else { return Ok(()) };
        self.next = Some(first);
        self.reading.lost(talk, side);
        self.catch_up(talk, side, out)
    }

    /// Read what waited for its turn.
    fn catch_up(&mut self, talk: &mut dyn Conversation, side: Side, out: &mut Vec<Message>) -> Result<(), Malformed> {
        while let Some(next) = self.next
            && let Some(place) = self.waiting.iter().position(|waiting| ahead(waiting.sequence, next) <= 0)
        {
            let Waiting { sequence, octets } = self.waiting.swap_remove(place);
            let known = usize::try_from(ahead(sequence, next).unsigned_abs()).unwrap_or(usize::MAX);
            if let Some(fresh) = octets.get(known..).filter(|fresh| !fresh.is_empty()) {
                self.next = Some(after(sequence, octets.len()));
                self.reading.feed(talk, side, fresh, out)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages are three octets long; `!` is none.
    #[derive(Debug)]
    struct Threes;

    impl Conversation for Threes {
        fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
            if octets.first() == Some(&b'!') {
                return Progress::Malformed(malformed("no message begins so", 0));
            }
            if octets.len() < 3 {
                return Progress::More;
            }
            let mut message = Message::new(if side == Side::Client { "threes.asked" } else { "threes.told" });
            let text = String::from_utf8_lossy(&octets[..3]).into_owned();
            message.fields.set("threes.text", crate::message::Value::Text(text.into()));
            out.push(message);
            Progress::Used(3)
        }
    }

    static THREES: Protocol = Protocol {
        name: "threes",
        malformed: "threes.malformed",
        carrier: Carrier::Tcp,
        ports: &[],
        recognise: |_, _| false,
        begin: || Box::new(Threes),
    };

    fn segment(sequence: u32, payload: &[u8]) -> Segment<'_> {
        Segment { sequence, acknowledged: None, syn: false, payload, missing: 0 }
    }

    fn opened(sequence: u32) -> Talk {
        Talk::new(&THREES, true, [Some(sequence), None])
    }

    fn texts(out: &[Message]) -> Vec<String> {
        out.iter()
            .map(|message| match message.fields.get("threes.text") {
                Some(crate::message::Value::Text(text)) => text.to_string(),
                _ => String::new(),
            })
            .collect()
    }

    #[test]
    fn segments_are_read_in_their_order_however_they_come() {
        let octets = b"abcdefghijkl";
        for start in [1000, u32::MAX - 5] {
            let mut talk = opened(start);
            let mut out = Vec::new();
            for (from, to) in [(6, 9), (0, 2), (0, 2), (8, 12), (1, 7)] {
                let sequence = start.wrapping_add(u32::try_from(from).unwrap());
                assert_eq!(talk.segment(true, segment(sequence, &octets[from..to]), &mut out), Ok(()));
            }
            assert_eq!(texts(&out), ["abc", "def", "ghi", "jkl"]);
            assert_eq!(talk.held(), 0);
        }
    }

    #[test]
    fn of_octets_sent_twice_the_first_copy_counts() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert_eq!(talk.segment(true, segment(0, b"ab"), &mut out), Ok(()));
        assert_eq!(talk.segment(true, segment(0, b"XYc"), &mut out), Ok(()));
        assert_eq!(texts(&out), ["abc"]);
    }

    #[test]
    fn reading_goes_on_behind_what_the_mirror_lost() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert_eq!(talk.segment(true, segment(0, b"abcd"), &mut out), Ok(()));
        assert_eq!(talk.segment(true, segment(9, b"jkl"), &mut out), Ok(()));
        assert_eq!(texts(&out), ["abc"]);
        let answer = Segment { acknowledged: Some(12), ..segment(500, &[]) };
        assert_eq!(talk.segment(false, answer, &mut out), Ok(()));
        assert_eq!(texts(&out), ["abc", "jkl"]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        for number in 1..1000 {
            assert_eq!(talk.segment(true, segment(number * 10_000, &[b'x'; 9000]), &mut out), Ok(()));
            assert!(talk.held() <= MOST_OCTETS + 2 * 9000, "{}", talk.held());
        }
    }

    #[test]
    fn nobody_is_led_past_what_the_receiver_takes() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        let answer = Segment { acknowledged: Some(0), ..segment(500, &[]) };
        assert_eq!(talk.segment(false, answer, &mut out), Ok(()));
        for number in 1..100 {
            assert_eq!(talk.segment(true, segment(number * 10_000, b"far"), &mut out), Ok(()));
        }
        assert_eq!(talk.segment(true, segment(0, b"abc"), &mut out), Ok(()));
        assert_eq!(texts(&out), ["abc"]);
    }

    #[test]
    fn nonsense_is_said_once_and_passed_over_where_the_beginning_was_not_seen() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert!(talk.segment(true, segment(0, b"abc!"), &mut out).is_err() && talk.is_over());
        let mut talk = Talk::new(&THREES, true, [None; 2]);
        assert_eq!(talk.segment(true, segment(77, b"!"), &mut out), Ok(()));
        assert_eq!(talk.segment(true, segment(78, b"abc"), &mut out), Ok(()));
        assert_eq!(texts(&out), ["abc", "abc"]);
    }
}
