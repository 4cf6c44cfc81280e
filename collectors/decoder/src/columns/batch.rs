//! Rows that are complete: whoever reads a column gets all of its rows.

use hashbrown::HashMap;

use super::cells::{Cells, Seen};
use super::{COLUMNS, Column, Form};

/// What a row has in a column, as Events have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Null,
    Number(u64),
    Flag(bool),
    Text(String),
}

/// Rows that are complete.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) rows: usize,
    pub(super) columns: Vec<Cells>,
    pub(super) seen: Vec<(u32, u32, Seen)>,
    pub(super) words: Vec<Box<str>>,
    pub(super) names: Vec<&'static str>,
}

impl Batch {
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// What peers sent, in the order of first sight in this batch.
    pub fn words(&self) -> &[Box<str>] {
        &self.words
    }

    /// Names of ours, in the order of first sight in this and all earlier batches.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Row and value of each cell that is not null. Of two in one row, the last counts.
    pub fn each(&self, column: Column, mut each: impl FnMut(u32, u64)) {
        let seen: &[_] = if column.is_of_place() { &self.seen } else { &[] };
        for (first, end, seen) in seen {
            seen.cell(column).into_iter().for_each(|value| (*first..*end).for_each(|row| each(row, value)));
        }
        self.columns.get(column.place()).into_iter().for_each(|cells| cells.each(&mut each));
    }

    /// The column, as Events have it.
    pub fn shown(&self, column: Column) -> Vec<Cell> {
        let mut all = vec![Cell::Null; self.rows];
        let Some(spec) = COLUMNS.get(column.place()) else { return all };
        self.each(column, |row, value| {
            let cell = all.get_mut(row as usize);
            cell.into_iter().for_each(|cell| *cell = self.cell(spec.form, value));
        });
        all
    }

    /// How many rows have each value, in the order of first sight; those without one come last.
    pub fn counts(&self, column: Column) -> Vec<(Cell, u64)> {
        let Some(spec) = COLUMNS.get(column.place()) else { return Vec::new() };
        let (mut values, mut there) = (vec![0; self.rows], vec![false; self.rows]);
        self.each(column, |row, value| {
            values.get_mut(row as usize).into_iter().for_each(|place| *place = value);
            there.get_mut(row as usize).into_iter().for_each(|place| *place = true);
        });
        let mut places: HashMap<u64, usize> = HashMap::new();
        let mut counts: Vec<(u64, u64)> = Vec::new();
        for value in values.iter().zip(&there).filter(|(_, there)| **there).map(|(value, _)| *value) {
            let place = *places.entry(value).or_insert_with(|| {
                counts.push((value, 0));
                counts.len() - 1
            });
            counts.get_mut(place).into_iter().for_each(|(_, count)| *count += 1);
        }
        let none = there.iter().filter(|there| !**there).count() as u64;
        let without = Some((Cell::Null, none)).filter(|_| none > 0);
        counts.into_iter().map(|(value, count)| (self.cell(spec.form, value), count)).chain(without).collect()
    }

    fn cell(&self, form: Form, value: u64) -> Cell {
        let place = usize::try_from(value).unwrap_or(usize::MAX);
        Cell::Text(match form {
            Form::Number => return Cell::Number(value),
            Form::Flag => return Cell::Flag(value != 0),
            Form::Decimal => value.to_string(),
            Form::Hex(digits) => format!("0x{value:0width$x}", width = digits.into()),
            Form::Octets(digits) => format!("{value:0width$x}", width = digits.into()),
            Form::Name => self.names.get(place).copied().unwrap_or_default().to_owned(),
            Form::Word => self.words.get(place).map(|word| String::from(&**word)).unwrap_or_default(),
        })
    }

    /// All cells, row by row.
    pub fn cells(&self) -> Vec<Vec<Cell>> {
        let columns: Vec<Vec<Cell>> = (0..COLUMNS.len())
            .filter_map(|place| Column::named(COLUMNS.get(place)?.name))
            .map(|column| self.shown(column))
            .collect();
        (0..self.rows).map(|row| columns.iter().filter_map(|cells| cells.get(row).cloned()).collect()).collect()
    }
}
