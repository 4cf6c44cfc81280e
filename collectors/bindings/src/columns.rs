//! Columns: a capture as rows of numbers, in memory that Python's `memoryview`, and whatever takes one, reads as it is.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMemoryView, PyString, PyTuple};

use sentinel_decoder::columns::{Batch as Rows, COLUMNS, Cell, Column as Place, Form, Spec};
use sentinel_decoder::decoder::Decoder as Core;

use crate::evidence::Keeper;
use crate::{Reading, Stage, counted, dict, lock, open};

/// A capture, read into columns without the GIL.
#[pyclass(frozen, module = "collectors._decode")]
pub struct ColumnReader {
    reading: Mutex<Reading>,
    position: Arc<AtomicU64>,
    #[pyo3(get)]
    size: u64,
}

#[pymethods]
impl ColumnReader {
    #[new]
    fn new(py: Python<'_>, path: &str) -> PyResult<Self> {
        let capture = open(py, path)?;
        let (position, size) = (capture.position(), capture.size());
        let keeper = Keeper::new(None);
        let reading = Reading { capture, core: Core::with_rows(), stage: Stage::Reading, truncated: None, keeper };
        Ok(Self { reading: Mutex::new(reading), position, size })
    }

    /// Rows of up to `packets` further packets; `None` after the end.
    fn read(&self, py: Python<'_>, packets: u64) -> PyResult<Option<Batch>> {
        let rows = py.detach(|| {
            let mut reading = lock(&self.reading);
            reading.read(packets).map(|_| reading.core.take_rows())
        });
        py.check_signals()?; // one may have ended the wait for a pipe
        rows.map(|rows| Batch::new(py, rows)).transpose()
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

/// Rows of some packets.
#[pyclass(frozen, module = "collectors._decode")]
pub struct Batch {
    rows: Rows,
    names: Py<PyTuple>,
    words: Py<PyTuple>,
}

impl Batch {
    fn new(py: Python<'_>, rows: Rows) -> PyResult<Self> {
        let names = PyTuple::new(py, rows.names().iter().map(|name| PyString::intern(py, name)))?.unbind();
        let words = PyTuple::new(py, rows.words().iter().map(|word| PyString::new(py, word)))?.unbind();
        Ok(Self { rows, names, words })
    }

    /// The texts that cells of a form are places in.
    fn texts(&self, py: Python<'_>, form: Form) -> Option<Py<PyTuple>> {
        match form {
            Form::Name => Some(self.names.clone_ref(py)),
            Form::Word => Some(self.words.clone_ref(py)),
            _ => None,
        }
    }
}

#[pymethods]
impl Batch {
    /// The names of all columns.
    #[getter]
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, COLUMNS.iter().map(|spec| PyString::intern(py, spec.name)))
    }

    fn __len__(&self) -> usize {
        self.rows.len()
    }

    fn __getitem__(batch: Bound<'_, Self>, name: &str) -> PyResult<Column> {
        let py = batch.py();
        let unknown = || PyKeyError::new_err(name.to_owned());
        let place = Place::named(name).ok_or_else(unknown)?;
        let spec = COLUMNS.get(place as usize).ok_or_else(unknown)?;
        let this = batch.get();
        let (values, valid) = (values(py, &this.rows, place, *spec)?, valid(py, &this.rows, place)?);
        let texts = this.texts(py, spec.form);
        Ok(Column { place, values, valid, texts, batch: batch.unbind() })
    }
}

/// One column of a batch.
#[pyclass(frozen, module = "collectors._decode")]
pub struct Column {
    place: Place,
    batch: Py<Batch>,
    #[pyo3(get)]
    values: Py<PyAny>,
    #[pyo3(get)]
    valid: Py<PyAny>,
    #[pyo3(get)]
    texts: Option<Py<PyTuple>>,
}

#[pymethods]
impl Column {
    fn __len__(&self) -> usize {
        self.batch.get().rows.len()
    }

    /// How many rows have each value, as Events have it; `None` for those that have none.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let made = PyDict::new(py);
        for (cell, count) in self.batch.get().rows.counts(self.place) {
            made.set_item(shown(py, &cell)?, count)?;
        }
        Ok(made)
    }

    /// As Events have it; `None` where there is nothing.
    fn tolist<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.batch.get().rows.shown(self.place).iter().map(|cell| shown(py, cell)).collect()
    }
}

fn shown<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    Ok(match cell {
        Cell::Null => py.None().into_bound(py),
        Cell::Number(number) => number.into_pyobject(py)?.into_any(),
        Cell::Flag(truth) => truth.into_pyobject(py)?.to_owned().into_any(),
        Cell::Text(text) => PyString::new(py, text).into_any(),
    })
}

/// The cells, 0 where there is nothing.
fn values(py: Python<'_>, rows: &Rows, place: Place, spec: Spec) -> PyResult<Py<PyAny>> {
    let octets = PyBytes::new_with(py, rows.len() * spec.width, |octets| {
        let mut put = |row: u32, value: u64| {
            let at = row as usize * spec.width;
            let cell = octets.get_mut(at..at + spec.width);
            cell.into_iter().for_each(|cell| native(cell, value));
        };
        rows.each(place, &mut put);
        Ok(())
    })?;
    let format = match (spec.form, spec.width) {
        (Form::Flag, _) => "?",
        (_, 1) => "B",
        (_, 2) => "H",
        (_, 4) => "I",
        _ => "Q",
    };
    view(&octets, format)
}

/// A number that fits, in the order of this machine.
fn native(cell: &mut [u8], value: u64) {
    let octets = value.to_le_bytes();
    let low = octets.get(..cell.len()).unwrap_or(&octets);
    low.iter().zip(&mut *cell).for_each(|(octet, place)| *place = *octet);
    if cfg!(target_endian = "big") {
        cell.reverse();
    }
}

/// Whether there is something, for each row.
fn valid(py: Python<'_>, rows: &Rows, place: Place) -> PyResult<Py<PyAny>> {
    let octets = PyBytes::new_with(py, rows.len(), |octets| {
        rows.each(place, |row, _| octets.get_mut(row as usize).into_iter().for_each(|octet| *octet = 1));
        Ok(())
    })?;
    view(&octets, "?")
}

fn view(octets: &Bound<'_, PyBytes>, format: &str) -> PyResult<Py<PyAny>> {
    Ok(PyMemoryView::from(octets.as_any())?.call_method1("cast", (format,))?.unbind())
}
