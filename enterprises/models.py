"""Index of the models of `enterprises`: who takes part."""

from enterprises.audit.models import AuditEvent
from enterprises.files.models import StoredFile
from enterprises.memberships.models import Membership
from enterprises.notifications.models import Message
from enterprises.organisations.models import BankAccount, Organisation
from enterprises.people.models import RoleGrant, User

__all__ = ["AuditEvent", "BankAccount", "Membership", "Message", "Organisation", "RoleGrant", "StoredFile", "User"]
