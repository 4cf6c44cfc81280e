"""The second step of a log-in, and one's own second factors."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from sentinel.accounts.factors import Method
from sentinel.api.parts import Owner, Using, remote
from sentinel.api.session import SessionView, session_view

router = APIRouter(prefix="/session", tags=["session"])


class PendingLogIn(BaseModel):
    """A log-in that waits: the token of its problem document."""

    pending: str


class SecondProof(PendingLogIn):
    """A code, or the answer to the challenge."""

    code: str = ""
    answer: str = ""


class AskedView(BaseModel):
    """What it waits for; `challenge` is for `sentinel login sign`, and empty for who has no key."""

    methods: list[str]
    challenge: str


class PasswordAgain(BaseModel):
    """One's password, given again."""

    password: str


class FirstCode(BaseModel):
    """The first code of an authenticator app."""

    code: str


class NewKey(PasswordAgain):
    """A public key of SM2, in PEM."""

    pem: str


class KeyAnswer(BaseModel):
    """What `sentinel login sign` printed."""

    answer: str


class EnrolmentView(BaseModel):
    """The secret, shown once, and the address that an app reads from a QR code."""

    secret: str
    address: str


class RecoveryView(BaseModel):
    """Recovery codes, shown once; each is good once."""

    codes: list[str]


class ChallengeView(BaseModel):
    """A challenge for `sentinel login sign`."""

    challenge: str


class FactorStanding(BaseModel):
    """What one has: second factors, and recovery codes that were not used."""

    methods: list[str]
    recovery_codes: int


@router.post("/asked")
def asked(body: PendingLogIn, using: Using) -> AskedView:
    """What a log-in waits for, with a challenge for who has a key."""
    found = using.second.asked(body.pending)
    return AskedView(methods=list(found.methods), challenge=found.challenge)


@router.post("/second", status_code=201)
def second(body: SecondProof, request: Request, using: Using) -> SessionView:
    """Go on with a log-in that waits."""
    address = remote(request)
    if body.answer:
        return session_view(using.second.by_answer(body.pending, body.answer, address))
    return session_view(using.second.by_code(body.pending, body.code, address))


@router.get("/second-factor")
def standing(caller: Owner, using: Using) -> FactorStanding:
    """What one has."""
    return FactorStanding(
        methods=list(caller.account.second), recovery_codes=using.second.codes.left(caller.account.name)
    )


@router.post("/second-factor/totp")
def begin_codes(body: PasswordAgain, request: Request, caller: Owner, using: Using) -> EnrolmentView:
    """A fresh secret; it asks for nothing before its first code."""
    begun = using.second.codes.begin(caller.account.name, body.password, remote(request))
    return EnrolmentView(secret=begun.secret, address=begun.address)


@router.post("/second-factor/totp/confirm")
def confirm_codes(body: FirstCode, caller: Owner, using: Using) -> RecoveryView:
    """The first code; from now on log-ins ask for one. All other sessions end."""
    return RecoveryView(codes=list(using.second.codes.confirm(caller.account.name, body.code, caller.token)))


@router.post("/second-factor/recovery")
def renew_recovery(body: PasswordAgain, request: Request, caller: Owner, using: Using) -> RecoveryView:
    """Recovery codes in the place of all earlier ones."""
    codes = using.second.codes.renew(caller.account.name, body.password, remote(request))
    return RecoveryView(codes=list(codes))


@router.post("/second-factor/sm2")
def begin_key(body: NewKey, request: Request, caller: Owner, using: Using) -> ChallengeView:
    """A key to register, and the challenge that proves it."""
    challenge = using.second.keys.begin(caller.account.name, body.pem, body.password, remote(request))
    return ChallengeView(challenge=challenge)


@router.post("/second-factor/sm2/confirm", status_code=204)
def confirm_key(body: KeyAnswer, caller: Owner, using: Using) -> Response:
    """The answer; from now on log-ins ask for the key. All other sessions end."""
    using.second.keys.prove(caller.account.name, body.answer, caller.token)
    return Response(status_code=204)


@router.post("/second-factor/{method}/remove", status_code=204)
def remove(method: Method, body: PasswordAgain, request: Request, caller: Owner, using: Using) -> Response:
    """Do without one of them; all other sessions end."""
    using.second.remove(caller.account.name, method, body.password, caller.token, remote(request))
    return Response(status_code=204)
