from __future__ import annotations

import pytest

from sentinel.access.information.wording import explained, lasting
from sentinel.errors import AccessError


def test_a_reason_is_said() -> None:
    assert explained("  seen twice ") == "seen twice"
    for nothing in ("", "  ", "x" * 401, "half \ud800"):
        with pytest.raises(AccessError, match="expected a reason"):
            explained(nothing)


@pytest.mark.parametrize("seconds", [0, -1, 61])
def test_a_time_is_one_that_ends(seconds: int) -> None:
    assert lasting(60, 60) == 60
    with pytest.raises(AccessError, match="1 to 60 seconds"):
        lasting(seconds, 60)
