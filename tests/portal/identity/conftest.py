"""Persons at the sign-in: what they do by the pages, and the letters that they get."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client, TestCase

from tenure.store.models import Letter, Person

PASSWORD = "a calm and long sentence"
ADDRESS = "ada@example.org"


def browser(**headers: str) -> Client:
    """A browser on this machine that has been nowhere yet."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(headers={"host": "localhost:8000", **named})


def links(text: str) -> list[str]:
    """The paths of the links in a letter."""
    return [found.removeprefix("http://localhost:8000") for found in re.findall(r"http\S+", text)]


def newest_letter(address: str) -> Letter:
    return Letter.objects.filter(address=address).order_by("-created_at", "-id")[0]


def code(secret: str, ahead: int = 0) -> str:
    """What an authenticator app shows now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))  # noqa: TID251


@dataclass
class Visitor:
    """Somebody with a browser."""

    client: Client = field(default_factory=browser)
    address: str = ADDRESS
    password: str = PASSWORD

    def sign_up(self) -> Any:
        data = {"email": self.address, "password1": self.password}
        return self.client.post("/me/signup/", data)

    def open_link(self) -> Any:
        """Open the link of the newest letter and press its button."""
        (link,) = links(newest_letter(self.address).text)
        answer = self.client.get(link)
        assert answer.status_code == 200, link
        return self.client.post(link)

    def sign_in(self, password: str | None = None) -> Any:
        data = {"login": self.address, "password": password or self.password}
        return self.client.post("/me/login/", data)

    def join(self) -> Visitor:
        """Sign up and confirm the address."""
        self.sign_up()
        self.open_link()
        return self

    def prove(self) -> Any:
        """Give the password once more, as dangerous pages ask."""
        return self.client.post("/me/reauthenticate/", {"password": self.password})

    def set_up_app(self) -> str:
        """Set up an authenticator app; give its secret."""
        page = self.client.get("/me/2fa/totp/activate/")
        secret = str(page.context["form"].secret)
        with TestCase.captureOnCommitCallbacks(execute=True):
            self.client.post("/me/2fa/totp/activate/", {"code": code(secret)})
        return secret

    def is_in(self) -> bool:
        return self.client.get("/me/sessions/").status_code == 200

    @property
    def person(self) -> Person:
        return Person.objects.get(email=self.address)


@pytest.fixture
def ada(db: None) -> Visitor:
    """A visitor who is not known yet."""
    return Visitor()


@pytest.fixture
def member(ada: Visitor) -> Visitor:
    """A person with a confirmed address, signed in, who gave the password a moment ago."""
    ada.join().prove()
    return ada
