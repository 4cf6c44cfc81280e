"""Which fields hold identifiers: all that the catalogue says of SUPI, PEI and GPSI are known here, or known to be none."""

from __future__ import annotations

import re

import pytest

from sentinel.model.fields import CATALOGUE
from sentinel.model.personal import FIELDS, could_be, identifiers, normalised
from sentinel.model.personal import Identifier as I
from sentinel.state import FACTS

NONE = {  # they tell of identifiers and hold none
    "fiveg.ngap.masked_imeisv", "fiveg.nas.identity_type", "fiveg.nas.imeisv_requested", "fiveg.monitor.share",
    "fiveg.terminal.registered", "fiveg.terminal.foreign_plmn", "fiveg.pei.changed", "fiveg.pei.subscribers",
    "fiveg.suci.scheme", "fiveg.suci.replayed", "fiveg.suci.age", "fiveg.identity_source",
}  # fmt: skip


def test_every_field_that_could_hold_one_is_known() -> None:
    """A new field that speaks of them has to be sorted in."""
    said = re.compile(r"\b(SUPI|PEI|GPSI|SUCI|IMSI|IMEI|IMEISV|MSISDN|[Cc]oncealed)\b")
    speaking = {name for name, spec in (CATALOGUE | FACTS).items() if said.search(spec.en)}
    unsorted = {name for name in speaking - FIELDS - NONE if (CATALOGUE | FACTS)[name].type == "keyword"}
    assert unsorted == set()


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("fiveg.supi", "999700000000001", [(I.SUPI, "999700000000001")]),
        ("fiveg.supi", "user@plant.example", [(I.SUPI, "user@plant.example")]),
        ("fiveg.supi", "", []),
        ("fiveg.suci", "suci-0-999-70-0-0-0-0000000001", [(I.SUCI, "suci-0-999-70-0-0-0-0000000001")]),
        ("fiveg.suci", "suci-0-999-70-0-1-1-9f3e", []),
        ("fiveg.ue.subject", "999700000000001", [(I.SUPI, "999700000000001")]),
        ("fiveg.ue.subject", "session 7 of 10.11.4.30", []),
        ("fiveg.ue.subject", "4@10.11.2.101", []),
        ("fiveg.ue.subject", "4@2001:db8::a", []),
        ("related.user", "user@plant.example", [(I.SUPI, "user@plant.example")]),
        ("related.user", "suci-0-999-70-0-0-0-0000000001", [(I.SUCI, "suci-0-999-70-0-0-0-0000000001")]),
        ("url.path", "/nudm-sdm/v2/imsi-999700000000001/am-data", [(I.SUPI, "999700000000001")]),
        ("url.path", "/x/imeisv-4370816125816151/msisdn-8613800000000",
         [(I.PEI, "4370816125816151"), (I.GPSI, "8613800000000")]),
        ("url.path", "/files/999700000000001", []),
        ("fiveg.sbi.supi", "suci-0-999-70-0-0-0-0000000001", [(I.SUCI, "suci-0-999-70-0-0-0-0000000001")]),
        ("fiveg.alert.examples", "fiveg.supi=999700000000001, source.ip=10.45.0.2", [(I.SUPI, "999700000000001")]),
    ],
)  # fmt: skip
def test_identifiers_of_a_value(field: str, value: str, found: list[tuple[I, str]]) -> None:
    """Whole values, values that may be one, and texts that mention one."""
    assert list(identifiers(field, value)) == found


def test_prefixes() -> None:
    """As people and URLs write them."""
    assert normalised(I.SUPI, "imsi-999700000000001") == "999700000000001"
    assert normalised(I.PEI, "imeisv-4370816125816151") == "4370816125816151"
    assert could_be("imei-437081612581615") == (I.PEI,)
    assert could_be("1234") == could_be("gnb-1") == ()
