//! What columns there are: of each the field of Events that it is, and how a cell holds it.

use std::sync::OnceLock;

use hashbrown::HashMap;

/// What a cell is. All are numbers; `shown` of a batch says what Events have in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number, which Events have too.
    Number,
    /// A number, of which Events have the decimal text.
    Decimal,
    /// A number, of which Events have the text: `0x` and so many hex digits.
    Hex(u8),
    /// A number, of which Events have so many hex digits.
    Octets(u8),
    /// 0 or 1.
    Flag,
    /// The place of a name of ours in `names`, which stays the same while there is more to read.
    Name,
    /// The place of a text in the `words` of the batch, which may be anything that a peer sent.
    Word,
}

/// A column: the field, or the attribute of Events where it has no dot; what a cell is; octets of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    pub name: &'static str,
    pub form: Form,
    pub width: usize,
}

macro_rules! columns {
    ($($column:ident = $name:literal, $form:ident $(($digits:literal))?, $width:literal;)*) => {
        /// A column, by its place in `COLUMNS`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Column { $($column,)* }

        pub const COLUMNS: &[Spec] = &[$(Spec { name: $name, form: Form::$form $(($digits))?, width: $width },)*];

        const EACH: &[Column] = &[$(Column::$column,)*];
    };
}

// Of a field with several values, the cell is the first.
columns! {
    Time = "time", Number, 8;
    Packet = "packet", Number, 8;
    Action = "event.action", Name, 2;
    SourceIp = "source.ip", Word, 4;
    SourcePort = "source.port", Number, 2;
    DestinationIp = "destination.ip", Word, 4;
    DestinationPort = "destination.port", Number, 2;
    Vlan = "network.vlan.id", Number, 2;
    Stream = "fiveg.sctp.stream", Number, 2;
    Vtag = "fiveg.sctp.vtag", Hex(8), 4;
    ProcedureCode = "fiveg.ngap.procedure_code", Number, 1;
    PduType = "fiveg.ngap.pdu_type", Name, 2;
    AmfUeNgapId = "fiveg.amf_ue_ngap_id", Decimal, 8;
    RanUeNgapId = "fiveg.ran_ue_ngap_id", Decimal, 4;
    Nci = "fiveg.nci", Hex(9), 8;
    Tac = "fiveg.tac", Decimal, 4;
    Plmn = "fiveg.plmn", Word, 4;
    Cause = "fiveg.ngap.cause", Name, 2;
    EstablishmentCause = "fiveg.ngap.rrc_establishment_cause", Name, 2;
    GnbId = "fiveg.gnb.id", Decimal, 4;
    TargetGnbId = "fiveg.ngap.target_gnb_id", Decimal, 4;
    ResetType = "fiveg.ngap.reset_type", Name, 2;
    Tmsi = "fiveg.tmsi", Hex(8), 4;
    SessionId = "fiveg.pdu_session.id", Number, 1;
    Sst = "fiveg.snssai.sst", Number, 1;
    Sd = "fiveg.snssai.sd", Word, 4;
    Dnn = "fiveg.dnn", Word, 4;
    NasType = "fiveg.nas.type", Name, 2;
    NasMessageType = "fiveg.nas.message_type", Number, 1;
    SecurityHeader = "fiveg.nas.security_header", Number, 1;
    Sequence = "fiveg.nas.sequence", Number, 1;
    Mac = "fiveg.nas.mac", Octets(8), 4;
    Ciphered = "fiveg.nas.ciphered", Flag, 1;
    Contained = "fiveg.nas.contained", Flag, 1;
    NasCause = "fiveg.nas.cause", Number, 1;
    Cipher = "fiveg.nas.cipher", Name, 2;
    Integrity = "fiveg.nas.integrity", Name, 2;
    RegistrationType = "fiveg.nas.registration_type", Name, 2;
    ServiceType = "fiveg.nas.service_type", Name, 2;
    RequestType = "fiveg.nas.request_type", Name, 2;
    IdentityType = "fiveg.nas.identity_type", Name, 2;
    Suci = "fiveg.suci", Word, 4;
    Scheme = "fiveg.suci.scheme", Number, 1;
    Supi = "fiveg.supi", Word, 4;
    Guti = "fiveg.guti", Word, 4;
    Pei = "fiveg.pei", Word, 4;
    Reason = "fiveg.malformed.reason", Word, 4;
}

impl Column {
    /// The column of this name.
    pub fn named(name: &str) -> Option<Self> {
        let place = COLUMNS.iter().position(|spec| spec.name == name)?;
        EACH.get(place).copied()
    }

    /// It says where a message was seen: these columns come first.
    pub(super) fn is_of_place(self) -> bool {
        self.place() <= Self::Vtag.place()
    }

    pub(super) fn place(self) -> usize {
        self as usize
    }
}

/// The column of a field.
pub(super) fn of_field(name: &str) -> Option<Column> {
    static BY_FIELD: OnceLock<HashMap<&'static str, Column>> = OnceLock::new();
    let by_field = BY_FIELD.get_or_init(|| COLUMNS.iter().map(|spec| spec.name).zip(EACH.iter().copied()).collect());
    by_field.get(name).copied()
}
