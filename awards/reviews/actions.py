from django.db import transaction

from awards.process import State
from awards.rubric import scoring
from awards.rubric.queries import items_of, points_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission, Role

from .conflicts import Judge, conflicts
from .entries import Entry, faults, touched, wanting
from .models import Assignment, Expert, ScoreSheet
from .reading_actions import queue_copy
from .sheet_actions import keep_marks, refuse_frozen
from .sheet_models import MarkVersion
from .sheet_queries import entries_of


@transaction.atomic
def enrol_expert(user, *, by, employer, title="", fields=""):
    """Enter a person who holds the expert role in the pool, or bring the entry up to date."""
    permit(by, Permission.REVIEW_ASSIGN)
    if Role.EXPERT not in user.roles:
        raise Refused([f"{user}没有“评审专家”角色，请先由安全管理员授权。没有保存。"])
    if not employer.strip():
        raise Refused([Problem("employer", "请填写工作单位，用于识别利害关系。没有保存。", "employer")])
    expert, _created = Expert.objects.update_or_create(
        user=user, defaults={"employer": employer.strip(), "title": title, "fields": fields}
    )
    audit.record(by=by, verb="enrol_expert", target=expert)
    return expert


@transaction.atomic
def set_panel(application, *, by, experts, head):
    """Assign a panel of experts (accounts) to an accepted application, `head` among them.

    Refused, with every reason, below the edition's number of experts or with a known conflict.
    Experts already assigned stay; nobody is removed here.
    """
    permit(by, Permission.REVIEW_ASSIGN, application)
    locked = type(application).objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != State.IN_REVIEW:
        raise WrongState(f"{locked}现为“{locked.get_state_display()}”，不能组建评审组。没有改动任何内容。")
    profiles = {e.user_id: e for e in Expert.objects.filter(user__in=experts).select_related("user")}
    _refuse_bad_panel(locked, experts, head, profiles)
    seated = {a.expert_id: a for a in locked.assignments.select_for_update()}
    locked.assignments.update(is_head=False)
    for expert in experts:
        assignment = seated.get(expert.pk)
        if assignment is None:
            assignment = Assignment(application=locked, expert=expert, assigned_by=by, assigned_at=clock.now())
        elif assignment.state == Assignment.State.RECUSED:
            raise Refused([f"{expert}已对该申报回避，不能再次分配。没有改动任何内容。"])
        assignment.is_head = expert.pk == head.pk
        assignment.save()
        notify([expert], "review_assigned", matter=assignment.pk, link=_desk(assignment), number=locked.number)
    audit.record(by=by, verb="set_panel", target=locked, details={"experts": [e.pk for e in experts], "head": head.pk})
    return locked


def _refuse_bad_panel(application, experts, head, profiles):
    needed = application.edition.settled["experts_per_application"]
    problems = []
    remaining = application.assignments.sitting().exclude(expert__in=experts).count()
    if len(set(experts)) + remaining < needed:
        problems.append(Problem("too_few", f"每份申报至少 {needed} 名专家。没有改动任何内容。", "experts"))
    if head not in experts:
        problems.append(Problem("head", "组长必须是评审组成员。没有改动任何内容。", "head"))
    for expert in experts:
        if expert.pk not in profiles or not expert.is_active:
            problems.append(Problem("not_expert", f"{expert}不在专家库。没有改动任何内容。", "experts"))
        else:
            problems += known_conflicts(profiles[expert.pk], application.organisation)
    if problems:
        raise Refused(problems)


def known_conflicts(expert, organisation):
    """Conflicts the portal itself can see between an expert of the pool and an organisation."""
    member_of = expert.user.memberships.filter(ended_at=None).values_list("organisation_id", flat=True)
    judge = Judge(str(expert.user), expert.employer, frozenset(member_of))
    return conflicts(judge, organisation.pk, organisation.name)


def _desk(assignment):
    return f"/office/awards/assignment/{assignment.pk}/change/"


def declare_free(assignment, *, by):
    """The expert declares to have no interest in the applicant; the dossier opens. Only the expert may."""
    with Assignment.workflow.move(assignment, "declare_free", by=by) as locked:
        _refuse_after_review(locked)
        locked.declared_at = clock.now()
        ScoreSheet.objects.get_or_create(assignment=locked, phase=ScoreSheet.Phase.INDEPENDENT)
        queue_copy(locked.application)
    return locked


def _refuse_after_review(assignment):
    application = assignment.application
    if application.state != State.IN_REVIEW:
        raise WrongState(f"{application}现为“{application.get_state_display()}”，已完成评审。没有保存任何内容。")


def recuse(assignment, *, by, reason):
    """The expert steps back. Access ends at once; a started sheet is set aside, not deleted."""
    with Assignment.workflow.move(assignment, "recuse", by=by, note=reason) as locked:
        _refuse_without_reason(reason)
        locked.recusal_reason, locked.declared_at = reason, clock.now()
    return locked


def remove(assignment, *, by, reason):
    """The secretariat takes an expert off a case, at any time; a submitted sheet no longer counts."""
    with Assignment.workflow.move(assignment, "remove", by=by, note=reason) as locked:
        _refuse_without_reason(reason)
        locked.recusal_reason = reason
    return locked


def _refuse_without_reason(reason):
    if not reason.strip():
        raise Refused([Problem("reason", "请写明原因。没有改动任何内容。", "reason")])


@transaction.atomic
def save_marks(
    assignment, *, by, marks, version, phase=ScoreSheet.Phase.INDEPENDENT, source=MarkVersion.Source.PAGE, papers=()
):
    """Save marks: {item code: Entry or (percentage or None, strengths, improvements)}. Touches only changed items.

    `version` is the sheet's version the marks were based on; a newer one (another tab) is refused. So are
    percentages off the rubric's scale and references to pages that are not in the dossier (`papers`: the pages of
    each, where they are known), all at once; and everything while scoring is frozen.
    """
    locked = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    permit(by, Permission.REVIEW_SCORE, locked)
    if locked.state != Assignment.State.SITTING:
        raise WrongState(f"评分表现为“{locked.get_state_display()}”，刚才的评分没有保存。")
    _refuse_after_review(locked)
    edition = locked.application.edition
    refuse_frozen(edition)
    sheet = locked.sheets.select_for_update().get(phase=phase)
    if sheet.version != version:
        raise Refused(
            [Problem("conflict", "这份评分表已在另一窗口修改，刚才的评分没有保存，仍在页面上。请核对后再保存。")]
        )
    items = {item.code: item for item in items_of(edition.rubric)}
    entries = {code: Entry.of(mark) for code, mark in marks.items()}
    if problems := faults(entries, items, edition.rubric.step, papers):
        raise Refused(problems)
    keep_marks(sheet, touched(entries, entries_of(sheet)), items, by=by, source=source)
    audit.record(by=by, verb="save_marks", target=locked, details={"items": sorted(marks), "version": sheet.version})
    return sheet


def submit_sheet(assignment, *, by, phase=ScoreSheet.Phase.INDEPENDENT):
    """Lock the sheet with its exact total. Refused, naming all, while a mark or a reason asked for is missing."""
    with Assignment.workflow.move(assignment, "submit_sheet", by=by) as locked:
        _refuse_after_review(locked)
        edition = locked.application.edition
        refuse_frozen(edition, lost="没有提交")
        sheet = locked.sheets.select_for_update().get(phase=phase)
        points, entries, settled = points_of(edition.rubric), entries_of(sheet), edition.settled
        problems = wanting(entries, points, settled.get("strengths_from"), settled.get("improvements_to"))
        if problems:
            raise Refused(problems)
        sheet.total = scoring.total(points, {code: entries[code].percentage for code in points})
        sheet.submitted_at = clock.now()
        sheet.save(update_fields=["total", "submitted_at"])
    return locked


def reopen_sheet(assignment, *, by, reason):
    """Give a submitted sheet back to its expert, with a reason; the marks stay. Only while cases are in review."""
    with Assignment.workflow.move(assignment, "reopen_sheet", by=by, note=reason) as locked:
        if locked.application.state != State.IN_REVIEW:
            raise Refused(["该申报已完成评审，评分不能再修改。"])
        refuse_frozen(locked.application.edition, lost="没有改动任何内容")
        sheet = locked.sheets.select_for_update().get(phase=ScoreSheet.Phase.INDEPENDENT)
        before = str(sheet.total)
        sheet.total = sheet.submitted_at = None
        sheet.save(update_fields=["total", "submitted_at"])
        audit.record(by=by, verb="unset_total", target=locked, before=before)
        notify(
            [locked.expert],
            "sheet_reopened",
            matter=f"{locked.pk}-{sheet.version}",
            link=_desk(locked),
            number=locked.application.number,
            reason=reason,
        )
    return locked


@transaction.atomic
def log_sheet_reading(assignment, *, by):
    """Opening another person's submitted scores is an act too."""
    audit.record(by=by, verb="read_sheet", target=assignment)
