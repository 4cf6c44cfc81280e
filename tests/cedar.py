"""Our policies in Cedar, read by an engine that shares nothing with ours: the oracle of tests, a peer in benchmarks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from cedarpy import Decision, Entities, PolicySet, is_authorized

from sentinel.access.engine.conditions import Atom, OneOf
from sentinel.access.engine.rule import Rule, verbs
from sentinel.access.engine.target import ALL_ADDRESSES, ALL_PORTS, Target
from sentinel.model.access import IPV4, Effect, Request

_NOBODY = Entities.from_json_str("[]")


class Cedar:
    """Rules in Cedar, parsed once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._policies = PolicySet.from_str("\n".join(map(_policy, rules)))

    def allows(self, request: Request) -> bool:
        """Cedar's verdict; raises where a policy could not be evaluated."""
        answer = is_authorized(_request(request), self._policies, _NOBODY)
        assert not answer.diagnostics.errors, answer.diagnostics.errors
        return answer.decision is Decision.Allow


def _policy(rule: Rule) -> str:
    clauses = [f'context.site == "{rule.site}"', _any(f'context.keys.contains("{name}")' for name in rule.subjects),
               _any(map(_target, rule.targets)), _among("context.action", verbs("|".join(rule.actions)))]  # fmt: skip
    clauses += [_atom(atom, rule.effect) for atom in rule.atoms]
    head = "permit" if rule.effect is Effect.ALLOW else "forbid"
    return f"{head}(principal, action, resource) when {{ {' && '.join(clauses)} }};"


def _any(parts: Iterable[str]) -> str:
    return f"({' || '.join(parts)})"


def _among(value: str, names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in sorted(names)) + f"].contains({value})"


def _target(target: Target) -> str:
    parts = ["true"]
    parts += [f'context.{name} == "{value}"' for name, value in
              (("kind", target.kind), ("name", target.name), ("protocol", target.protocol)) if value]  # fmt: skip
    if target.addresses != ALL_ADDRESSES:
        parts.append(f'(context has address && context.address.isInRange(ip("{_network(target.addresses)}")))')
    if target.ports != ALL_PORTS:
        parts.append(f"(context.port >= {target.ports[0]} && context.port <= {target.ports[1]})")
    return f"({' && '.join(parts)})"


def _network(addresses: tuple[int, int]) -> str:
    first, last = addresses
    free = (last - first).bit_length()
    if first >= IPV4:
        return f"{ipaddress.IPv4Address(first - IPV4)}/{32 - free}"
    return f"{ipaddress.IPv6Address(first)}/{128 - free}"


def _atom(atom: Atom, effect: Effect) -> str:
    value = f'context["{atom.name}"]'
    if isinstance(atom, OneOf):
        met = _among(value, atom.values)
    else:
        met = _any(f"({value} >= {low} && {value} <= {high})" for low, high in atom.ranges)
    if effect is Effect.ALLOW:
        return f'(context has "{atom.name}" && {met})'
    return f'(!(context has "{atom.name}") || {met})'


def _request(request: Request) -> dict[str, object]:
    resource = request.resource
    context: dict[str, object] = {
        **request.context, "keys": list(request.subject.keys), "site": request.site, "action": request.action,
        "kind": resource.kind, "name": resource.name, "protocol": resource.protocol, "port": resource.port,
    }  # fmt: skip
    if resource.address:
        context["address"] = {"__extn": {"fn": "ip", "arg": resource.address}}
    return {"principal": 'T::"t"', "action": 'A::"a"', "resource": 'R::"r"', "context": context}
