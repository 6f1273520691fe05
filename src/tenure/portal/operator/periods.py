"""What somebody looks for in a long list: from one day until another, and how it is sorted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.portal.operator.forms import DayInput
from tenure.services.days import end_of, start_of

YEARS = (1970, 2200)
"""Days lie between these years."""

WRITTEN = ("%Y-%m-%d",)
"""How a day stands in an address, which is sent to readers of either language: 02/03 is one day to
some of them and another to others, and a browser's field would show none."""


class PeriodForm(forms.Form):
    """A filter with two days in the reader's zone, both of them included, or either left out."""

    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=DayInput, input_formats=WRITTEN
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=DayInput, input_formats=WRITTEN
    )

    NEVER_NARROWS = ("sort",)
    """Fields that leave nothing out."""

    def __init__(self, *args: Any, zone: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.zone = zone
        for name in ("since", "until"):
            self.fields[name].error_messages["invalid"] = _(
                "This is not a day. Write it like 2027-06-30."
            )

    def clean(self) -> dict[str, Any]:
        """Refuse days that nothing can lie between."""
        found: dict[str, Any] = super().clean() or {}
        days: list[date | None] = [found.get("since"), found.get("until")]
        for name, day in zip(("since", "until"), days, strict=True):
            if day is not None and not YEARS[0] < day.year < YEARS[1]:
                self.add_error(name, _("Choose a day between the years 1971 and 2199."))
        if days[0] and days[1] and days[0] > days[1]:
            self.add_error("until", _("This day lies before the first one."))
        return found

    @property
    def since_at(self) -> int | None:
        """The instant from which on, of a form that is valid."""
        day: date | None = self.cleaned_data["since"]
        return None if day is None else start_of(day, self.zone)

    @property
    def until_at(self) -> int | None:
        """The instant before which, of a form that is valid."""
        day: date | None = self.cleaned_data["until"]
        return None if day is None else end_of(day, self.zone)

    @property
    def is_asking(self) -> bool:
        """Whether it leaves anything out, or would."""
        names = [name for name in self.fields if name not in self.NEVER_NARROWS]
        return any(self.data.get(name) for name in names)
