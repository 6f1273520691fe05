"""The forms of the operator's pages: few, with the help before the field."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from tenure.core.facts import Kind
from tenure.services.days import end_of
from tenure.services.standings import Standing
from tenure.store.models import Product

MOST_UNITS = 1_000_000


class DayInput(forms.DateInput):
    """The browser's own field for a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LastDay(forms.Form):
    """A form that asks for the last day covered."""

    until = forms.DateField(
        label=_("Last day covered"),
        help_text=_("The licence ends at the end of this day, in the time of the company."),
        widget=DayInput,
        error_messages={
            "required": _("Choose the last day that the licence covers."),
            "invalid": _("This is not a day. Write it like 2027-06-30."),
        },
    )

    def __init__(self, *args: Any, standing: Standing, after: int | None = None, **more: Any):
        super().__init__(*args, **more)
        self.standing = standing
        self._after = max(standing.now, after or 0)
        self._is_renewal = after is not None

    @property
    def ends(self) -> int:
        """The instant at which the licence ends."""
        return end_of(self.cleaned_data["until"], self.standing.company.time_zone)

    def clean_until(self) -> Any:
        """Refuse a day that is over, or that comes before the present end."""
        day = self.cleaned_data["until"]
        if day.year > 2200:
            raise forms.ValidationError(_("Choose a day before the year 2200."))
        if end_of(day, self.standing.company.time_zone) <= self._after:
            if self._is_renewal:
                raise forms.ValidationError(
                    _("The licence lasts as long already. Choose a later day.")
                )
            raise forms.ValidationError(_("This day is over. Choose a later one."))
        return day


class NewLicenceForm(LastDay):
    """A licence to be added."""

    product = forms.ChoiceField(label=_("Product"))
    units = forms.IntegerField(
        label=_("Units"),
        help_text=_("Each unit protects one user."),
        min_value=1,
        max_value=MOST_UNITS,
        error_messages={
            "required": _("Say how many units the licence has."),
            "invalid": _("Write a whole number, such as 20."),
            "min_value": _("A licence has at least 1 unit."),
            "max_value": _("A licence has at most 1,000,000 units."),
        },
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[
            ("full", _("Full licence")),
            ("trial", _("Trial")),
            ("subscription", _("Subscription")),
            ("nfr", _("Not for resale")),
        ],
    )
    site = forms.ChoiceField(label=_("Site"), help_text=_("Where the units stand."), required=False)

    field_order = ["product", "units", "kind", "site", "until"]

    def __init__(self, *args: Any, standing: Standing, **more: Any):
        super().__init__(*args, standing=standing, **more)
        products = Product.objects.filter(services=standing.service).order_by("name")
        product = cast(forms.ChoiceField, self.fields["product"])
        product.choices = [(each.key, each.name) for each in products]
        site = cast(forms.ChoiceField, self.fields["site"])
        site.choices = [(str(pool.id), pool.name) for pool in standing.pools]
        if len(standing.pools) < 2:
            del self.fields["site"]

    @property
    def licence_kind(self) -> Kind:
        """The kind chosen."""
        return cast(Kind, self.cleaned_data["kind"])
