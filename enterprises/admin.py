"""Index of the office of `enterprises`: organisations, people, stuck mail, the trail."""

from enterprises.audit import admin as audit
from enterprises.credit import admin as credit
from enterprises.notifications import admin as notifications
from enterprises.organisations import admin as organisations
from enterprises.people import admin as people

__all__ = ["audit", "credit", "notifications", "organisations", "people"]
