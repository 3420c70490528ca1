"""Waking the workers. The row in its state is the queue; the message is only a nudge that may get lost."""

import logging

from celery import current_app, group
from django.db import transaction
from kombu.exceptions import OperationalError

from foshan_quality.lib import clock

log = logging.getLogger(__name__)


def wake(task_name: str, *record_ids: int) -> None:
    """After commit, ask a worker to look at one row, or at a queue. With the broker away, the sweep does it later."""
    headers = clock.as_headers()

    def send():
        try:
            current_app.send_task(task_name, record_ids, headers=headers)
        except OperationalError:
            log.warning("broker away; %s(%s) waits for the sweep", task_name, *record_ids or [""])

    transaction.on_commit(send)


def wake_group(task_name: str, bundles: list[list[int]]) -> None:
    """After commit, share rows out among the workers as one Celery group, a bundle to a job."""
    headers = clock.as_headers()

    def send():
        try:
            group(current_app.signature(task_name, args=bundle) for bundle in bundles).apply_async(headers=headers)
        except OperationalError:
            log.warning("broker away; %s waits for the sweep with %d bundles", task_name, len(bundles))

    transaction.on_commit(send)
