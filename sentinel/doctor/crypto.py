"""Commercial cryptography: which providers pass their tests, which one is active, which one signs."""

from __future__ import annotations

from collections.abc import Iterable

from sentinel.crypto.suite import Suite, suite
from sentinel.doctor.base import Check, Finding, Patient, State
from sentinel.errors import CryptoError

_LIMIT = "not a certified product: an assessment by GB/T 39786 needs a certified module"
_LIMIT_ZH = "不是经认证的商用密码产品；按GB/T 39786测评须使用经认证的密码模块"


class Cryptography(Check):
    """The providers of SM2, SM3 and SM4."""

    rank = 10

    def findings(self, patient: Patient) -> Iterable[Finding]:
        """See `Check`."""
        try:
            tested = suite(patient.crypto)
        except CryptoError as error:
            return [Finding("crypto", State.FAILED, str(error))]
        return [*_providers(tested), _active(tested), _signer(tested)]


def _providers(tested: Suite) -> Iterable[Finding]:
    for each in tested.tested:
        what, about = f"crypto.{each.name}", each.provider.about if each.provider else ""
        if not each.provider:
            yield Finding(what, State.FAILED, each.failure)
            continue
        text = f"passes its known answers and the cross-check ({about})"
        yield Finding(what, State.GOOD, text, f"通过标准向量自检和交叉验证（{about}）")


def _active(tested: Suite) -> Finding:
    name = tested.active.name
    return Finding("crypto.active", State.GOOD, f"{name}; {_LIMIT}", f"{name}；{_LIMIT_ZH}")


def _signer(tested: Suite) -> Finding:
    try:
        signer = tested.signer
    except CryptoError as error:
        return Finding("crypto.signing", State.FAILED, str(error))
    if signer.constant_time:
        return Finding("crypto.signing", State.GOOD, signer.name)
    text, text_zh = "allowed, but not in constant time", "已允许，但非恒定时间实现"
    return Finding("crypto.signing", State.LACKING, f"{signer.name}: {text}", f"{signer.name}：{text_zh}")
