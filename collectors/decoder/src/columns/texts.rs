//! Texts, each once: those of peers in a batch, names of ours for good.

use std::net::IpAddr;

use hashbrown::HashMap;

use crate::number::Number;

/// Texts of peers, each once in a batch. Addresses and numbers are looked up as what they are.
#[derive(Debug, Default)]
pub(super) struct Words {
    addresses: HashMap<u128, u64>,
    numbers: HashMap<Number, u64>,
    /// The last number, which is that of the next message mostly: a network has one PLMN.
    last: Option<(Number, u64)>,
    texts: HashMap<Box<str>, u64>,
    /// The empty text, which is a frequent one.
    empty: Option<u64>,
    pub all: Vec<Box<str>>,
}

impl Words {
    pub(super) fn address(&mut self, address: IpAddr) -> u64 {
        let address = address.to_canonical();
        let bits = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits(),
        };
        if let Some(place) = self.addresses.get(&bits) {
            return *place;
        }
        let place = self.text(&address.to_string());
        self.addresses.insert(bits, place);
        place
    }

    pub(super) fn number(&mut self, number: Number) -> u64 {
        if let Some((last, place)) = self.last
            && last == number
        {
            return place;
        }
        let place = match self.numbers.get(&number) {
            Some(place) => *place,
            None => {
                let place = self.text(number.text().as_str());
                self.numbers.insert(number, place);
                place
            }
        };
        self.last = Some((number, place));
        place
    }

    pub(super) fn text(&mut self, text: &str) -> u64 {
        if text.is_empty() {
            let all = &mut self.all;
            return *self.empty.get_or_insert_with(|| added(all, String::new()));
        }
        if let Some(place) = self.texts.get(text) {
            return *place;
        }
        let place = added(&mut self.all, text.to_owned());
        self.texts.insert(text.into(), place);
        place
    }
}

fn added(all: &mut Vec<Box<str>>, text: String) -> u64 {
    all.push(text.into_boxed_str());
    all.len() as u64 - 1
}

/// Names that are found at once.
const RECENT: usize = 128;

/// Names of ours. There are no more of them than the program has.
#[derive(Debug)]
pub(super) struct Names {
    /// By where they lie, and how long they are: one may lie in several places.
    places: HashMap<(usize, usize), u64>,
    /// The last ones, by where they lie.
    recent: [((usize, usize), u64); RECENT],
    pub all: Vec<&'static str>,
}

impl Default for Names {
    fn default() -> Self {
        Self { places: HashMap::new(), recent: [((0, 0), 0); RECENT], all: Vec::new() }
    }
}

impl Names {
    pub(super) fn place(&mut self, name: &'static str) -> u64 {
        let lies = (name.as_ptr().addr(), name.len());
        if let Some((known, place)) = self.recent.get(lies.0 % RECENT)
            && *known == lies
        {
            return *place;
        }
        let all = &mut self.all;
        let place = *self.places.entry(lies).or_insert_with(|| {
            let known = all.iter().position(|known| *known == name);
            known.unwrap_or_else(|| {
                all.push(name);
                all.len() - 1
            }) as u64
        });
        self.recent.get_mut(lies.0 % RECENT).into_iter().for_each(|recent| *recent = (lies, place));
        place
    }
}
