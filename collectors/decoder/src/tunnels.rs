//! Tunnels, each a pair of outer peers and a TEID, one way: which ones are known, and what was told of them.

use crate::seen::Tunnel;
use crate::table::{Key, Mix, Table, pair_v4, seed};

/// A tunnel's ends and TEID in 128 bits under random keys, as a flow's key is (`FlowId`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TunnelId(u64, u64);

impl Key for TunnelId {
    type Align = u8;

    fn mix(&self, mix: &mut Mix) {
        mix.word(self.0);
    }
}

/// Whether a malformed packet in a tunnel was told, and an extension header.
#[derive(Debug, Default)]
struct Told {
    malformed: bool,
    extension: bool,
}

#[derive(Debug)]
pub struct Tunnels {
    table: Table<TunnelId, Told>,
    keys: [(u64, u64); 2],
}

impl Tunnels {
    /// At most so many tunnels, each for `idle` seconds after its last use.
    pub fn new(most: usize, idle: u64) -> Self {
        Self { table: Table::new(most, idle), keys: [seed(), seed()] }
    }

    fn id(&self, tunnel: &Tunnel) -> TunnelId {
        let peers = (tunnel.outer.source.0, tunnel.outer.destination.0);
        self.mixed(tunnel.teid, |mix| mix.addresses(peers))
    }

    #[inline]
    fn mixed(&self, teid: u32, peers: impl Fn(&mut Mix)) -> TunnelId {
        let [one, two] = self.keys.map(|key| {
            let mut mix = Mix::new(key);
            peers(&mut mix);
            mix.word(teid.into());
            mix.value()
        });
        TunnelId(one, two)
    }

    /// Have fetched what a search for this tunnel begins with.
    #[inline]
    pub fn touch(&self, peers: [u32; 2], teid: u32) -> u32 {
        self.table.touch_index(&self.mixed(teid, |mix| mix.word(pair_v4(peers))))
    }

    fn told(&mut self, tunnel: &Tunnel) -> Option<&mut Told> {
        let id = self.id(tunnel);
        self.table.get(&id)
    }

    /// Whether a tunnel is known, which is used now.
    pub fn is_known(&mut self, tunnel: &Tunnel) -> bool {
        self.told(tunnel).is_some()
    }

    /// Know a tunnel from now on; of one that is `quiet` no extension headers are told.
    pub fn add(&mut self, tunnel: &Tunnel, quiet: bool) {
        let id = self.id(tunnel);
        self.table.insert(id, Told { extension: quiet, ..Told::default() });
    }

    /// Whether a malformed packet is to be told: once in a tunnel that is known.
    pub fn tells_malformed(&mut self, tunnel: &Tunnel) -> bool {
        self.told(tunnel).is_some_and(|told| !std::mem::replace(&mut told.malformed, true))
    }

    /// The same of an extension header.
    pub fn tells_extension(&mut self, tunnel: &Tunnel) -> bool {
        self.told(tunnel).is_some_and(|told| !std::mem::replace(&mut told.extension, true))
    }

    /// Time is now `now` seconds: those that were silent for long are not known any more.
    pub fn expire(&mut self, now: u64) {
        while self.table.expire(now).is_some() {}
    }

    /// How many had to make room, where it is time to say it.
    pub fn overflow(&mut self) -> Option<u64> {
        self.table.overflow()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::seen::Outer;

    fn tunnel(peer: u8, teid: u32) -> Tunnel {
        let ends = [2, peer].map(|last| (IpAddr::from([10, 0, 0, last]), 2152));
        Tunnel::bare(Outer { source: ends[0], destination: ends[1] }, teid)
    }

    #[test]
    fn tunnels_are_told_apart_by_their_peers_and_teids() {
        let mut tunnels = Tunnels::new(10, 100);
        tunnels.add(&tunnel(3, 7), false);
        let known = [(3, 7), (3, 8), (4, 7)].map(|(peer, teid)| tunnels.is_known(&tunnel(peer, teid)));
        assert_eq!(known, [true, false, false]);
        tunnels.expire(200);
        assert!(!tunnels.is_known(&tunnel(3, 7)));
    }

    #[test]
    fn each_thing_is_told_once_in_a_tunnel_that_is_known() {
        let mut tunnels = Tunnels::new(10, 100);
        tunnels.add(&tunnel(3, 1), false);
        tunnels.add(&tunnel(3, 2), true);
        let malformed = [1, 1, 2, 3].map(|teid| tunnels.tells_malformed(&tunnel(3, teid)));
        let extension = [1, 1, 2, 3].map(|teid| tunnels.tells_extension(&tunnel(3, teid)));
        assert_eq!((malformed, extension), ([true, false, true, false], [true, false, false, false]));
    }
}
