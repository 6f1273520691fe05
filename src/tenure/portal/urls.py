"""The addresses of the pages."""

from __future__ import annotations

from django.urls import include, path

from tenure.portal.business import licence_lists
from tenure.portal.console import archives, receipts
from tenure.portal.hub import companies, profile, styleguide
from tenure.portal.operator import (
    actions,
    history_lists,
    notice_lists,
    outbox_lists,
    pages,
    whatifs,
)
from tenure.portal.shared import clocks, health, key_sets, outbox

COMPANY = "companies/<uuid:company_id>/"

urlpatterns = [
    path("", companies.companies, name="companies"),
    path("companies.csv", companies.table, name="companies-table"),
    path(COMPANY, pages.overview, name="company"),
    path(f"{COMPANY}timeline/", pages.timeline, name="timeline"),
    path(f"{COMPANY}whatif/", whatifs.whatif, name="whatif"),
    path(f"{COMPANY}members/", pages.members, name="members"),
    path(f"{COMPANY}members/protect/", actions.protect, name="protect"),
    path(f"{COMPANY}licences/", licence_lists.licences, name="licences"),
    path(f"{COMPANY}licences.csv", licence_lists.table, name="licences-table"),
    path(f"{COMPANY}licences/add/", actions.add_licence, name="add-licence"),
    path(f"{COMPANY}licences/<uuid:licence_id>/renew/", actions.renew_licence, name="renew"),
    path(f"{COMPANY}notices/", notice_lists.notices, name="notices"),
    path(f"{COMPANY}notices.csv", notice_lists.table, name="notices-table"),
    path(f"{COMPANY}notices/<uuid:notice_id>/", pages.notice, name="notice"),
    path(f"{COMPANY}history/", history_lists.history, name="history"),
    path(f"{COMPANY}history.csv", history_lists.table, name="history-table"),
    path(f"{COMPANY}receipts/<uuid:receipt_id>.json", pages.receipt, name="receipt"),
    path(f"{COMPANY}receipts/<uuid:receipt_id>.jws", receipts.signed, name="signed-receipt"),
    path(f"{COMPANY}archives/", archives.archives, name="archives"),
    path(f"{COMPANY}archives/<uuid:archive_id>.zip", archives.file, name="archive"),
    path(f"{COMPANY}close/", actions.close, name="close"),
    path(f"{COMPANY}reopen/", actions.reopen, name="reopen"),
    path("", include("tenure.portal.console.urls")),
    path("", include("tenure.portal.business.urls")),
    path("outbox/", outbox_lists.mails, name="outbox"),
    path("outbox.csv", outbox_lists.table, name="outbox-table"),
    path("outbox/<uuid:mail_id>/", outbox.mail, name="mail"),
    path("outbox/<uuid:mail_id>/letter/", outbox.letter, name="letter"),
    path("clock/", clocks.move, name="move-clock"),
    path(".well-known/jwks.json", key_sets.jwks, name="jwks"),
    path("healthz", health.healthz, name="healthz"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("", include("tenure.portal.hub.urls")),
    path("me/", include("tenure.portal.identity.urls")),
    path("me/profile/", profile.profile, name="profile"),
    path("i18n/setlang/", profile.choose_language, name="set_language"),
]
