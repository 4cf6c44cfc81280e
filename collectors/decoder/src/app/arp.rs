//! ARP, RFC 826: who says that an address is its own (RFC 5227 for probes and announcements).

use super::FrameProtocol;
use crate::identifiers::mac;
use crate::message::{Message, Value};
use crate::octets::{Cursor, Malformed, ipv4_at, malformed};

pub static PROTOCOL: FrameProtocol =
    FrameProtocol { name: "arp", malformed: "arp.malformed", ethertypes: &[0x0806], read };

const ETHERNET: u16 = 1;
const IPV4: u16 = 0x0800;
const REQUEST: u16 = 1;
const REPLY: u16 = 2;

fn read(octets: &[u8], out: &mut Vec<Message>) -> Result<(), Malformed> {
    let mut at = Cursor::new(octets);
    let short = malformed("the packet is shorter than ARP for IPv4 on Ethernet", octets.len());
    let head = (at.u16().ok_or(short)?, at.u16().ok_or(short)?, at.u8().ok_or(short)?, at.u8().ok_or(short)?);
    if head != (ETHERNET, IPV4, 6, 4) {
        return Err(malformed("it is not for IPv4 on Ethernet", 0));
    }
    let operation = at.u16().ok_or(short)?;
    let (sender, sender_ip) = pair(&mut at).ok_or(short)?;
    let (target, target_ip) = pair(&mut at).ok_or(short)?;
    let mut message = Message::new(match operation {
        REQUEST => "arp.request",
        REPLY => "arp.reply",
        _ => return Err(malformed("it is neither a request nor a reply", 6)),
    });
    let fields = &mut message.fields;
    fields.set("arp.gratuitous", Value::Bool(sender_ip == target_ip));
    fields.set("arp.probe", Value::Bool(sender_ip == Value::Ip([0, 0, 0, 0].into())));
    for (name, value) in [
        ("arp.sender.mac", mac(sender)),
        ("arp.sender.ip", sender_ip),
        ("arp.target.mac", mac(target)),
        ("arp.target.ip", target_ip),
    ] {
        fields.set(name, value);
    }
    out.push(message);
    Ok(())
}

/// A hardware address and the IP address that goes with it.
fn pair(at: &mut Cursor) -> Option<([u8; 6], Value)> {
    Some((at.fixed()?, Value::Ip(ipv4_at(at.take(4)?, 0)?)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::mutants;
    use super::*;

    /// 02-00-00-00-00-01 speaks about two addresses; the frame is padded to its least length.
    fn packet(operation: u8, sender: [u8; 4], target: [u8; 4]) -> Vec<u8> {
        let head = [0, 1, 8, 0, 6, 4, 0, operation, 2, 0, 0, 0, 0, 1];
        [&head[..], &sender, &[0, 0, 0, 0, 0, 0xab], &target, &[0; 18]].concat()
    }

    fn one(octets: &[u8]) -> Message {
        let mut out = Vec::new();
        read(octets, &mut out).unwrap();
        assert_eq!(out.len(), 1);
        out.remove(0)
    }

    fn flags(message: &Message) -> (Option<&Value>, Option<&Value>) {
        (message.fields.get("arp.gratuitous"), message.fields.get("arp.probe"))
    }

    #[test]
    fn a_question_and_an_answer() {
        let asked = one(&packet(1, [10, 0, 0, 1], [10, 0, 0, 2]));
        assert_eq!(asked.kind, "arp.request");
        assert_eq!(asked.fields.get("arp.sender.mac"), Some(&Value::Text("02-00-00-00-00-01".into())));
        assert_eq!(asked.fields.get("arp.target.mac"), Some(&Value::Text("00-00-00-00-00-AB".into())));
        assert_eq!(asked.fields.get("arp.sender.ip"), Some(&Value::Ip([10, 0, 0, 1].into())));
        assert_eq!(asked.fields.get("arp.target.ip"), Some(&Value::Ip([10, 0, 0, 2].into())));
        assert_eq!(flags(&asked), (Some(&Value::Bool(false)), Some(&Value::Bool(false))));
        assert_eq!(one(&packet(2, [10, 0, 0, 1], [10, 0, 0, 2])).kind, "arp.reply");
    }

    #[test]
    fn announcements_and_probes() {
        let (yes, no) = (Some(&Value::Bool(true)), Some(&Value::Bool(false)));
        assert_eq!(flags(&one(&packet(2, [10, 0, 0, 1], [10, 0, 0, 1]))), (yes, no));
        assert_eq!(flags(&one(&packet(1, [0; 4], [10, 0, 0, 1]))), (no, yes));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_a_reason() {
        let refused = |octets: &[u8]| read(octets, &mut Vec::new()).unwrap_err().reason;
        let packet = packet(3, [0; 4], [0; 4]);
        assert_eq!(refused(&packet), "it is neither a request nor a reply");
        assert_eq!(refused(&packet[..27]), "the packet is shorter than ARP for IPv4 on Ethernet");
        assert_eq!(refused(&[0; 28]), "it is not for IPv4 on Ethernet");
    }

    #[test]
    fn mutants_are_read_or_refused() {
        mutants(&packet(1, [10, 0, 0, 1], [10, 0, 0, 2]), |mutant| {
            let _ = read(mutant, &mut Vec::new());
        });
    }
}
