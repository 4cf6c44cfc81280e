"""Mistakes in queries, times and policies, and what was refused, explained in the reader's language."""

from __future__ import annotations

import re

from sentinel.web.i18n import N_, Translator

_PLACE = re.compile(r"(?P<place>[\w./-]+\.(?:yml|conf)(?::\d+)?): (?P<rest>.*)", re.DOTALL)
_FIELD = r"`(?P<field>[^`]*)`"
_WORD = r"`(?P<word>[^`]*)`"
_QUERIES = (
    (r"the query ends where .*", N_("the query ends where a word, a value or a closing bracket was expected")),
    (r"a phrase that starts here has no closing quote", N_("a phrase that starts here has no closing quote")),
    (
        r"`(?P<word>.*)` is not expected here; .*",
        N_("`%(word)s` is not expected here; write a word, a phrase or field:value"),
    ),
    (r"a query has at most .*", N_("the query is too long")),
    (
        r"a part of `(?P<field>.*)` cannot be looked for, .*",
        N_("`%(field)s` is sealed; write the whole of it, a part cannot be looked for"),
    ),
    (
        r"`(?P<field>.*)` cannot be compared, .*",
        N_("`%(field)s` is sealed; write the whole of it, it cannot be compared"),
    ),
    (r"too many nested groups", N_("too many nested groups")),
    (r"`(?P<word>.*)` is not a time[;:] .*", N_("`%(word)s` is not a time")),
)
_FILES = (
    (rf"{_FIELD} is not known", N_("`%(field)s` is not known")),
    (rf"{_FIELD} is missing", N_("`%(field)s` is missing")),
    (rf"{_FIELD}: input should be (?P<expected>.*)", N_("`%(field)s`: expected %(expected)s")),
    (rf"{_FIELD}: {_WORD} is no subject; .*", N_("`%(field)s`: `%(word)s` is no subject; write any, grp:NAME, supi:DIGITS, imei-tac:8 DIGITS or cert:SM3")),
    (rf"{_FIELD}: {_WORD} is no resource; .*", N_("`%(field)s`: `%(word)s` is no resource; write `app:scada`, `app:scada/10.60.0.10:502/tcp`, `net:10.60.0.0/24:102-104/tcp`, `nf:amf` or `any`")),
    (rf"{_FIELD}: {_WORD} is no action; .*", N_("`%(field)s`: `%(word)s` is no action; write such as `connect`, `modbus:read|write`, `s7:*` or `any`")),
    (rf"{_FIELD}: {_WORD} is no bound; .*", N_("`%(field)s`: `%(word)s` is no bound; write `>=60`")),
    (rf"{_FIELD}: {_WORD} is no end; .*", N_("`%(field)s`: `%(word)s` is no end; write 2026-12-31 or 2026-12-31T18:00")),
    (rf"{_FIELD}: {_WORD} is no posture; .*", N_("`%(field)s`: `%(word)s` is no posture")),
    (r"not YAML: (?P<problem>.*)", N_("this is no YAML: %(problem)s")),
    (r"expected a mapping with (?P<expected>.*)", N_("expected a mapping with %(expected)s")),
    (rf"there already is a rule {_WORD}, in (?P<place>.*)", N_("there already is a rule `%(word)s`, in %(place)s")),
    (rf"`until` of {_WORD} is past: .*", N_("`until` of `%(word)s` is past: the rule can never match")),
    (rf"there is no site {_WORD}; the plan is that of {_FIELD}", N_("there is no site `%(word)s`; the plan is that of `%(field)s`")),
    (rf"{_WORD} is nobody in the register of terminals", N_("`%(word)s` is nobody in the register of terminals")),
    (rf"{_WORD} is nothing that the site plan has", N_("`%(word)s` is nothing that the site plan has")),
    (rf"`trust` of {_WORD}: .*", N_("`trust` of `%(word)s`: an allow asks for at least so much, such as `>=60`, a deny for less, such as `<30`")),
    (rf"a deny cannot ask for {_WORD}, .*", N_("a deny cannot ask for `%(word)s`, which is only ever good")),
    (rf"the group {_WORD} lies in itself", N_("the group `%(word)s` lies in itself")),
    (rf"the group {_WORD} lies in more than .*", N_("the group `%(word)s` lies in too many groups within each other")),
    (rf"(?P<name>.*): {_WORD} is no action", N_("%(name)s: `%(word)s` is no action")),
)  # fmt: skip
_REFUSALS = (
    (r"expected (?P<expected>\w+) by \[(?P<by>.*?)\], got (?P<got>\w+) by \[(?P<rules>.*?)\].*", N_("expected %(expected)s by [%(by)s], got %(got)s by [%(rules)s]")),
    (r"(?P<name>.*): expected \w+ by .*", N_("the case `%(name)s` does not come out as expected; see the tests")),
    (r"the cases cover (?P<percent>\d+) % of rules and clauses, expected (?P<needed>\d+) %; not covered: (?P<missing>.*)", N_("the cases cover %(percent)s %% of rules and clauses, expected %(needed)s %%; not covered: %(missing)s")),
    (r"version (?P<version>\d+) has (?P<count>\d+) approvals that count; expected (?P<needed>\d+).*", N_("version %(version)s has %(count)s approvals that count; expected %(needed)s")),
    (r"version (?P<version>\d+) is not signed; .*", N_("version %(version)s is not signed: draft and publish it anew")),
    (r"version (?P<version>\d+) is published already", N_("version %(version)s is published already")),
    (r"version (?P<version>\d+) came into force since; .*", N_("version %(version)s came into force since; draft this one anew")),
    (rf"{_WORD} has approved version (?P<version>\d+) already", N_("`%(word)s` has approved version %(version)s already")),
    (rf"(?:this approval would not count: )?{_WORD} is no active account", N_("`%(word)s` is no active account")),
    (rf"(?:this approval would not count: )?{_WORD} may not approve", N_("`%(word)s` may not approve")),
    (rf"(?:this approval would not count: )?{_WORD} was not there before the draft", N_("`%(word)s` was not there before the draft")),
    (rf"(?:this approval would not count: )?the account of {_WORD} was made or changed by {_FIELD}, .*", N_("the account of `%(word)s` was made or changed by `%(field)s` less than three days before, or since")),
    (r"a (?:version|permit) needs its reason, .*", N_("give a reason of at most 400 characters")),
    (r"a permit ends after it begins, .*", N_("a permit ends after it begins, in the future, and lasts at most seven days")),
    (r"a permit begins at a time such as .*", N_("a permit begins at a time such as 2026-12-31T08:00")),
    (r"a permit is for a terminal or a group of the register", N_("a permit is for a terminal or a group of the register")),
    (r"a permit is for an asset of the register", N_("a permit is for an asset of the register")),
    (r"expected a reason, of at most .*", N_("give a reason of at most 400 characters")),
    (r"expected a time of 1 to (?P<most>\d+) seconds", N_("expected a time of 1 to %(most)s seconds")),
    (rf"lock {_WORD} does not stand any more", N_("this lock does not stand any more")),
    (rf"break-glass {_WORD} is (?P<state>\w+); .*", N_("this break-glass is not in the state for that any more")),
    (rf"{_WORD} is no subject; .*", N_("`%(word)s` is no subject; write a terminal, a group, or any")),
    (rf"{_WORD} approved (?P<seconds>\d+) seconds; .*", N_("`%(word)s` approved %(seconds)s seconds; approve the same time")),
    (rf"{_WORD} cannot be locked as supi; .*", N_("`%(word)s` is no SUPI; write the 5 to 15 digits of the IMSI")),
    (rf"{_WORD} cannot be locked as imei; .*", N_("`%(word)s` is no IMEI; write its 14 to 16 digits")),
    (rf"{_WORD} cannot be locked as certificate; .*", N_("`%(word)s` is no certificate; write the SM3 of its public key, 64 hex digits")),
    (rf"{_WORD} cannot be locked as (?:slice|site); .*", N_("`%(word)s` is no slice; write one such as 1 or 2-0000a1")),
    (rf"{_WORD} is no (?:slice|site) of the site plan; expected (?P<expected>.*)", N_("`%(word)s` is not in the site plan; expected %(expected)s")),
    (rf"{_WORD} cannot be suspended; .*", N_("`%(word)s` cannot be suspended")),
    (rf"there is no order {_WORD}.*", N_("there is no such order any more")),
    (r"choose what is locked", N_("choose what is locked")),
    (r"no version is in shadow", N_("no version is in shadow")),
    (rf"everybody in the register is in {_WORD}; .*", N_("everybody in the register is in `%(word)s`; there is nobody to keep out")),
    (rf"{_WORD} is no group of the register, .*", N_("`%(word)s` is no group of the register, nor one that the policy names")),
    (rf"{_WORD} could still (?P<action>\S+): .*", N_("`%(word)s` could still %(action)s: the rule would not do what it is for")),
    (rf"{_WORD} is nothing that the asset register has", N_("`%(word)s` is nothing that the asset register has")),
    (r"choose at least one action", N_("choose at least one action")),
    (r"policies with other groups or another time zone .*", N_("policies with other groups or another time zone are not compared by their rules")),
)  # fmt: skip
_OUTCOMES = (  # what came of orders, and why they ended
    (r"what names the session to this SMF is not known", N_("what names the session to this SMF is not known")),
    (rf"{_WORD} does not answer: (?P<why>.*)", N_("`%(word)s` does not answer: %(why)s")),
    (rf"{_WORD} answers (?P<status>\d+)", N_("`%(word)s` answers %(status)s")),
    (r"it says that it will be done", N_("it says that it will be done")),
    (r"the gateway has not said yet that it has done it", N_("the gateway has not said yet that it has done it")),
    (r"the session has no address that is known", N_("the session has no address that is known")),
    (
        r"no answer reached the terminal for (?P<seconds>[\d.]+) s",
        N_("no answer reached the terminal for %(seconds)s s"),
    ),
    (r"answers reached the terminal after the cut", N_("answers reached the terminal after the cut")),
    (r"the tap saw the end of the session", N_("the tap saw the end of the session")),
    (r"(?P<place>\S+): no answer to (?P<count>\d+) requests", N_("%(place)s does not answer %(count)s requests")),
    (
        r"(?P<place>\S+): answers have no Message-Authenticator, .*",
        N_("%(place)s answers without Message-Authenticator, which is not believed (CVE-2024-3596): have it sent"),
    ),
    (r"session_ended", N_("the session has ended")),
    (r"lock_lifted", N_("the lock stands no more")),
    (r"expired", N_("its time is over")),
    (r"address_of_critical", N_("a safety-critical session has the address now")),
    (r"address_reused", N_("somebody else has the address now")),
    (r"allowed_again", N_("it is allowed again")),
)
_KNOWN = tuple(
    (re.compile(pattern, re.DOTALL), known) for pattern, known in (*_QUERIES, *_FILES, *_REFUSALS, *_OUTCOMES)
)


def explain(message: str, translate: Translator) -> str:
    """The message of an error for a reader who sees the column anyway; as it is, if it is not a known one."""
    text = re.sub(r" \(column \d+\)$", "", message)
    if placed := _PLACE.fullmatch(text):
        return f"{placed['place']}: {explain(placed['rest'], translate)}"
    for pattern, known in _KNOWN:
        if found := pattern.fullmatch(text):
            return translate(known, **found.groupdict())
    return translate(text)
