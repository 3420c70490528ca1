from contextlib import suppress

from celery import shared_task

from awards.workflow import WrongState
from enterprises.people.models import User

from . import actions, conflict_actions
from .models import PanelProposal


@shared_task(soft_time_limit=280, time_limit=300)
def draw_proposal(proposal_id):
    """Compute one queued proposal. Run twice, it is kept once; three attempts, then staff are asked."""
    proposal, robot = PanelProposal.objects.select_related("edition").get(pk=proposal_id), User.objects.robot()
    if actions.begin_attempt(proposal, by=robot):
        with suppress(WrongState):  # given up meanwhile
            actions.draw_proposal(proposal, by=robot)


@shared_task
def sweep():
    """Wake every proposal still queued; whatever Redis or a worker lost is picked up here."""
    for pk in PanelProposal.objects.filter(state=PanelProposal.State.QUEUED).values_list("pk", flat=True):
        draw_proposal.delay(pk)


@shared_task
def find_conflicts():
    """End the seats of experts who must not judge their case any more, whatever made it so."""
    conflict_actions.find_conflicts(by=User.objects.robot())
