"""What is a person's own: name, language, time zone and theme. They rule every page they see."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from tenure.portal.shared.addresses import hub_address, reader_of
from tenure.portal.shared.doors import of_the_hub, open_to_all
from tenure.portal.shared.zones import choices
from tenure.store.models import Person


class ProfileForm(forms.ModelForm):
    """The fields of a profile."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("As others in your accounts see you. Empty: your e-mail address."),
        max_length=200,
        required=False,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("What was done and written is told in this zone."),
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Appearance"),
        choices=[
            ("auto", gettext_lazy("As the device")),
            ("light", gettext_lazy("Light")),
            ("dark", gettext_lazy("Dark")),
        ],
    )

    class Meta:
        model = Person
        fields = ["name", "language", "time_zone", "theme"]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        zones.choices = choices(self.instance.time_zone)


@require_http_methods(["GET", "HEAD", "POST"])
@of_the_hub
def profile(request: HttpRequest) -> HttpResponse:
    """Show a profile, and keep what was changed."""
    viewer = reader_of(request)
    if viewer is None:  # the door leads them to the sign-in
        raise ValueError("nobody looks")
    # A copy: what was typed wrongly must not rule the page that says so.
    person = Person.objects.get(pk=viewer.person.pk)
    form = ProfileForm(request.POST or None, instance=person)
    if form.is_valid():
        form.save()
        translation.activate(person.language)
        messages.success(request, _("Your profile was saved."))
        return HttpResponseRedirect(hub_address("profile"))
    return render(
        request,
        "tenure/hub/profile.html",
        {"form": form, "section": "profile"},
        status=422 if form.is_bound else 200,
    )


@require_POST
@open_to_all
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language that was chosen in the foot: of the person, and of the browser."""
    viewer = reader_of(request)
    chosen = request.POST.get("language", "")
    if viewer is not None and chosen in dict(settings.LANGUAGES):
        Person.objects.filter(pk=viewer.person.pk).update(language=chosen)
    answer = set_language(request)
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, request.is_secure()
    ):
        answer["Location"] = wanted
    return answer
