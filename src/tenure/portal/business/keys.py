"""Adding a licence by its key, asking whoever it was sold to, showing keys; trials."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenure.portal.business import additions
from tenure.portal.business.key_forms import KeyForm, WishesForm
from tenure.portal.identity.reauthentication import reauthenticated
from tenure.portal.operator.actions import said
from tenure.portal.operator.pages import frame
from tenure.portal.operator.returns import tell_of_return
from tenure.portal.shared.addresses import company_of, reader_of
from tenure.portal.shared.doors import of_company, open_to_all
from tenure.portal.shared.readers import CLOCK, language, missing_is_404, standing_of, who
from tenure.services import claims, keys, trials
from tenure.services.errors import NotFound, Refused, ServiceError
from tenure.services.key_offers import Offer
from tenure.services.keys import Added
from tenure.services.licences import ChangedMeanwhile
from tenure.services.standings import Standing
from tenure.store.models import KeyClaim, Licence, Person, Pool
from tenure.words.dates import day, deadline

TRIES = {"key": "30/h/ip,20/h/key", "link": "60/h/ip"}
"""So often a key may be refused to an address, and to an account; and links be tried."""


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@never_cache
@missing_is_404
def add_key(request: HttpRequest, company_id: UUID) -> HttpResponseBase:
    """Ask for a key; say what it would bring and ask what is wanted; then add its licence."""
    standing = standing_of(request, company_id)
    form = KeyForm(request.POST or None)
    offer: Offer | None = None
    wishes: WishesForm | None = None
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["key"]
        if not _may_try(request, standing):
            form.add_error("key", _("Too many keys were tried. Wait an hour, then try again."))
        else:
            try:
                offer = keys.look(standing.company, typed, by=_person(request), clock=CLOCK)
            except ServiceError as error:
                # A slip was told without asking for the key, and tells nobody which keys there are.
                if error.code not in ("key_missing", "key_mistyped"):
                    _may_try(request, standing, counts=True)
                form.add_error("key", _wrong(error))
        if offer is not None:
            wishes = WishesForm(
                request.POST if request.POST.keys() & _WITH_WISHES else None,
                offer=offer,
                pools=_open_pools(standing),
                zone=standing.company.time_zone,
                notes=additions.notes(standing, offer),
            )
            if not wishes.is_bound or wishes.is_valid():
                done = _look_or_add(request, standing, typed, offer, wishes)
                if isinstance(done, HttpResponseBase):
                    return done
                more = done
    refused = form.errors or (wishes is not None and wishes.errors)
    return render(
        request,
        "tenure/business/add_key.html",
        frame(
            request,
            standing,
            "licences",
            form=form,
            offer=offer,
            wishes=wishes,
            waiting=waiting(standing),
            **more,
        ),
        status=422 if refused or "refused" in more else 200,
    )


_WITH_WISHES = {"add", "look", "table"}
"""The buttons beside which it stands what is wanted."""


def _look_or_add(
    request: HttpRequest, standing: Standing, typed: str, offer: Offer, wishes: WishesForm
) -> HttpResponseBase | dict[str, Any]:
    """Add the licence where that was agreed to, or where nobody lacks a unit by it; else say who.

    The claim of a key that was sold to somebody else is made likewise.
    """
    wanted = wishes.wishes if wishes.is_bound else wishes.first
    agreed = request.POST.get("sure", "")
    more: dict[str, Any] = {}
    try:
        would = additions.of_wishes(standing, offer, wanted)
        if "table" in request.POST:
            return additions.table(would)
        if "add" in request.POST:
            if not would.lacking or agreed == would.sure:
                try:
                    added = keys.add(
                        standing.company.id,
                        typed,
                        wanted,
                        seen=would.seq,
                        by=_person(request),
                        clock=CLOCK,
                        who=who(request),
                    )
                except ChangedMeanwhile:
                    would = additions.of_wishes(standing, offer, wanted)
                except ServiceError as error:
                    more["refused"] = _wrong(error)
                else:
                    return _added(request, standing, added)
            more["is_changed"] = "refused" not in more
        return {**additions.shown(would, standing), **more}
    except ServiceError as error:
        return {"refused": _wrong(error)}


def _may_try(request: HttpRequest, standing: Standing, *, counts: bool = False) -> bool:
    """Whether somebody may try one more; ``counts``: they did, in vain."""
    return bool(
        ratelimit.consume(
            request,
            app="tenure",
            action="key",
            config=TRIES,
            key=str(standing.company.account_id),
            dry_run=not counts,
        )
    )


def _person(request: HttpRequest) -> Person:
    viewer = reader_of(request)
    if viewer is None:  # the door leads them to the sign-in
        raise ValueError("nobody asks")
    return viewer.person


def _open_pools(standing: Standing) -> list[Pool]:
    found = Pool.objects.filter(company=standing.company, closed_at__isnull=True)
    return list(found.order_by("position"))


def _added(request: HttpRequest, standing: Standing, added: Added) -> HttpResponse:
    if added.claim is not None:
        _may_try(request, standing, counts=True)  # each is a mail to somebody
        text = _(
            "We ask the address that the key was sold to. The licence is added once they allow "
            "it, until %(until)s."
        )
        person = _person(request)
        until = deadline(added.claim.expires_at, person.time_zone, language())
        messages.success(request, text % {"until": until})
        return _to(standing, "add-key")
    if added.licence is not None:
        tell_of(request, standing, added.licence)
    return _to(standing, "company")


def tell_of(request: HttpRequest, before: Standing, licence: Licence) -> None:
    """Say what a licence brought: what it is, and what came back by it and what did not."""
    after = standing_of(request, before.company.id)
    size = ngettext("%(units)s unit", "%(units)s units", licence.units) % {"units": licence.units}
    zone = before.company.time_zone
    if licence.ends_at is None:
        text = _("The licence was added: %(size)s, without end.") % {"size": size}
    else:
        until = day(licence.ends_at, zone, language(), ends=True)
        text = _("The licence was added: %(size)s, until %(until)s.") % {
            "size": size,
            "until": until,
        }
    messages.success(request, text)
    if after.life.closed:
        text = _(
            "The account is closed. A licence alone brings nothing back: reopen the account, too."
        )
        messages.warning(request, text)
    elif licence.starts_at > after.now:
        text = _("It begins on %(day)s; until then nothing changes.")
        messages.success(request, text % {"day": day(licence.starts_at, zone, language())})
    tell_of_return(request, before)


def _wrong(error: ServiceError) -> str:
    """Say in the reader's language what is wrong with a key."""
    known = {
        "key_missing": _("Enter the key of the licence."),
        "key_mistyped": _(
            "A character is wrong, missing or too many. Compare it with your order; there is no U "
            "in a key."
        ),
        "key_unknown": _("There is no such key. Ask whoever sold it to you."),
        "key_used": _(
            "This key was added elsewhere already. If it is yours, ask whoever sold it to you."
        ),
        "key_added": _("This key was added here already; its licence is in the list."),
        "key_revoked": _("This key was withdrawn, or another took its place."),
        "pool_closed": _("A site was closed meanwhile. Look again where its units stand."),
        "key_ended": _("The licence of this key has ended already."),
        "test_key": _("This is a test key, and it opens nothing in a real company."),
        "real_key": _("This is a real key. In a test company only test keys can be added."),
        "other_product": _("A licence replaces one of the same product."),
        "gone": _("The licence that it should replace is gone. Choose another, or none."),
        "reference_taken": _("Another licence has this reference already. Write another one."),
        "asker_gone": _("Whoever asked may add no licences there any more."),
        "trial_used": _("This product was tried here already."),
        "had_licence": _("A trial is for who never had a licence of the product."),
        "no_trial": _("There is no trial of this product."),
        "just_sent": _("It was asked a moment ago. Wait a minute, then ask again."),
        "not_opened": _(
            "The key cannot be shown: the keys of this installation changed. Ask its operator."
        ),
    }
    return known.get(error.code) or said(error)


@require_POST
@of_company(level="write")
@missing_is_404
def claim(request: HttpRequest, company_id: UUID, claim_id: UUID) -> HttpResponse:
    """Ask again for a key that waits for an answer, or want it no more."""
    standing = standing_of(request, company_id)
    try:
        if "again" in request.POST:
            found = claims.ask_again(
                company_id, claim_id, by=_person(request), clock=CLOCK, who=who(request)
            )
            return _added(request, standing, Added(claim=found))
        claims.take_back(company_id, claim_id, clock=CLOCK, who=who(request))
        messages.success(request, _("The key is no longer asked for."))
    except Refused as error:
        messages.error(request, _wrong(error))
    return _to(standing, "add-key")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to_all
@never_cache
def asked(request: HttpRequest, secret: str) -> HttpResponse:
    """Say to whoever a key was sold to who wants it; by POST, allow or refuse it."""
    if not ratelimit.consume(request, app="tenure", action="link", config=TRIES, limit_get=True):
        return render(request, "429.html", status=429)
    context: dict[str, Any] = {"state": "open"}
    status = 200
    try:
        found = claims.claim_of(secret)
        context["claim"] = found
        if request.method == "POST":
            if "allow" in request.POST:
                claims.allow(secret, clock=CLOCK)
                context["state"] = "allowed"
            elif "refuse" in request.POST:
                claims.refuse(secret, clock=CLOCK)
                context["state"] = "refused"
    except NotFound:
        context["state"], status = "unknown", 404
    except ServiceError as error:
        context["state"], context["why"], status = error.code, _wrong(error), 410
    # Not no-referrer: browsers then send no origin with the form, and it is refused.
    return render(request, "tenure/business/key_asked.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@never_cache
def key(request: HttpRequest, company_id: UUID, licence_id: UUID) -> HttpResponseBase:
    """Show the key of a licence to whoever proved a moment ago who they are; or replace it."""
    # A licence that came by no key is not there, and nobody is asked anything.
    if not keys.of_licences(company_of(request), [licence_id]):
        raise NotFound("this licence came by no key")
    return _guarded(request, company_id, licence_id)


@reauthenticated
@missing_is_404
def _guarded(request: HttpRequest, company_id: UUID, licence_id: UUID) -> HttpResponse:
    standing = standing_of(request, company_id)
    licence = Licence.objects.filter(company=standing.company, id=licence_id).first()
    found = keys.of_licences(standing.company, [licence_id]).get(licence_id)
    if found is None or licence is None:
        raise NotFound("this licence came by no key")
    shown = ""
    if request.method == "POST":
        try:
            if "replace" in request.POST:
                found = keys.replace(company_id, licence_id, clock=CLOCK, who=who(request))
                messages.success(
                    request, _("The licence has another key now; the old one opens nothing.")
                )
            shown = keys.show(standing.company, licence_id)
        except Refused as error:
            messages.error(request, _wrong(error))
    context = {"key": found, "licence": licence, "shown": shown}
    return render(
        request, "tenure/business/key.html", frame(request, standing, "licences", **context)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_company(level="write")
@missing_is_404
def trial(request: HttpRequest, company_id: UUID) -> HttpResponse:
    """Say what can be tried, and start a trial."""
    standing = standing_of(request, company_id)
    if request.method == "POST" and request.POST.get("product"):
        product = request.POST["product"][:50]
        try:
            licence = trials.start(company_id, product, clock=CLOCK, who=who(request))
        except Refused as error:
            messages.error(request, _wrong(error))
        else:
            tell_of(request, standing, licence)
            return _to(standing, "company")
    offers = trials.offers(standing.company, clock=CLOCK)
    tried = trials.of_company(standing.company)
    return render(
        request,
        "tenure/business/trial.html",
        frame(request, standing, "licences", offers=offers, tried=tried),
    )


def _to(standing: Standing, name: str) -> HttpResponse:
    address = reverse(name, args=[standing.company.id])
    several = len(standing.services) > 1
    return HttpResponseRedirect(f"{address}?service={standing.service}" if several else address)


def waiting(standing: Standing) -> list[tuple[KeyClaim, bool]]:
    """Give the keys that wait for an answer, and whether the link has expired."""
    return [(each, claims.is_expired(each)) for each in claims.of_company(standing.company)]
