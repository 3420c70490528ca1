from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from awards.models import RescoredItem, SiteEvidence, SiteVisit, VisitMinutes, VisitSeat
from awards.reviews import actions as reviewing
from awards.reviews import sheet_actions as freezing
from awards.reviews.phase_queries import phase_weights
from awards.site_visits import actions as visiting
from awards.site_visits.minutes import marks_of, minutes_of
from awards.site_visits.queries import lines_of
from enterprises.models import AuditEvent, Message, StoredFile
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission, Relation
from tests import given, phases
from tests.desk import office, record_url
from tests.steps import check_duty, copy_of, no_trace, refused, refused_by
from tests.threads import at_once, kinds, slow_inside, without_row_locks


@pytest.fixture
def season(db):
    return phases.shortlisted(experts=3)


@pytest.fixture
def on_the_day():
    with clock.at(phases.VISIT):
        yield


@pytest.fixture
def visit(season, on_the_day):
    return phases.told(season)


@pytest.fixture
def head(visit):
    return visit.seats.get(is_head=True).expert


@pytest.fixture
def member(visit):
    return visit.seats.get(is_head=False).expert


# --- the plan and the team ----------------------------------------------------------------------------


def test_a_visit_is_planned_for_a_shortlisted_case_and_told_once_there_is_a_team(season):
    application = season.applications[0]
    with clock.at(phases.TALK + timedelta(days=9)):
        check_duty(Permission.VISIT_PLAN, lambda by: visiting.plan(application, by=by, **phases.PLAN))
        with refused("past", "backward", "agenda"):
            visiting.plan(
                application,
                by=season.secretary,
                **phases.PLAN | {"first_day": given.REVIEW.date(), "last_day": given.OPENS.date(), "agenda": " "},
            )
        visit = visiting.plan(application, by=season.secretary, **phases.PLAN)
        with no_trace(visit), pytest.raises(WrongState):
            visiting.plan(application, by=season.secretary, **phases.PLAN)
        with refused("现场评审组还没有组长，不能告知申报单位。没有改动任何内容。", untouched=[visit]):
            visiting.tell(visit, by=season.secretary)
        visiting.set_team(visit, by=season.secretary, experts=season.experts[:2], head=season.experts[0])

        told = visiting.tell(visit, by=season.secretary)

    owner = given.owner_of(application.organisation)
    assert (told.state, told.days) == (
        "told",
        f"{phases.VISIT:%Y-%m-%d} 至 {phases.VISIT + timedelta(days=1):%Y-%m-%d}",
    )
    assert [m.user for m in Message.objects.filter(kind="visit_planned")] == [owner]
    assert {m.user for m in Message.objects.filter(kind="visit_seat")} == set(season.experts[:2])


def test_conflicts_are_asked_again_when_the_team_is_set(season):
    visit = phases.planned(season)
    employed = given.expert(employer=visit.application.organisation.name)
    stranger = given.person("生人")
    reviewing.remove(
        visit.application.assignments.get(expert=season.experts[2]), by=season.secretary, reason="发现利害关系"
    )

    with refused("employer", "not_expert", "recused", untouched=[visit]):
        visiting.set_team(
            visit,
            by=season.secretary,
            experts=[season.experts[0], employed, stranger, season.experts[2]],
            head=season.experts[0],
        )


def test_a_new_expert_may_join_and_whoever_is_left_out_leaves_at_once(season, on_the_day):
    visit, new = phases.planned(season), given.expert()

    visiting.set_team(visit, by=season.secretary, experts=[season.experts[0], new], head=season.experts[0])

    assert SiteVisit.objects.visible_to(new).get() == visit
    assert not SiteVisit.objects.visible_to(season.experts[1]).exists()
    assert not type(visit.application).objects.visible_to(new).exists()
    visiting.join(visit, by=new)
    assert type(visit.application).objects.visible_to(new).get() == visit.application
    visiting.leave(visit, by=new, reason="亲属在该单位任职。")
    assert not type(visit.application).objects.visible_to(new).exists()
    with refused("recused", untouched=[visit]):
        visiting.set_team(visit, by=season.secretary, experts=[season.experts[0], new], head=season.experts[0])


def test_the_applicant_confirms_the_days_it_was_shown_or_asks_for_others(season):
    owner = given.owner_of(season.applications[0].organisation)
    reader = given.colleague_of(season.applications[0].organisation, Relation.READER)
    visit = phases.told(season)
    with clock.at(phases.TALK + timedelta(days=10)):
        for stranger in (reader, given.owner_of(given.organisation()), season.experts[0]):
            with no_trace(visit), pytest.raises(PermissionDenied):
                visiting.agree(visit, by=stranger, version=1)
        with refused("past", "reason", untouched=[visit]):
            visiting.ask_other_day(visit, by=owner, version=1, day=given.OPENS.date(), reason=" ")
        visiting.ask_other_day(visit, by=owner, version=1, day=phases.VISIT.date(), reason="当日停产检修。")
        later = phases.PLAN | {"last_day": phases.VISIT.date() + timedelta(days=2)}
        changed = visiting.change_plan(visit, by=season.secretary, version=1, **later)
        assert (changed.other_day, changed.other_reason, changed.version) == (None, "", 2)
        with refused("conflict", untouched=[visit]):
            visiting.change_plan(visit, by=season.secretary, version=1, **later)
        with pytest.raises(Refused):
            visiting.agree(visit, by=owner, version=1)

        agreed = visiting.agree(visit, by=owner, version=2)

    assert (agreed.agreed_by, agreed.other_day) == (owner, None)
    assert Message.objects.filter(kind="visit_answered", user=season.secretary).count() == 2
    assert Message.objects.filter(kind="visit_planned", user=owner).count() == 2
    with clock.at(phases.VISIT + timedelta(days=1)), no_trace(visit), pytest.raises(WrongState):
        visiting.agree(visit, by=owner, version=2)


# --- on site ------------------------------------------------------------------------------------------


def test_nothing_is_written_before_the_declaration_or_before_the_first_day(season):
    visit = phases.planned(season)
    expert = season.experts[0]
    with clock.at(phases.TALK + timedelta(days=10)):
        visiting.tell(visit, by=season.secretary)
        with refused("请先声明有无利害关系，再填写现场评审记录。没有保存。", untouched=[visit]):
            visiting.add_evidence(visit, by=expert, item="4.5.2", seen="所见。")
        visiting.join(visit, by=expert)
        with no_trace(visit), pytest.raises(Refused):
            visiting.add_evidence(visit, by=expert, item="4.5.2", seen="所见。")
        with no_trace(visit), pytest.raises(PermissionDenied):
            visiting.add_evidence(visit, by=given.expert(), item="4.5.2", seen="所见。")


def test_minutes_are_not_overwritten_and_lack_nothing(visit, head, member):
    said = {"kind": "opening", "held_at": clock.now(), "attendance": "双方代表"}
    with refused("text", untouched=[visit]):
        visiting.write_minutes(visit, by=head, **said, text=" ", version=0)
    visiting.write_minutes(visit, by=head, **said, text="第一稿", version=0)

    with refused("conflict", untouched=[visit]):
        visiting.write_minutes(visit, by=member, **said, text="另一稿", version=0)

    visiting.write_minutes(visit, by=member, **said, text="第二稿", version=1)
    assert visit.minutes.get().text == "第二稿"


def test_evidence_carries_a_checked_photo_and_the_log_only_grows(visit, member):
    row = visiting.add_evidence(visit, by=member, item="4.5.2", seen="作业指导书在岗。", photo=phases.picture())

    assert (row.photo.kind.key, row.photo.uploaded_by) == ("jpeg", member)
    with refused("photo", untouched=[visit]):
        visiting.add_evidence(
            visit, by=member, item="4.5.2", seen="所见。", photo=SimpleUploadedFile("现场.jpg", b"GIF89a", "image/jpeg")
        )
    with refused("unknown", untouched=[visit]):
        visiting.add_evidence(visit, by=member, item="9.9", seen="所见。", photo=phases.picture())
    with refused("seen", untouched=[visit]):
        visiting.add_evidence(visit, by=member, item="4.5.2", seen=" ")
    assert StoredFile.objects.filter(pk=row.photo_id).exists()


def test_an_item_is_marked_anew_by_the_head_and_only_with_evidence(visit, head, member):
    with refused("evidence", untouched=[visit]):
        visiting.rescore(visit, by=head, item="4.5.2", percentage=80, reason="一致。")
    visiting.add_evidence(visit, by=member, item="4.5.2", seen="作业指导书在岗。")
    with no_trace(visit), pytest.raises(PermissionDenied):
        visiting.rescore(visit, by=member, item="4.5.2", percentage=80, reason="一致。")
    with refused("range", "reason", untouched=[visit]):
        visiting.rescore(visit, by=head, item="4.5.2", percentage=82, reason=" ")
    with refused("same", untouched=[visit]):
        visiting.rescore(visit, by=head, item="4.5.2", percentage=70, reason="一致。")

    visiting.rescore(visit, by=head, item="4.5.2", percentage=80, reason="一致。")
    visiting.rescore(visit, by=head, item="4.5.2", percentage=85, reason="更好。")

    assert list(visit.rescored.values_list("before", "after", "evidence__seen")) == [(70, 85, "作业指导书在岗。")]
    visiting.drop_rescore(visit, by=head, item="4.5.2")
    with refused("item", untouched=[visit]):
        visiting.drop_rescore(visit, by=head, item="4.5.2")


def test_the_paper_the_applicant_signs_has_no_mark_and_names_no_expert_and_the_new_marks_stand_apart(
    season, on_the_day
):
    visit = phases.visited(season)
    head = visit.seats.get(is_head=True).expert

    minutes, marks = minutes_of(visit), marks_of(visit)

    assert minutes["signers"] == ["评审组长", "评审组员", "申报单位代表"]
    assert [row["seen"] for row in minutes["evidence"]] == ["查看了作业指导书。"]
    total, reason = str(sum(line.score for line in lines_of(visit))), "现场与记录一致。"
    assert [told in str(minutes) for told in (total, reason, head.name)] == [False, False, False]
    assert [told in str(marks) for told in (total, reason, head.name)] == [True, True, True]
    assert "申报单位代表" not in marks["signers"]
    for name in ("minutes", "marks"):
        paper = office(head).get(record_url(visit).replace("change", name))
        assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")


def test_a_locked_visit_adds_up_and_is_given_back_only_by_the_secretariat(season, on_the_day):
    visit = phases.told(season)
    head = visit.seats.get(is_head=True).expert
    with refused("首次会议没有记录，不能锁定。", "末次会议没有记录，不能锁定。", "还没有现场证据，不能锁定。"):
        visiting.lock(visit, by=head)
    visit.seats.all().delete(), visit.delete()
    visit = phases.visited(season)
    agreed = visit.application.consensus.score

    locked = visiting.lock(visit, by=head)

    assert (locked.state, locked.score) == ("locked", agreed + Decimal("5.00"))  # 50 points from 70 % to 80 %
    with no_trace(visit), pytest.raises(WrongState):
        visiting.rescore(visit, by=head, item="4.5.2", percentage=90, reason="再改。")
    with no_trace(visit), pytest.raises(PermissionDenied):
        visiting.reopen(visit, by=head, reason="再改。")
    with refused("reason", untouched=[visit]):
        visiting.reopen(visit, by=season.secretary, reason=" ")
    assert visiting.reopen(visit, by=season.secretary, reason="补充末次会议。").score is None


def test_no_item_is_marked_anew_and_nothing_locked_while_scoring_is_frozen(season, on_the_day):
    visit = phases.visited(season)
    head = visit.seats.get(is_head=True).expert
    freezing.freeze(season.edition, by=season.secretary, reason="核查泄露。")

    with no_trace(visit), pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        visiting.rescore(visit, by=head, item="4.5.2", percentage=90, reason="再改。")
    with no_trace(visit), pytest.raises(WrongState, match="本届评分已由秘书处暂停"):
        visiting.lock(visit, by=head)


def test_a_locked_visit_carries_what_the_panel_agreed_on_with_the_new_marks(season, on_the_day):
    visit = phases.visited(season)

    locked = visiting.lock(visit, by=visit.seats.get(is_head=True).expert)

    assert locked.score == season.applications[0].consensus.score + 5
    assert phase_weights(season.edition, is_final=False) == {"independent": 40, "consensus": 30}
    assert phase_weights(season.edition, is_final=True) == {"independent": 40, "consensus": 30, "site_visit": 30}


def test_the_database_keeps_a_visit_whole(visit, season):
    for constraint, changes in (
        ("visit_runs_forward", {"last_day": given.OPENS.date()}),
        ("visit_told_with_its_time", {"told_at": None}),
        ("visit_agreed_at_and_by", {"agreed_by": season.secretary}),
        ("other_day_with_a_reason", {"other_reason": "停产"}),
        ("visit_locked_with_its_score", {"state": "locked"}),
        (
            "visit_within_rubric",
            {"state": "locked", "locked_at": phases.VISIT, "locked_by": season.secretary, "score": 1001},
        ),
    ):
        with refused_by(constraint):
            SiteVisit.objects.filter(pk=visit.pk).update(**changes)


def test_the_database_keeps_what_a_team_writes_right(season, on_the_day):
    visit = phases.visited(season)
    seat, minutes, row = visit.seats.get(is_head=False), visit.minutes.first(), visit.rescored.get()
    with refused_by("one_visit_seat_per_expert"):
        copy_of(seat)
    with refused_by("one_head_of_a_visit"):
        VisitSeat.objects.filter(pk=seat.pk).update(is_head=True)
    with refused_by("left_visit_with_a_reason"):
        VisitSeat.objects.filter(pk=seat.pk).update(left_reason="走了")
    with refused_by("one_minutes_per_meeting"):
        copy_of(minutes)
    with refused_by("evidence_says_what_was_seen"):
        copy_of(SiteEvidence.objects.first(), seen="")
    with refused_by("rescored_once"):
        copy_of(row)
    for constraint, changes in (
        ("rescored_range", {"after": 105}),
        ("rescored_differs", {"after": row.before}),
        ("rescored_says_why", {"reason": ""}),
    ):
        with refused_by(constraint):
            RescoredItem.objects.filter(pk=row.pk).update(**changes)
    assert VisitMinutes.objects.count() == 2


# --- two at once --------------------------------------------------------------------------------------


@pytest.fixture
def ready(committed):
    with clock.at(phases.VISIT):
        season = phases.shortlisted(experts=1, rules={"experts_per_application": "1"})
        visit = phases.visited(season)
        yield visit, visit.seats.get(is_head=True).expert


def lock_and_mark(visit, head):
    return at_once(
        lambda: visiting.lock(visit, by=head),
        lambda: visiting.rescore(visit, by=head, item="4.5.2", percentage=95, reason="再看。"),
    )


def adds_up(visit):
    """Whether what was locked is the sum of what is written."""
    visit.refresh_from_db()
    return visit.score == sum(line.score for line in lines_of(visit))


def test_what_is_locked_while_an_item_is_marked_anew_adds_up(ready):
    outcomes = lock_and_mark(*ready)

    assert kinds(outcomes) in (["WrongState", "done"], ["done", "done"])
    assert adds_up(ready[0])


def test_twin_without_row_locks_a_result_is_locked_that_does_not_add_up(ready, monkeypatch):
    without_row_locks(monkeypatch)
    slow_inside(monkeypatch, visiting, "_item")
    monkeypatch.setattr(visiting, "lines_of", _told_late(visiting.lines_of, visiting._item))

    outcomes = lock_and_mark(*ready)

    assert kinds(outcomes) == ["done", "done"]
    assert not adds_up(ready[0])
    assert AuditEvent.objects.filter(verb="lock_visit").count() == 1


def _told_late(real, gate):
    """The lines as they are now, told only when the other thread has looked as well."""

    def held(visit):
        lines = real(visit)
        gate(visit, "4.5.2")
        return lines

    return held
