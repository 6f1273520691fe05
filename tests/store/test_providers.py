"""The file that names providers: what it may say, and what is said of what makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from tenure.store import providers
from tenure.store.providers import Misconfigured

GOOD = """
[[provider]]
id = "acme"
name = "Acme"
issuer = "https://login.acme.example/"
client_id = "tenure"
client_secret = "s3cret"
domains = ["Acme.example", "bücher.example"]
"""


def load(folder: Path, text: str) -> tuple[providers.IdentityProvider, ...]:
    (folder / "oidc.toml").write_text(text, encoding="utf-8")
    return providers.load(folder / "oidc.toml", required=True)


def test_a_provider_is_read_and_its_secret_is_shown_by_nothing(tmp_path: Path) -> None:
    (found,) = load(tmp_path, GOOD)
    assert (found.id, found.issuer, found.secret) == (
        "acme",
        "https://login.acme.example/",
        "s3cret",
    )
    assert found.discovery == "https://login.acme.example/.well-known/openid-configuration"
    assert "s3cret" not in repr(found)
    assert "s3cret" not in str([found])


@pytest.mark.parametrize(
    ("address", "is_believed"),
    [
        ("anne@acme.example", True),
        ("anne@ACME.example", True),
        ("anne@xn--bcher-kva.example", True),
        ("anne@sub.acme.example", False),
        ("anne@acme.example.evil.example", False),
        ("anne@evilacme.example", False),
        ("acme.example", True),
        ("", False),
    ],
)
def test_a_provider_is_believed_of_the_domains_in_full_alone(
    tmp_path: Path, address: str, is_believed: bool
) -> None:
    (found,) = load(tmp_path, GOOD)
    assert found.is_believed_of(address) == is_believed


def test_the_secret_may_lie_in_a_file_beside_it_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme.secret").write_text("of the file\n", encoding="utf-8")
    monkeypatch.setenv("ACME_SECRET", "of the environment")
    for key, value, secret in (
        ("client_secret_file", "acme.secret", "of the file"),
        ("client_secret_env", "ACME_SECRET", "of the environment"),
    ):
        (found,) = load(tmp_path, GOOD.replace('client_secret = "s3cret"', f'{key} = "{value}"'))
        assert found.secret == secret


def test_without_the_file_there_are_no_providers_unless_it_was_named(tmp_path: Path) -> None:
    assert providers.load(tmp_path / "oidc.toml", required=False) == ()
    with pytest.raises(Misconfigured, match="there is no such file"):
        providers.load(tmp_path / "oidc.toml", required=True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[provider]]", "[provider]", "in two brackets"),
        ("[[provider]]", "[[providers]]", "providers is not known"),
        ('"acme"', '"Acme Inc"', "small letters"),
        ('"acme"', '""', "id is missing"),
        ("[[provider]]", "[[provider", "line 2"),
        ('name = "Acme"', "", "provider acme: name is missing"),
        ("https://login", "http://login", "https://"),
        ("https://login.acme.example/", "https://login.acme.example/?a=b", "question mark"),
        ("https://login.acme.example/", "login.acme.example", "https://"),
        ('client_id = "tenure"', "client_id = 7", "client_id is missing"),
        ('client_secret = "s3cret"', "", "give one of client_secret"),
        ('client_secret = "s3cret"', 'client_secret_file = "none"', "cannot be read"),
        ('client_secret = "s3cret"', 'client_secret_env = "NO_SUCH"', "NO_SUCH, which is empty"),
        ('"Acme.example"', '"@acme.example"', "@acme.example in domains is no domain"),
        ('"Acme.example"', '"*.acme.example"', "is no domain"),
        ('"Acme.example"', '"com"', "is no domain"),
        ('["Acme.example", "bücher.example"]', '"acme.example"', "domains is a list"),
        ("domains", "domain", "domain is not known"),
        ("client_id =", "secret_client =", "secret_client is not known"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_place_and_without_the_secret(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert load(tmp_path, GOOD)
    assert old in GOOD
    with pytest.raises(Misconfigured) as raised:
        load(tmp_path, GOOD.replace(old, new))
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"{tmp_path / 'oidc.toml'}: ")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("other", ["id", "issuer"])
def test_two_providers_are_two(tmp_path: Path, other: str) -> None:
    second = GOOD.replace('"acme"', '"beta"') if other == "issuer" else GOOD
    if other == "id":
        second = second.replace("login.acme", "login.beta")
    with pytest.raises(Misconfigured, match=f"two providers have the {other}"):
        load(tmp_path, GOOD + second)
    both = GOOD.replace('"acme"', '"beta"').replace("login.acme", "login.beta")
    assert [each.id for each in load(tmp_path, GOOD + both)] == ["acme", "beta"]
