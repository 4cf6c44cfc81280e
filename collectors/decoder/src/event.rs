//! Events: messages with their place in the capture, as the bindings hand them on.

use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::message::{Fields, Later, Message};
use crate::plain::plain;
use crate::seen::{Seen, Sight, View};

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

/// A packet and its frames, for the events that follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub packet: u64,
    /// Those that carried earlier pieces.
    pub earlier: Vec<Frame>,
    pub frame: Frame,
}

impl Carried {
    /// Octets that it keeps, as far as they are many.
    pub fn held(&self) -> usize {
        self.earlier.iter().chain([&self.frame]).map(|frame| frame.data.len()).sum()
    }
}

/// What was observed, once. `time` is nanoseconds since the epoch; `packet` counts from 1.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: &'static str,
    pub time: u64,
    pub packet: u64,
    /// Its digest; or its place among the events of its frame, whose digest is made when it is asked for.
    mark: u64,
    /// The frame that carried it, and those that carried earlier pieces.
    frame: Option<Frame>,
    earlier: Box<[Frame]>,
    told: Fields,
    /// What is made into fields when it is asked for: most events of the user plane never are.
    later: Option<Later>,
    view: View,
    all: OnceLock<Box<Fields>>,
}

impl Event {
    /// One that no frame carried.
    pub fn new(kind: &'static str, time: u64, digest: u64, packet: u64, told: Fields) -> Self {
        let (earlier, view, all) = (Box::default(), View::Nothing, OnceLock::new());
        Self { kind, time, packet, mark: digest, frame: None, earlier, told, later: None, view, all }
    }

    /// The `index`-th one of a frame, with the frames that carried earlier pieces. Its fields are followed by what was
    /// seen.
    pub fn carried(message: Message, index: u64, carried: Carried, view: View) -> Self {
        let Message { kind, fields: told, later } = message;
        let Carried { packet, earlier, frame } = carried;
        let (time, earlier, all) = (frame.time, earlier.into(), OnceLock::new());
        Self { kind, time, packet, mark: index, frame: Some(frame), earlier, told, later, view, all }
    }

    /// The frames that carried it, in the order in which they came.
    pub fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.earlier.iter().chain(&self.frame)
    }

    /// It is told at `time`, when its frame is long past.
    pub fn told_at(self, time: u64) -> Self {
        Self { time, ..self }
    }

    /// Its fields are followed by what was seen.
    pub fn with_seen(self, seen: Seen) -> Self {
        Self { view: seen.into(), ..self }
    }

    pub fn fields(&self) -> &Fields {
        if self.later.is_none() && matches!(self.view, View::Nothing) {
            return &self.told;
        }
        self.all.get_or_init(|| {
            let mut fields = self.told.clone();
            self.later.iter().for_each(|later| later.tell(&mut fields));
            match &self.view {
                View::Nothing => {}
                View::Kept(seen) => seen.tell(&mut fields),
                View::Again(role) => self.sight().iter().for_each(|sight| role.of(sight).tell(&mut fields)),
            }
            Box::new(fields)
        })
    }

    /// The plain packet in its frame.
    fn sight(&self) -> Option<Sight> {
        let frame = self.frame.as_ref()?;
        plain(frame.link_type, &frame.data).map(|(sight, _)| sight)
    }

    /// The same packet at the same time gives the same id; ids sort by time.
    pub fn id(&self) -> String {
        format!("{:016x}-{:016x}", self.time, self.digest())
    }

    fn digest(&self) -> u64 {
        self.frame.as_ref().map_or(self.mark, |frame| digest(&frame.data, self.kind, self.mark))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && (self.time, self.digest(), self.packet) == (other.time, other.digest(), other.packet)
            && self.frames().eq(other.frames())
            && self.fields() == other.fields()
    }
}

/// The digest of the `index`-th event of a frame, or of what followed from it.
pub fn digest(of: &[u8], kind: &str, index: u64) -> u64 {
    xxh3_64_with_seed(of, xxh3_64(kind.as_bytes()) ^ index)
}
