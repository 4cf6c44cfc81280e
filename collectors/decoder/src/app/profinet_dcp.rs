//! PROFINET DCP, IEC 61158-6-10: devices found, named and addressed, right on Ethernet.
//!
//! Theory of operation: the FrameID tells DCP from the cyclic data and alarms that share the EtherType. A frame is a header
//! and blocks, each an option and a suboption; what stands before a block's value depends on the service: a set request has
//! a qualifier there, an answer has block information, a get request has no values at all.

use super::FrameProtocol;
use crate::identifiers::head;
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, Malformed, ipv4_at, malformed, u16_at};

pub static PROTOCOL: FrameProtocol =
    FrameProtocol { name: "profinet_dcp", malformed: "profinet_dcp.malformed", ethertypes: &[0x8892], read };

/// FrameIDs of hello, get and set, identify request and response.
const HELLO_TO_IDENTIFY: std::ops::RangeInclusive<u16> = 0xfefc..=0xfeff;
const GET: u8 = 3;
const SET: u8 = 4;
const IDENTIFY: u8 = 5;
const HELLO: u8 = 6;
/// Octets told of a text; a name of a station has 240 at most.
const MOST_TEXT: usize = 240;
/// Options told of one frame.
const MOST_OPTIONS: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Service {
    id: u8,
    response: bool,
}

fn read(octets: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
    let mut at = Cursor::new(octets);
    let Some(frame_id) = at.u16() else { return Ok(()) };
    if !HELLO_TO_IDENTIFY.contains(&frame_id) {
        return Ok(());
    }
    let mut message = Message::new("");
    let (service, length) =
        header(&mut at, &mut message.fields).ok_or(malformed("the frame ends inside the header", octets.len()))?;
    let (kind, function, operation) = names(service).ok_or(malformed("no service of DCP", 2))?;
    message.kind = kind;
    message.fields.set("ot.function", Value::Str(function));
    message.fields.set("ot.operation", Value::Str(operation));
    let mut blocks = at.within(length).ok_or(malformed("the frame is shorter than its length", 10))?;
    let mut options = Vec::new();
    while !blocks.rest().is_empty() {
        let start = blocks.at();
        block(&mut blocks, service, &mut options, &mut message.fields)
            .ok_or(malformed("a block is longer than what holds it, or too short", start))?;
    }
    message.fields.set_all("profinet_dcp.option", options);
    out.push(message);
    Ok(())
}

/// The header behind the FrameID: the service, and how many octets of blocks there are.
fn header(at: &mut Cursor, fields: &mut Fields) -> Option<(Service, usize)> {
    let (id, kind, xid, _delay) = (at.u8()?, at.u8()?, at.u32()?, at.u16()?);
    let response = kind & 0x01 != 0;
    fields.set("ot.function_code", Value::U64(u64::from(id)));
    fields.set("ot.direction", Value::Str(if response { "response" } else { "request" }));
    fields.set("ot.transaction_id", Value::U64(u64::from(xid)));
    if response {
        let status = if kind & 0x04 == 0 { "success" } else { "service_not_supported" };
        fields.set("ot.status", Value::Str(status));
    }
    Some((Service { id, response }, usize::from(at.u16()?)))
}

fn names(service: Service) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match (service.id, service.response) {
        (GET, false) => ("profinet_dcp.get_request", "get", "read"),
        (GET, true) => ("profinet_dcp.get_response", "get", "read"),
        (SET, false) => ("profinet_dcp.set_request", "set", "write"),
        (SET, true) => ("profinet_dcp.set_response", "set", "write"),
        (IDENTIFY, false) => ("profinet_dcp.identify_request", "identify", "discover"),
        (IDENTIFY, true) => ("profinet_dcp.identify_response", "identify", "discover"),
        (HELLO, false) => ("profinet_dcp.hello_request", "hello", "discover"),
        _ => return None,
    })
}

fn block(at: &mut Cursor, service: Service, options: &mut Vec<Value>, fields: &mut Fields) -> Option<()> {
    let (option, suboption) = (at.u8()?, at.u8()?);
    if options.len() < MOST_OPTIONS {
        options.push(Value::Str(option_name(option, suboption)));
    }
    if service == (Service { id: GET, response: false }) {
        return Some(()); // only what is asked for
    }
    let length = usize::from(at.u16()?);
    let mut value = at.within(length)?;
    if length % 2 == 1 && !at.rest().is_empty() {
        at.take(1)?;
    }
    if (option, suboption) == (5, 4) {
        return answer(&mut value, fields);
    }
    match (service.id, service.response) {
        (IDENTIFY, false) => {} // a filter has its value right there
        (SET, false) => qualifier(value.u16()?, option, suboption, fields),
        _ => drop(value.u16()?), // block information
    }
    tell(option, suboption, value.rest(), fields)
}

/// A qualifier says whether what is set outlasts a restart, and in a reset what is to be reset.
fn qualifier(value: u16, option: u8, suboption: u8, fields: &mut Fields) {
    match (option, suboption) {
        (5, 5 | 6) => fields.set("profinet_dcp.reset_qualifier", Value::U64(u64::from(value))),
        (1 | 2, _) => fields.set("profinet_dcp.permanent", Value::Bool(value & 1 != 0)),
        _ => {}
    }
}

/// What became of one block of a set request.
fn answer(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    let (option, suboption, error) = (at.u8()?, at.u8()?, at.u8()?);
    let failed = !matches!(fields.get("ot.status"), None | Some(Value::Str("success")));
    if !failed {
        fields.set("ot.status", Value::Str(error_name(error)));
    }
    fields.set("profinet_dcp.answered_option", Value::Str(option_name(option, suboption)));
    Some(())
}

fn tell(option: u8, suboption: u8, value: &[u8], fields: &mut Fields) -> Option<()> {
    match (option, suboption) {
        (1, 2 | 3) => {
            fields.set("profinet_dcp.ip", Value::Ip(ipv4_at(value, 0)?));
            fields.set("profinet_dcp.netmask", Value::Ip(ipv4_at(value, 4)?));
            fields.set("profinet_dcp.gateway", Value::Ip(ipv4_at(value, 8)?));
        }
        (2, 1) => fields.set("profinet_dcp.type_of_station", head(value, MOST_TEXT)),
        (2, 2) => fields.set("profinet_dcp.name_of_station", head(value, MOST_TEXT)),
        (2, 3) => {
            fields.set("profinet_dcp.vendor_id", Value::U64(u64::from(u16_at(value, 0)?)));
            fields.set("profinet_dcp.device_id", Value::U64(u64::from(u16_at(value, 2)?)));
        }
        (2, 4) => fields.set("profinet_dcp.device_role", Value::U64(u64::from(*value.first()?))),
        (2, 6) => fields.set("profinet_dcp.alias_name", head(value, MOST_TEXT)),
        _ => {}
    }
    Some(())
}

fn option_name(option: u8, suboption: u8) -> &'static str {
    match (option, suboption) {
        (1, 1) => "ip/mac_address",
        (1, 2) => "ip/ip_parameter",
        (1, 3) => "ip/full_ip_suite",
        (2, 1) => "device_properties/type_of_station",
        (2, 2) => "device_properties/name_of_station",
        (2, 3) => "device_properties/device_id",
        (2, 4) => "device_properties/device_role",
        (2, 5) => "device_properties/device_options",
        (2, 6) => "device_properties/alias_name",
        (2, 7) => "device_properties/device_instance",
        (2, 8) => "device_properties/oem_device_id",
        (2, 9) => "device_properties/standard_gateway",
        (2, 10) => "device_properties/rsi_properties",
        (3, _) => "dhcp",
        (5, 1) => "control/start",
        (5, 2) => "control/stop",
        (5, 3) => "control/signal",
        (5, 4) => "control/response",
        (5, 5) => "control/factory_reset",
        (5, 6) => "control/reset_to_factory",
        (6, 1) => "device_initiative",
        (0x80..=0xfe, _) => "manufacturer_specific",
        (0xff, 0xff) => "all",
        _ => "unknown",
    }
}

fn error_name(code: u8) -> &'static str {
    match code {
        0 => "success",
        1 => "option_not_supported",
        2 => "suboption_not_supported_or_no_dataset_available",
        3 => "suboption_not_set",
        4 => "resource_error",
        5 => "set_not_possible_by_local_reasons",
        6 => "in_operation_set_not_possible",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::app::testing::mutants;

    /// A frame behind the EtherType, padded as Ethernet asks: FrameID, service, type, xid 0x01020304, blocks.
    fn frame(frame_id: u16, service: u8, kind: u8, blocks: &[u8]) -> Vec<u8> {
        let mut octets = [&frame_id.to_be_bytes()[..], &[service, kind, 1, 2, 3, 4, 0, 0]].concat();
        octets.extend((blocks.len() as u16).to_be_bytes());
        octets.extend(blocks);
        octets.resize(octets.len().max(46), 0);
        octets
    }

    fn set_name() -> Vec<u8> {
        frame(0xfefd, SET, 0, &[2, 2, 0, 7, 0, 1, b'p', b'l', b'c', b'-', b'7', 0])
    }

    fn identify_response() -> Vec<u8> {
        let name = [2, 2, 0, 6, 0, 0, b'p', b'l', b'c', b'1'];
        let id = [2, 3, 0, 6, 0, 0, 0x00, 0x2a, 0x01, 0x0d];
        let role = [2, 4, 0, 4, 0, 0, 2, 0];
        let ip = [1, 2, 0, 14, 0, 1, 10, 0, 0, 7, 255, 255, 255, 0, 10, 0, 0, 1];
        frame(0xfeff, IDENTIFY, 1, &[&name[..], &id, &role, &ip].concat())
    }

    fn told(octets: &[u8]) -> Result<Vec<Message>, Malformed> {
        let mut out = Vec::new();
        read(octets, &mut out).map(|()| out)
    }

    fn one(octets: &[u8]) -> Message {
        let mut messages = told(octets).unwrap();
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }

    #[test]
    fn a_set_of_a_name_is_told() {
        let message = one(&set_name());
        assert_eq!(message.kind, "profinet_dcp.set_request");
        for (field, expected) in [
            ("ot.operation", Value::Str("write")),
            ("ot.transaction_id", Value::U64(0x0102_0304)),
            ("profinet_dcp.option", Value::Str("device_properties/name_of_station")),
            ("profinet_dcp.name_of_station", Value::Text("plc-7".into())),
            ("profinet_dcp.permanent", Value::Bool(true)),
        ] {
            assert_eq!(message.fields.get(field), Some(&expected), "{field}");
        }
    }

    #[test]
    fn a_factory_reset_is_told() {
        let message = one(&frame(0xfefd, SET, 0, &[5, 6, 0, 2, 0, 4]));
        assert_eq!(message.fields.get("profinet_dcp.option"), Some(&Value::Str("control/reset_to_factory")));
        assert_eq!(message.fields.get("profinet_dcp.reset_qualifier"), Some(&Value::U64(4)));
    }

    #[test]
    fn a_set_response_says_what_became_of_it() {
        let message = one(&frame(0xfefd, SET, 1, &[5, 4, 0, 3, 2, 2, 6, 0]));
        assert_eq!(message.kind, "profinet_dcp.set_response");
        assert_eq!(message.fields.get("ot.status"), Some(&Value::Str("in_operation_set_not_possible")));
        let message = one(&frame(0xfefd, SET, 5, &[]));
        assert_eq!(message.fields.get("ot.status"), Some(&Value::Str("service_not_supported")));
    }

    #[test]
    fn devices_found_are_told() {
        let request = one(&frame(0xfefe, IDENTIFY, 0, &[0xff, 0xff, 0, 0]));
        assert_eq!(request.kind, "profinet_dcp.identify_request");
        assert_eq!(request.fields.get("profinet_dcp.option"), Some(&Value::Str("all")));
        let response = one(&identify_response());
        for (field, expected) in [
            ("profinet_dcp.name_of_station", Value::Text("plc1".into())),
            ("profinet_dcp.vendor_id", Value::U64(0x2a)),
            ("profinet_dcp.device_id", Value::U64(0x010d)),
            ("profinet_dcp.device_role", Value::U64(2)),
            ("profinet_dcp.ip", Value::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 7)))),
            ("profinet_dcp.gateway", Value::Ip(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)))),
        ] {
            assert_eq!(response.fields.get(field), Some(&expected), "{field}");
        }
    }

    #[test]
    fn a_get_request_names_options_only() {
        let message = one(&frame(0xfefd, GET, 0, &[2, 2, 1, 2]));
        let options = ["device_properties/name_of_station", "ip/ip_parameter"].map(Value::Str);
        assert_eq!(message.fields.get("profinet_dcp.option"), Some(&Value::List(options.into())));
    }

    #[test]
    fn cyclic_data_is_quiet() {
        assert_eq!(told(&[0x80, 0x00, 1, 2, 3]), Ok(Vec::new()));
        assert_eq!(told(&[0xfc, 0x01, 1, 2, 3]), Ok(Vec::new()));
    }

    #[test]
    fn lengths_that_lie_are_malformed() {
        assert_eq!(told(&set_name()[..8]).unwrap_err().reason, "the frame ends inside the header");
        assert_eq!(told(&set_name()[..14]).unwrap_err().reason, "the frame is shorter than its length");
        assert_eq!(told(&frame(0xfefd, 9, 0, &[])).unwrap_err().reason, "no service of DCP");
        assert_eq!(told(&frame(0xfefd, SET, 0, &[2, 2, 0, 99, 0, 1])).unwrap_err().offset, 12);
        assert!(told(&frame(0xfefd, SET, 0, &[1, 2, 0, 4, 0, 1, 10, 0])).is_err()); // half an address
    }

    #[test]
    fn mutants_never_panic() {
        for octets in [set_name(), identify_response(), frame(0xfefd, SET, 1, &[5, 4, 0, 3, 2, 2, 6, 0])] {
            mutants(&octets, |mutant| drop(told(mutant)));
        }
    }
}
