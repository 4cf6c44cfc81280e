//! What HTTP/1 and HTTP/2 have in common, RFC 9110: targets, and header fields that are told.
//!
//! A target may carry secrets, and so may header fields: of a query only the names of its parameters are told, of an
//! Authorization only the scheme, of cookies nothing.

use super::sbi;
use crate::message::{Fields, Message, Value};

pub const REQUEST: &str = "http.request";
pub const RESPONSE: &str = "http.response";

/// Octets told of a path, and of any header field.
const LONGEST_PATH: usize = 2_048;
const LONGEST_FIELD: usize = 512;
/// Parameters told of a query, and octets of each name.
const MOST_PARAMETERS: usize = 32;
const LONGEST_PARAMETER: usize = 48;

/// Requests that wait for their answer, at most; of those behind, the answer does not know what was asked.
const MOST_OPEN: usize = 128;

/// What an answer repeats of its request, so that the two can be judged together.
pub type Repeated = Vec<(&'static str, Value)>;

#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    stream: u32,
    fields: Repeated,
}

/// Requests that wait for their answer.
#[derive(Debug, Default)]
pub struct Open(Vec<Asked>);

const REPEATED: [&str; 4] = ["http.request.method", "url.path", "fiveg.sbi.service", "fiveg.sbi.operation"];

impl Open {
    pub fn ask(&mut self, stream: u32, message: &Message) {
        let repeated = |name: &'static str| message.fields.get(name).map(|value| (name, value.clone()));
        self.asked(stream, REPEATED.into_iter().filter_map(repeated).collect());
    }

    /// A request of which these fields are repeated.
    pub fn asked(&mut self, stream: u32, fields: Repeated) {
        if self.0.len() == MOST_OPEN {
            self.0.remove(0);
        }
        self.0.push(Asked { stream, fields });
    }

    /// What the answer to the oldest request of a stream repeats of it.
    pub fn answered(&mut self, stream: u32) -> Repeated {
        let place = self.0.iter().position(|asked| asked.stream == stream);
        place.map_or_else(Vec::new, |place| self.0.remove(place).fields)
    }

    /// Say so in the answer.
    pub fn answer(&mut self, stream: u32, message: &mut Message) {
        self.answered(stream).into_iter().for_each(|(name, value)| message.fields.set(name, value));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Header fields that are told, of a request or of a response.
#[derive(Debug, Default)]
pub struct Heading {
    pub method: Option<Value>,
    /// A path and a query.
    pub target: Option<Box<str>>,
    pub host: Option<Box<str>>,
    pub agent: Option<Box<str>>,
    pub scheme: Option<Box<str>>,
    pub content_type: Option<Box<str>>,
    pub length: Option<u64>,
    pub sbi: sbi::Discovery,
}

impl Heading {
    /// A header field, its name in lower case.
    pub fn field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"host" => self.host = Some(text(value, LONGEST_FIELD)),
            b"user-agent" => self.agent = Some(text(value, LONGEST_FIELD)),
            b"content-type" => self.content_type = Some(text(value, LONGEST_FIELD)),
            b"content-length" => self.length = decimal(value),
            b"authorization" => self.scheme = scheme(value),
            _ => self.sbi.field(name, value),
        }
    }

    /// What its answer repeats of a request.
    pub fn repeated(&self) -> Repeated {
        let mut repeated = Vec::with_capacity(2);
        repeated.extend(self.method.clone().map(|method| ("http.request.method", method)));
        let Some(target) = &self.target else { return repeated };
        repeated.push(("url.path", Value::Text(path(split(target).0))));
        let mut service = Fields::default();
        sbi::request(self, &mut service);
        repeated.extend(REPEATED.into_iter().filter_map(|name| service.get(name).map(|value| (name, value.clone()))));
        repeated
    }

    pub fn request(&self, version: &'static str, fields: &mut Fields) {
        fields.set("http.version", Value::Str(version));
        if let Some(method) = self.method.clone() {
            fields.set("http.request.method", method);
        }
        self.url(fields);
        set(fields, "user_agent.original", self.agent.clone());
        set(fields, "http.request.auth_scheme", self.scheme.clone());
        set(fields, "http.request.content_type", self.content_type.clone());
        if let Some(length) = self.length {
            fields.set("http.request.body.bytes", Value::U64(length));
        }
        sbi::request(self, fields);
    }

    pub fn response(&self, version: &'static str, status: u16, fields: &mut Fields) {
        fields.set("http.version", Value::Str(version));
        fields.set("http.response.status_code", Value::U64(u64::from(status)));
        set(fields, "http.response.content_type", self.content_type.clone());
        if let Some(length) = self.length {
            fields.set("http.response.body.bytes", Value::U64(length));
        }
    }

    fn url(&self, fields: &mut Fields) {
        if let Some(host) = &self.host {
            authority(host, fields);
        }
        let Some(target) = &self.target else { return };
        let (path, query) = split(target);
        set(fields, "url.path", Some(self::path(path)));
        if let Some(query) = query {
            set(fields, "url.query", Some(masked(query).into()));
        }
    }
}

fn path(path: &str) -> Box<str> {
    text(path.as_bytes(), LONGEST_PATH)
}

/// Path and query of a target.
pub fn split(target: &str) -> (&str, Option<&str>) {
    match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    }
}

/// `user=*&page=*`: what has no name could be anything.
fn masked(query: &str) -> String {
    let mut text = String::new();
    for parameter in query.split('&').take(MOST_PARAMETERS) {
        if !text.is_empty() {
            text.push('&');
        }
        match parameter.split_once('=') {
            Some((name, _)) if name.len() <= LONGEST_PARAMETER => text.extend([name, "=*"]),
            _ => text.push('*'),
        }
    }
    text
}

fn authority(host: &str, fields: &mut Fields) {
    let host = host.rsplit_once('@').map_or(host, |(_user, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|octet| octet.is_ascii_digit()) => (name, port),
        _ => (host, ""),
    };
    let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
    if !name.is_empty() {
        fields.set("url.domain", Value::Text(name.into()));
    }
    if let Ok(port) = port.parse::<u16>() {
        fields.set("url.port", Value::U64(u64::from(port)));
    }
}

/// The scheme of an Authorization: a word, and the secret behind it is not looked at.
fn scheme(value: &[u8]) -> Option<Box<str>> {
    let word = value.split(|octet| *octet == b' ').next()?;
    let plain = value.len() > word.len() && word.len() <= 32 && word.iter().all(u8::is_ascii_alphanumeric);
    plain.then(|| text(word, LONGEST_FIELD))
}

pub fn decimal(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn set(fields: &mut Fields, name: &'static str, value: Option<Box<str>>) {
    if let Some(value) = value {
        fields.set(name, Value::Text(value));
    }
}

pub fn text(octets: &[u8], most: usize) -> Box<str> {
    String::from_utf8_lossy(octets.get(..most).unwrap_or(octets)).into()
}

/// A method that is in use, without a copy.
pub fn method(octets: &[u8]) -> Value {
    let known = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE"];
    match known.into_iter().find(|known| known.as_bytes() == octets) {
        Some(known) => Value::Str(known),
        None => Value::Text(text(octets, 32)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(target: &str, fields: &[(&str, &str)]) -> Fields {
        let mut heading = Heading { target: Some(target.into()), ..Heading::default() };
        fields.iter().for_each(|(name, value)| heading.field(name.as_bytes(), value.as_bytes()));
        let mut told = Fields::default();
        heading.request("1.1", &mut told);
        told
    }

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn secrets_are_not_told() {
        let secret = "eyJhbGciOi";
        let fields = told(
            "/login?user=ann&token=eyJhbGciOi&eyJhbGciOi",
            &[("authorization", "Bearer eyJhbGciOi"), ("cookie", "sid=eyJhbGciOi"), ("x-api-key", "eyJhbGciOi")],
        );
        assert!(!format!("{fields:?}").contains(secret), "{fields:?}");
        assert_eq!(fields.get("url.query"), Some(&text("user=*&token=*&*")));
        assert_eq!(fields.get("http.request.auth_scheme"), Some(&text("Bearer")));
        assert_eq!(told("/", &[("authorization", secret)]).get("http.request.auth_scheme"), None);
    }

    #[test]
    fn hosts_and_ports() {
        for (host, domain, port) in [
            ("PLC.example", "plc.example", None),
            ("10.11.5.10:7777", "10.11.5.10", Some(7777)),
            ("[fd00::7]:80", "fd00::7", Some(80)),
            ("user:secret@h", "h", None),
        ] {
            let fields = told("/", &[("host", host)]);
            assert_eq!(fields.get("url.domain"), Some(&text(domain)));
            assert_eq!(fields.get("url.port").cloned(), port.map(Value::U64));
        }
    }

    #[test]
    fn what_waits_for_an_answer_is_bounded() {
        let mut open = Open::default();
        for stream in 0..1_000 {
            open.ask(stream, &Message::new(REQUEST));
        }
        assert_eq!(open.0.len(), MOST_OPEN);
    }
}
