"""The models, one file per noun.

The large tables have the primary key (company, id), and no foreign keys of the database run
between them, so that they can be partitioned by company.
"""

from tenure.store.models.access import Invitation, Letter, Membership, Scope
from tenure.store.models.accounts import Account, Company, Contact, ImportBatch, TestClock
from tenure.store.models.acts import Act, ActPart
from tenure.store.models.archives import Archive, ArchivePart
from tenure.store.models.audit import AuditEntry, AuditHead, AuditPerson
from tenure.store.models.catalogue import PolicyVersion, Product, Service
from tenure.store.models.engines import EngineBeat, Heartbeat
from tenure.store.models.instances import Instance, PoolLine, Receipt, Transition
from tenure.store.models.keys import KeyClaim, LicenceKey, Trial
from tenure.store.models.ledger import Fact
from tenure.store.models.licences import Licence, Placement, Term
from tenure.store.models.limits import SharedCache
from tenure.store.models.members import (
    Alias,
    Group,
    GroupIdentity,
    GroupMember,
    Identity,
    IdentityMail,
    Member,
    Seat,
    Source,
)
from tenure.store.models.notices import Delivery, Notice, OutboxMail
from tenure.store.models.people import Person
from tenure.store.models.pools import Pool
from tenure.store.models.renewals import Feed, RenewalRequest, Resolution
from tenure.store.models.rules import Claim, Exclusion, Rule
from tenure.store.models.tokens import Token
from tenure.store.models.unseen import UnseenRelease, UnseenRule

__all__ = [
    "Account",
    "Act",
    "ActPart",
    "Alias",
    "Archive",
    "ArchivePart",
    "AuditEntry",
    "AuditHead",
    "AuditPerson",
    "Claim",
    "Company",
    "Contact",
    "Delivery",
    "EngineBeat",
    "Exclusion",
    "Fact",
    "Feed",
    "Group",
    "GroupIdentity",
    "GroupMember",
    "Heartbeat",
    "Identity",
    "IdentityMail",
    "ImportBatch",
    "Instance",
    "Invitation",
    "KeyClaim",
    "Letter",
    "Licence",
    "LicenceKey",
    "Member",
    "Membership",
    "Notice",
    "OutboxMail",
    "Person",
    "Placement",
    "PolicyVersion",
    "Pool",
    "PoolLine",
    "Product",
    "Receipt",
    "RenewalRequest",
    "Resolution",
    "Rule",
    "Scope",
    "Seat",
    "Service",
    "SharedCache",
    "Source",
    "Term",
    "TestClock",
    "Token",
    "Transition",
    "Trial",
    "UnseenRelease",
    "UnseenRule",
]
