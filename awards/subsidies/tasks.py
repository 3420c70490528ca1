from contextlib import suppress

from celery import shared_task

from awards.workflow import Refused, WrongState
from enterprises.people.models import User

from . import actions, treasury
from .models import Disbursement


@shared_task(autoretry_for=[treasury.Unavailable], retry_backoff=True, max_retries=3)
def send_disbursement(disbursement_id):
    """Instruct the treasury to pay. Run twice, it pays once. A refused payment rests, with the reason on its page.

    Claim first, so nobody can recall a payment in flight. Then hand over, holding no lock: our
    reference is the treasury's key, and the same key always gets the same receipt. Then book.
    """
    payment, robot = Disbursement.objects.get(pk=disbursement_id), User.objects.robot()
    try:
        actions.claim(payment, by=robot)
    except Refused as refusal:
        actions.hold_back(payment, by=robot, why=str(refusal))
    except WrongState:
        pass  # a retry finds it claimed already
    payment.refresh_from_db()
    if payment.state == Disbursement.State.SENDING and actions.count_attempt(payment):
        receipt = treasury.pay(payment)
        with suppress(WrongState):  # a second worker booked it first
            actions.book_receipt(payment, by=robot, receipt=receipt)


@shared_task
def sweep():
    """Wake every payment that waits to be sent; whatever Redis or a worker lost is picked up here."""
    waiting = Disbursement.objects.filter(state__in=[Disbursement.State.APPROVED, Disbursement.State.SENDING])
    for pk in waiting.values_list("pk", flat=True):
        send_disbursement.delay(pk)


@shared_task
def import_results():
    """Read the treasury's answer files."""
    actions.import_answers(by=User.objects.robot())
