"""The audit log: what its keeper last said of it, and whether its public keys are those of the register."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from sentinel.audit.heads import Heads
from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import StoreError
from sentinel.store.glance import glance

_KEYS = "SELECT line FROM audit_keys JOIN keys ON keys.id = audit_keys.id ORDER BY keys.version"


class AuditLog(Check):
    """Whether the audit log is signed, and by whom."""

    rank = 25

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        folder = patient.data / "audit"
        if patient.control and folder.is_dir():
            yield from _said(folder / "verified")
            yield _keys(folder, patient.control)


def _said(path: Path) -> Iterable[Finding]:
    if not path.exists():  # no keeper ever ran
        return []
    try:
        said = orjson.loads(path.read_bytes())
        good, size = bool(said["good"]), int(said["size"])
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError, ValueError):
        text = f"`{path}` is not what the keeper of the log writes"
        return [Finding("audit.log", State.FAILED, text, f"`{path}`不是审计日志守护进程所写")]
    if good:
        text, text_zh = f"{size} records are what was signed", f"{size}条记录与签名一致"
        return [Finding("audit.log", State.GOOD, text, text_zh)]
    return [Finding("audit.log", State.FAILED, str(said.get("trouble", "")), str(said.get("trouble_zh", "")))]


def _keys(folder: Path, url: str) -> Finding:
    try:
        beside = Heads(folder).lines
        with glance(url) as control:  # an earlier version had no such table
            known = [str(line) for (line,) in control.rows(_KEYS)] if control.has("audit_keys") else []
    except (OSError, StoreError) as error:
        return Finding("audit.keys", State.FAILED, str(error).lower())
    count = len(known)
    if not known:
        text = "the register has none of the log's public keys yet; `sentinel run` puts them there"
        return Finding("audit.keys", State.LACKING, text, "登记册中尚无审计日志的公钥；sentinel run 会登记")
    if beside != known:
        text = f"the public keys beside the log were changed or removed; the register has {count}, and `sentinel run` puts them back"
        text_zh = f"日志旁的公钥被修改或删除；登记册中有{count}个，sentinel run 会恢复"
        return Finding("audit.keys", State.FAILED, text, text_zh)
    text, text_zh = f"public keys, as the register has them: {count}", f"公钥与登记册一致：{count}个"
    return Finding("audit.keys", State.GOOD, text, text_zh)
