//! EtherNet/IP (CIP volume 2): the encapsulation that carries CIP over TCP and UDP, and implicit I/O beside it.
//!
//! Theory of operation: an encapsulation packet is a header of 24 octets and, when it carries CIP, a list of items
//! (volume 2, 2-6) of which one is a message for the router of `cip`. Numbers are little-endian. Implicit I/O is sent every
//! few milliseconds for as long as a connection lives, so that only its first datagram is told.

use super::cip::{Router, Transaction};
use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::identifiers::head;
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, malformed};

pub static TCP: Protocol = Protocol {
    name: "enip",
    malformed: "enip.malformed",
    carrier: Carrier::Tcp,
    ports: &[44818],
    begins: |octet| u16::from(octet) == REGISTER_SESSION,
    recognise: |side, octets| side == Side::Client && is_register_session(octets),
    begin: || Box::new(Talk::default()),
};

pub static UDP: Protocol = Protocol {
    name: "enip",
    malformed: "enip.malformed",
    carrier: Carrier::Udp,
    ports: &[44818],
    begins: |octet| u16::from(octet) == LIST_IDENTITY,
    recognise: |side, octets| side == Side::Client && is_list_identity(octets),
    begin: || Box::new(Talk::default()),
};

pub static IO: Protocol = Protocol {
    name: "cip",
    malformed: "cip.malformed",
    carrier: Carrier::Udp,
    ports: &[2222],
    begins: |_| false,
    recognise: |_, _| false,
    begin: || Box::new(Implicit::default()),
};

const HEADER: usize = 24;
/// An unknown command is answered with a status, but a known one.
const LAST_STATUS: u32 = 0x69;
/// Octets told of a product's name.
const MOST_NAME: usize = 64;
/// Items of one list: an address and data, and where to connect to.
const MOST_ITEMS: usize = 8;

const NOP: u16 = 0x00;
const LIST_SERVICES: u16 = 0x04;
const LIST_IDENTITY: u16 = 0x63;
const LIST_INTERFACES: u16 = 0x64;
const REGISTER_SESSION: u16 = 0x65;
const UNREGISTER_SESSION: u16 = 0x66;
const SEND_RR_DATA: u16 = 0x6f;
const SEND_UNIT_DATA: u16 = 0x70;
const START_DTLS: u16 = 0xc8;

const IDENTITY_ITEM: u16 = 0x0c;
const CONNECTED_DATA: u16 = 0xb1;
const UNCONNECTED_DATA: u16 = 0xb2;
const SEQUENCED_ADDRESS: u16 = 0x8002;

#[derive(Debug, Default)]
struct Talk {
    router: Router,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = Cursor::new(octets);
        let Some(header) = Header::read(&mut at) else { return Progress::More };
        if header.options != 0 {
            return Progress::Malformed(malformed("options of the encapsulation are not 0", 20)); // 2-3.7: to be discarded
        }
        if !header.is_command() && header.status > LAST_STATUS {
            return Progress::Malformed(malformed("no command of the encapsulation", 0));
        }
        let end = HEADER + usize::from(header.length);
        let Some(packet) = octets.get(..end) else { return Progress::More };
        let mut body = Cursor::new(packet).moved(HEADER);
        if self.packet(side, &header, &mut body, out).is_none() {
            out.push(Message::malformed("enip.malformed", "the packet ends inside a field", body.at(), packet));
        }
        Progress::Used(end)
    }
}

struct Header {
    command: u16,
    length: u16,
    session: u32,
    status: u32,
    context: u64,
    options: u32,
}

impl Header {
    fn read(at: &mut Cursor) -> Option<Self> {
        Some(Self {
            command: at.le16()?,
            length: at.le16()?,
            session: at.le32()?,
            status: at.le32()?,
            context: u64::from_le_bytes(at.fixed()?),
            options: at.le32()?,
        })
    }

    fn is_command(&self) -> bool {
        matches!(self.command, NOP | LIST_SERVICES | LIST_IDENTITY..=UNREGISTER_SESSION)
            || matches!(self.command, SEND_RR_DATA | SEND_UNIT_DATA | START_DTLS)
    }

    /// Broadcasts are answered from elsewhere, so that a request is told by what it has, not by who began.
    fn is_request(&self, side: Side) -> bool {
        match self.command {
            LIST_SERVICES | LIST_IDENTITY | LIST_INTERFACES => self.length == 0 && self.status == 0,
            REGISTER_SESSION => self.session == 0 && self.status == 0,
            UNREGISTER_SESSION => true,
            _ => side == Side::Client,
        }
    }

    /// The event of the packet itself; data packets have one only when they failed, for then they carry nothing.
    fn kind(&self, request: bool) -> Option<(&'static str, &'static str, &'static str)> {
        Some(match (self.command, request) {
            (NOP, _) => return None,
            (LIST_SERVICES, true) => ("enip.list_services", "list_services", "discover"),
            (LIST_SERVICES, false) => ("enip.list_services_response", "list_services", "discover"),
            (LIST_IDENTITY, true) => ("enip.list_identity", "list_identity", "discover"),
            (LIST_IDENTITY, false) => ("enip.list_identity_response", "list_identity", "discover"),
            (LIST_INTERFACES, true) => ("enip.list_interfaces", "list_interfaces", "discover"),
            (LIST_INTERFACES, false) => ("enip.list_interfaces_response", "list_interfaces", "discover"),
            (REGISTER_SESSION, true) => ("enip.register_session", "register_session", "session"),
            (REGISTER_SESSION, false) => ("enip.register_session_response", "register_session", "session"),
            (UNREGISTER_SESSION, _) => ("enip.unregister_session", "unregister_session", "session"),
            (SEND_RR_DATA | SEND_UNIT_DATA, _) if self.status == 0 => return None,
            (SEND_RR_DATA, _) => ("enip.send_rr_data_response", "send_rr_data", "session"),
            (SEND_UNIT_DATA, _) => ("enip.send_unit_data_response", "send_unit_data", "session"),
            (START_DTLS, _) => ("enip.start_dtls", "start_dtls", "session"),
            _ => ("enip.unknown_command", "unknown", "diagnose"),
        })
    }
}

impl Talk {
    fn packet(&mut self, side: Side, header: &Header, body: &mut Cursor, out: &mut Vec<Message>) -> Option<()> {
        let request = header.is_request(side);
        if let Some((kind, function, operation)) = header.kind(request) {
            let mut message = Message::new(kind);
            let fields = &mut message.fields;
            fields.set("ot.function", Value::Str(function));
            fields.set("ot.function_code", Value::U64(u64::from(header.command)));
            fields.set("ot.operation", Value::Str(operation));
            fields.set("ot.direction", Value::Str(if request { "request" } else { "response" }));
            if !request {
                fields.set("ot.status", Value::Str(status(header.status)));
            }
            if header.session != 0 {
                fields.set("enip.session", Value::U64(u64::from(header.session)));
            }
            let told = if header.command == LIST_IDENTITY && !request { identity(body, fields) } else { Some(()) };
            out.push(message);
            return told;
        }
        match header.command {
            SEND_RR_DATA | SEND_UNIT_DATA => self.data(header, body, out),
            _ => Some(()),
        }
    }

    /// The CIP message among the items of a data packet.
    fn data(&mut self, header: &Header, body: &mut Cursor, out: &mut Vec<Message>) -> Option<()> {
        let (_interface, _timeout) = (body.le32()?, body.le16()?);
        for _ in 0..usize::from(body.le16()?).min(MOST_ITEMS) {
            let (kind, mut item) = item(body)?;
            let transaction = match kind {
                CONNECTED_DATA => Transaction::connected(header.session, item.le16()?),
                UNCONNECTED_DATA => Transaction::unconnected(header.session, header.context),
                _ => continue,
            };
            self.router.read(transaction, item.rest(), out);
        }
        Some(())
    }
}

/// An item of the common packet format, 2-6: its type, and what it holds.
fn item<'a>(at: &mut Cursor<'a>) -> Option<(u16, Cursor<'a>)> {
    let (kind, length) = (at.le16()?, at.le16()?);
    Some((kind, at.within(usize::from(length))?))
}

/// What a device says of itself, 2-4.2.
fn identity(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    for _ in 0..usize::from(at.le16()?).min(MOST_ITEMS) {
        let (IDENTITY_ITEM, mut item) = item(at)? else { continue };
        let (_version, _socket) = (item.le16()?, item.take(16)?);
        fields.set("cip.vendor_id", Value::U64(u64::from(item.le16()?)));
        fields.set("cip.device_type", Value::U64(u64::from(item.le16()?)));
        fields.set("cip.product_code", Value::U64(u64::from(item.le16()?)));
        let (major, minor) = (item.u8()?, item.u8()?);
        fields.set("cip.revision", Value::Text(format!("{major}.{minor}").into()));
        fields.set("cip.device_status", Value::U64(u64::from(item.le16()?)));
        fields.set("cip.serial_number", Value::U64(u64::from(item.le32()?)));
        let length = item.u8()?;
        fields.set("cip.product_name", head(item.take(usize::from(length))?, MOST_NAME));
    }
    Some(())
}

fn status(code: u32) -> &'static str {
    match code {
        0x00 => "success",
        0x01 => "invalid_or_unsupported_command",
        0x02 => "insufficient_memory",
        0x03 => "incorrect_data",
        0x64 => "invalid_session_handle",
        0x65 => "invalid_length",
        0x69 => "unsupported_protocol_version",
        _ => "unknown",
    }
}

fn is_register_session(octets: &[u8]) -> bool {
    let mut at = Cursor::new(octets);
    Header::read(&mut at).is_some_and(|header| {
        (header.command, header.length, header.session, header.status, header.options) == (REGISTER_SESSION, 4, 0, 0, 0)
    }) && at.le16() == Some(1)
}

fn is_list_identity(octets: &[u8]) -> bool {
    octets.len() == HEADER
        && Header::read(&mut Cursor::new(octets)).is_some_and(|header| {
            (header.command, header.length, header.session, header.status, header.options)
                == (LIST_IDENTITY, 0, 0, 0, 0)
        })
}

/// Implicit I/O of one flow, volume 2, 2-6.2: an address with a sequence number, and data.
#[derive(Debug, Default)]
struct Implicit {
    told: bool,
}

impl Conversation for Implicit {
    fn read(&mut self, _side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = Cursor::new(octets);
        let Some([first, second, third, fourth]) = at.fixed() else { return Progress::More };
        let address = u16::from_le_bytes([third, fourth]);
        if !(2..=4).contains(&u16::from_le_bytes([first, second])) || address != SEQUENCED_ADDRESS {
            return Progress::Malformed(malformed("no sequenced address item", 0));
        }
        let (Some(8), Some(connection), Some(_sequence)) = (at.le16(), at.le32(), at.le32()) else {
            return Progress::More;
        };
        let Some((CONNECTED_DATA, data)) = item(&mut at) else { return Progress::More };
        if !std::mem::replace(&mut self.told, true) {
            let mut message = Message::new("cip.implicit_io");
            message.fields.set("ot.function", Value::Str("implicit_io"));
            message.fields.set("ot.operation", Value::Str("report"));
            message.fields.set("ot.direction", Value::Str("unsolicited"));
            message.fields.set("cip.connection_id", Value::U64(u64::from(connection)));
            message.fields.set("ot.count", Value::U64(data.rest().len() as u64));
            out.push(message);
        }
        Progress::Used(octets.len())
    }
}
