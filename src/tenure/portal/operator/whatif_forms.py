"""What can be supposed on the what-if page: a form for each kind of change, and its short form.

The short form stands in addresses (``renew,licence=…,until=2027-06-30``), so that a what-if can be
sent as a link; it is read by the same form, and checked alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tenure.core.facts import Kind as LicenceKind
from tenure.portal.operator.forms import MOST_UNITS, DayInput
from tenure.portal.shared.readers import language
from tenure.services import histories, whatifs
from tenure.services.days import day_of, end_of, start_of
from tenure.services.licences import NewLicence
from tenure.services.standings import Standing
from tenure.services.whatifs import Change
from tenure.store.models import Product
from tenure.words.counts_en import number as number_en
from tenure.words.counts_fr import number as number_fr
from tenure.words.dates import day
from tenure.words.names import clean
from tenure.words.whatif_facts import Kind

LAST_YEAR = 2200
SITE = "site_"
"""What the names of the fields begin with that place units in a site."""


def _count(label: Any, *, least: int = 1, required: bool = True, **more: Any) -> Any:
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=MOST_UNITS,
        required=required,
        error_messages={
            "required": _("Write a whole number, such as 20."),
            "invalid": _("Write a whole number, such as 20."),
            "min_value": _("At least %(limit_value)s."),
            "max_value": _("At most %(limit_value)s."),
        },
        **more,
    )


class ChangeForm(forms.Form):
    """A change and its day. ``code`` is what stands in addresses."""

    code: ClassVar[Kind]
    name: ClassVar[Promise]
    own: ClassVar[tuple[str, ...]] = ()
    """The fields of this kind, of those that ``_fields`` can make; the day comes last."""

    def __init__(self, *args: Any, standing: Standing, **more: Any):
        super().__init__(*args, **more)
        self.standing = standing
        for name in self.own:
            self.fields.update(_FIELDS[name](standing))
        self.fields["at"] = forms.DateField(
            label=_("Day"),
            help_text=_("Leave it empty for today. Later, it is done as the day begins."),
            required=False,
            widget=DayInput,
            error_messages={"invalid": _("This is not a day. Write it like 2027-06-30.")},
        )

    def clean_at(self) -> Any:
        """Refuse a day that is over, or very far away."""
        wanted = self.cleaned_data["at"]
        if wanted is None:
            return None
        if wanted.year > LAST_YEAR:
            raise forms.ValidationError(_("Choose a day before the year 2200."))
        if wanted < day_of(self.standing.now, self.standing.company.time_zone):
            raise forms.ValidationError(_("This day is over. Choose today or a later one."))
        return wanted

    def clean_until(self) -> Any:
        """Refuse a day that is very far away."""
        wanted = self.cleaned_data["until"]
        if wanted is not None and wanted.year > LAST_YEAR:
            raise forms.ValidationError(_("Choose a day before the year 2200."))
        return wanted

    @property
    def at(self) -> int | None:
        """The instant at which it is done; None for now."""
        wanted = self.cleaned_data["at"]
        zone = self.standing.company.time_zone
        if wanted is None or wanted == day_of(self.standing.now, zone):
            return None
        return start_of(wanted, zone)

    @property
    def ends(self) -> int | None:
        """The instant at which the licence ends; None without end."""
        until = self.cleaned_data["until"]
        return None if until is None else end_of(until, self.standing.company.time_zone)

    @property
    def placements(self) -> dict[UUID, int]:
        """Where units are to stand; sites that were left empty are left out."""
        found = {}
        for name, value in self.cleaned_data.items():
            if name.startswith(SITE) and value is not None:
                found[UUID(name.removeprefix(SITE))] = value
        return found

    @property
    def change(self) -> Change:
        """The change that was asked for; only of a form that is valid."""
        raise NotImplementedError

    @property
    def token(self) -> str:
        """The short form; only of a form that is valid."""
        given = [(name, str(self.data.get(name, "")).strip()) for name in self.fields]
        return ",".join([self.code, *(f"{name}={value}" for name, value in given if value)])

    @property
    def fields_given(self) -> dict[str, str]:
        """What was typed, for an address that opens the form again."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


# Fields


def _licence_field(standing: Standing) -> dict[str, forms.Field]:
    zone, spoken = standing.company.time_zone, language()
    number = number_en if spoken == "en" else number_fr
    choices = []
    for row in histories.licences(standing):
        if row.status in ("cancelled", "removed"):
            continue
        name = clean(row.licence.label or row.licence.reference or row.licence.product.name)
        ends = (
            ""
            if row.ends_at is None
            else f" – {day(row.ends_at, zone, spoken, 'short', ends=True)}"
        )
        choices.append((str(row.licence.id), f"{name} ({number(row.licence.units)}){ends}"))
    return {
        "licence": forms.ChoiceField(
            label=_("Licence"),
            help_text=_("With its units and the last day that it covers."),
            choices=choices,
            error_messages={
                "required": _("Choose a licence."),
                "invalid_choice": _("There is no such licence here. Choose one of the list."),
            },
        )
    }


def _until_field(standing: Standing, *, required: bool) -> dict[str, forms.Field]:
    help_text = _("The licence ends at the end of this day, in the time of the company.")
    if not required:
        help_text = _("The licence ends at the end of this day. Empty: it has no end.")
    return {
        "until": forms.DateField(
            label=_("Last day covered"),
            help_text=help_text,
            required=required,
            widget=DayInput,
            error_messages={
                "required": _("Choose the last day that the licence covers."),
                "invalid": _("This is not a day. Write it like 2027-06-30."),
            },
        )
    }


def _units_field(standing: Standing) -> dict[str, forms.Field]:
    return {"units": _count(_("Units"), help_text=_("Each unit protects one user."))}


def _seats_field(standing: Standing) -> dict[str, forms.Field]:
    return {"units": _count(_("Users"))}


def _pool_field(standing: Standing) -> dict[str, forms.Field]:
    if len(standing.pools) < 2:
        return {}
    choices = [(str(pool.id), clean(pool.name)) for pool in standing.pools]
    return {
        "pool": forms.ChoiceField(
            label=_("Site"),
            choices=choices,
            required=False,
            error_messages={"invalid_choice": _("There is no such site. Choose one of the list.")},
        )
    }


def _sites_field(standing: Standing, help_text: Any) -> dict[str, forms.Field]:
    if len(standing.pools) < 2:
        return {}
    return {
        f"{SITE}{pool.id}": _count(
            _("Units in %(site)s") % {"site": clean(pool.name)},
            least=0,
            required=False,
            help_text=help_text if i == 0 else "",
        )
        for i, pool in enumerate(standing.pools)
    }


def _kind_field(standing: Standing) -> dict[str, forms.Field]:
    return {
        "kind": forms.ChoiceField(
            label=_("Kind"),
            required=False,
            choices=[
                ("full", _("Full licence")),
                ("trial", _("Trial")),
                ("subscription", _("Subscription")),
                ("nfr", _("Not for resale")),
            ],
        )
    }


def _product_field(standing: Standing) -> dict[str, forms.Field]:
    products = list(Product.objects.filter(services=standing.service).order_by("name"))
    if len(products) < 2:
        return {}
    return {
        "product": forms.ChoiceField(
            label=_("Product"), choices=[(each.key, each.name) for each in products]
        )
    }


_FIELDS: Mapping[str, Callable[[Standing], dict[str, forms.Field]]] = {
    "licence": _licence_field,
    "until": partial(_until_field, required=True),
    "until?": partial(_until_field, required=False),
    "units": _units_field,
    "seats": _seats_field,
    "pool": _pool_field,
    "sites": partial(
        _sites_field,
        help_text=_("What is placed nowhere stands in this first site, on top of what is written."),
    ),
    "sites?": partial(
        _sites_field, help_text=_("Leave all sites empty to leave the units where they are.")
    ),
    "kind": _kind_field,
    "product": _product_field,
}


# Kinds


class Add(ChangeForm):
    """A licence is added."""

    code = "add"
    name = _("Add a licence")
    own: ClassVar[tuple[str, ...]] = ("product", "units", "kind", "pool", "until?")

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        data, standing = self.cleaned_data, self.standing
        product = data.get("product") or whatifs.usual_product(standing.company, standing.service)
        pool = data.get("pool")
        starts = standing.now if self.at is None else self.at
        kind = cast(LicenceKind, data.get("kind") or "full")
        placed = {UUID(pool): data["units"]} if pool else {}
        new = NewLicence(product, data["units"], starts, self.ends, kind, placed)
        return whatifs.add(new, self.at)


class _OfLicence(ChangeForm):
    own: ClassVar[tuple[str, ...]] = ("licence",)
    make: ClassVar[Any]
    """The service's function that supposes it."""

    @property
    def licence(self) -> UUID:
        """The licence that is touched."""
        return UUID(self.cleaned_data["licence"])

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        return cast(Change, type(self).make(self.licence, self.at))


class Renew(_OfLicence):
    """A licence is given a later end."""

    code = "renew"
    name = _("Renew a licence")
    own: ClassVar[tuple[str, ...]] = ("licence", "until")

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        return whatifs.renew(self.licence, cast(int, self.ends), self.at)


class Resize(_OfLicence):
    """A licence is given more or fewer units."""

    code = "resize"
    name = _("Change the units of a licence")
    own: ClassVar[tuple[str, ...]] = ("licence", "units", "sites?")

    @property
    def change(self) -> Change:
        """The change that was asked for; without any site the units stay where they are."""
        units = self.cleaned_data["units"]
        return whatifs.resize(self.licence, units, self.placements or None, self.at)


class Place(_OfLicence):
    """The units of a licence stand elsewhere."""

    code = "place"
    name = _("Move units between sites")
    own: ClassVar[tuple[str, ...]] = ("licence", "sites")

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        return whatifs.place(self.licence, self.placements, self.at)


class Suspend(_OfLicence):
    """A licence does not count for a time."""

    code = "suspend"
    name = _("Suspend a licence")
    make = staticmethod(whatifs.suspend)


class Resume(_OfLicence):
    """A suspended licence counts again."""

    code = "resume"
    name = _("Resume a licence")
    make = staticmethod(whatifs.resume)


class Remove(_OfLicence):
    """The company's people take a licence away."""

    code = "remove"
    name = _("Remove a licence")
    make = staticmethod(whatifs.remove)


class Cancel(_OfLicence):
    """The vendor ends a licence."""

    code = "cancel"
    name = _("Cancel a licence")
    make = staticmethod(whatifs.cancel)


class _OfSeats(ChangeForm):
    own: ClassVar[tuple[str, ...]] = ("pool", "seats")
    make: ClassVar[Any]

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        pool = self.cleaned_data.get("pool")
        pool_id = UUID(pool) if pool else self.standing.pools[0].id
        units = self.cleaned_data["units"]
        return cast(Change, type(self).make(self.standing.service, pool_id, units, self.at))


class Protect(_OfSeats):
    """More users are protected."""

    code = "protect"
    name = _("Protect more users")
    make = staticmethod(whatifs.protect)


class Unprotect(_OfSeats):
    """The last protected users are no longer."""

    code = "unprotect"
    name = _("Take back the last protection")
    make = staticmethod(whatifs.unprotect)


class _Plain(ChangeForm):
    make: ClassVar[Any]

    @property
    def change(self) -> Change:
        """The change that was asked for."""
        return cast(Change, type(self).make(self.at))


class Close(_Plain):
    """The owner closes the account."""

    code = "close"
    name = _("Close the account")
    make = staticmethod(whatifs.close)


class Reopen(_Plain):
    """The closing is taken back."""

    code = "reopen"
    name = _("Reopen the account")
    make = staticmethod(whatifs.reopen)


class HoldDeletion(_Plain):
    """An operator holds the deletion."""

    code = "hold_deletion"
    name = _("Hold the deletion")
    make = staticmethod(whatifs.hold_deletion)


class ReleaseDeletion(_Plain):
    """The deletion goes its way again."""

    code = "release_deletion"
    name = _("Release the deletion")
    make = staticmethod(whatifs.release_deletion)


GROUPS: tuple[tuple[Promise, tuple[type[ChangeForm], ...]], ...] = (
    (_("Licences"), (Add, Renew, Resize, Place, Suspend, Resume, Remove, Cancel)),
    (_("Users"), (Protect, Unprotect)),
    (_("Account"), (Close, Reopen, HoldDeletion, ReleaseDeletion)),
)
"""What can be supposed, in the order in which the page offers it."""

FORMS: Mapping[str, type[ChangeForm]] = {
    form.code: form for _name, group in GROUPS for form in group
}


def read(token: str, standing: Standing) -> ChangeForm | None:
    """Give the form that a short form fills; None where it is of no kind there is."""
    kind, *given = token.split(",")
    form = FORMS.get(kind)
    if form is None:
        return None
    data = dict(part.partition("=")[::2] for part in given)
    return form(data, standing=standing)
