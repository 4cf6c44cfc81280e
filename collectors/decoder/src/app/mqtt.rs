//! MQTT 3.1, 3.1.1 and 5.0 (OASIS): who connects to a broker, what it publishes and subscribes to.
//!
//! Theory of operation: a control packet says its length first, so that of a long one only the head is read. Versions
//! differ in the properties that 5.0 adds, so a conversation remembers the version; it remembers the client too, because
//! only CONNECT names it. Acknowledgements and pings say nothing of what is done, and are quiet. Of a password only its
//! presence is told.

use super::{Carrier, Conversation, Progress, Protocol, Side};
use crate::identifiers::{head, text};
use crate::message::{Fields, Message, Value};
use crate::octets::{Cursor, Malformed, malformed};

pub static PROTOCOL: Protocol = Protocol {
    name: "mqtt",
    malformed: "mqtt.malformed",
    carrier: Carrier::Tcp,
    ports: &[1883],
    begins: |octet| octet == CONNECT,
    recognise: |side, octets| side == Side::Client && is_connect(octets),
    begin: || Box::new(Talk::default()),
};

/// Octets read of one packet: more than any CONNECT and any topic in use.
const MOST_READ: usize = 4_096;
/// Octets told of a text.
const MOST_TEXT: usize = 256;
/// Octets told of a payload.
const MOST_PAYLOAD: usize = 64;
/// Words beside which a password or a token stands.
const SECRETS: [&[u8]; 4] = [b"passw", b"pwd", b"secret", b"token"];
/// Topic filters told of one packet.
const MOST_FILTERS: usize = 16;
/// Topic aliases remembered of one side.
const MOST_ALIASES: usize = 32;
/// The protocol level of 5.0.
const LEVEL_5: u8 = 5;
/// The octets of a CONNECT packet's fixed header, where the length is of one to four octets.
const CONNECT: u8 = 0x10;

#[derive(Debug, Default)]
struct Talk {
    /// Protocol level, once CONNECT said it.
    level: Option<u8>,
    client: Option<Box<str>>,
    /// Topics by alias (5.0, 3.3.2.3.4): each side gives its own.
    client_aliases: Vec<(u16, Box<str>)>,
    server_aliases: Vec<(u16, Box<str>)>,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let header = match Header::read(octets) {
            Ok(Some(header)) => header,
            Ok(None) => return Progress::More,
            Err(error) => return Progress::Malformed(error),
        };
        let seen = header.end.min(header.body + MOST_READ);
        let Some(packet) = octets.get(..seen) else { return Progress::More };
        let mut at = Cursor::new(packet).moved(header.body);
        let mut message = None;
        let told = self.packet(side, &header, &mut at, &mut message);
        if told.is_none() && seen == header.end {
            return Progress::Malformed(malformed("the packet ends inside a field", at.at()));
        }
        out.extend(message);
        Progress::Used(header.end)
    }
}

/// The fixed header, 2.1: where the packet's body starts, and where it ends.
struct Header {
    kind: u8,
    flags: u8,
    body: usize,
    end: usize,
}

impl Header {
    fn read(octets: &[u8]) -> Result<Option<Self>, Malformed> {
        let mut at = Cursor::new(octets);
        let Some(first) = at.u8() else { return Ok(None) };
        let (kind, flags) = (first >> 4, first & 0x0f);
        let reserved = match kind {
            0 => return Err(malformed("packet type 0 is reserved", 0)),
            3 => flags & 0x06 == 0x06,
            6 | 8 | 10 => flags & 0x07 != 0x02, // 3.1 allows these to be sent again, with DUP
            _ => flags != 0,
        };
        if reserved {
            return Err(malformed("reserved flags of the packet type", 0));
        }
        let Some(length) = variable(&mut at) else {
            let whole = at.rest().len() >= 4;
            return if whole { Err(malformed("the length has more than four octets", 4)) } else { Ok(None) };
        };
        Ok(Some(Self { kind, flags, body: at.at(), end: at.at() + length }))
    }
}

impl Talk {
    /// Make the message of a packet, if its kind is told at all; nothing when it ends inside a field.
    fn packet(&mut self, side: Side, header: &Header, at: &mut Cursor, out: &mut Option<Message>) -> Option<()> {
        let (kind, function, operation, direction) = match header.kind {
            1 => ("mqtt.connect", "connect", "session", "request"),
            2 => ("mqtt.connack", "connack", "session", "response"),
            3 if side == Side::Client => ("mqtt.publish", "publish", "report", "request"),
            3 => ("mqtt.publish", "publish", "report", "unsolicited"),
            8 => ("mqtt.subscribe", "subscribe", "read", "request"),
            10 => ("mqtt.unsubscribe", "unsubscribe", "read", "request"),
            14 => ("mqtt.disconnect", "disconnect", "session", "unsolicited"),
            15 => ("mqtt.auth", "auth", "session", "unsolicited"),
            _ => return Some(()),
        };
        let fields = &mut out.insert(Message::new(kind)).fields;
        fields.set("ot.function", Value::Str(function));
        fields.set("ot.function_code", Value::U64(u64::from(header.kind)));
        fields.set("ot.operation", Value::Str(operation));
        fields.set("ot.direction", Value::Str(direction));
        if let Some(client) = &self.client {
            fields.set("mqtt.client_id", Value::Text(client.clone()));
        }
        match header.kind {
            1 => self.connect(at, fields),
            2 => self.connack(at, fields),
            3 => self.publish(side, header, at, fields),
            8 => self.subscribe(at, fields, true),
            10 => self.subscribe(at, fields, false),
            _ => end(at, fields),
        }
    }

    fn connect(&mut self, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
        let name = string(at)?;
        let level = at.u8()? & 0x7f; // the top bit marks a bridge
        if name != b"MQTT" && name != b"MQIsdp" {
            return None;
        }
        self.level = Some(level);
        fields.set("mqtt.version", Value::Str(version(level)));
        let flags = at.u8()?;
        fields.set("mqtt.clean_session", Value::Bool(flags & 0x02 != 0));
        fields.set("mqtt.user_name_present", Value::Bool(flags & 0x80 != 0));
        fields.set("mqtt.password_present", Value::Bool(flags & 0x40 != 0));
        fields.set("mqtt.keep_alive", Value::U64(u64::from(at.u16()?)));
        self.each_property(at, |id, value| {
            if id == 0x15 {
                fields.set("mqtt.authentication_method", head(value, MOST_TEXT));
            }
        })?;
        let client = string(at)?;
        fields.set("mqtt.client_id", head(client, MOST_TEXT));
        self.client = Some(text(client.get(..MOST_TEXT).unwrap_or(client)).into());
        if flags & 0x04 != 0 {
            self.each_property(at, |_, _| ())?;
            fields.set("mqtt.will_topic", head(string(at)?, MOST_TEXT));
            fields.set("mqtt.will_qos", Value::U64(u64::from(flags >> 3 & 0x03)));
            fields.set("mqtt.will_retain", Value::Bool(flags & 0x20 != 0));
            string(at)?;
        }
        if flags & 0x80 != 0 {
            fields.set("user.name", head(string(at)?, MOST_TEXT));
        }
        if flags & 0x40 != 0 {
            string(at)?;
        }
        Some(())
    }

    fn connack(&mut self, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
        fields.set("mqtt.session_present", Value::Bool(at.u8()? & 1 != 0));
        reason(at.u8()?, fields);
        if at.rest().is_empty() {
            return Some(()); // some brokers answer an unknown version in the oldest form
        }
        let mut assigned = None;
        self.each_property(at, |id, value| {
            if id == 0x12 {
                assigned = Some(text(value.get(..MOST_TEXT).unwrap_or(value)));
            }
        })?;
        if let Some(client) = assigned {
            fields.set("mqtt.client_id", Value::Text(client.as_str().into()));
            self.client = Some(client.into());
        }
        Some(())
    }

    fn publish(&mut self, side: Side, header: &Header, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
        let qos = header.flags >> 1 & 0x03;
        fields.set("mqtt.qos", Value::U64(u64::from(qos)));
        fields.set("mqtt.retain", Value::Bool(header.flags & 0x01 != 0));
        fields.set("mqtt.dup", Value::Bool(header.flags & 0x08 != 0));
        let named = string(at).filter(|name| is_topic(name))?;
        if qos != 0 {
            fields.set("ot.transaction_id", Value::U64(u64::from(at.u16()?)));
        }
        let mut alias = None;
        self.each_property(at, |id, value| {
            if id == 0x23 {
                alias = value.first_chunk().copied().map(u16::from_be_bytes);
            }
        })?;
        if let Some(topic) = self.topic(side, named, alias) {
            fields.set("mqtt.topic", Value::Text(topic.clone()));
            fields.set("ot.register", Value::Text(topic));
        }
        let length = header.end.checked_sub(at.at())?;
        fields.set("mqtt.payload_length", Value::U64(length as u64));
        if let Some(value) = printable(at.rest()) {
            fields.set("ot.value", Value::Text(value.into()));
        }
        Some(())
    }

    /// The topic named, or the one that its alias was given to.
    fn topic(&mut self, side: Side, named: &[u8], alias: Option<u16>) -> Option<Box<str>> {
        let known = if side == Side::Client { &mut self.client_aliases } else { &mut self.server_aliases };
        if named.is_empty() {
            let alias = alias?;
            return known.iter().find(|(of, _)| *of == alias).map(|(_, topic)| topic.clone());
        }
        let topic: Box<str> = text(named.get(..MOST_TEXT).unwrap_or(named)).into();
        if let Some(alias) = alias {
            known.retain(|(of, _)| *of != alias);
            if known.len() < MOST_ALIASES {
                known.push((alias, topic.clone()));
            }
        }
        Some(topic)
    }

    fn subscribe(&mut self, at: &mut Cursor, fields: &mut Fields, options: bool) -> Option<()> {
        fields.set("ot.transaction_id", Value::U64(u64::from(at.u16()?)));
        self.each_property(at, |_, _| ())?;
        let (mut filters, mut count, mut whole) = (Vec::new(), 0, Some(()));
        while whole.is_some() && !at.rest().is_empty() {
            let Some(filter) = string(at) else {
                whole = None;
                break;
            };
            if options && at.u8().is_none() {
                whole = None;
            }
            count += 1;
            if filters.len() < MOST_FILTERS {
                filters.push(head(filter, MOST_TEXT));
            }
        }
        fields.set("ot.count", Value::U64(count));
        fields.set_all("mqtt.topic_filter", filters);
        whole
    }

    /// Walk the properties of 5.0 (2.2.2); other versions have none.
    fn each_property<'a>(&self, at: &mut Cursor<'a>, mut each: impl FnMut(u8, &'a [u8])) -> Option<()> {
        if self.level != Some(LEVEL_5) {
            return Some(());
        }
        let length = variable(at)?;
        let mut inside = at.within(length)?;
        while !inside.rest().is_empty() {
            let id = inside.u8()?;
            each(id, property(id, &mut inside)?);
        }
        Some(())
    }
}

/// The value of a property, 2.2.2.2.
fn property<'a>(id: u8, at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    match id {
        0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => at.take(1),
        0x13 | 0x21 | 0x22 | 0x23 => at.take(2),
        0x02 | 0x11 | 0x18 | 0x27 => at.take(4),
        0x0b => variable(at).map(|_| [].as_slice()),
        0x03 | 0x08 | 0x09 | 0x12 | 0x15 | 0x16 | 0x1a | 0x1c | 0x1f => string(at),
        0x26 => string(at).and_then(|_| string(at)),
        _ => None,
    }
}

/// DISCONNECT and AUTH: 5.0 may give a reason.
fn end(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    reason(at.u8().unwrap_or(0), fields);
    Some(())
}

/// A variable byte integer, 1.5.5. Nothing moves when it is not whole, or too long.
fn variable(at: &mut Cursor) -> Option<usize> {
    let (mut ahead, mut value) = (*at, 0);
    for place in 0..4 {
        let octet = ahead.u8()?;
        value |= usize::from(octet & 0x7f) << (7 * place);
        if octet & 0x80 == 0 {
            *at = ahead;
            return Some(value);
        }
    }
    None
}

fn string<'a>(at: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let length = at.u16()?;
    at.take(usize::from(length))
}

/// Whether a topic may be published to, 4.7: text without wildcards.
fn is_topic(name: &[u8]) -> bool {
    !name.iter().any(|octet| matches!(octet, 0 | b'#' | b'+')) && std::str::from_utf8(name).is_ok()
}

/// The head of a payload, when it is text or a number written out, and names no secret.
fn printable(payload: &[u8]) -> Option<&str> {
    let head = payload.get(..MOST_PAYLOAD).unwrap_or(payload);
    let shown = match std::str::from_utf8(head) {
        Ok(shown) => shown,
        Err(error) if error.error_len().is_none() && payload.len() > head.len() => {
            head.get(..error.valid_up_to()).and_then(|head| std::str::from_utf8(head).ok())?
        }
        Err(_) => return None,
    };
    let printable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let secret =
        SECRETS.iter().any(|word| shown.as_bytes().windows(word.len()).any(|at| at.eq_ignore_ascii_case(word)));
    (!shown.is_empty() && !secret && shown.chars().all(printable)).then_some(shown)
}

fn is_connect(octets: &[u8]) -> bool {
    let mut at = Cursor::new(octets);
    at.u8() == Some(CONNECT)
        && variable(&mut at).is_some_and(|length| length >= 10)
        && matches!(string(&mut at), Some(b"MQTT" | b"MQIsdp"))
}

fn version(level: u8) -> &'static str {
    match level {
        3 => "3.1",
        4 => "3.1.1",
        LEVEL_5 => "5.0",
        _ => "unknown",
    }
}

fn reason(code: u8, fields: &mut Fields) {
    fields.set("mqtt.reason_code", Value::U64(u64::from(code)));
    fields.set("ot.status", Value::Str(reason_name(code)));
}

/// CONNACK's return codes of 3.1.1 (3.2.2.3), and the reason codes of 5.0 (2.4).
fn reason_name(code: u8) -> &'static str {
    match code {
        0x00 => "success",
        0x01 => "unacceptable_protocol_version",
        0x02 => "identifier_rejected",
        0x03 => "server_unavailable",
        0x04 => "bad_user_name_or_password", // in DISCONNECT of 5.0: with the will message
        0x05 => "not_authorized",
        0x18 => "continue_authentication",
        0x19 => "re_authenticate",
        0x80 => "unspecified_error",
        0x81 => "malformed_packet",
        0x82 => "protocol_error",
        0x83 => "implementation_specific_error",
        0x84 => "unsupported_protocol_version",
        0x85 => "client_identifier_not_valid",
        0x86 => "bad_user_name_or_password",
        0x87 => "not_authorized",
        0x88 => "server_unavailable",
        0x89 => "server_busy",
        0x8a => "banned",
        0x8b => "server_shutting_down",
        0x8c => "bad_authentication_method",
        0x8d => "keep_alive_timeout",
        0x8e => "session_taken_over",
        0x8f => "topic_filter_invalid",
        0x90 => "topic_name_invalid",
        0x93 => "receive_maximum_exceeded",
        0x94 => "topic_alias_invalid",
        0x95 => "packet_too_large",
        0x96 => "message_rate_too_high",
        0x97 => "quota_exceeded",
        0x98 => "administrative_action",
        0x99 => "payload_format_invalid",
        0x9a => "retain_not_supported",
        0x9b => "qos_not_supported",
        0x9c => "use_another_server",
        0x9d => "server_moved",
        0x9e => "shared_subscriptions_not_supported",
        0x9f => "connection_rate_exceeded",
        0xa0 => "maximum_connect_time",
        0xa1 => "subscription_identifiers_not_supported",
        0xa2 => "wildcard_subscriptions_not_supported",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{mutated, told};

    /// A packet: first octet, then the length (under 128), then the body.
    fn packet(first: u8, body: &[u8]) -> Vec<u8> {
        assert!(body.len() < 128);
        [&[first, body.len() as u8], body].concat()
    }

    fn s(text: &str) -> Vec<u8> {
        [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
    }

    /// CONNECT 3.1.1 with a will, a user name and a password.
    fn connect() -> Vec<u8> {
        let body = [s("MQTT"), vec![4, 0xe6, 0, 60], s("pump-1"), s("state/pump-1"), s("gone"), s("ann"), s("hunter2")];
        packet(0x10, &body.concat())
    }

    /// CONNECT 5.0: receive maximum 16, an empty client identifier, nothing else.
    fn connect5() -> Vec<u8> {
        packet(0x10, &[s("MQTT"), vec![5, 0x02, 0, 30, 3, 0x21, 0, 16], s("")].concat())
    }

    fn messages(side: Side, packets: &[Vec<u8>]) -> Vec<Message> {
        let (messages, error) = told(&PROTOCOL, side, &packets.concat());
        assert_eq!(error, None);
        messages
    }

    fn shown(message: &Message, field: &str) -> String {
        match message.fields.get(field) {
            Some(Value::Text(text)) => text.to_string(),
            Some(Value::Str(text)) => (*text).into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_connect_is_told_without_its_password() {
        let [message] = &messages(Side::Client, &[connect()])[..] else { panic!("one message") };
        assert_eq!(message.kind, "mqtt.connect");
        for (field, expected) in [
            ("mqtt.version", "3.1.1"),
            ("mqtt.client_id", "pump-1"),
            ("mqtt.will_topic", "state/pump-1"),
            ("user.name", "ann"),
            ("mqtt.keep_alive", "Some(U64(60))"),
            ("mqtt.password_present", "Some(Bool(true))"),
            ("mqtt.clean_session", "Some(Bool(true))"),
            ("mqtt.will_retain", "Some(Bool(true))"),
            ("mqtt.will_qos", "Some(U64(0))"),
        ] {
            assert_eq!(shown(message, field), expected, "{field}");
        }
        assert!(!format!("{message:?}").contains("hunter2"));
    }

    #[test]
    fn a_publish_tells_topic_and_value_and_who() {
        let publish = packet(0x33, &[s("plant/valve/set"), vec![0, 9], b"42.5".to_vec()].concat());
        let [_, message] = &messages(Side::Client, &[connect(), publish])[..] else { panic!("two messages") };
        assert_eq!(message.kind, "mqtt.publish");
        assert_eq!(shown(message, "mqtt.client_id"), "pump-1");
        assert_eq!(shown(message, "ot.register"), "plant/valve/set");
        assert_eq!(shown(message, "ot.value"), "42.5");
        assert_eq!(message.fields.get("mqtt.retain"), Some(&Value::Bool(true)));
        assert_eq!(message.fields.get("mqtt.qos"), Some(&Value::U64(1)));
        assert_eq!(message.fields.get("ot.transaction_id"), Some(&Value::U64(9)));
    }

    #[test]
    fn binary_payloads_give_their_length_only() {
        let publish = packet(0x30, &[s("raw"), vec![0, 1, 2, 0xff]].concat());
        let [message] = &messages(Side::Server, &[publish])[..] else { panic!("one message") };
        assert_eq!(message.fields.get("mqtt.payload_length"), Some(&Value::U64(4)));
        assert_eq!(message.fields.get("ot.value"), None);
        assert_eq!(shown(message, "ot.direction"), "unsolicited");
    }

    #[test]
    fn payloads_that_name_a_secret_give_their_length_only() {
        let publish = packet(0x30, &[s("setup"), br#"{"user":"ann","Password":"hunter2"}"#.to_vec()].concat());
        let [message] = &messages(Side::Client, &[publish])[..] else { panic!("one message") };
        assert_eq!(message.fields.get("mqtt.payload_length"), Some(&Value::U64(35)));
        assert_eq!(message.fields.get("ot.value"), None);
    }

    #[test]
    fn an_alias_stands_for_its_topic_in_5_0() {
        let first = packet(0x30, &[s("a/b"), vec![3, 0x23, 0, 7], b"1".to_vec()].concat());
        let again = packet(0x30, &[s(""), vec![3, 0x23, 0, 7], b"2".to_vec()].concat());
        let messages = messages(Side::Client, &[connect5(), first, again]);
        let topics: Vec<String> = messages.iter().skip(1).map(|message| shown(message, "mqtt.topic")).collect();
        assert_eq!(topics, ["a/b", "a/b"]);
        assert_eq!(shown(&messages[2], "ot.value"), "2");
    }

    #[test]
    fn a_long_publish_is_told_from_its_head_and_passed_over() {
        let mut octets = vec![0x30, 0x80, 0x80, 0x08]; // 131072 octets
        octets.extend(s("image"));
        octets.resize(4 + 131_072, b'x');
        octets.extend([0xe0, 0]);
        let mut reading = crate::app::Reading::default();
        let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
        for piece in octets.chunks(1_400) {
            reading.feed(talk.as_mut(), Side::Client, piece, &mut out).unwrap();
            assert!(reading.held() < 2 * MOST_READ);
        }
        assert_eq!(out.iter().map(|message| message.kind).collect::<Vec<_>>(), ["mqtt.publish", "mqtt.disconnect"]);
        assert_eq!(out[0].fields.get("mqtt.payload_length"), Some(&Value::U64(131_072 - 7)));
    }

    #[test]
    fn filters_are_told_and_acknowledgements_are_quiet() {
        let subscribe = packet(0x82, &[vec![0, 1], s("#"), vec![0], s("a/+"), vec![1]].concat());
        let unsubscribe = packet(0xa2, &[vec![0, 2], s("#")].concat());
        let messages = messages(Side::Client, &[subscribe, unsubscribe, vec![0xc0, 0], vec![0x40, 2, 0, 1]]);
        let [subscribe, unsubscribe] = &messages[..] else { panic!("two messages") };
        let filters = Value::List([Value::Text("#".into()), Value::Text("a/+".into())].into());
        assert_eq!(subscribe.fields.get("mqtt.topic_filter"), Some(&filters));
        assert_eq!(unsubscribe.kind, "mqtt.unsubscribe");
    }

    #[test]
    fn codes_have_names() {
        let messages = messages(Side::Server, &[vec![0x20, 2, 1, 5], vec![0xe0, 1, 0x8e]]);
        assert_eq!(shown(&messages[0], "ot.status"), "not_authorized");
        assert_eq!(messages[0].fields.get("mqtt.session_present"), Some(&Value::Bool(true)));
        assert_eq!(shown(&messages[1], "ot.status"), "session_taken_over");
    }

    #[test]
    fn what_is_not_mqtt_is_malformed() {
        for octets in [
            &[0x00, 0][..],                                        // type 0
            &[0x36, 0],                                            // QoS 3
            &[0x80, 0],                                            // SUBSCRIBE without its flags
            &[0x10, 0x80, 0x80, 0x80, 0x80],                       // a length of more than four octets
            &[0x10, 2, 0, 4],                                      // ends inside the name
            &[0x10, 10, 0, 4, b'H', b'T', b'T', b'P', 4, 0, 0, 0], // another name
            &[0x82, 5, 0, 1, 0, 9, b'a'],                          // a filter longer than the packet
            &[0x30, 3, 0, 1, b'#'],                                // published to a wildcard
        ] {
            let (messages, error) = told(&PROTOCOL, Side::Client, octets);
            assert!(messages.is_empty() && error.is_some(), "{octets:?}");
        }
    }

    #[test]
    fn only_a_connect_is_recognised() {
        assert!((PROTOCOL.recognise)(Side::Client, &connect()));
        assert!((PROTOCOL.recognise)(Side::Client, &packet(0x10, &[s("MQIsdp"), vec![3, 2, 0, 9], s("x")].concat())));
        assert!(!(PROTOCOL.recognise)(Side::Server, &connect()));
        assert!(!(PROTOCOL.recognise)(Side::Client, b"\x10\x20GET / HTTP/1.1"));
    }

    #[test]
    fn mutants_never_panic() {
        let publish = packet(0x32, &[s("a/b"), vec![0, 9, 3, 0x23, 0, 7], b"1".to_vec()].concat());
        let subscribe = packet(0x82, &[vec![0, 1, 0], s("#"), vec![0]].concat());
        mutated(&PROTOCOL, Side::Client, &connect());
        mutated(&PROTOCOL, Side::Client, &[connect5(), publish, subscribe].concat());
        mutated(&PROTOCOL, Side::Server, &[0x20, 6, 0, 0, 3, 0x21, 0, 16]);
    }
}
