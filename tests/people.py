"""People for tests of log-in: accounts with a clock that stands still, second factors, and SM2 keys that sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sentinel.accounts.accounts import Accounts
from sentinel.accounts.factors import Demand, SecondFactorNeededError
from sentinel.accounts.roles import Role
from sentinel.accounts.second_factor import SecondFactors
from sentinel.crypto.challenge import answer, read_challenge
from sentinel.crypto.curve import PrivateKey
from sentinel.crypto.keyfile import dump_public
from sentinel.crypto.suite import suite
from sentinel.crypto.totp import code_at
from sentinel.store.control import ControlDatabase
from tests.auditing import Kept
from tests.sealed import vault

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that stands still."""

    now: float = 1_790_000_010.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@dataclass
class People:
    """`root`, an administrator, and `li`, an analyst, and what was recorded of them."""

    folder: Path
    demand: Demand = Demand.OFFERED
    clock: Clock = field(default_factory=Clock)
    kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        self.control = ControlDatabase(f"sqlite:///{self.folder / 'control.db'}", self.kept)
        self.accounts = Accounts(self.control, self.clock, demand=self.demand)
        self.factors = SecondFactors(self.accounts, self.control, vault(self.folder, self.control), self.clock)
        self.accounts.create_first_administrator(self.accounts.issue_setup_token(), "root", PASSWORD)
        self.accounts.create("li", PASSWORD, Role.ANALYST, by="root")

    def with_codes(self, name: str) -> tuple[str, tuple[str, ...]]:
        """Let somebody have an authenticator app; its secret, and the recovery codes. The clock goes on by a step."""
        secret = self.factors.codes.begin(name, PASSWORD).secret
        recovery = self.factors.codes.confirm(name, self.code(secret))
        self.clock.now += 30
        return secret, recovery

    def code(self, secret: str) -> str:
        """The code of now."""
        return code_at(secret, self.clock.now)

    def with_key(self, name: str) -> PrivateKey:
        """Let somebody have an SM2 key."""
        key = suite().signer.sm2_keygen()
        challenge = self.factors.keys.begin(name, dump_public(key.public).decode(), PASSWORD)
        self.factors.keys.prove(name, signed(challenge, key))
        return key

    def pending(self, name: str) -> str:
        """Log in as far as the password goes."""
        try:
            self.accounts.login(name, PASSWORD)
        except SecondFactorNeededError as needed:
            return needed.pending
        raise AssertionError("no second factor was asked for")


def signed(challenge: str, key: PrivateKey) -> str:
    """The answer to a challenge."""
    found = read_challenge(challenge)
    return answer(found.nonce, suite().sign(key, found.message))
