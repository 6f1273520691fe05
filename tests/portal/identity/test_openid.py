"""Signing in with a provider of OpenID Connect: whom it lets in, and as whom never."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.core.cache import cache
from pytest_django.fixtures import Settings

from tenure.store.models import AuditEntry, Letter, Person
from tenure.store.providers import WELL_KNOWN, IdentityProvider
from tests.portal.identity import oidc_server
from tests.portal.identity.conftest import ADDRESS, PASSWORD, Visitor, code, newest_letter
from tests.portal.identity.oidc_server import CLIENT, SECRET, Provider

START = "/me/oidc/acme/login/"
PROVE = "/me/oidc/acme/confirm/"
LINKS = "/me/3rdparty/"


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with oidc_server.serving() as provider:
        yield provider


def named(server: Provider, **other: Any) -> IdentityProvider:
    values = {
        "id": "acme",
        "name": "Acme",
        "issuer": server.address,
        "client_id": CLIENT,
        "secret": SECRET,
        "domains": frozenset({"example.org"}),
        "discovery": server.address + WELL_KNOWN,
    }
    return IdentityProvider(**{**values, **other})


@pytest.fixture
def acme(server: Provider, settings: Settings, db: None) -> Provider:
    """A provider that is believed of example.org, at which Ada has signed in."""
    fresh = Provider(address=server.address)
    server.__dict__.update(fresh.__dict__)
    server.claims = {
        "sub": "ada-1",
        "email": ADDRESS,
        "email_verified": True,
        "name": "Ada  Lovelace",
    }
    settings.IDENTITY_PROVIDERS = (named(server),)
    return server


def onward(page: Any) -> str:
    """The address at the provider to which a page leads."""
    assert page.status_code == 200, page
    (found,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.content.decode())
    return html.unescape(found)


def fetch(visitor: Visitor, process: str = "login", after: str = "") -> str:
    """Go to the provider; give the address with which it sends one back."""
    start = PROVE if process == "prove" else START
    address = onward(visitor.client.post(start, {"process": process, "next": after}))
    there = requests.get(address, allow_redirects=False, timeout=5)
    return there.headers["Location"].removeprefix("http://localhost:8000")


def come(visitor: Visitor, process: str = "login", after: str = "") -> Any:
    """Go to the provider and come back."""
    return visitor.client.get(fetch(visitor, process, after))


def linked(address: str = ADDRESS) -> list[str]:
    found = SocialAccount.objects.filter(user__email=address)
    return [each.extra_data["sub"] for each in found]


def test_somebody_new_of_a_believed_domain_is_in_at_once(acme: Provider) -> None:
    """Address and name are the provider's; nothing of it but the identity is kept."""
    ada = Visitor()
    answer = come(ada, after="/me/profile/")
    assert answer.headers["Location"] == "/me/profile/"
    assert ada.is_in()
    assert (ada.person.name, ada.person.has_usable_password()) == ("Ada Lovelace", False)
    assert EmailAddress.objects.get().verified
    assert SocialAccount.objects.get().extra_data == {
        "iss": acme.address,
        "sub": "ada-1",
        "email": ADDRESS,
    }
    assert not SocialToken.objects.exists()
    assert not SocialApp.objects.exists()
    entry = AuditEntry.objects.get(action="person.signed_in")
    assert entry.data["new"] == {"methods": ["socialaccount"]}


def test_whoever_comes_again_is_the_same_person_whatever_the_address_says(acme: Provider) -> None:
    """The subject is the identity; a new address over there is no new address here."""
    come(Visitor())
    acme.claims["email"] = "ada.new@example.org"
    again = Visitor()
    come(again)
    assert again.is_in()
    assert [person.email for person in Person.objects.all()] == [ADDRESS]


def test_the_same_subject_of_another_issuer_is_somebody_else(
    acme: Provider, settings: Settings
) -> None:
    """A provider of the same id, put in the place of the first, opens nobody's account."""
    come(Visitor())
    acme.issuer = "https://other.example"
    acme.lie = lambda token: token.update(iss="https://other.example")
    settings.IDENTITY_PROVIDERS = (named(acme, issuer="https://other.example"),)
    other = Visitor()
    assert come(other).status_code == 409
    assert not other.is_in()


def test_the_way_there_carries_state_nonce_and_challenge_and_no_secret(acme: Provider) -> None:
    """Each is another one each time; the page says that nobody keeps it."""
    ada = Visitor()
    page = ada.client.post(START, {})
    asked, again = (
        {name: values[0] for name, values in parse_qs(urlsplit(each).query).items()}
        for each in (onward(page), onward(ada.client.post(START, {})))
    )
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[name]) >= 43
        assert asked[name] != again[name]
    assert asked["redirect_uri"] == "http://localhost:8000/me/oidc/acme/login/callback/"
    assert SECRET not in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


def test_what_the_address_says_besides_changes_nothing_on_the_way(acme: Provider) -> None:
    """Nobody can give somebody a link that asks the provider for more, or sends them elsewhere."""
    more = "?auth_params=redirect_uri%3Dhttps://evil.example&scope=everything&next=//evil.example"
    address = onward(Visitor().client.post(START + more, {}))
    assert "evil" not in address
    assert "everything" not in address


def test_a_get_asks_first(acme: Provider) -> None:
    """A picture on another page sends nobody to a provider."""
    page = Visitor().client.get(START).content.decode()
    assert "Sign in with Acme" in page
    assert "refresh" not in page
    assert acme.asked == {}


def _expired(token: dict[str, Any]) -> None:
    token["exp"] = token["iat"] - 120


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda token: token.pop(name) and None


def _says(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda token: token.update(values)


LIES: dict[str, Callable[[Provider], None]] = {
    "issuer": lambda it: setattr(it, "lie", _says(iss="https://evil.example")),
    "audience": lambda it: setattr(it, "lie", _says(aud="another")),
    "another party": lambda it: setattr(it, "lie", _says(aud=[CLIENT, "x"], azp="x")),
    "no party": lambda it: setattr(it, "lie", _says(aud=[CLIENT, "x"])),
    "expired": lambda it: setattr(it, "lie", _expired),
    "no end": lambda it: setattr(it, "lie", _without("exp")),
    "nonce": lambda it: setattr(it, "lie", _says(nonce="of another sign-in")),
    "no nonce": lambda it: setattr(it, "lie", _without("nonce")),
    "no subject": lambda it: setattr(it, "lie", _without("sub")),
    "long subject": lambda it: setattr(it, "lie", _says(sub="x" * 256)),
    "subject is a number": lambda it: setattr(it, "lie", _says(sub=7)),
    "signature": lambda it: setattr(it, "key", oidc_server.OTHER_KEY),
    "no signature": lambda it: it.__dict__.update(alg="none", key=None),
    "shared secret": lambda it: it.__dict__.update(alg="HS256", key=SECRET.ljust(32)),
    "describes another": lambda it: setattr(it, "issuer", "https://evil.example"),
    "answers as another": lambda it: setattr(it, "iss", "https://evil.example"),
    "userinfo of another": lambda it: it.__dict__.update(
        lie=_without("email"), userinfo={"sub": "bob", "email": ADDRESS, "email_verified": True}
    ),
    "code is refused": lambda it: setattr(it, "asked", _Forgetful()),
}


class _Forgetful(dict[str, Any]):
    def pop(self, *_: Any) -> Any:
        return None


@pytest.mark.parametrize("lie", LIES)
def test_a_provider_that_lies_lets_nobody_in(
    acme: Provider, lie: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The page says that it failed, the log why, and neither shows a secret."""
    ada = Visitor()
    come(Visitor())  # the same way, without the lie, is open
    back = fetch(ada) if lie == "describes another" else None
    LIES[lie](acme)
    answer = ada.client.get(back or fetch(ada))
    assert answer.status_code == 401
    assert "Acme could not tell us" in answer.content.decode()
    assert not ada.is_in()
    assert Person.objects.count() == 1
    (line,) = [each for each in caplog.messages if "sign-in with acme failed" in each]
    for secret in (SECRET, "let-me-ask", ADDRESS, "eyJ"):
        assert secret not in caplog.text, line


def test_an_answer_is_good_once_and_in_the_browser_that_asked(acme: Provider) -> None:
    """What is caught on the way opens nothing."""
    ada, thief = Visitor(), Visitor()
    back = fetch(ada)
    assert thief.client.get(back).status_code == 401
    assert ada.client.get(back).status_code == 302
    ada.client.post("/me/logout/")
    assert ada.client.get(back).status_code == 401
    assert not ada.is_in()


def test_an_answer_of_another_provider_is_not_taken(acme: Provider, settings: Settings) -> None:
    """What was asked of one is no answer at the address of the other."""
    other = named(acme, id="beta", issuer="https://beta.example")
    settings.IDENTITY_PROVIDERS = (*settings.IDENTITY_PROVIDERS, other)
    ada = Visitor()
    back = fetch(ada).replace("/acme/", "/beta/")
    assert ada.client.get(back).status_code == 401
    assert not ada.is_in()


@pytest.mark.parametrize(
    "answer", ["error=access_denied", "error=server_error", "code=wrong", "nothing=1"]
)
def test_a_refusal_lets_nobody_in_and_says_so(acme: Provider, answer: str) -> None:
    """Whoever stopped it themselves is told that, anybody else that it failed."""
    ada = Visitor()
    state = parse_qs(urlsplit(fetch(ada)).query)["state"][0]
    page = ada.client.get(f"{START}callback/?state={state}&{answer}", follow=True)
    is_cancelled = answer == "error=access_denied"
    assert ("You stopped" in page.content.decode()) == is_cancelled
    assert page.status_code == (200 if is_cancelled else 401)
    assert not ada.is_in()


def test_a_provider_that_is_down_is_told_in_a_sentence(acme: Provider, settings: Settings) -> None:
    settings.IDENTITY_PROVIDERS = (named(acme, discovery="http://127.0.0.1:9/nobody"),)
    page = Visitor().client.post(START, {})
    assert page.status_code == 401
    assert "Acme could not tell us" in page.content.decode()


def test_the_address_of_somebody_here_opens_nothing_until_they_link_it(
    acme: Provider, ada: Visitor
) -> None:
    """Not even where the provider is believed: they sign in as before, and link it themselves."""
    ada.join()
    stranger = Visitor()
    page = come(stranger)
    assert page.status_code == 409
    assert "Sign in as before" in page.content.decode()
    assert not stranger.is_in()
    assert linked() == []
    ada.prove()
    come(ada, "connect")
    assert linked() == ["ada-1"]
    come(stranger)
    assert stranger.is_in()
    assert "Acme" in newest_letter(ADDRESS).text
    assert AuditEntry.objects.filter(action="person.account_connected").exists()


@pytest.mark.parametrize(
    ("claims", "domains"),
    [
        ({"email_verified": False}, {"example.org"}),
        ({"email_verified": "true"}, {"example.org"}),
        ({}, set()),
        ({}, {"org", "sub.example.org"}),
        ({"email": None}, {"example.org"}),
        ({"email": "ada@example.org@evil.example"}, {"evil.example"}),
    ],
)
def test_an_address_that_a_provider_is_not_believed_of_is_asked_by_our_letter(
    acme: Provider, settings: Settings, claims: dict[str, Any], domains: set[str]
) -> None:
    """Nobody is in before they have opened the link there, in the same browser."""
    acme.claims |= claims
    settings.IDENTITY_PROVIDERS = (named(acme, domains=frozenset(domains)),)
    ada = Visitor()
    assert come(ada).headers["Location"] == "/me/3rdparty/signup/"
    assert not Person.objects.exists()
    assert "We send a link" in ada.client.get("/me/3rdparty/signup/").content.decode()
    ada.client.post("/me/3rdparty/signup/", {"email": ADDRESS})
    assert not ada.is_in()
    ada.open_link()
    assert ada.is_in()
    assert linked() == ["ada-1"]


def test_whoever_signs_up_with_the_address_of_another_gets_nothing_of_theirs(
    acme: Provider, settings: Settings, ada: Visitor
) -> None:
    """Known and unknown addresses are answered alike; the owner gets a letter, and no identity."""
    settings.IDENTITY_PROVIDERS = (named(acme, domains=frozenset()),)
    ada.join()
    mallory = Visitor()
    come(mallory)
    cache.clear()  # an address gets a letter every three minutes at most
    answer = mallory.client.post("/me/3rdparty/signup/", {"email": ADDRESS})
    assert answer.headers["Location"] == "/me/confirm-email/"
    assert linked() == []
    assert not mallory.is_in()
    assert "already" in newest_letter(ADDRESS).text


@pytest.mark.parametrize("how", ["confirms", "sets a password"])
def test_an_identity_that_came_first_does_not_stay_with_the_owner_of_the_address(
    acme: Provider, settings: Settings, how: str
) -> None:
    """Mallory signs up with Ada's address and waits; what Ada does in her browser ends it."""
    settings.IDENTITY_PROVIDERS = (named(acme, domains=frozenset()),)
    mallory, owner = Visitor(), Visitor()
    come(mallory)
    mallory.client.post("/me/3rdparty/signup/", {"email": ADDRESS})
    assert linked() == ["ada-1"]
    if how == "confirms":
        page = owner.open_link()
        assert page.status_code in (200, 302)
    else:
        owner.client.post("/me/password/reset/", {"email": ADDRESS})
        text = newest_letter(ADDRESS).text
        (link,) = re.findall(r"http://localhost:8000(\S+)", text)
        there = owner.client.get(link).headers["Location"]
        owner.client.post(there, {"password1": PASSWORD, "password2": PASSWORD})
        owner.sign_in()
    assert linked() == []
    come(mallory)
    assert not mallory.is_in()


def test_an_identity_of_another_person_cannot_be_linked(acme: Provider, ada: Visitor) -> None:
    """It stays where it is, and whoever tries is told."""
    acme.claims["email"] = "bob@example.org"
    come(Visitor())
    ada.join().prove()
    page = ada.client.get(come(ada, "connect").headers["Location"])
    assert linked() == []
    assert linked("bob@example.org") == ["ada-1"]
    assert "different" in page.content.decode() or "other" in page.content.decode().lower()


def test_linking_asks_for_the_password_first(acme: Provider, ada: Visitor) -> None:
    """A session left open is not enough."""
    ada.join()
    answer = ada.client.post(START, {"process": "connect"})
    assert answer.headers["Location"].startswith("/me/reauthenticate/")
    assert Visitor().client.post(START, {"process": "connect"}).headers["Location"] == "/me/login/"


def test_a_linked_identity_is_seen_and_removed(acme: Provider, member: Visitor) -> None:
    """Its owner gets a letter; nobody signs in with it any more."""
    come(member, "connect")
    page = member.client.get(LINKS).content.decode()
    assert "Acme" in page
    (account,) = SocialAccount.objects.all()
    member.client.post(LINKS, {"account": account.pk})
    assert linked() == []
    assert "removed" in newest_letter(ADDRESS).text
    stranger = Visitor()
    assert come(stranger).status_code == 409


def test_an_identity_of_another_person_cannot_be_removed(acme: Provider, ada: Visitor) -> None:
    acme.claims["email"] = "bob@example.org"
    come(Visitor())
    ada.join().prove()
    ada.client.post(LINKS, {"account": SocialAccount.objects.get().pk})
    assert linked("bob@example.org") == ["ada-1"]


def test_the_last_way_to_sign_in_cannot_be_removed(acme: Provider) -> None:
    """With a password set, it can."""
    ada = Visitor()
    come(ada)
    come(ada, "prove")
    account = SocialAccount.objects.get().pk
    page = ada.client.post(LINKS, {"account": account})
    assert "your last way to sign in" in page.content.decode()
    assert linked() == ["ada-1"]
    ada.client.post("/me/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    ada.prove()
    ada.client.post(LINKS, {"account": account})
    assert linked() == []


def test_an_identity_of_a_provider_that_is_gone_is_seen_and_removed(
    acme: Provider, settings: Settings, member: Visitor
) -> None:
    """It opens nothing any more, and its page does not fail."""
    come(member, "connect")
    settings.IDENTITY_PROVIDERS = ()
    assert member.client.post(START, {}).status_code == 404
    assert "acme" in member.client.get(LINKS).content.decode()
    member.client.post(LINKS, {"account": SocialAccount.objects.get().pk})
    assert linked() == []


def test_whoever_has_a_provider_alone_proves_with_it_who_they_are(acme: Provider) -> None:
    """What is guarded asks; the provider must have asked anew, and of the same person."""
    ada = Visitor()
    come(ada)
    guarded = "/me/2fa/totp/activate/"
    answer = ada.client.get(guarded)
    assert answer.headers["Location"].startswith(PROVE)
    assert "asks anew who you are" in ada.client.get(answer.headers["Location"]).content.decode()
    address = onward(ada.client.post(PROVE, {"next": guarded}))
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])

    acme.lie = _without("auth_time")
    assert come(ada, "prove").status_code == 401
    acme.lie = lambda token: token.update(auth_time=token["iat"] - 4000)
    assert come(ada, "prove").status_code == 401
    acme.lie = _says(sub="bob")
    assert come(ada, "prove").status_code == 401
    assert ada.client.get(guarded).status_code == 302

    acme.lie = _says()
    assert come(ada, "prove", guarded).headers["Location"] == guarded
    assert ada.client.get(guarded).status_code == 200


def test_a_second_factor_is_asked_for_after_a_provider_too(acme: Provider, member: Visitor) -> None:
    secret = member.set_up_app()
    come(member, "connect")
    other = Visitor()
    assert come(other).headers["Location"].startswith("/me/2fa/authenticate/")
    assert not other.is_in()
    other.client.post("/me/2fa/authenticate/", {"code": code(secret, 1)})
    assert other.is_in()


def test_who_may_no_longer_come_does_not_come_by_a_provider(acme: Provider) -> None:
    come(Visitor())
    Person.objects.update(is_active=False)
    ada = Visitor()
    assert come(ada).headers["Location"] == "/me/inactive/"
    assert not ada.is_in()


def test_what_the_token_does_not_say_is_asked_besides(acme: Provider) -> None:
    """Some providers put the address there alone."""
    acme.lie = _without("email")
    acme.userinfo = {"sub": "ada-1", "email": ADDRESS, "email_verified": True}
    ada = Visitor()
    come(ada)
    assert ada.is_in()


@pytest.mark.parametrize("methods", [("client_secret_post",), ("client_secret_basic",)])
def test_the_secret_is_given_as_the_provider_wants_it(
    acme: Provider, methods: tuple[str, ...]
) -> None:
    acme.methods = methods
    ada = Visitor()
    come(ada)
    assert ada.is_in()


def test_the_buttons_stand_on_the_sign_in_in_both_languages(acme: Provider) -> None:
    """Where no provider is named there are none."""
    assert "Sign in with Acme" in Visitor().client.get("/me/login/").content.decode()
    french = Visitor().client.get("/me/login/", headers={"accept-language": "fr"})
    assert "Se connecter avec Acme" in french.content.decode()


def test_what_a_provider_says_reaches_no_session_and_no_letter_as_a_token(
    acme: Provider, settings: Settings
) -> None:
    """The way through our own form keeps identity and address, and nothing that opens a door."""
    settings.IDENTITY_PROVIDERS = (named(acme, domains=frozenset()),)
    ada = Visitor()
    come(ada)
    kept = str(dict(ada.client.session.items()))
    assert "ada-1" in kept
    for secret in ("let-me-ask", "eyJ", SECRET):
        assert secret not in kept
    assert not Letter.objects.exists()


def test_the_test_signs_as_providers_do(acme: Provider) -> None:
    """So the lies above fail for the lie, and not because nothing would ever pass."""
    ada = Visitor()
    back = fetch(ada)
    found = acme.asked[parse_qs(urlsplit(back).query)["code"][0]]
    assert found["client_id"] == CLIENT
    assert jwt.PyJWKSet.from_dict(acme.keys()).keys[0].key_id == "one"
