//! Names of NGAP values, TS 38.413 clause 9.4.5.

use oxirush_ngap::ngap::Cause;

use crate::message::Value;

/// IEs that say who or what a message is about: the UE, the node, the NAS message, what is reset or sought. Without one
/// that is mandatory, or with one that cannot be read, a message is malformed.
pub(super) const IDENTIFYING: [u16; 14] = [1, 10, 27, 38, 80, 85, 88, 96, 100, 102, 105, 114, 115, 121];

pub(super) const NEA: [&str; 8] = ["NEA0", "NEA1", "NEA2", "NEA3", "NEA4", "NEA5", "NEA6", "NEA7"];
pub(super) const NIA: [&str; 8] = ["NIA0", "NIA1", "NIA2", "NIA3", "NIA4", "NIA5", "NIA6", "NIA7"];

pub(super) const ESTABLISHMENT_CAUSES: [&str; 12] = [
    "emergency",
    "high_priority_access",
    "mt_access",
    "mo_signalling",
    "mo_data",
    "mo_voice_call",
    "mo_video_call",
    "mo_sms",
    "mps_priority_access",
    "mcs_priority_access",
    "not_available",
    "mo_exception_data",
];

pub(super) const SESSION_TYPES: [&str; 5] = ["ipv4", "ipv6", "ipv4v6", "ethernet", "unstructured"];
pub(super) const PROTECTION: [&str; 3] = ["required", "preferred", "not_needed"];

pub(super) const PERFORMED: [&str; 2] = ["performed", "not_performed"];

/// A cause as `<group>.<cause>`.
pub(super) fn cause(cause: &Cause) -> Value {
    let name = match cause {
        Cause::radioNetwork(cause) => RADIO_NETWORK.get(*cause as usize),
        Cause::transport(cause) => TRANSPORT.get(*cause as usize),
        Cause::nas(cause) => NAS.get(*cause as usize),
        Cause::protocol(cause) => PROTOCOL.get(*cause as usize),
        Cause::misc(cause) => MISC.get(*cause as usize),
        _ => None,
    };
    Value::Str(name.copied().unwrap_or("unknown"))
}

const RADIO_NETWORK: [&str; 65] = [
    "radio_network.unspecified",
    "radio_network.txnrelocoverall_expiry",
    "radio_network.successful_handover",
    "radio_network.release_due_to_ngran_generated_reason",
    "radio_network.release_due_to_5gc_generated_reason",
    "radio_network.handover_cancelled",
    "radio_network.partial_handover",
    "radio_network.ho_failure_in_target_5gc_ngran_node_or_target_system",
    "radio_network.ho_target_not_allowed",
    "radio_network.tngrelocoverall_expiry",
    "radio_network.tngrelocprep_expiry",
    "radio_network.cell_not_available",
    "radio_network.unknown_target_id",
    "radio_network.no_radio_resources_available_in_target_cell",
    "radio_network.unknown_local_ue_ngap_id",
    "radio_network.inconsistent_remote_ue_ngap_id",
    "radio_network.handover_desirable_for_radio_reason",
    "radio_network.time_critical_handover",
    "radio_network.resource_optimisation_handover",
    "radio_network.reduce_load_in_serving_cell",
    "radio_network.user_inactivity",
    "radio_network.radio_connection_with_ue_lost",
    "radio_network.radio_resources_not_available",
    "radio_network.invalid_qos_combination",
    "radio_network.failure_in_radio_interface_procedure",
    "radio_network.interaction_with_other_procedure",
    "radio_network.unknown_pdu_session_id",
    "radio_network.unknown_qos_flow_id",
    "radio_network.multiple_pdu_session_id_instances",
    "radio_network.multiple_qos_flow_id_instances",
    "radio_network.encryption_and_or_integrity_protection_algorithms_not_supported",
    "radio_network.ng_intra_system_handover_triggered",
    "radio_network.ng_inter_system_handover_triggered",
    "radio_network.xn_handover_triggered",
    "radio_network.not_supported_5qi_value",
    "radio_network.ue_context_transfer",
    "radio_network.ims_voice_eps_fallback_or_rat_fallback_triggered",
    "radio_network.up_integrity_protection_not_possible",
    "radio_network.up_confidentiality_protection_not_possible",
    "radio_network.slice_not_supported",
    "radio_network.ue_in_rrc_inactive_state_not_reachable",
    "radio_network.redirection",
    "radio_network.resources_not_available_for_the_slice",
    "radio_network.ue_max_integrity_protected_data_rate_reason",
    "radio_network.release_due_to_cn_detected_mobility",
    "radio_network.n26_interface_not_available",
    "radio_network.release_due_to_pre_emption",
    "radio_network.multiple_location_reporting_reference_id_instances",
    "radio_network.rsn_not_available_for_the_up",
    "radio_network.npn_access_denied",
    "radio_network.cag_only_access_denied",
    "radio_network.insufficient_ue_capabilities",
    "radio_network.redcap_ue_not_supported",
    "radio_network.unknown_mbs_session_id",
    "radio_network.indicated_mbs_session_area_information_not_served_by_the_gnb",
    "radio_network.inconsistent_slice_info_for_the_session",
    "radio_network.misaligned_association_for_multicast_unicast",
    "radio_network.eredcap_ue_not_supported",
    "radio_network.two_rx_xr_ue_not_supported",
    "radio_network.aerial_ue_flight_information_reporting_initiation_failure",
    "radio_network.unknown_ran_aiot_device_ngap_id",
    "radio_network.requested_aiot_service_area_information_not_served_by_the_gnb",
    "radio_network.unknown_aiot_session",
    "radio_network.aiot_device_not_reachable",
    "radio_network.multiple_aiot_session_id_instances",
];

const TRANSPORT: [&str; 2] = ["transport.transport_resource_unavailable", "transport.unspecified"];

const NAS: [&str; 8] = [
    "nas.normal_release",
    "nas.authentication_failure",
    "nas.deregister",
    "nas.unspecified",
    "nas.ue_not_in_plmn_serving_area",
    "nas.mobile_iab_not_authorized",
    "nas.iab_not_authorized",
    "nas.no_aiot_nas_response",
];

const PROTOCOL: [&str; 7] = [
    "protocol.transfer_syntax_error",
    "protocol.abstract_syntax_error_reject",
    "protocol.abstract_syntax_error_ignore_and_notify",
    "protocol.message_not_compatible_with_receiver_state",
    "protocol.semantic_error",
    "protocol.abstract_syntax_error_falsely_constructed_message",
    "protocol.unspecified",
];

const MISC: [&str; 6] = [
    "misc.control_processing_overload",
    "misc.not_enough_user_plane_processing_resources",
    "misc.hardware_failure",
    "misc.om_intervention",
    "misc.unknown_plmn_or_snpn",
    "misc.unspecified",
];
