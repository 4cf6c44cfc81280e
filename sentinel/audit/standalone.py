"""Verifies an audit log of Sentinel, with nothing but this file, Python and the public key.

    python3 audit-verify.py EXPORT --key PUBLIC [--witness PUBLIC]... [--state FILE]

EXPORT is what `sentinel audit export` or the console gives, the log or a selection of records with their proofs, or a copy
of the folder `audit`. PUBLIC is a line `NAME+ID+BASE64`, or a file that holds it. A log whose key was replaced is verified by
the key that it had first: each one signs a checkpoint that names the next. By a later key it is verified from there on.
With --state the last checkpoint is remembered, and the next log has to go on from
it. The exit status is 0 if the log is what was signed, 1 if it is not, 2 if it cannot be read.

One file on purpose, longer than others: it goes to people who have nothing else of Sentinel. It holds SM3 (GB/T 32905) for
where Python's OpenSSL has none, SM2 verification (GB/T 32918.2), the tree of RFC 9162, and checkpoints in the form of C2SP
tlog-checkpoint and signed-note as a private profile: SM2 and SM3 are none of its algorithms.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import bisect
import fcntl
import functools
import hashlib
import json
import locale
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

EXPORT = "sentinel audit export 1"
SELECTION = "sentinel audit selection 1"
CHECKPOINT, COSIGNATURE = "sentinel audit checkpoint v1", "sentinel audit cosignature v1"
LOG_KEY, WITNESS_KEY = b"\xffsentinel-sm2-sm3-v1", b"\xffsentinel-sm2-sm3-cosignature-v1"
SILENCE = 900  # seconds without a record that are told: a heartbeat comes every 300
PATIENCE = 10.0  # seconds for which a log may be locked
MOST = 20  # findings that are told one by one
LONGEST = 1 << 18  # octets of a line of an export: a record has 64 KiB at most
SIGNED = 1 << 28  # octets of all checkpoints

# --- SM3, GB/T 32905-2016 ---

_MASK = 0xFFFFFFFF
_START: tuple[int, ...] = (
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)


def _turn(word: int, count: int) -> int:
    return ((word << count) | (word >> (32 - count))) & _MASK if count else word


def sm3_plain(octets: bytes) -> bytes:
    """SM3 in Python alone, about a thousand times slower than OpenSSL's."""
    padded = octets + b"\x80" + bytes(-(len(octets) + 9) % 64) + struct.pack(">Q", len(octets) * 8)
    state = _START
    for at in range(0, len(padded), 64):
        state = _compressed(state, padded[at : at + 64])
    return struct.pack(">8I", *state)


def _compressed(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        x = words[j - 16] ^ words[j - 9] ^ _turn(words[j - 3], 15)
        words.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(words[j - 13], 7) ^ words[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        turned = _turn(a, 12)
        ss1 = _turn((turned + e + _turn(constant, j % 32)) & _MASK, 7)
        ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if j < 16 else (e & f) | (~e & g)
        tt1 = (ff + d + (ss1 ^ turned) + (words[j] ^ words[j + 4])) & _MASK
        tt2 = (gg + h + ss1 + words[j]) & _MASK
        a, b, c, d = tt1, a, _turn(b, 9), c
        e, f, g, h = tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def _sm3_of_openssl(octets: bytes) -> bytes:
    return hashlib.new("sm3", octets).digest()


def _fastest() -> Callable[[bytes], bytes]:
    try:
        _sm3_of_openssl(b"")
    except ValueError:
        return sm3_plain
    return _sm3_of_openssl


sm3 = _fastest()

# --- SM2 verification, GB/T 32918.2-2016 on the curve of GB/T 32918.5 ---

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)  # fmt: skip
IDENTITY = b"1234567812345678"

Point = tuple[int, int] | None
Verifies = Callable[[tuple[int, int], bytes, bytes], bool]
"""Whether a signature in DER is that of a message under a public key."""


def _sum(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


@functools.lru_cache(16)
def _table(point: tuple[int, int]) -> list[list[Point]]:
    """The multiples of a point by each digit of each place, in base 16: the same few keys verify all that there is."""
    rows: list[list[Point]] = []
    unit: Point = point
    for _ in range(64):
        row: list[Point] = [None]
        for _ in range(15):
            row.append(_sum(row[-1], unit))
        rows.append(row)
        unit = _sum(row[-1], unit)
    return rows


def _times(number: int, point: tuple[int, int]) -> Point:
    found: Point = None
    for row in _table(point):
        found = _sum(found, row[number & 15])
        number >>= 4
    return found


def sm2_verifies(key: tuple[int, int], message: bytes, signature: bytes) -> bool:
    """SM2 verification in Python alone."""
    x, y = key
    numbers = _numbers(signature)
    if numbers is None or not (0 <= x < P and 0 <= y < P) or (y * y - x * x * x - A * x - B) % P:
        return False
    r, s = numbers
    about = b"".join(each.to_bytes(32, "big") for each in (A, B, *G, x, y))
    z = sm3(struct.pack(">H", len(IDENTITY) * 8) + IDENTITY + about)
    point = _sum(_times(s, G), _times((r + s) % N, key))
    return point is not None and (int.from_bytes(sm3(z + message), "big") + point[0]) % N == r


def _numbers(signature: bytes) -> tuple[int, int] | None:
    """`r` and `s` of a signature in strict DER and in their range."""
    numbers, at = [], 2
    for _ in range(2):
        if len(signature) < at + 2 or signature[at] != 2:
            return None
        number = signature[at + 2 : at + 2 + signature[at + 1]]
        numbers.append(int.from_bytes(number, "big", signed=True))
        at += 2 + len(number)
    r, s = numbers
    if not (0 < r < N and 0 < s < N and (r + s) % N) or _der(r, s) != signature:
        return None
    return r, s


def _der(*numbers: int) -> bytes:
    whole = b""
    for number in numbers:
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
        whole += bytes((2, len(octets))) + octets
    return bytes((0x30, len(whole))) + whole


# --- keys, checkpoints, cosignatures ---


class UnusableError(Exception):
    """What was given cannot be read at all."""


@dataclass(frozen=True)
class Key:
    """A public key as it is handed over: `NAME+ID+BASE64`."""

    name: str
    kind: bytes
    point: tuple[int, int]

    @property
    def id(self) -> bytes:
        """Four octets that stand before each of its signatures."""
        octets = b"\x04" + b"".join(each.to_bytes(32, "big") for each in self.point)
        return sm3(self.name.encode() + b"\n" + self.kind + octets)[:4]


def key_of(text: str) -> Key:
    """The key of a line, or of the file that holds it."""
    try:
        text = Path(text).read_text("utf-8") if "+" not in text else text
        text = text.strip().split("\n", 1)[0]  # a file has the keys of a log in their order
        name, said, body = text.split("+", 2)
        octets = base64.b64decode(body, validate=True)
    except (OSError, ValueError) as error:
        raise UnusableError(f"`{text[:80]}` is no public key; expected NAME+ID+BASE64, or a file with it") from error
    point = int.from_bytes(octets[-64:-32], "big"), int.from_bytes(octets[-32:], "big")
    key = Key(name, octets[:-65], point)
    if key.kind not in {LOG_KEY, WITNESS_KEY} or octets[-65:-64] != b"\x04" or key.id.hex() != said:
        raise UnusableError(f"`{text[:80]}` is no public key of an audit log or of a witness")
    return key


def line_of(key: Key) -> str:
    """A key as it is handed over."""
    octets = key.kind + b"\x04" + b"".join(each.to_bytes(32, "big") for each in key.point)
    return f"{key.name}+{key.id.hex()}+{base64.b64encode(octets).decode()}"


def enc(*parts: bytes) -> bytes:
    """An encoding that no two tuples share."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


@dataclass(frozen=True)
class Note:
    """A checkpoint: what is signed, and its signatures as name and octets. `size` is -1 where it is not of its form."""

    text: str
    signatures: Sequence[tuple[str, bytes]]
    raw: str = ""
    size: int = -1
    root: bytes = b""
    time: str = ""
    next: str = ""  # the key that signs from here on

    def signed_by(self, key: Key, verifies: Verifies) -> str:
        """`good`, `bad`, or `none` where there is no signature of this key."""
        found = [octets for name, octets in self.signatures if name == key.name and octets[:4] == key.id]
        if not found:
            return "none"
        return "good" if all(verifies(key.point, *self._signed(key, each[4:])) for each in found) else "bad"

    def _signed(self, key: Key, octets: bytes) -> tuple[bytes, bytes]:
        """The message and the signature."""
        if key.kind == LOG_KEY:
            return enc(CHECKPOINT.encode(), self.text.encode()), octets
        return enc(COSIGNATURE.encode(), octets[:8], self.text.encode()), octets[8:]


def notes_of(text: str) -> list[Note]:
    """The notes of a text, one after the other."""
    found: list[Note] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines) - 1:
        start, body = at, list[str]()
        while at < len(lines) and lines[at]:
            body.append(lines[at])
            at += 1
        at += 1
        signatures = []
        while at < len(lines) and lines[at].startswith("— "):
            signatures.append(_signature(lines[at]))
            at += 1
        raw = "".join(f"{line}\n" for line in lines[start:at])
        found.append(_note("".join(f"{line}\n" for line in body), signatures, raw))
    return found


def _signature(line: str) -> tuple[str, bytes]:
    try:
        _, name, body = line.split(" ")
        octets = base64.b64decode(body, validate=True)
    except ValueError:
        return "", b""
    return (name, octets) if base64.b64encode(octets).decode() == body else ("", b"")


def _note(text: str, signatures: Sequence[tuple[str, bytes]], raw: str) -> Note:
    try:
        _origin, size, root, when, *more = text.splitlines()
        key = more[0].removeprefix("key ") if len(more) == 1 and more[0].startswith("key ") else ""
        if more and not key:
            return Note(text, signatures, raw)
        root_octets = base64.b64decode(root, validate=True)
        made = Note(text, signatures, raw, int(size), root_octets, when.removeprefix("time "), key)
    except ValueError:
        return Note(text, signatures, raw)
    return made if made.size >= 0 and len(made.root) == 32 else Note(text, signatures, raw)


# --- the tree, RFC 9162, 2.1 ---


class Tree:
    """A tree that only grows."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def add(self, leaf: bytes) -> list[bytes]:
        """Add a leaf; gives the hashes that are known with it."""
        known, odd = [leaf], self.size
        while odd & 1:
            known.append(sm3(b"\x01" + self.roots.pop() + known[-1]))
            odd >>= 1
        self.roots.append(known[-1])
        self.size += 1
        return known

    @property
    def root(self) -> bytes:
        """The root."""
        found = self.roots[-1] if self.roots else sm3(b"")
        for root in reversed(self.roots[:-1]):
            found = sm3(b"\x01" + root + found)
        return found

    def copy(self) -> Tree:
        """The tree as it is now."""
        other = Tree()
        other.size, other.roots = self.size, list(self.roots)
        return other


# --- what is found ---

TEXTS = {
    "record-changed": ("record {number} was changed", "第{number}条记录被修改"),
    "record-damaged": ("record {number} is damaged where it is stored", "第{number}条记录的存储已损坏"),
    "record-removed": ("record {number} was removed", "第{number}条记录被删除"),
    "records-removed": ("records {since} to {number} were removed", "第{since}至{number}条记录被删除"),
    "record-inserted": ("a record was inserted before record {number}", "第{number}条记录之前被插入一条记录"),
    "record-moved": ("record {number} was moved to another place", "第{number}条记录被移动到其他位置"),
    "hash-changed": ("the hash of record {number} was changed; the record is what was signed",
                     "第{number}条记录的杂凑值被修改，记录本身与签名一致"),
    "tree-changed": ("the stored tree was changed at record {number}", "第{number}条记录处存储的树被修改"),
    "index-changed": ("the index was changed at record {number}", "第{number}条记录处的索引被修改"),
    "history-forked": ("the history up to record {number} is not the one that was signed at {time}: something between record {since} and it was rewritten",
                       "截至第{number}条记录的历史与{time}签名的不一致：第{since}条与其之间的内容被改写"),
    "log-short": ("the log ends before record {number}, which was signed at {time}",
                  "日志缺失：{time}的签名覆盖到第{number}条记录，而日志在此之前结束"),
    "remembered-forked": ("the log does not go on from the checkpoint that was remembered ({number} records, {time})",
                          "日志与所记住的检查点（{number}条记录，{time}）不连续，历史出现分叉"),
    "checkpoint-older": ("the newest checkpoint of the log is older than the one that was remembered ({number} records, {time})",
                         "日志的最新检查点早于所记住的检查点（{number}条记录，{time}）"),
    "checkpoint-foreign": ("the checkpoint of {number} records is signed by another key",
                           "{number}条记录的检查点由其他密钥签名"),
    "checkpoint-retired": ("the checkpoint of {number} records is signed by a key that had been replaced before",
                           "{number}条记录的检查点由此前已更换的密钥签名"),
    "key-unknown": ("the checkpoint that was remembered ({number} records, {time}) is signed by a key that the log knows no handover to",
                    "所记住的检查点（{number}条记录，{time}）由日志中没有移交记录的密钥签名"),
    "keys-changed": ("the public keys beside the log were changed or removed", "日志旁的公钥被修改或删除"),
    "key-broken": ("the checkpoint of {number} records hands over to what is no key", "{number}条记录的检查点所移交的不是密钥"),
    "key-replaced": ("the key was replaced at {number} records ({time}), and the one before vouches for the next",
                     "在{number}条记录处（{time}）更换了密钥，新密钥由前一密钥签名确认"),
    "keys-earlier": ("{number} checkpoints are of keys before this one, and are not checked by themselves",
                     "有{number}个检查点属于更早的密钥，未单独核验"),
    "checkpoint-changed": ("the checkpoint of {number} records or its signature was changed",
                           "{number}条记录的检查点或其签名被修改"),
    "checkpoint-missing": ("there is no checkpoint that is signed by this key", "没有由该密钥签名的检查点"),
    "witness-missing": ("no checkpoint is cosigned by the witness `{time}`", "没有见证方“{time}”联署的检查点"),
    "line-damaged": ("line {number} is not of its form", "第{number}行格式有误"),
    "record-unproven": ("record {number} is not proven: it was changed together with its hash, or its proof was changed",
                        "第{number}条记录未获证明：该记录与其杂凑值一同被修改，或其证明被修改"),
    "cut-aside": ("{number} octets that were cut short were put aside; nobody was told that they are kept",
                  "有{number}字节不完整的内容被另存，从未确认写入"),
    "silence": ("nothing was recorded for {number} s before record {since} ({time})",
                "第{since}条记录（{time}）之前有{number}秒没有任何记录"),
    "ended": ("the service ended without a word before record {number} ({time})",
              "第{number}条记录（{time}）之前服务异常中断"),
}  # fmt: skip


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is not as it was signed, or that an auditor should know."""

    code: str
    number: int = 0
    since: int = 0
    time: str = ""

    def text(self, *, chinese: bool) -> str:
        """It in words."""
        values = {"number": self.number, "since": self.since, "time": self.time}
        return TEXTS[self.code][1 if chinese else 0].format(**values)


@dataclass
class Report:
    """What came of it: `findings` say that the log is not what was signed, `notes` are for the auditor to judge."""

    size: int = 0
    covered: int = 0
    time: str = ""
    last: Note | None = None
    keys: list[Key] = field(default_factory=list)
    witnesses: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    selected: int = -1
    """How many records were held against their proofs, where it is a selection and not a log."""

    @property
    def good(self) -> bool:
        """Whether the log is what was signed."""
        return not self.findings


# --- a log, as it lies there ---

Row = tuple[bytes | None, bytes | None]
"""A record, none where it is damaged; and the hash that is kept beside it, none where the number in the record says which."""


class Export:
    """A log in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            if file.readline(LONGEST) != EXPORT.encode() + b"\n":
                raise UnusableError(f"`{path}` is no export of an audit log")
        self.checkpoints = "".join(self._after())
        self.aside = 0

    def names(self, _keys: Sequence[str], _count: int) -> bool:
        """Public keys do not stand beside it."""
        return True

    def _after(self) -> Iterator[str]:
        with self._path.open("rb") as file:
            for line in _lines(file):
                if line == b"\n":
                    yield _bounded(file, SIGNED).decode("utf-8", "replace")
                    return

    def rows(self) -> Iterator[Row]:
        """The records with their hashes."""
        with self._path.open("rb") as file:
            file.readline()
            for line in _lines(file):
                if line == b"\n":
                    return
                kept, _, record = line[:-1].partition(b" ")
                yield record, _hex(kept)

    def kept(self, _number: int) -> bytes | None:
        """Hashes stand beside the records here."""
        return None

    def differs(self, _size: int, _known: Sequence[bytes]) -> bool:
        """There are no further hashes here."""
        return False

    def misplaced(self) -> Iterable[int]:
        """There is no index here."""
        return ()


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of an export: whoever wrote it is not trusted with our memory."""
    while line := file.readline(LONGEST):
        if len(line) == LONGEST:
            raise UnusableError(f"a line has more than {LONGEST} octets; no export has such a line")
        yield line


def _bounded(file: BinaryIO, most: int) -> bytes:
    octets = file.read(most + 1)
    if len(octets) > most:
        raise UnusableError(f"the checkpoints have more than {most} octets; no export has as many")
    return octets


def _hex(text: bytes) -> bytes:
    """The octets, where they are written in the one way there is; a letter that became a capital was changed."""
    try:
        octets = binascii.unhexlify(text)
    except binascii.Error:
        return b""
    return octets if binascii.hexlify(octets) == text else b""


class Folder:
    """A log as the service keeps it, as it is now: records, hashes and index. It may go on growing."""

    def __init__(self, path: Path) -> None:
        if not (path / "records").exists() and (path / "audit" / "records").exists():
            path /= "audit"  # the data folder was given: the log is in it
        self._path = path
        before = self._public()  # a key may be replaced while this is read
        kept = path / "checkpoints"  # read before the records: none of them may cover more
        self.checkpoints = kept.read_text("utf-8", "replace") if kept.exists() else ""
        self._publics = before, self._public()
        with (path / ("lock" if (path / "lock").exists() else "records")).open("rb") as lock:
            _share(lock.fileno(), path)  # whoever writes holds it
            self._total = (path / "records").stat().st_size
            self._hashes = (path / "hashes").read_bytes()
            self._index = (path / "index").read_bytes()
        self._off: list[int] = []
        self.aside = sum(each.stat().st_size for each in path.glob("cut-*"))

    def _public(self) -> list[str]:
        kept = self._path / "public"
        return kept.read_text("utf-8", "replace").split() if kept.exists() else []

    def names(self, keys: Sequence[str], count: int) -> bool:
        """Whether as many public keys stand beside it, and end with these."""
        return any(each[-len(keys) :] == [*keys] and len(each) == count for each in self._publics)

    def rows(self) -> Iterator[Row]:
        """The records; where one is damaged, the index tells where the next one begins."""
        end = at = 0
        with (self._path / "records").open("rb") as file:
            total = self._total
            while end < total:
                record, next_end = _read(file.read(8), file.read, end, total)
                said = self._end(at)
                if record is None:
                    next_end = said if said > end else total
                    file.seek(next_end)
                elif said != next_end:
                    self._off.append(at)
                end, at = next_end, at + 1
                yield record, None

    def _end(self, number: int) -> int:
        octets = self._index[number * 8 : number * 8 + 8]
        return int.from_bytes(octets, "little") if len(octets) == 8 else 0

    def kept(self, number: int) -> bytes | None:
        """The stored hash of a record."""
        return self._hash(2 * number - number.bit_count())

    def _hash(self, at: int) -> bytes | None:
        found = self._hashes[at * 32 : at * 32 + 32]
        return found if len(found) == 32 else None

    def differs(self, size: int, known: Sequence[bytes]) -> bool:
        """Whether the hashes that a tree of this size came to know are stored otherwise."""
        at = (2 * size - size.bit_count()) * 32
        octets = b"".join(known)
        return self._hashes[at : at + len(octets)] != octets

    def misplaced(self) -> Iterable[int]:
        """The records that the index puts elsewhere."""
        return self._off


def _share(lock: int, path: Path) -> None:
    """Take a lock together with other readers; raises `UnusableError` where a writer keeps it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise UnusableError(
                    f"`{path}` is locked by another process; expected it free within {PATIENCE:g} s"
                ) from None
            time.sleep(0.02)
        else:
            return


def _read(head: bytes, read: Callable[[int], bytes], start: int, total: int) -> tuple[bytes | None, int]:
    if len(head) < 8:
        return None, total
    length, check = struct.unpack("<II", head)
    if length > 1 << 16 or start + 8 + length > total:
        return None, start
    record = read(length)
    return (record if zlib.crc32(record) == check else None), start + 8 + length


# --- the walk ---


class Gaps:
    """Numbers that are missing, as spans: an export may claim any number, and spans do not grow with it."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []  # from, to before; in order, since numbers only grow

    def add(self, start: int, end: int) -> None:
        """The numbers from `start` to before `end` are missing."""
        self.spans.append((start, end))

    def filled(self, number: int) -> bool:
        """Whether this number was missing; it is not any more."""
        at = bisect.bisect_right(self.spans, (number, sys.maxsize)) - 1
        if at < 0 or not self.spans[at][0] <= number < self.spans[at][1]:
            return False
        start, end = self.spans[at]
        self.spans[at : at + 1] = [each for each in ((start, number), (number + 1, end)) if each[0] < each[1]]
        return True

    def findings(self) -> Iterator[Finding]:
        """What was removed, one by one where it is little."""
        for start, end in self.spans:
            if end - start > MOST:
                yield Finding("records-removed", end - 1, start)
            else:
                yield from (Finding("record-removed", number) for number in range(start, end))


class Walk:
    """Goes through a log once, and finds what is not as it should be.

    A record that its kept hash bears out is where its own number says. So a gap in the numbers is a removal, a number that
    comes late a move, one that comes twice an insertion; what no hash bears out was changed where a number is missing, and
    inserted where none is.
    """

    def __init__(self, source: Export | Folder, wanted: Iterable[int]) -> None:
        self._source = source
        self._wanted = set(wanted)
        self.findings: list[Finding] = []
        self.notes: list[Finding] = []
        self.kept = self.made = (
            Tree()
        )  # over the hashes that are kept, and, once they differ, over the records themselves
        self.roots: dict[int, tuple[bytes, bytes]] = {0: (self.kept.root, self.kept.root)}
        self.whole = True
        self._next = 0
        self._foreign: list[Row] = []
        self._missing = Gaps()
        self._last: tuple[int, str] | None = None
        self._up = False

    @property
    def size(self) -> int:
        """How many records there are, those that are missing among them counted too."""
        return self._next

    def run(self) -> None:
        """Go through it."""
        for row in self._source.rows():
            self._take(*row)
        self._settle(self._next + len(self._foreign))
        self.findings += self._missing.findings()
        self.findings += [Finding("index-changed", number) for number in self._source.misplaced() if self.whole]

    def _take(self, record: bytes | None, beside: bytes | None) -> None:
        number, fields = _number(record)
        kept = beside if beside is not None or number < 0 else self._source.kept(number)
        leaf = sm3(b"\x00" + record) if record is not None else b""
        if number < 0 or kept != leaf:
            self._foreign.append((record, beside))
        elif number >= self._next:
            self._settle(number)
            self._grow(leaf, leaf)
            self._told(number, fields)
        elif self._missing.filled(number):
            self._broken(Finding("record-moved", number))
        else:
            self._broken(Finding("record-inserted", self._next))

    def _settle(self, number: int) -> None:
        """Say what became of the records before `number`: those that nothing bears out stand for those that are missing."""
        foreign, self._foreign = self._foreign, []
        for record, beside in foreign:
            if self._next >= number:
                self._broken(Finding("record-inserted", self._next))
                continue
            self.findings.append(Finding("record-changed" if record is not None else "record-damaged", self._next))
            leaf = sm3(b"\x00" + record) if record is not None else b""
            self._grow(beside or self._source.kept(self._next) or b"", leaf)
        if self._next < number:
            self._missing.add(self._next, number)
            self.whole = False
            self._next = number

    def _broken(self, finding: Finding) -> None:
        self.findings.append(finding)
        self.whole = False

    def _grow(self, kept: bytes, made: bytes) -> None:
        size = self._next
        self._next += 1
        if not self.whole:
            return
        if made != kept and self.made is self.kept:
            self.made = self.kept.copy()
        known = self.kept.add(kept)
        if self._source.differs(size, known):
            self.findings.append(Finding("tree-changed", size))
        if self.made is not self.kept:
            self.made.add(made)
        if self._next in self._wanted:
            self.roots[self._next] = (self.kept.root, self.made.root)

    def _told(self, number: int, fields: dict[str, object]) -> None:
        """Notice when nobody wrote, and where the service came back without having said that it goes."""
        time, action = fields.get("time"), str(fields.get("action"))
        if not isinstance(time, int) or not 0 <= time < 1 << 63:
            return
        if self._last is not None:
            silent = (time - self._last[0]) // 1_000_000_000
            if silent > SILENCE and self._last[1] != "service.stopped":
                self.notes.append(Finding("silence", silent, number, _moment(time)))
        if action in {"service.started", "service.stopped"}:
            if action == "service.started" and self._up:
                self.notes.append(Finding("ended", number, 0, _moment(time)))
            self._up = action == "service.started"
        self._last = (time, action)


def _number(record: bytes | None) -> tuple[int, dict[str, object]]:
    """The number that a record says it has, and its fields; -1 if it says none."""
    try:
        fields = json.loads(record or b"")
        number = fields["number"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return -1, {}
    return (number, fields) if type(number) is int and number >= 0 else (-1, {})


def _moment(time: int) -> str:
    return datetime.fromtimestamp(time // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- a selection: some records, each with the proof that it is in the log ---


@dataclass(frozen=True)
class Proven:
    """A record, the place in the log that it is said to have, its hash and the hashes that lead from it to the root."""

    index: int
    leaf: bytes
    path: Sequence[bytes]
    record: bytes


class Selection:
    """Some records of a log with the checkpoint that they are proven under, in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.checkpoint = ""
        with path.open("rb") as file:
            for line in _lines(file):
                if line == b"\n":
                    self.checkpoint = _bounded(file, LONGEST).decode("utf-8", "replace")
                    return

    def rows(self) -> Iterator[Proven | None]:
        """The records; none where a line is not of its form."""
        with self._path.open("rb") as file:
            file.readline()
            for line in _lines(file):
                if line == b"\n":
                    return
                yield _proven(line[:-1])


def _proven(line: bytes) -> Proven | None:
    try:
        index, leaf, path, record = line.split(b" ", 3)
        hashes = [] if path == b"-" else [binascii.unhexlify(each) for each in path.split(b",")]
        made = Proven(int(index), binascii.unhexlify(leaf), hashes, record)
    except ValueError:
        return None
    told = b",".join(binascii.hexlify(each) for each in hashes) or b"-"
    whole = (b"%d" % made.index, binascii.hexlify(made.leaf), told) == (index, leaf, path)
    return made if whole and all(len(each) == 32 for each in [made.leaf, *hashes]) else None


def root_of(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a proof of inclusion leads to (RFC 9162, 2.1.3.2); empty where it is not of its form."""
    if not 0 <= index < size:
        return b""
    last, found = size - 1, leaf
    for each in path:
        if not last:
            return b""
        left = index & 1 or index == last
        found = sm3(b"\x01" + each + found) if left else sm3(b"\x01" + found + each)
        while left and index and not index & 1:
            index, last = index >> 1, last >> 1
        index, last = index >> 1, last >> 1
    return b"" if last else found


def _judged(row: Proven, note: Note) -> str:
    """What is wrong with a record and its proof; empty if nothing."""
    made = sm3(b"\x00" + row.record)
    number, _ = _number(row.record)
    if root_of(made, row.index, note.size, row.path) == note.root:
        return "hash-changed" if row.leaf != made else "record-moved" if number != row.index else ""
    if root_of(made, number, note.size, row.path) == note.root:
        return "index-changed"
    return "record-unproven" if row.leaf == made else "record-changed"


def _hold_selection(source: Selection, note: Note, report: Report) -> None:
    """Hold each record against the checkpoint, by its own proof."""
    before = -1
    for line, row in enumerate(source.rows(), 2):
        report.selected += 1
        if row is None:
            report.findings.append(Finding("line-damaged", line))
            continue
        number, _ = _number(row.record)
        code = _judged(row, note) or ("record-moved" if row.index <= before else "")
        if code:
            report.findings.append(Finding(code, number if code == "index-changed" else row.index))
        before = row.index


def verify_selection(
    source: Selection, key: Key, witnesses: Sequence[Key] = (), verifies: Verifies = sm2_verifies
) -> Report:
    """Hold the records of a selection against its checkpoint. That none was left out, only the whole log can show."""
    report = Report(selected=0)
    notes = notes_of(source.checkpoint)
    signed = list(_signed(notes, key, verifies, report))
    if not notes:
        report.findings.append(Finding("checkpoint-missing"))
    if signed and not report.findings and all(note.next for note in notes[:-1]):  # handovers, and then one
        note = signed[-1]
        report.size = report.covered = note.size
        report.time, report.last = note.time, note
        _hold_selection(source, note, report)
    elif signed:
        report.findings.append(Finding("checkpoint-changed", signed[0].size))
    for witness in witnesses:
        _hold_witness(report, witness, signed, verifies)
    return report


# --- the verdict ---


def opened(path: Path) -> Export | Folder | Selection:
    """The log of a file or folder, or a selection; raises `UnusableError`."""
    try:
        if path.is_dir():
            return Folder(path)
        with path.open("rb") as file:
            selected = file.readline(LONGEST) == SELECTION.encode() + b"\n"
        return Selection(path) if selected else Export(path)
    except OSError as error:
        raise UnusableError(f"`{path}` cannot be read: {error.strerror}") from error


def verify(
    source: Export | Folder | Selection, key: Key, witnesses: Sequence[Key] = (), known: Note | None = None,
    verifies: Verifies = sm2_verifies,
) -> Report:  # fmt: skip
    """Hold a log against its checkpoints, and against the one that is `known` from before."""
    if isinstance(source, Selection):
        if known is not None:
            raise UnusableError(
                "a selection does not show that the log goes on from a checkpoint; expected the whole log"
            )
        return verify_selection(source, key, witnesses, verifies)
    report = Report()
    notes = notes_of(source.checkpoints)
    signed = list(_signed(notes, key, verifies, report))
    if signed and not report.findings:  # else the keys are not known
        _hold_names(source, notes, report, verifies)
    walk = Walk(source, [note.size for note in [*signed, *([known] if known else [])]])
    walk.run()
    report.size = walk.size
    report.findings += walk.findings
    report.notes += walk.notes + ([Finding("cut-aside", source.aside)] if source.aside else [])
    _hold(report, walk, signed)
    if known is not None:
        _hold_known(report, walk, known, verifies)
    for witness in witnesses:
        _hold_witness(report, witness, signed, verifies)
    report.findings = _plain(report.findings)
    return report


def _signed(notes: Sequence[Note], key: Key, verifies: Verifies, report: Report) -> Iterator[Note]:
    """The checkpoints of a key and of those that it was replaced by, in their order; what is none of them is found."""
    report.keys.append(key)
    for note in notes[_earlier(notes, key, report) :]:
        if note.size >= 0 and note.signed_by(report.keys[-1], verifies) == "good":
            if note.next:
                _hand_over(note, report)
            yield note
        else:
            report.findings.append(_unsigned(note, verifies, report))


def _hold_names(source: Export | Folder, notes: Sequence[Note], report: Report, verifies: Verifies) -> None:
    """Compare the public keys beside the log with those that handed over to each other; one that has not signed yet may come."""
    following = [note.next for note in notes if note.next]
    lines = [*following[: -len(report.keys)], *(line_of(key) for key in report.keys)]
    count = len(following) + 1
    unused = count > 1 and notes[-1].signed_by(report.keys[-1], verifies) == "none"
    if not source.names(lines, count) and not (unused and source.names(lines[:-1], count - 1)):
        report.findings.append(Finding("keys-changed"))


def successor(key: Key, handovers: Sequence[Note], verifies: Verifies) -> Key:
    """Who signs after a key, by checkpoints in which each names the next."""
    for note in handovers:
        if note.next and note.signed_by(key, verifies) == "good":
            key = key_of(note.next)
    return key


def _earlier(notes: Sequence[Note], key: Key, report: Report) -> int:
    """How many checkpoints are of keys before this one."""
    if not notes or any(octets[:4] == key.id for _, octets in notes[0].signatures):
        return 0
    count = next((number for number, note in enumerate(notes, 1) if note.next == line_of(key)), 0)
    if count:
        report.notes.append(Finding("keys-earlier", count))
    return count


def _hand_over(note: Note, report: Report) -> None:
    try:
        report.keys.append(key_of(note.next))
    except UnusableError:
        report.findings.append(Finding("key-broken", note.size))
    else:
        report.notes.append(Finding("key-replaced", note.size, 0, note.time))


def _unsigned(note: Note, verifies: Verifies, report: Report) -> Finding:
    current, size = report.keys[-1], max(note.size, 0)
    if any(note.signed_by(key, verifies) == "good" for key in report.keys[:-1] if note.size >= 0):
        return Finding("checkpoint-retired", size)
    none = note.size >= 0 and note.signed_by(current, verifies) == "none"
    named = any(name == current.name for name, _ in note.signatures)
    return Finding("checkpoint-foreign" if none and named else "checkpoint-changed", size)


def _hold(report: Report, walk: Walk, signed: Sequence[Note]) -> None:
    """Compare the roots that were signed with those of the log."""
    if not signed:
        report.findings.append(Finding("checkpoint-missing"))
    for note in signed:
        kept, made = walk.roots.get(note.size, (b"", b""))
        if note.size > walk.size:
            report.findings.append(Finding("log-short", note.size, 0, note.time))
            return
        if note.root == made != kept:
            report.findings = [_of_hash(each, note.size) for each in report.findings]
        elif note.root != kept:
            if walk.whole or kept:
                report.findings.append(Finding("history-forked", note.size, report.covered, note.time))
            return
        report.covered, report.time, report.last = note.size, note.time, note


def _of_hash(finding: Finding, size: int) -> Finding:
    """What differs below a root that the records have is the hash, not the record."""
    of_hash = finding.code == "record-changed" and finding.number < size
    return Finding("hash-changed", finding.number) if of_hash else finding


def _hold_known(report: Report, walk: Walk, known: Note, verifies: Verifies) -> None:
    """What the log lacks is told before by whom it was signed: a log that was turned back knows no later key."""
    if known.size > walk.size:
        report.findings.append(Finding("log-short", known.size, 0, known.time))
    elif known.root not in walk.roots.get(known.size, (known.root,)):
        report.findings.append(Finding("remembered-forked", known.size, 0, known.time))
    elif not any(known.signed_by(key, verifies) == "good" for key in report.keys):
        report.findings.append(Finding("key-unknown", known.size, 0, known.time))
    elif report.covered < known.size:
        report.findings.append(Finding("checkpoint-older", known.size, 0, known.time))


def _hold_witness(report: Report, witness: Key, signed: Sequence[Note], verifies: Verifies) -> None:
    said = {note.size: note.signed_by(witness, verifies) for note in signed}
    report.findings += [Finding("checkpoint-changed", size) for size, each in said.items() if each == "bad"]
    covered = [size for size, each in said.items() if each == "good"]
    if covered:
        report.witnesses[witness.name] = max(covered)
    else:
        report.findings.append(Finding("witness-missing", 0, 0, witness.name))


def _plain(findings: Sequence[Finding]) -> list[Finding]:
    """Without what only follows from others: nodes over a hash or a record that was changed, checkpoints that go on a fork."""
    once: dict[str, Finding] = {}
    named = any(each.code in {"record-changed", "record-damaged", "hash-changed"} for each in findings)
    found = []
    for each in findings:
        if each.code == "tree-changed" and (named or once.setdefault(each.code, each) != each):
            continue
        found.append(each)
    return list(dict.fromkeys(found))


def remembered(path: Path) -> Note | None:
    """The checkpoint that a file remembers; none where there is no file yet. Raises `UnusableError`."""
    if not path.exists():
        return None
    notes = notes_of(path.read_text("utf-8", "replace"))
    if len(notes) != 1 or notes[0].size < 0:
        raise UnusableError(f"`{path}` holds no checkpoint; delete it only if you know why")
    return notes[0]


def lines(report: Report, *, chinese: bool) -> list[str]:
    """The report in words."""
    told = [each.text(chinese=chinese) for each in report.findings[:MOST]]
    more = len(report.findings) - MOST
    if more > 0:
        told.append(f"还有{more}项" if chinese else f"and {more} more")
    told += [("注意：" if chinese else "note: ") + each.text(chinese=chinese) for each in report.notes[-MOST:]]
    for name, size in report.witnesses.items():
        told.append(f"见证方“{name}”联署至{size}条记录" if chinese else f"cosigned by `{name}` up to {size} records")
    if report.selected >= 0:
        return [*told, *_of_selection(report, chinese=chinese)]
    unsigned = report.size - report.covered
    if chinese:
        verdict = "日志与签名一致" if report.good else "日志与签名不一致"
        last = f"{report.size}条记录，其中{report.covered}条由{report.time or '-'}的检查点签名，{unsigned}条尚未签名"
        return [*told, last, verdict]
    verdict = "the log is what was signed" if report.good else "THE LOG IS NOT WHAT WAS SIGNED"
    last = f"{report.size} records, {report.covered} of them signed at {report.time or '-'}, {unsigned} not signed yet"
    return [*told, last, verdict]


def _of_selection(report: Report, *, chinese: bool) -> list[str]:
    when, many = report.time or "-", report.selected
    if chinese:
        verdict = "每条记录都在已签名的日志中" if report.good else "所选记录与签名不一致"
        return [
            f"{many}条记录，对照{when}签名、覆盖{report.size}条记录的检查点；是否有遗漏只有完整日志能够证明",
            verdict,
        ]
    last = f"{many} records, held against the checkpoint of {report.size} records that was signed at {when}; only the whole log shows that none was left out"
    return [
        last,
        "every record is in the log that was signed" if report.good else "THE SELECTION IS NOT WHAT WAS SIGNED",
    ]


def speaks_chinese() -> bool:
    """Whether the user's locale is Chinese."""
    return (locale.setlocale(locale.LC_CTYPE) or "").lower().startswith("zh")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("log", type=Path, help="an export, or the folder `audit` or a copy of it")
    parser.add_argument("--key", required=True, help="the public key of the log, a line or a file with it")
    parser.add_argument(
        "--witness", action="append", default=[], help="the public key of a witness that must have cosigned"
    )
    parser.add_argument(
        "--state", type=Path, help="remember the last checkpoint here, and demand that the log goes on from it"
    )
    given = parser.parse_args(arguments)
    try:
        key, witnesses = key_of(given.key), [key_of(each) for each in given.witness]
        known = remembered(given.state) if given.state else None
        report = verify(opened(given.log), key, witnesses, known)
    except (UnusableError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if report.good and given.state and report.last and report.selected < 0:
        given.state.write_text(report.last.raw, "utf-8")
    sys.stdout.write("\n".join(lines(report, chinese=speaks_chinese())) + "\n")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
