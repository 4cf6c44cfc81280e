//! Sentinel's decoder: frames in, messages out. No I/O beyond reading a capture, no PyO3, no unsafe code, no panic.

mod identifiers;
pub mod message;
pub mod nas;
pub mod ngap;
pub mod pfcp;
