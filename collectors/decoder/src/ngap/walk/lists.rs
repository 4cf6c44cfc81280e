//! Lists of tracking areas, PLMNs and slices (TS 38.413, 9.3.1 and 9.3.3) in the usual form, bit by bit: without extensions and
//! without optional parts but the SD. `None` where a list is of another form.

/// What stands first in a list.
#[derive(Default)]
pub(super) struct First {
    pub tac: Option<[u8; 3]>,
    pub plmn: Option<[u8; 3]>,
    pub slice: Option<Slice>,
}

#[derive(Clone, Copy)]
pub(super) struct Slice {
    pub sst: u8,
    pub sd: Option<[u8; 3]>,
}

/// Supported TA List: each area has PLMNs, and each of these slices.
pub(super) fn areas(octets: &[u8]) -> Option<First> {
    let (mut bits, mut first) = (Bits { octets, at: 0 }, First::default());
    for _ in 0..=bits.take(8)? {
        bits.plain(2)?;
        let tac = bits.octets()?;
        first.tac.get_or_insert(tac);
        plmns(&mut bits, &mut first)?;
    }
    bits.end().then_some(first)
}

/// PLMN Support List.
pub(super) fn networks(octets: &[u8]) -> Option<First> {
    let (mut bits, mut first) = (Bits { octets, at: 0 }, First::default());
    plmns(&mut bits, &mut first)?;
    bits.end().then_some(first)
}

/// Allowed NSSAI.
pub(super) fn allowed(octets: &[u8]) -> Option<Slice> {
    let mut bits = Bits { octets, at: 0 };
    let count = bits.take(3)? + 1;
    let first = slices(&mut bits, count)?;
    bits.end().then_some(first)
}

fn plmns(bits: &mut Bits<'_>, first: &mut First) -> Option<()> {
    let count = bits.take(4)? + 1;
    for _ in 0..Some(count).filter(|count| *count <= 12)? {
        bits.plain(2)?;
        let plmn = bits.octets()?;
        first.plmn.get_or_insert(plmn);
        let [high, low] = bits.octets()?;
        let count = Some(u16::from_be_bytes([high, low])).filter(|count| *count < 1024)? + 1;
        let slice = slices(bits, count)?;
        first.slice.get_or_insert(slice);
    }
    Some(())
}

/// The first of some slices.
fn slices(bits: &mut Bits<'_>, count: u16) -> Option<Slice> {
    let mut first = None;
    for _ in 0..count {
        bits.plain(3)?;
        let has_sd = bits.take(1)? == 1;
        bits.plain(1)?;
        let sst = u8::try_from(bits.take(8)?).ok()?;
        let sd = if has_sd { Some(bits.octets()?) } else { None };
        first.get_or_insert(Slice { sst, sd });
    }
    first
}

struct Bits<'a> {
    octets: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    /// Up to eight bits.
    fn take(&mut self, count: usize) -> Option<u16> {
        let high = *self.octets.get(self.at / 8)?;
        let place = self.at % 8;
        let low = if place + count > 8 { *self.octets.get(self.at / 8 + 1)? } else { 0 };
        self.at += count;
        Some((u16::from_be_bytes([high, low]) << place) >> (16 - count))
    }

    /// Bits that say that nothing is out of the ordinary.
    fn plain(&mut self, count: usize) -> Option<()> {
        (self.take(count)? == 0).then_some(())
    }

    /// Octets behind padding of zeros.
    fn octets<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.pad()?;
        let octets = self.octets.get(self.at / 8..)?.first_chunk().copied()?;
        self.at += 8 * N;
        Some(octets)
    }

    fn pad(&mut self) -> Option<()> {
        match self.at % 8 {
            0 => Some(()),
            place => self.plain(8 - place),
        }
    }

    /// Nothing follows but padding.
    fn end(mut self) -> bool {
        self.pad().is_some() && self.at / 8 == self.octets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_claims_more_than_there_may_be_is_of_no_usual_form() {
        let list = |count: [u8; 2]| networks(&[&[0, 0x99, 0xf9, 7][..], &count, &[0, 8]].concat()).is_some();
        assert!(list([0, 0]));
        assert!(!list([0xff, 0xff]));
        assert!(!list([0x04, 0]));
    }
}
