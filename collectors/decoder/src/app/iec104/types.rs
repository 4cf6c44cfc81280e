//! Types of ASDUs and causes of transmission (IEC 60870-5-101, 7.2.1 and 7.2.3).

/// What a type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Monitor,
    Command,
    Interrogation,
    CounterInterrogation,
    Read,
    ClockSync,
    Test,
    Reset,
    Delay,
    Parameter,
    File,
    Initialized,
    Other,
}

impl Class {
    pub fn kind(self) -> &'static str {
        match self {
            Self::Monitor => "iec104.monitor",
            Self::Command => "iec104.command",
            Self::Interrogation => "iec104.interrogation",
            Self::CounterInterrogation => "iec104.counter_interrogation",
            Self::Read => "iec104.read",
            Self::ClockSync => "iec104.clock_sync",
            Self::Test => "iec104.test",
            Self::Reset => "iec104.reset_process",
            Self::Delay => "iec104.delay_acquisition",
            Self::Parameter => "iec104.parameter",
            Self::File => "iec104.file_transfer",
            Self::Initialized => "iec104.end_of_initialization",
            Self::Other => "iec104.other",
        }
    }

    pub fn operation(self) -> &'static str {
        match self {
            Self::Monitor | Self::Initialized => "report",
            Self::Command | Self::Other => "control",
            Self::Interrogation | Self::CounterInterrogation | Self::Read => "read",
            Self::ClockSync | Self::Parameter => "write",
            Self::Test | Self::Delay => "diagnose",
            Self::Reset => "mode",
            Self::File => "program",
        }
    }
}

/// The first element of an object of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// Information with quality in one octet: so many low bits are the state.
    State(u8),
    Step,
    /// 32 bits, quality.
    Bits,
    Normalized,
    Scaled,
    Float,
    Counter,
    /// A command in one octet: so many low bits are the state; the highest is select.
    Order(u8),
    /// One octet that says how.
    Qualifier,
    None,
}

/// A type of ASDU, with the octets of an object after its address; of those that vary, none.
#[derive(Debug)]
pub struct Type {
    pub code: u8,
    pub name: &'static str,
    pub function: &'static str,
    pub class: Class,
    pub element: Element,
    pub size: Option<u8>,
}

const fn row(code: u8, name: &'static str, function: &'static str, class: Class, element: Element, size: u8) -> Type {
    Type { code, name, function, class, element, size: if size == VARIES { None } else { Some(size) } }
}

const VARIES: u8 = 255;
static UNKNOWN: Type = row(0, "unknown", "unknown", Class::Other, Element::None, VARIES);

use Class::{Command, File, Monitor, Parameter, Test};
use Element::{Bits, Counter, Float, Normalized, Order, Qualifier, Scaled, State, Step};

#[rustfmt::skip]
static TYPES: &[Type] = &[
    row(1, "M_SP_NA_1", "single_point_information", Monitor, State(1), 1),
    row(2, "M_SP_TA_1", "single_point_information", Monitor, State(1), 4),
    row(3, "M_DP_NA_1", "double_point_information", Monitor, State(2), 1),
    row(4, "M_DP_TA_1", "double_point_information", Monitor, State(2), 4),
    row(5, "M_ST_NA_1", "step_position_information", Monitor, Step, 2),
    row(6, "M_ST_TA_1", "step_position_information", Monitor, Step, 5),
    row(7, "M_BO_NA_1", "bitstring_of_32_bits", Monitor, Bits, 5),
    row(8, "M_BO_TA_1", "bitstring_of_32_bits", Monitor, Bits, 8),
    row(9, "M_ME_NA_1", "measured_value_normalized", Monitor, Normalized, 3),
    row(10, "M_ME_TA_1", "measured_value_normalized", Monitor, Normalized, 6),
    row(11, "M_ME_NB_1", "measured_value_scaled", Monitor, Scaled, 3),
    row(12, "M_ME_TB_1", "measured_value_scaled", Monitor, Scaled, 6),
    row(13, "M_ME_NC_1", "measured_value_float", Monitor, Float, 5),
    row(14, "M_ME_TC_1", "measured_value_float", Monitor, Float, 8),
    row(15, "M_IT_NA_1", "integrated_totals", Monitor, Counter, 5),
    row(16, "M_IT_TA_1", "integrated_totals", Monitor, Counter, 8),
    row(17, "M_EP_TA_1", "protection_event", Monitor, State(2), 6),
    row(18, "M_EP_TB_1", "protection_start_events", Monitor, Element::None, 7),
    row(19, "M_EP_TC_1", "protection_output_circuit", Monitor, Element::None, 7),
    row(20, "M_PS_NA_1", "packed_single_points", Monitor, Bits, 5),
    row(21, "M_ME_ND_1", "measured_value_normalized", Monitor, Normalized, 2),
    row(30, "M_SP_TB_1", "single_point_information", Monitor, State(1), 8),
    row(31, "M_DP_TB_1", "double_point_information", Monitor, State(2), 8),
    row(32, "M_ST_TB_1", "step_position_information", Monitor, Step, 9),
    row(33, "M_BO_TB_1", "bitstring_of_32_bits", Monitor, Bits, 12),
    row(34, "M_ME_TD_1", "measured_value_normalized", Monitor, Normalized, 10),
    row(35, "M_ME_TE_1", "measured_value_scaled", Monitor, Scaled, 10),
    row(36, "M_ME_TF_1", "measured_value_float", Monitor, Float, 12),
    row(37, "M_IT_TB_1", "integrated_totals", Monitor, Counter, 12),
    row(38, "M_EP_TD_1", "protection_event", Monitor, State(2), 10),
    row(39, "M_EP_TE_1", "protection_start_events", Monitor, Element::None, 11),
    row(40, "M_EP_TF_1", "protection_output_circuit", Monitor, Element::None, 11),
    row(45, "C_SC_NA_1", "single_command", Command, Order(1), 1),
    row(46, "C_DC_NA_1", "double_command", Command, Order(2), 1),
    row(47, "C_RC_NA_1", "regulating_step_command", Command, Order(2), 1),
    row(48, "C_SE_NA_1", "set_point_normalized", Command, Normalized, 3),
    row(49, "C_SE_NB_1", "set_point_scaled", Command, Scaled, 3),
    row(50, "C_SE_NC_1", "set_point_float", Command, Float, 5),
    row(51, "C_BO_NA_1", "bitstring_command", Command, Bits, 4),
    row(58, "C_SC_TA_1", "single_command", Command, Order(1), 8),
    row(59, "C_DC_TA_1", "double_command", Command, Order(2), 8),
    row(60, "C_RC_TA_1", "regulating_step_command", Command, Order(2), 8),
    row(61, "C_SE_TA_1", "set_point_normalized", Command, Normalized, 10),
    row(62, "C_SE_TB_1", "set_point_scaled", Command, Scaled, 10),
    row(63, "C_SE_TC_1", "set_point_float", Command, Float, 12),
    row(64, "C_BO_TA_1", "bitstring_command", Command, Bits, 11),
    row(70, "M_EI_NA_1", "end_of_initialization", Class::Initialized, Qualifier, 1),
    row(100, "C_IC_NA_1", "interrogation", Class::Interrogation, Qualifier, 1),
    row(101, "C_CI_NA_1", "counter_interrogation", Class::CounterInterrogation, Qualifier, 1),
    row(102, "C_RD_NA_1", "read", Class::Read, Element::None, 0),
    row(103, "C_CS_NA_1", "clock_synchronization", Class::ClockSync, Element::None, 7),
    row(104, "C_TS_NA_1", "test", Test, Element::None, 2),
    row(105, "C_RP_NA_1", "reset_process", Class::Reset, Qualifier, 1),
    row(106, "C_CD_NA_1", "delay_acquisition", Class::Delay, Element::None, 2),
    row(107, "C_TS_TA_1", "test", Test, Element::None, 9),
    row(110, "P_ME_NA_1", "parameter_normalized", Parameter, Normalized, 3),
    row(111, "P_ME_NB_1", "parameter_scaled", Parameter, Scaled, 3),
    row(112, "P_ME_NC_1", "parameter_float", Parameter, Float, 5),
    row(113, "P_AC_NA_1", "parameter_activation", Parameter, Qualifier, 1),
    row(120, "F_FR_NA_1", "file_ready", File, Element::None, 6),
    row(121, "F_SR_NA_1", "section_ready", File, Element::None, 7),
    row(122, "F_SC_NA_1", "call_file", File, Element::None, 4),
    row(123, "F_LS_NA_1", "last_section", File, Element::None, 5),
    row(124, "F_AF_NA_1", "acknowledge_file", File, Element::None, 4),
    row(125, "F_SG_NA_1", "file_segment", File, Element::None, VARIES),
    row(126, "F_DR_TA_1", "directory", File, Element::None, 13),
    row(127, "F_SC_NB_1", "query_log", File, Element::None, 16),
];

pub fn known(code: u8) -> &'static Type {
    let at = TYPES.binary_search_by_key(&code, |known| known.code);
    at.ok().and_then(|at| TYPES.get(at)).unwrap_or(&UNKNOWN)
}

pub fn cause(code: u8) -> &'static str {
    match code {
        1 => "periodic",
        2 => "background_scan",
        3 => "spontaneous",
        4 => "initialized",
        5 => "request",
        6 => "activation",
        7 => "activation_confirmation",
        8 => "deactivation",
        9 => "deactivation_confirmation",
        10 => "activation_termination",
        11 => "return_information_remote",
        12 => "return_information_local",
        13 => "file_transfer",
        14 => "authentication",
        15 => "session_key_maintenance",
        16 => "user_role_maintenance",
        20 => "interrogated_by_station",
        21..=36 => "interrogated_by_group",
        37 => "counter_interrogated",
        38..=41 => "counter_interrogated_by_group",
        44 => "unknown_type",
        45 => "unknown_cause",
        46 => "unknown_common_address",
        47 => "unknown_object_address",
        _ => "unknown",
    }
}
