//! What industrial protocols share: the `ot.*` fields of `sentinel/model/catalogue/ot.py`.

use crate::message::{Fields, Value};
use crate::number::Number;

/// Values kept of a message that carries many.
pub const MOST_VALUES: usize = 16;

/// `ot.direction`.
pub const REQUEST: &str = "request";
pub const RESPONSE: &str = "response";
pub const UNSOLICITED: &str = "unsolicited";

/// A function or service as a standard lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    pub kind: &'static str,
    pub name: &'static str,
    pub operation: &'static str,
}

pub const fn function(kind: &'static str, name: &'static str, operation: &'static str) -> Function {
    Function { kind, name, operation }
}

impl Function {
    /// Say which function a message is about.
    pub fn tell(&self, fields: &mut Fields, code: u64, direction: &'static str) {
        fields.set("ot.function", Value::Str(self.name));
        fields.set("ot.function_code", Value::U64(code));
        fields.set("ot.operation", Value::Str(self.operation));
        fields.set("ot.direction", Value::Str(direction));
    }
}

/// A number as text: `ot.value` holds values of any type.
pub fn number(value: impl Into<i64>) -> Value {
    let value = value.into();
    match u64::try_from(value) {
        Ok(value) => Value::Number(Number::decimal(value)),
        Err(_) => Value::Text(value.to_string().into()),
    }
}

/// A short printable text; other octets as dots.
pub fn printable(octets: &[u8]) -> Value {
    let shown =
        octets.iter().take(64).map(|&octet| if (0x20..0x7f).contains(&octet) { char::from(octet) } else { '.' });
    Value::Text(shown.collect::<String>().into())
}
