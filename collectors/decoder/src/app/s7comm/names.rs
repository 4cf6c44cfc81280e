//! Numbers of S7comm and what they are called.

use super::super::ot::{Function, function};

/// The first octet of a called TSAP.
pub fn connection(resource: u8) -> &'static str {
    match resource {
        1 => "pg",
        2 => "op",
        3 => "s7_basic",
        0x10..=0xdf => "s7",
        _ => "other",
    }
}

/// Functions of jobs and their acknowledgements.
pub fn job(code: u8) -> Function {
    match code {
        0x00 => function("s7comm.cpu_services", "cpu_services", "diagnose"),
        0x04 => function("s7comm.read_var", "read_var", "read"),
        0x05 => function("s7comm.write_var", "write_var", "write"),
        0x1a => function("s7comm.request_download", "request_download", "program"),
        0x1b => function("s7comm.download_block", "download_block", "program"),
        0x1c => function("s7comm.download_ended", "download_ended", "program"),
        0x1d => function("s7comm.start_upload", "start_upload", "program"),
        0x1e => function("s7comm.upload", "upload", "program"),
        0x1f => function("s7comm.end_upload", "end_upload", "program"),
        0x28 => function("s7comm.plc_control", "plc_control", "control"),
        0x29 => function("s7comm.plc_stop", "plc_stop", "mode"),
        0xf0 => function("s7comm.setup_communication", "setup_communication", "session"),
        _ => function("s7comm.other", "unknown", "control"),
    }
}

/// What a PI service does to the PLC: start it, change its program, or something else.
pub fn pi_operation(service: &[u8]) -> &'static str {
    match service {
        b"P_PROGRAM" => "mode",
        b"_INSE" | b"_INS2" | b"_DELE" | b"_MODU" | b"_GARB" | b"_N_DELE" => "program",
        _ => "control",
    }
}

const USERDATA: &str = "s7comm.userdata";

/// Group of a userdata function, by the low half of its octet.
pub fn group(group: u8) -> &'static str {
    match group {
        0 => "mode_transition",
        1 => "programmer_commands",
        2 => "cyclic_services",
        3 => "block_functions",
        4 => "cpu_functions",
        5 => "security",
        6 => "pbc",
        7 => "time_functions",
        0xf => "nc_programming",
        _ => "unknown",
    }
}

/// A userdata function by group and sub-function.
pub fn userdata(group: u8, sub: u8) -> Function {
    let (name, operation) = match (group, sub) {
        (0, 0) => ("stop_transition", "mode"),
        (0, 1) => ("warm_restart_transition", "mode"),
        (0, 2) => ("run_transition", "mode"),
        (0, 3) => ("hot_restart_transition", "mode"),
        (0, _) => ("mode_transition", "mode"),
        (1, 0x01 | 0x13) => ("request_diagnostic_data", "diagnose"),
        (1, 0x02) => ("variable_table", "read"),
        (1, 0x03) => ("modify_variable", "write"),
        (1, 0x0c) => ("erase", "program"),
        (1, 0x0e) => ("read_diagnostic_data", "diagnose"),
        (1, 0x0f) => ("remove_diagnostic_data", "diagnose"),
        (1, 0x10) => ("forces", "control"),
        (1, _) => ("programmer_command", "diagnose"),
        (2, 0x01) => ("cyclic_read", "read"),
        (2, 0x04) => ("cyclic_unsubscribe", "session"),
        (2, 0x05) => ("change_driven_read", "read"),
        (2, _) => ("cyclic_service", "read"),
        (3, 0x01) => ("list_blocks", "discover"),
        (3, 0x02) => ("list_blocks_of_type", "discover"),
        (3, 0x03) => ("get_block_info", "discover"),
        (3, _) => ("block_function", "discover"),
        (4, 0x01) => ("read_szl", "discover"),
        (4, 0x02) => ("message_service", "session"),
        (4, 0x03) => ("diagnostic_message", "report"),
        (4, 0x0b | 0x0c) => ("alarm_acknowledge", "control"),
        (4, 0x07 | 0x08 | 0x0d | 0x0e) => ("alarm_lock", "control"),
        (4, 0x13) => ("alarm_query", "read"),
        (4, _) => ("alarm_indication", "report"),
        (5, 0x01) => ("plc_password", "session"),
        (5, 0x02) => ("clear_password", "session"),
        (5, _) => ("security", "session"),
        (6, _) => ("bsend", "write"),
        (7, 0x01 | 0x03) => ("read_clock", "read"),
        (7, 0x02 | 0x04) => ("set_clock", "write"),
        (7, _) => ("time_function", "control"),
        (0xf, 0x01) => ("nc_request_download", "program"),
        (0xf, 0x02 | 0x03) => ("nc_download", "program"),
        (0xf, 0x06..=0x09) => ("nc_upload", "program"),
        (0xf, _) => ("nc_programming", "program"),
        _ => ("unknown", "control"),
    };
    function(USERDATA, name, operation)
}

/// Return code of an item.
pub fn returned(code: u8) -> &'static str {
    match code {
        0xff => "success",
        0x00 => "reserved",
        0x01 => "hardware_error",
        0x03 => "access_not_allowed",
        0x05 => "invalid_address",
        0x06 => "data_type_not_supported",
        0x07 => "data_type_inconsistent",
        0x0a => "object_does_not_exist",
        _ => "unknown_error",
    }
}

/// Class of an error in an acknowledgement.
pub fn error_class(class: u8) -> &'static str {
    match class {
        0x00 => "success",
        0x81 => "application_relationship",
        0x82 => "object_definition",
        0x83 => "no_resources",
        0x84 => "service_processing",
        0x85 => "supplies",
        0x87 => "access",
        _ => "unknown_error",
    }
}

/// Error of a userdata response, or class and code of an acknowledgement, where its meaning is known.
pub fn error(code: u16) -> Option<&'static str> {
    Some(match code {
        0x0000 => "success",
        0x8104 => "function_not_implemented",
        0x8500 => "wrong_pdu_size",
        0xd209 => "block_does_not_exist",
        0xd20e => "no_block_available",
        0xd210 => "block_number_too_large",
        0xd240 => "coordination_rules_violated",
        0xd241 => "protection_level_too_low",
        0xd401 => "invalid_szl_id",
        0xd402 => "invalid_szl_index",
        0xd602 => "wrong_password",
        _ => return None,
    })
}

/// Type of a block by the two characters of its file name.
pub fn block(code: &[u8]) -> Option<&'static str> {
    Some(match code {
        b"00" | b"08" => "OB",
        b"0A" => "DB",
        b"0B" => "SDB",
        b"0C" => "FC",
        b"0D" => "SFC",
        b"0E" => "FB",
        b"0F" => "SFB",
        _ => return None,
    })
}

/// Areas of memory: their name, and the letter of an address there.
pub fn area(code: u8) -> (&'static str, &'static str) {
    match code {
        0x1c | 0x1e => ("counter", "C"),
        0x1d | 0x1f => ("timer", "T"),
        0x80 => ("peripheral", "P"),
        0x81 => ("inputs", "I"),
        0x82 => ("outputs", "Q"),
        0x83 => ("flags", "M"),
        0x84 => ("data_block", "DB"),
        0x85 => ("instance_data_block", "DI"),
        0x86 => ("local", "L"),
        0x87 => ("local_of_caller", "V"),
        0x03 => ("system_info", "SI"),
        0x05 => ("system_flags", "SM"),
        0x06 => ("analog_inputs", "AI"),
        0x07 => ("analog_outputs", "AQ"),
        _ => ("unknown", "?"),
    }
}
