"""Tags for the pages of the sign-in."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.portal.shared.readers import CLOCK, language
from tenure.store.models import Person
from tenure.words import dates

register = template.Library()

_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def bare(field: BoundField) -> SafeString:
    """Give a field's input without what libraries write into it in place of a label."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def browser(agent: str) -> str:
    """Name a browser and its system by what it says of itself; that itself where unknown."""
    found = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{found}, {system}" if found and system else found or agent[:60]


@register.simple_tag(takes_context=True)
def ago(context: template.Context, at: datetime) -> SafeString:
    """Say how long ago something was, and in full for those who ask."""
    request = context.get("request")
    user = getattr(request, "user", None)
    zone = user.time_zone if isinstance(user, Person) else "UTC"
    t = int(at.timestamp())
    return format_html(
        '<span title="{}">{}</span>',
        dates.moment(t, zone, language()),
        dates.distance(t, CLOCK.now(), zone, language(), ends=False),
    )
