"""What is decided now becomes what a case expects."""

from __future__ import annotations

import pytest

from sentinel.access.authoring.accepting import accept
from sentinel.access.authoring.cases import run
from sentinel.access.authoring.files import load
from sentinel.access.authoring.restricting import Restriction, restrict
from sentinel.errors import PolicyError
from tests.deciding import FILES, SITE


def test_a_case_that_is_out_of_date_is_brought_up_to_date() -> None:
    """The one that was chosen, and no other."""
    made = restrict(FILES, Restriction("plc-gateway", "app:plc", ("modbus:write",)), SITE, "lin")
    failing = [each for each in run(load(made, SITE.time_zone), made) if each.problem]
    changed = accept(made, SITE.time_zone, failing[0].path.as_posix(), failing[0].line)
    left = [each.name for each in run(load(changed, SITE.time_zone), changed) if each.problem]
    assert left == [each.name for each in failing[1:]]
    with pytest.raises(PolicyError, match="no case here"):
        accept(made, SITE.time_zone, "edge_computing/cases.yml", 1)
