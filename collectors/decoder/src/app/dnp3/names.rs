//! Functions (4.4), internal indications (4.5), and codes of controls (11).

use super::super::ot::{Function, function as row};

pub fn function(code: u8) -> Function {
    match code {
        0 => row("dnp3.confirm", "confirm", "session"),
        1 => row("dnp3.read", "read", "read"),
        2 => row("dnp3.write", "write", "write"),
        3 => row("dnp3.select", "select", "control"),
        4 => row("dnp3.operate", "operate", "control"),
        5 => row("dnp3.direct_operate", "direct_operate", "control"),
        6 => row("dnp3.direct_operate_no_ack", "direct_operate_no_ack", "control"),
        7 => row("dnp3.immediate_freeze", "immediate_freeze", "control"),
        8 => row("dnp3.immediate_freeze_no_ack", "immediate_freeze_no_ack", "control"),
        9 => row("dnp3.freeze_clear", "freeze_clear", "control"),
        10 => row("dnp3.freeze_clear_no_ack", "freeze_clear_no_ack", "control"),
        11 => row("dnp3.freeze_at_time", "freeze_at_time", "control"),
        12 => row("dnp3.freeze_at_time_no_ack", "freeze_at_time_no_ack", "control"),
        13 => row("dnp3.cold_restart", "cold_restart", "mode"),
        14 => row("dnp3.warm_restart", "warm_restart", "mode"),
        15 => row("dnp3.initialize_data", "initialize_data", "program"),
        16 => row("dnp3.initialize_application", "initialize_application", "program"),
        17 => row("dnp3.start_application", "start_application", "mode"),
        18 => row("dnp3.stop_application", "stop_application", "mode"),
        19 => row("dnp3.save_configuration", "save_configuration", "program"),
        20 => row("dnp3.enable_unsolicited", "enable_unsolicited", "session"),
        21 => row("dnp3.disable_unsolicited", "disable_unsolicited", "session"),
        22 => row("dnp3.assign_class", "assign_class", "write"),
        23 => row("dnp3.delay_measurement", "delay_measurement", "diagnose"),
        24 => row("dnp3.record_current_time", "record_current_time", "write"),
        25 => row("dnp3.open_file", "open_file", "program"),
        26 => row("dnp3.close_file", "close_file", "program"),
        27 => row("dnp3.delete_file", "delete_file", "program"),
        28 => row("dnp3.get_file_information", "get_file_information", "discover"),
        29 => row("dnp3.authenticate_file", "authenticate_file", "session"),
        30 => row("dnp3.abort_file", "abort_file", "program"),
        31 => row("dnp3.activate_configuration", "activate_configuration", "program"),
        32 => row("dnp3.authentication_request", "authentication_request", "session"),
        33 => row("dnp3.authentication_request_no_ack", "authentication_request_no_ack", "session"),
        129 => row("dnp3.response", "response", "report"),
        130 => row("dnp3.unsolicited_response", "unsolicited_response", "report"),
        131 => row("dnp3.authentication_response", "authentication_response", "session"),
        _ => row("dnp3.other", "unknown", "control"),
    }
}

/// Whether a station answers this function.
pub fn is_answered(code: u8) -> bool {
    !matches!(code, 0 | 6 | 8 | 10 | 12 | 33)
}

/// Bits of the two octets, the first one's first.
const INDICATIONS: [(u16, &str); 14] = [
    (0x0100, "broadcast"),
    (0x0200, "class_1_events"),
    (0x0400, "class_2_events"),
    (0x0800, "class_3_events"),
    (0x1000, "need_time"),
    (0x2000, "local_control"),
    (0x4000, "device_trouble"),
    (0x8000, "device_restart"),
    (0x0001, "no_function_code_support"),
    (0x0002, "object_unknown"),
    (0x0004, "parameter_error"),
    (0x0008, "event_buffer_overflow"),
    (0x0010, "already_executing"),
    (0x0020, "configuration_corrupt"),
];

pub fn indications(bits: u16) -> impl Iterator<Item = &'static str> {
    INDICATIONS.into_iter().filter(move |(bit, _)| bits & bit != 0).map(|(_, name)| name)
}

/// Why a request was not done, by its response's indications.
pub fn refusal(bits: u16) -> Option<&'static str> {
    indications(bits & 0x0017 & !0x0008).next()
}

/// What a control relay output block does (A.8.1): the operation, and close or trip.
pub fn control(code: u8) -> &'static str {
    match (code & 0x0f, code >> 6) {
        (0, _) => "nul",
        (1, 0) => "pulse_on",
        (1, 1) => "pulse_on_close",
        (1, 2) => "pulse_on_trip",
        (2, 0) => "pulse_off",
        (2, 1) => "pulse_off_close",
        (2, 2) => "pulse_off_trip",
        (3, 0) => "latch_on",
        (3, 1) => "latch_on_close",
        (3, 2) => "latch_on_trip",
        (4, 0) => "latch_off",
        (4, 1) => "latch_off_close",
        (4, 2) => "latch_off_trip",
        _ => "unknown",
    }
}

/// How a control ended (11.5).
pub fn control_status(code: u8) -> &'static str {
    match code {
        0 => "success",
        1 => "timeout",
        2 => "no_select",
        3 => "format_error",
        4 => "not_supported",
        5 => "already_active",
        6 => "hardware_error",
        7 => "local",
        8 => "too_many_objects",
        9 => "not_authorized",
        10 => "automation_inhibit",
        11 => "processing_limited",
        12 => "out_of_range",
        126 => "non_participating",
        _ => "undefined",
    }
}
