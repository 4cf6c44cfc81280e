//! What a flow says: which protocol it speaks, and what each end says in it. TCP is put together only as far as a protocol
//! reads it.

use crate::app::{Carrier, Conversation, Progress, Protocol, Side, Withheld};
use crate::checksum::{Checked, Sum};
use crate::event::Carried;
use crate::message::Message;
use crate::octets::{Malformed, malformed};
use crate::room::Seat;
use crate::stream::{Begin, Outline, Reader, Segment, Stream};

/// A flow's talk in a protocol.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Talk {
    streams: [Stream; 2],
    protocol: &'static Protocol,
    conversation: Box<dyn Conversation>,
    /// The client is the first of the flow's ends.
    forward: bool,
    /// Of datagrams: the checksums of the client, and of the server.
    checked: [Checked; 2],
    /// Where it stands in the books of those that are read.
    pub seat: Seat,
    over: bool,
    /// A datagram was malformed; one had a wrong checksum.
    failed: bool,
    refused: bool,
}

const _: () = assert!(size_of::<Talk>() == 320, "it fills five lines of the cache");

impl Talk {
    /// `forward`: the client is the first of the flow's ends. `begins`: how these began, as far as it is known.
    pub fn new(protocol: &'static Protocol, forward: bool, [a, b]: [Begin; 2]) -> Self {
        let streams = if forward { [a, b] } else { [b, a] }.map(Stream::new);
        let checked = [Checked::default(); 2];
        let conversation = (protocol.begin)();
        let seat = Seat::default();
        Self { protocol, conversation, forward, streams, checked, seat, over: false, failed: false, refused: false }
    }

    /// Have fetched what the next packet needs.
    pub fn touch(&self) -> u64 {
        let [client, server] = &self.streams;
        client.touch() ^ server.touch() ^ u64::from(self.over)
    }

    /// Have fetched what that says the place of, where a segment of one of the flow's ends may be read.
    #[inline]
    pub fn touch_further(&self, forward: bool) -> u64 {
        let [client, server] = &self.streams;
        let this = if forward == self.forward { client } else { server };
        if this.reads_on() { this.touch_further() ^ self.conversation.touch() } else { 0 }
    }

    /// Take a segment in of which nobody reads anything, as `Stream::passes` does.
    #[inline]
    pub fn passes(&mut self, forward: bool, outline: &Outline) -> bool {
        let side = self.side(forward);
        let (this, other, _) = self.sides(side);
        this.passes(outline, other)
    }

    pub fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    pub fn is_of_datagrams(&self) -> bool {
        self.protocol.carrier == Carrier::Udp
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

    /// Whether a datagram with such a checksum reaches its receiver; that one does not is told once.
    fn accepts(&mut self, side: Side, sum: Sum, octets: &[u8], out: &mut Vec<Message>) -> bool {
        let checked = match (&mut self.checked, side) {
            ([client, _], Side::Client) => client,
            ([_, server], Side::Server) => server,
        };
        let accepted = sum == Sum::Unknown || checked.accepts(sum == Sum::Right);
        if !accepted && sum == Sum::Wrong && !std::mem::replace(&mut self.refused, true) {
            let mut message = Message::new("udp.wrong_checksum");
            message.show(octets);
            out.push(message);
        }
        accepted
    }

    /// Read a datagram, sent by the first of the flow's ends if `forward`, with such a checksum. An error is to be said.
    pub fn datagram(
        &mut self,
        forward: bool,
        sum: Sum,
        octets: &[u8],
        out: &mut Vec<Message>,
    ) -> Result<(), Malformed> {
        let side = self.side(forward);
        if !self.accepts(side, sum, octets, out) {
            return Ok(());
        }
        let (mut rest, mut withheld) = (octets, Withheld::default());
        let mut read = Ok(());
        while !rest.is_empty() {
            match self.conversation.read(side, rest, out) {
                Progress::Used(used) => rest = rest.get(used.max(1)..).unwrap_or(&[]),
                Progress::Done => {
                    self.over = true;
                    break;
                }
                Progress::More => {
                    read = self.fail(malformed("ends within a message", octets.len()));
                    break;
                }
                Progress::Malformed(error) => {
                    read = self.fail(error);
                    break;
                }
            }
            withheld.trim(out);
        }
        withheld.tell(out);
        read
    }

    /// Another datagram may be as it should be: anybody can send one that is not. That there are such is said once.
    fn fail(&mut self, error: Malformed) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.failed, true) { Ok(()) } else { Err(error) }
    }

    /// The stream of a side and the other one, and their readers' conversation.
    fn sides(&mut self, side: Side) -> (&mut Stream, &mut Stream, &mut dyn Conversation) {
        let talk = self.conversation.as_mut();
        match (&mut self.streams, side) {
            ([client, server], Side::Client) => (client, server, talk),
            ([client, server], Side::Server) => (server, client, talk),
        }
    }

    /// Read a segment, sent by the first of the flow's ends if `forward`; `carried` says what it came in.
    pub fn segment(
        &mut self,
        forward: bool,
        segment: &Segment<'_>,
        carried: &dyn Fn() -> Carried,
        out: &mut Vec<Message>,
    ) -> Read {
        let side = self.side(forward);
        let (this, other, talk) = self.sides(side);
        let believed = this.believes(segment, out);
        let before = out.len();
        if let Some(acknowledged) = segment.acknowledged.filter(|_| believed) {
            other.acknowledge(acknowledged, &mut Reader { talk: &mut *talk, side: opposite(side), out });
        }
        let others = before..out.len();
        this.arrive(segment, carried, &mut Reader { talk, side, out });
        let error = [this.failed(), other.failed()].into_iter().flatten().next();
        let reset = segment.reset && believed && this.ends_at(segment, out);
        self.over = self.streams.iter().all(Stream::is_over);
        Read { others, error, reset }
    }

    /// Nothing comes any more: read a segment that waits of the first of the flow's ends if `forward`, or else of the
    /// other, and give what it came in, until there is none.
    pub fn finish(&mut self, forward: bool, out: &mut Vec<Message>) -> Option<Carried> {
        let side = self.side(forward);
        let (this, _, talk) = self.sides(side);
        this.finish(&mut Reader { talk, side, out })
    }

    /// Let go what is held back: what comes next begins a segment.
    pub fn forget(&mut self) {
        for side in [Side::Client, Side::Server] {
            let (this, _, talk) = self.sides(side);
            this.forget(&mut Reader { talk, side, out: &mut Vec::new() });
        }
    }
}

/// What came of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Which of the messages are of the other end: those that it acknowledged.
    pub others: std::ops::Range<usize>,
    /// To be said.
    pub error: Option<Malformed>,
    /// It is a reset that its receiver heeds.
    pub reset: bool,
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Client => Side::Server,
        Side::Server => Side::Client,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Frame;

    /// Messages are three octets long, of `#` ten; `!` is none.
    #[derive(Debug)]
    struct Threes;

    impl Conversation for Threes {
        fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
            if octets.first() == Some(&b'!') {
                return Progress::Malformed(malformed("no message begins so", 0));
            }
            if octets.first() == Some(&b'#') {
                return Progress::Used(10);
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
        begins: |_| false,
        recognise: |_, _| false,
        begin: || Box::new(Threes),
    };

    fn carried() -> Carried {
        of_packet(1)
    }

    fn of_packet(packet: u64) -> Carried {
        Carried { packet, earlier: Vec::new(), frame: Frame::new(packet, 1, &[]) }
    }

    fn segment(sequence: u32, payload: &[u8]) -> Segment<'_> {
        Segment::bare(sequence, payload)
    }

    fn opened(sequence: u32) -> Talk {
        let begin = Begin { first: Some(sequence), ..Begin::default() };
        Talk::new(&THREES, true, [begin, Begin::default()])
    }

    /// What comes of a segment, sent by the client if `forward`.
    fn take(talk: &mut Talk, forward: bool, segment: Segment<'_>, out: &mut Vec<Message>) -> Option<Malformed> {
        talk.segment(forward, &segment, &carried, out).error
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
                assert_eq!(take(&mut talk, true, segment(sequence, &octets[from..to]), &mut out), None);
            }
            assert_eq!(texts(&out), ["abc", "def", "ghi", "jkl"]);
            assert_eq!(talk.held(), 0);
        }
    }

    #[test]
    fn of_octets_sent_twice_the_first_copy_counts() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert_eq!(take(&mut talk, true, segment(0, b"ab"), &mut out), None);
        assert_eq!(take(&mut talk, true, segment(0, b"XYc"), &mut out), None);
        assert_eq!((read(&out), told(&out)), (vec!["abc".into()], vec!["tcp.overlap_conflict"]));
    }

    #[test]
    fn reading_goes_on_behind_what_the_mirror_lost() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert_eq!(take(&mut talk, true, segment(0, b"abcd"), &mut out), None);
        assert_eq!(take(&mut talk, true, segment(9, b"jkl"), &mut out), None);
        assert_eq!(texts(&out), ["abc"]);
        let answer = segment(500, &[]).acknowledging(12);
        assert_eq!(take(&mut talk, false, answer, &mut out), None);
        assert_eq!(texts(&out), ["abc", "jkl"]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        for number in 1..1000 {
            assert_eq!(take(&mut talk, true, segment(number * 10_000, &[b'x'; 9000]), &mut out), None);
            assert!(talk.held() <= crate::stream::MOST_OCTETS + 2 * 9000, "{}", talk.held());
        }
    }

    #[test]
    fn nobody_is_led_past_what_the_receiver_takes() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        let answer = segment(500, &[]).acknowledging(0);
        assert_eq!(take(&mut talk, false, answer, &mut out), None);
        for number in 1..100 {
            assert_eq!(take(&mut talk, true, segment(number * 10_000, b"far").acknowledging(500), &mut out), None);
        }
        assert_eq!(take(&mut talk, true, segment(0, b"abc").acknowledging(500), &mut out), None);
        assert_eq!(texts(&out), ["abc"]);
    }

    #[test]
    fn nonsense_is_said_once_and_the_next_segment_that_parses_is_read() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        assert!(take(&mut talk, true, segment(0, b"abc!"), &mut out).is_some() && !talk.is_over());
        assert_eq!(take(&mut talk, true, segment(4, b"!"), &mut out), None);
        assert_eq!(take(&mut talk, true, segment(5, b"def!"), &mut out), None);
        assert_eq!(texts(&out), ["abc", "def"]);
        let mut talk = Talk::new(&THREES, true, [Begin::default(); 2]);
        assert_eq!(take(&mut talk, true, segment(77, b"!"), &mut out), None);
        assert_eq!(take(&mut talk, true, segment(78, b"abc"), &mut out), None);
        assert_eq!(texts(&out), ["abc", "def", "abc"]);
    }

    #[test]
    fn what_is_no_pdu_at_all_is_given_up_after_a_while() {
        let mut talk = opened(0);
        let mut out = Vec::new();
        for number in 0..200 {
            take(&mut talk, true, segment(number, b"!"), &mut out);
            take(&mut talk, false, segment(number, b"!"), &mut out);
        }
        assert!(talk.is_over() && out.is_empty());
    }

    /// What is told apart from messages of the protocol.
    fn told(out: &[Message]) -> Vec<&str> {
        out.iter().map(|message| message.kind).filter(|kind| !kind.starts_with("threes.")).collect()
    }

    fn read(out: &[Message]) -> Vec<String> {
        texts(out).into_iter().filter(|text| !text.is_empty()).collect()
    }

    #[test]
    fn a_datagram_with_a_wrong_checksum_is_not_read_once_right_ones_were() {
        let (mut talk, mut out) = (opened(0), Vec::new());
        let mut take = |sum, octets| talk.datagram(true, sum, octets, &mut out);
        let sums = [Sum::Wrong, Sum::Right, Sum::Wrong, Sum::Wrong, Sum::Unknown];
        for (sum, octets) in sums.into_iter().zip([b"abc", b"def", b"ghi", b"jkl", b"mno"]) {
            assert_eq!(take(sum, octets), Ok(()));
        }
        assert_eq!(
            (read(&out), told(&out)),
            (vec!["abc".into(), "def".into(), "mno".into()], vec!["udp.wrong_checksum"])
        );
    }

    /// A talk whose client has shown right checksums and 60 hops, and whose server has acknowledged its beginning.
    fn established() -> Talk {
        let mut checked = Checked::default();
        checked.accepts(true);
        let begin = Begin { first: Some(1000), settled: true, checked, hops: Some(60) };
        Talk::new(&THREES, true, [begin, Begin::default()])
    }

    fn sent(sequence: u32, payload: &[u8]) -> Segment<'_> {
        Segment { sum: Sum::Right, hops: 60, ..segment(sequence, payload) }.acknowledging(500)
    }

    #[test]
    fn what_nobody_reads_passes_and_what_is_behind_it_is_read() {
        let (mut talk, mut out) = (established(), Vec::new());
        let like = |sequence, octets, hops| Outline::bare(sequence, octets, hops);
        assert!(!talk.passes(true, &like(1000, 0, 60)), "nobody was heard");
        take(&mut talk, true, sent(1000, b"#12"), &mut out);
        take(&mut talk, false, Segment { hops: 50, ..answer(1003) }, &mut out);
        take(&mut talk, true, sent(1003, b"3"), &mut out);
        for (sequence, octets, hops) in [(1004, 7, 60), (1005, 1, 60), (1003, 1, 60), (1004, 1, 59)] {
            assert!(!talk.passes(true, &like(sequence, octets, hops)), "{sequence} {octets} {hops}");
        }
        let passed = [(true, 1004, 4, 60), (true, 9, 0, 60), (false, 500, 0, 50), (true, 1008, 2, 60)];
        for (forward, sequence, octets, hops) in passed {
            assert!(talk.passes(forward, &like(sequence, octets, hops)), "{sequence} {octets}");
        }
        assert!(!talk.passes(true, &like(1010, 3, 60)));
        take(&mut talk, true, sent(1010, b"abc"), &mut out);
        take(&mut talk, true, sent(1016, b"jkl"), &mut out);
        assert!(!talk.passes(false, &like(500, 0, 50)), "it may tell that something waits in vain");
        assert_eq!((texts(&out), told(&out)), (vec!["abc".into()], Vec::new()));
    }

    fn answer(acknowledged: u32) -> Segment<'static> {
        segment(500, &[]).acknowledging(acknowledged)
    }

    #[test]
    fn a_segment_that_its_receiver_drops_does_not_hide_the_one_that_it_takes() {
        let wrong = Segment { sum: Sum::Wrong, ..sent(1000, b"XYZ") };
        let few = Segment { hops: 3, ..sent(1000, b"XYZ") };
        let bare = Segment { sum: Sum::Right, hops: 60, ..segment(1000, b"XYZ") };
        for (inserted, doubt) in [(wrong, "checksum"), (few, "ttl"), (bare, "no_ack")] {
            for later in [false, true] {
                let (mut talk, mut out) = (established(), Vec::new());
                take(&mut talk, true, sent(1000, b""), &mut out);
                let order = if later { [sent(1000, b"abc"), inserted] } else { [inserted, sent(1000, b"abc")] };
                for segment in order {
                    take(&mut talk, true, segment, &mut out);
                }
                take(&mut talk, false, answer(1003), &mut out);
                take(&mut talk, true, sent(1003, b"def"), &mut out);
                assert_eq!(read(&out), ["abc", "def"], "{doubt}");
                assert_eq!(told(&out), ["tcp.doubtful_segment", "tcp.overlap_conflict"], "{doubt}");
                let name = out.iter().find_map(|message| message.fields.get("tcp.doubt"));
                assert_eq!(name, Some(&crate::message::Value::Str(doubt)));
            }
        }
    }

    #[test]
    fn what_is_in_doubt_is_read_where_the_receiver_acknowledges_it() {
        let (mut talk, mut out) = (established(), Vec::new());
        take(&mut talk, true, Segment { sum: Sum::Partial, ..sent(1000, b"abcdef") }, &mut out);
        assert!(out.is_empty(), "merged segments are nothing to tell");
        take(&mut talk, false, answer(1003), &mut out);
        assert_eq!(texts(&out), ["abc"]);
        take(&mut talk, false, answer(1006), &mut out);
        assert_eq!(texts(&out), ["abc", "def"]);
    }

    #[test]
    fn reading_begins_anew_where_the_receiver_is() {
        // The monitor took another beginning for that of the connection: far away, or a little ahead.
        for fake in [1000, 77_777_777, 3_000_000_000_u32] {
            let (mut talk, mut out) = (opened(fake), Vec::new());
            take(&mut talk, true, sent(fake, b"XYZ"), &mut out);
            take(&mut talk, true, sent(100, b"abc"), &mut out);
            take(&mut talk, true, sent(103, b"def"), &mut out);
            take(&mut talk, false, answer(106), &mut out);
            take(&mut talk, true, sent(106, b"ghi"), &mut out);
            assert_eq!(read(&out), ["XYZ", "abc", "def", "ghi"], "{fake}");
            assert_eq!(told(&out), ["tcp.sequence_conflict"]);
        }
    }

    #[test]
    fn a_reset_counts_where_its_receiver_expects_it() {
        let (mut talk, mut out) = (established(), Vec::new());
        take(&mut talk, true, sent(1000, b"abc"), &mut out);
        let reset = |sequence| Segment { reset: true, ..sent(sequence, b"") };
        assert!(!talk.segment(true, &reset(1100), &carried, &mut out).reset);
        assert!(!talk.segment(true, &Segment { sum: Sum::Wrong, ..reset(1003) }, &carried, &mut out).reset);
        assert!(talk.segment(true, &reset(1003), &carried, &mut out).reset);
        take(&mut talk, true, Segment { fin: true, ..sent(1003, b"d") }, &mut out);
        assert!(talk.segment(true, &reset(1005), &carried, &mut out).reset);
        assert_eq!(told(&out), ["tcp.doubtful_segment", "tcp.doubtful_segment"]);
    }

    #[test]
    fn what_lies_behind_a_hole_is_read_at_the_end_with_the_packets_that_it_came_in() {
        let (mut talk, mut out) = (opened(0), Vec::new());
        for (packet, sequence, octets) in [(1, 20, b"uvw"), (2, 0, b"abc"), (3, 9, b"jkl")] {
            talk.segment(true, &segment(sequence, octets), &|| of_packet(packet), &mut out);
        }
        let packets: Vec<u64> = std::iter::from_fn(|| talk.finish(true, &mut out)).map(|it| it.packet).collect();
        assert_eq!((texts(&out), packets), (vec!["abc".into(), "jkl".into(), "uvw".into()], vec![3, 1]));
    }

    #[test]
    fn copies_that_differ_are_told_once_with_both() {
        let (mut talk, mut out) = (opened(0), Vec::new());
        take(&mut talk, true, segment(0, b"abcdef"), &mut out);
        take(&mut talk, true, segment(3, b"def"), &mut out);
        assert_eq!(told(&out), Vec::<&str>::new(), "the same again");
        take(&mut talk, true, segment(3, b"dXf"), &mut out);
        take(&mut talk, true, segment(3, b"dYf"), &mut out);
        assert_eq!((read(&out), told(&out)), (vec!["abc".into(), "def".into()], vec!["tcp.overlap_conflict"]));
        let shown = |name| out.last().and_then(|message| message.fields.get(name)).map(ToString::to_string);
        let expected = [("tcp.sequence", "4"), ("tcp.earlier_payload", "6566"), ("fiveg.payload.head", "5866")];
        for (name, value) in expected {
            assert_eq!(shown(name).as_deref(), Some(value), "{name}");
        }
    }
}
