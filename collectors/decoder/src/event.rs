//! Events: messages with their place in the capture, as the bindings hand them on.

use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::message::Fields;
use crate::seen::Seen;

/// A captured frame. The octets are shared by all events that it carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub time: u64,
    pub link_type: u32,
    pub data: Arc<[u8]>,
}

impl Frame {
    pub fn new(time: u64, link_type: u32, data: &[u8]) -> Self {
        Self { time, link_type, data: data.into() }
    }
}

/// What was observed, once. `time` is nanoseconds since the epoch; `packet` counts from 1.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: &'static str,
    pub time: u64,
    pub digest: u64,
    pub packet: u64,
    /// The frame that carried it, and those that carried earlier pieces.
    frame: Option<Frame>,
    earlier: Vec<Frame>,
    told: Fields,
    /// What is made into fields when it is asked for: most events of the user plane never are.
    seen: Option<Box<Seen>>,
    all: OnceLock<Fields>,
}

impl Event {
    pub fn new(kind: &'static str, time: u64, digest: u64, packet: u64, told: Fields) -> Self {
        Self { kind, time, digest, packet, frame: None, earlier: Vec::new(), told, seen: None, all: OnceLock::new() }
    }

    pub fn with_frames(self, earlier: Vec<Frame>, frame: Frame) -> Self {
        Self { earlier, frame: Some(frame), ..self }
    }

    /// The frames that carried it, in the order in which they came.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.earlier.iter().chain(&self.frame)
    }

    /// Its fields are followed by what was seen.
    pub fn with_seen(self, seen: Seen) -> Self {
        Self { seen: Some(Box::new(seen)), ..self }
    }

    pub fn fields(&self) -> &Fields {
        let Some(seen) = &self.seen else { return &self.told };
        self.all.get_or_init(|| {
            let mut fields = self.told.clone();
            seen.tell(&mut fields);
            fields
        })
    }

    /// The same packet at the same time gives the same id; ids sort by time.
    pub fn id(&self) -> String {
        format!("{:016x}-{:016x}", self.time, self.digest)
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (self.time, self.digest, self.packet) == (other.time, other.digest, other.packet)
            && self.frames().eq(other.frames())
            && self.fields() == other.fields()
    }
}

/// The digest of the `index`-th event of a frame, or of what followed from it.
pub fn digest(of: &[u8], kind: &str, index: u64) -> u64 {
    xxh3_64_with_seed(of, xxh3_64(kind.as_bytes()) ^ index)
}
