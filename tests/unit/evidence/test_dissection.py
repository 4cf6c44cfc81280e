"""tshark's dissection of one packet, and how it is held."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from sentinel.errors import DissectionError, NoDissectorError
from sentinel.evidence import dissection
from sentinel.evidence.dissection import Node, dissect, tree
from sentinel.evidence.ring import Packet
from tests.packets import RAW, n4

# Nobody may not reach a virtual environment in somebody's home.
PYTHON = next((path for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()), sys.executable)
PACKET = Packet(1_790_000_000_000_000_000, RAW, len(n4()), n4())


def _names(nodes: tuple[Node, ...]) -> list[str]:
    return [name for node in nodes for name in (node.name, *_names(node.children))]


@pytest.mark.tshark
def test_a_packet_is_dissected_down_to_its_fields() -> None:
    """Protocols in order, and fields within them."""
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    nodes = dissect(PACKET)
    assert [node.name for node in nodes] == ["frame", "raw", "ip", "udp", "pfcp"]
    assert "pfcp.msg_type" in _names(nodes)
    assert dissect(Packet(0, RAW, 9, b"\xff" * 9))[0].name == "frame"


def test_without_tshark_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do."""
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(NoDissectorError, match="install it"):
        dissect(PACKET)


@pytest.mark.parametrize(
    ("script", "reason"),
    [("while True: pass", "did not finish"), ("import time; time.sleep(60)", "did not finish"),
     ("bytes(4 << 30)", "did not finish"), ("print('x' * (9 << 20))", "is longer than 8 MiB"), ("print('<a>')", "cannot be read"),
     ("print('<pdml/>')", "found no packet")],
)  # fmt: skip
def test_what_takes_too_much_is_ended(script: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time, memory, output; and what is no dissection is not taken for one."""
    monkeypatch.setattr(dissection, "LONGEST", 3.0)
    with pytest.raises(DissectionError, match=reason):
        tree(dissection._run([*dissection._locks(root=os.geteuid() == 0), PYTHON, "-c", script], b""))


def test_it_has_no_rights_no_settings_and_writes_nothing() -> None:
    """As whoever it runs, it is nobody if the service is root."""
    script = (
        "import os, tempfile\n"
        "try:\n wrote = os.write(tempfile.TemporaryFile().fileno(), b'x')\n"
        "except OSError:\n wrote = 0\n"
        "print(os.geteuid(), wrote, os.environ['HOME'], open('/proc/self/status').read().count('NoNewPrivs:\\t1'))"
    )
    root = os.geteuid() == 0
    said = dissection._run([*dissection._locks(root), PYTHON, "-c", script], b"").decode().split()
    assert said[1:] == ["0", "/nonexistent", "1"]
    assert said[0] == "65534" if root else True


def test_a_tree_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In nodes and in depth."""
    monkeypatch.setattr(dissection, "MOST_NODES", 10)
    wide = b'<pdml><packet><proto name="a">' + b'<field name="b" pos="3" size="x"/>' * 100 + b"</proto></packet></pdml>"
    assert len(_names(tree(wide))) == 10
    monkeypatch.undo()
    deep = b"<pdml><packet>" + b'<field name="a">' * 300 + b"</field>" * 300 + b"</packet></pdml>"
    assert len(_names(tree(deep))) == 65
