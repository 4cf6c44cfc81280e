//! GTP-C of versions 0 (GSM 09.60), 1 (TS 29.060) and 2 (TS 29.274), and GTP' (TS 32.295): a 5G core has none, so that there is any is
//! what matters. The header is read, IEs are not.

use crate::gtpu::nested;
use crate::identifiers::hex_id;
use crate::message::{Message, Value};
use crate::octets::{u8_at, u16_at, u32_at};

/// The message of a datagram; one of another form is `gtpc.malformed`, and an empty one is nothing.
pub fn decode(payload: &[u8]) -> Option<Message> {
    let flags = u8_at(payload, 0)?;
    let Some((message_type, teid)) = nested(payload, 0).or_else(|| oldest(payload)) else {
        return Some(Message::malformed("gtpc.malformed", "not a GTP message that fills the datagram", 0, payload));
    };
    let (version, of_charging) = (flags >> 5, flags & 0x10 == 0 && flags >> 5 < 2);
    let mut message = Message::new(kind(version, message_type));
    let fields = &mut message.fields;
    fields.add("fiveg.gtpc.version", Value::U64(if of_charging { 0 } else { version.into() }));
    fields.add("fiveg.gtpc.message_type", Value::U64(message_type.into()));
    if let Some(teid) = teid {
        fields.add("fiveg.gtpc.teid", hex_id(teid.into(), 8));
    }
    if let Some(sequence) = sequence(payload, flags, teid.is_some()) {
        fields.add("fiveg.gtpc.sequence", Value::U64(sequence));
    }
    Some(message)
}

/// Version 0 (GSM 09.60, 6): 20 octets in front of what its length counts, and no TEID.
fn oldest(payload: &[u8]) -> Option<(u8, Option<u32>)> {
    let length = usize::from(u16_at(payload, 2)?) + 20;
    let whole = u8_at(payload, 0)? >> 4 == 1 && length == payload.len();
    whole.then_some((u8_at(payload, 1)?, None))
}

/// Version 2 has three octets, behind a TEID if there is one; GTP' has two behind the length; version 1 has them if it says so.
fn sequence(payload: &[u8], flags: u8, teid: bool) -> Option<u64> {
    match flags >> 5 {
        0 => u16_at(payload, 4).map(u64::from),
        2 => u32_at(payload, if teid { 8 } else { 4 }).map(|word| u64::from(word >> 8)),
        _ if flags & 0x10 == 0 => u16_at(payload, 4).map(u64::from),
        _ if flags & 0x02 != 0 => u16_at(payload, 8).map(u64::from),
        _ => None,
    }
}

fn kind(version: u8, message_type: u8) -> &'static str {
    let table: &[(u8, &'static str)] = if version == 2 { &SECOND } else { &FIRST };
    let found = table.iter().find(|(known, _)| *known == message_type);
    found.map_or("gtpc.unknown_message", |(_, name)| name)
}

/// Message types of version 1 (TS 29.060, table 1) and of GTP' (TS 32.295, table 3).
const FIRST: [(u8, &str); 35] = [
    (1, "gtpc.echo_request"),
    (2, "gtpc.echo_response"),
    (3, "gtpc.version_not_supported"),
    (4, "gtpc.node_alive_request"),
    (5, "gtpc.node_alive_response"),
    (6, "gtpc.redirection_request"),
    (7, "gtpc.redirection_response"),
    (16, "gtpc.create_pdp_context_request"),
    (17, "gtpc.create_pdp_context_response"),
    (18, "gtpc.update_pdp_context_request"),
    (19, "gtpc.update_pdp_context_response"),
    (20, "gtpc.delete_pdp_context_request"),
    (21, "gtpc.delete_pdp_context_response"),
    (22, "gtpc.initiate_pdp_context_activation_request"),
    (23, "gtpc.initiate_pdp_context_activation_response"),
    (26, "gtpc.error_indication"),
    (27, "gtpc.pdu_notification_request"),
    (28, "gtpc.pdu_notification_response"),
    (29, "gtpc.pdu_notification_reject_request"),
    (30, "gtpc.pdu_notification_reject_response"),
    (31, "gtpc.supported_extension_headers_notification"),
    (48, "gtpc.identification_request"),
    (49, "gtpc.identification_response"),
    (50, "gtpc.sgsn_context_request"),
    (51, "gtpc.sgsn_context_response"),
    (52, "gtpc.sgsn_context_acknowledge"),
    (53, "gtpc.forward_relocation_request"),
    (54, "gtpc.forward_relocation_response"),
    (55, "gtpc.forward_relocation_complete"),
    (56, "gtpc.relocation_cancel_request"),
    (57, "gtpc.relocation_cancel_response"),
    (60, "gtpc.forward_relocation_complete_acknowledge"),
    (70, "gtpc.ran_information_relay"),
    (240, "gtpc.data_record_transfer_request"),
    (241, "gtpc.data_record_transfer_response"),
];

/// Message types of version 2 (TS 29.274, table 6.1-1).
const SECOND: [(u8, &str); 54] = [
    (1, "gtpc.echo_request"),
    (2, "gtpc.echo_response"),
    (3, "gtpc.version_not_supported"),
    (32, "gtpc.create_session_request"),
    (33, "gtpc.create_session_response"),
    (34, "gtpc.modify_bearer_request"),
    (35, "gtpc.modify_bearer_response"),
    (36, "gtpc.delete_session_request"),
    (37, "gtpc.delete_session_response"),
    (38, "gtpc.change_notification_request"),
    (39, "gtpc.change_notification_response"),
    (64, "gtpc.modify_bearer_command"),
    (65, "gtpc.modify_bearer_failure_indication"),
    (66, "gtpc.delete_bearer_command"),
    (67, "gtpc.delete_bearer_failure_indication"),
    (68, "gtpc.bearer_resource_command"),
    (69, "gtpc.bearer_resource_failure_indication"),
    (70, "gtpc.downlink_data_notification_failure_indication"),
    (71, "gtpc.trace_session_activation"),
    (72, "gtpc.trace_session_deactivation"),
    (73, "gtpc.stop_paging_indication"),
    (95, "gtpc.create_bearer_request"),
    (96, "gtpc.create_bearer_response"),
    (97, "gtpc.update_bearer_request"),
    (98, "gtpc.update_bearer_response"),
    (99, "gtpc.delete_bearer_request"),
    (100, "gtpc.delete_bearer_response"),
    (101, "gtpc.delete_pdn_connection_set_request"),
    (102, "gtpc.delete_pdn_connection_set_response"),
    (128, "gtpc.identification_request"),
    (129, "gtpc.identification_response"),
    (130, "gtpc.context_request"),
    (131, "gtpc.context_response"),
    (132, "gtpc.context_acknowledge"),
    (133, "gtpc.forward_relocation_request"),
    (134, "gtpc.forward_relocation_response"),
    (149, "gtpc.detach_notification"),
    (150, "gtpc.detach_acknowledge"),
    (162, "gtpc.suspend_notification"),
    (163, "gtpc.suspend_acknowledge"),
    (164, "gtpc.resume_notification"),
    (165, "gtpc.resume_acknowledge"),
    (166, "gtpc.create_indirect_data_forwarding_tunnel_request"),
    (167, "gtpc.create_indirect_data_forwarding_tunnel_response"),
    (168, "gtpc.delete_indirect_data_forwarding_tunnel_request"),
    (169, "gtpc.delete_indirect_data_forwarding_tunnel_response"),
    (170, "gtpc.release_access_bearers_request"),
    (171, "gtpc.release_access_bearers_response"),
    (176, "gtpc.downlink_data_notification"),
    (177, "gtpc.downlink_data_notification_acknowledge"),
    (179, "gtpc.pgw_restart_notification"),
    (180, "gtpc.pgw_restart_notification_acknowledge"),
    (211, "gtpc.modify_access_bearers_request"),
    (212, "gtpc.modify_access_bearers_response"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(payload: &[u8]) -> (&'static str, Vec<String>) {
        let message = decode(payload).expect("a message");
        let names = ["version", "message_type", "teid", "sequence"];
        let field = |name: &&str| message.fields.get(&format!("fiveg.gtpc.{name}")).map(Value::to_string);
        (message.kind, names.iter().map(|name| field(name).unwrap_or_default()).collect())
    }

    #[test]
    fn all_versions_are_told() {
        let first = [0x32, 16, 0, 4, 0, 0, 0, 9, 0, 5, 0, 0];
        assert_eq!(
            shown(&first),
            ("gtpc.create_pdp_context_request", ["1", "16", "0x00000009", "5"].map(str::to_owned).to_vec())
        );
        let second = [0x48, 32, 0, 8, 0, 0, 0, 9, 0, 0, 6, 0];
        assert_eq!(
            shown(&second),
            ("gtpc.create_session_request", ["2", "32", "0x00000009", "6"].map(str::to_owned).to_vec())
        );
        let oldest = [&[0x1e, 1, 0, 0, 0, 3][..], &[0; 14]].concat();
        assert_eq!(shown(&oldest), ("gtpc.echo_request", ["0", "1", "", "3"].map(str::to_owned).to_vec()));
        let charging = [0x0e, 240, 0, 2, 0, 7, 1, 1];
        assert_eq!(shown(&charging).0, "gtpc.malformed"); // version 0 has a longer header
        let charging = [0x2e, 240, 0, 2, 0, 7, 1, 1];
        assert_eq!(
            shown(&charging),
            ("gtpc.data_record_transfer_request", ["0", "240", "", "7"].map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn junk_on_the_port_is_malformed() {
        assert_eq!(shown(b"junk").0, "gtpc.malformed");
        assert!(decode(b"").is_none());
    }
}
