"""Index of the models of `enterprises`: who takes part."""

from enterprises.audit.models import AuditEvent
from enterprises.credit.models import CreditImport, CreditRecord
from enterprises.files.models import KeptFile, PageImage, PageSet, StoredFile
from enterprises.memberships.models import Invitation, Membership
from enterprises.notifications.models import CopyStop, Message, StuckCopy
from enterprises.organisations.models import BankAccount, FormerName, Organisation, ParentLink
from enterprises.people.models import RoleGrant, User
from enterprises.quality_officers.models import QualityOfficer

__all__ = [
    "AuditEvent",
    "BankAccount",
    "CopyStop",
    "CreditImport",
    "CreditRecord",
    "FormerName",
    "Invitation",
    "KeptFile",
    "Membership",
    "Message",
    "Organisation",
    "PageImage",
    "PageSet",
    "ParentLink",
    "QualityOfficer",
    "RoleGrant",
    "StoredFile",
    "StuckCopy",
    "User",
]
