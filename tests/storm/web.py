"""What the web process does on a request: the action the page would call, by the person who pressed the button."""

import logging

from django.core.files.base import ContentFile
from django.db import close_old_connections

from awards.models import Budget, Disbursement, Entitlement
from awards.subsidies import actions
from awards.subsidies.batches import actions as batch_actions
from awards.subsidies.batches import result_actions
from awards.subsidies.bulk import actions as bulk
from awards.workflow import Refused, WrongState
from enterprises.models import User

log = logging.getLogger(__name__)


def answer(name, values):
    """Do what one request asks; ("done" | "refused" | "failed", text), as a page would say."""
    close_old_connections()  # as at the beginning of a request
    try:
        return "done", ACTS[name](by=User.objects.get(pk=values.pop("by")), **values)
    except (Refused, WrongState) as refusal:
        return "refused", str(refusal)
    except Exception as problem:  # a page of the kind “服务器出错”
        log.warning("%s failed: %r", name, problem)
        return "failed", repr(problem)
    finally:
        close_old_connections()


def prepare(*, by, budget, entitlements):
    """The maker's list; what came back is prepared again by itself, with the reason why it will arrive now."""
    budget = Budget.objects.get(pk=budget)
    rows = Entitlement.objects.filter(pk__in=entitlements).select_related("honour__kind")
    back = rows.filter(disbursements__state="returned").distinct()
    for entitlement in back:
        actions.prepare(entitlement, by=by, budget=budget, because="已与开户银行核对。")
    fresh = list(rows.exclude(pk__in=[entitlement.pk for entitlement in back]))
    return bulk.prepare_many(by=by, budget=budget, entitlements=fresh).left_out if fresh else []


def approve(*, by, seen):
    """The checker's list."""
    return bulk.approve_many(by=by, seen=seen).left_out


def batch(*, by, payments, layout, encoding):
    """The maker's batch."""
    rows = Disbursement.objects.filter(pk__in=payments)
    return batch_actions.make_batch(by=by, payments=list(rows), layout=layout, encoding=encoding).number


def upload(*, by, name, content):
    """An answer file handed in on screen, and booked."""
    result = result_actions.read_result(ContentFile(content, name), by=by)
    if result.state == result.State.READ:
        result_actions.book_result(result, by=by)


ACTS = {"prepare": prepare, "approve": approve, "batch": batch, "upload": upload}
