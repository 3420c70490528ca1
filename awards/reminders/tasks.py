from celery import shared_task

from . import actions


@shared_task
def remind():
    """Look every few minutes for reminders that are due. Run twice, everybody is still reminded once."""
    actions.remind()
