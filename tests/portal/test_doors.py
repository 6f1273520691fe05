"""What stands at the doors: who is asked to sign in, the outbox of the demo, the pages' policy."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tenure.store.models import OutboxMail
from tests.portal.conftest import HERE, Town, person, reverse, signed_in
from tests.portal.test_pages import text_of


@pytest.fixture
def nobody(db: None) -> Client:
    """A browser in which nobody has signed in."""
    return Client(headers=HERE)


def test_a_stranger_is_led_to_the_sign_in_and_back(nobody: Client, town: Town) -> None:
    """The address that was wanted is kept, whether there is such an account or not."""
    company = town.put("active")
    there = reverse("company", args=[company.id])
    nowhere = "/a/01a20c1b-0000-7000-8000-000000000000/"
    for wanted in (f"{there}?service=cos", f"/a/{company.account_id}/", nowhere):
        answer = nobody.get(wanted)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/me/login/?next=")
        page = nobody.get(answer["Location"])
        assert page.status_code == 200
        assert "Martin" not in page.content.decode()
    assert nobody.get("/")["Location"] == "/me/login/"


def test_a_script_goes_to_the_sign_in_with_the_whole_page(nobody: Client) -> None:
    """What is fetched into a page tells the script to leave it."""
    answer = nobody.get("/", headers={"hx-request": "true"})
    assert answer["HX-Redirect"] == "/me/login/"


@pytest.mark.parametrize(
    ("headers", "address", "is_here"),
    [
        ({"host": "localhost:8000"}, "127.0.0.1", True),
        ({"host": "127.0.0.1"}, "127.0.0.1", True),
        ({"host": "[::1]:8000"}, "::1", True),
        ({"host": "localhost"}, "::ffff:127.0.0.1", True),
        ({"host": "localhost"}, "192.0.2.7", False),
        ({"host": "localhost"}, "", False),
        ({"host": "localhost", "x-forwarded-for": "192.0.2.7"}, "127.0.0.1", False),
        ({"host": "localhost", "x-forwarded-for": ""}, "127.0.0.1", False),
        ({"host": "localhost", "forwarded": "for=192.0.2.7"}, "127.0.0.1", False),
        ({"host": "localhost", "x-real-ip": "192.0.2.7"}, "127.0.0.1", False),
        ({"host": "localhost", "via": "1.1 proxy"}, "127.0.0.1", False),
    ],
)
@pytest.mark.usefixtures("demo")
def test_the_outbox_of_the_demo_is_open_to_everybody_at_this_machine(
    nobody: Client, town: Town, headers: dict[str, str], address: str, is_here: bool
) -> None:
    """Another machine or a proxy gets 403 and no word of any mail; nothing else is open."""
    town.put("grace")
    mail = OutboxMail.objects.latest("handed_over_at")
    for name, args in (("outbox", []), ("mail", [mail.id]), ("letter", [mail.id])):
        answer = nobody.get(reverse(name, args), headers=headers, REMOTE_ADDR=address)
        assert answer.status_code == (200 if is_here else 403)
        assert is_here or mail.subject not in answer.content.decode()
    assert nobody.get("/", headers=headers, REMOTE_ADDR=address).status_code == 302


def test_outside_of_the_demo_only_operators_read_the_outbox(
    nobody: Client, client: Client, town: Town, settings: Settings
) -> None:
    """Everybody else is led to the sign-in, or told that there is nothing."""
    settings.DEMO = False
    assert client.get("/outbox/").status_code == 200
    assert nobody.get("/outbox/").status_code == 302
    assert signed_in(person("anne@martin.test")).get("/outbox/").status_code == 404


@pytest.mark.parametrize("host", ["tenure.example.org", "localhost.example.org", ""])
def test_another_name_is_refused(client: Client, town: Town, host: str, settings: Settings) -> None:
    """A name that is not the installation's own is no way in; one that it is told of is."""
    town.company("Boulangerie Martin")
    answer = client.get("/", headers={"host": host})
    if host:
        assert answer.status_code == 400
        assert "Martin" not in answer.content.decode()
        settings.ALLOWED_HOSTS = [host]
        assert client.get("/", headers={"host": host}).status_code == 200


def test_pages_come_with_a_strict_policy(client: Client, town: Town) -> None:
    """No script or style in a page can run, and nothing comes from elsewhere."""
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_form_without_its_token_is_refused(operator: object, town: Town) -> None:
    """Another site cannot send our forms; the page says what to do."""
    strict = Client(enforce_csrf_checks=True, headers=HERE)
    strict.force_login(operator)  # type: ignore[arg-type]  # a person
    answer = strict.post(reverse("set_language"), {"language": "fr"})
    assert answer.status_code == 403
    assert "This form is too old" in text_of(answer.content.decode())
