"""What an account asks of a session before it lets it in: how old, how long at rest, how strong.

The operator's portal asks the same, by the settings of the installation. The time of sessions is
always the real one, also for accounts that live by a test clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tenure.portal.shared.readers import CLOCK
from tenure.services.access import Viewer, path_of
from tenure.store.models import Account, Person

SIGNED_IN = "signed_in_at"
RESTED = "rested"

WORTH_NOTING = 300
"""Seconds: shorter rests are asked for by nobody."""

Lack = Literal["too_old", "rested", "no_second_factor"]


class Rules(Protocol):
    """What is asked of a session, and by whom; an account is such a thing."""

    name: str
    two_factors: bool
    idle_minutes: int
    session_hours: int


@dataclass(slots=True)
class _Operators:
    name: str
    two_factors: bool
    idle_minutes: int
    session_hours: int


class SessionRefused(Exception):
    """A session may not enter; ``asking`` asks for more than it has."""

    def __init__(self, asking: Rules, lack: Lack) -> None:
        super().__init__(lack)
        self.asking = asking
        self.lack = lack


def of_operators() -> Rules:
    """Give what is asked of operators, wherever they see more than others."""
    return _Operators(
        gettext("The operator portal"),
        settings.OPERATOR_TWO_FACTORS,
        settings.OPERATOR_IDLE_MINUTES,
        settings.OPERATOR_SESSION_HOURS,
    )


def above(viewer: Viewer, account: Account) -> list[Account]:
    """Give the accounts whose rules hold for entering one: its own, and those that let one in."""
    granting = {grant.account for grant in viewer.grants} & set(path_of(account)[:-1])
    return [account, *(Account.objects.filter(pk__in=granting) if granting else ())]


def between(account: Account | None, deepest: Account) -> list[Account]:
    """Give the accounts below the one that was entered, down to a company's own."""
    entered = () if account is None else path_of(account)
    others = set(path_of(deepest)[:-1]) - set(entered)
    if account is not None and account.id == deepest.id:
        return []
    return [deepest, *(Account.objects.filter(pk__in=others) if others else ())]


def shut(request: HttpRequest, viewer: Viewer) -> Q | None:
    """Give the condition on companies of accounts that refuse the session; None where none does.

    Those are the accounts that let somebody in, and those below them.
    """
    proven_at = _proven_at(request)
    age, rested = CLOCK.now() - proven_at, _rested(request, proven_at)
    refusing = Q(session_hours__lt=age / 3600) | Q(idle_minutes__lt=rested / 60)
    if not _has_second_factor(request):
        refusing |= Q(two_factors=True)
    found = Account.objects.filter(refusing & viewer.accounts())
    if not found.exists():
        return None
    path = ExpressionWrapper(OuterRef("account__path"), output_field=CharField())
    above = found.annotate(below=path).filter(below__startswith=F("path"))
    return Q(Exists(above))


def hold(request: HttpRequest, asking: Iterable[Rules]) -> None:
    """See that a session has what is asked for. Raises ``SessionRefused``."""
    proven_at = _proven_at(request)
    age, rested = CLOCK.now() - proven_at, _rested(request, proven_at)
    for rules in asking:
        if age > rules.session_hours * 3600:
            raise SessionRefused(rules, "too_old")
        if rested > rules.idle_minutes * 60:
            raise SessionRefused(rules, "rested")
        if rules.two_factors and not _has_second_factor(request):
            raise SessionRefused(rules, "no_second_factor")


def refused(request: HttpRequest, refusal: SessionRefused) -> HttpResponse:
    """Answer with a page that says what is asked for, and leads there."""
    user = cast(Person, request.user)
    context = {
        "entered": refusal.asking,
        "lack": refusal.lack,
        "next": request.get_full_path(),
        "can_prove": is_mfa_enabled(user),
        "hours": refusal.asking.session_hours,
        "minutes": refusal.asking.idle_minutes,
    }
    return render(request, "tenure/shared/session.html", context, status=403)


def began(sender: Any, request: HttpRequest | None, **_: Any) -> None:
    """Note when somebody signed in; called by Django's signal."""
    if request is not None and hasattr(request, "session"):
        request.session[SIGNED_IN] = CLOCK.now()


def note(request: HttpRequest) -> None:
    """Keep how long a session has rested, where that is longer than before.

    A page that no account guards would else make a session fresh again that has rested too long.
    """
    proven_at = _proven_at(request)
    rested = _rested(request, proven_at)
    kept, noted_at = request.session.get(RESTED, (0, 0))
    if rested >= WORTH_NOTING and (rested > kept or noted_at <= proven_at):
        request.session[RESTED] = (rested, CLOCK.now())


def _proven_at(request: HttpRequest) -> int:
    """Give when it was last proven who sits there, by a sign-in or by another proof since."""
    records = get_authentication_records(request, cast(Person, request.user))
    proofs = [int(each["at"]) for each in records if "at" in each]
    return max([*proofs, request.session.get(SIGNED_IN, 0)])


def _rested(request: HttpRequest, proven_at: int) -> int:
    """Give for how many seconds at most, since it was proven who sits there, nothing came."""
    longest, noted_at = request.session.get(RESTED, (0, 0))
    if noted_at <= proven_at:
        longest = 0
    last = getattr(request, "last_seen_at", None) or 0
    return max(longest, CLOCK.now() - max(last, proven_at))


def _has_second_factor(request: HttpRequest) -> bool:
    records = get_authentication_records(request, cast(Person, request.user))
    return any(each.get("method") == "mfa" for each in records)
