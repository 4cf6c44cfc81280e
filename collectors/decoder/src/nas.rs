//! NAS-5GS, TS 24.501: 5GMM and 5GSM messages, as NGAP carries them.
//!
//! Theory of operation: the security header is read here, and what it protects is decoded when it is readable, which
//! it is with the null cipher; else the message is `nas.protected`. `oxirush-nas` reads the IEs of a plain message.
//! A message that carries another (a transport, a container) is followed by that one, to a bounded depth. What is
//! inside inherits the NGAP context and the security header of what is outside.

mod identity;
mod names;
mod session;
mod slices;
mod walk;

use oxirush_nas::NasError;
use oxirush_nas::nas_5gs::{Nas5gmmMessage, Nas5gsMessage};
use oxirush_nas::nas_5gs::{
    NasDlNasTransport, NasRegistrationAccept, NasRegistrationReject, NasRegistrationRequest, NasServiceReject,
    NasServiceRequest, NasUlNasTransport,
};

use crate::identifiers::{hex_text, name};
use crate::message::{Fields, Message, Value};
use session::session;
use slices::{rejected, slice, slices};
pub(crate) use walk::walk;

const EPD_5GMM: u8 = 0x7e;
const EPD_5GSM: u8 = 0x2e;
const SECURITY_HEADER_OCTETS: usize = 7;
/// A message in a transport in a container in a message: nothing legitimate goes deeper.
const MAX_DEPTH: u8 = 4;
/// The length field of a container has 16 bits.
const MAX_OCTETS: usize = 65_535 + 32;

/// Push the message that `pdu` is, and those that it contains. `context` is what the NGAP message says of the UE.
pub fn decode(pdu: &[u8], context: &Fields, out: &mut Vec<Message>) {
    Decoder { out }.pdu(pdu, context.clone(), 0);
}

struct Decoder<'a> {
    out: &'a mut Vec<Message>,
}

impl Decoder<'_> {
    fn pdu(&mut self, pdu: &[u8], mut fields: Fields, depth: u8) {
        if depth == MAX_DEPTH {
            return self.malformed("messages are nested too deep", 0, pdu, fields);
        }
        if pdu.len() > MAX_OCTETS {
            return self.malformed("longer than a NAS message can be", MAX_OCTETS, pdu, fields);
        }
        match (pdu.first().copied(), pdu.get(1).map(|octet| octet & 0x0f)) {
            (Some(EPD_5GMM), Some(0)) => {
                // A message inside a protected one keeps that one's header type.
                if fields.get("fiveg.nas.security_header").is_none() {
                    fields.set("fiveg.nas.security_header", Value::U64(0));
                }
                self.plain(pdu, pdu.get(2).copied(), fields, depth);
            }
            (Some(EPD_5GMM), Some(header @ 1..=4)) => self.protected(pdu, header, fields, depth),
            (Some(EPD_5GMM), Some(_)) => self.malformed("reserved security header type", 1, pdu, fields),
            (Some(EPD_5GSM), Some(_)) => self.plain(pdu, pdu.get(3).copied(), fields, depth),
            (Some(EPD_5GMM | EPD_5GSM), None) | (None, _) => {
                self.malformed("the message ends inside its header", pdu.len(), pdu, fields);
            }
            (Some(_), _) => self.malformed("unknown extended protocol discriminator", 0, pdu, fields),
        }
    }

    fn protected(&mut self, pdu: &[u8], header: u8, mut fields: Fields, depth: u8) {
        fields.set("fiveg.nas.security_header", Value::U64(u64::from(header)));
        let (Some(mac), Some(sequence), Some(inner)) = (pdu.get(2..6), pdu.get(6), pdu.get(SECURITY_HEADER_OCTETS..))
        else {
            return self.malformed("the message ends inside its security header", pdu.len(), pdu, fields);
        };
        fields.set("fiveg.nas.mac", hex_text(mac));
        fields.set("fiveg.nas.sequence", Value::U64(u64::from(*sequence)));
        let apparent = apparent_type(inner);
        if !matches!(header, 2 | 4) {
            return self.plain(inner, apparent, fields, depth);
        }
        let known = apparent.is_some_and(|kind| names::kind(inner.first().copied(), kind).is_some());
        match known.then(|| Nas5gsMessage::decode(inner)) {
            Some(Ok(message)) => self.decoded(&message, inner, fields, depth),
            _ => self.ciphered(apparent.filter(|_| known || inner.first() == Some(&EPD_5GMM)), fields),
        }
    }

    /// A message that cannot be read. `apparent` is the type that it would have if the cipher were the null cipher:
    /// by chance once in 65,536 messages, otherwise a sign of an unknown or malformed message under NEA0.
    fn ciphered(&mut self, apparent: Option<u8>, mut fields: Fields) {
        fields.set("fiveg.nas.ciphered", Value::Bool(true));
        if let Some(kind) = apparent {
            fields.set("fiveg.nas.message_type", Value::U64(u64::from(kind)));
        }
        self.push("nas.protected", fields);
    }

    fn plain(&mut self, pdu: &[u8], message_type: Option<u8>, mut fields: Fields, depth: u8) {
        let Some(message_type) = message_type else {
            return self.malformed("the message ends inside its header", pdu.len(), pdu, fields);
        };
        if names::kind(pdu.first().copied(), message_type).is_none() {
            fields.set("fiveg.nas.message_type", Value::U64(u64::from(message_type)));
            return self.push("nas.unknown_message", fields);
        }
        match Nas5gsMessage::decode(pdu) {
            Ok(message) => self.decoded(&message, pdu, fields, depth),
            Err(error) => self.refused(&error, pdu, message_type, fields),
        }
    }

    /// A message that breaks the rules of its IEs. What can be read of it in spite of that is kept.
    fn refused(&mut self, error: &NasError, pdu: &[u8], message_type: u8, mut fields: Fields) {
        match Nas5gsMessage::decode_lenient(pdu) {
            Ok((Nas5gsMessage::Gmm(_, message), _)) => drop(mobility(&message, &mut fields)),
            Ok((Nas5gsMessage::Gsm(_, message), _)) => session(&message, &mut fields),
            _ => {}
        }
        if let Some(kind) = names::kind(pdu.first().copied(), message_type) {
            fields.set("fiveg.nas.type", Value::Str(unprefixed(kind)));
        }
        fields.set("fiveg.nas.message_type", Value::U64(u64::from(message_type)));
        self.malformed(reason(error), 0, pdu, fields);
    }

    fn malformed(&mut self, reason: &str, offset: usize, pdu: &[u8], fields: Fields) {
        let mut message = Message::malformed("nas.malformed", reason, offset, pdu);
        if let Some(epd) = pdu.first() {
            message.fields.set("fiveg.nas.epd", Value::U64(u64::from(*epd)));
        }
        fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
        self.out.push(message);
    }

    fn push(&mut self, kind: &'static str, mut fields: Fields) {
        fields.set("fiveg.nas.type", Value::Str(unprefixed(kind)));
        self.out.push(Message::of(kind, fields));
    }

    fn decoded(&mut self, message: &Nas5gsMessage, pdu: &[u8], mut fields: Fields, depth: u8) {
        let inherited = fields.len();
        let inside = match message {
            Nas5gsMessage::Gmm(_, message) => mobility(message, &mut fields),
            Nas5gsMessage::Gsm(header, message) => {
                fields.set("fiveg.pdu_session.id", Value::U64(u64::from(header.pdu_session_identity)));
                fields.set("fiveg.nas.pti", Value::U64(u64::from(header.procedure_transaction_identity)));
                session(message, &mut fields);
                None
            }
            _ => None,
        };
        let message_type = apparent_type(pdu).unwrap_or_default();
        let kind = names::kind(pdu.first().copied(), message_type).unwrap_or("nas.unknown_message");
        match inside {
            None => self.push(kind, fields),
            Some(inside) => {
                let context = inside.context(&fields, inherited);
                self.push(kind, fields);
                if inside.is_readable() {
                    self.pdu(inside.octets, context, depth + 1);
                }
            }
        }
    }
}

/// A message inside a message.
struct Inside<'a> {
    octets: &'a [u8],
    role: Role,
}

enum Role {
    /// The initial message in full, which the cipher of the NAS connection may hide.
    Container,
    /// The initial message in full, inside a Security mode complete: as readable as that is.
    Replayed,
    /// A 5GSM message in a transport message.
    Session,
}

/// What a transport message says of the session, which a rule on the message inside wants to know.
const OF_THE_TRANSPORT: [&str; 4] = ["fiveg.dnn", "fiveg.snssai.sst", "fiveg.snssai.sd", "fiveg.nas.request_type"];

impl Inside<'_> {
    fn is_readable(&self) -> bool {
        let plain = matches!(self.octets, [EPD_5GMM, 0, kind, ..] if names::kind(Some(EPD_5GMM), *kind).is_some());
        plain || !matches!(self.role, Role::Container)
    }

    /// What the message inside starts from: what was known before the message outside, whose first `inherited` fields
    /// these are, and what that says of this one. The MAC and the sequence number belong to the outside alone.
    fn context(&self, outside: &Fields, inherited: usize) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in outside.iter().take(inherited) {
            if !matches!(*name, "fiveg.nas.mac" | "fiveg.nas.sequence") {
                fields.set(name, value.clone());
            }
        }
        match self.role {
            Role::Container | Role::Replayed => fields.set("fiveg.nas.contained", Value::Bool(true)),
            Role::Session => {
                for name in OF_THE_TRANSPORT {
                    outside.get(name).into_iter().for_each(|value| fields.set(name, value.clone()));
                }
            }
        }
        fields
    }
}

/// The octet that is the message type when `pdu` is a plain message.
fn apparent_type(pdu: &[u8]) -> Option<u8> {
    match pdu {
        [EPD_5GMM, 0, message_type, ..] | [EPD_5GSM, _, _, message_type, ..] => Some(*message_type),
        _ => None,
    }
}

fn unprefixed(kind: &'static str) -> &'static str {
    kind.strip_prefix("nas.").unwrap_or(kind)
}

fn reason(error: &NasError) -> &'static str {
    match error {
        NasError::BufferTooShort | NasError::MessageTooShort => "the message ends before an IE does",
        NasError::InvalidMandatoryIe { .. } => "a mandatory IE is missing or invalid",
        NasError::ReservedPduSessionIdentity { .. } => "reserved PDU session identity",
        NasError::UnknownIeCutShort { .. } => "an unknown IE that must be understood is cut short",
        _ => "the message does not decode",
    }
}

fn mobility<'a>(message: &'a Nas5gmmMessage, fields: &mut Fields) -> Option<Inside<'a>> {
    use Nas5gmmMessage as M;
    match message {
        M::RegistrationRequest(m) => return registration_request(m, fields),
        M::UlNasTransport(m) => return ul_nas_transport(m, fields),
        M::DlNasTransport(m) => return dl_nas_transport(m, fields),
        M::RegistrationAccept(m) => registration_accept(m, fields),
        M::ConfigurationUpdateCommand(m) => {
            m.fg_guti.iter().for_each(|guti| identity::mobile_identity(&guti.value, fields));
            m.allowed_nssai.iter().for_each(|nssai| slices(&nssai.value, fields));
            rejected(m.rejected_nssai.as_ref(), m.extended_rejected_nssai.as_ref(), fields);
        }
        M::RegistrationReject(m) => registration_reject(m, fields),
        M::DeregistrationRequestUeOriginating(m) => {
            fields.set("fiveg.nas.switch_off", Value::Bool(m.de_registration_type.value & 0x08 != 0));
            key_set(m.ngksi.value, fields);
            identity::mobile_identity(&m.fgs_mobile_identity.value, fields);
            return container(m.nas_message_container.as_ref().map(|ie| &ie.value[..]), Role::Container);
        }
        M::DeregistrationRequestUeTerminated(m) => {
            fields.set("fiveg.nas.reregistration_required", Value::Bool(m.de_registration_type.value & 0x04 != 0));
            m.fgmm_cause.iter().for_each(|cause| mobility_cause(cause.value, fields));
            m.t3346_value.iter().for_each(|timer| timer_2("fiveg.nas.timer.t3346", &timer.value, fields));
            rejected(m.rejected_nssai.as_ref(), m.extended_rejected_nssai.as_ref(), fields);
        }
        M::ServiceRequest(m) => return service_request(m, fields),
        M::ControlPlaneServiceRequest(m) => {
            return container(m.nas_message_container.as_ref().map(|ie| &ie.value[..]), Role::Container);
        }
        M::ServiceReject(m) => service_reject(m, fields),
        M::AuthenticationRequest(m) => {
            key_set(m.ngksi.value, fields);
            if let Some(rand) = &m.authentication_parameter_rand {
                fields.set("fiveg.nas.rand", hex_text(&rand.value));
            }
        }
        M::AuthenticationFailure(m) => mobility_cause(m.fgmm_cause.value, fields),
        M::IdentityRequest(m) => identity::identity_type(m.identity_type.value, fields),
        M::IdentityResponse(m) => identity::mobile_identity(&m.mobile_identity.value, fields),
        M::SecurityModeCommand(m) => {
            algorithms(m.selected_nas_security_algorithms.value, fields);
            capabilities(&m.replayed_ue_security_capabilities.value, fields);
            key_set(m.ngksi.value, fields);
            let requested = m.imeisv_request.as_ref().is_some_and(|ie| ie.value & 0x07 == 1);
            fields.set("fiveg.nas.imeisv_requested", Value::Bool(requested));
        }
        M::SecurityModeComplete(m) => {
            m.imeisv.iter().for_each(|imeisv| identity::mobile_identity(&imeisv.value, fields));
            fields.set("fiveg.nas.container", Value::Bool(m.nas_message_container.is_some()));
            return container(m.nas_message_container.as_ref().map(|ie| &ie.value[..]), Role::Replayed);
        }
        M::SecurityModeReject(m) => mobility_cause(m.fgmm_cause.value, fields),
        M::FiveGmmStatus(m) => mobility_cause(m.fgmm_cause.value, fields),
        _ => {}
    }
    None
}

fn container(octets: Option<&[u8]>, role: Role) -> Option<Inside<'_>> {
    octets.map(|octets| Inside { octets, role })
}

fn registration_request<'a>(m: &'a NasRegistrationRequest, fields: &mut Fields) -> Option<Inside<'a>> {
    if let Some(name) = names::REGISTRATION_TYPES.get(usize::from(m.fgs_registration_type.value & 0x07)) {
        fields.set("fiveg.nas.registration_type", Value::Str(name));
    }
    key_set(m.ngksi.value, fields);
    identity::mobile_identity(&m.fgs_mobile_identity.value, fields);
    m.ue_security_capability.iter().for_each(|ie| capabilities(&ie.value, fields));
    m.fgmm_capability.iter().for_each(|ie| fields.set("fiveg.nas.mobility_capability", shown(&ie.value)));
    m.requested_nssai.iter().for_each(|nssai| slices(&nssai.value, fields));
    clear_ies(
        &[
            ("mobility_capability", m.fgmm_capability.is_some()),
            ("requested_nssai", m.requested_nssai.is_some()),
            ("last_visited_registered_tai", m.last_visited_registered_tai.is_some()),
            ("uplink_data_status", m.uplink_data_status.is_some()),
            ("pdu_session_status", m.pdu_session_status.is_some()),
            ("allowed_pdu_session_status", m.allowed_pdu_session_status.is_some()),
            ("update_type", m.fgs_update_type.is_some()),
            ("payload_container", m.payload_container.is_some()),
            ("ue_radio_capability_id", m.ue_radio_capability_id.is_some()),
        ],
        fields,
    );
    container(m.nas_message_container.as_ref().map(|ie| &ie.value[..]), Role::Container)
}

fn service_request<'a>(m: &'a NasServiceRequest, fields: &mut Fields) -> Option<Inside<'a>> {
    if let Some(name) = names::SERVICE_TYPES.get(usize::from(m.service_type.value & 0x0f)) {
        fields.set("fiveg.nas.service_type", Value::Str(name));
    }
    key_set(m.ngksi.value, fields);
    identity::mobile_identity(&m.fg_s_tmsi.value, fields);
    clear_ies(
        &[
            ("uplink_data_status", m.uplink_data_status.is_some()),
            ("pdu_session_status", m.pdu_session_status.is_some()),
            ("allowed_pdu_session_status", m.allowed_pdu_session_status.is_some()),
        ],
        fields,
    );
    container(m.nas_message_container.as_ref().map(|ie| &ie.value[..]), Role::Container)
}

fn registration_accept(m: &NasRegistrationAccept, fields: &mut Fields) {
    m.fg_guti.iter().for_each(|guti| identity::mobile_identity(&guti.value, fields));
    m.allowed_nssai.iter().for_each(|nssai| slices(&nssai.value, fields));
    rejected(m.rejected_nssai.as_ref(), m.extended_rejected_nssai.as_ref(), fields);
    if let Some(octet) = m.fgs_registration_result.value.first() {
        fields.set("fiveg.nas.emergency_registered", Value::Bool(octet & 0x20 != 0));
    }
    m.t3512_value.iter().for_each(|timer| timer_3("fiveg.nas.timer.t3512", &timer.value, fields));
    m.t3502_value.iter().for_each(|timer| timer_2("fiveg.nas.timer.t3502", &timer.value, fields));
}

fn registration_reject(m: &NasRegistrationReject, fields: &mut Fields) {
    mobility_cause(m.fgmm_cause.value, fields);
    m.t3346_value.iter().for_each(|timer| timer_2("fiveg.nas.timer.t3346", &timer.value, fields));
    m.t3502_value.iter().for_each(|timer| timer_2("fiveg.nas.timer.t3502", &timer.value, fields));
    rejected(m.rejected_nssai.as_ref(), m.extended_rejected_nssai.as_ref(), fields);
}

fn service_reject(m: &NasServiceReject, fields: &mut Fields) {
    mobility_cause(m.fgmm_cause.value, fields);
    m.t3346_value.iter().for_each(|timer| timer_2("fiveg.nas.timer.t3346", &timer.value, fields));
}

/// What an initial message shows in clear although it is none of the cleartext IEs (4.4.6).
fn clear_ies(ies: &[(&'static str, bool)], fields: &mut Fields) {
    if fields.get("fiveg.nas.security_header") == Some(&Value::U64(0)) && fields.get("fiveg.nas.contained").is_none() {
        let there = ies.iter().filter(|(_, there)| *there).map(|(name, _)| Value::Str(name));
        fields.set_all("fiveg.nas.clear_ies", there.collect());
    }
}

/// NAS key set identifier (9.11.3.32); 7 is none.
fn key_set(octet: u8, fields: &mut Fields) {
    fields.set("fiveg.nas.ngksi", Value::U64(u64::from(octet & 0x07)));
}

/// GPRS timer 2 (TS 24.008, 10.5.7.4), in seconds; nothing when it is deactivated.
fn timer_2(field: &'static str, octets: &[u8], fields: &mut Fields) {
    let unit = match octets.first().map(|octet| octet >> 5) {
        Some(0) => 2,
        Some(2) => 360,
        Some(7) | None => return,
        Some(_) => 60,
    };
    set_timer(field, unit, octets, fields);
}

/// GPRS timer 3 (TS 24.008, 10.5.7.4a), in seconds; nothing when it is deactivated.
fn timer_3(field: &'static str, octets: &[u8], fields: &mut Fields) {
    let units = [600, 3600, 36_000, 2, 30, 60, 1_152_000];
    if let Some(unit) = octets.first().and_then(|octet| units.get(usize::from(octet >> 5))) {
        set_timer(field, *unit, octets, fields);
    }
}

fn set_timer(field: &'static str, unit: u64, octets: &[u8], fields: &mut Fields) {
    if let Some(octet) = octets.first() {
        fields.set(field, Value::U64(unit * u64::from(octet & 0x1f)));
    }
}

/// Octets of a bit field, as they are.
fn shown(octets: &[u8]) -> Value {
    hex_text(octets.get(..16).unwrap_or(octets))
}

fn ul_nas_transport<'a>(m: &'a NasUlNasTransport, fields: &mut Fields) -> Option<Inside<'a>> {
    m.pdu_session_id.iter().for_each(|id| fields.set("fiveg.pdu_session.id", Value::U64(u64::from(id.value))));
    if let Some(request) = m.request_type.as_ref().and_then(|ie| names::REQUEST_TYPES.get(usize::from(ie.value & 0x07)))
    {
        fields.set("fiveg.nas.request_type", Value::Str(request));
    }
    m.dnn.iter().for_each(|dnn| fields.set("fiveg.dnn", name(&dnn.value)));
    m.s_nssai.iter().for_each(|nssai| slice(&nssai.value, fields));
    payload_type(m.payload_container_type.value, fields);
    session_payload(m.payload_container_type.value, &m.payload_container.value)
}

fn payload_type(octet: u8, fields: &mut Fields) {
    if let Some(name) = names::PAYLOADS.get(usize::from(octet & 0x0f)) {
        fields.set("fiveg.nas.payload_type", Value::Str(name));
    }
}

fn dl_nas_transport<'a>(m: &'a NasDlNasTransport, fields: &mut Fields) -> Option<Inside<'a>> {
    m.pdu_session_id.iter().for_each(|id| fields.set("fiveg.pdu_session.id", Value::U64(u64::from(id.value))));
    m.fgmm_cause.iter().for_each(|cause| mobility_cause(cause.value, fields));
    m.back_off_timer_value.iter().for_each(|timer| timer_3("fiveg.nas.timer.back_off", &timer.value, fields));
    payload_type(m.payload_container_type.value, fields);
    session_payload(m.payload_container_type.value, &m.payload_container.value)
}

/// The payload of a transport message, when it is N1 SM information (9.11.3.40).
fn session_payload(payload_type: u8, octets: &[u8]) -> Option<Inside<'_>> {
    (payload_type & 0x0f == 1).then_some(Inside { octets, role: Role::Session })
}

fn mobility_cause(cause: u8, fields: &mut Fields) {
    set_cause(cause, names::mobility_cause(cause), fields);
}

fn set_cause(cause: u8, name: Option<&'static str>, fields: &mut Fields) {
    fields.set("fiveg.nas.cause", Value::U64(u64::from(cause)));
    if let Some(name) = name {
        fields.set("fiveg.nas.cause_name", Value::Str(name));
    }
}

/// Selected NAS security algorithms (9.11.3.34).
fn algorithms(octet: u8, fields: &mut Fields) {
    if let (Some(cipher), Some(integrity)) =
        (names::NEA.get(usize::from(octet >> 4)), names::NIA.get(usize::from(octet & 0x0f)))
    {
        fields.set("fiveg.nas.cipher", Value::Str(cipher));
        fields.set("fiveg.nas.integrity", Value::Str(integrity));
    }
}

/// UE security capability (9.11.3.54): a bit for each algorithm, from the left.
fn capabilities(octets: &[u8], fields: &mut Fields) {
    let [ciphers, integrities, ..] = octets else { return };
    fields.set_all("fiveg.nas.ue_nea", present(*ciphers, &names::NEA));
    fields.set_all("fiveg.nas.ue_nia", present(*integrities, &names::NIA));
}

fn present(bits: u8, names: &[&'static str; 8]) -> Vec<Value> {
    (0_u8..).zip(names).filter(|(place, _)| bits << place & 0x80 != 0).map(|(_, name)| Value::Str(name)).collect()
}
