from functools import partial

from celery import shared_task

from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import paper_actions
from .models import Printout


@shared_task
def draw_printout(printout_id):
    """Draw one queued book or receipt. Run twice, it is drawn once; five attempts, then whoever waits is told."""
    printout = Printout.objects.select_related("application__edition__rubric", "application__edition__programme").get(
        pk=printout_id
    )
    robot = User.objects.robot()
    drawing.take_turn(
        printout,
        draw=partial(paper_actions.draw, by=robot),
        park=partial(paper_actions.park, by=robot),
        worn_out=f"试了 {drawing.MAX_ATTEMPTS} 次都没有完成。请稍后重试；仍不行请联系秘书处。",
    )


@shared_task
def sweep():
    """Wake every paper still queued; whatever Redis or a worker lost is picked up here."""
    for pk in Printout.objects.filter(state=Printout.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        draw_printout.delay(pk)
