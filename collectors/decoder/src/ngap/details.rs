//! IEs that say how, not who: timers, rates, tracing, warnings, overload, diagnostics (TS 38.413, 9.3.1 and 9.3.3).

use oxirush_ngap::ngap::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{MAX_ROWS, Reading, guami, label, read};
use crate::identifiers::{hex_id, hex_text};
use crate::message::Value;

const SECONDS_TO_WAIT: [u64; 6] = [1, 2, 5, 10, 20, 60];
const HANDOVERS: [&str; 4] = ["intra_5gs", "5gs_to_eps", "eps_to_5gs", "5gs_to_utran"];
const OVERLOAD_ACTIONS: [&str; 4] = [
    "reject_non_emergency_mo_dt",
    "reject_rrc_cr_signalling",
    "permit_emergency_sessions_and_mobile_terminated_services_only",
    "permit_high_priority_sessions_and_mobile_terminated_services_only",
];
const LOCATION_EVENTS: [&str; 9] = [
    "direct",
    "change_of_serve_cell",
    "ue_presence_in_area_of_interest",
    "stop_change_of_serve_cell",
    "stop_ue_presence_in_area_of_interest",
    "cancel_location_reporting_for_the_ue",
    "change_of_serving_cell_and_ue_presence_in_the_area_of_interest",
    "report_the_aerial_ue_flight_information",
    "cancel_the_aerial_ue_flight_information_reporting",
];

impl<'a> Reading<'a> {
    /// Read an IE of these; `None` for another IE, `Some(None)` when it does not decode.
    pub(super) fn detail(&mut self, id: u16, octets: &'a [u8]) -> Option<Option<()>> {
        Some(match id {
            21 => read::<PagingDRX>(octets).map(|drx| self.long("fiveg.ngap.paging_drx", 32 << drx as u64)),
            29 => read::<HandoverType>(octets)
                .map(|kind| self.one_of("fiveg.ngap.handover_type", &HANDOVERS, kind as usize)),
            33 => read::<LocationReportingRequestType>(octets)
                .map(|kind| self.one_of("fiveg.ngap.location_event", &LOCATION_EVENTS, kind.event_type as usize)),
            86 => read::<RelativeAMFCapacity>(octets)
                .map(|capacity| self.long("fiveg.ngap.amf_capacity", capacity.0.into())),
            107 => read::<TimeToWait>(octets).map(|time| self.time_to_wait(time as usize)),
            110 => read(octets).map(|rates| self.aggregate(&rates)),
            117 => read::<UERadioCapability>(octets).map(|capability| self.radio_capability(&capability.0)),
            19 => read(octets).map(|diagnostics| self.diagnostics(&diagnostics)),
            120 => read(octets).map(|list| self.unavailable(&list)),
            299 => {
                read::<MBSSessionID>(octets).map(|id| self.fields.set("fiveg.ngap.mbs_session", hex_text(&id.tmgi.0)))
            }
            2 | 9 => self.overload(id, octets),
            35 | 95 => self.warning(id, octets),
            44 | 108 | 109 => self.trace(id, octets),
            46 => read::<NRPPaPDU>(octets).map(|pdu| self.long("fiveg.ngap.nrppa.length", pdu.0.len() as u64)),
            89 => read::<RoutingID>(octets).map(|id| self.fields.set("fiveg.ngap.nrppa.routing_id", hex_text(&id.0))),
            _ => return None,
        })
    }

    fn long(&mut self, field: &'static str, value: u64) {
        self.fields.set(field, Value::U64(value));
    }

    fn one_of(&mut self, field: &'static str, names: &[&'static str], at: usize) {
        if let Some(name) = names.get(at) {
            self.fields.set(field, Value::Str(name));
        }
    }

    fn time_to_wait(&mut self, at: usize) {
        if let Some(seconds) = SECONDS_TO_WAIT.get(at) {
            self.long("fiveg.ngap.time_to_wait", *seconds);
        }
    }

    fn aggregate(&mut self, rates: &UEAggregateMaximumBitRate) {
        self.long("fiveg.ngap.ue_ambr_dl", rates.ue_aggregate_maximum_bit_rate_dl.0);
        self.long("fiveg.ngap.ue_ambr_ul", rates.ue_aggregate_maximum_bit_rate_ul.0);
    }

    /// A fingerprint of what the terminal's radio can do: the octets are many, and tell devices apart.
    fn radio_capability(&mut self, octets: &[u8]) {
        self.fields.set("fiveg.ngap.radio_capability", hex_id(xxh3_64(octets), 16));
    }

    /// What the peer did not like.
    fn diagnostics(&mut self, diagnostics: &CriticalityDiagnostics) {
        if let Some(code) = &diagnostics.procedure_code {
            self.long("fiveg.ngap.diagnostics.procedure_code", code.0.into());
        }
        let ies = diagnostics.ies_criticality_diagnostics.iter().flat_map(|list| &list.0);
        let named = ies.take(MAX_ROWS).map(|item| Value::Text(label(item.ie_id.0).into()));
        self.fields.set_all("fiveg.ngap.diagnostics.ies", named.collect());
    }

    fn unavailable(&mut self, list: &UnavailableGUAMIList) {
        self.fields.set_all("fiveg.amf.guami", list.0.iter().map(|item| guami(&item.guami)).collect());
    }

    fn overload(&mut self, id: u16, octets: &[u8]) -> Option<()> {
        if id == 9 {
            self.long("fiveg.ngap.load_reduction", read::<TrafficLoadReductionIndication>(octets)?.0.into());
        } else if let OverloadResponse::overloadAction(action) = read(octets)? {
            self.one_of("fiveg.ngap.overload_action", &OVERLOAD_ACTIONS, action as usize);
        }
        Some(())
    }

    /// Which warning is broadcast, or cancelled (TS 23.041, 9.4.1.2).
    fn warning(&mut self, id: u16, octets: &[u8]) -> Option<()> {
        match id {
            35 => self.long("fiveg.ngap.warning.message_id", read::<MessageIdentifier>(octets)?.0.value()),
            _ => self.long("fiveg.ngap.warning.serial", read::<SerialNumber>(octets)?.0.value()),
        }
        Some(())
    }

    fn trace(&mut self, id: u16, octets: &[u8]) -> Option<()> {
        match id {
            44 => self.fields.set("fiveg.ngap.trace.id", hex_text(&read::<NGRANTraceID>(octets)?.0)),
            109 => self.collector(&read(octets)?),
            _ => {
                let trace: TraceActivation = read(octets)?;
                self.fields.set("fiveg.ngap.trace.id", hex_text(&trace.ngran_trace_id.0));
                self.collector(&trace.trace_collection_entity_ip_address);
            }
        }
        Some(())
    }

    fn collector(&mut self, address: &TransportLayerAddress) {
        if let Some(address) = super::sessions::address(address) {
            self.fields.set("fiveg.ngap.trace.collector", address);
        }
    }
}
