"""The register of base stations: what the plan says of them, and what each announced (TS 38.413, 8.7)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sentinel.model.event import Event
from sentinel.site import SitePlan
from sentinel.state.bounded import Bounded
from sentinel.state.fields import number, text, texts
from sentinel.state.identity import later
from sentinel.state.table import Table

ANNOUNCING = frozenset(
    {"sctp.init", "ngap.ng_setup_request", "ngap.ng_setup_response", "ngap.ran_configuration_update"}
)
_MOST = 32
Gnb = tuple[str, str]  # PLMN and gNB id


@dataclass(slots=True, eq=False)
class Profile:
    """What a base station says of itself, and what it was seen to do."""

    name: str = ""
    tacs: tuple[str, ...] = ()
    plmns: tuple[str, ...] = ()
    slices: tuple[str, ...] = ()
    paging_drx: int | None = None
    sctp: str = ""  # streams and window of its INIT
    told: int = 0  # when it last said any of this
    address: str = ""  # N2 address it last set up from
    n3: tuple[str, ...] = ()  # N3 addresses it used while they were learnt
    neighbours: tuple[str, ...] = ()  # N2 addresses of those that terminals came from or went to


class Gnbs(Table):
    """Profiles by gNB, and by the N2 address that serves it."""

    kept = ("_known", "_at", "_asked", "_sctp", "_n3")

    def __init__(self, site: SitePlan | None, cap: int = 10_000) -> None:
        self._known: Bounded[Gnb, Profile] = Bounded(cap)
        self._at: Bounded[str, Gnb] = Bounded(cap)
        self._asked: Bounded[str, Profile] = Bounded(cap)  # by N2 address: announced, and not accepted yet
        self._sctp: Bounded[str, str] = Bounded(cap)  # what the INIT of an address looked like
        self._n3: Bounded[str, None] = Bounded(cap)  # learnt N3 addresses
        gnbs = site.gnbs if site else ()
        self._planned_n3 = {str(n2): frozenset(map(str, gnb.n3)) for gnb in gnbs if gnb.n3 for n2 in gnb.n2}
        self._n2_of = {str(n3): tuple(map(str, gnb.n2)) for gnb in gnbs for n3 in gnb.n3}
        self._all_n3 = frozenset(str(address) for gnb in gnbs for address in gnb.n3)
        self._planned_ids = frozenset(gnb.id for gnb in gnbs)

    def of(self, gnb: Gnb, now: int) -> Profile | None:
        """What a base station announced before; none, where it was told later than `now`."""
        profile = self._known.get(gnb)
        return None if profile is None or later(profile.told, now) else profile

    def at(self, address: str) -> Profile | None:
        """The base station at an N2 address."""
        return self._known.get(self._at.get(address, ("", "")))

    def announced_at(self, address: str, now: int) -> Profile | None:
        """The same; none, where it was told later than `now`."""
        return self.of(self._at.get(address, ("", "")), now)

    def _succeeded(self, event: Event) -> bool:
        """The event is of the past: a base station that announced itself later has its address, or its id."""
        fields = event.fields
        ends = (self.at(text(fields, "source.ip")), self.at(text(fields, "destination.ip")))
        named = self._known.get((text(fields, "fiveg.gnb.plmn"), text(fields, "fiveg.gnb.id")))
        return any(each is not None and later(each.told, event.time) for each in (*ends, named))

    def is_known(self, gnb_id: str) -> bool:
        """The site has a base station of this id, by its plan or because one has set up."""
        return gnb_id in self._planned_ids or any(known == gnb_id for _, known in self._known)

    def address_of(self, gnb_id: str) -> str:
        """N2 address that a base station last set up from."""
        return next((each.address for (_, known), each in self._known.items() if known == gnb_id), "")

    def n3_of(self, address: str) -> frozenset[str]:
        """N3 addresses of the base station at an N2 address: planned, else learnt; empty where none is known."""
        planned = self._planned_n3.get(address)
        if planned:
            return planned
        profile = self.at(address)
        return frozenset(profile.n3) if profile else frozenset()

    def is_n3(self, address: str) -> bool:
        """A base station uses this address on N3."""
        return address in self._all_n3 or address in self._n3

    def seen_whole(self, address: str) -> bool:
        """The base station with this N3 address has set up since the monitor watches."""
        return address in self._n3 or any(self.at(n2) is not None for n2 in self._n2_of.get(address, ()))

    def learn_n3(self, address: str, n3: str) -> None:
        """The base station at an N2 address uses this one on N3."""
        profile = self.at(address)
        if profile is not None and n3 not in profile.n3:
            profile.n3 = (*profile.n3, n3)[-_MOST:]
            self._n3[n3] = None

    def meet(self, one: str, other: str) -> None:
        """Terminals go between the base stations at these N2 addresses."""
        for here, there in ((one, other), (other, one)):
            profile = self.at(here)
            if profile is not None and there not in profile.neighbours:
                profile.neighbours = (*profile.neighbours, there)[-_MOST:]

    def sctp_of(self, address: str) -> str:
        """What the last INIT of an address looked like."""
        return self._sctp.get(address, "")

    def observe(self, event: Event) -> None:
        """Take over what is announced, once the AMF accepts it; what is told of the past changes nothing."""
        if self._succeeded(event):
            return
        fields = event.fields
        match event.kind:
            case "sctp.init":
                names = ("outbound_streams", "inbound_streams", "a_rwnd")
                values = [number(fields, f"fiveg.sctp.{name}") for name in names]
                self._sctp[text(fields, "source.ip")] = "/".join(map(str, values))
            case "ngap.ng_setup_request":
                gnb = (text(fields, "fiveg.gnb.plmn"), text(fields, "fiveg.gnb.id"))
                self._at[text(fields, "source.ip")] = gnb
                address = text(fields, "source.ip")
                profile = replace(self._known.get(gnb) or Profile(), address=address, sctp=self.sctp_of(address))
                self._asked[address] = _taken(profile, event)
            case "ngap.ng_setup_response":
                accepted = self._asked.pop(text(fields, "destination.ip"), None)
                if accepted is not None:
                    self._known[self._at[accepted.address]] = accepted
            case "ngap.ran_configuration_update":
                profile_there = self.at(text(fields, "source.ip"))
                if profile_there is not None:
                    _taken(profile_there, event)


def slices(event: Event) -> tuple[str, ...]:
    """The slices of an event as `sst-sd`, or `sst`."""
    sds = texts(event.fields, "fiveg.snssai.sd")
    ssts = texts(event.fields, "fiveg.snssai.sst")
    padded = sds + ("",) * (len(ssts) - len(sds))
    return tuple(f"{sst}-{sd}" if sd else sst for sst, sd in zip(ssts, padded, strict=False))


def announced(event: Event) -> dict[str, str]:
    """What a base station says of itself, as text by attribute; what it does not mention is absent."""
    fields = event.fields
    drx = number(fields, "fiveg.ngap.paging_drx")
    said = {
        "name": text(fields, "fiveg.gnb.name"),
        "tac": " ".join(sorted(set(texts(fields, "fiveg.tac")))),
        "plmn": " ".join(sorted(set(texts(fields, "fiveg.plmn")))),
        "slice": " ".join(sorted(set(slices(event)))),
        "paging_drx": "" if drx is None else str(drx),
    }
    return {name: value for name, value in said.items() if value}


def _taken(profile: Profile, event: Event) -> Profile:
    fields = event.fields
    profile.name = text(fields, "fiveg.gnb.name") or profile.name
    profile.tacs = tuple(sorted(set(texts(fields, "fiveg.tac")))) or profile.tacs
    profile.plmns = tuple(sorted(set(texts(fields, "fiveg.plmn")))) or profile.plmns
    profile.slices = tuple(sorted(set(slices(event)))) or profile.slices
    profile.told = event.time
    drx = number(fields, "fiveg.ngap.paging_drx")
    profile.paging_drx = profile.paging_drx if drx is None else drx
    return profile
