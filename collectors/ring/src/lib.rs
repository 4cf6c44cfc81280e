//! Live capture from a network interface: an AF_PACKET socket with a TPACKET_V3 ring (packet(7), packet_mmap).
//!
//! The kernel fills blocks of frames in memory that both share, and hands a block over when it is full or old. A frame is
//! shown where the kernel wrote it. The only unsafe code of the project stands in this file: the system calls, and the
//! view of a block that the kernel has handed over. `rings` reads several interfaces as one.

// A test may fail loudly.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod rings;

use std::ffi::{CString, c_int, c_void};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use rings::{Change, Rings};

const BLOCK: usize = 1 << 20;
/// Blocks of a ring: what may come while nobody reads, such as half a second of 128 MiB/s.
const BLOCKS: usize = 64;
const FRAME: usize = 1 << 11;
/// Milliseconds after which the kernel hands over a block that is not full.
const RETIRE: u32 = 20;
/// After this long every frame that came before has been handed over: the kernel looks at a block once every `RETIRE`.
const HANDED_OVER: Duration = Duration::from_millis(3 * RETIRE as u64);
const ARPHRD_RAWIP: u16 = 519;
/// A filter that lets nothing pass: return 0.
const NOTHING: &[Instruction] = &[Instruction { code: 0x06, jt: 0, jf: 0, k: 0 }];
const ANY_PROTOCOL: u16 = libc::ETH_P_ALL as u16;

/// A frame in the ring; its octets are valid until the block goes back. `missing` octets were cut off.
#[derive(Debug)]
pub struct Frame<'a> {
    pub time: u64,
    pub octets: &'a [u8],
    pub missing: usize,
    /// The VLAN that the card took out of the frame: TPID and TCI.
    pub vlan: Option<(u16, u16)>,
    pub link: Link,
}

/// What the frames of an interface begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    Ethernet,
    /// An IP packet, as of a tun device.
    Ip,
    /// Something else, by its ARPHRD_ number.
    Other(u16),
}

impl Link {
    fn of(hardware: u16) -> Self {
        match hardware {
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Self::Ethernet,
            libc::ARPHRD_NONE | libc::ARPHRD_PPP | ARPHRD_RAWIP => Self::Ip,
            other => Self::Other(other),
        }
    }
}

/// Packets that the kernel saw on the interface and those that it had no room for, since the ring was opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    pub seen: u64,
    pub dropped: u64,
}

/// An instruction of a classic BPF program, as `struct sock_filter` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub code: u16,
    pub jt: u8,
    pub jf: u8,
    pub k: u32,
}

/// Where reading is within the block that the kernel handed over.
#[derive(Clone, Copy, Debug)]
struct Cursor {
    at: usize,
    left: u32,
    /// When the block was found handed over.
    since: Instant,
}

/// The frame that comes next, when it came by the kernel's clock, and when it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    time: u64,
    since: Instant,
}

#[derive(Debug)]
pub struct Ring {
    socket: OwnedFd,
    memory: *mut u8,
    next: usize,
    cursor: Option<Cursor>,
    statistics: Statistics,
}

// SAFETY: the mapping belongs to this ring alone, and is only reached through `&mut self`.
unsafe impl Send for Ring {}

impl Ring {
    /// Open a ring on an interface, in promiscuous mode, for the frames that `filter` lets pass; an empty one lets all.
    /// Needs CAP_NET_RAW.
    pub fn open(interface: &str, filter: &[Instruction]) -> io::Result<Self> {
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
        attach(&socket, filter)?; // nothing comes before `bind`, so nothing passes by the filter
        let memory = map(&socket)?;
        let ring = Self { socket, memory, next: 0, cursor: None, statistics: Statistics::default() };
        ring.bind(index)?;
        match (ring.error(), ring.link()?) {
            (0, Link::Ethernet | Link::Ip) => Ok(ring),
            (0, Link::Other(hardware)) => {
                let text = format!("its frames are neither Ethernet nor IP, but of hardware type {hardware}");
                Err(io::Error::new(io::ErrorKind::Unsupported, text))
            }
            (code, _) => Err(io::Error::from_raw_os_error(code)), // such as an interface that is down
        }
    }

    /// What the frames of the interface begin with.
    fn link(&self) -> io::Result<Link> {
        // SAFETY: as in `bind`; the kernel writes at most `length` octets.
        let address = unsafe {
            let mut address = zeroed::<libc::sockaddr_ll>();
            let mut length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            checked(libc::getsockname(self.socket.as_raw_fd(), (&raw mut address).cast(), &raw mut length))?;
            address
        };
        Ok(Link::of(address.sll_hatype))
    }

    /// Let nothing more in; what came before can still be read.
    pub fn close(&self) -> io::Result<()> {
        attach(&self.socket, NOTHING)
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

    /// The frame that comes next, if the kernel has handed one over; blocks that are read go back.
    fn head(&mut self) -> Option<Head> {
        loop {
            let cursor = match self.cursor {
                Some(cursor) => cursor,
                None if self.ready(0) => self.begin(),
                None => return None,
            };
            match self.block().get(cursor.at..).and_then(frame) {
                Some((_, Some(frame))) if cursor.left > 0 => {
                    return Some(Head { time: frame.time, since: cursor.since });
                }
                Some((next, None)) if cursor.left > 0 && next > 0 => self.cursor = Some(cursor.after(next)),
                _ => self.give_back(),
            }
        }
    }

    /// Show the frame that `head` told of, and go on to the next.
    fn take(&mut self, show: impl FnOnce(Frame<'_>)) {
        let Some(cursor) = self.cursor else { return };
        match self.block().get(cursor.at..).and_then(frame) {
            Some((next, Some(frame))) => {
                show(frame);
                // A next offset of zero is that of the last frame.
                self.cursor = Some(if next == 0 { Cursor { left: 0, ..cursor } } else { cursor.after(next) });
            }
            _ => self.give_back(),
        }
    }

    fn begin(&mut self) -> Cursor {
        let block = self.block();
        let (left, at) = (word(block, 12).unwrap_or(0), word(block, 16).unwrap_or(0) as usize);
        let cursor = Cursor { at, left, since: Instant::now() };
        self.cursor = Some(cursor);
        cursor
    }

    fn give_back(&mut self) {
        self.cursor = None;
        self.status(0).store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % BLOCKS;
    }

    /// The block that reading is in; only while the kernel has handed it over.
    fn block(&self) -> &[u8] {
        // SAFETY: the block lies within the mapping, and the kernel leaves it alone until `give_back`.
        unsafe { std::slice::from_raw_parts(self.memory.add(self.next * BLOCK), BLOCK) }
    }

    /// Whether half of the ring waits to be read.
    fn pressed(&self) -> bool {
        self.ready(BLOCKS / 2)
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

    /// The status of the block `ahead` of the next one.
    fn status(&self, ahead: usize) -> &AtomicU32 {
        let block = (self.next + ahead) % BLOCKS;
        // SAFETY: the status is the first word of the block header, after version and offset; it is aligned, lies within
        // the mapping, and kernel and process write it in turns.
        unsafe { AtomicU32::from_ptr(self.memory.add(block * BLOCK + 8).cast()) }
    }

    fn ready(&self, ahead: usize) -> bool {
        self.status(ahead).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    /// The error that waits on the socket, such as that the interface went down; 0 is none.
    fn error(&self) -> c_int {
        let mut code: c_int = 0;
        let mut length = size_of::<c_int>() as libc::socklen_t;
        // SAFETY: the kernel writes an integer into `code`.
        let done = unsafe {
            let place = (&raw mut code).cast::<c_void>();
            libc::getsockopt(self.socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ERROR, place, &raw mut length)
        };
        if done == 0 { code } else { libc::EBADF }
    }
}

/// Wait until one of the rings has something to say; gives, for each, the fault that it tells of.
fn wait(rings: &[&Ring], patience: Duration) -> io::Result<Vec<Option<io::Error>>> {
    let asked = |ring: &&Ring| libc::pollfd { fd: ring.socket.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut polls: Vec<libc::pollfd> = rings.iter().map(asked).collect();
    let milliseconds = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: as many structures as are said, which live through the call.
    match checked(unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, milliseconds) }) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(rings.iter().map(|_| None).collect()),
        Err(error) => Err(error),
        Ok(_) => Ok(polls.iter().zip(rings).map(|(poll, ring)| fault(poll, ring)).collect()),
    }
}

fn fault(poll: &libc::pollfd, ring: &Ring) -> Option<io::Error> {
    if poll.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) == 0 {
        return None;
    }
    let code = ring.error();
    Some(io::Error::from_raw_os_error(if code == 0 { libc::ENETDOWN } else { code }))
}

impl Cursor {
    fn after(self, next: usize) -> Self {
        Self { at: self.at.saturating_add(next), left: self.left.saturating_sub(1), ..self }
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

fn attach(socket: &OwnedFd, filter: &[Instruction]) -> io::Result<()> {
    let Ok(len) = u16::try_from(filter.len()) else { return Err(io::Error::from(io::ErrorKind::InvalidInput)) };
    if len == 0 {
        return Ok(());
    }
    let plain = |i: &Instruction| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k };
    let mut program: Vec<libc::sock_filter> = filter.iter().map(plain).collect();
    let whole = libc::sock_fprog { len, filter: program.as_mut_ptr() };
    let length = size_of::<libc::sock_fprog>() as libc::socklen_t;
    // SAFETY: `whole` and the program that it points to live through the call; the kernel copies and checks them.
    let done = unsafe {
        let place = (&raw const whole).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, place, length)
    };
    checked(done).map(drop)
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

/// The frame that begins here (`struct tpacket3_hdr`) and the offset of the next; no frame where it is one that this
/// host sends. Offsets are the kernel's, and still checked.
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
    let link = Link::of(half(header, 48 + 8)?);
    let frame = Frame { time, octets, missing: length.saturating_sub(captured), vlan, link };
    Some((next, (!outgoing).then_some(frame)))
}

fn word(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk::<4>().copied().map(u32::from_ne_bytes)
}

fn half(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk::<2>().copied().map(u16::from_ne_bytes)
}
