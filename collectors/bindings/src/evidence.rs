//! The evidence ring: a writer that readers are given, and cuts.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use sentinel_decoder::capture::Record;
use sentinel_decoder::event::Event as CoreEvent;
use sentinel_evidence::cut::{Cut, Kept, Wanted, cut};
use sentinel_evidence::sealing::{Keys, Sealing};
use sentinel_evidence::subject::Subject;
use sentinel_evidence::walk;
use sentinel_evidence::writer::{Options, Packet, Writer};

use crate::{dict, lock, os_error};

/// Where packets that were decoded are kept.
#[pyclass(frozen, module = "collectors._decode")]
pub struct EvidenceWriter {
    writer: Shared,
}

type Shared = Arc<Closing>;

/// A writer whose thread may be waiting for Python when it is closed: whoever closes it lets go of Python first.
pub struct Closing(Mutex<Writer>);

impl Drop for Closing {
    fn drop(&mut self) {
        let writer = &self.0;
        Python::try_attach(|py| py.detach(|| lock(writer).close()));
    }
}

/// Somebody in Python who seals and opens: an object with `seal` and `open`, both of a place and octets.
struct Keeps(Py<PyAny>);

impl fmt::Debug for Keeps {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.write_str("Keeps")
    }
}

impl Keeps {
    fn ask(&self, method: &str, place: &str, octets: &[u8]) -> io::Result<Vec<u8>> {
        let asked = Python::try_attach(|py| {
            let given = self.0.call_method1(py, method, (place, PyBytes::new(py, octets)));
            let octets = given.and_then(|given| Ok(given.bind(py).cast::<PyBytes>()?.as_bytes().to_vec()));
            octets.map_err(|error| io::Error::other(error.value(py).to_string()))
        });
        asked.unwrap_or_else(|| Err(io::Error::other("python has ended")))
    }
}

impl Sealing for Keeps {
    fn seal(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        self.ask("seal", place, plain)
    }

    fn open(&self, place: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        self.ask("open", place, sealed)
    }
}

fn keys(sealing: Option<Py<PyAny>>) -> Keys {
    sealing.map(|sealing| Arc::new(Keeps(sealing)) as Arc<dyn Sealing>)
}

#[pymethods]
impl EvidenceWriter {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "each is named where it is called, in Python")]
    #[pyo3(signature = (folder, source, *, size, age, snap, first, every, reserve, patient = false, sealing = None))]
    fn new(
        py: Python<'_>,
        folder: PathBuf,
        source: &str,
        size: u64,
        age: u64,
        snap: usize,
        first: u32,
        every: u32,
        reserve: u64,
        patient: bool,
        sealing: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let age = Duration::from_secs(age);
        let keys = keys(sealing);
        let options = Options { size, age, snap, first, every, reserve, patient, keys, ..Options::new(folder, source) };
        let writer = py.detach(|| Writer::open(options)).map_err(os_error)?;
        Ok(Self { writer: Arc::new(Closing(Mutex::new(writer))) })
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let now = py.detach(|| lock(&self.writer.0).counters());
        let counts = [
            ("evidence.kept", now.kept),
            ("evidence.skipped", now.skipped),
            ("evidence.lost", now.lost),
            ("evidence.bytes", now.octets),
            ("evidence.torn", now.torn),
        ];
        dict(py, counts.to_vec())
    }

    #[getter]
    fn trouble(&self, py: Python<'_>) -> String {
        py.detach(|| lock(&self.writer.0).trouble())
    }

    fn flush(&self, py: Python<'_>) {
        py.detach(|| lock(&self.writer.0).flush());
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| lock(&self.writer.0).close());
    }
}

/// What a reader does with every packet that is decoded: keep it, where there is a writer.
#[derive(Default)]
pub struct Keeper(Option<Shared>);

impl Keeper {
    pub fn new(writer: Option<&EvidenceWriter>) -> Self {
        Self(writer.map(|writer| writer.writer.clone()))
    }

    /// For the packets of one read. The writer is not held while there is none to keep.
    pub fn keeping(&self) -> Keeping<'_> {
        Keeping { shared: self.0.as_ref(), writer: None }
    }
}

pub struct Keeping<'a> {
    shared: Option<&'a Shared>,
    writer: Option<MutexGuard<'a, Writer>>,
}

impl Keeping<'_> {
    /// Keep a packet and note what its events say of it.
    pub fn keep(&mut self, number: u64, record: &Record<'_>, events: &[CoreEvent]) {
        let Some(shared) = self.shared else { return };
        let writer = self.writer.get_or_insert_with(|| lock(&shared.0));
        let Record { time, link_type, octets, missing } = *record;
        writer.packet(&Packet { number, time, link_type, octets, missing }, events);
    }
}

type Given<'py> = (Bound<'py, PyList>, bool, String, BTreeSet<String>);

/// Cut packets out of several rings, in the order of their times; whether bounds left some out, what did not open, and which pieces.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "each is named where it is called, in Python")]
#[pyo3(signature = (folders, subjects, since, until, packets, octets, sealing = None))]
pub fn cut_evidence<'py>(
    py: Python<'py>,
    folders: Vec<PathBuf>,
    subjects: Vec<String>,
    since: u64,
    until: u64,
    packets: usize,
    octets: usize,
    sealing: Option<Py<PyAny>>,
) -> PyResult<Given<'py>> {
    let subjects: Result<Vec<Subject>, PyErr> = subjects
        .iter()
        .map(|text| text.parse().map_err(|_| PyValueError::new_err(format!("`{text}` is no subject of a packet"))))
        .collect();
    let (wanted, keys) = (Wanted::new(&subjects?, since, until, packets, octets), keys(sealing));
    let found = py.detach(|| of_all(&folders, &wanted, packets, &keys)).map_err(os_error)?;
    let made = PyList::empty(py);
    for (ring, packet) in &found.packets {
        let Kept { time, link_type, length, number, comment, octets } = packet;
        made.append((*ring, *time, *link_type, *length, *number, comment, PyBytes::new(py, octets)))?;
    }
    Ok((made, found.more, found.trouble, found.unopened))
}

#[derive(Default)]
struct Found {
    packets: Vec<(usize, Kept)>,
    more: bool,
    trouble: String,
    unopened: BTreeSet<String>,
}

fn of_all(folders: &[PathBuf], wanted: &Wanted, most: usize, keys: &Keys) -> io::Result<Found> {
    let mut all = Found::default();
    for (ring, folder) in folders.iter().enumerate() {
        let Cut { packets, more, trouble, unopened } = of_one(folder, wanted, keys)?;
        all.packets.extend(packets.into_iter().map(|packet| (ring, packet)));
        all.more |= more;
        all.unopened.extend(unopened);
        if all.trouble.is_empty() {
            all.trouble = trouble;
        }
    }
    all.packets.sort_by_key(|(_, packet)| packet.time);
    all.more |= all.packets.len() > most;
    all.packets.truncate(most);
    Ok(all)
}

fn of_one(folder: &Path, wanted: &Wanted, keys: &Keys) -> io::Result<Cut> {
    match cut(folder, wanted, keys) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Cut::default()),
        found => found,
    }
}

/// One line that says what a packet is.
#[pyfunction]
pub fn describe(link_type: u32, octets: &[u8], length: usize) -> String {
    walk::describe(link_type, octets, length.saturating_sub(octets.len()))
}
