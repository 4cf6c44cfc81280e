//! Several interfaces read as one: frames in the order in which they came, whichever tap saw them.
//!
//! The two directions of a tunnel may come on two interfaces, one for each fibre of the tap, so one decoder has to see
//! both, in order. A ring that is silent may still hold back an earlier frame in a block that the kernel has not handed
//! over: the others wait for it, but no longer than the kernel keeps a block, and not while half of their ring is full.
//!
//! There is no fanout over workers (PACKET_FANOUT). By the outer addresses it would be none: a gNB and its UPF are one
//! flow. By TEID it would tear the two directions of a tunnel apart, which have different ones, and with them every flow.

use std::io;
use std::time::{Duration, Instant};

use crate::{Frame, HANDED_OVER, Head, Instruction, Ring, Statistics, wait};

/// Between two tries to open an interface that is gone.
const AGAIN: Duration = Duration::from_secs(1);
/// Frames of one reading.
const MOST_FRAMES: usize = 8192;

/// What became of an interface.
#[derive(Debug)]
pub enum Change {
    Lost(usize, io::Error),
    Returned(usize),
}

#[derive(Debug)]
struct Member {
    name: String,
    ring: Option<Ring>,
    /// Why the ring ends, and since when; what it holds is still read.
    fault: Option<(io::Error, Instant)>,
    /// What rings before this one counted.
    before: Statistics,
    tried: Instant,
}

impl Member {
    fn open(name: &str, filter: &[Instruction]) -> io::Result<Self> {
        let ring = Some(Ring::open(name, filter)?);
        Ok(Self { name: name.to_owned(), ring, fault: None, before: Statistics::default(), tried: Instant::now() })
    }

    fn statistics(&mut self) -> Statistics {
        let now = self.ring.as_mut().and_then(|ring| ring.statistics().ok()).unwrap_or_default();
        Statistics { seen: self.before.seen + now.seen, dropped: self.before.dropped + now.dropped }
    }

    /// Let go of a ring whose interface is gone and which has been read to its end.
    fn lose(&mut self, now: Instant) -> Option<io::Error> {
        let (_, since) = self.fault.as_ref()?;
        if now < *since + HANDED_OVER || self.ring.as_mut().is_some_and(|ring| ring.head().is_some()) {
            return None;
        }
        self.before = self.statistics();
        self.ring = None;
        self.tried = now;
        self.fault.take().map(|(error, _)| error)
    }

    fn reopen(&mut self, filter: &[Instruction], now: Instant) -> bool {
        if self.ring.is_some() || now < self.tried + AGAIN {
            return false;
        }
        self.tried = now;
        self.ring = Ring::open(&self.name, filter).ok();
        self.ring.is_some()
    }
}

#[derive(Debug)]
pub struct Rings {
    members: Vec<Member>,
    filter: Vec<Instruction>,
    changes: Vec<Change>,
    heads: Vec<(usize, Option<Head>)>,
}

impl Rings {
    /// A ring on each interface; the error is that of the first that cannot be opened, with its name.
    pub fn open<'a>(interfaces: &'a [String], filter: &[Instruction]) -> Result<Self, (&'a str, io::Error)> {
        let member = |name: &'a String| Member::open(name, filter).map_err(|error| (name.as_str(), error));
        let members = interfaces.iter().map(member).collect::<Result<_, _>>()?;
        Ok(Self { members, filter: filter.to_vec(), changes: Vec::new(), heads: Vec::new() })
    }

    /// Show frames with the number of their interface, in order; wait up to `patience` for the first.
    pub fn read(&mut self, patience: Duration, mut show: impl FnMut(usize, Frame<'_>)) -> io::Result<()> {
        let until = Instant::now() + patience;
        self.mend();
        while !self.drain(&mut show) {
            let now = Instant::now();
            if now >= until {
                break;
            }
            self.wait(until - now)?;
            self.mend();
        }
        Ok(())
    }

    /// Let nothing more in: what came before is still shown, until a reading longer than `HANDED_OVER` shows nothing.
    pub fn close(&mut self) -> io::Result<()> {
        self.members.iter().filter_map(|member| member.ring.as_ref()).try_for_each(Ring::close)
    }

    /// Show what there is; whether there was any.
    fn drain(&mut self, show: &mut impl FnMut(usize, Frame<'_>)) -> bool {
        for taken in 0..MOST_FRAMES {
            let Some(next) = self.next() else { return taken > 0 };
            if let Some(ring) = self.members.get_mut(next).and_then(|member| member.ring.as_mut()) {
                ring.take(|frame| show(next, frame));
            }
        }
        true
    }

    fn next(&mut self) -> Option<usize> {
        if let [member] = self.members.as_mut_slice() {
            return member.ring.as_mut()?.head().map(|_| 0);
        }
        self.heads.clear();
        let mut pressed = false;
        for (number, member) in self.members.iter_mut().enumerate() {
            if let Some(ring) = member.ring.as_mut() {
                self.heads.push((number, ring.head()));
                pressed |= ring.pressed();
            }
        }
        first(&self.heads, pressed, Instant::now)
    }

    fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let held = self.members.iter_mut().any(|member| member.ring.as_mut().is_some_and(|ring| ring.head().is_some()));
        let ending = self.members.iter().any(|member| member.fault.is_some());
        let patience = if held || ending { patience.min(HANDED_OVER / 6) } else { patience.min(AGAIN) };
        let mut asked = Vec::new();
        let mut rings = Vec::new();
        for (number, member) in self.members.iter_mut().enumerate() {
            // A ring that holds a frame back would end the wait at once.
            if member.fault.is_none()
                && let Some(ring) = member.ring.as_mut()
                && ring.head().is_none()
            {
                asked.push(number);
                rings.push(&*ring);
            }
        }
        let faults = wait(&rings, patience)?;
        let now = Instant::now();
        for (number, fault) in asked.into_iter().zip(faults) {
            if let (Some(member), Some(error)) = (self.members.get_mut(number), fault) {
                member.fault = Some((error, now));
            }
        }
        Ok(())
    }

    /// Let go of what is gone, and take up what has returned.
    fn mend(&mut self) {
        let now = Instant::now();
        for (number, member) in self.members.iter_mut().enumerate() {
            if let Some(error) = member.lose(now) {
                self.changes.push(Change::Lost(number, error));
            } else if member.reopen(&self.filter, now) {
                self.changes.push(Change::Returned(number));
            }
        }
    }

    /// What became of interfaces since this was last asked.
    pub fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// What the kernel counted on each interface.
    pub fn statistics(&mut self) -> Vec<Statistics> {
        self.members.iter_mut().map(Member::statistics).collect()
    }
}

/// Which interface has the frame that came first; none while one that shows nothing may still have an earlier one.
fn first(heads: &[(usize, Option<Head>)], pressed: bool, now: impl FnOnce() -> Instant) -> Option<usize> {
    let silent = heads.iter().any(|(_, head)| head.is_none());
    let known = heads.iter().filter_map(|(number, head)| head.map(|head| (head.time, head.since, *number)));
    let (_, since, number) = known.min_by_key(|(time, _, number)| (*time, *number))?;
    (!silent || pressed || now() >= since + HANDED_OVER).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(time: u64, since: Instant) -> Option<Head> {
        Some(Head { time, since })
    }

    #[test]
    fn the_frame_that_came_first_is_shown_first() {
        let now = Instant::now();
        assert_eq!(first(&[(0, head(9, now)), (2, head(7, now))], false, || now), Some(2));
        assert_eq!(first(&[(0, head(7, now)), (1, head(7, now))], false, || now), Some(0));
        assert_eq!(first(&[], false, || now), None);
    }

    #[test]
    fn a_silent_interface_is_waited_for_as_long_as_the_kernel_may_hold_its_block() {
        let since = Instant::now();
        let heads = [(0, head(7, since)), (1, None)];
        assert_eq!(first(&heads, false, || since), None);
        assert_eq!(first(&heads, false, || since + HANDED_OVER), Some(0));
        assert_eq!(first(&heads, true, || since), Some(0)); // half of its own ring is full
    }

    #[test]
    fn an_interface_that_is_not_there_is_named() {
        let names = ["nowhere0".to_owned()];
        assert_eq!(Rings::open(&names, &[]).unwrap_err().0, "nowhere0");
    }
}
