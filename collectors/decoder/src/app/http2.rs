//! HTTP/2 with prior knowledge, RFC 9113: what the service-based interface of a 5G core speaks (TS 29.500 5.2).
//!
//! Theory of operation: frames are walked, and only those with header fields are waited for; a header block and what it
//! may unfold to are bounded. What was sent before we listened cannot be looked up: such a header field is unknown, and
//! the rest is told (`hpack`).

mod hpack;
mod huffman;

use super::http::{Heading, Open, REQUEST, RESPONSE, method, text};
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::Message;
use crate::octets::{Cursor, Malformed, malformed};
use hpack::Table;

pub static PROTOCOL: Protocol = Protocol {
    name: "http",
    malformed: "http.malformed",
    carrier: Carrier::Tcp,
    ports: &[7777], // Open5GS's; the standard has none of its own
    begins: |octet| matches!(octet, 0 | b'P'),
    recognise,
    begin: || Box::new(Talk::default()),
};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const FRAME_HEADER: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_HEADERS: u8 = 0x04;
const PADDED: u8 = 0x08;
const PRIORITISED: u8 = 0x20;

/// Octets of a frame with header fields: what every endpoint takes (RFC 9113 4.2).
const LONGEST_FRAME: usize = 16_384;
/// Octets of a header block in several frames, and how many.
const LONGEST_BLOCK: usize = 65_536;
const MOST_CONTINUATIONS: usize = 16;
/// Octets told of a path, before it is cut down to what is shown.
const LONGEST_TARGET: usize = 4_096;

/// The preface; or, where the beginning was not seen, a frame that little else looks like.
fn recognise(side: Side, octets: &[u8]) -> bool {
    if side == Side::Client && octets.starts_with(PREFACE) {
        return true;
    }
    let Some(frame) = Frame::read(&mut Cursor::new(octets)) else { return false };
    match (frame.kind, octets.get(FRAME_HEADER)) {
        (SETTINGS, _) => frame.stream == 0 && frame.flags <= 1 && frame.length <= 120 && frame.fault().is_none(),
        (HEADERS, Some(first)) => {
            let fits = frame.flags & !0x25 == 0 && frame.flags & END_HEADERS != 0 && frame.length <= 4_096;
            let asks = matches!(first, 0x82 | 0x83) || side == Side::Server && matches!(first, 0x88..=0x8e);
            fits && asks && frame.stream % 2 == 1 && frame.stream < 1 << 24
        }
        _ => false,
    }
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Frame {
    fn read(at: &mut Cursor) -> Option<Self> {
        let [high, middle, low] = at.fixed()?;
        let length = u32::from_be_bytes([0, high, middle, low]) as usize;
        Some(Self { length, kind: at.u8()?, flags: at.u8()?, stream: at.u32()? & 0x7fff_ffff })
    }

    /// Why it cannot be a frame, RFC 9113 6. Types that nobody knows are passed over, but none is so long.
    fn fault(&self) -> Option<&'static str> {
        let (of_stream, length) = (self.stream != 0, self.length);
        let fits = match self.kind {
            DATA | HEADERS | CONTINUATION => of_stream,
            PRIORITY => of_stream && length == 5,
            RST_STREAM => of_stream && length == 4,
            SETTINGS => !of_stream && length % 6 == 0,
            PUSH_PROMISE => of_stream && length >= 4,
            PING => !of_stream && length == 8,
            GOAWAY => !of_stream && length >= 8,
            WINDOW_UPDATE => length == 4,
            _ => true,
        };
        if !fits {
            return Some("a frame's length or stream does not fit its type");
        }
        (self.kind != DATA && length > LONGEST_FRAME).then_some("a frame is longer than 16 KiB")
    }
}

/// A header block that goes on.
#[derive(Debug)]
struct Block {
    stream: u32,
    octets: Vec<u8>,
    frames: usize,
}

#[derive(Debug, Default)]
struct End {
    table: Table,
    block: Option<Block>,
}

#[derive(Debug, Default)]
struct Talk {
    client: End,
    server: End,
    open: Open,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        if side == Side::Client && octets.starts_with(b"PRI") {
            return preface(octets);
        }
        let mut at = Cursor::new(octets);
        let Some(frame) = Frame::read(&mut at) else { return Progress::More };
        if let Some(reason) = frame.fault() {
            return Progress::Malformed(malformed(reason, 0));
        }
        let whole = FRAME_HEADER + frame.length;
        let goes_on = self.end(side).block.is_some();
        if !goes_on && !matches!(frame.kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
            return Progress::Used(whole);
        }
        let Some(body) = at.take(frame.length) else { return Progress::More };
        match self.fields(side, frame, body, out) {
            Ok(()) => Progress::Used(whole),
            Err(error) => Progress::Malformed(error),
        }
    }

    fn lost(&mut self, side: Side) -> bool {
        let end = self.end(side);
        end.block = None;
        end.table.forget();
        true
    }
}

fn preface(octets: &[u8]) -> Progress {
    if octets.starts_with(PREFACE) {
        Progress::Used(PREFACE.len())
    } else if PREFACE.starts_with(octets) {
        Progress::More
    } else {
        Progress::Malformed(malformed("the preface is not HTTP/2's", 0))
    }
}

impl Talk {
    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// A frame with header fields, or within a block of them.
    fn fields(&mut self, side: Side, frame: Frame, body: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
        let end = self.end(side);
        let fragment = match (frame.kind, &end.block) {
            (CONTINUATION, Some(block)) if block.stream == frame.stream => body,
            (CONTINUATION, None) => return Err(malformed("a header block goes on that did not begin", 0)),
            (HEADERS | PUSH_PROMISE, None) => fragment(frame, body)?,
            _ => return Err(malformed("another frame within a header block", 0)),
        };
        let mut block = end.block.take().unwrap_or(Block { stream: frame.stream, octets: Vec::new(), frames: 0 });
        block.octets.extend_from_slice(fragment);
        block.frames += 1;
        if block.octets.len() > LONGEST_BLOCK || block.frames > MOST_CONTINUATIONS {
            return Err(malformed("a header block is longer than any may be", 0));
        }
        if frame.flags & END_HEADERS == 0 {
            end.block = Some(block);
            return Ok(());
        }
        let mut head = Head::default();
        end.table.read(&block.octets, |name, value| head.field(name, value))?;
        if frame.kind != PUSH_PROMISE {
            self.told(block.stream, head, out);
        }
        Ok(())
    }

    /// A request or a response; trailers are neither.
    fn told(&mut self, stream: u32, head: Head, out: &mut Vec<Message>) {
        if let Some(status) = head.status {
            let mut message = Message::new(RESPONSE);
            head.heading.response("2", status, &mut message.fields);
            if status >= 200 {
                self.open.answer(stream, &mut message);
            }
            out.push(message);
        } else if head.asks {
            let mut message = Message::new(REQUEST);
            head.heading.request("2", &mut message.fields);
            self.open.ask(stream, &message);
            out.push(message);
        }
    }
}

/// The header block of a frame, without what stands around it (RFC 9113 6.2, 6.6).
fn fragment(frame: Frame, body: &[u8]) -> Result<&[u8], Malformed> {
    let mut at = Cursor::new(body);
    let mut part = || {
        let padding = if frame.flags & PADDED != 0 { usize::from(at.u8()?) } else { 0 };
        let before = match frame.kind {
            PUSH_PROMISE => 4,
            _ if frame.flags & PRIORITISED != 0 => 5,
            _ => 0,
        };
        at.take(before)?;
        at.take(at.rest().len().checked_sub(padding)?)
    };
    part().ok_or(malformed("a frame is shorter than its padding", FRAME_HEADER))
}

/// A header block as it is read.
#[derive(Debug, Default)]
struct Head {
    heading: Heading,
    status: Option<u16>,
    asks: bool,
}

impl Head {
    fn field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b":method" => {
                self.asks = true;
                self.heading.method = Some(method(value));
            }
            b":path" => {
                self.asks = true;
                self.heading.target = Some(text(value, LONGEST_TARGET));
            }
            b":authority" => self.heading.field(b"host", value),
            b":status" => self.status = std::str::from_utf8(value).ok().and_then(|status| status.parse().ok()),
            _ => self.heading.field(name, value),
        }
    }
}

#[cfg(test)]
mod tests;
