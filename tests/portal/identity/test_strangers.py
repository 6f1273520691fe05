"""What strangers can find out, and how often they may try."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection, connections

from tenure.store.models import Letter, Person, SharedCache
from tests.portal.identity.conftest import ADDRESS, Visitor, browser

STRANGER = "nobody@example.org"


@pytest.fixture
def hashings() -> Iterator[list[int]]:
    """Counts how often a password is hashed: the one thing that takes long."""
    done: list[int] = []
    encode = Argon2PasswordHasher.encode
    verify = Argon2PasswordHasher.verify

    def encoding(self, *arguments):
        done.append(1)
        return encode(self, *arguments)

    def verifying(self, *arguments):
        done.append(1)
        return verify(self, *arguments)

    with (
        patch.object(Argon2PasswordHasher, "encode", encoding),
        patch.object(Argon2PasswordHasher, "verify", verifying),
    ):
        yield done


def _ask(path: str, data: dict[str, str], hashings: list[int]) -> tuple[object, ...]:
    """What a stranger sees of an answer, and how much work it was."""
    client = browser()
    hashings.clear()
    letters = Letter.objects.count()
    answer = client.post(path, data)
    page = answer.content.decode().replace(data.get("login", data.get("email", "")), "…")
    follow = answer.headers.get("Location", "")
    shown = client.get(follow).content.decode() if follow else ""
    messages = [m for m in answer.cookies if m == "messages"]
    return (
        answer.status_code,
        follow,
        _without_tokens(page),
        _without_tokens(shown.replace(data.get("email", "…"), "…")),
        messages,
        len(hashings),
        Letter.objects.count() - letters,
    )


def _without_tokens(page: str) -> str:
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.parametrize(
    ("path", "known", "unknown"),
    [
        (
            "/me/login/",
            {"login": ADDRESS, "password": "a wrong sentence"},
            {"login": STRANGER, "password": "a wrong sentence"},
        ),
        (
            "/me/signup/",
            {"email": ADDRESS, "password1": "a long sentence"},
            {"email": STRANGER, "password1": "a long sentence"},
        ),
        ("/me/password/reset/", {"email": ADDRESS}, {"email": STRANGER}),
    ],
)
def test_nobody_finds_out_who_is_here(
    member: Visitor,
    hashings: list[int],
    path: str,
    known: dict[str, str],
    unknown: dict[str, str],
) -> None:
    """A known and an unknown address get the same answer, hashings and number of letters."""
    cache.clear()  # the address was written to a moment ago
    seen = _ask(path, known, hashings)
    assert seen[0] in (200, 302)
    assert seen == _ask(path, unknown, hashings)


def test_whoever_signs_up_again_is_written_to(member: Visitor) -> None:
    """The owner of the address learns of it, and nothing is changed."""
    cache.clear()
    password = member.person.password
    Visitor(password="another long sentence").sign_up()
    assert "signed up already" in Letter.objects.latest("id").subject
    assert member.person.password == password
    assert Person.objects.count() == 1


def test_too_many_wrong_passwords_for_one_address_are_refused(member: Visitor) -> None:
    """After five, even the right one has to wait; another person does not."""
    Visitor(address="bob@example.org").join()
    for _ in range(5):
        Visitor().sign_in("a wrong sentence")
    late = Visitor()
    late.sign_in()
    assert not late.is_in()
    bob = Visitor(address="bob@example.org")
    bob.sign_in()
    assert bob.is_in()


def test_too_many_from_one_address_get_a_page_that_says_so(ada: Visitor) -> None:
    """The page says to wait, with the status that tells programs the same."""
    answers = [ada.client.post("/me/password/reset/", {"email": f"u{i}@a.test"}) for i in range(21)]
    assert answers[19].status_code == 302
    assert answers[20].status_code == 429
    assert "Too many tries" in answers[20].content.decode()


@pytest.mark.django_db(transaction=True)
def test_tries_are_counted_over_all_processes() -> None:
    """What one connection counted, another knows: no process has counts of its own."""
    Visitor().join()
    outcomes: list[bool] = []

    def elsewhere() -> None:
        try:
            for _ in range(5):
                Visitor().sign_in("a wrong sentence")
        finally:
            connections.close_all()

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    late = Visitor()
    late.sign_in()
    outcomes.append(late.is_in())
    assert outcomes == [False]
    assert SharedCache.objects.filter(cache_key__contains="login_failed").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_shared_cache")
        assert cursor.fetchone()[0] >= 1
