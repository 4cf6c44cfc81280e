//! What industrial protocols share: the `ot.*` fields of `sentinel/model/catalogue/ot.py`.

use crate::message::{Fields, Sink, Value};
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
    pub fn tell(&self, fields: &mut impl Sink, code: u64, direction: &'static str) {
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

/// A value as it is written, and as a number if it is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    text: Value,
    number: Option<f64>,
}

impl Measure {
    pub fn of(value: impl Into<i64> + Into<f64> + Copy) -> Self {
        Self { text: number(value), number: Some(value.into()) }
    }

    /// The number that the text says: 0.1 of 32 bits is not 0.10000000149.
    pub fn written(value: impl ToString) -> Self {
        let text = value.to_string();
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        Self { text: Value::Text(text.into()), number }
    }

    pub fn text(text: Value) -> Self {
        Self { text, number: None }
    }
}

/// Say values as `ot.value`; and as numbers in the field `name`, for limits, where all of them are numbers.
pub fn tell_values(name: &'static str, values: Vec<Measure>, fields: &mut Fields) {
    let numbers: Option<Vec<Value>> = values.iter().map(|value| value.number.map(Value::F64)).collect();
    fields.set_all("ot.value", values.into_iter().map(|value| value.text).collect());
    fields.set_all(name, numbers.unwrap_or_default());
}

/// A short printable text; other octets as dots.
pub fn printable(octets: &[u8]) -> Value {
    let shown =
        octets.iter().take(64).map(|&octet| if (0x20..0x7f).contains(&octet) { char::from(octet) } else { '.' });
    Value::Text(shown.collect::<String>().into())
}
