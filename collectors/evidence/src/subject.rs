//! What a packet may be about, as text (in a packet's comment, in a request) and as a key (in an index).

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64;

/// The longest SUPI that is one: 15 digits are usual, a NAI is longer.
const LONGEST_SUPI: usize = 128;

/// The identifiers of a UE context are unique between two peers only.
type Peers = (IpAddr, IpAddr);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A tunnel endpoint (TS 29.281), whichever peer's: peers number theirs alike.
    Teid(u32),
    /// The one of this peer.
    Tunnel(u32, IpAddr),
    /// A PFCP session endpoint (TS 29.244), whichever peer's.
    Seid(u64),
    /// The one of this peer.
    Session(u64, IpAddr),
    /// A host, inside a tunnel or outside.
    Address(IpAddr),
    /// Two ends, in either direction, of any transport.
    Flow(SocketAddr, SocketAddr),
    AmfUe(u64, Peers),
    RanUe(u64, Peers),
    Supi(Box<str>),
}

impl Subject {
    /// The same on every machine and in every run: it stands in files.
    pub fn key(&self) -> u64 {
        match self {
            Self::Teid(teid) => Mix(1).word((*teid).into()).end(),
            Self::Tunnel(teid, peer) => Mix(8).address(words(*peer)).word((*teid).into()).end(),
            Self::Seid(seid) => Mix(2).word(*seid).end(),
            Self::Session(seid, peer) => Mix(9).address(words(*peer)).word(*seid).end(),
            Self::Address(address) => Mix(3).address(words(*address)).end(),
            Self::Flow(a, b) => flow(*a, *b),
            Self::AmfUe(id, peers) => context(*id, *peers, 5),
            Self::RanUe(id, peers) => context(*id, *peers, 6),
            Self::Supi(supi) => Mix(7).word(xxh3_64(supi.as_bytes())).end(),
        }
    }
}

/// An address as two words; one of IPv4 as IPv6 maps it.
type Words = (u64, u64);

fn words(address: IpAddr) -> Words {
    match address {
        IpAddr::V4(address) => (0, 0xffff_0000_0000 | u64::from(address.to_bits())),
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments().map(u64::from);
            (a << 48 | b << 32 | c << 16 | d, e << 48 | f << 32 | g << 16 | h)
        }
    }
}

/// Multiply and fold, word by word, as in wyhash: a packet has several keys, and most packets are not kept.
#[derive(Clone, Copy)]
struct Mix(u64);

impl Mix {
    fn word(self, word: u64) -> Self {
        let product = u128::from(self.0 ^ word ^ 0xa076_1d64_78bd_642f) * 0xe703_7ed1_a0b4_28db;
        #[expect(clippy::cast_possible_truncation, reason = "both halves are folded")]
        let folded = product as u64 ^ (product >> 64) as u64;
        Self(folded)
    }

    fn address(self, (high, low): Words) -> Self {
        self.word(high).word(low)
    }

    fn end(self) -> u64 {
        self.word(0x8ebc_6af0_9c88_c6e3).0
    }
}

fn flow(a: SocketAddr, b: SocketAddr) -> u64 {
    let (mut low, mut high) = ((words(a.ip()), a.port()), (words(b.ip()), b.port()));
    if high < low {
        std::mem::swap(&mut low, &mut high);
    }
    let ports = u64::from(low.1) << 16 | u64::from(high.1);
    Mix(4).address(low.0).address(high.0).word(ports).end()
}

fn context(id: u64, (a, b): Peers, seed: u64) -> u64 {
    let (a, b) = (words(a), words(b));
    Mix(seed).address(a.min(b)).address(a.max(b)).word(id).end()
}

impl fmt::Display for Subject {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Teid(teid) => write!(into, "teid:0x{teid:08x}"),
            Self::Tunnel(teid, peer) => write!(into, "teid:0x{teid:08x}@{peer}"),
            Self::Seid(seid) => write!(into, "seid:0x{seid:016x}"),
            Self::Session(seid, peer) => write!(into, "seid:0x{seid:016x}@{peer}"),
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
            "teid" => tunnel(value),
            "seid" => session(value),
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

fn tunnel(text: &str) -> Option<Subject> {
    let teid = |text| number(text).and_then(|number| u32::try_from(number).ok());
    match text.split_once('@') {
        Some((id, peer)) => Some(Subject::Tunnel(teid(id)?, peer.parse().ok()?)),
        None => teid(text).map(Subject::Teid),
    }
}

fn session(text: &str) -> Option<Subject> {
    match text.split_once('@') {
        Some((id, peer)) => Some(Subject::Session(number(id)?, peer.parse().ok()?)),
        None => number(text).map(Subject::Seid),
    }
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
