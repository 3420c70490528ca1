"""Index of the tasks of `enterprises`."""

from enterprises.audit.tasks import verify_nightly
from enterprises.files.tasks import clear_given_up, draw_pages, sweep_pages, verify_files
from enterprises.memberships.tasks import send_invitation
from enterprises.memberships.tasks import sweep as sweep_invitations
from enterprises.notifications.tasks import send_copies
from enterprises.people.tasks import sweep_limits

__all__ = [
    "clear_given_up",
    "draw_pages",
    "send_copies",
    "send_invitation",
    "sweep_invitations",
    "sweep_limits",
    "sweep_pages",
    "verify_files",
    "verify_nightly",
]
