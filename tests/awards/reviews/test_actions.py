from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from awards.models import Application, Assignment, Expert, Mark, ScoreSheet
from awards.process import State
from awards.reviews import actions as reviewing
from awards.rubric.queries import points_of
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission, Relation
from tests import given
from tests.kept import kept
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of


@pytest.fixture
@kept
def experts(db):
    return [given.expert() for _ in range(3)]


@pytest.fixture
@kept
def panelled(accepted, secretary, experts):
    """An application in review with its panel, nobody has declared yet."""
    reviewing.set_panel(accepted, by=secretary, experts=experts, head=experts[0])
    return accepted


@pytest.fixture
def assignment(panelled, experts):
    return panelled.assignments.get(expert=experts[0])


@pytest.fixture
@kept
def sitting(assignment):
    reviewing.declare_free(assignment, by=assignment.expert)
    assignment.refresh_from_db()
    return assignment


@pytest.fixture
@kept
def scored(sitting):
    """One sheet, every item at 70 %, submitted."""
    save(sitting, marks(sitting))
    reviewing.submit_sheet(sitting, by=sitting.expert)
    sitting.refresh_from_db()
    return sitting


def marks(assignment, percentage=70):
    points = points_of(assignment.application.edition.rubric)
    return dict.fromkeys(points, (percentage, "方法系统。", "加强对比。"))


def save(assignment, marks, version=0, by=None):
    return reviewing.save_marks(assignment, by=by or assignment.expert, marks=marks, version=version)


# --- the steps ----------------------------------------------------------------------------------------

ACTS = {
    "declare_free": lambda a, by: reviewing.declare_free(a, by=by),
    "recuse": lambda a, by: reviewing.recuse(a, by=by, reason="亲属任职"),
    "submit_sheet": lambda a, by: reviewing.submit_sheet(a, by=by),
    "reopen_sheet": lambda a, by: reviewing.reopen_sheet(a, by=by, reason="请复核第七类"),
    "remove": lambda a, by: reviewing.remove(a, by=by, reason="发现利害关系"),
}
BY_SECRETARIAT = {"reopen_sheet", "remove"}


@pytest.mark.parametrize("name", sorted(BY_SECRETARIAT))
def test_a_step_of_the_secretariat_goes_from_its_sources_and_from_no_other_state(scored, secretary, name):
    Assignment.objects.update(recusal_reason="曾回避")

    check_step(scored, Assignment.workflow, name, lambda: ACTS[name](scored, secretary))


@pytest.mark.parametrize("name", sorted(set(ACTS) - BY_SECRETARIAT))
def test_a_step_of_the_expert_goes_from_its_sources_and_from_no_other_state(scored, name):
    for state in set(Assignment.State) - {Assignment.State.RECUSED}:
        put(scored, state)
        if state in Assignment.workflow.steps[name].sources:
            continue
        with no_trace(scored), pytest.raises(WrongState):
            ACTS[name](scored, scored.expert)
    for state in Assignment.workflow.steps[name].sources:
        put(scored, state)
        ACTS[name](scored, scored.expert)
        assert state_of(scored) == Assignment.workflow.steps[name].target


@pytest.mark.parametrize("name", [*ACTS, "save_marks"])
def test_a_recused_expert_may_do_nothing_any_more(sitting, name):
    reviewing.recuse(sitting, by=sitting.expert, reason="亲属任职")
    acts = ACTS | {"save_marks": lambda a, by: save(a, marks(a), by=by)}

    with no_trace(sitting), pytest.raises(PermissionDenied):
        acts[name](sitting, sitting.expert)


@pytest.mark.parametrize("name", ACTS)
def test_a_step_is_denied_without_the_duty_and_to_other_experts(scored, experts, name):
    check_duty(Assignment.workflow.steps[name].permission, lambda by: ACTS[name](scored, by), scored)

    with no_trace(scored), pytest.raises(PermissionDenied):
        ACTS[name](scored, experts[1])


# --- the panel ----------------------------------------------------------------------------------------


def test_a_panel_is_seated_with_its_head_and_each_expert_is_told(panelled, experts, secretary):
    seats = panelled.assignments.order_by("pk").values_list("expert", "is_head", "state", "assigned_by")

    assert list(seats) == [(e.pk, e == experts[0], "assigned", secretary.pk) for e in experts]
    assert sorted(Message.objects.filter(kind="review_assigned").values_list("user_id", flat=True)) == sorted(
        e.pk for e in experts
    )


def test_setting_the_panel_again_adds_moves_the_head_and_removes_nobody(panelled, experts, secretary):
    fourth = given.expert()

    reviewing.set_panel(panelled, by=secretary, experts=[experts[1], fourth], head=fourth)

    assert panelled.assignments.count() == 4
    assert [a.expert for a in panelled.assignments.filter(is_head=True)] == [fourth]
    assert Message.objects.filter(kind="review_assigned").count() == 4


def test_everything_wrong_with_a_panel_is_named_at_once_and_nobody_is_seated(accepted, secretary):
    member, employee = given.expert(), given.expert(employer=accepted.organisation.name)
    accepted.organisation.memberships.create(user=member, role=Relation.READER)
    closed = given.expert()
    closed.is_active = False
    closed.save()

    with refused("not_expert", "not_expert", "conflict", "conflict", "too_few", untouched=[accepted]):
        reviewing.set_panel(accepted, by=secretary, experts=[member, employee, given.person(), closed], head=member)
    with refused("too_few", "head", untouched=[accepted]):
        reviewing.set_panel(accepted, by=secretary, experts=[given.expert()], head=given.expert())

    assert Assignment.objects.count() == 0


def test_the_same_expert_named_three_times_is_one_expert(accepted, secretary):
    expert = given.expert()

    with refused("too_few"):
        reviewing.set_panel(accepted, by=secretary, experts=[expert] * 3, head=expert)


def test_a_recused_expert_is_not_seated_again(panelled, experts, assignment, secretary):
    reviewing.recuse(assignment, by=assignment.expert, reason="亲属任职")

    with refused("conflict", untouched=[panelled, assignment]):
        reviewing.set_panel(panelled, by=secretary, experts=[*experts, given.expert()], head=experts[0])


def test_a_panel_is_set_only_while_the_case_is_in_review_and_only_by_the_secretariat(accepted, secretary, experts):
    check_duty(
        Permission.REVIEW_ASSIGN,
        lambda by: reviewing.set_panel(accepted, by=by, experts=experts, head=experts[0]),
        accepted,
    )

    for state in set(State) - {State.IN_REVIEW}:
        put(accepted, state)
        with no_trace(accepted), pytest.raises(WrongState):
            reviewing.set_panel(accepted, by=secretary, experts=experts, head=experts[0])


# --- declaring ----------------------------------------------------------------------------------------


def test_the_dossier_opens_with_the_declaration_and_closes_with_the_recusal(assignment, experts):
    expert = experts[0]

    def reads():
        return list(Application.objects.visible_to(expert)) == [assignment.application]

    seen = [reads()]
    reviewing.declare_free(assignment, by=expert)
    seen.append(reads())
    reviewing.recuse(assignment, by=expert, reason="事后发现")
    seen.append(reads())

    assert seen == [False, True, False]


def test_a_started_sheet_is_set_aside_not_deleted(sitting):
    save(sitting, marks(sitting))

    reviewing.recuse(sitting, by=sitting.expert, reason="事后发现")

    sitting.refresh_from_db()
    assert (sitting.state, sitting.recusal_reason, sitting.declared_at) == ("recused", "事后发现", given.SPRING)
    assert sitting.sheets.get().marks.count() == 23


@pytest.mark.parametrize("reason", ["", "  "])
def test_nobody_leaves_a_panel_without_a_reason(sitting, secretary, reason):
    with refused("reason", untouched=[sitting]):
        reviewing.recuse(sitting, by=sitting.expert, reason=reason)
    with refused("reason", untouched=[sitting]):
        reviewing.remove(sitting, by=secretary, reason=reason)


# --- marking ------------------------------------------------------------------------------------------


def test_a_save_touches_only_the_items_it_carries_and_counts_the_version(sitting):
    save(sitting, {"4.1.2": (50, "好", ""), "4.1.3": (None, "待定", "")})

    sheet = save(sitting, {"4.1.3": (0, "差", "改")}, version=1)

    assert sheet.version == 2
    assert list(sheet.marks.values_list("item__code", "percentage", "strengths", "improvements")) == [
        ("4.1.2", 50, "好", ""),
        ("4.1.3", 0, "差", "改"),
    ]


def test_marks_off_the_scale_are_refused_all_at_once_and_none_is_kept(sitting):
    sheet = sitting.sheets.get()

    with refused("range", "range", "range", "unknown", untouched=[sheet]):
        save(
            sitting,
            {
                "4.1.2": (51, "", ""),
                "4.1.3": (105, "", ""),
                "4.2.2": (-5, "", ""),
                "9.9": (50, "", ""),
                "4.2.3": (95, "", ""),
            },
        )

    assert sheet.marks.count() == 0


def test_another_window_that_saved_first_wins_and_the_second_is_told(sitting):
    save(sitting, {"4.1.2": (50, "第一窗口", "")})

    with refused("conflict", untouched=[Mark.objects.get()]):
        save(sitting, {"4.1.2": (90, "第二窗口", "")}, version=0)


def test_marks_are_saved_only_on_the_own_sheet_and_only_while_sitting(scored, experts, secretary):
    for by in (experts[1], secretary):
        with no_trace(scored), pytest.raises(PermissionDenied):
            save(scored, marks(scored), version=1, by=by)
    for state in ("assigned", "submitted"):
        put(scored, state)
        with no_trace(scored), pytest.raises(WrongState):
            save(scored, marks(scored), version=1)


@pytest.mark.parametrize("state", [State.SHORTLISTED, State.NOT_SHORTLISTED, State.HONOURED])
def test_a_case_that_left_review_takes_no_more_marks(sitting, state):
    save(sitting, marks(sitting))
    put(sitting.application, state)

    with no_trace(sitting), pytest.raises(WrongState):
        save(sitting, marks(sitting), version=1)
    with no_trace(sitting), pytest.raises(WrongState):
        reviewing.submit_sheet(sitting, by=sitting.expert)


# --- submitting a sheet -------------------------------------------------------------------------------


def test_a_submitted_sheet_has_its_exact_total(sitting):
    given_marks = marks(sitting) | {"4.1.2": (55, "", ""), "4.1.3": (0, "", "没有方法。")}
    save(sitting, given_marks)

    with clock.at(given.SPRING + timedelta(hours=1)):
        reviewing.submit_sheet(sitting, by=sitting.expert)

    points, sheet = points_of(sitting.application.edition.rubric), sitting.sheets.get()
    expected = sum(Decimal(points[code] * percentage) / 100 for code, (percentage, *_words) in given_marks.items())
    assert (sheet.total, sheet.submitted_at) == (expected, given.SPRING + timedelta(hours=1))


def test_a_sheet_is_not_submitted_while_items_are_unmarked_and_all_are_named(sitting):
    incomplete = marks(sitting) | {"4.1.2": (None, "只有文字", "")}
    del incomplete["4.2.2"]
    save(sitting, incomplete)

    with pytest.raises(reviewing.Refused) as refusal, no_trace(sitting):
        reviewing.submit_sheet(sitting, by=sitting.expert)

    assert str(refusal.value) == "还有 2 项没有评分：4.1.2、4.2.2。"


def test_a_reopened_sheet_keeps_its_marks_loses_its_total_and_tells_the_expert(scored, secretary):
    reviewing.reopen_sheet(scored, by=secretary, reason="请复核第七类")

    sheet = scored.sheets.get()
    assert (state_of(scored), sheet.total, sheet.submitted_at) == ("sitting", None, None)
    assert sheet.marks.count() == 23
    assert scored.expert.inbox.filter(kind="sheet_reopened").count() == 1
    assert AuditEvent.objects.filter(verb="unset_total").get().before == "700.00"


def test_a_sheet_is_not_reopened_once_the_case_left_review(scored, secretary):
    for state in (State.SHORTLISTED, State.NOT_SHORTLISTED, State.PROPOSED, State.HONOURED):
        put(scored.application, state)
        with refused("该申报已完成评审，评分不能再修改。", untouched=[scored, scored.sheets.get()]):
            reviewing.reopen_sheet(scored, by=secretary, reason="理由")


# --- who sees what ------------------------------------------------------------------------------------


def test_experts_see_their_own_assignments_and_nobody_elses(panelled, experts, owner, secretary, stranger):
    def seen_by(user):
        return set(Assignment.objects.visible_to(user))

    assert seen_by(experts[0]) == set(panelled.assignments.filter(expert=experts[0]))
    assert seen_by(secretary) == set(panelled.assignments.all())
    assert seen_by(owner) == seen_by(stranger) == seen_by(given.member()) == seen_by(given.leader()) == set()


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_doubled_seats_and_unexplained_recusals(assignment, experts):
    with refused_by("one_assignment_per_expert"):
        copy_of(assignment)
    with refused_by("recusal_has_reason"):
        Assignment.objects.update(state="recused")
    with refused_by("nobody_assigns_self"):
        Assignment.objects.filter(pk=assignment.pk).update(assigned_by=experts[0])
    with refused_by("awards_expert_user_id_key"):
        copy_of(Expert.objects.first())


def test_the_database_refuses_doubled_sheets_and_impossible_totals(scored):
    with refused_by("one_sheet_per_phase"):
        copy_of(ScoreSheet.objects.get())
    with refused_by("total_with_submission"):
        ScoreSheet.objects.update(total=None)
    for total in ("-0.01", "1000.01"):
        with refused_by("total_within_rubric"):
            ScoreSheet.objects.update(total=total)
    with refused_by("one_mark_per_item"):
        copy_of(Mark.objects.first())
    with refused_by("percentage_range"):
        Mark.objects.update(percentage=101)
