import logging

from celery import shared_task

from .queries import damaged_files

log = logging.getLogger(__name__)


@shared_task(acks_late=False, soft_time_limit=3 * 3600, time_limit=4 * 3600)
def verify_files():
    """Read every stored file and cry out in the log for each that is missing or altered. Tomorrow it runs again."""
    for stored, wrong in damaged_files():
        log.critical("stored file %s (%s) is %s on disk: %s", stored.pk, stored.name, wrong, stored.file.name)
