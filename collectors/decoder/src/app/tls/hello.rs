//! ClientHello and ServerHello, RFC 8446 4.1.2 and 4.1.3; extensions by IANA's registry.

use std::sync::Arc;

use super::{ja4, names};
use crate::message::{Fields, Message, Nothing, Sink, Value};
use crate::octets::{Cursor, Malformed, malformed};

const SERVER_NAME: u16 = 0;
const SIGNATURE_ALGORITHMS: u16 = 13;
const ALPN: u16 = 16;
const SUPPORTED_VERSIONS: u16 = 43;

/// Values told of one list.
const MOST_TOLD: usize = 64;
/// Octets of a host name, RFC 1035.
const LONGEST_NAME: usize = 255;

/// What JA4 is made of, in the order of the wire.
#[derive(Debug, Default)]
pub struct ClientHello<'a> {
    pub version: u16,
    pub ciphers: Vec<u16>,
    pub extensions: Vec<u16>,
    pub versions: Vec<u16>,
    pub signatures: Vec<u16>,
    pub protocols: Vec<&'a [u8]>,
    pub server_name: Option<Box<str>>,
}

/// The message, and the server's name if it has one.
pub fn client(body: &[u8]) -> Result<(Message, Option<Arc<str>>), Malformed> {
    let name = ClientHello::of(body)?.server_name.map(Arc::from);
    let body: Box<[u8]> = body.into();
    let message = Message::later("tls.client_hello", move |fields| {
        ClientHello::of(&body).iter().for_each(|hello| hello.tell(fields));
    });
    Ok((message, name))
}

/// What chooses: the version and the cipher suite, and the application protocol where it is in clear.
pub fn server(body: &[u8], server_name: Option<Arc<str>>) -> Result<Message, Malformed> {
    let mut at = Cursor::new(body);
    chosen(&mut at, &mut Nothing).ok_or_else(|| malformed("a ServerHello is shorter than its lengths say", at.at()))?;
    let body: Box<[u8]> = body.into();
    Ok(Message::later("tls.server_hello", move |fields| {
        let _ = chosen(&mut Cursor::new(&body), fields);
        named(server_name.as_deref(), fields);
    }))
}

/// Whom the client asked for.
pub fn named(server: Option<&str>, fields: &mut Fields) {
    if let Some(name) = server {
        fields.set("tls.client.server_name", Value::Text(name.into()));
    }
}

impl<'a> ClientHello<'a> {
    fn of(body: &'a [u8]) -> Result<Self, Malformed> {
        let (mut hello, mut at) = (Self::default(), Cursor::new(body));
        hello.read(&mut at).ok_or_else(|| malformed("a ClientHello is shorter than its lengths say", at.at()))?;
        Ok(hello)
    }

    fn read(&mut self, at: &mut Cursor<'a>) -> Option<()> {
        self.version = at.u16()?;
        at.take(32)?; // random
        vector(at)?; // session id
        self.ciphers = numbers(&mut long_vector(at)?)?;
        vector(at)?; // compression methods
        if at.rest().is_empty() {
            return Some(()); // as before RFC 3546
        }
        let mut extensions = long_vector(at)?;
        while !extensions.rest().is_empty() {
            let kind = extensions.u16()?;
            let data = long_vector(&mut extensions)?;
            self.extension(kind, data)?;
        }
        Some(())
    }

    fn extension(&mut self, kind: u16, mut data: Cursor<'a>) -> Option<()> {
        self.extensions.push(kind);
        match kind {
            SERVER_NAME if !data.rest().is_empty() => self.server_name = host_name(&mut long_vector(&mut data)?)?,
            SIGNATURE_ALGORITHMS => self.signatures = numbers(&mut long_vector(&mut data)?)?,
            SUPPORTED_VERSIONS => self.versions = numbers(&mut vector(&mut data)?)?,
            ALPN => self.protocols = strings(&mut long_vector(&mut data)?)?,
            _ => {}
        }
        Some(())
    }

    fn tell(&self, fields: &mut Fields) {
        named(self.server_name.as_deref(), fields);
        let offered = if self.versions.is_empty() { std::slice::from_ref(&self.version) } else { &self.versions };
        fields.set_all("tls.client.supported_versions", told(offered, names::version));
        fields.set_all("tls.client.supported_ciphers", told(&self.ciphers, names::cipher));
        fields.set_all("tls.client.alpn", self.protocols.iter().take(MOST_TOLD).map(|name| text(name)).collect());
        fields.set("tls.client.ja4", Value::Text(ja4::fingerprint(self).into()));
    }
}

fn chosen(at: &mut Cursor, fields: &mut impl Sink) -> Option<()> {
    let mut version = at.u16()?;
    at.take(32)?; // random
    vector(at)?; // session id
    let cipher = at.u16()?;
    at.u8()?; // compression method
    let mut extensions = if at.rest().is_empty() { *at } else { long_vector(at)? };
    while !extensions.rest().is_empty() {
        let kind = extensions.u16()?;
        let mut data = long_vector(&mut extensions)?;
        match kind {
            SUPPORTED_VERSIONS => version = data.u16()?,
            ALPN => {
                let name = *strings(&mut long_vector(&mut data)?)?.first()?;
                fields.set_with("tls.next_protocol", || text(name));
            }
            _ => {}
        }
    }
    fields.set_with("tls.version", || names::version(version));
    fields.set_with("tls.cipher", || names::cipher(cipher));
    Some(())
}

fn told(codes: &[u16], name: fn(u16) -> Value) -> Vec<Value> {
    codes.iter().copied().filter(|&code| !ja4::is_grease(code)).take(MOST_TOLD).map(name).collect()
}

fn text(octets: &[u8]) -> Value {
    Value::Text(String::from_utf8_lossy(octets).into())
}

/// Octets behind their length, of one octet.
fn vector<'a>(at: &mut Cursor<'a>) -> Option<Cursor<'a>> {
    let length = at.u8()?;
    at.within(usize::from(length))
}

/// Octets behind their length, of two octets.
fn long_vector<'a>(at: &mut Cursor<'a>) -> Option<Cursor<'a>> {
    let length = at.u16()?;
    at.within(usize::from(length))
}

fn numbers(at: &mut Cursor) -> Option<Vec<u16>> {
    let mut numbers = Vec::with_capacity(at.rest().len() / 2);
    while !at.rest().is_empty() {
        numbers.push(at.u16()?);
    }
    Some(numbers)
}

fn strings<'a>(at: &mut Cursor<'a>) -> Option<Vec<&'a [u8]>> {
    let mut strings = Vec::new();
    while !at.rest().is_empty() {
        strings.push(vector(at)?.rest());
    }
    Some(strings)
}

/// The first host name of the list (RFC 6066 3), in lower case.
fn host_name(at: &mut Cursor) -> Option<Option<Box<str>>> {
    while !at.rest().is_empty() {
        let kind = at.u8()?;
        let name = long_vector(at)?.rest();
        if kind == 0 {
            let name = name.get(..LONGEST_NAME).unwrap_or(name);
            return Some(Some(String::from_utf8_lossy(name).to_ascii_lowercase().into()));
        }
    }
    Some(None)
}
