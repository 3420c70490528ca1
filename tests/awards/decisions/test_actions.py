import pytest

from awards.decisions import actions as deciding
from awards.decisions import meeting_actions as sitting
from awards.models import Assignment, Edition, ScoreSheet
from awards.process import State
from awards.reviews import actions as reviewing
from foshan_quality.lib.problems import WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, no_trace, put, refused

SMALL = {"experts": 1, "experts_per_application": "1"}


def ranked_season(**changes):
    return given.walk_to("ranked", **SMALL | {"firms": 2} | changes)


def states(season):
    return [application.state for application in season.applications]


# --- ranking ------------------------------------------------------------------------------------------


def test_the_ranking_keeps_every_place_with_its_marks(db):
    season = ranked_season(experts=2, quota="1", shortlist_per_place="1")
    first, second = season.applications
    season.ranking.refresh_from_db()

    assert season.ranking.places == 1
    assert season.ranking.rows == [
        {
            "place": place,
            "application": application.pk,
            "number": application.number,
            "organisation": application.organisation.name,
            "totals": [mean, mean],
            "mean": mean,
            "spread": "0.00",
            "is_tied": False,
            "above_line": place == 1,
            "parts": [
                {
                    "label": "资料评审",
                    "weight": "1",
                    "totals": [mean, mean],
                    "trim_from": None,
                    "dropped": [],
                    "kept": [mean, mean],
                    "mean": mean,
                }
            ],
            "is_given": False,
            "sheets": [
                {"sheet": sheet.pk, "marks": [percentage] * 23, "total": mean}
                for sheet in ScoreSheet.objects.filter(assignment__application=application).order_by("pk")
            ],
            "tie_value": None,
            "is_parted": False,
        }
        for place, application, mean, percentage in [(1, first, "850.00", 85), (2, second, "800.00", 80)]
    ]


def test_nothing_is_ranked_while_a_sheet_is_missing_and_every_case_is_named(db):
    season = given.walk_to("panelled", **SMALL)
    first, second = season.applications

    with pytest.raises(deciding.Refused) as refusal, no_trace(season.edition):
        deciding.make_ranking(season.edition, by=season.secretary)

    assert [(p.code, p.where) for p in refusal.value.problems] == [
        ("unfinished", str(first.pk)),
        ("unfinished", str(second.pk)),
    ]
    assert str(refusal.value).startswith(f"{first.number} 已评 0／应评 1，评分未齐，不能排名。")


def test_a_case_with_too_few_experts_left_is_not_ranked(db):
    season = given.walk_to("scored", firms=1, experts=2, experts_per_application="2")
    reviewing.remove(Assignment.objects.first(), by=season.secretary, reason="利害关系")

    with refused("unfinished", untouched=[season.edition]):
        deciding.make_ranking(season.edition, by=season.secretary)


def test_a_removed_experts_sheet_no_longer_counts(db):
    season = given.walk_to("panelled", firms=1, experts=3, experts_per_application="2")
    for assignment, percentage in zip(Assignment.objects.order_by("pk"), (100, 60, 50), strict=True):
        given.score(assignment, percentage)
    reviewing.remove(Assignment.objects.order_by("pk")[0], by=season.secretary, reason="利害关系")

    ranking = deciding.make_ranking(season.edition, by=season.secretary)

    assert [(row["totals"], row["mean"]) for row in ranking.rows] == [(["600.00", "500.00"], "550.00")]


def test_nothing_in_review_is_nothing_to_rank(db):
    season = given.walk_to("shortlisted", firms=1, **SMALL)

    with refused("没有处于评审中的申报，不能排名。"):
        deciding.make_ranking(season.edition, by=season.secretary)


@pytest.mark.parametrize("act", ["make_ranking", "shortlist", "call_meeting"])
def test_ranking_and_meetings_belong_to_the_review_and_to_the_secretariat(db, act):
    season = ranked_season(firms=1)
    acts = {
        "make_ranking": lambda by: deciding.make_ranking(season.edition, by=by),
        "shortlist": lambda by: deciding.shortlist(season.ranking, by=by),
        "call_meeting": lambda by: sitting.call_meeting(season.edition, by=by, title="会", held_on=given.VOTE.date()),
    }
    permission = Permission.MEETING_RUN if act == "call_meeting" else Permission.RANKING_MAKE

    check_duty(permission, acts[act], season.edition)
    for state in set(Edition.State) - {Edition.State.REVIEW, Edition.State.PREPARING}:
        put(season.edition, state)
        with no_trace(season.edition), pytest.raises(WrongState):
            acts[act](season.secretary)


# --- shortlist ----------------------------------------------------------------------------------------


def test_the_shortlist_takes_who_is_above_the_line_and_passes_over_the_rest(db):
    season = ranked_season(firms=3, quota="1", shortlist_per_place="3/2")

    deciding.shortlist(season.ranking, by=season.secretary)

    assert states(season) == [State.SHORTLISTED, State.SHORTLISTED, State.NOT_SHORTLISTED]


def test_nobody_below_the_threshold_is_shortlisted_even_when_places_stay_empty(db):
    season = ranked_season(score_threshold="820")

    deciding.shortlist(season.ranking, by=season.secretary)

    assert states(season) == [State.SHORTLISTED, State.NOT_SHORTLISTED]


def test_only_the_newest_ranking_makes_a_shortlist(db):
    season = ranked_season(firms=1)
    newest = deciding.make_ranking(season.edition, by=season.secretary)

    with refused("这不是最新的排名，请用最新排名确定入围。没有改动任何内容。", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)
    deciding.shortlist(newest, by=season.secretary)

    assert states(season) == [State.SHORTLISTED]


def test_a_score_changed_after_the_ranking_stops_the_shortlist(db):
    season = ranked_season(firms=1)
    assignment = Assignment.objects.get()
    reviewing.reopen_sheet(assignment, by=season.secretary, reason="复核")
    sheet = assignment.sheets.get()
    marks = {"4.1.2": (0, "", "没有方法。")}
    reviewing.save_marks(assignment, by=assignment.expert, marks=marks, version=sheet.version)

    with refused("unfinished", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)
    reviewing.submit_sheet(assignment, by=assignment.expert)
    with refused("评分在排名之后有变化，重新计算的结果与存档不一致。请重新排名。没有改动任何内容。"):
        deciding.shortlist(season.ranking, by=season.secretary)


def test_an_expert_added_after_the_ranking_stops_the_shortlist(db):
    season = ranked_season(firms=1)
    late = given.expert()
    reviewing.set_panel(season.applications[0], by=season.secretary, experts=[late], head=late)

    with refused("unfinished", untouched=season.applications):
        deciding.shortlist(season.ranking, by=season.secretary)
