//! Events: messages with their place in the capture, as the bindings hand them on.

use std::sync::Arc;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::message::Fields;

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
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub kind: &'static str,
    pub time: u64,
    pub digest: u64,
    pub packet: u64,
    pub fields: Fields,
    pub frames: Vec<Frame>,
}

impl Event {
    /// The same packet at the same time gives the same id; ids sort by time.
    pub fn id(&self) -> String {
        format!("{:016x}-{:016x}", self.time, self.digest)
    }
}

/// The digest of the `index`-th event of a frame, or of what followed from it.
pub fn digest(of: &[u8], kind: &str, index: u64) -> u64 {
    xxh3_64_with_seed(of, xxh3_64(kind.as_bytes()) ^ index)
}
