//! NGAP procedures and their messages, by procedure code (TS 38.413, 9.4.3 and 9.4.7, Release 19).

/// A message: its kind (empty when the procedure has none such), and its mandatory IEs.
pub(super) type Outcome = (&'static str, &'static [u16]);

const NONE: Outcome = ("", &[]);

/// The procedure's name, with its initiating message, its successful and its unsuccessful outcome.
pub(super) static PROCEDURES: [(&str, [Outcome; 3]); 87] = [
    (
        "amf_configuration_update",
        [
            ("ngap.amf_configuration_update", &[]),
            ("ngap.amf_configuration_update_acknowledge", &[]),
            ("ngap.amf_configuration_update_failure", &[15]),
        ],
    ),
    ("amf_status_indication", [("ngap.amf_status_indication", &[120]), NONE, NONE]),
    ("cell_traffic_trace", [("ngap.cell_traffic_trace", &[10, 85, 44, 43, 109]), NONE, NONE]),
    ("deactivate_trace", [("ngap.deactivate_trace", &[10, 85, 44]), NONE, NONE]),
    ("downlink_nas_transport", [("ngap.downlink_nas_transport", &[10, 85, 38]), NONE, NONE]),
    (
        "downlink_non_ue_associated_nrppa_transport",
        [("ngap.downlink_non_ue_associated_nrppa_transport", &[89, 46]), NONE, NONE],
    ),
    ("downlink_ran_configuration_transfer", [("ngap.downlink_ran_configuration_transfer", &[]), NONE, NONE]),
    ("downlink_ran_status_transfer", [("ngap.downlink_ran_status_transfer", &[10, 85, 84]), NONE, NONE]),
    (
        "downlink_ue_associated_nrppa_transport",
        [("ngap.downlink_ue_associated_nrppa_transport", &[10, 85, 89, 46]), NONE, NONE],
    ),
    ("error_indication", [("ngap.error_indication", &[]), NONE, NONE]),
    (
        "handover_cancel",
        [("ngap.handover_cancel", &[10, 85, 15]), ("ngap.handover_cancel_acknowledge", &[10, 85]), NONE],
    ),
    ("handover_notification", [("ngap.handover_notify", &[10, 85, 121]), NONE, NONE]),
    (
        "handover_preparation",
        [
            ("ngap.handover_required", &[10, 85, 29, 15, 105, 61, 101]),
            ("ngap.handover_command", &[10, 85, 29, 106]),
            ("ngap.handover_preparation_failure", &[10, 85, 15]),
        ],
    ),
    (
        "handover_resource_allocation",
        [
            ("ngap.handover_request", &[10, 29, 15, 110, 119, 93, 73, 0, 101, 28]),
            ("ngap.handover_request_acknowledge", &[10, 85, 53, 106]),
            ("ngap.handover_failure", &[10, 15]),
        ],
    ),
    (
        "initial_context_setup",
        [
            ("ngap.initial_context_setup_request", &[10, 85, 28, 0, 119, 94]),
            ("ngap.initial_context_setup_response", &[10, 85]),
            ("ngap.initial_context_setup_failure", &[10, 85, 15]),
        ],
    ),
    ("initial_ue_message", [("ngap.initial_ue_message", &[85, 38, 121, 90]), NONE, NONE]),
    ("location_reporting_control", [("ngap.location_reporting_control", &[10, 85, 33]), NONE, NONE]),
    (
        "location_reporting_failure_indication",
        [("ngap.location_reporting_failure_indication", &[10, 85, 15]), NONE, NONE],
    ),
    ("location_report", [("ngap.location_report", &[10, 85, 121, 33]), NONE, NONE]),
    ("nas_non_delivery_indication", [("ngap.nas_non_delivery_indication", &[10, 85, 38, 15]), NONE, NONE]),
    ("ng_reset", [("ngap.ng_reset", &[15, 88]), ("ngap.ng_reset_acknowledge", &[]), NONE]),
    (
        "ng_setup",
        [
            ("ngap.ng_setup_request", &[27, 102, 21]),
            ("ngap.ng_setup_response", &[1, 96, 86, 80]),
            ("ngap.ng_setup_failure", &[15]),
        ],
    ),
    ("overload_start", [("ngap.overload_start", &[]), NONE, NONE]),
    ("overload_stop", [("ngap.overload_stop", &[]), NONE, NONE]),
    ("paging", [("ngap.paging", &[115, 103]), NONE, NONE]),
    (
        "path_switch_request",
        [
            ("ngap.path_switch_request", &[85, 100, 121, 119, 76]),
            ("ngap.path_switch_request_acknowledge", &[10, 85, 93, 77, 0]),
            ("ngap.path_switch_request_failure", &[10, 85, 69]),
        ],
    ),
    (
        "pdu_session_resource_modify",
        [
            ("ngap.pdu_session_resource_modify_request", &[10, 85, 64]),
            ("ngap.pdu_session_resource_modify_response", &[10, 85]),
            NONE,
        ],
    ),
    (
        "pdu_session_resource_modify_indication",
        [
            ("ngap.pdu_session_resource_modify_indication", &[10, 85, 63]),
            ("ngap.pdu_session_resource_modify_confirm", &[10, 85]),
            NONE,
        ],
    ),
    (
        "pdu_session_resource_release",
        [
            ("ngap.pdu_session_resource_release_command", &[10, 85, 79]),
            ("ngap.pdu_session_resource_release_response", &[10, 85, 70]),
            NONE,
        ],
    ),
    (
        "pdu_session_resource_setup",
        [
            ("ngap.pdu_session_resource_setup_request", &[10, 85, 74]),
            ("ngap.pdu_session_resource_setup_response", &[10, 85]),
            NONE,
        ],
    ),
    ("pdu_session_resource_notify", [("ngap.pdu_session_resource_notify", &[10, 85]), NONE, NONE]),
    ("private_message", [("ngap.private_message", &[]), NONE, NONE]),
    ("pws_cancel", [("ngap.pws_cancel_request", &[35, 95]), ("ngap.pws_cancel_response", &[35, 95]), NONE]),
    ("pws_failure_indication", [("ngap.pws_failure_indication", &[81, 27]), NONE, NONE]),
    ("pws_restart_indication", [("ngap.pws_restart_indication", &[16, 27, 104]), NONE, NONE]),
    (
        "ran_configuration_update",
        [
            ("ngap.ran_configuration_update", &[]),
            ("ngap.ran_configuration_update_acknowledge", &[]),
            ("ngap.ran_configuration_update_failure", &[15]),
        ],
    ),
    ("reroute_nas_request", [("ngap.reroute_nas_request", &[85, 42, 3]), NONE, NONE]),
    ("rrc_inactive_transition_report", [("ngap.rrc_inactive_transition_report", &[10, 85, 92, 121]), NONE, NONE]),
    ("trace_failure_indication", [("ngap.trace_failure_indication", &[10, 85, 44, 15]), NONE, NONE]),
    ("trace_start", [("ngap.trace_start", &[10, 85, 108]), NONE, NONE]),
    (
        "ue_context_modification",
        [
            ("ngap.ue_context_modification_request", &[10, 85]),
            ("ngap.ue_context_modification_response", &[10, 85]),
            ("ngap.ue_context_modification_failure", &[10, 85, 15]),
        ],
    ),
    (
        "ue_context_release",
        [("ngap.ue_context_release_command", &[114, 15]), ("ngap.ue_context_release_complete", &[10, 85]), NONE],
    ),
    ("ue_context_release_request", [("ngap.ue_context_release_request", &[10, 85, 15]), NONE, NONE]),
    (
        "ue_radio_capability_check",
        [
            ("ngap.ue_radio_capability_check_request", &[10, 85]),
            ("ngap.ue_radio_capability_check_response", &[10, 85, 30]),
            NONE,
        ],
    ),
    ("ue_radio_capability_info_indication", [("ngap.ue_radio_capability_info_indication", &[10, 85, 117]), NONE, NONE]),
    ("ue_tnla_binding_release", [("ngap.ue_tnla_binding_release_request", &[10, 85]), NONE, NONE]),
    ("uplink_nas_transport", [("ngap.uplink_nas_transport", &[10, 85, 38, 121]), NONE, NONE]),
    (
        "uplink_non_ue_associated_nrppa_transport",
        [("ngap.uplink_non_ue_associated_nrppa_transport", &[89, 46]), NONE, NONE],
    ),
    ("uplink_ran_configuration_transfer", [("ngap.uplink_ran_configuration_transfer", &[]), NONE, NONE]),
    ("uplink_ran_status_transfer", [("ngap.uplink_ran_status_transfer", &[10, 85, 84]), NONE, NONE]),
    (
        "uplink_ue_associated_nrppa_transport",
        [("ngap.uplink_ue_associated_nrppa_transport", &[10, 85, 89, 46]), NONE, NONE],
    ),
    (
        "write_replace_warning",
        [
            ("ngap.write_replace_warning_request", &[35, 95, 87, 47]),
            ("ngap.write_replace_warning_response", &[35, 95]),
            NONE,
        ],
    ),
    ("secondary_rat_data_usage_report", [("ngap.secondary_rat_data_usage_report", &[10, 85, 142]), NONE, NONE]),
    ("uplink_rim_information_transfer", [("ngap.uplink_rim_information_transfer", &[]), NONE, NONE]),
    ("downlink_rim_information_transfer", [("ngap.downlink_rim_information_transfer", &[]), NONE, NONE]),
    ("retrieve_ue_information", [("ngap.retrieve_ue_information", &[26]), NONE, NONE]),
    ("ue_information_transfer", [("ngap.ue_information_transfer", &[26]), NONE, NONE]),
    ("ran_cp_relocation_indication", [("ngap.ran_cp_relocation_indication", &[85, 26, 25, 213, 211]), NONE, NONE]),
    (
        "ue_context_resume",
        [
            ("ngap.ue_context_resume_request", &[10, 85, 237]),
            ("ngap.ue_context_resume_response", &[10, 85]),
            ("ngap.ue_context_resume_failure", &[10, 85, 15]),
        ],
    ),
    (
        "ue_context_suspend",
        [
            ("ngap.ue_context_suspend_request", &[10, 85]),
            ("ngap.ue_context_suspend_response", &[10, 85]),
            ("ngap.ue_context_suspend_failure", &[10, 85, 15]),
        ],
    ),
    (
        "ue_radio_capability_id_mapping",
        [
            ("ngap.ue_radio_capability_id_mapping_request", &[264]),
            ("ngap.ue_radio_capability_id_mapping_response", &[264, 117]),
            NONE,
        ],
    ),
    ("handover_success", [("ngap.handover_success", &[10, 85]), NONE, NONE]),
    ("uplink_ran_early_status_transfer", [("ngap.uplink_ran_early_status_transfer", &[10, 85, 268]), NONE, NONE]),
    ("downlink_ran_early_status_transfer", [("ngap.downlink_ran_early_status_transfer", &[10, 85, 268]), NONE, NONE]),
    ("amf_cp_relocation_indication", [("ngap.amf_cp_relocation_indication", &[10, 85]), NONE, NONE]),
    ("connection_establishment_indication", [("ngap.connection_establishment_indication", &[10, 85]), NONE, NONE]),
    (
        "broadcast_session_modification",
        [
            ("ngap.broadcast_session_modification_request", &[299]),
            ("ngap.broadcast_session_modification_response", &[299]),
            ("ngap.broadcast_session_modification_failure", &[299, 15]),
        ],
    ),
    (
        "broadcast_session_release",
        [
            ("ngap.broadcast_session_release_request", &[299, 15]),
            ("ngap.broadcast_session_release_response", &[299]),
            NONE,
        ],
    ),
    (
        "broadcast_session_setup",
        [
            ("ngap.broadcast_session_setup_request", &[299, 148, 298, 315]),
            ("ngap.broadcast_session_setup_response", &[299]),
            ("ngap.broadcast_session_setup_failure", &[299, 15]),
        ],
    ),
    (
        "distribution_setup",
        [
            ("ngap.distribution_setup_request", &[299, 301]),
            ("ngap.distribution_setup_response", &[299, 302]),
            ("ngap.distribution_setup_failure", &[299, 303, 15]),
        ],
    ),
    (
        "distribution_release",
        [("ngap.distribution_release_request", &[299, 300, 15]), ("ngap.distribution_release_response", &[299]), NONE],
    ),
    (
        "multicast_session_activation",
        [
            ("ngap.multicast_session_activation_request", &[299, 304]),
            ("ngap.multicast_session_activation_response", &[299]),
            ("ngap.multicast_session_activation_failure", &[299, 15]),
        ],
    ),
    (
        "multicast_session_deactivation",
        [
            ("ngap.multicast_session_deactivation_request", &[299, 305]),
            ("ngap.multicast_session_deactivation_response", &[299]),
            NONE,
        ],
    ),
    (
        "multicast_session_update",
        [
            ("ngap.multicast_session_update_request", &[299, 306]),
            ("ngap.multicast_session_update_response", &[299]),
            ("ngap.multicast_session_update_failure", &[299, 15]),
        ],
    ),
    ("multicast_group_paging", [("ngap.multicast_group_paging", &[299, 307]), NONE, NONE]),
    ("broadcast_session_release_required", [("ngap.broadcast_session_release_required", &[299, 15]), NONE, NONE]),
    (
        "timing_synchronisation_status",
        [
            ("ngap.timing_synchronisation_status_request", &[89, 388]),
            ("ngap.timing_synchronisation_status_response", &[89]),
            ("ngap.timing_synchronisation_status_failure", &[89, 15]),
        ],
    ),
    (
        "timing_synchronisation_status_report",
        [("ngap.timing_synchronisation_status_report", &[89, 387, 389]), NONE, NONE],
    ),
    (
        "mt_communication_handling",
        [
            ("ngap.mt_communication_handling_request", &[10, 85, 406, 431]),
            ("ngap.mt_communication_handling_response", &[10, 85]),
            ("ngap.mt_communication_handling_failure", &[10, 85, 15]),
        ],
    ),
    ("ran_paging_request", [("ngap.ran_paging_request", &[10, 85]), NONE, NONE]),
    (
        "broadcast_session_transport",
        [
            ("ngap.broadcast_session_transport_request", &[299, 418]),
            ("ngap.broadcast_session_transport_response", &[299, 419]),
            ("ngap.broadcast_session_transport_failure", &[299, 417, 15]),
        ],
    ),
    (
        "ng_removal",
        [("ngap.ng_removal_request", &[27]), ("ngap.ng_removal_response", &[1]), ("ngap.ng_removal_failure", &[15])],
    ),
    (
        "inventory_request",
        [
            ("ngap.inventory_request", &[467, 466, 456]),
            ("ngap.inventory_response", &[467, 466, 457]),
            ("ngap.inventory_failure", &[467, 466, 458, 15]),
        ],
    ),
    ("inventory_report", [("ngap.inventory_report", &[467, 466, 459]), NONE, NONE]),
    (
        "command_request",
        [
            ("ngap.command_request", &[467, 466, 472, 460]),
            ("ngap.command_response", &[467, 466, 472, 461]),
            ("ngap.command_failure", &[467, 466, 472, 462, 15]),
        ],
    ),
    (
        "aiot_session_release",
        [
            ("ngap.aiot_session_release_command", &[467, 466, 463]),
            ("ngap.aiot_session_release_complete", &[467, 466, 464]),
            NONE,
        ],
    ),
    ("aiot_session_release_request", [("ngap.aiot_session_release_request", &[467, 466, 465]), NONE, NONE]),
];

/// The name of a mandatory IE.
pub(super) fn ie_name(id: u16) -> Option<&'static str> {
    let at = IES.binary_search_by_key(&id, |(known, _)| *known).ok()?;
    IES.get(at).map(|(_, name)| *name)
}

static IES: [(u16, &str); 101] = [
    (0, "allowed_nssai"),
    (1, "amf_name"),
    (3, "amf_set_id"),
    (10, "amf_ue_ngap_id"),
    (15, "cause"),
    (16, "cell_id_list_for_restart"),
    (21, "default_paging_drx"),
    (25, "eutra_cgi"),
    (26, "5g_s_tmsi"),
    (27, "global_ran_node_id"),
    (28, "guami"),
    (29, "handover_type"),
    (30, "ims_voice_support_indicator"),
    (33, "location_reporting_request_type"),
    (35, "message_identifier"),
    (38, "nas_pdu"),
    (42, "ngap_message"),
    (43, "ngran_cgi"),
    (44, "ngran_trace_id"),
    (46, "nrppa_pdu"),
    (47, "number_of_broadcasts_requested"),
    (53, "pdu_session_resource_admitted_list"),
    (61, "pdu_session_resource_list_ho_rqd"),
    (63, "pdu_session_resource_modify_list_mod_ind"),
    (64, "pdu_session_resource_modify_list_mod_req"),
    (69, "pdu_session_resource_released_list_ps_fail"),
    (70, "pdu_session_resource_released_list_rel_res"),
    (73, "pdu_session_resource_setup_list_ho_req"),
    (74, "pdu_session_resource_setup_list_su_req"),
    (76, "pdu_session_resource_to_be_switched_dl_list"),
    (77, "pdu_session_resource_switched_list"),
    (79, "pdu_session_resource_to_release_list_rel_cmd"),
    (80, "plmn_support_list"),
    (81, "pws_failed_cell_id_list"),
    (84, "ran_status_transfer_transparent_container"),
    (85, "ran_ue_ngap_id"),
    (86, "relative_amf_capacity"),
    (87, "repetition_period"),
    (88, "reset_type"),
    (89, "routing_id"),
    (90, "rrc_establishment_cause"),
    (92, "rrc_state"),
    (93, "security_context"),
    (94, "security_key"),
    (95, "serial_number"),
    (96, "served_guami_list"),
    (100, "source_amf_ue_ngap_id"),
    (101, "source_to_target_transparent_container"),
    (102, "supported_ta_list"),
    (103, "tai_list_for_paging"),
    (104, "tai_list_for_restart"),
    (105, "target_id"),
    (106, "target_to_source_transparent_container"),
    (108, "trace_activation"),
    (109, "trace_collection_entity_ip_address"),
    (110, "ue_aggregate_maximum_bit_rate"),
    (114, "ue_ngap_ids"),
    (115, "ue_paging_identity"),
    (117, "ue_radio_capability"),
    (119, "ue_security_capabilities"),
    (120, "unavailable_guami_list"),
    (121, "user_location_information"),
    (142, "pdu_session_resource_secondary_rat_usage_list"),
    (148, "s_nssai"),
    (211, "ul_cp_security_information"),
    (213, "tai"),
    (237, "rrc_resume_cause"),
    (264, "ue_radio_capability_id"),
    (268, "early_status_transfer_transparent_container"),
    (298, "mbs_service_area"),
    (299, "mbs_session_id"),
    (300, "mbs_distribution_release_request_transfer"),
    (301, "mbs_distribution_setup_request_transfer"),
    (302, "mbs_distribution_setup_response_transfer"),
    (303, "mbs_distribution_setup_unsuccessful_transfer"),
    (304, "multicast_session_activation_request_transfer"),
    (305, "multicast_session_deactivation_request_transfer"),
    (306, "multicast_session_update_request_transfer"),
    (307, "multicast_group_paging_area_list"),
    (315, "mbs_session_setup_request_transfer"),
    (387, "ran_timing_synchronisation_status_info"),
    (388, "ran_tss_request_type"),
    (389, "ran_tss_scope"),
    (406, "5gc_action"),
    (417, "broadcast_transport_failure_transfer"),
    (418, "broadcast_transport_request_transfer"),
    (419, "broadcast_transport_response_transfer"),
    (431, "pdu_session_list_mt_comm_h_req"),
    (456, "inventory_request_transfer"),
    (457, "inventory_response_transfer"),
    (458, "inventory_failure_transfer"),
    (459, "inventory_report_transfer"),
    (460, "command_request_transfer"),
    (461, "command_response_transfer"),
    (462, "command_failure_transfer"),
    (463, "aiot_session_release_command_transfer"),
    (464, "aiot_session_release_complete_transfer"),
    (465, "aiot_session_release_request_transfer"),
    (466, "aiot_correlation_identifier"),
    (467, "aiot_f_identifier"),
    (472, "ran_aiot_device_ngap_id"),
];
