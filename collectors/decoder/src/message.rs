//! What a protocol module says of a payload: messages, each a kind and flat fields.
//!
//! Field names are those of the catalogue in `sentinel/model/fields.py`.

use std::fmt;
use std::net::IpAddr;

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
        match self.0.iter_mut().find(|(known, _)| *known == name) {
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

/// One decoded message: its kind, such as `ngap.ng_setup_request`, and what was read of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub kind: &'static str,
    pub fields: Fields,
}

impl Message {
    pub fn new(kind: &'static str) -> Self {
        Self { kind, fields: Fields::default() }
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
