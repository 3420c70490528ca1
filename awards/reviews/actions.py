from django.db import transaction

from awards.process import State
from awards.rubric import scoring
from awards.rubric.queries import points_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission, Role

from .conflicts import Judge, conflicts
from .models import Assignment, Expert, Mark, ScoreSheet
from .phase_actions import lay_out, refuse_if_ended
from .phase_queries import is_agreed


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
    lay_out(application.edition, by=by)
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
def save_marks(assignment, *, by, marks, version):
    """Save marks: {item code: (percentage or None, strengths, improvements)}. Touches only the items carried.

    `version` is the sheet's version the marks were based on; a newer one (another tab) is refused.
    Percentages off the rubric's scale are refused, all at once.
    """
    locked = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    permit(by, Permission.REVIEW_SCORE, locked)
    if locked.state != Assignment.State.SITTING:
        raise WrongState(f"评分表现为“{locked.get_state_display()}”，刚才的评分没有保存。")
    _refuse_after_review(locked)
    sheet = locked.sheets.select_for_update().get(phase=ScoreSheet.Phase.INDEPENDENT)
    if sheet.version != version:
        raise Refused(
            [Problem("conflict", "这份评分表已在另一窗口修改，刚才的评分没有保存，仍在页面上。请刷新后核对。")]
        )
    rubric = locked.application.edition.rubric
    items = {i.code: i for c in rubric.categories.prefetch_related("items") for i in c.items.all()}
    _refuse_bad_marks(marks, items, rubric.step)
    Mark.objects.bulk_create(
        [
            Mark(sheet=sheet, item=items[code], percentage=percentage, strengths=strengths, improvements=improvements)
            for code, (percentage, strengths, improvements) in marks.items()
        ],
        update_conflicts=True,
        unique_fields=["sheet", "item"],
        update_fields=["percentage", "strengths", "improvements"],
    )
    sheet.version += 1
    sheet.save(update_fields=["version"])
    audit.record(by=by, verb="save_marks", target=locked, details={"items": sorted(marks), "version": sheet.version})
    return sheet


def _refuse_bad_marks(marks, items, step):
    problems = []
    for code, (percentage, _strengths, _improvements) in marks.items():
        if code not in items:
            problems.append(Problem("unknown", f"准则中没有 {code}，没有保存。", code))
        elif percentage is not None and not scoring.is_step(percentage, step):
            text = f"{items[code]} 的 {percentage}% 不在 0—100、每档 {step}% 之内，没有保存。"
            problems.append(Problem("range", text, code))
    if problems:
        raise Refused(problems)


def submit_sheet(assignment, *, by):
    """Lock the sheet with its exact total. Refused while an item has no mark, naming all of them."""
    with Assignment.workflow.move(assignment, "submit_sheet", by=by) as locked:
        _refuse_after_review(locked)
        sheet = locked.sheets.select_for_update().get(phase=ScoreSheet.Phase.INDEPENDENT)
        points = points_of(locked.application.edition.rubric)
        given = dict(sheet.marks.exclude(percentage=None).values_list("item__code", "percentage"))
        missing = [code for code in points if code not in given]
        if missing:
            raise Refused([Problem("missing", f"还有 {len(missing)} 项没有评分：{'、'.join(missing)}。", missing[0])])
        sheet.total, sheet.submitted_at = scoring.total(points, given), clock.now()
        sheet.save(update_fields=["total", "submitted_at"])
    return locked


def reopen_sheet(assignment, *, by, reason):
    """Give a submitted sheet back to its expert, with a reason; the marks stay. Only while cases are in review.

    The head of the panel may too, except for the own sheet. Refused once the phase is ended or the panel's
    consensus is closed.
    """
    with Assignment.workflow.move(assignment, "reopen_sheet", by=by, note=reason) as locked:
        _refuse_without_reason(reason)
        if locked.application.state != State.IN_REVIEW:
            raise Refused(["该申报已完成评审，评分不能再修改。"])
        refuse_if_ended(locked.application.edition_id, ScoreSheet.Phase.INDEPENDENT)
        if is_agreed(locked.application):
            raise Refused(["评审组对该申报的合议已经关闭，须先由秘书处退回合议。没有改动任何内容。"])
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


@transaction.atomic
def log_sheet_printing(assignment, *, by):
    """Taking a sheet away on paper is an act too."""
    audit.record(by=by, verb="print_sheet", target=assignment)
