//! Names of TS 24.501: message types (9.7), causes (9.11.3.2 and 9.11.4.2), algorithms and types.

/// The kind of the messages of a type, by the extended protocol discriminator.
pub(super) fn kind(epd: Option<u8>, message_type: u8) -> Option<&'static str> {
    match epd {
        Some(0x7e) => find(&MOBILITY, message_type),
        Some(0x2e) => find(&SESSION, message_type),
        _ => None,
    }
}

pub(super) fn mobility_cause(cause: u8) -> Option<&'static str> {
    find(&MOBILITY_CAUSES, cause)
}

pub(super) fn session_cause(cause: u8) -> Option<&'static str> {
    find(&SESSION_CAUSES, cause)
}

/// The tables are in the order of their numbers.
fn find(table: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    let at = table.binary_search_by_key(&number, |(known, _)| *known).ok()?;
    table.get(at).map(|(_, name)| *name)
}

pub(super) const NEA: [&str; 8] = ["NEA0", "NEA1", "NEA2", "NEA3", "NEA4", "NEA5", "NEA6", "NEA7"];
pub(super) const NIA: [&str; 8] = ["NIA0", "NIA1", "NIA2", "NIA3", "NIA4", "NIA5", "NIA6", "NIA7"];
/// 5GS registration type (9.11.3.7).
pub(super) const REGISTRATION_TYPES: [&str; 8] = [
    "reserved",
    "initial",
    "mobility",
    "periodic",
    "emergency",
    "snpn_onboarding",
    "disaster_roaming_mobility",
    "disaster_roaming_initial",
];
/// Request type (9.11.3.47).
pub(super) const REQUEST_TYPES: [&str; 8] = [
    "reserved",
    "initial_request",
    "existing_pdu_session",
    "initial_emergency_request",
    "existing_emergency_pdu_session",
    "modification_request",
    "ma_pdu_request",
    "reserved",
];
/// Service type (9.11.3.50).
pub(super) const SERVICE_TYPES: [&str; 7] = [
    "signalling",
    "data",
    "mobile_terminated_services",
    "emergency_services",
    "emergency_services_fallback",
    "high_priority_access",
    "elevated_signalling",
];
/// Payload container type (9.11.3.40).
pub(super) const PAYLOADS: [&str; 16] = [
    "reserved",
    "n1_sm_information",
    "sms",
    "lpp",
    "sor",
    "ue_policy",
    "ue_parameters_update",
    "location_services",
    "ciot_user_data",
    "service_level_aa",
    "event_notification",
    "uplink_positioning_protocol",
    "slpp",
    "upp_cmi",
    "reserved",
    "multiple_payloads",
];
/// PDU session type (9.11.4.11).
pub(super) const SESSION_TYPES: [&str; 6] = ["", "ipv4", "ipv6", "ipv4v6", "unstructured", "ethernet"];

const MOBILITY: [(u8, &str); 37] = [
    (0x41, "nas.registration_request"),
    (0x42, "nas.registration_accept"),
    (0x43, "nas.registration_complete"),
    (0x44, "nas.registration_reject"),
    (0x45, "nas.deregistration_request_ue_originating"),
    (0x46, "nas.deregistration_accept_ue_originating"),
    (0x47, "nas.deregistration_request_ue_terminated"),
    (0x48, "nas.deregistration_accept_ue_terminated"),
    (0x4c, "nas.service_request"),
    (0x4d, "nas.service_reject"),
    (0x4e, "nas.service_accept"),
    (0x4f, "nas.control_plane_service_request"),
    (0x50, "nas.network_slice_specific_authentication_command"),
    (0x51, "nas.network_slice_specific_authentication_complete"),
    (0x52, "nas.network_slice_specific_authentication_result"),
    (0x54, "nas.configuration_update_command"),
    (0x55, "nas.configuration_update_complete"),
    (0x56, "nas.authentication_request"),
    (0x57, "nas.authentication_response"),
    (0x58, "nas.authentication_reject"),
    (0x59, "nas.authentication_failure"),
    (0x5a, "nas.authentication_result"),
    (0x5b, "nas.identity_request"),
    (0x5c, "nas.identity_response"),
    (0x5d, "nas.security_mode_command"),
    (0x5e, "nas.security_mode_complete"),
    (0x5f, "nas.security_mode_reject"),
    (0x64, "nas.5gmm_status"),
    (0x65, "nas.notification"),
    (0x66, "nas.notification_response"),
    (0x67, "nas.ul_nas_transport"),
    (0x68, "nas.dl_nas_transport"),
    (0x69, "nas.relay_key_request"),
    (0x6a, "nas.relay_key_accept"),
    (0x6b, "nas.relay_key_reject"),
    (0x6c, "nas.relay_authentication_request"),
    (0x6d, "nas.relay_authentication_response"),
];

const SESSION: [(u8, &str); 20] = [
    (0xc1, "nas.pdu_session_establishment_request"),
    (0xc2, "nas.pdu_session_establishment_accept"),
    (0xc3, "nas.pdu_session_establishment_reject"),
    (0xc5, "nas.pdu_session_authentication_command"),
    (0xc6, "nas.pdu_session_authentication_complete"),
    (0xc7, "nas.pdu_session_authentication_result"),
    (0xc9, "nas.pdu_session_modification_request"),
    (0xca, "nas.pdu_session_modification_reject"),
    (0xcb, "nas.pdu_session_modification_command"),
    (0xcc, "nas.pdu_session_modification_complete"),
    (0xcd, "nas.pdu_session_modification_command_reject"),
    (0xd1, "nas.pdu_session_release_request"),
    (0xd2, "nas.pdu_session_release_reject"),
    (0xd3, "nas.pdu_session_release_command"),
    (0xd4, "nas.pdu_session_release_complete"),
    (0xd6, "nas.5gsm_status"),
    (0xd8, "nas.service_level_authentication_command"),
    (0xd9, "nas.service_level_authentication_complete"),
    (0xda, "nas.remote_ue_report"),
    (0xdb, "nas.remote_ue_report_response"),
];

const MOBILITY_CAUSES: [(u8, &str); 50] = [
    (3, "illegal_ue"),
    (5, "pei_not_accepted"),
    (6, "illegal_me"),
    (7, "5gs_services_not_allowed"),
    (9, "ue_identity_cannot_be_derived_by_the_network"),
    (10, "implicitly_de_registered"),
    (11, "plmn_not_allowed"),
    (12, "tracking_area_not_allowed"),
    (13, "roaming_not_allowed_in_this_tracking_area"),
    (15, "no_suitable_cells_in_tracking_area"),
    (20, "mac_failure"),
    (21, "synch_failure"),
    (22, "congestion"),
    (23, "ue_security_capabilities_mismatch"),
    (24, "security_mode_rejected_unspecified"),
    (26, "non_5g_authentication_unacceptable"),
    (27, "n1_mode_not_allowed"),
    (28, "restricted_service_area"),
    (31, "redirection_to_epc_required"),
    (36, "iab_node_operation_not_authorized"),
    (43, "ladn_not_available"),
    (62, "no_network_slices_available"),
    (65, "maximum_number_of_pdu_sessions_reached"),
    (67, "insufficient_resources_for_specific_slice_and_dnn"),
    (69, "insufficient_resources_for_specific_slice"),
    (71, "ngksi_already_in_use"),
    (72, "non_3gpp_access_to_5gcn_not_allowed"),
    (73, "serving_network_not_authorized"),
    (74, "temporarily_not_authorized_for_this_snpn"),
    (75, "permanently_not_authorized_for_this_snpn"),
    (76, "not_authorized_for_this_cag_or_authorized_for_cag_cells_only"),
    (77, "wireline_access_area_not_allowed"),
    (78, "plmn_not_allowed_to_operate_at_the_present_ue_location"),
    (79, "uas_services_not_allowed"),
    (80, "disaster_roaming_for_the_determined_plmn_with_disaster_condition_not_allowed"),
    (81, "selected_n3iwf_is_not_compatible_with_the_allowed_nssai"),
    (82, "selected_tngf_is_not_compatible_with_the_allowed_nssai"),
    (90, "payload_was_not_forwarded"),
    (91, "dnn_not_supported_or_not_subscribed_in_the_slice"),
    (92, "insufficient_user_plane_resources_for_the_pdu_session"),
    (93, "onboarding_services_terminated"),
    (94, "user_plane_positioning_not_authorized"),
    (95, "semantically_incorrect_message"),
    (96, "invalid_mandatory_information"),
    (97, "message_type_non_existent_or_not_implemented"),
    (98, "message_type_not_compatible_with_the_protocol_state"),
    (99, "information_element_non_existent_or_not_implemented"),
    (100, "conditional_ie_error"),
    (101, "message_not_compatible_with_the_protocol_state"),
    (111, "protocol_error_unspecified"),
];

const SESSION_CAUSES: [(u8, &str); 45] = [
    (8, "operator_determined_barring"),
    (26, "insufficient_resources"),
    (27, "missing_or_unknown_dnn"),
    (28, "unknown_pdu_session_type"),
    (29, "user_authentication_or_authorization_failed"),
    (31, "request_rejected_unspecified"),
    (32, "service_option_not_supported"),
    (33, "requested_service_option_not_subscribed"),
    (35, "pti_already_in_use"),
    (36, "regular_deactivation"),
    (37, "5gs_qos_not_accepted"),
    (38, "network_failure"),
    (39, "reactivation_requested"),
    (41, "semantic_error_in_the_tft_operation"),
    (42, "syntactical_error_in_the_tft_operation"),
    (43, "invalid_pdu_session_identity"),
    (44, "semantic_errors_in_packet_filters"),
    (45, "syntactical_error_in_packet_filters"),
    (46, "out_of_ladn_service_area"),
    (47, "pti_mismatch"),
    (50, "pdu_session_type_ipv4_only_allowed"),
    (51, "pdu_session_type_ipv6_only_allowed"),
    (54, "pdu_session_does_not_exist"),
    (57, "pdu_session_type_ipv4v6_only_allowed"),
    (58, "pdu_session_type_unstructured_only_allowed"),
    (59, "unsupported_5qi_value"),
    (61, "pdu_session_type_ethernet_only_allowed"),
    (67, "insufficient_resources_for_specific_slice_and_dnn"),
    (68, "not_supported_ssc_mode"),
    (69, "insufficient_resources_for_specific_slice"),
    (70, "missing_or_unknown_dnn_in_a_slice"),
    (81, "invalid_pti_value"),
    (82, "maximum_data_rate_per_ue_for_user_plane_integrity_protection_is_too_low"),
    (83, "semantic_error_in_the_qos_operation"),
    (84, "syntactical_error_in_the_qos_operation"),
    (85, "invalid_mapped_eps_bearer_identity"),
    (86, "uas_services_not_allowed"),
    (95, "semantically_incorrect_message"),
    (96, "invalid_mandatory_information"),
    (97, "message_type_non_existent_or_not_implemented"),
    (98, "message_type_not_compatible_with_the_protocol_state"),
    (99, "information_element_non_existent_or_not_implemented"),
    (100, "conditional_ie_error"),
    (101, "message_not_compatible_with_the_protocol_state"),
    (111, "protocol_error_unspecified"),
];
