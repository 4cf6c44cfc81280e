"""The page Audit: who did what, how far it is proven, and what is said when it is not what was signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from sentinel.audit import checkpoint, standalone, tree
from sentinel.audit.keeper import Keeper
from sentinel.model.audit import Act, Action, Outcome
from sentinel.web import labels
from tests.keeping import Keeping

if TYPE_CHECKING:
    from tests.unit.conftest import Doors


@pytest.fixture
def keeper(doors: Doors, tmp_path: Path) -> Keeper:
    """The keeper of the doors' log, which has signed two acts and a heartbeat."""
    doors.ledger.record(
        Act(Action.USER_ADDED, "command:root", "ben<b>", details={"role": "analyst"}),
        Act(
            Action.SESSION_OPENED,
            "",
            outcome=Outcome.REFUSED,
            details={"reason": "the name or the password is wrong", "address": "192.0.2.7"},
        ),
    )
    made = Keeping(tmp_path / "audit", tmp_path / "keys")
    made.tick()
    return made


def test_it_shows_what_was_done_and_that_it_is_proven(doors: Doors, keeper: Keeper) -> None:
    """In both languages; a heartbeat only where it is asked for."""
    doors.ledger.record(Act(Action.SESSION_CLOSED, "anna"))
    client = doors.browser("auditor")
    for language, words in (
        ("en", ("Verified up to record 2", "Added a user", "Waiting", "ben&lt;b&gt;", "refused", "from 192.0.2.7")),
        ("zh-CN", ("已核验至第 2 条记录", "新增用户", "待签名", "主机命令", "来自 192.0.2.7", "被拒绝")),
    ):
        page = client.get("/audit", headers={"Accept-Language": language}).text
        assert [word for word in words if word not in page] == []
        assert page.count("proof-proven") == 2
        assert keeper._signer.line in page.replace("&#43;", "+")
    beats = client.get("/audit", params={"action": "audit.heartbeat"}).text
    assert beats.count('class="did"') == 1


def test_it_is_searched_and_goes_on(doors: Doors, keeper: Keeper) -> None:
    doors.ledger.record(*(Act(Action.SESSION_CLOSED, f"user-{number}") for number in range(60)))
    client = doors.browser("administrator")
    first = client.get("/audit", params={"actor": "user-"}, headers={"Accept": "application/json"}).json()
    assert (len(first["rows"]), first["rows"][0]["actor"]) == (50, "user-59")
    rest = client.get(first["next"], headers={"Accept": "application/json"}).json()
    assert ([row["actor"] for row in rest["rows"]][-1], rest["next"]) == ("user-0", "")
    for query in (
        {"target": "nobody"},
        {"action": "nonsense", "actor": "nobody"},
        {"since": "nonsense", "actor": "nobody"},
    ):
        assert "No records match" in client.get("/audit", params=query, headers={"Accept-Language": "en"}).text


def test_a_record_has_its_proof(doors: Doors, keeper: Keeper) -> None:
    client = doors.browser("auditor")
    said = client.get("/audit/0", headers={"Accept": "application/json"}).json()
    note = checkpoint.only(said["head"]["text"])
    leaf = tree.leaf_hash(said["text"].encode())
    assert leaf.hex() == said["leaf"]
    tree.verify_inclusion(leaf, 0, note.size, [bytes.fromhex(each) for each in said["path"]], note.root)
    assert "名称或密码" in client.get("/audit/1", headers={"Accept-Language": "zh-CN"}).text.replace("用户名", "名称")
    assert client.get("/audit/99").status_code == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"good": False, "time": 2**62, "trouble": "record 1 was changed"}, ("verdict-bad", "record 1 was changed")),
        ({"good": True, "time": 1, "trouble": ""}, ("verdict-warn", "Nobody is verifying")),
        ({}, ("verdict-warn", "Nobody is verifying")),
    ],
)
def test_trouble_and_silence_are_said(
    doors: Doors, keeper: Keeper, tmp_path: Path, said: dict[str, object], words: tuple[str, str]
) -> None:
    (tmp_path / "audit" / "verified").write_bytes(orjson.dumps(said))
    page = doors.browser("auditor").get("/audit", headers={"Accept-Language": "en"}).text
    assert [word for word in words if word not in page] == []
    assert "verdict-good" not in page


def test_a_record_that_is_not_what_was_signed_turns_the_page_red(doors: Doors, keeper: Keeper, tmp_path: Path) -> None:
    """Whatever the keeper last said; and a log that cannot be read does so too."""
    import zlib

    from sentinel.audit.log import HEAD

    path = tmp_path / "audit" / "records"
    octets = path.read_bytes()
    length = int.from_bytes(octets[:4], "little")
    forged = octets[8 : 8 + length].replace(b"analyst", b"auditor")
    path.write_bytes(HEAD.pack(length, zlib.crc32(forged)) + forged + octets[8 + length :])
    client = doors.browser("auditor")
    page = client.get("/audit", headers={"Accept-Language": "en"}).text
    assert ("verdict-bad" in page, page.count("proof-broken")) == (True, 1)
    path.write_bytes(octets[:20] + b"x" + octets[21:])
    answer = client.get("/audit", headers={"Accept-Language": "en"})
    assert (answer.status_code, "is damaged" in answer.text) == (503, True)


def test_auditors_take_the_log_and_the_verifier_home(doors: Doors, keeper: Keeper, tmp_path: Path) -> None:
    client = doors.browser("auditor")
    (tmp_path / "export").write_bytes(client.get("/audit/export").content)
    key = standalone.key_of(keeper._signer.line)
    assert standalone.verify(standalone.opened(tmp_path / "export"), key, (), None, checkpoint.verifies).good
    assert doors.ledger.proof(3).entry.record.action == Action.AUDIT_EXPORTED
    assert client.get("/audit/verify.py").text == Path(standalone.__file__).read_text("utf-8")


def test_every_action_has_words() -> None:
    assert [action for action in Action if action not in labels.ACTION] == []


def test_analysts_do_not_see_it(doors: Doors, keeper: Keeper) -> None:
    client = doors.browser("analyst")
    assert 'href="/audit"' not in client.get("/alerts").text
    for path in ("/audit", "/audit/0", "/audit/export", "/audit/verify.py"):
        assert client.get(path).status_code == 403


def test_what_was_found_is_exported_with_proofs(doors: Doors, keeper: Keeper, tmp_path: Path) -> None:
    """By the button of the page, with what the page was asked for."""
    client = doors.browser("auditor")
    page = client.get("/audit", params={"target": "ben"}, headers={"Accept-Language": "en"}).text
    assert "Export what was found, with proofs" in page
    assert "导出查询结果及证明" in client.get("/audit", headers={"Accept-Language": "zh-CN"}).text
    assert 'href="/audit/selection?target=ben"' in page
    (tmp_path / "found").write_bytes(client.get("/audit/selection?target=ben").content)
    report = standalone.verify(standalone.opened(tmp_path / "found"), standalone.key_of(keeper._signer.line))
    assert (report.good, report.selected) == (True, 1)
