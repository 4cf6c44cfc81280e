//! A light walk over an NGAP PDU: what columns have of it, without building fields.
//!
//! It knows the usual forms and gives up (`None`) on whatever is not one: fragments, repeated IEs, values that do not
//! decode, missing IEs. Such a message is decoded in full, so the walk never decides what is malformed. IEs of which
//! columns have nothing, and that do not say who or what the message is about, are passed over.

mod lists;

use lists::First;
use oxirush_ngap::ngap::*;

use super::names::{self, IDENTIFYING};
use super::sessions::Sessions;
use super::{OF_THE_UE, PDU_TYPES, node_id, plmn_octets, procedures, read};
use crate::columns::{Column, Draft};
use crate::identifiers::{decimal, hex_id, plmn, slice_differentiator, tac};
use crate::message::{Fields, Value};
use crate::nas;

/// NAS messages of one NGAP message; one that has more is decoded in full.
const MOST_NAS: usize = 8;
/// IEs that are told apart when they are repeated.
const IES: usize = 512;

/// Draft the rows of a PDU and of the NAS messages in it.
pub(crate) fn walk(pdu: &[u8], draft: &mut Draft<'_>) -> Option<()> {
    let ([first, code, _criticality], rest) = pdu.split_first_chunk()?;
    let outcome = usize::from(first >> 5);
    let (message, _trailing) = open_type(rest)?;
    let (_, outcomes) = procedures::PROCEDURES.get(usize::from(*code))?;
    let (kind, mandatory) = outcomes.get(outcome)?;
    if kind.is_empty() || *kind == "ngap.private_message" {
        return None;
    }
    draft.row(kind);
    draft.number(Column::ProcedureCode, (*code).into());
    draft.name(Column::PduType, PDU_TYPES.get(outcome)?);
    let mut walk = Walk::new(draft);
    walk.container(message)?;
    walk.finish(mandatory)
}

/// An open type of less than 16,384 octets behind its length determinant (X.691, 11.9), and what follows it.
fn open_type(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = octets.split_first()?;
    let (length, rest) = match first {
        0..0x80 => (usize::from(*first), rest),
        0x80..0xc0 => {
            let (second, rest) = rest.split_first()?;
            (usize::from(u16::from_be_bytes([first & 0x3f, *second])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A number behind its length less one, which stands in the first bits of the first octet: `spare` are the others.
fn number(octets: &[u8], spare: u8) -> Option<u64> {
    let (first, octets) = octets.split_first()?;
    let usual = usize::from(first >> spare.count_ones()) + 1 == octets.len() && first & spare == 0;
    let canonical = octets.len() <= 5 && (octets.len() == 1 || *octets.first()? != 0);
    (usual && canonical).then(|| octets.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

/// What the NAS messages have too: who and where the UE is.
#[derive(Default)]
pub(crate) struct Ue {
    amf: Option<u64>,
    ran: Option<u64>,
    nci: Option<u64>,
    area: Option<Area>,
}

#[derive(Clone, Copy)]
struct Area {
    tac: Option<[u8; 3]>,
    plmn: [u8; 3],
}

impl Ue {
    /// The cells of a row.
    pub(crate) fn cells(&self, draft: &mut Draft<'_>) {
        let numbers = [(Column::AmfUeNgapId, self.amf), (Column::RanUeNgapId, self.ran), (Column::Nci, self.nci)];
        for (column, number) in numbers {
            number.into_iter().for_each(|number| draft.number(column, number));
        }
        if let Some(area) = self.area {
            area.tac
                .into_iter()
                .for_each(|[a, b, c]| draft.number(Column::Tac, u32::from_be_bytes([0, a, b, c]).into()));
            draft.set(Column::Plmn, &plmn(area.plmn));
        }
    }

    /// The same as fields, for a message that is decoded in full.
    pub(crate) fn fields(&self) -> Fields {
        let mut fields = Fields::default();
        let mut add = |name, value: Option<Value>| value.into_iter().for_each(|value| fields.add(name, value));
        let [amf, ran, nci, area_code, network] = OF_THE_UE;
        add(amf, self.amf.map(decimal));
        add(ran, self.ran.map(decimal));
        add(nci, self.nci.map(|nci| hex_id(nci, 9)));
        add(area_code, self.area.and_then(|area| area.tac).map(tac));
        add(network, self.area.map(|area| plmn(area.plmn)));
        fields
    }

    pub(crate) fn knows_plmn(&self) -> bool {
        self.area.is_some()
    }
}

struct Walk<'a, 'b, 'c> {
    draft: &'b mut Draft<'c>,
    ue: Ue,
    /// A bit for each IE that was seen.
    seen: [u64; IES / 64],
    nas: [&'a [u8]; MOST_NAS],
    count: usize,
    has_cause: bool,
    sessions: Option<Box<Sessions<'a>>>,
}

impl<'a, 'b, 'c> Walk<'a, 'b, 'c> {
    fn new(draft: &'b mut Draft<'c>) -> Self {
        let (seen, nas) = ([0; IES / 64], [&[][..]; MOST_NAS]);
        Self { draft, ue: Ue::default(), seen, nas, count: 0, has_cause: false, sessions: None }
    }

    /// A SEQUENCE that is a container of IEs.
    fn container(&mut self, octets: &'a [u8]) -> Option<()> {
        let ([extended, high, low], mut rest) = octets.split_first_chunk()?;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let ([high, low, _criticality], behind) = rest.split_first_chunk()?;
            let (value, behind) = open_type(behind)?;
            let id = u16::from_be_bytes([*high, *low]);
            self.first_sight(id)?;
            self.value(id, value)?;
            rest = behind;
        }
        (rest.is_empty() || extended & 0x80 != 0).then_some(())
    }

    fn first_sight(&mut self, id: u16) -> Option<()> {
        let bit = 1_u64 << (id % 64);
        let word = self.seen.get_mut(usize::from(id / 64))?;
        (std::mem::replace(word, *word | bit) & bit == 0).then_some(())
    }

    fn has(&self, id: u16) -> bool {
        self.seen.get(usize::from(id / 64)).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    fn finish(&mut self, mandatory: &[u16]) -> Option<()> {
        if mandatory.iter().any(|id| !self.has(*id) && IDENTIFYING.contains(id)) {
            return None;
        }
        self.ue.cells(self.draft);
        let in_sessions = match self.sessions.take() {
            Some(sessions) => sessions.draft(self.has_cause, self.draft)?,
            None => Vec::new(),
        };
        let own = self.nas.get(..self.count)?.iter().copied();
        own.chain(in_sessions.iter().map(|pdu| &pdu[..])).for_each(|pdu| nas::walk(pdu, &self.ue, self.draft));
        Some(())
    }

    fn carries(&mut self, pdu: &'a [u8]) -> Option<()> {
        *self.nas.get_mut(self.count)? = pdu;
        self.count += 1;
        Some(())
    }

    /// Read an IE; `None` where that is left to the full decoding.
    fn value(&mut self, id: u16, octets: &'a [u8]) -> Option<()> {
        match id {
            10 | 100 => self.ue.amf = Some(number(octets, 0x1f)?),
            85 => self.ue.ran = Some(number(octets, 0x3f)?),
            38 => {
                let (pdu, behind) = open_type(octets)?;
                return behind.is_empty().then(|| self.carries(pdu))?;
            }
            121 => return self.location(octets),
            15 => {
                self.draft.set(Column::Cause, &names::cause(&read(octets)?));
                self.has_cause = true;
            }
            90 => {
                let name = names::ESTABLISHMENT_CAUSES.get(read::<RRCEstablishmentCause>(octets)? as usize)?;
                self.draft.name(Column::EstablishmentCause, name);
            }
            26 => match octets {
                [a, _, b, tmsi @ ..] if tmsi.len() == 4 && a & 0xc0 == 0 && b & 0x3f == 0 => {
                    self.tmsi(*tmsi.first_chunk()?)
                }
                _ => self.s_tmsi(&read(octets)?),
            },
            115 => match read(octets)? {
                UEPagingIdentity::fiveG_S_TMSI(tmsi) => self.s_tmsi(&tmsi),
                _ => return None,
            },
            114 => match read(octets)? {
                UENGAPIDs::uE_NGAP_ID_pair(pair) => {
                    self.ue.amf = Some(pair.amf_ue_ngap_id.0);
                    self.ue.ran = Some(pair.ran_ue_ngap_id.0.into());
                }
                UENGAPIDs::aMF_UE_NGAP_ID(id) => self.ue.amf = Some(id.0),
                _ => return None,
            },
            _ => return self.other(id, octets),
        }
        Some(())
    }

    /// IEs of fewer messages.
    fn other(&mut self, id: u16, octets: &'a [u8]) -> Option<()> {
        match id {
            0 => match lists::allowed(octets) {
                Some(slice) => self.one_slice(slice.sst, slice.sd),
                None => self.slice(&read::<AllowedNSSAI>(octets)?.0.first()?.s_nssai),
            },
            27 => {
                let id = match octets {
                    [0x00, _, _, _, 0x50, a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]).into(),
                    _ => node_id(&read(octets)?)?.1,
                };
                self.draft.number(Column::GnbId, id);
            }
            80 => match lists::networks(octets) {
                Some(first) => self.first(&first)?,
                None => {
                    let plmns: PLMNSupportList = read(octets)?;
                    let first = plmns.0.first()?;
                    self.area(None, &first.plmn_identity);
                    self.slice(&first.slice_support_list.0.first()?.s_nssai);
                }
            },
            96 => match octets {
                [0, 0, rest @ ..] if rest.len() == 6 => {}
                _ => drop(read::<ServedGUAMIList>(octets)?),
            },
            102 => match lists::areas(octets) {
                Some(first) => self.first(&first)?,
                None => {
                    let areas: SupportedTAList = read(octets)?;
                    let area = areas.0.first()?;
                    let first = area.broadcast_plmn_list.0.first()?;
                    self.area(Some(area.tac.0), &first.plmn_identity);
                    self.slice(&first.tai_slice_support_list.0.first()?.s_nssai);
                }
            },
            103 => {
                let areas: TAIListForPaging = read(octets)?;
                let area = &areas.0.first()?.tai;
                self.area(Some(area.tac.0), &area.plmn_identity);
            }
            // Resets, handovers and messages in messages are rare.
            42 | 88 | 105 => return None,
            53..=79 | 131..=133 | 229..=233 => {
                return self.sessions.get_or_insert_default().light(id, octets);
            }
            _ => {}
        }
        Some(())
    }

    /// Where the UE is (9.3.1.16), in the usual form of NR: PLMN, cell, PLMN and TAC, with or without the time.
    fn location(&mut self, octets: &[u8]) -> Option<()> {
        let ([first, _, _, _, a, b, c, d, e, p1, p2, p3, t1, t2, t3], behind) = octets.split_first_chunk()?;
        match (first, behind.len(), e & 0x0f) {
            (0x40, 0, 0) | (0x50, 4, 0) => {
                self.ue.nci = Some(u64::from_be_bytes([0, 0, 0, *a, *b, *c, *d, *e]) >> 4);
                self.place(Some([*t1, *t2, *t3]), [*p1, *p2, *p3]);
            }
            _ => self.any_location(&read(octets)?),
        }
        Some(())
    }

    fn any_location(&mut self, location: &UserLocationInformation) {
        let area = match location {
            UserLocationInformation::userLocationInformationNR(nr) => {
                self.ue.nci = Some(nr.nr_cgi.nr_cell_identity.0.value());
                &nr.tai
            }
            UserLocationInformation::userLocationInformationEUTRA(eutra) => &eutra.tai,
            _ => return,
        };
        self.area(Some(area.tac.0), &area.plmn_identity);
    }

    fn area(&mut self, tac: Option<[u8; 3]>, plmn: &PLMNIdentity) {
        self.place(tac, plmn.0);
    }

    fn place(&mut self, tac: Option<[u8; 3]>, plmn: [u8; 3]) {
        let tac = tac.or(self.ue.area.and_then(|area| area.tac));
        self.ue.area = Some(Area { tac, plmn: plmn_octets(&PLMNIdentity(plmn)) });
    }

    fn s_tmsi(&mut self, identity: &FiveGSTMSI) {
        self.tmsi(identity.five_g_tmsi.0);
    }

    fn tmsi(&mut self, octets: [u8; 4]) {
        self.draft.number(Column::Tmsi, u32::from_be_bytes(octets).into());
    }

    fn slice(&mut self, slice: &SNSSAI) {
        let [sst] = slice.sst.0;
        self.one_slice(sst, slice.sd.as_ref().map(|sd| sd.0));
    }

    fn one_slice(&mut self, sst: u8, sd: Option<[u8; 3]>) {
        self.draft.number(Column::Sst, sst.into());
        self.draft.set(Column::Sd, &slice_differentiator(sd));
    }

    fn first(&mut self, first: &First) -> Option<()> {
        let slice = first.slice?;
        self.place(first.tac, first.plmn?);
        self.one_slice(slice.sst, slice.sd);
        Some(())
    }
}
