import logging
from contextlib import suppress
from functools import partial

from celery import shared_task
from django.db.models import F

from awards.workflow import WrongState
from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import actions, listed, queries, rendering
from .models import Certificate

log = logging.getLogger(__name__)
S = Certificate.State


@shared_task
def draw_certificate(certificate_id):
    """Draw one queued certificate. Run twice, it is drawn once; five attempts, then staff are asked."""
    certificate = queries.with_faces(Certificate.objects.all()).get(pk=certificate_id)
    robot = User.objects.robot()
    drawing.take_turn(certificate, draw=partial(actions.draw, by=robot), park=partial(actions.park, by=robot))


@shared_task
def draw_certificates(*certificate_ids):
    """Draw a bundle together. Only those not tried before: after a failure or a kill each is drawn alone, so that one
    bad certificate costs the others no attempt.
    """
    robot = User.objects.robot()
    claimed = _claimed(certificate_ids)
    rows = queries.with_faces(Certificate.objects.filter(pk__in=claimed, state=S.QUEUED)).order_by("pk")
    by_wording = {}
    for certificate in rows:
        face = actions.face_of(certificate)
        if missing := rendering.missing(face):
            with suppress(WrongState):
                actions.park(certificate, by=robot, problem=f"字体中没有这些字：{missing}。请补充字体后重新生成。")
        else:
            by_wording.setdefault(face.wording, []).append((certificate, face))
    for bundle in by_wording.values():
        _draw_together(bundle, robot)


def _claimed(certificate_ids):
    """Those of the bundle that this worker is the first to try. Counted before the work, as every attempt is."""
    fresh = Certificate.objects.filter(pk__in=certificate_ids, state=S.QUEUED, attempts=0)
    return [pk for pk in fresh.values_list("pk", flat=True) if fresh.filter(pk=pk).update(attempts=F("attempts") + 1)]


def _draw_together(bundle, robot):
    """Draw, sign and keep a bundle of one wording. What breaks is left to the sweep, which takes each alone."""
    try:
        pages = rendering.draw_many([face for _certificate, face in bundle])
    except Exception:
        log.exception("a bundle of %d certificates was not drawn; each will be tried alone", len(bundle))
        for certificate, _face in bundle:
            draw_certificate.delay(certificate.pk)
        return
    for (certificate, _face), page in zip(bundle, pages, strict=True):
        try:
            actions.keep(certificate, page, by=robot)
        except WrongState:
            continue  # drawn or stopped meanwhile
        except Exception:
            log.exception("certificate %s was not kept; it will be tried again", certificate.pk)


@shared_task
def sweep():
    """Wake every certificate still queued; whatever Redis or a worker lost is picked up here."""
    fresh = []
    for pk, attempts in Certificate.objects.filter(state=S.QUEUED).order_by("pk").values_list("pk", "attempts"):
        if attempts:
            draw_certificate.delay(pk)
        else:
            fresh.append(pk)
    for first in range(0, len(fresh), actions.BUNDLE):
        draw_certificates.delay(*fresh[first : first + actions.BUNDLE])


@shared_task
def publish_list():
    """Write the signed list that verification answers from while the database does not."""
    listed.publish()
