from __future__ import annotations

import pytest

from sentinel.access.information.catalogue import Catalogue
from tests.deciding import PLC, SITE

CATALOGUE = Catalogue(SITE)


def test_an_address_has_the_name_that_the_register_gives_it() -> None:
    assert CATALOGUE.at("10.11.6.50", 502, "tcp") == PLC
    assert CATALOGUE.at("::ffff:10.11.6.50", 502, "tcp") == PLC
    assert CATALOGUE.at("10.99.0.1", 502, "tcp").name == ""


def test_what_is_no_address_is_not_known() -> None:
    assert not CATALOGUE.at("plc", 502, "tcp").known


def test_a_name_is_known_where_it_means_one_application() -> None:
    assert CATALOGUE.named("mes").address == "10.11.6.80"
    assert not CATALOGUE.named("dns").known  # there are two
    assert not CATALOGUE.named("nothing").known


def test_network_functions_are_those_of_the_plan() -> None:
    assert CATALOGUE.function("amf").known
    assert not CATALOGUE.function("pcf").known
    assert {str(each) for each in CATALOGUE.all} >= {"nf:amf", "app:mes/10.11.6.80:80/tcp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("nf:smf", "nf:smf"), ("mes", "app:mes/10.11.6.80:80/tcp"), ("app:mes", "app:mes/10.11.6.80:80/tcp"),
     ("10.11.6.50:502/tcp", "app:plc/10.11.6.50:502/tcp"), ("[fd00::1]:53/udp", "app:[fd00::1]:53/udp")],
)  # fmt: skip
def test_a_resource_is_read_as_it_is_written(text: str, shown: str) -> None:
    found = Catalogue(SITE).read(text)
    assert (str(found), found.known) == (shown, True)


@pytest.mark.parametrize("text", ["", "nf:", "nf:pcf", "plc:502", "10.11.6.50:70000/tcp", "10.11.6:1/tcp", "nobody"])
def test_what_nobody_knows_is_not_known(text: str) -> None:
    assert not Catalogue(SITE).read(text).known
