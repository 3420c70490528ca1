"""What stands in the way of a payment beside the entitlement itself: an objection, a notice that is missing."""

from awards.publicity.models import Objection
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from .plan_models import PayoutNotice


def objection_problems(honour):
    """An objection to the honour's application that is not decided. One query, none without an application."""
    if honour.application_id is None:
        return []
    open_ones = Objection.objects.filter(application=honour.application_id, state=Objection.State.RECEIVED)
    if not open_ones.exists():
        return []
    return [Problem("objection", "该单位有尚未作出结论的异议，核查完毕前不能拨付。没有拨付。")]


def notice_problems(entitlement, line):
    """The public notice that the line of the table demands before payment: missing, or not over.

    No query where the line demands none.
    """
    if line is None or not line.notice_basis:
        return []
    confirmed = PayoutNotice.State.CONFIRMED
    notice = entitlement.payout_notices.filter(state=confirmed).order_by("-last_day").first()
    if notice is None:
        text = f"拨付前须公示（{line.notice_basis}），还没有登记并核对拨付公示。没有拨付。"
        return [Problem("no_notice", text)]
    if clock.today() <= notice.last_day:
        text = f"拨付公示到 {notice.last_day:%Y-%m-%d} 为止（{line.notice_basis}），期满后才能拨付。没有拨付。"
        return [Problem("notice_runs", text)]
    return []
