"""How administrators log in: whether a password is all that is asked of one."""

from __future__ import annotations

from collections.abc import Iterable

from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import StoreError
from sentinel.store.glance import glance

_ADMINISTRATORS = "SELECT name FROM users WHERE active AND role = 'administrator'"
_BARE = f"""\
{_ADMINISTRATORS} AND id NOT IN (SELECT user_id FROM second_factors WHERE confirmed > 0)
AND id NOT IN (SELECT user_id FROM login_keys WHERE confirmed > 0) ORDER BY name"""  # noqa: S608  # constants alone


class LogIn(Check):
    """Whether administrators have second factors."""

    rank = 30

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        if patient.control:
            yield _second(patient.control)
            text = "no driver of USB keys (SKF) comes with this version; SM2 keys of people lie in files"
            yield Finding(
                "login.device", State.LACKING, text, "本版本不带智能密码钥匙（SKF）驱动；人员的SM2密钥保存在文件中"
            )


def _second(url: str) -> Finding:
    try:
        with glance(url) as control:  # before this version ran once, there are no second factors
            asked = _BARE if control.has("second_factors") else _ADMINISTRATORS
            bare = ", ".join(str(name) for (name,) in control.rows(asked))
    except StoreError as error:
        return Finding("login.second_factor", State.FAILED, str(error))
    if not bare:
        return Finding("login.second_factor", State.GOOD, "every administrator has one", "所有管理员均已启用第二因子")
    text = f"administrators who log in with a password alone: {bare} (sentinel run --second-factor administrators)"
    text_zh = f"仅凭密码登录的管理员：{bare}（sentinel run --second-factor administrators）"
    return Finding("login.second_factor", State.LACKING, text, text_zh)
