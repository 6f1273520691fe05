"""To a provider and back in a real browser, under the strict policy; each page for everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from tenure.store.models import Person
from tenure.store.providers import WELL_KNOWN, IdentityProvider
from tests.looks import faults
from tests.portal.identity import oidc_server
from tests.portal.identity.conftest import ADDRESS
from tests.portal.identity.oidc_server import CLIENT, SECRET, Provider
from tests.portal.identity.test_sign_in_browser import (  # noqa: F401 - fixtures
    Window,
    here,
    window,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def acme(settings: Settings, here: str) -> Iterator[Provider]:  # noqa: F811 - the fixture
    """A provider at another origin, which asks nothing."""
    settings.PUBLIC_URL = here
    with oidc_server.serving() as server:
        server.claims = {"sub": "ada-1", "email": ADDRESS, "email_verified": True, "name": "Ada"}
        settings.IDENTITY_PROVIDERS = (named(server, {"example.org"}),)
        yield server


def named(server: Provider, domains: set[str]) -> IdentityProvider:
    return IdentityProvider(
        id="acme",
        name="Acme",
        issuer=server.address,
        client_id=CLIENT,
        secret=SECRET,
        domains=frozenset(domains),
        discovery=server.address + WELL_KNOWN,
    )


def looks_right(page: Page, shown: str) -> None:
    """It says what it should, fits the screen, and axe finds nothing."""
    page.get_by_role("heading", name=shown, level=1).wait_for()
    assert faults(page) == []


def test_to_a_provider_and_back_by_its_button(
    acme: Provider,
    window: Callable[[str], Window],  # noqa: F811 - the fixture
    here: str,  # noqa: F811 - the fixture
) -> None:
    """No policy of the pages stops the way, and the pages about it are for everybody."""
    there = window("en-GB")
    page = there.page
    page.goto(f"{here}/me/login/")
    page.get_by_role("button", name="Sign in with Acme").click()
    page.wait_for_url(f"{here}/")
    page.goto(f"{here}/me/3rdparty/")
    looks_right(page, "Other services")
    page.get_by_role("button", name="Remove Acme").click()
    page.get_by_text("your last way to sign in").wait_for()
    looks_right(page, "Other services")
    page.goto(f"{here}/me/2fa/")
    looks_right(page, "Ways to sign in")
    page.goto(f"{here}/me/2fa/totp/activate/")
    looks_right(page, "Confirm that it is you")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{here}/me/2fa/totp/activate/")
    page.locator("svg, .qr").first.wait_for()
    assert there.complaints == []


def test_the_pages_on_the_way_are_for_everybody_in_french(
    acme: Provider,
    settings: Settings,
    window: Callable[[str], Window],  # noqa: F811 - the fixture
    here: str,  # noqa: F811 - the fixture
) -> None:
    settings.IDENTITY_PROVIDERS = (named(acme, set()),)
    page = window("fr-FR").page
    page.goto(f"{here}/me/oidc/acme/login/")
    looks_right(page, "Se connecter avec Acme")
    page.get_by_role("button", name="Continuer").click()
    looks_right(page, "Confirmez votre adresse")
    page.goto(f"{here}/me/3rdparty/login/cancelled/")
    looks_right(page, "Connexion interrompue")
    page.goto(f"{here}/me/oidc/acme/login/callback/?state=none")
    looks_right(page, "Cela n’a pas fonctionné")
    Person.objects.create(email=ADDRESS, created_at=0)
    settings.IDENTITY_PROVIDERS = (named(acme, {"example.org"}),)
    page.goto(f"{here}/me/login/")
    page.get_by_role("button", name="Se connecter avec Acme").click()
    looks_right(page, "Vous êtes déjà connu ici")
