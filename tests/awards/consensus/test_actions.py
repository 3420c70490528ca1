from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from awards.consensus import actions as agreeing
from awards.consensus.minutes import minutes_of
from awards.consensus.queries import is_outdated, outdated
from awards.models import AgreedItem, Consensus, Mark, Opinion
from awards.process import State
from awards.reviews import actions as reviewing
from awards.reviews import phase_actions as phasing
from awards.reviews import sheet_actions as freezing
from awards.reviews.sheet_queries import restoration
from awards.rubric.queries import points_of
from awards.site_visits import actions as visiting
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission
from tests import given, phases
from tests.desk import office, record_url
from tests.kept import kept
from tests.steps import check_duty, copy_of, no_trace, put, refused, refused_by
from tests.threads import Gate, at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def head(consensus):
    return phases.head_of(consensus.application)


@pytest.fixture
def member(consensus):
    return consensus.application.assignments.filter(is_head=False).first().expert


def save(consensus, by, items=None, version=0):
    return agreeing.save_items(consensus, by=by, items=items or phases.DISCUSSED, version=version)


# --- beginning ----------------------------------------------------------------------------------------


def test_a_consensus_begins_once_all_sheets_are_in_and_the_head_is_told(season):
    application = season.applications[0]

    consensus = agreeing.begin(application, by=phases.head_of(application))

    assert (consensus.state, consensus.score) == ("open", None)
    assert [m.user for m in Message.objects.filter(kind="consensus_begun")] == [phases.head_of(application)]
    with no_trace(consensus), pytest.raises(WrongState):
        agreeing.begin(application, by=season.secretary)


def test_a_consensus_does_not_begin_while_a_sheet_is_missing_or_outside_the_phase_or_by_a_member(season):
    application = season.applications[0]
    seat = application.assignments.get(is_head=False, expert=season.experts[1])
    with no_trace(), pytest.raises(PermissionDenied):
        agreeing.begin(application, by=seat.expert)
    reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。")
    with refused(f"{application.number} 的评分还没有齐全，不能开始合议。"):
        agreeing.begin(application, by=season.secretary)
    reviewing.submit_sheet(seat, by=seat.expert)
    put(phases.phase(season, "consensus"), "open")
    type(phases.phase(season, "consensus")).objects.filter(kind="consensus").update(
        state="waiting", opened_at=None, opened_by=None
    )

    with no_trace(), pytest.raises(WrongState):
        agreeing.begin(application, by=season.secretary)


# --- setting and closing ------------------------------------------------------------------------------


def test_a_closed_consensus_adds_up_exactly_and_leaves_every_single_mark_as_it_was(consensus, head):
    before = list(Mark.objects.order_by("pk").values())
    save(consensus, head)

    closed = agreeing.close(consensus, by=head, version=1)

    points = points_of(consensus.application.edition.rubric)
    expected = sum(Decimal(p) * {"4.1.2": 60, "4.7.2": 55}.get(code, 70) / 100 for code, p in points.items())
    assert (closed.state, closed.score, closed.round) == ("closed", expected, 1)
    assert {row.item.code: (row.percentage, row.marks) for row in closed.items.filter(is_wide=True)} == {
        "4.1.2": (60, [90, 50, 40]),
        "4.7.2": (55, [30, 60, 90]),
    }
    assert closed.items.count() == len(points)
    assert list(Mark.objects.order_by("pk").values()) == before


def test_a_consensus_is_not_closed_while_an_item_must_be_discussed(consensus, head):
    with refused("unset", "unset", untouched=[consensus]):
        agreeing.close(consensus, by=head, version=0)


def test_a_percentage_far_from_agreement_is_not_kept_without_its_discussion(consensus, head):
    with refused("discussion", untouched=[consensus]):
        save(consensus, head, {"4.1.2": (60, " ")})

    assert not AgreedItem.objects.exists()


def test_what_an_older_window_hands_in_is_refused(consensus, head):
    save(consensus, head)

    with refused("conflict", untouched=[consensus]):
        save(consensus, head, {"4.1.3": (75, "再议。")})
    with refused("conflict", untouched=[consensus]):
        agreeing.close(consensus, by=head, version=0)


@pytest.mark.parametrize(("code", "given_"), [("9.9", (50, "")), ("4.1.2", (57, "说过。")), ("4.1.2", (105, "说过。"))])
def test_what_is_not_on_the_scale_or_not_in_the_rubric_is_refused(consensus, head, code, given_):
    with no_trace(consensus), pytest.raises(Refused):
        save(consensus, head, {code: given_})


def test_only_the_head_of_the_panel_sets_and_closes(consensus, member, season):
    for by in (member, season.secretary, given.expert()):
        for act in (lambda b: save(consensus, b), lambda b: agreeing.close(consensus, by=b, version=0)):
            with no_trace(consensus), pytest.raises(PermissionDenied):
                act(by)
    check_duty(Permission.CONSENSUS_LEAD, lambda by: save(consensus, by), consensus)


def test_nothing_is_kept_while_a_sheet_of_the_panel_is_open(consensus, head, member):
    seat = consensus.application.assignments.get(expert=member)
    reviewing.reopen_sheet(seat, by=head, reason="请复核 4.7.2。")

    with refused("incomplete", untouched=[consensus]):
        save(consensus, head)
    with refused("incomplete", untouched=[consensus]):
        agreeing.close(consensus, by=head, version=0)


@pytest.fixture
@kept
def closed(consensus, head):
    save(consensus, head)
    return agreeing.close(consensus, by=head, version=1)


def test_a_closed_consensus_is_locked_and_given_back_by_the_secretariat_with_a_reason(closed, head, member, season):
    seat = closed.application.assignments.get(expert=member)
    with no_trace(closed), pytest.raises(WrongState):
        save(closed, head, version=1)
    with refused("评审组对该申报的合议已经关闭，须先由秘书处退回合议。没有改动任何内容。", untouched=[closed, seat]):
        reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。")
    with no_trace(closed), pytest.raises(PermissionDenied):
        agreeing.reopen(closed, by=head, reason="再议。")
    with refused("reason", untouched=[closed]):
        agreeing.reopen(closed, by=season.secretary, reason=" ")

    back = agreeing.reopen(closed, by=season.secretary, reason="4.7.2 再议。")

    assert (back.state, back.score, back.closed_by, back.items.filter(is_wide=True).count()) == ("open", None, None, 2)
    assert agreeing.close(closed, by=head, version=1).round == 2


def test_members_agree_or_dissent_once_for_each_closing(closed, member, head, season):
    with refused("note", untouched=[closed]):
        agreeing.answer(closed, by=member, agrees=False, note=" ")
    agreeing.answer(closed, by=member, agrees=False, note="4.7.2 偏高。")
    with no_trace(closed), pytest.raises(WrongState):
        agreeing.answer(closed, by=member, agrees=True)
    agreeing.reopen(closed, by=season.secretary, reason="再议。")
    with no_trace(closed), pytest.raises(WrongState):
        agreeing.answer(closed, by=member, agrees=True)
    agreeing.close(closed, by=head, version=1)
    agreeing.answer(closed, by=member, agrees=True)

    assert list(Opinion.objects.values_list("round", "agrees", "note")) == [(1, False, "4.7.2 偏高。"), (2, True, "")]
    assert [m.user for m in Message.objects.filter(kind="consensus_closed", user=member)] == [member] * 2


def test_a_dissent_is_signed_for_whoever_may_name_experts_and_only_for_them(closed, member, head, season):
    agreeing.answer(closed, by=member, agrees=False, note="4.7.2 偏高。")

    signed = {
        reader: [(o["member"], o["agrees"], o["note"]) for o in minutes_of(closed, reader)["opinions"]]
        for reader in (season.secretary, member, head)
    }

    assert signed == {
        season.secretary: [(str(member), False, "4.7.2 偏高。")],
        member: [(str(member), False, "4.7.2 偏高。")],
        head: [("组员", False, "4.7.2 偏高。")],
    }
    assert (Consensus.objects.unanswered_by(member).count(), Consensus.objects.unanswered_by(head).count()) == (0, 0)


def test_sheets_under_a_closed_consensus_are_not_put_back(closed, season):
    assert restoration(season.edition, given.REVIEW) == []

    agreeing.reopen(closed, by=season.secretary, reason="再议。")

    assert len(restoration(season.edition, given.REVIEW)) == 3


def test_a_case_that_went_on_keeps_its_consensus(closed, season):
    type(closed.application).objects.update(state=State.SHORTLISTED)

    with refused("该申报已完成合议评审，合议不能再修改。", untouched=[closed]):
        agreeing.reopen(closed, by=season.secretary, reason="再议。")


def test_a_consensus_no_longer_holds_once_an_expert_is_taken_off_the_case(closed, member, head, season):
    application = closed.application
    assert outdated([application.pk]) == set()
    type(application).objects.update(state=State.SHORTLISTED)
    seat = application.assignments.get(expert=member)

    reviewing.remove(seat, by=season.secretary, reason="发现利害关系。")

    closed.refresh_from_db()
    assert is_outdated(closed)
    assert not Consensus.objects.visible_to(member).exists()
    assert outdated([application.pk]) == {application.pk}
    agreeing.reopen(closed, by=season.secretary, reason="评审组有变动。")
    again = agreeing.close(closed, by=head, version=1)
    assert (is_outdated(again), len(again.seats)) == (False, 2)


def test_a_consensus_under_a_locked_visit_is_given_back_only_after_the_visit(db):
    season = phases.shortlisted(experts=3)
    with clock.at(phases.VISIT):
        visit = phases.visited(season)
        visiting.lock(visit, by=visit.seats.get(is_head=True).expert)
        gone = visit.application.assignments.get(expert=season.experts[2])
        reviewing.remove(gone, by=season.secretary, reason="发现利害关系。")
        agreed = visit.application.consensus
        text = "该申报的现场评审结果已经锁定，以合议为准计算，须先退回现场评审。没有改动任何内容。"
        with refused(text, untouched=[agreed]):
            agreeing.reopen(agreed, by=season.secretary, reason="评审组有变动。")

        visiting.reopen(visit, by=season.secretary, reason="评审组有变动。")
        again = agreeing.reopen(agreed, by=season.secretary, reason="评审组有变动。")

    assert again.state == "open"


def test_the_page_opens_when_everybody_has_left_the_panel(consensus, season):
    for seat in consensus.application.assignments.all():
        reviewing.remove(seat, by=season.secretary, reason="发现利害关系。")

    page = office(season.secretary).get(record_url(consensus))

    assert (page.status_code, page.context_data["table"].total) == (200, 0)


def test_the_phase_ends_only_when_every_case_is_agreed_on(consensus, head, season):
    phase = phases.phase(season, "consensus")
    number = consensus.application.number
    with refused(f"还有 1 件没有完成合议评审：{number}。没有改动任何内容。", untouched=[phase]):
        phasing.close_phase(phase, by=season.secretary)
    save(consensus, head)
    agreeing.close(consensus, by=head, version=1)

    phasing.close_phase(phase, by=season.secretary)

    with no_trace(consensus), pytest.raises(WrongState):
        agreeing.reopen(consensus, by=season.secretary, reason="再议。")


def test_nothing_is_agreed_on_while_scoring_is_frozen(consensus, head, season):
    freezing.freeze(season.edition, by=season.secretary, reason="核查泄露。")

    with no_trace(consensus), pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        save(consensus, head, phases.DISCUSSED)
    with no_trace(consensus), pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        agreeing.close(consensus, by=head, version=0)


def test_the_words_of_a_discussion_stand_in_no_line_of_the_trail(closed):
    assert not [e for e in AuditEvent.objects.all() if "核对了附件" in f"{e.note}{e.details}{e.before}{e.after}"]


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("consensus_closed_with_its_total", {"score": None}),
        ("consensus_closed_with_its_total", {"state": "open"}),
        ("consensus_within_rubric", {"score": "1000.01"}),
    ],
)
def test_the_database_keeps_a_closed_consensus_whole(closed, constraint, changes):
    with refused_by(constraint):
        Consensus.objects.filter(pk=closed.pk).update(**changes)


def test_the_database_keeps_items_and_opinions_right(closed, member):
    row = closed.items.filter(is_wide=True).first()
    opinion = agreeing.answer(closed, by=member, agrees=True)
    with refused_by("one_agreed_item"):
        copy_of(row)
    with refused_by("agreed_percentage_range"):
        AgreedItem.objects.filter(pk=row.pk).update(percentage=101)
    with refused_by("wide_item_was_discussed"):
        AgreedItem.objects.filter(pk=row.pk).update(discussion="")
    with refused_by("one_opinion_per_round"):
        copy_of(opinion)
    with refused_by("dissent_says_why"):
        copy_of(opinion, round=7, agrees=False)


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def told(committed):
    """A consensus ready to be closed, seen by every connection."""
    season = phases.scored()
    consensus = phases.talking(season)
    head = phases.head_of(consensus.application)
    save(consensus, head)
    seat = consensus.application.assignments.filter(is_head=False).first()
    return season, consensus, head, seat


def close_and_reopen(season, consensus, head, seat):
    return at_once(
        lambda: agreeing.close(consensus, by=head, version=1),
        lambda: reviewing.reopen_sheet(seat, by=season.secretary, reason="请复核。"),
    )


def states(consensus, seat):
    consensus.refresh_from_db(), seat.refresh_from_db()
    return consensus.state, seat.state


def test_a_consensus_closed_while_a_sheet_is_given_back_ends_one_way_or_the_other(told):
    season, consensus, head, seat = told

    outcomes = close_and_reopen(season, consensus, head, seat)

    assert kinds(outcomes) == ["Refused", "done"]
    assert states(consensus, seat) in {("closed", "submitted"), ("open", "sitting")}


def test_twin_without_row_locks_a_consensus_is_closed_over_an_open_sheet(told, monkeypatch):
    season, consensus, head, seat = told
    without_row_locks(monkeypatch)
    gate = Gate(2)
    slow_inside(monkeypatch, agreeing, "_keep", gate=gate)
    slow_inside(monkeypatch, reviewing, "notify", gate=gate)

    outcomes = close_and_reopen(season, consensus, head, seat)

    assert kinds(outcomes) == ["done", "done"]
    assert states(consensus, seat) == ("closed", "sitting")


def test_two_windows_of_the_head_never_overwrite_each_other(told):
    _season, consensus, head, _seat = told

    outcomes = at_once(*(lambda p=p: save(consensus, head, {"4.1.3": (p, "再议。")}, version=1) for p in (75, 80)))

    assert kinds(outcomes) == ["Refused", "done"]
    consensus.refresh_from_db()
    assert consensus.version == 2


def test_twin_without_row_locks_one_window_is_silently_lost(told, monkeypatch):
    _season, consensus, head, _seat = told
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, agreeing, "_keep")

    outcomes = at_once(*(lambda p=p: save(consensus, head, {"4.1.3": (p, "再议。")}, version=1) for p in (75, 80)))

    assert kinds(outcomes) == ["done", "done"]
    assert AuditEvent.objects.filter(verb="save_consensus").count() == 3
    consensus.refresh_from_db()
    assert consensus.version == 2
