from contextlib import suppress

from celery import shared_task

from awards.workflow import WrongState
from enterprises.people.models import User

from . import actions, rendering
from .models import MAX_ATTEMPTS, Certificate


@shared_task
def draw_certificate(certificate_id):
    """Draw one queued certificate. Run twice, it is drawn once; five attempts, then staff are asked."""
    certificate = Certificate.objects.select_related("honour__kind", "honour__resolution", "edition__programme").get(
        pk=certificate_id
    )
    robot = User.objects.robot()
    if not actions.begin_attempt(certificate):
        _park_if_worn_out(certificate, robot)
        return
    with suppress(WrongState):  # another worker was faster
        try:
            actions.draw(certificate, by=robot)
        except rendering.MissingGlyphs as missing:
            actions.park(
                certificate, by=robot, problem=f"字体中没有这些字：{missing.characters}。请补充字体后重新生成。"
            )


def _park_if_worn_out(certificate, robot):
    certificate.refresh_from_db()
    if certificate.state == Certificate.State.QUEUED and certificate.attempts >= MAX_ATTEMPTS:
        with suppress(WrongState):
            actions.park(certificate, by=robot, problem=f"试了 {MAX_ATTEMPTS} 次都没有完成，请联系系统管理员查看日志。")


@shared_task
def sweep():
    """Wake every certificate still queued; whatever Redis or a worker lost is picked up here."""
    for pk in Certificate.objects.filter(state=Certificate.State.QUEUED).values_list("pk", flat=True):
        draw_certificate.delay(pk)
