//! HTTP/1.0 and HTTP/1.1, RFC 9112: heads of requests and responses. Of bodies, only what begins like a program is told.
//!
//! Theory of operation: each side is a head, then a body whose end the head tells: a length, chunks, or the end of the
//! stream. The end of a response hangs on its request, so the methods of requests without an answer are remembered. After
//! CONNECT or an upgrade something else follows.

use std::collections::VecDeque;
use std::mem::MaybeUninit;

use super::http::{Heading, Open, REQUEST, RESPONSE, Repeated, decimal, method};
use super::{Carrier, Conversation, Progress, Protocol, Side, file};
use crate::message::Message;
use crate::octets::{Malformed, malformed};

pub static PROTOCOL: Protocol = Protocol {
    name: "http",
    malformed: "http.malformed",
    carrier: Carrier::Tcp,
    ports: &[80, 8080],
    begins: |octet| octet == b'H' || METHODS.iter().any(|method| method.first() == Some(&octet)),
    recognise,
    begin: || Box::new(Talk::default()),
};

/// Header fields of a head, and its octets.
const MOST_FIELDS: usize = 100;
const LONGEST_HEAD: usize = 16_384;
/// Octets of a line among the chunks.
const LONGEST_LINE: usize = 1_024;
/// Requests that were sent ahead of their answers.
const MOST_AHEAD: usize = 128;

const TRANSFER_ENCODING: &str = "transfer-encoding";

const METHODS: [&[u8]; 9] =
    [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ", b"TRACE "];

/// A method and the beginning of a target, unless the line then ends as another protocol's does; or a version.
fn recognise(side: Side, octets: &[u8]) -> bool {
    if side == Side::Server {
        return octets.starts_with(b"HTTP/1.");
    }
    let Some(target) = METHODS.iter().find_map(|method| octets.strip_prefix(*method)) else { return false };
    let begins = target.starts_with(b"/") || target.starts_with(b"*") || target.starts_with(b"http://");
    let line = target.iter().position(|octet| *octet == b'\n').and_then(|end| target.get(..end));
    let ends = line.is_none_or(|line| line.windows(8).any(|word| word == b" HTTP/1."));
    ends && (begins || octets.starts_with(b"CONNECT ") && line.is_some())
}

/// Where one side is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Place {
    #[default]
    Head,
    /// The head of a body of so many octets, or of one that goes on to the end of the stream.
    Body(Option<u64>),
    Chunks,
    /// The head of the first chunk, of so many octets.
    Chunk(u64),
    /// Header fields behind the last chunk.
    Trailer,
}

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Body {
    Length(u64),
    Chunks,
    /// Until the stream ends, or something that is not HTTP.
    Rest,
}

/// How the answer to a request ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Method {
    Head,
    Connect,
    Other,
}

impl Method {
    fn of(head: &httparse::Request) -> Self {
        match head.method {
            Some("HEAD") => Self::Head,
            Some("CONNECT") => Self::Connect,
            _ => Self::Other,
        }
    }
}

#[derive(Debug, Default)]
struct Talk {
    client: Place,
    server: Place,
    /// The first chunk of a body was seen, of either side.
    began: [bool; 2],
    ahead: VecDeque<Method>,
    open: Open,
    /// What follows is not HTTP any more.
    tunnel: bool,
}

impl Conversation for Talk {
    fn read(&mut self, side: Side, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let place = *self.place(side);
        match place {
            _ if self.tunnel => Progress::Done,
            Place::Body(length) => self.file(side, length, Place::Head, octets, out),
            Place::Chunk(length) => self.file(side, Some(length), Place::Chunks, octets, out),
            Place::Chunks => self.chunk(side, octets),
            Place::Trailer => self.trailer(side, octets),
            Place::Head if side == Side::Client => self.request(octets, out),
            Place::Head => self.response(octets, out),
        }
    }

    fn lost(&mut self, side: Side) -> bool {
        *self.place(side) = Place::Head;
        self.ahead.clear();
        self.open.clear();
        true
    }
}

impl Talk {
    fn place(&mut self, side: Side) -> &mut Place {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn began(&mut self, side: Side) -> &mut bool {
        let [client, server] = &mut self.began;
        if side == Side::Client { client } else { server }
    }

    fn request(&mut self, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let read = with_request(octets, |head, length| {
            let body = body(head.headers).map_err(Progress::Malformed)?.unwrap_or(Body::Length(0));
            Ok((length, body, Method::of(head), asked(head).repeated()))
        });
        let (length, body, method, repeated) = match read {
            Ok(read) => read,
            Err(progress) => return progress,
        };
        if self.ahead.len() == MOST_AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back(method);
        self.open.asked(0, repeated);
        let head: Box<[u8]> = octets.get(..length).unwrap_or(octets).into();
        out.push(Message::later(REQUEST, move |fields| {
            let _ = with_request(&head, |head, _| {
                told(asked(head), head.headers).request(version(head.version), fields);
                Ok(())
            });
        }));
        self.behind(Side::Client, length, body)
    }

    fn response(&mut self, octets: &[u8], out: &mut Vec<Message>) -> Progress {
        let read = with_response(octets, |head, length| {
            let body = body(head.headers).map_err(Progress::Malformed)?.unwrap_or(Body::Rest);
            Ok((length, body, head.code.unwrap_or_default()))
        });
        let (length, body, status) = match read {
            Ok(read) => read,
            Err(progress) => return progress,
        };
        let (body, repeated) = self.answered(status, body);
        let head: Box<[u8]> = octets.get(..length).unwrap_or(octets).into();
        out.push(Message::later(RESPONSE, move |fields| {
            let _ = with_response(&head, |head, _| {
                told(Heading::default(), head.headers).response(version(head.version), status, fields);
                Ok(())
            });
            repeated.iter().for_each(|(name, value)| fields.set(name, value.clone()));
        }));
        self.behind(Side::Server, length, body)
    }

    /// What follows a response, RFC 9112 6.3; and what it repeats of its request.
    fn answered(&mut self, status: u16, body: Body) -> (Body, Repeated) {
        if (100..200).contains(&status) && status != 101 {
            return (Body::Length(0), Vec::new()); // the answer is still to come
        }
        let repeated = self.open.answered(0);
        let asked = self.ahead.pop_front().unwrap_or(Method::Other);
        self.tunnel |= status == 101 || asked == Method::Connect && (200..300).contains(&status);
        let body = match status {
            _ if asked == Method::Head => Body::Length(0),
            204 | 304 => Body::Length(0),
            _ => body,
        };
        (body, repeated)
    }

    fn behind(&mut self, side: Side, head: usize, body: Body) -> Progress {
        match body {
            _ if self.tunnel => Progress::Done,
            Body::Length(0) => Progress::Used(head),
            Body::Rest => self.on(side, Place::Body(None), head),
            Body::Length(length) => self.on(side, Place::Body(Some(length)), head),
            Body::Chunks => {
                *self.began(side) = false;
                self.on(side, Place::Chunks, head)
            }
        }
    }

    fn on(&mut self, side: Side, place: Place, used: usize) -> Progress {
        *self.place(side) = place;
        Progress::Used(used)
    }

    /// What a body begins with; then past it.
    fn file(
        &mut self,
        side: Side,
        length: Option<u64>,
        next: Place,
        octets: &[u8],
        out: &mut Vec<Message>,
    ) -> Progress {
        let whole = length.map_or(usize::MAX, |length| passed(0, length));
        let head = octets.get(..whole).unwrap_or(octets);
        let told = file::told(head);
        if told.is_none() && head.len() < file::HEAD.min(whole) {
            return Progress::More;
        }
        out.extend(told);
        if length.is_none() {
            return Progress::Done;
        }
        // Behind a chunk stands the end of its line.
        self.on(side, next, if next == Place::Chunks { whole.saturating_add(2) } else { whole })
    }

    /// The length of a chunk, and past it.
    fn chunk(&mut self, side: Side, octets: &[u8]) -> Progress {
        match httparse::parse_chunk_size(octets) {
            Ok(httparse::Status::Complete((line, 0))) => {
                *self.place(side) = Place::Trailer;
                Progress::Used(line)
            }
            Ok(httparse::Status::Complete((line, length))) if !std::mem::replace(self.began(side), true) => {
                self.on(side, Place::Chunk(length), line)
            }
            Ok(httparse::Status::Complete((line, length))) => Progress::Used(passed(line, length.saturating_add(2))),
            Ok(httparse::Status::Partial) if octets.len() < LONGEST_LINE => Progress::More,
            _ => Progress::Malformed(malformed("a chunk does not begin with its length", 0)),
        }
    }

    /// Lines until an empty one.
    fn trailer(&mut self, side: Side, octets: &[u8]) -> Progress {
        let Some(end) = octets.iter().take(LONGEST_LINE).position(|octet| *octet == b'\n') else {
            let long = octets.len() >= LONGEST_LINE;
            return if long {
                Progress::Malformed(malformed("a line behind the chunks is too long", 0))
            } else {
                Progress::More
            };
        };
        if matches!(octets.get(..end), Some(b"" | b"\r")) {
            *self.place(side) = Place::Head;
        }
        Progress::Used(end + 1)
    }
}

fn passed(head: usize, length: u64) -> usize {
    usize::try_from(length).map_or(usize::MAX, |length| length.saturating_add(head))
}

/// The octets of a head, or why there is none yet.
fn complete(parsed: httparse::Result<usize>, octets: &[u8]) -> Result<usize, Progress> {
    let refused = |reason| Err(Progress::Malformed(malformed(reason, 0)));
    match parsed {
        Ok(httparse::Status::Complete(length)) if length <= LONGEST_HEAD => Ok(length),
        Ok(httparse::Status::Partial) if octets.len() <= LONGEST_HEAD => Err(Progress::More),
        Ok(_) => refused("the head is longer than 16 KiB"),
        Err(httparse::Error::TooManyHeaders) => refused("the head has more than 100 fields"),
        Err(httparse::Error::Version) => refused("the version is not HTTP/1"),
        Err(httparse::Error::Status) => refused("the status is no number"),
        Err(httparse::Error::HeaderName | httparse::Error::HeaderValue) => refused("a header field is no such thing"),
        Err(_) => refused("the first line is not of HTTP"),
    }
}

/// Have the head of a request read, and its octets, where it is whole.
fn with_request<T>(
    octets: &[u8],
    read: impl FnOnce(&httparse::Request, usize) -> Result<T, Progress>,
) -> Result<T, Progress> {
    let mut fields = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut head = httparse::Request::new(&mut []);
    let length = complete(head.parse_with_uninit_headers(octets, &mut fields), octets)?;
    read(&head, length)
}

/// The same of a response.
fn with_response<T>(
    octets: &[u8],
    read: impl FnOnce(&httparse::Response, usize) -> Result<T, Progress>,
) -> Result<T, Progress> {
    let mut fields = [const { MaybeUninit::uninit() }; MOST_FIELDS];
    let mut head = httparse::Response::new(&mut []);
    let config = httparse::ParserConfig::default();
    let length = complete(config.parse_response_with_uninit_headers(&mut head, octets, &mut fields), octets)?;
    read(&head, length)
}

/// What the body is, where the header fields say so. Chunks go before a length, RFC 9112 6.3.
fn body(fields: &[httparse::Header]) -> Result<Option<Body>, Malformed> {
    let (mut chunks, mut lengths) = (false, None);
    for field in fields {
        if field.name.eq_ignore_ascii_case(TRANSFER_ENCODING) {
            chunks |= field.value.to_ascii_lowercase().ends_with(b"chunked");
        } else if field.name.eq_ignore_ascii_case("content-length") {
            let length = decimal(field.value).ok_or(malformed("the length of the body is no number", 0))?;
            if lengths.replace(length).is_some_and(|before| before != length) {
                return Err(malformed("the body has two lengths", 0));
            }
        }
    }
    Ok(if chunks { Some(Body::Chunks) } else { lengths.map(Body::Length) })
}

/// Method and target.
fn asked(head: &httparse::Request) -> Heading {
    let name = head.method.unwrap_or_default();
    let mut heading = Heading { method: Some(method(name.as_bytes())), ..Heading::default() };
    target(head.path.unwrap_or_default(), name == "CONNECT", &mut heading);
    heading
}

/// What the header fields tell beside.
fn told(mut heading: Heading, fields: &[httparse::Header]) -> Heading {
    for field in fields.iter().filter(|field| !field.name.eq_ignore_ascii_case(TRANSFER_ENCODING)) {
        heading.field(field.name.to_ascii_lowercase().as_bytes(), field.value);
    }
    heading
}

/// RFC 9112 3.2: a path, a whole URL for a proxy, or a host for CONNECT.
fn target(target: &str, connect: bool, heading: &mut Heading) {
    if connect {
        heading.host = Some(target.into());
        return;
    }
    let Some((_, whole)) = target.split_once("://").filter(|_| !target.starts_with('/')) else {
        heading.target = Some(target.into());
        return;
    };
    let (host, path) = whole.split_at(whole.find(['/', '?']).unwrap_or(whole.len()));
    heading.host = Some(host.into());
    heading.target = Some(if path.starts_with('/') { path.into() } else { format!("/{path}").into() });
}

fn version(minor: Option<u8>) -> &'static str {
    if minor == Some(0) { "1.0" } else { "1.1" }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{mutated, told};
    use super::*;
    use crate::message::Value;

    fn text(value: &str) -> Option<Value> {
        Some(Value::Text(value.into()))
    }

    fn refused(side: Side, octets: &[u8]) -> &'static str {
        told(&PROTOCOL, side, octets).1.unwrap().reason
    }

    fn statuses(talk: &[(Side, &[u8])]) -> Vec<(Value, Option<Value>)> {
        let (mut conversation, mut out) = ((PROTOCOL.begin)(), Vec::new());
        for (side, octets) in talk {
            let mut rest = *octets;
            while !rest.is_empty() {
                match conversation.read(*side, rest, &mut out) {
                    Progress::Used(used) => rest = rest.get(used..).unwrap_or(&[]),
                    _ => break,
                }
            }
        }
        out.iter()
            .filter(|message| message.kind == "http.response")
            .map(|message| {
                (
                    message.all().get("http.response.status_code").unwrap().clone(),
                    message.all().get("url.path").cloned(),
                )
            })
            .collect()
    }

    #[test]
    fn programs_in_bodies() {
        for head in [
            "Content-Length: 9\r\n\r\n\x7fELF.....",
            "Transfer-Encoding: chunked\r\n\r\n9\r\n\x7fELF.....\r\n0\r\n\r\n",
        ] {
            let octets = format!("HTTP/1.1 200 OK\r\n{head}HTTP/1.1 204 No Content\r\n\r\n");
            let (messages, error) = told(&PROTOCOL, Side::Server, octets.as_bytes());
            assert_eq!(error, None);
            let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
            assert_eq!(kinds, ["http.response", "file.transfer", "http.response"]);
        }
        let (messages, _) = told(&PROTOCOL, Side::Server, b"HTTP/1.0 200 OK\r\n\r\n#!/bin/sh\nid\n");
        assert_eq!(messages.last().map(|message| message.kind), Some("file.transfer"));
        let (messages, _) =
            told(&PROTOCOL, Side::Client, b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nELFGET / HTTP/1.1\r\n\r\n");
        assert_eq!(messages.len(), 2);
    }

    #[test]
    fn a_request() {
        let octets = b"POST /cgi-bin/set.cgi?unit=3&value=9 HTTP/1.1\r\nHost: PLC.example:8080\r\n\
            User-Agent: curl/8.5\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nMZ\r\nGET / HTTP/1.0\r\n\r\n";
        let (messages, error) = told(&PROTOCOL, Side::Client, octets);
        assert_eq!((messages.len(), error), (2, None));
        let field = |name| messages[0].all().get(name).cloned();
        assert_eq!(messages[0].kind, "http.request");
        assert_eq!(field("http.request.method"), Some(Value::Str("POST")));
        assert_eq!(field("http.version"), Some(Value::Str("1.1")));
        assert_eq!(field("url.path"), text("/cgi-bin/set.cgi"));
        assert_eq!(field("url.query"), text("unit=*&value=*"));
        assert_eq!(field("url.domain"), text("plc.example"));
        assert_eq!(field("url.port"), Some(Value::U64(8080)));
        assert_eq!(field("user_agent.original"), text("curl/8.5"));
        assert_eq!(field("http.request.body.bytes"), Some(Value::U64(4)));
        assert_eq!(field("http.request.content_type"), text("text/plain"));
        assert_eq!(messages[1].all().get("http.version"), Some(&Value::Str("1.0")));
    }

    #[test]
    fn targets_of_proxies() {
        let octets = b"GET http://h.example:81?x=1 HTTP/1.1\r\n\r\nCONNECT h.example:443 HTTP/1.1\r\n\r\n";
        let (messages, _) = told(&PROTOCOL, Side::Client, octets);
        assert_eq!(messages[0].all().get("url.path").cloned(), text("/"));
        assert_eq!(messages[0].all().get("url.port"), Some(&Value::U64(81)));
        assert_eq!(messages[1].all().get("url.domain").cloned(), text("h.example"));
        assert_eq!(messages[1].all().get("url.path"), None);
    }

    #[test]
    fn chunks_are_passed_over() {
        let octets = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n\
            5;x=y\r\nHTTP/\r\n3\r\n1.1\r\n0\r\nTrailer: x\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        let (messages, error) = told(&PROTOCOL, Side::Server, octets);
        assert_eq!((messages.len(), error), (2, None));
        assert_eq!(messages[1].all().get("http.response.status_code"), Some(&Value::U64(404)));
    }

    #[test]
    fn a_body_without_a_length_is_the_rest() {
        let (messages, error) = told(&PROTOCOL, Side::Server, b"HTTP/1.0 200 OK\r\n\r\nHTTP/1.0 500 no\r\n\r\n");
        assert_eq!((messages.len(), error), (1, None));
    }

    #[test]
    fn how_an_answer_ends_hangs_on_what_was_asked() {
        let asked = b"HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n";
        let told =
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Same\r\n\r\n";
        let statuses = statuses(&[(Side::Client, asked), (Side::Server, told)]);
        let expected = [(200, text("/a")), (100, None), (304, text("/b"))];
        assert_eq!(statuses, expected.map(|(status, path)| (Value::U64(status), path)));
    }

    #[test]
    fn behind_an_upgrade_is_something_else() {
        for (asked, told) in [
            (&b"CONNECT h:443 HTTP/1.1\r\n\r\n"[..], &b"HTTP/1.1 200 OK\r\n\r\n"[..]),
            (b"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n"),
        ] {
            let (mut talk, mut out) = ((PROTOCOL.begin)(), Vec::new());
            talk.read(Side::Client, asked, &mut out);
            assert_eq!(talk.read(Side::Server, told, &mut out), Progress::Done);
            assert_eq!(talk.read(Side::Client, b"\x81\x05hello", &mut out), Progress::Done);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        assert_eq!(refused(Side::Client, b"\x16\x03\x01"), "the first line is not of HTTP");
        assert_eq!(refused(Side::Client, b"PRI * HTTP/2.0\r\n\r\n"), "the version is not HTTP/1");
        assert_eq!(refused(Side::Server, b"HTTP/1.1 xx OK\r\n\r\n"), "the status is no number");
        assert_eq!(refused(Side::Client, b"GET / HTTP/1.1\r\na b: c\r\n\r\n"), "a header field is no such thing");
        let two = b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(refused(Side::Client, two), "the body has two lengths");
        let none = b"GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n";
        assert_eq!(refused(Side::Client, none), "the length of the body is no number");
        let chunk = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        assert_eq!(refused(Side::Client, chunk), "a chunk does not begin with its length");
        let long = [&b"GET /"[..], &[b'a'; 17_000]].concat();
        assert_eq!(refused(Side::Client, &long), "the head is longer than 16 KiB");
        let many = [&b"GET / HTTP/1.1\r\n"[..], &b"a: b\r\n".repeat(101), b"\r\n"].concat();
        assert_eq!(refused(Side::Client, &many), "the head has more than 100 fields");
    }

    #[test]
    fn what_is_recognised() {
        let client = |octets: &[u8]| (PROTOCOL.recognise)(Side::Client, octets);
        assert!(client(b"GET /a HTTP/1.1\r\n"));
        assert!(client(b"OPTIONS * HTTP/1.1\r\n"));
        assert!(client(b"CONNECT h:443 HTTP/1.1\r\n"));
        assert!(!client(b"OPTIONS * RTSP/1.0\r\n"));
        assert!(!client(b"GET key\r\n"));
        assert!(!client(b"HTTP/1.1 200 OK\r\n"));
        assert!((PROTOCOL.recognise)(Side::Server, b"HTTP/1.1 200 OK\r\n"));
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutated(
            &PROTOCOL,
            Side::Client,
            b"POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.1\r\n\r\n",
        );
        mutated(&PROTOCOL, Side::Server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    }
}
