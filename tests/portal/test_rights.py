"""Who may come to which page: every address, as everybody.

The table says what each page answers to whom; a page that stands in no row fails. What somebody
may not see answers as what does not exist, and whoever has not signed in sees nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from tenure.clock import SetClock
from tenure.engine.loop import Engine
from tenure.portal.shared.addresses import account_address, hub_address, operator_address
from tenure.portal.shared.doors import door_of
from tenure.services import accounts, groups, invitations, licences, members, memberships, seats
from tenure.services.catalogue import COS
from tenure.services.licences import NewLicence
from tenure.services.rights import Rights, ScopeRights
from tenure.store.models import Account, Company, Notice, Person, Pool, Source
from tests.people import READ, START, WRITE, Cast, person
from tests.portal.conftest import HERE, signed_in

DAY = 86_400
NOWHERE = UUID("01a20c1b-0000-7000-8000-000000000000")
ACTORS = (
    *("nobody", "stranger", "reader", "writer", "console", "other site"),
    *("above", "beside", "operator"),
)


@dataclass
class World:
    """A customer of a provider below another provider, and everybody who might come."""

    account: Account
    company: Company
    lyon: UUID
    arguments: dict[str, object]
    actors: dict[str, Client]

    def address(self, name: str, actor: str) -> str:
        """Give the address of a page, in the portal that is the actor's."""
        wanted = PARAMETERS[name]
        args = [self.arguments[each] for each in wanted]
        if actor == "operator":
            return operator_address(name, *args)
        return account_address(self.account.id, name, *args)


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Give every address that there is."""
    for entry in resolver.url_patterns:
        where = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLResolver):
            yield from patterns(entry, where)
        else:
            yield where, entry


ADDRESSES = list(patterns(get_resolver()))
PARAMETERS = {
    entry.name: list(entry.pattern.converters) for _, entry in ADDRESSES if entry.name is not None
}


@pytest.fixture
def world(db: None, settings: Settings) -> World:
    settings.DEMO = False
    clock = SetClock(START)
    cast = Cast()
    # The provider of the cast stands below another one, which has a second one below it.
    top = accounts.open_msp("Distributeur", person("above"), clock=clock)
    beside = accounts.open_msp("Sud Informatique", person("beside"), clock=clock)
    for account in (cast.account, beside):
        account.parent, account.path = top, f"{top.path}{account.id}/"
        account.save()
    people = {"above": "above@example.org", "beside": "beside@example.org"}
    accounts.open_business("Stranger", cast.stranger, clock=clock, who="test")
    paris = Pool.objects.get(company=cast.martin, name="Paris").id
    site = ScopeRights(cast.martin.id, paris, "write", "write")
    cast.join(cast.bruno, Rights("read", "none"))
    cast.join(cast.chloe, WRITE)
    cast.join(cast.dan, Rights("none", "none", scopes=(site,)))
    only_console = person("console")
    cast.join(only_console, Rights("none", "write"))
    operator = person("operator", is_operator=True)
    new = NewLicence(COS, 5, START, START + 20 * DAY)
    licence = licences.add(cast.martin.id, new, clock=clock, who="test")
    member = members.add(cast.martin.id, user="u@martin.test", clock=clock, who="test")
    seats.protect(cast.martin.id, COS, cast.lyon, [member.id], clock=clock, who="test")
    group = groups.add(cast.martin.id, "Group", clock=clock, who="test")
    source = Source.objects.create(company=cast.martin, name="Directory")
    clock.move_to(START + 14 * DAY)
    Engine(clock, None).step()
    invited = invitations.invite(
        cast.account.id, "new@example.org", READ, by=cast.anne, clock=clock, language="en"
    )
    actors = {
        "nobody": Client(headers=HERE),
        "stranger": signed_in(cast.stranger),
        "reader": signed_in(cast.bruno),
        "writer": signed_in(cast.chloe),
        "console": signed_in(only_console),
        "other site": signed_in(cast.dan),
        "above": signed_in(Person.objects.get(email=people["above"])),
        "beside": signed_in(Person.objects.get(email=people["beside"])),
        "operator": signed_in(operator),
    }
    arguments = {
        "company_id": cast.martin.id,
        "licence_id": licence.id,
        "notice_id": Notice.objects.filter(company=cast.martin)[0].id,
        "receipt_id": NOWHERE,
        "archive_id": NOWHERE,
        "act_id": NOWHERE,
        "member_id": member.id,
        "group_id": group.id,
        "source_id": source.id,
        "pool_id": cast.lyon,
        "site_id": cast.lyon,
        "person_id": cast.bruno.id,
        "invitation_id": invited.id,
        "mail_id": NOWHERE,
        "secret": "no-such-secret",
        "contact_id": NOWHERE,
        "claim_id": NOWHERE,
        "request_id": NOWHERE,
    }
    return World(cast.account, cast.martin, cast.lyon, arguments, actors)


READS = "302 404 200 200 404 404 200 404 200"
READS_IN_BOTH = "302 404 200 200 200 404 200 404 200"
NEVER_POSTS = "302 404 405 405 404 404 405 404 405"
ONLY_POSTS = "302 404 405 405 405 405 405 404 404"
OF_THE_CONSOLE = "302 404 404 200 200 404 200 404 200"
POSTS_OF_THE_CONSOLE = "302 404 404 302 302 404 302 404 302"
NOT_SO_IN_THE_CONSOLE = "302 404 404 405 405 404 405 404 405"
FAULTS_OF_THE_CONSOLE = "302 404 404 422 422 404 422 404 422"
ADMINISTERS = "302 404 403 200 403 403 200 404 404"
AUDITS = "302 404 403 200 403 403 200 404 200"
NEVER_CHANGES = "302 404 405 405 405 405 405 404 405"
IS_OUTSIDE = "302 404 404 404 404 404 404 404 404"

TABLE: dict[str, tuple[str, str]] = {
    # What GET and POST answer: nobody, stranger, reader, writer, console, other site, above,
    # beside, operator. The forms are empty but for the company and the account: 422 is a form
    # that was let in and is not filled in, 302 in a row of POST one that was done or told why not.
    **dict.fromkeys(
        ("companies", "companies-table"),
        (
            "302 404 200 200 200 200 200 404 200",
            "302 404 405 405 405 405 405 404 405",
        ),
    ),
    # Whoever sees a part of the company only is led there.
    "company": ("302 404 200 200 302 302 200 404 200", NEVER_POSTS),
    "timeline": (READS, NEVER_POSTS),
    "whatif": (READS, NEVER_POSTS),
    "members": (READS_IN_BOTH, "302 404 405 405 405 404 405 404 405"),
    "protect": (
        "302 404 404 405 405 404 405 404 405",
        "302 404 404 302 302 404 302 404 302",
    ),
    **dict.fromkeys(("licences", "licences-table"), (READS, NEVER_POSTS)),
    "add-licence": (
        "302 404 403 403 404 404 403 404 200",
        "302 404 403 403 404 404 403 404 422",
    ),
    "renew": ("302 404 403 403 404 404 403 404 200", "302 404 403 403 404 404 403 404 422"),
    "licence": (READS, "302 404 403 302 404 404 302 404 302"),
    # What is to be done is not said: tests/portal/business says it.
    "change-licence": (
        "302 404 403 404 404 404 404 404 404",
        "302 404 403 404 404 404 404 404 404",
    ),
    **dict.fromkeys(("sites", "sites-table"), (READS, NEVER_POSTS)),
    "add-site": ("302 404 403 200 404 404 200 404 200", "302 404 403 422 404 404 422 404 422"),
    "rename-site": ("302 404 403 200 404 404 200 404 200", "302 404 403 422 404 404 422 404 422"),
    # The first site is the company's own, which is not closed.
    "close-site": ("302 404 403 200 404 404 200 404 200", "302 404 403 422 404 404 422 404 422"),
    # A form that does not say what it was made from is told what was done since the beginning.
    "units": ("302 404 403 200 404 404 200 404 200", "302 404 403 409 404 404 409 404 409"),
    **dict.fromkeys(
        ("contacts", "contacts-table"),
        ("302 404 403 200 404 404 200 404 200", "302 404 403 405 404 404 405 404 405"),
    ),
    "add-contact": ("302 404 403 200 404 404 200 404 200", "302 404 403 422 404 404 422 404 422"),
    # There is no such contact: tests/portal/business changes and removes one.
    **dict.fromkeys(
        ("change-contact", "remove-contact"),
        (
            "302 404 403 404 404 404 404 404 404",
            "302 404 403 404 404 404 404 404 404",
        ),
    ),
    **dict.fromkeys(("notices", "notices-table"), (READS, NEVER_POSTS)),
    "notice": (READS, NEVER_POSTS),
    **dict.fromkeys(("history", "history-table"), (READS, NEVER_POSTS)),
    **dict.fromkeys(("alerts", "alerts-table"), (READS, NEVER_POSTS)),
    **dict.fromkeys(("calendar", "calendar-table"), (READS, NEVER_POSTS)),
    "calendar-feed": (NEVER_POSTS, "302 404 302 302 404 404 302 404 302"),
    "feed": (IS_OUTSIDE, IS_OUTSIDE),
    # One's own address of all companies; it opens what one may read of them.
    "account-calendar": (
        "302 404 200 200 200 200 200 404 404",
        "302 404 302 302 302 302 302 404 404",
    ),
    "alerts-act": ("302 404 403 405 404 404 405 404 405", "302 404 403 302 404 404 302 404 302"),
    # There is no such receipt; test_pages reads one.
    "receipt": ("302 404 404 404 404 404 404 404 404", NEVER_POSTS),
    "signed-receipt": ("302 404 404 404 404 404 404 404 404", NEVER_POSTS),
    "archives": ("302 404 403 200 404 404 200 404 200", "302 404 403 302 404 404 302 404 302"),
    # There is no such archive; tests/portal/console/test_archives.py fetches one.
    "archive": (
        "302 404 403 404 404 404 404 404 404",
        "302 404 403 405 404 404 405 404 405",
    ),
    # Without the number that was shown the page is shown again: tests/portal/test_actions.py.
    "close": ("302 404 403 200 404 404 200 404 200", "302 404 403 200 404 404 200 404 200"),
    "reopen": ("302 404 403 405 404 404 405 404 405", "302 404 403 302 404 404 302 404 302"),
    "add-key": ("302 404 403 200 404 404 200 404 200", "302 404 403 422 404 404 422 404 422"),
    "trial": ("302 404 403 200 404 404 200 404 200", "302 404 403 200 404 404 200 404 200"),
    **dict.fromkeys(("renewal", "renewal-table"), (READS, NEVER_POSTS)),
    "renewal-ask": (
        "302 404 403 405 404 404 405 404 405",
        "302 404 403 422 404 404 422 404 422",
    ),
    # Nobody asked for anything: tests/portal/business does it.
    "renewal-withdraw": (
        "302 404 403 405 404 404 405 404 405",
        "302 404 403 404 404 404 404 404 404",
    ),
    # Who sees the whole of a provider sees what it is asked; its writers may answer.
    "requests": ("302 404 200 200 404 404 200 404 200", NEVER_CHANGES),
    "requests-table": ("302 404 200 200 404 404 200 404 200", NEVER_CHANGES),
    "requests-act": (
        "302 404 405 405 405 405 405 404 405",
        "302 404 403 404 404 404 404 404 404",
    ),
    # The licence came by no key, and nobody asked for one: tests/portal/business does it.
    "key": ("302 404 403 404 404 404 404 404 404", "302 404 403 404 404 404 404 404 404"),
    "key-claim": (
        "302 404 403 405 404 404 405 404 405",
        "302 404 403 404 404 404 404 404 404",
    ),
    "site": (READS_IN_BOTH, "302 404 405 405 405 404 405 404 405"),
    **dict.fromkeys(
        ("people", "people-table"),
        ("302 404 200 200 200 200 200 404 404", "302 404 405 405 405 405 405 404 404"),
    ),
    # Operators read it in their own portal, too.
    "audit": (AUDITS, NEVER_CHANGES),
    "audit-table": (AUDITS, NEVER_CHANGES),
    "invite": (ADMINISTERS, "302 404 403 422 403 403 422 404 404"),
    "person": (ADMINISTERS, "302 404 403 422 403 403 422 404 404"),
    # Those who may are asked once more who they are.
    "remove-person": (
        "302 404 403 302 403 403 302 404 404",
        "302 404 403 302 403 403 302 404 404",
    ),
    "transfer": ("302 404 403 403 403 403 302 404 404", "302 404 403 403 403 403 302 404 404"),
    "leave": ("302 404 302 302 302 302 302 404 404", "302 404 302 302 302 302 302 404 404"),
    "resend": (ONLY_POSTS, "302 404 403 302 403 403 302 404 404"),
    "revoke": (ONLY_POSTS, "302 404 403 302 403 403 302 404 404"),
    "account-settings": (ADMINISTERS, "302 404 403 422 403 403 422 404 404"),
    **dict.fromkeys(
        (
            *("console", "console-list", "console-member", "console-groups", "console-group"),
            *("console-rules", "console-licences", "site-console", "site-console-list"),
            *("console-unseen", "console-tokens", "console-groups-table"),
            *("console-rules-table", "console-units-table", "console-unseen-table"),
        ),
        (OF_THE_CONSOLE, NOT_SO_IN_THE_CONSOLE),
    ),
    **dict.fromkeys(
        (
            *("console-columns", "console-act", "console-change", "console-add-group"),
            *("console-change-group", "console-change-source", "console-change-rules"),
            *("site-console-act", "console-change-unseen", "console-revoke-token"),
        ),
        (NOT_SO_IN_THE_CONSOLE, POSTS_OF_THE_CONSOLE),
    ),
    # Those who may are asked once more who they are.
    "console-add-token": (POSTS_OF_THE_CONSOLE, POSTS_OF_THE_CONSOLE),
    # There is no such act: tests/portal/console/test_acts.py shows one and stops it.
    **dict.fromkeys(
        ("console-progress", "site-console-progress"),
        ("302 404 404 404 404 404 404 404 404", NOT_SO_IN_THE_CONSOLE),
    ),
    **dict.fromkeys(
        ("console-stop", "site-console-stop"),
        (NOT_SO_IN_THE_CONSOLE, "302 404 404 404 404 404 404 404 404"),
    ),
    "console-add": (OF_THE_CONSOLE, FAULTS_OF_THE_CONSOLE),
    "console-file": (OF_THE_CONSOLE, FAULTS_OF_THE_CONSOLE),
    # Whoever comes after the first finds nobody.
    "console-remove": (OF_THE_CONSOLE, "302 404 404 302 404 404 404 404 404"),
    "console-clashes": (OF_THE_CONSOLE, "302 404 404 404 404 404 404 404 404"),
    # These lie in no account; OPEN says what they answer where they do lie.
    **dict.fromkeys(
        (
            *("outbox", "mail", "letter", "move-clock", "healthz", "jwks", "open-account"),
            *("outbox-table", "invitation", "profile", "set_language", "styleguide", "key-asked"),
        ),
        (IS_OUTSIDE, IS_OUTSIDE),
    ),
}

OPEN = {
    # What GET answers in no account: nobody, stranger, operator.
    "outbox": "302 404 200",
    "outbox-table": "302 404 200",
    "mail": "302 404 404",
    "letter": "302 404 404",
    "move-clock": "302 405 405",
    "healthz": "200 200 200",
    "jwks": "200 200 200",
    "feed": "404 404 404",
    "open-account": "302 200 200",
    "invitation": "302 404 404",
    "profile": "302 200 200",
    "key-asked": "404 404 404",  # there is no such link
    "set_language": "405 405 405",
    "styleguide": "404 404 404",  # in demo mode there is one
}


def of_the_sign_in(where: str) -> bool:
    """Whether an address is one of the library's, below ``me/``."""
    return where.startswith("me/") and where != "me/profile/"


def of_programs(where: str) -> bool:
    """Whether an address is for programs, which bring a token instead of signing in."""
    return where.startswith(("scim/", "v1/"))


def is_page(where: str) -> bool:
    """Whether an address is one of our pages."""
    return not of_the_sign_in(where) and not of_programs(where)


def test_every_page_stands_in_the_table_and_says_who_may_come() -> None:
    ours = {entry.name for where, entry in ADDRESSES if is_page(where)}
    assert ours == set(TABLE)
    for where, entry in ADDRESSES:
        if is_page(where):
            assert door_of(entry.callback, entry.name) is not None, where


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("some", range(4))
def test_each_page_answers_as_the_table_says(
    world: World, some: int, method: str, subtests: pytest.Subtests
) -> None:
    """Each from the same world: what one may do must not change what the next may."""
    for name in list(TABLE)[some::4]:
        with subtests.test(name=name), transaction.atomic():
            answers_as_the_table_says(world, name, method)
            transaction.set_rollback(True)


def answers_as_the_table_says(world: World, name: str, method: str) -> None:
    found = {}
    for actor, client in world.actors.items():
        form = {"company": str(world.company.id), "account": str(world.account.id)}
        if method == "post":
            answer = client.post(world.address(name, actor), form)
        else:
            answer = client.get(world.address(name, actor))
        found[actor] = answer.status_code
        if answer.status_code in (302, 403, 404) and actor in ("nobody", "stranger", "beside"):
            assert "Martin" not in answer.content.decode()
    wanted = map(int, TABLE[name][method == "post"].split())
    assert found == dict(zip(ACTORS, wanted, strict=True))


def test_each_page_of_no_account_answers_as_the_table_says(
    world: World, subtests: pytest.Subtests
) -> None:
    clients = [world.actors[actor] for actor in ("nobody", "stranger", "operator")]
    for name, statuses in OPEN.items():
        args = [world.arguments[each] for each in PARAMETERS[name]]
        with subtests.test(name=name):
            found = [client.get(hub_address(name, *args)).status_code for client in clients]
            assert found == [int(status) for status in statuses.split()]


def test_no_session_opens_what_is_for_programs_and_no_account_holds_it(world: World) -> None:
    """Each wants a token, whoever has signed in, and none lies below an account's address."""
    programs = [where for where, _ in ADDRESSES if of_programs(where)]
    assert len(programs) == 4
    for where in programs:
        path = where.replace("<uuid:company_id>", str(world.company.id))
        path = path.replace("<path:path>", "Users")
        for actor, client in world.actors.items():
            answer = client.post(f"/{path}", "{}", content_type="application/json")
            assert answer.status_code == 401, (where, actor)
            assert "Martin" not in answer.content.decode()
            assert not answer.cookies
            if actor != "nobody":
                inside = client.post(f"/a/{world.account.id}/{path}", {})
                assert inside.status_code == 404, (where, actor)


def test_company_pages_do_not_exist_outside_of_an_account(world: World) -> None:
    """Not even for whoever may read them where they are, nor under another account of theirs."""
    for name in ("company", "members", "licences", "close", "people"):
        args = [world.arguments[each] for each in PARAMETERS[name]]
        for actor in ("writer", "operator"):
            assert world.actors[actor].get(hub_address(name, *args)).status_code == 404


def test_nothing_of_the_sign_in_answers_inside_an_account_nor_shows_a_company(
    world: World,
) -> None:
    for where, entry in ADDRESSES:
        if not of_the_sign_in(where) or entry.pattern.converters or "(?P<" in where:
            continue
        there = world.actors["writer"].get(f"/a/{world.account.id}/{where}")
        assert there.status_code == 404, where
        nobody = world.actors["nobody"].get(f"/{where}")
        assert nobody.status_code in (200, 302, 401, 404, 405), where
        assert "Martin" not in nobody.content.decode()


@pytest.mark.parametrize("actor", ["console", "other site"])
def test_whoever_may_not_list_the_people_sees_nobody_but_themselves(
    world: World, actor: str
) -> None:
    page = world.actors[actor].get(world.address("people", actor)).content.decode()
    assert "anne@example.org" not in page
    assert "bruno@example.org" not in page
    assert "new@example.org" not in page


def test_a_right_that_was_taken_away_meanwhile_is_gone_at_once(world: World) -> None:
    """The session lives on, and the form that was open changes nothing."""
    writer = world.actors["writer"]
    address = world.address("close", "writer")
    assert writer.get(address).status_code == 200
    chloe = Person.objects.get(email="chloe@example.org")
    anne = Person.objects.get(email="anne@example.org")
    memberships.change(world.account.id, chloe.id, Rights("read", "none"), by=anne)
    assert writer.post(address, {"company": str(world.company.id)}).status_code == 403
    memberships.remove(world.account.id, chloe.id, by=anne)
    assert writer.post(address, {"company": str(world.company.id)}).status_code == 404
    assert not Company.objects.get(pk=world.company.id).instances.get().closed


def test_a_form_of_another_company_changes_nothing(world: World) -> None:
    """Two tabs and the back button: what the form was made for is what the address must name."""
    writer = world.actors["writer"]
    other = Company.objects.get(name="Garage Petit")
    answer = writer.post(world.address("close", "writer"), {"company": str(other.id)})
    assert answer.status_code == 404
    assert not Company.objects.filter(instances__closed=True).exists()
