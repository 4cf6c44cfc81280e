"""What narrows a search in the embedded store, so that it reads the few rows that can match and not all of them.

`terms` is a full-text index (FTS5) over what people pivot on: addresses, identities, tunnels, names. It holds words and no
documents, is merged in the background like a log-structured tree, and so stays fast while events stream in, where an
ordinary index of random values would touch a page for each. It narrows and never judges: rows that it gives are asked the
whole question again. `(kind, id)` does the same for the kind of an event.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

import orjson

from sentinel.store import query as q

MOST = 20_000  # rows that are read by their terms; where there are more, matches are near each other in time as well
KIND = "event.action"
_CODES: Mapping[str, str] = {
    name: chr(ord("a") + number) if number < 26 else chr(ord("A") + number - 26)
    for number, name in enumerate(
        (
            "source.ip", "destination.ip", "user.name", "fiveg.supi", "fiveg.pei", "fiveg.gpsi", "fiveg.suci", "fiveg.guti",
            "fiveg.tmsi", "fiveg.gnb.id", "fiveg.gnb.name", "fiveg.amf_ue_ngap_id", "fiveg.ran_ue_ngap_id",
            "fiveg.pdu_session.ue_ip", "fiveg.gtpu.teid", "fiveg.pfcp.seid", "fiveg.pfcp.f_seid.seid",
            "fiveg.gtpu.outer.source.ip", "fiveg.gtpu.outer.destination.ip", "dns.question.name",
            "tls.client.server_name", "dhcp.assigned_ip",
        )
    )
}  # fmt: skip
"""A letter for each field that is indexed, before each of its values. INVARIANT: a field keeps its letter, whatever comes."""
_NOTE = "INSERT INTO terms (rowid, words) SELECT ? + key, value FROM json_each(?)"
_WHOLE = re.compile(r"[0-9A-Za-z.:_-]{1,200}")  # is one word of the index, and case is ignored there as in a query


def terms_of(document: Mapping[str, object]) -> str:
    """The words of a document."""
    words = []
    for name in _CODES.keys() & document.keys():
        code, value = _CODES[name], document[name]
        if isinstance(value, str):
            words.append(code + value)
        else:
            words += [f"{code}{each}" for each in (value if isinstance(value, tuple | list) else (value,))]
    return " ".join(words).replace("\0", " ")  # where SQLite would end a text of JSON; it parts words as well


def words(tree: q.Query) -> str:
    """What to ask `terms` so that no match is left out; empty where it cannot narrow."""
    match tree:
        case q.Equals(field, value, wild) if (
            field in _CODES and not wild and _WHOLE.fullmatch(said := q.literal(value))
        ):
            return f'("{_CODES[field]}{said}" OR "{_CODES[field]}::ffff:{said}")'
        case q.And(parts):
            return " AND ".join(f"({each})" for each in map(words, parts) if each)
        case q.Or(parts):
            found = [words(each) for each in parts]
            return " OR ".join(f"({each})" for each in found) if all(found) else ""
        case _:
            return ""


def rows_of(connection: sqlite3.Connection, tree: q.Query) -> list[int] | None:
    """The numbers of the rows that can match; none where there are too many, or the question does not narrow."""
    asked = words(tree)
    if not asked:
        return None
    sql = "SELECT rowid FROM terms WHERE terms MATCH ? LIMIT ?"
    found = [row for (row,) in connection.execute(sql, (asked, MOST + 1))]
    return found if len(found) <= MOST else None


def kinds_of(tree: q.Query, kinds: Sequence[str]) -> frozenset[str] | None:
    """The kinds that match, where a question is about the kind alone; else none."""
    match tree:
        case q.Everything():
            return frozenset(kinds)
        case q.Equals(field, value, wild) if field == KIND:
            return frozenset(filter(_like(value if wild else q.literal(value), wild=wild).fullmatch, kinds))
        case q.Not(term):
            found = kinds_of(term, kinds)
            return None if found is None else frozenset(kinds) - found
        case q.And(terms) | q.Or(terms):
            parts = [kinds_of(each, kinds) for each in terms]
            whole = [each for each in parts if each is not None]
            if len(whole) < len(parts):
                return None
            return frozenset.intersection(*whole) if isinstance(tree, q.And) else frozenset.union(*whole)
        case _:
            return None


def narrowest(tree: q.Query, kinds: Sequence[str]) -> frozenset[str] | None:
    """The kinds that a match has, as far as the terms that must all hold say; else none."""
    parts = tree.terms if isinstance(tree, q.And) else (tree,)
    found = [
        each
        for each in (kinds_of(part, kinds) for part in parts if not isinstance(part, q.Everything))
        if each is not None
    ]
    return frozenset.intersection(*found) if found else None


def _like(value: str, *, wild: bool) -> re.Pattern[str]:
    pattern = re.escape(value)
    if wild:
        pattern = pattern.replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(pattern, re.IGNORECASE | re.ASCII | re.DOTALL)


def note(connection: sqlite3.Connection, first: int, documents: Iterable[Mapping[str, object]]) -> None:
    """Index rows that are numbered from `first` on, in one statement: FTS5 writes a segment for each."""
    connection.execute(_NOTE, (first, orjson.dumps([terms_of(each) for each in documents]).decode()))


def forget(connection: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Take rows, with their documents as JSON, out of the index."""
    sql = "INSERT INTO terms (terms, rowid, words) VALUES ('delete', ?, ?)"
    connection.executemany(sql, ((at, terms_of(orjson.loads(document))) for at, document in rows))
