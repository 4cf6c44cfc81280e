"""Words for the values of the vocabulary: enum member to message, and the short names of identities."""

from __future__ import annotations

from collections.abc import Mapping

from sentinel.access.administration.orders import Phase
from sentinel.access.authoring.analysis import Kind
from sentinel.access.authoring.whatif import Outcome as Replayed
from sentinel.access.deciding.glass import State as Broken
from sentinel.access.deciding.locks import Subject
from sentinel.access.deciding.permits import State as Standing
from sentinel.accounts.factors import Method
from sentinel.accounts.roles import Role
from sentinel.audit.ledger import State
from sentinel.forecast.metrics import METRICS
from sentinel.model.access import Reason
from sentinel.model.alert import AlertState, ClosingReason, Domain, Severity, Stage
from sentinel.model.audit import Action, Outcome
from sentinel.model.enforcement import Verb
from sentinel.operations import fleet
from sentinel.web.i18n import LANGUAGES, N_

METRIC = METRICS
SEVERITY: Mapping[str, str] = {
    Severity.INFORMATIONAL: N_("Informational"),
    Severity.LOW: N_("Low"),
    Severity.MEDIUM: N_("Medium"),
    Severity.HIGH: N_("High"),
    Severity.CRITICAL: N_("Critical"),
}
STATE: Mapping[str, str] = {
    AlertState.NEW: N_("New"),
    AlertState.ACKNOWLEDGED: N_("Acknowledged"),
    AlertState.IN_PROGRESS: N_("In progress"),
    AlertState.CLOSED: N_("Closed"),
}
REASON: Mapping[str, str] = {
    ClosingReason.TRUE_POSITIVE: N_("True positive"),
    ClosingReason.BENIGN_POSITIVE: N_("Benign positive"),
    ClosingReason.FALSE_POSITIVE: N_("False positive"),
    ClosingReason.DUPLICATE: N_("Duplicate"),
}
REASON_HELP: Mapping[str, str] = {
    ClosingReason.TRUE_POSITIVE: N_("an attack or a fault, dealt with"),
    ClosingReason.BENIGN_POSITIVE: N_("it happened as described, and was permitted"),
    ClosingReason.FALSE_POSITIVE: N_("it did not happen, the rule is wrong"),
    ClosingReason.DUPLICATE: N_("another alert is about the same"),
}
STAGE: Mapping[str, str] = {
    Stage.HAZARD: N_("Hazard investigation"),
    Stage.JUDGEMENT: N_("Security judgement"),
    Stage.FORECAST: N_("Accident forecasting"),
    Stage.RESPONSE: N_("Emergency response"),
}
DOMAIN: Mapping[str, str] = {
    Domain.ACCESS: N_("Terminal access"),
    Domain.NETWORK: N_("Networking"),
    Domain.EDGE: N_("Edge computing"),
    Domain.DATA: N_("Data"),
    Domain.OPERATION: N_("Operation and maintenance"),
}
ROLE: Mapping[str, str] = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.SYSTEM: N_("System administrator"),
    Role.SECURITY: N_("Security administrator"),
    Role.ANALYST: N_("Analyst"),
    Role.AUDITOR: N_("Auditor"),
}
ROLE_HELP: Mapping[str, str] = {
    Role.ADMINISTRATOR: N_("sets the installation up: holds the duties of all administrators"),
    Role.SYSTEM: N_("makes accounts, sees how the service is doing; no alerts, no audit"),
    Role.SECURITY: N_("writes, approves and publishes policies; makes no accounts"),
    Role.ANALYST: N_("reads, triages alerts, downloads evidence"),
    Role.AUDITOR: N_("reads, downloads evidence, changes nothing"),
}
SECOND: Mapping[str, str] = {
    Method.CODE: N_("authenticator app"),
    Method.RECOVERY: N_("recovery code"),
    Method.KEY: N_("SM2 key"),
}
ACTION: Mapping[str, str] = {
    Action.SESSION_BEGUN: N_("Gave the password, second factor asked"),
    Action.SECOND_FACTOR_CHANGED: N_("Changed a second factor"),
    Action.SESSION_OPENED: N_("Logged in"),
    Action.SESSION_CLOSED: N_("Logged out"),
    Action.ALERT_CHANGED: N_("Changed an alert"),
    Action.PACKETS_READ: N_("Read packets"),
    Action.PACKETS_ASKED: N_("Asked a collector for packets"),
    Action.IDENTITY_LOOKED_FOR: N_("Searched for an identity"),
    Action.IDENTITY_REVEALED: N_("Revealed an identity"),
    Action.USER_ADDED: N_("Added a user"),
    Action.USER_CHANGED: N_("Changed a user"),
    Action.PASSWORD_CHANGED: N_("Changed their password"),
    Action.PREFERENCES_CHANGED: N_("Changed their preferences"),
    Action.RULES_CHANGED: N_("Rules changed"),
    Action.BUNDLE_CHANGED: N_("Bundle changed"),
    Action.STORE_CHANGED: N_("Store changed"),
    Action.COLLECTOR_ADDED: N_("Added a collector"),
    Action.COLLECTOR_REMOVED: N_("Removed a collector"),
    Action.POLICY_DRAFTED: N_("Drafted a policy"),
    Action.POLICY_APPROVED: N_("Approved a policy"),
    Action.POLICY_PUBLISHED: N_("Published a policy"),
    Action.PERMIT_ASKED: N_("Asked for a permit"),
    Action.PERMIT_APPROVED: N_("Approved a permit"),
    Action.PERMIT_ENDED: N_("Ended a permit"),
    Action.LOCK_SET: N_("Set a lock"),
    Action.LOCK_LIFTED: N_("Lifted a lock"),
    Action.GLASS_PROPOSED: N_("Asked to break the glass"),
    Action.GLASS_APPROVED: N_("Approved a break-glass"),
    Action.GLASS_OPENED: N_("Opened a break-glass"),
    Action.GLASS_CLOSED: N_("Closed a break-glass"),
    Action.GLASS_REVIEWED: N_("Reviewed a break-glass"),
    Action.ORDER_GIVEN: N_("Ordered enforcement points"),
    Action.ORDER_HELD: N_("Held a cut for two persons"),
    Action.ORDER_APPROVED: N_("Approved a cut"),
    Action.ORDER_REFUSED: N_("Refused a cut"),
    Action.ORDER_UNDONE: N_("Took an order back"),
    Action.POLICY_SHADOWED: N_("Tried a policy in shadow"),
    Action.ACCESS_DECIDED: N_("Decided on access"),
    Action.POINT_ADDED: N_("Added an enforcement point"),
    Action.POINT_REMOVED: N_("Removed an enforcement point"),
    Action.KEY_CHANGED: N_("Key changed"),
    Action.CERTIFICATE_CHANGED: N_("Certificate changed"),
    Action.AUDIT_EXPORTED: N_("Exported the audit log"),
    Action.SETUP_ISSUED: N_("Issued a set-up token"),
    Action.SERVICE_STARTED: N_("Service started"),
    Action.SERVICE_STOPPED: N_("Service stopped"),
    Action.HEARTBEAT: N_("Heartbeat"),
}
DETAIL: Mapping[str, str] = {
    "active": N_("may log in"), "address": N_("from"), "alert": N_("alert"), "assignee": N_("assignee"),
    "about": N_("about"), "approvals": N_("approved by"), "copy_of": N_("copy of"), "days": N_("days"),
    "digest": N_("digest"), "entry": N_("request"), "policy": N_("policy"), "rules": N_("rules"), "kind": N_("kind"), "number": N_("number"), "purpose": N_("purpose"),
    "revoked": N_("revoked ones"), "rules_digest": N_("digest of the rules"), "serial": N_("serial number"),
    "ticket": N_("ticket"), "to": N_("to"), "writer": N_("for"), "folder": N_("folder"), "language": N_("language"), "note": N_("note"), "password": N_("password"),
    "reason": N_("reason"), "role": N_("role"), "second": N_("second factor"), "state": N_("state"), "step": N_("step"), "theme": N_("theme"),
    "version": N_("version"),
}  # fmt: skip
STEP: Mapping[str, str] = {
    "activated": N_("put to use"),
    "adopted": N_("adopted"),
    "authority": N_("authority made"),
    "destroyed": N_("destroyed"),
    "generated": N_("generated"),
    "issued": N_("issued"),
    "listed": N_("list of revoked ones signed"),
    "renewed": N_("made anew"),
    "resealed": N_("sealed anew"),
    "retired": N_("retired"),
    "revoked": N_("revoked"),
    "begun": N_("begun"),
    "confirmed": N_("set up"),
    "removed": N_("removed"),
    "reset": N_("reset by somebody else"),
}
VALUE: Mapping[str, str] = {
    **LANGUAGES,
    "light": N_("Light"),
    "dark": N_("Dark"),
    **ROLE,
    **STATE,
    **REASON,
    **SECOND,
    **STEP,
}
OUTCOME: Mapping[str, str] = {
    Outcome.DONE: N_("done"),
    Outcome.REFUSED: N_("refused"),
    Outcome.FAILED: N_("failed"),
}
PROOF: Mapping[str, str] = {
    State.PROVEN: N_("Proven"),
    State.WAITING: N_("Waiting"),
    State.BROKEN: N_("Broken"),
}
PROOF_HELP: Mapping[str, str] = {
    State.PROVEN: N_("It is under the last checkpoint: its hashes lead to the root that was signed."),
    State.WAITING: N_("It is newer than the last checkpoint; the next one covers it."),
    State.BROKEN: N_("Its hashes do not lead to the root that was signed: it or they were changed."),
}
THEME: Mapping[str, str] = {"": N_("As the system"), "light": N_("Light"), "dark": N_("Dark")}
IDENTITY_SOURCE: Mapping[str, str] = {
    "N4": N_("from PFCP on N4"),
    "N2": N_("from NGAP and NAS on N2"),
    "register": N_("from the site's terminal register"),
}
COLLECTOR: Mapping[str, str] = {
    fleet.State.SHIPPING: N_("Shipping"),
    fleet.State.BEHIND: N_("Behind"),
    fleet.State.LOSING: N_("Losing events"),
    fleet.State.SILENT: N_("Silent"),
    fleet.State.NEVER: N_("Not heard yet"),
    fleet.State.FINISHED: N_("Finished"),
    fleet.State.REMOVED: N_("Removed"),
}
RESOLVED = N_(
    "Of messages, sessions, tunnels and flows that concern a terminal, the share whose SUPI is known; it is learnt "
    "from N4 and N2, so what was seen earlier, failed to register, or lies outside of every known tunnel has none."
)
# What the worker says of itself beside its key figures.
WORKER: Mapping[str, str] = {
    "evidence.bytes": N_("Octets on disk"),
    "evidence.kept": N_("Packets kept"),
    "evidence.lost": N_("Packets that could not be kept"),
    "evidence.skipped": N_("Packets beyond what is kept of a flow"),
    "happenings": N_("Happenings of access that rules looked at"),
    "panics": N_("Packets on which the decoder failed"),
    "remembered": N_("Entries in the tables of state"),
    "rule_failures": N_("Failures while rules were judged"),
    "rules_refused": N_("Why the last change of the rules was refused"),
    "source": N_("Sources being read"),
    "store_refused": N_("Documents that the store refused, put aside with the reason"),
    "store_waiting": N_("Batches on disk that wait for the store"),
    "unknown": N_("Packets of no protocol that is decoded"),
}
# What the monitor tells of itself, by the kind of the event.
MONITOR: Mapping[str, str] = {
    "monitor.batches_missing": N_(
        "Batches that the collector had numbered never came: what was seen in them is not known here."
    ),
    "monitor.packets_asked": N_("Somebody asked the collector for the packets around an alert's messages."),
    "monitor.packets_fetched": N_("The collector gave the packets that somebody had asked for."),
    "monitor.collector_silent": N_("The collector no longer reports: what it sees is not being watched."),
    "monitor.collector_returned": N_("The collector is heard again."),
    "monitor.spool_full": N_("The collector's spool was full: so many events were lost."),
    "monitor.packets_dropped": N_(
        "The kernel dropped packets before they could be read: the machine is too slow for them."
    ),
    "monitor.interface_lost": N_("The interface is gone: what comes there is not being watched."),
    "monitor.interface_returned": N_("The interface is there again."),
    "monitor.watching_interrupted": N_(
        "The worker ended and was started again: from here on nothing was watched for a while."
    ),
    "monitor.table_full": N_("A table of the decoder was full and forgot its oldest entries."),
    "monitor.packet_overfull": N_("A packet held more messages than are told; the rest were counted."),
    "monitor.decoder_panic": N_("The decoder failed on this packet. It is kept; please report it."),
}
DECISION: Mapping[str, str] = {"allow": N_("Allowed"), "deny": N_("Denied")}
DECIDED: Mapping[str, str] = {
    Reason.ALLOWED: N_("a rule allows it, none denies it"),
    Reason.DENIED: N_("a rule denies it"),
    Reason.LOCKED: N_("a lock keeps it out"),
    Reason.BREAK_GLASS: N_("a break-glass allows it"),
    Reason.NO_RULE: N_("no rule allows it"),
    Reason.NO_POLICY: N_("no policy was ever published"),
    Reason.UNKNOWN_TERMINAL: N_("the terminal is in no register"),
    Reason.UNKNOWN_RESOURCE: N_("nobody knows the resource"),
    Reason.UNKNOWN_ACTION: N_("nobody knows the action"),
    Reason.MALFORMED: N_("the request was not of its form"),
    Reason.FAILURE: N_("it could not be judged, or not be recorded"),
}
VERSION: Mapping[str, str] = {
    "draft": N_("Waits for approval"),
    "approved": N_("Approved"),
    "in_force": N_("In force"),
    "earlier": N_("Was in force"),
    "passed_over": N_("Passed over"),
}
FINDING: Mapping[str, str] = {
    Kind.NEVER: N_("Never matches"),
    Kind.OVERRIDDEN: N_("Denied in whole"),
    Kind.REDUNDANT: N_("Said by others"),
    Kind.CONFLICT: N_("Denied in part"),
}
FINDING_HELP: Mapping[str, str] = {
    Kind.NEVER: N_("No request can match this rule."),
    Kind.OVERRIDDEN: N_("All that this rule allows is denied by others: it does nothing."),
    Kind.REDUNDANT: N_("Others of the same effect match all that this rule matches: without it nothing would change."),
    Kind.CONFLICT: N_("Some of what this rule allows is denied by others. That may be what is meant."),
}
WHATIF: Mapping[str, str] = {
    Replayed.PERMITTED: N_("Permitted"),
    Replayed.REJECTED: N_("Rejected"),
    Replayed.ESCAPED: N_("Escaped"),
}
WHATIF_HELP: Mapping[str, str] = {
    Replayed.PERMITTED: N_("this policy allows it"),
    Replayed.REJECTED: N_("this policy denies it, the one in force does not: it would be lost"),
    Replayed.ESCAPED: N_("both deny it, and it was seen all the same"),
}
CLAUSE: Mapping[str, str] = {
    "subject": N_("terminal"),
    "site": N_("site"),
    "resource": N_("resource"),
    "action": N_("action"),
    "slice": "S-NSSAI",
    "dnn": "DNN",
    "tac": "TAC",
    "area": N_("area"),
    "cell": N_("cell"),
    "rat": N_("radio access"),
    "time": N_("time"),
    "minute": N_("hours"),
    "trust": N_("trust"),
    "session_age": N_("age of the session"),
    "facts_age": N_("age of the facts"),
    "bound": N_("binding"),
    "ticket": N_("permit"),
    "posture:clean-n2": N_("no alerts on N2"),
    "posture:clean-n3": N_("no alerts on N3"),
    "posture:clean-n4": N_("no alerts on N4"),
    "posture:clean-sbi": N_("no alerts on SBI"),
    "posture:clean-ot": N_("no alerts of industrial traffic"),
    "posture:clean-identity": N_("no alerts about its identity"),
}
FACT: Mapping[str, str] = {
    "yes": N_("yes"),
    "no": N_("no"),
    "true": N_("as registered"),
    "changed": N_("changed"),
}
OBLIGATION: Mapping[str, str] = {
    "ttl": N_("holds for"),
    "reauth": N_("authenticate again after"),
    "alert": N_("raises an alert of level"),
}
PLANE: Mapping[str, str] = {
    "n2": "N2",
    "n3": "N3",
    "n4": "N4",
    "sbi": "SBI",
    "ot": N_("industrial traffic"),
    "identity": N_("identity"),
}
VERB: Mapping[str, str] = {
    Verb.CUT: N_("end the session"),
    Verb.QUARANTINE: N_("quarantine"),
    Verb.REAUTHORISE: N_("authorise again"),
}
HOLD: Mapping[str, str] = {"safety": N_("safety-critical"), "ot": N_("industrial traffic is observed only")}
PHASE: Mapping[str, str] = {
    Phase.HELD: N_("waits"),
    Phase.REFUSED: N_("refused by a person"),
    Phase.SENT: N_("sent"),
    Phase.ACKED: N_("acknowledged"),
    Phase.PROVEN: N_("proven by traffic"),
    Phase.LEAKED: N_("leaked"),
    Phase.FAILED: N_("has failed"),
    Phase.UNDOING: N_("being taken back"),
    Phase.ENDED: N_("over"),
}
GLASS: Mapping[str, str] = {
    Broken.PROPOSED: N_("Waits for approval"),
    Broken.EXPIRED: N_("Not approved in time"),
    Broken.OPEN: N_("Is open"),
    Broken.CLOSED: N_("Closed, to be reviewed"),
    Broken.REVIEWED: N_("Reviewed"),
}
LOCKED: Mapping[str, str] = {
    Subject.SUPI: N_("Terminal (SUPI)"),
    Subject.IMEI: N_("Device (IMEI)"),
    Subject.CERTIFICATE: N_("Certificate"),
    Subject.SLICE: N_("Slice"),
    Subject.SITE: N_("The whole site"),
}
# Of the asset register, which has them as the regulation does.
DATA_LEVEL: Mapping[str, str] = {
    "一般": N_("general"),
    "重要": N_("important"),
    "核心": N_("core"),
}
CRITICALITY: Mapping[str, str] = {
    "critical": N_("critical"),
    "high": N_("high"),
    "medium": N_("medium"),
    "low": N_("low"),
}
HELD: Mapping[str, str] = {
    "address": N_("Address"),
    "teid": "TEID",
    "seid": "SEID",
    "guti": "5G-TMSI",
    "context": N_("N2 context"),
}
PERMIT: Mapping[str, str] = {
    Standing.ASKED: N_("Waits for approval"),
    Standing.COMING: N_("Not yet begun"),
    Standing.STANDING: N_("Stands"),
    Standing.EXPIRED: N_("Expired"),
    Standing.REFUSED: N_("Refused"),
    Standing.REVOKED: N_("Revoked"),
}
CHANGE: Mapping[str, str] = {
    "state": N_("changed the state"),
    "assignee": N_("changed the assignee"),
    "comment": N_("commented"),
}
RANGE: Mapping[str, str] = {
    "": N_("Any time"),
    "-15m": N_("Last 15 minutes"),
    "-1h": N_("Last hour"),
    "-24h": N_("Last 24 hours"),
    "-7d": N_("Last 7 days"),
    "-30d": N_("Last 30 days"),
}
# Identities in the order in which people ask for them, with the names that operators use in both languages.
IDENTITIES: Mapping[str, str] = {
    "fiveg.supi": "SUPI",
    "fiveg.pei": "PEI",
    "fiveg.gpsi": "GPSI",
    "fiveg.suci": "SUCI",
    "fiveg.guti": "5G-GUTI",
    "fiveg.tmsi": "5G-TMSI",
    "fiveg.pdu_session.ue_ip": N_("Terminal address"),
    "fiveg.gnb.name": N_("gNB name"),
    "fiveg.gnb.id": N_("gNB id"),
    "fiveg.nci": N_("Cell"),
    "fiveg.tac": "TAC",
    "fiveg.plmn": "PLMN",
    "fiveg.dnn": "DNN",
    "fiveg.snssai.sst": "S-NSSAI SST",
    "fiveg.snssai.sd": "S-NSSAI SD",
    "fiveg.amf.name": "AMF",
    "fiveg.pfcp.node_id": N_("PFCP node"),
    "fiveg.gtpu.teid": "TEID",
    "source.ip": N_("Source"),
    "destination.ip": N_("Destination"),
}
# Short names of everything an alert may be about, for a meaning is too long to stand beside its value.
NAMES: Mapping[str, str] = {
    **IDENTITIES,
    "access.glass.id": N_("Break-glass"),
    "access.point": N_("Enforcement point"),
    "arp.sender.ip": N_("ARP address"),
    "arp.sender.mac": N_("ARP MAC"),
    "destination.mac": N_("Destination MAC"),
    "destination.port": N_("Destination port"),
    "dns.question.registered_domain": N_("Domain name"),
    "error.message": N_("Error"),
    "event.action": N_("Message"),
    "fiveg.flow.foreign_dnn": N_("Foreign DNN"),
    "fiveg.gnb.address": N_("gNB address"),
    "fiveg.gnb.drift": N_("Changed"),
    "fiveg.gtpu.outer.destination.ip": N_("Outer destination"),
    "fiveg.gtpu.outer.source.ip": N_("Outer source"),
    "fiveg.gtpu.qfi": "QFI",
    "fiveg.gtpu.unlisted_peer": N_("Unlisted N3 peer"),
    "fiveg.monitor.plane": N_("Plane"),
    "fiveg.monitor.table": N_("Table"),
    "fiveg.ngap.dl_foreign": N_("Foreign tunnel end"),
    "fiveg.pfcp.unlisted_peer": N_("Unlisted N4 peer"),
    "fiveg.ran_ue_ngap_id": "RAN UE NGAP ID",
    "fiveg.sctp.ppid": N_("SCTP payload protocol"),
    "fiveg.ue.subject": N_("Terminal"),
    "forecast.metric": N_("Metric"),
    "goose.gocb_ref": N_("GOOSE control block"),
    "mqtt.client_id": N_("MQTT client"),
    "mqtt.topic": N_("MQTT topic"),
    "network.protocol": N_("Protocol"),
    "observer.ingress.interface.name": N_("Interface"),
    "observer.name": N_("Collector"),
    "ot.function": N_("Function"),
    "source.mac": N_("Source MAC"),
    "terminal": N_("Terminal"),
    "tls.client.ja4": "JA4",
    "tls.server.hash.sha256": N_("Certificate SHA-256"),
}
# Fields that say which terminal; what else an identity may be is a place, a peer or a node.
TERMINAL = frozenset({"fiveg.supi", "fiveg.suci", "fiveg.pei"})
OF_TERMINALS = TERMINAL | {
    "fiveg.gpsi",
    "fiveg.guti",
    "fiveg.tmsi",
    "fiveg.pdu_session.ue_ip",
    "fiveg.dnn",
    "fiveg.snssai.sst",
    "fiveg.snssai.sd",
    "fiveg.gtpu.teid",
}
NO_PIVOT = frozenset({"@timestamp", "event.id", "event.kind"})
