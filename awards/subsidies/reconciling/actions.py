import logging
from collections import Counter
from dataclasses import asdict
from decimal import Decimal
from time import perf_counter

from django.db import transaction

from awards.workflow import permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.concurrency import hold_alone
from foshan_quality.permissions import Permission

from . import comparison as reconcile
from .models import Reconciliation

RUN_LOCK = 2025  # any constant; one comparison at a time, so that the newest row is the newest look
LISTED = 200  # differences of one check that are kept word for word
log = logging.getLogger(__name__)


@transaction.atomic
def run(*, by):
    """Compare everything and keep what was found. Differences stop all releases; a later run without lifts that.

    WrongState while another comparison is running.
    """
    permit(by, Permission.RECONCILE_RUN)
    hold_alone(RUN_LOCK)
    began, run_at = perf_counter(), clock.now()
    found = reconcile.differences()
    seconds = Decimal(f"{perf_counter() - began:.2f}")
    done = Reconciliation.objects.create(
        run_at=run_at,
        run_by=by,
        seconds=seconds,
        checks=len(reconcile.CHECKS),
        difference_count=len(found),
        differences=[asdict(difference) for difference in _first_of_each(found)],
    )
    counts = dict(Counter(difference.code for difference in found))
    audit.record(by=by, verb="reconcile", target=done, details={"differences": len(found), **counts})
    if found:
        log.critical("reconciliation %s: %d differences, releases are stopped: %s", done.pk, len(found), counts)
    return done


def _first_of_each(found):
    seen = Counter()
    for difference in found:
        seen[difference.code] += 1
        if seen[difference.code] <= LISTED:
            yield difference
