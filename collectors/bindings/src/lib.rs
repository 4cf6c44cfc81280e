//! The seam: frozen Events backed by Rust, and the readers that give them in batches, without the GIL.
//!
//! Columns (`columns.rs`), the live capture (`live.rs`) and evidence (`evidence.rs`) have files of their own; everything else that Python can reach is read here.

mod columns;
mod evidence;
mod live;

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use hashbrown::HashMap;

use pyo3::exceptions::{PyKeyError, PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyList, PyMapping, PyString, PyTuple, PyType};

use sentinel_decoder::capture::{Capture, Record, Stop};
use sentinel_decoder::decoder::{Counters, Decoder as Core};
use sentinel_decoder::event::Event as CoreEvent;
use sentinel_decoder::message::{Fields as Told, Value};

use evidence::{EvidenceWriter, Keeper};

/// An event is a handful of small allocations that another thread frees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ACTION: &str = "event.action";
/// Events of a batch after the end of a capture: there may be a million flows to end.
const ENDS: usize = 1024;
/// Events after which a batch ends before it has all of its packets: more of them do not fit the cache, and decoding
/// then waits for memory half of its time.
const MOST_EVENTS: usize = 256;
/// Addresses whose texts are kept; then they are made anew.
const MOST_ADDRESSES: usize = 16_384;
/// Texts of the program's own that are found without being looked up, at most.
const USUAL_TEXTS: usize = 256;
/// Packets that are looked at together, so that what is known of their flows is fetched together.
const TOGETHER: usize = 32;

/// An Event; its Python values are made when they are read.
#[pyclass(frozen, module = "collectors._decode")]
struct Event {
    inner: CoreEvent,
    source: Py<PyString>,
}

/// An Event's flat read-only mapping.
#[pyclass(frozen, mapping, module = "collectors._decode")]
struct Fields {
    event: Py<Event>,
}

#[pymethods]
impl Event {
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        interned(py, self.inner.kind)
    }

    #[getter]
    fn time(&self) -> u64 {
        self.inner.time
    }

    #[getter]
    fn id(&self) -> String {
        self.inner.id()
    }

    #[getter]
    fn source<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        self.source.bind(py).clone()
    }

    #[getter]
    fn packet(&self) -> u64 {
        self.inner.packet
    }

    #[getter]
    fn fields(event: Bound<'_, Self>) -> Fields {
        Fields { event: event.unbind() }
    }

    #[getter]
    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let class = frame_class(py)?;
        let frames = self.inner.frames();
        let made: PyResult<Vec<_>> =
            frames.map(|frame| class.call1((frame.time, frame.link_type, PyBytes::new(py, &frame.data)))).collect();
        PyTuple::new(py, made?)
    }

    fn __repr__(&self) -> String {
        format!("<Event {} {} packet {}>", self.inner.kind, self.inner.id(), self.inner.packet)
    }
}

#[pymethods]
impl Fields {
    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.find(py, name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    #[pyo3(signature = (key, default = None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(py, key)?.or(default))
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> bool {
        name.cast::<PyString>().ok().and_then(|name| name.to_str().ok().map(|name| self.has(name))).unwrap_or(false)
    }

    fn __len__(&self) -> usize {
        self.told().len() + 1
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.keys(py)?.try_iter()
    }

    /// Views of a dict, which are sets where a mapping's are.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let names = PyDict::new(py);
        self.names().try_for_each(|name| names.set_item(interned(py, name), py.None()))?;
        names.call_method0("keys")
    }

    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.dict(py)?.call_method0("values")
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.dict(py)?.call_method0("items")
    }

    /// All of it at once.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.dict(py)
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<PyMapping>() else { return Ok(false) };
        if other.len()? != self.__len__() {
            return Ok(false);
        }
        for name in self.names() {
            if !other.contains(name)? || !other.get_item(name)?.eq(self.__getitem__(py, name)?)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Fields {
    fn kind(&self) -> &'static str {
        self.event.get().inner.kind
    }

    fn told(&self) -> &Told {
        self.event.get().inner.fields()
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(ACTION).chain(self.told().iter().map(|(name, _)| *name))
    }

    fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (told, made) = (self.told(), PyDict::new(py));
        let mut texts = texts();
        made.set_item(texts.own(py, ACTION), texts.own(py, self.kind()))?;
        for (name, value) in told.iter() {
            let name = texts.own(py, name);
            let Some(scalar) = texts.scalar(py, value)? else {
                drop(texts);
                made.set_item(name, python(py, value)?)?;
                texts = self::texts();
                continue;
            };
            made.set_item(name, scalar)?;
        }
        Ok(made)
    }

    fn has(&self, name: &str) -> bool {
        name == ACTION || self.told().get(name).is_some()
    }

    fn find<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if name == ACTION {
            return Ok(Some(interned(py, self.kind()).into_any()));
        }
        self.told().get(name).map(|value| python(py, value)).transpose()
    }
}

/// Texts that were made before: kinds, names and many values are the program's own, and addresses come again.
#[derive(Default)]
struct Texts {
    own: HashMap<(usize, usize), Py<PyString>>,
    addresses: HashMap<IpAddr, Py<PyString>>,
}

impl Texts {
    fn own<'py>(&mut self, py: Python<'py>, text: &'static str) -> Bound<'py, PyString> {
        let key = (text.as_ptr().addr(), text.len());
        self.own.entry(key).or_insert_with(|| PyString::intern(py, text).unbind()).bind(py).clone()
    }

    fn address<'py>(&mut self, py: Python<'py>, address: IpAddr) -> Bound<'py, PyString> {
        if self.addresses.len() > MOST_ADDRESSES {
            self.addresses.clear();
        }
        let made = || PyString::new(py, &address.to_canonical().to_string()).unbind();
        self.addresses.entry(address).or_insert_with(made).bind(py).clone()
    }

    /// The value, unless it is a list.
    fn scalar<'py>(&mut self, py: Python<'py>, value: &Value) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(Some(match value {
            Value::U64(number) => number.into_pyobject(py)?.into_any(),
            Value::F64(number) => number.into_pyobject(py)?.into_any(),
            Value::Bool(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
            Value::Str(text) => self.own(py, text).into_any(),
            Value::Text(text) => PyString::new(py, text).into_any(),
            Value::Number(number) => PyString::new(py, number.text().as_str()).into_any(),
            Value::Ip(address) => self.address(py, *address).into_any(),
            Value::List(_) => return Ok(None),
        }))
    }
}

/// The texts, for whoever has the GIL. INVARIANT: nobody holds them who makes a container of Python's: that may collect
/// garbage, which may run anything, and what it runs may ask for them.
fn texts() -> MutexGuard<'static, Texts> {
    static TEXTS: LazyLock<Mutex<Texts>> = LazyLock::new(Mutex::default);
    lock(&TEXTS)
}

fn python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    if let Value::List(values) = value {
        let made: PyResult<Vec<_>> = values.iter().map(|value| python(py, value)).collect();
        return Ok(PyTuple::new(py, made?)?.into_any());
    }
    let made = texts().scalar(py, value)?;
    Ok(made.unwrap_or_else(|| py.None().into_bound(py)))
}

/// A text of the program's own, made once: nearly always its place in memory is enough to find it.
fn interned<'py>(py: Python<'py>, text: &'static str) -> Bound<'py, PyString> {
    static USUAL: [PyOnceLock<(&str, Py<PyString>)>; USUAL_TEXTS] = [const { PyOnceLock::new() }; USUAL_TEXTS];
    let usual = USUAL.get((text.as_ptr().addr() ^ text.len()) % USUAL_TEXTS);
    match usual.map(|usual| usual.get_or_init(py, || (text, PyString::intern(py, text).unbind()))) {
        Some((known, made)) if std::ptr::eq(*known, text) => made.bind(py).clone(),
        _ => texts().own(py, text),
    }
}

/// `sentinel.model.event.Frame`, looked up once.
fn frame_class<'py>(py: Python<'py>) -> PyResult<&'py Bound<'py, PyType>> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    CLASS.import(py, "sentinel.model.event", "Frame")
}

fn wrap<'py>(py: Python<'py>, events: Vec<CoreEvent>, source: &Arc<str>) -> PyResult<Bound<'py, PyList>> {
    let source = PyString::new(py, source).unbind();
    PyList::new(py, events.into_iter().map(|inner| Event { inner, source: source.clone_ref(py) }))
}

fn counted(counters: &Counters) -> Vec<(&'static str, u64)> {
    let mut all = vec![
        ("packets", counters.packets),
        ("decoded", counters.decoded),
        ("malformed", counters.malformed),
        ("unknown", counters.unknown),
        ("dropped", 0),
        ("panics", counters.panics),
        ("capture.cut", counters.cut),
        ("ip.incomplete", counters.incomplete),
        ("events", counters.events),
        ("gtpu.g_pdu", counters.g_pdus),
        ("sctp.retransmission", counters.retransmissions),
    ];
    all.extend(counters.messages.iter().map(|(kind, count)| (*kind, *count)));
    all.retain(|(name, count)| *count > 0 || !name.contains('.'));
    all
}

fn dict<'py>(py: Python<'py>, counts: Vec<(&'static str, u64)>) -> PyResult<Bound<'py, PyDict>> {
    let made = PyDict::new(py);
    for (name, count) in counts {
        made.set_item(name, count)?;
    }
    Ok(made)
}

/// A lock that a panic elsewhere does not take away: the decoder keeps itself whole. Taken without the GIL, which
/// whoever holds it may be waiting for.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Frames in, Events out; one per source.
#[pyclass(frozen, module = "collectors._decode")]
struct Decoder {
    core: Mutex<Core>,
    source: Arc<str>,
    keeper: Keeper,
}

#[pymethods]
impl Decoder {
    #[new]
    #[pyo3(signature = (source, evidence = None))]
    fn new(source: &str, evidence: Option<&EvidenceWriter>) -> Self {
        Self { core: Mutex::new(Core::new()), source: source.into(), keeper: Keeper::new(evidence) }
    }

    /// Decode (time ns, LINKTYPE_, octets) in order.
    fn decode<'py>(&self, py: Python<'py>, frames: Vec<(u64, u32, PyBackedBytes)>) -> PyResult<Bound<'py, PyList>> {
        let out = py.detach(|| {
            let mut core = lock(&self.core);
            let mut keeping = self.keeper.keeping();
            let mut out = Vec::new();
            let records = frames.iter().map(|(time, link_type, octets)| {
                let (time, link_type) = (*time, *link_type);
                Record { time, link_type, octets, missing: 0 }
            });
            core.decode_together(records, &mut out, |number, record, events| keeping.keep(number, record, events));
            out
        });
        wrap(py, out, &self.source)
    }

    /// End of input.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let mut out = Vec::new();
        py.detach(|| lock(&self.core).finish(&mut out));
        wrap(py, out, &self.source)
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, py.detach(|| counted(&lock(&self.core).counters())))
    }
}

fn open(py: Python<'_>, path: &str) -> PyResult<Capture> {
    py.detach(|| Capture::open(path)).map_err(|error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput => PyValueError::new_err(error.to_string()),
        _ => os_error(error),
    })
}

struct Reading {
    capture: Capture,
    core: Core,
    stage: Stage,
    truncated: Option<String>,
    keeper: Keeper,
}

enum Stage {
    Reading,
    /// The input is at its end, flows are not.
    Ending,
    Ended,
}

impl Reading {
    /// Events of up to `packets` further packets, fewer where they have many, then of what was still open; `None` once everything was given.
    fn read(&mut self, packets: u64) -> Option<Vec<CoreEvent>> {
        let mut out = Vec::with_capacity(MOST_EVENTS + MOST_EVENTS / 4);
        match self.stage {
            Stage::Reading => self.packets(packets, &mut out),
            Stage::Ending => {
                if !self.core.finish_some(ENDS, &mut out) {
                    self.stage = Stage::Ended;
                }
            }
            Stage::Ended => return None,
        }
        Some(out)
    }

    fn packets(&mut self, packets: u64, out: &mut Vec<CoreEvent>) {
        let mut keeping = self.keeper.keeping();
        let mut left = packets;
        while left > 0 && out.len() < MOST_EVENTS {
            match self.capture.gather(TOGETHER.min(usize::try_from(left).unwrap_or(TOGETHER)), left < packets) {
                Ok(records) => self.core.decode_together(records.iter(), out, |number, record, events| {
                    keeping.keep(number, record, events);
                    left = left.saturating_sub(1);
                }),
                Err(Stop::Wait) => return,
                Err(stop) => {
                    self.stage = Stage::Ending;
                    if let Stop::Damaged(reason) = stop {
                        self.truncated = Some(reason);
                    }
                    return;
                }
            }
        }
    }
}

/// A capture file, read and decoded without the GIL.
#[pyclass(frozen, module = "collectors._decode")]
struct CaptureReader {
    reading: Mutex<Reading>,
    source: Arc<str>,
    position: Arc<AtomicU64>,
    #[pyo3(get)]
    size: u64,
}

#[pymethods]
impl CaptureReader {
    #[new]
    #[pyo3(signature = (path, source, evidence = None))]
    fn new(py: Python<'_>, path: &str, source: &str, evidence: Option<&EvidenceWriter>) -> PyResult<Self> {
        let capture = open(py, path)?;
        let (position, size) = (capture.position(), capture.size());
        let keeper = Keeper::new(evidence);
        let reading = Reading { capture, core: Core::new(), stage: Stage::Reading, truncated: None, keeper };
        Ok(Self { reading: Mutex::new(reading), source: source.into(), position, size })
    }

    fn read<'py>(&self, py: Python<'py>, packets: u64) -> PyResult<Option<Bound<'py, PyList>>> {
        let events = py.detach(|| lock(&self.reading).read(packets));
        py.check_signals()?; // one may have ended the wait for a pipe
        events.map(|events| wrap(py, events, &self.source)).transpose()
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        dict(py, py.detach(|| counted(&lock(&self.reading).core.counters())))
    }

    #[getter]
    fn packets(&self, py: Python<'_>) -> u64 {
        py.detach(|| lock(&self.reading).core.packets())
    }

    #[getter]
    fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    #[getter]
    fn truncated(&self, py: Python<'_>) -> Option<String> {
        py.detach(|| lock(&self.reading).truncated.clone())
    }
}

fn os_error(error: io::Error) -> PyErr {
    PyOSError::new_err((error.raw_os_error(), error.to_string()))
}

#[pymodule]
fn _decode(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Event>()?;
    module.add_class::<Fields>()?;
    module.add_class::<Decoder>()?;
    module.add_class::<CaptureReader>()?;
    module.add_class::<columns::ColumnReader>()?;
    module.add_class::<columns::Batch>()?;
    module.add_class::<columns::Column>()?;
    module.add_class::<live::LiveReader>()?;
    module.add_class::<EvidenceWriter>()?;
    module.add_function(wrap_pyfunction!(evidence::cut_evidence, module)?)?;
    module.add_function(wrap_pyfunction!(evidence::describe, module)?)?;
    let mapping = module.py().import("collections.abc")?.getattr("Mapping")?;
    mapping.call_method1("register", (module.getattr("Fields")?,))?;
    Ok(())
}
