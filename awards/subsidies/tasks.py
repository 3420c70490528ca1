from contextlib import suppress

from celery import shared_task

from awards.workflow import Refused, WrongState
from enterprises.people.models import User
from foshan_quality.lib.concurrency import only_one

from .batches import actions as batch_actions
from .batches import result_actions, treasury
from .batches.models import PaymentBatch
from .reconciling import actions as reconciling

HANDING_OVER = 20_230_000_000  # any constant; with the batch's key added, one worker at a time hands it over


@shared_task(autoretry_for=[treasury.Unavailable], retry_backoff=True, max_retries=3)
def send_batch(batch_id):
    """Hand a batch's file to the treasury. Run twice, it is handed over once.

    Its payments are claimed already, so nobody recalls one in flight. The file is handed over under the batch's
    number with the bytes of its making, holding no row; then it is booked. What fails is noted on the batch.
    """
    with only_one(HANDING_OVER + batch_id) as is_alone:
        batch, robot = PaymentBatch.objects.get(pk=batch_id), User.objects.robot()
        if not is_alone or batch.state != PaymentBatch.State.MADE:
            return
        if not batch_actions.count_attempt(batch, by=robot):
            return
        try:
            receipt = treasury.hand_over(batch.file_name, batch_actions.whole_content(batch))
        except treasury.Unavailable as problem:
            batch_actions.note_problem(batch, by=robot, why=f"财政目录暂时写不进去：{problem}")
            raise
        except (treasury.Conflict, Refused) as problem:
            batch_actions.note_problem(batch, by=robot, why=str(problem), is_final=True)
            return
        with suppress(WrongState):  # another worker booked it first
            batch_actions.book_batch(batch, by=robot, receipt=receipt)


@shared_task
def sweep():
    """Wake every batch that waits to be sent; whatever Redis or a worker lost is picked up here."""
    for key in PaymentBatch.objects.waiting().values_list("pk", flat=True):
        send_batch.delay(key)


@shared_task
def import_results():
    """Read and book the treasury's answer files."""
    result_actions.import_folder(by=User.objects.robot())


@shared_task
def reconcile_nightly():
    """Compare the books with all they speak of. Each run is kept, so that running twice only looks twice."""
    reconciling.run(by=User.objects.robot())
