from contextlib import suppress

from celery import shared_task

from awards.workflow import WrongState
from enterprises.people.models import User
from foshan_quality.lib.printing import MissingGlyphs

from . import paper_actions
from .models import RankingPaper

WHOLE = ["ranking__edition__programme__honour_kind", "ranking__made_by"]


@shared_task
def draw_ranking_paper(paper_id):
    """Draw one queued account of a ranking. Run twice, it is drawn once; five attempts, then staff are told."""
    paper, robot = RankingPaper.objects.select_related(*WHOLE).get(pk=paper_id), User.objects.robot()
    with suppress(WrongState):  # another worker was faster
        if paper_actions.begin_attempt(paper, by=robot):
            try:
                paper_actions.draw(paper, by=robot)
            except MissingGlyphs as missing:
                paper_actions.park(paper, by=robot, problem=str(missing))


@shared_task
def sweep():
    """Wake every account still queued; whatever Redis or a worker lost is picked up here."""
    for pk in RankingPaper.objects.filter(state=RankingPaper.State.QUEUED).order_by("pk").values_list("pk", flat=True):
        draw_ranking_paper.delay(pk)
