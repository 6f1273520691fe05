"""The form in which a key is typed, and then what is wanted with its licence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tenure.portal.shared.readers import language
from tenure.portal.templatetags.tenure import number
from tenure.services.answers import NamedLicence
from tenure.services.key_offers import Offer, Wishes
from tenure.store.models import Licence, Pool
from tenure.words.dates import day
from tenure.words.names import clean

LIKE = "like"
NAMED = "named"


class KeyForm(forms.Form):
    """The key alone."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        help_text=gettext_lazy(
            "As it stands in your order, such as ABCDE-12345-FGHJK-67890-MNPQR. Spaces, dashes "
            "and small letters do not matter."
        ),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter the key of the licence.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "secret"}
        ),
    )


class WishesForm(forms.Form):
    """What is wanted with the licence: which one it replaces, where its units stand, its name."""

    replaces = forms.ChoiceField(
        label=gettext_lazy("Which licence does it replace?"),
        help_text=gettext_lazy(
            "The new licence then stands where that one stands. That one stays until it ends, so "
            "nobody loses protection by the change."
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    where = forms.ChoiceField(
        label=gettext_lazy("Where do its units stand?"), widget=forms.RadioSelect, required=False
    )
    label = forms.CharField(
        label=gettext_lazy("Your own name for it"), required=False, max_length=200
    )
    reference = forms.CharField(
        label=gettext_lazy("Your own reference"),
        help_text=gettext_lazy("Such as a number of your order. No two licences have the same."),
        required=False,
        max_length=100,
    )

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        pools: list[Pool],
        zone: str,
        notes: Mapping[str, str],
        **more: Any,
    ) -> None:
        """``notes``: what each choice of a licence to replace would bring, by its value."""
        super().__init__(*args, **more)
        self.offer = offer
        self.pools = pools
        replaces = self.fields["replaces"]
        assert isinstance(replaces, forms.ChoiceField)  # noqa: S101 - for the type checker
        if offer.replaceable:
            replaces.choices = [
                *(
                    (str(each.id), _with(named(each, zone), notes.get(str(each.id))))
                    for each in offer.replaceable
                ),
                ("", _with(_("None: it stands beside the others"), notes.get(""))),
            ]
            replaces.initial = str(offer.replaceable[0].id)
        else:
            del self.fields["replaces"]
        if len(pools) < 2:
            del self.fields["where"]
            return
        where = self.fields["where"]
        assert isinstance(where, forms.ChoiceField)  # noqa: S101 - for the type checker
        like = (
            _("Shared out like those of the licence that it replaces")
            if offer.replaceable
            else _("All in %(pool)s") % {"pool": clean(pools[0].name)}
        )
        where.choices = [(LIKE, like), (NAMED, _("As I write here, for each site"))]
        where.initial = LIKE
        for pool in pools:
            self.fields[_field(pool)] = forms.IntegerField(
                label=clean(pool.name),
                required=False,
                min_value=0,
                max_value=offer.key.units,
                error_messages={
                    "invalid": _("Write a whole number, such as 20."),
                    "min_value": _("Write 0 or more."),
                    "max_value": _("The licence has fewer units than that."),
                },
            )

    @property
    def sites(self) -> list[forms.BoundField]:
        """The fields of the sites."""
        return [self[_field(pool)] for pool in self.pools if _field(pool) in self.fields]

    @property
    def others(self) -> list[forms.BoundField]:
        """The fields of name and reference."""
        return [self["label"], self["reference"]]

    def clean(self) -> dict[str, Any]:
        """Refuse more units named than there are."""
        data = super().clean() or {}
        if data.get("where") == NAMED:
            named = sum(data.get(_field(pool)) or 0 for pool in self.pools)
            units = self.offer.key.units
            if named > units:
                text = ngettext(
                    "You named %(named)s units, and the licence has %(units)s.",
                    "You named %(named)s units, and the licence has %(units)s.",
                    units,
                )
                self.add_error("where", text % {"named": named, "units": units})
        return data

    @property
    def first(self) -> Wishes:
        """What is chosen before anybody did."""
        replaceable = self.offer.replaceable
        return Wishes(replaces=replaceable[0].id if replaceable else None)

    @property
    def wishes(self) -> Wishes:
        """What was chosen."""
        data = self.cleaned_data
        placements = None
        if data.get("where") == NAMED:
            placements = {
                pool.id: data[_field(pool)] for pool in self.pools if data.get(_field(pool))
            }
        return Wishes(
            UUID(data["replaces"]) if data.get("replaces") else None,
            placements,
            data["label"].strip(),
            data["reference"].strip(),
        )


def _field(pool: Pool) -> str:
    return f"units-{pool.id}"


def _with(text: str, note: str | None) -> str:
    return f"{text} – {note}" if note else text


def named(licence: Licence, zone: str) -> str:
    """Name a licence with its units and its end."""
    name = clean(NamedLicence.of(licence).name)
    units = ngettext("%(n)s unit", "%(n)s units", licence.units)
    units %= {"n": number(licence.units)}
    if licence.ends_at is None:
        return _("%(licence)s: %(units)s, without end") % {"licence": name, "units": units}
    end = day(licence.ends_at, zone, language(), ends=True)
    return _("%(licence)s: %(units)s, until %(end)s") % {
        "licence": name,
        "units": units,
        "end": end,
    }
