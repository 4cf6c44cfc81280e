from __future__ import annotations

from sentinel.access.engine.subject import stranger, subject
from tests.policies import GROUPS


def test_a_terminal_has_all_names_that_rules_may_call_it() -> None:
    one = subject(GROUPS, "999700000000001", ["agv"], "356938030000001", "a" * 64)
    assert one.keys == ("any", "supi:999700000000001", "grp:agv", "grp:all", "grp:machines", "grp:vehicles", "imei-tac:35693803",
                        f"cert:{'a' * 64}")  # fmt: skip


def test_what_is_not_known_of_it_gives_no_name() -> None:
    assert subject(GROUPS, "1").keys == ("any", "supi:1")
    assert subject(GROUPS, "1", pei="3569").keys == ("any", "supi:1")


def test_a_stranger_has_no_name() -> None:
    assert stranger("1").keys == ()
    assert not stranger("1").known
