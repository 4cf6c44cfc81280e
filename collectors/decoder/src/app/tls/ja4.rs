//! JA4, a fingerprint of TLS clients: written from FoxIO's published description (technical details of JA4), which is
//! under the BSD 3-Clause licence. JA4 alone is; the other members of JA4+ are not, and are not here.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::hello::ClientHello;
use crate::message::hex;

const SERVER_NAME: u16 = 0;
const ALPN: u16 = 16;

/// Numbers that clients offer to keep servers honest, RFC 8701.
pub fn is_grease(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

/// `t13d1516h2_8daaf6152771_e5627efa2ab1`
pub fn fingerprint(hello: &ClientHello) -> String {
    let (mut ciphers, mut extensions) = (plain(&hello.ciphers), plain(&hello.extensions));
    let mut text = String::with_capacity(36);
    let _ = write!(
        text,
        "t{}{}{:02}{:02}{}_",
        version(hello),
        if extensions.contains(&SERVER_NAME) { 'd' } else { 'i' },
        ciphers.len().min(99),
        extensions.len().min(99),
        protocol(hello.protocols.first().copied().unwrap_or_default()),
    );
    ciphers.sort_unstable();
    extensions.retain(|&code| code != SERVER_NAME && code != ALPN);
    extensions.sort_unstable();
    let signatures = listed(&plain(&hello.signatures));
    let separator = if signatures.is_empty() { "" } else { "_" };
    text.push_str(&hashed(&listed(&ciphers)));
    text.push('_');
    text.push_str(&match extensions.is_empty() {
        true => hashed(""),
        false => hashed(&format!("{}{separator}{signatures}", listed(&extensions))),
    });
    text
}

fn plain(codes: &[u16]) -> Vec<u16> {
    codes.iter().copied().filter(|&code| !is_grease(code)).collect()
}

fn version(hello: &ClientHello) -> &'static str {
    match plain(&hello.versions).into_iter().max().unwrap_or(hello.version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// The first and the last character of the first protocol offered; of its hex, if either is no letter or digit.
fn protocol(name: &[u8]) -> String {
    let (Some(&first), Some(&last)) = (name.first(), name.last()) else { return "00".into() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [char::from(first), char::from(last)].iter().collect();
    }
    let digits = hex(name);
    digits.chars().next().into_iter().chain(digits.chars().last()).collect()
}

fn listed(codes: &[u16]) -> String {
    let mut text = String::with_capacity(codes.len() * 5);
    for (index, code) in codes.iter().enumerate() {
        let _ = write!(text, "{}{code:04x}", if index == 0 { "" } else { "," });
    }
    text
}

fn hashed(list: &str) -> String {
    if list.is_empty() {
        return "0".repeat(12);
    }
    hex(Sha256::digest(list.as_bytes()).get(..6).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the published description: its lists, and the fingerprint it gives for them.
    fn published() -> ClientHello<'static> {
        ClientHello {
            version: 0x0303,
            ciphers: vec![
                0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c,
                0x009d, 0x002f, 0x0035,
            ],
            extensions: vec![
                0xcaca, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b,
                0xff01, 0x000b, 0x000a, 0x0015, 0x4a4a,
            ],
            versions: vec![0x6a6a, 0x0304, 0x0303],
            signatures: vec![0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
            protocols: vec![b"h2", b"http/1.1"],
            ..ClientHello::default()
        }
    }

    #[test]
    fn the_published_example() {
        assert_eq!(fingerprint(&published()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    }

    #[test]
    fn a_client_that_offers_nothing() {
        let hello = ClientHello { version: 0x0301, ..ClientHello::default() };
        assert_eq!(fingerprint(&hello), "t10i000000_000000000000_000000000000");
    }

    #[test]
    fn without_signature_algorithms_the_list_ends_without_a_line() {
        let bare = ClientHello { signatures: Vec::new(), ..published() };
        let extensions = "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01";
        assert!(fingerprint(&bare).ends_with(&hashed(extensions)));
    }

    /// The examples of the published description.
    #[test]
    fn protocols_that_are_no_text() {
        for (name, told) in [
            (&b"http/1.1"[..], "h1"),
            (b"h2", "h2"),
            (b"x", "xx"),
            (b"\xab", "ab"),
            (b"\xab\xcd", "ad"),
            (b"\x30\xab", "3b"),
            (b"\x30\x31\xab\xcd", "3d"),
            (b"\x30\xab\xcd\x31", "01"),
            (b"", "00"),
        ] {
            assert_eq!(protocol(name), told);
        }
    }

    #[test]
    fn more_than_99_are_99() {
        let hello = ClientHello { ciphers: (0..200).collect(), ..ClientHello::default() };
        assert!(fingerprint(&hello).starts_with("t00i9900"));
    }
}
