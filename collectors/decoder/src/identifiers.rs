//! Identifiers in the text forms of the field catalogue (digits of TS 23.003, hexadecimal TEIDs and SEIDs).

use crate::message::Value;
use crate::number::Number;

/// The lower-case hex digit of the low half of `octet`.
fn digit(octet: u8) -> char {
    char::from(crate::number::digit(octet))
}

/// `0x` and `digits` hex digits.
pub(crate) fn hex_id(value: u64, digits: u8) -> Value {
    Value::Number(Number::hex(value, digits))
}

/// A TEID, or a 5G-TMSI: `0x` and 8 hex digits.
pub(crate) fn teid(octets: [u8; 4]) -> Value {
    hex_id(u64::from(u32::from_be_bytes(octets)), 8)
}

/// Octets in lower-case hex, without a prefix.
pub(crate) fn hex_text(octets: &[u8]) -> Value {
    Number::octets(octets).map_or_else(|| Value::Text(crate::message::hex(octets).into()), Value::Number)
}

/// A number as decimal text.
pub(crate) fn decimal(value: u64) -> Value {
    Value::Number(Number::decimal(value))
}

/// A tracking area code: 24 bits as decimal text.
pub(crate) fn tac(octets: [u8; 3]) -> Value {
    let [high, middle, low] = octets;
    decimal(u64::from(u32::from_be_bytes([0, high, middle, low])))
}

/// MCC and MNC of the three octets of a PLMN identity.
pub(crate) fn mcc_mnc(octets: [u8; 3]) -> (String, String) {
    let [first, second, third] = octets;
    let mcc = [first, first >> 4, second].into_iter().map(digit).collect();
    let mut mnc = String::with_capacity(3);
    mnc.extend([digit(third), digit(third >> 4)]);
    if second >> 4 != 0x0f {
        mnc.push(digit(second >> 4));
    }
    (mcc, mnc)
}

/// A PLMN: the digits of MCC and MNC.
pub(crate) fn plmn_text(octets: [u8; 3]) -> String {
    Number::plmn(octets).text().as_str().into()
}

/// A PLMN as a field value.
pub(crate) fn plmn(octets: [u8; 3]) -> Value {
    Value::Number(Number::plmn(octets))
}

/// The digits of a TBCD string, low half first, up to the filler.
pub(crate) fn tbcd(octets: &[u8]) -> String {
    octets.iter().flat_map(|octet| [octet & 0x0f, octet >> 4]).take_while(|half| *half != 0x0f).map(digit).collect()
}

/// A 5G-GUTI: `<plmn>-<amf region>-<set>-<pointer>-<5G-TMSI hex>`.
pub(crate) fn guti(plmn: [u8; 3], region: u8, set_and_pointer: u16, tmsi: [u8; 4]) -> Value {
    let (plmn, tmsi) = (plmn_text(plmn), u32::from_be_bytes(tmsi));
    let (set, pointer) = (set_and_pointer >> 6, set_and_pointer & 0x3f);
    Value::Text(format!("{plmn}-{region}-{set}-{pointer}-{tmsi:08x}").into())
}

/// A slice differentiator: 6 hex digits, or nothing for "no SD" (TS 23.003, 28.4.2).
pub(crate) fn slice_differentiator(octets: Option<[u8; 3]>) -> Value {
    match octets {
        Some(octets) if octets != [0xff; 3] => hex_text(&octets),
        _ => Value::Str(""),
    }
}

/// A name that is a sequence of labels (TS 23.003, 9.1), or plain text, as some cores send it.
pub(crate) fn name(octets: &[u8]) -> Value {
    Value::Text(labels(octets).unwrap_or_else(|| text(octets)).into())
}

/// Text of a peer: what is not printable shows as the replacement character.
pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets)
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// The head of a peer's text: `most` octets of it.
pub(crate) fn head(octets: &[u8], most: usize) -> Value {
    Value::Text(text(octets.get(..most).unwrap_or(octets)).into())
}

/// As ECS writes hardware addresses, `00-00-5E-00-53-23`.
pub(crate) fn mac([a, b, c, d, e, f]: [u8; 6]) -> Value {
    Value::Text(format!("{a:02X}-{b:02X}-{c:02X}-{d:02X}-{e:02X}-{f:02X}").into())
}

fn labels(mut octets: &[u8]) -> Option<String> {
    let mut name = String::with_capacity(octets.len());
    while let Some((length, rest)) = octets.split_first() {
        let (label, rest) = rest.split_at_checked(usize::from(*length))?;
        if label.is_empty() || !label.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(label.iter().copied().map(char::from));
        octets = rest;
    }
    Some(name)
}

/// Values that keep a common order: an absent element is an empty string.
///
/// When every element is absent, so is the field.
pub(crate) fn aligned(values: Vec<Option<Value>>) -> Vec<Value> {
    if values.iter().all(Option::is_none) {
        return Vec::new();
    }
    values.into_iter().map(|value| value.unwrap_or(Value::Str(""))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: Value) -> String {
        match value {
            Value::Text(text) => text.into(),
            Value::Str(text) => text.into(),
            Value::Number(number) => number.text().as_str().into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_take_the_forms_of_the_catalogue() {
        assert_eq!(shown(decimal(0)), "0");
        assert_eq!(shown(decimal(u64::MAX)), u64::MAX.to_string());
        assert_eq!(shown(teid([0, 0, 1, 0xab])), "0x000001ab");
        assert_eq!(shown(hex_id(0x1_2345_6789, 9)), "0x123456789");
        assert_eq!(shown(tac([0, 1, 0])), "256");
    }

    #[test]
    fn a_plmn_has_two_or_three_digits_of_mnc() {
        assert_eq!(plmn_text([0x99, 0xf9, 0x07]), "99970");
        assert_eq!(plmn_text([0x13, 0x00, 0x14]), "310410");
        assert_eq!(mcc_mnc([0x13, 0x00, 0x14]), ("310".into(), "410".into()));
    }

    #[test]
    fn names_are_labels_or_plain_text() {
        assert_eq!(shown(name(b"\x08internet")), "internet");
        assert_eq!(shown(name(b"\x03upf\x03lab")), "upf.lab");
        assert_eq!(shown(name(b"internet")), "internet");
        assert_eq!(shown(name(b"\x05a\x00")), "\u{fffd}a\u{fffd}");
    }

    #[test]
    fn aligned_values_are_padded_unless_all_are_absent() {
        assert_eq!(aligned(vec![None, None]), []);
        assert_eq!(aligned(vec![None, Some(Value::U64(1))]), [Value::Str(""), Value::U64(1)]);
    }
}
