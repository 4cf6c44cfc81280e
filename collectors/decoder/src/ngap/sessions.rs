//! PDU session lists of NGAP and the transfers in their items (TS 38.413, 9.3.4): tunnels, slices, security, causes.
//!
//! Each item is a row, so that what is said of the sessions stays aligned with their ids.

use std::net::{Ipv4Addr, Ipv6Addr};

use oxirush_ngap::ngap::*;
use oxirush_ngap::{Decode, Octets};

use super::{envelope, names, read, sd, sst};
use crate::columns::{Column as Cell, Draft};
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
    /// What the radio node made of it.
    integrity_result: Option<Value>,
    confidentiality_result: Option<Value>,
    /// Bits per second, downlink and uplink.
    aggregate: Option<(u64, u64)>,
}

/// A QoS flow: its identifier, 5QI, and the priority of its allocation and retention.
struct Flow(u64, Option<u64>, Option<u64>);

/// The sessions of a message.
#[derive(Default)]
pub(super) struct Sessions<'a> {
    rows: Vec<Row>,
    failed: Vec<Value>,
    flows: Vec<Flow>,
    failed_flows: Vec<Value>,
    forwarding: Vec<Tunnel>,
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
            54..=61 | 66..=70 | 78 | 131..=133 | 229..=233 => self.named(id, octets),
            _ => known(id, octets),
        }
    }

    /// As much of an IE as columns have: of the only session that is to be set up, nothing in the transfer.
    pub(super) fn light(&mut self, id: u16, octets: &'a [u8]) -> Option<()> {
        let (id, slice, nas) = match id {
            74 => {
                let mut list = read::<PDUSessionResourceSetupListSUReq>(octets)?.0;
                let Some(item) = list.pop().filter(|_| list.is_empty()) else { return self.value(id, octets) };
                (item.pdu_session_id, item.s_nssai, item.pdu_session_nas_pdu)
            }
            71 => {
                let mut list = read::<PDUSessionResourceSetupListCxtReq>(octets)?.0;
                let Some(item) = list.pop().filter(|_| list.is_empty()) else { return self.value(id, octets) };
                (item.pdu_session_id, item.s_nssai, item.nas_pdu)
            }
            _ => return self.value(id, octets),
        };
        self.rows.push(Row { id: id.0, slice: Some((sst(&slice), sd(&slice))), ..Row::default() });
        self.nas.extend(nas.map(|nas| nas.0));
        Some(())
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
            54 => read::<PDUSessionResourceFailedToModifyListModRes>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.pdu_session_resource_modify_unsuccessful_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &PDUSessionResourceModifyUnsuccessfulTransfer| {
                    &t.cause
                })
            }),
            131 => read::<PDUSessionResourceFailedToModifyListModCfm>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.pdu_session_resource_modify_indication_unsuccessful_transfer;
                self.refused(
                    &item.pdu_session_id,
                    transfer,
                    |t: &PDUSessionResourceModifyIndicationUnsuccessfulTransfer| &t.cause,
                )
            }),
            56 => read::<PDUSessionResourceFailedToSetupListHOAck>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.handover_resource_allocation_unsuccessful_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &HandoverResourceAllocationUnsuccessfulTransfer| {
                    &t.cause
                })
            }),
            57 => read::<PDUSessionResourceFailedToSetupListPSReq>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.path_switch_request_setup_failed_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &PathSwitchRequestSetupFailedTransfer| &t.cause)
            }),
            68 => read::<PDUSessionResourceReleasedListPSAck>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.path_switch_request_unsuccessful_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &PathSwitchRequestUnsuccessfulTransfer| &t.cause)
            }),
            69 => read::<PDUSessionResourceReleasedListPSFail>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.path_switch_request_unsuccessful_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &PathSwitchRequestUnsuccessfulTransfer| &t.cause)
            }),
            78 => read::<PDUSessionResourceToReleaseListHOCmd>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.handover_preparation_unsuccessful_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &HandoverPreparationUnsuccessfulTransfer| &t.cause)
            }),
            67 => read::<PDUSessionResourceReleasedListNot>(octets)?.0.iter().try_for_each(|item| {
                let transfer = &item.pdu_session_resource_notify_released_transfer;
                self.refused(&item.pdu_session_id, transfer, |t: &PDUSessionResourceNotifyReleasedTransfer| &t.cause)
            }),
            229 => self.fail_all(
                read::<PDUSessionResourceFailedToResumeListRESReq>(octets)?
                    .0
                    .iter()
                    .map(|i| (&i.pdu_session_id, &i.cause)),
            ),
            230 => self.fail_all(
                read::<PDUSessionResourceFailedToResumeListRESRes>(octets)?
                    .0
                    .iter()
                    .map(|i| (&i.pdu_session_id, &i.cause)),
            ),
            231 => self.list(read::<PDUSessionResourceSuspendListSUSReq>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            232 => self.list(read::<PDUSessionResourceResumeListRESReq>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            233 => self.list(read::<PDUSessionResourceResumeListRESRes>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            59 => self.forwarded(&read(octets)?),
            60 => self.list(read::<PDUSessionResourceListCxtRelCpl>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            61 => self.list(read::<PDUSessionResourceListHORqd>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            66 => self.notified(&read(octets)?),
            70 => self.list(read::<PDUSessionResourceReleasedListRelRes>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            133 => self.list(read::<PDUSessionResourceListCxtRelReq>(octets)?.0.iter().map(|i| &i.pdu_session_id)),
            _ => Some(()),
        }
    }

    fn list<'b>(&mut self, ids: impl Iterator<Item = &'b PDUSessionID>) -> Option<()> {
        self.rows.extend(ids.map(|id| Row { id: id.0, ..Row::default() }));
        Some(())
    }

    fn fail_all<'b>(&mut self, items: impl Iterator<Item = (&'b PDUSessionID, &'b Cause)>) -> Option<()> {
        for (id, cause) in items {
            self.failed.push(Value::U64(u64::from(id.0)));
            self.cause.get_or_insert_with(|| names::cause(cause));
        }
        Some(())
    }

    fn failed(&mut self, id: &PDUSessionID, transfer: &[u8]) -> Option<()> {
        self.refused(id, transfer, |transfer: &PDUSessionResourceSetupUnsuccessfulTransfer| &transfer.cause)
    }

    /// A session that is refused or dropped, with the cause in its transfer.
    fn refused<'b, T: Decode<'b>>(
        &mut self,
        id: &PDUSessionID,
        transfer: &'b [u8],
        cause: fn(&T) -> &Cause,
    ) -> Option<()> {
        self.failed.push(Value::U64(u64::from(id.0)));
        let transfer: T = read(transfer)?;
        self.cause.get_or_insert_with(|| names::cause(cause(&transfer)));
        Some(())
    }

    /// Handover Command: where the source is to forward what it still has.
    fn forwarded(&mut self, list: &PDUSessionResourceHandoverList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            self.rows.push(Row { id: item.pdu_session_id.0, ..Row::default() });
            let transfer: HandoverCommandTransfer = read(&item.handover_command_transfer)?;
            self.forwarding.extend(transfer.dl_forwarding_up_tnl_information.as_ref().and_then(tunnel));
            Some(())
        })
    }

    fn notified(&mut self, list: &PDUSessionResourceNotifyList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            self.rows.push(Row { id: item.pdu_session_id.0, ..Row::default() });
            let transfer: PDUSessionResourceNotifyTransfer = read(&item.pdu_session_resource_notify_transfer)?;
            self.without(transfer.qos_flow_released_list.as_ref());
            Some(())
        })
    }

    /// Flows that there are.
    fn with<'b>(&mut self, flows: impl Iterator<Item = &'b QosFlowIdentifier>) {
        self.flows.extend(flows.map(|flow| Flow(flow.0, None, None)));
    }

    /// Flows that there are not.
    fn without(&mut self, flows: Option<&QosFlowListWithCause>) {
        for flow in flows.iter().flat_map(|list| &list.0) {
            self.failed_flows.push(Value::U64(flow.qos_flow_identifier.0));
            self.cause.get_or_insert_with(|| names::cause(&flow.cause));
        }
    }

    /// The tunnels to the radio node: of a session that is split, a row each.
    fn downlinks(&mut self, row: Row, first: &QosFlowPerTNLInformation, more: Option<&QosFlowPerTNLInformationList>) {
        let more = more.into_iter().flat_map(|list| &list.0).map(|item| &item.qos_flow_per_tnl_information);
        self.with(first.associated_qos_flow_list.0.iter().map(|flow| &flow.qos_flow_identifier));
        let id = row.id;
        self.rows.push(Row { downlink: tunnel(&first.up_transport_layer_information), ..row });
        self.more_downlinks(id, more);
    }

    fn more_downlinks<'b>(&mut self, id: u8, tunnels: impl Iterator<Item = &'b QosFlowPerTNLInformation<'b>>) {
        for information in tunnels {
            self.with(information.associated_qos_flow_list.0.iter().map(|flow| &flow.qos_flow_identifier));
            self.rows.push(Row { id, downlink: tunnel(&information.up_transport_layer_information), ..Row::default() });
        }
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
        let (id, slice, mut more) = (row.id, row.slice.clone(), Vec::new());
        for ie in &ies {
            whole &= self.requested_ie(&mut row, ie.id, &ie.value, &mut more).is_some();
        }
        self.rows.push(row);
        self.rows.extend(more.into_iter().map(|uplink| Row { id, uplink, slice: slice.clone(), ..Row::default() }));
        whole.then_some(())
    }

    /// `more` has the uplink tunnels behind the first one.
    fn requested_ie(&mut self, row: &mut Row, id: u16, octets: &[u8], more: &mut Vec<Option<Tunnel>>) -> Option<()> {
        match id {
            126 | 186 => {
                let tunnels: UPTransportLayerInformationList = read(octets)?;
                more.extend(tunnels.0.iter().map(|item| tunnel(&item.ngu_up_tnl_information)));
            }
            195 => more.push(tunnel(&read(octets)?)),
            130 => row.aggregate = Some(aggregate(&read(octets)?)),
            139 => row.uplink = tunnel(&read(octets)?),
            134 => {
                row.session_type =
                    names::SESSION_TYPES.get(read::<PDUSessionType>(octets)? as usize).map(|name| Value::Str(name));
            }
            138 => protection(row, &read(octets)?),
            136 => {
                let flows: QosFlowSetupRequestList = read(octets)?;
                let described = |flow: &QosFlowSetupRequestItem| {
                    described(&flow.qos_flow_identifier, Some(&flow.qos_flow_level_qos_parameters))
                };
                self.flows.extend(flows.0.iter().map(described));
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
            let mut whole = broken.is_none();
            for ie in &ies {
                whole &= self.modify_ie(&mut row, ie.id, &ie.value).is_some();
            }
            self.rows.push(row);
            whole.then_some(())?;
        }
        Some(())
    }

    fn modify_ie(&mut self, row: &mut Row, id: u16, octets: &[u8]) -> Option<()> {
        match id {
            130 => row.aggregate = Some(aggregate(&read(octets)?)),
            135 => {
                let flows: QosFlowAddOrModifyRequestList = read(octets)?;
                let described = |flow: &QosFlowAddOrModifyRequestItem| {
                    described(&flow.qos_flow_identifier, flow.qos_flow_level_qos_parameters.as_ref())
                };
                self.flows.extend(flows.0.iter().map(described));
            }
            137 => self.without(Some(&read(octets)?)),
            140 => {
                let tunnels: ULNGUUPTNLModifyList = read(octets)?;
                if let Some(pair) = tunnels.0.first() {
                    row.uplink = tunnel(&pair.ul_ngu_up_tnl_information);
                    row.downlink = tunnel(&pair.dl_ngu_up_tnl_information);
                }
                for pair in tunnels.0.iter().skip(1) {
                    let uplink = tunnel(&pair.ul_ngu_up_tnl_information);
                    let downlink = tunnel(&pair.dl_ngu_up_tnl_information);
                    self.rows.push(Row { id: row.id, uplink, downlink, ..Row::default() });
                }
            }
            _ => {}
        }
        Some(())
    }

    fn set_up(&mut self, id: &PDUSessionID, transfer: &[u8]) -> Option<()> {
        let transfer: PDUSessionResourceSetupResponseTransfer = read(transfer)?;
        let mut row = Row { id: id.0, ..Row::default() };
        transfer.security_result.iter().for_each(|result| performed(&mut row, result));
        let more = transfer.additional_dl_qos_flow_per_tnl_information.as_ref();
        self.downlinks(row, &transfer.dl_qos_flow_per_tnl_information, more);
        self.without(transfer.qos_flow_failed_to_setup_list.as_ref());
        Some(())
    }

    fn modified(&mut self, list: &PDUSessionResourceModifyListModRes) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyResponseTransfer =
                read(&item.pdu_session_resource_modify_response_transfer)?;
            let downlink = transfer.dl_ngu_up_tnl_information.as_ref().and_then(tunnel);
            let uplink = transfer.ul_ngu_up_tnl_information.as_ref().and_then(tunnel);
            self.rows.push(Row { id: item.pdu_session_id.0, uplink, downlink, ..Row::default() });
            let more = transfer.additional_dl_qos_flow_per_tnl_information.iter().flat_map(|list| &list.0);
            self.more_downlinks(item.pdu_session_id.0, more.map(|item| &item.qos_flow_per_tnl_information));
            let flows = transfer.qos_flow_add_or_modify_response_list.iter().flat_map(|list| &list.0);
            self.with(flows.map(|flow| &flow.qos_flow_identifier));
            self.without(transfer.qos_flow_failed_to_add_or_modify_list.as_ref());
            Some(())
        })
    }

    fn modify_indications(&mut self, list: &PDUSessionResourceModifyListModInd) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyIndicationTransfer =
                read(&item.pdu_session_resource_modify_indication_transfer)?;
            let row = Row { id: item.pdu_session_id.0, ..Row::default() };
            let more = transfer.additional_dl_qos_flow_per_tnl_information.as_ref();
            self.downlinks(row, &transfer.dl_qos_flow_per_tnl_information, more);
            Some(())
        })
    }

    fn modify_confirms(&mut self, list: &PDUSessionResourceModifyListModCfm) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PDUSessionResourceModifyConfirmTransfer =
                read(&item.pdu_session_resource_modify_confirm_transfer)?;
            let id = item.pdu_session_id.0;
            self.rows.push(Row { id, uplink: tunnel(&transfer.ul_ngu_up_tnl_information), ..Row::default() });
            for pair in transfer.additional_ng_u_up_tnl_information.iter().flat_map(|list| &list.0) {
                let uplink = tunnel(&pair.ul_ngu_up_tnl_information);
                let downlink = tunnel(&pair.dl_ngu_up_tnl_information);
                self.rows.push(Row { id, uplink, downlink, ..Row::default() });
            }
            self.with(transfer.qos_flow_modify_confirm_list.0.iter().map(|flow| &flow.qos_flow_identifier));
            self.without(transfer.qos_flow_failed_to_modify_list.as_ref());
            Some(())
        })
    }

    fn switch_requests(&mut self, list: &PDUSessionResourceToBeSwitchedDLList) -> Option<()> {
        list.0.iter().try_for_each(|item| {
            let transfer: PathSwitchRequestTransfer = read(&item.path_switch_request_transfer)?;
            let downlink = tunnel(&transfer.dl_ngu_up_tnl_information);
            let mut row = Row { id: item.pdu_session_id.0, downlink, ..Row::default() };
            if let Some(security) = &transfer.user_plane_security_information {
                protection(&mut row, &security.security_indication);
                performed(&mut row, &security.security_result);
            }
            self.rows.push(row);
            self.with(transfer.qos_flow_accepted_list.0.iter().map(|flow| &flow.qos_flow_identifier));
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
            let mut row = Row { id: item.pdu_session_id.0, downlink, ..Row::default() };
            transfer.security_result.iter().for_each(|result| performed(&mut row, result));
            self.rows.push(row);
            self.forwarding.extend(transfer.dl_forwarding_up_tnl_information.as_ref().and_then(tunnel));
            self.with(transfer.qos_flow_setup_response_list.0.iter().map(|flow| &flow.qos_flow_identifier));
            self.without(transfer.qos_flow_failed_to_setup_list.as_ref());
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

    /// What columns have of the sessions; gives the NAS messages of the items. `None` where a value of the first session
    /// would be that of another one.
    pub(super) fn draft(self, has_cause: bool, draft: &mut Draft<'_>) -> Option<Vec<Octets<'a>>> {
        if let Some(cause) = self.cause.filter(|_| !has_cause) {
            draft.set(Cell::Cause, &cause);
        }
        if let Some(row) = self.rows.first() {
            draft.number(Cell::SessionId, row.id.into());
        }
        match self.rows.first().map(|row| &row.slice) {
            Some(Some((sst, sd))) => {
                draft.set(Cell::Sst, sst);
                draft.set(Cell::Sd, sd);
            }
            _ if self.rows.iter().any(|row| row.slice.is_some()) => return None,
            _ => {}
        }
        Some(self.nas)
    }

    /// Write the rows as aligned fields, and hand over the NAS messages of the items.
    pub(super) fn finish(self, fields: &mut Fields, nas: &mut Vec<Octets<'a>>) {
        nas.extend(self.nas);
        if let (Some(cause), None) = (self.cause, fields.get("fiveg.ngap.cause")) {
            fields.set("fiveg.ngap.cause", cause);
        }
        fields.set_all("fiveg.pdu_session.failed_id", self.failed);
        fields.set_all("fiveg.pdu_session.failed_qfi", self.failed_flows);
        quality(&self.flows, fields);
        let (teids, addresses) = self.forwarding.into_iter().map(|(teid, address)| (Some(teid), address)).unzip();
        fields.set_all("fiveg.ngap.forwarding.teid", aligned(teids));
        fields.set_all("fiveg.ngap.forwarding.address", aligned(addresses));
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
    column("fiveg.ngap.up_integrity_result", |row| row.integrity_result.take());
    column("fiveg.ngap.up_confidentiality_result", |row| row.confidentiality_result.take());
    let rates = || rows.iter().filter_map(|row| row.aggregate);
    fields.set_all("fiveg.pdu_session.ambr_dl", rates().map(|(down, _)| Value::U64(down)).collect());
    fields.set_all("fiveg.pdu_session.ambr_ul", rates().map(|(_, up)| Value::U64(up)).collect());
}

/// The QoS flows, with what is granted to each where that is said.
fn quality(flows: &[Flow], fields: &mut Fields) {
    if flows.is_empty() {
        return;
    }
    fields.set_all("fiveg.pdu_session.qfi", flows.iter().map(|flow| Value::U64(flow.0)).collect());
    fields.set_all("fiveg.pdu_session.5qi", flows.iter().filter_map(|flow| flow.1.map(Value::U64)).collect());
    fields.set_all("fiveg.pdu_session.arp", flows.iter().filter_map(|flow| flow.2.map(Value::U64)).collect());
}

fn described(id: &QosFlowIdentifier, parameters: Option<&QosFlowLevelQosParameters>) -> Flow {
    let class = parameters.and_then(|parameters| match &parameters.qos_characteristics {
        QosCharacteristics::nonDynamic5QI(descriptor) => Some(descriptor.five_qi.0),
        QosCharacteristics::dynamic5QI(descriptor) => descriptor.five_qi.as_ref().map(|class| class.0),
        _ => None,
    });
    let priority =
        parameters.map(|parameters| parameters.allocation_and_retention_priority.priority_level_arp.0.into());
    Flow(id.0, class, priority)
}

fn aggregate(rates: &PDUSessionAggregateMaximumBitRate) -> (u64, u64) {
    (rates.pdu_session_aggregate_maximum_bit_rate_dl.0, rates.pdu_session_aggregate_maximum_bit_rate_ul.0)
}

fn performed(row: &mut Row, result: &SecurityResult) {
    let name = |at: usize| names::PERFORMED.get(at).map(|name| Value::Str(name));
    row.integrity_result = name(result.integrity_protection_result as usize);
    row.confidentiality_result = name(result.confidentiality_protection_result as usize);
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

/// The endpoint of a GTP tunnel.
fn tunnel(information: &UPTransportLayerInformation) -> Option<Tunnel> {
    let UPTransportLayerInformation::gTPTunnel(tunnel) = information else { return None };
    Some((teid(tunnel.gtp_teid.0), address(&tunnel.transport_layer_address)))
}

/// A transport layer address. Of an IPv4 and an IPv6 address (TS 38.414, 5.1), the IPv4 one.
pub(super) fn address(address: &TransportLayerAddress) -> Option<Value> {
    let octets = address.0.as_octets();
    match octets.len() {
        4 | 20 => octets.first_chunk::<4>().map(|v4| Value::Ip(Ipv4Addr::from(*v4).into())),
        16 => octets.first_chunk::<16>().map(|v6| Value::Ip(Ipv6Addr::from(*v6).into())),
        _ => None,
    }
}

/// Whether an IE of which nothing is kept decodes, when its type is a common one.
fn known(id: u16, octets: &[u8]) -> Option<()> {
    match id {
        36 => read::<MobilityRestrictionList>(octets).map(drop),
        93 => read::<SecurityContext>(octets).map(drop),
        94 => read::<SecurityKey>(octets).map(drop),
        112 => read::<UEContextRequest>(octets).map(drop),
        118 => read::<UERadioCapabilityForPaging>(octets).map(drop),
        _ => Some(()),
    }
}
