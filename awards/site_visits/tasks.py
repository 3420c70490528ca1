from celery import shared_task

from enterprises.people.models import User

from . import conflict_actions


@shared_task
def find_conflicts():
    """End the seats on teams of experts who must not visit their case any more, whatever made it so."""
    conflict_actions.find_conflicts(by=User.objects.robot())
