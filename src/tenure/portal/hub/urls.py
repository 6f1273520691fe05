"""The addresses of accounts: opening one, its people and their rights, its settings, a site."""

from __future__ import annotations

from django.urls import path

from tenure.portal.hub import accounts, audit, invitations, people, sites

urlpatterns = [
    path("accounts/open/", accounts.open_account, name="open-account"),
    path("invitations/<str:secret>/", invitations.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people.csv", people.table, name="people-table"),
    path("people/invite/", people.invite, name="invite"),
    path("people/leave/", people.leave, name="leave"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/remove/", people.remove, name="remove-person"),
    path("people/<uuid:person_id>/transfer/", people.transfer, name="transfer"),
    path("people/invitations/<uuid:invitation_id>/resend/", people.resend, name="resend"),
    path("people/invitations/<uuid:invitation_id>/revoke/", people.revoke, name="revoke"),
    path("audit/", audit.audit, name="audit"),
    path("audit/audit.csv", audit.table, name="audit-table"),
    path("settings/", accounts.account_settings, name="account-settings"),
    path("companies/<uuid:company_id>/sites/<uuid:pool_id>/", sites.site, name="site"),
]
