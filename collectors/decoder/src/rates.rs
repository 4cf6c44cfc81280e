//! Floods: new tunnels and new flows of one origin beyond so many a second are counted, not told one by one.

use std::net::IpAddr;

use crate::message::{Message, Value};
use crate::seen::{Seen, Sight, Tunnel, teid};
use crate::table::{Key, Mix, Table};

/// New tunnels or flows of one origin in a second that are told one by one. A site's terminals that all come back after a
/// loss of power stay below.
const TOLD: u32 = 2000;
const MOST_ORIGINS: usize = 16_384;
const IDLE: u64 = 2;
const SAMPLES: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Tunnels, by outer source.
    Tunnels(IpAddr),
    /// Flows, by source, in a tunnel or outside.
    Flows(IpAddr, Option<u32>),
}

impl Key for Origin {
    type Align = u8;

    fn mix(&self, mix: &mut Mix) {
        match self {
            Self::Tunnels(source) => mix.addresses((*source, *source)),
            Self::Flows(source, tunnel) => {
                mix.addresses((*source, *source));
                mix.word(tunnel.map_or(1 << 32, u64::from));
            }
        }
    }
}

#[derive(Debug)]
struct Rate {
    second: u64,
    count: u32,
    /// Beyond what was told.
    more: u64,
    first: Seen,
    samples: Vec<Value>,
}

/// What was not told one by one: a message, and who it is about.
pub type Flood = (Message, Seen);

#[derive(Debug)]
pub struct Rates {
    origins: Table<Origin, Rate>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { origins: Table::new(MOST_ORIGINS, IDLE) }
    }
}

impl Rates {
    /// A new tunnel in this second; returns whether to tell of it, and what is to be told of the seconds before.
    pub fn tunnel(&mut self, tunnel: &Tunnel, seen: impl Fn() -> Seen, second: u64) -> (bool, Option<Flood>) {
        self.count(Origin::Tunnels(tunnel.outer.source.0), seen, second, || teid(tunnel.teid))
    }

    /// The same of a new flow.
    pub fn flow(&mut self, sight: &Sight, second: u64) -> (bool, Option<Flood>) {
        let tunnel = sight.around.tunnel.as_ref().map(|tunnel| tunnel.teid);
        let end = || Value::Text(format!("{} {}", sight.destination, sight.transport.destination).into());
        self.count(Origin::Flows(sight.source, tunnel), || Seen::Opening(*sight), second, end)
    }

    fn count(
        &mut self,
        origin: Origin,
        first: impl Fn() -> Seen,
        second: u64,
        sample: impl Fn() -> Value,
    ) -> (bool, Option<Flood>) {
        let fresh = || Rate { second, count: 0, more: 0, first: first(), samples: Vec::new() };
        let Some(rate) = self.origins.get(&origin) else {
            let evicted = self.origins.insert(origin, Rate { count: 1, ..fresh() });
            return (true, evicted.and_then(|(origin, rate)| rate.flood(origin)));
        };
        let flood = if rate.second == second { None } else { std::mem::replace(rate, fresh()).flood(origin) };
        rate.count = rate.count.saturating_add(1);
        if rate.count <= TOLD {
            return (true, flood);
        }
        rate.more += 1;
        if rate.samples.len() < SAMPLES {
            rate.samples.push(sample());
        }
        (false, flood)
    }

    /// A flood that has ended, one at a call.
    pub fn expire(&mut self, now: u64) -> Option<Flood> {
        while let Some((origin, rate)) = self.origins.expire(now) {
            if let Some(flood) = rate.flood(origin) {
                return Some(flood);
            }
        }
        None
    }

    /// End of input.
    pub fn pop(&mut self) -> Option<Flood> {
        while let Some((origin, rate)) = self.origins.pop() {
            if let Some(flood) = rate.flood(origin) {
                return Some(flood);
            }
        }
        None
    }
}

impl Rate {
    fn flood(self, origin: Origin) -> Option<Flood> {
        if self.more == 0 {
            return None;
        }
        let (kind, name) = match origin {
            Origin::Tunnels(_) => ("gtpu.teid_sweep", "fiveg.gtpu.teid_samples"),
            Origin::Flows(..) => ("flow.flood", "fiveg.flow.destination_samples"),
        };
        let mut message = Message::new(kind);
        message.fields.set("fiveg.monitor.count", Value::U64(self.more));
        message.fields.set_all(name, self.samples);
        Some((message, self.first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ip::Transport;
    use crate::seen::{Around, Outer};

    fn tunnel(number: u32) -> Tunnel {
        let (a, b) = (IpAddr::from([10, 0, 0, 2]), IpAddr::from([10, 0, 0, 3]));
        let outer = Outer { source: (a, 2152), destination: (b, 2152) };
        Tunnel::bare(outer, number)
    }

    fn sight(number: u32) -> Sight {
        let around = Around { tunnel: Some(tunnel(number)), ..Around::default() };
        let (a, b) = (IpAddr::from([10, 0, 0, 2]), IpAddr::from([10, 0, 0, 3]));
        Sight { around, source: a, destination: b, protocol: 17, transport: Transport::default() }
    }

    #[test]
    fn what_is_beyond_the_limit_is_counted_and_told_when_the_second_is_over() {
        let mut rates = Rates::default();
        let mut told = 0;
        for number in 0..TOLD + 500 {
            let (tell, flood) = rates.tunnel(&tunnel(number), || Seen::Opening(sight(number)), 7);
            told += u32::from(tell);
            assert_eq!(flood, None);
        }
        assert_eq!(told, TOLD);
        let (tell, flood) = rates.tunnel(&tunnel(1), || Seen::Opening(sight(1)), 8);
        let (message, _) = flood.expect("a flood");
        assert!(tell);
        assert_eq!(
            (message.kind, message.fields.get("fiveg.monitor.count")),
            ("gtpu.teid_sweep", Some(&Value::U64(500)))
        );
        assert_eq!(rates.pop(), None);
    }

    #[test]
    fn a_flood_that_ends_is_told_all_the_same() {
        let mut rates = Rates::default();
        rates.expire(100);
        for _ in 0..=TOLD {
            rates.flow(&sight(1), 100);
        }
        assert_eq!(rates.expire(101), None);
        let kinds = std::iter::from_fn(|| rates.expire(110)).map(|(message, _)| message.kind).collect::<Vec<_>>();
        assert_eq!(kinds, ["flow.flood"]);
    }
}
