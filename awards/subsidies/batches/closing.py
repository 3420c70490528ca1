"""When a batch is over: every payment of it has its answer."""

from ..models import Disbursement
from .models import PaymentBatch

OPEN = [Disbursement.State.SENDING, Disbursement.State.SENT]


def close_answered(keys, *, by):
    """Close those of these batches of which every payment is answered. Inside the act that booked the last answer."""
    unanswered = Disbursement.objects.filter(batch__in=keys, state__in=OPEN)
    answered = PaymentBatch.objects.filter(pk__in=keys, state=PaymentBatch.State.SENT)
    for batch in answered.exclude(pk__in=unanswered.values("batch")).order_by("pk"):
        with PaymentBatch.workflow.move(batch, "close_batch", by=by):
            pass
