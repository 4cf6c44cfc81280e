//! The evidence ring: recent packets on disk, found again by tunnel, session, UE context, address and flow.
//!
//! One collector writes into one folder, mode 0700, files 0600:
//!
//! ```text
//! 0000000042.pcapng    a segment: Section Header, Interface Descriptions, Enhanced Packet Blocks; any tool reads it
//! 0000000042.sealed    the same in pieces that are sealed, where there are keys (`sealing`)
//! 0000000042.index     which packets of it are about what; made when the segment is closed, sealed like it
//! ```
//!
//! **Writing.** Whoever decodes a packet hands it over with the events that it gave (`writer`). `walk` reads the outside of
//! it again, cheaply: addresses and ports, the TEID and the inner flow of a G-PDU, the SEID of a PFCP header. What only a
//! decoded message tells (UE contexts, tunnels and sessions that it sets up, a SUPI) comes from the events. Packets are
//! gathered in a buffer; full buffers go to a thread, which alone touches the disk (`shelf`). A live source never waits
//! for it: when the thread lags behind by several buffers, packets are counted as lost to evidence and decoded all the
//! same. A capture, which can wait, does.
//!
//! **What is kept.** Signalling (SCTP, PFCP, GTP-U's own messages) and every packet that gave an event other than of a
//! tunnel's or a flow's life: all of it, whole. Of every other flow the first packets and then every k-th one (`cap`),
//! anew every ten minutes; industrial protocols whole, others up to a snap length. So a video stream leaves a trace, and
//! does not push everything else out.
//!
//! **Bounds.** Segments are closed at a size, at an age, or when their index has a million entries; the oldest are deleted
//! before the folder grows over its size, and once they are over their age. When the file system has less room left than
//! the reserve, or a write fails, evidence stops, says so and counts; it begins again by itself.
//!
//! **After a crash** (`kill -9`), a segment has no index: the next writer cuts it back to its last whole block and makes
//! the index by walking it. What events told stands in each packet's comment, so nothing of the index is lost; a reader
//! walks an open segment in the same way. At most what was in the buffers, about a second, is gone.
//!
//! **Sealed** (`sealing`), packets lie in pieces of 16 KiB, each bound to its segment and its place there. A piece that was cut
//! short is cut off like a block; one that does not open is passed over and told, and nothing is ever deleted for it. Where
//! nothing can be sealed, nothing is kept.
//!
//! **Reading** (`cut`) trusts no file: an index that does not fit its segment or its own checksum is made anew in memory,
//! an offset that is no packet is passed over.
//!
//! Known gaps: a message that came in several SCTP chunks is found by its last packet and by its association, not by the
//! UE through the others; fragments of a datagram that arrive before the first one are known by their addresses only;
//! keys are 64-bit hashes, which somebody with much patience can make collide, so that a cut has a packet too many.

// A test may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod block;
mod cap;
pub mod cut;
mod index;
pub mod sealing;
mod segment;
mod shelf;
pub mod subject;
#[cfg(test)]
mod tests;
mod told;
pub mod walk;
pub mod writer;
