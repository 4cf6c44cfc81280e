"""The visitor: whoever a page is made for."""

from __future__ import annotations

from dataclasses import dataclass

from sentinel.accounts.accounts import Account
from sentinel.accounts.roles import Permission, may, needed
from sentinel.crypto.token import form_token
from sentinel.errors import AuthenticationError
from sentinel.web.i18n import Translator


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever a page is made for; `account` is `None` before log-in."""

    account: Account | None
    token: str
    translate: Translator
    theme: str
    sealed: bool = False  # whether the store hides who a terminal is

    @property
    def csrf(self) -> str:
        """The anti-forgery token for this visitor's forms."""
        return form_token(self.token)

    @property
    def name(self) -> str:
        """The account's name, empty before log-in."""
        return self.account.name if self.account else ""

    def may(self, permission: str) -> bool:
        """Whether to show what needs `permission`."""
        if self.account is None or (self.account.confined and permission != Permission.ACCOUNT):
            return False
        return may(self.account.role, needed(Permission(permission), sealed=self.sealed))

    def known(self) -> Account:
        """The account; raises `AuthenticationError` before log-in."""
        if self.account is None:
            raise AuthenticationError("log in first")
        return self.account
