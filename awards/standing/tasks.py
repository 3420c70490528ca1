from celery import shared_task

from enterprises.people.models import User

from . import actions


@shared_task
def recheck(_record_id=None):
    """Hold every application on its way against the credit records. Woken by new records, and each night."""
    actions.recheck(by=User.objects.robot())
