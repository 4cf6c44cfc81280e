"""Sources as whoever reads several of them needs them: chosen by name, and read side by side."""

from __future__ import annotations

import logging
import queue
import stat
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collectors import sources
from collectors.sources.base import Source, Tap
from collectors.sources.capture_file import CaptureFile
from sentinel.errors import ConfigError
from sentinel.model.event import Event
from sentinel.plugins import discover

_LOG = logging.getLogger(__name__)
_WAITING = 64  # batches that may wait for whoever reads; then the sources wait
_PARTING = 2.0  # seconds to wait for a track that is to end
_PATIENCE = 0.3  # seconds between two looks at whether to stop


@dataclass(frozen=True, slots=True)
class Given:
    """A batch of a source, none at its end, and what the source had counted by then.

    A source is asked for its counters by whoever reads it: between two reads it answers at once.
    """

    source: Source
    batch: Sequence[Event] | None
    counters: Mapping[str, int]


class Progress:
    """How far capture files were read, in events that were taken in; a file that has changed is a new one."""

    def __init__(self, taken: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Go on from what `taken` was earlier."""
        self.taken: dict[str, dict[str, Any]] = {name: {**known} for name, known in (taken or {}).items()}
        self._resumed: dict[str, int] = {name: known["events"] for name, known in self.taken.items()}

    def fresh(self, source: Source, batch: Sequence[Event]) -> Sequence[Event]:
        """What of the batch was not taken in before."""
        if not isinstance(source, CaptureFile):
            return batch
        left = self._left(source)
        if batch and left and left == self.taken[source.name]["events"]:
            _LOG.info("%s: %d events were taken in before; going on behind them", source.name, left)
        out = min(left, len(batch))
        self._resumed[source.name] = left - out
        return batch[out:] if out else batch

    def _left(self, source: CaptureFile) -> int:
        file, before = _file(source.name), self.taken.get(source.name)
        if file is None:  # a pipe gives nothing twice
            self.taken.pop(source.name, None)
            return 0
        if before is None or tuple(before["file"]) != file:
            self._resumed[source.name] = 0
            self.taken[source.name] = {"file": file, "events": 0}
        return self._resumed.get(source.name, 0)

    def took(self, source: Source, events: int) -> None:
        """So many more events of a source were taken in."""
        if self.follows(source):
            self.taken[source.name]["events"] += events

    def follows(self, source: Source) -> bool:
        """Whether the source can be gone on with where it was left."""
        return isinstance(source, CaptureFile) and source.name in self.taken


def _file(name: str) -> tuple[int, int, int] | None:
    """What tells a file from the one that had its name before; none if it is no file."""
    try:
        found = Path(name).stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def tap(kind: str) -> type[Tap]:
    """The class of source that captures on interfaces and is called `kind`."""
    found = {each.kind: each for each in discover(sources, Tap)}  # type: ignore[type-abstract]
    if kind not in found:
        raise ConfigError(f"there is no source `{kind}`; there are {', '.join(sorted(found))}")
    return found[kind]


def together(
    tracks: Sequence[Iterable[Source]], stopping: threading.Event, idle: Callable[[], None] = lambda: None
) -> Iterator[Given]:
    """The batches of several tracks side by side, until told to stop.

    Each track is a row of sources, read one after the other by a thread of its own: a ring is emptied also while a batch
    is being stored. What goes wrong there is raised here. While nothing comes, `idle` is called now and then.
    """
    waiting: queue.Queue[Given | BaseException | None] = queue.Queue(_WAITING)
    for track in tracks:
        threading.Thread(target=_read, args=(track, waiting, stopping), daemon=True).start()
    left = len(tracks)
    while left and not stopping.is_set():
        try:
            given = waiting.get(timeout=_PATIENCE)
        except queue.Empty:
            idle()
            continue
        if isinstance(given, BaseException):
            raise given
        if given is None:
            left -= 1
        else:
            yield given
    yield from _rest(waiting, left)


def _rest(waiting: queue.Queue[Given | BaseException | None], left: int) -> Iterator[Given]:
    """What was read before everything ended; a track that gives nothing for long is not waited for."""
    while left:
        try:
            given = waiting.get(timeout=_PARTING)
        except queue.Empty:
            return
        if isinstance(given, Given):
            yield given
        else:
            left -= 1


def _read(
    track: Iterable[Source], waiting: queue.Queue[Given | BaseException | None], stopping: threading.Event
) -> None:
    try:
        for source in track:
            with source:
                waiting.put(Given(source, (), source.counters()))
                for batch in source.gathered():
                    waiting.put(Given(source, batch, source.counters()))
                    if stopping.is_set() and not isinstance(source, Tap):  # which ends by itself, and properly
                        break
                waiting.put(Given(source, None, source.counters()))
    except BaseException as error:  # noqa: BLE001  # whoever reads raises it
        waiting.put(error)
    else:
        waiting.put(None)
