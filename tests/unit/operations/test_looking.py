from __future__ import annotations

from pathlib import Path

import pytest

from sentinel.errors import AuditError
from sentinel.model.audit import Act, Action
from sentinel.model.personal import Identifier
from sentinel.operations.looking import AGAIN_AFTER, Looking
from tests.auditing import Kept
from tests.sealed import personal

SUPI = "999700000000001"
NAMED = [f"fiveg.supi:{SUPI}", f"imsi-{SUPI}", f"-fiveg.supi:{SUPI}", f"nas (a OR fiveg.ue.subject:{SUPI})",
         f"url.path:/x/imsi-{SUPI}"]  # fmt: skip
NAMELESS = ["", "nas", "ps-supi-1-0123456789abcdef01234567", "fiveg.supi:ps-supi-1-0123456789abcdef01234567", "a:("]


@pytest.mark.parametrize("query", NAMED)
def test_who_searches_by_an_identifier_is_on_record_with_its_pseudonym(tmp_path: Path, query: str) -> None:
    kept, sealing = Kept(), personal(tmp_path)
    looking = Looking(kept, lambda name, value: str(sealing.hide({name: value})[0][name]))
    looking.tell("li", query)
    assert Act(Action.IDENTITY_LOOKED_FOR, "li", sealing.pseudonym(Identifier.SUPI, SUPI)) in kept.acts
    assert SUPI not in str(kept.acts)


@pytest.mark.parametrize("query", NAMELESS)
def test_a_search_that_tests_no_guess_is_not(tmp_path: Path, query: str) -> None:
    kept, sealing = Kept(), personal(tmp_path)
    Looking(kept, lambda name, value: str(sealing.hide({name: value})[0][name])).tell("li", query)
    assert kept.acts == []


def test_it_is_told_once_while_they_go_on_and_refused_where_it_cannot_be(tmp_path: Path) -> None:
    kept, sealing, now = Kept(), personal(tmp_path), [0.0]
    looking = Looking(kept, lambda name, value: str(sealing.hide({name: value})[0][name]), lambda: now[0])
    for moment in (0.0, 1.0, AGAIN_AFTER + 1):
        now[0] = moment
        looking.tell("li", f"fiveg.supi:{SUPI}")
    assert len(kept.acts) == 2
    kept.full = True
    for _ in range(2):
        with pytest.raises(AuditError):
            looking.tell("wang", f"fiveg.supi:{SUPI}")
