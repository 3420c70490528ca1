from django.db import transaction
from django.urls import reverse

from awards.programmes.models import Edition
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from enterprises.people.models import User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .composing import drafted
from .models import FeedbackPart, FeedbackReport
from .queries import cases_to_draft, hidden_names, parts_of, telling, too_early, words_of_sheets

STATE = FeedbackReport.State


@transaction.atomic
def draft_all(*, by, edition):
    """Draft the feedback of every reviewed case of an edition from its sheets, without marks and names.

    Cases with a report or with a sheet missing are left out. Refused where none remains. Returns the last.
    """
    permit(by, Permission.FEEDBACK_APPROVE)
    locked = Edition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    reports = [_draft(application, by) for application in cases_to_draft(locked).select_related("edition__rubric")]
    if not reports:
        raise Refused(["没有可以生成反馈报告的申报：评分没有齐全，或者都已生成。没有改动任何内容。"])
    return reports[-1]


def _draft(application, by):
    names, said = hidden_names(application), words_of_sheets(application)
    report = FeedbackReport.objects.create(application=application, drafted_at=clock.now(), drafted_by=by)
    FeedbackPart.objects.bulk_create(
        FeedbackPart(
            report=report,
            category=category,
            strengths=drafted(said.get(category.pk, ([], []))[0], names),
            improvements=drafted(said.get(category.pk, ([], []))[1], names),
        )
        for category in application.edition.rubric.categories.order_by("pk")
    )
    audit.record(by=by, verb="draft_feedback", target=report)
    return report


@transaction.atomic
def write(report, *, by, parts, version):
    """Change what the report says: {category code: (strengths, improvements)}. Only the head, before it is handed in.

    Refused when it was changed in another window.
    """
    locked = FeedbackReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
    permit(by, Permission.FEEDBACK_WRITE, locked)
    if locked.state != STATE.DRAFT:
        raise WrongState(f"{locked}的状态已经改变，刚才的内容没有保存。请刷新页面查看。")
    if locked.version != version:
        raise Refused([Problem("conflict", "反馈报告已在另一窗口修改，刚才的内容没有保存，仍在页面上。请刷新后核对。")])
    rows = {row.category.code: row for row in parts_of(locked)}
    for code, (strengths, improvements) in parts.items():
        if code not in rows:
            raise Refused([Problem("unknown", f"准则中没有类目 {code}，没有保存。", code)])
        rows[code].strengths, rows[code].improvements = strengths.strip(), improvements.strip()
        rows[code].save(update_fields=["strengths", "improvements"])
    locked.version += 1
    locked.save(update_fields=["version"])
    audit.record(by=by, verb="write_feedback", target=locked, details={"items": sorted(parts)})
    return locked


def hand_in(report, *, by):
    """The head hands the report to the secretariat. Refused while it names somebody or tells of marks."""
    with FeedbackReport.workflow.move(report, "hand_in_feedback", by=by) as locked:
        _refuse_leaks(locked)
    return locked


def _refuse_leaks(report):
    problems = [
        Problem("leak", f"{category}：“{found}”涉及评分或者专家身份，请改写。", category.code)
        for category, found in telling(report)
    ]
    if not any(part.strengths or part.improvements for part in parts_of(report)):
        problems.append(Problem("empty", "反馈报告还没有内容。"))
    if problems:
        raise Refused(problems)


def send_back(report, *, by, reason):
    """Give the report back to the head, with a reason."""
    with FeedbackReport.workflow.move(report, "send_back_feedback", by=by, note=reason) as locked:
        if not reason.strip():
            raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])
        locked.approved_at = locked.approved_by = None
    return locked


def approve(report, *, by):
    """The secretariat lets the report stand as it is. Refused while it names somebody or tells of marks."""
    with FeedbackReport.workflow.move(report, "approve_feedback", by=by) as locked:
        _refuse_leaks(locked)
        locked.approved_at, locked.approved_by = clock.now(), by
    return locked


def release(report, *, by):
    """Give the report to its applicant. Never before the edition's day, nor before its results are public."""
    with FeedbackReport.workflow.move(report, "release_feedback", by=by) as locked:
        if why := too_early(locked.application.edition):
            raise Refused([f"{why}没有发放。"])
        locked.released_at, locked.released_by = clock.now(), by
        firm = locked.application.organisation
        notify(
            User.objects.filter(memberships__organisation=firm, memberships__ended_at=None).distinct(),
            "feedback_released",
            matter=f"feedback-{locked.pk}",
            link=reverse("feedback", args=[locked.application_id]),
            number=locked.application.number,
        )
    return locked


@transaction.atomic
def release_all(*, by, edition):
    """Release every approved report of an edition; refused where there is none. Returns the last."""
    permit(by, Permission.FEEDBACK_APPROVE)
    approved = FeedbackReport.objects.filter(application__edition=edition, state=STATE.APPROVED).order_by("pk")
    reports = list(approved.select_for_update(of=("self",)))
    if not reports:
        raise Refused(["没有已核准、待发放的反馈报告。"])
    return [release(report, by=by) for report in reports][-1]


@transaction.atomic
def log_download(report, *, by):
    """Who takes a report away on paper stands in the trail."""
    audit.record(by=by, verb="download_feedback", target=report)


@transaction.atomic
def log_reading(report, *, by):
    """Opening a report drafted from the words of the experts is an act too."""
    audit.record(by=by, verb="read_feedback", target=report)
