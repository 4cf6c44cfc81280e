//! The Huffman code of HPACK, RFC 7541 appendix B. It is canonical: the lengths of the codes tell the codes.

use std::sync::LazyLock;

/// The length of each octet's code, and of the end's.
const LENGTHS: [u8; 257] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
    10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
    5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
    22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26, 30,
];

/// Codes of one length: the first of them, how many, and where their symbols begin.
#[derive(Clone, Copy, Debug, Default)]
struct Level {
    first: u32,
    count: u32,
    symbols: usize,
}

#[derive(Debug)]
struct Codes {
    levels: Vec<Level>,
    /// By length, then by value; the end, the longest and last, is no octet.
    symbols: Vec<Option<u8>>,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    let mut codes = Codes { levels: vec![Level::default()], symbols: Vec::with_capacity(LENGTHS.len()) };
    let mut next = 0;
    for length in 1..=30_u8 {
        next <<= 1;
        let symbols = codes.symbols.len();
        let of_length = LENGTHS.iter().enumerate().filter(|(_, known)| **known == length);
        codes.symbols.extend(of_length.map(|(symbol, _)| u8::try_from(symbol).ok()));
        let count = u32::try_from(codes.symbols.len() - symbols).unwrap_or_default();
        codes.levels.push(Level { first: next, count, symbols });
        next += count;
    }
    codes
});

/// `None` when it is no such code: the end in the middle, or padding that is too long or not of ones.
pub fn decode(octets: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(octets.len() * 8 / 5);
    let (mut code, mut length) = (0_u32, 0_usize);
    let bits = octets.iter().flat_map(|octet| (0..8).rev().map(move |place| u32::from(octet >> place & 1)));
    for bit in bits {
        code = code << 1 | bit;
        length += 1;
        let level = CODES.levels.get(length)?;
        let place = code.wrapping_sub(level.first);
        if place < level.count {
            text.push((*CODES.symbols.get(level.symbols + place as usize)?)?);
            (code, length) = (0, 0);
        }
    }
    (length < 8 && code + 1 == 1 << length).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7541 C.4 and C.6.
    #[test]
    fn the_standards_examples() {
        for (coded, text) in [
            (&b"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"[..], &b"www.example.com"[..]),
            (b"\xa8\xeb\x10\x64\x9c\xbf", b"no-cache"),
            (b"\x64\x02", b"302"),
            (b"\xae\xc3\x77\x1a\x4b", b"private"),
            (b"", b""),
        ] {
            assert_eq!(decode(coded).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_code() {
        assert_eq!(decode(b"\xff\xff\xff\xff"), None, "the end");
        assert_eq!(decode(b"\x64\x02\xff"), None, "padding of a whole octet");
        assert_eq!(decode(b"\x60"), None, "padding of zeros");
    }

    /// The code leaves no gap: every sequence of bits means something.
    #[test]
    fn the_code_is_complete() {
        let sum: u64 = LENGTHS.iter().map(|length| 1_u64 << (32 - u32::from(*length))).sum();
        assert_eq!(sum, 1 << 32);
    }
}
