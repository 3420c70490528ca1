"""Index of the tasks of `enterprises`."""

from enterprises.audit.tasks import verify_nightly

__all__ = ["verify_nightly"]
