"""The sign-in in a real browser: passkeys with a virtual key, accessible, on a narrow screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tenure.store.models import Person
from tests.looks import faults
from tests.portal.identity.conftest import ADDRESS, PASSWORD, Visitor, code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def here(live_server: LiveServer) -> str:
    return f"http://localhost:{live_server.thread.port}"


@dataclass
class Window:
    """A narrow window of somebody who has been nowhere yet, and what the browser complains of."""

    page: Page
    complaints: list[str]


@pytest.fixture
def window(browser: Browser, live_server: LiveServer) -> Iterator[Callable[[str], Window]]:
    """Open windows in a language, and close them before the server ends."""
    contexts = []

    def open_one(language: str) -> Window:
        contexts.append(
            browser.new_context(
                locale=language, viewport={"width": 360, "height": 800}, color_scheme="dark"
            )
        )
        found = Window(contexts[-1].new_page(), [])
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on(
            "console",
            lambda line: found.complaints.append(line.text) if line.type == "error" else None,
        )
        return found

    yield open_one
    for context in contexts:
        context.close()


def _sign_in(page: Page, here: str) -> None:
    page.goto(f"{here}/me/login/")
    page.fill("#id_login", ADDRESS)
    page.fill("#id_password", PASSWORD)
    page.click("main form .lead")


def _give_key(page: Page) -> None:
    """Put a virtual key into the browser that knows its owner."""
    tool = page.context.new_cdp_session(page)
    tool.send("WebAuthn.enable")
    tool.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def test_a_passkey_is_added_and_signs_in_alone(window: Callable[[str], Window], here: str) -> None:
    """With the strict policy for scripts, neither address nor password is asked for."""
    Visitor().join()
    seen = window("en")
    page = seen.page
    _give_key(page)
    _sign_in(page, here)
    page.goto(f"{here}/me/2fa/webauthn/add/")
    page.fill("#id_password", PASSWORD)
    page.click("main form .lead")
    page.fill("#id_name", "My telephone")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/recovery-codes/**")
    page.goto(f"{here}/me/2fa/webauthn/")
    assert "My telephone" in page.inner_text("main")

    page.goto(f"{here}/me/logout/")
    page.click("main form .lead")
    page.goto(f"{here}/me/login/?next=/me/sessions/")
    page.click("#passkey_login")
    page.wait_for_url(f"{here}/me/sessions/", timeout=10_000)
    assert page.inner_text("h1") == "Sessions"
    assert not seen.complaints


def _open(page: Page, here: str, path: str) -> list[str]:
    """Open a page and say what is wrong with it."""
    page.goto(here + path)
    wrong = [str(fault) for fault in faults(page)]
    if page.get_attribute("html", "lang") == "fr" and "'" in page.inner_text("main"):
        wrong.append(f"{path}: an apostrophe of a typewriter")
    return wrong


OPEN = ("login", "signup", "password/reset", "password/reset/done", "confirm-email")
CLOSED = (
    "2fa",
    "2fa/totp/activate",
    "2fa/totp/deactivate",
    "2fa/recovery-codes",
    "2fa/recovery-codes/generate",
    "2fa/webauthn",
    "2fa/webauthn/add",
    "password/change",
    "email",
    "sessions",
    "logout",
    "reauthenticate",
)


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.long)])
def test_every_page_is_accessible_and_fits_a_telephone(
    window: Callable[[str], Window], here: str, language: str
) -> None:
    """Axe finds nothing, nothing is wider than 360 px, and no script or style is refused."""
    member = Visitor().join()
    Person.objects.update(language=language)
    member.prove()
    seen = window(language)
    page = seen.page
    wrong = [fault for name in OPEN for fault in _open(page, here, f"/me/{name}/")]
    page.goto(f"{here}/me/signup/")
    page.click("main form .lead")
    wrong += [f"problems: {fault}" for fault in faults(page)]
    _sign_in(page, here)
    page.goto(f"{here}/me/2fa/totp/activate/")
    page.fill("#id_password", PASSWORD)
    page.click("main form .lead")
    wrong += _open(page, here, "/me/2fa/totp/activate/")
    page.fill("#id_code", code(page.inner_text(".secret code")))
    page.click("main form .lead")
    for name in CLOSED:
        if name != "2fa/totp/activate":
            wrong += _open(page, here, f"/me/{name}/")
            assert page.url == f"{here}/me/{name}/", "it was led elsewhere"
    assert not wrong
    assert not seen.complaints


def test_french_pages_are_french(window: Callable[[str], Window], here: str) -> None:
    """Labels and errors of the library are in French too, with its spaces."""
    page = window("fr").page
    page.goto(f"{here}/me/login/")
    assert page.inner_text("h1") == "Se connecter"
    assert "Mot de passe" in page.inner_text("main")
    page.fill("#id_login", ADDRESS)
    page.fill("#id_password", "quelque chose")
    page.click("main form .lead")
    said = page.inner_text(".problems")
    assert "adresse" in said.lower()
    assert "password" not in page.inner_text("main").lower()
