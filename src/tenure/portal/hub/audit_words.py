"""What an entry of the audit says, as a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenure.core.actions import DONE, Topic
from tenure.portal.shared.readers import language
from tenure.services.audit_entries import people_of
from tenure.services.audit_names import Names
from tenure.store.models import Account, AuditEntry
from tenure.words.dates import day
from tenure.words.names import clean

SOMEBODY = "…"
"""Stands for whoever is gone, or whose name was erased."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted: a name, an address and where they called from, as far as that is known."""

    name: str
    address: str = ""
    ip: str = ""
    behalf: str = ""
    is_erased: bool = False


def who(entry: AuditEntry, names: Names) -> Who:
    """Say who did it, and on whose behalf."""
    content = people_of(entry)
    if content is None:
        return Who(_("erased"), is_erased=True)
    door, ip = str(entry.data.get("door", "")), content.get("ip", "")
    id_ = content.get("person", "")
    if not id_:
        return Who(_("nobody signed in") if door == "portal" else door_words(door), ip=ip)
    name, address = names.people.get(id_, ("", ""))
    # The address is the one of that time.
    address = content.get("address", "") or address
    known = clean(name) if name else address or SOMEBODY
    return Who(known, address if name else "", ip, _behalf(entry, content, names))


def _behalf(entry: AuditEntry, content: Mapping[str, str], names: Names) -> str:
    """Name the account in whose portal somebody acted, where the company is another's."""
    if content.get("behalf") == "operator":
        return _("the vendor")
    if content.get("behalf"):
        return clean(content["behalf"])
    account = names.accounts.get(content.get("account", ""))
    if account is None or account.id == entry.account_id:
        is_provider = account is not None and account.kind == Account.Kind.MSP and entry.chain
        return clean(account.name) if account is not None and is_provider else ""
    return clean(account.name)


def door_words(door: str) -> str:
    """Name where somebody came in."""
    return {
        "portal": _("Portal"),
        "api": _("API"),
        "cli": _("Command line"),
        "engine": _("Engine"),
        "system": _("Tenure itself"),
    }.get(door, clean(door))


def topics() -> dict[Topic, str]:
    """Name the topics."""
    return {
        "licences": _("Licences"),
        "protection": _("Members and protection"),
        "company": _("Company, sites and deletion"),
        "people": _("People and invitations"),
        "access": _("Signing in and refusals"),
        "account": _("Accounts"),
        "operation": _("Operation"),
    }


def what(entry: AuditEntry, names: Names, zone: str) -> str:
    """Say what was done, or tried."""
    said = _said(entry, names, zone)
    if entry.result == DONE or entry.action in _TRIES:
        return said
    return _("Attempt: %(what)s") % {"what": said}


_TRIES = frozenset({"page.refused", "person.sign_in_failed", "company.asked", "account.asked"})
"""These are attempts already."""


def _said(entry: AuditEntry, names: Names, zone: str) -> str:
    new: Mapping[str, Any] = entry.data.get("new") or {}
    values = _values(entry, new, names, zone)
    count = values["count"]
    counted = {
        "licence.added": ngettext(
            "Licence added: %(licence)s, %(count)s unit",
            "Licence added: %(licence)s, %(count)s units",
            count,
        ),
        "licence.resized": ngettext(
            "Licence %(licence)s resized to %(count)s unit",
            "Licence %(licence)s resized to %(count)s units",
            count,
        ),
        "seats.protected": ngettext(
            "%(count)s user protected in %(pool)s",
            "%(count)s users protected in %(pool)s",
            count,
        ),
        "seats.unprotected": ngettext(
            "Protection of %(count)s user in %(pool)s taken back",
            "Protection of %(count)s users in %(pool)s taken back",
            count,
        ),
    }
    text = counted.get(entry.action) or sentences().get(entry.action)
    return entry.action if text is None else text % values


def _values(entry: AuditEntry, new: Mapping[str, Any], names: Names, zone: str) -> dict[str, Any]:
    content = people_of(entry) or {}
    noun, _colon, object_id = entry.object.rpartition(":")
    account = names.accounts.get(str(entry.account_id))
    ends, count = new.get("ends"), new.get("count", new.get("units", 0))
    person = _person(content.get("subject") or object_id, names)
    return {
        "company": clean(names.companies.get(entry.chain, SOMEBODY)),
        "account": SOMEBODY if account is None else clean(account.name),
        "licence": clean(names.licences.get(object_id, SOMEBODY)),
        "pool": clean(names.pools.get(object_id) or str(new.get("name") or SOMEBODY)),
        "person": content.get("subject_address") or person,
        "invited": names.invitations.get(object_id, SOMEBODY),
        "member": content.get("member") or SOMEBODY,
        "group": clean(str(content.get("name") or SOMEBODY)),
        "contact": content.get("contact") or SOMEBODY,
        "page": object_id if noun == "page" else SOMEBODY,
        "until": day(ends, zone, language(), "short", ends=True)
        if isinstance(ends, int)
        else SOMEBODY,
        "count": count if isinstance(count, int) else 0,
    }


def _person(id_: str, names: Names) -> str:
    name, address = names.people.get(id_, ("", ""))
    return clean(name) if name else address or SOMEBODY


def sentences() -> dict[str, str]:
    """Give the sentence of each action that has no number in it."""
    return {
        "licence.renewed": _("Licence %(licence)s renewed until %(until)s"),
        "licence.placed": _("Units of the licence %(licence)s placed otherwise"),
        "licence.suspended": _("Licence %(licence)s suspended"),
        "licence.resumed": _("Licence %(licence)s resumed"),
        "licence.removed": _("Licence %(licence)s removed"),
        "licence.cancelled": _("Licence %(licence)s cancelled by the vendor"),
        "licence.named": _("Licence %(licence)s got another name or reference"),
        "trial.started": _("Trial started"),
        "key.tried": _("A key was tried that opens nothing here"),
        "key.claimed": _("Whoever a key was sold to was asked for it"),
        "key.allowed": _("Whoever a key was sold to allowed a company to use it"),
        "key.claim_ended": _("Asking for a key ended without it"),
        "key.shown": _("A key was shown"),
        "key.replaced": _("A key was replaced by another"),
        "renewal.asked": _("Licences asked for"),
        "renewal.taken": _("Request for licences taken up"),
        "renewal.done": _("Request for licences done"),
        "renewal.declined": _("Request for licences declined"),
        "renewal.withdrawn": _("Request for licences withdrawn"),
        "key.issued": _("A key was issued"),
        "key.revoked": _("A key was revoked"),
        "member.added": _("Member added: %(member)s"),
        "member.renamed": _("Name of a member changed"),
        "member.left": _("A member left"),
        "member.came_back": _("A member is there again"),
        "member.removed": _("Member removed for good: %(member)s"),
        "member.home": _("Home site of members changed"),
        "member.file": _("Members taken from a file"),
        "seat.moved": _("Seat of a member moved to another site"),
        "protection.wanted": _("Protection of members asked for"),
        "protection.unwanted": _("Protection of members taken back"),
        "act.stopped": _("Change of very many members stopped"),
        "rule.added": _("Rule of automatic protection added"),
        "rule.removed": _("Rule of automatic protection removed"),
        "rule.ordered": _("Rules put into another order"),
        "exclusion.added": _("Somebody left out of the rules"),
        "exclusion.removed": _("Rules hold for somebody again"),
        "unseen.rule_set": _("Rule set that releases members not seen for long"),
        "unseen.rule_removed": _("Rule stopped that releases members not seen for long"),
        "unseen.announced": _("Release of members not seen for long announced"),
        "unseen.released": _("A member not seen for long released"),
        "group.added": _("Group made: %(group)s"),
        "group.renamed": _("Group renamed: %(group)s"),
        "group.members": _("Members of a group changed"),
        "group.home": _("Home site of a group changed"),
        "group.removed": _("Group removed: %(group)s"),
        "source.home": _("Home site of a source changed"),
        "identity.resolved": _("Somebody of a directory recognised"),
        "archive.asked": _("Data of the company asked for"),
        "archive.fetched": _("Data of the company fetched"),
        "token.added": _("Token made"),
        "token.revoked": _("Token revoked"),
        "alert.resolved": _("Alerts resolved"),
        "alert.unresolved": _("Alerts taken up again"),
        "feed.made": _("Calendar address made"),
        "feed.revoked": _("Calendar address revoked"),
        "company.created": _("Company opened: %(company)s"),
        "company.imported": _("Brought in by an import: %(company)s"),
        "company.closed": _("Company closed by its owner"),
        "company.reopened": _("Company reopened"),
        "company.asked": _("Something asked for %(company)s, and refused"),
        "pool.added": _("Site opened: %(pool)s"),
        "pool.renamed": _("Site %(pool)s renamed"),
        "pool.closed": _("Site %(pool)s closed"),
        "contact.added": _("Notices go to %(contact)s as well"),
        "contact.changed": _("How %(contact)s is written to changed"),
        "contact.removed": _("Notices go to %(contact)s no more"),
        "policy.changed": _("Other periods hold for what begins from here on"),
        "deletion.held": _("Deletion held by an operator"),
        "deletion.released": _("Deletion released by an operator"),
        "deletion.confirmed": _("Deletion warning served by an operator"),
        "invitation.sent": _("%(invited)s invited to %(account)s"),
        "invitation.changed": _(
            "Invitation of %(invited)s to %(account)s changed by a closed site"
        ),
        "invitation.accepted": _("Invitation to %(account)s accepted by %(invited)s"),
        "invitation.revoked": _("Invitation of %(invited)s to %(account)s taken back"),
        "membership.added": _("%(person)s taken into %(account)s"),
        "membership.changed": _("Rights of %(person)s in %(account)s changed"),
        "membership.removed": _("%(person)s removed from %(account)s"),
        "membership.left": _("%(person)s left %(account)s"),
        "page.refused": _("Asked for something that their rights do not allow: %(page)s"),
        "person.signed_in": _("%(person)s signed in"),
        "person.sign_in_failed": _("Somebody tried to sign in as %(person)s"),
        "person.password_changed": _("Password of %(person)s changed"),
        "person.password_set": _("Password of %(person)s set"),
        "person.password_reset": _("Password of %(person)s set by a link in a mail"),
        "person.address_change_asked": _("Another address asked for by %(person)s"),
        "person.email_changed": _("Address of %(person)s changed"),
        "person.email_confirm": _("Address of %(person)s confirmed"),
        "person.email_deleted": _("An address of %(person)s removed"),
        "person.totp_activated": _("Codes of an app switched on by %(person)s"),
        "person.totp_deactivated": _("Codes of an app switched off by %(person)s"),
        "person.webauthn_added": _("Passkey added by %(person)s"),
        "person.webauthn_removed": _("Passkey removed by %(person)s"),
        "person.recovery_codes_generated": _("New recovery codes made by %(person)s"),
        "person.account_connected": _("Another service linked by %(person)s, to sign in with"),
        "person.account_disconnected": _("Another service unlinked by %(person)s"),
        "person.identities_unlinked": _(
            "Sign-in of %(person)s with another service not kept, as it was not proven"
        ),
        "person.recovered": _("Second factors and password taken from %(person)s, who lost them"),
        "account.opened": _("Account opened: %(account)s"),
        "account.changed": _("Settings of %(account)s changed"),
        "account.transferred": _("%(account)s handed over to %(person)s"),
        "account.asked": _("A change of %(account)s or of its people asked for, and refused"),
        "operator.added": _("%(person)s made an operator"),
        "operator.removed": _("%(person)s is no longer an operator"),
        "import.done": _("Import done"),
        "import.released": _("Import released: notices may be sent"),
        "engine.resumed": _("Engine let go on by an operator"),
    }
