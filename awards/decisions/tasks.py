from functools import partial

from celery import shared_task

from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import paper_actions
from .models import RankingPaper

WHOLE = ["ranking__edition__programme__honour_kind", "ranking__made_by"]


@shared_task(soft_time_limit=280, time_limit=300)
def draw_ranking_paper(paper_id):
    """Draw one queued account of a ranking. Run twice, it is drawn once; five attempts, then staff are told."""
    paper, robot = RankingPaper.objects.select_related(*WHOLE).get(pk=paper_id), User.objects.robot()
    drawing.take_turn(paper, draw=partial(paper_actions.draw, by=robot), park=partial(paper_actions.park, by=robot))


@shared_task
def sweep():
    """Wake every account still queued; whatever Redis or a worker lost is picked up here."""
    for pk in RankingPaper.objects.filter(state=RankingPaper.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        draw_ranking_paper.delay(pk)
