"""Erasing what a deleted instance left behind, in batches that survive a crash, and the receipt.

Each batch and the count of what it erased are one transaction, so that the receipt's counts are
right however often the engine was killed on the way.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from tenure.clock import Clock
from tenure.services import archives, claims, receipts, renewals
from tenure.services.audit import INSTALLATION
from tenure.services.ledger import clock_of
from tenure.services.states import policy
from tenure.store.ids import new_id
from tenure.store.instants import to_datetime
from tenure.store.models import (
    Account,
    Act,
    ActPart,
    Alias,
    Archive,
    ArchivePart,
    AuditPerson,
    Claim,
    Company,
    Delivery,
    Exclusion,
    Fact,
    Feed,
    Group,
    GroupIdentity,
    GroupMember,
    Identity,
    IdentityMail,
    Instance,
    KeyClaim,
    Letter,
    LicenceKey,
    Member,
    Notice,
    OutboxMail,
    Receipt,
    RenewalRequest,
    Rule,
    Seat,
    Source,
    Token,
    Transition,
    UnseenRelease,
    UnseenRule,
)

BATCH = 1000
"""Rows in one transaction."""

REASON = "because"
"""Under this name a fact keeps why somebody did it, in their own words."""


def looks_for() -> tuple[QuerySet[Instance]]:
    """Give the instances that are to be erased."""
    return (Instance.objects.filter(erase_at__isnull=False),)


def erase(clock: Clock) -> bool:
    """Erase one batch of each instance that is to be erased; give whether anything was done."""
    done = False
    # Those that wait for their last mail alone must not keep the others waiting: they come last,
    # and among them the newest first, of which there may still be rows to erase.
    mails = Delivery.objects.filter(
        company_id=OuterRef("company_id"),
        state__in=(Delivery.State.QUEUED, Delivery.State.LEASED),
    )
    (to_erase,) = looks_for()
    waiting = list(
        to_erase.order_by(Exists(mails), "-erase_at").values_list("company_id", "id")[:100]
    )
    for company_id, instance_id in waiting:
        with transaction.atomic():
            company = Company.objects.select_for_update().get(pk=company_id)
            instance = Instance.objects.get(company=company, id=instance_id)
            if instance.erase_at is not None:
                done = _erase_batch(company, instance) or _finish(company, instance, clock) or done
    return done


def _erase_batch(company: Company, instance: Instance) -> bool:
    """Erase up to a batch of rows; give whether there was anything left to erase."""
    for name, rows in _rows(company, instance):
        chosen = list(rows.values_list(*_key(rows.model), flat=True)[:BATCH])
        if not chosen:
            continue
        if rows.model is Member:
            for belongs in (GroupMember, Alias, Identity):
                named = belongs._default_manager.filter(company=company, member_id__in=chosen)
                named.delete()
        _chosen(rows, chosen).delete()
        if name:
            count = instance.erased.get(name, 0) + len(chosen)
            instance.erased = {**instance.erased, name: count}
            instance.save(update_fields=["erased"])
        return True
    return False


def _rows(company: Company, instance: Instance) -> list[tuple[str, QuerySet[Model]]]:
    """Give what is erased, in order: the seats, then the people whom no other instance uses."""
    mine = {"company": company, "service": instance.service_id, "instance": instance.number}
    found: list[tuple[str, QuerySet[Model]]] = [
        ("seats", Seat.objects.filter(**mine)),
        ("claims", Claim.objects.filter(**mine)),
        ("rules", Rule.objects.filter(**mine)),
        ("exclusions", Exclusion.objects.filter(**mine)),
        ("", UnseenRelease.objects.filter(**mine)),
        ("", UnseenRule.objects.filter(**mine)),
        ("", _act_parts(company, mine)),
        ("", Act.objects.filter(**mine)),
        ("", _parts(company, mine)),
        ("letters", _letters(company, mine)),
        ("archives", Archive.objects.filter(**mine)),
        ("mails", _stored_mails(company, mine)),
    ]
    if not _others(company, instance):
        # A new instance may have begun since: what came after the deletion, or is used, stays.
        found += [
            ("members", _members(company, instance)),
            ("identities", _unclear(company, instance)),
            *_leftovers(company),
            ("tokens", _tokens(company, instance)),
            *_asked(company, instance),
            ("groups", _unused_groups(company, instance)),
            ("sources", _unused_sources(company, instance)),
            ("audit", _audited(instance, chain=str(company.id))),
            ("mails", _letters_kept(company)),
        ]
        if company.account.kind == Account.Kind.BUSINESS:  # it has no company but this one
            account = {"chain": INSTALLATION, "account_id": company.account_id}
            found.append(("audit", _audited(instance, **account)))
    return found


_KEYS: dict[type[Model], str] = {
    AuditPerson: "entry_id",
    Claim: "member_id",
    GroupMember: "member_id",
    GroupIdentity: "identity_id",
    IdentityMail: "identity_id",
    Alias: "member_id",
    ActPart: "number",
    ArchivePart: "number",
    UnseenRule: "instance",
}
"""What names a row, where that is not its id: in the audit, people have their entry's name."""


def _key(model: type[Model]) -> tuple[str]:
    return (_KEYS.get(model, "id"),)


def _chosen(rows: QuerySet[Model], chosen: list[UUID]) -> QuerySet[Model]:
    return rows.filter(**{f"{_KEYS.get(rows.model, 'id')}__in": chosen})


def _audited(instance: Instance, **entries: object) -> QuerySet[Model]:
    """Give what the audit says of people up to the deletion; its entries stay, and hold."""
    named = {f"entry__{name}": value for name, value in entries.items()}
    rows: QuerySet[Model] = AuditPerson.objects.filter(**named, entry__at__lte=instance.erase_at)
    return rows


def _members(company: Company, instance: Instance) -> QuerySet[Model]:
    """Give the members but those whom another instance uses: they have a seat, wait, or are out."""
    seated = Seat.objects.filter(company=company, closed_seq__isnull=True)
    waiting = Claim.objects.filter(company=company)
    excluded = Exclusion.objects.filter(company=company, kind="member", target_id=OuterRef("id"))
    return Member.objects.filter(
        ~Exists(seated.filter(member_id=OuterRef("id"))),
        ~Exists(waiting.filter(member_id=OuterRef("id"))),
        ~Exists(excluded),
        company=company,
        added_at__lte=instance.erase_at,
    )


def _leftovers(company: Company) -> list[tuple[str, QuerySet[Model]]]:
    """Give what belongs to members and identities that there are no more."""
    found: list[tuple[str, QuerySet[Model]]] = []
    for name, model, key, owner in (
        ("", GroupMember, "member_id", Member),
        ("", Alias, "member_id", Member),
        ("identities", Identity, "member_id", Member),
        ("", GroupIdentity, "identity_id", Identity),
        ("", IdentityMail, "identity_id", Identity),
    ):
        there = owner._default_manager.filter(company=company, id=OuterRef(key))
        named = {"company": company, f"{key}__isnull": False}
        found.append((name, model._default_manager.filter(~Exists(there), **named)))
    return found


def _parts(company: Company, mine: dict[str, object]) -> QuerySet[Model]:
    mine_ids = Archive.objects.filter(**mine).values("id")
    rows: QuerySet[Model] = ArchivePart.objects.filter(company=company, archive_id__in=mine_ids)
    return rows


def _act_parts(company: Company, mine: dict[str, object]) -> QuerySet[Model]:
    ids = Act.objects.filter(**mine).values("id")
    rows: QuerySet[Model] = ActPart.objects.filter(company=company, act_id__in=ids)
    return rows


def _letters(company: Company, mine: dict[str, object]) -> QuerySet[Model]:
    """Give the letters that tell of the archives."""
    ids = Archive.objects.filter(**mine).values_list("id", flat=True)
    rows: QuerySet[Model] = Letter.objects.filter(about__in=[archives.about(each) for each in ids])
    return rows


def _letters_kept(company: Company) -> QuerySet[Model]:
    """Give the letters about a test company that the outbox keeps: they name their readers."""
    rows: QuerySet[Model] = OutboxMail.objects.filter(
        company=company, message_id__startswith="<letter-"
    )
    return rows


def _stored_mails(company: Company, mine: dict[str, object]) -> QuerySet[Model]:
    """Give the mails in the outbox, but the one that tells of the deletion."""
    notices = Notice.objects.filter(**mine).exclude(kind="deleted").values("id")
    mails = Delivery.objects.filter(company=company, notice_id__in=notices)
    rows: QuerySet[Model] = OutboxMail.objects.filter(
        company=company, message_id__in=mails.values("message_id")
    )
    return rows


def _tokens(company: Company, instance: Instance) -> QuerySet[Model]:
    """Give the tokens that the deletion has ended, and not those of a new start after it."""
    rows: QuerySet[Model] = Token.objects.filter(company=company)
    return rows if instance.state is not None else rows.filter(revoked_at__isnull=False)


def _asked(company: Company, instance: Instance) -> list[tuple[str, QuerySet[Model]]]:
    """Give what people asked for before the deletion, and their calendars' addresses."""
    # While no new start has begun nothing can be of one.
    before = {} if instance.state is not None else {"asked_at__lte": instance.erase_at}
    made = {} if instance.state is not None else {"made_at__lte": instance.erase_at}
    requests = RenewalRequest.objects.filter(company=company, **before)
    keys = KeyClaim.objects.filter(company=company, **before)
    about = [renewals.about(each) for each in requests.values_list("id", flat=True)]
    about += [claims.about(each) for each in keys.values_list("id", flat=True)]
    told = Letter.objects.filter(about__in=about)
    feeds = Feed.objects.filter(company=company, **made)
    found: list[QuerySet[Model]] = [told, requests, keys, feeds]
    return [("", rows) for rows in found]


def _unclear(company: Company, instance: Instance) -> QuerySet[Model]:
    """Give what directories said of people who were no members."""
    return Identity.objects.filter(
        company=company, member_id__isnull=True, added_at__lte=instance.erase_at
    )


def _unused_groups(company: Company, instance: Instance) -> QuerySet[Model]:
    used = GroupMember.objects.filter(company=company, group_id=OuterRef("id"))
    ruled = Rule.objects.filter(company=company, target_id=OuterRef("id"))
    named = GroupIdentity.objects.filter(company=company, group_id=OuterRef("id"))
    shut = Exclusion.objects.filter(company=company, target_id=OuterRef("id"))
    old = Q(added_at__isnull=True) | Q(added_at__lte=instance.erase_at)
    return Group.objects.filter(
        old, ~Exists(used), ~Exists(named), ~Exists(ruled), ~Exists(shut), company=company
    )


def _unused_sources(company: Company, instance: Instance) -> QuerySet[Model]:
    used = Member.objects.filter(company=company, source_id=OuterRef("id"))
    named = Identity.objects.filter(company=company, source_id=OuterRef("id"))
    ruled = Rule.objects.filter(company=company, target_id=OuterRef("id"))
    old = Q(added_at__isnull=True) | Q(added_at__lte=instance.erase_at)
    opened = Token.objects.filter(company=company, source_id=OuterRef("id"))
    return Source.objects.filter(
        old, ~Exists(used), ~Exists(named), ~Exists(ruled), ~Exists(opened), company=company
    )


def _others(company: Company, instance: Instance) -> bool:
    """Whether the company lives on in an instance of another service, or did not lose this one."""
    return (
        Instance.objects.filter(company=company, state__isnull=False)
        .exclude(service_id=instance.service_id)
        .exclude(phase__in=("deleted", "pending"))
        .exists()
    )


def _finish(company: Company, instance: Instance, clock: Clock) -> bool:
    """Erase the addresses of mails that are done with, and leave the receipt; give whether it did.

    The mail that tells of the deletion itself may still be on its way; its address goes with it.
    """
    notices = Notice.objects.filter(
        company=company, service=instance.service_id, instance=instance.number
    )
    mails = Delivery.objects.filter(company=company, notice_id__in=notices.values("id"))
    done = mails.exclude(state__in=(Delivery.State.QUEUED, Delivery.State.LEASED))
    done.exclude(address="").update(address="", name="", answer="")
    if mails.exclude(address="").exists():
        return False
    at = clock_of(company, clock).now()
    if not _others(company, instance):
        _forget_reasons(company, instance)
        # To whom a key was sold matters until it is added, and no longer.
        LicenceKey.objects.filter(company=company).exclude(address="").update(address="")
    _leave_receipt(company, instance, list(notices), at)
    instance.erased_at = at
    instance.erase_at = None
    instance.set_aside_error = ""  # an error may quote a row
    instance.save(update_fields=["erased_at", "erase_at", "set_aside_error"])
    return True


def _forget_reasons(company: Company, instance: Instance) -> None:
    """Take out of the facts what people wrote freely: it may name somebody. They are few."""
    facts = Fact.objects.filter(company=company, at__lte=instance.erase_at)
    for fact in facts.filter(data__has_key=REASON):
        data = {name: value for name, value in fact.data.items() if name != REASON}
        facts.filter(seq=fact.seq).update(data=data)


def _leave_receipt(company: Company, instance: Instance, notices: list[Notice], at: int) -> None:
    mine = {
        "company_id": company.id,
        "service": instance.service_id,
        "instance": instance.number,
    }
    if Receipt.objects.filter(**mine).exists():
        return
    receipt_id = new_id()
    content = {
        "form": receipts.FORM,
        "id": str(receipt_id),
        "keys": f"{settings.PUBLIC_URL}/.well-known/jwks.json",
        **_receipt(company, instance, notices, at),
        "speaks_of": list(receipts.SPEAKS_OF),
        "speaks_not_of": list(receipts.SPEAKS_NOT_OF),
    }
    Receipt.objects.create(
        id=receipt_id, at=at, content=content, jws=receipts.signed(content), **mine
    )


def _receipt(
    company: Company, instance: Instance, notices: list[Notice], at: int
) -> dict[str, object]:
    deleted = Transition.objects.get(
        company=company,
        service=instance.service_id,
        instance=instance.number,
        to_phase="deleted",
    )
    warned = [notice for notice in notices if notice.kind == "deletion_warning"]
    return {
        "company": str(company.id),
        "service": instance.service_id,
        "instance": instance.number,
        "deleted_at": _say(deleted.effective_at),
        "erased_at": _say(at),
        "policy": policy(instance.service_id, company.id, deleted.effective_at).to_data(),
        "erased": instance.erased,
        "warnings": [
            {
                "reference": notice.reference,
                "issued_at": _say(notice.at),
                "served_at": None if notice.served_at is None else _say(notice.served_at),
                "served_by": notice.served_by or None,
                "deadline": None if notice.deadline_at is None else _say(notice.deadline_at),
                "recipients": [
                    {"address_hmac": mail.address_hmac, "state": mail.state}
                    for mail in Delivery.objects.filter(company=company, notice_id=notice.id)
                ],
            }
            for notice in sorted(warned, key=lambda notice: notice.at)
        ],
    }


def _say(at: int) -> str:
    return to_datetime(at).isoformat().replace("+00:00", "Z")
