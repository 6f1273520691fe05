"""The fixed cast, each in a browser of their own."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.internal.userkit import user_id_to_str
from django.test import Client

from tenure.clock import WallClock
from tenure.portal.shared.addresses import account_address
from tenure.store.models import Account, Person
from tests.people import Cast

HERE = {"host": "localhost"}


class Browser(Client):
    """Somebody signed in, within one account."""

    def __init__(self, who: Person, account: Account, *, proven: bool = True) -> None:
        super().__init__(headers=HERE)
        self.account = account
        self.force_login(who)
        if proven:
            session = self.session
            proof = {"method": "password", "at": WallClock().now(), "reauthenticated": True}
            session["account_authentication_methods"] = [proof]
            session["account_authentication_methods_user"] = user_id_to_str(who)
            session.save()

    def to(self, page: str, /, *args: object) -> str:
        return account_address(self.account.id, page, *args)

    def see(self, page: str, /, *args: object, status: int = 200) -> str:
        answer = self.get(self.to(page, *args))
        assert answer.status_code == status, answer.content.decode()[-2000:]
        return str(answer.content.decode())

    def send(self, page: str, /, *args: object, status: Any = 302, **fields: Any) -> str:
        """Send a form as the page has it; ``account`` is that of the address."""
        found = {"account": str(self.account.id), **fields}
        answer = self.post(self.to(page, *args), found)
        assert answer.status_code == status, answer.content.decode()[-2000:]
        return str(answer.content.decode())


@pytest.fixture
def town(db: None) -> Cast:
    return Cast()
