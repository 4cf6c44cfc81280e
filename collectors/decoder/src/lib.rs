//! Sentinel's decoder: frames in, Events out. No I/O beyond reading a capture, no PyO3, no unsafe code, no panic.
//!
//! `capture` reads files, `decoder` walks a frame through `link`, `ip`, `fragments`, `sctp` and `gtpu`; `ngap`, `nas` and
//! `pfcp` turn payloads into messages; `userplane` keeps tunnels and flows.

// A test may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod ahead;
pub mod app;
pub mod capture;
pub mod checksum;
pub mod columns;
pub mod decoder;
pub mod event;
mod flows;
mod fragments;
pub mod gtpc;
pub mod gtpu;
mod identifiers;
mod index;
pub mod ip;
mod kinds;
pub mod link;
pub mod message;
pub mod mirror;
pub mod nas;
pub mod ngap;
pub mod number;
mod octets;
pub mod pfcp;
mod plain;
mod rates;
mod recognise;
mod room;
pub mod sctp;
pub mod seen;
mod slots;
mod stream;
mod table;
mod talk;
mod tunnels;
mod userplane;
