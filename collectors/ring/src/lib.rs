//! Live capture from a network interface: an AF_PACKET socket with a TPACKET_V3 ring (packet(7), packet_mmap).
//!
//! The kernel fills blocks of frames in memory that both share, and hands a block over when it is full or old. The only
//! unsafe code of the project stands here: the system calls, and the view of a block that the kernel has handed over.

use std::ffi::{CString, c_int, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const BLOCK: usize = 1 << 20;
const BLOCKS: usize = 32;
const FRAME: usize = 1 << 11;
/// Milliseconds after which the kernel hands over a block that is not full.
const RETIRE: u32 = 60;
const ANY_PROTOCOL: u16 = libc::ETH_P_ALL as u16;

/// A frame in the ring; its octets are valid until the block goes back. `missing` octets were cut off.
#[derive(Debug)]
pub struct Frame<'a> {
    pub time: u64,
    pub octets: &'a [u8],
    pub missing: usize,
    /// The VLAN that the card took out of the frame: TPID and TCI.
    pub vlan: Option<(u16, u16)>,
}

/// Packets that the kernel saw on the interface and those that it had no room for, since the ring was opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    pub seen: u64,
    pub dropped: u64,
}

#[derive(Debug)]
pub struct Ring {
    socket: OwnedFd,
    memory: *mut u8,
    next: usize,
    statistics: Statistics,
}

// SAFETY: the mapping belongs to this ring alone, and is only reached through `&mut self`.
unsafe impl Send for Ring {}

impl Ring {
    /// Open a ring on an interface, in promiscuous mode. Needs CAP_NET_RAW.
    pub fn open(interface: &str) -> io::Result<Self> {
        let name = CString::new(interface).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // SAFETY: `name` is a string that ends with a zero.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        let index = c_int::try_from(index).ok().filter(|index| *index > 0).ok_or_else(io::Error::last_os_error)?;
        // SAFETY: plain system call; the descriptor is owned at once.
        let socket = unsafe {
            let descriptor = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0);
            OwnedFd::from_raw_fd(checked(descriptor)?)
        };
        option(&socket, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        let _ = option(&socket, libc::PACKET_IGNORE_OUTGOING, &1_i32); // since Linux 4.20; else frames are filtered below
        let memory = map(&socket)?;
        let ring = Self { socket, memory, next: 0, statistics: Statistics::default() };
        ring.bind(index)?;
        Ok(ring)
    }

    fn bind(&self, index: c_int) -> io::Result<()> {
        // SAFETY: all zeros is a value of these structures of integers.
        let (mut address, mut wanted) = unsafe { (zeroed::<libc::sockaddr_ll>(), zeroed::<libc::packet_mreq>()) };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = ANY_PROTOCOL.to_be();
        address.sll_ifindex = index;
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        // SAFETY: `address` lives through the call and has the length that is said.
        checked(unsafe { libc::bind(self.socket.as_raw_fd(), (&raw const address).cast(), length) })?;
        wanted.mr_ifindex = index;
        wanted.mr_type = libc::PACKET_MR_PROMISC as u16;
        option(&self.socket, libc::PACKET_ADD_MEMBERSHIP, &wanted)
    }

    /// Wait for a block and show its frames; false when none came in time. An error means that the interface is gone.
    pub fn read(&mut self, patience: Duration, mut show: impl FnMut(Frame<'_>)) -> io::Result<bool> {
        if !self.ready() && !self.wait(patience)? {
            return Ok(false);
        }
        if !self.ready() {
            return Ok(false);
        }
        // SAFETY: the block lies within the mapping, and the kernel leaves it alone until it goes back.
        let block = unsafe { std::slice::from_raw_parts(self.memory.add(self.next * BLOCK), BLOCK) };
        frames(block, &mut show);
        self.status().store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % BLOCKS;
        Ok(true)
    }

    /// What the kernel counted.
    pub fn statistics(&mut self) -> io::Result<Statistics> {
        // SAFETY: as in `bind`; the kernel writes at most `length` octets.
        let new = unsafe {
            let mut new = zeroed::<libc::tpacket_stats_v3>();
            let mut length = size_of::<libc::tpacket_stats_v3>() as libc::socklen_t;
            let place = (&raw mut new).cast::<c_void>();
            let socket = self.socket.as_raw_fd();
            checked(libc::getsockopt(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, place, &raw mut length))?;
            new
        };
        // Reading resets the kernel's counts.
        self.statistics.seen += u64::from(new.tp_packets);
        self.statistics.dropped += u64::from(new.tp_drops);
        Ok(self.statistics)
    }

    fn status(&self) -> &AtomicU32 {
        // SAFETY: the status is the first word of the block header, after version and offset; it is aligned, lies within
        // the mapping, and kernel and process write it in turns.
        unsafe { AtomicU32::from_ptr(self.memory.add(self.next * BLOCK + 8).cast()) }
    }

    fn ready(&self) -> bool {
        self.status().load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    fn wait(&self, patience: Duration) -> io::Result<bool> {
        let mut poll = libc::pollfd { fd: self.socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let milliseconds = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: one structure, which lives through the call.
        match checked(unsafe { libc::poll(&raw mut poll, 1, milliseconds) }) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
            Ok(_) if poll.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0 => Err(self.fault()),
            Ok(count) => Ok(count > 0),
        }
    }

    /// The error that waits on the socket, such as that the interface went down.
    fn fault(&self) -> io::Error {
        let mut code: c_int = 0;
        let mut length = size_of::<c_int>() as libc::socklen_t;
        // SAFETY: the kernel writes an integer into `code`.
        let done = unsafe {
            let place = (&raw mut code).cast::<c_void>();
            libc::getsockopt(self.socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ERROR, place, &raw mut length)
        };
        if done == 0 && code != 0 {
            io::Error::from_raw_os_error(code)
        } else {
            io::Error::from_raw_os_error(libc::ENETDOWN)
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing refers to it any more.
        unsafe { libc::munmap(self.memory.cast(), BLOCK * BLOCKS) };
    }
}

fn map(socket: &OwnedFd) -> io::Result<*mut u8> {
    let request = libc::tpacket_req3 {
        tp_block_size: BLOCK as u32,
        tp_block_nr: BLOCKS as u32,
        tp_frame_size: FRAME as u32,
        tp_frame_nr: (BLOCK / FRAME * BLOCKS) as u32,
        tp_retire_blk_tov: RETIRE,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    };
    option(socket, libc::PACKET_RX_RING, &request)?;
    // SAFETY: a fresh shared mapping of the socket's ring, of the size that was asked for.
    let memory = unsafe {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        libc::mmap(std::ptr::null_mut(), BLOCK * BLOCKS, access, libc::MAP_SHARED, socket.as_raw_fd(), 0)
    };
    if memory == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(memory.cast()) }
}

fn option<T>(socket: &OwnedFd, name: c_int, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: `value` lives through the call and has the length that is said.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_PACKET, name, std::ptr::from_ref(value).cast(), length)
    };
    checked(done).map(drop)
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Walk the frames of a block (`struct tpacket3_hdr`). Offsets are the kernel's, and still checked.
fn frames(block: &[u8], show: &mut impl FnMut(Frame<'_>)) {
    let count = word(block, 12).unwrap_or(0);
    let mut at = word(block, 16).unwrap_or(0) as usize;
    for _ in 0..count {
        let Some(header) = block.get(at..) else { return };
        let Some((next, frame)) = frame(header) else { return };
        if let Some(frame) = frame {
            show(frame);
        }
        at += next;
    }
}

fn frame(header: &[u8]) -> Option<(usize, Option<Frame<'_>>)> {
    let next = word(header, 0)? as usize;
    let time = u64::from(word(header, 4)?) * 1_000_000_000 + u64::from(word(header, 8)?);
    let (captured, length) = (word(header, 12)? as usize, word(header, 16)? as usize);
    let status = word(header, 20)?;
    let start = usize::from(half(header, 24)?);
    let octets = header.get(start..start + captured)?;
    let vlan = (status & libc::TP_STATUS_VLAN_VALID != 0)
        .then(|| Some((half(header, 36).filter(|tpid| *tpid != 0).unwrap_or(0x8100), word(header, 32)? as u16)))
        .flatten();
    // The sender's address follows the header; an outgoing frame is seen again when it comes in (on `lo`).
    let outgoing = header.get(48 + 10) == Some(&libc::PACKET_OUTGOING);
    let frame = Frame { time, octets, missing: length.saturating_sub(captured), vlan };
    Some((next, (!outgoing).then_some(frame)))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk::<4>().copied().map(u32::from_ne_bytes)
}

fn half(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk::<2>().copied().map(u16::from_ne_bytes)
}
