"""Index of the tasks of `enterprises`."""

from enterprises.audit.tasks import verify_nightly
from enterprises.files.tasks import verify_files

__all__ = ["verify_files", "verify_nightly"]
