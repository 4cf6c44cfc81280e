//! The values of fields that a message may repeat, in the order of the rules that they belong to.

use crate::message::{Fields, Value};

/// Values kept of one field.
const MAX_VALUES: usize = 256;

/// A field that may have several values. The order is that in which they are shown.
#[derive(Clone, Copy)]
pub(super) enum Column {
    PdrId,
    PdrPrecedence,
    PdrSource,
    PdrFar,
    PdrOuterRemoval,
    Teid,
    TeidAddress,
    FarId,
    Apply,
    FarDestination,
    OuterTeid,
    OuterAddress,
    DuplicatingDestination,
    DuplicatingTeid,
    DuplicatingAddress,
    QerId,
    GateUl,
    GateDl,
    MbrUl,
    MbrDl,
    GbrUl,
    GbrDl,
    UrrId,
    UrrMethod,
    UrrTrigger,
    UrrVolumeThreshold,
    UrrTimeThreshold,
    UrrVolumeQuota,
    BarId,
    ReportUrr,
    ReportTrigger,
    ReportTotal,
    ReportUplink,
    ReportDownlink,
    ReportDuration,
    SdfFilter,
    Application,
    Network,
    Report,
    NodeReport,
    ErrorTeid,
    ErrorAddress,
    RemotePeer,
    FailedRule,
    UeAddress,
    FramedRoute,
    Qfi,
    Missing,
}

const NAMES: [&str; 48] = [
    "fiveg.pfcp.pdr.id",
    "fiveg.pfcp.pdr.precedence",
    "fiveg.pfcp.pdr.source_interface",
    "fiveg.pfcp.pdr.far_id",
    "fiveg.pfcp.pdr.outer_header_removal",
    "fiveg.pfcp.f_teid.teid",
    "fiveg.pfcp.f_teid.address",
    "fiveg.pfcp.far.id",
    "fiveg.pfcp.far.apply_action",
    "fiveg.pfcp.far.destination_interface",
    "fiveg.pfcp.outer_header.teid",
    "fiveg.pfcp.outer_header.address",
    "fiveg.pfcp.duplicating.destination_interface",
    "fiveg.pfcp.duplicating.teid",
    "fiveg.pfcp.duplicating.address",
    "fiveg.pfcp.qer.id",
    "fiveg.pfcp.qer.gate_ul",
    "fiveg.pfcp.qer.gate_dl",
    "fiveg.pfcp.qer.mbr_ul",
    "fiveg.pfcp.qer.mbr_dl",
    "fiveg.pfcp.qer.gbr_ul",
    "fiveg.pfcp.qer.gbr_dl",
    "fiveg.pfcp.urr.id",
    "fiveg.pfcp.urr.measurement_method",
    "fiveg.pfcp.urr.reporting_trigger",
    "fiveg.pfcp.urr.volume_threshold",
    "fiveg.pfcp.urr.time_threshold",
    "fiveg.pfcp.urr.volume_quota",
    "fiveg.pfcp.bar.id",
    "fiveg.pfcp.usage_report.urr_id",
    "fiveg.pfcp.usage_report.trigger",
    "fiveg.pfcp.usage_report.total_octets",
    "fiveg.pfcp.usage_report.ul_octets",
    "fiveg.pfcp.usage_report.dl_octets",
    "fiveg.pfcp.usage_report.duration",
    "fiveg.pfcp.sdf_filter",
    "fiveg.pfcp.application_id",
    "fiveg.pfcp.network_instance",
    "fiveg.pfcp.report_type",
    "fiveg.pfcp.node_report_type",
    "fiveg.pfcp.error_indication.teid",
    "fiveg.pfcp.error_indication.address",
    "fiveg.pfcp.remote_peer",
    "fiveg.pfcp.failed_rule",
    "fiveg.pdu_session.ue_ip",
    "fiveg.pdu_session.framed_route",
    "fiveg.pdu_session.qfi",
    "fiveg.pfcp.missing_ies",
];

/// Columns that are aligned with the ids of their rules. Numbers are not: what is absent is no number.
pub(super) const OF_PDR: [Column; 1] = [Column::PdrSource];
pub(super) const OF_FAR: [Column; 1] = [Column::FarDestination];
pub(super) const OF_QER: [Column; 2] = [Column::GateUl, Column::GateDl];

/// One value mostly, which needs no room of its own.
#[derive(Default)]
struct Values {
    first: Option<Value>,
    rest: Vec<Value>,
}

impl Values {
    fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.len()
    }

    fn iter(&self) -> impl Iterator<Item = &Value> {
        self.first.iter().chain(&self.rest)
    }

    fn push(&mut self, value: Value) {
        match self.first {
            None => self.first = Some(value),
            Some(_) => self.rest.push(value),
        }
    }

    fn resize(&mut self, length: usize) {
        match length.checked_sub(1) {
            None => *self = Self::default(),
            Some(rest) => self.rest.resize(rest, Value::Str("")),
        }
    }

    /// One value, or the list of them, unless there is nothing in it.
    fn value(self) -> Option<Value> {
        if self.iter().all(|value| *value == Value::Str("")) {
            return None;
        }
        let first = self.first?;
        Some(if self.rest.is_empty() { first } else { Value::List(std::iter::once(first).chain(self.rest).collect()) })
    }
}

#[derive(Default)]
pub(super) struct Columns {
    all: Vec<Values>,
}

impl Columns {
    fn of(&mut self, column: Column) -> Option<&mut Values> {
        let at = column as usize;
        if at >= self.all.len() {
            self.all.resize_with(NAMES.len(), Values::default);
        }
        self.all.get_mut(at)
    }

    pub(super) fn len(&self, column: Column) -> usize {
        self.all.get(column as usize).map_or(0, Values::len)
    }

    pub(super) fn keep(&mut self, column: Column, value: Value) {
        if let Some(values) = self.of(column).filter(|values| values.len() < MAX_VALUES) {
            values.push(value);
        }
    }

    pub(super) fn keep_new(&mut self, column: Column, value: Value) {
        if let Some(values) = self.of(column)
            && values.len() < MAX_VALUES
            && !values.iter().any(|known| *known == value)
        {
            values.push(value);
        }
    }

    /// Keep two values that belong together once: the PDRs of a session mostly share one tunnel.
    pub(super) fn keep_pair(&mut self, columns: (Column, Column), pair: (Value, Value)) {
        let (Some(first), Some(second)) = (self.all.get(columns.0 as usize), self.all.get(columns.1 as usize)) else {
            self.keep(columns.0, pair.0);
            return self.keep(columns.1, pair.1);
        };
        if !first.iter().zip(second.iter()).any(|(first, second)| *first == pair.0 && *second == pair.1) {
            self.keep(columns.0, pair.0);
            self.keep(columns.1, pair.1);
        }
    }

    /// The names of the flags that are set, from the lowest bit.
    pub(super) fn flags(&mut self, column: Column, bits: u32, names: &[&'static str]) {
        for (bit, name) in names.iter().enumerate() {
            if bits >> bit & 1 == 1 {
                self.keep_new(column, Value::Str(name));
            }
        }
    }

    /// Make columns as long as their rules, so that the next rule's value stands at the right place.
    pub(super) fn align(&mut self, with: Column, columns: &[Column]) {
        let length = self.len(with);
        for column in columns {
            // A column without anything yet is filled when its first value comes, by `place`.
            if let Some(values) = self.all.get_mut(*column as usize).filter(|values| values.first.is_some()) {
                values.resize(length);
            }
        }
    }

    /// Keep a value of the rule that `before` others stand before; the first one counts.
    pub(super) fn place(&mut self, column: Column, before: usize, value: Value) {
        let Some(values) = self.of(column) else { return };
        while values.len() < before {
            values.push(Value::Str(""));
        }
        if values.len() == before && before < MAX_VALUES {
            values.push(value);
        }
    }

    pub(super) fn finish(self, fields: &mut Fields) {
        for (name, values) in NAMES.iter().zip(self.all) {
            if let Some(value) = values.value() {
                fields.set(name, value);
            }
        }
    }
}
