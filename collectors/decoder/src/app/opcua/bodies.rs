//! Parameters of services (OPC 10000-4, clause 5), where they say what is done, to what, by whom.

use super::names;
use super::types::{NodeId, count, data_value, diagnostics, extension, localized_text, say, string, variant};
use crate::app::ot::{MOST_VALUES, Measure, tell_values};
use crate::message::{Fields, Value};
use crate::octets::Cursor;

/// What is kept of arrays until all of a message is read.
#[derive(Debug, Default)]
struct Items {
    count: u64,
    registers: Vec<Value>,
    methods: Vec<Value>,
    attributes: Vec<Value>,
    values: Vec<Measure>,
}

impl Items {
    fn tell(self, fields: &mut Fields) {
        fields.set("ot.count", Value::U64(self.count));
        fields.set_all("ot.register", self.registers);
        fields.set_all("opcua.method", self.methods);
        fields.set_all("opcua.attribute_id", self.attributes);
        tell_values("opcua.value", self.values, fields);
    }
}

fn keep(values: &mut Vec<Value>, node: NodeId) {
    if values.len() < MOST_VALUES {
        values.push(node.value());
    }
}

/// 7.33: the authentication token in it is a secret.
pub fn request_header(at: &mut Cursor) -> Option<()> {
    NodeId::read(at)?;
    at.take(16)?; // time, handle, diagnostics wanted
    string(at)?;
    at.le32()?;
    extension(at).map(drop)
}

/// 7.34: the result of the service.
pub fn response_header(at: &mut Cursor) -> Option<u32> {
    at.take(12)?; // time, handle
    let result = at.le32()?;
    diagnostics(at, 0)?;
    for _ in 0..count(at)? {
        string(at)?;
    }
    extension(at)?;
    Some(result)
}

/// Behind the header of a request.
pub fn request(id: u32, at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    match id {
        428 | 422 => {
            say(fields, "opcua.endpoint_url", string(at)?);
            Some(())
        }
        446 => open_secure_channel(at, fields),
        461 => create_session(at, fields),
        467 => activate_session(at, fields),
        527 => {
            NodeId::read(at)?; // the view
            at.take(16)?;
            items(at, fields, browse)
        }
        631 => {
            at.take(12)?; // age, time-stamps
            items(at, fields, |at, items| read_value(at, items, false))
        }
        673 => items(at, fields, write_value),
        712 => items(at, fields, call),
        488 => items(at, fields, add_node),
        500 => items(at, fields, delete_node),
        494 | 506 => items(at, fields, if id == 494 { add_reference } else { delete_reference }),
        751 => {
            at.take(8)?; // subscription, time-stamps
            items(at, fields, monitored_item)
        }
        _ => Some(()),
    }
}

/// Behind the header of an answer; gives what became of the first operation that failed.
pub fn response(id: u32, at: &mut Cursor, fields: &mut Fields) -> Option<u32> {
    match id {
        634 => {
            items(at, fields, |at, items| data_value(at, &mut items.values, MOST_VALUES))?;
            Some(0)
        }
        497 | 503 | 509 | 676 => {
            let mut first = 0;
            for _ in 0..count(at)? {
                let status = at.le32()?;
                if first >> 31 == 0 && status >> 31 == 1 {
                    first = status;
                }
            }
            Some(first)
        }
        491 | 715 if count(at)? > 0 => at.le32(),
        _ => Some(0),
    }
}

/// Read an array, and tell what is kept of it, as far as it can be read.
fn items(
    at: &mut Cursor,
    fields: &mut Fields,
    mut each: impl FnMut(&mut Cursor, &mut Items) -> Option<()>,
) -> Option<()> {
    let count = count(at)?;
    let mut items = Items { count: u64::from(count), ..Items::default() };
    let mut whole = Some(());
    for _ in 0..count {
        whole = each(at, &mut items);
        if whole.is_none() {
            break;
        }
    }
    items.tell(fields);
    whole
}

fn open_secure_channel(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    let (_version, renew) = (at.le32()?, at.le32()? == 1);
    fields.set("opcua.renew", Value::Bool(renew));
    fields.set("opcua.security_mode", Value::Str(names::security_mode(at.le32()?)));
    Some(())
}

fn create_session(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    say(fields, "opcua.application_uri", string(at)?);
    say(fields, "opcua.product_uri", string(at)?);
    say(fields, "opcua.application_name", localized_text(at)?);
    at.le32()?; // type
    let (_gateway, _profile) = (string(at)?, string(at)?);
    for _ in 0..count(at)? {
        string(at)?;
    }
    string(at)?; // server
    say(fields, "opcua.endpoint_url", string(at)?);
    say(fields, "opcua.session_name", string(at)?);
    Some(())
}

/// The kind of the token and the user's name; never what proves it.
fn activate_session(at: &mut Cursor, fields: &mut Fields) -> Option<()> {
    let (_algorithm, _signature) = (string(at)?, string(at)?);
    for _ in 0..count(at)? {
        let (_software, _signature) = (string(at)?, string(at)?);
    }
    for _ in 0..count(at)? {
        string(at)?; // locales
    }
    let (kind, token) = extension(at)?;
    let kind = kind.standard().unwrap_or(u32::MAX);
    fields.set("opcua.user_token", Value::Str(names::user_token(kind)));
    if kind == 324 {
        let mut token = Cursor::new(token);
        string(&mut token)?; // policy
        say(fields, "user.name", string(&mut token)?);
        let (password, algorithm) = (string(&mut token)?, string(&mut token)?);
        fields.set("opcua.password_in_clear", Value::Bool(!password.is_empty() && algorithm.is_empty()));
    }
    Some(())
}

fn browse(at: &mut Cursor, items: &mut Items) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    at.le32()?;
    NodeId::read(at)?;
    at.take(9).map(drop)
}

fn read_value(at: &mut Cursor, items: &mut Items, attribute: bool) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    let id = at.le32()?;
    if attribute && items.attributes.len() < MOST_VALUES {
        items.attributes.push(Value::U64(u64::from(id)));
    }
    string(at)?; // range
    if !attribute {
        at.le16()?; // encoding
        string(at)?;
    }
    Some(())
}

fn write_value(at: &mut Cursor, items: &mut Items) -> Option<()> {
    read_value(at, items, true)?;
    data_value(at, &mut items.values, MOST_VALUES)
}

/// Arguments of the server's own methods are passed over: some give users passwords, and certificates keys.
fn call(at: &mut Cursor, items: &mut Items) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    let method = NodeId::read(at)?;
    keep(&mut items.methods, method);
    let most = if method.namespace == 0 { 0 } else { MOST_VALUES };
    for _ in 0..count(at)? {
        variant(at, &mut items.values, most)?;
    }
    Some(())
}

fn add_node(at: &mut Cursor, items: &mut Items) -> Option<()> {
    let (_parent, _reference) = (NodeId::read(at)?, NodeId::read(at)?);
    keep(&mut items.registers, NodeId::read(at)?);
    at.le16()?;
    string(at)?; // name
    at.le32()?;
    let (_attributes, _type) = (extension(at)?, NodeId::read(at)?);
    Some(())
}

fn delete_node(at: &mut Cursor, items: &mut Items) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    at.u8().map(drop)
}

fn add_reference(at: &mut Cursor, items: &mut Items) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    let _reference = (NodeId::read(at)?, at.u8()?, string(at)?, NodeId::read(at)?);
    at.le32().map(drop)
}

fn delete_reference(at: &mut Cursor, items: &mut Items) -> Option<()> {
    keep(&mut items.registers, NodeId::read(at)?);
    let _reference = (NodeId::read(at)?, at.u8()?, NodeId::read(at)?);
    at.u8().map(drop)
}

fn monitored_item(at: &mut Cursor, items: &mut Items) -> Option<()> {
    read_value(at, items, false)?;
    at.take(16)?; // mode, handle, interval
    extension(at)?;
    at.take(5).map(drop)
}
