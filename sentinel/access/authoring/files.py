"""Policies as files: one folder for each domain, read whole, every mistake told with file and line.

policies/model.conf            how casbin judges
policies/groups.yml            groups that lie in groups
policies/<domain>/policy.yml   rules
policies/<domain>/cases.yml    requests and the decisions expected (`sentinel.access.authoring.cases`)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from sentinel import form
from sentinel.access.authoring.forms import Form, GroupsForm, PolicyForm, RuleForm
from sentinel.access.engine.conditions import Within
from sentinel.access.engine.groups import GroupError, Groups
from sentinel.access.engine.judge import Judge
from sentinel.access.engine.policy import Policy
from sentinel.access.engine.rule import Rule
from sentinel.access.engine.target import target
from sentinel.errors import PolicyError
from sentinel.model.access import Effect, Fact, Request, Resource, Subject

MODEL, GROUPS, RULES, CASES = "model.conf", "groups.yml", "policy.yml", "cases.yml"
_NAMES = re.compile(rf"{re.escape(MODEL)}|{re.escape(GROUPS)}|[\w-]+/(?:{re.escape(RULES)}|{re.escape(CASES)})")
_ASKED = Request(Subject("1", ("any",)), "", Resource("app"), "connect")
_ANY = Rule(
    "any", "", ("any",), (target("any"),), ("any",), (), Effect.ALLOW
)  # what every part of a matcher is asked about
Item = TypeVar("Item", bound=Form)


def read_folder(folder: Path) -> dict[str, str]:
    """The files of a policy, by their paths below the folder; raises `PolicyError`."""
    written = [path for name in (RULES, CASES) for path in folder.glob(f"*/{name}")]
    names = [MODEL, GROUPS, *sorted(str(path.relative_to(folder)) for path in written)]
    found = {}
    for name in names:
        try:
            found[name] = (folder / name).read_text(encoding="utf-8")
        except OSError as error:
            if name != GROUPS:
                raise PolicyError(f"cannot be read: {error.strerror}", folder / name) from error
        except UnicodeDecodeError as error:
            raise PolicyError("is not UTF-8 text", folder / name) from error
    return found


def load(files: Mapping[str, str], zone: str, folder: Path = Path()) -> Policy:
    """The policy that files make, with hours in `zone`; raises `PolicyError` with file and line."""
    strange = next((name for name in files if not _NAMES.fullmatch(name)), None)
    if strange is not None:
        raise PolicyError(
            f"`{strange}` is no file of a policy; expected {MODEL}, {GROUPS}, DOMAIN/{RULES} or DOMAIN/{CASES}",
            folder,
            1,
        )
    if MODEL not in files:
        raise PolicyError("is missing: casbin's model", folder / MODEL)
    try:
        Judge(files[MODEL]).allows([_ANY.row], _ASKED)
    except Exception as error:  # casbin raises whatever comes to it
        raise PolicyError(f"is no model that casbin can judge by: {error}", folder / MODEL) from error
    written = [rule for name, text in sorted(files.items()) if name.endswith(RULES)
               for rule in _rules(text, folder / name, zone)]  # fmt: skip
    seen: dict[str, Rule] = {}
    for rule in written:
        if rule.id in seen:
            first = seen[rule.id]
            raise PolicyError(
                f"there already is a rule `{rule.id}`, in {first.path}:{first.line}", rule.path, rule.line
            )
        seen[rule.id] = rule
    return Policy(tuple(written), files[MODEL], _groups(files.get(GROUPS, ""), folder / GROUPS), zone)


def _rules(text: str, path: Path, zone: str) -> list[Rule]:
    raw, root = form.parse(text, path, PolicyError)
    read, root = checked(PolicyForm, raw, root, path)
    found = []
    for at, written in enumerate(read.rules):
        line = form.line(root, ("rules", at))
        found.append(_rule(read, written, zone, path, line))
        _monotone(found[-1])
    return found


def checked(wanted: type[Item], raw: object, root: yaml.Node | None, path: Path) -> tuple[Item, yaml.Node]:
    """What was written, in its form; raises `PolicyError` with the line."""
    if not isinstance(raw, dict) or root is None:
        raise PolicyError(f"expected a mapping with {', '.join(wanted.model_fields)}", path, 1)
    try:
        return wanted.model_validate(raw), root
    except ValidationError as error:
        raise form.mistake(raw, root, error, path, PolicyError) from error


def _rule(file: PolicyForm, written: RuleForm, zone: str, path: Path, line: int) -> Rule:
    obligations: dict[str, Fact] = written.obligations.model_dump(exclude_none=True)
    return Rule(
        written.id, file.site, written.subject, tuple(map(target, written.resource)), written.action,
        tuple(written.when.atoms(zone)), Effect(written.effect), obligations, written.title, written.title_zh,
        file.domain.value, path, line,
    )  # fmt: skip


def _monotone(rule: Rule) -> None:
    """More trust must never take access away: an allow asks for at least so much, a deny for less."""
    for atom in rule.atoms:
        if isinstance(atom, Within) and atom.name == "trust" and (atom.ranges[0][0] == 0) is (rule.effect == "allow"):
            expected = "`<30` in a deny" if rule.effect is Effect.DENY else "`>=60` in an allow"
            raise PolicyError(f"`trust` of `{rule.id}`: expected such as {expected}", rule.path, rule.line)
        if rule.effect is Effect.DENY and (atom.name == "ticket" or atom.name.startswith("posture:")):
            raise PolicyError(f"a deny cannot ask for `{atom.name}`, which is only ever good", rule.path, rule.line)


def _groups(text: str, path: Path) -> Groups:
    if not text.strip():
        return Groups()
    raw, root = form.parse(text, path, PolicyError)
    read, root = checked(GroupsForm, raw, root, path)
    try:
        return Groups(read.groups)
    except GroupError as error:
        raise PolicyError(str(error), path, form.line(root, ("groups", error.group))) from error


def load_folder(folder: Path, zone: str) -> Policy:
    """The policy of a folder; raises `PolicyError` with file and line."""
    if not folder.is_dir():
        raise PolicyError("is not a folder of policies", folder)
    return load(read_folder(folder), zone, folder)
