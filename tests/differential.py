"""Engine C = engine B = stock pycasbin = Cedar, on policies and requests made by chance.

    python -m tests.differential [CASES] [SEED]

Runs so many cases (100,000 unless said) and says how many differed, and how often each answer was given.
"""

from __future__ import annotations

import sys
from collections import Counter
from random import Random

from sentinel.access.engine.judge import Judge
from sentinel.access.engine.pdp import Pdp, with_minute
from sentinel.access.engine.policy import Policy, Snapshot
from sentinel.model.access import Request
from tests.cedar import Cedar
from tests.policies import a_policy, a_request

REQUESTS = 25  # for each policy


class Engines:
    """Four ways to judge one policy."""

    def __init__(self, policy: Policy) -> None:
        self.trouble: list[str] = []
        snapshot = Snapshot.of(policy)
        self._fast = Pdp(snapshot, self.trouble.append, every=10**9)
        self._casbin = Pdp(snapshot, self.trouble.append, every=0)
        self._stock, self._rows = Judge(policy.model), [rule.row for rule in policy.rules]
        self._cedar = Cedar(policy.rules)
        self._zone = policy.zone

    def answers(self, request: Request) -> tuple[bool, bool, bool, bool]:
        """What C, B, stock casbin and Cedar say; C and B have to agree on every reason too."""
        fast, judged = self._fast.decide(request), self._casbin.decide(request)
        if fast != judged:
            self.trouble.append(f"{fast} {judged}")
        timed = with_minute(request, self._zone)
        return fast.allowed, judged.allowed, self._stock.allows(self._rows, timed), self._cedar.allows(timed)


def run(cases: int, seed: int) -> Counter[str]:
    """So many cases: how many were allowed, denied, and differed."""
    chance, counted = Random(seed), Counter({"allowed": 0, "denied": 0, "differed": 0})
    while counted.total() < cases:
        engines = Engines(a_policy(chance))
        for _ in range(REQUESTS):
            request = a_request(chance)
            answers = engines.answers(request)
            if len(set(answers)) != 1 or engines.trouble:
                print("differs:", answers, request, engines.trouble)
                engines.trouble.clear()
                counted["differed"] += 1
            else:
                counted["allowed" if answers[0] else "denied"] += 1
    return counted


if __name__ == "__main__":
    print(dict(run(int((sys.argv[1:2] or ["100000"])[0]), int((sys.argv[2:3] or ["1"])[0]))))
