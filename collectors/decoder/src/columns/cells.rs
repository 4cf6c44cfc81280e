//! The cells of a column that have a value, and what the rows of a message have in common.

use super::{Column, Spec};

/// Rows and values of a column. Most of them fit in half of the room, and what takes no room is not waited for.
#[derive(Debug)]
pub(super) enum Cells {
    Narrow(Vec<(u32, u32)>),
    Wide(Vec<(u32, u64)>),
}

impl Cells {
    /// Room for as many as there were.
    pub(super) fn of(spec: &Spec, room: usize) -> Self {
        if spec.width > 4 { Self::Wide(Vec::with_capacity(room)) } else { Self::Narrow(Vec::with_capacity(room)) }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Narrow(cells) => cells.len(),
            Self::Wide(cells) => cells.len(),
        }
    }

    pub(super) fn push(&mut self, row: u32, value: u64) {
        match self {
            Self::Narrow(cells) => cells.extend(u32::try_from(value).ok().map(|value| (row, value))),
            Self::Wide(cells) => cells.push((row, value)),
        }
    }

    /// Without the rows from `row` on.
    pub(super) fn back(&mut self, row: u32) {
        match self {
            Self::Narrow(cells) => while cells.pop_if(|cell| cell.0 >= row).is_some() {},
            Self::Wide(cells) => while cells.pop_if(|cell| cell.0 >= row).is_some() {},
        }
    }

    pub(super) fn each(&self, mut each: impl FnMut(u32, u64)) {
        match self {
            Self::Narrow(cells) => cells.iter().for_each(|(row, value)| each(*row, (*value).into())),
            Self::Wide(cells) => cells.iter().for_each(|(row, value)| each(*row, *value)),
        }
    }
}

/// Where the rows of a message were seen: as what columns hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub time: u64,
    pub packet: u64,
    /// Places of the addresses, and ports.
    pub source: (u64, u16),
    pub destination: (u64, u16),
    pub vlan: Option<u16>,
    pub stream: u16,
    pub vtag: u32,
}

impl Seen {
    pub(super) fn cell(&self, column: Column) -> Option<u64> {
        Some(match column {
            Column::Time => self.time,
            Column::Packet => self.packet,
            Column::SourceIp => self.source.0,
            Column::SourcePort => self.source.1.into(),
            Column::DestinationIp => self.destination.0,
            Column::DestinationPort => self.destination.1.into(),
            Column::Vlan => self.vlan?.into(),
            Column::Stream => self.stream.into(),
            Column::Vtag => self.vtag.into(),
            _ => return None,
        })
    }
}
