from celery import shared_task
from django.core.cache import cache


@shared_task
def sweep_limits():
    """Take out of the table of rate limits what has expired; see foshan_quality/lib/counters.py."""
    return cache.sweep()
