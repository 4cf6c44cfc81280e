//! A sender for the bench of live capture: the frames of a pcap file, again and again, many at each system call and past
//! the queueing discipline, since tcpreplay sends one frame at each.
//!
//!     send INTERFACE CAPTURE PACKETS PER_SECOND      (0 is as fast as it can)

use std::error::Error;
use std::ffi::{CString, c_int};
use std::io;
use std::mem::{size_of, zeroed};
use std::time::{Duration, Instant};

const BURST: usize = 64;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("send INTERFACE CAPTURE PACKETS PER_SECOND");
    let socket = open(&next()?)?;
    let capture = std::fs::read(next()?)?;
    let (packets, pace): (usize, f64) = (next()?.parse()?, next()?.parse()?);
    let frames = frames(&capture);
    if frames.is_empty() {
        return Err("the capture holds no frame".into());
    }
    let start = Instant::now();
    let mut sent = 0;
    let mut at = 0;
    while sent < packets {
        let end = frames.len().min(at + BURST);
        sent += send(socket, frames.get(at..end).unwrap_or_default())?;
        at = if end == frames.len() { 0 } else { end };
        if pace > 0.0 {
            let due = Duration::from_secs_f64(sent as f64 / pace);
            while start.elapsed() < due {
                std::hint::spin_loop();
            }
        }
    }
    println!("{sent} {}", start.elapsed().as_secs_f64());
    Ok(())
}

fn open(interface: &str) -> io::Result<c_int> {
    let name = CString::new(interface)?;
    // SAFETY: `name` is a string that ends with a zero.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    // SAFETY: plain system call.
    let socket = checked(unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW, 0) })?;
    let bypass: c_int = 1;
    // SAFETY: all zeros is a value of this structure of integers.
    let mut address = unsafe { zeroed::<libc::sockaddr_ll>() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_ifindex = index as c_int;
    // SAFETY: what the pointers name lives through the calls and has the lengths that are said.
    unsafe {
        let place = (&raw const bypass).cast();
        let length = size_of::<c_int>() as libc::socklen_t;
        checked(libc::setsockopt(socket, libc::SOL_PACKET, libc::PACKET_QDISC_BYPASS, place, length))?;
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        checked(libc::bind(socket, (&raw const address).cast(), length))?;
    }
    Ok(socket)
}

fn send(socket: c_int, frames: &[&[u8]]) -> io::Result<usize> {
    let part = |frame: &&[u8]| libc::iovec { iov_base: frame.as_ptr().cast_mut().cast(), iov_len: frame.len() };
    let mut parts: Vec<libc::iovec> = frames.iter().map(part).collect();
    let message = |part: &mut libc::iovec| {
        // SAFETY: all zeros is a value of this structure.
        let mut message = unsafe { zeroed::<libc::mmsghdr>() };
        (message.msg_hdr.msg_iov, message.msg_hdr.msg_iovlen) = (&raw mut *part, 1);
        message
    };
    let mut messages: Vec<libc::mmsghdr> = parts.iter_mut().map(message).collect();
    let count = messages.len() as libc::c_uint;
    // SAFETY: as many messages as are said; they and what they point to live through the call, which reads only.
    match checked(unsafe { libc::sendmmsg(socket, messages.as_mut_ptr(), count, 0) }) {
        Ok(sent) => Ok(usize::try_from(sent).unwrap_or(0)),
        Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => Ok(0),
        Err(error) => Err(error),
    }
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// The frames of a pcap file of this byte order.
fn frames(capture: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut rest = capture.get(24..).unwrap_or_default();
    while let Some(length) = rest.get(8..12).and_then(|octets| octets.try_into().ok()).map(u32::from_ne_bytes) {
        let Some(frame) = rest.get(16..16 + length as usize) else { break };
        found.push(frame);
        rest = rest.get(16 + length as usize..).unwrap_or_default();
    }
    found
}
