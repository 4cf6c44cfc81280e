"""What people wrote: rules, the site plan, policies."""

from __future__ import annotations

from collections.abc import Iterable

from sentinel import detection, pipeline
from sentinel.access.authoring.files import load_folder
from sentinel.config import shipped
from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import PolicyError, SiteError
from sentinel.site import load_site

_ZONE = "UTC"  # of hours in policies, where no site plan says it


class Content(Check):
    """Whether what people wrote can be read."""

    rank = 30

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        yield _rules(patient)
        yield from _site(patient)


def _rules(patient: Patient) -> Finding:
    folder = patient.rules or shipped("rules")
    if mistakes := detection.check(folder, pipeline.FIELDS):
        return Finding("rules", State.FAILED, f"{len(mistakes)} mistakes; the first: {mistakes[0]}")
    count = len(pipeline.load_rules(folder))
    return Finding(
        "rules", State.GOOD, f"`{folder}`: {count} rules without mistake", f"`{folder}`：{count} 条规则，无错误"
    )


def _site(patient: Patient) -> Iterable[Finding]:
    """The site plan, and the policies that came along as that site would take them."""
    if patient.site is None:
        text = "none is given (--site): what the network should be is learnt, and less is told"
        yield Finding("site", State.LACKING, text, "未提供站点规划（--site）：只能学习网络应有的样子，能判断的更少")
    zone = _ZONE
    try:
        if patient.site is not None:
            plan = load_site(patient.site)
            zone = plan.time_zone
            yield Finding("site", State.GOOD, f"`{patient.site}`: {plan.site}", f"`{patient.site}`：{plan.site}")
        rules = len(load_folder(shipped("policies"), zone).rules)
        yield Finding("policies", State.GOOD, f"{rules} rules can be loaded", f"{rules} 条策略可加载")
    except SiteError as error:
        yield Finding("site", State.FAILED, str(error))
    except PolicyError as error:
        yield Finding("policies", State.FAILED, str(error))
