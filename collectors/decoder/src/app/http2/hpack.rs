//! HPACK, RFC 7541: header fields that point into what was sent before.
//!
//! Own code, as a monitor must go on where an endpoint gives up: when the beginning was not seen, or something was lost,
//! what a later index points to is unknown until it is sent again. Indices count back from the newest entry, so entries
//! that were seen are found rightly all the same, and one that the sender has long dropped is not asked for.

use std::collections::VecDeque;

use super::huffman;
use crate::octets::{Cursor, Malformed, malformed};

/// The table's size before anybody changes it (RFC 9113 6.5.2), and the largest that is kept here.
const USUAL_SIZE: usize = 4_096;
const LARGEST: usize = 65_536;
/// What an entry counts beside its octets, RFC 7541 4.1.
const OVERHEAD: usize = 32;
/// Header fields told of one block, and octets of them: an octet may unfold to an entry as large as the table.
const MOST_FIELDS: usize = 128;
const MOST_OCTETS: usize = 65_536;

#[derive(Debug)]
struct Entry {
    name: Box<[u8]>,
    value: Box<[u8]>,
}

impl Entry {
    fn size(&self) -> usize {
        self.name.len() + self.value.len() + OVERHEAD
    }
}

/// What one side has sent, newest first.
#[derive(Debug)]
pub struct Table {
    entries: VecDeque<Entry>,
    size: usize,
    most: usize,
    /// Entries may be missing that the sender has.
    gaps: bool,
}

impl Default for Table {
    fn default() -> Self {
        Self { entries: VecDeque::new(), size: 0, most: USUAL_SIZE, gaps: false }
    }
}

/// A name and a value, where they are known.
type Field<'a> = Option<(&'a [u8], &'a [u8])>;

impl Table {
    /// Something was lost: what follows counts from nothing known. The size may have been changed, too.
    pub fn forget(&mut self) {
        *self = Self { gaps: true, most: LARGEST, ..Self::default() };
    }

    /// Read a whole header block; tell each field that is known, within bounds.
    pub fn read(&mut self, block: &[u8], mut tell: impl FnMut(&[u8], &[u8])) -> Result<(), Malformed> {
        let mut at = Cursor::new(block);
        let (mut fields, mut octets) = (0, 0);
        let mut bounded = |name: &[u8], value: &[u8]| {
            fields += 1;
            octets += name.len() + value.len();
            if fields <= MOST_FIELDS && octets <= MOST_OCTETS {
                tell(name, value);
            }
        };
        while let Some(first) = at.rest().first().copied() {
            self.field(first, &mut at, &mut bounded)?;
        }
        Ok(())
    }

    /// One representation, RFC 7541 6.
    fn field(&mut self, first: u8, at: &mut Cursor, tell: &mut impl FnMut(&[u8], &[u8])) -> Result<(), Malformed> {
        match first {
            0x80.. => {
                let index = integer(at, 7)?;
                if let Some((name, value)) = self.get(index, at)? {
                    tell(name, value);
                }
                Ok(())
            }
            0x40.. => {
                let (name, value) = self.literal(at, 6)?;
                tell(&name, &value);
                self.insert(Entry { name: name.into(), value: value.into() });
                Ok(())
            }
            0x20.. => {
                let size = integer(at, 5)?;
                self.resize(size);
                Ok(())
            }
            _ => self.literal(at, 4).map(|(name, value)| tell(&name, &value)),
        }
    }

    /// A literal value; its name is one too, or an index. An unknown name is empty.
    fn literal(&self, at: &mut Cursor, prefix: u8) -> Result<(Vec<u8>, Vec<u8>), Malformed> {
        let index = integer(at, prefix)?;
        let name = match index {
            0 => string(at)?,
            _ => self.get(index, at)?.map(|(name, _)| name.to_vec()).unwrap_or_default(),
        };
        Ok((name, string(at)?))
    }

    /// RFC 7541 2.3.3.
    fn get(&self, index: usize, at: &Cursor) -> Result<Field<'_>, Malformed> {
        if let Some((name, value)) = index.checked_sub(1).and_then(|place| STATIC.get(place)) {
            return Ok(Some((name.as_bytes(), value.as_bytes())));
        }
        let entry = index.checked_sub(STATIC.len() + 1).and_then(|place| self.entries.get(place));
        match entry {
            Some(entry) => Ok(Some((&entry.name, &entry.value))),
            None if self.gaps && index > 0 => Ok(None),
            None => Err(malformed("an index leads out of the header table", at.at())),
        }
    }

    /// RFC 7541 4.4: an entry larger than the table empties it.
    fn insert(&mut self, entry: Entry) {
        self.size += entry.size();
        self.entries.push_front(entry);
        self.evict();
    }

    fn resize(&mut self, size: usize) {
        self.gaps |= size > LARGEST;
        self.most = size.min(LARGEST);
        self.evict();
    }

    fn evict(&mut self) {
        while self.size > self.most {
            let Some(entry) = self.entries.pop_back() else { break };
            self.size -= entry.size();
        }
    }
}

/// RFC 7541 5.1, behind a prefix of so many bits. Four octets more are enough for anything that fits a frame.
fn integer(at: &mut Cursor, prefix: u8) -> Result<usize, Malformed> {
    let short = |at: &Cursor| malformed("a header block ends within a number", at.at());
    let mask = u8::MAX >> (8 - prefix);
    let first = at.u8().ok_or(short(at))? & mask;
    let mut number = usize::from(first);
    if first < mask {
        return Ok(number);
    }
    for place in 0..4 {
        let octet = at.u8().ok_or(short(at))?;
        number += usize::from(octet & 0x7f) << (7 * place);
        if octet < 0x80 {
            return Ok(number);
        }
    }
    Err(malformed("a number in a header block is too large", at.at()))
}

/// RFC 7541 5.2.
fn string(at: &mut Cursor) -> Result<Vec<u8>, Malformed> {
    let coded = at.rest().first().is_some_and(|first| *first >= 0x80);
    let length = integer(at, 7)?;
    let octets = at.take(length).ok_or(malformed("a header block ends within a string", at.at()))?;
    if !coded {
        return Ok(octets.to_vec());
    }
    huffman::decode(octets).ok_or(malformed("a string is not in Huffman's code", at.at()))
}

/// RFC 7541 appendix A.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &mut Table, block: &[u8]) -> Result<Vec<(String, String)>, &'static str> {
        let mut fields = Vec::new();
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        let read = table.read(block, |name, value| fields.push((text(name), text(value))));
        read.map(|()| fields).map_err(|error| error.reason)
    }

    fn fields(expected: &[(&str, &str)]) -> Result<Vec<(String, String)>, &'static str> {
        Ok(expected.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect())
    }

    /// RFC 7541 C.4: three requests on one connection.
    const FIRST: &[u8] = b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
    const SECOND: &[u8] = b"\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf";
    const THIRD: &[u8] =
        b"\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf";

    #[test]
    fn the_standards_requests() {
        let mut table = Table::default();
        let authority = (":authority", "www.example.com");
        let first = [(":method", "GET"), (":scheme", "http"), (":path", "/"), authority];
        assert_eq!(read(&mut table, FIRST), fields(&first));
        assert_eq!(read(&mut table, SECOND), fields(&[&first[..], &[("cache-control", "no-cache")]].concat()));
        let third = [(":method", "GET"), (":scheme", "https"), (":path", "/index.html"), authority];
        assert_eq!(read(&mut table, THIRD), fields(&[&third[..], &[("custom-key", "custom-value")]].concat()));
        assert_eq!((table.entries.len(), table.size), (3, 164));
    }

    #[test]
    fn who_comes_late_reads_what_was_sent_since() {
        let mut table = Table::default();
        table.forget();
        let known = [(":method", "GET"), (":scheme", "http"), (":path", "/")];
        assert_eq!(read(&mut table, SECOND), fields(&[&known[..], &[("cache-control", "no-cache")]].concat()));
        assert_eq!(read(&mut table, b"\xbe\xbf"), fields(&[("cache-control", "no-cache")]));
    }

    /// RFC 7541 C.5 keeps the table at 256 octets; here two entries of 42 octets fit 84, and a third does not.
    #[test]
    fn the_oldest_leaves_when_the_table_is_full() {
        let mut table = Table::default();
        let entry = |name: u8| [&[0x40, 5][..], &[name; 5], &[5], b"value"].concat();
        let block = [&[0x3f, 84 - 31][..], &entry(b'a'), &entry(b'b'), &entry(b'c')].concat();
        read(&mut table, &block).unwrap();
        assert_eq!((table.entries.len(), table.size), (2, 84));
        assert_eq!(read(&mut table, b"\xbe\xbf"), fields(&[("ccccc", "value"), ("bbbbb", "value")]));
        assert_eq!(read(&mut table, b"\xc0"), Err("an index leads out of the header table"));
        read(&mut table, b"\x20").unwrap();
        assert_eq!((table.entries.len(), table.size), (0, 0));
    }

    #[test]
    fn an_octet_does_not_unfold_without_end() {
        let mut table = Table::default();
        let (name, value) = (b"a", [b'v'; 1_000]);
        let block = [&[0x40, 1][..], name, &[0x7f, 0xe9, 0x06], &value, &[0xbe; 10_000]].concat();
        let told = read(&mut table, &block).unwrap();
        assert!(told.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= MOST_OCTETS);
    }

    #[test]
    fn a_size_without_end_is_not_believed() {
        let mut table = Table::default();
        read(&mut table, b"\x3f\xff\xff\xff\x7f").unwrap();
        assert_eq!(table.most, LARGEST);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let refused = |block: &[u8]| read(&mut Table::default(), block).unwrap_err();
        assert_eq!(refused(b"\x80"), "an index leads out of the header table");
        assert_eq!(refused(b"\xbe"), "an index leads out of the header table");
        assert_eq!(refused(b"\xff\x80"), "a header block ends within a number");
        assert_eq!(refused(b"\xff\xff\xff\xff\xff\x01"), "a number in a header block is too large");
        assert_eq!(refused(b"\x00\x05ab"), "a header block ends within a string");
        assert_eq!(refused(b"\x00\x81\x00"), "a string is not in Huffman's code");
    }
}
