from django.db import transaction

from awards.experts.models import Expert
from awards.experts.queries import is_cleared, known_conflicts
from awards.process import State
from awards.rubric import scoring
from awards.rubric.queries import items_of, points_of
from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .checking import breaches, overloads
from .entries import Entry, faults, touched, wanting
from .models import Assignment, ScoreSheet
from .phase_actions import lay_out, refuse_if_ended, refuse_late_seat
from .phase_queries import is_agreed
from .reading_actions import queue_copy
from .seating import candidates_of, cases_of, people_of_season, rules_of
from .sheet_actions import keep_marks, refuse_frozen
from .sheet_models import MarkVersion
from .sheet_queries import entries_of


@transaction.atomic
def set_panel(application, *, by, experts, head):
    """Assign a panel of experts (accounts) to an accepted application, `head` among them.

    Refused, with every reason, where a rule of the edition is broken, with a known conflict, and for experts who
    have not accepted for the edition; and for a new expert once independent scoring is ended. Experts already
    assigned stay; nobody is removed here, and among those who sit the head may change at any time.
    """
    permit(by, Permission.REVIEW_ASSIGN, application)
    lay_out(application.edition, by=by)
    locked = type(application).objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.state != State.IN_REVIEW:
        raise WrongState(f"{locked}现为“{locked.get_state_display()}”，不能组建评审组。没有改动任何内容。")
    lock_experts(experts)
    _refuse_bad_panel(locked, experts, head)
    seated = {a.expert_id: a for a in locked.assignments.select_for_update()}
    if any(expert.pk not in seated for expert in experts):
        refuse_late_seat(locked.edition_id)
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


def lock_experts(users):
    """Lock the entries of these people in the pool, in one order: no interest is entered until the act is over."""
    list(Expert.objects.select_for_update(of=("self",)).filter(user__in=users).order_by("pk"))


def _refuse_bad_panel(application, experts, head):
    edition = application.edition
    people = people_of_season(edition)
    season = candidates_of(people, edition)
    [case] = cases_of([application], people, edition)
    strangers = [expert for expert in experts if expert.pk not in season]
    problems = [
        Problem("not_expert", f"{expert}没有接受本届聘请，不能分配", "experts") for expert in dict.fromkeys(strangers)
    ]
    members = case.seated | {expert.pk for expert in experts}
    problems += breaches(case, sorted(members), head.pk, season, rules_of(edition))
    problems += overloads([(case.key, pk) for pk in sorted(members - case.seated)], season)
    if problems:
        raise Refused([Problem(p.code, _whole(p.text), p.where or "experts") for p in problems])


def _whole(text):
    """The sentence, with what it means for the act where it does not end by itself."""
    return text if text.endswith("。") else f"{text}。没有改动任何内容。"


def _desk(assignment):
    return f"/office/awards/assignment/{assignment.pk}/change/"


def declare_free(assignment, *, by):
    """The expert declares to have no interest in the applicant; the dossier opens. Only the expert may.

    Refused until the season's promise is signed and its declaration made, and with a conflict the portal knows.
    """
    with Assignment.workflow.move(assignment, "declare_free", by=by) as locked:
        _refuse_after_review(locked)
        _refuse_uncleared(locked)
        locked.declared_at = clock.now()
        ScoreSheet.objects.get_or_create(assignment=locked, phase=ScoreSheet.Phase.INDEPENDENT)
        queue_copy(locked.application)
    return locked


def _refuse_uncleared(assignment):
    application = assignment.application
    if not is_cleared(assignment.expert, application.edition):
        text = "请先在“专家聘请”签署本届保密承诺书、声明利害关系，再开始评审。没有改动任何内容。"
        raise Refused([Problem("uncleared", text)])
    known = known_conflicts(assignment.expert.expert, application)
    if known:
        raise Refused([Problem(p.code, f"{p.text}请申请回避。没有改动任何内容。") for p in known])


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
    """Give a submitted sheet back to its expert, with a reason; the marks stay. Only while cases are in review.

    The head of the panel may too, except for the own sheet. Refused once the phase is ended or the panel's
    consensus is closed.
    """
    with Assignment.workflow.move(assignment, "reopen_sheet", by=by, note=reason) as locked:
        _refuse_without_reason(reason)
        if locked.application.state != State.IN_REVIEW:
            raise Refused(["该申报已完成评审，评分不能再修改。"])
        refuse_frozen(locked.application.edition, lost="没有改动任何内容")
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
