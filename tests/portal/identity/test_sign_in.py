"""Signing up and in, with password and second factors, and out again."""

from __future__ import annotations

import logging

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from pytest_django.fixtures import Settings

from tenure.store.models import AuditEntry, Letter, Person
from tests.portal.identity.conftest import (
    ADDRESS,
    PASSWORD,
    Visitor,
    browser,
    code,
    links,
    newest_letter,
)


def test_a_person_signs_up_by_a_link_in_a_letter(ada: Visitor) -> None:
    """Nobody is in before the address is confirmed; then the same browser is."""
    answer = ada.sign_up()
    assert answer.headers["Location"] == "/me/confirm-email/"
    assert not ada.is_in()
    assert not EmailAddress.objects.get(email=ADDRESS).verified
    ada.open_link()
    assert ada.is_in()
    assert EmailAddress.objects.get(email=ADDRESS).verified


def test_the_link_in_another_browser_confirms_and_signs_nobody_in(ada: Visitor) -> None:
    """Whoever opens the link elsewhere still has to know the password."""
    ada.sign_up()
    other = Visitor()
    other.open_link()
    assert not other.is_in()
    other.sign_in()
    assert other.is_in()


def test_a_confirmation_works_once(ada: Visitor) -> None:
    """A second visit of the link says that it is used up."""
    ada.join()
    (link,) = links(newest_letter(ADDRESS).text)
    assert "does not work any more" in browser().get(link).content.decode()


def test_a_confirmation_is_no_get(ada: Visitor) -> None:
    """A mail scanner that follows the link confirms nothing."""
    ada.sign_up()
    (link,) = links(newest_letter(ADDRESS).text)
    browser().get(link)
    assert not EmailAddress.objects.get(email=ADDRESS).verified


def test_an_address_is_known_in_any_case_of_letters(ada: Visitor) -> None:
    """Addresses are kept in small letters and found however they are typed."""
    Visitor(address="Ada@Example.org").sign_up()
    assert Person.objects.get().email == ADDRESS
    ada.open_link()
    ada.address = "ADA@example.org"
    ada.sign_in()
    assert ada.is_in()


def test_a_wrong_password_lets_nobody_in(member: Visitor) -> None:
    """The right one does, from the same page."""
    other = Visitor()
    answer = other.sign_in("another long sentence")
    assert answer.status_code == 200
    assert not other.is_in()
    other.sign_in()
    assert other.is_in()


def test_passwords_are_kept_as_argon2(member: Visitor) -> None:
    """What lies in the database is Argon2id."""
    assert member.person.password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("weak", ["short", "password1234", "12345678901", "ada@example.org"])
def test_weak_passwords_are_refused_beside_the_field_and_on_top(ada: Visitor, weak: str) -> None:
    """The page says what is wrong, twice, and keeps the address."""
    answer = Visitor(password=weak).sign_up()
    page = answer.content.decode()
    assert 'class="problems" role="alert"' in page
    assert 'class="wrong-because" id="id_password1_error"' in page
    assert f'value="{ADDRESS}"' in page
    assert not Person.objects.exists()


def test_totp_is_asked_after_the_password(member: Visitor) -> None:
    """With an app set up, the password alone leads to the second step."""
    page = member.client.get("/me/2fa/totp/activate/").content.decode()
    assert "<svg" in page
    assert "data:image" not in page
    secret = member.set_up_app()
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert "authenticator app is set up" in newest_letter(ADDRESS).text

    other = Visitor()
    assert other.sign_in().headers["Location"] == "/me/2fa/authenticate/"
    assert not other.is_in()
    refused = other.client.post("/me/2fa/authenticate/", {"code": "000000"})
    assert refused.status_code == 200
    assert not other.is_in()
    other.client.post("/me/2fa/authenticate/", {"code": code(secret, 1)})
    assert other.is_in()


def test_a_recovery_code_lets_in_once(member: Visitor) -> None:
    """Each code is good for one sign-in."""
    member.set_up_app()
    shown = member.client.get("/me/2fa/recovery-codes/").context["unused_codes"]
    assert len(shown) == 10
    for attempt in (True, False):
        other = Visitor()
        other.sign_in()
        other.client.post("/me/2fa/authenticate/", {"code": shown[0]})
        assert other.is_in() is attempt


def test_dangerous_pages_ask_again_after_five_minutes(member: Visitor, settings: Settings) -> None:
    """A session left open is not enough to add a way to sign in."""
    assert member.client.get("/me/2fa/totp/activate/").status_code == 200
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    asked = member.client.get("/me/2fa/totp/activate/")
    assert asked.headers["Location"].startswith("/me/reauthenticate/?next=")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    where = asked.headers["Location"]
    assert member.client.post(where, {"password": "wrong"}).status_code == 200
    answer = member.client.post(where, {"password": PASSWORD, "next": "/me/2fa/totp/activate/"})
    assert answer.headers["Location"] == "/me/2fa/totp/activate/"


def test_other_sessions_can_be_seen_and_ended(member: Visitor) -> None:
    """The list names each browser; one button ends all but this one."""
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    other = Visitor(client=browser(user_agent=firefox))
    other.sign_in()
    assert other.is_in()
    page = member.client.get("/me/sessions/").content.decode()
    assert "Firefox, Linux" in page
    assert "End the other session" in page
    member.client.post("/me/sessions/")
    assert not other.is_in()
    assert member.is_in()


def test_signing_out_is_a_post(member: Visitor) -> None:
    """A link from elsewhere signs nobody out."""
    member.client.get("/me/logout/")
    assert member.is_in()
    member.client.post("/me/logout/")
    assert not member.is_in()


def test_a_session_changes_its_key_at_the_sign_in(ada: Visitor) -> None:
    """Whoever planted a session cookie before does not share the session afterwards."""
    ada.join()
    other = Visitor()
    other.client.get("/me/login/")
    before = other.client.cookies.get("sessionid")
    other.sign_in()
    after = other.client.cookies["sessionid"]
    assert before is None or before.value != after.value
    assert after["httponly"]
    assert after["samesite"] == "Lax"


def test_an_ended_person_gets_no_further(member: Visitor) -> None:
    """Somebody whose access was ended is told so, and open sessions are closed."""
    Person.objects.update(is_active=False)
    assert not member.is_in()
    other = Visitor()
    assert other.sign_in().headers["Location"] == "/me/inactive/"
    assert not other.is_in()


def test_nothing_secret_is_logged(ada: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """A line about a page keeps the secret part of its address to itself."""
    from tenure.portal.identity.logs import WithoutSecrets

    ada.sign_up()
    (link,) = links(newest_letter(ADDRESS).text)
    secret = link.split("/")[-2]
    with caplog.at_level(logging.DEBUG), caplog.filtering(WithoutSecrets()):
        logging.getLogger("django.request").warning("Not Found: %s", link)
        logging.getLogger("django.request").warning("Not Found: %s", f"/keys/{secret}/")
        ada.open_link()
    assert "Not Found: /me/confirm-email/…" in caplog.text
    assert secret not in caplog.text


def test_pages_are_kept_by_no_cache(ada: Visitor) -> None:
    """Secrets are shown on some of them."""
    answer = ada.client.get("/me/login/")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_sign_ins_and_new_factors_are_recorded(member: Visitor) -> None:
    """The installation's audit says who signed in and what was added."""
    member.set_up_app()
    actions = list(AuditEntry.objects.order_by("seq").values_list("action", flat=True))
    assert actions[0] == "person.signed_in"
    assert "person.totp_activated" in actions
    assert not any(ADDRESS in str(entry.data) for entry in AuditEntry.objects.all())


def test_the_language_of_the_page_is_that_of_the_letters(ada: Visitor) -> None:
    """Who signs up on a French page reads French."""
    ada.client = browser(accept_language="fr")
    ada.sign_up()
    letter = Letter.objects.get()
    assert letter.language == "fr"
    assert letter.subject == "Tenure\N{NO-BREAK SPACE}: confirmez votre adresse e-mail"
    assert ada.person.language == "fr"
