"""Two languages: gettext catalogues read at start-up, negotiation, and how times and numbers are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import Markup

from sentinel.errors import ConfigError
from sentinel.model.document import timestamp

LANGUAGES: Mapping[str, str] = {"zh-CN": "简体中文", "en": "English"}
_LOCALE = Path(__file__).with_name("locale")


def N_(message: str) -> str:  # noqa: N802  gettext's own name for "translate later"
    """Mark a message for translation where it is written down rather than shown."""
    return message


@cache
def catalogue(language: str) -> Catalog | None:
    """The messages of a language; English needs none, for the message ids are English."""
    path = _LOCALE / language.replace("-", "_") / "LC_MESSAGES" / "sentinel.po"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file)


def choose_language(wishes: str, default: str) -> str:
    """The language for an `Accept-Language` header."""
    for wish in sorted(wishes.split(","), key=_quality, reverse=True):
        code = wish.partition(";")[0].strip().lower()
        if code.startswith("zh"):
            return "zh-CN"
        if code.startswith("en"):
            return "en"
    return default if default in LANGUAGES else "zh-CN"


def _quality(wish: str) -> float:
    _, _, quality = wish.partition("q=")
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0


def zone(name: str) -> tzinfo:
    """The time zone of this IANA name."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"`{name}` is not a known time zone, expected an IANA name such as Asia/Shanghai") from error


@dataclass(frozen=True, slots=True)
class Translator:
    """Writes messages, times and numbers for one reader."""

    language: str
    zone: tzinfo

    @property
    def chinese(self) -> bool:
        """Whether the reader wants Chinese."""
        return self.language == "zh-CN"

    def __call__(self, message: str, **values: object) -> str:
        """The message in the reader's language."""
        found = self._string(message)
        text = found if isinstance(found, str) and found else message
        return text % values if values else text

    def known(self, message: str) -> str:
        """The message in the reader's language, or nothing: not every error is written for readers."""
        return message if not self.chinese or self._string(message) else ""

    def plural(self, one: str, many: str, number: int, **values: object) -> str:
        """One of two messages, by `number`, which is also `%(n)s`."""
        found = self._string(one)
        forms = found if isinstance(found, tuple) and found else (one, many)
        return forms[0 if number == 1 or len(forms) == 1 else 1] % {"n": self.number(number), **values}

    def _string(self, message: str) -> str | tuple[str, ...] | None:
        messages = catalogue(self.language)
        entry = messages.get(message) if messages is not None else None
        if entry is None or entry.string is None:
            return None
        return entry.string if isinstance(entry.string, str) else tuple(entry.string)

    def either(self, english: str, chinese: str) -> str:
        """The text in the reader's language, or in the other one where there is only that."""
        return (chinese or english) if self.chinese else (english or chinese)

    def number(self, value: float) -> str:
        """A number with thousands separated."""
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"

    def size(self, octets: int) -> str:
        """Octets in the largest unit of which there is one."""
        for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
            if octets >= 1 << power:
                whole = octets / (1 << power)
                return f"{whole:.0f} {unit}" if whole >= 100 else f"{whole:.3g} {unit}"
        return f"{octets} B"

    def percent(self, share: float) -> str:
        """A share of one as a percentage, never rounded up to all."""
        return "100%" if share >= 1 else f"{int(share * 1000) / 10:g}%"

    def moment(self, time: int, form: str = "full") -> Markup:
        """A time element in the reader's zone, UTC on hover. Forms: full, short, row, day."""
        exact, millis = timestamp(time), time // 1_000_000 % 1000
        local = _local(time, self.zone)
        text = {
            "full": f"{local:%Y-%m-%d %H:%M:%S}.{millis:03d}",
            "short": f"{local:%m-%d %H:%M:%S}",
            "row": f"{local:%m-%d %H:%M:%S}.{millis:03d}",
            "day": f"{local:%Y-%m-%d}",
        }[form]
        title = f"{exact[:10]} {exact[11:23]} UTC"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, title, text)

    def ago(self, time: int, now: int) -> str:
        """How long ago, in words."""
        seconds = max(0, (now - time) // 1_000_000_000)
        if seconds < 60:
            return self("just now")
        for size, message in ((86400, N_("%(n)s d ago")), (3600, N_("%(n)s h ago")), (60, N_("%(n)s min ago"))):
            if seconds >= size:
                return self(message, n=self.number(seconds // size))
        raise AssertionError("a minute is a minute")

    def lasting(self, nanoseconds: int, units: int = 2) -> str:
        """A duration, in one unit or two."""
        seconds = nanoseconds // 1_000_000_000
        if seconds < 1:
            return self("%(n)s ms", n=nanoseconds // 1_000_000)
        for size, below, both, alone in (
            (86400, 3600, N_("%(a)s d %(b)s h"), N_("%(a)s d")),
            (3600, 60, N_("%(a)s h %(b)s min"), N_("%(a)s h")),
            (60, 1, N_("%(a)s min %(b)s s"), N_("%(a)s min")),
        ):
            if seconds >= size:
                return self(both if units > 1 else alone, a=seconds // size, b=seconds % size // below)
        return self("%(n)s s", n=seconds)

    def zone_name(self) -> str:
        """The zone in which times are shown."""
        return str(self.zone)


def _local(time: int, zone: tzinfo) -> datetime:
    try:
        return datetime.fromtimestamp(time // 1_000_000_000, zone)
    except (ValueError, OverflowError, OSError):  # a capture may claim any time
        return datetime.fromtimestamp(0, zone)
