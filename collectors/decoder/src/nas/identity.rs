//! 5GS mobile identity, TS 24.501 clause 9.11.3.4.

use crate::identifiers::{guti, mcc_mnc, plmn, tbcd, teid, text};
use crate::message::{Fields, Value};
use crate::number::Number;

/// Octets kept of the output of a protection scheme: profile B has 33 + 5 + 8.
const MAX_OUTPUT: usize = 128;

const TYPES: [&str; 8] = ["no_identity", "suci", "guti", "imei", "s_tmsi", "imeisv", "mac_address", "eui_64"];

/// The type of identity that is asked for or given, by the low three bits of `octet`.
pub(super) fn identity_type(octet: u8, fields: &mut Fields) {
    if let Some(name) = TYPES.get(usize::from(octet & 0x07)) {
        fields.set("fiveg.nas.identity_type", Value::Str(name));
    }
}

/// Read an identity into the fields of its type.
pub(super) fn mobile_identity(octets: &[u8], fields: &mut Fields) {
    let Some((first, rest)) = octets.split_first() else { return };
    identity_type(*first, fields);
    match first & 0x07 {
        1 => suci(first >> 4 & 0x07, rest, fields),
        2 => five_g_guti(rest, fields),
        3 | 5 => equipment(*first, rest, fields),
        4 => s_tmsi(rest, fields),
        _ => {}
    }
}

fn suci(format: u8, octets: &[u8], fields: &mut Fields) {
    if format != 0 {
        // A network specific identifier is a NAI, as text.
        let nai = text(octets.get(..MAX_OUTPUT).unwrap_or(octets));
        return fields.set("fiveg.suci", Value::Text(format!("suci-{format}-{nai}").into()));
    }
    let Some([p1, p2, p3, r1, r2, scheme, key]) = octets.first_chunk().copied() else { return };
    let output = octets.get(7..).unwrap_or_default();
    let (home, scheme, routing) = ([p1, p2, p3], scheme & 0x0f, tbcd(&[r1, r2]));
    let (mcc, mnc) = mcc_mnc(home);
    let shown = match scheme {
        0 => tbcd(output.get(..MAX_OUTPUT).unwrap_or(output)),
        _ => crate::message::hex(output.get(..MAX_OUTPUT).unwrap_or(output)),
    };
    let (scheme_text, key) = (Number::decimal(scheme.into()).text(), Number::decimal(key.into()).text());
    let text = ["suci-0", &mcc, &mnc, &routing, scheme_text.as_str(), key.as_str(), &shown].join("-");
    fields.set("fiveg.suci", Value::Text(text.into()));
    fields.set("fiveg.suci.scheme", Value::U64(u64::from(scheme)));
    if scheme == 0 {
        fields.set("fiveg.supi", Value::Text([mcc, mnc, shown].concat().into()));
    }
    set_plmn(home, fields);
}

fn five_g_guti(octets: &[u8], fields: &mut Fields) {
    let Some([p1, p2, p3, region, set, pointer, t1, t2, t3, t4]) = octets.first_chunk().copied() else { return };
    let (home, tmsi) = ([p1, p2, p3], [t1, t2, t3, t4]);
    fields.set("fiveg.guti", guti(home, region, u16::from_be_bytes([set, pointer]), tmsi));
    fields.set("fiveg.tmsi", teid(tmsi));
    set_plmn(home, fields);
}

fn s_tmsi(octets: &[u8], fields: &mut Fields) {
    if let Some([_, _, tmsi @ ..]) = octets.first_chunk::<6>().copied() {
        fields.set("fiveg.tmsi", teid(tmsi));
    }
}

/// IMEI or IMEISV: the first digit is beside the type, the others follow.
fn equipment(first: u8, octets: &[u8], fields: &mut Fields) {
    let digits = tbcd(&[first >> 4 | 0xf0]) + &tbcd(octets.get(..8).unwrap_or(octets));
    fields.set("fiveg.pei", Value::Text(digits.into()));
}

/// The PLMN of the identity, when the place of the terminal is not known: that one is what policies are about.
fn set_plmn(octets: [u8; 3], fields: &mut Fields) {
    if fields.get("fiveg.plmn").is_none() {
        fields.set("fiveg.plmn", plmn(octets));
    }
}
