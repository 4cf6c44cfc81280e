//! The share of one flow: its first packets, then every k-th one, anew in every window of time.
//!
//! Flows are counted in a fixed number of slots. A flow that takes another's slot begins anew, as does the other one
//! later: what is doubtful is kept.

const SLOTS: usize = 1 << 18;
/// Nanoseconds of packet time after which every flow begins anew.
const WINDOW: u64 = 600 * 1_000_000_000;

#[derive(Debug)]
pub struct Caps {
    /// The upper half of a flow's key, and its packets so far.
    slots: Box<[(u32, u32)]>,
    window: u64,
    first: u32,
    every: u32,
}

impl Caps {
    /// Keep the `first` packets and then each `every`-th; 0 is none of those.
    pub fn new(first: u32, every: u32) -> Self {
        Self { slots: vec![(0, 0); SLOTS].into_boxed_slice(), window: 0, first, every }
    }

    /// Whether a packet of the flow is kept.
    pub fn keep(&mut self, flow: u64, time: u64) -> bool {
        if std::mem::replace(&mut self.window, time / WINDOW) != time / WINDOW {
            self.slots.fill((0, 0));
        }
        let tag = u32::try_from(flow >> 32).unwrap_or(0);
        let at = usize::try_from(flow % SLOTS as u64).unwrap_or(0);
        let Some(slot) = self.slots.get_mut(at) else { return true };
        if slot.0 != tag {
            *slot = (tag, 0);
        }
        let before = slot.1;
        slot.1 = before.saturating_add(1);
        before < self.first || (self.every > 0 && (before - self.first).is_multiple_of(self.every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_packets_of_a_flow_and_then_every_k_th() {
        let mut caps = Caps::new(3, 4);
        let kept: Vec<u32> = (0..16).filter(|_| true).filter(|_| caps.keep(7, 1)).collect();
        assert_eq!(kept, [0, 1, 2, 3, 7, 11, 15]);
        assert!(caps.keep(7 | 1 << 40, 1), "another flow in the slot");
        assert!((0..3).all(|_| caps.keep(9, WINDOW)) && caps.keep(9, WINDOW) && !caps.keep(9, WINDOW));
        assert!(caps.keep(9, 2 * WINDOW), "a new window");
    }

    #[test]
    fn without_a_k_only_the_first() {
        let mut caps = Caps::new(1, 0);
        assert_eq!((caps.keep(7, 1), caps.keep(7, 1), caps.keep(7, 1)), (true, false, false));
    }
}
