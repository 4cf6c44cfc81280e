//! The first certificate of a chain, RFC 5246 7.4.2 and RFC 5280: whose it is, who signed it, and until when it is good.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, X509Certificate};

use crate::message::{Message, Value, hex};
use crate::octets::{Cursor, Malformed, ipv4_at, ipv6_at, malformed};

/// Alternative names told of one certificate.
const MOST_NAMES: usize = 16;
/// Octets told of a distinguished name.
const LONGEST_NAME: usize = 512;

/// Field names of one side.
struct Names {
    subject: &'static str,
    issuer: &'static str,
    not_before: &'static str,
    not_after: &'static str,
    hash: &'static str,
    alternatives: &'static str,
    self_signed: &'static str,
}

static CLIENT: Names = Names {
    subject: "tls.client.subject",
    issuer: "tls.client.issuer",
    not_before: "tls.client.not_before",
    not_after: "tls.client.not_after",
    hash: "tls.client.hash.sha256",
    alternatives: "tls.client.x509.alternative_names",
    self_signed: "tls.client.self_signed",
};

static SERVER: Names = Names {
    subject: "tls.server.subject",
    issuer: "tls.server.issuer",
    not_before: "tls.server.not_before",
    not_after: "tls.server.not_after",
    hash: "tls.server.hash.sha256",
    alternatives: "tls.server.x509.alternative_names",
    self_signed: "tls.server.self_signed",
};

/// `None` of an empty chain, with which a client says that it has no certificate.
pub fn read(body: &[u8], is_client: bool) -> Result<Option<Message>, Malformed> {
    let mut at = Cursor::new(body);
    let short = malformed("a Certificate is shorter than its lengths say", 0);
    let mut chain = long_vector(&mut at).ok_or(short)?;
    if chain.rest().is_empty() {
        return Ok(None);
    }
    let octets = long_vector(&mut chain).ok_or(short)?.rest();
    let (_, certificate) =
        X509Certificate::from_der(octets).map_err(|_| malformed("a certificate is no X.509 certificate", 6))?;
    let names = if is_client { &CLIENT } else { &SERVER };
    let mut message = Message::new("tls.certificate");
    tell(&certificate, names, &mut message);
    message.fields.set(names.hash, Value::Text(hex(&Sha256::digest(octets)).into()));
    Ok(Some(message))
}

fn tell(certificate: &X509Certificate, names: &Names, message: &mut Message) {
    let (subject, issuer) = (certificate.subject(), certificate.issuer());
    let validity = certificate.validity();
    let fields = &mut message.fields;
    fields.set(names.subject, text(&subject.to_string()));
    fields.set(names.issuer, text(&issuer.to_string()));
    fields.set(names.not_before, time(validity.not_before));
    fields.set(names.not_after, time(validity.not_after));
    fields.set(names.self_signed, Value::Bool(subject.as_raw() == issuer.as_raw()));
    fields.set_all(names.alternatives, alternatives(certificate));
}

fn alternatives(certificate: &X509Certificate) -> Vec<Value> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    extension.value.general_names.iter().filter_map(alternative).take(MOST_NAMES).collect()
}

fn alternative(name: &GeneralName) -> Option<Value> {
    match name {
        GeneralName::DNSName(name) => Some(text(&name.to_ascii_lowercase())),
        GeneralName::URI(uri) => Some(text(uri)),
        GeneralName::IPAddress(octets) => address(octets).map(|address| text(&address.to_string())),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    match octets.len() {
        4 => ipv4_at(octets, 0),
        16 => ipv6_at(octets, 0),
        _ => None,
    }
}

fn text(plain: &str) -> Value {
    Value::Text(plain.chars().take(LONGEST_NAME).collect::<String>().into())
}

/// ISO 8601, in UTC: such text sorts by time.
fn time(time: ASN1Time) -> Value {
    let time = time.to_datetime();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = time.to_hms();
    Value::Text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z").into())
}

/// Octets behind their length, of three octets.
fn long_vector<'a>(at: &mut Cursor<'a>) -> Option<Cursor<'a>> {
    let [high, middle, low] = at.fixed()?;
    at.within(u32::from_be_bytes([0, high, middle, low]) as usize)
}
