//! NGAP, TS 38.413: the N2 interface.
//!
//! Theory of operation: `envelope` reads the type, the procedure and the criticality of a PDU and splits its message
//! into IEs, which works for damaged PDUs too. `oxirush-ngap` reads the value of an IE that we know; one that does not
//! decode is counted, and makes the message `ngap.malformed`, with everything else that was read, when it says who or
//! what the message is about: peers are lenient with the others, and a message must not hide behind one. IEs that we do
//! not know are never a fault. The NAS messages inside follow their NGAP message.

mod details;
mod envelope;
mod names;
mod procedures;
mod sessions;
mod walk;

use oxirush_ngap::ngap::*;
use oxirush_ngap::{BitString, Decode, Octets};

use crate::identifiers::{decimal, hex_id, plmn_text, slice_differentiator, tac, teid};
use crate::message::{Fields, Message, Value};
use envelope::Ie;
use sessions::Sessions;
pub(crate) use walk::{Ue, walk};

/// Rows kept of a list: the supported areas × PLMNs × slices, for one, may be millions.
const MAX_ROWS: usize = 1024;

/// Repeated IEs that are named.
const MAX_REPEATED: usize = 16;

const PDU_TYPES: [&str; 3] = ["initiating_message", "successful_outcome", "unsuccessful_outcome"];

/// What a NAS message inherits from the NGAP message that carries it.
const OF_THE_UE: [&str; 5] = ["fiveg.amf_ue_ngap_id", "fiveg.ran_ue_ngap_id", "fiveg.nci", "fiveg.tac", "fiveg.plmn"];

/// Push the NGAP message of `payload`, then the NAS messages that it carries.
pub fn decode(payload: &[u8], out: &mut Vec<Message>) {
    let carried = decode_one(payload, out);
    let Some(carried) = carried else { return };
    // A message that is rerouted to another AMF (8.6.3) is not one more of its radio node's, and carries no further one.
    let before = out.len();
    decode_one(&carried, out);
    for message in out.iter_mut().skip(before) {
        message.fields.set("fiveg.ngap.rerouted", Value::Bool(true));
    }
}

/// Push the messages of a PDU; returns the NGAP message that it carries.
fn decode_one(payload: &[u8], out: &mut Vec<Message>) -> Option<Vec<u8>> {
    let envelope = envelope::open(payload);
    let mut fields = Fields::default();
    let known = envelope.procedure_code.and_then(|code| procedures::PROCEDURES.get(usize::from(code)));
    let outcome = envelope.outcome.zip(known).and_then(|(outcome, (_, outcomes))| outcomes.get(outcome));
    let message = outcome.filter(|(kind, _)| !kind.is_empty());
    describe(&envelope, known.map(|(name, _)| *name), message.map(|(kind, _)| *kind), &mut fields);
    let Some((kind, mandatory)) = message.copied() else {
        out.push(nameless(&envelope, known.is_some(), payload, fields));
        return None;
    };
    let mut reading = Reading { fields, ..Reading::default() };
    if let Some(reason) = envelope.fault {
        reading.fail(reason, payload.len());
    }
    // The IEs of a private message are in a container of another form, and mean what a vendor says.
    let (ies, broken) = match kind {
        "ngap.private_message" => (Vec::new(), None),
        _ => envelope::container(&envelope.message, envelope.offset),
    };
    ies.iter().for_each(|ie| reading.ie(ie));
    if let Some(broken) = broken {
        reading.fail(broken.reason, broken.offset);
    }
    reading.missing(mandatory);
    reading.finish(kind, payload, out)
}

/// A PDU that is none of the messages we know.
fn nameless(envelope: &envelope::Envelope, known_procedure: bool, payload: &[u8], fields: Fields) -> Message {
    match envelope.fault {
        Some(reason) => malformed(reason, payload.len(), payload, &fields),
        None if known_procedure => malformed("the procedure has no such message", 0, payload, &fields),
        None => Message::of("ngap.unknown_procedure", fields),
    }
}

fn describe(
    envelope: &envelope::Envelope,
    procedure: Option<&'static str>,
    kind: Option<&'static str>,
    fields: &mut Fields,
) {
    let mut set = |name, value: Option<Value>| value.into_iter().for_each(|value| fields.set(name, value));
    set("fiveg.ngap.message", kind.map(|kind| Value::Str(kind.strip_prefix("ngap.").unwrap_or(kind))));
    set("fiveg.ngap.procedure", procedure.map(Value::Str));
    set("fiveg.ngap.procedure_code", envelope.procedure_code.map(|code| Value::U64(u64::from(code))));
    let pdu_type = envelope.outcome.and_then(|outcome| PDU_TYPES.get(outcome));
    set("fiveg.ngap.pdu_type", pdu_type.map(|name| Value::Str(name)));
    set("fiveg.ngap.criticality", envelope.criticality.map(Value::Str));
    let trailing = Some(envelope.trailing_octets).filter(|count| *count > 0);
    set("fiveg.ngap.trailing_octets", trailing.map(|count| Value::U64(count as u64)));
}

fn malformed(reason: &str, offset: usize, payload: &[u8], fields: &Fields) -> Message {
    let mut message = Message::malformed("ngap.malformed", reason, offset, payload);
    fields.iter().for_each(|(name, value)| message.fields.set(name, value.clone()));
    message
}

/// A message being read.
#[derive(Default)]
struct Reading<'a> {
    fields: Fields,
    /// The first fault and where it is.
    fault: Option<(String, usize)>,
    errors: u64,
    /// A bit for each IE that was seen.
    seen: [u64; 8],
    repeated: Vec<Value>,
    sessions: Sessions<'a>,
    nas: Vec<Octets<'a>>,
    carried: Option<Octets<'a>>,
}

impl<'a> Reading<'a> {
    fn fail(&mut self, reason: &str, offset: usize) {
        if self.fault.is_none() {
            self.fault = Some((reason.into(), offset));
        }
    }

    fn ie(&mut self, ie: &'a Ie<'a>) {
        if self.is_repeated(ie.id) {
            // Some radio nodes do so in good faith; the first one counts.
            if self.repeated.len() < MAX_REPEATED {
                self.repeated.push(Value::Text(label(ie.id).into()));
            }
        } else if self.value(ie.id, &ie.value).is_none() {
            self.errors += 1;
            if names::IDENTIFYING.contains(&ie.id) {
                self.fail(&format!("{} does not decode", label(ie.id)), ie.offset);
            }
        }
    }

    fn is_repeated(&mut self, id: u16) -> bool {
        let bit = 1_u64 << (id % 64);
        self.seen.get_mut(usize::from(id / 64)).is_some_and(|word| std::mem::replace(word, *word | bit) & bit != 0)
    }

    fn has(&self, id: u16) -> bool {
        self.seen.get(usize::from(id / 64)).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    /// List the mandatory IEs that are missing; without one that says who or what it is about, the message is malformed.
    fn missing(&mut self, mandatory: &[u16]) {
        let missing: Vec<u16> = mandatory.iter().copied().filter(|id| !self.has(*id)).collect();
        if let Some(id) = missing.iter().find(|id| names::IDENTIFYING.contains(id)) {
            self.fail(&format!("{} is missing", label(*id)), 0);
        }
        let named = missing.into_iter().filter_map(procedures::ie_name).map(Value::Str).collect();
        self.fields.set_all("fiveg.ngap.missing_ies", named);
    }

    fn finish(mut self, kind: &'static str, payload: &[u8], out: &mut Vec<Message>) -> Option<Vec<u8>> {
        if self.errors > 0 {
            self.fields.set("fiveg.ngap.ie_errors", Value::U64(self.errors));
        }
        self.fields.set_all("fiveg.ngap.repeated_ies", self.repeated);
        let mut nas = self.nas;
        self.sessions.finish(&mut self.fields, &mut nas);
        let context = if nas.is_empty() { Fields::default() } else { inherited(&self.fields) };
        out.push(match self.fault {
            None => Message::of(kind, self.fields),
            Some((reason, offset)) => malformed(&reason, offset, payload, &self.fields),
        });
        nas.iter().for_each(|pdu| crate::nas::decode(pdu, &context, out));
        self.carried.map(|carried| carried.to_vec())
    }

    /// Read an IE; `None` when its value does not decode.
    fn value(&mut self, id: u16, octets: &'a [u8]) -> Option<()> {
        match id {
            10 | 100 => {
                let id = read::<AMFUENGAPID>(octets)?.0;
                self.fields.set("fiveg.amf_ue_ngap_id", decimal(id));
            }
            85 => self.fields.set("fiveg.ran_ue_ngap_id", decimal(u64::from(read::<RANUENGAPID>(octets)?.0))),
            82 => self.name("fiveg.gnb.name", octets),
            1 => self.name("fiveg.amf.name", octets),
            38 => self.nas.push(read::<NASPDU>(octets)?.0),
            121 => self.location(&read(octets)?),
            15 => self.fields.set("fiveg.ngap.cause", names::cause(&read(octets)?)),
            90 => self.establishment_cause(read(octets)?),
            26 => self.s_tmsi(&read(octets)?),
            0 => self.allowed_slices(&read(octets)?),
            119 => self.capabilities(&read(octets)?),
            34 => {
                let masked = read::<MaskedIMEISV>(octets)?.0.value();
                self.fields.set("fiveg.ngap.masked_imeisv", hex_id(masked, 16));
            }
            28 => self.fields.set("fiveg.amf.guami", guami(&read(octets)?)),
            114 => self.ue_ids(&read(octets)?),
            115 => {
                if let UEPagingIdentity::fiveG_S_TMSI(tmsi) = read(octets)? {
                    self.s_tmsi(&tmsi);
                }
            }
            103 => self.paging_areas(&read(octets)?),
            42 => self.carried = Some(read(octets)?),
            _ => {
                let known = self.node(id, octets).or_else(|| self.detail(id, octets));
                return known.unwrap_or_else(|| self.sessions.value(id, octets));
            }
        }
        Some(())
    }

    /// Read an IE of the management of the interface; `None` for another IE, `Some(None)` when it does not decode.
    fn node(&mut self, id: u16, octets: &'a [u8]) -> Option<Option<()>> {
        Some(match id {
            27 => read(octets).map(|node| self.global_node(&node)),
            102 => read(octets).map(|areas| self.supported_areas(&areas)),
            80 => read(octets).map(|plmns| self.supported_plmns(&plmns)),
            96 => read(octets).map(|served| self.served(&served)),
            88 => read(octets).map(|reset| self.reset(&reset)),
            111 => read(octets).map(|list| self.connections(&list)),
            105 => read(octets).map(|target| self.target(&target)),
            _ => return None,
        })
    }

    /// A name of a node. It is only shown, so whatever its octets are, it is read as far as it goes; where that is not
    /// what it claims to be, this is counted and nothing else.
    fn name(&mut self, field: &'static str, octets: &[u8]) {
        let (claimed, text) = printable(octets).unwrap_or_default();
        if claimed != text.len() || text.is_empty() {
            self.errors += 1;
        }
        if !text.is_empty() {
            let shown = text.get(..claimed).unwrap_or(text);
            self.fields.set(field, Value::Text(crate::identifiers::text(shown).into()));
        }
    }

    fn location(&mut self, location: &UserLocationInformation) {
        match location {
            UserLocationInformation::userLocationInformationNR(nr) => {
                self.fields.set("fiveg.nci", hex_id(nr.nr_cgi.nr_cell_identity.0.value(), 9));
                self.area(&nr.tai);
            }
            UserLocationInformation::userLocationInformationEUTRA(eutra) => self.area(&eutra.tai),
            _ => {}
        }
    }

    fn area(&mut self, tai: &TAI) {
        self.fields.set("fiveg.tac", tac(tai.tac.0));
        self.fields.set("fiveg.plmn", plmn(&tai.plmn_identity));
    }

    fn establishment_cause(&mut self, cause: RRCEstablishmentCause) {
        if let Some(name) = names::ESTABLISHMENT_CAUSES.get(cause as usize) {
            self.fields.set("fiveg.ngap.rrc_establishment_cause", Value::Str(name));
        }
    }

    fn s_tmsi(&mut self, identity: &FiveGSTMSI) {
        self.fields.set("fiveg.tmsi", teid(identity.five_g_tmsi.0));
    }

    fn allowed_slices(&mut self, allowed: &AllowedNSSAI) {
        let slices = || allowed.0.iter().map(|item| &item.s_nssai);
        self.fields.set_all("fiveg.snssai.sst", slices().map(sst).collect());
        self.fields.set_all("fiveg.snssai.sd", slices().map(sd).collect());
    }

    /// The algorithms of the UE. Algorithm 0 has no bit: every terminal has it (9.3.1.86).
    fn capabilities(&mut self, capabilities: &UESecurityCapabilities) {
        let present = |bits: &BitString, names: &[&'static str; 8]| {
            let bit = |place: usize| place == 0 || bits.get(place - 1) == Some(true);
            names.iter().enumerate().filter(|(place, _)| bit(*place)).map(|(_, name)| Value::Str(name)).collect()
        };
        let (nea, nia) = (&capabilities.nr_encryption_algorithms.0, &capabilities.nr_integrity_protection_algorithms.0);
        self.fields.set_all("fiveg.nas.ue_nea", present(nea, &names::NEA));
        self.fields.set_all("fiveg.nas.ue_nia", present(nia, &names::NIA));
    }

    fn ue_ids(&mut self, ids: &UENGAPIDs) {
        let amf = match ids {
            UENGAPIDs::uE_NGAP_ID_pair(pair) => {
                self.fields.set("fiveg.ran_ue_ngap_id", decimal(u64::from(pair.ran_ue_ngap_id.0)));
                pair.amf_ue_ngap_id.0
            }
            UENGAPIDs::aMF_UE_NGAP_ID(id) => id.0,
            _ => return,
        };
        self.fields.set("fiveg.amf_ue_ngap_id", decimal(amf));
    }

    fn paging_areas(&mut self, areas: &TAIListForPaging) {
        let items = || areas.0.iter().map(|item| &item.tai);
        self.fields.set_all("fiveg.tac", items().map(|tai| tac(tai.tac.0)).collect());
        self.fields.set_all("fiveg.plmn", items().map(|tai| plmn(&tai.plmn_identity)).collect());
    }

    fn global_node(&mut self, node: &GlobalRANNodeID) {
        if let Some((home, id)) = node_id(node) {
            self.fields.set("fiveg.gnb.id", decimal(id));
            self.fields.set("fiveg.gnb.plmn", plmn(home));
        }
    }

    fn target(&mut self, target: &TargetID) {
        let TargetID::targetRANNodeID(target) = target else { return };
        if let Some((_, id)) = node_id(&target.global_ran_node_id) {
            self.fields.set("fiveg.ngap.target_gnb_id", decimal(id));
        }
        self.fields.set("fiveg.ngap.target_tac", tac(target.selected_tai.tac.0));
    }

    /// One row for each slice of each PLMN of each tracking area.
    fn supported_areas(&mut self, areas: &SupportedTAList) {
        let rows = areas.0.iter().flat_map(|area| {
            let plmns = area.broadcast_plmn_list.0.iter();
            plmns.flat_map(move |item| item.tai_slice_support_list.0.iter().map(move |slice| (area, item, slice)))
        });
        let (mut tacs, mut plmns, mut ssts, mut sds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (area, item, slice) in rows.take(MAX_ROWS) {
            tacs.push(tac(area.tac.0));
            plmns.push(plmn(&item.plmn_identity));
            ssts.push(sst(&slice.s_nssai));
            sds.push(sd(&slice.s_nssai));
        }
        self.fields.set_all("fiveg.tac", tacs);
        self.slices(plmns, ssts, sds);
    }

    /// One row for each slice of each PLMN.
    fn supported_plmns(&mut self, supported: &PLMNSupportList) {
        let rows = supported.0.iter().flat_map(|item| item.slice_support_list.0.iter().map(move |slice| (item, slice)));
        let (mut plmns, mut ssts, mut sds) = (Vec::new(), Vec::new(), Vec::new());
        for (item, slice) in rows.take(MAX_ROWS) {
            plmns.push(plmn(&item.plmn_identity));
            ssts.push(sst(&slice.s_nssai));
            sds.push(sd(&slice.s_nssai));
        }
        self.slices(plmns, ssts, sds);
    }

    fn slices(&mut self, plmns: Vec<Value>, ssts: Vec<Value>, sds: Vec<Value>) {
        self.fields.set_all("fiveg.plmn", plmns);
        self.fields.set_all("fiveg.snssai.sst", ssts);
        self.fields.set_all("fiveg.snssai.sd", sds);
    }

    fn served(&mut self, served: &ServedGUAMIList) {
        self.fields.set_all("fiveg.amf.guami", served.0.iter().map(|item| guami(&item.guami)).collect());
    }

    fn reset(&mut self, reset: &ResetType) {
        let name = match reset {
            ResetType::nG_Interface(_) => "ng_interface",
            ResetType::partOfNG_Interface(list) => {
                self.connections(list);
                "part_of_ng_interface"
            }
            _ => return,
        };
        self.fields.set("fiveg.ngap.reset_type", Value::Str(name));
    }

    fn connections(&mut self, list: &UEAssociatedLogicalNGConnectionList) {
        let items = || list.0.iter().take(MAX_ROWS);
        let amf = items().map(|item| item.amf_ue_ngap_id.map(|id| decimal(id.0))).collect();
        let ran = items().map(|item| item.ran_ue_ngap_id.map(|id| decimal(u64::from(id.0)))).collect();
        self.fields.set_all("fiveg.ngap.reset.amf_ue_ngap_id", crate::identifiers::aligned(amf));
        self.fields.set_all("fiveg.ngap.reset.ran_ue_ngap_id", crate::identifiers::aligned(ran));
    }
}

/// The whole of `octets` as a value; the octets that it holds are borrowed.
fn read<'a, T: Decode<'a>>(octets: &'a [u8]) -> Option<T> {
    decode_open_type(octets).ok()
}

/// A PrintableString (SIZE (1..150, ...)), without a look at its characters: many a node has a `_` in its name. How long
/// it says that it is, and its octets.
fn printable(octets: &[u8]) -> Option<(usize, &[u8])> {
    let [first, second] = octets.first_chunk().copied()?;
    match (first & 0x80, second & 0x80) {
        // The length less one, in the eight bits behind the one of the extension.
        (0, _) => Some((usize::from(first << 1 | second >> 7) + 1, octets.get(2..)?)),
        (_, 0) => Some((usize::from(second), octets.get(2..)?)),
        _ => Some((usize::from(second & 0x3f) << 8 | usize::from(*octets.get(2)?), octets.get(3..)?)),
    }
}

/// The name of an IE, or its number.
fn label(id: u16) -> String {
    procedures::ie_name(id).map_or_else(|| format!("ie_{id}"), String::from)
}

fn inherited(fields: &Fields) -> Fields {
    let mut context = Fields::default();
    for name in OF_THE_UE {
        fields.get(name).into_iter().for_each(|value| context.set(name, value.clone()));
    }
    context
}

fn sst(slice: &SNSSAI) -> Value {
    let [sst] = slice.sst.0;
    Value::U64(u64::from(sst))
}

fn sd(slice: &SNSSAI) -> Value {
    slice_differentiator(slice.sd.as_ref().map(|sd| sd.0))
}

fn plmn(identity: &PLMNIdentity) -> Value {
    crate::identifiers::plmn(plmn_octets(identity))
}

fn plmn_digits(identity: &PLMNIdentity) -> String {
    plmn_text(plmn_octets(identity))
}

/// A PLMN identity as NAS has it. NGAP has three digits of MNC in their order (9.3.3.5), NAS the third before the others.
fn plmn_octets(identity: &PLMNIdentity) -> [u8; 3] {
    let [first, second, third] = identity.0;
    match second >> 4 {
        0x0f => identity.0,
        digit => [first, third & 0xf0 | second & 0x0f, third << 4 | digit],
    }
}

/// A GUAMI: `<plmn>-<amf region>-<set>-<pointer>`.
fn guami(guami: &GUAMI) -> Value {
    let plmn = plmn_digits(&guami.plmn_identity);
    let (region, set) = (guami.amf_region_id.0.value(), guami.amf_set_id.0.value());
    Value::Text(format!("{plmn}-{region}-{set}-{}", guami.amf_pointer.0.value()).into())
}

/// The PLMN and the id of a node of any sort.
fn node_id(node: &GlobalRANNodeID) -> Option<(&PLMNIdentity, u64)> {
    let (plmn, bits) = match node {
        GlobalRANNodeID::globalGNB_ID(GlobalGNBID { plmn_identity, gnb_id: GNBID::gNB_ID(bits), .. }) => {
            (plmn_identity, bits)
        }
        GlobalRANNodeID::globalNgENB_ID(GlobalNgENBID { plmn_identity, ng_enb_id, .. }) => match ng_enb_id {
            NgENBID::macroNgENB_ID(bits) | NgENBID::shortMacroNgENB_ID(bits) | NgENBID::longMacroNgENB_ID(bits) => {
                (plmn_identity, bits)
            }
            NgENBID::choice_Extensions(_) => return None,
        },
        GlobalRANNodeID::globalN3IWF_ID(GlobalN3IWFID { plmn_identity, n3iwf_id: N3IWFID::n3IWF_ID(bits), .. }) => {
            (plmn_identity, bits)
        }
        _ => return None,
    };
    Some((plmn, bits.value()))
}
