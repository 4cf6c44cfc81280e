//! Slices in NAS messages: NSSAIs that are asked for, allowed and rejected (TS 24.501, 9.11.2.8, 9.11.3.37, 9.11.3.46).

use oxirush_nas::nas_5gs::{NasExtendedRejectedNssai, NasRejectedNssai};

use crate::identifiers::slice_differentiator;
use crate::message::{Fields, Value};

/// A list of S-NSSAIs (9.11.3.37), each behind its length.
pub(super) fn slices(mut octets: &[u8], fields: &mut Fields) {
    let (mut types, mut differentiators) = (Vec::new(), Vec::new());
    while let Some((length, rest)) = octets.split_first() {
        let Some((item, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        let Some((sst, sd)) = snssai(item) else { break };
        types.push(sst);
        differentiators.push(sd);
        octets = rest;
    }
    fields.set_all("fiveg.snssai.sst", types);
    fields.set_all("fiveg.snssai.sd", differentiators);
}

pub(super) fn slice(octets: &[u8], fields: &mut Fields) {
    if let Some((sst, sd)) = snssai(octets) {
        fields.set("fiveg.snssai.sst", sst);
        fields.set("fiveg.snssai.sd", sd);
    }
}

/// An S-NSSAI (9.11.2.8): SST, with SD when it is that long, then what it is mapped to.
fn snssai(octets: &[u8]) -> Option<(Value, Value)> {
    let (sst, rest) = octets.split_first()?;
    let sd = rest.first_chunk().copied();
    Some((Value::U64(u64::from(*sst)), slice_differentiator(sd)))
}

/// Rejected slices, with the cause of each.
pub(super) fn rejected(
    plain: Option<&NasRejectedNssai>,
    extended: Option<&NasExtendedRejectedNssai>,
    fields: &mut Fields,
) {
    let mut rows = Vec::new();
    plain.into_iter().for_each(|ie| rejected_items(&ie.value, &mut rows));
    extended.into_iter().for_each(|ie| rejected_lists(&ie.value, &mut rows));
    let (mut types, mut differentiators, mut causes) = (Vec::new(), Vec::new(), Vec::new());
    for ((sst, sd), cause) in rows {
        types.push(sst);
        differentiators.push(sd);
        causes.push(Value::U64(u64::from(cause)));
    }
    fields.set_all("fiveg.nas.rejected.sst", types);
    fields.set_all("fiveg.nas.rejected.sd", differentiators);
    fields.set_all("fiveg.nas.rejected.cause", causes);
}

type Rejected = ((Value, Value), u8);

/// Items of a length and a cause in one octet, then the slice, as long as there are some; returns what is left.
fn rejected_item<'a>(octets: &'a [u8], rows: &mut Vec<Rejected>) -> Option<&'a [u8]> {
    let (head, rest) = octets.split_first()?;
    let (item, rest) = rest.split_at_checked(usize::from(head >> 4))?;
    rows.push((snssai(item)?, head & 0x0f));
    Some(rest)
}

fn rejected_items(mut octets: &[u8], rows: &mut Vec<Rejected>) {
    while let Some(rest) = rejected_item(octets, rows) {
        octets = rest;
    }
}

/// Extended rejected NSSAI (9.11.3.75): partial lists, those of type 1 with a back-off timer.
fn rejected_lists(mut octets: &[u8], rows: &mut Vec<Rejected>) {
    while let Some((head, rest)) = octets.split_first() {
        let timer = usize::from(head >> 4 & 0x07 == 1);
        let Some(mut items) = rest.get(timer..) else { return };
        for _ in 0..=(head & 0x0f) {
            let Some(rest) = rejected_item(items, rows) else { return };
            items = rest;
        }
        octets = items;
    }
}
