"""The banner of a company in trouble: one sentence, and one way out."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context

from tenure.portal.shared.addresses import entered, reader_of
from tenure.portal.shared.readers import CLOCK, language
from tenure.services import standings
from tenure.services.access import place_of
from tenure.services.errors import NotFound
from tenure.services.standings import Standing
from tenure.store.models import Account, Company
from tenure.words.banners import company_banner
from tenure.words.company_facts import CompanyWords

register = template.Library()

OF_THE_ACCOUNT = frozenset(
    ("people", "person", "invite", "remove-person", "transfer", "leave", "audit")
) | {"account-settings"}
"""Pages of a business account, which is one company, that name no company themselves."""


@register.inclusion_tag("tenure/business/trouble.html", takes_context=True)
def trouble(context: Context) -> dict[str, Any]:
    """Say what is wrong with the company of the page, unless the page itself says it already."""
    # A page with the state's own sentences has them first, and says nothing twice.
    if isinstance(context.get("words"), CompanyWords):
        return {}
    request, standing = context.get("request"), context.get("standing")
    if request is None:
        return {}
    if not isinstance(standing, Standing):
        standing = _of_account(request)
    if standing is None:
        return {}
    viewer, place = reader_of(request), place_of(standing.company)
    level = "none" if viewer is None else viewer.level(place, "portal")
    return {
        "text": company_banner(standing.facts(), language()),
        "standing": standing,
        "company": standing.company,
        "service_query": f"?service={standing.service}" if len(standing.services) > 1 else "",
        "can_read": level != "none",
        "can_write": level == "write",
        "is_renewing": context.get("tab") == "renewal",
    }


def _of_account(request: HttpRequest) -> Standing | None:
    """Give how the company of a business account stands, to whoever may read it."""
    match, viewer, account = request.resolver_match, reader_of(request), entered(request)
    if match is None or match.url_name not in OF_THE_ACCOUNT or viewer is None:
        return None
    if account is None or account.kind != Account.Kind.BUSINESS:
        return None
    company = Company.objects.filter(account=account).select_related("account").first()
    if company is None or viewer.level(place_of(company), "portal") == "none":
        return None
    try:
        return standings.of_company(company.id, CLOCK)
    except NotFound:  # it uses no service yet
        return None
