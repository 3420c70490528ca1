from functools import partial

from celery import shared_task

from enterprises.people.models import User
from foshan_quality.lib import drawing

from . import minutes_actions, paper_actions
from .meeting_models import MeetingPaper
from .models import RankingPaper

WHOLE = ["ranking__edition__programme__honour_kind", "ranking__made_by"]


@shared_task(soft_time_limit=280, time_limit=300)
def draw_ranking_paper(paper_id):
    """Draw one queued account of a ranking. Run twice, it is drawn once; five attempts, then staff are told."""
    paper, robot = RankingPaper.objects.select_related(*WHOLE).get(pk=paper_id), User.objects.robot()
    drawing.take_turn(paper, draw=partial(paper_actions.draw, by=robot), park=partial(paper_actions.park, by=robot))


@shared_task
def draw_minutes(paper_id):
    """Draw one meeting's queued minutes. Run twice, they are drawn once; five attempts, then staff are told."""
    paper = MeetingPaper.objects.select_related("meeting__edition__programme__honour_kind").get(pk=paper_id)
    robot = User.objects.robot()
    drawing.take_turn(paper, draw=partial(minutes_actions.draw, by=robot), park=partial(minutes_actions.park, by=robot))


@shared_task
def sweep():
    """Wake every account and all minutes still queued; whatever Redis or a worker lost is picked up here."""
    for model, draw in ((RankingPaper, draw_ranking_paper), (MeetingPaper, draw_minutes)):
        for pk in model.objects.filter(state=model.State.QUEUED).order_by("pk").values_list("pk", flat=True):
            draw.delay(pk)
