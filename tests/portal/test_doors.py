"""Who may ask, as long as there is no sign-in: this machine only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.portal.conftest import HERE, Town


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:8000", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8000", "::1"),
        ("localhost", "::ffff:127.0.0.1"),
    ],
)
def test_this_machine_is_answered(client: Client, town: Town, host: str, address: str) -> None:
    """Loopback names and addresses are answered."""
    answer = client.get("/", headers={"host": host}, REMOTE_ADDR=address)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"host": "tenure.example.org"}, "127.0.0.1"),  # a name of the web that points here
        ({"host": "localhost.example.org"}, "127.0.0.1"),
        ({"host": ""}, "127.0.0.1"),
        ({"host": "localhost"}, "192.0.2.7"),
        ({"host": "localhost"}, ""),
        ({"host": "localhost", "x-forwarded-for": "192.0.2.7"}, "127.0.0.1"),
        ({"host": "localhost", "x-forwarded-for": ""}, "127.0.0.1"),
        ({"host": "localhost", "forwarded": "for=192.0.2.7"}, "127.0.0.1"),
        ({"host": "localhost", "x-real-ip": "192.0.2.7"}, "127.0.0.1"),
        ({"host": "localhost", "via": "1.1 proxy"}, "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/outbox/", "/healthz"])
def test_others_are_refused_with_a_page_that_says_why(
    client: Client, town: Town, headers: dict[str, str], address: str, path: str
) -> None:
    """Another machine, another name or a proxy gets 403 and no word of any company."""
    town.company("Boulangerie Martin")
    assert client.get(path).status_code == 200
    answer = client.get(path, headers=headers, REMOTE_ADDR=address)
    assert answer.status_code == 403
    body = answer.content.decode()
    assert "Only from this machine" in body
    assert "Martin" not in body


def test_each_page_says_that_it_is_open_here_only(client: Client, town: Town) -> None:
    """The foot says that there is no sign-in."""
    line = "Open on this machine only: there is no sign-in yet."
    assert line in client.get("/").content.decode()
    assert line in client.get("/outbox/").content.decode()


def test_pages_come_with_a_strict_policy(client: Client, town: Town) -> None:
    """No script or style in a page can run, and nothing comes from elsewhere."""
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_form_without_its_token_is_refused(town: Town) -> None:
    """Another site cannot send our forms; the page says what to do."""
    strict = Client(enforce_csrf_checks=True, headers=HERE)
    answer = strict.post(reverse("set_language"), {"language": "fr"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()
