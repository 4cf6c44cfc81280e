//! Names of CIP's services and statuses: volume 1, appendices A and B, and Logix 5000 Data Access (1756-PM020).

/// A service; its operation is empty when nobody but the vendor knows.
pub use crate::app::ot::Function as Service;
use crate::app::ot::function as named;

pub const UNCONNECTED_SEND: Service = named("cip.unconnected_send", "unconnected_send", "session");
pub const MULTIPLE_SERVICE_PACKET: Service = named("cip.multiple_service_packet", "multiple_service_packet", "read");
pub const FORWARD_OPEN: Service = named("cip.forward_open", "forward_open", "session");
pub const LARGE_FORWARD_OPEN: Service = named("cip.large_forward_open", "large_forward_open", "session");
pub const EXECUTE_PCCC: Service = named("cip.execute_pccc", "execute_pccc", "control");
pub const RESET: Service = named("cip.reset", "reset", "control");
pub const SET_ATTRIBUTE_SINGLE: Service = named("cip.set_attribute_single", "set_attribute_single", "write");
pub const READ_TAG: Service = named("cip.read_tag", "read_tag", "read");
pub const WRITE_TAG: Service = named("cip.write_tag", "write_tag", "write");
pub const READ_MODIFY_WRITE_TAG: Service = named("cip.read_modify_write_tag", "read_modify_write_tag", "write");
pub const WRITE_TAG_FRAGMENTED: Service = named("cip.write_tag_fragmented", "write_tag_fragmented", "write");

const CONNECTION_MANAGER: u32 = 0x06;
const FILE: u32 = 0x37;
const PCCC: u32 = 0x67;
const TEMPLATE: u32 = 0x6c;
const SYMBOL: u32 = 0x6b;
const NON_VOLATILE_STORAGE: u32 = 0xa1;

pub fn service(class: Option<u32>, code: u8) -> Service {
    if let Some(common) = common(code) {
        return common;
    }
    let of_class = match class {
        None | Some(SYMBOL) => tag(code),
        Some(CONNECTION_MANAGER) => connection_manager(code),
        Some(FILE) => file(code),
        Some(PCCC) => (code == 0x4b).then_some(EXECUTE_PCCC),
        Some(TEMPLATE) => (code == 0x4c).then_some(named("cip.read_template", "read_template", "read")),
        Some(NON_VOLATILE_STORAGE) => storage(code),
        Some(_) => None,
    };
    of_class.unwrap_or(match code {
        0x32..=0x4a => named("cip.vendor_specific_service", "vendor_specific_service", ""),
        0x4b..=0x63 => named("cip.object_specific_service", "object_specific_service", ""),
        _ => named("cip.reserved_service", "reserved_service", ""),
    })
}

/// Volume 1, A-3.
fn common(code: u8) -> Option<Service> {
    Some(match code {
        0x01 => named("cip.get_attributes_all", "get_attributes_all", "read"),
        0x02 => named("cip.set_attributes_all", "set_attributes_all", "write"),
        0x03 => named("cip.get_attribute_list", "get_attribute_list", "read"),
        0x04 => named("cip.set_attribute_list", "set_attribute_list", "write"),
        0x05 => RESET,
        0x06 => named("cip.start", "start", "mode"),
        0x07 => named("cip.stop", "stop", "mode"),
        0x08 => named("cip.create", "create", "program"),
        0x09 => named("cip.delete", "delete", "program"),
        0x0a => MULTIPLE_SERVICE_PACKET,
        0x0d => named("cip.apply_attributes", "apply_attributes", "write"),
        0x0e => named("cip.get_attribute_single", "get_attribute_single", "read"),
        0x10 => SET_ATTRIBUTE_SINGLE,
        0x11 => named("cip.find_next_object_instance", "find_next_object_instance", "discover"),
        0x15 => named("cip.restore", "restore", "program"),
        0x16 => named("cip.save", "save", "program"),
        0x17 => named("cip.no_operation", "no_operation", "diagnose"),
        0x18 => named("cip.get_member", "get_member", "read"),
        0x19 => named("cip.set_member", "set_member", "write"),
        0x1a => named("cip.insert_member", "insert_member", "write"),
        0x1b => named("cip.remove_member", "remove_member", "write"),
        0x1c => named("cip.group_sync", "group_sync", "diagnose"),
        _ => return None,
    })
}

/// Services of Logix controllers on tags.
fn tag(code: u8) -> Option<Service> {
    Some(match code {
        0x4c => READ_TAG,
        0x4d => WRITE_TAG,
        0x4e => READ_MODIFY_WRITE_TAG,
        0x52 => named("cip.read_tag_fragmented", "read_tag_fragmented", "read"),
        0x53 => WRITE_TAG_FRAGMENTED,
        0x55 => named("cip.get_instance_attribute_list", "get_instance_attribute_list", "discover"),
        _ => return None,
    })
}

/// Volume 1, 3-5.5.
fn connection_manager(code: u8) -> Option<Service> {
    Some(match code {
        0x4e => named("cip.forward_close", "forward_close", "session"),
        0x52 => UNCONNECTED_SEND,
        0x54 => FORWARD_OPEN,
        0x56 => named("cip.get_connection_data", "get_connection_data", "diagnose"),
        0x57 => named("cip.search_connection_data", "search_connection_data", "diagnose"),
        0x5a => named("cip.get_connection_owner", "get_connection_owner", "diagnose"),
        0x5b => LARGE_FORWARD_OPEN,
        _ => return None,
    })
}

/// Volume 1, 5-42: firmware and EDS files among others.
fn file(code: u8) -> Option<Service> {
    Some(match code {
        0x4b => named("cip.initiate_upload", "initiate_upload", "program"),
        0x4c => named("cip.initiate_download", "initiate_download", "program"),
        0x4d => named("cip.initiate_partial_read", "initiate_partial_read", "program"),
        0x4e => named("cip.initiate_partial_write", "initiate_partial_write", "program"),
        0x4f => named("cip.upload_transfer", "upload_transfer", "program"),
        0x50 => named("cip.download_transfer", "download_transfer", "program"),
        0x51 => named("cip.clear_file", "clear_file", "program"),
        _ => return None,
    })
}

/// Firmware of Rockwell's controllers is written to this object.
fn storage(code: u8) -> Option<Service> {
    Some(match code {
        0x4b => named("cip.nvs_update", "nvs_update", "program"),
        0x4d => named("cip.nvs_transfer", "nvs_transfer", "program"),
        _ => return None,
    })
}

/// General status codes, volume 1, appendix B.
pub fn status(code: u8) -> &'static str {
    match code {
        0x00 => "success",
        0x01 => "connection_failure",
        0x02 => "resource_unavailable",
        0x03 => "invalid_parameter_value",
        0x04 => "path_segment_error",
        0x05 => "path_destination_unknown",
        0x06 => "partial_transfer",
        0x07 => "connection_lost",
        0x08 => "service_not_supported",
        0x09 => "invalid_attribute_value",
        0x0a => "attribute_list_error",
        0x0b => "already_in_requested_mode",
        0x0c => "object_state_conflict",
        0x0d => "object_already_exists",
        0x0e => "attribute_not_settable",
        0x0f => "privilege_violation",
        0x10 => "device_state_conflict",
        0x11 => "reply_data_too_large",
        0x12 => "fragmentation_of_a_primitive_value",
        0x13 => "not_enough_data",
        0x14 => "attribute_not_supported",
        0x15 => "too_much_data",
        0x16 => "object_does_not_exist",
        0x17 => "service_fragmentation_sequence_not_in_progress",
        0x18 => "no_stored_attribute_data",
        0x19 => "store_operation_failure",
        0x1a => "routing_failure_request_too_large",
        0x1b => "routing_failure_response_too_large",
        0x1c => "missing_attribute_list_entry_data",
        0x1d => "invalid_attribute_value_list",
        0x1e => "embedded_service_error",
        0x1f => "vendor_specific_error",
        0x20 => "invalid_parameter",
        0x21 => "write_once_value_already_written",
        0x22 => "invalid_reply_received",
        0x25 => "key_failure_in_path",
        0x26 => "path_size_invalid",
        0x27 => "unexpected_attribute_in_list",
        0x28 => "invalid_member_id",
        0x29 => "member_not_settable",
        0x2c => "attribute_not_gettable",
        _ => "unknown",
    }
}

/// PCCC, the older protocol that CIP carries (1770-RM516, chapter 7): name and operation of a command.
pub fn pccc(command: u8, function: u8) -> (&'static str, &'static str) {
    match (command, function) {
        (0x00, _) => ("protected_write", "write"),
        (0x01, _) => ("unprotected_read", "read"),
        (0x02, _) => ("protected_bit_write", "write"),
        (0x05, _) => ("unprotected_bit_write", "write"),
        (0x08, _) => ("unprotected_write", "write"),
        (0x06, 0x00) => ("echo", "diagnose"),
        (0x06, 0x03) => ("diagnostic_status", "diagnose"),
        (0x06, _) => ("diagnose", "diagnose"),
        (0x07, 0x00) => ("disable_outputs", "control"),
        (0x07, 0x01) => ("enable_program", "mode"),
        (0x07, _) => ("privileged", "control"),
        (0x0f, 0x00) => ("word_range_write", "write"),
        (0x0f, 0x01) => ("word_range_read", "read"),
        (0x0f, 0x02) => ("bit_write", "write"),
        (0x0f, 0x07) => ("disable_forces", "control"),
        (0x0f, 0x11) => ("get_edit_resource", "program"),
        (0x0f, 0x12) => ("return_edit_resource", "program"),
        (0x0f, 0x17) => ("read_bytes_physical", "program"),
        (0x0f, 0x18) => ("write_bytes_physical", "program"),
        (0x0f, 0x26) => ("read_modify_write", "write"),
        (0x0f, 0x29) => ("read_section_size", "read"),
        (0x0f, 0x3a) => ("set_cpu_mode", "mode"),
        (0x0f, 0x41) => ("disable_forces", "control"),
        (0x0f, 0x50) => ("download_all_request", "program"),
        (0x0f, 0x52) => ("download_completed", "program"),
        (0x0f, 0x53) => ("upload_all_request", "program"),
        (0x0f, 0x55) => ("upload_completed", "program"),
        (0x0f, 0x57) => ("initialize_memory", "program"),
        (0x0f, 0x67) => ("typed_write", "write"),
        (0x0f, 0x68) => ("typed_read", "read"),
        (0x0f, 0x79) => ("read_modify_write_n", "write"),
        (0x0f, 0x80) => ("change_mode", "mode"),
        (0x0f, 0x81) => ("open_file", "program"),
        (0x0f, 0x82) => ("close_file", "program"),
        (0x0f, 0x8f) => ("apply_port_configuration", "program"),
        (0x0f, 0xa1 | 0xa2 | 0xa7) => ("protected_typed_read", "read"),
        (0x0f, 0xa9 | 0xaa | 0xaf) => ("protected_typed_write", "write"),
        (0x0f, 0xab) => ("protected_typed_write_with_mask", "write"),
        _ => ("unknown", "control"),
    }
}
