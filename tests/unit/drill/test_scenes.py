"""The scenes: found by discovery, in pairs, in order of time, and the same as the committed captures."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path

import pytest

from sentinel.drill import Scene, plan, scenes, write_capture
from sentinel.model.event import Frame
from sentinel.site import load_site

ROOT = Path(__file__).parents[3]
TRACES = ROOT / "tests" / "traces"
SITE = ROOT / "deploy" / "examples" / "site-demo" / "site.yaml"
MAKE = runpy.run_path(str(TRACES / "make.py"))
START: int = MAKE["START_NS"]
BACKGROUND = ("core-services", "plant-control", "plant-day", "plant-ethernet", "plant-servers")
ETHERNET = {"plant-ethernet"} | {
    name + twin
    for name in ("goose-anomaly", "profinet-dcp-set", "rogue-dhcp-ra", "l2-spoof-ethernet-pdu")
    for twin in ("", "-benign")
}
QUIET = {*BACKGROUND} - {"plant-servers"}  # which speaks OPC UA without security


@pytest.fixture(scope="module")
def played() -> dict[str, list[Frame]]:
    """The frames of all scenes."""
    return {name: list(scene.frames(START)) for name, scene in scenes().items()}


def test_every_attack_fires_its_own_rule_and_has_a_benign_twin() -> None:
    """A scene is a slug's, the benign twin of one, or the background; the demo plays some of them."""
    attacks = {name for name in scenes() if not name.endswith("-benign")} - {*BACKGROUND, "demo"}
    assert [name for name in attacks if name not in scenes()[name].fires] == []
    assert {name.removesuffix("-benign") for name in scenes() if name.endswith("-benign")} == attacks
    assert [name for name in scenes() if name.endswith("-benign") or name in QUIET if not scenes()[name].benign] == []
    assert set(scenes()["demo"].fires) >= {"gtp-in-gtp", "up-to-cp-crossover"}


@pytest.mark.parametrize("scene", scenes().values(), ids=lambda scene: str(scene.name))
def test_a_scene_says_what_it_is_in_two_languages(scene: Scene) -> None:
    """Nothing is left empty."""
    assert all((scene.title, scene.title_zh, scene.description, scene.description_zh))


def test_frames_are_in_order_of_time(played: dict[str, list[Frame]]) -> None:
    """No scene goes back."""
    for name, frames in played.items():
        assert frames[0].time == START
        assert [name for one, next_ in pairwise(frames) if next_.time < one.time] == []


def test_captures_are_those_that_the_script_makes(played: dict[str, list[Frame]], tmp_path: Path) -> None:
    """Byte for byte, and each is small."""
    names = MAKE["committed"]()
    assert len(names) >= 29
    assert "demo" not in names
    for name in names:
        write_capture(played[name], tmp_path / "again.pcap")
        octets = (TRACES / MAKE["path_of"](name)).read_bytes()
        assert (tmp_path / "again.pcap").read_bytes() == octets, f"run python tests/traces/make.py for {name}"
        assert len(octets) < 50_000


def test_a_later_start_is_another_play(played: dict[str, list[Frame]]) -> None:
    """The demo goes on when it is asked again: as long, with other tags and keys."""
    first = played["gnb-unlisted-ngsetup"]
    again = list(scenes()["gnb-unlisted-ngsetup"].frames(START + 10**12))
    assert [frame.time - START for frame in first] == [frame.time - START - 10**12 for frame in again]
    assert [frame.data for frame in first] != [frame.data for frame in again]


def test_the_demo_is_about_two_minutes_and_starts_soon(played: dict[str, list[Frame]]) -> None:
    """The rogue gNB's first packet comes within three seconds."""
    frames = played["demo"]
    assert 100e9 < frames[-1].time - frames[0].time < 130e9
    rogue = ip_address(plan.ROGUE_N2).packed
    assert next(frame.time for frame in frames if rogue in frame.data) - START < 3e9


def test_the_site_plan_is_that_of_the_scenes() -> None:
    """Addresses and terminals of `plan` are in the demo site's files."""
    site = load_site(SITE)
    assert {gnb.id: (tuple(map(str, gnb.n2)), tuple(map(str, gnb.n3))) for gnb in site.gnbs} == {
        str(gnb.id): (gnb.n2, (gnb.n3,)) for gnb in (plan.GNB1, plan.GNB2, plan.GNB3, plan.GNB4)
    }
    assert [(row.supi, row.imei, row.group) for row in site.terminals] == [
        (terminal.supi, terminal.imei, terminal.group) for terminal in plan.TERMINALS.values()
    ]
    assert site.n4_peers == {plan.SMF, plan.SMF_STANDBY, plan.UPF_N4, plan.EDGE_UPF_N4}
    assert site.asset_addresses == {plan.HTTP, plan.DNS, plan.PLC, plan.NTP, plan.CORE_DNS}


def test_listing_scenes_imports_no_heavy_library() -> None:
    """`sentinel drill list` is quick and needs no extra."""
    code = (
        "import sys; from sentinel.drill import scenes; scenes(); print({'scapy', 'pycrate_core'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _wrong(capture: Path) -> list[str]:
    """The protocols of the packets in which tshark finds something wrong."""
    wrong = "_ws.malformed || _ws.expert.severity == error || sctp.checksum.status == bad || tcp.checksum.status == 0"
    options = ["-osctp.checksum:CRC-32C", *(f"-o{name}.check_checksum:TRUE" for name in ("ip", "udp", "tcp"))]
    options += ["-dtcp.port==7777,http2", "-dudp.port==5683,data"]  # the octets of what looks like CoAP are random
    options += ["-ogtp.dissect_tpdu_as:Ethernet"] if capture.name in ETHERNET else []
    command = ["tshark", "-r", str(capture), *options, "-Y", wrong, "-T", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [packet["_source"]["layers"]["frame"]["frame.protocols"] for packet in json.loads(done.stdout or "[]")]


@pytest.mark.tshark
@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_finds_nothing_wrong(played: dict[str, list[Frame]], tmp_path: Path) -> None:
    """An independent decoder, with all checksums: only what is wrong on purpose is."""
    whole = [name for name, scene in scenes().items() if not scene.broken and name not in ("demo", "plant-day")]
    for name in whole:
        write_capture(played[name], tmp_path / name)
    with ThreadPoolExecutor() as pool:
        found = dict(zip(whole, pool.map(lambda name: _wrong(tmp_path / name), whole), strict=True))
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
