//! The classic format, draft-ietf-opsawg-pcap.

use super::input::{Input, Patience, Stop};
use super::{Found, LONGEST};

pub(super) const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

pub(super) struct Pcap {
    little: bool,
    /// Nanoseconds in a unit of the fraction.
    scale: u64,
    link_type: u32,
}

impl Pcap {
    /// Take the file header; `None` where the input ends within.
    pub(super) fn open(input: &mut Input, little: bool, nano: bool) -> Option<Self> {
        input.array::<FILE_HEADER>(0)?;
        let link_type = input.u32(20, little)? & 0x0fff_ffff; // above: the length of an FCS
        input.take(FILE_HEADER);
        Some(Self { little, scale: if nano { 1 } else { 1000 }, link_type })
    }

    /// Take records that are at hand, until there are `most`: one that is not whole, or cannot be one, is for `next`.
    pub(super) fn at_hand(&self, input: &mut Input, most: usize, found: &mut Vec<Found>) {
        let (at, octets) = input.rest();
        let mut taken = 0;
        while found.len() < most
            && let Some((header, rest)) = octets.get(taken..).and_then(|rest| rest.split_first_chunk())
        {
            let [seconds, fraction, length, original] = words(*header, self.little);
            let (start, length) = (at + taken + RECORD_HEADER, length as usize);
            if length > LONGEST.min(rest.len()) {
                break;
            }
            let time = self.time(seconds, fraction);
            let (octets, original) = (start..start + length, original as usize);
            found.push(Found { time, link_type: self.link_type, octets, original });
            taken += RECORD_HEADER + length;
        }
        input.take(taken);
    }

    fn time(&self, seconds: u32, fraction: u32) -> u64 {
        u64::from(seconds) * 1_000_000_000 + u64::from(fraction) * self.scale
    }

    pub(super) fn next(&self, input: &mut Input, patience: Patience) -> Result<Found, Stop> {
        input.want(RECORD_HEADER, patience)?;
        let header: [u8; RECORD_HEADER] = input.array(0).unwrap_or_default();
        let [seconds, fraction, length, original] = words(header, self.little);
        let (length, original) = (length as usize, original as usize);
        if length > LONGEST {
            return Err(Stop::Damaged(format!("a record claims {length} octets")));
        }
        input.want(RECORD_HEADER + length, patience)?;
        let start = input.take(RECORD_HEADER + length) + RECORD_HEADER;
        let time = self.time(seconds, fraction);
        Ok(Found { time, link_type: self.link_type, octets: start..start + length, original })
    }
}

fn words([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]: [u8; RECORD_HEADER], little: bool) -> [u32; 4] {
    let words = [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]];
    if little { words.map(u32::from_le_bytes) } else { words.map(u32::from_be_bytes) }
}
