//! Names of PFCP values, and which IEs a message must have, TS 29.244 clauses 7 and 8.

pub(super) fn named(table: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

pub(super) fn kind(message_type: u8) -> &'static str {
    named(&KINDS, message_type).unwrap_or("pfcp.unknown_message")
}

/// The IEs whose value is IEs (table 8.1.2-1), as far as a session needs them.
pub(super) fn is_grouped(id: u16) -> bool {
    matches!(id, 1..=18 | 51 | 54 | 58 | 59 | 68 | 77..=80 | 83 | 85..=87 | 99 | 102 | 105 | 118 | 127..=130 | 132 | 143)
}

/// The mandatory IEs of a message (tables of 7.4 and 7.5), with their names.
pub(super) fn mandatory(message_type: u8) -> &'static [(u16, &'static str)] {
    match message_type {
        1 | 2 => &[(96, "recovery_time_stamp")],
        5 => &[(60, "node_id"), (96, "recovery_time_stamp")],
        6 => &[(60, "node_id"), (19, "cause"), (96, "recovery_time_stamp")],
        7 | 9 | 14 => &[(60, "node_id")],
        8 | 10 | 13 | 15 | 51 => &[(60, "node_id"), (19, "cause")],
        12 => &[(60, "node_id"), (101, "node_report_type")],
        4 | 53 | 55 | 57 => &[(19, "cause")],
        50 => &[(60, "node_id"), (57, "f_seid"), (1, "create_pdr"), (3, "create_far")],
        56 => &[(39, "report_type")],
        _ => &[],
    }
}

/// The mandatory IEs of a grouped IE.
pub(super) fn mandatory_in(group: u16) -> &'static [(u16, &'static str)] {
    match group {
        1 => &[(56, "create_pdr.pdr_id"), (29, "create_pdr.precedence"), (2, "create_pdr.pdi")],
        2 => &[(20, "pdi.source_interface")],
        3 => &[(108, "create_far.far_id"), (44, "create_far.apply_action")],
        4 => &[(42, "forwarding_parameters.destination_interface")],
        5 => &[(42, "duplicating_parameters.destination_interface")],
        6 => &[(81, "create_urr.urr_id"), (62, "create_urr.measurement_method"), (37, "create_urr.reporting_triggers")],
        7 => &[(109, "create_qer.qer_id"), (25, "create_qer.gate_status")],
        8 => &[(56, "created_pdr.pdr_id")],
        9 => &[(56, "update_pdr.pdr_id")],
        10 => &[(108, "update_far.far_id")],
        13 => &[(81, "update_urr.urr_id")],
        14 => &[(109, "update_qer.qer_id")],
        15 => &[(56, "remove_pdr.pdr_id")],
        16 => &[(108, "remove_far.far_id")],
        17 => &[(81, "remove_urr.urr_id")],
        18 => &[(109, "remove_qer.qer_id")],
        78..=80 => &[(81, "usage_report.urr_id"), (104, "usage_report.ur_seqn"), (63, "usage_report.trigger")],
        85 => &[(88, "create_bar.bar_id")],
        99 => &[(21, "error_indication_report.f_teid")],
        102 => &[(103, "user_plane_path_failure_report.remote_gtp_u_peer")],
        _ => &[],
    }
}

/// Message types (table 7.3-1).
pub(super) const KINDS: [(u8, &str); 25] = [
    (1, "pfcp.heartbeat_request"),
    (2, "pfcp.heartbeat_response"),
    (3, "pfcp.pfd_management_request"),
    (4, "pfcp.pfd_management_response"),
    (5, "pfcp.association_setup_request"),
    (6, "pfcp.association_setup_response"),
    (7, "pfcp.association_update_request"),
    (8, "pfcp.association_update_response"),
    (9, "pfcp.association_release_request"),
    (10, "pfcp.association_release_response"),
    (11, "pfcp.version_not_supported_response"),
    (12, "pfcp.node_report_request"),
    (13, "pfcp.node_report_response"),
    (14, "pfcp.session_set_deletion_request"),
    (15, "pfcp.session_set_deletion_response"),
    (16, "pfcp.session_set_modification_request"),
    (17, "pfcp.session_set_modification_response"),
    (50, "pfcp.session_establishment_request"),
    (51, "pfcp.session_establishment_response"),
    (52, "pfcp.session_modification_request"),
    (53, "pfcp.session_modification_response"),
    (54, "pfcp.session_deletion_request"),
    (55, "pfcp.session_deletion_response"),
    (56, "pfcp.session_report_request"),
    (57, "pfcp.session_report_response"),
];

/// Causes (table 8.2.1-1).
pub(super) const CAUSES: [(u8, &str); 26] = [
    (1, "request_accepted"),
    (2, "more_usage_report_to_send"),
    (3, "request_partially_accepted"),
    (64, "request_rejected"),
    (65, "session_context_not_found"),
    (66, "mandatory_ie_missing"),
    (67, "conditional_ie_missing"),
    (68, "invalid_length"),
    (69, "mandatory_ie_incorrect"),
    (70, "invalid_forwarding_policy"),
    (71, "invalid_f_teid_allocation_option"),
    (72, "no_established_pfcp_association"),
    (73, "rule_creation_modification_failure"),
    (74, "pfcp_entity_in_congestion"),
    (75, "no_resources_available"),
    (76, "service_not_supported"),
    (77, "system_failure"),
    (78, "redirection_requested"),
    (79, "all_dynamic_addresses_are_occupied"),
    (80, "unknown_pre_defined_rule"),
    (81, "unknown_application_id"),
    (82, "l2tp_tunnel_establishment_failure"),
    (83, "l2tp_session_establishment_failure"),
    (84, "l2tp_tunnel_release"),
    (85, "l2tp_session_release"),
    (86, "session_restoration_failure_due_to_requested_resource_not_available"),
];

/// Flags of Apply Action (8.2.26), from bit 1 of octet 5.
pub(super) const APPLY_ACTIONS: [&str; 13] =
    ["drop", "forw", "buff", "nocp", "dupl", "ipma", "ipmd", "dfrt", "edrt", "bdpn", "ddpn", "fssm", "mbsu"];
/// Flags of Report Type (8.2.21), from bit 1.
pub(super) const REPORT_TYPES: [&str; 7] = ["dldr", "usar", "erir", "upir", "tmir", "sesr", "uisr"];
/// Source interfaces (8.2.2).
pub(super) const SOURCE_INTERFACES: [&str; 6] =
    ["access", "core", "sgi_lan_n6_lan", "cp_function", "5g_vn_internal", "sgi_n6_edge"];
/// Destination interfaces (8.2.24).
pub(super) const DESTINATION_INTERFACES: [&str; 6] =
    ["access", "core", "sgi_lan_n6_lan", "cp_function", "li_function", "5g_vn_internal"];
/// PDN types (8.2.79).
pub(super) const PDN_TYPES: [(u8, &str); 5] =
    [(1, "ipv4"), (2, "ipv6"), (3, "ipv4v6"), (4, "unstructured"), (5, "ethernet")];
/// Flags of Reporting Triggers (8.2.19), from bit 1 of octet 5.
pub(super) const REPORTING_TRIGGERS: [&str; 18] = [
    "perio", "volth", "timth", "quhti", "start", "stopt", "droth", "liusa", "volqu", "timqu", "envcl", "macar",
    "eveth", "evequ", "ipmjl", "quvti", "reemr", "upint",
];
/// Flags of Usage Report Trigger (8.2.41), from bit 1 of octet 5.
pub(super) const USAGE_TRIGGERS: [&str; 22] = [
    "perio", "volth", "timth", "quhti", "start", "stopt", "droth", "immer", "volqu", "timqu", "liusa", "termr",
    "monit", "envcl", "macar", "eveth", "evequ", "tebur", "ipmjl", "quvti", "emrre", "upint",
];
/// Flags of Measurement Method (8.2.40), from bit 1.
pub(super) const MEASUREMENT_METHODS: [&str; 3] = ["duration", "volume", "event"];
/// Flags of Node Report Type (8.2.69), from bit 1.
pub(super) const NODE_REPORTS: [&str; 5] = ["upfr", "uprr", "ckdr", "gpqr", "purr"];
/// Rule types of Failed Rule ID (8.2.80).
pub(super) const RULES: [&str; 5] = ["pdr", "far", "qer", "urr", "bar"];
