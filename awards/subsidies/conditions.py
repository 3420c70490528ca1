"""What stands in the way of payments beside the entitlement itself: an objection or a revocation that is open, a notice
that is missing or not over. Asked of many at once."""

from awards.programmes.queries import rules_after_award
from awards.publicity.models import Objection
from awards.resolutions.models import Honour
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem

from .plans.models import PayoutNotice

IN_QUESTION = "该荣誉有撤销提议正在办理，按本届规则办结之前暂缓拨付；不予撤销的，办结后继续。没有拨付。"


def condition_problems(asked):
    """What stands in the way of these, each (entitlement, the line of the table it goes by or None): {key: [Problem]}.

    Three queries at most, however many they are; one more for the rules of each honour in question.
    """
    disputed = _disputed({entitlement.honour.application_id for entitlement, _line in asked} - {None})
    in_question = set(
        Honour.objects.in_question().filter(pk__in=[e.honour_id for e, _line in asked]).values_list("pk", flat=True)
    )
    bound = [entitlement.pk for entitlement, line in asked if line and line.notice_basis]
    noticed = _last_days(bound)
    found = {}
    for entitlement, line in asked:
        problems = []
        if entitlement.honour.application_id in disputed:
            problems.append(Problem("objection", "该单位有尚未作出结论的异议，核查完毕前不能拨付。没有拨付。"))
        if entitlement.honour_id in in_question and _is_held(entitlement.honour):
            problems.append(Problem("in_question", IN_QUESTION))
        if line and line.notice_basis:
            problems += _notice_problems(noticed.get(entitlement.pk), line.notice_basis)
        found[entitlement.pk] = problems
    return found


def _disputed(applications):
    if not applications:
        return set()
    open_ones = Objection.objects.filter(application__in=applications, state=Objection.State.RECEIVED)
    return set(open_ones.values_list("application", flat=True))


def _is_held(honour):
    """Whether the edition's rules hold the money while a revocation is open."""
    return rules_after_award(honour.application and honour.application.edition)["revocation_holds_money"]


def _last_days(entitlements):
    if not entitlements:
        return {}
    confirmed = PayoutNotice.objects.filter(entitlement__in=entitlements, state=PayoutNotice.State.CONFIRMED)
    return dict(confirmed.values_list("entitlement", "last_day"))


def _notice_problems(last_day, basis):
    if last_day is None:
        return [Problem("no_notice", f"拨付前须公示（{basis}），还没有登记并核对拨付公示。没有拨付。")]
    if clock.today() <= last_day:
        return [Problem("notice_runs", f"拨付公示到 {last_day:%Y-%m-%d} 为止（{basis}），期满后才能拨付。没有拨付。")]
    return []
