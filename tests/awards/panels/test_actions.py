"""Panels for all cases at once: proposed, applied as one, from a file, one expert replaced."""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.experts import actions as pooling
from awards.models import Assignment, PanelProposal
from awards.panels import actions as seating
from awards.panels.lists import COLUMNS
from awards.panels.queries import panels_file, preview
from awards.panels.tasks import draw_proposal, sweep
from awards.reviews import actions as reviewing
from awards.reviews.phase_actions import lay_out
from enterprises.models import Message, User
from enterprises.notifications.queries import newest
from foshan_quality.lib import clock
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, copy_of, no_trace, put, refused, refused_by
from tests.threads import at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def season(db):
    """Two cases in review and five experts of the season, nobody assigned."""
    season = given.walk_to("in_review", firms=2)
    with clock.at(given.REVIEW):
        season.experts = [given.expert() for _ in range(5)]
        yield season


def asked(season, seed=1):
    return seating.request_proposal(season.edition, by=season.secretary, seed=seed)


def drawn(season, seed=1):
    proposal = asked(season, seed)
    draw_proposal(proposal.pk)
    proposal.refresh_from_db()
    return proposal


def apply(proposal, by):
    return seating.apply_proposal(proposal, by=by, seen=proposal.digest)


def seats():
    return set(Assignment.objects.values_list("application_id", "expert_id", "is_head"))


# --- by machine ---------------------------------------------------------------------------------------


def test_a_proposal_is_computed_by_a_worker_and_gives_no_seat(season):
    proposal = drawn(season, seed=42)

    assert (proposal.state, proposal.seed, len(proposal.seats), proposal.problems) == ("ready", 42, 6, [])
    assert "HiGHS" in proposal.method
    assert seats() == set()
    sweep()
    assert PanelProposal.objects.get().attempts == 1


def test_only_one_proposal_of_an_edition_is_computed_at_a_time_and_none_after_its_review(season):
    asked(season)
    with refused("本届已有一个方案正在计算，请稍候查看。没有重复提出。"):
        asked(season)
    put(season.edition, "publicity")
    season.edition.refresh_from_db()
    with refused("over"):
        asked(season)
    check_duty(Permission.REVIEW_ASSIGN, lambda by: seating.request_proposal(season.edition, by=by, seed=1))


def test_a_proposal_is_applied_as_one_and_each_expert_is_told_once(season):
    proposal = drawn(season)

    apply(proposal, season.secretary)

    heads = dict(proposal.heads)
    assert seats() == {(case, expert, heads[case] == expert) for case, expert in proposal.seats}
    told = Message.objects.filter(kind="reviews_assigned")
    assert sorted(told.values_list("user_id", flat=True)) == sorted({expert for _case, expert in proposal.seats})
    assert [message.is_waiting for message in newest(told.first().user, 1)] == [True]
    with pytest.raises(WrongState):
        apply(proposal, season.secretary)


def test_the_secretariat_alone_applies(season):
    proposal = drawn(season)

    check_duty(Permission.REVIEW_ASSIGN, lambda by: apply(proposal, by), proposal)
    with no_trace(proposal), pytest.raises(PermissionDenied):
        seating.draw_proposal(proposal, by=season.secretary)


CHANGES = {
    "a conflict": lambda s: pooling.enter_interest(
        s.experts[0].expert,
        by=s.secretary,
        kind="shares",
        organisation_name=s.applications[0].organisation.name,
        detail="持股",
    ),
    "an expert": lambda s: given.expert(),
    "a seat": lambda s: reviewing.set_panel(
        s.applications[0], by=s.secretary, experts=s.experts[:3], head=s.experts[0]
    ),
    "a rule": lambda s: s.edition.rules.filter(key="panel_in_field").update(value="1"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_proposal_holds_no_more_once_its_ground_has_changed(season, change):
    proposal = drawn(season)
    CHANGES[change](season)
    before = seats()

    with pytest.raises(seating.Refused, match="方案已失效"):
        apply(PanelProposal.objects.get(), season.secretary)

    assert seats() == before
    assert preview(PanelProposal.objects.get()).is_current is False
    assert proposal.state == "ready"


def test_a_proposal_only_fills_what_is_missing(season):
    case, head = season.applications[0], season.experts[0]
    reviewing.set_panel(case, by=season.secretary, experts=season.experts[:3], head=head)
    reviewing.remove(case.assignments.get(expert=season.experts[1]), by=season.secretary, reason="出国")
    kept = seats()

    proposal = drawn(season)
    apply(proposal, season.secretary)

    assert kept < seats()
    assert [key for key, _expert in proposal.seats].count(case.pk) == 1
    assert case.assignments.sitting().count() == 3


def test_what_cannot_be_met_is_kept_with_the_proposal_and_cannot_be_applied(season):
    season.edition.rules.filter(key="panel_districts").update(value="2")

    proposal = drawn(season)

    assert proposal.state == "impossible"
    numbers = [case.number for case in season.applications]
    assert proposal.problems == [f"{number}：需 2 个所在区，没有利害关系、尚有余量的专家中只有 1" for number in numbers]
    with pytest.raises(WrongState):
        apply(proposal, season.secretary)
    seating.drop_proposal(proposal, by=season.secretary, reason="增聘专家后再提")
    assert PanelProposal.objects.get().state == "dropped"


def test_little_time_bounds_the_cases_of_an_expert(season):
    season.edition.rules.filter(key="cases_per_day").update(value="1")
    hurried = given.pooled()
    given.engaged(hurried, season.edition, days=1)

    proposal = drawn(season)

    assert [expert for _case, expert in proposal.seats].count(hurried.pk) <= 1


def test_the_preview_says_loads_before_and_after_and_who_is_told(season):
    shown = preview(drawn(season))

    assert (shown.is_current, shown.seats, shown.told, shown.spread) == (True, 6, 5, (0, 0, 1, 2))
    assert [panel.problems for panel in shown.panels] == [[], []]


def test_a_proposal_that_wears_its_workers_out_is_parked(season):
    proposal = asked(season)
    PanelProposal.objects.update(attempts=3)

    draw_proposal(proposal.pk)

    assert PanelProposal.objects.get().state == "parked"


# --- from a file ---------------------------------------------------------------------------------------


def upload(*rows):
    text = "\n".join(",".join(map(str, row)) for row in [COLUMNS, *rows])
    return SimpleUploadedFile("名单.csv", text.encode())


def row(case, expert, head=""):
    return [case.number, "", expert.email, "", "", head, ""]


def test_panels_written_out_and_filled_in_are_tried_and_applied(season):
    first, second = season.applications
    assert panels_file(season.edition).count("\n") == 3
    a, b, c, *_others = season.experts

    proposal = seating.take_in_panels(
        season.edition,
        by=season.secretary,
        upload=upload(
            row(first, a, "是"), row(first, b), row(first, c), row(second, a), row(second, b, "是"), row(second, c)
        ),
    )

    assert (proposal.state, proposal.problems, seats()) == ("ready", [], set())
    apply(proposal, season.secretary)
    assert seats() == {
        (first.pk, a.pk, True),
        (first.pk, b.pk, False),
        (first.pk, c.pk, False),
        (second.pk, a.pk, False),
        (second.pk, b.pk, True),
        (second.pk, c.pk, False),
    }
    again = seating.take_in_panels(
        season.edition, by=season.secretary, upload=SimpleUploadedFile("x.csv", panels_file(season.edition).encode())
    )
    assert (again.state, again.seats) == ("ready", [])


def test_every_flaw_of_a_file_is_named_and_it_cannot_be_applied(season):
    first, a = season.applications[0], season.experts[0]
    rival = given.expert(employer=first.organisation.name)
    stranger = User(email="nobody@example.invalid")

    proposal = seating.take_in_panels(
        season.edition,
        by=season.secretary,
        upload=upload(
            ["无此编号", "", a.email, "", "", "", ""],
            row(first, stranger),
            row(first, a, "是"),
            row(first, rival, "是"),
        ),
    )

    assert proposal.state == "impossible"
    assert proposal.problems == [
        "第 2 行：本届评审中没有编号为 无此编号 的申报。",
        "第 3 行：nobody@example.invalid 没有接受本届聘请。",
        f"第 5 行：{first.number} 有两名组长。",
        f"{first.number}：应有 3 名专家，现有 1",
    ]
    with pytest.raises(WrongState):
        apply(proposal, season.secretary)


def test_what_is_no_list_is_not_taken_in(season):
    with refused("file"):
        seating.take_in_panels(season.edition, by=season.secretary, upload=SimpleUploadedFile("x.csv", b"x"))
    with refused("empty"):
        seating.take_in_panels(season.edition, by=season.secretary, upload=upload())


# --- replacing one --------------------------------------------------------------------------------------


@pytest.fixture
def case(season):
    case, (a, b, c, *_others) = season.applications[0], season.experts
    reviewing.set_panel(case, by=season.secretary, experts=[a, b, c], head=a)
    reviewing.declare_free(case.assignments.get(expert=b), by=b)
    return case


def test_replacing_one_keeps_the_rest_and_tells_those_concerned(season, case):
    a, b, c, d, _e = season.experts

    seating.replace(case.assignments.get(expert=b), by=season.secretary, expert=d, reason="出国")

    states = dict(case.assignments.values_list("expert", "state"))
    assert states == {a.pk: "assigned", b.pk: "recused", c.pk: "assigned", d.pk: "assigned"}
    assert b.inbox.filter(kind="seat_ended").count() == 1
    assert d.inbox.filter(kind="review_assigned").count() == 1
    assert a.inbox.filter(kind="panel_refilled").count() == 1
    assert c.inbox.filter(kind__in=["panel_refilled", "seat_ended"]).count() == 0


def test_whoever_takes_the_heads_place_is_head(season, case):
    a, *_middle, e = season.experts

    seating.replace(case.assignments.get(expert=a), by=season.secretary, expert=e, reason="出国")

    assert [seat.expert for seat in case.assignments.sitting().filter(is_head=True)] == [e]


def test_the_place_somebody_left_is_filled(season, case):
    _a, b, _c, d, _e = season.experts
    seat = case.assignments.get(expert=b)
    reviewing.recuse(seat, by=b, reason="曾提供咨询")

    seating.replace(seat, by=season.secretary, expert=d, reason="补充")

    assert case.assignments.sitting().count() == 3


def test_nobody_takes_a_place_who_must_not_or_sits_there_or_is_not_of_the_season(season, case):
    b = season.experts[1]
    seat = case.assignments.get(expert=b)
    rival = given.expert(employer=case.organisation.name)

    for expert, code in ((rival, "conflict"), (season.experts[2], "seated"), (given.pooled(), "not_expert")):
        with refused(code, untouched=[seat]):
            seating.replace(seat, by=season.secretary, expert=expert, reason="更换")
    with refused("reason", untouched=[seat]):
        seating.replace(seat, by=season.secretary, expert=season.experts[3], reason=" ")
    put(case, "shortlisted")
    with no_trace(seat), pytest.raises(WrongState):
        seating.replace(seat, by=season.secretary, expert=season.experts[3], reason="更换")
    check_duty(
        Permission.REVIEW_ASSIGN,
        lambda by: seating.replace(seat, by=by, expert=season.experts[3], reason="更换"),
        seat,
    )


# --- two at once ----------------------------------------------------------------------------------------


@pytest.fixture
def ready(committed):
    season = given.walk_to("in_review", firms=1)
    season.experts = [given.expert() for _ in range(3)]
    return season, drawn(season)


def applied_twice(ready, monkeypatch, *, together):
    season, proposal = ready
    if together:
        without_row_locks(monkeypatch)
    slow_inside(monkeypatch, seating, "ground_of")
    return at_once(*[lambda: apply(proposal, season.secretary)] * 2)


def test_a_proposal_applied_twice_at_once_is_applied_once(ready, monkeypatch):
    assert kinds(applied_twice(ready, monkeypatch, together=False)) == ["WrongState", "done"]
    assert Assignment.objects.count() == 3


def test_twin_without_locks_and_key_every_seat_is_given_twice(ready, committed, monkeypatch):
    committed.without(Assignment, "one_assignment_per_expert")
    lay_out(ready[0].edition, by=ready[0].secretary)

    assert kinds(applied_twice(ready, monkeypatch, together=True)) == ["done", "done"]
    assert Assignment.objects.count() == 6
    Assignment.objects.all().delete()


# --- what the database refuses ----------------------------------------------------------------------------


def test_the_database_refuses_proposals_without_ground_or_end(season):
    proposal = drawn(season)
    with refused_by("proposal_knows_its_ground"):
        PanelProposal.objects.update(digest="")
    with refused_by("proposal_closed_at_and_by"):
        PanelProposal.objects.update(state="applied")
    with refused_by("machine_proposal_has_seed"):
        copy_of(proposal, seed=None)
