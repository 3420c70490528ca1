from contextlib import suppress

from celery import shared_task

from awards.workflow import WrongState
from enterprises.people.models import User

from . import paper_actions
from .models import Printout


@shared_task
def draw_printout(printout_id):
    """Draw one queued book or receipt. Run twice, it is drawn once; five attempts, then whoever waits is told."""
    printout = Printout.objects.select_related("application__edition__rubric", "application__edition__programme").get(
        pk=printout_id
    )
    robot = User.objects.robot()
    with suppress(WrongState):  # another worker was faster
        if paper_actions.begin_attempt(printout, by=robot):
            paper_actions.draw(printout, by=robot)


@shared_task
def sweep():
    """Wake every paper still queued; whatever Redis or a worker lost is picked up here."""
    for pk in Printout.objects.filter(state=Printout.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        draw_printout.delay(pk)
