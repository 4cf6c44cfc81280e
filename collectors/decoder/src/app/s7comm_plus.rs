//! S7comm-plus: what TIA Portal, S7-1200 and S7-1500 talk over COTP. No public standard; names are those of the public
//! dissector. Version 1 without, 2 with a session, 3 with an integrity part; 254 keeps alive.
//!
//! Theory of operation: header, [integrity part], opcode, function and sequence number; a trailer ends a message, so that
//! a PDU without one goes on in the next, which has no head of its own. From version 3 on values may be encrypted inside
//! TLS, which begins after InitSSL and is not read.

use super::Side;
use super::ot::{Function, REQUEST, RESPONSE, UNSOLICITED, function};
use super::transactions::Transactions;
use crate::message::{Message, Value};
use crate::octets::{Malformed, array, malformed, u8_at, u16_at, u32_at};

const KEEP_ALIVE: u8 = 0xfe;
const OPCODE_REQUEST: u8 = 0x31;
const OPCODE_RESPONSE: u8 = 0x32;
const OPCODE_RESPONSE_2: u8 = 0x02;
const OPCODE_NOTIFICATION: u8 = 0x33;
/// The session of whoever has none yet: what it creates is a session.
const NO_SESSION: u32 = 0x120;
/// The object that executes the program, and its attribute that says in which state it should be.
const CPU_EXECUTION: u32 = 0x34;
const OPERATING_STATE: u64 = 2167;

#[derive(Debug, Default)]
pub struct Talk {
    open: Transactions<u16, u16>,
    /// A message goes on in the next PDU: of the client, of the server.
    goes_on: (bool, bool),
}

impl Talk {
    pub fn lost(&mut self, side: Side) {
        *self.goes_on(side) = false;
        self.open.lost();
    }

    fn goes_on(&mut self, side: Side) -> &mut bool {
        match side {
            Side::Client => &mut self.goes_on.0,
            Side::Server => &mut self.goes_on.1,
        }
    }

    /// Read a PDU; nothing is said of one that continues a message or keeps the connection alive.
    pub fn read(&mut self, side: Side, pdu: &[u8]) -> Option<Message> {
        let end = 4 + usize::from(u16_at(pdu, 2)?);
        if u8_at(pdu, 1) == Some(KEEP_ALIVE) {
            return None;
        }
        let continues = *self.goes_on(side);
        *self.goes_on(side) = pdu.len() <= end;
        if continues {
            return None;
        }
        let mut message = Message::new("s7comm_plus.other");
        let read = match pdu.get(..end) {
            Some(pdu) => self.head(side, pdu, &mut message),
            None => Err(malformed("the data is longer than the PDU", 2)),
        };
        if let Err(error) = read {
            let mut broken = Message::malformed("s7comm_plus.malformed", error.reason, error.offset, pdu);
            message.fields.iter().for_each(|(name, value)| broken.fields.set(name, value.clone()));
            return Some(broken);
        }
        Some(message)
    }

    fn head(&mut self, side: Side, pdu: &[u8], message: &mut Message) -> Result<(), Malformed> {
        let version = u8_at(pdu, 1).unwrap_or(0);
        message.fields.set("s7comm_plus.version", Value::U64(version.into()));
        let at = match u8_at(pdu, 4) {
            Some(OPCODE_REQUEST | OPCODE_RESPONSE | OPCODE_NOTIFICATION | OPCODE_RESPONSE_2) => 4,
            Some(length) if version == 3 => 5 + usize::from(length),
            _ => 4,
        };
        let body = pdu.get(at..).unwrap_or(&[]);
        let short = malformed("the PDU ends inside its head", pdu.len());
        match u8_at(body, 0).ok_or(short)? {
            OPCODE_REQUEST => self.request(side, body, message).ok_or(short),
            OPCODE_RESPONSE | OPCODE_RESPONSE_2 => self.response(body, message).ok_or(short),
            OPCODE_NOTIFICATION => {
                message.kind = "s7comm_plus.notification";
                function("", "notification", "report").tell(
                    &mut message.fields,
                    OPCODE_NOTIFICATION.into(),
                    UNSOLICITED,
                );
                Ok(())
            }
            _ => Err(malformed("the opcode is unknown", at)),
        }
    }

    fn request(&mut self, _side: Side, body: &[u8], message: &mut Message) -> Option<()> {
        let (code, sequence) = (u16_at(body, 3)?, u16_at(body, 7)?);
        let mut known = functions(code);
        let fields = &mut message.fields;
        fields.set("ot.transaction_id", Value::U64(sequence.into()));
        if let Some(session) = u32_at(body, 9) {
            fields.set("s7comm_plus.session_id", Value::U64(session.into()));
            let ends = code == 0x04d4 && u32_at(body, 14) == Some(session);
            if session == NO_SESSION || ends {
                known.operation = "session";
            }
        }
        let object = if code == 0x04f2 || code == 0x0542 { u32_at(body, 14) } else { None };
        if let Some(object) = object {
            fields.set("s7comm_plus.object_id", Value::U64(object.into()));
        }
        let state = if object == Some(CPU_EXECUTION) { operating_state(body.get(18..).unwrap_or(&[])) } else { None };
        if let Some(state) = state {
            known.operation = "mode";
            fields.set("s7comm_plus.operating_state", Value::Str(state));
        }
        known.tell(fields, code.into(), REQUEST);
        message.kind = known.kind;
        self.open.ask(sequence, code);
        Some(())
    }

    fn response(&mut self, body: &[u8], message: &mut Message) -> Option<()> {
        let (code, sequence) = (u16_at(body, 3)?, u16_at(body, 7)?);
        message.kind = "s7comm_plus.response";
        functions(code).tell(&mut message.fields, code.into(), RESPONSE);
        message.fields.set("ot.transaction_id", Value::U64(sequence.into()));
        let (asked, mut mismatch) = self.open.answer(sequence, body).split();
        if asked.is_some_and(|asked| asked != code) {
            mismatch = Some("other_function");
        }
        if let Some(mismatch) = mismatch {
            message.fields.set("s7comm_plus.mismatch", Value::Str(mismatch));
        }
        Some(())
    }
}

/// What a request sets the operating state to: a count of one, the attribute, and a value of four octets at most.
fn operating_state(set: &[u8]) -> Option<&'static str> {
    let (attribute, at) = variable_length(set, 1)?;
    if attribute != OPERATING_STATE {
        return None;
    }
    // An item number may stand between the attribute and the value: flags 0, type 8 (DInt), state.
    let value = set.get(at..)?.windows(3).take(4).find(|octets| octets.starts_with(&[0, 8]))?;
    Some(match value.get(2)? {
        1 => "stop",
        3 => "run",
        _ => "other",
    })
}

/// A number in groups of seven bits, and where it ends.
fn variable_length(octets: &[u8], at: usize) -> Option<(u64, usize)> {
    let [first, second, third] = array(octets, at)?;
    let low = |octet: u8| u64::from(octet & 0x7f);
    if first & 0x80 == 0 {
        Some((low(first), at + 1))
    } else if second & 0x80 == 0 {
        Some((low(first) << 7 | low(second), at + 2))
    } else {
        Some((low(first) << 14 | low(second) << 7 | low(third), at + 3))
    }
}

fn functions(code: u16) -> Function {
    match code {
        0x04b1 | 0x05a9 => function("s7comm_plus.error", "error", "diagnose"),
        0x04bb => function("s7comm_plus.explore", "explore", "discover"),
        0x04ca => function("s7comm_plus.create_object", "create_object", "program"),
        0x04d4 => function("s7comm_plus.delete_object", "delete_object", "program"),
        0x04f2 => function("s7comm_plus.set_variable", "set_variable", "write"),
        0x04fc => function("s7comm_plus.get_variable", "get_variable", "read"),
        0x0506 => function("s7comm_plus.add_link", "add_link", "program"),
        0x051a => function("s7comm_plus.remove_link", "remove_link", "program"),
        0x0524 => function("s7comm_plus.get_link", "get_link", "read"),
        0x0542 => function("s7comm_plus.set_multi_variables", "set_multi_variables", "write"),
        0x054c => function("s7comm_plus.get_multi_variables", "get_multi_variables", "read"),
        0x0556 => function("s7comm_plus.begin_sequence", "begin_sequence", "program"),
        0x0560 => function("s7comm_plus.end_sequence", "end_sequence", "program"),
        0x056b => function("s7comm_plus.invoke", "invoke", "control"),
        0x057c => function("s7comm_plus.set_variable_substreamed", "set_variable_substreamed", "write"),
        0x0586 => function("s7comm_plus.get_variable_substreamed", "get_variable_substreamed", "read"),
        0x0590 => function("s7comm_plus.get_variables_address", "get_variables_address", "discover"),
        0x059a => function("s7comm_plus.abort", "abort", "control"),
        0x05b3 => function("s7comm_plus.init_ssl", "init_ssl", "session"),
        _ => function("s7comm_plus.other", "unknown", "control"),
    }
}
