"""Tags of the Business portal: a company's alerts in its frame and on its overview."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.portal.business import alerts
from tenure.portal.shared.readers import language
from tenure.portal.templatetags.tenure import shape
from tenure.words.alert_facts import AlertLevel, AlertState
from tenure.words.alerts import SHAPES, level_word, state_word

register = template.Library()

_TONES: dict[AlertLevel, str] = {"critical": "bad", "warning": "warn", "information": ""}


@register.simple_tag(takes_context=True)
def unresolved_alerts(context: Context) -> int:
    """Count what nobody has resolved of the company that the page is about."""
    return alerts.alerts_of(context["request"], context["standing"]).count


@register.inclusion_tag("tenure/business/worst_alerts.html", takes_context=True)
def worst_alerts(context: Context) -> dict[str, Any]:
    """Show the worst alerts that nobody has resolved."""
    standing = context["standing"]
    found = alerts.alerts_of(context["request"], standing)
    return {
        "lines": alerts.lines(context["request"], standing, found.first(alerts.WORST)),
        "count": found.count,
        "more": max(0, found.count - alerts.WORST),
        "company": standing.company,
        "service_query": context.get("service_query", ""),
    }


@register.simple_tag
def level_badge(level: AlertLevel) -> SafeString:
    """Show a level: its shape, its colour and its word."""
    drawn, word = shape(SHAPES[level]), level_word(level, language())
    return format_html('<span class="said {}">{}{}</span>', _TONES[level], drawn, word)


@register.simple_tag
def alert_state(state: AlertState) -> str:
    """Name a status."""
    return state_word(state, language())
