from contextlib import suppress
from functools import partial

from celery import shared_task

from awards.applications.models import Screening
from awards.screening.models import DistrictReview
from awards.workflow import WrongState
from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import actions, queries
from .models import Letter

WHOLE = ["application__edition__programme__honour_kind", "application__organisation"]


@shared_task
def write_letter(screening_id):
    """Write the letter about one decision. Run twice, it is written once."""
    screening = Screening.objects.select_related(*WHOLE).get(pk=screening_id)
    actions.write(screening, by=User.objects.robot())


@shared_task
def write_recommendation(review_id):
    """Write a district's letter about its recommendation. Run twice, it is written once."""
    review = DistrictReview.objects.select_related(*WHOLE).get(pk=review_id)
    with suppress(WrongState):
        actions.write_recommendation(review, by=User.objects.robot())


@shared_task
def draw_letter(letter_id):
    """Draw one queued letter. Run twice, it is drawn once; five attempts, then staff are asked."""
    letter, robot = Letter.objects.select_related(*WHOLE).get(pk=letter_id), User.objects.robot()
    drawing.take_turn(
        letter,
        draw=partial(actions.draw, by=robot),
        park=partial(actions.park, by=robot),
        remedy="请补充字体后重新生成，或更正文书。",
    )


@shared_task
def sweep():
    """Wake whatever Redis or a worker lost: recent decisions without a letter, letters not yet drawn."""
    screenings, reviews = queries.fresh_unlettered()
    for pk in screenings:
        write_letter.delay(pk)
    for pk in reviews:
        write_recommendation.delay(pk)
    for pk in Letter.objects.filter(state=Letter.State.QUEUED).values_list("pk", flat=True):
        draw_letter.delay(pk)
