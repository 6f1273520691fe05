"""What an audit records: every action by its code, in topics that somebody looks for.

The codes are permanent: they stand in chains of hashes. docs/reference/audit.md is compared with
this list, and so is every call that records something.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

Topic = Literal["licences", "protection", "company", "people", "access", "account", "operation"]
TOPICS: tuple[Topic, ...] = get_args(Topic)

DONE = "done"
"""The result of what was done; every other result is the code of a refusal."""

PAGE_REFUSED = "page.refused"
ACCOUNT_ASKED = "account.asked"
SIGN_IN_FAILED = "person.sign_in_failed"

_BY_TOPIC: dict[Topic, dict[str, str]] = {
    "licences": {
        "licence.added": "A licence was added",
        "licence.renewed": "A licence got a later end",
        "licence.resized": "A licence got another number of units",
        "licence.placed": "Units of a licence were placed otherwise over the sites",
        "licence.suspended": "A licence was suspended by the company's people",
        "licence.resumed": "A suspended licence counts again",
        "licence.removed": "A licence was removed by the company's people",
        "licence.cancelled": "A licence was cancelled by the vendor",
        "licence.named": "A licence got another name or reference of the company's own",
        "trial.started": "A trial was started",
        "key.tried": "A key was tried that opens nothing here",
        "key.claimed": "Whoever a key was sold to was asked for it",
        "key.allowed": "Whoever a key was sold to allowed a company to use it",
        "key.claim_ended": "Asking for a key ended without it: taken back, or refused",
        "key.shown": "A key was shown",
        "key.replaced": "A key was replaced by another",
        "renewal.asked": "Whoever supplies the company was asked for licences",
        "renewal.taken": "A request for licences was taken up",
        "renewal.done": "A request for licences was said to be done",
        "renewal.declined": "A request for licences was declined",
        "renewal.withdrawn": "A request for licences was withdrawn",
        "key.issued": "A key was issued",
        "key.revoked": "A key was revoked",
    },
    "protection": {
        "seats.protected": "Members were protected",
        "seats.unprotected": "Members' protection was taken back",
        "member.added": "A member was added",
        "member.renamed": "A member's name was changed",
        "member.left": "A member left",
        "member.came_back": "A member is there again",
        "member.removed": "A member was removed for good",
        "member.home": "Members got another home site",
        "member.file": "Members were taken from a file",
        "seat.moved": "A member moved to another site with the seat",
        "protection.wanted": "Protection was asked for members",
        "protection.unwanted": "Protection of members was taken back",
        "act.stopped": "A change of very many members was stopped on its way",
        "rule.added": "A rule of automatic protection was added",
        "rule.removed": "A rule of automatic protection was removed",
        "rule.ordered": "The rules were put into another order",
        "exclusion.added": "Somebody was left out of the rules",
        "exclusion.removed": "The rules hold for somebody again",
        "unseen.rule_set": "A rule that releases members not seen for long was set or changed",
        "unseen.rule_removed": "The rule that releases members not seen for long was stopped",
        "unseen.announced": "Members were announced who will be released by that rule",
        "unseen.released": "A member not seen for long was released, by hand or by that rule",
        "group.added": "A group was made",
        "group.renamed": "A group was renamed",
        "group.members": "Members were put into a group, or taken out",
        "group.home": "A group got another home site",
        "group.removed": "A group was removed",
        "source.home": "A source got another home site",
        "identity.resolved": "It was said who somebody of a directory is",
    },
    "company": {
        "company.created": "The company was opened",
        "company.imported": "Facts or changes of the company were brought in by an import",
        "company.closed": "The company was closed by its owner",
        "company.reopened": "The company was reopened",
        "company.asked": "Something was asked for the company and refused before it had a name",
        "pool.added": "A site was opened",
        "pool.renamed": "A site got another name or reference",
        "pool.closed": "A site was closed",
        "archive.asked": "The company's data was asked for",
        "archive.fetched": "The company's data was fetched",
        "token.added": "A token was made",
        "token.revoked": "A token was revoked",
        "alert.resolved": "Alerts were resolved: they were seen to",
        "alert.unresolved": "Alerts were taken up again",
        "feed.made": "Somebody made themselves the address of a calendar",
        "feed.revoked": "The address of a calendar was revoked",
        "contact.added": "Somebody is written to from now on",
        "contact.changed": "Somebody is written to otherwise",
        "contact.removed": "Somebody is written to no more",
        "policy.changed": "Other periods hold",
        "deletion.held": "The deletion was held by an operator",
        "deletion.released": "The hold of the deletion was released by an operator",
        "deletion.confirmed": "The deletion warning was served by an operator",
    },
    "people": {
        "invitation.sent": "Somebody was invited, or invited again",
        "invitation.changed": "An invitation offers less, because a site was closed",
        "invitation.accepted": "An invitation was accepted",
        "invitation.revoked": "An invitation was taken back",
        "membership.added": "Somebody was taken into the account",
        "membership.changed": "Somebody's rights were changed",
        "membership.removed": "Somebody was removed from the account",
        "membership.left": "Somebody left the account",
    },
    "access": {
        PAGE_REFUSED: "Somebody asked for a page or an action that their rights do not allow",
        "person.signed_in": "Somebody signed in",
        SIGN_IN_FAILED: "Somebody did not get in as an existing person: wrong password or code",
        "person.password_changed": "A password was changed",
        "person.password_set": "A password was set",
        "person.password_reset": "A password was set by a link in a mail",
        "person.address_change_asked": "Another address was asked for",
        "person.email_changed": "An address was changed",
        "person.email_confirm": "An address was confirmed",
        "person.email_deleted": "An address was removed",
        "person.totp_activated": "Codes of an app were switched on",
        "person.totp_deactivated": "Codes of an app were switched off",
        "person.webauthn_added": "A passkey was added",
        "person.webauthn_removed": "A passkey was removed",
        "person.recovery_codes_generated": "New recovery codes were made",
        "person.account_connected": "The sign-in with another service was linked",
        "person.account_disconnected": "The sign-in with another service was unlinked",
        "person.identities_unlinked": "The sign-in with another service was not kept: unproven",
        "person.recovered": "Second factors and password were taken from whoever lost them",
    },
    "account": {
        "account.opened": "The account was opened",
        "account.changed": "The account's settings were changed",
        "account.transferred": "The account was handed over",
        ACCOUNT_ASKED: "A change of the account or of its people was asked for and refused",
    },
    "operation": {
        "operator.added": "Somebody was made an operator",
        "operator.removed": "Somebody is an operator no more",
        "import.done": "An import was done",
        "import.released": "An import was released: notices may be sent",
        "engine.resumed": "The engine was let go on by an operator",
    },
}

ACTIONS: Mapping[str, str] = MappingProxyType(
    {code: does for codes in _BY_TOPIC.values() for code, does in codes.items()}
)
"""What each action means, by its code."""


def of_topic(topic: Topic) -> tuple[str, ...]:
    """Give the codes of a topic."""
    return tuple(_BY_TOPIC[topic])


def topic_of(action: str) -> Topic:
    """Give the topic of an action. Raises ``KeyError`` for one that nobody knows."""
    for topic, codes in _BY_TOPIC.items():
        if action in codes:
            return topic
    raise KeyError(action)
