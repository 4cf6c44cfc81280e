//! DNP3, IEEE 1815-2012, over TCP and UDP.
//!
//! Theory of operation: link frames (9) carry CRCs of their own; transport segments (8) make fragments; a fragment is a
//! request or a response with objects (4, `objects`). A frame whose CRC is wrong is told as `dnp3.malformed` and passed
//! over, as a station does: reading goes on at the next start. One stream may carry several stations, so fragments are
//! put together by link addresses.

mod link;
mod names;
mod objects;

use self::link::Frame;
use super::ot::{Function, REQUEST, RESPONSE, UNSOLICITED};
use super::transactions::Transactions;
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Fields, Message, Value};
use crate::octets::{Malformed, malformed, u8_at, u16_at};

const NAME: &str = "dnp3";
const MALFORMED: &str = "dnp3.malformed";

pub static TCP: Protocol = Protocol {
    name: NAME,
    malformed: MALFORMED,
    carrier: Carrier::Tcp,
    ports: &[20000],
    begins: |octet| octet == 0x05,
    recognise: |_, octets| link::is_header(octets),
    begin: || Box::new(Talk::default()),
};

pub static UDP: Protocol = Protocol {
    name: NAME,
    malformed: MALFORMED,
    carrier: Carrier::Udp,
    ports: &[20000],
    begins: |octet| octet == 0x05,
    recognise: |_, octets| link::is_header(octets),
    begin: || Box::new(Datagrams::default()),
};

/// Octets of a fragment: stations agree on 2048 as a rule.
const MOST_FRAGMENT: usize = 16_384;
/// Fragments of one side that are not whole yet.
const MOST_FRAGMENTS: usize = 4;
/// Frames in one datagram.
const MOST_FRAMES: usize = 32;

/// Segments of a fragment, by link addresses.
#[derive(Debug)]
struct Fragment {
    source: u16,
    destination: u16,
    next: u8,
    octets: Vec<u8>,
}

#[derive(Debug, Default)]
struct Talk {
    /// Of the client, of the server.
    fragments: (Vec<Fragment>, Vec<Fragment>),
    /// A frame could not be read: what comes before the next start is passed over.
    hunting: (bool, bool),
    /// Some of it was lost: a segment without its first is no wonder.
    unsure: bool,
    /// By outstation and sequence number.
    open: Transactions<(u16, u8), u8>,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        if *self.hunting(side) {
            match link::start(octets) {
                0 if octets.len() == 1 => return Progress::More,
                0 => *self.hunting(side) = false,
                skipped => return Progress::Used(skipped),
            }
        }
        match Frame::read(octets) {
            Ok(None) => Progress::More,
            Ok(Some(frame)) => {
                self.frame(side, &frame, out);
                Progress::Used(frame.length)
            }
            Err(error) if error.offset < 2 => Progress::Malformed(error),
            Err(error) => {
                out.push(Message::malformed(MALFORMED, error.reason, error.offset, octets.get(..10).unwrap_or(octets)));
                *self.hunting(side) = true;
                Progress::Used(2)
            }
        }
    }

    fn lost(&mut self, side: Side) -> bool {
        self.fragments(side).clear();
        self.open.lost();
        self.unsure = true;
        true
    }
}

/// The same over UDP: a datagram holds whole frames.
#[derive(Debug, Default)]
struct Datagrams(Talk);

impl Conversation for Datagrams {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = 0;
        for _ in 0..MOST_FRAMES {
            let Some(rest) = octets.get(at..).filter(|rest| !rest.is_empty()) else { break };
            match self.0.read(side, rest, out) {
                Progress::Used(used) => at += used,
                Progress::More => return Progress::More,
                // After a frame, as where a datagram begins, a start must follow.
                other => return other,
            }
        }
        *self.0.hunting(side) = false;
        Progress::Used(octets.len())
    }
}

impl Talk {
    fn hunting(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Client => &mut self.hunting.0,
            Side::Server => &mut self.hunting.1,
        }
    }

    fn fragments(&mut self, side: Side) -> &mut Vec<Fragment> {
        match side {
            Side::Client => &mut self.fragments.0,
            Side::Server => &mut self.fragments.1,
        }
    }

    fn frame(&mut self, side: Side, frame: &Frame, out: &mut Vec<Message>) {
        match &frame.data {
            Err(error) => out.push(Message::malformed(MALFORMED, error.reason, error.offset, frame.octets)),
            Ok(data) if frame.carries_data() => self.segment(side, frame, data, out),
            Ok(_) if frame.is_acknowledgement() => {}
            Ok(_) => out.push(frame.told()),
        }
    }

    /// A transport segment (8.2): first and last bits, a sequence number of six bits, and octets.
    fn segment(&mut self, side: Side, frame: &Frame, data: &[u8], out: &mut Vec<Message>) {
        let Some((&control, octets)) = data.split_first() else {
            return out.push(broken(frame, malformed("a segment has no header", 10), data));
        };
        let (last, first, sequence) = (control & 0x80 != 0, control & 0x40 != 0, control & 0x3f);
        let unsure = self.unsure;
        let (source, destination) = (frame.source, frame.destination);
        let fragments = self.fragments(side);
        let known = fragments.iter().position(|known| (known.source, known.destination) == (source, destination));
        let known = known.map(|at| fragments.swap_remove(at));
        if first && last {
            self.unsure = false;
            return out.push(self.fragment(frame, octets));
        }
        let mut fragment = match known.filter(|known| !first && known.next == sequence) {
            Some(fragment) => fragment,
            None if first => Fragment { source, destination, next: sequence, octets: Vec::new() },
            None if unsure => return,
            None => return out.push(broken(frame, malformed("a segment does not follow the one before", 10), data)),
        };
        if fragment.octets.len() + octets.len() > MOST_FRAGMENT {
            return out.push(broken(frame, malformed("a fragment has no end", 10), data));
        }
        fragment.octets.extend_from_slice(octets);
        fragment.next = (sequence + 1) & 0x3f;
        if last {
            self.unsure = false;
            return out.push(self.fragment(frame, &fragment.octets));
        }
        let fragments = self.fragments(side);
        if fragments.len() == MOST_FRAGMENTS {
            fragments.remove(0);
        }
        fragments.push(fragment);
    }

    /// A fragment of the application layer (4.2): control, function, of a response internal indications, objects.
    fn fragment(&mut self, frame: &Frame, octets: &[u8]) -> Message {
        let mut fields = frame.fields();
        let (Some(control), Some(code)) = (u8_at(octets, 0), u8_at(octets, 1)) else {
            return finish(
                MALFORMED,
                fields,
                Err(malformed("a fragment ends inside its header", octets.len())),
                octets,
            );
        };
        let function = names::function(code);
        let direction = match code {
            130 => UNSOLICITED,
            129 | 131 => RESPONSE,
            0 => RESPONSE,
            _ => REQUEST,
        };
        function.tell(&mut fields, code.into(), direction);
        fields.set("ot.transaction_id", Value::U64((control & 0x0f).into()));
        let read = self.body(frame, control, code, octets, &mut fields);
        finish(function.kind, fields, read, octets)
    }

    fn body(
        &mut self,
        frame: &Frame,
        control: u8,
        code: u8,
        octets: &[u8],
        fields: &mut Fields,
    ) -> Result<(), Malformed> {
        let key = (frame.outstation(), control & 0x0f);
        if code < 129 {
            if names::is_answered(code) {
                self.open.ask(key, code);
            }
            return objects::read(octets, 2, objects::has_data(code), fields);
        }
        let indications = u16_at(octets, 2).ok_or(malformed("a response ends before its indications", octets.len()))?;
        fields.set_all("dnp3.iin", names::indications(indications).map(Value::Str).collect());
        fields.set("ot.status", Value::Str(names::refusal(indications).unwrap_or("success")));
        // Of a response in several fragments, the first one answers.
        if code == 129 && control & 0x80 != 0 {
            self.answered(key, octets, fields);
        }
        objects::read(octets, 4, true, fields)
    }

    /// Say what a response answers, or that nothing asked for it.
    fn answered(&mut self, key: (u16, u8), octets: &[u8], fields: &mut Fields) {
        let (asked, mismatch) = self.open.answer(key, octets).split();
        if let Some(code) = asked {
            let Function { name, operation, .. } = names::function(code);
            fields.set("dnp3.answers", Value::Str(name));
            fields.set("ot.operation", Value::Str(operation));
        }
        if let Some(mismatch) = mismatch {
            fields.set("dnp3.mismatch", Value::Str(mismatch));
        }
    }
}

fn broken(frame: &Frame, error: Malformed, octets: &[u8]) -> Message {
    finish(MALFORMED, frame.fields(), Err(error), octets)
}

/// A message, or that it is malformed, with what was read of it.
fn finish(kind: &'static str, fields: Fields, read: Result<(), Malformed>, octets: &[u8]) -> Message {
    let Err(error) = read else { return Message::of(kind, fields) };
    let mut message = Message::malformed(MALFORMED, error.reason, error.offset, octets);
    fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
    message
}

#[cfg(test)]
mod tests;
