import secrets
from datetime import timedelta

from django.db import transaction

from awards.decisions.actions import refuse_unless_recomputed
from awards.decisions.queries import newest_ranking
from awards.process import APPLICATION, State
from awards.programmes.models import Edition
from awards.programmes.queries import calendar
from awards.standing.actions import refuse_unless_clear
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock, workdays
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .models import Notice, Objection


@transaction.atomic
def draft_notice(edition, *, by, title, body):
    """Draw up the notice of the proposed list, names exactly as registered today. Nobody outside sees it."""
    permit(by, Permission.NOTICE_PUBLISH, edition)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    names = _proposed(locked)
    if not names:
        raise Refused(["没有拟奖的申报，不能拟定公示。"])
    if locked.notices.filter(state=Notice.State.DRAFT).exists():
        raise Refused(["已有一份拟定中的公示，请先发布或作废。"])
    notice = Notice.objects.create(edition=locked, title=title, body=body, names=names, drafted_by=by)
    audit.record(by=by, verb="draft_notice", target=notice, details={"names": [n["name"] for n in names]})
    return notice


def _on_the_list(edition):
    return edition.applications.filter(state=State.PROPOSED).select_related("organisation").order_by("number")


def _proposed(edition):
    return [
        {
            "application": a.pk,
            "name": a.organisation.name,
            "district": a.organisation.get_district_code_display(),
        }
        for a in _on_the_list(edition)
    ]


def publish(notice, *, by):
    """Release the notice and start its working-day window. By another person than the one who drew it up.

    Refused when the list or a registered name has changed since drafting, while a credit record stands in
    the way of a name, and when the calendar does not reach far enough to compute the last day.
    """
    with Notice.workflow.move(notice, "publish", by=by) as locked:
        if locked.drafted_by_id == by.pk:
            raise Refused([Problem("two_people", "拟定人不能自己发布，请由另一名工作人员核对后发布。没有发布。")])
        if locked.names != _proposed(locked.edition):
            raise Refused(["拟奖名单或登记名称在拟定后有变化，请作废后重新拟定。没有发布。"])
        refuse_unless_recomputed(newest_ranking(locked.edition))
        refuse_unless_clear(_on_the_list(locked.edition))
        rules, today = locked.edition.settled, clock.today()
        counted = rules["notice_first_day_counted"]
        try:
            locked.last_day = workdays.last_day(today, rules["notice_days"], calendar(), first_day_counted=counted)
        except workdays.BeyondCalendar as beyond:
            raise Refused([f"{beyond}没有发布。"]) from None
        locked.first_day = today if counted else today + timedelta(days=1)
        locked.working_days = rules["notice_days"]
        locked.published_at, locked.published_by = clock.now(), by
        Edition.objects.select_for_update(of=("self",)).get(pk=locked.edition_id)
        for application in locked.edition.applications.filter(state=State.PROPOSED).select_for_update(of=("self",)):
            with APPLICATION.move(application, "publicise", by=by):
                pass
        with Edition.workflow.move(locked.edition, "publicise", by=by):
            pass
    return locked


def drop(notice, *, by, reason):
    """Drop a draft; its number of names never becomes public."""
    with Notice.workflow.move(notice, "drop", by=by, note=reason) as locked:
        pass
    return locked


@transaction.atomic
def object_to(notice, *, application, objector, contact, grounds, by=None):
    """Take in a real-name objection while the window is open; `by` is the staff member who records it, if any.

    Refused outside the window and for a name that is not on the notice.
    """
    if by is not None:
        permit(by, Permission.OBJECTION_DECIDE, notice)
    locked = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    today = clock.today()
    if not (locked.state == Notice.State.PUBLISHED and locked.published_at <= clock.now() and today <= locked.last_day):
        until = f"异议须在公示期内（至 {locked.last_day}）提出" if locked.last_day else "公示尚未发布"
        raise Refused([Problem("window", f"{until}，现在不能受理，没有登记。")])
    if application.pk not in {row["application"] for row in locked.names}:
        raise Refused([Problem("name", "该单位不在本次公示名单中，没有登记。", "application")])
    objection = Objection.objects.create(
        notice=locked,
        application=application,
        objector=objector,
        contact=contact,
        grounds=grounds,
        receipt=f"YY{today:%Y%m%d}{secrets.token_hex(3).upper()}",
        received_at=clock.now(),
        recorded_by=by,
    )
    audit.record(by=by, verb="object_to", target=objection)
    return objection


def uphold(objection, *, by, finding):
    """The objection stands: only this candidate is struck from the list, unless another objection did so before."""
    with Objection.workflow.move(objection, "uphold", by=by, note=finding) as locked:
        _decide(locked, by, finding)
        if locked.application.state != State.STRUCK:
            with APPLICATION.move(locked.application, "strike", by=by, note=finding):
                pass
    return locked


def dismiss(objection, *, by, finding):
    """The objection does not stand; the candidate stays."""
    with Objection.workflow.move(objection, "dismiss", by=by, note=finding) as locked:
        _decide(locked, by, finding)
    return locked


def _decide(objection, by, finding):
    if not finding.strip():
        raise Refused([Problem("finding", "请写明核查结论。没有保存。", "finding")])
    objection.finding, objection.decided_by, objection.decided_at = finding, by, clock.now()


def still_open(edition):
    """What keeps the list from going to the government: a running window, an undecided objection."""
    problems = []
    notices = list(edition.notices.filter(state=Notice.State.PUBLISHED))
    if not notices:
        problems.append(Problem("no_notice", "拟奖名单还没有公示。"))
    running = [notice for notice in notices if clock.today() <= notice.last_day]
    problems += [Problem("window", f"公示期到 {notice.last_day}，尚未结束。") for notice in running]
    waiting = Objection.objects.filter(notice__edition=edition, state=Objection.State.RECEIVED).count()
    if waiting:
        problems.append(Problem("objections", f"还有 {waiting} 件异议没有核查完毕。"))
    return problems
