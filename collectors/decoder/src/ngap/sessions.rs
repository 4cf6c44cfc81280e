//! PDU session lists of NGAP and the transfers in their items (TS 38.413, 9.3.4): tunnels, slices, security, causes.
//!
//! Each item is a row, so that what is said of the sessions stays aligned with their ids.

use std::net::{Ipv4Addr, Ipv6Addr};

use oxirush_ngap::Octets;
use oxirush_ngap::ngap::*;

use super::{envelope, names, read, sd, sst};
use crate::identifiers::{aligned, teid};
use crate::message::{Fields, Value};

/// A tunnel endpoint: TEID and address.
type Tunnel = (Value, Option<Value>);

/// What an item says of its session.
#[derive(Default)]
struct Row {
    id: u8,
    uplink: Option<Tunnel>,
    downlink: Option<Tunnel>,
    slice: Option<(Value, Value)>,
    session_type: Option<Value>,
    integrity: Option<Value>,
    confidentiality: Option<Value>,
}

/// The sessions of a message.
#[derive(Default)]
pub(super) struct Sessions<'a> {
    rows: Vec<Row>,
    failed: Vec<Value>,
    qfis: Vec<Value>,
    cause: Option<Value>,
    nas: Vec<Octets<'a>>,
}

impl<'a> Sessions<'a> {
    /// Read a list of sessions, or another IE of a known type; `None` when it does not decode.
    pub(super) fn value(&mut self, id: u16, octets: &'a [u8]) -> Option<()> {
        match id {
            74 => self.setup_requests(read(octets)?),
            71 => self.context_setup_requests(read(octets)?),
            73 => self.handover_requests(&read(octets)?),
            64 => self.modify_requests(read(octets)?),
            75 => read::<PDUSessionResourceSetupListSURes>(octets)?.0.iter().try_for_each(|item| {
                self.set_up(&item.pdu_session_id, &item.pdu_session_resource_setup_response_transfer)
            }),
            72 => read::<PDUSessionResourceSetupListCxtRes>(octets)?.0.iter().try_for_each(|item| {
                self.set_up(&item.pdu_session_id, &item.pdu_session_resource_setup_response_transfer)
            }),
            65 => self.modified(&read(octets)?),
            63 => self.modify_indications(&read(octets)?),
            62 => self.modify_confirms(&read(octets)?),
            76 => self.switch_requests(&read(octets)?),
            77 => self.switched(&read(octets)?),
            53 => self.admitted(&read(octets)?),
            79 => self.release_commands(&read(octets)?),
            54..=61 | 66..=70 | 78 | 131..=133 => self.named(id, octets),
            _ => known(id, octets),
        }
    }

    /// Lists of which the ids are kept, with the cause of a failure.
    fn named(&mut self, id: u16, octets: &[u8]) -> Option<()> {
        match id {
            58 => read::<PDUSessionResourceFailedToSetupListSURes>(octets)?.0.iter().try_for_each(|item| {
                self.failed(&item.pdu_session_id, &item.pdu_session_resource_setup_unsuccessful_transfer)
            }),
            55 => read::<PDUSessionResourceFailedToSetupListCxtRes>(octets)?.0.iter().try_for_each(|item| {
                self.failed(&item.pdu_session_id, &item.pdu_session_resource_setup_unsuccessful_transfer)
            }),
            132 => read::<PDUSessionResourceFailedToSetupListCxtFail>(octets)?.0.iter().try_for_each(|item| {
                self.failed(&item.pdu_session_id, &item.pdu_session_resource_setup_unsuccessful_transfer)
            }),
            54 => self.fail_all(
                read::<PDUSessionResourceFailedToModifyListModRes>(octets)?.0.iter().map(|i| &i.pdu_session_id),
            ),
            131 => self.fail_all(
                read::<PDUSessionResourceFailedToModifyListModCfm>(octets)?.0.iter().map(|i| &i.pdu_session_id),
            ),
            56 => self.fail_all(
                read::<PDUSessionResourceFailedToSetupListHOAck>(octets)?.0.iter().map(|i| &i.pdu_session_id),
            ),
            57 => self.fail_all(
                read::<PDUSessionResourceFailedToSetupListPSReq>(octets)?.0.iter().map(|i| &i.pdu_session_id),
            ),
            68 => {
                self.fail_all(read::<PDUSessionResourceReleasedListPSAck>(octets)?.0.iter().map(|i| &i.pdu_session_id))
            }
            69 => {
                self.fail_all(read::<PDUSessionResourceReleasedListPSFail>(octets)?.0.iter().map(|i| &i.pdu_session_id))
            }
            78 => {
                self.fail_all(read::<PDUSessionResourceToReleaseListHOCmd>(octets)?.0.iter().map(|i| &i.pdu_session_id))
            }
            67 => self.fail_all(read::<PDUSessionResourceReleasedListNot>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            59 => self.list(read::<PDUSessionResourceHandoverList>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            60 => self.list(read::<PDUSessionResourceListCxtRelCpl>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            61 => self.list(read::<PDUSessionResourceListHORqd>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            66 => self.list(read::<PDUSessionResourceNotifyList>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            70 => self.list(read::<PDUSessionResourceReleasedListRelRes>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            133 => self.list(read::<PDUSessionResourceListCxtRelReq>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            _ => Some(()),
        }
    }

    fn list<'b>(&mut self, ids: impl Iterator<Item = &'b PDUSessionID>) -> Option<()> {
        self.rows.extend(ids.map(|id| Row { id: id.0, ..Row::default() }));
        Some(())
    }

    fn fail_all<'b>(&mut self, ids: impl Iterator<Item = &'b PDUSessionID>) -> Option<()> {
        self.failed.extend(ids.map(|id| Value::U64(u64::from(id.0))));
        Some(())
    }

    fn failed(&mut self, id: &PDUSessionID, transfer: &[u8]) -> Option<()> {
        self.failed.push(Value::U64(u64::from(id.0)));
        let transfer: PDUSessionResourceSetupUnsuccessfulTransfer = read(transfer)?;
        self.cause.get_or_insert_with(|| names::cause(&transfer.cause));
        Some(())
    }

    fn setup_requests(&mut self, list: PDUSessionResourceSetupListSUReq<'a>) -> Option<()> {
        for item in list.0 {
            let slice = Some((sst(&item.s_nssai), sd(&item.s_nssai)));
            let row = Row { id: item.pdu_session_id.0, slice, ..Row::default() };
            self.nas.extend(item.pdu_session_nas_pdu.map(|nas| nas.0));
            self.requested(row, &item.pdu_session_resource_setup_request_transfer)?;
        }
        Some(())
    }

    fn context_setup_requests(&mut self, list: PDUSessionResourceSetupListCxtReq<'a>) -> Option<()> {
        for item in list.0 {
            let slice = Some((sst(&item.s_nssai), sd(&item.s_nssai)));
            let row = Row { id: item.pdu_session_id.0, slice, ..Row::default() };
            self.nas.extend(item.nas_pdu.map(|nas| nas.0));
            self.requested(row, &item.pdu_session_resource_setup_request_transfer)?;
        }
        Some(())
    }

    fn handover_requests(&mut self, list: &PDUSessionResourceSetupListHOReq) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let slice = Some((sst(&item.s_nssai), sd(&item.s_nssai)));
            let row = Row { id: item.pdu_session_id.0, slice, ..Row::default() };
            self.requested(row, &item.handover_request_transfer)
        })
    }

    /// PDU Session Resource Setup Request Transfer, which is what a Handover Request Transfer is too.
    fn requested(&mut self, mut row: Row, transfer: &[u8]) -> Option<()> {
        let (ies, broken) = envelope::container(transfer, 0);
        let mut whole = broken.is_none();
        for ie in &ies {
            whole &= self.requested_ie(&mut row, ie.id, &ie.value).is_some();
        }
        self.rows.push(row);
        whole.then_some(())
    }

    fn requested_ie(&mut self, row: &mut Row, id: u16, octets: &[u8]) -> Option<()> {
        match id {
            139 => row.uplink = tunnel(&read(octets)?),
            134 => {
                row.session_type =
                    names::SESSION_TYPES.get(read::<PDUSessionType>(octets)? as usize).map(|name| Value::Str(name));
            }
            138 => protection(row, &read(octets)?),
            136 => {
                let flows: QosFlowSetupRequestList = read(octets)?;
                self.qfis.extend(flows.0.iter().map(|flow| Value::U64(flow.qos_flow_identifier.0)));
            }
            _ => {}
        }
        Some(())
    }

    fn modify_requests(&mut self, list: PDUSessionResourceModifyListModReq<'a>) -> Option<()> {
        for item in list.0 {
            let mut row = Row { id: item.pdu_session_id.0, ..Row::default() };
            self.nas.extend(item.nas_pdu.map(|nas| nas.0));
            let (ies, broken) = envelope::container(&item.pdu_session_resource_modify_request_transfer, 0);
            let tunnels = ies.iter().find(|ie| ie.id == 140).map(|ie| read::<ULNGUUPTNLModifyList>(&ie.value));
            let damaged = broken.is_some() || matches!(tunnels, Some(None));
            if let Some(pair) = tunnels.flatten().as_ref().and_then(|tunnels| tunnels.0.first()) {
                row.uplink = tunnel(&pair.ul_ngu_up_tnl_information);
                row.downlink = tunnel(&pair.dl_ngu_up_tnl_information);
            }
            self.rows.push(row);
            (!damaged).then_some(())?;
        }
        Some(())
    }

    fn set_up(&mut self, id: &PDUSessionID, transfer: &[u8]) -> Option<()> {
        let transfer: PDUSessionResourceSetupResponseTransfer = read(transfer)?;
        let downlink = tunnel(&transfer.dl_qos_flow_per_tnl_information.up_transport_layer_information);
        self.rows.push(Row { id: id.0, downlink, ..Row::default() });
        Some(())
    }

    fn modified(&mut self, list: &PDUSessionResourceModifyListModRes) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyResponseTransfer =
                read(&item.pdu_session_resource_modify_response_transfer)?;
            let downlink = transfer.dl_ngu_up_tnl_information.as_ref().and_then(tunnel);
            let uplink = transfer.ul_ngu_up_tnl_information.as_ref().and_then(tunnel);
            self.rows.push(Row { id: item.pdu_session_id.0, uplink, downlink, ..Row::default() });
            Some(())
        })
    }

    fn modify_indications(&mut self, list: &PDUSessionResourceModifyListModInd) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyIndicationTransfer =
                read(&item.pdu_session_resource_modify_indication_transfer)?;
            let downlink = tunnel(&transfer.dl_qos_flow_per_tnl_information.up_transport_layer_information);
            self.rows.push(Row { id: item.pdu_session_id.0, downlink, ..Row::default() });
            Some(())
        })
    }

    fn modify_confirms(&mut self, list: &PDUSessionResourceModifyListModCfm) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyConfirmTransfer =
                read(&item.pdu_session_resource_modify_confirm_transfer)?;
            let uplink = tunnel(&transfer.ul_ngu_up_tnl_information);
            self.rows.push(Row { id: item.pdu_session_id.0, uplink, ..Row::default() });
            Some(())
        })
    }

    fn switch_requests(&mut self, list: &PDUSessionResourceToBeSwitchedDLList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PathSwitchRequestTransfer = read(&item.path_switch_request_transfer)?;
            let downlink = tunnel(&transfer.dl_ngu_up_tnl_information);
            self.rows.push(Row { id: item.pdu_session_id.0, downlink, ..Row::default() });
            Some(())
        })
    }

    fn switched(&mut self, list: &PDUSessionResourceSwitchedList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PathSwitchRequestAcknowledgeTransfer = read(&item.path_switch_request_acknowledge_transfer)?;
            let uplink = transfer.ul_ngu_up_tnl_information.as_ref().and_then(tunnel);
            let mut row = Row { id: item.pdu_session_id.0, uplink, ..Row::default() };
            transfer.security_indication.iter().for_each(|indication| protection(&mut row, indication));
            self.rows.push(row);
            Some(())
        })
    }

    fn admitted(&mut self, list: &PDUSessionResourceAdmittedList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: HandoverRequestAcknowledgeTransfer = read(&item.handover_request_acknowledge_transfer)?;
            let downlink = tunnel(&transfer.dl_ngu_up_tnl_information);
            self.rows.push(Row { id: item.pdu_session_id.0, downlink, ..Row::default() });
            Some(())
        })
    }

    fn release_commands(&mut self, list: &PDUSessionResourceToReleaseListRelCmd) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            self.rows.push(Row { id: item.pdu_session_id.0, ..Row::default() });
            let transfer: PDUSessionResourceReleaseCommandTransfer =
                read(&item.pdu_session_resource_release_command_transfer)?;
            self.cause.get_or_insert_with(|| names::cause(&transfer.cause));
            Some(())
        })
    }

    /// Write the rows as aligned fields, and hand over the NAS messages of the items.
    pub(super) fn finish(self, fields: &mut Fields, nas: &mut Vec<Octets<'a>>) {
        nas.extend(self.nas);
        if let (Some(cause), None) = (self.cause, fields.get("fiveg.ngap.cause")) {
            fields.set("fiveg.ngap.cause", cause);
        }
        fields.set_all("fiveg.pdu_session.failed_id", self.failed);
        fields.set_all("fiveg.pdu_session.qfi", self.qfis);
        if !self.rows.is_empty() {
            columns(self.rows, fields);
        }
    }
}

fn columns(mut rows: Vec<Row>, fields: &mut Fields) {
    fields.set_all("fiveg.pdu_session.id", rows.iter().map(|row| Value::U64(u64::from(row.id))).collect());
    let (mut teids, mut addresses) = ends(&mut rows, |row| row.uplink.take());
    fields.set_all("fiveg.ngap.ul.teid", aligned(std::mem::take(&mut teids)));
    fields.set_all("fiveg.ngap.ul.address", aligned(std::mem::take(&mut addresses)));
    (teids, addresses) = ends(&mut rows, |row| row.downlink.take());
    fields.set_all("fiveg.ngap.dl.teid", aligned(teids));
    fields.set_all("fiveg.ngap.dl.address", aligned(addresses));
    let (ssts, sds): (Vec<_>, Vec<_>) = rows.iter_mut().map(|row| row.slice.take().unzip()).unzip();
    if ssts.iter().any(Option::is_some) {
        fields.set_all("fiveg.snssai.sst", aligned(ssts));
        fields.set_all("fiveg.snssai.sd", aligned(sds));
    }
    let mut column = |name, take: fn(&mut Row) -> Option<Value>| {
        fields.set_all(name, aligned(rows.iter_mut().map(take).collect()));
    };
    column("fiveg.pdu_session.type", |row| row.session_type.take());
    column("fiveg.ngap.up_integrity", |row| row.integrity.take());
    column("fiveg.ngap.up_confidentiality", |row| row.confidentiality.take());
}

type Column = Vec<Option<Value>>;

fn ends(rows: &mut [Row], take: fn(&mut Row) -> Option<Tunnel>) -> (Column, Column) {
    rows.iter_mut()
        .map(|row| match take(row) {
            Some((teid, address)) => (Some(teid), address),
            None => (None, None),
        })
        .unzip()
}

fn protection(row: &mut Row, indication: &SecurityIndication) {
    let name = |at: usize| names::PROTECTION.get(at).map(|name| Value::Str(name));
    row.integrity = name(indication.integrity_protection_indication as usize);
    row.confidentiality = name(indication.confidentiality_protection_indication as usize);
}

/// The endpoint of a GTP tunnel. Of an IPv4 and an IPv6 address (TS 38.414, 5.1), the IPv4 one.
fn tunnel(information: &UPTransportLayerInformation) -> Option<Tunnel> {
    let UPTransportLayerInformation::gTPTunnel(tunnel) = information else { return None };
    let octets = tunnel.transport_layer_address.0.as_octets();
    let address = match octets.len() {
        4 | 20 => octets.first_chunk::<4>().map(|v4| Value::Ip(Ipv4Addr::from(*v4).into())),
        16 => octets.first_chunk::<16>().map(|v6| Value::Ip(Ipv6Addr::from(*v6).into())),
        _ => None,
    };
    Some((teid(tunnel.gtp_teid.0), address))
}

/// Whether an IE of which nothing is kept decodes, when its type is a common one.
fn known(id: u16, octets: &[u8]) -> Option<()> {
    match id {
        19 => read::<CriticalityDiagnostics>(octets).map(drop),
        21 => read::<PagingDRX>(octets).map(drop),
        29 => read::<HandoverType>(octets).map(drop),
        33 => read::<LocationReportingRequestType>(octets).map(drop),
        36 => read::<MobilityRestrictionList>(octets).map(drop),
        86 => read::<RelativeAMFCapacity>(octets).map(drop),
        93 => read::<SecurityContext>(octets).map(drop),
        94 => read::<SecurityKey>(octets).map(drop),
        107 => read::<TimeToWait>(octets).map(drop),
        110 => read::<UEAggregateMaximumBitRate>(octets).map(drop),
        112 => read::<UEContextRequest>(octets).map(drop),
        117 => read::<UERadioCapability>(octets).map(drop),
        118 => read::<UERadioCapabilityForPaging>(octets).map(drop),
        _ => Some(()),
    }
}
