"""What baselines cost at a large site: the end of a period, memory, a snapshot.

    python -m tests.bench.bench_forecast [--terminals N] [--periods N]

So many terminals with four numbers each, all of which have a value in each period, and a tenth as many conversations.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
import time
from collections.abc import Sequence

from sentinel.forecast.metrics import CONVERSATIONS, TERMINALS, Key
from sentinel.forecast.profiles import Profiles

_PERIOD = 300 * 10**9


def run(terminals: int = 100_000, periods: int = 12) -> dict[str, float]:
    """Measure, print and give the figures."""
    chance = random.Random(5)
    families = {
        "terminals": (Profiles(24, 2, 400_000, zero=False), [(name, str(at)) for name in TERMINALS for at in range(terminals)]),
        "conversations": (
            Profiles(48, 2, 150_000, zero=False), [(name, str(at)) for name in CONVERSATIONS for at in range(terminals // 10)],
        ),
    }  # fmt: skip
    figures: dict[str, float] = {}
    for name, (profiles, keys) in families.items():
        figures |= {f"{name}.{what}": figure for what, figure in _family(profiles, keys, periods, chance).items()}
    for name, value in figures.items():
        print(f"{name:34} {value:>12,}")
    return figures


def _family(profiles: Profiles, keys: Sequence[Key], periods: int, chance: random.Random) -> dict[str, float]:
    values = {key: chance.random() * 1000 for key in keys}
    profiles.observe(values, 0, 0)
    begun = time.process_time()
    for period in range(1, periods):
        profiles.observe(values, period // 12, period * _PERIOD)
    spent = (time.process_time() - begun) / (periods - 1)
    begun = time.process_time()
    kept = pickle.dumps(profiles.dump(), protocol=5)
    return {
        "numbers": len(profiles), "mib": round(profiles.octets / 2**20), "seconds_a_period": round(spent, 3),
        "microseconds_a_number": round(1e6 * spent / len(keys), 2), "snapshot_mib": round(len(kept) / 2**20),
        "snapshot_seconds": round(time.process_time() - begun, 2),
    }  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--terminals", type=int, default=100_000)
    parser.add_argument("--periods", type=int, default=12)
    options = parser.parse_args(arguments)
    run(options.terminals, options.periods)


if __name__ == "__main__":
    main(sys.argv[1:])
