//! A PDU that begins with 0x32: jobs, their acknowledgements, and userdata.

use super::super::Side;
use super::super::ot::{MOST_VALUES, REQUEST, RESPONSE, UNSOLICITED, printable};
use super::super::transactions::Transactions;
use super::items::{self, Item};
use super::names;
use crate::message::{Fields, Message, Value, hex};
use crate::octets::{Malformed, malformed, u8_at, u16_at, u32_at};

const JOB: u8 = 1;
const ACK: u8 = 2;
const ACK_DATA: u8 = 3;
const USERDATA: u8 = 7;

/// What an acknowledgement does not repeat.
#[derive(Clone, Debug)]
struct Asked {
    function: u8,
    items: Vec<Item>,
    count: u8,
    block: Option<Value>,
    /// A program invocation service, and what it does.
    service: Option<(Value, &'static str)>,
}

impl Asked {
    fn new(function: u8) -> Self {
        Self { function, items: Vec::new(), count: 0, block: None, service: None }
    }
}

/// Jobs that are open, by who asked and by the reference.
#[derive(Debug, Default)]
pub struct Talk {
    open: Transactions<(bool, u16), Asked>,
    /// The block of an upload, of which later jobs say an id only.
    upload: Option<(u32, Value)>,
}

/// The parts of a PDU.
struct Pdu<'a> {
    rosctr: u8,
    reference: u16,
    error: Option<u16>,
    parameters: &'a [u8],
    data: &'a [u8],
}

impl<'a> Pdu<'a> {
    fn read(octets: &'a [u8]) -> Result<Self, Malformed> {
        let short = malformed("the PDU ends inside its header", octets.len());
        let rosctr = u8_at(octets, 1).ok_or(short)?;
        let length = |at| u16_at(octets, at).map(usize::from).ok_or(short);
        let (reference, parameters, data) = (u16_at(octets, 4).ok_or(short)?, length(6)?, length(8)?);
        let acknowledges = matches!(rosctr, ACK | ACK_DATA);
        let error = if acknowledges { Some(u16_at(octets, 10).ok_or(short)?) } else { None };
        let begin = if acknowledges { 12 } else { 10 };
        let middle = begin + parameters;
        let long = malformed("parameters and data are longer than the PDU", 6);
        Ok(Self {
            rosctr,
            reference,
            error,
            parameters: octets.get(begin..middle).ok_or(long)?,
            data: octets.get(middle..middle + data).ok_or(long)?,
        })
    }
}

impl Talk {
    pub fn lost(&mut self) {
        self.open.lost();
    }

    /// Read a whole PDU.
    pub fn read(&mut self, side: Side, octets: &[u8]) -> Message {
        let mut fields = Fields::default();
        let read = Pdu::read(octets).and_then(|pdu| {
            fields.set("ot.transaction_id", Value::U64(pdu.reference.into()));
            match pdu.rosctr {
                JOB => self.job(side, &pdu, &mut fields),
                ACK | ACK_DATA => self.acknowledgement(side, &pdu, &mut fields),
                USERDATA => self.userdata(side, &pdu, &mut fields),
                _ => Err(malformed("the PDU's type is unknown", 1)),
            }
        });
        match read {
            Ok(kind) => Message::of(kind, fields),
            Err(error) => {
                let mut message = Message::malformed("s7comm.malformed", error.reason, error.offset, octets);
                fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
                message
            }
        }
    }

    fn job(&mut self, side: Side, pdu: &Pdu, fields: &mut Fields) -> Result<&'static str, Malformed> {
        let code = u8_at(pdu.parameters, 0).ok_or(malformed("a job has no function", 10))?;
        let mut function = names::job(code);
        let mut asked = Asked::new(code);
        function.tell(fields, code.into(), REQUEST);
        let read = match code {
            0x04 | 0x05 => variables(pdu, &mut asked, fields),
            0x1a..=0x1d => block_transfer(pdu.parameters, code, fields),
            0x1e | 0x1f => {
                self.continue_upload(pdu.parameters, fields);
                Ok(())
            }
            0x28 => pi_service(pdu.parameters, fields).map(|operation| function.operation = operation),
            0x29 => counted(pdu.parameters, 6).map(|service| fields.set("s7comm.pi_service", printable(service))),
            0xf0 => {
                setup(pdu.parameters, fields);
                Ok(())
            }
            _ => Ok(()),
        };
        fields.set("ot.operation", Value::Str(function.operation));
        asked.block = fields.get("s7comm.block").cloned();
        asked.service = fields.get("s7comm.pi_service").cloned().map(|service| (service, function.operation));
        self.open.ask((side == Side::Client, pdu.reference), asked);
        read.map(|()| function.kind)
    }

    fn acknowledgement(&mut self, side: Side, pdu: &Pdu, fields: &mut Fields) -> Result<&'static str, Malformed> {
        let asked = self.answered(side, pdu, fields);
        let code = u8_at(pdu.parameters, 0).or(asked.as_ref().map(|asked| asked.function));
        if let Some(code) = code {
            names::job(code).tell(fields, code.into(), RESPONSE);
        }
        let asked = asked.filter(|asked| Some(asked.function) == code);
        fields.set("ot.direction", Value::Str(RESPONSE));
        failed(pdu.error.unwrap_or(0), fields);
        if let Some(block) = asked.as_ref().and_then(|asked| asked.block.clone()) {
            fields.set("s7comm.block", block.clone());
            fields.set("ot.register", block);
        }
        if let Some((service, operation)) = asked.as_ref().and_then(|asked| asked.service.clone()) {
            fields.set("s7comm.pi_service", service);
            fields.set("ot.operation", Value::Str(operation));
        }
        match code {
            Some(0x04 | 0x05) => read_back(pdu, asked.as_ref(), fields)?,
            Some(0x1d) => self.upload = u32_at(pdu.parameters, 4).zip(fields.get("s7comm.block").cloned()),
            Some(0xf0) => setup(pdu.parameters, fields),
            _ => {}
        }
        Ok("s7comm.response")
    }

    fn answered(&mut self, side: Side, pdu: &Pdu, fields: &mut Fields) -> Option<Asked> {
        let answer = self.open.answer((side == Side::Server, pdu.reference), pdu.data);
        let (asked, mismatch) = answer.split();
        if let Some(mismatch) = mismatch {
            fields.set("s7comm.mismatch", Value::Str(mismatch));
        }
        asked
    }

    /// Upload and end of upload name what start of upload was answered with.
    fn continue_upload(&self, parameters: &[u8], fields: &mut Fields) {
        let Some(id) = u32_at(parameters, 4) else { return };
        if let Some((_, block)) = self.upload.as_ref().filter(|(known, _)| *known == id) {
            fields.set("s7comm.block", block.clone());
            fields.set("ot.register", block.clone());
        }
    }

    fn userdata(&mut self, side: Side, pdu: &Pdu, fields: &mut Fields) -> Result<&'static str, Malformed> {
        let short = malformed("userdata ends inside its parameters", 10);
        let (group, sub) = (u8_at(pdu.parameters, 5).ok_or(short)?, u8_at(pdu.parameters, 6).ok_or(short)?);
        let function = names::userdata(group & 0xf, sub);
        let direction = match group >> 4 {
            4 => REQUEST,
            8 => RESPONSE,
            _ => UNSOLICITED,
        };
        function.tell(fields, group.into(), direction);
        fields.set("s7comm.function_group", Value::Str(names::group(group & 0xf)));
        fields.set("s7comm.sub_function", Value::U64(sub.into()));
        match direction {
            REQUEST => {
                self.open.ask((side == Side::Client, pdu.reference), Asked::new(group & 0xf));
            }
            RESPONSE => {
                self.answered(side, pdu, fields);
                failed(u16_at(pdu.parameters, 10).unwrap_or(0), fields);
            }
            _ => {}
        }
        if (group & 0xf, sub) == (4, 1) {
            system_status_list(pdu.data, fields);
        }
        Ok(function.kind)
    }
}

/// Error of an answer: its name where known, its class otherwise.
fn failed(error: u16, fields: &mut Fields) {
    let [class, _] = error.to_be_bytes();
    fields.set("ot.status", Value::Str(names::error(error).unwrap_or(names::error_class(class))));
    if error != 0 {
        fields.set("s7comm.error_code", Value::U64(error.into()));
    }
}

/// Octets after a length of one octet at `at` of the parameters.
fn counted(parameters: &[u8], at: usize) -> Result<&[u8], Malformed> {
    let end = u8_at(parameters, at).map(|length| at + 1 + usize::from(length));
    end.and_then(|end| parameters.get(at + 1..end)).ok_or(malformed("a text is longer than the parameters", 10 + at))
}

fn variables(pdu: &Pdu, asked: &mut Asked, fields: &mut Fields) -> Result<(), Malformed> {
    asked.count = u8_at(pdu.parameters, 1).ok_or(malformed("the items have no count", 11))?;
    (asked.items, _) = items::read(pdu.parameters, 2, asked.count)?;
    items::tell(&asked.items, asked.count, fields);
    if asked.function == 5 {
        items::values(pdu.data, &asked.items, asked.count, fields)?;
    }
    Ok(())
}

fn read_back(pdu: &Pdu, asked: Option<&Asked>, fields: &mut Fields) -> Result<(), Malformed> {
    let count = u8_at(pdu.parameters, 1).unwrap_or(0);
    if let Some(asked) = asked {
        items::tell(&asked.items, asked.count, fields);
    }
    let known = asked.map_or(&[][..], |asked| &asked.items);
    if pdu.error.is_some_and(|error| error != 0) {
        return Ok(());
    }
    match u8_at(pdu.parameters, 0) {
        Some(4) => {
            let status = items::values(pdu.data, known, count, fields)?;
            fields.set("ot.status", Value::Str(status));
            Ok(())
        }
        Some(_) => items::written(pdu.data, count, fields),
        None => Ok(()),
    }
}

/// Function, status, four octets and an id, and the name of a block: `_0A00001P`, with how long it is.
fn block_transfer(parameters: &[u8], code: u8, fields: &mut Fields) -> Result<(), Malformed> {
    let name = counted(parameters, 8)?;
    fields.set("s7comm.file", printable(name));
    blocks(std::iter::once(name.get(1..).unwrap_or(&[])), fields);
    let sizes = parameters.get(9 + name.len()..).filter(|_| code == 0x1a);
    for (field, at) in [("s7comm.load_memory_length", 2), ("s7comm.code_length", 8)] {
        let digits = sizes.and_then(|sizes| sizes.get(at..at + 6)).and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(length) = digits.and_then(|digits| digits.parse().ok()) {
            fields.set(field, Value::U64(length));
        }
    }
    Ok(())
}

/// Blocks by type, number and the file system that they are for, such as `0A00001P`.
fn blocks<'a>(files: impl Iterator<Item = &'a [u8]>, fields: &mut Fields) {
    let mut names = Vec::new();
    for file in files.take(MOST_VALUES) {
        let number = file.get(2..7).and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok());
        let kind = file.get(..2).and_then(names::block);
        let Some((kind, number)) = kind.zip(number) else { continue };
        names.push(Value::Text(format!("{kind}{number}").into()));
        let place = match file.get(7) {
            Some(b'A') => "active",
            Some(b'P') => "passive",
            Some(b'B') => "both",
            _ => continue,
        };
        fields.set("s7comm.file_system", Value::Str(place));
    }
    fields.set_all("s7comm.block", names.clone());
    fields.set_all("ot.register", names);
}

/// A service of the PLC's program invocation, with what it is about. Returns what it does.
fn pi_service(parameters: &[u8], fields: &mut Fields) -> Result<&'static str, Malformed> {
    let long = malformed("a PI service's argument is longer than the parameters", 18);
    let length = u16_at(parameters, 8).map(usize::from).ok_or(long)?;
    let argument = parameters.get(10..10 + length).ok_or(long)?;
    let service = counted(parameters, 10 + length)?;
    fields.set("s7comm.pi_service", printable(service));
    if matches!(service, b"_INSE" | b"_INS2" | b"_DELE") {
        blocks(argument.get(2..).unwrap_or(&[]).chunks_exact(8), fields);
    } else if !argument.is_empty() {
        fields.set("s7comm.pi_argument", printable(argument));
    }
    Ok(names::pi_operation(service))
}

/// The length of a PDU that is asked for, or agreed.
fn setup(parameters: &[u8], fields: &mut Fields) {
    if let Some(length) = u16_at(parameters, 6) {
        fields.set("s7comm.pdu_length", Value::U64(length.into()));
    }
}

/// Which list of system states: return code, type, length, id and index.
fn system_status_list(data: &[u8], fields: &mut Fields) {
    if let (Some(id), Some(index)) = (data.get(4..6), u16_at(data, 6)) {
        fields.set("s7comm.szl_id", Value::Text(format!("0x{}", hex(id)).into()));
        fields.set("s7comm.szl_index", Value::U64(index.into()));
    }
}
