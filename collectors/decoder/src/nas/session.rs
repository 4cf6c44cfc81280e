//! 5GSM messages (TS 24.501, 8.3): the session, its address, and the QoS that it is given.

use std::net::{IpAddr, Ipv4Addr};

use oxirush_nas::nas_5gs::{Nas5gsmMessage, NasGprsTimer3};

use super::slices::slice;
use super::{names, set_cause, timer_3};
use crate::identifiers::{hex_text, name};
use crate::message::{Fields, Value};

/// QoS flows kept of a message: a session has 64 at most.
const MAX_FLOWS: usize = 64;

pub(super) fn session(message: &Nas5gsmMessage, fields: &mut Fields) {
    use Nas5gsmMessage as M;
    let cause = match message {
        M::PduSessionEstablishmentRequest(m) => {
            m.pdu_session_type.iter().for_each(|ie| session_type(ie.value, fields));
            m.ssc_mode.iter().for_each(|ie| ssc_mode(ie.value, fields));
            None
        }
        M::PduSessionEstablishmentAccept(m) => {
            session_type(m.selected_pdu_session_type.value, fields);
            ssc_mode(m.selected_ssc_mode.value, fields);
            aggregate(&m.session_ambr.value, fields);
            let descriptions = m.authorized_qos_flow_descriptions.as_ref().map(|ie| &ie.value[..]);
            flows(descriptions, Some(&m.authorized_qos_rules.value), fields);
            m.pdu_address.iter().for_each(|ie| ue_address(&ie.value, fields));
            m.s_nssai.iter().for_each(|ie| slice(&ie.value, fields));
            m.dnn.iter().for_each(|ie| fields.set("fiveg.dnn", name(&ie.value)));
            m.fgsm_cause.as_ref()
        }
        M::PduSessionEstablishmentReject(m) => {
            back_off(m.back_off_timer_value.as_ref(), fields);
            Some(&m.fgsm_cause)
        }
        M::PduSessionModificationRequest(m) => {
            let descriptions = m.requested_qos_flow_descriptions.as_ref().map(|ie| &ie.value[..]);
            flows(descriptions, m.requested_qos_rules.as_ref().map(|ie| &ie.value[..]), fields);
            m.fgsm_cause.as_ref()
        }
        M::PduSessionModificationReject(m) => {
            back_off(m.back_off_timer_value.as_ref(), fields);
            Some(&m.fgsm_cause)
        }
        M::PduSessionModificationCommand(m) => {
            m.session_ambr.iter().for_each(|ie| aggregate(&ie.value, fields));
            let descriptions = m.authorized_qos_flow_descriptions.as_ref().map(|ie| &ie.value[..]);
            flows(descriptions, m.authorized_qos_rules.as_ref().map(|ie| &ie.value[..]), fields);
            m.fgsm_cause.as_ref()
        }
        M::PduSessionModificationCommandReject(m) => Some(&m.fgsm_cause),
        M::PduSessionReleaseRequest(m) => m.fgsm_cause.as_ref(),
        M::PduSessionReleaseReject(m) => Some(&m.fgsm_cause),
        M::PduSessionReleaseCommand(m) => {
            back_off(m.back_off_timer_value.as_ref(), fields);
            Some(&m.fgsm_cause)
        }
        M::PduSessionReleaseComplete(m) => m.fgsm_cause.as_ref(),
        M::FiveGsmStatus(m) => Some(&m.fgsm_cause),
        _ => None,
    };
    if let Some(cause) = cause {
        set_cause(cause.value, names::session_cause(cause.value), fields);
    }
}

fn session_type(value: u8, fields: &mut Fields) {
    match names::SESSION_TYPES.get(usize::from(value & 0x07)) {
        Some(&name) if !name.is_empty() => fields.set("fiveg.pdu_session.type", Value::Str(name)),
        _ => {}
    }
}

/// PDU address (9.11.4.10). Of an IPv6 session it has the interface identifier only, which is no address.
fn ue_address(octets: &[u8], fields: &mut Fields) {
    let Some((kind, address)) = octets.split_first() else { return };
    let v4 = match kind & 0x07 {
        1 => address.first_chunk::<4>(),
        3 => address.get(8..).and_then(|octets| octets.first_chunk::<4>()),
        _ => None,
    };
    if let (2 | 3, Some(identifier)) = (kind & 0x07, address.first_chunk::<8>()) {
        fields.set("fiveg.pdu_session.interface_id", hex_text(identifier));
    }
    if let Some(octets) = v4 {
        fields.set("fiveg.pdu_session.ue_ip", Value::Ip(IpAddr::V4(Ipv4Addr::from(*octets))));
    }
}

/// SSC mode (9.11.4.16).
fn ssc_mode(value: u8, fields: &mut Fields) {
    fields.set("fiveg.pdu_session.ssc_mode", Value::U64(u64::from(value & 0x07)));
}

fn back_off(timer: Option<&NasGprsTimer3>, fields: &mut Fields) {
    timer.into_iter().for_each(|timer| timer_3("fiveg.nas.timer.back_off", &timer.value, fields));
}

/// Session-AMBR (9.11.4.14), in bits per second.
fn aggregate(octets: &[u8], fields: &mut Fields) {
    let Some([down_unit, d1, d2, up_unit, u1, u2]) = octets.first_chunk().copied() else { return };
    for (field, unit, value) in [
        ("fiveg.pdu_session.ambr_dl", down_unit, u16::from_be_bytes([d1, d2])),
        ("fiveg.pdu_session.ambr_ul", up_unit, u16::from_be_bytes([u1, u2])),
    ] {
        if let Some(rate) = bit_rate(unit, value) {
            fields.set(field, Value::U64(rate));
        }
    }
}

/// Units are 1, 4, 16, 64 and 256 kilobits per second, then the same with mega, giga, tera and peta.
fn bit_rate(unit: u8, value: u16) -> Option<u64> {
    let step = u32::from(unit.checked_sub(1)?);
    let unit = 1000_u64.checked_pow(step / 5 + 1)?.checked_mul(4_u64.pow(step % 5))?;
    unit.checked_mul(u64::from(value))
}

/// QoS flows, of their descriptions with the 5QI, and of the rules.
fn flows(descriptions: Option<&[u8]>, rules: Option<&[u8]>, fields: &mut Fields) {
    let mut rows: Vec<(u8, Option<u8>)> = Vec::new();
    descriptions.into_iter().for_each(|octets| described(octets, &mut rows));
    rules.into_iter().for_each(|octets| ruled(octets, &mut rows));
    fields.set_all("fiveg.pdu_session.qfi", rows.iter().map(|(qfi, _)| Value::U64(u64::from(*qfi))).collect());
    let classes = rows.iter().filter_map(|(_, class)| class.map(|class| Value::U64(u64::from(class))));
    fields.set_all("fiveg.pdu_session.5qi", classes.collect());
}

/// QoS flow descriptions (9.11.4.12): a flow, an operation, and so many parameters behind their lengths.
fn described(mut octets: &[u8], rows: &mut Vec<(u8, Option<u8>)>) {
    while let Some(([flow, _, count], mut rest)) = octets.split_first_chunk().map(|(head, rest)| (*head, rest)) {
        let mut class = None;
        for _ in 0..(count & 0x3f) {
            let Some(([id, length], after)) = rest.split_first_chunk().map(|(head, after)| (*head, after)) else {
                return;
            };
            let Some((content, after)) = after.split_at_checked(usize::from(length)) else { return };
            if id == 1 {
                class = content.first().copied();
            }
            rest = after;
        }
        if rows.len() < MAX_FLOWS {
            rows.push((flow & 0x3f, class));
        }
        octets = rest;
    }
}

/// QoS rules (9.11.4.13): the last octet of a rule that is created names its flow.
fn ruled(mut octets: &[u8], rows: &mut Vec<(u8, Option<u8>)>) {
    while let Some(([_, high, low], rest)) = octets.split_first_chunk().map(|(head, rest)| (*head, rest)) {
        let Some((rule, after)) = rest.split_at_checked(usize::from(u16::from_be_bytes([high, low]))) else { return };
        if let ([operation, _, .., flow], true) = (rule, rows.len() < MAX_FLOWS)
            && operation >> 5 == 1
            && !rows.iter().any(|(known, _)| *known == flow & 0x3f)
        {
            rows.push((flow & 0x3f, None));
        }
        octets = after;
    }
}
