from contextlib import suppress

from celery import shared_task

from awards.workflow import WrongState
from enterprises.people.models import User
from foshan_quality.lib import clock

from . import actions
from .models import Notice

WHOLE = ["edition__programme__honour_kind", "drafted_by", "published_by", "replaces"]


@shared_task
def sweep():
    """Do the rest for notices the clock has released, and stop those whose list no longer stands. Repeatable."""
    now, robot = clock.now(), User.objects.robot()
    for notice in Notice.objects.due(now).select_related(*WHOLE):
        with suppress(WrongState):  # another worker was faster
            actions.release(notice, by=robot)
    waiting = Notice.objects.filter(state=Notice.State.SCHEDULED, published_at__gt=now)
    for notice in waiting.select_related(*WHOLE):
        with suppress(WrongState):
            actions.hold_back(notice, by=robot)
