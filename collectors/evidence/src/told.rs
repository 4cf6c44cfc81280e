//! What the events of a packet tell of it: whether all of it is kept, and what it is about beyond its outside.

use std::fmt::Write;
use std::net::IpAddr;

use sentinel_decoder::event::Event;
use sentinel_decoder::message::Value;

use crate::subject::{Subject, number, supi};

/// Subjects of one packet that events tell, at most.
const MOST: usize = 64;
/// Octets of a comment: one does not crowd out packets.
const LONGEST: usize = 4096;
const ADDRESS: &str = "fiveg.pdu_session.ue_ip";
const SUPI: &str = "fiveg.supi";
/// Whose SEIDs and TEIDs these are: the field with the peers' addresses, one for each.
const SEIDS: [(&str, &str); 2] =
    [("fiveg.pfcp.seid", "destination.ip"), ("fiveg.pfcp.f_seid.seid", "fiveg.pfcp.f_seid.address")];
const TEIDS: [(&str, &str); 6] = [
    ("fiveg.pfcp.f_teid.teid", "fiveg.pfcp.f_teid.address"),
    ("fiveg.pfcp.outer_header.teid", "fiveg.pfcp.outer_header.address"),
    ("fiveg.ngap.ul.teid", "fiveg.ngap.ul.address"),
    ("fiveg.ngap.dl.teid", "fiveg.ngap.dl.address"),
    ("fiveg.gtpu.teid", "fiveg.gtpu.outer.destination.ip"),
    ("fiveg.gtpu.inner_teid", ""),
];
const AMF_UE: [&str; 2] = ["fiveg.amf_ue_ngap_id", "fiveg.ngap.reset.amf_ue_ngap_id"];
const RAN_UE: [&str; 2] = ["fiveg.ran_ue_ngap_id", "fiveg.ngap.reset.ran_ue_ngap_id"];

const SIGNALLING: [&str; 4] = ["ngap.", "nas.", "pfcp.", "gtpu."];

type Endpoint = fn(u64, Option<IpAddr>) -> Option<Subject>;
const ENDPOINTS: [(&[(&str, &str)], Endpoint); 2] = [(&SEIDS, session), (&TEIDS, tunnel)];

/// Gathered for one packet after the other.
#[derive(Debug, Default)]
pub struct Told {
    /// The packet said something: all of it is kept.
    pub whole: bool,
    pub keys: Vec<u64>,
    /// Kinds and subjects, one word each.
    pub comment: String,
}

impl Told {
    /// Take in the events of packet `number`; others only happened to be noticed then.
    pub fn gather(&mut self, number: u64, events: &[Event]) {
        self.whole = false;
        self.keys.clear();
        self.comment.clear();
        let mut said = "";
        for event in events.iter().filter(|event| event.packet == number && !of_life(event.kind)) {
            self.whole = true;
            if event.kind != std::mem::replace(&mut said, event.kind) {
                self.word(format_args!("{}", event.kind));
            }
            if SIGNALLING.iter().any(|protocol| event.kind.starts_with(protocol)) {
                self.event(event); // others tell no more than the outside, and making their fields costs
            }
        }
    }

    fn event(&mut self, event: &Event) {
        let peers = (address(event, "source.ip"), address(event, "destination.ip"));
        for (name, value) in event.fields().iter().filter(|(name, _)| name.starts_with("fiveg.")) {
            for value in each(value) {
                if let Some(subject) = subject(name, value, peers) {
                    self.subject(&subject);
                }
            }
        }
        for (names, subject) in &ENDPOINTS {
            for (name, peer) in *names {
                self.endpoints(event, name, peer, *subject);
            }
        }
    }

    /// TEIDs or SEIDs, and whose they are where there is an address for each.
    fn endpoints(&mut self, event: &Event, name: &str, peer: &str, subject: Endpoint) {
        let Some(ids) = event.fields().get(name).map(each) else { return };
        let peers = event.fields().get(peer).map_or(&[][..], each);
        for (at, id) in ids.iter().enumerate() {
            let Some(id) = number(&id.to_string()) else { continue };
            let peer = match peers.get(at).filter(|_| peers.len() == ids.len()) {
                Some(Value::Ip(address)) => subject(id, Some(*address)),
                _ => None,
            };
            [subject(id, None), peer].iter().flatten().for_each(|subject| self.subject(subject));
        }
    }

    fn subject(&mut self, subject: &Subject) {
        let key = subject.key();
        if self.keys.len() < MOST && !self.keys.contains(&key) && self.word(format_args!("{subject}")) {
            self.keys.push(key);
        }
    }

    fn word(&mut self, word: std::fmt::Arguments<'_>) -> bool {
        let before = self.comment.len();
        let _ = write!(self.comment, "{}{word}", if before == 0 { "" } else { " " });
        let fits = self.comment.len() <= LONGEST;
        if !fits {
            self.comment.truncate(before);
        }
        fits
    }
}

/// The keys that a comment of ours names.
pub fn keys(comment: &str) -> impl Iterator<Item = u64> {
    comment.split(' ').filter_map(|word| word.parse::<Subject>().ok()).take(MOST).map(|subject| subject.key())
}

/// Beginning and end of flows and tunnels, which every packet could be.
fn of_life(kind: &str) -> bool {
    kind.starts_with("flow.") || kind == "gtpu.tunnel_started"
}

fn address(event: &Event, name: &str) -> Option<IpAddr> {
    match event.fields().get(name) {
        Some(Value::Ip(address)) => Some(*address),
        _ => None,
    }
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::List(values) => values,
        value => std::slice::from_ref(value),
    }
}

fn tunnel(teid: u64, peer: Option<IpAddr>) -> Option<Subject> {
    let teid = u32::try_from(teid).ok()?;
    Some(peer.map_or(Subject::Teid(teid), |peer| Subject::Tunnel(teid, peer)))
}

fn session(seid: u64, peer: Option<IpAddr>) -> Option<Subject> {
    Some(peer.map_or(Subject::Seid(seid), |peer| Subject::Session(seid, peer)))
}

fn subject(name: &str, value: &Value, peers: (Option<IpAddr>, Option<IpAddr>)) -> Option<Subject> {
    let text = || value.to_string();
    if name == ADDRESS {
        return if let Value::Ip(address) = value { Some(Subject::Address(*address)) } else { None };
    }
    if name == SUPI {
        return supi(&text());
    }
    if AMF_UE.contains(&name) {
        return Some(Subject::AmfUe(number(&text())?, (peers.0?, peers.1?)));
    }
    RAN_UE.contains(&name).then(|| Some(Subject::RanUe(number(&text())?, (peers.0?, peers.1?)))).flatten()
}
