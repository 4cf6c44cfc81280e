//! Live capture: the kernel's frames, of one interface or several, into one decoder, without the GIL.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use sentinel_decoder::capture::Record;
use sentinel_decoder::decoder::Decoder as Core;
use sentinel_decoder::event::{Event as CoreEvent, digest};
use sentinel_decoder::message::{Message, Value};
use sentinel_ring::{Change, Frame, Instruction, Link, Rings};

use crate::evidence::{EvidenceWriter, Keeper};
use crate::{Event, counted, dict, lock, os_error, wrap};

const LINKTYPE_ETHERNET: u32 = 1;
const LINKTYPE_RAW: u32 = 101;
/// None: such frames are counted, as unknown.
const NO_LINK: u32 = u32::MAX;
/// Between two looks at what the kernel had no room for.
const LOOK: Duration = Duration::from_secs(1);
const INTERFACE: &str = "observer.ingress.interface.name";

struct Watching {
    rings: Rings,
    core: Core,
    tagged: Vec<u8>,
    /// Packets of each interface that were told to be dropped, and when that was last looked at.
    dropped: Vec<u64>,
    looked: Instant,
    /// Events about the capture itself, by kind.
    told: Vec<(&'static str, u64)>,
    keeper: Keeper,
}

impl Watching {
    /// Events in order, each with the number of the interface on which its packet came.
    fn read(&mut self, patience: Duration, names: &[Arc<str>]) -> io::Result<Vec<(usize, Vec<CoreEvent>)>> {
        let mut out: Vec<(usize, Vec<CoreEvent>)> = Vec::new();
        let (core, tagged, mut keeping) = (&mut self.core, &mut self.tagged, self.keeper.keeping());
        let mut fresh = Vec::new();
        self.rings.read(patience, |interface, frame| {
            let Frame { time, link, missing, .. } = frame;
            let record = Record { time, link_type: link_type(link), octets: octets(&frame, tagged), missing };
            core.decode_together(std::iter::once(record), &mut fresh, |number, record, events| {
                keeping.keep(number, record, events);
            });
            if !fresh.is_empty() {
                append(&mut out, interface, &mut fresh);
            }
        })?;
        drop(keeping);
        self.report(names, &mut out);
        Ok(out)
    }

    /// Say what became of interfaces, and what was dropped.
    fn report(&mut self, names: &[Arc<str>], out: &mut Vec<(usize, Vec<CoreEvent>)>) {
        for change in self.rings.changes() {
            match change {
                Change::Lost(at, error) => self.tell("monitor.interface_lost", at, names, Some(reason(&error)), out),
                Change::Returned(at) => self.tell("monitor.interface_returned", at, names, None, out),
            }
        }
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        for (at, now) in self.rings.statistics().into_iter().enumerate() {
            let Some(before) = self.dropped.get_mut(at) else { continue };
            let more = now.dropped.saturating_sub(*before);
            *before = now.dropped;
            if more > 0 {
                let more = ("fiveg.monitor.count", Value::U64(more));
                self.tell("monitor.packets_dropped", at, names, Some(more), out);
            }
        }
    }

    fn tell(
        &mut self,
        kind: &'static str,
        at: usize,
        names: &[Arc<str>],
        more: Option<(&'static str, Value)>,
        out: &mut Vec<(usize, Vec<CoreEvent>)>,
    ) {
        let mut message = Message::new(kind);
        let name = names.get(at).map_or("", |name| name);
        message.fields.set(INTERFACE, Value::Text(name.into()));
        if let Some((field, value)) = more {
            message.fields.set(field, value);
        }
        let time = now();
        let (digest, packet) = (digest(name.as_bytes(), kind, time), self.core.packets());
        let event = CoreEvent::new(kind, time, digest, packet, message.fields);
        append(out, at, &mut vec![event]);
        match self.told.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.told.push((kind, 1)),
        }
    }

    fn counters(&mut self) -> Vec<(&'static str, u64)> {
        let dropped: u64 = self.rings.statistics().iter().map(|interface| interface.dropped).sum();
        let mut counts = counted(&self.core.counters());
        let told: u64 = self.told.iter().map(|(_, count)| count).sum();
        for (name, count) in &mut counts {
            match *name {
                "packets" | "dropped" => *count += dropped,
                "events" => *count += told,
                _ => {}
            }
        }
        counts.extend(&self.told);
        counts
    }
}

/// Events of the same interface in a row stay together.
fn append(out: &mut Vec<(usize, Vec<CoreEvent>)>, interface: usize, fresh: &mut Vec<CoreEvent>) {
    match out.last_mut() {
        Some((last, events)) if *last == interface => events.append(fresh),
        _ => out.push((interface, std::mem::take(fresh))),
    }
}

fn reason(error: &io::Error) -> (&'static str, Value) {
    ("error.message", Value::Text(error.to_string().to_lowercase().into()))
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn link_type(link: Link) -> u32 {
    match link {
        Link::Ethernet => LINKTYPE_ETHERNET,
        Link::Ip => LINKTYPE_RAW,
        Link::Other(_) => NO_LINK,
    }
}

fn octets<'a>(frame: &Frame<'a>, tagged: &'a mut Vec<u8>) -> &'a [u8] {
    match frame.vlan {
        None => frame.octets,
        Some(vlan) => with_vlan(frame.octets, vlan, tagged),
    }
}

/// The frame with the tag that the network card took out.
fn with_vlan<'a>(octets: &[u8], (tpid, tci): (u16, u16), into: &'a mut Vec<u8>) -> &'a [u8] {
    let (addresses, rest) = octets.split_at(octets.len().min(12));
    into.clear();
    into.extend_from_slice(addresses);
    into.extend_from_slice(&tpid.to_be_bytes());
    into.extend_from_slice(&tci.to_be_bytes());
    into.extend_from_slice(rest);
    into
}

/// Network interfaces, read as one in the order of time, and decoded without the GIL.
#[pyclass(frozen, module = "collectors._decode")]
pub struct LiveReader {
    watching: Mutex<Watching>,
    names: Vec<Arc<str>>,
}

#[pymethods]
impl LiveReader {
    /// `program` is a classic BPF program, (code, jt, jf, k) each; an empty one lets every frame pass.
    #[new]
    #[pyo3(signature = (interfaces, program, evidence = None))]
    fn new(
        py: Python<'_>,
        interfaces: Vec<String>,
        program: Vec<(u16, u8, u8, u32)>,
        evidence: Option<&EvidenceWriter>,
    ) -> PyResult<Self> {
        let filter: Vec<Instruction> =
            program.into_iter().map(|(code, jt, jf, k)| Instruction { code, jt, jf, k }).collect();
        let opened = py.detach(|| Rings::open(&interfaces, &filter));
        let rings = opened
            .map_err(|(name, error)| PyOSError::new_err((error.raw_os_error(), error.to_string(), name.to_owned())))?;
        let watching = Watching {
            rings,
            core: Core::new(),
            tagged: Vec::new(),
            dropped: vec![0; interfaces.len()],
            looked: Instant::now(),
            told: Vec::new(),
            keeper: Keeper::new(evidence),
        };
        let names = interfaces.iter().map(|name| name.as_str().into()).collect();
        Ok(Self { watching: Mutex::new(watching), names })
    }

    /// Events of the next frames; none if none come within `timeout` seconds.
    fn read<'py>(&self, py: Python<'py>, timeout: f64) -> PyResult<Bound<'py, PyList>> {
        let patience = Duration::try_from_secs_f64(timeout).unwrap_or_default();
        let read = py.detach(|| lock(&self.watching).read(patience, &self.names)).map_err(os_error)?;
        py.check_signals()?;
        let name = |interface: usize| self.names.get(interface);
        let named = read.into_iter().filter_map(|(interface, fresh)| Some((fresh, name(interface)?)));
        let events = PyList::empty(py);
        for (fresh, name) in named {
            let source = PyString::new(py, name).unbind();
            for inner in fresh {
                events.append(Event { inner, source: source.clone_ref(py) })?;
            }
        }
        Ok(events)
    }

    /// Let nothing more in; what came before is still to be read.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| lock(&self.watching).rings.close()).map_err(os_error)
    }

    /// The end: what is still open.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let name = self.names.first().cloned().unwrap_or_else(|| "".into());
        let mut out = Vec::new();
        py.detach(|| lock(&self.watching).core.finish(&mut out));
        wrap(py, out, &name)
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, py.detach(|| lock(&self.watching).counters()))
    }
}
