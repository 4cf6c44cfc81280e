"""Personal identifiers in the data folder, and packets that hold them: sealed or in clear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import StoreError
from sentinel.model.seal import MARK
from sentinel.shipping.log import LogReader
from sentinel.store.identifiers import any_sealed

_RING, _CUTS, _INBOX, _SPOOL = "ring", "answers of collectors", "inbox", "spool"
_NAMES_ZH = {_RING: "报文环", _CUTS: "采集器取回的报文", _INBOX: "收件箱", _SPOOL: "发送缓冲"}


class Sealing(Check):
    """Whether what is stored of people is sealed."""

    rank = 20

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        events = patient.data / "events.db"
        if events.is_file():
            yield _stored(events)
        yield from _packets(patient.data)


def _stored(path: Path) -> Finding:
    try:
        sealed = any_sealed(path)
    except StoreError as error:
        return Finding("identifiers", State.FAILED, str(error))
    if sealed:
        return Finding("identifiers", State.GOOD, "sealed, behind pseudonyms", "已加密存储，以假名代替")
    text = "none is sealed; an assessment by GB/T 39786 at level 3 expects it (sentinel run --seal)"
    return Finding("identifiers", State.LACKING, text, "尚未加密存储；GB/T 39786 第三级要求加密（sentinel run --seal）")


def _packets(data: Path) -> Iterable[Finding]:
    """Of a service, or of a collector, whose folder is its spool."""
    try:
        found = list(_kept(data))
    except (OSError, StoreError) as error:
        return [Finding("packets", State.FAILED, str(error).lower())]
    clear = Counter(place for place, sealed in found if not sealed)
    if not found:
        return []
    if not clear:
        places = list(dict.fromkeys(place for place, _ in found))
        text, text_zh = ", ".join(places), "、".join(_NAMES_ZH[place] for place in places)
        return [Finding("packets", State.GOOD, f"sealed: {text}", f"已加密存储：{text_zh}")]
    text = ", ".join(f"{place} ({count})" for place, count in clear.items())
    text_zh = "、".join(f"{_NAMES_ZH[place]}（{count}）" for place, count in clear.items())
    why = "they hold identifiers; `sentinel run --seal` and `sentinel collect --seal-key` seal what comes, older ones go with their age"
    why_zh = "其中含有个人标识；sentinel run --seal 和 sentinel collect --seal-key 加密新存的内容，旧的到期删除"
    return [Finding("packets", State.LACKING, f"in clear: {text}; {why}", f"仍有明文：{text_zh}；{why_zh}")]


def _kept(data: Path) -> Iterator[tuple[str, bool]]:
    """Each file of packets, or of what collectors send, and whether it is sealed."""
    for path in (data / "evidence").glob("*/*"):
        if path.suffix in {".pcapng", ".sealed"}:
            yield _RING, path.suffix == ".sealed"
    for path in (data / "cuts").glob("*/*.*"):
        with path.open("rb") as file:
            yield _CUTS, file.read(len(MARK)) == MARK
    for place, folders in ((_INBOX, (data / "inbox").glob("*/*")), (_SPOOL, (data / "log",))):
        for folder in folders:
            first = LogReader(folder, 1).read()
            if first is not None:
                yield place, first[1].startswith(MARK)
