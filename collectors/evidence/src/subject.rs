//! What a packet may be about, as text (in a packet's comment, in a request) and as a key (in an index).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The longest SUPI that is one: 15 digits are usual, a NAI is longer.
const LONGEST_SUPI: usize = 128;

/// The identifiers of a UE context are unique between two peers only.
type Peers = (IpAddr, IpAddr);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A tunnel endpoint, whichever peer's (TS 29.281).
    Teid(u32),
    /// A PFCP session endpoint (TS 29.244).
    Seid(u64),
    /// A host, inside a tunnel or outside.
    Address(IpAddr),
    /// Two ends, in either direction, of any transport.
    Flow(SocketAddr, SocketAddr),
    AmfUe(u64, Peers),
    RanUe(u64, Peers),
    Supi(Box<str>),
}

impl Subject {
    pub fn key(&self) -> u64 {
        match self {
            Self::Teid(teid) => xxh3_64_with_seed(&teid.to_be_bytes(), 1),
            Self::Seid(seid) => xxh3_64_with_seed(&seid.to_be_bytes(), 2),
            Self::Address(address) => xxh3_64_with_seed(&octets(*address), 3),
            Self::Flow(a, b) => flow(*a, *b),
            Self::AmfUe(id, peers) => context(*id, *peers, 5),
            Self::RanUe(id, peers) => context(*id, *peers, 6),
            Self::Supi(supi) => xxh3_64_with_seed(supi.as_bytes(), 7),
        }
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn flow(a: SocketAddr, b: SocketAddr) -> u64 {
    let end = |end: SocketAddr| u128::from_be_bytes(octets(end.ip()));
    let (mut low, mut high) = ((end(a), a.port()), (end(b), b.port()));
    if high < low {
        std::mem::swap(&mut low, &mut high);
    }
    let mut all = [0; 40];
    let parts = [&low.0.to_be_bytes()[..], &low.1.to_be_bytes(), &high.0.to_be_bytes(), &high.1.to_be_bytes()];
    all.iter_mut().zip(parts.into_iter().flatten()).for_each(|(place, octet)| *place = *octet);
    xxh3_64_with_seed(&all, 4)
}

fn context(id: u64, (a, b): Peers, seed: u64) -> u64 {
    let (a, b) = (u128::from_be_bytes(octets(a)), u128::from_be_bytes(octets(b)));
    let peers = xxh3_64_with_seed(&a.min(b).to_be_bytes(), xxh3_64_with_seed(&a.max(b).to_be_bytes(), seed));
    xxh3_64_with_seed(&id.to_be_bytes(), peers)
}

impl fmt::Display for Subject {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Teid(teid) => write!(into, "teid:0x{teid:08x}"),
            Self::Seid(seid) => write!(into, "seid:0x{seid:016x}"),
            Self::Address(address) => write!(into, "address:{address}"),
            Self::Flow(a, b) => write!(into, "flow:{a}-{b}"),
            Self::AmfUe(id, (a, b)) => write!(into, "amf_ue_ngap_id:{id}@{a},{b}"),
            Self::RanUe(id, (a, b)) => write!(into, "ran_ue_ngap_id:{id}@{a},{b}"),
            Self::Supi(supi) => write!(into, "supi:{supi}"),
        }
    }
}

/// The text is no subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSubject;

impl FromStr for Subject {
    type Err = NoSubject;

    fn from_str(text: &str) -> Result<Self, NoSubject> {
        let (kind, value) = text.split_once(':').ok_or(NoSubject)?;
        match kind {
            "teid" => u32::try_from(number(value).ok_or(NoSubject)?).ok().map(Self::Teid),
            "seid" => number(value).map(Self::Seid),
            "address" => value.parse().ok().map(Self::Address),
            "flow" => ends(value),
            "amf_ue_ngap_id" => in_context(value).map(|(id, peers)| Self::AmfUe(id, peers)),
            "ran_ue_ngap_id" => in_context(value).map(|(id, peers)| Self::RanUe(id, peers)),
            "supi" => supi(value),
            _ => None,
        }
        .ok_or(NoSubject)
    }
}

/// A number, decimal or with 0x.
pub(crate) fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// A SUPI that stands in a comment as one word.
pub(crate) fn supi(text: &str) -> Option<Subject> {
    let plain = !text.is_empty() && text.len() <= LONGEST_SUPI && text.chars().all(|one| one.is_ascii_graphic());
    plain.then(|| Subject::Supi(text.into()))
}

fn ends(text: &str) -> Option<Subject> {
    let (a, b) = text.split_once('-')?;
    Some(Subject::Flow(a.parse().ok()?, b.parse().ok()?))
}

fn in_context(text: &str) -> Option<(u64, Peers)> {
    let (id, peers) = text.split_once('@')?;
    let (a, b) = peers.split_once(',')?;
    Some((number(id)?, (a.parse().ok()?, b.parse().ok()?)))
}
