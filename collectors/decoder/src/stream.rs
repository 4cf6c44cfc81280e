//! One direction of a TCP connection: its octets as the receiver takes them.
//!
//! Theory of operation: of octets sent twice the first copy counts, and what is ahead of its turn waits, few and not for
//! long. Whoever wants to say something to the receiver that the monitor does not hear sends a second story for the monitor
//! alone: with a wrong checksum, with too few hops to live, without ACK, or with other sequence numbers. The receiver drops
//! it, so a segment that is in doubt, or that is out of the window, waits: another one for the same octets goes first, and
//! it is read only where the receiver acknowledges what nothing else said. Where acknowledgements contradict what was read,
//! reading begins anew where the receiver is. What waits behind a hole is read when the flow ends. Copies that differ are
//! told whichever is read.

use crate::app::{Conversation, Reading, Side};
use crate::checksum::{Checked, Sum};
use crate::event::Carried;
use crate::ip::Ip;
use crate::message::{Message, Value, hex};
use crate::octets::{Malformed, u8_at, u32_at};

/// Segments ahead of their turn, and octets of them, at most.
const MOST_WAITING: usize = 32;
pub(crate) const MOST_OCTETS: usize = 65_536;
/// Octets kept of what was read, to hold against other copies of them: an industrial PDU is no longer.
const MOST_KNOWN: usize = 256;
/// Room for the first of them: many streams are short.
const FEW_KNOWN: usize = 64;
/// The furthest that a segment may be ahead: no receiver in use here has a larger window.
const WINDOW: i32 = 1 << 24;
/// Octets read after which the beginning moves on: sequence numbers are compared within half of their range.
const LONG: i32 = 1 << 30;
/// Hops fewer than the direction had: a route that changes costs or gains few.
const MARKED: u8 = 5;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A TCP segment; `payload` is what the capture has of it, of which the last `missing` octets are cut off.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    pub sequence: u32,
    pub acknowledged: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    pub reset: bool,
    pub payload: &'a [u8],
    pub missing: usize,
    pub hops: u8,
    pub sum: Sum,
}

impl<'a> Segment<'a> {
    /// Out of an IP packet; `None` where the header is cut short. Its sum is not looked at here.
    pub fn parse(ip: &Ip<'a>) -> Option<Self> {
        let packet = ip.payload;
        let header = usize::from(u8_at(packet, 12)? >> 4) * 4;
        let flags = u8_at(packet, 13)?;
        Some(Self {
            sequence: u32_at(packet, 4)?,
            acknowledged: if flags & ACK != 0 { u32_at(packet, 8) } else { None },
            syn: flags & SYN != 0,
            fin: flags & FIN != 0,
            reset: flags & RST != 0,
            payload: packet.get(header..)?,
            missing: ip.missing,
            hops: ip.hops,
            sum: Sum::Unknown,
        })
    }

    /// The sequence number of the first octet that its sender will send, where this opens the connection.
    pub fn first(&self) -> Option<u32> {
        self.syn.then_some(self.sequence.wrapping_add(1))
    }

    /// The sequence number of the first octet of the other end, where this accepts a connection.
    pub fn accepted(&self) -> Option<u32> {
        self.acknowledged.filter(|_| self.syn)
    }

    #[cfg(test)]
    pub fn bare(sequence: u32, payload: &'a [u8]) -> Self {
        let (syn, fin, reset, missing, hops) = (false, false, false, 0, 0);
        Self { sequence, acknowledged: None, syn, fin, reset, payload, missing, hops, sum: Sum::Unknown }
    }

    #[cfg(test)]
    pub fn acknowledging(self, acknowledged: u32) -> Self {
        Self { acknowledged: Some(acknowledged), ..self }
    }

    /// A receiver drops what acknowledges nothing, once the connection is there (RFC 9293, 3.10.7.4).
    fn lacks_ack(&self) -> bool {
        self.acknowledged.is_none() && !self.syn && !self.reset
    }

    /// It may change what is read: its checksum matters.
    pub fn matters(&self) -> bool {
        self.syn || self.reset || !self.payload.is_empty()
    }
}

/// As much of a segment as is needed where nobody reads what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    sequence: u32,
    octets: usize,
    hops: u8,
}

impl Outline {
    /// Of a segment that acknowledges something, as nearly all do.
    #[inline]
    pub fn of(segment: &[u8], hops: u8) -> Option<Self> {
        let [_, _, _, _, a, b, c, d, _, _, _, _, offset, flags] = *segment.first_chunk::<14>()?;
        let octets = segment.len().checked_sub(usize::from(offset >> 4) * 4).filter(|_| flags & ACK != 0)?;
        Some(Self { sequence: u32::from_be_bytes([a, b, c, d]), octets, hops })
    }

    #[cfg(test)]
    pub fn bare(sequence: u32, octets: usize, hops: u8) -> Self {
        Self { sequence, octets, hops }
    }
}

/// What is known of a direction before anything of it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Begin {
    /// The sequence number of its first octet.
    pub first: Option<u32>,
    /// The other end has acknowledged that.
    pub settled: bool,
    pub checked: Checked,
    pub hops: Option<u8>,
}

impl Begin {
    pub fn note(&mut self, segment: &Segment<'_>) {
        believed(&mut self.checked, segment.sum);
        self.hops = self.hops.max(Some(segment.hops));
    }

    pub fn doubts(mut self, segment: &Segment<'_>) -> bool {
        let fewer = self.hops.is_some_and(|usual| usual.saturating_sub(segment.hops) >= MARKED);
        !believed(&mut self.checked, segment.sum) || fewer || self.settled && segment.lacks_ack()
    }
}

fn believed(checked: &mut Checked, sum: Sum) -> bool {
    sum == Sum::Unknown || checked.accepts(sum == Sum::Right)
}

/// How little a segment is to be believed: not at all in doubt, fewer hops than usual by so many, or worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Doubt(u8);

impl Doubt {
    const NONE: Self = Self(0);
    const MOST_HOPS: u8 = 250;
    const STRAY: Self = Self(251);
    const NO_ACK: Self = Self(252);
    const CHECKSUM: Self = Self(253);

    /// `tcp.doubt`, and a bit to remember that it was told; nothing for what happens by itself.
    fn name(self) -> Option<(&'static str, u8)> {
        match self {
            Self::CHECKSUM => Some(("checksum", 1)),
            Self::NO_ACK => Some(("no_ack", 2)),
            Self::STRAY => Some(("sequence", 4)),
            Self(MARKED..=Self::MOST_HOPS) => Some(("ttl", 8)),
            Self(_) => None,
        }
    }
}

#[derive(Debug)]
struct Waiting {
    sequence: u32,
    octets: Box<[u8]>,
    doubt: Doubt,
    /// What it came in.
    carried: Carried,
}

impl Waiting {
    fn end(&self) -> u32 {
        after(self.sequence, self.octets.len())
    }

    fn covers(&self, other: &Self) -> bool {
        ahead(other.sequence, self.sequence) >= 0 && ahead(self.end(), other.end()) >= 0
    }
}

/// Who reads the octets, and where what is read goes.
pub struct Reader<'a> {
    pub talk: &'a mut dyn Conversation,
    pub side: Side,
    pub out: &'a mut Vec<Message>,
}

/// Two lines of the cache.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Stream {
    /// The sequence number of the next octet; unknown before the first.
    next: Option<u32>,
    /// That of the first octet.
    base: u32,
    /// What follows its FIN.
    end: Option<u32>,
    /// The receiver's acknowledgements are to be seen, and the sender's.
    acknowledged: bool,
    acknowledges: bool,
    hops: Option<u8>,
    checked: Checked,
    /// Of the segment at hand.
    doubt: Doubt,
    doubts_told: u8,
    conflict_told: bool,
    reading: Reading,
    waiting: Vec<Waiting>,
    /// The last octets before `next`.
    known: Vec<u8>,
    failed: Option<Box<Malformed>>,
}

const _: () = assert!(size_of::<Stream>() == 128, "each segment that is read looks at both streams");

/// How far `sequence` is ahead of `next`; negative where it is behind.
#[expect(clippy::cast_possible_wrap, reason = "sequence numbers are compared modulo 2^32, RFC 9293 clause 3.4")]
fn ahead(sequence: u32, next: u32) -> i32 {
    sequence.wrapping_sub(next) as i32
}

#[expect(clippy::cast_possible_truncation, reason = "sequence numbers count modulo 2^32")]
fn after(sequence: u32, octets: usize) -> u32 {
    sequence.wrapping_add(octets as u32)
}

fn distance(to: u32, from: u32) -> usize {
    usize::try_from(ahead(to, from)).unwrap_or(0)
}

impl Stream {
    pub fn new(begin: Begin) -> Self {
        let Begin { first, settled, checked, hops } = begin;
        let base = first.unwrap_or(0);
        Self { next: first, base, acknowledged: settled, checked, hops, ..Self::default() }
    }

    /// Have fetched what the next segment needs.
    #[inline]
    pub fn touch(&self) -> u64 {
        let numbers = u64::from(self.next.unwrap_or(0)) ^ self.reading.ahead() as u64;
        numbers ^ self.waiting.len() as u64 ^ self.known.len() as u64
    }

    /// What comes next is read: it does not belong to a PDU that has been read, and something may follow.
    #[inline]
    pub fn reads_on(&self) -> bool {
        self.reading.ahead() == 0 && !self.reading.is_over()
    }

    /// Have fetched what that says the place of.
    #[inline]
    pub fn touch_further(&self) -> u64 {
        self.known.last().copied().unwrap_or(0).into()
    }

    /// Take a segment in, with neither SYN, FIN nor RST, of which nobody reads anything; false if there may be more to it.
    /// Its checksum does not matter: whichever copy of these octets the receiver takes, they are passed over.
    #[inline]
    pub fn passes(&mut self, outline: &Outline, other: &Self) -> bool {
        let Outline { sequence, octets, hops } = *outline;
        let usual = self.acknowledges && self.hops == Some(hops) && other.acknowledged && other.waiting.is_empty();
        if !usual || octets == 0 || self.reading.is_over() {
            return usual;
        }
        let passes = self.next == Some(sequence) && self.waiting.is_empty() && self.reading.passes(octets);
        if passes {
            self.known.clear();
            self.go_on(after(sequence, octets));
        }
        passes
    }

    /// Octets held back.
    pub fn held(&self) -> usize {
        let waits = |waiting: &Waiting| waiting.octets.len() + waiting.carried.held();
        self.reading.held() + self.waiting.iter().map(waits).sum::<usize>()
    }

    pub fn is_over(&self) -> bool {
        self.reading.is_over()
    }

    /// What could not be read, once.
    pub fn failed(&mut self) -> Option<Malformed> {
        self.failed.take().map(|failed| *failed)
    }

    /// Nothing that is held back is kept; what comes next begins a segment.
    pub fn forget(&mut self, reader: &mut Reader<'_>) {
        self.waiting = Vec::new();
        self.reading.lost(reader.talk, reader.side);
    }

    /// Whether nothing speaks against a segment; to be asked of each one, and once.
    pub fn believes(&mut self, segment: &Segment<'_>, out: &mut Vec<Message>) -> bool {
        self.doubt = self.doubt(segment);
        self.tell_doubt(self.doubt, segment, out);
        self.doubt == Doubt::NONE
    }

    /// Take in a segment that it was just asked about; `carried` says what it came in.
    pub fn arrive(&mut self, segment: &Segment<'_>, carried: &dyn Fn() -> Carried, reader: &mut Reader<'_>) {
        if segment.fin && self.doubt == Doubt::NONE {
            self.end = Some(after(segment.sequence, segment.payload.len() + 1));
        }
        if !self.reading.is_over() && !segment.payload.is_empty() {
            self.payload(segment, carried, reader);
        }
    }

    /// Whether a reset is one for the receiver: exactly at what it expects next (RFC 9293, 3.10.7.4).
    pub fn ends_at(&mut self, segment: &Segment<'_>, out: &mut Vec<Message>) -> bool {
        let Some(next) = self.next else { return true };
        let at = segment.sequence;
        let expected = at == next || Some(at) == self.end || self.waiting.iter().any(|waiting| waiting.end() == at);
        if !expected {
            self.tell_doubt(Doubt::STRAY, segment, out);
        }
        expected
    }

    fn doubt(&mut self, segment: &Segment<'_>) -> Doubt {
        if !believed(&mut self.checked, segment.sum) {
            return Doubt::CHECKSUM;
        }
        if segment.lacks_ack() && (self.acknowledges || self.acknowledged) {
            return Doubt::NO_ACK;
        }
        self.acknowledges |= segment.acknowledged.is_some();
        let usual = *self.hops.get_or_insert(segment.hops);
        self.hops = Some(usual.max(segment.hops));
        match usual.saturating_sub(segment.hops) {
            fewer if self.acknowledged => Doubt(fewer.min(Doubt::MOST_HOPS)),
            _ => Doubt::NONE,
        }
    }

    /// A doubt is told once of each kind. A partial sum is that of a card, and no doubt in itself.
    fn tell_doubt(&mut self, doubt: Doubt, segment: &Segment<'_>, out: &mut Vec<Message>) {
        let Some((name, bit)) = doubt.name() else { return };
        let card = doubt == Doubt::CHECKSUM && segment.sum == Sum::Partial;
        if card || self.doubts_told & bit != 0 {
            return;
        }
        self.doubts_told |= bit;
        let mut message = Message::new("tcp.doubtful_segment");
        message.fields.set("tcp.doubt", Value::Str(name));
        message.fields.set("tcp.sequence", Value::U64(segment.sequence.into()));
        message.show(segment.payload);
        out.push(message);
    }

    fn payload(&mut self, segment: &Segment<'_>, carried: &dyn Fn() -> Carried, reader: &mut Reader<'_>) {
        let (start, payload) = (segment.first().unwrap_or(segment.sequence), segment.payload);
        let next = match self.next {
            Some(next) => next,
            None => {
                self.begin(start, reader); // the beginning was not seen
                start
            }
        };
        self.compare(start, payload, reader.out);
        let stray = ahead(start, self.base) < 0 && payload.len() > 1 || ahead(start, next) > WINDOW;
        let doubt = if stray { self.doubt.max(Doubt::STRAY) } else { self.doubt };
        if doubt != Doubt::NONE || ahead(start, next) > 0 {
            self.wait(Waiting { sequence: start, octets: payload.into(), doubt, carried: carried() });
            return self.make_room(reader);
        }
        self.take(start, payload, reader);
        if segment.missing > 0 {
            self.next = Some(after(start, payload.len() + segment.missing)); // the capture cut it
            self.lost(reader);
        }
        self.catch_up(reader);
    }

    /// Begin to read at a sequence number before which nothing was read.
    fn begin(&mut self, at: u32, reader: &mut Reader<'_>) {
        (self.next, self.base) = (Some(at), at);
        self.lost(reader);
    }

    fn lost(&mut self, reader: &mut Reader<'_>) {
        self.known.clear();
        self.reading.lost(reader.talk, reader.side);
    }

    /// Read what is new of these octets.
    fn take(&mut self, sequence: u32, octets: &[u8], reader: &mut Reader<'_>) {
        let next = self.next.unwrap_or(sequence);
        let Some(fresh) = octets.get(distance(next, sequence)..).filter(|fresh| !fresh.is_empty()) else { return };
        self.go_on(after(sequence, octets.len()));
        self.remember(fresh);
        if let Err(error) = self.reading.feed(reader.talk, reader.side, fresh, reader.out) {
            self.failed.get_or_insert_with(|| Box::new(error));
        }
    }

    fn go_on(&mut self, next: u32) {
        self.next = Some(next);
        if ahead(next, self.base) > LONG {
            self.base = next.wrapping_sub(LONG.unsigned_abs() / 2);
        }
    }

    fn remember(&mut self, fresh: &[u8]) {
        let last = fresh.get(fresh.len().saturating_sub(MOST_KNOWN)..).unwrap_or(fresh);
        let room = MOST_KNOWN.saturating_sub(last.len());
        self.known.drain(..self.known.len().saturating_sub(room));
        let length = self.known.len() + last.len();
        if length > self.known.capacity() {
            let whole = if length > FEW_KNOWN { MOST_KNOWN } else { FEW_KNOWN };
            self.known.reserve_exact(whole - self.known.len());
        }
        self.known.extend_from_slice(last);
    }

    /// Tell once that octets differ from an earlier copy of them.
    fn compare(&mut self, start: u32, payload: &[u8], out: &mut Vec<Message>) {
        let Some(next) = self.next.filter(|_| !self.conflict_told) else { return };
        let known = (next.wrapping_sub(after(0, self.known.len())), self.known.as_slice());
        let waiting = self.waiting.iter().map(|waiting| (waiting.sequence, &*waiting.octets));
        let Some((sequence, earlier, later)) =
            std::iter::once(known).chain(waiting).find_map(|copy| differ(copy, (start, payload)))
        else {
            return;
        };
        let mut message = Message::new("tcp.overlap_conflict");
        message.fields.set("tcp.sequence", Value::U64(sequence.into()));
        message.fields.set("tcp.earlier_payload", Value::Text(hex(earlier.get(..64).unwrap_or(earlier)).into()));
        message.show(later);
        out.push(message);
        self.conflict_told = true;
    }

    /// Of copies that nothing speaks against, the one that covers another takes its place, as with most receivers.
    fn wait(&mut self, new: Waiting) {
        let same = |waiting: &Waiting| {
            waiting.doubt == new.doubt
                && if new.doubt == Doubt::NONE {
                    waiting.covers(&new)
                } else {
                    waiting.sequence == new.sequence && waiting.octets == new.octets
                }
        };
        if self.waiting.iter().any(same) {
            return;
        }
        if new.doubt == Doubt::NONE {
            self.waiting.retain(|waiting| waiting.doubt != Doubt::NONE || !new.covers(waiting));
        }
        self.waiting.push(new);
    }

    fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_WAITING
            || self.waiting.iter().map(|waiting| waiting.octets.len()).sum::<usize>() > MOST_OCTETS
    }

    /// Where acknowledgements tell what has arrived, the segments in most doubt and furthest ahead go: the receiver may
    /// never take them, and whoever sends such ones must not lead us past what it does take.
    fn make_room(&mut self, reader: &mut Reader<'_>) {
        while self.is_full() {
            if !self.acknowledged {
                return self.jump(reader);
            }
            let Some(next) = self.next else { break };
            let worst = self.place(|waiting| Some((waiting.doubt, ahead(waiting.sequence, next))), true);
            let Some(worst) = worst else { break };
            self.waiting.swap_remove(worst);
        }
    }

    /// Where the one of those that wait lies for which `rank` is greatest, or least.
    fn place<T: Ord>(&self, rank: impl Fn(&Waiting) -> Option<T>, greatest: bool) -> Option<usize> {
        let ranked = self.waiting.iter().enumerate().filter_map(|(place, waiting)| Some((rank(waiting)?, place)));
        let found = if greatest { ranked.max() } else { ranked.min() };
        found.map(|(_, place)| place)
    }

    /// The receiver has everything before `acknowledged`: what we lack of that will not come.
    pub fn acknowledge(&mut self, acknowledged: u32, reader: &mut Reader<'_>) {
        self.acknowledged = true;
        if self.waiting.is_empty() {
            return;
        }
        let Some(next) = self.next else { return };
        if ahead(acknowledged, self.base) < 0 || ahead(acknowledged, next) > WINDOW {
            self.begin_anew(acknowledged, reader);
        }
        while let Some(next) = self.next
            && ahead(acknowledged, next) > 0
        {
            if let Some(place) = self.best(next) {
                self.read_up_to(place, acknowledged, reader);
            } else {
                let first = |waiting: &Waiting| {
                    let (far, done) = (ahead(waiting.sequence, next), ahead(acknowledged, waiting.sequence));
                    (far > 0 && done > 0).then_some(far)
                };
                let Some(place) = self.place(first, false) else { break };
                self.next = self.waiting.get(place).map(|waiting| waiting.sequence);
                self.lost(reader);
            }
            self.catch_up(reader);
        }
    }

    /// The best of those that wait for `next`.
    fn best(&self, next: u32) -> Option<usize> {
        let rank = |waiting: &Waiting| {
            let behind = ahead(waiting.sequence, next);
            let fits = behind <= 0 && ahead(waiting.sequence, self.base) >= 0 && ahead(waiting.end(), next) > 0;
            fits.then_some((waiting.doubt, behind))
        };
        self.place(rank, false)
    }

    fn read_up_to(&mut self, place: usize, acknowledged: u32, reader: &mut Reader<'_>) {
        let waiting = self.waiting.swap_remove(place);
        let most = distance(acknowledged, waiting.sequence);
        self.take(waiting.sequence, waiting.octets.get(..most).unwrap_or(&waiting.octets), reader);
        if most < waiting.octets.len() {
            self.waiting.push(waiting);
        }
    }

    /// The receiver is elsewhere than we are: go where it is, if a segment was seen that it can have acknowledged.
    fn begin_anew(&mut self, acknowledged: u32, reader: &mut Reader<'_>) {
        let rank = |waiting: &Waiting| {
            let taken = ahead(acknowledged, waiting.sequence) > 0 && ahead(acknowledged, waiting.end()) <= 0;
            taken.then_some(waiting.doubt)
        };
        let Some(mut start) = self.place(rank, false).and_then(|place| self.waiting.get(place)).map(|it| it.sequence)
        else {
            return;
        };
        let before = |start| move |it: &&Waiting| ahead(it.sequence, start) < 0 && ahead(it.end(), start) >= 0;
        while let Some(earlier) = self.waiting.iter().find(before(start)) {
            start = earlier.sequence;
        }
        let mut message = Message::new("tcp.sequence_conflict");
        message.fields.set("tcp.sequence", Value::U64(start.into()));
        reader.out.push(message);
        self.begin(start, reader);
        self.catch_up(reader);
    }

    /// Read the next of those that wait, behind a gap where there is one, and what follows.
    fn jump(&mut self, reader: &mut Reader<'_>) {
        self.skip(reader);
        self.catch_up(reader);
    }

    /// Read the next of those that wait; gives what it came in.
    fn skip(&mut self, reader: &mut Reader<'_>) -> Option<Carried> {
        self.prune();
        let next = self.next.unwrap_or(0);
        let nearest = |waiting: &Waiting| {
            let far = ahead(waiting.sequence, next);
            Some((far < 0, far, waiting.doubt)) // those before the beginning come last
        };
        let place = self.best(next).or_else(|| self.place(nearest, false))?;
        let waiting = self.waiting.swap_remove(place);
        let far = ahead(waiting.sequence, next);
        if ahead(waiting.sequence, self.base) < 0 || far > WINDOW {
            self.begin(waiting.sequence, reader);
        } else if far > 0 {
            self.next = Some(waiting.sequence);
            self.lost(reader);
        }
        self.take(waiting.sequence, &waiting.octets, reader);
        Some(waiting.carried)
    }

    /// Nothing comes any more: read one of those that wait, and give what it came in, until there is none.
    pub fn finish(&mut self, reader: &mut Reader<'_>) -> Option<Carried> {
        if self.reading.is_over() { None } else { self.skip(reader) }
    }

    /// Read what waited for its turn.
    fn catch_up(&mut self, reader: &mut Reader<'_>) {
        while let Some(next) = self.next
            && let Some(place) = self.best(next)
            && self.waiting.get(place).is_some_and(|waiting| waiting.doubt == Doubt::NONE)
        {
            let waiting = self.waiting.swap_remove(place);
            self.take(waiting.sequence, &waiting.octets, reader);
        }
        self.prune();
    }

    /// Those of which everything was read no longer wait.
    fn prune(&mut self) {
        let (Some(next), base) = (self.next, self.base) else { return };
        self.waiting.retain(|waiting| ahead(waiting.sequence, base) < 0 || ahead(waiting.end(), next) > 0);
    }
}

/// Where two copies overlap and differ, and what each says from there on.
fn differ<'a>(a: (u32, &'a [u8]), b: (u32, &'a [u8])) -> Option<(u32, &'a [u8], &'a [u8])> {
    let (from_a, from_b) = (distance(b.0, a.0), distance(a.0, b.0));
    let (a, b, start) = (a.1.get(from_a..)?, b.1.get(from_b..)?, after(b.0, from_b));
    let at = a.iter().zip(b).position(|(one, other)| one != other)?;
    Some((after(start, at), a.get(at..)?, b.get(at..)?))
}
