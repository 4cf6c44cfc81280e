"""Captures as columns: for who counts and compares messages by the million, and has no use for an object of each."""

from __future__ import annotations

from collections.abc import Iterator

from collectors._decode import Batch, ColumnReader
from collectors.sources.capture_file import Reading, opened

BATCH = 2048  # packets: what they give stays within the cache


class Columns(Reading[ColumnReader]):
    """A capture as columns; `-` is standard input.

    Rows stand for the Events that `CaptureFile` would give, in their order; columns are the fields of Events that bulk
    work on N2 counts, each by its name (`Batch.columns`), as numbers that `memoryview` and numpy read without a copy. Of
    a column of texts the numbers are places in its `texts`. Those of names of ours, such as kinds and causes, stay
    the same from batch to batch; those of what peers send, such as addresses and SUCIs, are of their batch. `valid` says
    where there is something. The AMF is the end with port 38412, the gNB the other one.

    Failures by gNB:

        from collections import Counter
        from itertools import compress

        failed = Counter()
        for batch in Columns("n2.pcap"):
            gnb, cause = batch["source.ip"], batch["fiveg.ngap.cause"]
            rows = compress(zip(gnb.values, cause.values), cause.valid)
            failed.update((gnb.texts[address], cause.texts[reason]) for address, reason in rows)

    How many messages of each kind, without a loop over them:

        kinds = Counter()
        for batch in Columns("n2.pcap"):
            kinds.update(batch["event.action"].counts())

    With numpy, `np.asarray(column.values)[np.asarray(column.valid)]` are the values that there are.
    """

    def __init__(self, path: str) -> None:
        self.name = "stdin" if path == "-" else path
        self._reader = opened(self.name, lambda: ColumnReader(path))

    def __iter__(self) -> Iterator[Batch]:
        while (batch := self._reader.read(BATCH)) is not None:
            yield batch
