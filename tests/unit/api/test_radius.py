"""What FreeRADIUS asks: a yes has the time of the session, a no says nothing; tests/e2e/test_dn_aaa.py asks by EAP-TLS."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sentinel.access.information.pip import Asked
from sentinel.api.radius import _asked, _place
from sentinel.errors import AccessError
from sentinel.model.access import Resource
from tests.deciding import AGV, Past, deciding, enrolled, published
from tests.serving import door

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

MES = "/enforce/v1/radius?resource=10.11.6.80:80/tcp"
TOLD = {"3GPP-IMSI": AGV, "3GPP-IMEISV": "8601230500000199", "3GPP-Session-S-NSSAI": "0x020000a1", "Called-Station-Id": "ot",
        "TLS-Client-Cert-Common-Name": f"imsi-{AGV}"}  # fmt: skip


def _body(told: dict[str, str | Sequence[str]]) -> dict[str, object]:
    return {
        name: {"type": "string", "value": [value] if isinstance(value, str) else value} for name, value in told.items()
    }


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    made, store = deciding(tmp_path, Past(()))
    published(made)
    token = enrolled(made, "dn-aaa", "dn-aaa")
    app = door(made, store)
    yield TestClient(app, headers={"Authorization": f"Bearer {token}"})
    made.decider.close()
    store.close()


def test_a_yes_has_the_time_of_the_session_and_the_id_of_its_decision(client: TestClient) -> None:
    answer = client.post(MES, json=_body({**TOLD}))
    assert answer.status_code == 200
    told = answer.json()
    assert len(told.pop("reply:Class")) == 25
    assert told == {"reply:Session-Timeout": 3600, "reply:Termination-Action": "RADIUS-Request"}


@pytest.mark.parametrize(
    "change",
    [{"3GPP-Session-S-NSSAI": ""}, {"3GPP-Session-S-NSSAI": "0xzz"}, {"3GPP-Session-S-NSSAI": "0x0102"},
     {"3GPP-Session-S-NSSAI": ["0x020000a1", "0x01"]}, {"3GPP-IMSI": "x"}, {"Framed-IP-Address": "1" * 300_000}, {"3GPP-IMSI": "9" * 16}, {"3GPP-IMSI": [AGV, "1" * 15]},
     {"TLS-Client-Cert-Common-Name": "999700000000002"}, {"3GPP-IMEISV": "8601230500999999"}, {"3GPP-User-Location-Info": "0x8"}],
)  # fmt: skip
def test_a_no_says_nothing(client: TestClient, change: dict[str, str | Sequence[str]]) -> None:
    answer = client.post(MES, json=_body(TOLD | change))
    assert (answer.status_code, answer.content) == (401, b"")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b'{"3GPP-IMSI": 7}', b'{"3GPP-IMSI": {"value": 7}}', b"\xff"])
def test_what_is_no_request_is_a_no_and_on_record(client: TestClient, body: bytes) -> None:
    assert client.post(MES, content=body).status_code == 401


@pytest.mark.parametrize("resource", ["nothing", "nf:pcf", "10.11.6.80:99999/tcp", "10.11.6.800:80/tcp", ""])
def test_a_resource_that_nobody_knows_is_a_no(client: TestClient, resource: str) -> None:
    assert client.post(f"/enforce/v1/radius?resource={resource}", json=_body({**TOLD})).status_code == 401


def test_nobody_without_a_token_is_answered(client: TestClient) -> None:
    assert client.post(MES, json=_body({**TOLD}), headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("text", "facts"),
    [("0x8999f90700000199f9070000000011", {"fiveg.tac": "1", "fiveg.nci": "0x000000011"}), ("0x8899f907000001", {"fiveg.tac": "1"}),
     ("0x8799f9070000000011", {"fiveg.nci": "0x000000011"}), ("", None), ("0x89", None), ("0x8200", None)],
)  # fmt: skip
def test_a_place_is_read_as_far_as_it_is_one_of_5gs(text: str, facts: dict[str, str] | None) -> None:
    place = _place(text)
    assert (dict(place.facts(AGV)) if place else None) == (facts and {"fiveg.supi": AGV, **facts})


def test_a_slice_without_a_differentiator_has_none() -> None:
    for text in ("0x01", "0x01ffffff"):
        asked = _asked({**TOLD, "3GPP-Session-S-NSSAI": text}, Asked(Resource("nf", "upf"), "connect", 7))
        assert {name for name in asked.begins[0].facts if "snssai" in name} == {"fiveg.snssai.sst"}
    with pytest.raises(AccessError, match="S-NSSAI"):
        _asked({"3GPP-IMSI": AGV}, Asked(Resource("nf", "upf"), "connect", 7))
