"""Erasing what a deleted instance left behind, in batches that survive a crash, and the receipt.

Each batch and the count of what it erased are one transaction, so that the receipt's counts are
right however often the engine was killed on the way.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from tenure.clock import Clock
from tenure.services.audit import INSTALLATION
from tenure.services.ledger import clock_of
from tenure.services.states import policy
from tenure.store.instants import to_datetime
from tenure.store.models import (
    Account,
    Alias,
    AuditPerson,
    Claim,
    Company,
    Delivery,
    Exclusion,
    Group,
    GroupMember,
    Identity,
    Instance,
    Member,
    Notice,
    Receipt,
    Rule,
    Seat,
    Source,
    Transition,
)

BATCH = 1000
"""Rows in one transaction."""


def erase(clock: Clock) -> bool:
    """Erase one batch of each instance that is to be erased; give whether anything was done."""
    done = False
    # Those that wait for their last mail alone must not keep the others waiting: they come last,
    # and among them the newest first, of which there may still be rows to erase.
    mails = Delivery.objects.filter(
        company_id=OuterRef("company_id"),
        state__in=(Delivery.State.QUEUED, Delivery.State.LEASED),
    )
    waiting = list(
        Instance.objects.filter(erase_at__isnull=False)
        .order_by(Exists(mails), "-erase_at")
        .values_list("company_id", "id")[:100]
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
        instance.erased = {**instance.erased, name: instance.erased.get(name, 0) + len(chosen)}
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
    ]
    if not _others(company, instance):
        # A new instance may have begun since: what came after the deletion, or is used, stays.
        found += [
            ("members", _members(company, instance)),
            ("identities", _unclear(company, instance)),
            ("groups", _unused_groups(company, instance)),
            ("sources", _unused_sources(company, instance)),
            ("audit", _audited(instance, chain=str(company.id))),
        ]
        if company.account.kind == Account.Kind.BUSINESS:  # it has no company but this one
            account = {"chain": INSTALLATION, "account_id": company.account_id}
            found.append(("audit", _audited(instance, **account)))
    return found


_KEYS: dict[type[Model], str] = {AuditPerson: "entry_id", Claim: "member_id"}
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
    kept = Seat.objects.filter(company=company, closed_seq__isnull=True).values("member_id")
    members = Member.objects.filter(company=company, added_at__lte=instance.erase_at)
    return members.exclude(id__in=kept)


def _unclear(company: Company, instance: Instance) -> QuerySet[Model]:
    """Give what directories said of people who were no members."""
    return Identity.objects.filter(
        company=company, member_id__isnull=True, added_at__lte=instance.erase_at
    )


def _unused_groups(company: Company, instance: Instance) -> QuerySet[Model]:
    used = GroupMember.objects.filter(company=company, group_id=OuterRef("id"))
    ruled = Rule.objects.filter(company=company, target_id=OuterRef("id"))
    old = Q(added_at__isnull=True) | Q(added_at__lte=instance.erase_at)
    return Group.objects.filter(old, ~Exists(used), ~Exists(ruled), company=company)


def _unused_sources(company: Company, instance: Instance) -> QuerySet[Model]:
    used = Member.objects.filter(company=company, source_id=OuterRef("id"))
    named = Identity.objects.filter(company=company, source_id=OuterRef("id"))
    ruled = Rule.objects.filter(company=company, target_id=OuterRef("id"))
    old = Q(added_at__isnull=True) | Q(added_at__lte=instance.erase_at)
    return Source.objects.filter(
        old, ~Exists(used), ~Exists(named), ~Exists(ruled), company=company
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
    Receipt.objects.get_or_create(
        company_id=company.id,
        service=instance.service_id,
        instance=instance.number,
        defaults={"at": at, "content": _receipt(company, instance, list(notices), at)},
    )
    instance.erased_at = at
    instance.erase_at = None
    instance.save(update_fields=["erased_at", "erase_at"])
    return True


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
