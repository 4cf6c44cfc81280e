//! A light walk over a NAS message: what columns have of it, without building fields.
//!
//! As in `ngap::walk`, a message that is not of a usual form is decoded in full, and the walk never decides what is
//! malformed.

use oxirush_nas::nas_5gs::NasFGsMobileIdentity;

use super::{EPD_5GMM, EPD_5GSM, SECURITY_HEADER_OCTETS, apparent_type, identity, names, unprefixed};
use crate::columns::{Column, Draft};
use crate::message::{Fields, Value};
use crate::ngap::Ue;

/// Draft the rows of a message and of those in it.
pub(crate) fn walk(pdu: &[u8], ue: &Ue, draft: &mut Draft<'_>) {
    let mark = draft.mark();
    if message(pdu, ue, draft).is_none() {
        draft.back(mark);
        draft.nas(pdu, &ue.fields());
    }
}

fn message(pdu: &[u8], ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    match *pdu.first_chunk()? {
        [EPD_5GMM, 0] => plain(pdu, 0, ue, draft),
        [EPD_5GMM, header @ 1..=4] => protected(pdu, header, ue, draft),
        _ => None,
    }
}

fn protected(pdu: &[u8], header: u8, ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    let inner = pdu.get(SECURITY_HEADER_OCTETS..)?;
    let readable = apparent_type(inner).is_some_and(|kind| names::kind(inner.first().copied(), kind).is_some());
    match header {
        2 | 4 if !readable => {
            row("nas.protected", header, ue, draft);
            draft.number(Column::Ciphered, 1);
            if let Some(apparent) = apparent_type(inner).filter(|_| inner.first() == Some(&EPD_5GMM)) {
                draft.number(Column::NasMessageType, apparent.into());
            }
        }
        _ => plain(inner, header, ue, draft)?,
    }
    draft.number(Column::Mac, u32::from_be_bytes(*pdu.get(2..)?.first_chunk()?).into());
    draft.number(Column::Sequence, (*pdu.get(6)?).into());
    Some(())
}

fn row(kind: &'static str, header: u8, ue: &Ue, draft: &mut Draft<'_>) {
    draft.row(kind);
    ue.cells(draft);
    draft.number(Column::SecurityHeader, header.into());
    draft.name(Column::NasType, unprefixed(kind));
}

/// A plain message of 5GMM, of the types that there are many of.
fn plain(pdu: &[u8], header: u8, ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    let ([epd, 0, message_type], body) = pdu.split_first_chunk()? else { return None };
    let kind = names::kind(Some(*epd).filter(|epd| *epd == EPD_5GMM), *message_type)?;
    row(kind, header, ue, draft);
    match message_type {
        0x41 => registration_request(body, ue, draft),
        0x44 | 0x4d => cause(body, draft),
        0x4c => service_request(body, ue, draft),
        0x56 => authentication_request(body),
        0x57 => matches!(body, [0x2d, 16, response @ ..] if response.len() == 16).then_some(()),
        0x59 => match body {
            [_] => cause(body, draft),
            [number, 0x30, 14, auts @ ..] if auts.len() == 14 => cause(&[*number], draft),
            _ => None,
        },
        0x5d => security_mode_command(body, draft),
        0x43 | 0x46 | 0x48 | 0x4e | 0x55 | 0x58 => body.is_empty().then_some(()),
        _ => None,
    }
}

/// Nothing but a 5GMM cause.
fn cause(body: &[u8], draft: &mut Draft<'_>) -> Option<()> {
    let [cause] = body else { return None };
    draft.number(Column::NasCause, (*cause).into());
    Some(())
}

/// ngKSI and ABBA, then RAND and AUTN.
fn authentication_request(body: &[u8]) -> Option<()> {
    let ([_ngksi, length], rest) = body.split_first_chunk()?;
    let (abba, rest) = rest.split_at_checked((*length).into())?;
    let usual = rest.len() == 35 && rest.first() == Some(&0x21) && rest.get(17..19) == Some(&[0x20, 16]);
    (usual && abba.len() >= 2).then_some(())
}

fn security_mode_command(body: &[u8], draft: &mut Draft<'_>) -> Option<()> {
    let ([algorithms, _ngksi, length], rest) = body.split_first_chunk()?;
    let (capability, optional) = rest.split_at_checked((*length).into())?;
    if capability.len() < 2 {
        return None;
    }
    ies(optional, &[(0x57, 2)])?;
    let cipher = names::NEA.get(usize::from(algorithms >> 4));
    let integrity = names::NIA.get(usize::from(algorithms & 0x0f));
    if let (Some(cipher), Some(integrity)) = (cipher, integrity) {
        draft.name(Column::Cipher, cipher);
        draft.name(Column::Integrity, integrity);
    }
    Some(())
}

fn registration_request(body: &[u8], ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    let ([first, high, low], rest) = body.split_first_chunk()?;
    let (octets, optional) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
    ies(optional, &[(0x52, 7)])?;
    let kind = names::REGISTRATION_TYPES.get(usize::from(first & 0x07))?;
    draft.name(Column::RegistrationType, kind);
    identified(octets, ue, draft)
}

fn service_request(body: &[u8], ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    let ([first, high, low], rest) = body.split_first_chunk()?;
    let (octets, optional) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
    ies(optional, &[])?;
    if let Some(kind) = names::SERVICE_TYPES.get(usize::from(first >> 4)) {
        draft.name(Column::ServiceType, kind);
    }
    identified(octets, ue, draft)
}

/// The identity of a terminal, where it is one of its type.
fn identified(octets: &[u8], ue: &Ue, draft: &mut Draft<'_>) -> Option<()> {
    let valid = match octets {
        [0xf4, rest @ ..] => rest.len() == 6,
        [0xf2, rest @ ..] => rest.len() == 10 && digits(rest.first_chunk()?),
        [0x01, ..] => NasFGsMobileIdentity::new(octets.to_vec()).as_suci().is_some(),
        _ => false,
    };
    if !valid {
        return None;
    }
    let mut fields = Fields::default();
    if ue.knows_plmn() {
        fields.add("fiveg.plmn", Value::Str(""));
    }
    identity::mobile_identity(octets, &mut fields);
    fields.iter().skip(usize::from(ue.knows_plmn())).for_each(|(name, value)| draft.field(name, value));
    Some(())
}

/// The digits of a PLMN identity.
fn digits([first, second, third]: &[u8; 3]) -> bool {
    let digit = |half: u8| half <= 9;
    [first & 0x0f, first >> 4, second & 0x0f, third & 0x0f, third >> 4].into_iter().all(digit)
        && (digit(second >> 4) || second >> 4 == 0x0f)
}

/// Walk over optional IEs (TS 24.007, 11.2.4), of which those without a length are of one octet or in `fixed`; `None`
/// where one is cut short, would have to be understood, is an initial message in full that can be read, or a list of slices.
fn ies(mut octets: &[u8], fixed: &[(u8, usize)]) -> Option<()> {
    while let Some((iei, rest)) = octets.split_first() {
        let known = fixed.iter().find(|(known, _)| known == iei).map(|(_, length)| length - 1);
        let (value, behind) = match (known, iei) {
            (Some(length), _) => rest.split_at_checked(length)?,
            (_, 0x80..) => (&[][..], rest),
            (_, 0..0x10 | 0x7e | 0x7f) => return None,
            (_, 0x70..0x80) => {
                let ([high, low], rest) = rest.split_first_chunk()?;
                rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?
            }
            (_, 0x10..0x70) => {
                let (length, rest) = rest.split_first()?;
                rest.split_at_checked((*length).into())?
            }
        };
        if *iei == 0x2f || *iei == 0x71 && matches!(value, [EPD_5GMM | EPD_5GSM, ..]) {
            return None;
        }
        octets = behind;
    }
    Some(())
}
