//! What a protocol module says of a payload: messages, each a kind and flat fields.
//!
//! Field names are those of the catalogue in `sentinel/model/fields.py`.

use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use crate::number::{Number, digit};

/// A value of a field. A `List` holds scalars only.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    U64(u64),
    F64(f64),
    Bool(bool),
    Str(&'static str),
    Text(Box<str>),
    /// Text that is made when it is read.
    Number(Number),
    Ip(IpAddr),
    List(Box<[Value]>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::U64(number) => number.fmt(f),
            Self::F64(number) => number.fmt(f),
            Self::Bool(truth) => truth.fmt(f),
            Self::Str(text) => f.write_str(text),
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => f.write_str(number.text().as_str()),
            Self::Ip(address) => address.fmt(f),
            Self::List(values) => values.iter().enumerate().try_for_each(|(at, value)| {
                let comma = if at == 0 { "" } else { "," };
                write!(f, "{comma}{value}")
            }),
        }
    }
}

/// Fields of a small message: growing step by step would cost as much as decoding.
const USUAL: usize = 10;

/// Field name to value, in the order in which they were set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields(Vec<(&'static str, Value)>);

impl Fields {
    pub fn set(&mut self, name: &'static str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| same(known, name)) {
            Some(slot) => slot.1 = value,
            None => {
                if self.0.is_empty() {
                    self.0.reserve(USUAL);
                }
                self.0.push((name, value));
            }
        }
    }

    /// Set `name`, which is not set yet.
    pub fn add(&mut self, name: &'static str, value: Value) {
        if self.0.is_empty() {
            self.0.reserve(USUAL);
        }
        self.0.push((name, value));
    }

    /// Set `name` to the one value, or to the list of them; leave it absent when there is none.
    pub fn set_all(&mut self, name: &'static str, mut values: Vec<Value>) {
        match values.len() {
            0 => {}
            1 => {
                if let Some(value) = values.pop() {
                    self.set(name, value);
                }
            }
            _ => self.set(name, Value::List(values.into_boxed_slice())),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(&'static str, Value)> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Where a parser says what it reads: fields, or `Nothing` where the question is only whether it can be read. What would
/// have to be allocated is made only where it is wanted.
pub trait Sink {
    fn set(&mut self, name: &'static str, value: Value);

    fn set_with(&mut self, name: &'static str, value: impl FnOnce() -> Value);

    /// The one value, or the list of them; nothing when there is none.
    fn set_each(&mut self, name: &'static str, values: impl Iterator<Item = Value>);
}

impl Sink for Fields {
    fn set(&mut self, name: &'static str, value: Value) {
        Self::set(self, name, value);
    }

    fn set_with(&mut self, name: &'static str, value: impl FnOnce() -> Value) {
        Self::set(self, name, value());
    }

    fn set_each(&mut self, name: &'static str, values: impl Iterator<Item = Value>) {
        self.set_all(name, values.collect());
    }
}

/// What is said here is not heard.
#[derive(Debug)]
pub struct Nothing;

impl Sink for Nothing {
    fn set(&mut self, _name: &'static str, _value: Value) {}

    fn set_with(&mut self, _name: &'static str, _value: impl FnOnce() -> Value) {}

    fn set_each(&mut self, _name: &'static str, _values: impl Iterator<Item = Value>) {}
}

/// Fields that are made when somebody reads them, out of octets that were kept: most messages are never looked at.
#[derive(Clone)]
pub struct Later(Arc<dyn Fn(&mut Fields) + Send + Sync>);

impl Later {
    pub fn tell(&self, fields: &mut Fields) {
        (self.0)(fields);
    }
}

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = Fields::default();
        self.tell(&mut fields);
        fields.fmt(f)
    }
}

/// Octets that are kept for later: few of them without a place of their own in memory.
#[derive(Clone, Debug)]
pub enum Kept {
    Few(u8, [u8; FEW]),
    Many(Box<[u8]>),
}

const FEW: usize = 46;

impl From<&[u8]> for Kept {
    fn from(octets: &[u8]) -> Self {
        let (mut few, length) = ([0; FEW], octets.len());
        match (few.get_mut(..length), u8::try_from(length)) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(octets);
                Self::Few(length, few)
            }
            _ => Self::Many(octets.into()),
        }
    }
}

impl Deref for Kept {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Few(length, octets) => octets.get(..usize::from(*length)).unwrap_or(octets),
            Self::Many(octets) => octets,
        }
    }
}

/// Whether two names are the same: most differ in their length or in their last letter, which is quicker to see.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.as_bytes().last() == other.as_bytes().last() && one == other
}

/// One decoded message: its kind, such as `ngap.ng_setup_request`, and what was read of it.
#[derive(Clone, Debug)]
pub struct Message {
    pub kind: &'static str,
    pub fields: Fields,
    /// Fields that follow.
    pub later: Option<Later>,
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.all() == other.all()
    }
}

impl Message {
    pub fn new(kind: &'static str) -> Self {
        Self::of(kind, Fields::default())
    }

    pub fn of(kind: &'static str, fields: Fields) -> Self {
        Self { kind, fields, later: None }
    }

    /// One whose fields are made when they are read. `tell` must say the same each time, and keeps no more than it needs.
    pub fn later(kind: &'static str, tell: impl Fn(&mut Fields) + Send + Sync + 'static) -> Self {
        Self { kind, fields: Fields::default(), later: Some(Later(Arc::new(tell))) }
    }

    /// All of its fields.
    pub fn all(&self) -> Fields {
        let mut fields = self.fields.clone();
        if let Some(later) = &self.later {
            later.tell(&mut fields);
        }
        fields
    }

    /// A `<protocol>.malformed` message: why, at which octet, and the head of the payload.
    pub fn malformed(kind: &'static str, reason: &str, offset: usize, payload: &[u8]) -> Self {
        let mut message = Self::new(kind);
        message.fields.set("fiveg.malformed.reason", Value::Text(reason.into()));
        message.fields.set("fiveg.malformed.offset", Value::U64(offset as u64));
        message.show(payload);
        message
    }

    /// Say how long a payload is, and how it begins.
    pub fn show(&mut self, payload: &[u8]) {
        self.fields.set("fiveg.payload.length", Value::U64(payload.len() as u64));
        self.fields.set("fiveg.payload.head", Value::Text(hex(payload.get(..64).unwrap_or(payload)).into()));
    }
}

/// Lower-case hex.
pub fn hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    text.extend(octets.iter().flat_map(|octet| [octet >> 4, *octet]).map(|half| char::from(digit(half))));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_kept_as_they_are_few_or_many() {
        let octets: Vec<u8> = (0..=255).collect();
        for length in 0..octets.len() {
            assert_eq!(*Kept::from(&octets[..length]), octets[..length]);
        }
    }
}
