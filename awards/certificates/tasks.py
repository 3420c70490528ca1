from functools import partial

from celery import shared_task

from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import actions
from .models import Certificate


@shared_task
def draw_certificate(certificate_id):
    """Draw one queued certificate. Run twice, it is drawn once; five attempts, then staff are asked."""
    certificate = Certificate.objects.select_related("honour__kind", "honour__resolution", "edition__programme").get(
        pk=certificate_id
    )
    robot = User.objects.robot()
    drawing.take_turn(certificate, draw=partial(actions.draw, by=robot), park=partial(actions.park, by=robot))


@shared_task
def sweep():
    """Wake every certificate still queued; whatever Redis or a worker lost is picked up here."""
    for pk in Certificate.objects.filter(state=Certificate.State.QUEUED).values_list("pk", flat=True):
        draw_certificate.delay(pk)
