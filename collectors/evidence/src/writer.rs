//! The decoder's side: choose what is kept, gather it, and hand it over without waiting.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sentinel_decoder::event::Event;

use crate::block;
use crate::cap::Caps;
use crate::sealing::Keys;
use crate::segment;
use crate::shelf::{Chunk, Shared, Shelf};
use crate::told::Told;
use crate::walk::Walker;

/// Octets that are handed over together.
const CHUNK: usize = 1 << 18;
/// Chunks that may wait for the disk.
const QUEUE: usize = 16;
/// When nothing comes for so long, the thread fetches the chunk that does not fill up.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the thread looks after ages when nothing comes.
const TIDY: Duration = Duration::from_secs(10);
/// Link types of one source; those beyond are not kept.
const MOST_LINKS: usize = 64;

#[derive(Clone, Debug)]
pub struct Options {
    pub folder: PathBuf,
    /// What the packets are said to come from.
    pub source: String,
    /// Octets of the folder, and age of a packet, at most.
    pub size: u64,
    pub age: Duration,
    /// Octets of a segment.
    pub segment: u64,
    /// Octets of a user's packet; 0 is all.
    pub snap: usize,
    /// Packets of a flow: the first ones, and then every k-th.
    pub first: u32,
    pub every: u32,
    /// Octets of the disk that are left to others.
    pub reserve: u64,
    /// Wait for the disk rather than lose a packet.
    pub patient: bool,
    /// What seals it; without, it lies there in clear.
    pub keys: Keys,
}

impl Options {
    pub fn new(folder: impl Into<PathBuf>, source: &str) -> Self {
        Self {
            folder: folder.into(),
            source: source.to_owned(),
            size: 1 << 30,
            age: Duration::from_secs(7 * 24 * 3600),
            segment: 64 << 20,
            snap: 256,
            first: 64,
            every: 256,
            reserve: 512 << 20,
            patient: false,
            keys: None,
        }
    }
}

/// A packet as the decoder saw it: `number` in its source, `missing` octets cut off.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    pub number: u64,
    pub time: u64,
    pub link_type: u32,
    pub octets: &'a [u8],
    pub missing: usize,
}

/// What became of the packets, and the octets on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub kept: u64,
    /// Beyond their flow's share.
    pub skipped: u64,
    /// The disk was full, gone or slow.
    pub lost: u64,
    pub octets: u64,
    /// Octets that a writer before this one left unfinished.
    pub torn: u64,
}

enum Order {
    Keep(Chunk),
    Sync(SyncSender<()>),
}

pub struct Writer {
    options: Arc<Options>,
    shared: Arc<Shared>,
    walker: Walker,
    caps: Caps,
    told: Told,
    chunk: Arc<Mutex<Chunk>>,
    /// Link types by interface.
    links: Vec<u32>,
    skipped: u64,
    orders: Option<SyncSender<Order>>,
    empty: Receiver<Chunk>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub fn open(mut options: Options) -> io::Result<Self> {
        segment::folder(&options.folder)?;
        options.segment = options.segment.min(options.size / 8).min(1 << 30);
        let (options, shared) = (Arc::new(options), Arc::new(Shared::default()));
        let (orders, to_do) = sync_channel(QUEUE);
        let (done, empty) = sync_channel(QUEUE);
        let chunk = Arc::new(Mutex::new(Chunk::default()));
        let (theirs, told, filling) = (options.clone(), shared.clone(), chunk.clone());
        let thread = thread::Builder::new().name("evidence".to_owned());
        let thread = thread.spawn(move || work(&theirs, &told, &filling, &to_do, &done))?;
        let caps = Caps::new(options.first, options.every);
        Ok(Self {
            options,
            shared,
            walker: Walker::default(),
            caps,
            told: Told::default(),
            chunk,
            links: Vec::new(),
            skipped: 0,
            orders: Some(orders),
            empty,
            thread: Some(thread),
        })
    }

    /// Take in a packet and the events that decoding it gave.
    pub fn packet(&mut self, packet: &Packet<'_>, events: &[Event]) {
        self.told.gather(packet.number, events);
        let walk = self.walker.walk(packet.link_type, packet.octets, packet.missing);
        if !self.told.whole && walk.flow.is_some_and(|flow| !self.caps.keep(flow, packet.time)) {
            self.skipped += 1;
            return;
        }
        let Some(interface) = self.interface(packet.link_type) else {
            self.skipped += 1;
            return;
        };
        let snap = if walk.short && !self.told.whole && self.options.snap > 0 { self.options.snap } else { usize::MAX };
        let octets = packet.octets.get(..snap).unwrap_or(packet.octets);
        if lock(&self.chunk).octets.len() + octets.len() > CHUNK {
            self.hand_over();
        }
        self.append(interface, packet, octets, walk.keys());
    }

    fn append(&mut self, interface: u32, packet: &Packet<'_>, octets: &[u8], keys: &[u64]) {
        let chunk = &mut *lock(&self.chunk);
        let offset = u32::try_from(chunk.octets.len()).unwrap_or(u32::MAX);
        let head = (interface, packet.time, packet.octets.len() + packet.missing);
        block::packet(&mut chunk.octets, head, packet.number, octets, &self.told.comment);
        chunk.entries.extend(keys.iter().chain(&self.told.keys).map(|key| (*key, offset)));
        if chunk.packets == 0 {
            (chunk.first, chunk.last) = (packet.time, packet.time);
        }
        chunk.links.extend_from_slice(self.links.get(chunk.links.len()..).unwrap_or(&[]));
        chunk.first = chunk.first.min(packet.time);
        chunk.last = chunk.last.max(packet.time);
        chunk.packets += 1;
    }

    fn interface(&mut self, link_type: u32) -> Option<u32> {
        let known = &mut self.links;
        let at = known.iter().position(|link| *link == link_type).or_else(|| {
            let new = known.len() < MOST_LINKS && link_type <= 0xffff;
            new.then(|| known.push(link_type)).map(|()| known.len() - 1)
        })?;
        u32::try_from(at).ok()
    }

    /// Wait until everything so far is on disk, as far as it will ever be.
    pub fn flush(&mut self) {
        self.hand_over();
        let (done, wait) = sync_channel(1);
        if self.orders.as_ref().is_some_and(|orders| orders.send(Order::Sync(done)).is_ok()) {
            let _ = wait.recv();
        }
    }

    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut *lock(&self.chunk), next);
        if full.packets == 0 {
            return;
        }
        let packets = full.packets;
        let order = Order::Keep(full);
        let left = match self.orders.as_ref() {
            Some(orders) if self.options.patient => orders.send(order).err().map(|error| error.0),
            Some(orders) => orders.try_send(order).err().map(|error| match error {
                TrySendError::Full(order) | TrySendError::Disconnected(order) => order,
            }),
            None => Some(order),
        };
        if left.is_some() {
            self.shared.lost.fetch_add(packets, Ordering::Relaxed);
        }
    }

    pub fn counters(&self) -> Counters {
        Counters {
            kept: self.shared.kept.load(Ordering::Relaxed),
            skipped: self.skipped,
            lost: self.shared.lost.load(Ordering::Relaxed),
            octets: self.shared.octets.load(Ordering::Relaxed),
            torn: self.shared.torn.load(Ordering::Relaxed),
        }
    }

    /// Why nothing is kept just now; empty where all is well.
    pub fn trouble(&self) -> String {
        self.shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hand over what is left, and close the segment.
    pub fn close(&mut self) {
        self.hand_over();
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock(chunk: &Mutex<Chunk>) -> MutexGuard<'_, Chunk> {
    chunk.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(options: &Options, shared: &Shared, filling: &Mutex<Chunk>, to_do: &Receiver<Order>, done: &SyncSender<Chunk>) {
    let mut shelf = Shelf::new(options, shared);
    let mut tidied = Instant::now();
    loop {
        match to_do.recv_timeout(PATIENCE) {
            Ok(Order::Keep(mut chunk)) => {
                shelf.put(&chunk);
                chunk.clear();
                let _ = done.try_send(chunk);
            }
            Ok(Order::Sync(done)) => {
                let _ = done.send(());
            }
            Err(RecvTimeoutError::Timeout) => {
                let chunk = std::mem::take(&mut *lock(filling));
                if chunk.packets > 0 {
                    shelf.put(&chunk);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if tidied.elapsed() >= TIDY {
            shelf.tidy();
            tidied = Instant::now();
        }
    }
    shelf.close();
}
