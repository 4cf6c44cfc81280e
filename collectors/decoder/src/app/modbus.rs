//! Modbus/TCP: MODBUS Application Protocol Specification V1.1b3, and MODBUS Messaging on TCP/IP V1.0b.
//!
//! Theory of operation: the MBAP header frames a PDU, so a PDU that does not hold what its function says is told as
//! `modbus.malformed` and reading goes on: a server would read on, too. Only a header that cannot be one ends it. A
//! response says neither register nor sub-function, so open requests are kept (`Transactions`); an answer that nothing
//! asked for, or the second one, says so in `modbus.mismatch`.

use super::ot::{self, Function, MOST_VALUES, REQUEST, RESPONSE, function, number};
use super::transactions::Transactions;
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::message::{Fields, Kept, Message, Nothing, Sink, Value, hex};
use crate::octets::{Malformed, array, malformed, u8_at, u16_at};

pub static PROTOCOL: Protocol = Protocol {
    name: "modbus",
    malformed: "modbus.malformed",
    carrier: Carrier::Tcp,
    ports: &[502],
    begins: |_| true,
    recognise,
    begin: || Box::new(Talk::default()),
};

/// Octets of the MBAP header, of which the last, the unit, is counted in its length.
const HEADER: usize = 7;
/// Unit and PDU. The standard stops at 254; Schneider's UMAS (function 90) goes on to 1024 of data.
const MOST_LENGTH: usize = 1100;

fn recognise(_side: Side, octets: &[u8]) -> bool {
    let Some([_, _, 0, 0, high, low, _, code]) = array(octets, 0) else { return false };
    let length = usize::from(u16::from_be_bytes([high, low]));
    length + 6 == octets.len() && (2..=254).contains(&length) && defined(code & 0x7f).is_some()
}

/// What a response does not repeat of its request.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    code: u8,
    sub: Option<u16>,
    table: Option<&'static str>,
    address: u16,
    count: u16,
}

#[derive(Debug, Default)]
struct Talk {
    open: Transactions<(u16, u8), Asked>,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let end = match framed(octets) {
            Ok(Some(end)) => end,
            Ok(None) => return Progress::More,
            Err(error) => return Progress::Malformed(error),
        };
        let Some(adu) = octets.get(..end) else { return Progress::More };
        out.push(match side {
            Side::Client => self.request(adu),
            Side::Server => self.response(adu),
        });
        Progress::Used(end)
    }

    fn touch(&self) -> u64 {
        self.open.touch()
    }

    fn lost(&mut self, _side: Side) -> bool {
        self.open.lost();
        true
    }
}

/// Where the ADU ends, by a header that can be one as far as it is there.
fn framed(octets: &[u8]) -> Result<Option<usize>, Malformed> {
    if octets.iter().skip(2).take(2).any(|&octet| octet != 0) {
        return Err(malformed("the protocol identifier is not 0", 2));
    }
    let Some(length) = u16_at(octets, 4).map(usize::from) else { return Ok(None) };
    match length {
        0 | 1 => Err(malformed("the length leaves no room for a function", 4)),
        2..=MOST_LENGTH => Ok(Some(length + 6)),
        _ => Err(malformed("the length is more than a PDU may have", 4)),
    }
}

impl Talk {
    fn request(&mut self, adu: &[u8]) -> Message {
        let (transaction, unit, _) = head(adu);
        let (asked, read) = ask(adu, &mut Nothing);
        self.open.ask((transaction, unit), asked);
        message(adu, read, |adu, fields| {
            let _ = ask(adu, fields);
        })
    }

    fn response(&mut self, adu: &[u8]) -> Message {
        let (transaction, unit, _) = head(adu);
        let pdu = adu.get(HEADER..).unwrap_or(&[]);
        let answer = self.open.answer((transaction, unit), pdu).split();
        let read = answered(adu, answer, &mut Nothing);
        message(adu, read, move |adu, fields| {
            let _ = answered(adu, answer, fields);
        })
    }
}

/// Transaction, unit and function code; the caller knows that they are there.
fn head(adu: &[u8]) -> (u16, u8, u8) {
    (u16_at(adu, 0).unwrap_or(0), u8_at(adu, 6).unwrap_or(0), u8_at(adu, HEADER).unwrap_or(0))
}

fn begin(adu: &[u8], fields: &mut impl Sink) -> u8 {
    let (transaction, unit, code) = head(adu);
    fields.set("ot.transaction_id", Value::U64(transaction.into()));
    fields.set("ot.unit_id", Value::U64(unit.into()));
    code
}

/// The kind of a PDU, and whether it holds what it says.
type Read = (&'static str, Result<(), Malformed>);

/// Read a request: what the answer will not repeat of it, and the rest into the fields.
fn ask(adu: &[u8], fields: &mut impl Sink) -> (Asked, Read) {
    let mut asked = Asked { code: begin(adu, fields), ..Asked::default() };
    let read = request(adu.get(HEADER..).unwrap_or(&[]), &mut asked, fields);
    let kind = told(asked.code, asked.sub, REQUEST, fields).kind;
    (asked, (kind, read))
}

/// Read a response, to what was asked; or what is wrong with it.
fn answered(adu: &[u8], (asked, mut mismatch): (Option<Asked>, Option<&'static str>), fields: &mut impl Sink) -> Read {
    let code = begin(adu, fields) & 0x7f;
    let same = asked.filter(|asked| asked.code == code);
    if asked.is_some() && same.is_none() {
        mismatch = Some("other_function");
    }
    let asked = same.unwrap_or(Asked { code, ..Asked::default() });
    let read = answer(adu.get(HEADER..).unwrap_or(&[]), asked, fields, &mut mismatch);
    if let Some(mismatch) = mismatch {
        fields.set("modbus.mismatch", Value::Str(mismatch));
    }
    read
}

/// A PDU that does not hold what it says is malformed, with what was read of it. Octets after its end, which servers
/// pass over, do not hide what it is.
fn message(adu: &[u8], (kind, read): Read, tell: impl Fn(&[u8], &mut Fields) + Send + Sync + 'static) -> Message {
    let trailing = match read {
        Ok(()) => None,
        Err(error) if error.reason == LONG => Some(adu.len().saturating_sub(HEADER + error.offset)),
        Err(error) => {
            let mut message = Message::malformed("modbus.malformed", error.reason, error.offset + HEADER, adu);
            tell(adu, &mut message.fields);
            return message;
        }
    };
    let adu = Kept::from(adu);
    Message::later(kind, move |fields| {
        tell(&adu, fields);
        if let Some(trailing) = trailing {
            fields.set("modbus.trailing_octets", Value::U64(trailing as u64));
        }
    })
}

const DIAGNOSTIC: &str = "modbus.diagnostic";

/// The functions of 6 of the specification, and UMAS.
fn defined(code: u8) -> Option<Function> {
    Some(match code {
        1 => function("modbus.read", "read_coils", "read"),
        2 => function("modbus.read", "read_discrete_inputs", "read"),
        3 => function("modbus.read", "read_holding_registers", "read"),
        4 => function("modbus.read", "read_input_registers", "read"),
        5 => function("modbus.write", "write_single_coil", "write"),
        6 => function("modbus.write", "write_single_register", "write"),
        7 => function(DIAGNOSTIC, "read_exception_status", "diagnose"),
        8 => function(DIAGNOSTIC, "diagnostics", "diagnose"),
        11 => function(DIAGNOSTIC, "get_comm_event_counter", "diagnose"),
        12 => function(DIAGNOSTIC, "get_comm_event_log", "diagnose"),
        15 => function("modbus.write", "write_multiple_coils", "write"),
        16 => function("modbus.write", "write_multiple_registers", "write"),
        17 => function(DIAGNOSTIC, "report_server_id", "discover"),
        20 => function("modbus.read", "read_file_record", "read"),
        21 => function("modbus.write", "write_file_record", "write"),
        22 => function("modbus.write", "mask_write_register", "write"),
        23 => function("modbus.write", "read_write_multiple_registers", "write"),
        24 => function("modbus.read", "read_fifo_queue", "read"),
        43 => function("modbus.other", "encapsulated_interface_transport", "diagnose"),
        90 => function("modbus.other", "umas", "control"),
        _ => return None,
    })
}

/// The function with its sub-function, said in the fields.
fn told(code: u8, sub: Option<u16>, direction: &'static str, fields: &mut impl Sink) -> Function {
    let mut known = defined(code).unwrap_or(match code {
        65..=72 | 100..=110 => function("modbus.other", "user_defined", "control"),
        _ => function("modbus.other", "unknown", "control"),
    });
    if let Some(sub) = sub {
        let (name, operation) = sub_function(code, sub).unwrap_or(("unknown", known.operation));
        known.operation = operation;
        if (code, sub) == (43, 14) {
            known = function(DIAGNOSTIC, known.name, operation);
        }
        fields.set("modbus.sub_function", Value::Str(name));
        fields.set("modbus.sub_function_code", Value::U64(sub.into()));
    }
    known.tell(fields, code.into(), direction);
    known
}

/// Name and operation of a sub-function: of diagnostics (6.8), of a MEI type (6.19), or of UMAS.
fn sub_function(code: u8, sub: u16) -> Option<(&'static str, &'static str)> {
    Some(match (code, sub) {
        (8, 0) => ("return_query_data", "diagnose"),
        (8, 1) => ("restart_communications_option", "mode"),
        (8, 2) => ("return_diagnostic_register", "diagnose"),
        (8, 3) => ("change_ascii_input_delimiter", "control"),
        (8, 4) => ("force_listen_only_mode", "mode"),
        (8, 10) => ("clear_counters_and_diagnostic_register", "control"),
        (8, 11) => ("return_bus_message_count", "diagnose"),
        (8, 12) => ("return_bus_communication_error_count", "diagnose"),
        (8, 13) => ("return_bus_exception_error_count", "diagnose"),
        (8, 14) => ("return_server_message_count", "diagnose"),
        (8, 15) => ("return_server_no_response_count", "diagnose"),
        (8, 16) => ("return_server_nak_count", "diagnose"),
        (8, 17) => ("return_server_busy_count", "diagnose"),
        (8, 18) => ("return_bus_character_overrun_count", "diagnose"),
        (8, 20) => ("clear_overrun_counter_and_flag", "control"),
        (43, 13) => ("canopen_general_reference", "control"),
        (43, 14) => ("read_device_identification", "discover"),
        (90, sub) => return umas(sub),
        _ => return None,
    })
}

/// Schneider's programming protocol inside function 90, as far as it is publicly known.
fn umas(sub: u16) -> Option<(&'static str, &'static str)> {
    Some(match sub {
        0x01 => ("init_comm", "session"),
        0x02 => ("read_id", "discover"),
        0x03 => ("read_project_info", "discover"),
        0x04 => ("read_plc_info", "discover"),
        0x06 => ("read_card_info", "discover"),
        0x0a => ("repeat", "diagnose"),
        0x10 => ("take_plc_reservation", "session"),
        0x11 => ("release_plc_reservation", "session"),
        0x12 => ("keep_alive", "session"),
        0x20 => ("read_memory_block", "read"),
        0x22 => ("read_variables", "read"),
        0x23 => ("write_variables", "write"),
        0x24 => ("read_coils_registers", "read"),
        0x25 => ("write_coils_registers", "write"),
        0x30 => ("initialize_upload", "program"),
        0x31 => ("upload_block", "program"),
        0x32 => ("end_strategy_upload", "program"),
        0x33 => ("initialize_download", "program"),
        0x34 => ("download_block", "program"),
        0x35 => ("end_strategy_download", "program"),
        0x39 => ("read_eth_master_data", "diagnose"),
        0x40 => ("start_plc", "mode"),
        0x41 => ("stop_plc", "mode"),
        0x50 => ("monitor_plc", "read"),
        0x58 => ("check_plc", "diagnose"),
        0x70 => ("read_io_object", "read"),
        0x71 => ("write_io_object", "write"),
        0x73 => ("get_status_module", "diagnose"),
        0xfd => ("response_error", "diagnose"),
        0xfe => ("response_ok", "diagnose"),
        _ => return None,
    })
}

/// Exception codes of 7 of the specification.
fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal_function",
        2 => "illegal_data_address",
        3 => "illegal_data_value",
        4 => "server_device_failure",
        5 => "acknowledge",
        6 => "server_device_busy",
        7 => "negative_acknowledge",
        8 => "memory_parity_error",
        10 => "gateway_path_unavailable",
        11 => "gateway_target_device_failed_to_respond",
        _ => "unknown",
    }
}

const COIL: &str = "coil";
const HOLDING: &str = "holding_register";
const FILE: &str = "file_record";

fn table(code: u8) -> &'static str {
    match code {
        1 | 5 | 15 => COIL,
        2 => "discrete_input",
        4 => "input_register",
        20 | 21 => FILE,
        24 => "fifo_queue",
        _ => HOLDING,
    }
}

/// The registers or coils that a message is about.
fn place(fields: &mut impl Sink, table: &'static str, address: u16, count: u16) {
    let text = || match table {
        COIL => format!("coil:{address}"),
        HOLDING => format!("holding_register:{address}"),
        _ => format!("{table}:{address}"),
    };
    fields.set_with("ot.register", || Value::Text(text().into()));
    fields.set("ot.count", Value::U64(count.into()));
    fields.set("modbus.table", Value::Str(table));
    fields.set("modbus.address", Value::U64(address.into()));
}

/// Values as text for any protocol, and as numbers for limits.
fn values(fields: &mut impl Sink, read: impl Iterator<Item = u16> + Clone) {
    fields.set_each("ot.value", read.clone().take(MOST_VALUES).map(number));
    fields.set_each("modbus.value", read.take(MOST_VALUES).map(|value| Value::U64(value.into())));
}

fn words(octets: &[u8]) -> impl Iterator<Item = u16> + Clone {
    octets.chunks_exact(2).filter_map(|pair| u16_at(pair, 0))
}

fn bits(octets: &[u8], count: u16) -> impl Iterator<Item = u16> + Clone {
    octets.iter().flat_map(|&octet| (0..8).map(move |bit| u16::from(octet >> bit & 1))).take(count.into())
}

/// A coil is 0xff00 or 0; anything else is shown as it is.
fn coil(value: u16) -> u16 {
    if value == 0xff00 { 1 } else { value }
}

const SHORT: &str = "the PDU ends before what its function needs";
const LONG: &str = "octets follow the end of the PDU";
const BYTE_COUNT: &str = "the byte count is not that of the quantity";

fn word(pdu: &[u8], at: usize) -> Result<u16, Malformed> {
    u16_at(pdu, at).ok_or(malformed(SHORT, pdu.len()))
}

fn byte(pdu: &[u8], at: usize) -> Result<u8, Malformed> {
    u8_at(pdu, at).ok_or(malformed(SHORT, pdu.len()))
}

fn ends(pdu: &[u8], at: usize) -> Result<(), Malformed> {
    match pdu.len() {
        length if length < at => Err(malformed(SHORT, length)),
        length if length > at => Err(malformed(LONG, at)),
        _ => Ok(()),
    }
}

/// The octets that the byte count at `at` announces, and nothing after them.
fn counted(pdu: &[u8], at: usize) -> Result<&[u8], Malformed> {
    let end = at + 1 + usize::from(byte(pdu, at)?);
    ends(pdu, end)?;
    Ok(pdu.get(at + 1..end).unwrap_or(&[]))
}

/// The octets of `count` registers or coils.
fn filled(octets: &[u8], bits_each: usize, count: u16, at: usize) -> Result<&[u8], Malformed> {
    let needed = (usize::from(count) * bits_each).div_ceil(8);
    if octets.len() == needed { Ok(octets) } else { Err(malformed(BYTE_COUNT, at)) }
}

/// Read a request's PDU: what the answer will not repeat into `asked`, the rest into the fields.
fn request(pdu: &[u8], asked: &mut Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    match asked.code {
        0 | 0x80.. => return Err(malformed("a request's function is from 1 to 127", 0)),
        7 | 11 | 12 | 17 => return ends(pdu, 1),
        8 => {
            asked.sub = Some(word(pdu, 1)?);
            values(fields, words(pdu.get(3..).unwrap_or(&[])));
            return Ok(());
        }
        20 | 21 => return file_records(pdu, asked.code, fields),
        43 => return interface(pdu, asked, fields),
        90 => {
            asked.sub = Some(byte(pdu, 2)?.into());
            return Ok(());
        }
        1..=6 | 15 | 16 | 22..=24 => {}
        _ => return Ok(()),
    }
    asked.table = Some(table(asked.code));
    asked.address = word(pdu, 1)?;
    match asked.code {
        1..=4 => {
            asked.count = word(pdu, 3)?;
            place(fields, table(asked.code), asked.address, asked.count);
            ends(pdu, 5)
        }
        23 => read_write(pdu, asked, fields),
        code => {
            asked.count = if code == 15 || code == 16 { word(pdu, 3)? } else { 1 };
            place(fields, table(code), asked.address, asked.count);
            written(pdu, code, asked.count, fields)
        }
    }
}

/// What a write request writes.
fn written(pdu: &[u8], code: u8, count: u16, fields: &mut impl Sink) -> Result<(), Malformed> {
    match code {
        5 => values(fields, std::iter::once(coil(word(pdu, 3)?))),
        6 => values(fields, std::iter::once(word(pdu, 3)?)),
        15 => values(fields, bits(filled(counted(pdu, 5)?, 1, count, 5)?, count)),
        16 => values(fields, words(filled(counted(pdu, 5)?, 16, count, 5)?)),
        22 => {
            fields.set("modbus.and_mask", Value::U64(word(pdu, 3)?.into()));
            fields.set("modbus.or_mask", Value::U64(word(pdu, 5)?.into()));
        }
        _ => return ends(pdu, 3),
    }
    match code {
        5 | 6 => ends(pdu, 5),
        22 => ends(pdu, 7),
        _ => Ok(()),
    }
}

/// Function 23: the message is about what is written; the answer is about what is read.
fn read_write(pdu: &[u8], asked: &mut Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    asked.count = word(pdu, 3)?;
    let (address, count) = (word(pdu, 5)?, word(pdu, 7)?);
    place(fields, HOLDING, address, count);
    fields.set("modbus.read_address", Value::U64(asked.address.into()));
    fields.set("modbus.read_count", Value::U64(asked.count.into()));
    values(fields, words(filled(counted(pdu, 9)?, 16, count, 9)?));
    Ok(())
}

/// Functions 20 and 21: groups of reference type, file, record and length, with data where it is written.
fn file_records(pdu: &[u8], code: u8, fields: &mut impl Sink) -> Result<(), Malformed> {
    let mut rest = counted(pdu, 1)?;
    let (mut registers, mut count, mut data) = (Vec::new(), 0_u64, Vec::new());
    while !rest.is_empty() {
        let (file, record, length) = (word(rest, 1)?, word(rest, 3)?, word(rest, 5)?);
        let octets = if code == 21 { 2 * usize::from(length) } else { 0 };
        let group = rest.get(7..7 + octets).ok_or(malformed(SHORT, pdu.len()))?;
        rest = rest.get(7 + octets..).unwrap_or(&[]);
        count += u64::from(length);
        if registers.len() < MOST_VALUES {
            registers.push(Value::Text(format!("{FILE}:{file}:{record}").into()));
            data.extend(words(group).take(MOST_VALUES));
        }
    }
    fields.set_each("ot.register", registers.into_iter());
    fields.set("ot.count", Value::U64(count));
    fields.set("modbus.table", Value::Str(FILE));
    values(fields, data.into_iter());
    Ok(())
}

/// Function 43: which interface, and of device identification which objects.
fn interface(pdu: &[u8], asked: &mut Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    asked.sub = Some(byte(pdu, 1)?.into());
    if asked.sub == Some(14) {
        fields.set("modbus.device.read_code", Value::U64(byte(pdu, 2)?.into()));
        fields.set("modbus.device.object", Value::U64(byte(pdu, 3)?.into()));
        return ends(pdu, 4);
    }
    Ok(())
}

/// Read an answer's PDU.
fn answer(pdu: &[u8], asked: Asked, fields: &mut impl Sink, mismatch: &mut Option<&'static str>) -> Read {
    if pdu.first().is_some_and(|code| code & 0x80 != 0) {
        told(asked.code, asked.sub, RESPONSE, fields);
        if let Some(table) = asked.table {
            place(fields, table, asked.address, asked.count);
        }
        return ("modbus.exception", refused(pdu, fields));
    }
    let mut asked = asked;
    let read = match asked.code {
        0 => Err(malformed("a response's function is not 0", 0)),
        1..=4 | 23 => registers(pdu, asked, fields),
        5 | 6 | 15 | 16 | 22 => echoed(pdu, asked, fields, mismatch),
        8 => diagnosed(pdu, &mut asked, fields, mismatch),
        20 | 21 => counted(pdu, 1).map(|_| ()),
        7 => byte(pdu, 1).map(|status| values(fields, std::iter::once(status.into()))),
        17 => counted(pdu, 1).map(|id| fields.set_with("modbus.device.server_id", || ot::printable(id))),
        24 => fifo(pdu, asked, fields),
        43 => identified(pdu, &mut asked, fields),
        90 => answered_umas(pdu, fields),
        _ => Ok(()),
    };
    told(asked.code, asked.sub, RESPONSE, fields);
    fields.set("ot.status", Value::Str("success"));
    if asked.code == 90 && u8_at(pdu, 2) == Some(0xfd) {
        fields.set("ot.status", Value::Str("response_error"));
    }
    ("modbus.response", read)
}

fn refused(pdu: &[u8], fields: &mut impl Sink) -> Result<(), Malformed> {
    let code = byte(pdu, 1)?;
    fields.set("ot.status", Value::Str(exception(code)));
    fields.set("modbus.exception_code", Value::U64(code.into()));
    ends(pdu, 2)
}

/// Values that were read; without the request, where they stand is not known.
fn registers(pdu: &[u8], asked: Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    let octets = counted(pdu, 1)?;
    if let Some(table) = asked.table {
        place(fields, table, asked.address, asked.count);
        filled(octets, if asked.code < 3 { 1 } else { 16 }, asked.count, 1)?;
    } else {
        fields.set("modbus.table", Value::Str(table(asked.code)));
    }
    if asked.code < 3 {
        let count = if asked.table.is_some() { asked.count } else { u16::MAX };
        values(fields, bits(octets, count));
    } else if octets.len() % 2 == 0 {
        values(fields, words(octets));
    } else {
        return Err(malformed(BYTE_COUNT, 1));
    }
    Ok(())
}

/// A write is answered with where, and what or how many; that must be what was asked.
fn echoed(
    pdu: &[u8],
    asked: Asked,
    fields: &mut impl Sink,
    mismatch: &mut Option<&'static str>,
) -> Result<(), Malformed> {
    let (address, second) = (word(pdu, 1)?, word(pdu, 3)?);
    let count = if asked.code >= 15 && asked.code != 22 { second } else { 1 };
    place(fields, table(asked.code), address, count);
    if asked.table.is_some() && (address, count) != (asked.address, asked.count) {
        *mismatch = Some("other_register");
    }
    match asked.code {
        5 => values(fields, std::iter::once(coil(second))),
        6 => values(fields, std::iter::once(second)),
        22 => {
            fields.set("modbus.and_mask", Value::U64(second.into()));
            fields.set("modbus.or_mask", Value::U64(word(pdu, 5)?.into()));
            return ends(pdu, 7);
        }
        _ => {}
    }
    ends(pdu, 5)
}

fn diagnosed(
    pdu: &[u8],
    asked: &mut Asked,
    fields: &mut impl Sink,
    mismatch: &mut Option<&'static str>,
) -> Result<(), Malformed> {
    let sub = word(pdu, 1)?;
    if asked.sub.is_some_and(|asked| asked != sub) {
        *mismatch = Some("other_function");
    }
    asked.sub = Some(sub);
    values(fields, words(pdu.get(3..).unwrap_or(&[])));
    Ok(())
}

fn fifo(pdu: &[u8], asked: Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    let count = word(pdu, 3)?;
    ends(pdu, 3 + usize::from(word(pdu, 1)?))?;
    place(fields, table(24), asked.address, count);
    values(fields, words(pdu.get(5..).unwrap_or(&[])));
    Ok(())
}

/// Device identification: objects of number, length and text.
fn identified(pdu: &[u8], asked: &mut Asked, fields: &mut impl Sink) -> Result<(), Malformed> {
    asked.sub = Some(byte(pdu, 1)?.into());
    if asked.sub != Some(14) {
        return Ok(());
    }
    fields.set("modbus.device.read_code", Value::U64(byte(pdu, 2)?.into()));
    let mut at = 7;
    for _ in 0..byte(pdu, 6)? {
        let (id, end) = (byte(pdu, at)?, at + 2 + usize::from(byte(pdu, at + 1)?));
        let text = pdu.get(at + 2..end).ok_or(malformed(SHORT, pdu.len()))?;
        if let Some(name) = device_object(id) {
            fields.set_with(name, || ot::printable(text));
        }
        at = end;
    }
    ends(pdu, at)
}

fn device_object(id: u8) -> Option<&'static str> {
    Some(match id {
        0 => "modbus.device.vendor",
        1 => "modbus.device.product_code",
        2 => "modbus.device.revision",
        3 => "modbus.device.vendor_url",
        4 => "modbus.device.product",
        5 => "modbus.device.model",
        6 => "modbus.device.application",
        _ => return None,
    })
}

/// What UMAS answers has no public standard: the head of it.
fn answered_umas(pdu: &[u8], fields: &mut impl Sink) -> Result<(), Malformed> {
    byte(pdu, 2)?;
    let data = pdu.get(3..).unwrap_or(&[]);
    fields.set_with("ot.value", || Value::Text(hex(data.get(..MOST_VALUES).unwrap_or(data)).into()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Reading;
    use crate::app::testing::{survives, told};

    /// A PDU of transaction 7, unit 1.
    fn adu(pdu: &[u8]) -> Vec<u8> {
        [&[0, 7, 0, 0, 0, u8::try_from(pdu.len() + 1).unwrap(), 1], pdu].concat()
    }

    fn one(side: Side, pdu: &[u8]) -> Message {
        let (mut messages, error) = told(&PROTOCOL, side, &adu(pdu));
        assert_eq!((messages.len(), error), (1, None));
        messages.remove(0)
    }

    /// What a server's answers are read as, after these requests.
    fn answered(requests: &[&[u8]], answers: &[&[u8]]) -> Vec<Message> {
        let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
        let mut feed = |side, pdus: &[&[u8]]| {
            let octets: Vec<u8> = pdus.iter().flat_map(|pdu| adu(pdu)).collect();
            Reading::default().feed(talk.as_mut(), side, &octets, &mut out).unwrap();
        };
        feed(Side::Client, requests);
        feed(Side::Server, answers);
        out.split_off(requests.len())
    }

    fn text(message: &Message, name: &str) -> String {
        message.all().get(name).map_or_else(|| "None".into(), ToString::to_string)
    }

    #[test]
    fn a_read_and_its_answer_say_registers_and_values() {
        let request = one(Side::Client, &[3, 0, 107, 0, 2]);
        assert_eq!(request.kind, "modbus.read");
        assert_eq!(text(&request, "ot.register"), "holding_register:107");
        assert_eq!(text(&request, "ot.count"), "2");
        let answers = answered(&[&[3, 0, 107, 0, 2]], &[&[3, 4, 2, 0x2b, 0, 9]]);
        assert_eq!(answers[0].kind, "modbus.response");
        assert_eq!(text(&answers[0], "ot.register"), "holding_register:107");
        let values = Value::List([Value::U64(555), Value::U64(9)].into());
        assert_eq!(answers[0].all().get("modbus.value"), Some(&values));
        assert_eq!(answers[0].all().get("modbus.mismatch"), None);
    }

    #[test]
    fn coils_are_as_many_as_were_asked() {
        let answers = answered(&[&[1, 0, 0, 0, 3]], &[&[1, 1, 0b1111_1101]]);
        assert_eq!(text(&answers[0], "ot.value"), "1,0,1");
    }

    #[test]
    fn writes_say_what_is_written() {
        for (pdu, function, value) in [
            (&[5, 0, 1, 0xff, 0][..], "write_single_coil", "1"),
            (&[6, 0, 1, 3, 232], "write_single_register", "1000"),
            (&[15, 0, 1, 0, 1, 1, 1], "write_multiple_coils", "1"),
            (&[16, 0, 1, 0, 1, 2, 0, 10], "write_multiple_registers", "10"),
            (&[23, 0, 3, 0, 6, 0, 1, 0, 1, 2, 0, 255], "read_write_multiple_registers", "255"),
        ] {
            let message = one(Side::Client, pdu);
            assert_eq!(message.kind, "modbus.write");
            assert_eq!(text(&message, "ot.function"), function);
            assert_eq!(text(&message, "ot.operation"), "write");
            assert_eq!(text(&message, "modbus.address"), "1", "{function}");
            assert_eq!(text(&message, "ot.value"), value, "{function}");
        }
        let masked = one(Side::Client, &[22, 0, 4, 0, 0xf2, 0, 0x25]);
        assert_eq!((text(&masked, "modbus.and_mask"), text(&masked, "modbus.or_mask")), ("242".into(), "37".into()));
        let file = one(Side::Client, &[21, 11, 6, 0, 4, 0, 7, 0, 2, 6, 0xaf, 4, 0xbe]);
        assert_eq!(text(&file, "ot.register"), "file_record:4:7");
        assert_eq!(text(&file, "ot.count"), "2");
    }

    #[test]
    fn diagnostics_say_their_sub_function() {
        let restart = one(Side::Client, &[8, 0, 1, 0xff, 0]);
        assert_eq!((restart.kind, &*text(&restart, "ot.operation")), ("modbus.diagnostic", "mode"));
        assert_eq!(text(&restart, "modbus.sub_function"), "restart_communications_option");
        assert_eq!(text(&one(Side::Client, &[8, 0, 4, 0, 0]), "modbus.sub_function"), "force_listen_only_mode");
        let umas = one(Side::Client, &[90, 0, 0x41, 0xff, 0]);
        assert_eq!((&*text(&umas, "modbus.sub_function"), &*text(&umas, "ot.operation")), ("stop_plc", "mode"));
        assert_eq!(one(Side::Client, &[100, 1, 2, 3]).kind, "modbus.other");
    }

    #[test]
    fn a_device_is_identified() {
        let request = one(Side::Client, &[43, 14, 1, 0]);
        assert_eq!((request.kind, &*text(&request, "ot.operation")), ("modbus.diagnostic", "discover"));
        let pdu = [&[43, 14, 1, 1, 0, 0, 2, 0, 4][..], b"Acme", &[1, 3], b"X-1"].concat();
        let answers = answered(&[&[43, 14, 1, 0]], &[&pdu]);
        assert_eq!(text(&answers[0], "modbus.device.vendor"), "Acme");
        assert_eq!(text(&answers[0], "modbus.device.product_code"), "X-1");
    }

    #[test]
    fn an_exception_is_about_what_was_asked() {
        let answers = answered(&[&[6, 0, 9, 0, 1]], &[&[0x86, 2]]);
        assert_eq!(answers[0].kind, "modbus.exception");
        assert_eq!(text(&answers[0], "ot.status"), "illegal_data_address");
        assert_eq!(text(&answers[0], "ot.function"), "write_single_register");
        assert_eq!(text(&answers[0], "modbus.address"), "9");
    }

    #[test]
    fn answers_that_do_not_fit_say_so() {
        let read = [3, 0, 0, 0, 1];
        let answers = answered(&[&read], &[&[3, 2, 0, 1], &[3, 2, 0, 1], &[3, 2, 0, 2]]);
        let found: Vec<String> = answers.iter().map(|answer| text(answer, "modbus.mismatch")).collect();
        assert_eq!(found, ["None", "repeated", "contradicting"]);
        assert_eq!(text(&answered(&[], &[&[3, 2, 0, 1]])[0], "modbus.mismatch"), "no_request");
        assert_eq!(text(&answered(&[&read], &[&[4, 2, 0, 1]])[0], "modbus.mismatch"), "other_function");
        assert_eq!(text(&answered(&[&[6, 0, 1, 0, 5]], &[&[6, 0, 2, 0, 5]])[0], "modbus.mismatch"), "other_register");
    }

    #[test]
    fn a_pdu_that_does_not_hold_what_it_says_is_malformed_and_reading_goes_on() {
        for pdu in [
            &[3, 0, 1, 0][..],
            &[16, 0, 1, 0, 2, 2, 0, 10],
            &[16, 0, 1, 0, 1, 200, 0, 10],
            &[0, 1],
            &[0x83, 1],
            &[20, 7, 6, 0, 4, 0, 7, 0],
        ] {
            let octets = [adu(pdu), adu(&[1, 0, 0, 0, 1])].concat();
            let (messages, error) = told(&PROTOCOL, Side::Client, &octets);
            let kinds: Vec<&str> = messages.iter().map(|message| message.kind).collect();
            assert_eq!((kinds, error), (vec!["modbus.malformed", "modbus.read"], None), "{pdu:?}");
        }
    }

    #[test]
    fn octets_after_a_pdu_do_not_hide_it() {
        let message = one(Side::Client, &[5, 0, 1, 0xff, 0, 1, 2]);
        assert_eq!((message.kind, &*text(&message, "modbus.trailing_octets")), ("modbus.write", "2"));
    }

    #[test]
    fn a_header_that_cannot_be_one_ends_it() {
        for (octets, offset) in [(&b"GET / HTTP"[..], 2), (&[0, 1, 0, 0, 0, 1, 1], 4), (&[0, 1, 0, 0, 99, 1, 1, 3], 4)]
        {
            let (messages, error) = told(&PROTOCOL, Side::Client, octets);
            assert_eq!((messages.len(), error.map(|error| error.offset)), (0, Some(offset)));
        }
    }

    #[test]
    fn it_is_recognised_by_a_whole_adu_only() {
        let whole = adu(&[3, 0, 107, 0, 2]);
        assert!((PROTOCOL.recognise)(Side::Client, &whole));
        assert!(!(PROTOCOL.recognise)(Side::Client, &whole[..11]));
        assert!(!(PROTOCOL.recognise)(Side::Client, &adu(&[99, 0, 107, 0, 2])));
    }

    #[test]
    fn no_mutant_stops_it() {
        let pdus: [&[u8]; 12] = [
            &[3, 0, 107, 0, 2],
            &[3, 4, 2, 0x2b, 0, 9],
            &[16, 0, 1, 0, 1, 2, 0, 10],
            &[23, 0, 3, 0, 6, 0, 1, 0, 1, 2, 0, 255],
            &[21, 11, 6, 0, 4, 0, 7, 0, 2, 6, 0xaf, 4, 0xbe],
            &[8, 0, 1, 0xff, 0],
            &[43, 14, 1, 1, 0, 0, 2, 0, 1, 65, 1, 1, 66],
            &[0x83, 2],
            &[24, 0, 4, 0, 1, 0, 9],
            &[1, 1, 5],
            &[90, 0, 0x41, 0xff, 0],
            &[17, 2, 1, 0xff],
        ];
        survives(&PROTOCOL, &pdus.map(adu));
    }
}
