"""The phases of a review: read from the rules, laid out as rows, begun and ended; what a phase lets be seen."""

from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied

from awards.models import PanelProposal, ReviewPhase
from awards.panels import actions as seating
from awards.programmes.phase_rules import Cases, Kind, Planned, cases, phases, release_day, spread_limit
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from awards.reviews.phase_queries import cases_open_to
from awards.reviews.phases import Row, Scorer, Seen, plan
from enterprises.models import AuditEvent, Message, User
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests import phases as walked
from tests.desk import act_url, buttons, errors, office, press
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import PATIENCE, at_once, kinds, slow_inside, without_row_locks

# --- as written ---------------------------------------------------------------------------------------


def test_phases_are_read_in_order_with_their_weights():
    assert phases("独立评审 40、合议评审 30、现场评审 30") == (
        Planned(Kind.INDEPENDENT, 40),
        Planned(Kind.CONSENSUS, 30),
        Planned(Kind.SITE_VISIT, 30),
    )
    assert phases("独立评审 60、陈述答辩 40") == (Planned(Kind.INDEPENDENT, 60), Planned(Kind.HEARING, 40))
    assert phases("独立评审100") == (Planned(Kind.INDEPENDENT, 100),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("独立评审 40、陈述答辩 30、现场评审 30", "从独立评审开始，按先后列出，每个阶段一次"),
        ("合议评审 100", "从独立评审开始，按先后列出，每个阶段一次"),
        ("独立评审 40、现场评审 30、合议评审 30", "从独立评审开始，按先后列出，每个阶段一次"),
        ("独立评审 50、独立评审 50", "从独立评审开始，按先后列出，每个阶段一次"),
        ("独立评审 40、合议评审 50", "权重之和应为 100"),
        ("独立评审", "只能填 独立评审、合议评审、现场评审、陈述答辩，每个阶段后写权重，例如 独立评审 40、合议评审 60"),
        ("", "只能填 独立评审、合议评审、现场评审、陈述答辩，每个阶段后写权重，例如 独立评审 40、合议评审 60"),
    ],
)
def test_what_cannot_be_a_sequence_of_phases_is_refused_in_words(text, said):
    with pytest.raises(ValueError, match=said):
        phases(text)


def test_the_other_rules_of_phases_are_read_too():
    assert (cases("全部"), cases("入围"), spread_limit("20")) == (Cases.ALL, Cases.SHORTLISTED, 20)
    assert (release_day("不发放"), release_day("2027-01-15")) == (None, date(2027, 1, 15))
    with pytest.raises(ValueError, match="只能填 全部或入围"):
        cases("一些")
    with pytest.raises(ValueError, match="应在 0 到 100 之间"):
        spread_limit("101")
    with pytest.raises(ValueError, match="填日期"):
        release_day("明年")


def test_an_edition_from_before_the_rule_has_the_independent_phase_alone():
    assert plan({}) == [Row(Kind.INDEPENDENT, 100, Cases.ALL, Scorer.EXPERT, Seen.NEVER)]


# --- as rows ------------------------------------------------------------------------------------------


@pytest.fixture
def season(db):
    return given.walk_to("panelled", firms=1, experts=2, experts_per_application="2", phases=walked.THREE)


def test_phases_are_laid_out_once_when_the_first_panel_is_set(season):
    rows = list(ReviewPhase.objects.order_by("position").values_list("kind", "weight", "cases", "peers_seen", "state"))

    assert rows == [
        ("independent", 40, "all", "never", "open"),
        ("consensus", 30, "all", "after_own", "waiting"),
        ("site_visit", 30, "shortlisted", "always", "waiting"),
    ]
    with no_trace():
        phasing.lay_out(season.edition, by=season.secretary)


def test_phases_begin_in_order_with_their_cases_and_end_when_every_case_is_done(season):
    independent, consensus, visit = ReviewPhase.objects.order_by("position")
    with refused("合议评审还没有开始，不能开始现场评审。", untouched=[visit]):
        phasing.open_phase(visit, by=season.secretary)
    with refused(
        f"还有 1 件没有完成独立评审：{season.applications[0].number}。没有改动任何内容。", untouched=[independent]
    ):
        phasing.close_phase(independent, by=season.secretary)
    check_duty(Permission.PHASE_RUN, lambda by: phasing.open_phase(consensus, by=by), consensus)
    press(season.secretary, consensus, "open_phase")

    with refused("还没有参加现场评审的申报，不能开始。没有改动任何内容。", untouched=[visit]):
        phasing.open_phase(visit, by=season.secretary)
    with no_trace(consensus), pytest.raises(WrongState):
        phasing.open_phase(consensus, by=season.secretary)
    for turn, seat in enumerate(season.applications[0].assignments.all()):
        walked.mark(seat, turn)
    phasing.close_phase(independent, by=season.secretary)
    seat.refresh_from_db()
    with refused("本届独立评审已经结束，不能再修改。没有改动任何内容。", untouched=[seat]):
        reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。")
    with refused("reason", untouched=[independent]):
        phasing.reopen_phase(independent, by=season.secretary, reason=" ")
    phasing.reopen_phase(independent, by=season.secretary, reason="发现利害关系。")
    reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。")


def test_what_others_scored_is_open_as_the_phase_says(season):
    first, second = season.applications[0].assignments.order_by("-is_head")
    walked.mark(first, 0)
    reviewing.declare_free(second, by=second.expert)

    def open_to(peers_seen):
        ReviewPhase.objects.filter(kind="consensus").update(peers_seen=peers_seen)
        return [bool(cases_open_to(seat.expert, Kind.CONSENSUS)) for seat in (first, second)]

    assert {seen: open_to(seen) for seen in Seen} == {
        Seen.NEVER: [False, False],
        Seen.AFTER_OWN: [True, False],
        Seen.ALWAYS: [True, True],
    }
    assert not cases_open_to(given.expert(), Kind.CONSENSUS)


def test_the_database_keeps_phases_apart_and_whole(season):
    phase = ReviewPhase.objects.get(kind="consensus")
    with refused_by("one_phase_per_kind"):
        copy_of(phase, position=9)
    with refused_by("one_phase_per_position"):
        ReviewPhase.objects.filter(pk=phase.pk).update(position=1)
    with refused_by("phase_weight_is_a_percentage"):
        ReviewPhase.objects.filter(pk=phase.pk).update(weight=101)
    with refused_by("phase_opened_at_and_by"):
        ReviewPhase.objects.filter(pk=phase.pk).update(state="open")
    with refused_by("phase_closed_at_and_by"):
        ReviewPhase.objects.filter(kind="independent").update(closed_by=season.secretary)


# --- the head of a panel ------------------------------------------------------------------------------


def test_the_head_gives_a_sheet_of_the_panel_back_and_reads_numbers_instead_of_names(season):
    head, other = season.applications[0].assignments.order_by("-is_head")
    for turn, seat in enumerate((head, other)):
        walked.mark(seat, turn)
    for seat in (head, other):
        seat.refresh_from_db()
    url = f"/office/awards/assignment/{head.pk}/do/reopen_member/"
    page = office(head.expert).get(url).content.decode()

    assert "专家2" in page
    assert other.expert.name not in page
    assert "reopen_member" not in buttons(other.expert, other)
    assert "请选择" in page
    with no_trace(head), pytest.raises(PermissionDenied):
        reviewing.reopen_sheet(head, by=head.expert, reason="自己的。")
    with refused("reason", untouched=[other]):
        reviewing.reopen_sheet(other, by=head.expert, reason=" ")
    answer = office(head.expert).post(url, {"seat": head.pk, "reason": "自己的。"})
    assert errors(answer) != []

    press(head.expert, head, "reopen_member", seat=other.pk, reason="请复核第七类。")

    other.refresh_from_db()
    assert other.state == "sitting"
    assert AuditEvent.objects.filter(verb="reopen_sheet", note="请复核第七类。").count() == 1
    assert [m.user for m in Message.objects.filter(kind="sheet_reopened")] == [other.expert]


# --- seats after independent scoring ------------------------------------------------------------------


def test_no_expert_is_seated_after_independent_scoring_unless_it_is_reopened(season):
    case, phase = season.applications[0], walked.phase(season, "independent")
    new, head = given.expert(), season.experts[1]
    for turn, seat in enumerate(case.assignments.all()):
        walked.mark(seat, turn)
    seating.request_proposal(season.edition, by=season.secretary, seed=1)
    proposal = seating.draw_proposal(PanelProposal.objects.get(), by=User.objects.robot())
    PanelProposal.objects.update(seats=[[case.pk, new.pk]])
    phasing.close_phase(phase, by=season.secretary)
    panel = list(case.assignments.order_by("pk"))

    with refused("late", untouched=[*panel]):
        reviewing.set_panel(case, by=season.secretary, experts=[*season.experts, new], head=head)
    with refused("late", untouched=[*panel]):
        seating.replace(panel[0], by=season.secretary, expert=new, reason="出国")
    with refused("late", untouched=[*panel, proposal]):
        seating.apply_proposal(proposal, by=season.secretary, seen=proposal.digest)
    with refused("late"):
        seating.request_proposal(season.edition, by=season.secretary, seed=2)
    reviewing.set_panel(case, by=season.secretary, experts=season.experts, head=head)
    assert case.assignments.get(is_head=True).expert == head

    phasing.reopen_phase(phase, by=season.secretary, reason="一名专家出国。")
    seating.replace(panel[0], by=season.secretary, expert=new, reason="出国")
    assert case.assignments.sitting().filter(expert=new).exists()


def test_the_page_says_beforehand_that_it_is_too_late_to_seat_anybody(season):
    case = season.applications[0]
    url, late = act_url(case, "set_panel"), "先在“评审阶段”写明理由、重新进行独立评审"

    assert late not in office(season.secretary).get(url).content.decode()
    given_up = clock.now()
    ReviewPhase.objects.filter(kind="independent").update(
        state="closed", closed_at=given_up, closed_by=season.secretary
    )
    assert late in office(season.secretary).get(url).content.decode()
    assert late in office(season.secretary).get(act_url(case.assignments.first(), "replace")).content.decode()


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def ready(committed):
    season = given.walk_to("panelled", firms=1, experts=1, experts_per_application="1", phases=walked.THREE)
    seat = season.applications[0].assignments.get()
    walked.mark(seat, 0)
    return season, walked.phase(season, "independent"), seat


def end_and_reopen(season, phase, seat):
    outcomes = at_once(
        lambda: phasing.close_phase(phase, by=season.secretary),
        lambda: reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。"),
    )
    phase.refresh_from_db(), seat.refresh_from_db()
    return kinds(outcomes), (phase.state, seat.state)


def test_a_phase_ended_while_a_sheet_is_given_back_ends_one_way_or_the_other(ready):
    outcomes, states = end_and_reopen(*ready)

    assert outcomes == ["Refused", "done"]
    assert states in {("closed", "submitted"), ("open", "sitting")}


def test_twin_without_row_locks_a_phase_is_ended_over_an_open_sheet(ready, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, reviewing, "is_agreed")
    gate = reviewing.is_agreed
    ask = phasing.unfinished_said
    monkeypatch.setattr(phasing, "unfinished_said", lambda phase: _after(ask(phase), gate, phase))

    outcomes, states = end_and_reopen(*ready)

    assert (outcomes, states) == (["done", "done"], ("closed", "sitting"))


def _after(found, gate, phase):
    """What was found, told only when the other thread has looked as well."""
    gate(phase.edition.applications.get())
    return found


def end_and_seat(ready):
    season, phase, seat = ready
    case, new = seat.application, given.expert()
    outcomes = at_once(
        lambda: phasing.close_phase(phase, by=season.secretary),
        lambda: reviewing.set_panel(case, by=season.secretary, experts=[seat.expert, new], head=seat.expert),
    )
    phase.refresh_from_db()
    return kinds(outcomes), (phase.state, case.assignments.count())


def test_a_phase_ended_while_an_expert_is_seated_ends_one_way_or_the_other(ready):
    outcomes, states = end_and_seat(ready)

    assert outcomes == ["Refused", "done"]
    assert states in {("closed", 1), ("open", 2)}


def test_twin_without_row_locks_a_phase_is_ended_over_a_new_expert(ready, monkeypatch):
    without_row_locks(monkeypatch)
    gate, look, ask = Barrier(2), reviewing.refuse_late_seat, phasing.unfinished_said
    monkeypatch.setattr(reviewing, "refuse_late_seat", lambda edition: (look(edition), gate.wait(PATIENCE)))
    monkeypatch.setattr(
        phasing, "unfinished_said", lambda phase: _after(ask(phase), lambda _: gate.wait(PATIENCE), phase)
    )

    outcomes, states = end_and_seat(ready)

    assert (outcomes, states) == (["done", "done"], ("closed", 2))
