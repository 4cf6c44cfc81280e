//! The service-based interface, TS 29.500 and TS 29.501: which service and which of its operations a request is, and
//! which kinds of network function talk.
//!
//! A resource is `{apiRoot}/<service>/v<version>/…` (TS 29.501 4.4.1). Operations are named as the service's TS 29.5xx
//! names them, such as NFDiscover, and apart where it has one name for several requests. The consumer's type stands in its User-Agent (TS 29.500 5.2.2.2), the producer's
//! follows from the service; what a discovery asks for and says of itself may be something else, and is told apart.

use super::http::{Heading, split, text};
use crate::message::{Fields, Value};

const LONGEST: usize = 128;

/// What a discovery says: as a query of NFDiscover (TS 29.510 6.2.3.2.3.1), or delegated in the header fields of
/// indirect communication (TS 29.500 5.2.3.2.7).
#[derive(Debug, Default)]
pub struct Discovery {
    requester: Option<Value>,
    target: Option<Value>,
}

impl Discovery {
    pub fn field(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"3gpp-sbi-discovery-requester-nf-type" => self.requester = kind_of(value),
            b"3gpp-sbi-discovery-target-nf-type" => self.target = kind_of(value),
            _ => {}
        }
    }

    fn query(&mut self, query: &str) {
        for (name, value) in query.split('&').filter_map(|parameter| parameter.split_once('=')) {
            match name {
                "requester-nf-type" => self.requester = kind_of(value.as_bytes()),
                "target-nf-type" => self.target = kind_of(value.as_bytes()),
                _ => {}
            }
        }
    }
}

/// A NF type of the standard, or what stands in its place.
fn kind_of(value: &[u8]) -> Option<Value> {
    let known = std::str::from_utf8(value).ok().and_then(nf_type);
    Some(known.map_or_else(|| Value::Text(text(value, LONGEST)), Value::Str))
}

/// Tell what a request is on the service-based interface, if its path is of it.
pub fn request(heading: &Heading, fields: &mut Fields) {
    let Some(target) = heading.target.as_deref() else { return };
    let (path, query) = split(target);
    let Some(resource) = Resource::of(path) else { return };
    let mut discovery = Discovery::default();
    discovery.query(query.unwrap_or_default());
    let requester = discovery.requester.or_else(|| heading.sbi.requester.clone());
    let target = discovery.target.or_else(|| heading.sbi.target.clone());
    let source = heading.agent.as_deref().and_then(agent);
    resource.tell(heading.method.as_ref(), fields);
    for (name, value) in [
        ("fiveg.sbi.nf_type_src", source.map(Value::Str).or_else(|| requester.clone())),
        ("fiveg.sbi.requester_nf_type", requester),
        ("fiveg.sbi.target_nf_type", target),
    ] {
        if let Some(value) = value {
            fields.set(name, value);
        }
    }
}

/// `AMF-<instance> amf.example`, or the bare type.
fn agent(agent: &str) -> Option<&'static str> {
    let word = agent.split([' ', '/']).next()?;
    nf_type(word).or_else(|| nf_type(word.split('-').next()?))
}

/// A path, as far as services have it in common.
struct Resource<'a> {
    service: &'a str,
    version: Option<&'a str>,
    producer: &'static str,
    /// What follows the version, with `*` in place of what names one of many.
    shape: Vec<&'a str>,
    subscriber: Option<&'a str>,
}

/// Segments of a path that are looked at.
const MOST_SEGMENTS: usize = 12;

impl<'a> Resource<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).take(MOST_SEGMENTS);
        if path.trim_end_matches('/').ends_with("/oauth2/token") {
            return Some(Self::token());
        }
        let (service, producer) = segments.find_map(|service| Some((service, producer(service)?)))?;
        let version = segments.next().filter(|version| is_version(version))?;
        let rest: Vec<&str> = segments.collect();
        Some(Self {
            service,
            version: Some(version),
            producer,
            shape: rest.iter().map(|segment| if is_name(segment) { "*" } else { segment }).collect(),
            subscriber: rest.into_iter().find(|segment| is_subscriber(segment)),
        })
    }

    /// The access token service has no version in its path, TS 29.510 6.3.1.
    fn token() -> Self {
        Self { service: "nnrf-oauth2", version: None, producer: "NRF", shape: vec!["token"], subscriber: None }
    }

    fn tell(&self, method: Option<&Value>, fields: &mut Fields) {
        let mut set = |name, value: &str| fields.set(name, Value::Text(text(value.as_bytes(), LONGEST)));
        set("fiveg.sbi.service", self.service);
        if let Some(version) = self.version {
            set("fiveg.sbi.version", version);
        }
        if let Some(resource) = self.shape.iter().rev().find(|segment| **segment != "*") {
            set("fiveg.sbi.resource", resource);
        }
        if let Some(subscriber) = self.subscriber {
            set("fiveg.sbi.supi", subscriber);
        }
        let method = if let Some(Value::Str(method)) = method { method } else { "" };
        let operation = operation(self.service, method, &self.shape);
        if let Some(operation) = operation {
            fields.set("fiveg.sbi.operation", Value::Str(operation));
        }
        if operation != Some("NFStatusNotify") {
            fields.set("fiveg.sbi.nf_type_dst", Value::Str(self.producer)); // a notification goes to who subscribed
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|number| (1..=2).contains(&number.len()) && number.bytes().all(|octet| octet.is_ascii_digit()))
}

/// SUPI or SUCI, TS 29.571 5.3.2 and TS 29.503 6.3.3.1.
fn is_subscriber(segment: &str) -> bool {
    ["imsi-", "nai-", "suci-", "gci-", "gli-"].iter().any(|prefix| segment.starts_with(prefix))
}

/// Whether a segment names one of many: a subscriber, a number, a UUID.
fn is_name(segment: &str) -> bool {
    let number = segment.bytes().all(|octet| octet.is_ascii_hexdigit() || octet == b'-');
    number && segment.bytes().any(|octet| octet.is_ascii_digit())
        || is_subscriber(segment)
        || ["msisdn-", "extid-", "imei-", "imeisv-"].iter().any(|prefix| segment.starts_with(prefix))
}

/// The service operations of TS 29.5xx that matter to whoever watches a core.
fn operation(service: &str, method: &str, shape: &[&str]) -> Option<&'static str> {
    Some(match (service, method, shape) {
        // TS 29.510
        ("nnrf-nfm", "GET", ["nf-instances"]) => "NFListRetrieval",
        ("nnrf-nfm", "GET", ["nf-instances", _]) => "NFProfileRetrieval",
        ("nnrf-nfm", "PUT", ["nf-instances", _]) => "NFRegister",
        ("nnrf-nfm", "PATCH", ["nf-instances", _]) => "NFUpdate",
        ("nnrf-nfm", "DELETE", ["nf-instances", _]) => "NFDeregister",
        ("nnrf-nfm", "POST", ["subscriptions"]) => "NFStatusSubscribe",
        ("nnrf-nfm", "PATCH", ["subscriptions", _]) => "NFStatusSubscribe",
        ("nnrf-nfm", "DELETE", ["subscriptions", _]) => "NFStatusUnsubscribe",
        ("nnrf-nfm", "POST", ["nf-status-notify"]) => "NFStatusNotify", // where Open5GS is told
        ("nnrf-disc", "GET", ["nf-instances"]) => "NFDiscover",
        ("nnrf-oauth2", "POST", _) => "AccessTokenGet",
        // TS 29.509
        ("nausf-auth", "POST", ["ue-authentications"]) => "Authenticate",
        ("nausf-auth", "POST" | "PUT", ["ue-authentications", _, "5g-aka-confirmation" | "eap-session"]) => {
            "AuthenticateConfirm"
        }
        ("nausf-auth", "DELETE", ["ue-authentications", _, _]) => "AuthenticationResultRemoval",
        ("nausf-auth", "POST", ["ue-authentications", "deregister"]) => "Deregister",
        // TS 29.503
        ("nudm-ueau", "POST", [_, "security-information", "generate-auth-data"]) => "GenerateAuthData",
        ("nudm-ueau", "POST", [_, "auth-events"]) => "ResultConfirmation",
        ("nudm-ueau", "PUT", [_, "auth-events", ..]) => "ResultRemoval",
        ("nudm-uecm", "PUT" | "POST", [_, "registrations", ..]) => "Registration",
        ("nudm-uecm", "PATCH", [_, "registrations", ..]) => "Update",
        ("nudm-uecm", "DELETE", [_, "registrations", ..]) => "Deregistration",
        ("nudm-uecm", "GET", [_, "registrations", ..]) => "Get",
        ("nudm-sdm", "POST", [_, "sdm-subscriptions"]) => "Subscribe",
        ("nudm-sdm", "DELETE", [_, "sdm-subscriptions", _]) => "Unsubscribe",
        ("nudm-sdm", "PATCH", [_, "sdm-subscriptions", _]) => "ModifySubscription",
        ("nudm-sdm", "PUT", [_, _, "sor-ack" | "upu-ack"]) => "Info",
        ("nudm-sdm", "GET", _) => "Get",
        // TS 29.504
        ("nudr-dr", "GET", _) => "Query",
        ("nudr-dr", "POST", [.., "subs-to-notify"]) => "Subscribe",
        ("nudr-dr", "DELETE", [.., "subs-to-notify", _]) => "Unsubscribe",
        ("nudr-dr", "PUT" | "POST", _) => "Create",
        ("nudr-dr", "PATCH", _) => "Update",
        ("nudr-dr", "DELETE", _) => "Delete",
        // TS 29.518
        ("namf-comm", "PUT", ["ue-contexts", _]) => "CreateUEContext",
        ("namf-comm", "POST", ["ue-contexts", _, "release"]) => "ReleaseUEContext",
        ("namf-comm", "POST", ["ue-contexts", _, "transfer"]) => "UEContextTransfer",
        ("namf-comm", "POST", ["ue-contexts", _, "transfer-update"]) => "RegistrationStatusUpdate",
        ("namf-comm", "POST", ["ue-contexts", _, "assign-ebi"]) => "EBIAssignment",
        ("namf-comm", "POST", ["ue-contexts", _, "n1-n2-messages"]) => "N1N2MessageTransfer",
        ("namf-comm", "POST", ["ue-contexts", _, "n1-n2-messages", "subscriptions"]) => "N1N2MessageSubscribe",
        ("namf-comm", "POST", ["subscriptions"]) => "AMFStatusChangeSubscribe",
        ("namf-comm", "DELETE", ["subscriptions", _]) => "AMFStatusChangeUnsubscribe",
        ("namf-comm", "POST", ["non-ue-n2-messages", "transfer"]) => "NonUeN2MessageTransfer",
        // TS 29.502
        ("nsmf-pdusession", "POST", ["sm-contexts"]) => "CreateSMContext",
        ("nsmf-pdusession", "POST", ["sm-contexts", _, "modify"]) => "UpdateSMContext",
        ("nsmf-pdusession", "POST", ["sm-contexts", _, "release"]) => "ReleaseSMContext",
        ("nsmf-pdusession", "POST", ["sm-contexts", _, "retrieve"]) => "RetrieveSMContext",
        ("nsmf-pdusession", "POST", ["pdu-sessions"]) => "Create",
        ("nsmf-pdusession", "POST", ["pdu-sessions", _, "modify"]) => "Update",
        ("nsmf-pdusession", "POST", ["pdu-sessions", _, "release"]) => "Release",
        // TS 29.507 and TS 29.512
        ("npcf-am-policy-control", "POST", ["policies"]) => "Create",
        ("npcf-am-policy-control", "POST", ["policies", _, "update"]) => "Update",
        ("npcf-am-policy-control", "DELETE", ["policies", _]) => "Delete",
        ("npcf-smpolicycontrol", "POST", ["sm-policies"]) => "Create",
        ("npcf-smpolicycontrol", "POST", ["sm-policies", _, "update"]) => "Update",
        ("npcf-smpolicycontrol", "POST", ["sm-policies", _, "delete"]) => "Delete",
        // TS 29.514
        ("npcf-policyauthorization", "POST", ["app-sessions"]) => "Create",
        ("npcf-policyauthorization", "PATCH", ["app-sessions", _]) => "Update",
        ("npcf-policyauthorization", "POST", ["app-sessions", _, "delete"]) => "Delete",
        // TS 29.521
        ("nbsf-management", "POST", ["pcfBindings"]) => "Register",
        ("nbsf-management", "DELETE", ["pcfBindings", _]) => "Deregister",
        ("nbsf-management", "GET", ["pcfBindings"]) => "Discovery",
        // TS 29.531
        ("nnssf-nsselection", "GET", ["network-slice-information"]) => "Get",
        _ => return None,
    })
}

/// Who produces a service, by what the service's name begins with (TS 29.501 5.3.13: `n<NF>-<service>`).
fn producer(service: &str) -> Option<&'static str> {
    let (prefix, _) = service.split_once('-')?;
    Some(match prefix {
        "nnrf" => "NRF",
        "nudm" => "UDM",
        "nudr" => "UDR",
        "namf" => "AMF",
        "nsmf" => "SMF",
        "nausf" => "AUSF",
        "npcf" => "PCF",
        "nnssf" => "NSSF",
        "nbsf" => "BSF",
        "nnef" => "NEF",
        "nsmsf" => "SMSF",
        "nchf" => "CHF",
        "nlmf" => "LMF",
        "ngmlc" => "GMLC",
        "nnwdaf" => "NWDAF",
        "nudsf" => "UDSF",
        "nucmf" => "UCMF",
        "nhss" => "HSS",
        "naf" => "AF",
        "nupf" => "UPF",
        "nscp" => "SCP",
        "n5g" => "5G_EIR",
        "n32c" => "SEPP",
        "nsepp" => "SEPP",
        "nnssaaf" => "NSSAAF",
        "nnsacf" => "NSACF",
        "nmbsmf" => "MB_SMF",
        "ntsctsf" => "TSCTSF",
        "ndccf" => "DCCF",
        "nadrf" => "ADRF",
        "nmfaf" => "MFAF",
        "neasdf" => "EASDF",
        _ => return None,
    })
}

/// TS 29.510 6.1.6.3.3.
fn nf_type(text: &str) -> Option<&'static str> {
    const TYPES: [&str; 45] = [
        "NRF", "UDM", "AMF", "SMF", "AUSF", "NEF", "PCF", "SMSF", "NSSF", "UDR", "LMF", "GMLC", "5G_EIR", "SEPP",
        "UPF", "N3IWF", "AF", "UDSF", "BSF", "CHF", "NWDAF", "PCSCF", "CBCF", "HSS", "UCMF", "SOR_AF", "SPAF", "MME",
        "SCSAS", "SCEF", "SCP", "NSSAAF", "ICSCF", "SCSCF", "DRA", "AANF", "NSACF", "MFAF", "EASDF", "DCCF", "MB_SMF",
        "TSCTSF", "ADRF", "MB_UPF", "NSWOF",
    ];
    TYPES.into_iter().find(|known| *known == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(method: &'static str, target: &str, agent: &str) -> Fields {
        let heading = Heading {
            method: Some(Value::Str(method)),
            target: Some(target.into()),
            agent: Some(agent.into()),
            ..Heading::default()
        };
        let mut fields = Fields::default();
        heading.request("2", &mut fields);
        fields
    }

    fn word(fields: &Fields, name: &str) -> String {
        match fields.get(name) {
            Some(Value::Text(text)) => text.to_string(),
            Some(Value::Str(text)) => text.to_string(),
            _ => String::new(),
        }
    }

    #[test]
    fn services_and_operations() {
        let uuid = "5f2c8b1e-1a2b-41ee-9c3d-0123456789ab";
        for (method, path, service, resource, operation) in [
            ("PUT", format!("/nnrf-nfm/v1/nf-instances/{uuid}"), "nnrf-nfm", "nf-instances", "NFRegister"),
            ("DELETE", format!("/nnrf-nfm/v1/nf-instances/{uuid}"), "nnrf-nfm", "nf-instances", "NFDeregister"),
            ("POST", "/nausf-auth/v1/ue-authentications".into(), "nausf-auth", "ue-authentications", "Authenticate"),
            ("GET", "/nudm-sdm/v2/imsi-1/am-data?x=1".into(), "nudm-sdm", "am-data", "Get"),
            (
                "POST",
                "/api/nsmf-pdusession/v1/sm-contexts/7/modify".into(),
                "nsmf-pdusession",
                "modify",
                "UpdateSMContext",
            ),
            ("POST", "/oauth2/token".into(), "nnrf-oauth2", "token", "AccessTokenGet"),
            ("GET", "/nnrf-disc/v9/searches/x".into(), "nnrf-disc", "x", ""),
        ] {
            let fields = told(method, &path, "");
            assert_eq!(word(&fields, "fiveg.sbi.service"), service, "{path}");
            assert_eq!(word(&fields, "fiveg.sbi.resource"), resource, "{path}");
            assert_eq!(word(&fields, "fiveg.sbi.operation"), operation, "{path}");
        }
    }

    #[test]
    fn who_talks_to_whom_and_who_it_says_it_is() {
        let fields = told(
            "GET",
            "/nnrf-disc/v1/nf-instances?requester-nf-type=AMF&target-nf-type=UDM",
            "SMF-5f2c8b1e smf.example",
        );
        assert_eq!(word(&fields, "fiveg.sbi.nf_type_src"), "SMF");
        assert_eq!(word(&fields, "fiveg.sbi.nf_type_dst"), "NRF");
        assert_eq!(word(&fields, "fiveg.sbi.requester_nf_type"), "AMF");
        assert_eq!(word(&fields, "fiveg.sbi.target_nf_type"), "UDM");
        let silent = told("GET", "/nnrf-disc/v1/nf-instances?requester-nf-type=ROUTER", "curl/8.0");
        assert_eq!(word(&silent, "fiveg.sbi.nf_type_src"), "ROUTER");
    }

    #[test]
    fn a_proxy_is_told_what_to_look_for_in_header_fields() {
        let mut heading = Heading { target: Some("/nudm-sdm/v2/imsi-1/nssai".into()), ..Heading::default() };
        heading.field(b"3gpp-sbi-discovery-target-nf-type", b"UDM");
        heading.field(b"3gpp-sbi-discovery-requester-nf-type", b"AMF");
        let mut fields = Fields::default();
        heading.request("2", &mut fields);
        assert_eq!(word(&fields, "fiveg.sbi.target_nf_type"), "UDM");
        assert_eq!(word(&fields, "fiveg.sbi.nf_type_src"), "AMF");
    }

    #[test]
    fn a_subscriber_in_the_path() {
        let fields = told("GET", "/nudr-dr/v1/subscription-data/imsi-999700000000001/context-data", "UDM");
        assert_eq!(word(&fields, "fiveg.sbi.supi"), "imsi-999700000000001");
        assert_eq!(word(&fields, "fiveg.sbi.operation"), "Query");
    }

    #[test]
    fn a_notification_goes_to_who_subscribed() {
        let fields = told("POST", "/nnrf-nfm/v1/nf-status-notify", "NRF");
        assert_eq!(word(&fields, "fiveg.sbi.nf_type_src"), "NRF");
        assert_eq!(fields.get("fiveg.sbi.nf_type_dst"), None);
    }

    #[test]
    fn other_paths_are_not_of_it() {
        for path in ["/", "/index.html", "/nudm-sdm", "/nudm-sdm/latest/x", "/nothing-here/v1/x"] {
            assert_eq!(told("GET", path, "AMF").get("fiveg.sbi.service"), None, "{path}");
        }
    }
}
