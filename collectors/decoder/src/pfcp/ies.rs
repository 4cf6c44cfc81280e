//! The values of PFCP IEs, TS 29.244 clause 8.2.

use std::net::IpAddr;

use super::columns::Column;
use super::names::{self, named};
use super::{
    CREATE_PDR, CREATE_QER, CREATE_URR, CREATED_PDR, DUPLICATING, ERROR_INDICATION, PDI, REMOVE_QER, REMOVE_URR,
    Reading, UPDATE_DUPLICATING, UPDATE_PDR, UPDATE_QER, UPDATE_URR, array,
};
use crate::identifiers::{hex_id, hex_text, name, slice_differentiator, tbcd, teid, text};
use crate::message::Value;

/// Seconds from 1900, the epoch of NTP, to 1970.
const NTP_TO_UNIX: u64 = 2_208_988_800;
/// Octets kept of a bit field that is shown as it is.
const MAX_FEATURES: usize = 16;

impl Reading {
    /// Read an IE that is not grouped; `None` when its value is too short for what it says it holds.
    pub(super) fn ie(&mut self, id: u16, value: &[u8], group: u16) -> Option<()> {
        match id {
            19 => self.cause(byte(value, 0)?),
            20 => self.place(Column::PdrSource, interface(byte(value, 0)?, &names::SOURCE_INTERFACES)),
            21 => self.f_teid(value, group)?,
            22 => self.columns.keep_new(Column::Network, name(value)),
            39 => self.columns.flags(Column::Report, bits(value)?, &names::REPORT_TYPES),
            40 => {
                self.fields.set("fiveg.pfcp.offending_ie", Value::U64(u64::from(u16::from_be_bytes(array(value, 0)?))))
            }
            42 => self.destination(byte(value, 0)?, group),
            38 => self.redirect(value)?,
            44 => self.columns.flags(Column::Apply, bits(value)?, &names::APPLY_ACTIONS),
            56 => self.columns.keep(Column::PdrId, Value::U64(u64::from(u16::from_be_bytes(array(value, 0)?)))),
            57 => self.f_seid(value)?,
            60 => self.node_id(value)?,
            84 => self.outer_header(value, group)?,
            93 => self.ue_address(value, group)?,
            96 => self.fields.set("fiveg.pfcp.recovery_time", time(u32_at(value, 0)?)),
            108 => self.far(u32_at(value, 0)?, group),
            113 => self.pdn_type(byte(value, 0)?),
            124 => self.columns.keep_new(Column::Qfi, Value::U64(u64::from(byte(value, 0)? & 0x3f))),
            141 => self.user_id(value)?,
            153 | 155 => self.columns.keep_new(Column::FramedRoute, Value::Text(text(value).into())),
            159 => self.fields.set("fiveg.dnn", name(value)),
            257 => self.snssai(value)?,
            _ => return self.of_rules(id, value, group),
        }
        Some(())
    }

    /// What else rules say: filters, rates, thresholds; and what is reported of them.
    fn of_rules(&mut self, id: u16, value: &[u8], group: u16) -> Option<()> {
        match id {
            23 => self.sdf_filter(value)?,
            24 => self.columns.keep_new(Column::Application, Value::Text(text(value).into())),
            25 => self.gates(byte(value, 0)?),
            26 => self.rates(value, Column::MbrUl, Column::MbrDl)?,
            27 => self.rates(value, Column::GbrUl, Column::GbrDl)?,
            29 if in_pdr(group) => self.columns.keep(Column::PdrPrecedence, Value::U64(u32_at(value, 0)?.into())),
            31 => self.volume(value, Column::UrrVolumeThreshold)?,
            32 => self.columns.keep(Column::UrrTimeThreshold, Value::U64(u32_at(value, 0)?.into())),
            37 => self.columns.flags(Column::UrrTrigger, bits(value)?, &names::REPORTING_TRIGGERS),
            62 => self.columns.flags(Column::UrrMethod, bits(value)?, &names::MEASUREMENT_METHODS),
            63 => self.columns.flags(Column::ReportTrigger, bits(value)?, &names::USAGE_TRIGGERS),
            66 => self.measured(value)?,
            67 => self.columns.keep(Column::ReportDuration, Value::U64(u32_at(value, 0)?.into())),
            73 => self.volume(value, Column::UrrVolumeQuota)?,
            81 => self.urr(u32_at(value, 0)?, group),
            95 if in_pdr(group) => self.columns.keep(Column::PdrOuterRemoval, Value::U64(byte(value, 0)?.into())),
            109 if matches!(group, CREATE_QER | UPDATE_QER | REMOVE_QER) => {
                self.columns.keep(Column::QerId, Value::U64(u32_at(value, 0)?.into()));
            }
            _ => return self.of_nodes(id, value),
        }
        Some(())
    }

    /// What is said of nodes, of paths, and of sessions as a whole.
    fn of_nodes(&mut self, id: u16, value: &[u8]) -> Option<()> {
        match id {
            43 => self.fields.set("fiveg.pfcp.up_features", features(value)),
            45 => self.downlink_service(value)?,
            61 => self.pfd(value)?,
            88 => self.columns.keep_new(Column::BarId, Value::U64(byte(value, 0)?.into())),
            89 => self.fields.set("fiveg.pfcp.cp_features", features(value)),
            101 => self.columns.flags(Column::NodeReport, bits(value)?, &names::NODE_REPORTS),
            103 => self.remote_peer(value)?,
            114 => self.failed_rule(value)?,
            117 => self.fields.set("fiveg.pfcp.inactivity_timer", Value::U64(u32_at(value, 0)?.into())),
            _ => {}
        }
        Some(())
    }

    fn place(&mut self, column: Column, value: Value) {
        self.columns.place(column, self.before, value);
    }

    fn cause(&mut self, cause: u8) {
        self.fields.set("fiveg.pfcp.cause", Value::U64(u64::from(cause)));
        if let Some(name) = named(&names::CAUSES, cause) {
            self.fields.set("fiveg.pfcp.cause_name", Value::Str(name));
        }
    }

    fn f_teid(&mut self, value: &[u8], group: u16) -> Option<()> {
        let flags = byte(value, 0)?;
        if flags & 0x04 != 0 {
            self.fields.set("fiveg.pfcp.f_teid.choose", Value::Bool(true));
            return Some(());
        }
        let pair = (teid(array(value, 1)?), address(value, 5, flags & 0x01 != 0, flags & 0x02 != 0)?);
        // In an Error Indication Report, the F-TEID is not the UPF's own.
        match group {
            PDI | CREATED_PDR | 127 | 128 => self.columns.keep_pair((Column::Teid, Column::TeidAddress), pair),
            ERROR_INDICATION => self.columns.keep_pair((Column::ErrorTeid, Column::ErrorAddress), pair),
            _ => {}
        }
        Some(())
    }

    fn f_seid(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        let seid = u64::from_be_bytes(array(value, 1)?);
        self.fields.set("fiveg.pfcp.f_seid.seid", hex_id(seid, 16));
        if let address @ Value::Ip(_) = address(value, 9, flags & 0x02 != 0, flags & 0x01 != 0)? {
            self.fields.set("fiveg.pfcp.f_seid.address", address);
        }
        Some(())
    }

    fn node_id(&mut self, value: &[u8]) -> Option<()> {
        let node = match byte(value, 0)? & 0x0f {
            0 => Value::Ip(IpAddr::from(array::<4>(value, 1)?)),
            1 => Value::Ip(IpAddr::from(array::<16>(value, 1)?)),
            _ => name(value.get(1..)?),
        };
        self.fields.set("fiveg.pfcp.node_id", node);
        Some(())
    }

    fn destination(&mut self, octet: u8, group: u16) {
        let interface = interface(octet, &names::DESTINATION_INTERFACES);
        match group {
            DUPLICATING | UPDATE_DUPLICATING => self.columns.keep(Column::DuplicatingDestination, interface),
            _ => self.place(Column::FarDestination, interface),
        }
    }

    fn outer_header(&mut self, value: &[u8], group: u16) -> Option<()> {
        let [kinds, _] = array(value, 0)?;
        let tunnel = kinds & 0x03 != 0;
        let number = if tunnel { teid(array(value, 2)?) } else { Value::Str("") };
        let at = if tunnel { 6 } else { 2 };
        let address = address(value, at, kinds & 0x15 != 0, kinds & 0x2a != 0)?;
        let (teids, addresses) = match group {
            DUPLICATING | UPDATE_DUPLICATING => (Column::DuplicatingTeid, Column::DuplicatingAddress),
            _ => (Column::OuterTeid, Column::OuterAddress),
        };
        self.columns.keep(teids, number);
        self.columns.keep(addresses, address);
        Some(())
    }

    fn ue_address(&mut self, value: &[u8], group: u16) -> Option<()> {
        let flags = byte(value, 0)?;
        let mut at = 1;
        if flags & 0x02 != 0 {
            self.ue(IpAddr::from(array::<4>(value, at)?), group);
            at += 4;
        }
        if flags & 0x01 != 0 {
            self.ue(IpAddr::from(array::<16>(value, at)?), group);
        }
        Some(())
    }

    fn ue(&mut self, address: IpAddr, group: u16) {
        if matches!(group, PDI | CREATED_PDR | 127 | 128) {
            self.columns.keep_new(Column::UeAddress, Value::Ip(address));
        }
    }

    fn far(&mut self, id: u32, group: u16) {
        // A PDR names its FAR too: that is a reference, and the rule itself is elsewhere.
        match in_pdr(group) {
            true => self.columns.keep(Column::PdrFar, Value::U64(id.into())),
            false => self.columns.keep(Column::FarId, Value::U64(id.into())),
        }
    }

    fn urr(&mut self, id: u32, group: u16) {
        match group {
            CREATE_URR | UPDATE_URR | REMOVE_URR => self.columns.keep(Column::UrrId, Value::U64(id.into())),
            78..=80 => self.columns.keep(Column::ReportUrr, Value::U64(id.into())),
            _ => {}
        }
    }

    fn pdn_type(&mut self, value: u8) {
        if let Some(name) = named(&names::PDN_TYPES, value & 0x07) {
            self.fields.set("fiveg.pdu_session.type", Value::Str(name));
        }
    }

    fn redirect(&mut self, value: &[u8]) -> Option<()> {
        let server = sized(value, 1)?.0;
        self.fields.set("fiveg.pfcp.redirect_address", Value::Text(text(server).into()));
        Some(())
    }

    /// The flow description of an SDF filter (8.2.5). One that has none, or that ends early, is shown as it is.
    fn sdf_filter(&mut self, value: &[u8]) -> Option<()> {
        if byte(value, 0)? & 0x01 != 0 {
            let flow = sized(value, 2)?.0;
            self.columns.keep_new(Column::SdfFilter, Value::Text(text(flow).into()));
        }
        Some(())
    }

    /// Gate Status (8.2.7): two bits for each direction.
    fn gates(&mut self, octet: u8) {
        let gate = |bits: u8| Value::Str(if bits & 0x03 == 0 { "open" } else { "closed" });
        self.place(Column::GateUl, gate(octet >> 2));
        self.place(Column::GateDl, gate(octet));
    }

    /// Bit rates in kilobits per second, of 40 bits each: uplink, downlink.
    fn rates(&mut self, value: &[u8], uplink: Column, downlink: Column) -> Option<()> {
        let rate = |octets: [u8; 5]| Value::U64(octets.iter().fold(0, |rate, octet| rate << 8 | u64::from(*octet)));
        let (up, down) = (rate(array(value, 0)?), rate(array(value, 5)?));
        self.columns.keep(uplink, up);
        self.columns.keep(downlink, down);
        Some(())
    }

    /// A volume of octets (8.2.13, 8.2.50): the total, or else what there is.
    fn volume(&mut self, value: &[u8], column: Column) -> Option<()> {
        let [total, uplink, downlink] = volumes(value)?;
        if let Some(volume) = total.or(uplink).or(downlink) {
            self.columns.keep(column, Value::U64(volume));
        }
        Some(())
    }

    fn measured(&mut self, value: &[u8]) -> Option<()> {
        let columns = [Column::ReportTotal, Column::ReportUplink, Column::ReportDownlink];
        for (column, volume) in columns.into_iter().zip(volumes(value)?) {
            if let Some(volume) = volume {
                self.columns.keep(column, Value::U64(volume));
            }
        }
        Some(())
    }

    /// Downlink Data Service Information (8.2.27): a paging policy, then the QoS flow.
    fn downlink_service(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        if flags & 0x02 != 0 {
            let qfi = byte(value, if flags & 0x01 == 0 { 1 } else { 2 })? & 0x3f;
            self.columns.keep_new(Column::Qfi, Value::U64(qfi.into()));
        }
        Some(())
    }

    /// PFD Contents (8.2.39): a flow description, a URL and a domain name, each behind its length.
    fn pfd(&mut self, value: &[u8]) -> Option<()> {
        let (flags, mut at) = (byte(value, 0)?, 2);
        for bit in 0..3 {
            if flags >> bit & 1 == 1 {
                let (content, end) = sized(value, at)?;
                self.columns.keep_new(Column::SdfFilter, Value::Text(text(content).into()));
                at = end;
            }
        }
        Some(())
    }

    fn remote_peer(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        let peer = address(value, 1, flags & 0x02 != 0, flags & 0x01 != 0)?;
        self.columns.keep_new(Column::RemotePeer, peer);
        Some(())
    }

    /// Failed Rule ID (8.2.80): the type of the rule, then its id, as long as that of the type.
    fn failed_rule(&mut self, value: &[u8]) -> Option<()> {
        let (kind, id) = value.split_first()?;
        let name = names::RULES.get(usize::from(kind & 0x1f)).copied().unwrap_or("rule");
        let id = id.iter().take(8).fold(0, |id, octet| id << 8 | u64::from(*octet));
        self.columns.keep_new(Column::FailedRule, Value::Text(format!("{name}:{id}").into()));
        Some(())
    }

    fn user_id(&mut self, value: &[u8]) -> Option<()> {
        let flags = byte(value, 0)?;
        let mut rest = value.get(1..)?;
        for bit in 0..7_u8 {
            if flags >> bit & 1 == 0 {
                continue;
            }
            let (length, after) = rest.split_first()?;
            let (identity, after) = after.split_at_checked(usize::from(*length))?;
            self.identity(bit, identity);
            rest = after;
        }
        Some(())
    }

    /// One identity of the User ID, by the place of its flag (8.2.101).
    fn identity(&mut self, bit: u8, octets: &[u8]) {
        let (field, digits) = match bit {
            0 => ("fiveg.supi", tbcd(octets)),
            1 => ("fiveg.pei", tbcd(octets)),
            2 => ("fiveg.gpsi", tbcd(octets)),
            4 => ("fiveg.supi", unprefixed(octets)),
            5 => ("fiveg.gpsi", unprefixed(octets)),
            6 => ("fiveg.pei", unprefixed(octets)),
            _ => return,
        };
        if self.fields.get(field).is_none() {
            self.fields.add(field, Value::Text(digits.into()));
        }
    }

    fn snssai(&mut self, value: &[u8]) -> Option<()> {
        let [sst, sd @ ..]: [u8; 4] = array(value, 0)?;
        self.fields.set("fiveg.snssai.sst", Value::U64(u64::from(sst)));
        self.fields.set("fiveg.snssai.sd", slice_differentiator(Some(sd)));
        Some(())
    }
}

fn in_pdr(group: u16) -> bool {
    matches!(group, CREATE_PDR | UPDATE_PDR)
}

fn byte(octets: &[u8], at: usize) -> Option<u8> {
    octets.get(at).copied()
}

fn u32_at(octets: &[u8], at: usize) -> Option<u32> {
    array(octets, at).map(u32::from_be_bytes)
}

/// What stands behind a length of two octets at `at`, and where it ends.
fn sized(octets: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let end = at + 2 + usize::from(u16::from_be_bytes(array(octets, at)?));
    Some((octets.get(at + 2..end)?, end))
}

/// Flags in octets, the first of which has the lowest.
fn bits(octets: &[u8]) -> Option<u32> {
    octets.first()?;
    Some(octets.iter().take(4).zip([0, 8, 16, 24]).fold(0, |bits, (octet, shift)| bits | u32::from(*octet) << shift))
}

/// Total, uplink and downlink, as far as the flags say that they are there.
fn volumes(octets: &[u8]) -> Option<[Option<u64>; 3]> {
    let (flags, mut at) = (byte(octets, 0)?, 1);
    let mut volumes = [None; 3];
    for (bit, volume) in volumes.iter_mut().enumerate() {
        if flags >> bit & 1 == 1 {
            *volume = Some(u64::from_be_bytes(array(octets, at)?));
            at += 8;
        }
    }
    Some(volumes)
}

/// A time of NTP as seconds since 1970.
fn time(seconds: u32) -> Value {
    // The 32 bits of NTP wrap in 2036; what lies before 1970 is of the next era.
    let seconds = u64::from(seconds);
    let era = if seconds < NTP_TO_UNIX { 1 << 32 } else { 0 };
    Value::U64(seconds + era - NTP_TO_UNIX)
}

fn features(octets: &[u8]) -> Value {
    hex_text(octets.get(..MAX_FEATURES).unwrap_or(octets))
}

/// The IPv4 address at `at`, else the IPv6 address, else an empty string; `None` when the octets end before it.
fn address(octets: &[u8], at: usize, v4: bool, v6: bool) -> Option<Value> {
    Some(match (v4, v6) {
        (true, _) => Value::Ip(IpAddr::from(array::<4>(octets, at)?)),
        (false, true) => Value::Ip(IpAddr::from(array::<16>(octets, at)?)),
        (false, false) => Value::Str(""),
    })
}

fn interface(octet: u8, names: &[&'static str]) -> Value {
    Value::Str(names.get(usize::from(octet & 0x0f)).copied().unwrap_or("other"))
}

/// The digits of an identity that is written as `imsi-…`, `msisdn-…`, `imei-…`.
fn unprefixed(octets: &[u8]) -> String {
    let text = text(octets);
    match text.split_once('-') {
        Some(("imsi" | "msisdn" | "imei" | "imeisv", digits)) => digits.into(),
        _ => text,
    }
}
