//! Packets made here, octet by octet, through a ring in a folder of its own.

use std::fs;
use std::io::{self, Cursor};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sentinel_decoder::capture::{Capture, Next};
use sentinel_decoder::event::Event;
use sentinel_decoder::message::{Fields, Value};

use crate::cut::{Cut, Wanted, cut};
use crate::index::Index;
use crate::sealing::{Keys, Sealing};
use crate::segment::{self, Segment};
use crate::subject::Subject;
use crate::walk::{Walker, describe};
use crate::writer::{Options, Packet, Writer};

const START: u64 = 1_790_000_000_000_000_000;
const SECOND: u64 = 1_000_000_000;
const GNB: [u8; 4] = [10, 11, 3, 101];
const UPF: [u8; 4] = [10, 11, 3, 20];
const UE: [u8; 4] = [10, 45, 0, 7];
const SERVER: [u8; 4] = [10, 11, 6, 5];

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("evidence-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn options(&self) -> Options {
        Options { patient: true, reserve: 0, ..Options::new(&self.0, "test0") }
    }
}

/// No cipher, but bound as one: each octet is mixed with a digest of key and place, and a checksum of all follows.
#[derive(Debug)]
struct Toy(u64);

impl Toy {
    fn mixed(&self, place: &str, octets: &[u8]) -> Vec<u8> {
        let mask = xxhash_rust::xxh3::xxh3_64_with_seed(place.as_bytes(), self.0).to_le_bytes();
        octets.iter().zip(mask.iter().cycle()).map(|(octet, mask)| octet ^ mask).collect()
    }

    fn sum(&self, place: &str, plain: &[u8]) -> [u8; 8] {
        xxhash_rust::xxh3::xxh3_64_with_seed(&[place.as_bytes(), plain].concat(), self.0).to_le_bytes()
    }
}

impl Sealing for Toy {
    fn seal(&self, place: &str, plain: &[u8]) -> io::Result<Vec<u8>> {
        Ok([&self.mixed(place, plain)[..], &self.sum(place, plain)].concat())
    }

    fn open(&self, place: &str, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let (mixed, sum) = sealed.split_at(sealed.len().saturating_sub(8));
        let plain = self.mixed(place, mixed);
        if self.sum(place, &plain) == sum { Ok(plain) } else { Err(io::Error::other("it was changed")) }
    }
}

fn toy(key: u64) -> Keys {
    Some(Arc::new(Toy(key)))
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn u16_of(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap().to_be_bytes()
}

fn ipv4(protocol: u8, source: [u8; 4], destination: [u8; 4], flags: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let [id_high, id_low, high, low] = flags;
    let total = u16_of(payload.len() + 20);
    let head = [0x45, 0, total[0], total[1], id_high, id_low, high, low, 64, protocol, 0, 0];
    [&head[..], &source, &destination, payload].concat()
}

fn udp(source: u16, destination: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16_of(payload.len() + 8);
    [&source.to_be_bytes()[..], &destination.to_be_bytes(), &length, &[0, 0], payload].concat()
}

fn ethernet(packet: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], packet].concat()
}

/// A user's datagram from UE to server, in a tunnel.
fn user(teid: u32, port: u16, octets: usize) -> Vec<u8> {
    let inner = ipv4(17, UE, SERVER, [0; 4], &udp(40_000, port, &vec![7; octets]));
    let gtp = [&[0x30, 255][..], &u16_of(inner.len()), &teid.to_be_bytes(), &inner].concat();
    ethernet(&ipv4(17, GNB, UPF, [0; 4], &udp(2152, 2152, &gtp)))
}

/// A PFCP session deletion request.
fn pfcp(seid: u64) -> Vec<u8> {
    let message = [&[0x21, 54, 0, 12][..], &seid.to_be_bytes(), &[0, 0, 1, 0]].concat();
    ethernet(&ipv4(17, [10, 11, 4, 30], [10, 11, 4, 20], [0; 4], &udp(8805, 8805, &message)))
}

fn event(number: u64, kind: &'static str, fields: &[(&'static str, &str)]) -> Event {
    let mut made = Fields::default();
    made.set("source.ip", Value::Ip(IpAddr::from([10, 11, 2, 101])));
    made.set("destination.ip", Value::Ip(IpAddr::from([10, 11, 2, 10])));
    for (name, value) in fields {
        made.set(name, value.parse().map_or_else(|_| Value::Text((*value).into()), Value::Ip));
    }
    Event::new(kind, START, 1, number, made)
}

fn put(writer: &mut Writer, number: u64, octets: &[u8], events: &[Event]) {
    let time = START + number * SECOND;
    writer.packet(&Packet { number, time, link_type: 1, octets, missing: 0 }, events);
}

fn about(folder: &Folder, subject: &str) -> Vec<u64> {
    about_with(folder, subject, &None)
}

fn about_with(folder: &Folder, subject: &str, keys: &Keys) -> Vec<u64> {
    let subjects: Vec<Subject> = subject.split_whitespace().map(|one| one.parse().unwrap()).collect();
    numbers(&all_with(folder, &subjects, keys))
}

fn all(folder: &Folder, subjects: &[Subject]) -> Cut {
    all_with(folder, subjects, &None)
}

fn all_with(folder: &Folder, subjects: &[Subject], keys: &Keys) -> Cut {
    cut(&folder.0, &Wanted::new(subjects, 0, u64::MAX, usize::MAX, usize::MAX), keys).unwrap()
}

/// The index that lies beside the only segment.
fn indexed(folder: &Folder, keys: &Keys) -> Option<Index> {
    Index::read(&only(folder), keys, &[], 0, u64::MAX)
}

fn only(folder: &Folder) -> Segment {
    let mut found = segment::list(&folder.0).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn numbers(cut: &Cut) -> Vec<u64> {
    cut.packets.iter().map(|packet| packet.number).collect()
}

const NGAP: [(&str, &str); 4] = [
    ("fiveg.amf_ue_ngap_id", "9"),
    ("fiveg.ngap.ul.teid", "0x00000abc"),
    ("fiveg.ngap.ul.address", "10.11.3.20"),
    ("fiveg.supi", "999700000000001"),
];

/// Four packets, each about something else; closed or not.
fn four(folder: &Folder, options: Options) -> Writer {
    let mut writer = Writer::open(options).unwrap();
    put(&mut writer, 1, &user(0xabc, 53, 30), &[]);
    put(&mut writer, 2, &pfcp(0x77), &[]);
    let sctp = ethernet(&ipv4(
        132,
        [10, 11, 2, 101],
        [10, 11, 2, 10],
        [0; 4],
        &[0x96, 0x0c, 0x96, 0x0c, 0, 0, 0, 1, 0, 0, 0, 0],
    ));
    put(&mut writer, 3, &sctp, &[event(3, "ngap.initial_context_setup_request", &NGAP)]);
    put(&mut writer, 4, &user(0xdef, 80, 30), &[]);
    writer.flush();
    assert!(folder.0.exists());
    writer
}

fn check_four(folder: &Folder) {
    check_four_with(folder, &None);
}

fn check_four_with(folder: &Folder, keys: &Keys) {
    for (subject, expected) in [
        ("teid:0xabc", vec![1, 3]),
        ("teid:3567", vec![4]),
        ("teid:0xabc@10.11.3.20", vec![1, 3]),
        ("teid:0xabc@10.11.3.101", vec![]),
        ("seid:0x77@10.11.4.20", vec![2]),
        ("seid:0x77@10.11.4.30", vec![]),
        ("seid:0x77", vec![2]),
        ("address:10.45.0.7", vec![1, 4]),
        ("flow:10.11.6.5:53-10.45.0.7:40000", vec![1]),
        ("amf_ue_ngap_id:9@10.11.2.10,10.11.2.101", vec![3]),
        ("amf_ue_ngap_id:9@10.11.2.10,10.11.2.102", vec![]),
        ("supi:999700000000001", vec![3]),
        ("address:10.11.2.10", vec![3]),
        ("teid:0xdef seid:0x77", vec![2, 4]),
        ("teid:1", vec![]),
    ] {
        assert_eq!(about_with(folder, subject, keys), expected, "{subject}");
    }
    assert_eq!(numbers(&all_with(folder, &[], keys)), [1, 2, 3, 4]);
}

#[test]
fn packets_are_found_by_each_key_closed_or_open() {
    let folder = Folder::new();
    let mut writer = four(&folder, folder.options());
    check_four(&folder);
    assert!(!folder.0.join("0000000000.index").exists());
    writer.close();
    assert!(folder.0.join("0000000000.index").exists());
    check_four(&folder);
    assert_eq!((writer.counters().kept, writer.counters().lost), (4, 0));
}

#[test]
fn only_the_owner_reads() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(folder.0.clone()), 0o700);
    for name in ["0000000000.pcapng", "0000000000.index"] {
        assert_eq!(mode(folder.0.join(name)), 0o600, "{name}");
    }
}

#[test]
fn a_segment_is_a_capture_like_any_other() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let octets = fs::read(folder.0.join("0000000000.pcapng")).unwrap();
    let mut capture = Capture::new(Box::new(Cursor::new(octets)), 0, false).unwrap();
    let Next::Record(record) = capture.next(false) else { panic!("no record") };
    assert_eq!((record.time, record.link_type, record.missing), (START + SECOND, 1, 0));
    assert_eq!(record.octets, user(0xabc, 53, 30));
    let left = std::iter::from_fn(|| matches!(capture.next(false), Next::Record(_)).then_some(())).count();
    assert_eq!(left, 3);
    assert_eq!(capture.next(false), Next::End);
}

#[test]
fn users_packets_are_cut_short_industrial_ones_and_those_that_say_something_are_not() {
    let folder = Folder::new();
    let mut writer = Writer::open(folder.options()).unwrap();
    put(&mut writer, 1, &user(1, 443, 1000), &[]);
    put(&mut writer, 2, &user(1, 502, 1000), &[]);
    put(&mut writer, 3, &user(1, 443, 1000), &[event(3, "tls.client_hello", &[])]);
    put(&mut writer, 4, &user(1, 443, 1000), &[event(4, "flow.started", &[]), event(1, "dns.query", &[])]);
    writer.close();
    let whole = u32::try_from(user(1, 443, 1000).len()).unwrap();
    let found: Vec<(usize, u32)> =
        all(&folder, &[]).packets.iter().map(|packet| (packet.octets.len(), packet.length)).collect();
    assert_eq!(found, [(256, whole), (whole as usize, whole), (whole as usize, whole), (256, whole)]);
}

#[test]
fn a_stream_keeps_its_share_and_signalling_is_kept_whole() {
    let folder = Folder::new();
    let mut writer = Writer::open(Options { first: 3, every: 10, ..folder.options() }).unwrap();
    for number in 0..33 {
        let packet = Packet { number, time: START, link_type: 1, octets: &user(1, 443, 9), missing: 0 };
        writer.packet(&packet, &[]);
        writer.packet(&Packet { octets: &pfcp(5), ..packet }, &[]);
    }
    writer.close();
    assert_eq!(about(&folder, "teid:1"), [0, 1, 2, 3, 13, 23]);
    assert_eq!(about(&folder, "seid:5").len(), 33);
    assert_eq!((writer.counters().kept, writer.counters().skipped), (39, 27));
}

fn on_disk(folder: &Folder) -> u64 {
    fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn the_oldest_go_before_the_ring_is_over_its_size() {
    let folder = Folder::new();
    let size = 8 << 20;
    let options = Options { size, snap: 0, first: u32::MAX, ..folder.options() };
    let mut writer = Writer::open(options).unwrap();
    for number in 0..30_000 {
        put(&mut writer, number, &user(1, 443, 900), &[]);
    }
    writer.flush();
    assert!(on_disk(&folder) <= size, "{}", on_disk(&folder));
    writer.close();
    assert!(on_disk(&folder) <= size && on_disk(&folder) > size / 2, "{}", on_disk(&folder));
    let kept = about(&folder, "teid:1");
    assert_eq!(kept.last(), Some(&29_999));
    assert!(kept[0] > 10_000 && kept.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{}", kept[0]);
    assert_eq!(writer.counters().lost, 0);
}

#[test]
fn what_is_over_its_age_goes_when_the_next_writer_looks() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let file = fs::File::options().write(true).open(folder.0.join("0000000000.pcapng")).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600)).unwrap();
    let mut writer = Writer::open(Options { age: Duration::from_secs(1800), ..folder.options() }).unwrap();
    writer.flush();
    assert_eq!(numbers(&all(&folder, &[])), Vec::<u64>::new());
    assert_eq!(on_disk(&folder), 0);
}

#[test]
fn a_torn_tail_is_cut_off_and_the_index_made_anew() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let (path, index) = (folder.0.join("0000000000.pcapng"), folder.0.join("0000000000.index"));
    let expected = indexed(&folder, &None).unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in 1..40 {
        fs::write(&path, [&whole[..], &whole[whole.len() - 100..whole.len() - cut]].concat()).unwrap();
        fs::remove_file(&index).unwrap();
        check_four(&folder);
        Writer::open(folder.options()).unwrap().close();
        assert_eq!(fs::read(&path).unwrap(), whole);
        let found = indexed(&folder, &None).unwrap();
        assert_eq!(
            (found.links, found.marks, found.entries),
            (expected.links.clone(), expected.marks.clone(), expected.entries.clone())
        );
    }
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    Writer::open(folder.options()).unwrap().close();
    assert_eq!(numbers(&all(&folder, &[])), [1, 2, 3]);
}

#[test]
fn a_new_writer_goes_on_in_a_new_segment() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let mut writer = Writer::open(folder.options()).unwrap();
    put(&mut writer, 5, &user(0xabc, 53, 30), &[]);
    writer.close();
    assert_eq!(about(&folder, "teid:0xabc"), [1, 3, 5]);
    assert_eq!(segment::list(&folder.0).unwrap().len(), 2);
}

#[test]
fn a_full_disk_stops_evidence_and_nothing_else() {
    let folder = Folder::new();
    let mut writer = four(&folder, Options { reserve: u64::MAX, ..folder.options() });
    assert_eq!((writer.counters().kept, writer.counters().lost), (0, 4));
    assert!(writer.trouble().contains("MiB are free"), "{}", writer.trouble());
    put(&mut writer, 5, &user(0xabc, 53, 30), &[]);
    writer.close();
    assert_eq!((writer.counters().kept, writer.counters().lost), (0, 5));
}

#[test]
fn a_folder_that_vanishes_is_counted_too() {
    let folder = Folder::new();
    let mut writer = Writer::open(folder.options()).unwrap();
    fs::remove_dir_all(&folder.0).unwrap();
    fs::write(&folder.0, "a file in its place").unwrap();
    put(&mut writer, 1, &user(0xabc, 53, 30), &[]);
    writer.flush();
    assert_eq!((writer.counters().kept, writer.counters().lost), (0, 1));
    assert_ne!(writer.trouble(), "");
    let _ = fs::remove_file(&folder.0);
}

#[test]
fn several_link_types_share_a_segment() {
    let folder = Folder::new();
    let mut writer = Writer::open(folder.options()).unwrap();
    let raw = &user(1, 53, 4)[14..];
    for (number, link_type, octets) in [(1, 1, &user(1, 53, 4)[..]), (2, 101, raw), (3, 1, &user(1, 53, 4))] {
        writer.packet(&Packet { number, time: START, link_type, octets, missing: 0 }, &[]);
        writer.flush();
    }
    writer.close();
    let links: Vec<u32> = all(&folder, &[]).packets.iter().map(|packet| packet.link_type).collect();
    assert_eq!(links, [1, 101, 1]);
    assert_eq!(about(&folder, "teid:1"), [1, 2, 3]);
}

#[test]
fn a_packet_that_no_other_follows_is_on_disk_soon() {
    let folder = Folder::new();
    let mut writer = Writer::open(folder.options()).unwrap();
    put(&mut writer, 1, &user(1, 53, 4), &[]);
    for _ in 0..600 {
        if !numbers(&all(&folder, &[])).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("it still waits for another");
}

#[test]
fn a_cut_has_a_time_and_bounds() {
    let folder = Folder::new();
    four(&folder, folder.options()).close();
    let of = |since, until, packets, octets| {
        let found =
            cut(&folder.0, &Wanted::new(&[], START + since * SECOND, START + until * SECOND, packets, octets), &None);
        let found = found.unwrap();
        (numbers(&found), found.more)
    };
    assert_eq!(of(2, 4, 10, 9999), (vec![2, 3], false));
    assert_eq!(of(0, 9, 2, 9999), (vec![1, 2], true));
    assert_eq!(of(0, 9, 10, 120), (vec![1], true));
    assert_eq!(of(7, 9, 10, 9999), (vec![], false));
}

#[test]
fn pieces_of_a_datagram_belong_to_its_first() {
    let datagram = user(0xabc, 53, 600);
    let payload = &datagram[34..];
    let piece = |flags, octets: &[u8]| ethernet(&ipv4(17, GNB, UPF, flags, octets));
    let first = piece([0, 9, 0x20, 0], &payload[..80]);
    let second = piece([0, 9, 0, 10], &payload[80..]);
    let mut walker = Walker::default();
    let whole = walker.walk(1, &datagram, 0);
    assert_eq!((walker.walk(1, &first, 0), walker.walk(1, &second, 0)), (whole, whole));
    assert_ne!(Walker::default().walk(1, &second, 0), whole);
}

#[test]
fn a_packet_cut_short_walks_like_the_whole_one() {
    let whole = user(0xabc, 53, 600);
    for end in 100..whole.len() {
        assert_eq!(
            Walker::default().walk(1, &whole[..end], whole.len() - end),
            Walker::default().walk(1, &whole, 0),
            "{end}"
        );
    }
}

const MIRROR: [u8; 4] = [192, 0, 2, 1];
const MONITOR: [u8; 4] = [192, 0, 2, 2];

fn gre(header: &[u8], frame: &[u8]) -> Vec<u8> {
    ethernet(&ipv4(47, MIRROR, MONITOR, [0; 4], &[header, frame].concat()))
}

fn vxlan(source: u16, frame: &[u8]) -> Vec<u8> {
    let inside = [&[8, 0, 0, 0, 0, 0, 7, 0][..], frame].concat();
    ethernet(&ipv4(17, MIRROR, MONITOR, [0; 4], &udp(source, 4789, &inside)))
}

/// A frame in everything that the decoder peels: GRE of IP and of Ethernet, ERSPAN I to III, VXLAN, PPPoE, MPLS, several.
fn mirrored(frame: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let (macs, packet) = (&frame[..12], &frame[14..]);
    let erspan_2 = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &[0x10; 8]].concat();
    let erspan_3 = [&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1][..], &[0x20; 11], &[0]].concat();
    let session = [&[0x88, 0x64, 0x11, 0, 0, 1][..], &u16_of(packet.len() + 2), &[0, 0x21]].concat();
    vec![
        ("gre of ip", gre(&[0, 0, 8, 0], packet)),
        ("gre of ethernet", gre(&[0, 0, 0x65, 0x58], frame)),
        ("erspan i", gre(&[0, 0, 0x88, 0xbe], frame)),
        ("erspan ii", gre(&erspan_2, frame)),
        ("erspan iii", gre(&erspan_3, frame)),
        ("vxlan", vxlan(50_000, frame)),
        ("erspan in vxlan", vxlan(50_000, &gre(&erspan_2, frame))),
        ("pppoe", [macs, &session, packet].concat()),
        ("mpls", [macs, &[0x88, 0x47, 0, 1, 1, 64], packet].concat()),
    ]
}

#[test]
fn what_a_mirror_wrapped_walks_like_the_frame_itself() {
    let (users, sessions) = (user(0xabc, 53, 9), pfcp(0x77));
    for frame in [&users, &sessions] {
        for (name, wrapped) in mirrored(frame) {
            assert_eq!(Walker::default().walk(1, &wrapped, 0), Walker::default().walk(1, frame, 0), "{name}");
            assert_eq!(describe(1, &wrapped, 0), describe(1, frame, 0), "{name}");
        }
    }
}

#[test]
fn a_mirrors_packet_in_two_pieces_walks_like_the_frame_itself() {
    let frame = user(0xabc, 53, 600);
    let wrapped = vxlan(50_000, &frame);
    let piece = |flags, octets: &[u8]| ethernet(&ipv4(17, MIRROR, MONITOR, flags, octets));
    let mut walker = Walker::default();
    let whole = walker.walk(1, &frame, 0);
    assert_eq!(walker.walk(1, &piece([0, 9, 0x20, 0], &wrapped[34..194]), 0), whole);
    assert_eq!(walker.walk(1, &piece([0, 9, 0, 20], &wrapped[194..]), 0), whole);
}

#[test]
fn only_so_many_mirrors_are_peeled_and_no_users_tunnel_is_one() {
    let deep = (0..5).fold(user(0xabc, 53, 9), |frame, _| gre(&[0, 0, 0x65, 0x58], &frame));
    assert_eq!(describe(1, &deep, 0), "protocol 47 192.0.2.1 → 192.0.2.2");
    let tunnel = describe(1, &vxlan(2152, &user(0xabc, 53, 9)), 0);
    assert!(tunnel.starts_with("GTP-U"), "{tunnel}");
}

#[test]
fn packets_of_a_tunnel_are_found_though_a_mirror_wrapped_them() {
    let folder = Folder::new();
    let mut writer = Writer::open(Options { first: 1, every: 1000, ..folder.options() }).unwrap();
    for (number, teid) in [(1, 0xabc), (2, 0xdef)] {
        put(&mut writer, number, &vxlan(50_000, &user(teid, u16::try_from(teid).unwrap(), 9)), &[]);
    }
    writer.close();
    assert_eq!(about(&folder, "teid:0xabc"), [1]);
    assert_eq!(about(&folder, "teid:0xdef"), [2]); // a flow of its own, although the mirror is the same
    assert_eq!(about(&folder, "address:10.45.0.7"), [1, 2]);
}

#[test]
fn packets_are_described() {
    for (octets, expected) in [
        (user(0xabc, 53, 9), "GTP-U 0x00000abc: udp 10.45.0.7:40000 → 10.11.6.5:53"),
        (pfcp(1), "PFCP 10.11.4.30:8805 → 10.11.4.20:8805"),
        (ethernet(&ipv4(89, UE, SERVER, [0; 4], &[])), "protocol 89 10.45.0.7 → 10.11.6.5"),
        (vec![0; 20], "not IP"),
    ] {
        assert_eq!(describe(1, &octets, 0), expected);
    }
}

#[test]
fn subjects_are_read_as_they_are_written() {
    for text in [
        "teid:0x0000000a",
        "teid:0x0000000a@10.11.3.20",
        "seid:0x00000000000000ff@2001:db8::7",
        "seid:0x00000000000000ff",
        "address:2001:db8::7",
        "flow:10.45.0.7:40000-10.11.6.5:53",
        "flow:[2001:db8::7]:1-[2001:db8::8]:2",
        "amf_ue_ngap_id:9@10.11.2.101,10.11.2.10",
        "ran_ue_ngap_id:9@10.11.2.101,10.11.2.10",
        "supi:999700000000001",
    ] {
        assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
    }
    for text in ["", "teid", "teid:x", "teid:0x100000000", "flow:a-b", "supi:", "supi:a b", "mood:7", "address:10"] {
        assert!(text.parse::<Subject>().is_err(), "{text}");
    }
    let mapped = Subject::Address(IpAddr::V6(Ipv4Addr::from(UE).to_ipv6_mapped()));
    assert_eq!(mapped.key(), Subject::Address(IpAddr::from(UE)).key());
}

/// A sealed ring: what is found, closed or open, is what is found in clear, and nothing on disk names anybody.
#[test]
fn sealed_packets_are_found_and_nothing_of_them_stands_on_disk() {
    let (folder, keys) = (Folder::new(), toy(7));
    let mut writer = four(&folder, Options { keys: keys.clone(), ..folder.options() });
    check_four_with(&folder, &keys);
    writer.close();
    check_four_with(&folder, &keys);
    assert!(only(&folder).sealed && indexed(&folder, &keys).is_some());
    for entry in fs::read_dir(&folder.0).unwrap() {
        let octets = fs::read(entry.unwrap().path()).unwrap();
        for known in [&b"9997000000"[..], b"ngap.", &UE, &Subject::Supi("999700000000001".into()).key().to_le_bytes()] {
            assert!(!octets.windows(known.len()).any(|window| window == known), "{known:?}");
        }
    }
}

#[test]
fn without_the_key_or_with_another_nothing_is_found_that_is_said_and_nothing_is_lost() {
    let (folder, keys) = (Folder::new(), toy(7));
    four(&folder, Options { keys: keys.clone(), ..folder.options() }).close();
    for (other, said) in [(None, "no key is at hand"), (toy(8), "it was changed")] {
        let found = all_with(&folder, &[], &other);
        assert!(found.packets.is_empty() && found.trouble.contains(said), "{}", found.trouble);
        fs::remove_file(folder.0.join("0000000000.index")).ok();
        let mut writer = Writer::open(Options { keys: other, ..folder.options() }).unwrap();
        writer.flush();
        assert_eq!(writer.counters().torn, 0);
    }
    check_four_with(&folder, &keys);
}

#[test]
fn a_torn_piece_is_cut_off_and_counted() {
    let (folder, keys) = (Folder::new(), toy(7));
    let sealed = || Options { keys: keys.clone(), ..folder.options() };
    four(&folder, sealed()).close();
    let (path, index) = (only(&folder).path, only(&folder).index());
    let whole = fs::read(&path).unwrap();
    for torn in [1, 7, 8, 9, 60] {
        fs::write(&path, [&whole[..], &whole[whole.len() - 100..][..torn]].concat()).unwrap();
        fs::remove_file(&index).unwrap();
        check_four_with(&folder, &keys);
        let mut writer = Writer::open(sealed()).unwrap();
        writer.flush();
        assert_eq!(writer.counters().torn, torn as u64);
        writer.close();
        assert_eq!(fs::read(&path).unwrap(), whole);
        assert!(indexed(&folder, &keys).is_some());
    }
}

/// Each chunk that was flushed is a piece; one that is changed or moved is told, and the others are found all the same.
#[test]
fn pieces_that_were_changed_or_moved_are_passed_over_and_told() {
    let (folder, keys) = (Folder::new(), toy(7));
    let mut writer = Writer::open(Options { keys: keys.clone(), ..folder.options() }).unwrap();
    for number in 1..=3 {
        put(&mut writer, number, &user(0xabc, 53, 30), &[]);
        writer.flush();
    }
    writer.close();
    let (path, index) = (only(&folder).path, only(&folder).index());
    let whole = fs::read(&path).unwrap();
    let size = whole.len();
    let piece = {
        let at = |from: usize| from + 8 + u32::from_le_bytes(whole[from..from + 4].try_into().unwrap()) as usize;
        let first = at(at(0)); // behind section and interface
        [first..at(first), at(first)..at(at(first)), at(at(first))..size]
    };
    let mut flipped = whole.clone();
    flipped[piece[1].start + 20] ^= 1;
    let swapped =
        [&whole[..piece[0].start], &whole[piece[1].clone()], &whole[piece[0].clone()], &whole[piece[2].clone()]]
            .concat();
    for (octets, left) in [(flipped, vec![1, 3]), (swapped, vec![3])] {
        fs::write(&path, octets).unwrap();
        for subject in ["teid:0xabc", ""] {
            let subjects: Vec<Subject> = subject.parse().into_iter().collect();
            let found = all_with(&folder, &subjects, &keys);
            assert_eq!(numbers(&found), left);
            assert!(found.trouble.contains("it was changed"), "{}", found.trouble);
            assert_eq!(found.unopened.len(), 3 - left.len());
        }
        let kept = fs::read(&index).unwrap();
        fs::remove_file(&index).unwrap();
        Writer::open(Options { keys: keys.clone(), ..folder.options() }).unwrap().close();
        assert_eq!((fs::metadata(&path).unwrap().len(), index.exists()), (size as u64, false), "nothing is cut off");
        assert_eq!(about_with(&folder, "teid:0xabc", &keys), left);
        fs::write(&index, kept).unwrap();
    }
}

#[test]
fn what_was_kept_in_clear_is_found_beside_what_is_sealed() {
    let (folder, keys) = (Folder::new(), toy(7));
    four(&folder, folder.options()).close();
    let mut writer = Writer::open(Options { keys: keys.clone(), ..folder.options() }).unwrap();
    put(&mut writer, 5, &user(0xabc, 53, 30), &[]);
    writer.close();
    assert_eq!(about_with(&folder, "teid:0xabc", &keys), [1, 3, 5]);
    let found = all(&folder, &[]);
    assert_eq!(numbers(&found), [1, 2, 3, 4]);
    assert_ne!(found.trouble, "");
}

#[derive(Debug)]
struct Refusing;

impl Sealing for Refusing {
    fn seal(&self, _: &str, _: &[u8]) -> io::Result<Vec<u8>> {
        Err(io::Error::other("there is no active key"))
    }

    fn open(&self, _: &str, _: &[u8]) -> io::Result<Vec<u8>> {
        Err(io::Error::other("there is no key"))
    }
}

#[test]
fn what_cannot_be_sealed_is_not_kept() {
    let folder = Folder::new();
    let mut writer = four(&folder, Options { keys: Some(Arc::new(Refusing)), ..folder.options() });
    assert_eq!((writer.counters().kept, writer.counters().lost), (0, 4));
    assert_eq!(writer.trouble(), "there is no active key");
    writer.close();
    assert_eq!(on_disk(&folder), 0);
}

#[test]
fn a_sealed_ring_stays_within_its_size() {
    let folder = Folder::new();
    let size = 8 << 20;
    let mut writer =
        Writer::open(Options { size, snap: 0, first: u32::MAX, keys: toy(7), ..folder.options() }).unwrap();
    for number in 0..30_000 {
        put(&mut writer, number, &user(1, 443, 900), &[]);
    }
    writer.close();
    assert!(on_disk(&folder) <= size && on_disk(&folder) > size / 2, "{}", on_disk(&folder));
    let (whole, found) = (numbers(&all_with(&folder, &[], &toy(7))), about_with(&folder, "teid:1", &toy(7)));
    assert_eq!((found.last(), &found), (Some(&29_999), &whole));
}

/// Whatever the octets of the files, a cut ends, and gives no more packets than the files can hold.
#[test]
fn mutants_of_segments_and_indexes_are_read_to_their_end() {
    for keys in [None, toy(7)] {
        mutants(&keys);
    }
}

fn mutants(keys: &Keys) {
    let folder = Folder::new();
    four(&folder, Options { keys: keys.clone(), ..folder.options() }).close();
    let (path, index) = (only(&folder).path, only(&folder).index());
    let (segment, entries) = (fs::read(&path).unwrap(), fs::read(&index).unwrap());
    let mut random = 88_172_645_463_325_252_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 8).unwrap() % below
    };
    let mut mutant = |file: &[u8]| {
        let mut file = file.to_vec();
        for _ in 0..next(4) {
            let at = next(file.len());
            file[at] = [0, 1, 0x7f, 0x80, 0xff, u8::try_from(next(256)).unwrap()][next(6)];
        }
        file.truncate(1 + next(file.len() * 2));
        file
    };
    for round in 0..2000 {
        fs::write(&path, if round % 3 == 0 { segment.clone() } else { mutant(&segment) }).unwrap();
        fs::write(&index, if round % 3 == 1 { entries.clone() } else { mutant(&entries) }).unwrap();
        if round % 5 == 0 {
            // An index with a right checksum and wrong contents.
            let mut file = fs::read(&index).unwrap();
            if file.len() > 24 {
                let sum = xxhash_rust::xxh3::xxh3_64(&file[24..]).to_le_bytes();
                file[16..24].copy_from_slice(&sum);
                fs::write(&index, file).unwrap();
            }
        }
        for subject in ["teid:0xabc", "seid:0x77"] {
            assert!(all_with(&folder, &[subject.parse().unwrap()], keys).packets.len() <= 4);
        }
        assert!(all_with(&folder, &[], keys).packets.len() <= 4);
    }
    Writer::open(Options { keys: keys.clone(), ..folder.options() }).unwrap().close();
}
