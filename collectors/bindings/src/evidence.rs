//! The evidence ring: a writer that readers are given, and cuts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use sentinel_decoder::capture::Record;
use sentinel_decoder::event::Event as CoreEvent;
use sentinel_evidence::cut::{Cut, Kept, Wanted, cut};
use sentinel_evidence::subject::Subject;
use sentinel_evidence::walk;
use sentinel_evidence::writer::{Options, Packet, Writer};

use crate::{dict, lock, os_error};

/// Where packets that were decoded are kept.
#[pyclass(frozen, module = "collectors._decode")]
pub struct EvidenceWriter {
    writer: Shared,
}

type Shared = Arc<Mutex<Writer>>;

#[pymethods]
impl EvidenceWriter {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "each is named where it is called, in Python")]
    #[pyo3(signature = (folder, source, *, size, age, snap, first, every, reserve, patient = false))]
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
    ) -> PyResult<Self> {
        let age = Duration::from_secs(age);
        let options = Options { size, age, snap, first, every, reserve, patient, ..Options::new(folder, source) };
        let writer = py.detach(|| Writer::open(options)).map_err(os_error)?;
        Ok(Self { writer: Arc::new(Mutex::new(writer)) })
    }

    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let now = py.detach(|| lock(&self.writer).counters());
        let counts = [
            ("evidence.kept", now.kept),
            ("evidence.skipped", now.skipped),
            ("evidence.lost", now.lost),
            ("evidence.bytes", now.octets),
        ];
        dict(py, counts.to_vec())
    }

    #[getter]
    fn trouble(&self, py: Python<'_>) -> String {
        py.detach(|| lock(&self.writer).trouble())
    }

    fn flush(&self, py: Python<'_>) {
        py.detach(|| lock(&self.writer).flush());
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| lock(&self.writer).close());
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
        let writer = self.writer.get_or_insert_with(|| lock(shared));
        let Record { time, link_type, octets, missing } = *record;
        writer.packet(&Packet { number, time, link_type, octets, missing }, events);
    }
}

/// Cut packets out of several rings, in the order of their times, and whether bounds left some out.
#[pyfunction]
pub fn cut_evidence<'py>(
    py: Python<'py>,
    folders: Vec<PathBuf>,
    subjects: Vec<String>,
    since: u64,
    until: u64,
    packets: usize,
    octets: usize,
) -> PyResult<(Bound<'py, PyList>, bool)> {
    let subjects: Result<Vec<Subject>, PyErr> = subjects
        .iter()
        .map(|text| text.parse().map_err(|_| PyValueError::new_err(format!("`{text}` is no subject of a packet"))))
        .collect();
    let wanted = Wanted::new(&subjects?, since, until, packets, octets);
    let found = py.detach(|| of_all(&folders, &wanted, packets)).map_err(os_error)?;
    let made = PyList::empty(py);
    for (ring, packet) in &found.0 {
        let Kept { time, link_type, length, number, comment, octets } = packet;
        made.append((*ring, *time, *link_type, *length, *number, comment, PyBytes::new(py, octets)))?;
    }
    Ok((made, found.1))
}

type Found = (Vec<(usize, Kept)>, bool);

fn of_all(folders: &[PathBuf], wanted: &Wanted, most: usize) -> std::io::Result<Found> {
    let (mut all, mut some_left) = (Vec::new(), false);
    for (ring, folder) in folders.iter().enumerate() {
        let Cut { packets, more } = of_one(folder, wanted)?;
        all.extend(packets.into_iter().map(|packet| (ring, packet)));
        some_left |= more;
    }
    all.sort_by_key(|(_, packet)| packet.time);
    some_left |= all.len() > most;
    all.truncate(most);
    Ok((all, some_left))
}

fn of_one(folder: &Path, wanted: &Wanted) -> std::io::Result<Cut> {
    match cut(folder, wanted) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Cut::default()),
        found => found,
    }
}

/// One line that says what a packet is.
#[pyfunction]
pub fn describe(link_type: u32, octets: &[u8], length: usize) -> String {
    walk::describe(link_type, octets, length.saturating_sub(octets.len()))
}
