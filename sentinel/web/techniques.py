"""Names of techniques: MITRE FiGHT v3.0.1 (July 2025) and ATT&CK for ICS (November 2025)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NAMES = {
    "fgt1020.001": "Traffic Duplication",
    "fgt1021": "Remote Services",
    "fgt1036.005": "Match Legitimate Name or Location",
    "fgt1036.501": "PLMN ID",
    "fgt1040": "Network Sniffing",
    "fgt1041": "Exfiltration Over C2 Channel",
    "fgt1046": "Network Service Discovery",
    "fgt1046.501": "Protocol Fingerprinting",
    "fgt1048.003": "Exfiltration Over Unencrypted Non-C2 Protocol",
    "fgt1048.501": "Covert Exfiltration Of Data Via DNS Request",
    "fgt1071.501": "SSH",
    "fgt1071.502": "Telecom Protocols",
    "fgt1078.003": "Local Accounts",
    "fgt1090.001": "Internal Proxy",
    "fgt1090.002": "External Proxy",
    "fgt1110.001": "Password Guessing",
    "fgt1195.501": "SIM Credentials Theft",
    "fgt1205": "Traffic Signaling",
    "fgt1498.002": "Reflection Amplification",
    "fgt1498.501": "Flooding Core Network Component",
    "fgt1498.502": "Shared Slice Common Control Network Function Resource Exhaustion",
    "fgt1498.503": "Malicious Packets To Network Functions",
    "fgt1499.002": "Service Exhaustion Flood",
    "fgt1499.501": "Consume Data Allocation To Deny Or Degrade Service",
    "fgt1499.502": "Trigger Fraud Alert To Deny Service",
    "fgt1499.503": "DOS A UE Via gNB Or NF Signaling",
    "fgt1499.504": "DOS A UE Via Established GTP-U Tunnel",
    "fgt1499.505": "DOS A UE By GTP-U Exploit To The UPF",
    "fgt1557.002": "ARP Cache Poisoning",
    "fgt1557.501": "Radio Interface",
    "fgt1557.503": "Non-SBI",
    "fgt1562.004": "Disable or Modify System Firewall",
    "fgt1562.501": "Bid Down UE",
    "fgt1565.002": "Transmitted Data Manipulation",
    "fgt1567.002": "Exfiltration to Cloud Storage",
    "fgt1572": "Protocol Tunneling",
    "fgt1572.501": "UE Access Via GTP-U",
    "fgt1572.502": "C2 Over GTP-U",
    "fgt1583.501": "False Base Station Or Access Point",
    "fgt1583.502": "Programmable UE Devices",
    "fgt1583.508": "Network Access",
    "fgt1588.501": "Radio Network Functions",
    "fgt1599": "Network Boundary Bridging",
    "fgt1599.501": "Malicious Co-Tenancy Exploit Of NFVI (Network Slice)",
    "fgt1599.505": "GTP-U Abuse",
    "fgt1600.501": "Radio Interface",
    "fgt1600.502": "Network Interfaces",
    "fgt1642.501": "Transmit Spoofed Broadcast Message",
    "fgt1642.503": "AMF",
    "fgt5007": "Registration Of Malicious Network Functions",
    "fgt5008": "Redirection Of Traffic Via User Plane Network Function",
    "fgt5009.001": "Radio Interface",
    "fgt5009.002": "Network Interfaces",
    "fgt5012.003": "5G-GUTI Reuse",
    "fgt5012.004": "Core Network Function Signaling",
    "fgt5012.006": "NAS Exploit",
    "fgt5012.007": "Silent Or Spoofed Paging",
    "fgt5018.002": "Radio Access Hardware",
    "fgt5019.001": "Intercept Home Network Via SUCI",
    "fgt5019.002": "Intercept Bid-Down SUPI",
    "fgt5019.003": "Obtain Subscriber Identifier Via NF",
    "fgt5019.004": "Intercept Unencrypted SUPI",
    "fgt5021": "Tunnel ID Uniqueness Failure",
    "fgt5022": "Alter Subscriber Profile",
    "fgt5026": "SIM Cloning",
    "fgt5027": "Spoof Network Slice Identifier",
    "fgt5028": "Discover Network Slice Identifier",
    "fgt5031": "Discover Tunnel Endpoint ID (TEID)",
    "fgt5032": "gNodeB Component Manipulation",
    "fgt5035": "Radio Reception Degradation",
    "fgt5039": "Manipulate Virtual Network Function (VNF) Configuration",
    "fgt5042": "Bypass Telecom Signaling Firewall",
    "fgt5045": "Telecom Protocol Payload",
    "t0800": "Activate Firmware Update Mode",
    "t0801": "Monitor Process State",
    "t0803": "Block Command Message",
    "t0804": "Block Reporting Message",
    "t0806": "Brute Force I/O",
    "t0812": "Default Credentials",
    "t0813": "Denial of Control",
    "t0814": "Denial of Service",
    "t0815": "Denial of View",
    "t0816": "Device Restart/Shutdown",
    "t0826": "Loss of Availability",
    "t0827": "Loss of Control",
    "t0829": "Loss of View",
    "t0830": "Adversary-in-the-Middle",
    "t0831": "Manipulation of Control",
    "t0832": "Manipulation of View",
    "t0836": "Modify Parameter",
    "t0839": "Module Firmware",
    "t0843": "Program Download",
    "t0845": "Program Upload",
    "t0846": "Remote System Discovery",
    "t0848": "Rogue Master",
    "t0849": "Masquerading",
    "t0855": "Unauthorized Command Message",
    "t0856": "Spoof Reporting Message",
    "t0857": "System Firmware",
    "t0858": "Change Operating Mode",
    "t0859": "Valid Accounts",
    "t0860": "Wireless Compromise",
    "t0861": "Point & Tag Identification",
    "t0864": "Transient Cyber Asset",
    "t0866": "Exploitation of Remote Services",
    "t0867": "Lateral Tool Transfer",
    "t0869": "Standard Application Layer Protocol",
    "t0871": "Execution through API",
    "t0872": "Indicator Removal on Host",
    "t0881": "Service Stop",
    "t0882": "Theft of Operational Information",
    "t0883": "Internet Accessible Device",
    "t0884": "Connection Proxy",
    "t0885": "Commonly Used Port",
    "t0886": "Remote Services",
    "t0888": "Remote System Information Discovery",
    "t0889": "Modify Program",
    "t1565.001": "Stored Data Manipulation",
}


@dataclass(frozen=True, slots=True)
class Technique:
    """A tag of a rule: where it is from (`FiGHT`, `ATT&CK` or the tag's own name space), its id, its name if known."""

    framework: str
    id: str
    name: str


def techniques(tags: Sequence[str]) -> list[Technique]:
    """What the tags of a rule stand for, in their order."""
    found = []
    for tag in tags:
        space, _, name = tag.partition(".")
        framework = {"fight": "FiGHT", "attack": "ATT&CK"}.get(space, space)
        known = NAMES.get(name.lower(), "")
        plain = not known and space == "attack" and not name.lower().startswith("t")
        found.append(Technique(framework, "" if plain else name.upper(), name.replace("_", " ") if plain else known))
    return found
