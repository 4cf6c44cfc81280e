"""Accounts: set-up once, log in, sessions that end, people who come and go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from sentinel.accounts.accounts import AccountError, Accounts
from sentinel.accounts.roles import Role
from sentinel.accounts.throttle import TooManyAttemptsError
from sentinel.errors import AuditError, AuthenticationError, ConflictError
from sentinel.store.control import ControlDatabase, SetupToken, User, UserSession
from tests.auditing import Kept

PASSWORD = "correct horse battery"


@dataclass
class Clock:
    """A clock that stands still."""

    now: float = 1_790_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the accounts."""
    return Clock()


@pytest.fixture
def control() -> Iterator[ControlDatabase]:
    """An empty control database."""
    database = ControlDatabase("sqlite://", Kept())
    yield database
    database.close()


@pytest.fixture
def accounts(control: ControlDatabase, clock: Clock) -> Accounts:
    """Accounts with nobody in them."""
    return Accounts(control, clock)


@pytest.fixture
def admin(accounts: Accounts) -> Accounts:
    """Accounts with `root` in them."""
    accounts.create_first_administrator(accounts.issue_setup_token(), "root", PASSWORD)
    return accounts


def test_the_setup_token_is_good_once(accounts: Accounts) -> None:
    """It makes the first administrator and is gone."""
    token = accounts.issue_setup_token()
    assert accounts.needs_setup()
    assert accounts.create_first_administrator(token, "root", PASSWORD).role is Role.ADMINISTRATOR
    assert not accounts.needs_setup()
    with pytest.raises(ConflictError):
        accounts.create_first_administrator(token, "other", PASSWORD)


def test_a_wrong_old_or_replaced_setup_token_is_refused(accounts: Accounts, clock: Clock) -> None:
    """Only the latest, within a day."""
    first, second = accounts.issue_setup_token(), accounts.issue_setup_token()
    for token in ("nonsense", first):
        with pytest.raises(AuthenticationError):
            accounts.create_first_administrator(token, "root", PASSWORD)
    clock.now += 25 * 3600
    with pytest.raises(AuthenticationError):
        accounts.create_first_administrator(second, "root", PASSWORD)
    assert accounts.needs_setup()


def test_a_bad_password_does_not_spend_the_setup_token(accounts: Accounts) -> None:
    """The form can be sent again."""
    token = accounts.issue_setup_token()
    with pytest.raises(AccountError):
        accounts.create_first_administrator(token, "root", "short")
    assert accounts.create_first_administrator(token, "root", PASSWORD).name == "root"


@pytest.mark.parametrize("password", ["elevenchars", "aaaaaaaaaaaaaaaa", "analyst-analyst", "x" * 257 + "yza"])
def test_passwords_that_are_refused(admin: Accounts, password: str) -> None:
    """Too short, one letter, the name itself, endless."""
    with pytest.raises(AccountError):
        admin.create("analyst", password, Role.ANALYST, by="root")


@pytest.mark.parametrize(
    "name", ["", "a b", "x" * 65, "<script>", "a/b", "me\n", "Service", "r\u043e\u043et1", "\uff52oot"]
)
def test_names_that_are_refused(admin: Accounts, name: str) -> None:
    """Names are short and plain, and not taken for the service's own or for another's."""
    with pytest.raises(AccountError):
        admin.create(name, PASSWORD, Role.ANALYST, by="root")


@pytest.mark.parametrize("name", ["王工-day2", "\u0438\u0432\u0430\u043d", "o.meara"])
def test_names_of_one_alphabet_are_taken(admin: Accounts, name: str) -> None:
    assert admin.create(name, PASSWORD, Role.ANALYST, by="root").name == name


def test_a_session_that_cannot_be_kept_alive_can_still_look(
    admin: Accounts, clock: Clock, control: ControlDatabase
) -> None:
    """A full disk: nothing can be written, everything can be read."""
    token = admin.login("root", PASSWORD).token
    clock.now += 60
    with control._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    assert admin.authenticate(token).name == "root"


def test_chinese_names_are_names_and_case_does_not_make_another(admin: Accounts) -> None:
    """`ROOT` is taken by `root`."""
    assert admin.create("李伟", PASSWORD, Role.ANALYST, by="root").name == "李伟"
    with pytest.raises(ConflictError):
        admin.create("ROOT", PASSWORD, Role.ANALYST, by="root")


def test_log_in_and_out(admin: Accounts) -> None:
    """A session is known until it ends."""
    login = admin.login("root", PASSWORD)
    assert admin.authenticate(login.token).name == "root"
    admin.logout(login.token)
    with pytest.raises(AuthenticationError):
        admin.authenticate(login.token)


def test_a_short_name_in_a_password_is_no_fault_and_a_refusal_names_its_rule(admin: Accounts) -> None:
    admin.create("ana", "plumbing-otter-42-ana!Zx", Role.ANALYST, by="root")
    for password, words in (("my-Analyst-2026", "name of its user"), ("abababababab", "4 different characters")):
        with pytest.raises(AccountError, match=words):
            admin.create("analyst", password, Role.ANALYST, by="root")


@pytest.mark.parametrize(("name", "password"), [("root", "wrong password!"), ("nobody", PASSWORD), ("", "")])
def test_wrong_name_and_wrong_password_look_the_same(admin: Accounts, name: str, password: str) -> None:
    """The message does not say which."""
    with pytest.raises(AuthenticationError, match="the name or the password is wrong"):
        admin.login(name, password)


def test_a_session_ends_when_idle_and_at_the_latest_after_twelve_hours(admin: Accounts, clock: Clock) -> None:
    """Activity prolongs, to a limit."""
    idle = admin.login("root", PASSWORD).token
    clock.now += 29 * 60
    admin.authenticate(idle)
    clock.now += 31 * 60
    with pytest.raises(AuthenticationError):
        admin.authenticate(idle)
    busy = admin.login("root", PASSWORD).token
    for _ in range(36):
        clock.now += 20 * 60
        admin.authenticate(busy)
    clock.now += 60
    with pytest.raises(AuthenticationError):
        admin.authenticate(busy)


def test_what_a_page_asks_by_itself_keeps_no_session_alive(admin: Accounts, clock: Clock) -> None:
    """Polling is not activity."""
    token = admin.login("root", PASSWORD).token
    for _ in range(30):
        clock.now += 60
        admin.authenticate(token, active=False)
    clock.now += 60
    with pytest.raises(AuthenticationError):
        admin.authenticate(token, active=False)


def test_only_hashes_are_stored(admin: Accounts, control: ControlDatabase) -> None:
    """Neither password, nor session token, nor set-up token is in the database."""
    setup, session_token = admin.issue_setup_token(), admin.login("root", PASSWORD).token
    with control.begin() as session:
        stored = [*session.scalars(select(User.password_hash)), *session.scalars(select(UserSession.token_hash)),
                  *session.scalars(select(SetupToken.token_hash))]  # fmt: skip
    assert len(stored) == 3
    for secret in (PASSWORD, setup, session_token):
        assert not any(secret in text for text in stored)


def test_deactivation_ends_sessions_and_shuts_out(admin: Accounts) -> None:
    """And activation lets in again."""
    admin.create("li", PASSWORD, Role.ANALYST, by="root")
    token = admin.login("li", PASSWORD).token
    assert not admin.set_active("li", False, by="root").active
    with pytest.raises(AuthenticationError):
        admin.authenticate(token)
    with pytest.raises(AuthenticationError):
        admin.login("li", PASSWORD)
    admin.set_active("li", True, by="root")
    assert admin.login("li", PASSWORD).account.name == "li"
    with pytest.raises(AuthenticationError):
        admin.authenticate(token)


def test_the_last_administrator_stays(admin: Accounts) -> None:
    """Neither another role nor deactivation, until there is a second one."""
    with pytest.raises(ConflictError):
        admin.set_active("root", False, by="root")
    with pytest.raises(ConflictError):
        admin.set_role("root", Role.ANALYST, by="root")
    assert admin.get("root").active
    admin.create("li", PASSWORD, Role.ADMINISTRATOR, by="root")
    assert admin.set_role("root", Role.ANALYST, by="li").role is Role.ANALYST


def test_a_changed_password_ends_all_other_sessions(admin: Accounts) -> None:
    """The one that changed it goes on."""
    mine, other = admin.login("root", PASSWORD).token, admin.login("root", PASSWORD).token
    with pytest.raises(AccountError):
        admin.change_password("root", "wrong password!", "a new password 1", mine)
    admin.change_password("root", PASSWORD, "a new password 1", mine)
    assert admin.authenticate(mine).name == "root"
    with pytest.raises(AuthenticationError):
        admin.authenticate(other)
    with pytest.raises(AuthenticationError):
        admin.login("root", PASSWORD)
    assert admin.login("root", "a new password 1").account.name == "root"


def test_a_reset_password_ends_every_session(admin: Accounts) -> None:
    """An administrator gave it."""
    admin.create("li", PASSWORD, Role.ANALYST, by="root")
    token = admin.login("li", PASSWORD).token
    admin.reset_password("li", "a new password 1", by="root")
    with pytest.raises(AuthenticationError):
        admin.authenticate(token)


def test_a_change_is_made_whole_or_not_at_all(admin: Accounts) -> None:
    """A password that is too short leaves the role; a role that cannot be given leaves the password."""
    admin.create("li", PASSWORD, Role.ADMINISTRATOR, by="root")
    token = admin.login("li", PASSWORD).token
    with pytest.raises(AccountError):
        admin.change("li", role=Role.ANALYST, active=False, password="x", by="root")
    assert (admin.get("li").role, admin.get("li").active) == (Role.ADMINISTRATOR, True)
    admin.change("root", role=Role.ANALYST, by="li")
    with pytest.raises(ConflictError):
        admin.change("li", role=Role.ANALYST, password="a new password 1", by="root")
    assert admin.authenticate(token).role is Role.ADMINISTRATOR
    admin.login("li", PASSWORD)


def test_of_many_guesses_at_once_five_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of as many in a row."""
    looked: list[str] = []

    def wrong(_encoded: str, password: str) -> None:
        looked.append(password)
        time.sleep(0.05)
        raise AuthenticationError("the name or the password is wrong")

    monkeypatch.setattr("sentinel.accounts.accounts.verify_password", wrong)
    control = ControlDatabase(f"sqlite:///{tmp_path / 'control.db'}", Kept())
    accounts = Accounts(control, Clock())

    def guess(number: int) -> type[Exception] | None:
        try:
            accounts.login("root", f"guess {number}", "203.0.113.9")
        except AuthenticationError as error:
            return type(error)
        return None

    with ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(guess, range(60)))
    control.close()
    assert len(looked) == 5
    assert answers.count(TooManyAttemptsError) == 55


def test_invented_names_do_not_shut_out_who_has_logged_in_from_there(admin: Accounts) -> None:
    """Not even behind a proxy, where everybody has one address."""
    admin.login("root", PASSWORD, "203.0.113.9")
    for number in range(21):
        with pytest.raises(AuthenticationError):
            admin.login(f"invented{number}", PASSWORD, "203.0.113.9")
    with pytest.raises(TooManyAttemptsError):
        admin.login("invented", PASSWORD, "203.0.113.9")
    assert admin.login("root", PASSWORD, "203.0.113.9").account.name == "root"


def test_changing_the_password_counts_only_wrong_ones(admin: Accounts) -> None:
    """And a new one that is refused is not a guess."""
    for _ in range(6):
        with pytest.raises(AccountError):
            admin.change_password("root", PASSWORD, "short")
    admin.change_password("root", PASSWORD, "a new password 1")
    for _ in range(5):
        with pytest.raises(AccountError):
            admin.change_password("root", PASSWORD, "a new password 2")
    with pytest.raises(TooManyAttemptsError):
        admin.change_password("root", "a new password 1", "a new password 2")


def test_a_reset_password_lets_in_at_once(admin: Accounts) -> None:
    """Whatever was tried before."""
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            admin.login("root", "forgotten password")
    admin.reset_password("root", "a new password 1", by="root")
    assert admin.login("root", "a new password 1").account.name == "root"


def test_preferences_and_the_list(admin: Accounts) -> None:
    """What was chosen is there at the next log-in."""
    admin.set_preferences("root", "en", "dark")
    account = admin.login("root", PASSWORD).account
    assert (account.language, account.theme) == ("en", "dark")
    assert [person.name for person in admin.everyone()] == ["root"]
    with pytest.raises(AccountError):
        admin.get("nobody")


def test_every_act_is_recorded_and_no_password_with_it(clock: Clock) -> None:
    """Also those that were refused; a name that nobody has is not written down, for it may be a password."""
    kept = Kept()
    accounts = Accounts(ControlDatabase("sqlite://", kept), clock)
    accounts.create_first_administrator(accounts.issue_setup_token(), "root", PASSWORD, "10.0.0.1")
    accounts.create("ben", PASSWORD, Role.ANALYST, by="root")
    with pytest.raises(AuthenticationError):
        accounts.login(PASSWORD, "x", "10.0.0.2")
    with pytest.raises(AuthenticationError):
        accounts.login("ben", "wrong", "10.0.0.2")
    login = accounts.login("ben", PASSWORD, "10.0.0.2")
    accounts.change("ben", by="root", role=Role.AUDITOR, password=PASSWORD[::-1])
    with pytest.raises(AccountError):
        accounts.change_password("ben", "wrong", PASSWORD)
    with pytest.raises(ConflictError):
        accounts.set_active("root", active=False, by="root")
    accounts.logout(login.token)
    accounts.logout(accounts.login("root", PASSWORD).token)
    told = [(act.action.value, act.actor, act.target, act.outcome.value) for act in kept.acts]
    assert told == [
        ("setup.issued", "service", "", "done"),
        ("user.added", "root", "root", "done"),
        ("user.added", "root", "ben", "done"),
        ("session.opened", "", "", "refused"),
        ("session.opened", "ben", "", "refused"),
        ("session.opened", "ben", "", "done"),
        ("user.changed", "root", "ben", "done"),
        ("user.password_changed", "ben", "ben", "refused"),
        ("user.changed", "root", "root", "refused"),
        ("session.opened", "root", "", "done"),
        ("session.closed", "root", "", "done"),
    ]
    assert kept.acts[6].details == {"role": "auditor", "password": "new"}
    assert kept.acts[3].details == {"address": "10.0.0.2", "reason": "the name or the password is wrong"}
    assert not any(PASSWORD in str(act) or PASSWORD[::-1] in str(act) for act in kept.acts)


def test_who_cannot_be_recorded_does_not_log_in(clock: Clock) -> None:
    kept = Kept()
    accounts = Accounts(ControlDatabase("sqlite://", kept), clock)
    accounts.create_first_administrator(accounts.issue_setup_token(), "root", PASSWORD)
    kept.full = True
    with pytest.raises(AuditError):
        accounts.login("root", PASSWORD)
    with pytest.raises(AuditError):
        accounts.create("ben", PASSWORD, Role.ANALYST, by="root")
    assert [account.name for account in accounts.everyone()] == ["root"]
