from functools import partial

from celery import shared_task

from awards.applications.models import Application
from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import reading_actions
from .sheet_models import ReadingCopy


@shared_task
def prepare_copy(copy_id):
    """Prepare one dossier for its experts. Run twice, it is prepared once; five attempts, then staff see it parked."""
    copy = ReadingCopy.objects.select_related("snapshot__application__edition__rubric").get(pk=copy_id)
    robot = User.objects.robot()
    prepare, park = partial(reading_actions.prepare_copy, by=robot), partial(reading_actions.park_copy, by=robot)
    drawing.take_turn(copy, draw=prepare, park=park)


@shared_task
def sweep():
    """Queue the dossiers in review that nobody queued, and wake what is still queued."""
    without = Application.objects.in_review().exclude(assignments=None).exclude(snapshots__reading_copy__isnull=False)
    for application in without:
        reading_actions.queue_copy(application)
    for pk in ReadingCopy.objects.filter(state=ReadingCopy.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        prepare_copy.delay(pk)
