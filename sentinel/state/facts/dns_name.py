"""What does a name that is asked for look like: whose is it, how long, how random?"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Mapping

from sentinel.model.event import Event, Value
from sentinel.state.base import Fact, spec
from sentinel.state.bounded import Bounded
from sentinel.state.fields import text, texts
from sentinel.state.world import World

# Second levels under which names are registered in country domains; the public suffix list has more.
_SHARED = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go"})
_ANSWERED = 5 * 10**9
_PORTS = (53, 853)
_NOTHING: Mapping[str, Value] = {}


class DnsName(Fact):
    """The registered domain of a question, length and entropy of what stands before it, and resolvers that are the site's.

    Resolvers are assets of the register with the role dns; where it has none, nothing is said of them.
    """

    fields = {
        "dns.question.registered_domain": spec("keyword", "registered domain of the name asked for", "注册域名"),
        "dns.question.subdomain_length": spec("long", "octets before the registered domain", "子域名长度"),
        "dns.question.entropy": spec("double", "entropy of these octets, bit each", "子域名熵（比特/字符）"),
        "dns.resolver.listed": spec("boolean", "the resolver is in the asset register", "解析器是否已登记"),
        "dns.answer.contradicting": spec("boolean", "another answer to this query came before", "是否矛盾应答"),
    }
    kinds = ("dns.query", "dns.response", "flow.started", "tls.client_hello")

    def __init__(self) -> None:
        self._answers: Bounded[tuple[str, str, str, str], tuple[int, tuple[str, ...]]] = Bounded(20_000)

    def of(self, event: Event, world: World) -> Mapping[str, Value]:
        """See `Fact.of`."""
        kind = event.kind
        if kind == "flow.started" and event.fields.get("destination.port") not in _PORTS:
            return _NOTHING
        if kind == "dns.response":
            return self._answer(event)
        listed = _listed(text(event.fields, "destination.ip"), world)
        known: dict[str, Value] = {} if listed is None else {"dns.resolver.listed": listed}
        if kind in ("flow.started", "tls.client_hello"):  # a resolver over HTTPS, if its name is one's
            return known
        name = text(event.fields, "dns.question.name").rstrip(".").lower()
        if "." not in name:
            return known
        domain, before, entropy = _parts(name)
        return known | {
            "dns.question.registered_domain": domain,
            "dns.question.subdomain_length": len(before),
            "dns.question.entropy": entropy,
        }

    def _answer(self, event: Event) -> Mapping[str, Value]:
        fields = event.fields
        key = (text(fields, "destination.ip"), text(fields, "destination.port"), text(fields, "dns.id"),
               text(fields, "dns.question.name"))  # fmt: skip
        said, before = tuple(sorted(texts(fields, "dns.resolved_ip"))), self._answers.get(key)
        self._answers[key] = (event.time, said)
        if before is None or event.time - before[0] > _ANSWERED or not said or not before[1]:
            return {}
        return {"dns.answer.contradicting": True} if set(said).isdisjoint(before[1]) else {}


def _listed(address: str, world: World) -> bool | None:
    resolvers = world.site.resolvers if world.site is not None else None
    return address in resolvers if resolvers else None


@functools.lru_cache(8192)
def _parts(name: str) -> tuple[str, str, float]:
    labels = name.split(".")
    shared = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED
    keep = 3 if shared else 2
    before = ".".join(labels[:-keep])
    counts = Counter(before.replace(".", ""))
    whole = sum(counts.values())
    entropy = -sum(count / whole * math.log2(count / whole) for count in counts.values()) if whole else 0.0
    return ".".join(labels[-keep:]), before, round(entropy, 3)
