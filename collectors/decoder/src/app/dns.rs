//! DNS, RFC 1035: over UDP and TCP on port 53, and its link-local kin mDNS (RFC 6762) and LLMNR (RFC 4795).
//!
//! Theory of operation: all sections are walked, so that a count that lies is found; questions and answers are told.
//! A name is text in lower case (RFC 4343: case means nothing, and some resolvers mix it on purpose); a pointer must lead
//! before the name that has it, so that every name ends. Names of types, classes and codes are those of IANA's registry.

use std::fmt::Write;
use std::net::IpAddr;

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::identifiers::decimal;
use crate::message::{Kept, Message, Nothing, Sink, Value, hex};
use crate::octets::{Cursor, ipv4_at, ipv6_at, malformed};

pub static LLMNR: Protocol = Protocol {
    name: "llmnr",
    malformed: "llmnr.malformed",
    carrier: Carrier::Udp,
    ports: &[5355],
    begins: |_| false,
    recognise: |_, _| false,
    begin: || Box::new(Talk { kinds: ["llmnr.query", "llmnr.response"], framed: false }),
};

pub static MDNS: Protocol = Protocol {
    name: "mdns",
    malformed: "mdns.malformed",
    carrier: Carrier::Udp,
    ports: &[5353],
    begins: |_| false,
    recognise: |_, _| false,
    begin: || Box::new(Talk { kinds: ["mdns.query", "mdns.response"], framed: false }),
};

pub static TCP: Protocol = Protocol {
    name: "dns",
    malformed: "dns.malformed",
    carrier: Carrier::Tcp,
    ports: &[53],
    begins: |_| false,
    recognise: |_, _| false, // a DNS message has nothing that is hard to meet by chance
    begin: || Box::new(Talk { kinds: KINDS, framed: true }),
};

pub static UDP: Protocol = Protocol {
    name: "dns",
    malformed: "dns.malformed",
    carrier: Carrier::Udp,
    ports: &[53],
    begins: |_| false,
    recognise: |_, _| false,
    begin: || Box::new(Talk { kinds: KINDS, framed: false }),
};

const KINDS: [&str; 2] = ["dns.query", "dns.response"];
const HEADER: usize = 12;
/// Octets of a name, RFC 1035 2.3.4.
const LONGEST_NAME: usize = 255;
/// Questions told of one message: mDNS asks several at once.
const MOST_QUESTIONS: usize = 8;
/// Answers told of one message.
const MOST_ANSWERS: usize = 16;
/// Octets told of a record that is text or has no text form here.
const MOST_DATA: usize = 255;

#[derive(Debug)]
struct Talk {
    kinds: [&'static str; 2],
    /// Over TCP a message follows its length (RFC 1035 4.2.2).
    framed: bool,
}

impl Conversation for Talk {
    fn read(&mut self, _side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        if self.framed { self.framed(octets, out) } else { self.datagram(octets, out) }
    }
}

impl Talk {
    fn datagram(&self, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let response = match read(octets, &mut Nothing) {
            Ok(header) => header.is_response(),
            Err(progress) => return progress,
        };
        let kind = if response { self.kinds[1] } else { self.kinds[0] };
        let kept = Kept::from(octets);
        out.push(Message::later(kind, move |fields| drop(read(&kept, fields))));
        Progress::Used(octets.len())
    }

    fn framed(&self, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let mut at = Cursor::new(octets);
        let Some(length) = at.u16().map(usize::from) else { return Progress::More };
        if length < HEADER {
            return Progress::Malformed(malformed("the length is shorter than a DNS header", 0));
        }
        let Some(body) = at.take(length) else { return Progress::More };
        match self.datagram(body, out) {
            Progress::More => Progress::Malformed(malformed("the message ends inside a record", at.at())),
            Progress::Used(_) => Progress::Used(at.at()),
            other => other,
        }
    }
}

/// One message. `Progress::More` when the octets end before it does.
fn read(octets: &[u8], fields: &mut impl Sink) -> Result<Header, Progress> {
    let mut at = Cursor::new(octets);
    let header = Header::read(&mut at).ok_or(Progress::More)?;
    header.tell(fields);
    questions(&mut at, header.questions, fields)?;
    answers(&mut at, header.answers, fields)?;
    let mut dnssec = false;
    for _ in 0..u32::from(header.authorities) + u32::from(header.additionals) {
        let record = Record::skip(&mut at)?;
        dnssec |= record.kind == OPT && record.ttl & 0x8000 != 0;
    }
    fields.set_each("dns.header_flags", header.flags(dnssec));
    Ok(header)
}

struct Header {
    id: u16,
    flags: u16,
    questions: u16,
    answers: u16,
    authorities: u16,
    additionals: u16,
}

impl Header {
    fn read(at: &mut Cursor) -> Option<Self> {
        Some(Self {
            id: at.u16()?,
            flags: at.u16()?,
            questions: at.u16()?,
            answers: at.u16()?,
            authorities: at.u16()?,
            additionals: at.u16()?,
        })
    }

    fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    fn tell(&self, fields: &mut impl Sink) {
        fields.set("dns.id", decimal(u64::from(self.id)));
        fields.set_with("dns.op_code", || op_code(self.flags >> 11 & 0xf));
        if self.is_response() {
            fields.set_with("dns.response_code", || response_code(self.flags & 0xf));
        }
    }

    /// As ECS names them; DO is the bit of EDNS (RFC 3225).
    fn flags(&self, dnssec: bool) -> impl Iterator<Item = Value> {
        [(0x0400, "AA"), (0x0200, "TC"), (0x0100, "RD"), (0x0080, "RA"), (0x0020, "AD"), (0x0010, "CD")]
            .into_iter()
            .filter(|(bit, _)| self.flags & bit != 0)
            .map(|(_, name)| name)
            .chain(dnssec.then_some("DO"))
            .map(Value::Str)
    }
}

fn questions(at: &mut Cursor, count: u16, fields: &mut impl Sink) -> Result<(), Progress> {
    let (first, most) = (*at, usize::from(count).min(MOST_QUESTIONS));
    for number in 0..usize::from(count) {
        if number < most {
            walk(at, |_| ())?
        } else {
            skip_name(at)?
        }
        at.take(4).ok_or(Progress::More)?;
    }
    let told = || {
        let mut at = first;
        (0..most).map_while(move |_| {
            let name = at;
            walk(&mut at, |_| ()).ok()?;
            Some((name, at.u16()?, at.u16()?))
        })
    };
    fields.set_each("dns.question.name", told().map(|(at, ..)| told_name(at)));
    fields.set_each("dns.question.type", told().map(|(_, kind, _)| record_type(kind)));
    fields.set_each("dns.question.class", told().map(|(.., code)| class(code)));
    Ok(())
}

/// What the answer section says, aligned.
fn answers(at: &mut Cursor, count: u16, fields: &mut impl Sink) -> Result<(), Progress> {
    let (first, most) = (*at, usize::from(count).min(MOST_ANSWERS));
    for number in 0..usize::from(count) {
        if number < most { Record::named(at)?.data(false).map(drop)? } else { Record::skip(at).map(drop)? }
    }
    let told = || {
        let mut at = first;
        (0..most).map_while(move |_| Some((at, Record::named(&mut at).ok()?)))
    };
    fields.set_each("dns.answers.name", told().map(|(at, _)| told_name(at)));
    fields.set_each("dns.answers.type", told().map(|(_, record)| record_type(record.kind)));
    fields.set_each("dns.answers.ttl", told().map(|(_, record)| Value::U64(record.ttl.into())));
    let data = |record: Record| record.data(true).unwrap_or_default();
    fields.set_each("dns.answers.data", told().map(|(_, record)| Value::Text(data(record).into())));
    fields.set_each("dns.resolved_ip", told().filter_map(|(_, record)| record.address().ok()?.map(Value::Ip)));
    Ok(())
}

fn told_name(mut at: Cursor) -> Value {
    Value::Text(name(&mut at).unwrap_or_default().into())
}

/// A resource record behind its name. `data` ends with it, and begins with the message: names in it point back.
struct Record<'a> {
    kind: u16,
    ttl: u32,
    data: Cursor<'a>,
}

impl<'a> Record<'a> {
    fn read(at: &mut Cursor<'a>) -> Result<Self, Progress> {
        let mut fixed = || Some((at.u16()?, at.u16()?, at.u32()?, at.u16()?));
        let (kind, _class, ttl, length) = fixed().ok_or(Progress::More)?;
        let data = at.within(usize::from(length)).ok_or(Progress::More)?;
        Ok(Self { kind, ttl, data })
    }

    fn named(at: &mut Cursor<'a>) -> Result<Self, Progress> {
        walk(at, |_| ())?;
        Self::read(at)
    }

    fn skip(at: &mut Cursor<'a>) -> Result<Self, Progress> {
        skip_name(at)?;
        Self::read(at)
    }

    fn address(&self) -> Result<Option<IpAddr>, Progress> {
        let data = self.data.rest();
        let (address, length) = match self.kind {
            A => (ipv4_at(data, 0), 4),
            AAAA => (ipv6_at(data, 0), 16),
            _ => return Ok(None),
        };
        match address {
            Some(address) if data.len() == length => Ok(Some(address)),
            _ => Err(wrong("an address record has the wrong length", &self.data)),
        }
    }

    /// As zone files write it, for what is common; else hex. It is checked in any case, and only made if `wanted`.
    fn data(&self, wanted: bool) -> Result<String, Progress> {
        if let Some(address) = self.address()? {
            return Ok(if wanted { address.to_string() } else { String::new() });
        }
        let mut data = self.data;
        let short = || wrong("a record is shorter than its type asks", &self.data);
        match self.kind {
            NS | CNAME | PTR | DNAME => self.name_at(&mut data, wanted),
            SOA => Ok(format!("{} {}", self.name_at(&mut data, wanted)?, self.name_at(&mut data, wanted)?)),
            MX => Ok(format!("{} {}", data.u16().ok_or_else(short)?, self.name_at(&mut data, wanted)?)),
            SRV => {
                let mut next = || data.u16().ok_or_else(short);
                let (priority, weight, port) = (next()?, next()?, next()?);
                Ok(format!("{priority} {weight} {port} {}", self.name_at(&mut data, wanted)?))
            }
            _ if !wanted => Ok(String::new()),
            TXT => Ok(strings(data)),
            _ => Ok(hex(head(data.rest()))),
        }
    }

    /// A name in the record's data; the record has ended if it is not all there.
    fn name_at(&self, data: &mut Cursor<'a>, wanted: bool) -> Result<String, Progress> {
        let read = if wanted { name(data) } else { walk(data, |_| ()).map(|()| String::new()) };
        read.map_err(|progress| match progress {
            Progress::More => wrong("a name is longer than its record", &self.data),
            other => other,
        })
    }
}

fn head(data: &[u8]) -> &[u8] {
    data.get(..MOST_DATA).unwrap_or(data)
}

/// Character strings, one after the other.
fn strings(mut data: Cursor) -> String {
    let mut joined = Vec::new();
    while let Some(length) = data.u8() {
        let string = data.take(usize::from(length)).unwrap_or(data.rest());
        if !joined.is_empty() {
            joined.push(b' ');
        }
        joined.extend_from_slice(string);
        if joined.len() > MOST_DATA || string.len() < usize::from(length) {
            break;
        }
    }
    String::from_utf8_lossy(head(&joined)).into_owned()
}

fn wrong(reason: &'static str, at: &Cursor) -> Progress {
    Progress::Malformed(malformed(reason, at.at()))
}

/// A label, or what stands in its place.
enum Label<'a> {
    Octets(&'a [u8]),
    Pointer(usize),
    End,
}

impl<'a> Label<'a> {
    fn read(at: &mut Cursor<'a>) -> Result<Self, Progress> {
        let length = at.u8().ok_or(Progress::More)?;
        match length {
            0 => Ok(Label::End),
            1..=0x3f => Ok(Label::Octets(at.take(usize::from(length)).ok_or(Progress::More)?)),
            0xc0.. => {
                let low = at.u8().ok_or(Progress::More)?;
                Ok(Label::Pointer(usize::from(u16::from_be_bytes([length & 0x3f, low]))))
            }
            _ => Err(wrong("a label is of a reserved type", at)),
        }
    }
}

fn skip_name(at: &mut Cursor) -> Result<(), Progress> {
    let start = at.at();
    loop {
        match Label::read(at)? {
            Label::End | Label::Pointer(_) => return Ok(()),
            Label::Octets(_) if at.at() - start >= LONGEST_NAME => {
                return Err(wrong("a name is longer than 255 octets", at));
            }
            Label::Octets(_) => {}
        }
    }
}

/// A name as text; the root is a dot. The cursor ends behind it.
fn name(at: &mut Cursor) -> Result<String, Progress> {
    let mut text = String::new();
    walk(at, |label| write_label(&mut text, label))?;
    Ok(if text.is_empty() { ".".into() } else { text })
}

/// The labels of a name, RFC 1035 4.1.4.
fn walk(at: &mut Cursor, mut each: impl FnMut(&[u8])) -> Result<(), Progress> {
    let (mut length, mut run, mut behind) = (1, at.at(), None);
    let mut reader = *at;
    loop {
        match Label::read(&mut reader)? {
            Label::Octets(label) => {
                length += 1 + label.len();
                if length > LONGEST_NAME {
                    return Err(wrong("a name is longer than 255 octets", &reader));
                }
                each(label);
            }
            Label::Pointer(target) if target < run => {
                behind.get_or_insert(reader);
                run = target;
                reader = reader.moved(target);
            }
            Label::Pointer(_) => return Err(wrong("a pointer in a name does not lead back", &reader)),
            Label::End => break,
        }
    }
    *at = behind.unwrap_or(reader);
    Ok(())
}

/// Text as it is; a dot in a label, and what is no text, escaped as in zone files.
fn write_label(text: &mut String, label: &[u8]) {
    if !text.is_empty() {
        text.push('.');
    }
    match std::str::from_utf8(label) {
        Ok(plain) if !plain.contains(char::is_control) => {
            for letter in plain.chars() {
                if matches!(letter, '.' | '\\') {
                    text.push('\\');
                }
                text.push(letter.to_ascii_lowercase());
            }
        }
        _ => label.iter().for_each(|&octet| write_octet(text, octet)),
    }
}

fn write_octet(text: &mut String, octet: u8) {
    match octet {
        b'.' | b'\\' => text.extend(['\\', char::from(octet)]),
        b' '..=b'~' => text.push(char::from(octet.to_ascii_lowercase())),
        _ => {
            let _ = write!(text, "\\{octet:03}");
        }
    }
}

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const PTR: u16 = 12;
const MX: u16 = 15;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const DNAME: u16 = 39;
const OPT: u16 = 41;

fn record_type(code: u16) -> Value {
    Value::Str(match code {
        A => "A",
        NS => "NS",
        CNAME => "CNAME",
        SOA => "SOA",
        10 => "NULL",
        PTR => "PTR",
        13 => "HINFO",
        MX => "MX",
        TXT => "TXT",
        24 => "SIG",
        25 => "KEY",
        AAAA => "AAAA",
        29 => "LOC",
        SRV => "SRV",
        35 => "NAPTR",
        37 => "CERT",
        DNAME => "DNAME",
        OPT => "OPT",
        43 => "DS",
        44 => "SSHFP",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        50 => "NSEC3",
        52 => "TLSA",
        64 => "SVCB",
        65 => "HTTPS",
        99 => "SPF",
        249 => "TKEY",
        250 => "TSIG",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        256 => "URI",
        257 => "CAA",
        _ => return Value::Text(format!("TYPE{code}").into()), // RFC 3597
    })
}

/// The top bit is mDNS's "answer by unicast" or "flush", RFC 6762 10.2 and 5.4.
fn class(code: u16) -> Value {
    Value::Str(match code & 0x7fff {
        1 => "IN",
        3 => "CH",
        4 => "HS",
        254 => "NONE",
        255 => "ANY",
        _ => return Value::Text(format!("CLASS{code}").into()),
    })
}

fn op_code(code: u16) -> Value {
    let names = ["QUERY", "IQUERY", "STATUS", "3", "NOTIFY", "UPDATE", "DSO"];
    coded(code, &names)
}

fn response_code(code: u16) -> Value {
    let names = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE",
    ];
    coded(code, &names)
}

fn coded(code: u16, names: &[&'static str]) -> Value {
    match names.get(usize::from(code)) {
        Some(name) => Value::Str(name),
        None => Value::Text(code.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mutated, told};
    use super::*;

    /// `plc7.Factory.example`, at octet 12 of a message.
    const NAME: &[u8] = b"\x04plc7\x07Factory\x07example\x00";

    fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
        [id, flags].into_iter().chain(counts).flat_map(u16::to_be_bytes).collect()
    }

    fn query() -> Vec<u8> {
        [&header(0x1234, 0x0100, [1, 0, 0, 0])[..], NAME, b"\0\x01\0\x01"].concat()
    }

    /// The same question, a CNAME to `gw.factory.example`, and its address.
    fn response() -> Vec<u8> {
        let question = [NAME, b"\0\x01\0\x01"].concat();
        let cname = b"\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x05\x02gw\xc0\x11";
        let address = b"\xc0\x32\0\x01\0\x01\0\0\0\x0a\0\x04\x0a\x0b\x06\x07";
        let opt = b"\0\0\x29\x04\xd0\0\0\x80\0\0\0";
        [&header(0x1234, 0x8180, [1, 2, 0, 1])[..], &question, cname, address, opt].concat()
    }

    fn one(octets: &[u8]) -> Message {
        let (mut told, error) = told(&UDP, Side::Client, octets);
        assert_eq!(error, None);
        assert_eq!(told.len(), 1);
        told.remove(0)
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    fn refused(octets: &[u8]) -> &'static str {
        told(&UDP, Side::Client, octets).1.unwrap().reason
    }

    #[test]
    fn a_query() {
        let message = one(&query());
        assert_eq!(message.kind, "dns.query");
        assert_eq!(message.all().get("dns.id"), Some(&decimal(4660)));
        assert_eq!(message.all().get("dns.op_code"), Some(&Value::Str("QUERY")));
        assert_eq!(message.all().get("dns.header_flags"), Some(&Value::Str("RD")));
        assert_eq!(message.all().get("dns.question.name"), Some(&text("plc7.factory.example")));
        assert_eq!(message.all().get("dns.question.type"), Some(&Value::Str("A")));
        assert_eq!(message.all().get("dns.question.class"), Some(&Value::Str("IN")));
        assert_eq!(message.all().get("dns.response_code"), None);
    }

    #[test]
    fn a_response() {
        let message = one(&response());
        assert_eq!(message.kind, "dns.response");
        let list = |values: &[Value]| Some(Value::List(values.into()));
        let field = |name| message.all().get(name).cloned();
        assert_eq!(field("dns.response_code"), Some(Value::Str("NOERROR")));
        assert_eq!(field("dns.header_flags"), list(&[Value::Str("RD"), Value::Str("RA"), Value::Str("DO")]));
        assert_eq!(field("dns.answers.type"), list(&[Value::Str("CNAME"), Value::Str("A")]));
        assert_eq!(field("dns.answers.name"), list(&[text("plc7.factory.example"), text("gw.factory.example")]));
        assert_eq!(field("dns.answers.data"), list(&[text("gw.factory.example"), text("10.11.6.7")]));
        assert_eq!(field("dns.answers.ttl"), list(&[Value::U64(60), Value::U64(10)]));
        assert_eq!(field("dns.resolved_ip"), Some(Value::Ip("10.11.6.7".parse().unwrap())));
    }

    #[test]
    fn over_tcp_each_message_follows_its_length() {
        let framed = |message: Vec<u8>| [&(message.len() as u16).to_be_bytes()[..], &message].concat();
        let (messages, error) = told(&TCP, Side::Client, &[framed(query()), framed(response())].concat());
        assert_eq!(error, None);
        assert_eq!(messages.iter().map(|message| message.kind).collect::<Vec<_>>(), KINDS);
        let cut = framed(query()[..20].to_vec());
        assert_eq!(told(&TCP, Side::Client, &cut).1.unwrap().reason, "the message ends inside a record");
        assert!(told(&TCP, Side::Client, b"\0\x0b").1.unwrap().reason.contains("shorter than a DNS header"));
    }

    #[test]
    fn link_local_kin_have_their_own_names() {
        let service = b"\x0bOven \xe4\xb8\x80\xe5\x8f\xb7\x04_ipp\x04_tcp\x05local\x00";
        let question = [&header(0, 0, [1, 0, 0, 0])[..], service, b"\0\x21\x80\x01"].concat();
        let (messages, _) = told(&MDNS, Side::Client, &question);
        assert_eq!(messages[0].kind, "mdns.query");
        assert_eq!(messages[0].all().get("dns.question.name"), Some(&text("oven 一号._ipp._tcp.local")));
        assert_eq!(messages[0].all().get("dns.question.class"), Some(&Value::Str("IN")));
        assert_eq!(told(&LLMNR, Side::Server, &response()).0[0].kind, "llmnr.response");
    }

    #[test]
    fn records_as_zone_files_write_them() {
        let answer = |kind: u8, data: &[u8]| {
            let record = [b"\0\0", &[kind][..], b"\0\x01\0\0\0\x01\0", &[data.len() as u8], data].concat();
            let octets = [&header(1, 0x8000, [0, 1, 0, 0])[..], &record].concat();
            one(&octets).all().get("dns.answers.data").cloned().unwrap()
        };
        assert_eq!(answer(15, b"\0\x0a\x02mx\0"), text("10 mx"));
        assert_eq!(answer(33, b"\0\x01\0\x02\0\x50\x02gw\0"), text("1 2 80 gw"));
        assert_eq!(answer(16, b"\x02ab\x01c"), text("ab c"));
        assert_eq!(answer(6, b"\x01a\0\x01b\0"), text("a b"));
        assert_eq!(answer(10, b"\xde\xad"), text("dead"));
        assert_eq!(answer(2, b"\x03a.\x01\0"), text("a\\.\\001"));
        assert_eq!(answer(12, b"\0"), text("."));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let asked = |name: &[u8]| [&header(1, 0, [1, 0, 0, 0])[..], name, b"\0\x01\0\x01"].concat();
        assert_eq!(refused(&asked(b"\xc0\x0c")), "a pointer in a name does not lead back");
        assert_eq!(refused(&asked(b"\x01a\xc0\x0c")), "a pointer in a name does not lead back");
        assert_eq!(refused(&asked(b"\x80")), "a label is of a reserved type");
        let long = [&[0x3f; 64][..]; 4].concat();
        assert_eq!(refused(&asked(&[&long[..], b"\0"].concat())), "a name is longer than 255 octets");
        let answer = |rest: &[u8]| [&header(1, 0x8000, [0, 1, 0, 0])[..], rest].concat();
        assert_eq!(refused(&answer(b"\0\0\x01\0\x01\0\0\0\0\0\x03abc")), "an address record has the wrong length");
        assert_eq!(refused(&answer(b"\0\0\x05\0\x01\0\0\0\0\0\x02\x05a")), "a name is longer than its record");
        assert_eq!(refused(&answer(b"\0\0\x0f\0\x01\0\0\0\0\0\x01a")), "a record is shorter than its type asks");
    }

    #[test]
    fn a_datagram_whose_counts_promise_more_is_cut_short() {
        let mut talk = (UDP.begin)();
        let octets = [&header(1, 0, [2, 0, 0, 0])[..], NAME, b"\0\x01\0\x01"].concat();
        let mut out = Vec::new();
        assert_eq!(talk.read(Side::Client, &octets, &mut out), Progress::More);
        assert!(out.is_empty());
    }

    #[test]
    fn many_answers_are_walked_and_some_are_told() {
        let records = b"\0\0\x01\0\x01\0\0\0\x01\0\x04\x0a\0\0\x01".repeat(40);
        let message = one(&[&header(1, 0x8000, [0, 40, 0, 0])[..], &records].concat());
        let fields = message.all();
        let Some(Value::List(told)) = fields.get("dns.resolved_ip") else { panic!("no list") };
        assert_eq!(told.len(), MOST_ANSWERS);
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutated(&UDP, Side::Server, &response());
        mutated(&MDNS, Side::Server, &response());
        mutated(&TCP, Side::Server, &[b"\0\x5d", &response()[..]].concat());
    }
}
