"""The addresses of the Console, below those of a company, and of a site where it has its own."""

from __future__ import annotations

from django.urls import path

from tenure.portal.console import acts, groups, licences, lists, members, rules, tokens, unseen

CONSOLE = "companies/<uuid:company_id>/console/"
OF_SITE = "companies/<uuid:company_id>/sites/<uuid:pool_id>/console/"

urlpatterns = [
    path(CONSOLE, lists.roster, name="console"),
    path(f"{CONSOLE}members.csv", lists.as_csv, name="console-list"),
    path(f"{CONSOLE}columns/", lists.columns, name="console-columns"),
    path(f"{CONSOLE}act/", lists.act, name="console-act"),
    path(f"{CONSOLE}acts/<uuid:act_id>/", acts.progress, name="console-progress"),
    path(f"{CONSOLE}acts/<uuid:act_id>/stop/", acts.stop, name="console-stop"),
    path(f"{CONSOLE}add/", members.add, name="console-add"),
    path(f"{CONSOLE}file/", members.from_file, name="console-file"),
    path(f"{CONSOLE}members/<uuid:member_id>/", members.member, name="console-member"),
    path(f"{CONSOLE}members/<uuid:member_id>/change/", members.change, name="console-change"),
    path(f"{CONSOLE}members/<uuid:member_id>/remove/", members.remove, name="console-remove"),
    path(f"{CONSOLE}groups/", groups.all_groups, name="console-groups"),
    path(f"{CONSOLE}groups.csv", groups.as_csv, name="console-groups-table"),
    path(f"{CONSOLE}groups/add/", groups.add_group, name="console-add-group"),
    path(f"{CONSOLE}groups/<uuid:group_id>/", groups.group, name="console-group"),
    path(
        f"{CONSOLE}groups/<uuid:group_id>/change/", groups.change_group, name="console-change-group"
    ),
    path(
        f"{CONSOLE}sources/<uuid:source_id>/change/",
        groups.change_source,
        name="console-change-source",
    ),
    path(f"{CONSOLE}clashes/", groups.clashes, name="console-clashes"),
    path(f"{CONSOLE}rules/", rules.rules, name="console-rules"),
    path(f"{CONSOLE}rules.csv", rules.as_csv, name="console-rules-table"),
    path(f"{CONSOLE}rules/change/", rules.change, name="console-change-rules"),
    path(f"{CONSOLE}unseen/", unseen.shown, name="console-unseen"),
    path(f"{CONSOLE}unseen.csv", unseen.as_csv, name="console-unseen-table"),
    path(f"{CONSOLE}unseen/change/", unseen.change, name="console-change-unseen"),
    path(f"{CONSOLE}licences/", licences.licences, name="console-licences"),
    path(f"{CONSOLE}units.csv", licences.as_csv, name="console-units-table"),
    path(f"{CONSOLE}tokens/", tokens.listed, name="console-tokens"),
    path(f"{CONSOLE}tokens/add/", tokens.add, name="console-add-token"),
    path(f"{CONSOLE}tokens/revoke/", tokens.revoke, name="console-revoke-token"),
    path(OF_SITE, lists.roster, name="site-console"),
    path(f"{OF_SITE}members.csv", lists.as_csv, name="site-console-list"),
    path(f"{OF_SITE}act/", lists.act, name="site-console-act"),
    path(f"{OF_SITE}acts/<uuid:act_id>/", acts.progress, name="site-console-progress"),
    path(f"{OF_SITE}acts/<uuid:act_id>/stop/", acts.stop, name="site-console-stop"),
]
