//! Rows in the making. Of each column only those cells are kept that have a value.

use std::net::IpAddr;

use super::batch::Batch;
use super::cells::{Cells, Seen};
use super::texts::{Names, Words};
use super::{COLUMNS, Column, Form, Value, of_field};

/// Rows of one batch; whoever asks for more at once gets no more cells.
const MOST_ROWS: u32 = u32::MAX - 1;

/// Rows in the making.
#[derive(Debug)]
pub(super) struct Kept {
    rows: u32,
    columns: Vec<Cells>,
    /// Rows from here on up to there, and where they were seen: what several rows have in common is kept once.
    seen: Vec<(u32, u32, Seen)>,
    words: Words,
    names: Names,
}

impl Default for Kept {
    fn default() -> Self {
        let columns = COLUMNS.iter().map(|spec| Cells::of(spec, 0)).collect();
        Self { rows: 0, columns, seen: Vec::new(), words: Words::default(), names: Names::default() }
    }
}

impl Kept {
    pub(super) fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Begin a row: what is set from now on is of it.
    pub(super) fn start(&mut self, kind: &'static str) {
        self.rows = self.rows.saturating_add(1).min(MOST_ROWS);
        self.name(Column::Action, kind);
    }

    /// Take back the rows after so many.
    pub(super) fn back(&mut self, rows: usize) {
        if self.rows() == rows {
            return;
        }
        self.rows = u32::try_from(rows).unwrap_or(MOST_ROWS);
        for cells in &mut self.columns {
            cells.back(self.rows);
        }
    }

    /// The rows from `first` on were seen there.
    pub(super) fn seen(&mut self, first: usize, seen: Seen) {
        self.seen.push((u32::try_from(first).unwrap_or(MOST_ROWS), self.rows, seen));
    }

    /// Kinds of the rows so far, and how many there are of each.
    pub(super) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let mut counts = vec![0_u64; self.names.all.len()];
        let mut count = |place| {
            let at = usize::try_from(place).unwrap_or(usize::MAX);
            counts.get_mut(at).into_iter().for_each(|count| *count += 1);
        };
        self.columns.get(Column::Action.place()).into_iter().for_each(|kinds| kinds.each(|_, place| count(place)));
        self.names.all.iter().copied().zip(counts).filter(|(_, count)| *count > 0)
    }

    pub(super) fn name(&mut self, column: Column, name: &'static str) {
        let place = self.names.place(name);
        self.number(column, place);
    }

    /// A cell of a field that is a column.
    pub(super) fn field(&mut self, name: &str, value: &Value) {
        if let Some(column) = of_field(name) {
            self.set(column, value);
        }
    }

    pub(super) fn number(&mut self, column: Column, value: u64) {
        let row = self.rows.saturating_sub(1);
        if let Some(cells) = self.columns.get_mut(column.place()) {
            cells.push(row, value);
        }
    }

    /// The place of an address among the words.
    pub(super) fn address(&mut self, address: IpAddr) -> u64 {
        self.words.address(address)
    }

    /// A cell of a field's value.
    pub(super) fn set(&mut self, column: Column, value: &Value) {
        let value = match value {
            Value::List(values) => values.first(),
            value => Some(value),
        };
        let Some(spec) = COLUMNS.get(column.place()) else { return };
        let number = match (spec.form, value) {
            (Form::Name, Some(Value::Str(name))) => Some(self.names.place(name)),
            (Form::Word, Some(value)) => self.word(value),
            (Form::Name | Form::Word, _) | (_, None) => None,
            (_, Some(Value::U64(number))) => Some(*number),
            (_, Some(Value::Number(number))) => Some(number.value()),
            (_, Some(Value::Bool(truth))) => Some(u64::from(*truth)),
            _ => None,
        };
        let fits = |number: &u64| spec.width >= 8 || number >> (8 * spec.width) == 0;
        number.filter(fits).into_iter().for_each(|number| self.number(column, number));
    }

    fn word(&mut self, value: &Value) -> Option<u64> {
        Some(match value {
            Value::Ip(address) => self.words.address(*address),
            Value::Number(number) => self.words.number(*number),
            Value::Str(text) => self.words.text(text),
            Value::Text(text) => self.words.text(text),
            _ => return None,
        })
    }

    /// The rows so far; names stay.
    pub(super) fn take(&mut self) -> Batch {
        let empty = COLUMNS.iter().zip(&self.columns).map(|(spec, cells)| Cells::of(spec, cells.len())).collect();
        let columns = std::mem::replace(&mut self.columns, empty);
        let rows = std::mem::take(&mut self.rows) as usize;
        let empty = Vec::with_capacity(self.seen.len());
        let seen = std::mem::replace(&mut self.seen, empty);
        Batch { rows, columns, seen, words: std::mem::take(&mut self.words).all, names: self.names.all.clone() }
    }
}
