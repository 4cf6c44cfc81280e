//! EPATH, CIP volume 1, appendix C: which object a request is for.

use crate::identifiers::text;
use crate::message::{Fields, Value};
use crate::octets::Cursor;

/// Octets kept of a symbol: names of Logix tags have 40, and a path several.
const MOST_SYMBOL: usize = 256;
/// Segments read of one path.
const MOST_SEGMENTS: usize = 32;

/// Where a path leads, as far as it is told.
#[derive(Debug, Default, PartialEq)]
pub struct Path {
    pub class: Option<u32>,
    pub instance: Option<u32>,
    pub attribute: Option<u32>,
    symbol: String,
}

impl Path {
    /// Nothing when a segment is longer than the path.
    pub fn read(octets: &[u8]) -> Option<Self> {
        let (mut path, mut at) = (Self::default(), Cursor::new(octets));
        for _ in 0..MOST_SEGMENTS {
            match at.u8() {
                Some(segment) => path.segment(segment, &mut at)?,
                None => break,
            }
        }
        Some(path)
    }

    fn segment(&mut self, segment: u8, at: &mut Cursor) -> Option<()> {
        match segment >> 5 {
            0 => drop(port(segment, at)?),
            1 => self.logical(segment, at)?,
            2 => drop(network(segment, at)?),
            3 => self.symbolic(segment, at)?,
            4 => self.data(segment, at)?,
            _ => return None, // a data type has no place in a path
        }
        Some(())
    }

    fn logical(&mut self, segment: u8, at: &mut Cursor) -> Option<()> {
        if segment == 0x34 {
            return at.take(9).map(drop); // an electronic key: its format, and eight octets
        }
        let value = match segment & 0x03 {
            0 => u32::from(at.u8()?),
            1 => {
                at.u8()?;
                u32::from(at.le16()?)
            }
            2 => {
                at.u8()?;
                at.le32()?
            }
            _ => return None,
        };
        match segment >> 2 & 0x07 {
            0 => self.class = self.class.or(Some(value)),
            1 => self.instance = self.instance.or(Some(value)),
            2 if !self.symbol.is_empty() => self.grow(&format!("[{value}]")),
            4 => self.attribute = self.attribute.or(Some(value)),
            _ => {} // members, connection points, services
        }
        Some(())
    }

    /// A name in the old form, or in an extended one, of which only the length matters.
    fn symbolic(&mut self, segment: u8, at: &mut Cursor) -> Option<()> {
        let length = usize::from(segment & 0x1f);
        if length != 0 {
            let name = at.take(length)?;
            self.name(name);
            return Some(());
        }
        let format = at.u8()?;
        let width = match format >> 5 {
            1 => 2, // double octets
            2 => 3, // triple octets
            _ => 1, // a number
        };
        at.take(width * usize::from(format & 0x1f)).map(drop)
    }

    fn data(&mut self, segment: u8, at: &mut Cursor) -> Option<()> {
        let length = usize::from(at.u8()?);
        if segment == 0x91 {
            let name = at.take(length)?;
            self.name(name);
            return at.take(length % 2).map(drop);
        }
        at.take(2 * length).map(drop)
    }

    fn name(&mut self, name: &[u8]) {
        if !self.symbol.is_empty() {
            self.grow(".");
        }
        self.grow(&text(name));
    }

    fn grow(&mut self, by: &str) {
        if self.symbol.len() + by.len() <= MOST_SYMBOL {
            self.symbol.push_str(by);
        }
    }

    /// The class whose services count: a symbol leads to a tag, whatever stands behind it.
    pub fn service_class(&self) -> Option<u32> {
        if self.symbol.is_empty() { self.class } else { None }
    }

    /// Where it leads, in one text.
    pub fn register(&self) -> Option<Value> {
        if !self.symbol.is_empty() {
            return Some(Value::Text(self.symbol.as_str().into()));
        }
        let class = self.class?;
        let shown = match (self.instance, self.attribute) {
            (Some(instance), Some(attribute)) => format!("{class:#04x}/{instance}/{attribute}"),
            (Some(instance), None) => format!("{class:#04x}/{instance}"),
            _ => format!("{class:#04x}"),
        };
        Some(Value::Text(shown.into()))
    }

    /// Keep what both lead to.
    pub fn join(&mut self, other: &Self) {
        for (mine, theirs) in [
            (&mut self.class, other.class),
            (&mut self.instance, other.instance),
            (&mut self.attribute, other.attribute),
        ] {
            *mine = mine.filter(|_| *mine == theirs);
        }
        if self.symbol != other.symbol {
            self.symbol.clear();
        }
    }

    pub fn tell(self, fields: &mut Fields) {
        let numbers = [("cip.class", self.class), ("cip.instance", self.instance), ("cip.attribute", self.attribute)];
        for (name, value) in numbers {
            if let Some(value) = value {
                fields.set(name, Value::U64(u64::from(value)));
            }
        }
        if !self.symbol.is_empty() {
            fields.set("cip.symbol", Value::Text(self.symbol.into()));
        }
    }
}

/// The ports that a request goes by, and the address behind each: `1/0`.
pub fn route(octets: &[u8]) -> Option<Box<str>> {
    let (mut at, mut route) = (Cursor::new(octets), String::new());
    while let Some(segment) = at.u8() {
        if segment >> 5 != 0 || route.len() > MOST_SYMBOL {
            break;
        }
        let (number, address) = port(segment, &mut at)?;
        let link = match address {
            [link] => link.to_string(),
            address => text(address),
        };
        route.push_str(&format!("{}{number}/{link}", if route.is_empty() { "" } else { "," }));
    }
    (!route.is_empty()).then(|| route.into())
}

fn port<'a>(segment: u8, at: &mut Cursor<'a>) -> Option<(u16, &'a [u8])> {
    let length = if segment & 0x10 == 0 { 1 } else { usize::from(at.u8()?) };
    let number = match segment & 0x0f {
        0x0f => at.le16()?,
        number => u16::from(number),
    };
    let address = at.take(length)?;
    if segment & 0x10 != 0 {
        at.take(length % 2)?;
    }
    Some((number, address))
}

fn network<'a>(segment: u8, at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let octets = if segment & 0x10 == 0 { 1 } else { 2 * usize::from(at.u8()?) };
    at.take(octets)
}
