//! The envelope of an NGAP PDU and its containers of IEs, in aligned PER (ITU-T X.691), read without their values.

use std::borrow::Cow;

/// A PDU whose message is not read yet.
pub(super) struct Envelope<'a> {
    pub outcome: Option<usize>,
    pub procedure_code: Option<u8>,
    pub criticality: Option<&'static str>,
    /// The octets of the message, or as many of them as there are.
    pub message: Cow<'a, [u8]>,
    /// Where they start in the PDU.
    pub offset: usize,
    pub fault: Option<&'static str>,
    pub trailing_octets: usize,
}

/// An IE of a container: its octets, and where they start.
pub(super) struct Ie<'a> {
    pub id: u16,
    pub offset: usize,
    pub value: Cow<'a, [u8]>,
}

/// Read what can be read, whatever follows.
pub(super) fn open(pdu: &[u8]) -> Envelope<'_> {
    let head = |at: usize| pdu.get(at).copied();
    let outcome = head(0).map(|octet| usize::from(octet >> 5)).filter(|outcome| *outcome < 3);
    let mut octets = Octets { all: pdu, at: 3 };
    let whole = outcome.and_then(|_| octets.open_type());
    let fault = match (&outcome, &whole) {
        (None, _) if pdu.is_empty() => Some("an empty PDU"),
        (None, _) => Some("the PDU is not one of the three types"),
        (_, None) => Some("the PDU ends inside its message"),
        _ => None,
    };
    let trailing_octets = if whole.is_some() { pdu.len().saturating_sub(octets.at) } else { 0 };
    let message = whole.unwrap_or_else(|| Cow::Borrowed(if outcome.is_some() { octets.rest() } else { &[] }));
    Envelope {
        outcome,
        procedure_code: head(1),
        criticality: head(2).and_then(criticality),
        offset: octets.at.saturating_sub(message.len()),
        message,
        fault,
        trailing_octets,
    }
}

fn criticality(octet: u8) -> Option<&'static str> {
    ["reject", "ignore", "notify"].get(usize::from(octet >> 6)).copied()
}

/// The IEs of a SEQUENCE that is a container of IEs, and why there are no more, when some are missing.
pub(super) fn container(octets: &[u8], offset: usize) -> (Vec<Ie<'_>>, Option<Broken>) {
    let broken = |at, reason| Some(Broken { offset: offset + at, reason });
    let Some([extended, high, low]) = octets.first_chunk().copied() else {
        return (Vec::new(), broken(octets.len(), "the message ends before its IEs"));
    };
    let count = usize::from(u16::from_be_bytes([high, low]));
    // An IE has four octets at least, so what is claimed does not decide what is reserved.
    let mut ies = Vec::with_capacity(count.min(octets.len() / 4));
    let mut reader = Octets { all: octets, at: 3 };
    for _ in 0..count {
        let start = reader.at;
        let Some(mut ie) = reader.ie() else { return (ies, broken(start, "the message ends inside an IE")) };
        ie.offset += offset;
        ies.push(ie);
    }
    // A later release may add to the SEQUENCE, and says so in its first bit.
    let complete = reader.at == octets.len() || extended & 0x80 != 0;
    (ies, if complete { None } else { broken(reader.at, "octets after the last IE") })
}

/// Where a container ends early.
pub(super) struct Broken {
    pub offset: usize,
    pub reason: &'static str,
}

struct Octets<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.all.get(self.at..)?.get(..count)?;
        self.at += count;
        Some(taken)
    }

    fn ie(&mut self) -> Option<Ie<'a>> {
        let [high, low, _criticality] = self.take(3)?.first_chunk().copied()?;
        let value = self.open_type()?;
        Some(Ie { id: u16::from_be_bytes([high, low]), offset: self.at - value.len().min(self.at), value })
    }

    /// What is left of an open type that is cut short, and was not fragmented.
    fn rest(&mut self) -> &'a [u8] {
        let rest = self.all.get(self.at..).unwrap_or_default();
        self.at = self.all.len();
        rest
    }

    /// An open type behind its length determinant (11.9), in fragments when it has 16,384 octets or more.
    fn open_type(&mut self) -> Option<Cow<'a, [u8]>> {
        let mut gathered = Vec::new();
        loop {
            let [first] = self.take(1)?.first_chunk().copied()?;
            if first >= 0xc0 {
                let blocks = usize::from(first & 0x3f);
                if !(1..=4).contains(&blocks) {
                    return None;
                }
                gathered.extend_from_slice(self.take(blocks * 16_384)?);
                continue;
            }
            let length = match first & 0x80 {
                0 => usize::from(first),
                _ => usize::from(u16::from_be_bytes([first & 0x3f, *self.take(1)?.first()?])),
            };
            let last = self.take(length)?;
            if gathered.is_empty() {
                return Some(Cow::Borrowed(last));
            }
            gathered.extend_from_slice(last);
            return Some(Cow::Owned(gathered));
        }
    }
}
