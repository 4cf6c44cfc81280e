"""One policy, proven equal: the same requests over RADIUS, nftables, HTTP, gRPC and AuthZEN have one answer, from one snapshot.

FreeRADIUS, nftables and nginx in the flesh are in `test_dn_aaa.py`, `test_gateway_nftables.py` and `test_nginx.py`; here is
what they ask and are told, for every pair of terminal and resource, and what it is beside casbin alone.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sentinel.access.engine.pdp import Pdp
from sentinel.access.information.pip import Asked
from sentinel.api.envoy import Authorization
from sentinel.enforcement.feed import Element
from sentinel.model.access import Resource
from sentinel.model.event import Value
from sentinel.operations.doors import Deciding
from sentinel.state.history import Held
from tests.deciding import SITE, Past, deciding, enrolled, published, session
from tests.serving import door

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

messages = pytest.importorskip("envoy.service.auth.v3.external_auth_pb2", reason="needs xds-protos")
STRANGER = "999700000000099"
CASES = tuple(range(1, 13))  # the last digits of terminals of the register
RESOURCES = ("10.11.6.80:80/tcp", "10.11.6.50:502/tcp", "10.11.6.53:53/udp", "10.11.5.123:123/udp", "10.11.6.99:22/tcp")
SLICES: tuple[dict[str, Value], ...] = (
    {"snssai.sst": 2, "snssai.sd": "0000a1", "dnn": "ot"},
    {"snssai.sst": 1, "snssai.sd": "", "dnn": "internet"},
)


def _held() -> list[Held]:
    """A session of each terminal, on one slice or the other; the last ones are in another device."""
    register = {row.supi: row for row in SITE.terminals}
    made = []
    for number in CASES:
        supi = f"9997000000000{number:02}"
        device = register[supi].imei if number < 11 else "860123059999999"
        facts: dict[str, Value] = {f"fiveg.{name}": value for name, value in SLICES[number % 2].items() if value}
        plain = session(supi, f"10.45.7.{number}", pei=device)
        kept = {name: value for name, value in plain.facts.items() if "snssai" not in name and "dnn" not in name}
        made.append(dataclasses.replace(plain, facts={**kept, **facts}))
    return made


HELD = _held()


class Told:
    """What gRPC tells of a call."""

    def __init__(self, token: str) -> None:
        self.token = token

    def invocation_metadata(self) -> list[tuple[str, str]]:
        return [("authorization", f"Bearer {self.token}")]

    def abort(self, _code: object, details: str) -> None:
        raise AssertionError(details)


@dataclasses.dataclass
class Setting:
    """A decision point with all of its doors."""

    made: Deciding
    client: TestClient
    tokens: Mapping[str, str]

    def as_(self, kind: str) -> dict[str, str]:
        """The header of the point of this kind."""
        return {"Authorization": f"Bearer {self.tokens[kind]}"}

    def radius(self, held: Held, resource: str) -> bool:
        facts = held.facts
        sd = str(facts.get("fiveg.snssai.sd", ""))
        told = {"3GPP-IMSI": facts["fiveg.supi"], "3GPP-IMEISV": f"{str(facts['fiveg.pei'])[:14]}01", "Called-Station-Id": facts["fiveg.dnn"],
                "3GPP-Session-S-NSSAI": f"0x{facts['fiveg.snssai.sst']:02x}{sd}", "Framed-IP-Address": held.key}  # fmt: skip
        body = {name: {"type": "string", "value": [value]} for name, value in told.items()}
        status = self.client.post(
            f"/enforce/v1/radius?resource={resource}", json=body, headers=self.as_("dn-aaa")
        ).status_code
        assert status in {200, 401}
        return bool(status == 200)

    def http(self, held: Held, resource: str, method: str = "GET") -> bool:
        said = {"X-Sentinel-Address": held.key, "X-Sentinel-Method": method, "X-Sentinel-Resource": resource}
        status = self.client.get("/enforce/v1/http", headers=said | self.as_("http")).status_code
        assert status in {200, 403}
        return bool(status == 200)

    def grpc(self, held: Held, resource: str, action: str = "connect") -> bool:
        request = messages.CheckRequest()
        request.attributes.source.address.socket_address.address = held.key
        request.attributes.context_extensions.update({"resource": resource, "action": action})
        return bool(Authorization(self.made).Check(request, Told(self.tokens["envoy"])).status.code == 0)

    def authzen(self, held: Held, resource: str, action: str = "connect") -> bool:
        body = {
            "subject": {"type": "address", "id": held.key},
            "action": {"name": action},
            "resource": {"type": "app", "id": resource},
        }
        return bool(
            self.client.post("/access/v1/evaluation", json=body, headers=self.as_("authzen")).json()["decision"]
        )

    def nftables(self) -> frozenset[tuple[str, ...]]:
        self.made.projection.refresh()
        return frozenset(element.key for element in self.made.feed.standing("permits"))

    def casbin(self, held: Held, resource: Resource, action: str = "connect") -> bool:
        """Engine B alone, over the same snapshot and facts."""
        asked = Asked(resource, action, held.since + 3600 * 10**9, "", held.key)
        request, _ = self.made.decider.pip.request(asked, self.made.decider.pdp.snapshot.policy.groups)
        alarms: list[str] = []
        allowed = Pdp(self.made.decider.pdp.snapshot, alarms.append, every=0).decide(request).allowed
        assert alarms == []
        return allowed


@pytest.fixture
def setting(tmp_path: Path) -> Iterator[Setting]:
    made, store = deciding(tmp_path, Past(HELD))
    published(made)
    tokens = {kind: enrolled(made, kind, kind) for kind in ("dn-aaa", "http", "envoy", "authzen")}
    app = door(made, store)
    yield Setting(made, TestClient(app), tokens)
    made.close()
    store.close()


def test_one_request_has_one_answer_whoever_asks(setting: Setting) -> None:
    permits, answers = setting.nftables(), list[bool]()
    for held in HELD:
        for text in RESOURCES:
            resource = setting.made.decider.pip.catalogue.read(text)
            key = (held.key, resource.address, resource.protocol, str(resource.port))
            said: Mapping[str, bool] = {
                "radius": setting.radius(held, text), "nftables": key in permits, "grpc": setting.grpc(held, text),
                "authzen": setting.authzen(held, text), "casbin": setting.casbin(held, resource),
            }  # fmt: skip
            assert len(set(said.values())) == 1, (held.key, text, said)
            answers.append(said["casbin"])
    assert 5 < sum(answers) < len(answers) - 5  # both answers occur


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_one_request_of_http_has_one_answer_too(setting: Setting, method: str) -> None:
    text = RESOURCES[0]
    resource = setting.made.decider.pip.catalogue.read(text)
    said = [
        (setting.http(held, text, method), setting.grpc(held, text, f"http:{method}"), setting.authzen(held, text, f"http:{method}"),
         setting.casbin(held, resource, f"http:{method}")) for held in HELD
    ]  # fmt: skip
    assert all(len(set(each)) == 1 for each in said), said
    assert any(each[0] for each in said) is (method != "DELETE")


def test_nobody_lets_a_stranger_pass_and_nobody_anybody_without_a_policy(setting: Setting, tmp_path: Path) -> None:
    stranger = session(STRANGER, "10.45.7.99", pei="1" * 15)
    for text in RESOURCES:
        assert not any(ask(stranger, text) for ask in (setting.radius, setting.http, setting.grpc, setting.authzen))
    assert Element("permits", (stranger.key, "10.11.6.80", "tcp", "80")).key not in setting.nftables()
    (tmp_path / "bare").mkdir()
    bare, store = deciding(tmp_path / "bare", Past(HELD))
    bare.projection.refresh()
    assert bare.feed.standing("permits") == {}
    bare.close()
    store.close()
