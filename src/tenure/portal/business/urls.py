"""The addresses of the Business portal, below those of a company."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from tenure.portal.business import (
    account_calendar,
    alerts,
    calendar,
    contacts,
    feeds,
    keys,
    licences,
    requests,
    sites,
    units,
)

COMPANY = "companies/<uuid:company_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("keys/<str:secret>/", keys.asked, name="key-asked"),
    path(f"{COMPANY}licences/key/", keys.add_key, name="add-key"),
    path(f"{COMPANY}licences/key/<uuid:claim_id>/", keys.claim, name="key-claim"),
    path(f"{COMPANY}licences/<uuid:licence_id>/key/", keys.key, name="key"),
    path(f"{COMPANY}licences/trial/", keys.trial, name="trial"),
    path(f"{COMPANY}alerts/", alerts.page, name="alerts"),
    path(f"{COMPANY}alerts.csv", alerts.table, name="alerts-table"),
    path(f"{COMPANY}alerts/act/", alerts.act, name="alerts-act"),
    path(f"{COMPANY}calendar/", calendar.page, name="calendar"),
    path(f"{COMPANY}calendar.csv", calendar.table, name="calendar-table"),
    path(f"{COMPANY}calendar/feed/", calendar.feed, name="calendar-feed"),
    path("calendar/", account_calendar.page, name="account-calendar"),
    path("calendar/<str:secret>.ics", feeds.feed, name="feed"),
    path(f"{COMPANY}contacts/", contacts.contacts, name="contacts"),
    path(f"{COMPANY}contacts.csv", contacts.table, name="contacts-table"),
    path(f"{COMPANY}contacts/add/", contacts.add, name="add-contact"),
    path(f"{COMPANY}contacts/<uuid:contact_id>/change/", contacts.change, name="change-contact"),
    path(f"{COMPANY}contacts/<uuid:contact_id>/remove/", contacts.remove, name="remove-contact"),
    path(f"{COMPANY}sites/", sites.sites, name="sites"),
    path(f"{COMPANY}sites.csv", sites.table, name="sites-table"),
    path(f"{COMPANY}sites/add/", sites.add, name="add-site"),
    path(f"{COMPANY}sites/<uuid:site_id>/name/", sites.rename, name="rename-site"),
    path(f"{COMPANY}sites/<uuid:site_id>/close/", sites.close, name="close-site"),
    path(f"{COMPANY}units/", units.units, name="units"),
    path(f"{COMPANY}licences/<uuid:licence_id>/", licences.licence, name="licence"),
    path(f"{COMPANY}licences/<uuid:licence_id>/change/", licences.change, name="change-licence"),
    path(f"{COMPANY}renewal/", requests.renewal, name="renewal"),
    path(f"{COMPANY}renewal.csv", requests.asked_table, name="renewal-table"),
    path(f"{COMPANY}renewal/ask/", requests.ask, name="renewal-ask"),
    path(
        f"{COMPANY}renewal/<uuid:request_id>/withdraw/", requests.withdraw, name="renewal-withdraw"
    ),
    path("requests/", requests.queue, name="requests"),
    path("requests.csv", requests.table, name="requests-table"),
    path("requests/act/", requests.act, name="requests-act"),
]
