from __future__ import annotations

import pytest

from sentinel.accounts.collectors import Collectors
from sentinel.accounts.points import Points
from sentinel.errors import AuthenticationError
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept


def test_a_token_of_one_kind_is_none_of_another() -> None:
    control = ControlDatabase("sqlite://", Kept())
    token = Points(control).enrol("gateway", by="ada")
    with pytest.raises(AuthenticationError, match="not the token of a collector"):
        Collectors(control).authenticate(token)
    control.close()
