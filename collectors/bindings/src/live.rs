//! Live capture: a ring of the kernel's frames into a decoder, without the GIL.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use sentinel_decoder::decoder::Decoder as Core;
use sentinel_decoder::event::Event as CoreEvent;
use sentinel_ring::{Ring, Statistics};

use crate::{Event, counted, dict, lock, os_error, wrap};

const LINKTYPE_ETHERNET: u32 = 1;

struct Watching {
    ring: Ring,
    core: Core,
    before: Statistics,
    tagged: Vec<u8>,
}

impl Watching {
    fn read(&mut self, patience: Duration) -> io::Result<Vec<CoreEvent>> {
        let mut out = Vec::new();
        let (core, tagged) = (&mut self.core, &mut self.tagged);
        self.ring.read(patience, |frame| {
            let octets = match frame.vlan {
                None => frame.octets,
                Some(vlan) => with_vlan(frame.octets, vlan, tagged),
            };
            core.decode(frame.time, LINKTYPE_ETHERNET, octets, frame.missing, &mut out);
        })?;
        Ok(out)
    }

    fn statistics(&mut self) -> Statistics {
        let now = self.ring.statistics().unwrap_or_default();
        Statistics { seen: self.before.seen + now.seen, dropped: self.before.dropped + now.dropped }
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

/// A network interface, read and decoded without the GIL.
#[pyclass(frozen, module = "collectors._decode")]
pub struct LiveReader {
    watching: Mutex<Watching>,
    interface: String,
    source: Arc<str>,
}

#[pymethods]
impl LiveReader {
    #[new]
    fn new(py: Python<'_>, interface: String, source: &str) -> PyResult<Self> {
        let ring = py.detach(|| Ring::open(&interface)).map_err(os_error)?;
        let watching = Watching { ring, core: Core::new(), before: Statistics::default(), tagged: Vec::new() };
        Ok(Self { watching: Mutex::new(watching), interface, source: source.into() })
    }

    /// Events of the next block of frames; none if it does not come within `timeout` seconds.
    fn read(&self, py: Python<'_>, timeout: f64) -> PyResult<Vec<Event>> {
        let patience = Duration::try_from_secs_f64(timeout).unwrap_or_default();
        let events = py.detach(|| lock(&self.watching).read(patience)).map_err(os_error)?;
        py.check_signals()?;
        Ok(wrap(events, &self.source))
    }

    /// Open the interface again after it was gone; what the decoder knows stays.
    fn reopen(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| {
            let mut watching = lock(&self.watching);
            let ring = Ring::open(&self.interface)?;
            watching.before = watching.statistics();
            watching.ring = ring;
            Ok(())
        })
        .map_err(os_error)
    }

    fn finish(&self, py: Python<'_>) -> Vec<Event> {
        py.detach(|| {
            let mut out = Vec::new();
            lock(&self.watching).core.finish(&mut out);
            wrap(out, &self.source)
        })
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (mut counts, dropped) = py.detach(|| {
            let mut watching = lock(&self.watching);
            (counted(watching.core.counters()), watching.statistics().dropped)
        });
        for (name, count) in &mut counts {
            if matches!(*name, "packets" | "dropped") {
                *count += dropped;
            }
        }
        dict(py, counts)
    }
}
