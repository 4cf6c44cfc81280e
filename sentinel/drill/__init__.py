"""Drill: scenes of synthetic 5G traffic for exercises, demos and tests.

A scene is a file in `scenes/`, found by discovery. All of them play in the one small plant that `plan` describes and
that `deploy/examples/site-demo` writes down as its site plan. scapy and pycrate are imported when frames are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sentinel.drill import scenes as _scenes
from sentinel.drill.base import Scene
from sentinel.drill.capture import write_capture
from sentinel.model.event import Frame
from sentinel.plugins import discover

__all__ = ["Scene", "demo_frames", "scenes", "write_capture"]


def scenes() -> Mapping[str, Scene]:
    """Every scene by its name."""
    found = [kind() for kind in discover(_scenes, Scene)]  # type: ignore[type-abstract]  # the base is what is asked for
    return MappingProxyType({scene.name: scene for scene in found})


def demo_frames(start_ns: int) -> Iterator[Frame]:
    """About two minutes of a plant's day with every attack in it; call again with a later start to go on."""
    return scenes()["demo"].frames(start_ns)
